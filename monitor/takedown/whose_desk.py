"""Which known desk a looked-up organisation is. Pure: what a registry said, beside the channel data."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.domains import domain_of, registrable_domain
from monitor.model.hosting import AbuseContact, HostPart
from monitor.takedown.channel import Channel, ChannelKind, ChannelMethod, Channels

NETWORK = "rdap_network"  # for a host or a CDN that no channel names: the address that its registry gives
DOMAIN = "rdap_domain"  # likewise for a registrar

_KIND = {
    HostPart.HOST: ChannelKind.HOST,
    HostPart.CDN: ChannelKind.CDN,
    HostPart.REGISTRAR: ChannelKind.REGISTRAR,
}


def desks_of(contact: AbuseContact, channels: Channels) -> tuple[Channel, ...]:
    """The channels of this organisation, of the kind that it is here; else the one for what was looked up, where an
    address was; () where neither is known.

    An organisation is known by its name (`rdap/organisations.toml`), else by the domain of the address that it
    publishes there."""
    own = tuple(
        channel
        for channel in channels.channels
        if channel.kind is _KIND[contact.part]
        and channel.method is not ChannelMethod.LOOKUP
        and (channel.id == contact.desk if contact.desk else _domains(contact) & set(_domains_of(channel)))
    )
    if own or not (contact.email or contact.url):
        return own
    return (channels.get(DOMAIN if contact.part is HostPart.REGISTRAR else NETWORK),)


def _domains(contact: AbuseContact) -> set[str]:
    return {domain_of(contact.url), registrable_domain(contact.email.rpartition("@")[2])} - {""}


def _domains_of(channel: Channel) -> Iterator[str]:
    yield domain_of(channel.url)
    yield registrable_domain(channel.email.rpartition("@")[2])
    yield from (registrable_domain(host) for host in channel.hosts)
