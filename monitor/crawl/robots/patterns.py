"""An address against the patterns of a robots.txt, by RFC 9309 section 2.2: the longest that matches wins, `allow`
where two are equally long.

Patterns without a wildcard are compared as beginnings. All others together are one automaton, whose state is the bits
of one number: so an address costs its length times the size of the patterns, whatever stands in either.
"""

from __future__ import annotations

import re

from monitor.model.robots import RobotsRules, is_wild

# Spelled alike everywhere: what RFC 3986 leaves unreserved, and "=", plain; "/" and its escape are two things.
_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_AS_IT_IS = re.compile(r"[A-Za-z0-9\-._~/=]*").fullmatch
_TO_SPELL = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~/=%]")
_BYTES = tuple(chr(byte) if chr(byte) in f"{_PLAIN}=" else f"%{byte:02X}" for byte in range(256))


def normal_path(url: str) -> str:
    """Path and query of an address, as they are compared (RFC 9309 section 2.2.2)."""
    rest = url.partition("#")[0].partition("://")[2]
    start = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    path = rest[start:]
    return _spelled(path if path.startswith("/") else f"/{path}")


def normal_pattern(pattern: str) -> str:
    """Likewise of a rule, where `*` stands for anything and `$` at the end for the end."""
    pattern, end = (pattern[:-1], "$") if pattern.endswith("$") else (pattern, "")
    return "*".join(_spelled(part) for part in pattern.split("*")) + end


def _spelled(text: str) -> str:
    return text if _AS_IT_IS(text) else _TO_SPELL.sub(_spell, text)


def _spell(match: re.Match[str]) -> str:
    found = match[0]
    if len(found) == 3:
        return _BYTES[int(found[1:], 16)]
    return "".join(_BYTES[byte] for byte in found.encode("utf-8", "replace"))


class Patterns:
    """Made once from the rules of a host, asked for each address on it."""

    def __init__(self, rules: RobotsRules) -> None:
        weighed = [(len(pattern), True, pattern) for pattern in rules.allow]
        weighed += [(len(pattern), False, pattern) for pattern in rules.disallow]
        weighed.sort(key=lambda rule: rule[:2], reverse=True)  # the first that matches decides
        self._beginnings = tuple((pattern, allows) for _, allows, pattern in weighed if not is_wild(pattern))
        self._any_beginning = tuple(pattern for pattern, _ in self._beginnings)
        self._wild = _Automaton([(pattern, allows) for _, allows, pattern in reversed(weighed) if is_wild(pattern)])

    def allow(self, url: str) -> bool:
        path = normal_path(url)
        if path == "/robots.txt":
            return True
        best = self._wild.best(path)
        if path.startswith(self._any_beginning):
            found = next(rule for rule in self._beginnings if path.startswith(rule[0]))
            if best is None or (len(found[0]), found[1]) > (len(best[0]), best[1]):
                best = found
        return best is None or best[1]


class _Automaton:
    """Patterns with wildcards, the weightiest last. Each has one bit for every number of its characters that were
    met; a bit whose next sign is `*` stays, and so does the last, unless the pattern ends with `$`."""

    def __init__(self, patterns: list[tuple[str, bool]]) -> None:
        self._start = self._stay = self._ends = 0
        self._next: dict[str, int] = {}  # character: the bits that it moves on
        self._rule_at: dict[int, tuple[str, bool]] = {}
        starts, stays, ends = [], [], []
        moves: dict[str, list[int]] = {}
        at = 0
        for pattern, allows in patterns:
            starts.append(at)
            for sign in pattern.removesuffix("$"):
                if sign == "*":
                    stays.append(at)
                else:
                    moves.setdefault(sign, []).append(at)
                    at += 1
            if not pattern.endswith("$"):
                stays.append(at)
            ends.append(at)
            self._rule_at[at] = (pattern, allows)
            at += 1
        self._start, self._stay, self._ends = (_number(bits, at) for bits in (starts, stays, ends))
        self._next = {sign: _number(bits, at) for sign, bits in moves.items()}

    def best(self, path: str) -> tuple[str, bool] | None:
        state, stay, moves = self._start, self._stay, self._next.get
        for sign in path:
            if not state:
                return None
            state = (state & moves(sign, 0)) << 1 | state & stay
        found = state & self._ends
        return self._rule_at[found.bit_length() - 1] if found else None


def _number(bits: list[int], size: int) -> int:
    """Built as bytes: setting bits of a large number one by one would copy it each time."""
    packed = bytearray(size // 8 + 1)
    for bit in bits:
        packed[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(packed, "little")
