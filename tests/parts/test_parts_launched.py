"""Parts that are started by need, by the launcher beside a command and by a parent alike; and those behind systemd's
sockets."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PartLost
from monitor.parts import in_run
from monitor.parts.in_run import PartsInRun
from monitor.parts.parent import beginning, control, launched
from monitor.parts.parent.control import (
    MAX_LAST_WORDS_CHARS,
    MAX_PACKET,
    BadControl,
    EndOfPart,
    EndPart,
    PartNotStarted,
    PartStarted,
    StartPart,
)
from monitor.parts.parent.launched import LaunchedParts
from monitor.parts.parent.spawning import PASSED
from monitor.parts.starting import PartEnded, ProgramPart
from tests.parts.test_parts_parent import is_gone, until_gone
from tests.patience import WITHIN_S

FETCHER, BROWSER = ProgramPart.FETCHER, ProgramPart.BROWSER


@pytest.fixture
async def parts(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LaunchedParts]:
    monkeypatch.setattr(launched, "LAUNCHER", "tests.parts.planted_launcher")
    monkeypatch.setenv("REUPLOAD_MONITOR_DATABASE__KEY", "planted")
    monkeypatch.setenv("TZ", "UTC")
    made = LaunchedParts()
    yield made
    await made.aclose()


async def asked(pipe: socket.socket, word: str) -> str:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(pipe, word.encode())
    return (await loop.sock_recv(pipe, 65_536)).decode()


async def test_each_is_a_fresh_process_with_nothing_of_the_person_s(parts: LaunchedParts) -> None:
    pipe = await parts.connect(FETCHER)
    other = await parts.connect(FETCHER)
    name, pid, word = (await asked(pipe, "hello")).split()
    assert (name, word) == ("fetcher", "hello") and (await asked(other, "x")).split()[1] != pid
    seen = json.loads(await asked(pipe, "look"))
    assert set(seen["environ"]) <= {*PASSED, "LC_CTYPE"} and "TZ" in seen["environ"]
    assert seen["cwd"] == "/" and seen["session"] is True
    assert seen["open"] == ["/dev/null", "/dev/null", "pipe", "socket"]


async def test_a_launcher_can_be_there_before_the_first_part(parts: LaunchedParts) -> None:
    parts.begin()
    launcher = parts._launcher
    parts.begin()
    assert launcher is not None and (await asked(await parts.connect(FETCHER), "x")).endswith("x")
    assert parts._launcher is launcher


async def test_the_end_of_a_connection_is_the_end_of_the_part(parts: LaunchedParts) -> None:
    pipe = await parts.connect(BROWSER)
    _, pid, _ = (await asked(pipe, "x")).split()
    assert await parts.end(pipe, within_s=60) == PartEnded(0, "")
    assert is_gone(int(pid))


@pytest.mark.parametrize("word", ["hang", "stay"])
async def test_one_that_does_not_end_is_killed(parts: LaunchedParts, word: str) -> None:
    pipe = await parts.connect(FETCHER)
    _, pid, _ = (await asked(pipe, "x")).split()
    await asyncio.get_running_loop().sock_sendall(pipe, word.encode())
    assert await parts.end(pipe, within_s=0.05) == PartEnded(-signal.SIGKILL, "")
    assert is_gone(int(pid))


async def test_one_that_fell_says_why(parts: LaunchedParts) -> None:
    pipe = await parts.connect(FETCHER)
    assert await asked(pipe, "fall") == ""
    assert await parts.end(pipe, within_s=60) == PartEnded(3, "no such thing? here")
    assert await parts.end(pipe) == PartEnded(), "and of what is ended already nothing is known"


async def test_only_what_can_be_started_is(parts: LaunchedParts) -> None:
    with pytest.raises(OSError, match="no such part"):
        await parts.connect(ProgramPart.CORE)
    assert await parts.connect(FETCHER)


async def test_a_launcher_that_was_killed_takes_its_parts_with_it_and_another_is_started(parts: LaunchedParts) -> None:
    pipe = await parts.connect(FETCHER)
    _, pid, _ = (await asked(pipe, "x")).split()
    assert parts._launcher is not None
    parts._launcher.kill()
    until_gone(int(pid))
    with pytest.raises(OSError, match="has ended"):
        await parts.connect(FETCHER)
    assert (await asked(await parts.connect(FETCHER), "again")).endswith("again")


async def test_closed_it_leaves_no_process(parts: LaunchedParts) -> None:
    pipes = [await parts.connect(part) for part in (FETCHER, BROWSER)]
    pids = [int((await asked(pipe, "x")).split()[1]) for pipe in pipes]
    await asyncio.get_running_loop().sock_sendall(pipes[0], b"stay")
    assert parts._launcher is not None
    launcher = parts._launcher.pid
    pipes[1].close()
    await parts.aclose()
    await parts.aclose()
    assert all(map(is_gone, (*pids, launcher)))


@pytest.mark.parametrize("ends", ["by itself", "by a signal"])
async def test_what_a_part_started_ends_with_it(parts: LaunchedParts, ends: str) -> None:
    """As a driver of a browser that hangs: it heeds neither its pipes nor SIGTERM."""
    pipe = await parts.connect(BROWSER)
    child = int(await asked(pipe, "start"))
    assert not is_gone(child)
    if ends == "by itself":
        await parts.end(pipe, within_s=WITHIN_S)
    else:
        os.kill(int((await asked(pipe, "which")).split()[1]), signal.SIGKILL)
    await asyncio.to_thread(until_gone, child)
    assert is_gone(child)


async def test_a_start_that_nobody_waits_for_any_more_leaves_no_part(parts: LaunchedParts) -> None:
    await parts.connect(BROWSER)
    starting = asyncio.create_task(parts.connect(FETCHER))
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert parts._launcher is not None
    children = Path(f"/proc/{parts._launcher.pid}/task/{parts._launcher.pid}/children")
    await parts.connect(BROWSER)  # asked after it, answered after it
    while len(left := children.read_text().split()) > 2:
        await asyncio.sleep(0)
    assert len(left) == 2


def test_one_that_cannot_be_killed_keeps_nobody_waiting_for_ever() -> None:
    """As where a part is another account's, and the container lets nobody end that."""
    code = (
        "import os; from monitor.parts.parent import spawning, tending\n"
        "spawning.BEGINNING = 'tests.parts.planted_part'; tending.PARTS_END_WITHIN_S = tending.KILLED_WITHIN_S = 0.05\n"
        "parts = spawning.PartProcesses(debug=False); made = tending.Tending(parts); part = parts.start('fetcher')\n"
        "def refused(*_): raise PermissionError\n"
        "os.killpg = os.kill = refused; made.end_parts(); print(bool(parts))"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


@pytest.mark.parametrize(
    "said",
    [
        StartPart("fetcher"),
        EndPart(7, 250),
        PartStarted(3, 4711),
        PartNotStarted("no memory"),
        EndOfPart(3, -9, "died of ü"),
        EndOfPart(0, 0, ""),
    ],
)
def test_what_is_packed_comes_out_the_same(said: control.ControlRequest | control.ControlReply) -> None:
    if isinstance(said, StartPart | EndPart):
        assert control.unpack_request(control.pack_request(9, said)) == (9, said)
    else:
        assert control.unpack_reply(control.pack_reply(9, said)) == (9, said)


def test_long_words_are_cut() -> None:
    _, said = control.unpack_reply(control.pack_reply(1, PartNotStarted("\U0001f989" * 5000)))
    assert said == PartNotStarted("\U0001f989" * MAX_LAST_WORDS_CHARS)


@given(st.binary(max_size=MAX_PACKET + 10))
def test_whatever_comes_is_one_of_these_or_refused(packet: bytes) -> None:
    for unpack in (control.unpack_request, control.unpack_reply):
        try:
            turn, said = unpack(packet)
        except BadControl:
            continue
        assert isinstance(said, StartPart | EndPart | PartStarted | PartNotStarted | EndOfPart) and 0 <= turn < 2**32


@pytest.mark.parametrize("name", ["", "core", "../x", "x" * 5000])
def test_no_other_part_begins(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert beginning.begin_part(name) == 2
    assert "no part of that name" in capfd.readouterr().err


# --- behind systemd's sockets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "parts"
    made.mkdir(mode=0o755)
    return made


def listening(path: Path) -> socket.socket:
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(path))
    path.chmod(0o600)
    door.listen()
    return door


async def test_a_connection_is_a_part(folder: Path) -> None:
    with listening(folder / "fetcher") as door:
        parts = PartsInRun(folder)
        pipe = await parts.connect(FETCHER)
        behind, _ = door.accept()
        assert await parts.end(pipe) == PartEnded()
        assert behind.recv(10) == b""
        behind.close()


@pytest.mark.parametrize("whose", ["socket", "folder"])
async def test_one_that_somebody_else_made_is_refused_with_the_owner_s_name(folder: Path, whose: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to make one that is another account's")
    with listening(folder / "fetcher") as door:
        os.chown(folder / "fetcher" if whose == "socket" else folder, 65534, -1)
        with pytest.raises(PartLost, match=r"belongs to the account nobody") as caught:
            await PartsInRun(folder).connect(FETCHER)
        assert "remove it" in caught.value.remedy
        door.setblocking(False)
        with pytest.raises(BlockingIOError):
            door.accept()


@pytest.mark.parametrize("mode", [0o722, 0o777])
async def test_one_that_others_can_change_is_refused(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    with listening(folder / "fetcher"), pytest.raises(PartLost, match="can be changed by others"):
        await PartsInRun(folder).connect(FETCHER)


async def test_a_file_in_its_place_is_no_socket(folder: Path) -> None:
    (folder / "fetcher").touch(0o600)
    with pytest.raises(OSError, match="something else"):
        await PartsInRun(folder).connect(FETCHER)


async def test_one_that_was_put_there_since_is_known_by_who_answers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if another account had swapped it between the look and the connecting."""
    with listening(folder / "fetcher"):
        answers = iter([(os.geteuid(),), (os.geteuid(),), ()])
        monkeypatch.setattr(in_run, "_trusted", lambda: next(answers))
        with pytest.raises(PartLost, match="is answered by the account"):
            await PartsInRun(folder).connect(FETCHER)


async def test_one_that_is_not_there_is_an_error_of_the_system(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await PartsInRun(folder).connect(FETCHER)
