"""What each part cannot do, tried from inside a process that gave up what the part gives up; as root too: CI is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.parts.confine import attempts
from monitor.parts.confine.landlock import landlock_version
from monitor.parts.interpreter import fresh_interpreter
from tests.parts import confined, readable

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Told:
    layers: dict[str, tuple[bool, str]]
    proofs: dict[str, tuple[bool, str]]
    tried: dict[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    return {part: tried_as(part, tmp_path_factory.mktemp(part)) for part in ("core", "fetcher", "browser")}


def tried_as(part: str, folder: Path) -> Told:
    home, data, config = folder / "home", folder / "home" / "data", folder / "home" / "config"
    for made in (data / "vault", folder / "elsewhere", config / "watchlists", folder / "disk", folder / "own"):
        made.mkdir(parents=True)
    (data / "vault").rmdir()
    (folder / "elsewhere" / "vault").mkdir()
    (data / "vault").symlink_to(folder / "elsewhere" / "vault")  # a person's own larger disk
    (config / "watchlists" / "own.toml").write_text("")
    (config / "config.toml").write_text("")
    for name in ("photo.jpg", "letter.txt"):
        (home / name).write_bytes(b"a person's own")
    (data / "store.db").write_bytes(b"SQLite")
    session = socket.socket(socket.AF_UNIX)
    session.bind(str(folder / "bus"))
    session.listen()
    words: dict[str, Any] = {
        "sockets": [str(folder / "bus")],
        "data_dir": str(data),
        "config": str(config / "config.toml"),
        "watchlists": str(config / "watchlists"),
        "secret": str(config / "token"),
        "backups": str(folder / "disk" / "backups"),  # made when the first one is
        "home": str(folder / "own"),
        "outside": str(folder / "elsewhere"),
        "read": {"the store": str(data / "store.db"), "a photo": str(home / "photo.jpg")}
        | {"the configuration": str(config / "config.toml"), "a watchlist": str(config / "watchlists" / "own.toml")},
        "list": {"the home": str(home), "the data": str(data)},
        "write": {"the data": str(data), "the vault": str(data / "vault"), "the home": str(home)}
        | {"the configuration": str(config), "the disk": str(folder / "disk"), "its own folder": str(folder / "own")},
    }
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    command = fresh_interpreter(confined.__name__, part, json.dumps(words))
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    session.close()
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    layers, proofs = ({name: (active, why) for name, active, why in said[kind]} for kind in ("layers", "proofs"))
    return Told(layers, proofs, said["tried"])


REFUSED, DONE = "refused", "done"
CORE, FETCHER, BROWSER = "core", "fetcher", "browser"


@pytest.mark.parametrize(
    ("name", "may"),
    [
        pytest.param("IPv4", {FETCHER, BROWSER}, id="IPv4"),
        pytest.param("IPv6 datagrams", {FETCHER, BROWSER}, id="IPv6"),
        pytest.param("IPv4, by a child", {FETCHER, BROWSER}, id="IPv4 of a child"),
        pytest.param("a TCP socket led elsewhere", {FETCHER, BROWSER}, id="a passed TCP socket led elsewhere"),
        pytest.param("a TCP socket made to listen", {FETCHER, BROWSER}, id="a passed TCP socket made to listen"),
        pytest.param("the user's session", {CORE, BROWSER}, id="the user's session"),
        pytest.param("a pair", {CORE, FETCHER, BROWSER}, id="a pair"),
        pytest.param("Python, once more", {CORE, FETCHER, BROWSER}, id="Python once more"),
        pytest.param("a shell", {BROWSER}, id="a shell"),
        pytest.param("memory that is written and run", {BROWSER}, id="memory that is written and run"),
        pytest.param("another process", set(), id="another process"),
        pytest.param("limits of another process", set(), id="limits of another process"),
        pytest.param("a file in memory", {BROWSER}, id="a file in memory"),
        pytest.param("a pair of datagrams by another name", {CORE, BROWSER}, id="a pair of datagrams by another name"),
        pytest.param("rights of the home", {CORE}, id="rights of the home"),
        pytest.param("rights of the data", {CORE}, id="rights of the data"),
        pytest.param("times of the data", {CORE}, id="times of the data"),
        pytest.param("a signal to another process", set(), id="a signal to another process"),
        pytest.param("read the store", {CORE}, id="read the store"),
        pytest.param("read the store, by a child", {CORE}, id="read the store by a child"),
        pytest.param("read the configuration", {CORE}, id="read the configuration"),
        pytest.param("read a watchlist", {CORE}, id="read a watchlist"),
        pytest.param("read a photo", set(), id="read a photo"),
        pytest.param("read a photo, by a child", set(), id="read a photo by a child"),
        pytest.param("list the home", set(), id="list the home"),
        pytest.param("list the data", {CORE}, id="list the data"),
        pytest.param("write the data", {CORE}, id="write the data"),
        pytest.param("move the data", {CORE}, id="move within the data"),
        pytest.param("write the vault", {CORE}, id="write the vault on another disk"),
        pytest.param("write the disk", {CORE}, id="write where backups will lie"),
        pytest.param("write its own folder", {BROWSER}, id="write the browser's own folder"),
        pytest.param("write the home", set(), id="write the home"),
        pytest.param("write the configuration", set(), id="write the configuration"),
        pytest.param("a link that leads out", set(), id="write through a link"),
    ],
)
def test_what_each_part_can(told: dict[str, Told], name: str, may: set[str]) -> None:
    ended = {part: told[part].tried[name] for part in told}
    assert {part for part in told if not ended[part]} == may, ended


@pytest.mark.parametrize("part", [CORE, FETCHER, BROWSER])
def test_each_says_what_it_gave_up(told: dict[str, Told], part: str) -> None:
    lacking = {name for name, (active, _) in told[part].layers.items() if not active}
    assert lacking <= {"other user"}, "where root started it and nobody else can read this checkout, it stays root"
    assert {"landlock", "system calls", "memory", "no new privileges"} <= set(told[part].layers)
    assert f"ABI {landlock_version()}" in told[part].layers["landlock"][1]
    assert all(why for _, why in told[part].layers.values())


@pytest.mark.parametrize("part", [CORE, FETCHER, BROWSER])
def test_what_it_tries_itself_says_the_same(told: dict[str, Told], part: str) -> None:
    """For `doctor`. The network that a browser has not is the launcher's to take away, which none did here."""
    failed = {name for name, (active, _) in told[part].proofs.items() if not active}
    assert failed <= {"has no network of its own", "asks nothing of your session"}
    reaches_session = part == BROWSER and landlock_version() < 9  # what Landlock knows of sockets below a path
    assert ("asks nothing of your session" in failed) == reaches_session


