"""From the address of a made-smaller picture to the address of what it was made from, where software or service has a
scheme of its own for that: galleries, resizing servers, frameworks' image components, CDNs. Pure.

Each is a guess: the smaller one is asked when it fails. Sources are the software itself (WordPress, MediaWiki,
DokuWiki, NodeBB, Next.js, Astro, the providers of Nuxt Image) or the service's documentation.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urljoin

from monitor.crawl.extract.image_urls import IMAGE_ENDINGS, path_of
from monitor.crawl.extract.schemes import DOTTED, NAMING_SCHEMES
from monitor.crawl.urls import absolute
from monitor.model.limits import MAX_URL_CHARS

_PATH_MARKS = ("/cdn-cgi/", "/_ipx/", "/image/upload/", "/v1/", "/m/", "/-/", "/storage/v1/")
_SIZES_ASKED = frozenset(("w", "h", "width", "height", "resize", "fit", "size", "maxwidth", "maxheight", "thumbnail"))
_HOW_ASKED = frozenset(("q", "quality", "dpr", "crop", "strip", "zoom", "auto", "fm", "format", "tr"))
_SIGNED = frozenset(("s", "sig", "sign", "signature", "hash", "hmac", "oh", "expires", "token", "x-amz-signature"))
_DOKUWIKI = "/lib/exe/fetch.php"
# Endpoints that are told in the query which picture to make smaller; of others, what they are told must look like one.
_ASKED_FOR = frozenset(("url", "src", "href", "image", "img"))
_ENDPOINTS = ("/_next/image", "/_vercel/image", "/_image", "/.netlify/images")
_WITHOUT_SCHEME = ("wsrv.nl", "images.weserv.nl")
# `.../https://host/cat.jpg` in a path: Thumbor, imgproxy (plain), Cloudinary's fetch, Cloudflare, IPX and others.
_EMBEDDED = re.compile(r"/(https?)(?::|%3a)(?:/|%2f){1,2}([^/%].{3,2000})$", re.IGNORECASE)
_ARCHIVED = re.compile(r"/web/[0-9]{4,14}[a-z_]{0,4}$")  # an archive keeps what may be gone: its copy is the find
_CLOUDINARY_KEYS = frozenset("a ar b bo c co d dpr e f fl g h l o q r t u w x y z".split())
_BLOGGER_SIZE = re.compile(r"/(?:s|w|h)[0-9]{2,5}(?:-[a-z0-9-]{1,40})?/([^/]{1,300})$")
_BLOGGER_SUFFIX = re.compile(r"=(?:s|w|h)[0-9]{1,5}(?:-[a-z0-9-]{1,40})?$")


@lru_cache(maxsize=2048)  # srcset, src and links name the same ones
def full_size_guess(url: str) -> str:
    """'' where nothing is known of the address."""
    if url.startswith("data:") or len(url) > MAX_URL_CHARS:
        return ""
    for scheme in (_by_name, _of_forum, _by_endpoint, _by_embedded, _by_path, _by_host, _without_size):
        if (guess := scheme(url)) and guess != url:
            return guess
    return ""


def _by_name(url: str) -> str:
    """Software that keeps its smaller copies under a name of the original's."""
    address = url.replace("/i.php?/", "/_data/i/").partition("?")[0]
    dotted = address.rpartition("/")[2].count(".") > 1
    for mark, pattern, instead in NAMING_SCHEMES:
        if mark in address and (mark not in DOTTED or dotted):
            guess, changes = pattern.subn(instead, address, count=1)
            if changes:
                return guess
    head, mark, tail = url.partition("/thumb/")
    if mark and "px-" in tail and tail.count("/") >= 1:  # MediaWiki: /images/thumb/a/ab/Cat.jpg/120px-Cat.jpg
        original, _, resized = tail.rpartition("/")
        if resized.split("px-", 1)[0].rpartition("-")[2].isdigit() and original.lower().endswith(IMAGE_ENDINGS):
            return f"{head}/{original}"
    return ""


def _of_forum(url: str) -> str:
    """vBulletin: `?attachmentid=5&thumb=1`; MyBB: `?thumbnail=5`; phpBB: `?id=5&t=1`."""
    if "attachment.php?" in url:
        return re.sub(r"[?&]thumb=1(?=&|$)", "", url).replace("attachment.php?thumbnail=", "attachment.php?aid=")
    if "download/file.php?" in url:
        return re.sub(r"&t=1(?=&|$)", "", url)
    return ""


