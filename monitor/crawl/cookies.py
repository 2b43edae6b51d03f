"""Cookies of one visit, by RFC 6265bis (draft-ietf-httpbis-rfc6265bis): what a site sets is shown to it again, on a
redirect, on its next page, with its pictures, and to nobody else. Pure but for the jar's own content; time passed in.

A jar lives as long as the visit: nothing of it is kept, and no two visits share one (`docs/decisions/0018`). Own code:
`http.cookiejar` goes by Netscape's rules (RFC 2965 beside them), knows no public suffixes, and takes a `Domain` from
`127.0.0.1`; what else there is on PyPI wraps it.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from monitor.crawl.url_standard import WebUrl, web_url
from monitor.domains import is_public_suffix, registrable_domain
from monitor.hosts import ascii_host

MAX_COOKIE_CHARS = 4096  # of name and value; of each attribute 1,024
MAX_ATTRIBUTE_CHARS = 1024
MAX_COOKIES_OF_DOMAIN = 50
MAX_COOKIES = 300  # of a jar
MAX_COOKIE_LINES = 50  # of one answer
MAX_AGE_S = 400 * 86_400
MAX_SENT_CHARS = 16 * 1024  # of one Cookie line

_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_DAY = re.compile(r"([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_YEAR = re.compile(r"([0-9]{2,4})(?:[^0-9].*)?", re.DOTALL)
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}


@dataclass(frozen=True, slots=True)
class SetCookie:
    """One of a site's cookies. domain: without a dot before it. is_of_host: for that very host alone. expires: None =
    as long as the jar. to_strangers: `SameSite=None`, so that it goes along when another site shows something of this
    one."""

    name: str
    value: str
    domain: str
    path: str
    is_of_host: bool
    secure: bool
    to_strangers: bool
    expires: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.domain, self.path, self.name


@dataclass(slots=True)
class CookieJar:
    _kept: dict[tuple[str, str, str], SetCookie] = field(default_factory=dict)  # the oldest first

    def __repr__(self) -> str:
        return f"CookieJar({len(self._kept)} cookies)"

    def take(self, url: str, lines: Iterable[str], now: datetime) -> None:
        """lines: of an answer's `Set-Cookie`. What cannot be taken is left out."""
        place = web_url(url)
        if place is None:
            return
        for line in list(lines)[:MAX_COOKIE_LINES]:
            cookie = read_set_cookie(place, line, now)
            if cookie is None or self._would_overlay(place, cookie):
                continue
            if cookie.expires is not None and cookie.expires <= now:
                self._kept.pop(cookie.key, None)
                continue
            self._kept[cookie.key] = cookie  # one that was there before stays in its place
            self._make_room(cookie.domain)

    def take_shown(self, cookies: Iterable[Mapping[str, Any]], now: datetime) -> None:
        """What a browser holds after it has shown a page, as Playwright lists it. Those that are bound to the page that
        they were set in (`Partitioned`) are left out."""
        for one in list(cookies)[:MAX_COOKIES]:
            if not one.get("partitionKey"):
                self.take(*_as_set(one, now), now)

    def line(self, url: str, now: datetime, *, page: str = "") -> str:
        """What goes along in `Cookie`. page: whose part is asked for, '' for a page itself."""
        place = web_url(url)
        if place is None or not self._kept:
            return ""
        is_foreign = bool(page) and _is_another_site(place, page)
        fit = [c for c in self._kept.values() if _goes_to(c, place, now) and (c.to_strangers or not is_foreign)]
        fit.sort(key=lambda cookie: -len(cookie.path))  # else the oldest first
        written, length = [], 0
        for cookie in fit:
            pair = f"{cookie.name}={cookie.value}" if cookie.name else cookie.value
            length += len(pair) + 2
            if length > MAX_SENT_CHARS:
                break
            written.append(pair)
        return "; ".join(written)

    def state(self) -> frozenset[SetCookie]:
        """What it holds: whoever sends on and sets nothing new sends round in circles."""
        return frozenset(self._kept.values())

    def _would_overlay(self, url: WebUrl, new: SetCookie) -> bool:
        """A plain connection does not shadow what a secure one set (section 5.7, step 16)."""
        if new.secure or url.scheme == "https":
            return False
        return any(
            old.secure
            and old.name == new.name
            and (_domain_matches(old.domain, new.domain) or _domain_matches(new.domain, old.domain))
            and _path_matches(new.path, old.path)
            for old in self._kept.values()
        )

    def _make_room(self, domain: str) -> None:
        """Of what is too much those go first that are not secure (section 5.7): a plain connection pushes out nothing
        that a secure one set."""
        of_domain = sorted((key for key in self._kept if key[0] == domain), key=self._is_kept_longer)
        for key in of_domain[: max(0, len(of_domain) - MAX_COOKIES_OF_DOMAIN)]:
            del self._kept[key]
        for key in sorted(self._kept, key=self._is_kept_longer)[: max(0, len(self._kept) - MAX_COOKIES)]:
            del self._kept[key]

    def _is_kept_longer(self, key: tuple[str, str, str]) -> bool:
        return self._kept[key].secure


