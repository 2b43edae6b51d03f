"""The browser: it runs what sites send. Chromium shuts in its own processes; this shuts in Chromium, as far as that
leaves it what it needs: new namespaces, and memory that is written and run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from monitor.parts.confine import places, seccomp
from monitor.parts.confine.fetcher import OTHER_USER, other_user
from monitor.parts.confine.landlock import CONNECT, FILL, READ, RUN, USE, FileReach, FileRight, stay_within
from monitor.parts.confine.layers import Confinement, layer, of_root
from monitor.parts.confine.memory import closed_memory
from monitor.parts.confine.privileges import keep_capabilities, no_new_privileges

_DEVICES = ("/dev/shm", "/dev/dri", "/dev/tty")  # noqa: S108  # each file in it is made for this user alone


def confine_browser(homes: Iterable[Path], program: str = "", screen: Iterable[Path] = ()) -> tuple[Confinement, ...]:
    """For this process and all that it starts, for good; once, while it has no second thread. homes: folders of its
    own, made for it alone. program: the path of Chromium. screen: what a window needs (`watch login`). Never raises:
    what cannot be had is said in its layer."""
    homes, screen = tuple(homes), tuple(screen)
    return (
        *of_root(
            (OTHER_USER, "cannot touch what belongs to the user", lambda: other_user(homes)),
            ("capabilities", "none of root's rights is left to it", lambda: keep_capabilities(())),
        ),
        layer("no new privileges", "no program it might reach gives it more rights", no_new_privileges),
        layer("memory", "no other process of this user reads it", closed_memory),
        layer(
            "landlock",
            "it sees no file of yours, and writes into a folder of its own",
            lambda: stay_within(browser_reach(homes, program, screen)),
        ),
        layer(
            "system calls",
            "it reads no other process, and changes nothing of the system",
            lambda: seccomp.refuse_calls(seccomp.BROWSER),
        ),
    )


def browser_needs(program: str, screen: Iterable[Path]) -> tuple[Path, ...]:
    """What it has to see, wherever it lies."""
    chromium = [Path(program), *_folders_of(program)] if program else []
    return (*places.program_folders(), *places.system_libraries(), *chromium, *screen)


def _folders_of(program: str) -> list[Path]:
    return [Path(program).parent, Path(program).resolve().parent] if program else []


def browser_reach(homes: Iterable[Path], program: str, screen: Iterable[Path]) -> FileReach:
    return FileReach.of(
        (RUN, (*places.program_folders(), *places.system_libraries(), *_folders_of(program))),
        (FileRight.READ_DIR, places.finder_folders()),
        (READ, (*places.machine_settings(), Path("/sys"))),
        (USE, places.devices()),
        (places.process_rights(), (Path("/proc"),)),  # the maps of users in Chromium's own namespaces
        (FILL, (*homes, *map(Path, _DEVICES))),
        (READ | CONNECT, screen),
        tcp=True,
    )
