"""The header lines of a request: those, in order and spelling, of the browser that `[network] user_agent` names. Who
goes with other lines than that string stands out in a log, and is known again.

Taken down from what the browsers send over HTTP/1.1: Chromium 156 and Firefox 153, for a page that is opened, a picture
and a style sheet of a page, and what a script asks for. `tests/hostile/test_hostile_headers.py` compares them with the
Chromium that is installed. A string that names neither goes with few lines in the usual order. A `Referer` goes
along only where a watch says so.
What is not imitated: TLS, and whatever else tells a program from a browser (`docs/decisions/0002`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from monitor.crawl.url_standard import web_url
from monitor.domains import domain_of
from monitor.hosts import host_of
from monitor.model.page import Purpose, Request

Lines = list[tuple[str, str]]

LANGUAGES = "en-US,en"


class Use(StrEnum):
    NAVIGATE = "navigate"  # typed, or opened from a bookmark
    IMAGE = "image"  # of a page
    STYLE = "style"
    FETCH = "fetch"  # by a page's script


class Family(StrEnum):
    CHROMIUM = "chromium"
    FIREFOX = "firefox"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Named:
    """The browser that a string names. brands: name and major version, as `Sec-CH-UA` has them. platform: likewise."""

    family: Family
    major: int = 0
    brands: tuple[tuple[str, str], ...] = ()
    platform: str = ""
    mobile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is sent. use: see `use_of`. relation: `Sec-Fetch-Site`. is_hop: it was sent on here. own: lines of the
    source, an account's say, which take the place of those of that name. content: length and type of what is posted."""

    url: str
    host: str  # with its port, where that is not the usual one
    use: Use
    relation: str
    is_hop: bool = False
    accept: str = ""
    own: Sequence[tuple[str, str]] = ()
    content: tuple[int, str] | None = None
    cookie: str = ""
    referrer: str = ""
    etag: str | None = None
    last_modified: str | None = None


OWN = "*"  # where a source's own lines stand
_VALIDATORS = ("If-None-Match", "If-Modified-Since")
_FILLED_IN = frozenset({"Host", "Cookie", "Referer", "Content-Length", "Content-Type", OWN, *_VALIDATORS})
_CLIENT = ("sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform")
_FETCHED = ("Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-User", "Sec-Fetch-Dest", "Sec-Fetch-Storage-Access")
_START = ("Host", "Connection", "Content-Length")
_END = ("Referer", "Accept-Encoding", "Accept-Language", "Cookie", *_VALIDATORS)
_OPENED = ("Upgrade-Insecure-Requests", "User-Agent", "Accept", *_FETCHED)
_PART = ("sec-ch-ua-platform", OWN, "User-Agent", "sec-ch-ua", "sec-ch-ua-mobile", "Accept", *_FETCHED)
_SCRIPT = (
    "sec-ch-ua-platform",
    OWN,
    "User-Agent",
    "Accept",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "Content-Type",
    *_FETCHED,
)
_OF_FIREFOX = (
    *("Host", "User-Agent", "Accept", "Accept-Language", "Accept-Encoding", "Sec-Fetch-Storage-Access", OWN),
    *("Content-Type", "Content-Length", "Connection", "Referer", "Cookie", "Upgrade-Insecure-Requests"),
    *("Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Sec-Fetch-User", *reversed(_VALIDATORS), "Priority"),
)
_OF_OTHERS = (
    *("Host", "User-Agent", "Accept", "Accept-Language", "Accept-Encoding", OWN, "Content-Type", "Content-Length"),
    *("Connection", "Referer", "Cookie", "Upgrade-Insecure-Requests", *reversed(_VALIDATORS)),
)
_ORDERS: Mapping[tuple[Family, Use], tuple[str, ...]] = {
    (Family.CHROMIUM, Use.NAVIGATE): (*_START, *_CLIENT, OWN, "Content-Type", *_OPENED, *_END),
    (Family.CHROMIUM, Use.IMAGE): (*_START, *_PART, *_END),
    (Family.CHROMIUM, Use.STYLE): (*_START, *_PART, *_END),
    (Family.CHROMIUM, Use.FETCH): (*_START, *_SCRIPT, *_END),
}
_SENT_ON = (*_START, OWN, "Content-Type", *_OPENED, *_CLIENT, *_END)  # of Chromium, once a page was sent on
_PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,"
_ACCEPT: Mapping[tuple[Family, Use], str] = {  # Chromium's without image/jxl: no picture of that kind can be read here
    (Family.CHROMIUM, Use.NAVIGATE): f"{_PAGE}image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7",
    (Family.CHROMIUM, Use.IMAGE): "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    (Family.FIREFOX, Use.NAVIGATE): f"{_PAGE}*/*;q=0.8",
    (Family.FIREFOX, Use.IMAGE): "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    (Family.OTHER, Use.NAVIGATE): f"{_PAGE}*/*;q=0.8",
    (Family.OTHER, Use.IMAGE): "image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5",
}
_ACCEPT_OF_ALL = {Use.STYLE: "text/css,*/*;q=0.1", Use.FETCH: "*/*"}
_PRIORITY = {Use.NAVIGATE: "u=0, i", Use.IMAGE: "u=5, i", Use.STYLE: "u=2", Use.FETCH: "u=4"}
_MODE = {Use.NAVIGATE: "navigate", Use.FETCH: "cors"}
_DEST = {Use.NAVIGATE: "document", Use.FETCH: "empty"}
_TELLS_STORAGE_ACCESS = 133  # Chrome, from this version on
_BRANDS = (("Edg", "Microsoft Edge"), ("OPR", "Opera"))
_PLATFORMS = (
    *(("Android", "Android"), ("CrOS", "Chrome OS"), ("Windows NT", "Windows"), ("Macintosh", "macOS")),
    *(("Linux", "Linux"), ("X11", "Linux")),
)


