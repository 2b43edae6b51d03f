"""Which desks fit a find, in which order, and in which words each is asked. Pure decisions on the channel data, on what
registries said of its hosts, and on what came of earlier reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from monitor.domains import registrable_domain
from monitor.errors import UsageError
from monitor.hosts import undisputed_host_of
from monitor.model.ids import SightingId
from monitor.takedown.channel import Channel, ChannelKind, Channels, Confidence
from monitor.takedown.clocks import Deadline
from monitor.takedown.countries import applies, country
from monitor.takedown.record import Record, SuccessRecord
from monitor.takedown.regimes import Regime, regimes

SITE_TIDA = "site_tida"  # for a site that no channel names, where the US Act applies
SITE_OWN = "site_own"  # for a site that no channel names


class Lane(StrEnum):
    """Who is asked, in this order. What takes a picture down where it stands comes before what only hides it or leans
    on somebody; search engines are asked on the first day, whatever else is."""

    PLATFORM = "platform"  # the site's own process
    MEDIA_HOST = "media-host"
    PAGE_HOST = "page-host"
    CDN = "cdn"
    SEARCH = "search"
    REGISTRAR = "registrar"
    HASH_SERVICE = "hash-service"  # once for each reference set
    REGULATOR = "regulator"
    HELPLINE = "helpline"
    POLICE = "police"

    @property
    def place(self) -> int:
        return _ORDER[self]

    @property
    def is_at_source(self) -> bool:
        """It can take the picture away where it stands."""
        return self.place < Lane.SEARCH.place


_ORDER = {lane: place for place, lane in enumerate(Lane)}
_LANE_OF = {
    ChannelKind.PLATFORM: Lane.PLATFORM,
    ChannelKind.CDN: Lane.CDN,
    ChannelKind.SEARCH: Lane.SEARCH,
    ChannelKind.REGISTRAR: Lane.REGISTRAR,
    ChannelKind.HASH_SERVICE: Lane.HASH_SERVICE,
    ChannelKind.REGULATOR: Lane.REGULATOR,
    ChannelKind.HELPLINE: Lane.HELPLINE,
    ChannelKind.POLICE: Lane.POLICE,
}
"""But for hosts, of which there are two kinds: of the media and of the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindToReport:
    """One find, as far as it matters to whom it is reported. Addresses and account as found at the site. is_gone: its
    page or its media was found gone for good, so that at most a search still shows it."""

    sighting: SightingId
    page_url: str
    image_url: str = ""
    account: str = ""
    is_gone: bool = False

    @property
    def page_host(self) -> str:
        return undisputed_host_of(self.page_url)

    @property
    def media_host(self) -> str:
        return undisputed_host_of(self.image_url)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Where the page is and where the picture, '' for none."""
        return tuple(dict.fromkeys(host for host in (self.page_host, self.media_host) if host))


class Desk(NamedTuple):
    """By which two routes are one: the channel, and the address where that was looked up."""

    channel: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One desk and the words for it. site: the registrable domain that the desk answers for. hosts: the host names of
    the find for which it is asked.

    deadline: what the law gives (or the desk promises), None where neither says; `deadline_source` says
    which. then: where to complain when the time has run out. record: what came of earlier reports there. warnings: for
    the person, in full sentences.
    """

    channel: Channel
    regime: Regime
    site: str
    jurisdiction: str
    lane: Lane = Lane.PLATFORM
    hosts: tuple[str, ...] = ()
    deadline: Deadline | None = None
    deadline_source: str = ""
    then: Channel | None = None
    record: Record | None = None
    warnings: tuple[str, ...] = ()

    @property
    def desk(self) -> Desk:
        return Desk(self.channel.id)

    def answers_for(self, host: str) -> bool:
        """Content at this host name is this desk's."""
        return host in self.hosts or bool(_match_length(self.channel, host)) or registrable_domain(host) == self.site


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send it. `checked`: read in the desk's own text. Unchecked web addresses are leads to look at,
    never to be used as they stand; unchecked e-mail addresses are not given at all."""

    url: str = ""
    email: str = ""
    checked: bool = False


NO_RECORD = SuccessRecord()


def fitting_routes(
    find: FindToReport,
    jurisdiction: str,
    channels: Channels,
    *,
    record: SuccessRecord = NO_RECORD,
) -> tuple[Route, ...]:
    """Every desk that fits, in the order in which they are asked; never empty.

    Both places are looked at: the picture may stand elsewhere than the page. A site that no channel names
    gets the site's own process, without an address. jurisdiction: ISO country code of the person's case; '' =
    not said.

    In a lane: those of the person's own country first, then the shortest clock, then what earlier reports came to.
    """
    code = country(jurisdiction)
    routes: dict[Desk, Route] = {}
    for route in _candidates(find, code, channels):
        kept = routes.setdefault(route.desk, route)
        routes[route.desk] = replace(kept, hosts=tuple(dict.fromkeys((*kept.hosts, *route.hosts))))
    known = [replace(route, record=record.of(route.site, route.channel.id)) for route in routes.values()]
    return tuple(sorted(known, key=_order))


def next_route(routes: Sequence[Route], tried: Collection[Desk]) -> Route | None:
    """The first that was not tried; None when all were."""
    return next((route for route in routes if route.desk not in tried), None)


def first_day(routes: Sequence[Route]) -> tuple[Route, ...]:
    """Whom to ask on the first day: the lanes at the source up to the first that has a desk whose address is known and
    that is not known to do nothing, and the search engines beside them."""
    at_source = [route for route in routes if route.lane.is_at_source]
    last = next(
        (
            route.lane
            for route in sorted(at_source, key=lambda route: route.lane.place)
            if address_for(route).checked and not (route.record and route.record.is_hopeless)
        ),
        Lane.CDN,
    )
    return tuple(
        route
        for route in routes
        if route.lane is Lane.SEARCH or (route.lane.is_at_source and route.lane.place <= last.place)
    )


def fitting_channels(page_url: str, image_url: str, jurisdiction: str, channels: Channels) -> tuple[Route, ...]:
    return fitting_routes(_at(page_url, image_url), jurisdiction, channels)


def route_to(channel_id: str, page_url: str, image_url: str, jurisdiction: str, channels: Channels) -> Route:
    return route_for(channel_id, _at(page_url, image_url), jurisdiction, channels)


def _at(page_url: str, image_url: str) -> FindToReport:
    return FindToReport(sighting=SightingId(""), page_url=page_url, image_url=image_url)


def route_for(channel_id: str, find: FindToReport, jurisdiction: str, channels: Channels) -> Route:
    """The route to one channel that the user named. Raises UsageError for an unknown id, and for a channel
    for which this version has no draft."""
    channel = channels.get(channel_id)
    code = country(jurisdiction)
    answers_for = [host for host in find.hosts if _match_length(channel, host)]
    hosts = answers_for or list(find.hosts[:1])
    found = _route(channel, _lane_of(channel, hosts, find), hosts, code, channels)
    if found is None:
        raise UsageError(
            f"there is no draft for {channel.name} ({channel.kind}) in this version",
            remedy="Drafts are made for platforms. For the others see `reupload-monitor guide report`.",
        )
    return found


def address_for(route: Route) -> Address:
    """An address that was checked, else a lead that is not at the watched site's own domain, else none."""
    channel = route.channel
    email = channel.email if channel.email_confidence is Confidence.VERIFIED else ""
    if channel.address_is_checked:
        return Address(channel.url, email, checked=True)
    if email:
        return Address("", email, checked=True)
    if channel.url and registrable_domain(undisputed_host_of(channel.url)) != route.site:
        return Address(channel.url)
    return Address()


