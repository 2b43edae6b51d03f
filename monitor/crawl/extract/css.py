"""Pictures and further stylesheets named in CSS, of a page or a sheet of its own. Pure.

No pattern here backtracks: outside text is cut and scanned from left to right.
"""

from __future__ import annotations

import re

from monitor.crawl.extract.image_urls import MAX_SRCSET_CANDIDATES
from monitor.crawl.extract.weights import ONE_DENSITY, of_descriptor

MAX_IMAGE_SET_CHARS = 8192
MAX_IMPORTS = 20
MAX_BROKEN = 20  # image-set() without an end: each is searched for as far as it may reach

_IMAGE = re.compile(r"(?:(image-set)|url)\(\s{0,20}", re.IGNORECASE)
_CANDIDATE = re.compile(r"\s{0,200}(?:url\(\s{0,20}|(['\"]))", re.IGNORECASE)
_IMPORT = re.compile(r"@import\s{0,20}(?:url\(\s{0,20})?", re.IGNORECASE)
# Addresses in these are no pictures: other sheets, names of namespaces, fonts.
_NO_PICTURES = re.compile(r"@(?:import|namespace)\b[^{};]{0,4096}|@font-face\s{0,40}\{[^}]{0,65536}", re.IGNORECASE)
_BAD = (re.compile(r"[\s\"'(<>{}]"), re.compile(r"\n"))  # of an address without quotes, and of one with them
_ESCAPE = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})[ \t\r\n\f]?|(.))", re.DOTALL)


def css_imports(text: str) -> list[str]:
    """Addresses of the sheets that this one brings in, as written."""
    found: list[str] = []
    if "@import" not in text.lower():
        return found
    text, at = _without_comments(text), 0
    while len(found) < MAX_IMPORTS and (opening := _IMPORT.search(text, at)):
        url, at = _css_string(text, opening.end(), ")")
        found.append(url)
    return [url for url in found if url]


def css_urls(text: str, limit: int = 400) -> list[str]:
    """Every address in a piece of CSS, as written, in order."""
    return [url for group in css_images(text, limit) for _, url in group]


def css_images(text: str, limit: int = 400) -> list[list[tuple[float, str]]]:
    """What stands in `url(...)`, one image each, and in `image-set(...)`, where all are one image: (weight, URL as
    written). Weight: hundreds of px, by density."""
    found: list[list[tuple[float, str]]] = []
    text, at = _NO_PICTURES.sub(" ", _without_comments(text)) if "@" in text or "/*" in text else text, 0
    broken = 0
    while len(found) < limit and broken < MAX_BROKEN and (opening := _IMAGE.search(text, at)):
        if opening[1] is None:
            url, at = _css_string(text, opening.end(), ")")
            group = [(ONE_DENSITY, url)]
        else:
            inside, at = _css_inside(text, opening.end())
            broken += at == opening.end()
            group = _css_set(inside)
        group = [(weight, url) for weight, url in group if url]
        if group:
            found.append(group)
    return found


def _without_comments(text: str) -> str:
    kept: list[str] = []
    at = 0
    while (start := text.find("/*", at)) >= 0:
        end = text.find("*/", start + 2)
        kept.append(text[at:start])
        if end < 0:
            return " ".join(kept)  # it never ends: nothing behind it counts
        at = end + 2
    return " ".join([*kept, text[at:]]) if kept else text


def _css_string(text: str, at: int, end_mark: str) -> tuple[str, int]:
    """A quoted string at this place, or what stands before `end_mark`; and where to go on. '' when it has no end."""
    quote = text[at : at + 1]
    start, mark = (at + 1, quote) if quote in ('"', "'") else (at, end_mark)
    end = text.find(mark, start)
    while end > start and text[end - 1] == "\\" and text[end - 2 : end] != "\\\\":
        end = text.find(mark, end + 1)
    if end < 0:  # CSS Syntax 3, section 4.3: the end of the text closes what it finds open, where no sign makes it bad
        rest = text[start:].strip()
        return ("" if _BAD[start > at].search(rest) else _unescaped(rest)), len(text)
    return _unescaped(text[start:end].strip()), end + 1


def _unescaped(text: str) -> str:
    """https://www.w3.org/TR/css-syntax-3/#consume-escaped-code-point"""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return escape[2] if escape[2] != "\n" else ""
    number = int(escape[1], 16)
    return chr(number) if 0 < number <= 0x10FFFF and not 0xD800 <= number < 0xE000 else "\N{REPLACEMENT CHARACTER}"


def _css_inside(text: str, at: int) -> tuple[str, int]:
    """What stands before the bracket that closes, brackets in it and strings passed over; and where to go on."""
    start, depth, end = at, 1, min(len(text), at + MAX_IMAGE_SET_CHARS)
    while at < end:
        if text[at] in ('"', "'"):
            closing = text.find(text[at], at + 1, end)
            at = closing if closing > 0 else end
        elif text[at] == "(":
            depth += 1
        elif text[at] == ")" and (depth := depth - 1) == 0:
            return text[start:at], at + 1
        at += 1
    return "", start  # no end: what is in it is looked at as usual


def _css_set(inside: str) -> list[tuple[float, str]]:
    """`"a.png" 1x, url(b.png) 2x type("image/png")`."""
    found: list[tuple[float, str]] = []
    at = 0
    while len(found) < MAX_SRCSET_CANDIDATES and (opening := _CANDIDATE.match(inside, at)):
        url, at = _css_string(inside, opening.end() - (opening[1] is not None), ")")
        end = inside.find(",", at)
        end = len(inside) if end < 0 else end
        found.append((of_descriptor(inside[at:end].replace("dppx", "x")), url))
        at = end + 1
    return found
