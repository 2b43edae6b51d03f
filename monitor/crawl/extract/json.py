"""Pictures named in JSON that pages carry for their scripts: JSON-LD, Next.js and the like. Pure; nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape, unescape
from urllib.parse import unquote

import msgspec

from monitor.crawl.extract.image_urls import IMAGE_ENDINGS, looks_small, stem
from monitor.crawl.extract.literals import documents_in, literal_of, unescaped, with_plain_escapes
from monitor.crawl.extract.packed import BASE64, from_base64, plain_text, rows_of, unpacked
from monitor.crawl.extract.said import Said, in_one_string, listed, names_image, of_member, of_object, pictures_of
from monitor.crawl.extract.weights import LINKED_DATA, PLAIN, THUMBNAIL, Variants

MAX_VALUES = 50_000  # walked in one document
MAX_JSON_IMAGES = 1000
MAX_LOOSE_CHARS = 256 * 1024
MAX_NESTED = 200  # documents in strings of one document

_IN_TEXT = re.compile(  # <div class=items>[{"url": ...}]</div>
    r"<([a-zA-Z][a-zA-Z0-9-]{0,30})\b[^<>]{0,2000}>\s{0,200}"
    r"([\[{]\s{0,200}(?:\"|&quot;|&#34;|[\[{])[^<]{10,1000000})</"
)
_MARKDOWN = re.compile(
    r"!\[[^\]\n]{0,300}\]\(([^\s()<>]{1,2000})|\[img[^\]\n]{0,60}\]([^\[\]\s]{1,2000})\[/img\]", re.IGNORECASE
)
_TRAILING_COMMA = re.compile(r",\s{0,40}([}\]])")
_PUSHED = re.compile(r"""\.(?:push\(\[[0-9],|enqueue\()\s{0,8}("(?:[^"\\\n]|\\.)*+")""")
# Words in keys whose values are addresses of pictures, in scripts.
_KEYS = ("url", "src", "href", "image", "img", "thumb", "photo", "picture", "full", "large", "orig", "big", "poster")
# Without one of these a script says nothing that its picture files do not say themselves.
_SAYS_MORE = re.compile(
    r"(?:image|img|photo|picture|pic|thumb|poster|cover|gallery|slides|display_?url|media_?url|srcset|width|@type|foto|bild|src|mime|content_?type)"
    r"[\w]{0,20}\\{0,4}(?:[\"'`]|&quot;|&#34;)?\s{0,4}[:=,]|[\"']image/",
    re.IGNORECASE,
)


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


def _walk_said(document: object, around: Said) -> Iterator[tuple[dict[str, object] | list[object], Said]]:
    """Every object and list in it, each once, with what is known of it from where it stands; taken apart where it was
    packed. Outermost first, without recursion."""
    waiting, seen, met = [(document, around)], 0, set[int]()
    kept: list[object] = []  # so that no id is given out twice
    while waiting and seen < MAX_VALUES:
        raw, said = waiting.pop()
        value = unpacked(raw)
        if not isinstance(value, dict | list) or id(value) in met:
            continue
        seen += 1
        met.add(id(value))
        kept.append(value)
        yield value, said
        if isinstance(value, dict):
            itself = of_object(value, said)
            inner = [
                (one, of_member(key, itself))
                for key, one in value.items()
                if isinstance(one, dict | list) and key != "logo"
            ]
        else:
            inner = [(one, said) for one in value[:MAX_VALUES] if isinstance(one, dict | list)]
        waiting.extend(reversed(inner))


def images_in_json(text: str, markup: list[str], *, linked_data: bool, said: Said = Said.NOTHING) -> list[Variants]:
    """One tuple of (weight, URL as written) an image. markup: pieces of it in strings are added here. said: what is
    known of it from where it stands."""
    text = plain_text(text)
    document = parse_json_loosely(text)
    if document is None:  # no JSON at all, or cut off
        return images_in_script(text, markup, said=said)
    return _images_in(document, markup, linked_data=linked_data, said=said)


def images_in_document(document: object) -> list[Variants]:
    """As `images_in_json`, of what was parsed already."""
    return _images_in(document, [], linked_data=False)


def _images_in(document: object, markup: list[str], *, linked_data: bool, said: Said = Said.NOTHING) -> list[Variants]:
    found: list[Variants] = []
    waiting, seen = [document], 0
    while waiting and seen < MAX_NESTED:
        document = waiting.pop(0)
        seen += 1
        if isinstance(document, str):  # JSON in a string
            waiting.extend(_in_strings([document], markup))
            continue
        for value, around in _walk_said(document, said):
            if len(found) >= MAX_JSON_IMAGES:
                break
            if isinstance(value, dict):
                found.extend(_linked_images(value) if linked_data else pictures_of(value, around))
                waiting.extend(_in_strings(value.values(), markup))
            elif (value is document or around is Said.PICTURE) and not linked_data:
                found.extend(((PLAIN, url),) for url in listed(value, around))  # Nuxt's flat list of values
                waiting.extend(_in_strings(value, markup))
    return found


def json_in_text(html: str) -> list[str]:
    """What is the whole text of an element and looks like JSON: galleries keep their lists so (Butterfly)."""
    return [
        unescape(text) for tag, text in _IN_TEXT.findall(html)[:MAX_NESTED] if tag.lower() not in ("script", "style")
    ]


def _in_strings(values: Iterable[object], markup: list[str]) -> Iterator[object]:
    """JSON in strings of JSON, in Base64 and in rows of a stream too; markup goes into `markup`."""
    for value in values:
        if isinstance(value, list):
            yield from _in_strings([item for item in value[:MAX_VALUES] if isinstance(item, str)], markup)
        elif isinstance(value, str) and 8 < len(value) <= MAX_LOOSE_CHARS * 4:
            if value[0] in "{[":
                yield _of_string(value)
            elif "<img" in value or "<a " in value or "&lt;img" in value:
                markup.append(value if "<" in value else unescape(value))
            elif "](" in value or "[/img]" in value.lower():
                markup.extend(_written_as_markup(value))
            elif (packed := from_base64(f'"{value}"')) is not None:
                yield parse_json(packed)


def _of_string(value: str) -> object:
    """What a script makes of it: JSON, JSON escaped as markup is, or an object as scripts write it."""
    document = parse_json(value)
    if document is None:
        value = plain_text(value)
        document = parse_json_loosely(value)
    return literal_of(value) if document is None else document


def _written_as_markup(text: str) -> Iterator[str]:
    """Pictures of Markdown and BBCode, as markup."""
    for found in _MARKDOWN.findall(text)[:MAX_JSON_IMAGES]:
        yield f'<img src="{escape(found[0] or found[1])}">'


def pushed_pieces(text: str) -> list[str]:
    """`self.__next_f.push([1,"..."])`, `streamController.enqueue("...")`: the strings, as the script reads them."""
    if ".push([" not in text and ".enqueue(" not in text:
        return []
    return [unescaped(piece[1:-1]) for piece in _PUSHED.findall(text)]


def images_in_stream(stream: str, markup: list[str]) -> list[Variants]:
    """Of what a page pushes to its script piece by piece, put together again."""
    found: list[Variants] = []
    for row in rows_of(stream)[: MAX_NESTED * 10]:
        if row[0] == "<":
            markup.append(row)
        elif (document := parse_json(row)) is not None and len(found) < MAX_JSON_IMAGES:
            found += _images_in(document, markup, linked_data=False)
    return found


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


def images_in_script(text: str, markup: list[str], *, said: Said = Said.NOTHING) -> list[Variants]:
    """Pictures in a script's text: `window.S = {...}`, `data = [{image: ...}]`. Markup in its strings goes into
    `markup`."""
    if text.count("%22") > 1:  # JSON.parse(decodeURIComponent("%7B%22..."))
        text = unquote(text)
    text = with_plain_escapes(text)
    found: list[Variants] = []
    if said is Said.PICTURE or _SAYS_MORE.search(text):
        for document in documents_in(text):
            found += _images_in(document, markup, linked_data=False, said=said)
    found += _quoted_files(text, markup)
    for packed in BASE64.finditer(text) if len(text) > 40 else ():
        inner = from_base64(packed[0])
        if inner is not None and inner.startswith("<"):
            markup.append(inner)
        elif inner is not None:
            found += images_in_json(inner, markup, linked_data=False)
    return found


def _quoted_files(text: str, markup: list[str]) -> list[Variants]:
    """Quoted addresses of picture files, in order: relative ones only where a key says what they are. A thumbnail and
    the full size of one name are one image."""
    places: dict[str, int] = {}
    lower = text.lower()
    for ending in IMAGE_ENDINGS:
        at = 0
        while len(places) < MAX_JSON_IMAGES and (at := lower.find(ending, at)) >= 0:
            url, start, end = _quoted_around(text, at)
            at += len(ending)
            if "<img" in url:
                markup.append(url)
                at = max(at, end)
            elif url and url not in places and names_image(url, bare=True):
                if url.startswith(("http://", "https://", "/")) or _is_named(lower, start):
                    places.update(
                        (one, start) for one in in_one_string(url, Said.NOTHING) or (url,) if one not in places
                    )
    return _by_name(sorted(places, key=lambda url: places[url]))


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
        inner = unescaped(inner.replace("\\\\", "\\"))
    elif inner[:7].lower() in ("http%3a", "https%3"):
        inner = unquote(inner)
    return (inner, start, end) if inner else ("", 0, 0)
