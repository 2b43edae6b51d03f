"""Beside a command that needs a part: it starts parts at the command's word, and ends with it. The command itself may
not, once it is confined, and its signals, memory and descriptors are none of theirs."""

from __future__ import annotations

import os
import signal
import socket

from monitor.parts.parent.spawning import PartProcesses
from monitor.parts.parent.tending import Tending
from monitor.private import keep_private


def main(debug: str) -> None:
    """Its standard input is the command's other end."""
    keep_private()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    tending = Tending(PartProcesses(debug=debug == "debug"))
    tending.serve(control)
    while tending.control is not None:
        tending.wait()
    tending.end_parts()
