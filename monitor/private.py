"""A process that holds a key, a fingerprint or plaintext is closed to other processes, and leaves no core file."""

from __future__ import annotations

import sys

_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4  # <linux/prctl.h>


def keep_private() -> None:
    """For this process, first thing: a new program begins readable again, so each child calls it too. Not dumpable
    means that nobody but root reads its memory (/proc/PID/mem, ptrace) and that no core is made, be it for a file or
    for a program such as systemd-coredump, which a limit of 0 alone would not keep from it. The limit is for what is
    started and is not ours: Chromium and what drives it."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):  # not on Windows; a stricter limit may stand already
        pass
    if sys.platform == "linux":
        _prctl(_PR_SET_DUMPABLE)


def is_private() -> bool:
    """Whether both hold."""
    if sys.platform != "linux":
        return False
    import resource

    return _prctl(_PR_GET_DUMPABLE) == 0 and resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


def _prctl(option: int) -> int:
    import ctypes

    return int(ctypes.CDLL(None, use_errno=True).prctl(option, 0, 0, 0, 0))
