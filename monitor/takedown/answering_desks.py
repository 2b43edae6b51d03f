"""Which desks answer for a find: by its host names, by who serves them, and by the person's country."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.hosts import undisputed_host_of
from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.ids import SightingId
from monitor.takedown.channel import Channel, ChannelKind, Channels
from monitor.takedown.countries import applies
from monitor.takedown.lanes import Lane
from monitor.takedown.rdap.contacts import for_place
from monitor.takedown.whose_desk import desks_of

SITE_TIDA = "site_tida"  # for a site that no channel names, where the US Act applies
SITE_OWN = "site_own"  # for a site that no channel names

LANE_OF = {
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
    page or its media was found gone for good, so that at most a search still shows it. software: what is known to run
    the page's server, as `Channel.software` has it; '' = not known."""

    sighting: SightingId
    page_url: str
    image_url: str = ""
    account: str = ""
    is_gone: bool = False
    software: str = ""

    @property
    def page_host(self) -> str:
        return undisputed_host_of(self.page_url)

    @property
    def media_host(self) -> str:
        return undisputed_host_of(self.image_url)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Where the page is and where the picture, without what is none."""
        return tuple(dict.fromkeys(host for host in (self.page_host, self.media_host) if host))


@dataclass(frozen=True, slots=True)
class AnsweringDesk:
    """contact: where a registry gave the address."""

    channel: Channel
    lane: Lane
    hosts: tuple[str, ...]
    contact: AbuseContact | None = None


def answering_desks(
    find: FindToReport,
    code: str,
    channels: Channels,
    hosting: Mapping[str, Hosting],
    dead: Collection[str] = (),
) -> Iterator[AnsweringDesk]:
    """In no order that means anything; one desk may come twice, for two hosts. A find that is gone at its source is
    asked about at search engines alone. dead: addresses from which a request came back."""
    if not find.is_gone:
        yield from _of_the_site(find, code, channels)
        yield from _of_who_serves_it(find, channels, hosting, dead)
    for channel in channels.channels:
        if channel.kind is ChannelKind.SEARCH and applies(code, channel.jurisdictions):
            yield AnsweringDesk(channel, Lane.SEARCH, find.hosts)
        if channel.kind is ChannelKind.REGULATOR and applies(code, channel.jurisdictions) and not find.is_gone:
            yield AnsweringDesk(channel, Lane.REGULATOR, find.hosts)


def lane_of(channel: Channel, hosts: Collection[str], find: FindToReport) -> Lane:
    if channel.kind is not ChannelKind.HOST:
        return LANE_OF[channel.kind]
    return Lane.MEDIA_HOST if find.media_host in hosts else Lane.PAGE_HOST


def match_length(channel: Channel, host: str) -> int:
    """Of the longest of its names that this host is, or stands below; 0 for none."""
    return max((len(name) for name in channel.hosts if host == name or host.endswith("." + name)), default=0)


def _of_the_site(find: FindToReport, code: str, channels: Channels) -> Iterator[AnsweringDesk]:
    for host in find.hosts:
        named = _at(host, find, channels)
        for channel in [one for one in named if applies(code, one.jurisdictions)] or named:
            yield AnsweringDesk(channel, lane_of(channel, [host], find), (host,))
    if not any(channel.kind is ChannelKind.PLATFORM for channel in _at(find.page_host, find, channels)):
        for generic in (SITE_TIDA, SITE_OWN):
            channel = channels.get(generic)
            if applies(code, channel.jurisdictions):
                yield AnsweringDesk(channel, Lane.PLATFORM, (find.page_host,))


def _at(host: str, find: FindToReport, channels: Channels) -> Sequence[Channel]:
    """By the host's name; else by what is known to run there."""
    named = _named(host, channels)
    if named or host != find.page_host or not find.software:
        return named
    return [channel for channel in channels.channels if channel.software == find.software]


def _named(host: str, channels: Channels) -> Sequence[Channel]:
    """Channels for this host, of the kinds that run sites or serve them: those with the longest matching name
    (drive.google.com before google.com)."""
    lengths = [(match_length(channel, host), channel) for channel in channels.channels if channel.kind in _SERVING]
    longest = max((length for length, _ in lengths), default=0)
    return [channel for length, channel in lengths if length and length == longest]


_SERVING = (ChannelKind.PLATFORM, ChannelKind.HOST, ChannelKind.CDN)


def _of_who_serves_it(
    find: FindToReport, channels: Channels, hosting: Mapping[str, Hosting], dead: Collection[str]
) -> Iterator[AnsweringDesk]:
    for host in find.hosts:
        known = hosting.get(host)
        for told in for_place(known, find.hosts).contacts if known is not None else ():
            # Where its address is only guessed, its own desk may be known all the same.
            contact = told if told.may_be_used else replace(told, email="", url="")
            if {contact.email, contact.url} & set(dead) - {""}:
                continue
            for channel in desks_of(contact, channels):
                yield AnsweringDesk(channel, _lane_at(contact, host, find), (host,), contact)


def _lane_at(contact: AbuseContact, host: str, find: FindToReport) -> Lane:
    if contact.part is HostPart.REGISTRAR:
        return Lane.REGISTRAR
    if contact.part is HostPart.CDN:
        return Lane.CDN
    return Lane.MEDIA_HOST if host == find.media_host else Lane.PAGE_HOST
