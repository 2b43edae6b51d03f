"""The keeper of the evidence key: what it works with comes to it as open files, by its one connection."""

from __future__ import annotations

from monitor.parts.confine import places, seccomp
from monitor.parts.confine.landlock import READ, FileReach, FileRight, stay_within
from monitor.parts.confine.layers import Confinement, layer
from monitor.parts.confine.privileges import no_new_privileges


def confine_keeper() -> tuple[Confinement, ...]:
    """For this process, for good; once, while it has no second thread. Never raises."""
    reach = FileReach.of(
        (READ, (*places.program_folders(), *places.system_libraries(), *places.devices())),
        (FileRight.READ_DIR, places.finder_folders()),
    )
    return (
        layer("no new privileges", "no program it might reach gives it more rights", no_new_privileges),
        layer("landlock", "it opens no file of yours, and starts no program", lambda: stay_within(reach)),
        layer("system calls", "it opens no socket", lambda: seccomp.refuse_calls(seccomp.KEEPER)),
    )
