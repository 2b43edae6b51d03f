"""The fetcher: it has the network, and gives up every file of the person's, and every place to write."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from monitor.parts.confine import places, seccomp
from monitor.parts.confine.landlock import READ, RUN, USE, FileReach, FileRight, stay_within
from monitor.parts.confine.layers import Confinement, layer, of_root
from monitor.parts.confine.memory import closed_memory
from monitor.parts.confine.privileges import (
    NOBODYS_NUMBER,
    become_nobody,
    keep_capabilities,
    no_new_privileges,
    readable_to_nobody,
)

OTHER_USER = "other user"


def confine_fetcher() -> tuple[Confinement, ...]:
    """For this process and all that it starts, for good; once, while it has no second thread. Never raises: what cannot
    be had is said in its layer."""
    return (
        *of_root(
            (OTHER_USER, "cannot touch what belongs to the user", other_user),
            ("capabilities", "none of root's rights is left to it", lambda: keep_capabilities(())),
        ),
        layer("no new privileges", "no program it might reach gives it more rights", no_new_privileges),
        layer("memory", "no other process of this user reads it", closed_memory),
        layer(
            "landlock",
            "it sees no file of yours and writes none, nor signals others",
            lambda: stay_within(fetcher_reach()),
        ),
        layer(
            "system calls",
            "it reads no other process, and asks nothing of your session",
            lambda: seccomp.refuse_calls(seccomp.FETCHER),
        ),
    )


def other_user(homes: Iterable[Path] = ()) -> str:
    """Where root started it; homes: folders of its own, which go with it. Stays root where nobody else can read the
    program: without rights then, and the other layers hold. Raises ValueError, OSError."""
    if os.geteuid() == 0 and not readable_to_nobody(places.program_folders()):
        raise ValueError("it stays root, since the program lies where no other user can read it")
    if os.geteuid() == 0:
        for home in homes:
            os.chown(home, NOBODYS_NUMBER, NOBODYS_NUMBER)
    return become_nobody()


def fetcher_reach() -> FileReach:
    return FileReach.of(
        (READ, (*places.program_folders(), *places.system_libraries())),
        (RUN, places.own_interpreter()),
        (FileRight.READ_DIR, places.finder_folders()),
        (READ, (*places.machine_settings(), Path("/proc"))),
        (USE, places.devices()),
        tcp=True,
    )
