"""The first use over real services: what each step makes, and what it refuses."""

from __future__ import annotations

import asyncio
import io
import json
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from monitor.app import App, open_app
from monitor.cli.review_store import PageStore
from monitor.config import load
from monitor.errors import AttestationMissing, MonitorError, UnderAge, UsageError
from monitor.model.wish import WishKind
from monitor.review.port.first_use import (
    ChannelTyped,
    FirstStep,
    NewWords,
    PlaceTyped,
    StepState,
    WhoElse,
    WhoSpeaks,
    WrongAnswer,
)
from monitor.setup_in_browser import SetUpInBrowser
from monitor.setup_in_browser.making import Making
from monitor.setup_in_browser.making_child import carried_out
from tests.fakes import InlineReader
from tests.matching.generated_pictures import colour_photo, flat

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
ADDRESS = "127.7.7.7"
NOBODY = WhoElse(False, False)


def picture(seed: int, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.fromarray(colour_photo(120, 160, seed)).save(out, kind)
    return out.getvalue()


class Opened:
    """The App of a configuration, opened when it is first asked for; photos are read in this process."""

    def __init__(self, config: Path) -> None:
        self.config, self.app = config, None

    def __call__(self) -> App:
        if self.app is None:
            settings = load(self.config, {"REUPLOAD_MONITOR_MATCH__FEATURES": "false"})
            app = open_app(settings, clock=lambda: NOW)
            app.__dict__["reader"] = InlineReader()
            self.app = app
        return self.app


@contextmanager
def opened_in(folder: Path) -> Iterator[Opened]:
    found = Opened(folder / "home" / "config.toml")
    yield found
    if found.app is not None:
        found.app.store.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with opened_in(tmp_path) as found:
        yield found


def first_of(opened: Opened) -> SetUpInBrowser:
    home = str(opened.config.parent)
    environ = {
        "HOME": home,
        "PATH": "/usr/bin:/bin",
        "XDG_DATA_HOME": f"{home}/data",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    return SetUpInBrowser(opened.config, opened, environ=environ, clock=lambda: NOW, review_address=ADDRESS)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, opened: Opened) -> SetUpInBrowser:
    return making_here(monkeypatch, opened)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SetUpInBrowser]:
    """Set up once, for what is refused: that changes nothing."""
    with pytest.MonkeyPatch.context() as patch, opened_in(tmp_path_factory.mktemp("settled")) as found:
        first = making_here(patch, found)
        asyncio.run(set_up(first))
        yield first


def making_here(monkeypatch: pytest.MonkeyPatch, opened: Opened) -> SetUpInBrowser:
    """Keys are made in this process, and no passphrase costs its second."""
    first = first_of(opened)

    async def in_this_process(_: Making, asked: dict[str, object]) -> dict[str, object]:
        made = carried_out(asked)
        assert "error" not in made, made
        return made

    monkeypatch.setattr(Making, "_carried_out", in_this_process)
    monkeypatch.setattr("monitor.vault.passphrase.seal_with_passphrase", lambda content, _: b"sealed:" + content)
    monkeypatch.setattr("monitor.setup_answers.key_file_without_keyring", lambda config: config.parent / "store.key")
    monkeypatch.setenv("XDG_DATA_HOME", str(opened.config.parent / "data"))
    return first


async def set_up(first: SetUpInBrowser, words: NewWords | None = None) -> None:
    await first.say_who_else(NOBODY)
    await first.give_promise("self", WhoSpeaks("Jane Doe", "jane@mail.example", "germany"))
    await first.set_up(words)


async def states(first: SetUpInBrowser) -> dict[FirstStep, StepState]:
    return {one.step: one.state for one in await first.steps()}


