"""What `doctor` says of the parts: each tries from inside what it must not be able to do."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct

from monitor.errors import PartLost, PartMismatch
from monitor.model.check import FAULT, OK, WARNING, Check
from monitor.model.settings import Settings
from monitor.parts.confine import trial
from monitor.parts.confine.fetcher import OTHER_USER
from monitor.parts.confine.layers import IN_MEMORY, Confinement
from monitor.parts.confine.session import HIDDEN_SESSION
from monitor.parts.interpreter import fresh_interpreter
from monitor.parts.link import Link
from monitor.parts.messages.browsing import BrowserSetup
from monitor.parts.messages.fetching import FetcherSetup
from monitor.parts.messages.trying import Tried, TryThese
from monitor.parts.starting import ProgramPart, ProgramParts

_WITHIN_S = 60.0  # on a small machine that is busy starting other things
LACKING = "A newer kernel (Linux 6.12 has all of it), or a container with fewer restrictions, has what is missing here."
STARTED_BY_ROOT = (
    "It was started by root. Run it by an account of its own (`service install` makes one), or install it where others "
    "can read it (`make install` as root does): then this part goes on as nobody."
)
WITHOUT_LANDLOCK = (
    "Where the kernel has no Landlock, let systemd take the files away: sudo reupload-monitor service install. Or take "
    "a kernel that has it (5.19 or newer, started with it), or a container that does not forbid it."
)
NOTHING_HOLDS = "A kernel with seccomp and Landlock (Linux 6.12 has all of it), and no container that takes them away."
IN_REACH_OF_BROWSER = (
    "Chromium shuts off from them what runs a site's scripts, so this counts where that was broken out of. The browser "
    "hides them from itself where the system lets a user do that (user namespaces). By its own unit it sees none of "
    "them: sudo reupload-monitor service install. Or a kernel whose Landlock refuses it (ABI 9)."
)
ON_A_DISK = (
    "Give this machine 64 MB or more in /dev/shm (df -h /dev/shm says what is left); a container is made with it."
)
_IN_SESSION = ("bus", "systemd/private", "keyring/control", "gnupg/S.gpg-agent", "wayland-0")
_SESSION = "asks nothing of your session"

CAN = {
    "no way to any network": "can open a way to a network",
    "sees no file of yours": "can see your files",
    "writes nowhere": "can write files",
    "writes nowhere else": "can write outside of its own folders",
    "reads no other process": "can read the memory of other processes",
    "ends or slows no other process": "can end or slow other processes",
    "ends no other process": "can end other processes",
    "changes no rights of your files": "can change rights of your files",
    "looks on at none of your files": "can see when your files change",
    "runs no memory it has written": "can run memory that it has written",
    _SESSION: "can speak to the programs of your session",
    IN_MEMORY: "keeps what it shows on a disk until it ends",
    "has no network of its own": "has this machine's network",
}
"""What it means that an attempt was not refused."""


@dataclass(frozen=True, slots=True)
class _Apart:
    """name: of the check. who: the part, as a person knows it. what: as it should be."""

    name: str
    who: str
    shut_off: str

    @property
    def what(self) -> str:
        return f"{self.who} is shut off from {self.shut_off}"


CORE_APART = _Apart("keys apart", "what holds your keys and fingerprints", "every network")
APART = {
    ProgramPart.FETCHER: _Apart("network apart", "what talks to sites", "your files and keys"),
    ProgramPart.BROWSER: _Apart("browser apart", "the browser", "your files and keys"),
}


def part_checks(settings: Settings, parts: ProgramParts) -> Iterator[Check]:
    """Starts each once, and ends it."""
    setups = usual_setups()
    yield check_of_tries(CORE_APART, _core_tried(settings))
    for part, said in asyncio.run(_parts_tried(settings, parts, setups)):
        yield check_of_tries(APART[part], said)


def usual_setups() -> dict[ProgramPart, Callable[[], Struct]]:
    return {ProgramPart.FETCHER: FetcherSetup, ProgramPart.BROWSER: BrowserSetup}


def _core_tried(settings: Settings) -> Sequence[Confinement] | str:
    """Of a process like it: the daemon's own is at work, and this command goes on. Why it could not be tried, else."""
    command = fresh_interpreter(trial.__name__, trial.trial_words(settings), str(os.getpid()))
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and words
            command, env=_like_the_core(), cwd="/", capture_output=True, timeout=_WITHIN_S, check=True
        )
        return trial.trial_answer(done.stdout)
    except subprocess.CalledProcessError as error:
        said: list[str] = error.stderr.decode("utf-8", "replace").strip().splitlines()
        return said[-1][:300] if said else "it ended at once"
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return str(error)[:300]


