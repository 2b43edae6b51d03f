"""Which desks fit a sighting, and in which words each is asked. Pure decisions on the channel data."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.domains import registrable_domain
from monitor.errors import UsageError
from monitor.hosts import undisputed_host_of
from monitor.takedown.channel import Channel, Channels, Confidence
from monitor.takedown.clocks import Deadline
from monitor.takedown.countries import applies, country
from monitor.takedown.regimes import Regime, regimes

SITE_TIDA = "site_tida"  # for a site that no channel names, where the US Act applies
SITE_OWN = "site_own"  # for a site that no channel names


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One desk and the words for it. site: the registrable domain that the desk answers for.

    deadline: what the law gives (or the desk promises), None where neither says; `deadline_source` says
    which. then: where to complain when the time has run out. warnings: for the person, in full sentences.
    """

    channel: Channel
    regime: Regime
    site: str
    jurisdiction: str
    deadline: Deadline | None = None
    deadline_source: str = ""
    then: Channel | None = None
    warnings: tuple[str, ...] = ()

    def answers_for(self, host: str) -> bool:
        """Content at this host name is this desk's."""
        return bool(_match_length(self.channel, host)) or registrable_domain(host) == self.site


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send it. `checked`: read in the desk's own text. Unchecked web addresses are leads to look at,
    never to be used as they stand; unchecked e-mail addresses are not given at all."""

    url: str = ""
    email: str = ""
    checked: bool = False


def fitting_channels(page_url: str, image_url: str, jurisdiction: str, channels: Channels) -> tuple[Route, ...]:
    """Every desk that fits, the surest first; never empty.

    Both places are looked at: the picture may stand elsewhere than the page. A site that no channel names
    gets the site's own process, without an address. jurisdiction: ISO country code of the person's case; '' =
    not said.
    """
    code = country(jurisdiction)
    page_host, image_host = undisputed_host_of(page_url), undisputed_host_of(image_url)
    routes: dict[str, Route] = {}
    for host in dict.fromkeys(host for host in (page_host, image_host) if host):
        named = _named(host, channels)
        fitting = [channel for channel in named if applies(code, channel.jurisdictions)]
        for channel in fitting or named:
            routes.setdefault(channel.id, _route(channel, host, code, channels))
    if not _named(page_host, channels):
        for generic in (SITE_TIDA, SITE_OWN):
            channel = channels.get(generic)
            if applies(code, channel.jurisdictions):
                routes[generic] = _route(channel, page_host, code, channels)
    return tuple(sorted(routes.values(), key=_surest_first))


def route_to(channel_id: str, page_url: str, image_url: str, jurisdiction: str, channels: Channels) -> Route:
    """The route to one channel that the user named. Raises UsageError for an unknown id, and for a channel
    for which this version has no draft."""
    channel = channels.get(channel_id)
    code = country(jurisdiction)
    if not any(regime.fits(channel, code) for regime in regimes()):
        raise UsageError(
            f"there is no draft for {channel.name} ({channel.kind}) in this version",
            remedy="Drafts are made for platforms. For the others see `reupload-monitor guide report`.",
        )
    hosts = [host for host in (undisputed_host_of(page_url), undisputed_host_of(image_url)) if host]
    answers_for = [host for host in hosts if _match_length(channel, host)]
    return _route(channel, (answers_for or hosts or [""])[0], code, channels)


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


def _route(channel: Channel, host: str, code: str, channels: Channels) -> Route:
    regime = next(regime for regime in regimes() if regime.fits(channel, code))
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
        site=registrable_domain(host),
        jurisdiction=code,
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


def _surest_first(route: Route) -> tuple[bool, bool, bool]:
    return (route.channel.id in (SITE_TIDA, SITE_OWN), route.deadline is None, not address_for(route).checked)
