"""Pictures named in JSON that pages carry for their scripts: JSON-LD, Next.js and the like. Pure; nothing is run."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from monitor.crawl.extract_urls import IMAGE_ENDINGS, MIN_DATA_URI_CHARS, looks_small, path_of, stem

MAX_VALUES = 50_000  # walked in one document
MAX_IMAGES = 1000
MAX_STRING_CHARS = 8192
MAX_MARKUP_CHARS = 256 * 1024

Variants = tuple[tuple[float, str], ...]

# JSON-LD (schema.org) properties that hold pictures, and how they rank against each other.
_LINKED = {
    "contenturl": 5e5,
    "image": 90.0,
    "url": 0.0,
    "thumbnailurl": 50.0,
    "thumbnail": 50.0,
    "primaryimageofpage": 90.0,
}
# Words in keys of site data: an object with several of them describes one image in several sizes.
_SIZES = (
    ("orig", 5e5),
    ("full", 4e5),
    ("hires", 3e5),
    ("xlarge", 2e4),
    ("large", 1e4),
    ("source", 9e3),
    ("medium", 80.0),
    ("sample", 70.0),
    ("preview", 60.0),
    ("small", 50.0),
    ("thumb", 40.0),
    ("icon", 10.0),
)
# Words in keys whose values are addresses of pictures, in scripts.
_KEYS = ("url", "src", "href", "image", "img", "thumb", "photo", "picture", "full", "large", "orig", "big", "poster")


def load(text: str | bytes) -> object:
    """None when it is no JSON, or nested deeper than the decoder goes."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError, ValueError):
        return None


def walk(document: object) -> Iterator[dict[str, object]]:
    """Every object in it, outermost first, without recursion."""
    waiting, seen = [document], 0
    while waiting and seen < MAX_VALUES:
        value = waiting.pop()
        seen += 1
        if isinstance(value, dict):
            yield value
            waiting.extend(reversed([v for v in value.values() if isinstance(v, dict | list)]))
        elif isinstance(value, list):
            waiting.extend(reversed([v for v in value[:MAX_VALUES] if isinstance(v, dict | list)]))


def images_in_json(text: str, *, linked_data: bool) -> list[Variants]:
    """One tuple of (weight, URL as written) an image."""
    document = load(text.strip())
    found: list[Variants] = []
    for item in walk(document):
        if len(found) >= MAX_IMAGES:
            break
        found.extend(_linked_images(item) if linked_data else _site_images(item))
    if isinstance(document, list) and not linked_data:
        found.extend(((90.0, url),) for url in _image_strings(document))  # Nuxt's flat list of values
    return found


def _linked_images(item: dict[str, object]) -> list[Variants]:
    kind = str(item.get("@type") or "")
    is_image = "ImageObject" in kind or "Photograph" in kind
    together: list[tuple[float, str]] = []
    apart: list[Variants] = []
    for key, value in item.items():
        weight = _LINKED.get(key.lower())
        if weight is None:
            continue
        urls = [v for v in (value if isinstance(value, list) else [value])[:100] if isinstance(v, str) and v]
        if key.lower() == "url":
            urls = urls if is_image else []
        if is_image:
            together += [(weight, url) for url in urls]
        else:
            apart += [((weight, url),) for url in urls]
    return ([tuple(together)] if together else []) + apart


def _site_images(item: dict[str, object]) -> list[Variants]:
    sized: list[tuple[float, str]] = []
    apart: list[Variants] = []
    for key, value in item.items():
        if isinstance(value, str):
            weight = next((w for word, w in _SIZES if word in key.lower()), None)
            named = weight is not None or key.lower() in ("url", "src", "href", "image", "uri")
            if named and _names_image(value, bare=True):
                sized.append((weight or 90.0, value))
            elif _names_image(value):
                apart.append(((90.0, value),))
            elif "<img" in value and len(value) <= MAX_MARKUP_CHARS:  # a post's markup, kept for a script (Flarum)
                apart += images_in_script(value)
        elif isinstance(value, list):
            apart.extend(((90.0, url),) for url in _image_strings(value))
    return ([tuple(sized)] if sized else []) + apart


def _image_strings(values: list[object]) -> Iterator[str]:
    for value in values[:MAX_VALUES]:
        if isinstance(value, str) and _names_image(value):
            yield value


def _names_image(value: str, *, bare: bool = False) -> bool:
    """bare: a file name alone will do, because something else says that it is an address."""
    if value[:11] == "data:image/":
        return len(value) >= MIN_DATA_URI_CHARS
    if len(value) > MAX_STRING_CHARS or "<" in value or " " in value.strip() or not (bare or "/" in value):
        return False
    return path_of(value).endswith(IMAGE_ENDINGS)


def images_in_script(text: str) -> list[Variants]:
    """Quoted addresses of picture files in a script's text, in order: `window.S = {...}`, `data = [{image: ...}]`.
    Relative ones only where a key says what they are. A thumbnail and the full size of one name are one image."""
    places: dict[str, int] = {}
    lower = text.lower()
    for ending in IMAGE_ENDINGS:
        at = 0
        while len(places) < MAX_IMAGES and (at := lower.find(ending, at)) >= 0:
            url, start = _quoted_around(text, at)
            at += len(ending)
            if url and url not in places and _names_image(url, bare=True):
                if url.startswith(("http://", "https://", "/")) or _is_named(lower, start):
                    places[url] = start
    return _by_name(sorted(places, key=lambda url: places[url]))


def _by_name(urls: list[str]) -> list[Variants]:
    large = {stem(url): url for url in reversed(urls) if not looks_small(url)}
    small: dict[str, list[str]] = {}
    for url in urls:
        if looks_small(url) and stem(url) in large:
            small.setdefault(stem(url), []).append(url)
    joined = {url for group in small.values() for url in group}
    return [
        ((90.0, url), *((40.0, other) for other in small.get(stem(url), ()) if large[stem(url)] == url))
        for url in urls
        if url not in joined
    ]


def _is_named(lower: str, start: int) -> bool:
    """Is the string at `start` the value of a key that speaks of a picture or an address?"""
    before = lower[max(0, start - 60) : start].rstrip()
    if not before.endswith(":"):
        return False
    return any(word in before[:-1].rstrip().rstrip("\"'")[-20:] for word in _KEYS)


def _quoted_around(text: str, at: int) -> tuple[str, int]:
    """The string literal around a place, and where it begins; ('', 0) when there is none."""
    start = max(text.rfind(quote, max(0, at - 2000), at) for quote in ('"', "'", "`"))
    if start < 0:
        return "", 0
    end = text.find(text[start], at, at + 2000)
    if end < 0:
        return "", 0
    inner = text[start + 1 : end].removesuffix("\\")  # JSON inside a string: \"...\"
    if "\\" not in inner:
        return inner, start
    decoded = load('"' + inner.replace("\\\\", "\\").replace('"', '\\"') + '"')
    return (decoded, start) if isinstance(decoded, str) else ("", 0)