@pytest.mark.parametrize(
    "attempt",
    [
        lambda path: attempts.ask_session(()),
        lambda path: attempts.mark_any([path]),
        lambda path: attempts.look_on_at_any([path]),
        lambda path: attempts.end_another(),
        lambda path: attempts.end_or_slow_another(),
        lambda path: attempts.run_own_memory(),
    ],
    ids=["session", "rights", "looking on", "ending", "slowing", "memory"],
)
def test_what_is_tried_is_there_without_confinement(attempt: Callable[[str], None], tmp_path: Path) -> None:
    """Else a refusal would prove nothing. And it leaves no trace."""
    own = tmp_path / "own"
    own.write_bytes(b"")
    own.chmod(0o640)
    before = own.stat()
    attempt(str(own))
    assert (own.stat().st_mode, own.stat().st_size) == (before.st_mode, before.st_size)


@pytest.mark.parametrize(("kind", "is_read"), [("open", True), ("closed", False)])
def test_nobody_of_the_same_user_reads_its_memory(kind: str, is_read: bool) -> None:
    command = [sys.executable, "-m", readable.__name__, kind]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    if _yama_forbids() and is_read:
        pytest.skip("this kernel lets no process read another one anyway")
    assert {name: not refusal for name, refusal in said.items()} == dict.fromkeys(attempts.WAYS_TO_READ, is_read)


def _yama_forbids() -> bool:
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    return scope.exists() and scope.read_text().strip() != "0"