def header_lines(user_agent: str, asked: Asked) -> Lines:
    filled = {
        "Host": asked.host,
        "Cookie": asked.cookie,
        "Referer": asked.referrer,
        "If-None-Match": asked.etag or "",
        "If-Modified-Since": asked.last_modified or "",
    }
    if asked.content is not None:
        filled |= {"Content-Length": str(asked.content[0]), "Content-Type": asked.content[1]}
    own = {name.lower(): value for name, value in asked.own}
    user_agent = own.pop("user-agent", user_agent)
    accept = own.pop("accept", "") or asked.accept
    lines: Lines = []
    for name, value in _plan(user_agent, asked.use, _is_trustworthy(asked.url), asked.relation, asked.is_hop, accept):
        if name == OWN:
            lines.extend(pair for pair in asked.own if pair[0].lower() in own)
        elif (value := value or filled.get(name, "")) and name.lower() not in own:
            lines.append((name, value))
    return lines


@lru_cache(maxsize=256)
def _plan(
    user_agent: str, use: Use, trusted: bool, relation: str, is_hop: bool, accept: str
) -> tuple[tuple[str, str], ...]:
    """The lines in their order, those without a value to be filled in or left out."""
    browser = named_in(user_agent)
    values = {
        "Connection": "keep-alive",
        "User-Agent": user_agent,
        "Accept": accept or _ACCEPT_OF_ALL.get(use) or _ACCEPT[browser.family, use],
        "Accept-Encoding": "gzip, deflate, br, zstd" if trusted else "gzip, deflate",
        "Accept-Language": f"{LANGUAGES};q=0.9",
        "Upgrade-Insecure-Requests": "1" if use is Use.NAVIGATE else "",
        "Priority": _PRIORITY[use],
        **(_told(browser, use, relation) if trusted else {}),
    }
    order = _order(browser.family, use, is_hop)
    return tuple((name, values.get(name, "")) for name in order if values.get(name) or name in _FILLED_IN)


def use_of(request: Request) -> Use:
    """What of a browser this is like. A picture that no page is known of was opened by itself, and so was robots.txt.
    What wants something else than a browser does is a script's."""
    if request.purpose is Purpose.API or request.accept or request.post:
        return Use.FETCH
    if request.purpose is Purpose.STYLE:
        return Use.STYLE
    return Use.IMAGE if request.purpose is Purpose.IMAGE and request.referrer else Use.NAVIGATE


def relation_of(use: Use, page: str, way: Sequence[str]) -> str:
    """Of what is asked for to the page that it belongs to. way: where it came by, the address in hand last; the most
    distant of them counts. Scripts ask their own site, as far as anybody can tell."""
    if use is Use.NAVIGATE:
        return "none"
    if use is Use.FETCH:
        return "same-origin"
    apart = max((_distance(_origin(page), _origin(url)) for url in way), default=0)
    return ("same-origin", "same-site", "cross-site")[apart]


