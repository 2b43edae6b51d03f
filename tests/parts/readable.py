"""Whether another process of the same user reads this one's memory: two that root starts and that become that user.

python readable.py closed|open -> one line of JSON: {how: "" or the refusal}
"""

from __future__ import annotations

import json
import os
import resource  # noqa: F401  # whoever that user is, the program may lie where they cannot read it
import sys

from monitor.parts.confine import attempts
from monitor.parts.confine.kernel import libc
from monitor.parts.confine.memory import closed_memory

_PR_SET_DUMPABLE = 4
_SOMEBODY = 54_321  # a user that has nothing else here


def main(kind: str) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_SOMEBODY, _SOMEBODY, _SOMEBODY)
        os.setresuid(_SOMEBODY, _SOMEBODY, _SOMEBODY)
    libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
    if kind == "closed":
        closed_memory()
    out, into = os.pipe()
    reader = os.fork()
    if reader == 0:
        os.set_blocking(into, True)
        libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
        os.write(into, json.dumps(_tried(os.getppid())).encode())
        os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as said:  # its own start is what is waited for
        print(said.read().decode())
    os.waitpid(reader, 0)


def _tried(process: int) -> dict[str, str]:
    ended = {}
    for name, way in attempts.WAYS_TO_READ.items():
        try:
            way(process)
            ended[name] = ""
        except OSError as error:
            ended[name] = type(error).__name__
    return ended


if __name__ == "__main__":
    main(sys.argv[1])
