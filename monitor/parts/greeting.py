"""The first words of a connection. The part says what it is; the core looks whether both are of one version, and says
what the part needs to know; the part says that it is ready. Nothing from outside has been seen by then."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from monitor import __version__
from monitor.errors import PartMismatch
from monitor.parts.frames import BadMessage
from monitor.parts.messages import PartMessage, one_of
from monitor.parts.starting import ProgramPart

PROTOCOL = 1
"""Goes up with every change of what crosses."""

_Words = Annotated[str, Meta(max_length=1000)]
Layer = tuple[_Words, bool, _Words]
"""`confine.layers.Confinement` as it crosses."""


class _Version(Struct):
    """What every version says, whatever else it does."""

    protocol: int
    version: Annotated[str, Meta(max_length=40)]


class Greeting(PartMessage, frozen=True):
    protocol: Annotated[int, Meta(ge=0, le=1_000_000)]
    version: Annotated[str, Meta(max_length=40)]
    part: ProgramPart
    pid: Annotated[int, Meta(ge=1, le=2**31)]
    layers: Annotated[tuple[Layer, ...], Meta(max_length=40)] = ()


class PartFailed(PartMessage, frozen=True):
    """What was to be done failed in the part. what: a kind of error and where in the program, nothing from outside."""

    most = 4096

    what: _Words


_VERSIONS = msgspec.msgpack.Decoder(_Version)


def greeted(said: bytes, part: ProgramPart) -> Greeting:
    """Raises PartMismatch, BadMessage."""
    try:
        other = _VERSIONS.decode(said)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(f"no greeting: {str(error)[:200]}") from error
    if (other.protocol, other.version) != (PROTOCOL, __version__):
        raise mismatch(part, other.protocol, other.version)
    greeting = one_of(Greeting).unpack(said)
    if greeting.part is not part:
        raise BadMessage(f"it is the {greeting.part}, and not the {part}")
    return greeting


def mismatch(part: ProgramPart, protocol: int, version: str) -> PartMismatch:
    shown = "".join(sign for sign in version if sign.isprintable()) or "unknown"
    older, newer = (f"the {part}", "the program") if _is_older(protocol, shown) else ("the program", f"the {part}")
    return PartMismatch(
        f"the {part} is of version {shown}, and the program that asks it is of version {__version__}: {older} is older",
        remedy=f"Stop both and start them again, so that each is of the version that is installed now. "
        f"{older[0].upper()}{older[1:]} still runs as it was before {newer} was upgraded, or is installed elsewhere.",
    )


def _is_older(protocol: int, version: str) -> bool:
    """Whether that is older than this."""
    if protocol != PROTOCOL:
        return protocol < PROTOCOL
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) < Version(__version__)
    except InvalidVersion:
        return True