def read_set_cookie(url: WebUrl, line: str, now: datetime) -> SetCookie | None:
    """Sections 5.6 and 5.7; None where a browser would not take it. An `expires` that has passed deletes."""
    if _CONTROLS.search(line):
        return None
    pair, _, rest = line.partition(";")
    name, equals, value = pair.partition("=")
    name, value = (name.strip(" \t"), value.strip(" \t")) if equals else ("", pair.strip(" \t"))
    if not (name or value) or len(name) + len(value) > MAX_COOKIE_CHARS:
        return None
    if not name and value.lower().startswith(("__secure-", "__host-")):
        return None  # a nameless one that poses as one of those
    given = _attributes(rest)
    domain = _domain_of(url, given.get("domain", ""))
    if domain is None:
        return None
    path = given.get("path", "")
    if not path.isascii():
        return None  # no address has such a path
    secure = "secure" in given
    if secure and not _is_secure(url):
        return None
    cookie = SetCookie(
        name,
        value,
        domain or url.host,
        path if path.startswith("/") else default_path(url.path),
        is_of_host=not domain,
        secure=secure,
        to_strangers=given.get("samesite", "").lower() == "none" and secure,
        expires=_expires(given, now),
    )
    return cookie if _keeps_its_prefix(cookie, has_root_path=path == "/") else None


def _as_set(one: Mapping[str, Any], now: datetime) -> tuple[str, list[str]]:
    """Address and line that set it, so that it is held to the same rules as what comes in a line."""
    domain, ends = str(one.get("domain", "")), one.get("expires", -1)
    parts = [f"{one.get('name', '')}={one.get('value', '')}", f"Path={one.get('path', '/')}"]
    if domain.startswith("."):
        parts.append(f"Domain={domain}")
    if one.get("secure"):
        parts.append("Secure")
    if one.get("sameSite") in ("Strict", "None"):
        parts.append(f"SameSite={one['sameSite']}")
    if isinstance(ends, int | float) and ends >= 0:
        parts.append(f"Max-Age={max(0, math.ceil(min(ends - now.timestamp(), MAX_AGE_S)))}")
    line = "; ".join(parts).encode("utf-8", "replace").decode("latin-1")  # by the byte, as in an answer's head
    return f"https://{domain.removeprefix('.')}/", [line]


def _attributes(rest: str) -> dict[str, str]:
    """By name, the last of each; of `Domain` and `Path` too."""
    given: dict[str, str] = {}
    for part in rest.split(";")[:100]:
        name, _, value = part.partition("=")
        name, value = name.strip(" \t").lower(), value.strip(" \t")
        if len(value) <= MAX_ATTRIBUTE_CHARS:
            if name == "expires" and cookie_date(value) is None:
                continue
            if name == "max-age" and not re.fullmatch(r"-?[0-9]+", value):
                continue
            given[name] = value
    return given


def _domain_of(url: WebUrl, written: str) -> str | None:
    """'' for the host alone; None where the cookie is not the host's to set."""
    domain = ascii_host(written.removeprefix(".")).lower()
    if not domain:
        return ""
    if not domain.isascii():
        return None
    if is_public_suffix(domain):
        return "" if domain == url.host else None
    return domain if _domain_matches(url.host, domain) else None


def _expires(given: dict[str, str], now: datetime) -> datetime | None:
    """`Max-Age` before `Expires`."""
    if "max-age" in given:
        seconds = int(given["max-age"][:12])
        return now + timedelta(seconds=min(seconds, MAX_AGE_S)) if seconds > 0 else now
    return cookie_date(given["expires"]) if "expires" in given else None


def _keeps_its_prefix(cookie: SetCookie, *, has_root_path: bool) -> bool:
    """Section 4.1.3: what these names promise."""
    name = cookie.name.lower()
    if name.startswith("__host-"):
        return cookie.secure and cookie.is_of_host and has_root_path
    return cookie.secure or not name.startswith("__secure-")


def default_path(path: str) -> str:
    """Section 5.1.4."""
    folder = path.rpartition("/")[0]
    return folder if folder.startswith("/") else "/"


def _goes_to(cookie: SetCookie, url: WebUrl, now: datetime) -> bool:
    if cookie.expires is not None and cookie.expires <= now:
        return False
    if cookie.secure and not _is_secure(url):
        return False
    is_its_host = url.host == cookie.domain or (not cookie.is_of_host and _domain_matches(url.host, cookie.domain))
    return is_its_host and _path_matches(url.path, cookie.path)


def _domain_matches(host: str, domain: str) -> bool:
    """Section 5.1.3. A number has no hosts below it."""
    return host == domain or (host.endswith("." + domain) and not _is_number(host))


def _path_matches(asked: str, path: str) -> bool:
    """Section 5.1.4."""
    return asked == path or (asked.startswith(path) and (path.endswith("/") or asked[len(path)] == "/"))


def _is_another_site(url: WebUrl, page: str) -> bool:
    """ "Schemeful" same-site: a picture over the other scheme is a stranger's too."""
    here = web_url(page)
    return here is None or here.scheme != url.scheme or registrable_domain(here.host) != registrable_domain(url.host)


def _is_secure(url: WebUrl) -> bool:
    """Browsers count this computer, whatever is spoken with it."""
    if url.scheme == "https" or url.host == "localhost" or url.host.endswith(".localhost"):
        return True
    return _is_number(url.host) and ip_address(url.host.strip("[]")).is_loopback


def _is_number(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def cookie_date(written: str) -> datetime | None:
    """Section 5.1.1: what is a time, a day, a month and a year, in whatever order; None when one is missing."""
    time = day = month = year = None
    for token in _DELIMITERS.split(written[:MAX_ATTRIBUTE_CHARS]):
        if time is None and (found := _TIME.fullmatch(token)):
            time = int(found[1]), int(found[2]), int(found[3])
        elif day is None and (found := _DAY.fullmatch(token)):
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS[token[:3].lower()]
        elif year is None and (found := _YEAR.fullmatch(token)):
            year = int(found[1])
    if time is None or day is None or month is None or year is None:
        return None
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    try:
        return datetime(year, month, day, *time, tzinfo=UTC) if year >= 1601 else None
    except ValueError:
        return None
