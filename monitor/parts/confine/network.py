"""A network of its own with nothing in it but an own loopback: whatever a page makes of its browser, there is nothing
that a socket could be connected to."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct

from monitor.parts.confine.kernel import checked, libc
from monitor.parts.confine.layers import Confinement, layer
from monitor.parts.confine.privileges import drop_capabilities

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # <linux/sched.h>
_SIOCGIFFLAGS, _SIOCSIFFLAGS = 0x8913, 0x8914  # <linux/sockios.h>
_IFF_UP, _IFF_RUNNING = 0x1, 0x40
_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4  # <linux/prctl.h>
_LOOPBACK = "lo"


def leave_network() -> Confinement:
    """For this process and all that it starts, for good; once, while it has no second thread, and before anything else
    confines it. Never raises."""
    return layer("network", "it has a network of its own, with nothing in it", _leave)


def _leave() -> str:
    """Raises OSError."""
    try:
        _tried_by_another()
    except OSError:
        # Only then: a machine whose network comes later has nothing but a loopback either, and others listen on that.
        if is_alone():
            return "it began in one"
        raise
    _enter()
    return ""


def is_alone() -> bool:
    """Whether this process has no network but a loopback, which works."""
    try:
        names = [name for _, name in socket.if_nameindex()]
        return names == [_LOOPBACK] and bool(_flags() & _IFF_UP)
    except OSError:
        return False


def _tried_by_another() -> None:
    """A child goes ahead: some systems let anybody make a namespace and then nothing be done in it, and there is no way
    back. Raises OSError."""
    child = os.fork()
    if child == 0:
        code = errno.EPERM
        try:
            _enter()
            code = 0
        except OSError as error:
            code = error.errno or errno.EPERM
        finally:
            os._exit(min(code, 255))
    _, status = os.waitpid(child, 0)
    if status:
        code = os.waitstatus_to_exitcode(status)
        raise OSError(max(code, 1), os.strerror(code) if code > 0 else "the try was ended")


def _enter() -> None:
    """Raises OSError."""
    user = os.geteuid()
    if user == 0:
        try:
            checked(libc.unshare(_CLONE_NEWNET))
        except OSError:  # root in a container may lack the right, and have that of every user
            as_any_user(_CLONE_NEWNET)
    else:
        as_any_user(_CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", _LOOPBACK.encode("ascii"), _IFF_UP | _IFF_RUNNING)
        fcntl.ioctl(control, _SIOCSIFFLAGS, request)
    if not is_alone():
        raise OSError(errno.ENETDOWN, "its own loopback does not come up")
    if user != 0:
        drop_capabilities()


def as_any_user(spaces: int) -> None:
    """Into new ones (CLONE_NEW*), as the same user in a space of users of its own. Raises OSError."""
    user, group = os.geteuid(), os.getegid()
    checked(libc.unshare(_CLONE_NEWUSER | spaces))
    was_open = libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # else the files below are not its own
    try:
        for name, said in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(said)
    finally:
        libc.prctl(_PR_SET_DUMPABLE, was_open, 0, 0, 0)


def _flags() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        said = fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack("16s24x", _LOOPBACK.encode("ascii")))
    return int(struct.unpack("16xH22x", said)[0])
