"""What systemd is told (sd_notify(3), the protocol itself: datagrams on the socket that NOTIFY_SOCKET names)."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

from monitor.clock import monotonic


class Notifier:
    """Does nothing where systemd did not start us. That a message cannot be sent is no error: it goes on. Under a
    parent `fd:N` stands for the path: the parent is told, and passes it on."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        path = environ.get("NOTIFY_SOCKET", "")
        descriptor = path.removeprefix("fd:")
        self._descriptor = int(descriptor) if descriptor != path and descriptor.isdecimal() else None
        self._address = "\0" + path[1:] if path.startswith("@") else path  # @: an abstract name
        self.watchdog_s = _watchdog_s(environ)

    def ready(self) -> None:
        self._send("READY=1\nSTATUS=Watching")

    def upgrading(self, at_most_s: float) -> None:
        """Before READY: a large store takes longer than a start usually may, and cut off it would begin anew each time.
        systemd waits so long for the next word."""
        self._send(f"EXTEND_TIMEOUT_USEC={int(at_most_s * 1_000_000)}\nSTATUS=Bringing the store up to date")

    def reloading(self) -> None:
        """To be followed by `ready`. The time is what Type=notify-reload asks for; others ignore it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={int(monotonic() * 1_000_000)}\nSTATUS=Reading the configuration")

    def stopping(self) -> None:
        self._send("STOPPING=1\nSTATUS=Finishing the work in hand")

    def stands_still(self, what: str, since: str) -> None:
        """For `systemctl status`. what: one of the daemon's own words; since: a time."""
        self._send(f"STATUS=Stands still since {since}: {what}")

    def goes_on(self) -> None:
        self._send("STATUS=Watching")

    def alive(self) -> None:
        self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.write(self._descriptor, text.encode())
            return
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            out.sendto(text.encode(), self._address)


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    """How often to call `alive`: half of what the unit allows. None: no watchdog, or it is another process's."""
    allowed, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not allowed.isdigit() or int(allowed) == 0 or (pid and pid != str(os.getpid())):
        return None
    return int(allowed) / 1_000_000 / 2
