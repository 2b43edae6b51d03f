"""One picture when it is asked for: by an address that works once, from a key that a child holds until the lock."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import threading
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from PIL import Image

from monitor.model.settings import Secret
from monitor.review import shown_once
from monitor.review.local import LocalCore
from monitor.vault.opening import Unsealer
from tests.patience import WITHIN_S
from tests.review.asking import asking
from tests.review.pictures import CASE, RED, WORDS, PicturesKept, pictures_kept


def token_of(page: httpx.Response) -> str:
    return re.search(r'name="token" value="([^"]+)"', page.text)[1]  # type: ignore[index]


class Person:
    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.client, self.token = client, token

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.client.post(path, data={"token": self.token, **fields})

    async def unlock(self, words: str = WORDS.value, **fields: str) -> httpx.Response:
        return await self.post("/unlock", passphrase=words, **fields)

    async def shown(self, item: str, part: int = 0) -> str:
        """The address of the page."""
        answer = await self.post("/show", item=item, part=str(part))
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]


@contextlib.asynccontextmanager
async def person(kept: PicturesKept) -> AsyncIterator[Person]:
    async with asking(kept.core, clock=lambda: kept.now[0]) as client:
        yield Person(client, token_of(await client.get("/help")))


def children(kept: PicturesKept) -> list[Unsealer]:
    return list(kept.core._shows._open.values())


def is_alive(unsealer: Unsealer) -> bool:
    return Path(f"/proc/{unsealer._child.pid}").exists()


async def test_asked_opened_shown_once_and_logged() -> None:
    kept = pictures_kept()
    async with person(kept) as her:
        asked = await her.post("/show", item=kept.image)
        assert asked.headers["location"] == f"/unlock?item={kept.image}&part=0"
        form = await her.get(asked.headers["location"])
        assert 'autocomplete="current-password"' in form.text and kept.image in form.text
        assert kept.views() == [], "nothing was shown yet"
        opened = await her.unlock(item=kept.image)
        assert (await her.client.head(opened.headers["location"])).status_code == 405, "and it is not used up"
        page = await her.get(opened.headers["location"])
        assert page.status_code == 200 and page.headers["refresh"].startswith("30; url=/shown/")
        (address,) = re.findall(r'src="([^"]+)"', page.text.partition("<main")[2])
        assert (await her.client.head(address)).status_code == 405
        picture = await her.get(address)
        assert picture.headers["content-type"] == "image/png" and picture.headers["cache-control"] == "no-store"
        image = Image.open(io.BytesIO(picture.content))
        assert (image.format, image.size) == ("PNG", (60, 40))
        assert max(abs(one - other) for one, other in zip(image.getpixel((9, 9)), RED, strict=True)) < 9  # type: ignore[arg-type]
        assert (await her.get(address)).status_code == 410, "once"
        again = await her.get(opened.headers["location"])
        assert again.status_code == 410 and "/picture" not in again.text
        (view,) = kept.views()
        assert json.loads(view) | {"part": "1"} == {
            "by": "review page",
            "file": kept.image,
            "kind": "image",
            "part": "1",
            "sighting": kept.find,
        }
        await her.shown(kept.image)
        assert len(kept.views()) == 2, "once it is open, each showing is one press"


@pytest.mark.long
async def test_a_long_screenshot_is_shown_in_parts() -> None:
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        await her.unlock("")
        first = await her.get(await her.shown(kept.screenshot))
        assert "part 1 of 2" in first.text and 'name="part" value="1"' in first.text
        last = await her.get(await her.shown(kept.screenshot, part=1))
        assert "part 2 of 2" in last.text and 'name="part"' not in last.text
        assert [json.loads(view)["part"] for view in kept.views()] == ["1", "2"]


@pytest.mark.rows(2)
@pytest.mark.parametrize("way", ["over", "hide", "another", "time"])
async def test_it_is_gone(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = pictures_kept(words=False)
    if way == "time":
        monkeypatch.setattr(shown_once, "SHOWN_FOR", timedelta(0.000_001))
    async with person(kept) as her:
        await her.unlock("")
        address = await her.shown(kept.image)
        if way == "over":
            back = await her.get(f"{address}/over")
            assert back.headers["location"] == f"/evidence/find/{kept.find}"
        elif way == "hide":
            assert (await her.post("/hide")).headers["location"] == f"/evidence/find/{kept.find}"
            assert (
                f'id="file-{kept.image}" class="item" tabindex="-1" data-item autofocus'
                in (await her.get(f"/evidence/find/{kept.find}")).text
            )
        elif way == "another":
            await her.shown(kept.screenshot)
        else:
            await asyncio.sleep(0.2)
            kept.now[0] += timedelta(seconds=30)
        assert (await her.get(address)).status_code == 410
        assert (await her.get(f"{address}/picture")).status_code == 410


@pytest.mark.long
async def test_bytes_that_nobody_fetched_are_dropped_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_once, "SHOWN_FOR", timedelta(seconds=0.01))
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        await her.unlock("")
        made: list[shown_once.ShownOnce] = []
        begun = shown_once.ShownOnce.begun
        monkeypatch.setattr(
            "monitor.review.pages.showing.ShownOnce.begun", lambda *told: made.append(begun(*told)) or made[-1]
        )
        await her.shown(kept.image)
        while made[0].picture is not None:
            await asyncio.sleep(0.01)


async def test_the_child_holds_the_key_and_ends_with_the_lock() -> None:
    kept = pictures_kept()
    async with person(kept) as her:
        await her.unlock()
        (child,) = children(kept)
        assert is_alive(child)
        await her.post("/evidence/lock")
        assert not is_alive(child) and children(kept) == []
        assert (await her.post("/show", item=kept.image)).headers["location"].startswith("/unlock")


@pytest.mark.long
async def test_who_opens_anew_leaves_no_child_behind() -> None:
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        await her.unlock("")
        (child,) = children(kept)
        await her.unlock("")
        assert not is_alive(child) and len(children(kept)) == 1


class Held:
    """What a thread does, held where a test wants it."""

    def __init__(self) -> None:
        self.come, self.go_on, self.children = threading.Event(), threading.Event(), list[Unsealer]()

    def wait(self) -> None:
        self.come.set()
        assert self.go_on.wait(WITHIN_S)

    def opens(self, *, before: bool) -> Callable[..., Unsealer]:
        """In the place of `Unsealer.of`; before: held when its child has begun, else when it has opened the key."""
        of = Unsealer.of

        def held(identity: Path, passphrase: Secret | None, *, begun: Callable[[Unsealer], None]) -> Unsealer:
            def has_begun(child: Unsealer) -> None:
                self.children.append(child)
                begun(child)
                if before:
                    self.wait()

            opened = of(identity, passphrase, begun=has_begun)
            if not before:
                self.wait()
            return opened

        return held


@pytest.mark.parametrize("before", [True, False], ids=["while the key is derived", "when it was just opened"])
@pytest.mark.parametrize("way", ["/leave", "/lock", "/evidence/lock"])
async def test_a_lock_ends_what_is_opening_still(way: str, before: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, held = pictures_kept(), Held()
    monkeypatch.setattr("monitor.services.showing.Unsealer.of", held.opens(before=before))
    async with person(kept) as her:
        unlocking = asyncio.create_task(her.unlock())
        assert await asyncio.to_thread(held.come.wait, WITHIN_S)
        await her.post(way)
        (child,) = held.children
        assert not is_alive(child), "at once, whatever it was at"
        held.go_on.set()
        answer = await unlocking
        assert answer.status_code in (403, 409) and children(kept) == []
        if way == "/evidence/lock":
            assert "locked before this was done" in answer.text
            kept.now[0] += timedelta(seconds=5)
            monkeypatch.undo()
            assert (await her.unlock()).status_code == 303 and len(children(kept)) == 1


async def test_a_lock_ends_what_waits_for_its_turn_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, held = pictures_kept(), Held()
    monkeypatch.setattr("monitor.services.showing.Unsealer.of", held.opens(before=True))
    async with person(kept) as her:
        first = asyncio.create_task(kept.core._shows.unlock("another", kept.identity, WORDS))
        assert await asyncio.to_thread(held.come.wait, WITHIN_S)
        second = asyncio.create_task(her.unlock())
        while len(kept.core._shows._under_way) < 2:
            await asyncio.sleep(0.01)
        await her.post("/leave")
        held.go_on.set()
        await first
        assert (await second).status_code in (403, 409)
        assert len(children(kept)) == 1 and len(held.children) == 1, "the other one's alone"


@pytest.mark.parametrize("way", ["/leave", "/lock", "/evidence/lock"])
async def test_a_picture_that_is_made_when_it_is_locked_is_not_shown(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, come, go_on = pictures_kept(words=False), asyncio.Event(), asyncio.Event()
    shown, made = kept.app.reader.shown, list[shown_once.ShownOnce]()

    async def held(*told: object, **more: object) -> object:
        come.set()
        await go_on.wait()
        return await shown(*told, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(kept.app.reader, "shown", held)
    begun = shown_once.ShownOnce.begun
    monkeypatch.setattr(
        "monitor.review.pages.showing.ShownOnce.begun", lambda *told: made.append(begun(*told)) or made[-1]
    )
    async with person(kept) as her:
        await her.unlock("")
        showing = asyncio.create_task(her.post("/show", item=kept.image))
        await come.wait()
        await her.post(way)
        go_on.set()
        answer = await showing
        assert answer.status_code == 409 and "locked before this was done" in answer.text
    assert made == []


async def test_checking_and_exporting_stop_at_the_lock_and_blame_no_file(tmp_path: Path) -> None:
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        await her.unlock("")
        children(kept)[0].close()  # as a lock does, midway
        checked = await her.post("/evidence/check")
        assert checked.status_code != 303 and "locked before this was done" in checked.text
        out = tmp_path / "packet.zip"
        exported = await her.post("/evidence/export", finds="1", out=str(out), with_images="1")
        assert exported.status_code == 409 and "locked before this was done" in exported.text and not out.exists()


@pytest.mark.parametrize("way", ["/leave", "/lock"])
async def test_a_form_that_was_on_its_way_at_the_lock_does_nothing(way: str) -> None:
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        locked = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield f"token={her.token}&pass".encode()
            await her.post(way)
            locked.set()
            yield b"phrase="

        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = await her.client.post("/unlock", content=slowly(), headers=form)
        assert locked.is_set() and answer.status_code == 403 and children(kept) == []


@pytest.mark.parametrize("named", ["pipe", "device", "folder", "nobody", "nothing", "no path"])
async def test_what_is_no_file_of_a_key_is_said_so_at_once(named: str, tmp_path: Path) -> None:
    kept, pipe = pictures_kept(), tmp_path / "pipe"
    os.mkfifo(pipe)
    typed = {
        "pipe": str(pipe),
        "device": "/dev/zero",
        "folder": str(tmp_path),
        "nobody": "~no-such-user/x",
        "nothing": str(tmp_path / "x"),
        "no path": "/tmp/\0x",
    }[named]
    async with person(kept) as her:
        answer = await her.unlock(identity=typed)
        assert answer.status_code == 409 and "cannot be read" in answer.text
        assert (await her.unlock()).status_code == 303


async def test_another_session_has_to_open_it_too() -> None:
    kept = pictures_kept()
    async with person(kept) as her, asking(kept.core) as other:
        await her.unlock()
        address = await her.shown(kept.image)
        token = token_of(await other.get("/help"))
        assert (await other.get(address)).status_code == 410
        asked = await other.post("/show", data={"token": token, "item": kept.image})
        assert asked.headers["location"].startswith("/unlock")
        assert (await her.get(address)).status_code == 200


async def test_wrong_words_are_told_with_when_the_next_are_taken() -> None:
    kept = pictures_kept()
    async with person(kept) as her:
        for _ in range(2):
            wrong = await her.unlock("other words", item=kept.image, part="0")
            assert wrong.status_code == 409 and "These words do not open it." in wrong.text
            assert "The next can be tried" in wrong.text and "other words" not in wrong.text
            assert f'name="item" value="{kept.image}"' in wrong.text, "she goes on where she was"
            soon = await her.unlock()
            assert soon.status_code == 409 and children(kept) == [], "the right words too, before their time"
            kept.now[0] += timedelta(seconds=5)
        assert (await her.unlock()).status_code == 303
        assert kept.views() == []


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("harm", "says"),
    [
        pytest.param(lambda path: path.unlink(), "not there any more", id="missing"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-9]), "changed or cut off", id="cut off"),
        pytest.param(lambda path: path.write_bytes(b"x"), "changed or cut off", id="another file"),
    ],
)
async def test_what_does_not_hold_is_a_page_with_what_still_works(harm: object, says: str) -> None:
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        await her.unlock("")
        harm(kept.sealed(kept.image))  # type: ignore[operator]
        answer = await her.post("/show", item=kept.image)
        assert answer.status_code == 409 and says in answer.text and "Everything else works" in answer.text
        assert "Traceback" not in answer.text
        assert (await her.post("/show", item=kept.screenshot)).status_code == 303


@pytest.mark.long
async def test_a_file_swapped_for_another_of_the_same_key_is_not_shown() -> None:
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        await her.unlock("")
        kept.sealed(kept.image).write_bytes(kept.sealed(kept.own).read_bytes())
        answer = await her.post("/show", item=kept.image)
        assert answer.status_code == 409 and "another file stands in its place" in answer.text


@pytest.mark.rows(2)
@pytest.mark.parametrize("what", ["page", "nothing", "closed", "another key"])
async def test_what_is_not_shown(what: str) -> None:
    kept = pictures_kept(words=False)
    item = {"page": kept.page, "nothing": "../../etc/passwd"}.get(what, kept.image)
    async with person(kept) as her:
        await her.unlock("")
        if what == "closed":
            kept.app.decisions.close_under_18("1", case=CASE)
        if what == "another key":
            other = pictures_kept(words=False)
            await her.unlock("", identity=str(other.identity))
        before = kept.views()
        answer = await her.post("/show", item=item)
        assert answer.status_code == 409 and "cannot be shown" in answer.text
        assert kept.views() == before, "nothing was opened"


async def test_a_key_that_is_no_key_and_a_file_that_is_not_there() -> None:
    kept = pictures_kept(keeps=False)
    (kept.identity.parent / "words.txt").write_text("nothing")
    async with person(kept) as her:
        for path, says in (("/no/such/file", "cannot be read"), (str(kept.identity.parent / "words.txt"), "AGE-")):
            answer = await her.unlock("x", identity=path)
            assert answer.status_code == 409 and says in answer.text and path in answer.text


def test_the_usual_place_of_the_key(tmp_path: Path) -> None:
    kept = pictures_kept()
    service = LocalCore(kept.app)._shows
    assert service.identity() == kept.identity and service.takes_passphrase(kept.identity)
    (kept.identity.parent / "identity.txt").write_text("# two of them: she says which")
    assert service.identity() is None
