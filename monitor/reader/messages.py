"""What goes between the core and a worker: length-prefixed msgpack of typed messages, never pickles.

An answer comes from a process that may have been taken over by what it read. So it has stated maxima, its types are
checked while it is decoded, and what they mean is checked here, outside. What does not hold raises BadAnswer.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import msgspec

from monitor.model.page import PageContent, ParseJob

LENGTH: Final = struct.Struct("!I")
MAX_JOB_BYTES = 64 * 1024 * 1024  # above every cap of the fetcher
MAX_ANSWER_BYTES = 32 * 1024 * 1024

MAX_IMAGES = 4000
MAX_ALTERNATIVES = 16
MAX_LINKS = 60_000  # sitemaps hold up to 50,000
MAX_STYLESHEETS = 50
MAX_URL_CHARS = 8192 + 64
MAX_DATA_URI_CHARS = 8 * 1024 * 1024
MAX_TEXT_CHARS = 20_000
MAX_FIELD_CHARS = 2000
UNREADABLE_KINDS = frozenset(("not_an_image", "unsupported", "too_large", "too_many_pixels", "broken", "featureless"))


class BadAnswer(Exception):
    """A worker said what no worker of ours says: it is not to be believed any more."""


# -- to the worker


class PageJob(msgspec.Struct, tag="page", frozen=True):
    job: ParseJob
    untrusted: bytes


class ImageJob(msgspec.Struct, tag="image", frozen=True):
    detail: int
    untrusted: bytes


class PhotoJob(msgspec.Struct, tag="photo", frozen=True):
    features: bool
    untrusted: bytes


Job = PageJob | ImageJob | PhotoJob


# -- from the worker


@dataclass(frozen=True, slots=True)
class Confinement:
    """One means of confinement: whether it is in force, and if not, why not."""

    name: str
    active: bool
    why: str = ""


class Ready(msgspec.Struct, tag="ready", frozen=True):
    confinement: tuple[Confinement, ...]


class PageAnswer(msgspec.Struct, tag="page", frozen=True):
    content: PageContent


class FeaturesWire(msgspec.Struct, frozen=True):
    version: str
    width: int
    height: int
    keypoints: bytes  # float32, n x 4
    descriptors: bytes  # uint8, n x 128


class LumaWire(msgspec.Struct, frozen=True):
    height: int
    width: int
    pixels: bytes


class FrameWire(msgspec.Struct, frozen=True):
    pdq_turns: tuple[bytes, ...]
    pdq_quality: int
    phash: bytes | None
    luma: LumaWire | None
    features: FeaturesWire | None


class ReadingAnswer(msgspec.Struct, tag="reading", frozen=True):
    format: str
    width: int
    height: int
    frames: tuple[FrameWire, ...]
    frame_count: int


class FingerprintAnswer(msgspec.Struct, tag="fingerprint", frozen=True):
    pdq: bytes
    pdq_dialect: str
    pdq_quality: int
    phash: bytes | None
    phash_dialect: str
    width: int
    height: int
    luma: LumaWire | None
    features: FeaturesWire | None


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """An UnreadableImage."""

    kind: str
    message: str
    remedy: str


Answer = Ready | PageAnswer | ReadingAnswer | FingerprintAnswer | Refused

_encoder = msgspec.msgpack.Encoder()
_jobs = msgspec.msgpack.Decoder(Job)
_answers = msgspec.msgpack.Decoder(Answer)


def pack(message: Job | Answer) -> bytes:
    body = _encoder.encode(message)
    return LENGTH.pack(len(body)) + body


def unpack_job(body: bytes | bytearray) -> Job:
    job: Job = _jobs.decode(body)
    return job


def unpack_answer(body: bytes | bytearray) -> Answer:
    """Raises BadAnswer."""
    try:
        answer: Answer = _answers.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError, TypeError) as error:
        raise BadAnswer(f"an answer that is no answer: {error}") from error
    return answer


# -- checks: outside of the worker


def checked_page(answer: Answer, job: ParseJob) -> PageContent:
    """Raises BadAnswer."""
    if not isinstance(answer, PageAnswer):
        raise BadAnswer(f"{type(answer).__name__} in answer to a page")
    content = answer.content
    at_most(len(content.images), MAX_IMAGES, "images")
    at_most(len(content.links) + len(content.next_pages), MAX_LINKS, "links")
    at_most(len(content.stylesheets), MAX_STYLESHEETS, "stylesheets")
    at_most(len(content.text), MAX_TEXT_CHARS, "characters of text")
    at_most(len(content.title), MAX_FIELD_CHARS, "characters of title")
    if content.url != job.url:
        _check_url(content.url)
    for url in (*content.links, *content.next_pages, *content.stylesheets):
        _check_url(url)
    for image in content.images:
        at_most(len(image.alternatives), MAX_ALTERNATIVES, "alternatives")
        for url in (image.url, *image.alternatives):
            _check_url(url, data=True)
        for text in (image.post_url, image.account, image.posted_at, image.text, image.found_as):
            at_most(len(text), MAX_URL_CHARS, "characters of a field")
    if content.problem is not None:
        at_most(len(content.problem.message) + len(content.problem.remedy), MAX_FIELD_CHARS, "characters of a problem")
    return content


def checked_refusal(answer: Refused) -> Refused:
    """Raises BadAnswer."""
    if answer.kind not in UNREADABLE_KINDS:
        raise BadAnswer(f"a refusal of no known kind: {answer.kind[:40]!r}")
    return Refused(answer.kind, plain(answer.message), plain(answer.remedy))


def plain(text: str) -> str:
    """A message from a worker may quote what it read."""
    return "".join(c if c.isprintable() else " " for c in text[:500])


def at_most(value: int, limit: int, what: str) -> None:
    if not 0 <= value <= limit:
        raise BadAnswer(f"{value} {what}, more than {limit}")


def _check_url(url: str, *, data: bool = False) -> None:
    if data and url.startswith("data:image/"):
        at_most(len(url), MAX_DATA_URI_CHARS, "characters of a data: URI")
        return
    if not url.startswith(("http://", "https://")) or len(url) > MAX_URL_CHARS:
        raise BadAnswer(f"an address that is none: {plain(url[:80])!r}")
    if not url.isprintable() or " " in url:
        raise BadAnswer("an address with spaces or control characters")
