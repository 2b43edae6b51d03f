"""Which finds go into one form: up to its limit, so that one sitting clears the most. Which forms are the fewest that
cover all: `covering.py`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from monitor.hosts import undisputed_host_of
from monitor.model.ids import SightingId
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.channel import Channel, Confidence, FieldKind
from monitor.takedown.exact import exact_url
from monitor.takedown.lanes import Lane
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
    """What is known of how much one form takes, for the person; '' where the form itself says it."""
    if channel.urls_max is None:
        return "How many addresses it takes at once is not known. If it refuses some, send those in a further one."
    if any(field.kind is FieldKind.URLS and field.verified and field.limit for field in channel.fields):
        return ""
    if _counts_finds(channel) and channel.confidence is Confidence.VERIFIED:
        return f"Its limit: {channel.urls_unit}."
    return f"Its limit ({channel.urls_max} at once) is somebody else's word, not checked."


def _counts_finds(channel: Channel) -> bool:
    """Its limit is of pictures or posts, whatever the number of their addresses."""
    return bool(channel.urls_unit) and not channel.urls_unit.startswith("addresses")


def addresses(find: FindToReport, route: Route) -> tuple[str, ...]:
    """Those of the find that this desk answers for; all of them where none is plainly its own."""
    return tuple(url for url, _ in _meant_for(route, _places(find)))


def entries_by_form(targets: Iterable[Target]) -> dict[FormKey, list[FormEntry]]:
    forms: dict[FormKey, list[FormEntry]] = defaultdict(list)
    for find, routes in targets:
        places = _places(find)
        for route in routes:
            by_host = Counter(_apart(route, host) for _, host in _meant_for(route, places) or [("", "")])
            for host, count in by_host.items():
                size = 1 if _counts_finds(route.channel) else min(count, limit_of(route.channel))
                forms[FormKey(*route.desk, route.regime.id, host)].append(FormEntry(find, route, size))
    for items in forms.values():
        items.sort(key=lambda item: (item.route.site, item.find.account, item.find.page_url))
    return forms


def _places(find: FindToReport) -> list[tuple[str, str]]:
    """Its addresses, as they are written into a form, with their hosts."""
    urls = dict.fromkeys((exact_url(find.page_url), exact_url(find.image_url)))
    return [(url, undisputed_host_of(url)) for url in urls if url]


def _meant_for(route: Route, places: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    return [place for place in places if route.answers_for(place[1])] or places


def _apart(route: Route, host: str) -> str:
    """What finds of one form have in common, beside the desk. A site that no channel names has a desk of its own:
    whoever runs one is never told what stands on another. Who hosts, delivers or registers several sites hands a
    report on to its customer, who is told of its own site alone."""
    if route.channel.same_hostname:
        return host
    is_of_one = route.lane in _HANDED_ON or (route.lane is Lane.PLATFORM and not route.channel.hosts)
    return route.site if is_of_one else ""


_HANDED_ON = (Lane.MEDIA_HOST, Lane.PAGE_HOST, Lane.CDN, Lane.REGISTRAR)


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
