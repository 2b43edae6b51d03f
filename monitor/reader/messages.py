"""What goes between the core and a worker: msgspec over a pipe, never pickles.

A job is a header (`Job`, packed) and the outside bytes as they are; an answer is one packed message. The worker is
taken to be in the site's hands: every count and length of an answer has a maximum, checked while unpacking; what the
numbers mean is checked in `arrays`. Needs no NumPy: workers that read pages do without it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from monitor.errors import UnreadableKind
from monitor.model.cut_off import MissingPart
from monitor.model.limits import (
    MAX_ALTERNATIVES,
    MAX_DATA_URI_CHARS,
    MAX_LISTED_PAGES,
    MAX_OFFERED_LINKS,
    MAX_PAGE_IMAGES,
    MAX_PAGE_TEXT_CHARS,
    MAX_POSTS_OF_IMAGE,
    MAX_POSTS_OF_PAGE,
    MAX_SHOWN,
    MAX_STYLESHEETS,
    MAX_URL_CHARS,
    MAX_WINDOWS,
    MAX_WINDOWS_READ,
)
from monitor.model.mail import MAX_FAILED, MAX_MAIL_LINE_CHARS, MAX_MAIL_TEXT_CHARS
from monitor.model.observation import RunTrouble
from monitor.model.page import FoundAs, LinkMark, OutcomeKind, ParseJob, PlaceProgram
from monitor.model.robots import MAX_PATTERN_CHARS, MAX_RULES
from monitor.model.shown import MAX_BANDS, MAX_SHOWN_SIDE
from monitor.parts.confine.layers import Confinement
from monitor.reader.registries import WireRecord, WireServers
from monitor.reader.wire import MAX_IMAGE_FRAMES, Name, Share, Side, WireFingerprint, WireFrame, WirePart, WireWindow

MAX_WORDS_CHARS = 1000
MAX_COUNT = 1_000_000
MAX_NOTED = 50  # observations of one page

MAX_PICTURE_ANSWER = 16 * 1024 * 1024  # 16 frames of 2,500 keypoints and a whole luma are 10 MB
MAX_PAGE_ANSWER = 48 * 1024 * 1024  # pictures written into the page itself make up nearly all of it
MAX_HELLO = 64 * 1024
MAX_SHOWN_BYTES = 4 * MAX_SHOWN_SIDE * MAX_SHOWN_SIDE  # of noise, which cannot be packed, three a pixel and a little

Line = Annotated[str, Meta(max_length=MAX_WORDS_CHARS)]
Url = Annotated[str, Meta(max_length=MAX_URL_CHARS)]
ImageUrl = Annotated[str, Meta(max_length=MAX_DATA_URI_CHARS)]
Count = Annotated[int, Meta(ge=1, le=MAX_COUNT)]
Nonce = Annotated[bytes, Meta(min_length=8, max_length=8)]
MailLine = Annotated[str, Meta(max_length=MAX_MAIL_LINE_CHARS)]
Pattern = Annotated[str, Meta(max_length=MAX_PATTERN_CHARS)]


class WorkerKind(StrEnum):
    """What a worker is for, and with that what it loads. The first word that it is told."""

    PAGE = "page"
    PICTURE = "picture"
    HASHES = "hashes"  # pictures, where features are switched off
    PHOTO = "photo"  # what is enrolled
    SHOWN = "shown"  # what a person wants to see


class BadAnswer(Exception):
    """A worker said what no worker of ours says."""


# -- jobs


class PageTask(Struct, frozen=True, tag="page"):
    job: ParseJob


class RobotsTask(Struct, frozen=True, tag="robots"):
    """The bytes are a robots.txt."""


class MailTask(Struct, frozen=True, tag="mail"):
    """The bytes are a mail that somebody saved as a file."""


class RegistryTask(Struct, frozen=True, tag="registry"):
    """The bytes are a registry's answer. is_dns: with TXT records, in the place of RDAP."""

    is_dns: bool = False


class ServersTask(Struct, frozen=True, tag="servers"):
    """The bytes are a file that says which registry answers for what."""


