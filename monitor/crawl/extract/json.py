"""Pictures named in JSON that pages carry for their scripts: JSON-LD, Next.js and the like. Pure; nothing is run."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import unquote

import msgspec

from monitor.crawl.extract.image_urls import IMAGE_ENDINGS, MIN_DATA_URI_CHARS, looks_small, path_of, stem
from monitor.crawl.extract.weights import LINKED_DATA, PLAIN, THUMBNAIL, Variants, of_key

MAX_VALUES = 50_000  # walked in one document
MAX_JSON_IMAGES = 1000
MAX_NAMED_CHARS = 8192
MAX_LOOSE_CHARS = 256 * 1024
MAX_NESTED = 200  # documents in strings of one document

# Who shows it, not what is shown. Only where nothing else of the object is a picture.
_NOT_SHOWN = ("avatar", "logo", "favicon", "emoji", "badge", "sprite", "icon", "profilepic", "profile_pic")
# JSON and markup in Base64 begin like this: `{"`, `[{`, `["`, `{`, `[` and white space, `<img`, `<div`, `<p>`.
_PACKED = re.compile(r"""["'`]((?:eyJ|W3s|WyJ|ew|Ww|PGlt|PGRp|PHA)[A-Za-z0-9+/]{60,4000000}={0,2})["'`]""")
_IN_TEXT = re.compile(  # <div class=items>[{"url": ...}]</div>
    r"<([a-zA-Z][a-zA-Z0-9-]{0,30})\b[^<>]{0,2000}>\s{0,200}"
    r"([\[{]\s{0,200}(?:\"|&quot;|&#34;|[\[{])[^<]{10,1000000})</"
)
_TRAILING_COMMA = re.compile(r",\s{0,40}([}\]])")
# Words in keys whose values are addresses of pictures, in scripts.
_KEYS = ("url", "src", "href", "image", "img", "thumb", "photo", "picture", "full", "large", "orig", "big", "poster")


def parse_json(text: str | bytes) -> object:
    """None when it is not JSON, or nested deeper than the decoder goes."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError, ValueError):
        return None


def parse_json_loosely(text: str) -> object:
    """As `parse_json`, of what people and templates write: in a comment, line ends in strings, a comma too many."""
    document = parse_json(text)
    if document is None and text:
        for opening, closing in (("//<![CDATA[", "//]]>"), ("/*<![CDATA[*/", "/*]]>*/"), ("<!--", "-->")):
            text = text.strip().removeprefix(opening).removesuffix(closing)
        text = " ".join(text.split()) if len(text) <= MAX_LOOSE_CHARS else text
        document = parse_json(_TRAILING_COMMA.sub(r"\1", text))
    return document


def walk(document: object) -> Iterator[dict[str, object]]:
    """Every object in it, outermost first, without recursion; logos are left out."""
    waiting, seen = [document], 0
    while waiting and seen < MAX_VALUES:
        value = waiting.pop()
        seen += 1
        if isinstance(value, dict):
            yield value
            waiting.extend(reversed([v for k, v in value.items() if isinstance(v, dict | list) and k != "logo"]))
        elif isinstance(value, list):
            waiting.extend(reversed([v for v in value[:MAX_VALUES] if isinstance(v, dict | list)]))


def images_in_json(text: str, markup: list[str], *, linked_data: bool) -> list[Variants]:
    """One tuple of (weight, URL as written) an image. markup: pieces of it in strings are added here."""
    found: list[Variants] = []
    text = text.strip()
    text = _unpacked(f'"{text}"') or text
    waiting, seen = [parse_json_loosely(text)], 0
    while waiting and seen < MAX_NESTED:
        document = waiting.pop(0)
        seen += 1
        for item in walk(document):
            if len(found) >= MAX_JSON_IMAGES:
                break
            found.extend(_linked_images(item) if linked_data else _site_images(item))
            waiting.extend(_in_strings(item.values(), markup))
        if isinstance(document, list) and not linked_data:
            found.extend(((PLAIN, url),) for url in _image_strings(document))  # Nuxt's flat list of values
            waiting.extend(_in_strings(document, markup))
        elif document is None:  # no JSON at all, or JSON in a string
            found.extend(images_in_script(text, markup) if seen == 1 else [])
    return found


def json_in_text(html: str) -> list[str]:
    """What is the whole text of an element and looks like JSON: galleries keep their lists so (Butterfly)."""
    return [
        unescape(text) for tag, text in _IN_TEXT.findall(html)[:MAX_NESTED] if tag.lower() not in ("script", "style")
    ]


def _in_strings(values: Iterable[object], markup: list[str]) -> Iterator[object]:
    """JSON in strings of JSON, in Base64 too; markup goes into `markup`."""
    for value in values:
        if isinstance(value, list):
            yield from _in_strings([item for item in value[:MAX_VALUES] if isinstance(item, str)], markup)
        elif isinstance(value, str) and 8 < len(value) <= MAX_LOOSE_CHARS * 4:
            if value[0] in "{[":
                yield parse_json(value)
            elif "<img" in value or "<a " in value or "&lt;img" in value:
                markup.append(value if "<" in value else unescape(value))
            elif (packed := _unpacked(f'"{value}"')) is not None:
                yield parse_json(packed)


def _unpacked(quoted: str) -> str | None:
    found = _PACKED.match(quoted)
    if found is None:
        return None
    try:
        return b64decode(found[1] + "=" * (-len(found[1]) % 4)).decode()
    except ValueError:
        return None


def _linked_images(item: dict[str, object]) -> list[Variants]:
    kind = str(item.get("@type") or "")
    is_image = "ImageObject" in kind or "Photograph" in kind
    together: list[tuple[float, str]] = []
    apart: list[Variants] = []
    for key, value in item.items():
        weight = LINKED_DATA.get(key.lower())
        if weight is None:
            continue
        urls = [v for v in (value if isinstance(value, list) else [value])[:100] if isinstance(v, str) and v]
        if key.lower() == "url":
            urls = urls if is_image else []
        if is_image:
            together += [(weight, url) for url in urls]
        else:
            apart += [((weight, url),) for url in urls]
    return [*([together] if together else []), *apart]


def _site_images(item: dict[str, object]) -> list[Variants]:
    """Its sizes are one image; so are files of one name in several folders; what else it names are images apart."""
    sized: list[tuple[float, str]] = []
    apart: dict[str, list[tuple[float, str]]] = {}
    for key, value in item.items():
        lower = key.lower()
        if isinstance(value, list):
            width = _width_in(value)
            for url in _image_strings(value):
                apart.setdefault(stem(url) or url, []).append((width or PLAIN, url))
        elif isinstance(value, str):
            weight = of_key(lower)
            named = weight is not None or lower in ("url", "src", "href", "image", "uri")
            if named and _names_image(value, bare=True):
                sized.append((weight or PLAIN, value))
            elif _names_image(value) and not any(word in lower for word in _NOT_SHOWN):
                apart.setdefault(value, []).append((PLAIN, value))
    if len(sized) == 1 and any(word in key.lower() for word in _NOT_SHOWN for key in item if item[key] == sized[0][1]):
        sized = []
    return [*([sized] if sized else []), *apart.values()]


def _width_in(value: list[object]) -> float:
    """`["imgs/a.jpg", [1600, 1200]]` (fgallery)."""
    size = value[1] if len(value) == 2 and isinstance(value[1], list) else []
    return float(size[0]) if len(size) == 2 and isinstance(size[0], int) and 0 < size[0] < 1e5 else 0.0


def _image_strings(values: list[object]) -> Iterator[str]:
    for value in values[:MAX_VALUES]:
        if isinstance(value, str) and _names_image(value):
            yield value


def _names_image(value: str, *, bare: bool = False) -> bool:
    """bare: a file name alone will do, because something else says that it is an address."""
    if value[:11] == "data:image/":
        return len(value) >= MIN_DATA_URI_CHARS
    if len(value) > MAX_NAMED_CHARS or "<" in value or " " in value.strip() or not (bare or "/" in value):
        return False
    return path_of(value).endswith(IMAGE_ENDINGS)


def images_in_script(text: str, markup: list[str]) -> list[Variants]:
    """Quoted addresses of picture files in a script's text, in order: `window.S = {...}`, `data = [{image: ...}]`.
    Relative ones only where a key says what they are. A thumbnail and the full size of one name are one image. Markup
    in its strings goes into `markup`."""
    places: dict[str, int] = {}
    if text.count("%22") > 1:  # JSON.parse(decodeURIComponent("%7B%22..."))
        text = unquote(text)
    lower = text.lower()
    for ending in IMAGE_ENDINGS:
        at = 0
        while len(places) < MAX_JSON_IMAGES and (at := lower.find(ending, at)) >= 0:
            url, start, end = _quoted_around(text, at)
            at += len(ending)
            if "<img" in url:
                markup.append(url)
                at = max(at, end)
            elif url and url not in places and _names_image(url, bare=True):
                if url.startswith(("http://", "https://", "/")) or _is_named(lower, start):
                    places[url] = start
    found = _by_name(sorted(places, key=lambda url: places[url]))
    for packed in _PACKED.finditer(text) if len(text) > 100 else ():
        inner = _unpacked(packed[0])
        if inner is not None and inner.startswith("<"):
            markup.append(inner)
        elif inner is not None:
            found += images_in_json(inner, markup, linked_data=False)
    return found


def _by_name(urls: list[str]) -> list[Variants]:
    large = {stem(url): url for url in reversed(urls) if not looks_small(url)}
    small: dict[str, list[str]] = {}
    for url in urls:
        if looks_small(url) and stem(url) in large:
            small.setdefault(stem(url), []).append(url)
    joined = {url for group in small.values() for url in group}
    return [
        ((PLAIN, url), *((THUMBNAIL, other) for other in small.get(stem(url), ()) if large[stem(url)] == url))
        for url in urls
        if url not in joined
    ]


def _is_named(lower: str, start: int) -> bool:
    """Is the string at `start` the value of a key that speaks of a picture or an address?"""
    before = lower[max(0, start - 60) : start].rstrip("\\ \t\r\n")
    if not before.endswith((":", "=")):
        return False
    name = before[:-1].rstrip().rstrip("\"'")[-20:]
    for mark in " ;,{(":
        name = name.rpartition(mark)[2]
    return any(word in name for word in _KEYS)


def _quoted_around(text: str, at: int) -> tuple[str, int, int]:
    """The string literal around a place, where it begins and ends; ('', 0, 0) when there is none."""
    start = max(text.rfind(quote, max(0, at - 2000), at) for quote in ('"', "'", "`"))
    if start < 0:
        return "", 0, 0
    end = text.find(text[start], at, at + 2000)
    if end < 0:
        return "", 0, 0
    inner = text[start + 1 : end].removesuffix("\\")  # JSON inside a string: \"...\"
    if "\\" in inner:
        decoded = parse_json('"' + inner.replace("\\\\", "\\").replace('"', '\\"') + '"')
        inner = decoded if isinstance(decoded, str) else ""
    elif inner[:7].lower() in ("http%3a", "https%3"):
        inner = unquote(inner)
    return (inner, start, end) if inner else ("", 0, 0)
