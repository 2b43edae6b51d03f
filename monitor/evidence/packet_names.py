"""How the files of a packet are called, and which of them show a picture: ASCII names of our own numbering. What came
from outside (titles, accounts, file names) stands in manifest.json alone, whole.

A packet is read by whoever it is given to, on whatever they have: nothing in it runs when it is opened. A page is text
(`page.txt`), since as .html it would be opened in a browser, and would call the site it came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.model.evidence import EvidenceKind
from monitor.model.own_evidence import OwnEntry
from monitor.model.written_bytes import written_bytes

SUMS = "SHA256SUMS"
MANIFEST_NAME = "manifest.json"
CHECK_NAME = "HOW-TO-CHECK.txt"
WACZ_NAME = "archive.wacz"
LOG_NAME = "log/custody-log.jsonl"
HOLDS_PICTURE = "it holds a picture, and the packet was made without pictures"
MAY_HOLD_PICTURE = "it may hold a picture (this program does not look into it); the packet was made without pictures"

_PICTURES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/bmp": "bmp",
    "image/tiff": "tif",
}
_OTHERS = {
    "application/json": "json",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/x-wav": "wav",
    "message/rfc822": "eml",
    "text/csv": "csv",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}
_TEXT = "txt"  # whatever a program might run, HTML and SVG too, is shown as text
_UNKNOWN = "bin"

_STEMS = {
    EvidenceKind.IMAGE: "picture",
    EvidenceKind.SERVED: "page-as-served",
}


def ending(media_type: str) -> str:
    """Of a file name. Never one that a double click runs or opens in a browser."""
    kind = media_type.partition(";")[0].strip().lower()
    if kind in _PICTURES:
        return _PICTURES[kind]
    if kind in _OTHERS:
        return _OTHERS[kind]
    return _TEXT if kind.startswith("text/") or kind.endswith(("+xml", "/xml", "+json")) else _UNKNOWN


def file_name(stem: str, kind: EvidenceKind, media_type: str, taken: Iterable[str]) -> str:
    """A free one in the packet. stem: its folder there, with what it is. taken: names that are given already."""
    name = stem
    end = f".{_ending_of(kind, media_type)}"
    used = set(taken)
    if name + end not in used:
        return name + end
    number = 2
    while f"{name}-{number}{end}" in used:
        number += 1
    return f"{name}-{number}{end}"


def file_stem(kind: EvidenceKind, *, is_of_one_find: bool) -> str:
    """What a file of a capture is, as its name says it."""
    if kind is EvidenceKind.WARC:
        return "picture" if is_of_one_find else "page"
    return _STEMS.get(kind, kind.value)


def _ending_of(kind: EvidenceKind, media_type: str) -> str:
    is_packed = media_type.partition(";")[0].strip().lower() in ("application/gzip", "application/warc+gzip")
    match kind:
        case EvidenceKind.PAGE | EvidenceKind.SERVED:
            return "txt.gz" if is_packed else _TEXT
        case EvidenceKind.WARC:
            return "warc.gz"
        case _:
            return ending(media_type)


def holds_picture(kind: EvidenceKind, *, is_of_one_find: bool) -> bool:
    """Whether a file of a capture holds a picture. Pages are sealed without any; the archive of a find has its
    picture, that of a page has none."""
    return kind in (EvidenceKind.IMAGE, EvidenceKind.SCREENSHOT) or (kind is EvidenceKind.WARC and is_of_one_find)


_BASE64_LINE = 76  # RFC 2045: as mails break it
MAY_BE_TEXT = ("text/plain", "text/csv", "text/markdown", "application/json")


def is_only_text(media_type: str, content: bytes) -> bool:
    """A file of the person's that certainly holds no picture: text by its name and by its bytes, without anything
    that is as dense as a picture, in lines or in one."""
    if media_type not in MAY_BE_TEXT:
        return False
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text) or "base64" in text.lower():
        return False
    if written_bytes(content):
        return False
    return not any(len(word) > _BASE64_LINE and word.isascii() and "://" not in word for word in text.split())


def sums_text(files: Iterable[tuple[str, str]]) -> str:
    """SHA256SUMS: digest and name of each file, as `sha256sum -c` reads it."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(files))


def numbered(kind: str, number: int) -> str:
    """A folder of the packet: `captures/0001`."""
    return f"{kind}/{number:04}"


def wants_own(entry: OwnEntry, exported: Sequence[str]) -> bool:
    """What the person added goes with the find that it is about, and with every packet where it is about none."""
    return not entry.sighting or entry.sighting in exported
