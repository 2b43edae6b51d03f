"""Destinations that the owner wrote: alerts, time stamps, the address that is told that all is well, and the counts for
a Prometheus of the owner's own.

An alert is a talk: `SendJob`, then what the sender asks and notes, up to `TalkEnded`. The same messages go over the
link between core and fetcher and over the pipe between the fetcher and the child that runs Apprise (`framed`). That
child reads what servers answer: what it says is taken to be theirs, and is checked on both ways.
"""

from __future__ import annotations

import struct
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from monitor.model.alert import Answer

MOST_URL_CHARS = 256 * 1024  # an alert URL with a thousand recipients
MOST_NAME_CHARS = 1000
MOST_TITLE_CHARS = 4000
MOST_WORDS_CHARS = 4 * 1024 * 1024  # of a message: a weekly summary has some 50,000
MOST_SAID_CHARS = 4000
MOST_TARGETS = 20_000
MOST_JOB_BYTES = 64 * 1024 * 1024
MOST_SAID_BYTES = 2 * 1024 * 1024
MOST_COUNTS_CHARS = 64 * 1024

DESKTOP_VARIABLES = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR")

Target = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Label = Annotated[str, Meta(max_length=100)]
SaidWords = Annotated[str, Meta(max_length=MOST_SAID_CHARS)]
AlertAddress = Annotated[str, Meta(max_length=MOST_URL_CHARS)]
OwnName = Annotated[str, Meta(max_length=MOST_NAME_CHARS)]
AlertWords = Annotated[str, Meta(max_length=MOST_WORDS_CHARS)]
Wait = Annotated[float, Meta(gt=0, le=86_400)]
Port = Annotated[int, Meta(ge=0, le=65_535)]


class BadTalk(ValueError):
    """The other side said what none of ours says."""


# -- alerts: what the core says


