"""What the look of an address says about the picture behind it, and how pages write such addresses.

No pattern here backtracks: outside text is cut and scanned from left to right.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from monitor.crawl.extract.weights import of_descriptor
from monitor.crawl.urls import absolute
from monitor.model.limits import MAX_DATA_URI_CHARS

MIN_DATA_URI_CHARS = 600  # shorter ones are placeholders and icons
MAX_SRCSET_CANDIDATES = 40

IMAGE_ENDINGS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".png", ".gif", ".webp", ".avif", ".apng"),
    *(".heic", ".heif", ".hif", ".tif", ".tiff", ".bmp"),
)
NO_PICTURE = (
    *(".svg", ".svgz", ".ico", ".cur", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".css", ".js", ".mjs", ".json"),
    *(".html", ".htm", ".xml", ".txt", ".pdf", ".zip", ".mp3", ".ogg", ".mp4", ".webm", ".m3u8", ".mov", ".avi"),
)
_DATA_FORMATS = ("jpeg", "jpg", "png", "gif", "webp", "avif", "apng", "heic", "heif", "tiff", "bmp")
# As pages and feeds say that something is a picture, whatever the standards have: `image`, `img/jpeg`, `JPG`.
_PICTURE_TYPES = frozenset(
    "image images img photo photos picture pictures pic jpg jpeg pjpeg jpe jfif png gif webp avif apng heic "
    "heif tif tiff bmp jxl".split()
)
_OTHER_TYPES = ("video", "audio", "text", "font", "svg", "icon", "html", "json", "xml")
_TYPE_WORDS = re.compile(r"[a-z0-9]{1,40}")
# Attachments of forum software: pictures without an ending in their path.
_ATTACHMENT_MARKS = (
    "attachment.php?attachmentid=",  # vBulletin 3, 4
    "attachment.php?aid=",  # MyBB
    "filedata/fetch?",  # vBulletin 5
    "download/file.php?",  # phpBB
    "action=dlattach",  # SMF
)
_XENFORO_ATTACHMENT = re.compile(
    r"/attachments/[^/]{1,300}-(?:jpe?g|png|gif|webp|avif|hei[cf]|tiff?|bmp)\.[0-9]{1,12}/?$"
)
_THUMB_PARTS = frozenset(("thumb", "thumbs", "thumbnail", "thumbnails", "small", "preview", "previews"))
_SMALL_NAMES = ("thumbnail", "thumb", "tn", "small", "preview", "t", "s")
_SIZE_WORDS = "thumbnail thumb tn small preview medium large full original orig sample".split()
_SIZE = re.compile(r"(?:_[0-9])?[-_][0-9]{2,5}x[0-9]{2,5}(\.[A-Za-z]{3,5})$")  # also Discourse: name_2_690x400.jpeg
_MAY_NAME_PICTURE = re.compile(
    r"[^!-~]|%|\\|data:|format=|fetch|attach|download|file|blob|/dl/|/raw/"
    r"|\.(?:jp|jfif|pjpeg|png|gif|webp|avif|apng|hei|hif|tif|bmp)",
    re.IGNORECASE,
)
_DOKUWIKI = "/lib/exe/fetch.php"
_PLACEHOLDER = re.compile(
    r"(?:^|[-_.0-9])(?:blank|spacer|pixel|transparent|transp|loading|loader|clear|none|nothing|empty|trans)\.(?:gif|png|jpe?g|webp)$"
    r"|placeholder|lazyload|1x1\.(?:gif|png)$"
)
# What a site's own sheet draws its controls with; said by a whole word of the file's name.
_CONTROLS = frozenset(
    "prev previous next close arrow arrows sprite sprites icon icons btn button buttons bullet border shadow cursor "
    "loading loader spinner overlay nav logo pattern texture search ajax pbar play pause zoom".split()
)
_WORDS = re.compile(r"[^\W\d_]{1,30}")
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


def image_url(base: str, written: str | None) -> str:
    """As `absolute`, and data: URIs that can hold a picture; '' for what cannot be one (SVG, icons, scripts)."""
    if not written:
        return ""
    written = written.strip(" \t\r\n\f\0")
    if written[:5].lower() == "data:":
        return _data_uri(written)
    url = absolute(base, written)
    return "" if not url or path_of(url).endswith(NO_PICTURE) else url


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


def may_name_picture(written: str) -> bool:
    """At a glance, of a link as it is written: False where it is surely none by its address. Most links of most pages
    are none."""
    return written[:1] in ("", "?", "#") or _MAY_NAME_PICTURE.search(written) is not None


def says_picture_type(written: str) -> bool:
    """Does a type say picture, as it is written: `image/jpeg; charset=binary`, `IMAGE/*`, `image`, `jpg`?"""
    words = _TYPE_WORDS.findall(written[:200].partition(";")[0].lower())
    return not _PICTURE_TYPES.isdisjoint(words) and not any(word in words for word in _OTHER_TYPES)


def is_placeholder(url: str) -> bool:
    return _PLACEHOLDER.search(path_of(url).rsplit("/", 1)[-1]) is not None


def is_control(url: str) -> bool:
    """Of a picture in a stylesheet: is it a part of the site's controls?"""
    return not _CONTROLS.isdisjoint(_WORDS.findall(path_of(url).rsplit("/", 1)[-1]))


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


def plain_names(url: str) -> list[str]:
    """What the picture may be called in full size, when the address says that it is a small one: without the folder for
    small ones, without the words for sizes in its name, without both."""
    head, _, name = url.partition("?")[0].rpartition("/")
    base, dot, ending = _SIZE.sub(r"\1", name).rpartition(".")
    for word in _SMALL_NAMES:
        for mark in "_-.":
            base = base.removeprefix(word + mark).removesuffix(mark + word)
    named = f"{base}{dot}{ending}" if base else name
    folder = without_thumb(f"{head}/x")
    found = [f"{head}/{named}"] if named != name else []
    return [*found, f"{folder[:-1]}{name}", f"{folder[:-1]}{named}"] if folder else found


def in_folder_for_small(url: str) -> tuple[str, str]:
    """(what stands above that folder, the file's name without its ending); ('', '') where there is no such folder."""
    head, _, name = url.partition("?")[0].rpartition("/")
    above, _, folder = head.rpartition("/")
    return (above, name.rpartition(".")[0] or name) if folder.lower() in _THUMB_PARTS else ("", "")


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
        found.append((of_descriptor(descriptor), url))
    return found
