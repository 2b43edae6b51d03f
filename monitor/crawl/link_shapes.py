"""The shape of an address: what all threads of a forum, or all albums of a gallery, have in common. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.crawl.link_words import LinkWords, link_words
from monitor.crawl.routes import route_of
from monitor.crawl.urls import canonical_url

MAX_PARTS = 12
_PAGE_ENDINGS = ("html", "htm", "xhtml", "shtml", "php", "php5", "asp", "aspx", "jsp", "cgi", "pl", "cfm", "do")
_SCRIPT_ENDINGS = ("php", "php5", "asp", "aspx", "jsp", "cgi", "pl", "cfm", "do")
_ENDING = re.compile(r"\.([a-z0-9]{1,8})$")


@lru_cache(maxsize=4096)
def shape_of(url: str) -> str:
    """`/threads/*/`, `/viewtopic.php?f=#&t=#`, `/wiki/File:*`: numbers are `#`, other names `*`; words that sites call
    their kinds of pages by stay. The host is no part of it."""
    words = link_words()
    url = canonical_url(url)
    parts = urlsplit(url)
    path = "/".join(_part(part, words) for part in unquote(parts.path).lower().split("/")[:MAX_PARTS])
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=20)
    except ValueError:
        pairs = []
    query = "&".join(sorted({_pair(key, value, words) for key, value in pairs}))
    route = "/".join(_part(part, words) for part in route_of(url).partition("?")[0].lower().split("/")[1:MAX_PARTS])
    return f"{path or '/'}{'?' if query else ''}{query}{'#/' if route else ''}{route}"


def address_words(url: str) -> tuple[str, ...]:
    """What an address is made of: parts of its path and of its route, names of scripts, in lower case."""
    parts = urlsplit(url)
    return tuple(part for part in unquote(parts.path + "/" + route_of(url)[1:]).lower().split("/")[:40] if part)


def has_own_name(url: str) -> bool:
    """Whether it names one of many: by a number, or by words with strokes between them."""
    last = shape_of(url).rstrip("/").rpartition("/")[2]
    return "#" in last or "*" in last


def may_be_a_page(url: str) -> bool:
    """By its ending: not an archive, a film, a text, a program."""
    last = unquote(urlsplit(url).path).rpartition("/")[2].lower()
    ending = _ENDING.search(last)
    if ending is None or ending[1] in _PAGE_ENDINGS or ending[1].isdigit():
        return True  # `some-thread.123`, `/wiki/Mr._Example`
    return ":" in last or ending[1] not in _FILES


_FILES = frozenset(
    "rst adoc org tex ipynb "
    "zip tar gz tgz bz2 xz 7z rar iso exe msi dmg apk deb rpm jar pdf ps doc docx xls xlsx ppt pptx odt ods txt md csv "
    "tsv log nfo json xml rss atom yaml yml toml ini css js mjs map ts py sh c h go rs java mp3 ogg oga opus flac wav "
    "m4a aac mid mp4 m4v webm mkv mov avi wmv mpg mpeg flv 3gp ts m3u m3u8 torrent magnet woff woff2 ttf otf eot svg "
    "ico psd ai eps sql db sqlite bak ics vcf asc sig sha256 md5 epub mobi swf wasm".split()
)


def _part(part: str, words: LinkWords) -> str:
    if not part or part in _kinds(words):
        return part
    if part.isascii() and part.isdigit():
        return "#"
    namespace, colon, _ = part.partition(":")
    if colon and (namespace in words.specials or namespace in words.files):
        return f"{namespace}:*"
    ending = _ENDING.search(part)
    if ending is None:
        return "*"
    if ending[1] in _SCRIPT_ENDINGS:
        return part
    stem = part[: ending.start()]
    known = "#" if stem.isdigit() else "*"
    return f"{known}.#" if ending[1].isdigit() else f"{known}.{ending[1]}"


@lru_cache(maxsize=1)
def _kinds(words: LinkWords) -> frozenset[str]:
    return words.address_entries | words.address_lists | words.address_tags | words.address_people | words.address_about


def _pair(key: str, value: str, words: LinkWords) -> str:
    key = key.lower()[:40]
    if value.isascii() and value.isdigit():
        return f"{key}=#"
    namespace, colon, _ = value.lower().partition(":")
    if colon and (namespace in words.specials or namespace in words.files):
        return f"{key}={namespace}:*"
    if key in words.value_keys and len(value) <= 24:
        return f"{key}={value.lower()}"
    return f"{key}=*" if value else key