class ImageTask(Struct, frozen=True, tag="image"):
    features: bool


class WindowsTask(Struct, frozen=True, tag="windows"):
    """Parts of a picture, closely."""

    parts: Annotated[tuple[WirePart, ...], Meta(min_length=1, max_length=MAX_WINDOWS_READ)]


class PhotoTask(Struct, frozen=True, tag="photo"):
    features: bool


class ShownTask(Struct, frozen=True, tag="shown"):
    """As `matching.reading.shown.shown_picture` has it."""

    band: Annotated[int, Meta(ge=0, lt=MAX_BANDS)] = 0
    is_page: bool = False


Task = PageTask | RobotsTask | RegistryTask | ServersTask | MailTask | ImageTask | WindowsTask | PhotoTask | ShownTask


class Job(Struct, frozen=True):
    """nonce: comes back with the answer, so that none is given in advance. size: of the outside bytes that follow."""

    nonce: bytes
    size: int
    task: Task


# -- answers


class Hello(Struct, frozen=True):
    """A worker's first words, before it saw anything from outside."""

    layers: tuple[Confinement, ...]


class WireOutcome(Struct, frozen=True):
    kind: OutcomeKind
    message: Line = ""
    own_remedy: Line = ""
    retry_after_s: Annotated[float, Meta(ge=0, le=1e7)] | None = None


class WireImageRef(Struct, frozen=True):
    url: ImageUrl
    alternatives: Annotated[tuple[ImageUrl, ...], Meta(max_length=MAX_ALTERNATIVES)] = ()
    found_as: FoundAs = FoundAs.IMG
    post_url: Url = ""
    account: Line = ""
    posted_at: Line = ""
    text: Line = ""
    also_in: Annotated[tuple[Url, ...], Meta(max_length=MAX_POSTS_OF_IMAGE)] = ()
    shown: Annotated[tuple[ImageUrl, ...], Meta(max_length=MAX_SHOWN)] = ()
    permalink: Url = ""
    post: Annotated[int, Meta(ge=0, le=MAX_POSTS_OF_PAGE)] = 0


class WireNoted(Struct, frozen=True):
    """`Noted`."""

    kind: RunTrouble
    count: Count = 1
    what: Name = ""


class WireLink(Struct, frozen=True):
    url: Url
    marks: Annotated[tuple[LinkMark, ...], Meta(max_length=len(LinkMark))] = ()


class WirePage(Struct, frozen=True):
    """`PageContent`, field by field."""

    url: Url
    title: Line = ""
    images: Annotated[tuple[WireImageRef, ...], Meta(max_length=MAX_PAGE_IMAGES)] = ()
    links: Annotated[tuple[Url, ...], Meta(max_length=MAX_LISTED_PAGES)] = ()
    next_pages: Annotated[tuple[Url, ...], Meta(max_length=MAX_LISTED_PAGES)] = ()
    offered: Annotated[tuple[WireLink, ...], Meta(max_length=MAX_OFFERED_LINKS)] = ()
    text: Annotated[str, Meta(max_length=MAX_PAGE_TEXT_CHARS)] = ""
    stylesheets: Annotated[tuple[Url, ...], Meta(max_length=MAX_STYLESHEETS)] = ()
    problem: WireOutcome | None = None
    needs_browser: bool = False
    noted: Annotated[tuple[WireNoted, ...], Meta(max_length=MAX_NOTED)] = ()
    program: PlaceProgram = PlaceProgram.UNKNOWN


class PageAnswer(Struct, frozen=True, tag="page"):
    nonce: Nonce
    content: WirePage


class RobotsAnswer(Struct, frozen=True, tag="robots"):
    nonce: Nonce
    allow: Annotated[tuple[Pattern, ...], Meta(max_length=MAX_RULES)]
    disallow: Annotated[tuple[Pattern, ...], Meta(max_length=MAX_RULES)]
    crawl_delay_s: float | None


class MailAnswer(Struct, frozen=True, tag="mail"):
    """`MailReading`, field by field."""

    nonce: Nonce
    subject: MailLine
    sender: MailLine
    date: MailLine
    text: Annotated[str, Meta(max_length=MAX_MAIL_TEXT_CHARS)]
    is_automatic: bool
    failed: Annotated[tuple[MailLine, ...], Meta(max_length=MAX_FAILED)]
    why: MailLine


