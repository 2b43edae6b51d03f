"""How far the clock of this machine is to be trusted, which evidence says beside every time. What time it is, `clock`
alone reads."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """The kernel's own word on the clock of this machine. is_synchronised: with a time server, by whatever keeps it;
    None where the kernel does not say, and `why` says why not. error_s: by how much it may be off at most, and
    estimate_s: by how much it is thought to be; None where nobody knows. set_at, set_by_s: when, and how far on, it was
    set lately under the daemon; None where it was not."""

    is_synchronised: bool | None
    error_s: float | None = None
    estimate_s: float | None = None
    why: str = ""
    set_at: datetime | None = None
    set_by_s: int | None = None


class _Timex(ctypes.Structure):
    """Linux's `struct timex`, with what adjtimex(2) is read for here; `rest`: what follows, and more."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),  # microseconds
        ("esterror", ctypes.c_long),  # microseconds
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 512),
    )


_TIME_ERROR, _STA_UNSYNC = 5, 0x40


def clock_trust() -> ClockTrust:
    """Asks and sets nothing (`modes` is 0), for which no right is needed. A unit that may not set the clock may not
    ask for it in this way either (`ProtectClock=`): then systemd is asked. Never raises."""
    told = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told))
    except (AttributeError, OSError):
        return ClockTrust(None, why="this system has no adjtimex")
    if state < 0:
        return _asked_of_systemd(f"the system does not let this program ask (error {ctypes.get_errno()})")
    if state == _TIME_ERROR or told.status & _STA_UNSYNC:
        return ClockTrust(False)
    return ClockTrust(True, told.maxerror / 1e6, told.esterror / 1e6)


_ASKED_WITHIN_S = 2.0


def _asked_of_systemd(why: str) -> ClockTrust:
    """Whether it is synchronised, by whatever keeps it; by how much it may be off, systemd does not say. why: for where
    nobody answers."""
    try:
        from jeepney import DBusAddress, Properties
        from jeepney.io.blocking import open_dbus_connection

        place = DBusAddress("/org/freedesktop/timedate1", "org.freedesktop.timedate1", "org.freedesktop.timedate1")
        with open_dbus_connection("SYSTEM", auth_timeout=_ASKED_WITHIN_S) as bus:
            answer = bus.send_and_get_reply(Properties(place).get("NTPSynchronized"), timeout=_ASKED_WITHIN_S)
    except Exception:  # no bus, no systemd: whatever it is, nothing is known
        return ClockTrust(None, why=why)
    for told in (True, False):
        if answer.body == (("b", told),):
            return ClockTrust(told)
    return ClockTrust(None, why=why)
