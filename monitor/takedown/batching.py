"""Which finds go into one form: up to its limit, so that one sitting clears the most. Which forms are the fewest that
cover all: `covering.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from monitor.hosts import undisputed_host_of
from monitor.model.ids import SightingId
from monitor.takedown.answering_desks import SITE_OWN, SITE_TIDA, FindToReport
from monitor.takedown.channel import Channel, Confidence
from monitor.takedown.exact import exact_url
from monitor.takedown.routing import Route

MOST_ADDRESSES = 250  # addresses in one form whose limit nobody knows: the most that any known one takes


class Target(NamedTuple):
    """A find, and whom to ask about it now."""

    find: FindToReport
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """One form or mail: its finds, in the order in which they are written into it. route: of the first, for the hosts
    of all."""

    route: Route
    sightings: tuple[SightingId, ...]


class FormEntry(NamedTuple):
    """What one find is in one form. size: how much of the form's limit it takes."""

    find: FindToReport
    route: Route
    size: int


class FormKey(NamedTuple):
    """Finds that may share a form. host: of a desk that takes one host name at a time; the site where the desk is one
    of its own; else ''."""

    channel: str
    address: str
    regime: str
    host: str


def batches(targets: Iterable[Target]) -> tuple[Batch, ...]:
    """Every desk of every target: what is to be asked first stands first, and of that what clears the most."""
    made = [
        batch_of(part)
        for items in entries_by_form(targets).values()
        for part in _parts(items, limit_of(items[0].route.channel))
    ]
    return sorted_batches(made)


def limit_of(channel: Channel) -> int:
    return channel.urls_max or MOST_ADDRESSES


def limit_words(channel: Channel) -> str:
    """What is known of how much one form takes, for the person; '' where that was read in their own words."""
    if channel.urls_max is None:
        return "How many addresses it takes at once is not known. If it refuses some, send those in a further one."
    if channel.confidence is Confidence.VERIFIED and not channel.urls_unit:
        return ""
    unit = channel.urls_unit or f"{channel.urls_max} addresses at once"
    return f"Its limit ({unit}) is somebody else's word, not checked."


def addresses(find: FindToReport, route: Route) -> tuple[str, ...]:
    """Those of the find that this desk answers for; all of them where none is plainly its own."""
    urls = [url for url in dict.fromkeys((exact_url(find.page_url), exact_url(find.image_url))) if url]
    return tuple([url for url in urls if route.answers_for(undisputed_host_of(url))] or urls)


def entries_by_form(targets: Iterable[Target]) -> dict[FormKey, list[FormEntry]]:
    forms: dict[FormKey, list[FormEntry]] = defaultdict(list)
    for find, routes in targets:
        for route in routes:
            urls = addresses(find, route)
            by_host: dict[str, int] = defaultdict(int)
            for url in urls or ("",):
                by_host[_apart(route, url)] += 1
            for host, count in by_host.items():
                size = 1 if route.channel.urls_unit else min(count, limit_of(route.channel))
                forms[FormKey(*route.desk, route.regime.id, host)].append(FormEntry(find, route, size))
    for items in forms.values():
        items.sort(key=lambda item: (item.route.site, item.find.account, item.find.page_url))
    return forms


def _apart(route: Route, url: str) -> str:
    """What finds of one form have in common. A site that no channel names has desks of its own: whoever runs one is
    never told what stands on another."""
    if route.channel.id in (SITE_TIDA, SITE_OWN):
        return route.site
    return undisputed_host_of(url) if route.channel.same_hostname else ""


def _parts(items: Sequence[FormEntry], limit: int) -> list[list[FormEntry]]:
    """In order, each as full as it can be without dividing a find."""
    parts: list[list[FormEntry]] = []
    room = 0
    for item in items:
        if item.size > room:
            parts.append([])
            room = limit
        parts[-1].append(item)
        room -= item.size
    return parts


def batch_of(items: Sequence[FormEntry]) -> Batch:
    hosts = tuple(dict.fromkeys(host for item in items for host in item.route.hosts))
    sightings = tuple(dict.fromkeys(item.find.sighting for item in items))
    return Batch(replace(items[0].route, hosts=hosts), sightings)


def sorted_batches(made: Iterable[Batch]) -> tuple[Batch, ...]:
    return tuple(sorted(made, key=lambda batch: (batch.route.lane.place, -len(batch.sightings))))