def referrer_of(page: str, url: str) -> str:
    """What browsers say of a page whose part is asked for ("strict-origin-when-cross-origin"): its address on its own
    origin, else where it is, and nothing over a plain connection of a page that came over a secure one."""
    here, there = web_url(page), web_url(url)
    if here is None or there is None or (here.scheme == "https" and there.scheme != "https"):
        return ""
    here = replace(here, user="")
    return str(here) if here.origin == there.origin else str(replace(here, path="/", query=""))


@lru_cache(maxsize=64)
def named_in(user_agent: str) -> Named:
    platform = next((name for sign, name in _PLATFORMS if sign in user_agent), "")
    mobile = "Mobile" in user_agent
    if found := re.search(r"\bFirefox/([0-9]{1,4})", user_agent):
        return Named(Family.FIREFOX, int(found[1]), platform=platform, mobile=mobile)
    if not (found := re.search(r"\bChrome/([0-9]{1,4})\.", user_agent)) or not platform:
        return Named(Family.OTHER)
    brand, version = "Google Chrome", found[1]
    for sign, name in _BRANDS:
        if other := re.search(rf"\b{sign}/([0-9]{{1,4}})\.", user_agent):
            brand, version = name, other[1]
    return Named(Family.CHROMIUM, int(found[1]), brands_of(int(found[1]), (brand, version)), platform, mobile)


def brands_of(major: int, brand: tuple[str, str] | None) -> tuple[tuple[str, str], ...]:
    """As Chromium makes them of its version (components/embedder_support/user_agent_utils.cc): one of the names is
    nobody's, and all stand in an order that changes. brand: None for Chromium itself."""
    signs = " (:-./);=?_"
    nobody = f"Not{signs[major % len(signs)]}A{signs[(major + 1) % len(signs)]}Brand", ("8", "99", "24")[major % 3]
    chromium = "Chromium", str(major)
    if brand is None:
        return (nobody, chromium) if major % 2 == 0 else (chromium, nobody)
    places = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))[major % 6]
    placed = dict(zip(places, (nobody, chromium, brand), strict=True))
    return tuple(placed[place] for place in range(3))


def _order(family: Family, use: Use, is_hop: bool) -> tuple[str, ...]:
    if family is Family.FIREFOX:
        return _OF_FIREFOX
    if family is Family.OTHER:
        return _OF_OTHERS
    return _SENT_ON if is_hop and use is Use.NAVIGATE else _ORDERS[family, use]


def _told(browser: Named, use: Use, relation: str) -> dict[str, str]:
    """What only who can be trusted is told."""
    if browser.family is Family.OTHER:
        return {}
    told = {
        "Sec-Fetch-Site": relation,
        "Sec-Fetch-Mode": _MODE.get(use, "no-cors"),
        "Sec-Fetch-User": "?1" if use is Use.NAVIGATE else "",
        "Sec-Fetch-Dest": _DEST.get(use, use.value),
    }
    if relation == "cross-site" and browser.major >= _TELLS_STORAGE_ACCESS:
        told["Sec-Fetch-Storage-Access"] = "none"
    if browser.brands:
        told |= {
            "sec-ch-ua": ", ".join(f'"{name}";v="{version}"' for name, version in browser.brands),
            "sec-ch-ua-mobile": "?1" if browser.mobile else "?0",
            "sec-ch-ua-platform": f'"{browser.platform}"',
        }
    return told


def _is_trustworthy(url: str) -> bool:
    """W3C Secure Contexts, "potentially trustworthy": others get no client hints and are offered old codings only."""
    return url[:6].lower() == "https:" or _is_here(_origin(url))


@lru_cache(maxsize=1024)
def _is_here(origin: str) -> bool:
    host = host_of(origin)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def _distance(page: str, other: str) -> int:
    """Of two origins. 0 the same, 1 the same site, 2 another."""
    try:
        here, there = urlsplit(page), urlsplit(other)
    except ValueError:
        return 2
    if (here.scheme, here.netloc) == (there.scheme, there.netloc):
        return 0
    return 1 if here.scheme == there.scheme and domain_of(page) == domain_of(other) else 2


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])