def _like_the_core() -> dict[str, str]:
    kept = ("PATH", "HOME", "CREDENTIALS_DIRECTORY", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    return {name: os.environ[name] for name in kept if name in os.environ}


async def _parts_tried(
    settings: Settings, parts: ProgramParts, setups: dict[ProgramPart, Callable[[], Struct]]
) -> list[tuple[ProgramPart, Sequence[Confinement] | str]]:
    return [(part, await _part_tried(Link(parts, part, setup), settings)) for part, setup in setups.items()]


async def _part_tried(link: Link, settings: Settings) -> Sequence[Confinement] | str:
    try:
        layers = await link.layers()
        said = await link.ask(
            TryThese(_of_the_person(settings), session_sockets(os.environ)), answer=Tried, within_s=_WITHIN_S
        )
    except (PartLost, PartMismatch) as error:
        return str(error)
    finally:
        await link.aclose()
    return [Confinement(*one) for one in (*layers, *said.message.proofs)]


def _of_the_person(settings: Settings) -> tuple[str, ...]:
    """What lies there and none but the core has to do with."""
    places = [settings.data_dir, settings.vault_dir, settings.watchlist_dir, *settings.secret_files]
    if settings.path is not None:
        places += [settings.path, settings.path.parent]
    return tuple(str(place) for place in places if place.exists())


def session_sockets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """By which its programs are spoken to, as far as they are there: D-Bus, systemd, keyring, agents."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    bus = environ.get("DBUS_SESSION_BUS_ADDRESS", "").partition("unix:path=")[2].partition(",")[0].partition(";")[0]
    named = [os.path.join(runtime, one) for one in _IN_SESSION] if os.path.isabs(runtime) else []
    named += [bus, environ.get("SSH_AUTH_SOCK", "")]
    return tuple(one for one in dict.fromkeys(named) if os.path.isabs(one) and Path(one).is_socket())[:20]


def check_of_tries(apart: _Apart, tried: Sequence[Confinement] | str) -> Check:
    if isinstance(tried, str):
        return Check(apart.name, FAULT, f"it could not be tried whether {apart.what}: {tried}", "Run doctor again.")
    holds = ", ".join(one.name for one in tried if one.active)
    lacks = [one for one in tried if not one.active]
    if not lacks:
        return Check(apart.name, OK, f"{apart.what}: {holds}")
    can = " and ".join(CAN[one.name] for one in lacks if one.name in CAN)
    missing = ", ".join(f"{one.name} ({one.why})" for one in lacks if one.name not in CAN)
    said = f"{apart.who} {can}" if can else apart.what
    said += f". What holds: {holds}" if holds else ". Nothing holds of what shuts it off"
    said += f". Missing here: {missing}" if missing else ""
    return Check(apart.name, WARNING if holds else FAULT, said, _remedy({one.name for one in lacks}, holds=holds))


def _remedy(lacks: set[str], *, holds: str) -> str:
    if not holds:
        return NOTHING_HOLDS
    if lacks == {OTHER_USER}:
        return STARTED_BY_ROOT
    if IN_MEMORY in lacks:
        others = lacks - {IN_MEMORY}
        return f"{_remedy(others, holds=holds)} {ON_A_DISK}" if others else ON_A_DISK
    in_reach = lacks & {_SESSION, HIDDEN_SESSION}
    if in_reach and "system calls" not in lacks:  # by name alone, where it may have such sockets at all
        others = lacks - in_reach
        return f"{_remedy(others, holds=holds)} {IN_REACH_OF_BROWSER}" if others else IN_REACH_OF_BROWSER
    return WITHOUT_LANDLOCK if "landlock" in lacks else LACKING