async def test_everything_is_made_by_a_process_of_its_own(opened: Opened) -> None:
    """As `init` makes it, with the six words."""
    first = first_of(opened)
    six = await first.offered_words()
    await set_up(first, NewWords(six.upper(), ""))
    kept = await first.kept()
    assert kept.is_sealed and kept.identity == "~/identity.age" and kept.config == "~/config.toml"
    settings = load(opened.config, {})
    assert settings.case.email == "jane@mail.example" and settings.case.jurisdiction == "DE"
    assert settings.review.address == ADDRESS
    assert stat.S_IMODE((opened.config.parent / "identity.age").stat().st_mode) == 0o600
    assert b"age-encryption.org/v1\n-> scrypt" in (opened.config.parent / "identity.age").read_bytes()
    assert await states(first) == dict.fromkeys(FirstStep, StepState.OPEN) | {
        FirstStep.WHO_ELSE: StepState.DONE,
        FirstStep.PROMISE: StepState.DONE,
        FirstStep.PASSPHRASE: StepState.DONE,
        FirstStep.LOOK: StepState.SHUT,
    }
    assert "identity.age" in await first.sheet() and "AGE-SECRET-KEY" not in await first.sheet()
    assert await first.offered_words() != six


async def test_what_the_process_cannot_make_is_said(opened: Opened) -> None:
    first = first_of(opened)
    await first.give_promise("self", WhoSpeaks())
    data = opened.config.parent / "data" / "reupload-monitor"
    data.mkdir(parents=True)
    (data / "store.db").write_bytes(b"of somebody else")
    with pytest.raises(UsageError, match="there is a store in") as caught:
        await first.set_up(None)
    assert caught.value.remedy
    assert not await first.is_set_up()


async def test_nothing_is_made_before_the_promise_and_nothing_after_a_no(opened: Opened) -> None:
    first = first_of(opened)
    with pytest.raises(AttestationMissing):
        await first.set_up(None)
    assert (await states(first))[FirstStep.PASSPHRASE] is StepState.SHUT
    await first.refuse_promise()
    with pytest.raises(UnderAge):
        await first.set_up(None)
    assert "Take It Down" in await first.services_for_minors()
    assert not opened.config.parent.exists()
    await first.give_promise("representative", WhoSpeaks())  # that answer was a slip
    assert not (await first.promise()).refused


WRONG = {
    "no authority": ("", WhoSpeaks(), "authority"),
    "no mail address": ("self", WhoSpeaks(email="jane"), "email"),
    "no country": ("self", WhoSpeaks(country="Atlantis"), "country"),
    "no name": ("self", WhoSpeaks(name="Jane\nDoe"), "name"),
}


@pytest.mark.parametrize(("authority", "speaks", "field"), [pytest.param(*row, id=name) for name, row in WRONG.items()])
async def test_a_wrong_promise(opened: Opened, authority: str, speaks: WhoSpeaks, field: str) -> None:
    with pytest.raises(WrongAnswer) as caught:
        await first_of(opened).give_promise(authority, speaks)
    assert caught.value.field == field


async def test_all_that_is_wrong_in_a_promise_is_told_at_once(opened: Opened) -> None:
    wrong = await first_of(opened).wrong_in_promise("", WhoSpeaks("Jane\nDoe", "jane", "Atlantis"))
    assert [one.field for one in wrong] == ["authority", "name", "email", "country"]


WEAK = {
    "nothing": (" ", "", "words"),
    "one word": ("secret", "secret", "words"),
    "her name": ("jane doe jane doe", "jane doe jane doe", "words"),
    "nearly the six": ("angle bread copper dance eager fabrik", "", "words"),
    "two that differ": ("quarrel ostrich violin hammock", "quarrel ostrich violin hammoc", "again"),
    "own words once": ("quarrel ostrich violin hammock", "", "again"),
}


