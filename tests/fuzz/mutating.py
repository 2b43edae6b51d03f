"""Inputs that are nearly right: of seeds and of what was found to lead somewhere new, changed a few times each."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

MOST_BYTES = 64 * 1024

_NUMBER = re.compile(rb"[0-9]{1,12}")
_NUMBERS = (b"0", b"-1", b"1", b"255", b"65536", b"4294967295", b"9223372036854775807", b"9" * 30, b"1e999", b"NaN")
_BYTES = (b"\0", b"\xff", b"\x7f", b"\x80", b"\r\n", b"\n", b" ", b"\t", b'"', b"'", b"<", b">", b"&", b"%", b"\\")
_TEXTS = tuple(
    text.encode("utf-8", "surrogatepass")
    for text in ("\ufeff", "\u202e", "\ud800", "\U0010ffff", "\u0130", "\u2028", "\x85", "\ufffe", "%00", "&#0;", "İ")
)
_OPENINGS = (b"[", b"{", b"(", b"<a>", b'{"a":', b"[[", b"<svg>", b"\x81\xa1a", b"\x91", b"'''", b"-----")


class Mutator:
    """words: what this form has names for."""

    def __init__(self, seeds: Sequence[bytes], words: Sequence[bytes], pick: random.Random) -> None:
        self.corpus = [seed for seed in seeds if len(seed) <= MOST_BYTES] or [b""]
        self._words, self._pick = (*words, *_NUMBERS, *_BYTES, *_TEXTS), pick
        self._ways: Sequence[Callable[[bytes], bytes]] = (
            self._flip,
            self._flip,
            self._put,
            self._put,
            self._word,
            self._word,
            self._leave_out,
            self._repeat,
            self._join,
            self._number,
            self._cut,
            self._nest,
            self._swap,
        )

    def next(self) -> bytes:
        pick = self._pick
        data = pick.choice(self.corpus)
        for _ in range(1 + min(int(pick.expovariate(0.6)), 8)):
            data = pick.choice(self._ways)(data)[:MOST_BYTES]
        return data

    def _span(self, data: bytes, most: int = 64) -> tuple[int, int]:
        begin = self._pick.randrange(len(data) + 1)
        return begin, min(len(data), begin + self._pick.randrange(most))

    def _flip(self, data: bytes) -> bytes:
        if not data:
            return b"\0"
        at = self._pick.randrange(len(data))
        return data[:at] + bytes([data[at] ^ (1 << self._pick.randrange(8))]) + data[at + 1 :]

    def _put(self, data: bytes) -> bytes:
        begin, end = self._span(data, 8)
        return data[:begin] + self._pick.randbytes(self._pick.randrange(1, 9)) + data[end:]

    def _word(self, data: bytes) -> bytes:
        begin, end = self._span(data, 12)
        return (
            data[:begin] + self._pick.choice(self._words) + (data[end:] if self._pick.random() < 0.5 else data[begin:])
        )

    def _leave_out(self, data: bytes) -> bytes:
        begin, end = self._span(data, self._pick.choice((4, 64, 1_000)))
        return data[:begin] + data[end:]

    def _repeat(self, data: bytes) -> bytes:
        begin, end = self._span(data, self._pick.choice((4, 64, 1_000)))
        return data[:end] + data[begin:end] * self._pick.choice((1, 2, 5, 50, 500)) + data[end:]

    def _join(self, data: bytes) -> bytes:
        other = self._pick.choice(self.corpus)
        return data[: self._pick.randrange(len(data) + 1)] + other[self._pick.randrange(len(other) + 1) :]

    def _number(self, data: bytes) -> bytes:
        found = list(_NUMBER.finditer(data[:8_192]))
        if not found:
            return self._word(data)
        one = self._pick.choice(found)
        return data[: one.start()] + self._pick.choice(_NUMBERS) + data[one.end() :]

    def _cut(self, data: bytes) -> bytes:
        return data[: self._pick.randrange(len(data) + 1)]

    def _nest(self, data: bytes) -> bytes:
        at = self._pick.randrange(len(data) + 1)
        return data[:at] + self._pick.choice(_OPENINGS) * self._pick.choice((3, 60, 2_000)) + data[at:]

    def _swap(self, data: bytes) -> bytes:
        a, b = self._span(data)
        c, d = self._span(data)
        if c < b:
            return data
        return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]
