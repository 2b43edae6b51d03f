"""Destinations that the owner wrote: alerts, time stamps, the address that is told that all is well, and the counts for
a Prometheus of the owner's own.

An alert is a talk: `SendJob`, then what the sender asks and notes, up to `TalkEnded`. The same messages go over the
link between core and fetcher and over the pipe between the fetcher and the child that runs Apprise (`framed`). That
child reads what servers answer: what it says is taken to be theirs, and is checked on both ways.
"""

from __future__ import annotations

import struct
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from monitor.model.alert import Answer
from monitor.model.limits import MAX_ALERT_URL_CHARS
from monitor.parts.frames import BadMessage
from monitor.parts.messages import OneOf, PartMessage, packed

MOST_URL_CHARS = MAX_ALERT_URL_CHARS
MOST_NAME_CHARS = 8 * 1024
MOST_TITLE_CHARS = 4000
MOST_WORDS_CHARS = 400_000  # of a message: a weekly summary has some 50,000
MOST_SAID_CHARS = 4000
MOST_LABEL_CHARS = 100
MOST_TARGETS = 20_000
MOST_JOB_BYTES = 4 * 1024 * 1024
MOST_SAID_BYTES = 2 * 1024 * 1024
MOST_COUNTS_CHARS = 64 * 1024
MOST_OWN_BODY = 1024 * 1024

DESKTOP_VARIABLES = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR")

_Target = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
_Label = Annotated[str, Meta(max_length=MOST_LABEL_CHARS)]
_SaidWords = Annotated[str, Meta(max_length=MOST_SAID_CHARS)]
_AlertAddress = Annotated[str, Meta(max_length=MOST_URL_CHARS)]
_OwnName = Annotated[str, Meta(max_length=MOST_NAME_CHARS)]
_AlertWords = Annotated[str, Meta(max_length=MOST_WORDS_CHARS)]
_Wait = Annotated[float, Meta(gt=0, le=86_400)]
_Port = Annotated[int, Meta(ge=0, le=65_535)]


# -- alerts: what the core says


