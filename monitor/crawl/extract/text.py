"""Bytes of a page to text, whatever they claim to be."""

from __future__ import annotations

import codecs

from monitor.crawl.extract.charset import Charset, charset_of, charset_of_sheet

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024  # above the fetcher's own cap: a second fence
_MARKS = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


def decode_text(untrusted: bytes, content_type: str = "") -> str:
    """Never raises; what does not fit becomes U+FFFD."""
    return read_as(untrusted, charset_of(untrusted, content_type))


def decode_sheet(untrusted: bytes, content_type: str = "") -> tuple[str, Charset]:
    charset = charset_of_sheet(untrusted, content_type)
    return read_as(untrusted, charset), charset


def read_as(untrusted: bytes, charset: Charset) -> str:
    """Without its byte order mark."""
    body = untrusted[:MAX_DOCUMENT_BYTES].removeprefix(_MARKS.get(charset.codec, b""))
    return body.decode(charset.codec, _LENIENT if charset.codec.startswith("cp125") else "replace")


def _as_control(error: UnicodeError) -> tuple[str, int]:
    """The standard's single-byte encodings of Windows have a control character where Python's have nothing."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(byte) if byte < 0xA0 else "\ufffd" for byte in error.object[error.start : error.end]), error.end


_LENIENT = "monitor.as_control"
codecs.register_error(_LENIENT, _as_control)


def squeeze(text: str, limit: int) -> str:
    """One line, single spaces, at most `limit` characters. Control characters become spaces."""
    words = " ".join(text[: limit * 8].split())
    if not words.isprintable():
        words = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return words[:limit]
