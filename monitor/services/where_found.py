"""Finds by where they stand: on a page, on a site, as a person names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.crawl.urls import canonical_url
from monitor.errors import UsageError
from monitor.hosts import host_of
from monitor.model.sighting import Sighting
from monitor.plain import plain, without_userinfo


@dataclass(frozen=True, slots=True)
class Where:
    """site: a name, with all below it; page: an address, as the browser shows it. '': anywhere."""

    site: str = ""
    page: str = ""


ANYWHERE = Where()


def those_at(where: Where, finds: Iterable[Sighting]) -> Sequence[Sighting]:
    """In the order given. Raises UsageError for what is no site and no page."""
    site, page = _site(where.site) if where.site else "", _key(where.page) if where.page else ""
    if where.page and not host_of(f"https://{page}"):
        raise _no_place("page", where.page)
    found = [
        one
        for one in finds
        if (not site or _is_below(_host(one.seen_at.page_url), site)) and (not page or page in _keys(one))
    ]
    in_post = [one for one in found if where.page and _bare(one.place.permalink) == _bare(where.page)]
    return in_post or found  # the address of a post means that post alone


def _site(typed: str) -> str:
    name = _host(typed if "://" in typed else f"https://{typed.strip()}")
    if not name:
        raise _no_place("site", typed)
    return name


def _no_place(what: str, typed: str) -> UsageError:
    right = "forum.example" if what == "site" else "https://forum.example/thread/12"
    return UsageError(
        f"{plain(without_userinfo(typed), 80)!r} is not a {what}",
        remedy=f"For example: --{what} {right}. `reupload-monitor sightings list` shows where finds are.",
    )


def _host(url: str) -> str:
    return host_of(url).removeprefix("www.")


def _is_below(host: str, site: str) -> bool:
    return host == site or host.endswith(f".{site}")


def _keys(sighting: Sighting) -> frozenset[str]:
    """Of every page that shows it: its own, the list that it stands in, its post's."""
    place = sighting.place
    pages = (place.page_url, place.seen_in, place.permalink) if not sighting.is_hearsay else (place.image_url,)
    return frozenset(_key(page) for page in pages if page)


def _key(page: str) -> str:
    """With and without `www.`, by http and https it is one page to a person."""
    return _bare(canonical_url(page.strip() if "://" in page else f"https://{page.strip()}"))


def _bare(url: str) -> str:
    return url.strip().partition("://")[2].removeprefix("www.") if "://" in url else url.strip().removeprefix("www.")
