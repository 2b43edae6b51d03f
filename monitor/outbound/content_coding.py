"""Undoes content codings within bounds. httpx's own decoders know none: 809 bytes of brotli took 2.1 GB."""

from __future__ import annotations

import io
import zlib

import brotli
import zstandard

STEP = 256 * 1024  # bytes decoded at once; at most this much goes over a cap before it is noticed
FREE_BYTES = 1024 * 1024  # below this no ratio is asked for: small and well packed is ordinary
MAX_RATIO = 100  # decoded to packed; the most repetitive honest pages reach about 40
ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: what a content coding may ask for
MAX_MEMBERS = 64  # of one gzip body; each costs a decoder
CODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate", "br", "zstd"})


class Undecodable(Exception):
    """The body cannot be unpacked: broken, cut off, or packed in an unknown way or more than once."""


class TooLarge(Exception):
    """More than the cap came out, or out of proportion to what came in."""


def coding_of(header: str) -> str:
    """One coding at most. Raises Undecodable: what is packed twice is packed to harm."""
    names = [name for part in header.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    if len(names) > 1:
        raise Undecodable(f"packed {len(names)} times over")
    if names and names[0] not in CODINGS:
        raise Undecodable(f"packed as {names[0][:40]!r}, which was not asked for")
    return names[0] if names else ""


def decode(packed: bytes, coding: str, cap: int) -> bytes:
    """At most `cap` bytes. Raises Undecodable, TooLarge."""
    limit = min(cap, max(FREE_BYTES, len(packed) * MAX_RATIO))
    match coding:
        case "":
            unpacked = packed
        case "gzip" | "x-gzip":
            unpacked = _inflate(packed, 31, limit)
        case "deflate":
            unpacked = _inflate(packed, 15 if _is_zlib(packed) else -15, limit)
        case "br":
            unpacked = _brotli(packed, limit)
        case _:
            unpacked = _zstd(packed, limit)
    if len(unpacked) > limit:
        raise TooLarge(f"{len(packed)} bytes unpack to more than {limit}")
    return unpacked


def _is_zlib(packed: bytes) -> bool:
    """RFC 1950; servers that say deflate and mean RFC 1951 are as common."""
    return len(packed) >= 2 and packed[0] & 0x0F == 8 and (packed[0] << 8 | packed[1]) % 31 == 0


def _inflate(packed: bytes, window: int, limit: int) -> bytes:
    out = io.BytesIO()
    at = 0
    for _ in range(MAX_MEMBERS):
        inflater = zlib.decompressobj(window)
        try:
            while not inflater.eof and out.tell() <= limit:
                piece = inflater.unconsumed_tail
                if not piece:
                    piece = packed[at : at + STEP]
                    at += len(piece)
                step = inflater.decompress(piece, STEP)
                if not step and not piece:
                    raise Undecodable("the packed body ends early")
                out.write(step)
        except zlib.error as error:
            raise Undecodable(f"the packed body is broken ({error})") from error
        at -= len(inflater.unused_data)
        # RFC 1952 section 2.2: further members may follow; anything else behind the end is left alone.
        if window != 31 or packed[at : at + 2] != b"\x1f\x8b" or out.tell() > limit:
            break
    return out.getvalue()


def _brotli(packed: bytes, limit: int) -> bytes:
    out = io.BytesIO()
    decompressor = brotli.Decompressor()
    rest = packed
    try:
        while not decompressor.is_finished() and out.tell() <= limit:
            step = decompressor.process(rest, output_buffer_limit=STEP)
            rest = b""
            out.write(step)
            if not step and decompressor.can_accept_more_data() and not decompressor.is_finished():
                raise Undecodable("the packed body ends early")
    except brotli.error as error:
        raise Undecodable(f"the packed body is broken ({error})") from error
    return out.getvalue()


def _zstd(packed: bytes, limit: int) -> bytes:
    out = io.BytesIO()
    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    try:
        announced = zstandard.get_frame_parameters(packed).content_size
        reader = decompressor.stream_reader(packed, read_across_frames=True)
        while out.tell() <= limit and (step := reader.read(STEP)):
            out.write(step)
    except zstandard.ZstdError as error:
        raise Undecodable(f"the packed body is broken ({error})") from error
    if announced != zstandard.CONTENTSIZE_UNKNOWN and out.tell() < min(announced, limit):
        raise Undecodable("the packed body ends early")
    return out.getvalue()