def _by_endpoint(url: str) -> str:
    """`/_next/image?url=%2Fcat.jpg&w=640&q=75`, `timthumb.php?src=https://...`, `wsrv.nl/?url=host/cat.jpg&w=300`."""
    address, _, query = url.partition("?")
    if "=" not in query:
        return ""
    known = address.rstrip("/").endswith(_ENDPOINTS)
    if not known and path_of(address).endswith(IMAGE_ENDINGS):
        return ""
    pairs = parse_qsl(query[:4096], max_num_fields=50) if query.count("&") < 50 else []
    for name, value in pairs:
        if name.lower() not in _ASKED_FOR:
            continue
        if value.startswith(("/", "http://", "https://")):
            target = absolute(url, value)
        elif address.partition("://")[2].partition("/")[0] in _WITHOUT_SCHEME:
            target = absolute(url, "https://" + value.removeprefix("ssl:"))
        else:
            continue
        if target and (known or path_of(target).endswith(IMAGE_ENDINGS)):
            return target
    return ""


def _by_embedded(url: str) -> str:
    found = _EMBEDDED.search(url, 8) if "/http" in url[8:] else None
    if found is None or _ARCHIVED.search(url[: found.start()]):
        return ""
    rest = unquote(found[2]) if "%2f" in url[found.start() : found.start() + 16].lower() else found[2]
    rest = rest.rpartition("@")[0] if rest.rpartition("@")[0].lower().endswith(IMAGE_ENDINGS) else rest  # imgproxy
    target = absolute(url, f"{found[1].lower()}://{rest}")
    return target if path_of(target).endswith(IMAGE_ENDINGS) else ""


def _by_path(url: str) -> str:
    """Options that stand in the path, on the same host."""
    if not any(mark in url for mark in _PATH_MARKS):
        return ""
    head, mark, rest = url.partition("/cdn-cgi/image/")
    if mark and "/" in rest:
        return absolute(url, "/" + rest.partition("/")[2].lstrip("/"))
    head, mark, rest = url.partition("/_ipx/")
    if mark and "/" in rest:
        return f"{head}/{rest.partition('/')[2]}"
    head, mark, rest = url.partition("/image/upload/")
    if mark and not rest.startswith("s--"):
        parts = rest.split("/")
        kept = [part for place, part in enumerate(parts) if place == len(parts) - 1 or not _is_cloudinary(part)]
        return f"{head}{mark}{'/'.join(kept)}" if len(kept) < len(parts) else ""
    for between in ("/v1/fill/", "/v1/fit/", "/v1/crop/", "/m/", "/-/"):  # Wix, Storyblok, Uploadcare
        head, mark, _ = url.partition(between)
        if mark and (head.lower().endswith(IMAGE_ENDINGS) or (between == "/-/" and "ucarecdn." in head)):
            return head + ("/" if between == "/-/" else "")
    return url.partition("?")[0].replace("/render/image/", "/object/") if "/storage/v1/render/image/" in url else ""


def _is_cloudinary(part: str) -> bool:
    """`w_300,h_200,c_fill`."""
    return all(word.partition("_")[0] in _CLOUDINARY_KEYS and "_" in word for word in part.split(",")[:30])


def _by_host(url: str) -> str:
    host, _, path = url.partition("://")[2].partition("/")
    if host == "pbs.twimg.com" and path.startswith("media/"):
        address, _, query = url.partition("?")
        name, _, ending = address.rpartition(".") if address.endswith(IMAGE_ENDINGS) else (address, "", "")
        kind = dict(parse_qsl(query[:200])).get("format") or ending
        return f"{name}?format={kind}&name=orig" if kind else ""
    if host == "preview.redd.it" and path.partition("?")[0].count("/") == 0 and not path.startswith("external-"):
        name = path.partition("?")[0].rpartition("-")[2]  # a title may stand before the name
        return f"https://i.redd.it/{name}" if name.endswith(IMAGE_ENDINGS) else ""
    if host.endswith((".bp.blogspot.com", ".googleusercontent.com")):
        if found := _BLOGGER_SIZE.search(url):
            return f"{url[: found.start()]}/s0/{found[1]}"
        return _BLOGGER_SUFFIX.sub("=s0", url)
    if "/media_attachments/files/" in path and "/small/" in path:  # Mastodon
        return urljoin(url, "/" + path.replace("/small/", "/original/"))
    return ""


def _without_size(url: str) -> str:
    """`cat.jpg?w=300&q=80` -> `cat.jpg`. '' where no size is asked for, or a signature forbids the change."""
    if "?" not in url:
        return ""
    address, _, query = url.partition("?")
    path = path_of(address)
    by_script = path.endswith(_DOKUWIKI)  # its `tok` is for sizes only
    if not (by_script or path.endswith(IMAGE_ENDINGS)):
        return ""
    pairs = [(pair.partition("=")[0].lower(), pair) for pair in query.split("&")[:30]]
    names = {name for name, _ in pairs}
    if not names & _SIZES_ASKED or names & _SIGNED:
        return ""
    dropped = {*_SIZES_ASKED, *_HOW_ASKED, "tok"}
    kept = "&".join(pair for name, pair in pairs if name not in dropped)
    return f"{address}?{kept}" if kept else address
