"""A page as it is sealed: without the pictures that are written into it, for they may be anybody's. What matched is
sealed on its own.

A scan of the bytes and not a parse: it knows runs of an alphabet, never a structure, each of its patterns passes over
every byte a bounded number of times (a run of one sign is entered at its beginning only), and no answer makes it fail.
In a reader the same page could be lost with the process that died of it. What it may do wrong is to take out too much,
and what it takes out is named by its digest.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import heapq
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import unquote_to_bytes

from monitor.model.evidence import PageFacts, TakenOut
from monitor.model.ids import NO_DIGEST, digest_of
from monitor.model.written_bytes import written_bytes

LEAST_URI_CHARS = 32  # of what follows the comma; nothing in less is a picture
LEAST_RUN_CHARS = 1_000  # of base64, hexadecimal or escapes without a `data:` before: in less, nobody is to be known
LEAST_NUMBERS = 400  # bytes written out as numbers
FEWEST_SIGNS = 10  # different ones in a run: a ruled line is not a picture
LEAST_LINE_CHARS = 40  # of base64 in lines, as mail has it
MOST_PAGE_BYTES = 16 * 2**20  # of a page that is scanned: a scan shares the interpreter with all else
LEAST_LONG_CHARS = 4_000  # of what no white space, quote or bracket breaks, and of numbers however written
MOST_NUMBERS = 2_000
MOST = 20_000  # what looks like a `data:` URI, of one page; after so many its rest is taken out

_ESCAPE = (  # of one sign of a payload, in JSON, JavaScript and HTML; never of a quote or a bracket, which end it
    rb"%[0-9A-Fa-f]{2}"
    rb"|\\++(?:u00(?!22|27|3[cCeE])[0-9A-Fa-f]{2}|x(?!22|27|3[cCeE])[0-9A-Fa-f]{2}|[/nrt\r\n])"
    rb"|&(?:amp;)?#(?:0*+(?!3[49];|6[02];)[0-9]{1,3}|[xX]0*+(?!2[27];|3[cCeE];)[0-9A-Fa-f]{1,2});"
    rb"|&(?:plus|sol|equals|Tab|NewLine|lowbar);"
)
_URI = re.compile(
    rb"[dD][aA][tT][aA](?::|\\{1,16}+u003[aA]|&#58;|&#[xX]3[aA];|&colon;|%3[aA])"
    rb"(?P<head>[^\"'<>(),:]{0,120}?)(?:,|&#44;|&#[xX]2[cC];|&comma;|(?<!\\)\\{1,16}+u002[cC]|%2[cC])"
)
_MAYBE_URI = re.compile(rb"data(?=[:\\&%])")
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/=_-]++|" + _ESCAPE + rb")*+")
_BASE64_SPACED = re.compile(rb"(?:[A-Za-z0-9+/=_\s-]++|" + _ESCAPE + rb")*+")
_PLAIN = {quote: re.compile(rb"[^<" + quote + rb"]*+") for quote in (b'"', b"'", b"`")}
_DRAWN = {quote: re.compile(rb"[^" + quote + rb"]*+") for quote in (b'"', b"'", b"`")}  # an SVG has brackets in it
_DRAWN_REFERENCE = re.compile(rb"(?:[^&\"]++|&(?!quot;|apos;|#34;|#39;|#[xX]2[27];))*+")
_DRAWN_BARE = re.compile(rb"[^\s\"'()]*+")
_SPACE = re.compile(rb"\s")
_PLAIN_BARE = re.compile(rb"[^\s\"'<>()]*+")
_QUOTES = (b'"', b"'", b"`", b"&quot;", b"&#34;", b"&#39;", b"&apos;", b"&#x22;", b"&#x27;", b"u0022", b"u0027", b"%22")
# `ftyp`: AVIF, HEIC, films.
_PICTURE = re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8[79]a|RIFF....WEBP|II\*\0|MM\0\*|....ftyp", re.DOTALL)
_WORD_SIGNS = bytes(sign for sign in range(0x21, 0x7F) if sign not in b"<>\"'")
_NUMBER_SIGNS = b"0123456789abcdefABCDEFxX,:;.+-_|[](){}\"' \t\r\n"
_NUMBER = re.compile(rb"[0-9A-Fa-f]++")
_BASE64_SIGNS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_%\\"


@dataclass(frozen=True, slots=True)
class SealablePage:
    """body: nothing where the page is itself a picture, or is withheld."""

    body: bytes
    facts: PageFacts
    media_type: str = ""  # '' = as the page came


def without_pictures(untrusted: bytes) -> SealablePage:
    """Never raises. What is not ASCII at its bottom (UTF-16, say) comes back as UTF-8 if anything was taken out."""
    if len(untrusted) > MOST_PAGE_BYTES:
        return SealablePage(b"", PageFacts(NO_DIGEST, 0, withheld=f"more than {MOST_PAGE_BYTES} bytes"))
    if _PICTURE.match(untrusted):
        return SealablePage(b"", PageFacts(NO_DIGEST, 0, (_taken_out(untrusted),)))
    text, pictures = _without(_readable(untrusted), _pictures)
    text, written = _without(text, written_bytes)  # whatever else is as dense as a picture
    text, others = _without(text, _unreadable)  # of what is left: none of it is a part of a picture
    taken = pictures + written + others
    body = text if taken else untrusted
    return SealablePage(body, PageFacts(digest_of(body), len(body), taken))


def _without(
    text: bytes, found: Callable[[bytes], Iterable[tuple[int, int, bytes]]]
) -> tuple[bytes, tuple[TakenOut, ...]]:
    kept: list[bytes] = []
    taken: list[TakenOut] = []
    at = 0
    for begin, end, content in found(text):
        if begin < at:
            continue
        picture = _taken_out(content)
        kept += text[at:begin], b"data:sha256,", picture.digest.encode()
        taken.append(picture)
        at = end
    return b"".join((*kept, text[at:])), tuple(taken)


def _taken_out(content: bytes) -> TakenOut:
    return TakenOut(digest_of(content), len(content))


def _readable(untrusted: bytes) -> bytes:
    if b"\0" not in untrusted:
        return untrusted
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if untrusted.startswith(mark):
            return untrusted[2:].decode(encoding, "replace").encode("utf-8", "replace")
    if untrusted.count(b"\0") * 3 > len(untrusted):  # as of UTF-16 or UTF-32 without a mark
        return untrusted.replace(b"\0", b"")
    return untrusted.replace(b"\0", b" ")  # as a browser reads it: nothing continues over it


def _pictures(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Begin, end and content of each, in the order of their beginnings; the content is what stands there where no
    other can be told."""
    return heapq.merge(_uris(text), _runs(text), _numbers(text))


