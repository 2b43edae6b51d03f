"""Undoes content codings within bounds. httpx's own decoders know none: 809 bytes of brotli took 2.1 GB."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import brotli
import zstandard

STEP = 256 * 1024  # bytes decoded at once; at most this much goes over a cap before it is noticed
FREE_BYTES = 1024 * 1024  # below this no ratio is asked for: small and well packed is ordinary
MAX_RATIO = 100  # decoded to packed; the most repetitive honest pages reach about 40
ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: what a content coding may ask for
MAX_MEMBERS = 64  # of one gzip body; each costs a decoder
MAX_LAYERS = 3  # a page behind two servers that each pack it is ordinary
_WRONG_SUMS = ("incorrect data check", "incorrect length check")
"""At the end of a member, which is then unpacked once more without them: browsers do not look at them."""
_SUMS = {31: 8, 15: 4}  # bytes of them behind a member, by zlib's name for its form
_CODINGS = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "br": "br", "zstd": "zstd"}


class Undecodable(Exception):
    """The body cannot be unpacked: broken, or packed more often than anybody does."""


class TooLarge(Exception):
    """More than the cap came out, or out of proportion to what came in."""


class Unpacked(NamedTuple):
    """cut: the packed body ended early; what came of it is there."""

    body: bytes
    cut: bool


def codings_of(header: str) -> tuple[str, ...]:
    """In the order in which they were laid on. Words that are none (`utf-8`, `none`, `aws-chunked`) mean nothing, as in
    browsers. Raises Undecodable."""
    found = tuple(_CODINGS[word] for part in header.lower().split(",") if (word := part.strip()) in _CODINGS)
    if len(found) > MAX_LAYERS:
        raise Undecodable(f"packed {len(found)} times over")
    return found


def decode(packed: bytes, codings: Sequence[str], cap: int) -> Unpacked:
    """At most `cap` bytes; in all layers together no more in proportion than one may. Raises Undecodable, TooLarge."""
    limit = min(cap, max(FREE_BYTES, len(packed) * MAX_RATIO))
    body, cut = packed, False
    for coding in reversed(codings):
        body, is_cut = _undo(coding, body, limit)
        cut = cut or is_cut
        if len(body) > limit:
            raise TooLarge(f"{len(packed)} bytes unpack to more than {limit}")
    if len(body) > limit:
        raise TooLarge(f"{len(packed)} bytes, {limit} allowed")
    return Unpacked(body, cut)


def _undo(coding: str, packed: bytes, limit: int) -> Unpacked:
    match coding:
        case "gzip":
            return _inflate(packed, 31, limit)
        case "deflate":
            return _inflate(packed, 15 if _is_zlib(packed) else -15, limit)
        case "br":
            return _brotli(packed, limit)
        case _:
            return _zstd(packed, limit)


def _is_zlib(packed: bytes) -> bool:
    """RFC 1950; servers that say deflate and mean RFC 1951 are as common."""
    return len(packed) >= 2 and packed[0] & 0x0F == 8 and (packed[0] << 8 | packed[1]) % 31 == 0


def _inflate(packed: bytes, window: int, limit: int) -> Unpacked:
    out = io.BytesIO()
    at, cut = 0, False
    for _ in range(MAX_MEMBERS):
        begun, before = at, out.tell()
        try:
            at, cut = _member(packed, begun, window, limit, out)
        except zlib.error as error:
            if not str(error).endswith(_WRONG_SUMS):
                raise Undecodable(f"the packed body is broken ({error})") from error
            out.seek(before)
            out.truncate()
            at, cut = _member(packed, _behind_head(packed, begun, window), -15, limit, out)
            at += _SUMS[window]
        # RFC 1952 section 2.2: further members may follow; anything else behind the end is left alone.
        if cut or window != 31 or packed[at : at + 2] != b"\x1f\x8b" or out.tell() > limit:
            break
    return _whole_or_some(out, cut)


def _member(packed: bytes, at: int, window: int, limit: int, out: io.BytesIO) -> tuple[int, bool]:
    """Where it ends, and whether it ends early. Raises zlib.error."""
    inflater = zlib.decompressobj(window)
    while not inflater.eof and out.tell() <= limit:
        piece = inflater.unconsumed_tail
        if not piece:
            piece = packed[at : at + STEP]
            at += len(piece)
        step = inflater.decompress(piece, STEP)
        if not step and not piece:
            return at, True
        out.write(step)
    return at - len(inflater.unused_data), False


def _behind_head(packed: bytes, at: int, window: int) -> int:
    """Where the packed bytes of a member begin, of whose head zlib had nothing to say."""
    if window != 31:
        return at + 2
    flags, at = packed[at + 3], at + 10
    if flags & 4:  # more fields
        at += 2 + int.from_bytes(packed[at : at + 2], "little")
    for text in (8, 16):  # a name, a comment
        if flags & text:
            at = packed.index(b"\0", at) + 1
    return at + (2 if flags & 2 else 0)


def _whole_or_some(out: io.BytesIO, cut: bool) -> Unpacked:
    if cut and not out.tell():
        raise Undecodable("the packed body ends early")
    return Unpacked(out.getvalue(), cut)


def _brotli(packed: bytes, limit: int) -> Unpacked:
    out = io.BytesIO()
    cut = False
    decompressor = brotli.Decompressor()
    rest = packed
    try:
        while not decompressor.is_finished() and out.tell() <= limit:
            step = decompressor.process(rest, output_buffer_limit=STEP)
            rest = b""
            out.write(step)
            if not step and decompressor.can_accept_more_data() and not decompressor.is_finished():
                cut = True
                break
    except brotli.error as error:
        raise Undecodable(f"the packed body is broken ({error})") from error
    return _whole_or_some(out, cut)


def _zstd(packed: bytes, limit: int) -> Unpacked:
    out = io.BytesIO()
    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    try:
        announced = zstandard.get_frame_parameters(packed).content_size
        reader = decompressor.stream_reader(packed, read_across_frames=True)
        while out.tell() <= limit and (step := reader.read(STEP)):
            out.write(step)
    except zstandard.ZstdError as error:
        raise Undecodable(f"the packed body is broken ({error})") from error
    return _whole_or_some(out, announced != zstandard.CONTENTSIZE_UNKNOWN and out.tell() < min(announced, limit))