def _candidates(find: FindToReport, code: str, channels: Channels) -> Iterator[Route]:
    for host in find.hosts:
        named = _named(host, channels)
        fitting = [channel for channel in named if applies(code, channel.jurisdictions)]
        for channel in fitting or named:
            yield from _found(channel, _lane_of(channel, [host], find), [host], code, channels)
    if not _named(find.page_host, channels):
        for generic in (SITE_TIDA, SITE_OWN):
            channel = channels.get(generic)
            if applies(code, channel.jurisdictions):
                yield from _found(channel, Lane.PLATFORM, [find.page_host], code, channels)


def _lane_of(channel: Channel, hosts: Sequence[str], find: FindToReport) -> Lane:
    if channel.kind is not ChannelKind.HOST:
        return _LANE_OF[channel.kind]
    return Lane.MEDIA_HOST if find.media_host in hosts else Lane.PAGE_HOST


def _named(host: str, channels: Channels) -> list[Channel]:
    """Channels for this host, of the kinds that some regime is for (`regimes.toml`): those with the longest matching
    name (drive.google.com before google.com)."""
    lengths = {
        channel: _match_length(channel, host)
        for channel in channels.channels
        if any(channel.kind in regime.channel_kinds for regime in regimes())
    }
    longest = max(lengths.values(), default=0)
    return [channel for channel, length in lengths.items() if length and length == longest]