class RegistryAnswer(Struct, frozen=True, tag="registry"):
    nonce: Nonce
    record: WireRecord


class ServersAnswer(Struct, frozen=True, tag="servers"):
    nonce: Nonce
    servers: WireServers | None


class ImageAnswer(Struct, frozen=True, tag="image"):
    nonce: Nonce
    format: Literal["JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF", "TIFF", "BMP"]
    width: Side
    height: Side
    frames: Annotated[tuple[WireFrame, ...], Meta(min_length=1, max_length=MAX_IMAGE_FRAMES)]
    frame_count: Count
    is_cut: bool
    windows: Annotated[tuple[WireWindow, ...], Meta(max_length=MAX_WINDOWS)] = ()
    left_out: Annotated[int, Meta(ge=0, le=MAX_COUNT)] = 0


class WindowsAnswer(Struct, frozen=True, tag="windows"):
    """In the order that was asked for."""

    nonce: Nonce
    frames: Annotated[tuple[WireFrame, ...], Meta(min_length=1, max_length=MAX_WINDOWS_READ)]


class WireCut(Struct, frozen=True):
    missing: MissingPart | None
    share: Share


class PhotoAnswer(Struct, frozen=True, tag="photo"):
    nonce: Nonce
    photo: WireFingerprint
    around: WireFingerprint | None = None
    onto_photo: tuple[float, float, float, float, float, float] | None = None
    cut: WireCut | None = None


class ShownAnswer(Struct, frozen=True, tag="shown"):
    """`ShownPicture`."""

    nonce: Nonce
    png: Annotated[bytes, Meta(max_length=MAX_SHOWN_BYTES)]
    width: Annotated[int, Meta(ge=1, le=MAX_SHOWN_SIDE)]
    height: Annotated[int, Meta(ge=1, le=MAX_SHOWN_SIDE)]
    band: Annotated[int, Meta(ge=0, lt=MAX_BANDS)]
    bands: Annotated[int, Meta(ge=1, le=MAX_BANDS)]
    has_more: bool


class Unreadable(Struct, frozen=True, tag="unreadable"):
    nonce: Nonce
    kind: UnreadableKind
    message: Line
    remedy: Line


WorkerAnswer = (
    PageAnswer
    | RobotsAnswer
    | RegistryAnswer
    | ServersAnswer
    | MailAnswer
    | ImageAnswer
    | WindowsAnswer
    | PhotoAnswer
    | ShownAnswer
    | Unreadable
)

_ANSWERS: msgspec.msgpack.Decoder[WorkerAnswer] = msgspec.msgpack.Decoder(WorkerAnswer)
_JOBS = msgspec.msgpack.Decoder(Job)
_HELLOS = msgspec.msgpack.Decoder(Hello)


def pack_message(message: Struct) -> bytes:
    try:
        return msgspec.msgpack.encode(message)
    except UnicodeEncodeError:  # half a surrogate pair, from a header or a \\ud800 in JSON
        return msgspec.msgpack.encode(_encodable(msgspec.to_builtins(message, builtin_types=(bytes,))))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value


def unpack_job(packed: bytes | memoryview) -> Job:
    return _JOBS.decode(packed)


def unpack_hello(packed: bytes | memoryview) -> Hello:
    """Raises BadAnswer."""
    hello: Hello = _unpack(_HELLOS, packed)
    return hello


def unpack_answer(packed: bytes | memoryview) -> WorkerAnswer:
    """Raises BadAnswer."""
    answer: WorkerAnswer = _unpack(_ANSWERS, packed)
    return answer


def _unpack(decoder: msgspec.msgpack.Decoder[Any], packed: bytes | memoryview) -> Any:
    try:
        return decoder.decode(packed)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswer(str(error)[:200]) from error


def one_line(text: str) -> str:
    """One line without control characters: it goes to terminals and logs."""
    return "".join(character if character.isprintable() else " " for character in text)