@pytest.mark.parametrize(("words", "again", "field"), [pytest.param(*row, id=name) for name, row in WEAK.items()])
async def test_a_passphrase_that_is_none(
    monkeypatch: pytest.MonkeyPatch, opened: Opened, words: str, again: str, field: str
) -> None:
    monkeypatch.setattr("monitor.setup_in_browser.making.offered", lambda _: "angle bread copper dance eager fabric")
    first = first_of(opened)
    await first.offered_words()
    await first.give_promise("self", WhoSpeaks("Jane Doe", "jane@mail.example"))
    with pytest.raises(WrongAnswer) as caught:
        await first.set_up(NewWords(words, again))
    assert caught.value.field == field
    assert not await first.is_set_up()


async def test_a_passphrase_can_wait(here: SetUpInBrowser, opened: Opened) -> None:
    await set_up(here)
    assert not (await here.kept()).is_sealed
    own = "quarrel ostrich violin hammock"
    kept = await here.set_up(NewWords(own, own))
    assert kept.is_sealed and kept.identity == "~/identity.age"
    assert await here.set_up(NewWords(own, own)) == kept  # sent twice: made once
    assert len(load(opened.config, {}).evidence.recipients) == 1


async def test_the_key_on_the_sheet(here: SetUpInBrowser, opened: Opened) -> None:
    own = "quarrel ostrich violin hammock"
    await set_up(here, NewWords(own, own, key_on_sheet=True))
    sheet = opened.config.parent / "recovery-sheet.txt"
    assert (await here.kept()).sheet == "~/recovery-sheet.txt"
    assert "AGE-SECRET-KEY-1" in sheet.read_text() and stat.S_IMODE(sheet.stat().st_mode) == 0o600


# --- photos


PHOTOS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a photo": (lambda: picture(1), ""),
    "words": (lambda: b"hello", "not"),
    "nothing": (lambda: b"", "not"),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not"),
    "cut off in its head": (lambda: picture(1)[:200], ""),
    "one colour": (lambda: _flat(), "featureless"),
}


def _flat() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.asarray(flat(240, 320, 90))).save(out, "PNG")
    return out.getvalue()


async def test_photos_one_after_another(here: SetUpInBrowser) -> None:
    await set_up(here)
    for name, (made, _) in PHOTOS.items():
        await here.take_photo(f"C:\\fakepath\\{name}.jpg", made())
    await here.leave_out("large.jpg", "it is too large")
    now = await here.photos()
    assert now.kept == 1
    assert [row.name for row in now.rows] == [*(f"{name}.jpg" for name in PHOTOS), "large.jpg"]
    assert [row.reason == "" for row in now.rows] == [True, *[False] * 6]
    assert (await states(here))[FirstStep.PHOTOS] is StepState.DONE


HOSTILE_NAMES = ["../../etc/passwd", "..", "", "a\u202egpj.exe", "x" * 10_000 + ".jpg", "a\x00b.jpg", "\n"]


async def test_hostile_names(here: SetUpInBrowser) -> None:
    await set_up(here)
    for name in HOSTILE_NAMES:
        await here.take_photo(name, b"no picture")
    for row in (await here.photos()).rows:
        assert row.name and "/" not in row.name and len(row.name) <= 260 and row.name.isprintable()


async def test_a_folder(here: SetUpInBrowser, tmp_path: Path) -> None:
    await set_up(here)
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(picture(1))
    (folder / "more" / "b.png").write_bytes(picture(2, "PNG"))
    (folder / "notes.txt").write_text("hello")
    await here.read_folder(str(folder))
    while (await here.photos()).is_reading:
        await asyncio.sleep(0)
    now = await here.photos()
    assert now.kept == 2 and now.of == 3
    assert {row.name: row.reason == "" for row in now.rows} == {"a.jpg": True, "more/b.png": True, "notes.txt": False}
    await here.read_folder(str(folder))
    assert {row.name: row.is_known for row in (await here.photos()).rows}["a.jpg"]


def _shut(folder: Path) -> str:
    (folder / "file").write_text("")
    return str(folder / "file")


