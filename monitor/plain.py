"""Text from outside, made safe to print: nothing in it can break a line, hide, turn the page or steer a terminal.

Markup is escaped where HTML is made, not here.
"""

from __future__ import annotations

import unicodedata


def plain(untrusted: object, limit: int = 0) -> str:
    """One printable line of at most `limit` characters (0 = not cut). Control, bidi, zero-width, private and unassigned
    characters stand as `\\u{202e}`, line ends among them."""
    text = "".join(_shown(character) for character in str(untrusted)[: limit + 1 if limit else None])
    return text if not limit or len(text) <= limit else text[: limit - 3] + "..."


def several(count: int, one: str, many: str) -> str:
    """`1 photo`, `2 photos`."""
    return f"1 {one}" if count == 1 else f"{count} {many}"


def is_unsafe(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("C") or category in ("Zl", "Zp")


def _shown(character: str) -> str:
    if is_unsafe(character):
        return f"\\u{{{ord(character):x}}}"
    return " " if unicodedata.category(character) == "Zs" else character
