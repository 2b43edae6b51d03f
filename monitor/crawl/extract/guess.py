"""The encoding of a text that does not say it: the one in which it reads most like a language. Pure; linear.

Each codec reads the same bytes as other letters. The true one gives a language's own everyday letters, all others give
rare ones: the share of everyday letters decides, measured against what a text of that language has.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from importlib.resources import files
from typing import NamedTuple

SAMPLE_BYTES = 256 * 1024
LETTERS = 20_000  # looked at; far fewer decide
LEAST = 0.45  # of what a text of the language has: below it nothing was recognised
FALLBACK = "cp1252"  # what browsers of the west take

_UTF8 = codecs.getincrementaldecoder("utf-8")
_UTF16_SAMPLE = 1024
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_HIGH_ONLY = re.compile(rb"[\x80-\xff]+")
_HIGH = re.compile(rb"[\x80-\xff][\x40-\x7e\x80-\xff]*")
_MOSTLY_UTF8 = 20  # well-formed letters for one that is not: a page that was cut, or has one foreign comment


class _Writing(NamedTuple):
    """everyday: letters that make up `share` of what is not ASCII in a text."""

    codecs: tuple[str, ...]
    everyday: frozenset[str]
    share: float
    script: str


_WRITINGS = tuple(
    _Writing(tuple(one["codecs"].split()), frozenset(one["letters"]), one["share"], one["script"])
    for one in tomllib.loads(files("monitor.crawl.extract").joinpath("letters.toml").read_text("utf-8"))["writing"]
)  # at once: a confined worker cannot later
_STRANGE = frozenset("\N{REPLACEMENT CHARACTER}") | frozenset(map(chr, range(0xFF61, 0xFFA0)))  # half-width kana


def guess(untrusted: bytes) -> str:
    """Python's name for it. UTF-8 where it is, or where it can be told by nothing else."""
    if wide := _utf16(untrusted[:_UTF16_SAMPLE]):
        return wide
    sample = untrusted[:SAMPLE_BYTES]
    if sample.isascii():
        return "iso2022_jp" if b"\x1b$B" in sample or b"\x1b$@" in sample else "utf-8"
    if _is_utf8(sample):
        return "utf-8"
    foreign, likely = b" ".join(_HIGH.findall(sample))[: LETTERS * 2], _likely(sample)
    best, at_most = FALLBACK, LEAST
    for writing in _WRITINGS:
        for codec in writing.codecs:
            score = _score(foreign, codec, writing) * likely[writing.script]
            if score > at_most or (score == at_most and codec == FALLBACK):
                best, at_most = codec, score
    return best


def _likely(sample: bytes) -> dict[str, float]:
    """By how what is not ASCII stands: among letters of ASCII, or in words of its own."""
    high = alone = in_a_row = 0
    for found in _HIGH_ONLY.finditer(b" %b " % sample):
        length = found.end() - found.start()
        high += length
        in_a_row += length if length > 2 else 0
        neighbours = found.string[found.start() - 1], found.string[found.end()]
        alone += 0 if _LETTERS.isdisjoint(neighbours) else length
    return {"wide": 1.0, "own": 1 - alone / high, "latin": 1 - in_a_row / high}


def _score(foreign: bytes, codec: str, writing: _Writing) -> float:
    """1 for a text as usual; letters that cannot be count against it ten times."""
    letters = [c for c in foreign.decode(codec, "replace") if c > "\x7f"]
    if not letters:
        return 0.0
    everyday = sum(c in writing.everyday for c in letters)
    strange = sum(c in _STRANGE or "\x80" <= c < "\xa0" for c in letters)
    return min(everyday / len(letters) / writing.share, 1.0) - 10 * strange / len(letters)


def _is_utf8(sample: bytes) -> bool:
    text = _UTF8("replace").decode(sample)  # a letter that the end cut through is none of it
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    return sum(c > "\x7f" for c in text) - broken >= max(1, _MOSTLY_UTF8 * broken)


def _utf16(head: bytes) -> str:
    """Without a mark: markup has a zero for every second byte."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if len(head) < 4 or min(even, odd) * 4 > max(even, odd) or max(even, odd) * 4 < len(head) // 2:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"
