"""URLs as pages write them: absolute, bounded, and what their look says about the picture behind them.

No pattern here backtracks: outside text is cut and scanned from left to right.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from monitor.crawl.identity import MAX_URL_CHARS, ascii_host, without_dots

MAX_DATA_URI_CHARS = 6 * 1024 * 1024  # about 4 MB of picture
MIN_DATA_URI_CHARS = 600  # shorter ones are placeholders and icons
MAX_SRCSET_CANDIDATES = 40
MAX_IMAGE_SET_CHARS = 8192

IMAGE_ENDINGS = (".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".png", ".gif", ".webp", ".avif", ".apng")
_NO_PICTURE = (
    *(".svg", ".svgz", ".ico", ".cur", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".css", ".js", ".mjs", ".json"),
    *(".html", ".htm", ".xml", ".txt", ".pdf", ".zip", ".mp3", ".ogg", ".mp4", ".webm", ".m3u8", ".mov", ".avi"),
)
_DATA_FORMATS = ("jpeg", "jpg", "png", "gif", "webp", "avif", "apng")
# Attachments of forum software: pictures without an ending in their path.
_ATTACHMENT_MARKS = (
    "attachment.php?attachmentid=",  # vBulletin 3, 4
    "attachment.php?aid=",  # MyBB
    "filedata/fetch?",  # vBulletin 5
    "download/file.php?",  # phpBB
    "action=dlattach",  # SMF
)
_XENFORO_ATTACHMENT = re.compile(r"/attachments/[^/]{1,300}-(?:jpe?g|png|gif|webp|avif)\.[0-9]{1,12}/?$")
_THUMB_PARTS = frozenset(("thumb", "thumbs", "thumbnail", "thumbnails", "small", "preview", "previews"))
_SIZE_WORDS = "thumbnail thumb tn small preview medium large full original orig sample".split()
_SIZE = re.compile(r"(?:_[0-9])?[-_][0-9]{2,5}x[0-9]{2,5}(\.[A-Za-z]{3,5})$")  # also Discourse: name_2_690x400.jpeg
_DOKUWIKI = "/lib/exe/fetch.php"
_CSS_IMAGE = re.compile(r"(?:(image-set)|url)\(\s{0,20}", re.IGNORECASE)
_CSS_CANDIDATE = re.compile(r"\s{0,200}(?:url\(\s{0,20}|(['\"]))", re.IGNORECASE)
_PLACEHOLDERS = (
    "blank.",
    "spacer.",
    "placeholder",
    "pixel.gif",
    "transparent.",
    "loading.",
    "lazyload",
    "1x1",
    "clear.gif",
)
_THUMB_WORDS = (
    "thumb",
    "small",
    "preview",
    "_s.",
    "_t.",
    "_m.",
    "-150x",
    "-300x",
    "/s/",
    "/t/",
    "mini",
    "tn_",
    "square",
    "medium",
    "sample",
)


_EDGES = "".join(map(chr, range(33)))  # the URL standard: control characters and spaces around an address are no part
# What templates write where they have no address; no page is called like that.
_NO_ADDRESS = frozenset(("none", "null", "undefined", "[object object]"))


@lru_cache(maxsize=2048)  # a page names the same address several times
def absolute(base: str, written: str | None) -> str:
    """http(s) URL without fragment, or '' for anything else (other schemes, broken, too long)."""
    if not written:
        return ""
    written = written.strip(_EDGES)
    if not written or len(written) > MAX_URL_CHARS or written[0] == "#" or written.lower() in _NO_ADDRESS:
        return ""
    # The URL standard drops these inside too, and reads \ as / on the web.
    written = written.replace("\t", "").replace("\n", "").replace("\r", "")
    try:
        url = urldefrag(urljoin(base, written.replace("\\", "/"))).url
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port  # raises when it is no number
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or len(url) > MAX_URL_CHARS:
        return ""
    if "/." in parts.path or "/%2" in parts.path:
        url = parts._replace(path=without_dots(parts.path)).geturl()
    if not host.isascii():
        host = ascii_host(host)
        if not host.isascii():
            return ""
        user, at, _ = parts.netloc.rpartition("@")
        netloc = f"{user}{at}{host}" if port is None else f"{user}{at}{host}:{port}"
        url = urlsplit(url)._replace(netloc=netloc).geturl()
    return url if url.isprintable() and " " not in url else _escaped(url)


def _escaped(url: str) -> str:
    return "".join(
        c if c.isprintable() and not c.isspace() else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace"))
        for c in url
    )


def image_url(base: str, written: str | None) -> str:
    """As `absolute`, and data: URIs that can hold a picture; '' for what cannot be one (SVG, icons, scripts)."""
    if not written:
        return ""
    written = written.strip(" \t\r\n\f\0")
    if written[:5].lower() == "data:":
        return _data_uri(written)
    url = absolute(base, written)
    return "" if not url or path_of(url).endswith(_NO_PICTURE) else url


def _data_uri(written: str) -> str:
    if not MIN_DATA_URI_CHARS <= len(written) <= MAX_DATA_URI_CHARS:
        return ""
    head = written[:60].lower()
    if not head.startswith("data:image/"):
        return ""
    kind = head[11:].split(";", 1)[0].split(",", 1)[0]
    return "data:" + written[5:] if kind in _DATA_FORMATS else ""


def path_of(url: str) -> str:
    """Lower case, unescaped; '' of a data: URI."""
    return "" if url.startswith("data:") else _path(url)


@lru_cache(maxsize=512)
def _path(url: str) -> str:
    try:
        return unquote(urlsplit(url).path).lower()
    except ValueError:
        return ""


def is_image_link(url: str) -> bool:
    """Does what a link leads to look like a picture file? Pages about a file (`/wiki/File:Cat.jpg`) do not."""
    if url.startswith("data:"):
        return True
    path = path_of(url)
    last = path.rsplit("/", 1)[-1]
    if last.endswith(IMAGE_ENDINGS):
        return ":" not in last
    if _XENFORO_ATTACHMENT.search(path):
        return True
    lower = url.lower()
    if any(mark in lower for mark in _ATTACHMENT_MARKS):
        return True
    query = lower.partition("?")[2]
    if path.endswith(_DOKUWIKI):  # ?media=place:cat.jpg
        return any(pair.startswith("media=") and pair.endswith(IMAGE_ENDINGS) for pair in query.split("&")[:30])
    return "format=jpg" in query or "format=png" in query or "format=webp" in query


def is_placeholder(url: str) -> bool:
    last = path_of(url).rsplit("/", 1)[-1]
    return any(word in last for word in _PLACEHOLDERS)


def looks_small(url: str) -> bool:
    path = path_of(url)
    return any(word in path for word in _THUMB_WORDS) or _SIZE.search(path) is not None


def same_name(one: str, other: str) -> bool:
    """Do two paths carry one picture's name in different sizes? (`/thumbs/a1b2.jpg`, `/media/a1b2.png`)"""
    return (name := stem(one)) != "" and name == stem(other)


