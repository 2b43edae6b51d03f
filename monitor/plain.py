"""Text from outside, made safe to print: nothing in it can break a line, hide, turn the page or steer a terminal.

Markup is escaped where HTML is made, not here.
"""

from __future__ import annotations

import unicodedata


def plain(untrusted: object, limit: int = 0) -> str:
    """One printable line of at most `limit` characters (0 = not cut). Control, bidi, zero-width, private and unassigned
    characters stand as `\\u{202e}`, line ends among them."""
    text = str(untrusted)[: limit + 1 if limit else None]
    if not text.isprintable():  # Python calls so what holds none of those: nearly everything
        text = "".join(map(_shown, text))
    return text if not limit or len(text) <= limit else text[: limit - 3] + "..."


def without_userinfo(text: str) -> str:
    """An address, right or wrong, as an error may show it: `***` for the user name and password before its host."""
    at = text.rfind("@")
    begin = text.find("//") + 2 if "//" in text else 0
    host, slash, _ = text[begin:].partition("/")
    port = host.partition(":")[2]
    is_in_path = slash and "@" not in host and (not port or port.isdecimal())
    if at < begin or is_in_path or (not begin and ":" not in text[:at]):
        return text
    return f"{text[:begin]}***{text[at:]}"


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
