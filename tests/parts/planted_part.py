"""A part that does as it is told over its connection, a word at a time, in the place of the program's own."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import NoReturn

from monitor.lifeline import stay_with
from monitor.parts.parent.beginning import taken_from_stdin


def main(part: str, parent: str) -> None:
    stay_with(int(parent))
    connection = taken_from_stdin()
    assert connection is not None
    while word := connection.recv(100).decode():
        if word == "fall":
            fall()
        elif word == "hang":
            os.kill(os.getpid(), signal.SIGSTOP)
        elif word == "start":  # one that hangs, and knows nothing of the connection
            child = os.fork()
            if child == 0:
                os.closerange(0, 100)
                os.kill(os.getpid(), signal.SIGSTOP)
                os._exit(0)
            os.waitpid(child, os.WUNTRACED)
            connection.sendall(str(child).encode())
        elif word == "stay":  # longer than its connection
            signal.pause()
        elif word == "look":
            connection.sendall(json.dumps(seen()).encode())
        else:
            connection.sendall(f"{part} {os.getpid()} {word}".encode())


def fall() -> NoReturn:
    print("first words", file=sys.stderr)
    print("no such thing\x07 here", file=sys.stderr)
    sys.exit(3)


def seen() -> dict[str, object]:
    return {
        "environ": sorted(os.environ),
        "cwd": os.getcwd(),
        "session": os.getsid(0) == os.getpid(),
        "open": sorted(os.readlink(f"/proc/self/fd/{at}").partition(":")[0] for at in os.listdir("/proc/self/fd")[:-1]),
    }
