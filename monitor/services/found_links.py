"""Links that the person found, many at once: each is filed as a find of hers, or it is said why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from monitor.crawl.no_find import NoFind, no_find_at
from monitor.crawl.urls import canonical_url
from monitor.errors import UsageError
from monitor.model.ids import CaseId
from monitor.model.settings import NetworkSettings, Settings
from monitor.model.sighting import Sighting
from monitor.ports import Store
from monitor.services.decisions import DecisionService
from monitor.services.places import address_meant

MOST_LINKS = 200  # at once: a form that is answered in a second
MOST_TYPED = 4_000  # characters of one of them
_FRINGE = "<>()[]{}\"'`,;“”„«»|"
_BEGINS = re.compile(r"https?:|www\.", re.IGNORECASE)
_BARE = re.compile(r"[^\s/@:]{1,253}\.[a-z]{2,63}(?::[0-9]{1,5})?[/?]", re.IGNORECASE)  # forum.example/x


class LinkEnd(StrEnum):
    FILED = "filed"
    KNOWN = "known"  # something stands there already
    TWICE = "twice"  # in the same text
    NO_LINK = "no_link"
    SEARCH = "search"
    LOGIN = "login"
    CLOSED = "closed"  # as under 18


@dataclass(frozen=True, slots=True)
class LinkFiled:
    """typed: as it was given. find: the one that was filed, or stands there. said, remedy: of what is no link.
    is_inside: it was filed, and the program does not go there: a network of the person's own, or this computer."""

    typed: str
    end: LinkEnd
    find: Sighting | None = None
    said: str = ""
    remedy: str = ""
    is_inside: bool = False


@dataclass(frozen=True, slots=True)
class LinksFiled:
    """rest: the lines that were not turned to, since there are more than fit; '' where there are none."""

    links: tuple[LinkFiled, ...]
    rest: str = ""


def links_in(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Each link of a text, with the number of its line; a line without one stands whole. Words beside links are passed
    over: whole messages are pasted."""
    for number, line in enumerate(lines):
        found = [one for word in line.split() if (one := _link_in(word))]
        for one in found or ([line.strip()] if line.strip() else []):
            yield number, one


def _link_in(word: str) -> str:
    """What looks like a link, without the quotes and stops around it; '' where nothing does."""
    if begins := _BEGINS.search(word):
        return word[begins.start() :].strip(_FRINGE)
    bare = word.strip(_FRINGE)
    return bare if _BARE.match(bare) else ""


@dataclass(frozen=True, slots=True)
class LinkService:
    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def file(self, text: str, *, case: CaseId) -> LinksFiled:
        """One after the other; that one is wrong keeps none of the others."""
        done: list[LinkFiled] = []
        seen: set[str] = set()
        lines = text.splitlines()
        for number, typed in links_in(lines):
            if len(done) >= MOST_LINKS:
                return LinksFiled(tuple(done), "\n".join(lines[number:]))
            done.append(self._filed(typed, seen, case))
        return LinksFiled(tuple(done))

    def _filed(self, typed: str, seen: set[str], case: CaseId) -> LinkFiled:
        try:
            address = address_meant(typed[:MOST_TYPED])
            if not address:
                return LinkFiled(typed, LinkEnd.NO_LINK)
            address = canonical_url(address)
            if address in seen:
                return LinkFiled(typed, LinkEnd.TWICE)
            seen.add(address)
            return self._of_address(typed, address, case)
        except UsageError as error:
            return LinkFiled(typed, LinkEnd.NO_LINK, None, str(error), error.remedy)

    def _of_address(self, typed: str, address: str, case: CaseId) -> LinkFiled:
        sightings = self.store.sightings
        if address in sightings.closed_addresses(case):
            return LinkFiled(typed, LinkEnd.CLOSED)
        if known := next(iter(sightings.on_pages(case, [address])), None):
            return LinkFiled(typed, LinkEnd.KNOWN, known)
        if (why := no_find_at(address)) is not None:
            return LinkFiled(typed, LinkEnd.SEARCH if why is NoFind.SEARCH else LinkEnd.LOGIN)
        decisions = DecisionService(self.store, self.settings, self.clock)
        filed = decisions.add(address, case=case)
        return LinkFiled(typed, LinkEnd.FILED, filed, is_inside=_is_inside(address, self.settings.network))


def _is_inside(address: str, network: NetworkSettings) -> bool:
    """As far as it can be told without asking anybody."""
    from monitor.outbound.guard import AddressRules, Refusal

    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        AddressRules.of(network).check_target(parts.scheme, host, None, by_proxy=False)
    except Refusal:
        return True
    return not network.allow_networks and not any(sign in host for sign in ".:")  # a name of this network alone
