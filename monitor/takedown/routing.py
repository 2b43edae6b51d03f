"""Which desks fit a find, in which order, and in which words each is asked. Pure decisions on the channel data, on what
registries said of its hosts, and on what came of earlier reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

from monitor.domains import registrable_domain
from monitor.errors import UsageError
from monitor.model.hosting import AbuseContact, Hosting
from monitor.takedown.answering_desks import (
    SITE_OWN,
    SITE_TIDA,
    AnsweringDesk,
    FindToReport,
    answering_desks,
    lane_of,
    match_length,
)
from monitor.takedown.channel import Channel, ChannelKind, ChannelMethod, Channels, Confidence
from monitor.takedown.clocks import Deadline
from monitor.takedown.countries import applies, country, is_own
from monitor.takedown.lanes import Lane
from monitor.takedown.record import Record, SuccessRecord
from monitor.takedown.regimes import Element, Regime, regime_for, stated_regime
from monitor.takedown.watched_site import WatchedSite


class Desk(NamedTuple):
    """By which two routes are one: the channel, and the address where that was looked up."""

    channel: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One desk and the words for it. site: the registrable domain that the desk answers for. hosts: the host names of
    the find for which it is asked. contact: where a registry gave the address of who serves or registered it.

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
    contact: AbuseContact | None = None
    deadline: Deadline | None = None
    deadline_source: str = ""
    then: Channel | None = None
    record: Record | None = None
    warnings: tuple[str, ...] = ()

    @property
    def desk(self) -> Desk:
        contact = self.contact if self.channel.method is ChannelMethod.LOOKUP else None
        return Desk(self.channel.id, (contact.email or contact.url) if contact else "")

    def answers_for(self, host: str) -> bool:
        """Content at this host name is this desk's."""
        return host in self.hosts or bool(match_length(self.channel, host)) or registrable_domain(host) == self.site


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send it. `checked`: read in the desk's own text, by whoever renewed the data or by the person. Unchecked
    web addresses are leads to look at, never to be used as they stand; unchecked e-mail addresses are given only where
    a registry gave them: `named_by` is its answer."""

    url: str = ""
    email: str = ""
    checked: bool = False
    named_by: AbuseContact | None = None

    @property
    def is_known(self) -> bool:
        return self.checked or self.named_by is not None


REGISTRAR_DUTY = (
    "A registrar can only take away the whole name, never one page, and its duty against abuse of names does not name "
    "intimate images: expect little, and say plainly that you ask it to act on something illegal."
)

NO_RECORD = SuccessRecord()
NO_HOSTING: Mapping[str, Hosting] = MappingProxyType({})


def fitting_routes(
    find: FindToReport,
    jurisdiction: str,
    channels: Channels,
    *,
    hosting: Mapping[str, Hosting] = NO_HOSTING,
    record: SuccessRecord = NO_RECORD,
    dead: Collection[str] = (),
) -> tuple[Route, ...]:
    """Every desk that fits, in the order in which they are asked; none that is known to publish complaints.

    Both places are looked at: the picture may stand elsewhere than the page. A site that no channel names
    gets the site's own process, without an address. jurisdiction: ISO country code of the person's case; '' =
    not said. hosting: what is known of who serves these host names. dead: addresses from which a request came back.

    In a lane: those of the person's own country first, then the shortest clock, then what earlier reports came to.
    """
    code = country(jurisdiction)
    desks = answering_desks(find, code, channels, hosting, dead)
    found = (_route(one, find, code, channels) for one in desks if not one.channel.publishes_complaints)
    routes = _each_desk_once(route for route in found if route is not None)
    known = [replace(route, record=record.of(route.site, route.channel.id)) for route in routes]
    return tuple(sorted(known, key=_order))


def _each_desk_once(found: Iterable[Route]) -> list[Route]:
    """For all the hosts that it answers for, in the lane that comes first."""
    routes: dict[Desk, Route] = {}
    for route in found:
        kept = routes.setdefault(route.desk, route)
        first = min(kept, route, key=lambda one: one.lane.place)
        routes[route.desk] = replace(first, hosts=tuple(dict.fromkeys((*kept.hosts, *route.hosts))))
    return list(routes.values())


def next_route(routes: Sequence[Route], tried: Collection[Desk]) -> Route | None:
    """The first that was not tried; None when all were."""
    return next((route for route in routes if route.desk not in tried), None)


def first_day(routes: Sequence[Route]) -> tuple[Route, ...]:
    """Whom to ask on the first day: the lanes at the source up to the first that has a desk whose address is known and
    that is not known to do nothing, and the search engines beside them. A site's report link is used once: in the words
    of the law that sets a time, where there is one; without them only after that."""
    in_law = {route.site for route in routes if route.channel.id == SITE_TIDA}
    routes = [route for route in routes if route.channel.id != SITE_OWN or route.site not in in_law]
    at_source = [route for route in routes if route.lane.is_at_source]
    last = next(
        (
            route.lane
            for route in sorted(at_source, key=lambda route: route.lane.place)
            if address_for(route).is_known and not (route.record and route.record.is_hopeless)
        ),
        Lane.CDN,
    )
    return tuple(
        route
        for route in routes
        if route.lane is Lane.SEARCH or (route.lane.is_at_source and route.lane.place <= last.place)
    )


def routes_for(
    channel_id: str,
    find: FindToReport,
    jurisdiction: str,
    channels: Channels,
    *,
    hosting: Mapping[str, Hosting] = NO_HOSTING,
) -> tuple[Route, ...]:
    """The routes to one channel that the user named: several where it stands for whoever a registry names. Raises
    UsageError for an unknown id, and for a channel for which there is no draft."""
    channel, code = channels.get(channel_id), country(jurisdiction)
    fitting = [one for one in answering_desks(find, code, channels, hosting) if one.channel.id == channel_id]
    if not fitting and channel.method is ChannelMethod.LOOKUP:
        raise UsageError(
            f"who serves {' and '.join(find.hosts) or 'it'} is not known, or publishes no address for reports",
            remedy=f"Ask the registries: reupload-monitor reports hosts {find.sighting} --ask",
        )
    if not fitting:
        hosts = [host for host in find.hosts if match_length(channel, host)] or find.hosts[:1]
        fitting = [AnsweringDesk(channel, lane_of(channel, hosts, find), tuple(hosts))]
    found = [_route(one, find, code, channels) for one in fitting]
    routes = _each_desk_once(route for route in found if route is not None)
    if not routes:
        raise UsageError(
            f"there is no draft for {channel.name} ({channel.kind}) in this version",
            remedy="Drafts are made for platforms, hosts, networks, registrars, search engines and authorities that "
            "take reports. For the others see `reupload-monitor guide report-where`.",
        )
    return tuple(routes)


def as_stated(route: Route, statements: Collection[Element], channels: Channels) -> Route:
    """The same desk asked in the words of the law that wants one of these statements, where there is one. It gives away
    more, so the person names the desk for it."""
    for statement in statements:
        regime = stated_regime(route.channel, route.jurisdiction, statement)
        if regime is not None:
            deadline, source = _deadline(route.channel, regime, route.jurisdiction, channels)
            then = channels.get(regime.then) if regime.then else None
            return replace(route, regime=regime, deadline=deadline, deadline_source=source, then=then)
    return route


def address_for(route: Route) -> Address:
    """An address that was checked, else a lead that is not at the watched site's own domain, else none."""
    channel = route.channel
    email = channel.email if channel.email_confidence is Confidence.VERIFIED else ""
    if channel.address_is_checked:
        return Address(channel.url, email, checked=True)
    if email:
        return Address("", email, checked=True)
    if route.contact is not None and route.contact.may_be_used:
        is_checked = route.contact.checked_on is not None
        return Address(route.contact.url, route.contact.email, checked=is_checked, named_by=route.contact)
    if channel.url and not WatchedSite.at(route.hosts).has_url(channel.url):
        return Address(channel.url)
    return Address()