FOLDERS: dict[str, Callable[[Path], str]] = {
    "nothing": lambda folder: "",
    "a word": lambda folder: "Pictures",
    "not there": lambda folder: str(folder / "nowhere"),
    "a file": _shut,
    "empty": str,
    "a name that is too long": lambda folder: "/" + "x" * 5_000,
    "nobody's home": lambda folder: "~nobody-at-all/x",
    "a null": lambda folder: "/a\x00b",
}


@pytest.mark.parametrize("made", [pytest.param(made, id=name) for name, made in FOLDERS.items()])
async def test_a_folder_that_cannot_be_read(
    settled: SetUpInBrowser, tmp_path: Path, made: Callable[[Path], str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(WrongAnswer) as caught:
        await settled.read_folder(made(empty))
    assert caught.value.field == "folder" and str(caught.value) and caught.value.remedy


async def test_a_photo_of_somebody_under_18_is_forgotten(here: SetUpInBrowser) -> None:
    await set_up(here)
    await here.take_photo("a.jpg", picture(1))
    await here.take_photo("b.jpg", picture(2))
    row = (await here.photos()).rows[0]
    await here.forget_photo(row.picture)
    now = await here.photos()
    assert now.kept == 1
    assert "under 18" in now.rows[0].reason and not now.rows[0].picture and not now.rows[1].reason


# --- a place


async def test_a_link_is_proposed_and_added(here: SetUpInBrowser, opened: Opened) -> None:
    await set_up(here)
    proposed = await here.propose(PlaceTyped("forum.example/albums"))
    assert proposed.asks_list and proposed.name == "forum-example"
    assert any("forum.example sees" in line for line in proposed.gives_away)
    assert "follow" not in proposed.lines
    typed = PlaceTyped("forum.example/albums", is_list="yes", every="6h", name="albums")
    assert "follow" in (await here.propose(typed)).lines
    added = await here.add_place(typed)
    written = Path(added.file).read_text()
    assert 'name = "albums"' in written and 'every = "6h"' in written and "# A page of a web site." in written
    assert (await here.propose(PlaceTyped("https://forum.example/albums"))).already == "albums"
    assert (await states(here))[FirstStep.PLACE] is StepState.DONE
    assert (await states(here))[FirstStep.LOOK] is StepState.OPEN


async def test_words_tell_whom_they_are_told_to(settled: SetUpInBrowser) -> None:
    with pytest.raises(WrongAnswer) as caught:
        await settled.propose(PlaceTyped("jane doe"))
    assert caught.value.field == "engine"
    proposed = await settled.propose(PlaceTyped("jane doe", engine="duckduckgo-html"))
    assert proposed.is_search and any("DuckDuckGo" in line for line in proposed.gives_away)
    assert "searxng" not in (await settled.places()).engines  # it needs an address of its own


NO_PLACES = {
    "nothing": (PlaceTyped(" "), "text"),
    "a log-in in it": (PlaceTyped("https://jane:secret@forum.example/"), "text"),
    "of this machine": (PlaceTyped("http://127.0.0.1/"), "text"),
    "no scheme of the web": (PlaceTyped("ftp://forum.example/"), "text"),
    "how often": (PlaceTyped("forum.example/x", every="often"), "every"),
    "a name that is none": (PlaceTyped("forum.example/x", name="a b/c"), "name"),
}


@pytest.mark.parametrize(("typed", "field"), [pytest.param(*row, id=name) for name, row in NO_PLACES.items()])
async def test_a_place_that_is_none(settled: SetUpInBrowser, typed: PlaceTyped, field: str) -> None:
    with pytest.raises(WrongAnswer) as caught:
        await settled.propose(typed)
    assert caught.value.field == field
    assert not (await settled.places()).watched


# --- how it is told


async def test_a_mail_channel(here: SetUpInBrowser, opened: Opened) -> None:
    await set_up(here)
    answers = {"address": "jane@own.example", "password": "a b", "server": "mail.own.example", "security": "starttls"}
    added = await here.add_channel(ChannelTyped("mail", answers))
    assert added.leads_to == "mail to jane@own.example"
    secret = opened.config.parent / added.stands_in
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600 and "mode=starttls" in secret.read_text()
    assert [url.url.value for url in load(opened.config, {}).alerts.urls] == [secret.read_text().strip()]
    assert not (await here.alerts()).is_heard
    await here.say_heard()
    assert (await states(here))[FirstStep.ALERTS] is StepState.DONE
    await here.take_out_channel(1)
    assert not (await here.alerts()).channels and not secret.exists()


async def test_a_push_channel(here: SetUpInBrowser) -> None:
    await set_up(here)
    way = next(one for one in (await here.alerts()).ways if one.id == "ntfy")
    answers = {one.key: one.default for one in way.questions}
    added = await here.add_channel(ChannelTyped("ntfy", answers))
    assert "ntfy" in added.leads_to


NO_CHANNELS = {
    "no way": (ChannelTyped("pigeon"), "way"),
    "no address": (ChannelTyped("mail", {"address": "jane"}), "address"),
    "no password for a provider": (ChannelTyped("mail", {"address": "jane@gmail.com"}), "password"),
    "no server": (ChannelTyped("mail", {"address": "jane@own.example", "server": "a b"}), "server"),
    "nobody to get it": (ChannelTyped("mail", {"address": "jane@own.example", "to": "x"}), "to"),
    "a topic that is guessed": (ChannelTyped("ntfy", {"server": "https://ntfy.sh", "topic": "x"}), "topic"),
}


@pytest.mark.parametrize(("typed", "field"), [pytest.param(*row, id=name) for name, row in NO_CHANNELS.items()])
async def test_a_channel_that_is_none(settled: SetUpInBrowser, typed: ChannelTyped, field: str) -> None:
    with pytest.raises(WrongAnswer) as caught:
        await settled.add_channel(typed)
    assert caught.value.field == field
    assert not (await settled.alerts()).channels


async def test_steps_wait_and_are_taken_up_again(here: SetUpInBrowser, opened: Opened) -> None:
    await here.put_off(FirstStep.WHO_ELSE)
    assert (await states(here))[FirstStep.WHO_ELSE] is StepState.WAITS
    await set_up(here)
    assert (await states(here))[FirstStep.WHO_ELSE] is StepState.DONE
    again = first_of(opened)  # the page was closed, and opened anew
    assert (await states(again))[FirstStep.WHO_ELSE] is StepState.DONE
    assert (await states(again))[FirstStep.PHOTOS] is StepState.OPEN


async def test_the_page_follows_the_configuration(here: SetUpInBrowser, opened: Opened) -> None:
    """What a step, a command or a person changes in it holds at once; what is wrong in it changes nothing."""
    await set_up(here)
    case, store = await here.case(), PageStore(lambda: load(opened.config, {}))
    shows = store.core()._shows
    assert store.app().store._db._waits_s < 5, "a page that waits for a writer answers nobody, who leaves neither"  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match="no alert channel"):
        await store.core().wishes.ask(WishKind.TEST, case=case)
    await here.add_channel(ChannelTyped("mail", {"address": "jane@own.example"}))
    assert (await store.core().wishes.ask(WishKind.TEST, case=case)).kind is WishKind.TEST
    own = "quarrel ostrich violin hammock"
    await here.set_up(NewWords(own, own))
    assert store.app().vault is not None and store.core()._shows is shows and shows.settings.evidence.recipients
    opened.config.write_text("no configuration")
    assert store.app().settings.alerts.urls
    await store.aclose()


def test_errors_of_the_process_come_back_as_they_were() -> None:
    told = carried_out({"do": "passphrase", "config": "/nowhere/config.toml", "identity": "/x", "passphrase": "x"})
    assert told["error"] == "ConfigError" and told["message"] and json.dumps(told)
    from monitor.setup_in_browser.making import _error_of

    assert isinstance(_error_of(told), MonitorError)
