"""The guide's pages with their addresses, from the channel data that ship with the program. No configuration, no store,
no network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from monitor.guide import UNDER_18_SERVICES, page_named, text
from monitor.guide.desks import GuideAddress, GuideDesk, filled
from monitor.takedown.channel import Channel, Confidence
from monitor.takedown.channel_files import load_channels

FOR_MINORS = frozenset({"cybertipline", "iwf", "cybertip_ca", "ncmec_takeitdown", "project_arachnid"})
"""Services for pictures of minors: only where nothing else is offered."""


def guide_page(topic: str | None, today: date) -> str:
    """The page on `topic`, or the overview without one. Raises UsageError naming the nearest topic."""
    page = text(topic)
    return filled(page, _desks(today), apart=FOR_MINORS) if "{{" in page else page


def under_18_services(today: date) -> str:
    """Only the services made for pictures of minors: shown wherever this program refuses to go on."""
    return filled(page_named(UNDER_18_SERVICES), _desks(today))


def _desks(today: date) -> Mapping[str, GuideDesk]:
    return {channel.id: _desk(channel, today) for channel in load_channels().channels}


def _desk(channel: Channel, today: date) -> GuideDesk:
    every = (
        ("url", channel.url, channel.confidence),
        ("email", channel.email, channel.email_confidence),
        ("phone", channel.phone, channel.phone_confidence),
        *(("also", further.url, channel.confidence) for further in channel.also[:1]),
    )
    addresses = tuple(GuideAddress(of, value, sure is Confidence.VERIFIED) for of, value, sure in every if value)
    return GuideDesk(
        channel.id,
        channel.name,
        channel.kind.value,
        channel.jurisdictions,
        addresses,
        channel.source_copy_date,
        channel.is_stale(today),
    )
