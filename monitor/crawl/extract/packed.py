"""How frameworks pack the state of a page, taken apart: lists in which numbers stand for other values (devalue: Nuxt,
SvelteKit; turbo-stream: Remix, React Router), pairs of a type and a value (Astro), numbered objects (Qwik), rows of a
stream (React's server components). Told by shape, not by name. Pure; shapes read in the projects' sources."""

from __future__ import annotations

import re
from base64 import b64decode
from html import unescape
from urllib.parse import unquote

from monitor.crawl.extract.literals import unescaped

MAX_REFERENCES = 200_000
# JSON and markup in Base64 begin like this: `{"`, `[{`, `["`, `{`, `[` and white space, `<img`, `<div`, `<p>`.
BASE64 = re.compile(r"""["'`]((?:eyJ|W3s|WyJ|ew|Ww|PGlt|PGRp|PHA)[A-Za-z0-9+/_-]{20,4000000}={0,2})["'`]""")
_URL_SAFE = str.maketrans("-_", "+/")
_ROW = re.compile(r"[0-9A-Za-z]{0,12}:(?:T[0-9a-f]{1,8},|[A-Z]{1,2}(?=[\[{\"]))?")
_ANGULAR = (("&l;", "<"), ("&g;", ">"), ("&s;", "'"), ("&q;", '"'), ("&a;", "&"))
_SCRIPT_ESCAPES = (
    '\\"',
    "\\x22",
    "\\u0022",
    "\\x7b",
    "\\x7B",
    "\\u007b",
    "\\u007B",
    "\\x5b",
    "\\x5B",
    "\\u005b",
    "\\u005B",
)
_QWIK_REFERENCE = re.compile(r"[#@~^$*]?[0-9a-z]{1,5}!?")


def from_base64(quoted: str) -> str | None:
    """quoted: in quotes. None where it is no Base64 of text."""
    found = BASE64.match(quoted)
    if found is None:
        return None
    try:
        plain = found[1].translate(_URL_SAFE).rstrip("=")
        return b64decode(plain + "=" * (-len(plain) % 4)).decode()
    except ValueError:
        return None


def plain_text(text: str) -> str:
    """What stands packed as a whole: in Base64, escaped as in an address, or as Angular does it."""
    text = text.strip()
    if text[:1] in ("%", "{", "[", "&") and text[:3].lower() in ("%7b", "%5b"):
        return unquote(text)
    if text[:40].lstrip("[{ \n").startswith(("&quot;", "&#34;")):  # escaped once more than the attribute was
        return unescape(text)
    if text[:1] in ("{", "[", "\\") and text[:40].lstrip("[{ \n").startswith(_SCRIPT_ESCAPES):
        return unescaped(text)
    if text.startswith(("{&q;", "[&q;", "[{&q;")):
        for written, meant in _ANGULAR:
            text = text.replace(written, meant)
        return text
    return from_base64(f'"{text}"') or text


def rows_of(stream: str) -> list[str]:
    """`5:["$","img",...]` -> the JSON of each row, without what numbers it."""
    rows = []
    for line in stream.split("\n"):
        number = _ROW.match(line)
        row = line[number.end() :] if number else line
        if row[:1] in ("[", "{", '"', "<"):
            rows.append(row)
    return rows


def unpacked(value: object) -> object:
    """The value itself where it is not packed."""
    if isinstance(value, list):
        if _refers(value):
            return _resolved(value)
        if len(value) >= 4 and value[0] == "$" and isinstance(value[1], str) and isinstance(value[3], dict):
            return {"type": value[1], "props": value[3]}  # an element of React
        if _is_typed(value):
            return {key: one for key, one in zip(value[1::4], value[3::4], strict=True) if isinstance(key, str)}
        return value
    if isinstance(value, dict):
        objects = value.get("objs")
        if isinstance(objects, list) and len(objects) > 1:
            return {**value, "objs": _numbered(objects)}
        if value and all(_is_pair(one) for one in value.values()):
            return {key: _of_pair(one) for key, one in value.items()}
    return value


def _is_typed(values: list[object]) -> bool:
    """Qwik 2 writes an object as `[0, "key", 0, "value", ...]`, a type before each."""
    if len(values) < 4 or len(values) % 4 or len(values) > 4000:
        return False
    types, keys = values[0::2], values[1::4]
    return all(type(one) is int and 0 <= one < 60 for one in types) and all(isinstance(key, str) for key in keys)


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and type(value[0]) is int and 0 <= value[0] <= 11


def _of_pair(pair: object) -> object:
    """Astro: `[0, value]`, `[1, [pair, ...]]`; in older versions that list is JSON in a string, read later."""
    if not isinstance(pair, list):
        return pair
    kind, value = pair
    if kind == 1 and isinstance(value, list):
        return [one[1] if isinstance(one, list) and _is_pair(one) else one for one in value]
    return value


def _refers(values: list[object]) -> bool:
    """A flat list whose objects and lists hold nothing but numbers of other entries."""
    if not 2 < len(values) <= MAX_REFERENCES or not isinstance(values[0], dict | list) or not values[0]:
        return False
    held = 0
    for value in values[:2000]:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for one in inner:
            if type(one) is int and -10 < one < len(values):
                held += 1
            elif not (isinstance(value, list) and isinstance(one, str | None)):  # ["Reactive", 5]
                return False
    return held > 0


def _resolved(values: list[object]) -> object:
    """Objects may hold each other: whoever walks through this has to mind where it was."""
    whole: list[object] = [
        {} if isinstance(value, dict) else [] if isinstance(value, list) else value for value in values
    ]

    def at(number: object) -> object:
        return whole[number] if isinstance(number, int) and 0 <= number < len(whole) else None

    for value, into in zip(values, whole, strict=True):
        if isinstance(value, dict) and isinstance(into, dict):
            for key, number in value.items():
                name = at(int(key[1:])) if key[:1] == "_" and key[1:].isdecimal() and len(key) < 8 else key
                into[name if isinstance(name, str) else key] = at(number)
        elif isinstance(value, list) and isinstance(into, list):
            into += [one if isinstance(one, str) else at(one) for one in value]
    return [whole[0], *whole]


def _numbered(objects: list[object]) -> list[object]:
    """Qwik: the members of an object are numbers of other ones, in base 36."""
    return [_resolved_object(one, objects) if isinstance(one, dict) else one for one in objects]


def _resolved_object(item: dict[str, object], objects: list[object]) -> dict[str, object]:
    resolved: dict[str, object] = {}
    for key, value in item.items():
        if not (isinstance(value, str) and _QWIK_REFERENCE.fullmatch(value)):
            return item
        number = int(value.strip("#@~^$*!"), 36)
        other = objects[number] if number < len(objects) else None
        resolved[key] = other if not isinstance(other, dict) else None  # read where it stands itself
    return resolved