def _route(one: AnsweringDesk, find: FindToReport, code: str, channels: Channels) -> Route | None:
    """None where no words are known for such a desk."""
    channel = one.channel
    regime = regime_for(channel, code)
    if regime is None:
        return None
    deadline, source = _deadline(channel, regime, code, channels)
    warnings = [REGISTRAR_DUTY] if one.lane is Lane.REGISTRAR else []
    if regime.on_first_day:
        warnings.append(regime.on_first_day)
    if channel.publishes_complaints:
        warnings.append("They are known to show complaints in public, with whatever stands in them. Ask somebody else.")
    if not applies(code, channel.jurisdictions):
        warnings.append(
            f"This way is made for people in {', '.join(channel.jurisdictions)}. The site may still take it "
            "from you; we do not know."
        )
    return Route(
        channel=channel,
        regime=regime,
        site=registrable_domain(one.hosts[0]) if one.hosts else "",
        jurisdiction=code,
        lane=one.lane,
        hosts=one.hosts,
        contact=one.contact,
        deadline=deadline,
        deadline_source=source,
        then=channels.get(regime.then) if regime.then else None,
        warnings=tuple(warnings),
    )


def _deadline(channel: Channel, regime: Regime, code: str, channels: Channels) -> tuple[Deadline | None, str]:
    """The law that the regime cites; else a law of the person's own country that binds this desk; else a
    promise."""
    if channel.kind is ChannelKind.REGULATOR:  # what it watches over binds others
        bases: tuple[str, ...] = ()
    else:
        bases = channel.legal_basis
    for name in (regime.legal_basis,) if regime.legal_basis else bases:
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
    return 0 if is_own(route.jurisdiction, listed) else 1


def _hours(deadline: Deadline | None) -> float:
    if deadline is None:
        return float("inf")
    return deadline.hours or deadline.months * 31 * 24
