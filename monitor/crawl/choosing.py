"""Which links of a page are followed, where the watch leaves that to the program. Pure: what the reader says of each
link, its address, and what links of that shape led to before, come in; a worth goes out.

`SURE` and above: followed. Above 0: tried, a few of each shape, as long as that leads to pictures. 0: never.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from monitor.crawl.deeds import acts, may_change, without_ending
from monitor.crawl.link_shapes import address_words, has_own_name, may_be_a_page, shape_of
from monitor.crawl.link_words import link_words
from monitor.crawl.routes import route_of
from monitor.crawl.urls import canonical_url, same_site
from monitor.hosts import host_of
from monitor.model.page import LinkMark, PageLink
from monitor.ports.facts import Led

SURE = 4
REPEATED = 3  # links of one shape on one page
MAX_TRIED = 20  # what is remembered of a shape is scaled down to that, so that a site may change
_MARKS: Mapping[LinkMark, int] = {
    LinkMark.PICTURE: 5,
    LinkMark.IN_FULL: -4,  # what is behind it is most likely known already
    LinkMark.CARD: 2,
    LinkMark.ENTRY: 3,
    LinkMark.HEADING: 2,
    LinkMark.LIST: 1,
    LinkMark.MAIN: 1,
    LinkMark.ROUTE: 3,
    LinkMark.FURNITURE: -3,
    LinkMark.NOFOLLOW: -1,
    LinkMark.TAG: -5,
    LinkMark.PERSON: -4,
}


NOTHING_KNOWN = Led()


_WITHIN = re.compile(r"(?:page-?|p|post-|comment-?)?[0-9]{1,9}|latest|last|unread|new")
_PAGE_MARKS = ("?page=", "&page=", "&start=", "&st=")
_LAST_MARKS = ("?action=lastpost", "&action=lastpost", "&goto=newpost")


@dataclass(frozen=True, slots=True)
class Offer:
    """A link that may be followed. worth: by markup and address alone."""

    url: str
    shape: str
    worth: int


_PAGES = {LinkMark.HEADING, LinkMark.PICTURE}  # what does something is shown in another way


def offers_of(links: tuple[PageLink, ...], page_url: str, *, logged_in: bool = False) -> list[Offer]:
    """In the order of the page, without those that are never followed. logged_in: with a saved log-in a link can do
    more, so that only what is certainly content is offered."""
    open_links = [link for link in links if not is_never_followed(link, page_url, logged_in=logged_in)]
    shapes = [shape_of(link.url) for link in open_links]
    often, named = Counter(shapes), {_thread(link.url) for link in open_links}
    found = []
    for link, shape in zip(open_links, shapes, strict=True):
        worth = 0 if _leads_into(link, named) else _worth(link, page_url, repeated=often[shape] >= REPEATED)
        if worth >= (SURE if logged_in else 1):
            found.append(Offer(link.url, shape, worth))
    return found


def visited(led: Led, *, showed: bool) -> Led:
    """After one more page."""
    return Led(led.visited + 1, led.showed + showed)


def scaled(led: Led) -> Led:
    """As it is remembered."""
    if led.visited <= MAX_TRIED:
        return led
    return Led(MAX_TRIED, max(round(led.showed * MAX_TRIED / led.visited), min(led.showed, 1)))


def learnt(led: Led) -> int:
    """What was seen behind links of a shape, added to their worth."""
    if led.visited == 0:
        return 0
    if led.showed == 0:
        return -2 * min(led.visited - 1, 4)  # one page may be an empty one
    return 3 if led.showed * 2 >= led.visited else 1 if led.showed * 5 >= led.visited else -1


def is_never_followed(link: PageLink, page_url: str, *, logged_in: bool = False) -> bool:
    if LinkMark.ACTS in link.marks:
        return True
    if logged_in and (LinkMark.DEED in link.marks or may_change(link.url, page_url)):
        return True
    if LinkMark.DEED in link.marks and not _PAGES & set(link.marks) and not _names_an_entry(link.url):
        return True
    if not same_site(link.url, page_url) or does_something(link.url, page_url) or not may_be_a_page(link.url):
        return True
    return _leads_up(link.url, page_url)


@lru_cache(maxsize=4096)
def does_something(url: str, page_url: str = "") -> bool:
    """By its address alone: logs out, deletes, votes, sorts, prints ... page_url: what its own address says too is no
    sign (`lang=en` everywhere)."""
    words, path = link_words(), address_words(url)
    own = set(address_words(page_url)[:-1]) if page_url else set()
    if acts(url, page_url) or any(
        part not in own and (words.is_deed_part(part) or words.is_deed_part(without_ending(part))) for part in path
    ):
        return True
    if path and path[-1] in words.deed_last:
        return True
    here = _pairs(page_url)
    for key, value in _pairs(url) - here:
        if key in words.deed_keys or any(proof in key for proof in words.deed_proofs):
            return True
        if key in words.value_keys and (value in words.deed_values or words.is_deed_part(value)):
            return True
        if key in ("c", "o") and len(value) <= 3 and not value.isdigit():  # an index of Apache or nginx, sorted
            return True
    return _is_another_view(url, page_url)


def _pairs(url: str) -> set[tuple[str, str]]:
    query = urlsplit(url).query.replace(";", "&").replace("&amp&", "&")
    try:
        return {(k.lower().removeprefix("amp;"), v.lower()) for k, v in parse_qsl(query, True, max_num_fields=40)}
    except ValueError:
        return set()


def _is_another_view(url: str, page_url: str) -> bool:
    """The same path with parameters that name nothing: another form of the same page."""
    here, there = urlsplit(page_url), urlsplit(url)
    if not page_url or not there.query or here.path != there.path or route_of(url):
        return False
    if len(there.path) <= 1 and any(key in link_words().number_keys for key, _ in _pairs(url)):
        return False
    if there.path.rpartition("/")[2].endswith((".php", ".cgi", ".pl", ".asp", ".aspx", ".jsp", ".dll")):
        return False
    return not any(character.isdigit() for character in there.query) and "/" not in there.query


def _leads_up(url: str, page_url: str) -> bool:
    """To a folder that the page lies in: the pass came from there, or was not sent there."""
    if route_of(url):
        return False
    here, there = urlsplit(page_url), urlsplit(url)
    if there.query or (not there.path.endswith(("/", "/index.html", "/index.htm", "/index.php")) and there.path):
        return False
    folder = there.path.rpartition("/")[0] + "/"
    if here.netloc != there.netloc or not here.path.startswith(folder):
        return False
    return _one_page(here.path) != _one_page(there.path)


def _one_page(path: str) -> str:
    return path.rpartition("/")[0] + "/" if path.endswith(("/index.html", "/index.htm", "/index.php")) else path


def _worth(link: PageLink, page_url: str, *, repeated: bool) -> int:
    marks = link.marks
    worth = sum(_MARKS.get(mark, 0) for mark in marks if mark is not LinkMark.CARD or LinkMark.PICTURE not in marks)
    worth += _worth_of_address(link.url)
    if LinkMark.IN_FULL in marks and _is_about_one_file(link.url):
        worth -= 4  # behind the cover of an album there are others, behind a file's page there are none
    if LinkMark.FURNITURE not in marks and repeated:
        worth += 2
    if host_of(link.url) != host_of(page_url):
        worth -= 2
    elif _lies_below(link.url, page_url):
        worth += 1
    return worth


@lru_cache(maxsize=4096)
def _worth_of_address(url: str) -> int:
    words, path = link_words(), address_words(url)
    keys = {key for key, _ in _pairs(url)}
    own_name = has_own_name(url) or bool(keys & words.number_keys)
    if _special(url):
        return 2 if _special(url) in words.picture_lists else -6
    kinds = set(path[:-1]) | ({path[-1]} if path and not own_name else set()) | {p for p in path if "." in p}
    if not own_name and kinds & words.address_about:
        return -6
    worth = 1 if own_name else 0
    if kinds & words.address_people:
        worth -= 4
    elif kinds & words.address_tags:
        worth -= 4
    elif kinds & words.address_entries and own_name:
        worth += 2
    elif kinds & words.address_lists:
        worth += 2
    if path and all(part.isdigit() for part in path):  # /2026/11/: what was posted then is listed elsewhere too
        worth -= 4
    return worth


def _thread(url: str) -> str:
    """Of SMF's `?topic=5.msg77` and `?topic=5.0` the same, else the address itself."""
    address = canonical_url(url).rstrip("/")
    head, topic, rest = address.partition("topic=")
    number = rest.partition(".")[0]
    return head + topic + number if topic and number.isdigit() else address


