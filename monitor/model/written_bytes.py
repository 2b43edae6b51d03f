"""Bytes that stand in text as signs: base64 and its kin, hexadecimal, quoted-printable, ascii85, numbers, escapes, and
the bytes themselves. Whatever breaks them up (quotes, commas, plus signs, white space, escapes, small tags), and
whatever they begin with.

No list of formats: what is dense as compressed data is dense goes, from `LEAST_BYTES` on; prose, code and markup are
far from it, and a hash, a token or a signature is shorter. Each pattern passes over every byte a bounded number of
times.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from monitor.model.ids import digest_of

LEAST_BYTES = 150  # that are written: 200 signs of base64, 300 of hexadecimal
WINDOW = 200  # signs that are judged together
_STEP = 40
_LEAST_SIGNS = 50  # different ones in a window; base64 has 61, prose 35, code without its punctuation 45
_LEAST_OTHER_SIGNS = 58  # of an alphabet with punctuation, as code has it too; ascii85 has 64 here
_MOST_OTHERS = 0.08  # of the signs, that are neither letters nor digits, in base64
_LEAST_BESIDE = 25  # beside what is dense: tables in a picture's head
_LEAST_CHANGES = 0.45  # from one kind of letter to another, per sign: base64 has 0.64, code 0.25
_LEAST_ESCAPES = 60
_FAR = 250  # signs between two escapes of the same bytes
_FAR_RAW = 256
_LEAST_CONTROLS = 16

_SLICE = 512 * 1024  # bytes

Span = tuple[int, int, bytes]
"""Begin and end in the text, and the bytes that are written there; as they stand where no others can be told."""

_JOINED = re.compile(  # what is laid between the pieces, of more than one sign
    rb"</?[A-Za-z][^<>]{0,24}>|&[A-Za-z]{2,8};|&#[0-9xXA-Fa-f]{1,6};|\\++(?:u00[0-9A-Fa-f]{2}|x[0-9A-Fa-f]{2}|.)"
    rb"|(?<=[\s\"'`])\++(?=[\s\"'`])|\xe2\x80[\x8b-\x8f]|\xef\xbb\xbf|\xc2\xad",
    re.DOTALL,
)
_ADDRESS = re.compile(
    rb"https?:(?:\\*+/){2}[^\s\"'<>`]++|(?<=[\s\"'])(?:href|src|action|formaction|cite)\s*+=\s*+[\"']?+"
    rb"(?:[/?#.]|[\w.-]++[/.?])[^\s\"'<>]*+",
    re.IGNORECASE,
)
_NAMED = re.compile(rb"data:sha256,[0-9a-f]{64}")  # what was taken out before
_HIGH = re.compile(rb"[\x80-\xff]++")
_JOINERS = b" \t\r\n\f\"'`,;()[]{}<>|&\\"
_MARKED = bytes(1 if sign in _JOINERS else sign for sign in range(256))
_PIECE = re.compile(rb"[^\x01]++")
_KINDS = bytes(
    0x55 if 0x41 <= sign <= 0x5A else 0x4C if 0x61 <= sign <= 0x7A else 0x44 if 0x30 <= sign <= 0x39 else 0x4F
    for sign in range(256)
)
_WORD = re.compile(rb"[!#$.:/]?[A-Za-z]?[a-z_./-]*[:=.?]{0,2}[0-9]{0,4}[:=]?")
_NAME = re.compile(rb"(?:[a-zA-Z_][a-zA-Z_0-9.-]{0,30}[=:])+(?!=)")
_HEX = re.compile(rb"(?<![0-9a-zA-Z])(?:(?:0[xX])?+(?:[0-9a-fA-F]{2})++\x01*+)++")
_HEX_PREFIX = re.compile(rb"0[xX]")
_NUMBERS = re.compile(rb"(?<![0-9A-Za-z])(?:-?+[0-9]++(?:[\x01:]++|(?=-)))++(?:-?+[0-9]++)?+")
_NUMBER = re.compile(rb"-?[0-9]++")
_ESCAPE = re.compile(
    rb"\\++[xX]([0-9A-Fa-f]{2})|\\++u00([0-9A-Fa-f]{2})|[%=]([0-9A-Fa-f]{2})|&#[xX]([0-9A-Fa-f]{1,2});"
    rb"|\\++([0-7]{3})|&#([0-9]{1,3});"
)
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]|\xc2[\x80-\x9f]")  # ESC stands in Japanese pages
_CONTROL_BYTES = bytes((*range(9), *range(14, 27), *range(28, 32), *range(127, 160)))
_BEGINNINGS = (  # of what is short and a picture: JPEG, PNG, GIF, WebP, TIFF, BMP; AVIF and HEIC have theirs later
    *(b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"),
)
_SHORT = re.compile(rb"(?<![A-Za-z0-9+/_-])(?:/9j/|iVBORw|R0lGOD|UklGR|SUkq|TU0A|Qk[0-3]|AAAA)[A-Za-z0-9+/_-]{68,}+=*+")


def written_bytes(text: bytes, *, with_addresses: bool = False) -> list[Span]:
    """In order, none over another. with_addresses: those too are looked into; else they may hold what they hold. Never
    raises."""
    found, at = list[Span](), 0
    while at < len(text):
        end = _end_of_slice(text, at)
        found += ((at + begin, at + end_, content) for begin, end_, content in _of_slice(text[at:end], with_addresses))
        at = end
    return found


def _end_of_slice(text: bytes, at: int) -> int:
    """What is looked at in one go: a scan shares the interpreter with all else."""
    if len(text) - at <= _SLICE:
        return len(text)
    end = max(text.rfind(sign, at + _SLICE // 2, at + _SLICE) for sign in (b">", b"\n", b" "))
    return end + 1 if end >= 0 else at + _SLICE


def _of_slice(text: bytes, with_addresses: bool) -> list[Span]:
    if len(text) < LEAST_BYTES // 2:
        return []
    marked = _marked(text, with_addresses=with_addresses)
    dense = [(begin, end, _unpacked(text[begin:end])) for begin, end in _dense(marked)]
    found = [*_raw(text), *_escaped(text), *_hexadecimal(marked), *_numbers(marked), *dense, *_short(text)]
    found.sort(key=lambda span: (span[0], -span[1]))
    kept = list[Span]()
    for begin, end, content in found:
        if not kept or begin >= kept[-1][1]:
            kept.append((begin, end, content))
        elif end > kept[-1][1]:
            last = kept[-1]
            kept[-1] = (last[0], end, text[last[0] : end])
    return kept


def told_without(text: str) -> str:
    """Of a header or the like, which may hold addresses: with a digest in the place of what is written there."""
    if len(text) < WINDOW:
        return text
    raw = text.encode("utf-8", "surrogateescape" if text.isascii() else "replace")
    spans = written_bytes(raw, with_addresses=True)
    return _replaced(raw, spans).decode("utf-8", "replace") if spans else text


def address_without(url: str) -> str:
    """Of an address, whose scheme, host and path stay."""
    place, mark, query = url.partition("?")
    if not mark:
        place, mark, query = url.partition("#")
    return place + mark + told_without(query)


def _replaced(raw: bytes, spans: Iterable[Span]) -> bytes:
    kept, at = list[bytes](), 0
    for begin, end, content in spans:
        kept += raw[at:begin], b"data:sha256,", digest_of(content).encode()
        at = end
    return b"".join((*kept, raw[at:]))


def _marked(text: bytes, *, with_addresses: bool) -> bytes:
    r"""As long as the text: \1 where something joins, \2 where nothing continues."""
    text = text.replace(b"\1", b" ").replace(b"\2", b" ")
    text = _NAMED.sub(_break, text)
    if not with_addresses:
        text = _ADDRESS.sub(_break, text)
    text = _JOINED.sub(lambda match: b"\1" * len(match[0]), text)
    return _HIGH.sub(_break, text).translate(_MARKED)


def _break(match: re.Match[bytes]) -> bytes:
    return b"\2" * len(match[0])


# -- dense signs: base64 and its kin, ascii85, and what is turned round


def _dense(marked: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    for section in marked.split(b"\2"):
        if len(section) >= WINDOW:
            yield from ((at + begin, at + end) for begin, end in _dense_in(section))
        at += len(section) + 1


def _dense_in(section: bytes) -> Iterator[tuple[int, int]]:
    stream = section.translate(None, b"\1")
    windows = _windows(stream)
    if not windows:
        return
    pieces = [match.span() for match in _PIECE.finditer(section)]
    offsets, offset = list[int](), 0
    for begin, end in pieces:
        offsets.append(offset)
        offset += end - begin
    for begin, end in _merged(windows):
        first, last = bisect_right(offsets, begin) - 1, bisect_left(offsets, end) - 1
        first, last = _bounds([section[slice(*piece)] for piece in pieces], first, last)
        start = pieces[first][0]
        name = _NAME.match(section, start, pieces[first][1])
        start = name.end() if name is not None and name.end() < pieces[first][1] else start
        written = section[start : pieces[last][1]].translate(None, b"\1")
        if not _is_text_in_base64(written):
            yield start, pieces[last][1]


def _windows(stream: bytes) -> list[int]:
    """Where dense ones begin, and what is almost as dense beside them."""
    places = list(_places(len(stream)))
    dense = {at for at in places if _is_dense(stream[at : at + WINDOW])}
    for order in (places, places[::-1]):
        goes_on = False
        for at in order if dense else ():
            if at not in dense and goes_on and _is_beside(stream[at : at + WINDOW]):
                dense.add(at)
            goes_on = at in dense
    return sorted(dense)


def _places(length: int) -> Iterator[int]:
    if length >= WINDOW:
        yield from range(0, length - WINDOW, _STEP)
        yield length - WINDOW


def _merged(windows: Sequence[int]) -> Iterator[tuple[int, int]]:
    begin, end = windows[0], windows[0] + WINDOW
    for at in windows:
        if at > end:
            yield begin, end
            begin = at
        end = at + WINDOW
    yield begin, end


def _is_dense(window: bytes) -> bool:
    signs = len(set(window))
    if signs < _LEAST_SIGNS or _changes(window) < _LEAST_CHANGES * len(window):
        return False
    return signs >= _LEAST_OTHER_SIGNS or window.translate(_KINDS).count(b"O") <= _MOST_OTHERS * len(window)


def _is_beside(window: bytes) -> bool:
    is_mixed = _changes(window) >= _LEAST_CHANGES * len(window)
    return is_mixed and len(set(window)) >= _LEAST_BESIDE and window.translate(_KINDS).count(b"O") <= 0.1 * len(window)


def _changes(signs: bytes) -> int:
    return sum(one != other for one, other in pairwise(signs.translate(_KINDS)))


def _bounds(pieces: Sequence[bytes], first: int, last: int) -> tuple[int, int]:
    """Without the words at its ends, and with the pieces that go on there."""
    while first < last and _is_word(pieces[first]):
        first += 1
    while last > first and _is_word(pieces[last]):
        last -= 1
    while first > 0 and _goes_on(pieces[first - 1], pieces[first]):
        first -= 1
    while last + 1 < len(pieces) and _goes_on(pieces[last + 1], pieces[last]):
        last += 1
    is_column = last > first and len(pieces[last - 1]) == len(pieces[last])
    if is_column and last + 1 < len(pieces) and len(pieces[last + 1]) < len(pieces[last]):
        last += not _is_word(pieces[last + 1])  # the last of equally long ones is shorter
    return first, last


def _is_word(piece: bytes) -> bool:
    return _WORD.fullmatch(piece) is not None or (len(piece) < 16 and _changes(piece) < 0.3 * len(piece))


def _goes_on(piece: bytes, beside: bytes) -> bool:
    if len(piece) == len(beside) and len(piece) >= 6:
        return not _WORD.fullmatch(piece)
    return len(piece) >= 12 and _changes(piece) >= 0.3 * len(piece)


def _is_text_in_base64(written: bytes) -> bool:
    for skipped in range(4):
        plain = _base64(written[skipped:])
        if plain and _is_text(plain):
            return not written_bytes(plain)
    return False


def _unpacked(written: bytes) -> bytes:
    if b"\\" in written or b"&" in written or b"<" in written:
        return written
    return _base64(written.translate(None, b" \t\r\n\"',")) or written


def _base64(written: bytes) -> bytes:
    """b'' where it is none."""
    plain = written.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _short(marked: bytes) -> Iterator[Span]:
    """A picture in less, by what it begins with."""
    for match in _SHORT.finditer(marked):
        plain = _base64(match[0])
        is_boxed = plain[4:8] == b"ftyp"
        is_known = plain.startswith(_BEGINNINGS) or plain[8:12] == b"WEBP" or is_boxed
        is_bitmap = plain[:2] == b"BM" and plain[6:10] == b"\0\0\0\0"
        if is_known or is_bitmap:
            yield *match.span(), plain


# -- numbers


def _hexadecimal(marked: bytes) -> Iterator[Span]:
    for match in _HEX.finditer(marked):
        if len(match[0]) < 2 * LEAST_BYTES:
            continue
        signs = _HEX_PREFIX.sub(b"", match[0].translate(None, b"\1"))
        content = bytes.fromhex(signs[: len(signs) // 2 * 2].decode())
        if _is_compressed(content) or _holds_more(content):
            yield match.start(), match.start() + len(match[0].rstrip(b"\1")), content


def _numbers(marked: bytes) -> Iterator[Span]:
    for match in _NUMBERS.finditer(marked):
        if len(match[0]) < 2 * LEAST_BYTES:
            continue
        numbers = [int(number[:6]) for number in _NUMBER.findall(match[0])]
        for these in (numbers, numbers[1::2], numbers[::2]):  # each with its place, too
            content = bytes(number & 255 for number in these if -128 <= number <= 255)
            if len(content) == len(these) and (_is_compressed(content) or _holds_more(content)):
                yield match.start(), match.start() + len(match[0].rstrip(b"\1")), content
                break


def _is_compressed(content: bytes) -> bool:
    """As dense, without an order, and no text."""
    size = len(content)
    if size < LEAST_BYTES or _is_text(content):
        return False
    parts = (content[:1_000], content[size // 2 : size // 2 + 1_000], content[-1_000:])  # a head is less dense
    return any(len(part) >= LEAST_BYTES and _is_mixed(part) for part in parts)


def _is_mixed(part: bytes) -> bool:
    size = len(part)
    expected = 256 * (1 - (255 / 256) ** size)
    up = sum(one < other for one, other in pairwise(part))
    return len(set(part)) >= 0.5 * expected and 0.25 * size <= up <= 0.75 * size and _has_controls(part)


def _has_controls(content: bytes) -> bool:
    return len(content) - len(content.translate(None, _CONTROL_BYTES)) >= 0.1 * len(content)


def _is_text(content: bytes) -> bool:
    try:
        letters = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(ord(letter) < 9 or 13 < ord(letter) < 27 or ord(letter) == 127 for letter in letters)


def _holds_more(content: bytes) -> bool:
    """Base64 written as numbers, say."""
    return content.isascii() and any(_is_dense(content[at : at + WINDOW]) for at in _places(len(content)))


# -- escapes, and the bytes themselves


def _escaped(text: bytes) -> Iterator[Span]:
    for group in _grouped(_ESCAPE.finditer(text), _FAR, _LEAST_ESCAPES):
        begin, end = group[0].start(), group[-1].end()
        content = _without_escapes(text, group)
        if _is_compressed(content) or _holds_more(content):
            yield begin, end, quopri.decodestring(text[begin:end]) if text[begin : begin + 1] == b"=" else content


def _without_escapes(text: bytes, group: Sequence[re.Match[bytes]]) -> bytes:
    parts, at = list[bytes](), group[0].start()
    for match in group:
        parts.append(_as_bytes(text[at : match.start()]))
        number = next(signs for signs in match.groups() if signs is not None)
        base = 8 if match[5] is not None else 10 if match[6] is not None else 16
        parts.append(bytes((int(number, base) & 255,)))
        at = match.end()
    return b"".join(parts)


def _raw(text: bytes) -> Iterator[Span]:
    for group in _grouped(_CONTROL.finditer(text), _FAR_RAW, _LEAST_CONTROLS):
        begin, end = group[0].start(), group[-1].end()
        before, behind = _HIGH.search(text, max(begin - 40, 0), begin), list(_HIGH.finditer(text, end, end + 40))
        begin = before.start() if before is not None else begin
        end = behind[-1].end() if behind else end
        if _is_compressed(content := _as_bytes(text[begin:end])):
            yield begin, end, content


def _as_bytes(written: bytes) -> bytes:
    """A string of bytes, a letter each, stands in UTF-8 like any other."""
    try:
        return written.decode("utf-8").encode("latin-1")
    except UnicodeError:
        return written


def _grouped(matches: Iterable[re.Match[bytes]], far: int, least: int) -> Iterator[list[re.Match[bytes]]]:
    group = list[re.Match[bytes]]()
    for match in matches:
        if group and match.start() - group[-1].end() > far:
            if len(group) >= least:
                yield group
            group = []
        group.append(match)
    if len(group) >= least:
        yield group