def stem(url: str) -> str:
    """The name of a picture's file without its ending, its size and words for sizes."""
    name = path_of(url).rstrip("/").rsplit("/", 1)[-1]
    name = _SIZE.sub(r"\1", name).rsplit(".", 1)[0]
    for word in _SIZE_WORDS:
        for mark in "_-.":
            name = name.removeprefix(word + mark).removesuffix(mark + word)
    return name.removesuffix("_s").removesuffix("_t").removesuffix("s") if len(name) > 8 else name


def without_thumb(url: str) -> str:
    """The address without query and without a part of its path that only says that it is a small one; '' if none is."""
    parts = url.partition("?")[0].split("/")
    kept = [part for part in parts if part.lower() not in _THUMB_PARTS]
    return "/".join(kept) if len(kept) < len(parts) else ""


def parse_srcset(written: str | None) -> list[tuple[float, str]]:
    """(weight, URL as written), in order. Weight: declared width in px; a density counts as hundreds of px.

    Follows https://html.spec.whatwg.org/#parsing-a-srcset-attribute: a URL may hold commas, not end with one.
    """
    found: list[tuple[float, str]] = []
    text, at = (written or "")[: 64 * 1024], 0
    while at < len(text) and len(found) < MAX_SRCSET_CANDIDATES:
        while at < len(text) and (text[at].isspace() or text[at] == ","):
            at += 1
        start = at
        while at < len(text) and not text[at].isspace():
            at += 1
        url = text[start:at]
        if not url:
            break
        descriptor = ""
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            end = text.find(",", at)
            end = len(text) if end < 0 else end
            descriptor, at = text[at:end].strip(), end + 1
        found.append((_weight(descriptor), url))
    return found


def _weight(descriptor: str) -> float:
    for token in descriptor[:60].split():
        try:
            value = float(token[:-1])
        except ValueError:
            continue
        if token.endswith("w") and 0 < value < 1e5:
            return value
        if token.endswith("x") and 0 < value < 100:
            return value * 100
    return 100.0


def css_urls(text: str, limit: int = 400) -> list[str]:
    """Every address in a piece of CSS, as written, in order."""
    return [url for group in css_images(text, limit) for _, url in group]


def css_images(text: str, limit: int = 400) -> list[list[tuple[float, str]]]:
    """What stands in `url(...)`, one image each, and in `image-set(...)`, where all are one image: (weight, URL as
    written). Weight: hundreds of px, by density."""
    found: list[list[tuple[float, str]]] = []
    at = 0
    while len(found) < limit and (opening := _CSS_IMAGE.search(text, at)):
        if opening[1] is None:
            url, at = _css_string(text, opening.end(), ")")
            group = [(100.0, url)]
        else:
            inside, at = _css_inside(text, opening.end())
            group = _css_set(inside)
        group = [(weight, url) for weight, url in group if url]
        if group:
            found.append(group)
    return found


def _css_string(text: str, at: int, end_mark: str) -> tuple[str, int]:
    """A quoted string at this place, or what stands before `end_mark`; and where to go on. '' when it has no end."""
    quote = text[at : at + 1]
    start, mark = (at + 1, quote) if quote in ('"', "'") else (at, end_mark)
    end = text.find(mark, start)
    if end < 0:
        return "", len(text)
    return text[start:end].strip().replace("\\", ""), end + 1


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
    while len(found) < MAX_SRCSET_CANDIDATES and (opening := _CSS_CANDIDATE.match(inside, at)):
        url, at = _css_string(inside, opening.end() - (opening[1] is not None), ")")
        end = inside.find(",", at)
        end = len(inside) if end < 0 else end
        found.append((_weight(inside[at:end].replace("dppx", "x")), url))
        at = end + 1
    return found