def _leads_into(link: PageLink, named: set[str]) -> bool:
    """Only to a place within a thread that the page names too: its last page, its newest post."""
    address = canonical_url(link.url).rstrip("/")
    if address.endswith(("/replies", "/comments")) and address.rpartition("/")[0] in named:
        return True
    if _thread(link.url) != address:
        return ".msg" in address or ".new" in address
    if LinkMark.PICTURE in link.marks:
        return False
    whole, has_query, _ = address.partition("?")
    if has_query and whole.rstrip("/") in named and has_own_name(whole):
        return True
    if LinkMark.CARD in link.marks:
        return False
    head, _, last = whole.rpartition("/")
    if _WITHIN.fullmatch(last) and head in named and has_own_name(head):
        return True
    for mark in (*_PAGE_MARKS, *_LAST_MARKS):
        head, found, value = address.partition(mark)
        if found and head in named and (mark in _LAST_MARKS or value.partition("&")[0].isdigit()):
            return True
    return False


def _names_an_entry(url: str) -> bool:
    """`/res/123.html`, which an imageboard calls "Reply"."""
    path = address_words(url)
    return not urlsplit(url).query and has_own_name(url) and bool(set(path[:-1]) & link_words().address_entries)


def _is_about_one_file(url: str) -> bool:
    last, keys = (address_words(url) or ("",))[-1], {key for key, _ in _pairs(url)}
    return (last.partition(":")[0] in link_words().files and ":" in last) or "attachment_id" in keys


def _special(url: str) -> str:
    """Of a wiki: the name of a page that is no article (`Special:RecentChanges`, `User:Ann`)."""
    words = link_words()
    for said in (*address_words(url), *(value for key, value in _pairs(url) if key == "title")):
        namespace, colon, name = said.partition(":")
        if colon and namespace in words.specials:
            return name or namespace
    return ""


def _lies_below(url: str, page_url: str) -> bool:
    folder = urlsplit(page_url).path.rpartition("/")[0] + "/"
    return len(folder) > 1 and canonical_url(url).partition("://")[2].partition("/")[2].startswith(folder[1:])
