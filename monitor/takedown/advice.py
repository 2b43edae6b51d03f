"""Where else help is to be had, for which no draft is made: hash services, authorities, helplines, police. Pure."""

from __future__ import annotations

from monitor.takedown.answering_desks import LANE_OF
from monitor.takedown.channel import Channel, Channels, Confidence
from monitor.takedown.countries import country, is_own
from monitor.takedown.lanes import Lane

ADVICE_LANES = (Lane.HASH_SERVICE, Lane.REGULATOR, Lane.HELPLINE, Lane.POLICE)

FOR_CHILDREN = frozenset({"ncmec_takeitdown", "project_arachnid", "cybertipline", "iwf", "cybertip_ca"})
"""For pictures of people who were under 18 in them. No find of this program is one: those are closed."""


def advice(jurisdiction: str, channels: Channels) -> tuple[tuple[Lane, Channel], ...]:
    """By lane: those of the person's own country, and of those for everybody the hash services. Checked ones first."""
    code = country(jurisdiction)
    found = [
        (lane, channel)
        for channel in channels.channels
        if channel.id not in FOR_CHILDREN
        and (lane := LANE_OF.get(channel.kind)) in ADVICE_LANES
        and (is_own(code, channel.jurisdictions) or (lane is Lane.HASH_SERVICE and "GLOBAL" in channel.jurisdictions))
    ]
    return tuple(sorted(found, key=lambda one: (one[0].place, one[1].confidence is not Confidence.VERIFIED)))
