"""The running parts of the real command: what each of them has in its memory, and what it gave up."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp import web
from pyrage.x25519 import Identity

from monitor import config
from monitor.store.store import open_store
from tests.daemon.test_daemon_process import PHOTOS, command, core_of, daemon
from tests.serving.mail import MailServer, mail_server
from tests.serving.web import answering

LABEL, WATCH, OTHER_WATCH = "vermilion-quillfeather", "kestrel-marigold", "sable-tamarisk"
PERSON = (
    "Zephyrine Oakenshaw",
    "zephyrine@oakenshaw.test",
    "14 Larkspur Crescent",
    "+49 30 5550 1743",
    "Z. Oakenshaw-Quill",
)
TOKEN, TOKEN_FILE = "tok-amaranth-cobalt-0417", "amaranth-token"


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
async def ready(tmp_path: Path, mail: MailServer, request: pytest.FixtureRequest) -> AsyncIterator[Path]:
    """A folder as `init` leaves it, with what a person writes into it, and a place that shows their photo."""

    async def page(_: web.Request) -> web.Response:
        shown = '<html><body><img src="/enrolled/owl.jpg"><img src="/others/cow.jpg"></body></html>'
        return web.Response(text=shown, content_type="text/html")

    app = web.Application()
    app.router.add_get("/place", page)
    app.router.add_static("/", PHOTOS)
    config_file = tmp_path / "config.toml"
    async with answering(app) as port:
        words = ("--yes", "--adult", "--authorised", "self", "--name", PERSON[0], "--email", PERSON[1], "--no-vault")
        files = ("--store-key-file", str(tmp_path / "key"), "--config", str(config_file))
        code, said = await command(tmp_path, "init", *words, *files)
        assert code == 0, said
        contact = f'signature = "{PERSON[4]}"\naddress = "{PERSON[2]}"\nphone = "{PERSON[3]}"\n'
        written = config_file.read_text().replace(
            "[alerts]\n", f'[alerts]\ngroup_for = "1s"\nurls = ["{mail.url()}"]\n', 1
        )
        written = written.replace("[takedown]\n", f"[takedown]\n{contact}", 1)
        to = str(Identity.generate().to_public()) if request.param else ""
        written = re.sub(r"^recipients = .*$", f"recipients = {[to] if to else []}", written, flags=re.MULTILINE)
        (tmp_path / TOKEN_FILE).write_text(TOKEN)
        (tmp_path / TOKEN_FILE).chmod(0o600)
        config_file.write_text(
            f'{written}\n[network]\nallow_networks = ["127.0.0.0/8"]\n\n[crawl]\nper_host_delay = 0\n\n'
            f'[credentials.forum]\nhost = "forum.example"\ntoken_file = "{TOKEN_FILE}"\n'
        )
        photo = tmp_path / f"{LABEL}.jpg"
        shutil.copy(PHOTOS / "enrolled" / "owl.jpg", photo)
        code, said = await command(tmp_path, "enroll", str(photo), "--config", str(config_file))
        assert code == 0, said
        photo.unlink()
        (tmp_path / "watchlists" / "mine.toml").write_text(
            f'[[watch]]\nname = "{WATCH}"\nkind = "page"\nurl = "http://127.0.0.1:{port}/place"\nevery = "2h"\n'
            f'[[watch]]\nname = "{OTHER_WATCH}"\nkind = "page"\nurl = "https://x.example/"\nenabled = false\n'
        )
        yield tmp_path


def words_of(folder: Path) -> Mapping[str, bytes]:
    """What none but the core has to know."""
    settings = config.load(folder / "config.toml")
    assert settings.database.key is not None
    key = settings.database.key.value
    with contextlib.closing(open_store(settings)) as store:
        (reference,) = store.references.all("default")
    found = reference.fingerprint
    assert found.phash is not None and found.features is not None and found.luma is not None
    points = found.features.descriptors.tobytes()
    return {
        "the store's key": key.encode(),
        "the store's key, raw": bytes.fromhex(key),
        "the hash": found.pdq.bits,
        "the hash, written": found.pdq.hex.encode(),
        "the hash, written large": found.pdq.hex.upper().encode(),
        "the second hash": found.phash.bits,
        "the second hash, written": found.phash.hex.encode(),
        "the greys": found.luma.tobytes()[:64],
        **{f"points, {at}": points[at * 128 : at * 128 + 64] for at in range(0, 40, 8)},
        **{f"an outline, {at}": outline for at, outline in enumerate(found.outlines)},
        "the photo's name": LABEL.encode(),
        "the photo's number": reference.id.encode(),
        "a watch": WATCH.encode(),
        "another watch": OTHER_WATCH.encode(),
        **{f"the person, {at}": word.encode() for at, word in enumerate(PERSON)},
        "a password for elsewhere": TOKEN.encode(),
        "the file of a password": TOKEN_FILE.encode(),
        "the folder of the data": str(settings.data_dir).encode(),
        "the configuration": str(folder / "config.toml").encode(),
        "the key's file": str(folder / "key").encode(),
        "the watchlists": str(settings.watchlist_dir).encode(),
    }


def held_by(process: int, words: Mapping[str, bytes]) -> set[str]:
    """The words that stand in the memory of a process; none of one that has ended."""
    found = set[str]()
    ranges = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) r", Path(f"/proc/{process}/maps").read_text(), re.MULTILINE)
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        for start, end in ((int(one, 16), int(other, 16)) for one, other in ranges):
            try:
                memory.seek(start)
                content = memory.read(end - start)
            except (OSError, OverflowError, ValueError):  # the kernel's own pages
                continue
            found |= {name for name, word in words.items() if name not in found and word in content}
    return found


def family_of(process: int) -> list[int]:
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:  # it has ended
        return []
    return [process, *(one for child in children for one in family_of(int(child)))]


def is_ours(process: int) -> bool:
    """Chromium and what drives it come and go."""
    try:
        return b"monitor." in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def state_of(process: int) -> Mapping[str, str]:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize(
    "ready",
    [
        pytest.param(False, id="an alert"),
        pytest.param(True, id="an alert, evidence and a screenshot", marks=pytest.mark.long),
    ],
    indirect=True,
)
async def test_what_the_parts_hold_and_gave_up(ready: Path, mail: MailServer) -> None:
    """One story, because each start of the program costs seconds: what is found is told, and then it is looked at what
    stands in each process's memory, which takes root; and then the configuration names another folder."""
    words, elsewhere = words_of(ready), ready.parent / f"{ready.name}-elsewhere"
    elsewhere.mkdir(mode=0o700)
    assert len(words) >= 30
    async with daemon(ready) as running:
        await running.until_said("action=watch_done watch=1 status=ok pages=1 images=2 new_sightings=1")
        await running.until_said("action=alert_sent")
        assert "action=core_weak" not in running.said
        parent, core = running.process.pid, core_of(running.process.pid)
        others = [one for one in family_of(parent) if one not in (parent, *family_of(core)) and is_ours(one)]
        assert len(others) >= 2, "the fetcher runs, and what sends alerts for it"
        if os.geteuid() == 0:
            held = {one: held_by(one, words) for one in (core, *others)}
            assert {"the store's key", "the hash", "a watch", "the photo's name"} <= held[core], "else nothing is shown"
            assert {one: held[one] for one in others} == {one: set[str]() for one in others}
        for one in (*family_of(core), *others):
            assert (state_of(one)["Seccomp"], state_of(one)["NoNewPrivs"]) == ("2", "1")
        with (ready / "config.toml").open("a") as file:
            file.write(f'\n[backup]\ndir = "{elsewhere}"\n')
        await running.until_said("names a folder that the daemon gave up when it started, so this takes a restart")
        await running.until_said("watchlists read again, and the configuration not taken over action=reloaded")
        assert "configuration read again" not in running.said
        _, said = await command(ready, "status", "--config", str(ready / "config.toml"))
        assert "gave up" in said and str(elsewhere) in said, said
        running.process.terminate()
        assert await running.end() == 0