class SendWaits(Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds, as `apprise_channel.Limits` has them."""

    greeting_s: Wait
    command_s: Wait
    data_s: Wait
    block_s: Wait
    end_s: Wait
    push_connect_s: Wait
    push_read_s: Wait
    push_s: Wait


class SendJob(Struct, frozen=True, tag="job", forbid_unknown_fields=True):
    """One alert for one channel. check: nothing is sent; "log-in" asks a mail server whether it lets us in, and only
    reads any other URL; "form" only reads each. desktop: what a notification on this desktop needs of the environment
    (`DESKTOP_VARIABLES`), of which the part itself has nothing."""

    url: AlertAddress
    product: OwnName
    waits: SendWaits
    proxy: OwnName = ""
    sender_name: OwnName = ""
    title: Annotated[str, Meta(max_length=MOST_TITLE_CHARS)] = ""
    text: AlertWords = ""
    html: AlertWords = ""
    message_id: OwnName = ""
    check: Literal["", "log-in", "form"] = ""
    desktop: Annotated[dict[OwnName, OwnName], Meta(max_length=4)] = {}

    def __repr__(self) -> str:  # the URL and the proxy hold passwords
        return "SendJob(...)"


class WantedOnes(Struct, frozen=True, tag="wanted", forbid_unknown_fields=True):
    """For each that was asked about, in order."""

    wanted: Annotated[list[bool], Meta(max_length=MOST_TARGETS)]


class HadIt(Struct, frozen=True, tag="has", forbid_unknown_fields=True):
    has: bool


class MayHand(Struct, frozen=True, tag="hand", forbid_unknown_fields=True):
    """That it is handed over is written down by now. go false: another sender took over."""

    go: bool


# -- alerts: what the sender says. A target is a digest, a label its place in the URL: neither tells an address.


class AskWanted(Struct, frozen=True, tag="wanted", forbid_unknown_fields=True):
    """Who of these is still to get it: answered by `WantedOnes`."""

    targets: Annotated[list[Target], Meta(max_length=MOST_TARGETS)]


class AskHas(Struct, frozen=True, tag="has", forbid_unknown_fields=True):
    """Whether this one took it in an earlier try: answered by `HadIt`."""

    target: Target


class AskHand(Struct, frozen=True, tag="hand", forbid_unknown_fields=True):
    """Before it is handed over: answered by `MayHand`."""

    target: Target
    label: Label


class NoteAnswer(Struct, frozen=True, tag="answer", forbid_unknown_fields=True):
    """What one answered. Not answered itself."""

    target: Target
    label: Label
    answer: Answer
    said: SaidWords = ""


class TalkEnded(Struct, frozen=True, tag="end", forbid_unknown_fields=True):
    """said: '' or what went wrong. login_refused: user name or password are wrong. let_in: a mail server let us in,
    whatever it said to the message."""

    said: SaidWords = ""
    login_refused: bool = False
    let_in: bool = False


class SenderFell(Struct, frozen=True, tag="fell", forbid_unknown_fields=True):
    """Of the fetcher: the child ended, or said what none of ours says. why: its kind."""

    why: Label


ToSender = WantedOnes | HadIt | MayHand
OfSender = AskWanted | AskHas | AskHand | NoteAnswer | TalkEnded
OfSenderOrFell = AskWanted | AskHas | AskHand | NoteAnswer | TalkEnded | SenderFell

AWAITING = (AskWanted, AskHas, AskHand)
"""What an answer is waited for to."""


# -- one request to an address that the owner wrote


class OwnRequest(Struct, frozen=True, tag="own", forbid_unknown_fields=True):
    """The body, if any, goes beside it. headers: these, and Host. most: bytes of an answer's body; 0: none is read.
    within_s: for everything, from dialling to the last byte."""

    method: Literal["GET", "POST"]
    url: AlertAddress
    headers: Annotated[dict[OwnName, OwnName], Meta(max_length=16)]
    within_s: Wait
    most: Annotated[int, Meta(ge=0, le=4 * 1024 * 1024)] = 0
    proxy: OwnName = ""

    def __repr__(self) -> str:  # the address is a secret
        return "OwnRequest(...)"


class OwnReply(Struct, frozen=True, tag="own", forbid_unknown_fields=True):
    """The body goes beside it. failed: '' or why there is none, a clause with "it" for the place. late: it did not
    answer in time. too_long: the body is longer than was asked for, and left."""

    status: Annotated[int, Meta(ge=0, le=999)] = 0
    content_type: Annotated[str, Meta(max_length=200)] = ""
    failed: SaidWords = ""
    late: bool = False
    too_long: bool = False


# -- counts for a Prometheus


class OpenDoor(Struct, frozen=True, tag="door", forbid_unknown_fields=True):
    """To listen on this machine's own address, on this port, while the talk lasts."""

    port: Port


class DoorIsOpen(Struct, frozen=True, tag="open", forbid_unknown_fields=True):
    port: Port


class DoorTaken(Struct, frozen=True, tag="taken", forbid_unknown_fields=True):
    """why: in the system's words."""

    why: OwnName


class CountsWanted(Struct, frozen=True, tag="counts", forbid_unknown_fields=True):
    """Somebody asks: answered by `CountsText`."""


class CountsText(Struct, frozen=True, tag="counts", forbid_unknown_fields=True):
    """text: '' where there are none now."""

    text: Annotated[str, Meta(max_length=MOST_COUNTS_CHARS)]


OfDoor = DoorIsOpen | DoorTaken | CountsWanted


# -- over the pipe to the child

Message = TypeVar("Message")

_LENGTH = struct.Struct(">I")
_encode = msgspec.msgpack.Encoder().encode
_of_job: msgspec.msgpack.Decoder[SendJob] = msgspec.msgpack.Decoder(SendJob)
_to_sender: msgspec.msgpack.Decoder[ToSender] = msgspec.msgpack.Decoder(ToSender)
_of_sender: msgspec.msgpack.Decoder[OfSender] = msgspec.msgpack.Decoder(OfSender)

HEAD_BYTES = _LENGTH.size


def framed(message: SendJob | ToSender | OfSender) -> bytes:
    content = _encode(message)
    return _LENGTH.pack(len(content)) + content


def frame_length(head: bytes, most: int) -> int:
    """Of what follows. Raises BadTalk."""
    (length,) = _LENGTH.unpack(head)
    if length > most:
        raise BadTalk("longer than anything that is said")
    return int(length)


def parse_job(content: bytes) -> SendJob:
    """Raises BadTalk."""
    return _parsed(_of_job, content)


def parse_to_sender(untrusted: bytes) -> ToSender:
    """Raises BadTalk."""
    return _parsed(_to_sender, untrusted)


def parse_of_sender(untrusted: bytes) -> OfSender:
    """Raises BadTalk."""
    return _parsed(_of_sender, untrusted)


def _parsed(decoder: msgspec.msgpack.Decoder[Message], content: bytes) -> Message:
    try:
        return decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadTalk("not a message") from error