def _unreadable(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    return heapq.merge(_long_words(text), _written_numbers(text))


def _uris(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    lower, looked_at = text.lower(), 0
    maybe = _MAYBE_URI.search(lower)
    while maybe is not None:
        at, end = maybe.span()
        found = _URI.match(text, at)
        looked_at += 1
        if looked_at > MOST:
            yield at, len(text), text[at:]
            return
        if found is not None and (payload := _payload(text, found)) is not None:
            end = payload.end()
            is_base64 = b"base64" in found["head"].lower()
            yield at, end, (_decoded(payload[0]) if is_base64 else unquote_to_bytes(payload[0])) or payload[0]
        maybe = _MAYBE_URI.search(lower, end)


def _payload(text: bytes, uri: re.Match[bytes]) -> re.Match[bytes] | None:
    before = text[max(uri.start() - 1_000, 0) : uri.start()].rstrip()
    quote = next((quote for quote in _QUOTES if before.endswith(quote)), b"")
    if b"base64" in uri["head"].lower():
        payload = (_BASE64_SPACED if quote else _BASE64).match(text, uri.end())
    elif uri["head"][:6].lower() == b"image/":
        other = _DRAWN_REFERENCE if quote.startswith(b"&") else _DRAWN_BARE
        payload = _DRAWN.get(quote, other).match(text, uri.end())
    elif not _SPACE.search(uri["head"]):
        payload = _PLAIN.get(quote, _PLAIN_BARE).match(text, uri.end())
    else:
        return None  # a sentence about data: with a comma in it
    return payload if payload is not None and len(payload[0]) >= LEAST_URI_CHARS else None


def _runs(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Base64 and the like without a `data:`, also in lines."""
    for begin, end in _stretches(text, _BASE64_SIGNS + b"\r\n", LEAST_RUN_CHARS):
        at = begin
        for is_long, lines in groupby(text[begin:end].splitlines(keepends=True), _is_long):
            run = b"".join(lines)
            if is_long and len(run) >= LEAST_RUN_CHARS and len(set(run)) >= FEWEST_SIGNS:
                yield at, at + len(run), _decoded(run) or run
            at += len(run)


def _is_long(line: bytes) -> bool:
    return len(line) >= LEAST_LINE_CHARS


def _numbers(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    for begin, end in _stretches(text, b"0123456789, \r\n\t", LEAST_NUMBERS * 2):
        numbers = text[begin:end].replace(b",", b" ").split()
        if len(numbers) >= LEAST_NUMBERS and all(len(number) <= 3 and int(number) < 256 for number in numbers):
            yield begin, end, bytes(map(int, numbers))


def _long_words(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Whatever alphabet it is written in: no person reads it, and nobody can say what it shows."""
    for begin, end in _stretches(text, _WORD_SIGNS, LEAST_LONG_CHARS):
        if len(set(text[begin:end])) >= FEWEST_SIGNS:
            yield begin, end, text[begin:end]


def _written_numbers(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Bytes as numbers in another way than `_numbers` knows: hexadecimal, signed, each with its place."""
    for begin, end in _stretches(text, _NUMBER_SIGNS, LEAST_LONG_CHARS):
        if sum(1 for _ in _NUMBER.finditer(text, begin, end)) > MOST_NUMBERS:
            yield begin, end, text[begin:end]


def _stretches(text: bytes, signs: bytes, least: int) -> Iterator[tuple[int, int]]:
    """Where nothing but these signs stands, for so many at least."""
    marked = text.translate(bytes(1 if byte in signs else 0 for byte in range(256)))
    at = marked.find(b"\1" * least)
    while at >= 0:
        end = marked.find(b"\0", at)
        end = len(text) if end < 0 else end
        yield at, end
        at = marked.find(b"\1" * least, end)


_SIGN = re.compile(rb"(?<!\\)\\++[ux]0{0,2}([0-9A-Fa-f]{2})|&(?:amp;)?#(?:[xX]0*([0-9A-Fa-f]{1,2})|0*([0-9]{1,3}));")
_NAMED = ((b"&plus;", b"+"), (b"&sol;", b"/"), (b"&equals;", b"="), (b"&lowbar;", b"_"))
_NAMED_SPACE = re.compile(rb"(?<!\\)\\++[nrt]|&(?:Tab|NewLine);")


def _decoded(payload: bytes) -> bytes:
    """What base64 it holds, however it is written; b'' where it holds none."""
    plain = payload
    if b"\\" in plain or b"&" in plain:
        plain = _NAMED_SPACE.sub(b"", plain)
        plain = _SIGN.sub(_sign, plain).replace(b"\\", b"")
        for name, sign in _NAMED:
            plain = plain.replace(name, sign)
    plain = unquote_to_bytes(plain).translate(bytes.maketrans(b"-_", b"+/"), b" \t\r\n\f").rstrip(b"=")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""


def _sign(match: re.Match[bytes]) -> bytes:
    number = int(match[1] or match[2], 16) if match[1] or match[2] else int(match[3])
    return bytes((number,)) if number < 256 else b""