class SendWaits(Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds, as `apprise_channel.Limits` has them."""

    greeting_s: _Wait
    command_s: _Wait
    data_s: _Wait
    block_s: _Wait
    end_s: _Wait
    push_connect_s: _Wait
    push_read_s: _Wait
    push_s: _Wait


class SendAlert(PartMessage, frozen=True):
    """Begins a talk. Beside it goes a packed `SendJob`, which is longer than a header may be."""


class SendJob(PartMessage, frozen=True):
    """One alert for one channel. check: nothing is sent; "log-in" asks a mail server whether it lets us in, and only
    reads any other URL; "form" only reads each. desktop: what a notification on this desktop needs of the environment
    (`DESKTOP_VARIABLES`), of which the part itself has nothing."""

    most: ClassVar[int] = MOST_JOB_BYTES

    url: _AlertAddress
    product: _OwnName
    waits: SendWaits
    proxy: _OwnName = ""
    sender_name: _OwnName = ""
    title: Annotated[str, Meta(max_length=MOST_TITLE_CHARS)] = ""
    text: _AlertWords = ""
    html: _AlertWords = ""
    message_id: _OwnName = ""
    check: Literal["", "log-in", "form"] = ""
    desktop: Annotated[dict[_OwnName, _OwnName], Meta(max_length=4)] = field(default_factory=dict)

    def __repr__(self) -> str:  # the URL and the proxy hold passwords
        return "SendJob(...)"


class WantedOnes(PartMessage, frozen=True):
    """For each that was asked about, in order."""

    most: ClassVar[int] = MOST_SAID_BYTES

    wanted: Annotated[list[bool], Meta(max_length=MOST_TARGETS)]


class HadIt(PartMessage, frozen=True):
    has: bool


class MayHand(PartMessage, frozen=True):
    """That it is handed over is written down by now. go false: another sender took over."""

    go: bool


# -- alerts: what the sender says. A target is a digest, a label its place in the URL: neither tells an address.


class AskWanted(PartMessage, frozen=True):
    """Who of these is still to get it: answered by `WantedOnes`. labels: as many, of each its own."""

    most: ClassVar[int] = MOST_SAID_BYTES

    targets: Annotated[list[_Target], Meta(max_length=MOST_TARGETS)]
    labels: Annotated[list[_Label], Meta(max_length=MOST_TARGETS)]


class AskHas(PartMessage, frozen=True):
    """Whether this one took it in an earlier try: answered by `HadIt`."""

    target: _Target


class AskHand(PartMessage, frozen=True):
    """Before it is handed over: answered by `MayHand`."""

    target: _Target
    label: _Label


class NoteAnswer(PartMessage, frozen=True):
    """What one answered. Not answered itself."""

    target: _Target
    label: _Label
    answer: Answer
    said: _SaidWords = ""


class TalkEnded(PartMessage, frozen=True):
    """said: '' or what went wrong. login_refused: user name or password are wrong. let_in: a mail server let us in,
    whatever it said to the message."""

    said: _SaidWords = ""
    login_refused: bool = False
    let_in: bool = False


class SenderFell(PartMessage, frozen=True):
    """Of the fetcher: the child ended, or said what none of ours says. why: its kind."""

    why: _Label


ToSender = WantedOnes | HadIt | MayHand
OfSender = AskWanted | AskHas | AskHand | NoteAnswer | TalkEnded

TO_SENDER = OneOf[ToSender](WantedOnes, HadIt, MayHand)
OF_SENDER = OneOf[OfSender](AskWanted, AskHas, AskHand, NoteAnswer, TalkEnded)
OF_SENDER_OR_FELL = OneOf[OfSender | SenderFell](AskWanted, AskHas, AskHand, NoteAnswer, TalkEnded, SenderFell)
JOB = OneOf(SendJob)

AWAITING = (AskWanted, AskHas, AskHand)
"""What an answer is waited for to."""


# -- one request to an address that the owner wrote


class OwnRequest(PartMessage, frozen=True):
    """The body, if any, goes beside it. headers: these, and Host. up_to: bytes of an answer's body; 0: none is read.
    within_s: for everything, from dialling to the last byte."""

    most: ClassVar[int] = MOST_SAID_BYTES

    method: Literal["GET", "POST"]
    url: _AlertAddress
    headers: Annotated[dict[_OwnName, _OwnName], Meta(max_length=16)]
    within_s: _Wait
    up_to: Annotated[int, Meta(ge=0, le=MOST_OWN_BODY)] = 0
    proxy: _OwnName = ""

    def __repr__(self) -> str:  # the address is a secret
        return "OwnRequest(...)"


class OwnReply(PartMessage, frozen=True):
    """The body goes beside it. failed: '' or why there is none, a clause with "it" for the place. late: it did not
    answer in time. too_long: the body is longer than was asked for, and left."""

    status: Annotated[int, Meta(ge=0, le=999)] = 0
    content_type: Annotated[str, Meta(max_length=200)] = ""
    failed: _SaidWords = ""
    late: bool = False
    too_long: bool = False


# -- counts for a Prometheus


class OpenDoor(PartMessage, frozen=True):
    """To listen on this machine's own address, on this port, while the talk lasts."""

    port: _Port


class DoorIsOpen(PartMessage, frozen=True):
    port: _Port


class DoorTaken(PartMessage, frozen=True):
    """why: in the system's words."""

    why: _OwnName


class CountsWanted(PartMessage, frozen=True):
    """Somebody asks: answered by `CountsText`."""


class CountsText(PartMessage, frozen=True):
    """text: '' where there are none now."""

    most: ClassVar[int] = 4 * MOST_COUNTS_CHARS

    text: Annotated[str, Meta(max_length=MOST_COUNTS_CHARS)]


class ShutDoor(PartMessage, frozen=True):
    """Nobody listens any more when the talk is over."""


OF_DOOR = OneOf[DoorIsOpen | DoorTaken | CountsWanted](DoorIsOpen, DoorTaken, CountsWanted)
TO_DOOR = OneOf[CountsText | ShutDoor](CountsText, ShutDoor)


# -- over the pipe to the child

_LENGTH = struct.Struct(">I")
HEAD_BYTES = _LENGTH.size


def child_frame(message: PartMessage) -> bytes:
    """Raises BadMessage where it does not hold its own maxima."""
    content = packed(message)
    return _LENGTH.pack(len(content)) + content


def frame_length(head: bytes, most: int) -> int:
    """Of what follows. Raises BadMessage."""
    (length,) = _LENGTH.unpack(head)
    if length > most:
        raise BadMessage("longer than anything that is said")
    return int(length)