def _match_length(channel: Channel, host: str) -> int:
    return max((len(name) for name in channel.hosts if host == name or host.endswith("." + name)), default=0)


def _found(channel: Channel, lane: Lane, hosts: Sequence[str], code: str, channels: Channels) -> Iterable[Route]:
    route = _route(channel, lane, hosts, code, channels)
    return () if route is None else (route,)


def _route(channel: Channel, lane: Lane, hosts: Sequence[str], code: str, channels: Channels) -> Route | None:
    """None where no words are known for such a desk."""
    regime = next((regime for regime in regimes() if regime.fits(channel, code)), None)
    if regime is None:
        return None
    deadline, source = _deadline(channel, regime, code, channels)
    warnings = []
    if not applies(code, channel.jurisdictions):
        warnings.append(
            f"This way is made for people in {', '.join(channel.jurisdictions)}. The site may still take it "
            "from you; we do not know."
        )
    return Route(
        channel=channel,
        regime=regime,
        site=registrable_domain(hosts[0]) if hosts else "",
        jurisdiction=code,
        lane=lane,
        hosts=tuple(hosts),
        deadline=deadline,
        deadline_source=source,
        then=channels.get(regime.then) if regime.then else None,
        warnings=tuple(warnings),
    )


def _deadline(channel: Channel, regime: Regime, code: str, channels: Channels) -> tuple[Deadline | None, str]:
    """The law that the regime cites; else a law of the person's own country that binds this desk; else a
    promise."""
    own = [regime.legal_basis] if regime.legal_basis else []
    for name in own or channel.legal_basis:
        basis = channels.basis(name)
        if basis.deadline is not None and applies(code, (basis.jurisdiction,)):
            return basis.deadline, basis.name
    if channel.promise is not None:
        return channel.promise, "their own promise"
    return None, ""


class _Order(NamedTuple):
    lane: float
    is_generic: bool
    country: int
    hours: float
    removed: float
    median_hours: float
    is_unchecked: bool


def _order(route: Route) -> _Order:
    """A desk that removed nothing in all its reports comes after the search engines, whatever its lane: it is not left
    out, for the law may want it asked first."""
    record = route.record if route.record is not None and route.record.is_enough else None
    hopeless = record is not None and record.is_hopeless and route.lane.is_at_source
    return _Order(
        lane=Lane.SEARCH.place + 0.5 if hopeless else route.lane.place,
        is_generic=route.channel.id in (SITE_TIDA, SITE_OWN),
        country=_country_rank(route),
        hours=_hours(route.deadline),
        removed=-record.removed / record.sent if record else -0.5,  # nothing known: between good and bad
        median_hours=record.median_hours or 0.0 if record else 0.0,
        is_unchecked=not address_for(route).checked,
    )


def _country_rank(route: Route) -> int:
    listed = route.channel.jurisdictions
    if not applies(route.jurisdiction, listed):
        return 2
    return 0 if applies(route.jurisdiction, [place for place in listed if place != "GLOBAL"]) else 1


def _hours(deadline: Deadline | None) -> float:
    if deadline is None:
        return float("inf")
    return deadline.hours or deadline.months * 31 * 24
