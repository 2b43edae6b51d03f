"""The ways to ask: which words, for which desks, with what not missing. Read from `regimes.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from monitor.errors import ConfigError
from monitor.takedown.channel import Channel, ChannelKind
from monitor.takedown.countries import applies

_FILE = "regimes.toml"

Member = TypeVar("Member", bound=StrEnum)


class Element(StrEnum):
    """What must not be missing in a request; `elements.py` checks each."""

    IDENTIFICATION = "identification"
    INTIMATE = "intimate"
    GOOD_FAITH = "good_faith"
    AUTHORITY = "authority"
    CONTACT = "contact"
    SIGNATURE = "signature"
    NAME = "name"  # of who gives notice
    POSTAL_ADDRESS = "postal_address"
    PHONE = "phone"
    COUNTRY = "country"
    COPYRIGHT = "copyright"
    DATA_SUBJECT = "data_subject"
    REAL = "real"  # a desk that has another form for fakes
    FORGED = "forged"
    STANDS = "stands"  # still there at its source, at a desk that has another form for what is gone
    GONE = "gone"  # removed at its source
    EARLIER = "earlier"  # a request that was sent before
    TIME_OUT = "time_out"  # it was refused, or its time has run out


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """One way to ask, read from `regimes.toml`.

    legal_basis: cited; '' = none. jurisdiction: of the person; () = any. named_by: the kinds of desk that have to name
    the legal basis themselves; the others are bound by their kind. of_channels: for these desks alone. gives_away: to
    whom the request gives what, in full sentences for the person. words: the template of another. else_without_law:
    where the name that it wants is not given, the desk is asked in words that cite no law. stated_for: the kinds of
    desk that are asked so once the person has stated what it wants; stated_in: where that law holds, () = everywhere.
    then: where to complain when the time has run out. on_first_day: of an authority that takes a report beside
    the site, before anybody was asked: that, in a sentence for the person; '' = once a site's time is out.
    """

    id: str
    title: str
    channel_kinds: tuple[ChannelKind, ...]
    elements: tuple[Element, ...]
    legal_basis: str = ""
    jurisdiction: tuple[str, ...] = ()
    named_by: tuple[ChannelKind, ...] = ()
    of_channels: tuple[str, ...] = ()
    gives_away: str = ""
    words: str = ""
    else_without_law: bool = False
    stated_for: tuple[ChannelKind, ...] = ()
    stated_in: tuple[str, ...] = ()
    then: str = ""
    on_first_day: str = ""

    @property
    def template(self) -> str:
        return f"{self.words or self.id}.txt.j2"

    def fits(self, channel: Channel, jurisdiction: str) -> bool:
        return (
            channel.kind in self.channel_kinds
            and (not self.of_channels or channel.id in self.of_channels)
            and (channel.kind not in self.named_by or self.legal_basis in channel.legal_basis)
            and (not self.jurisdiction or _both(jurisdiction, self.jurisdiction, channel.jurisdictions))
        )


def _both(jurisdiction: str, law: tuple[str, ...], desk: tuple[str, ...]) -> bool:
    """Of the person: the law holds there, and the desk is for people there."""
    return applies(jurisdiction, law) and applies(jurisdiction, desk)


def regime_for(channel: Channel, jurisdiction: str) -> Regime | None:
    """The strongest words for it; None where there are none: no draft is made."""
    if not takes_reports(channel):
        return None
    return next((regime for regime in regimes() if regime.fits(channel, jurisdiction)), None)


def stated_regime(channel: Channel, jurisdiction: str, statement: Element) -> Regime | None:
    """The words for it that want this statement of the person; None where there are none."""
    wanted = (regime for regime in regimes() if channel.kind in regime.stated_for and statement in regime.elements)
    return next((one for one in wanted if not one.stated_in or applies(jurisdiction, one.stated_in)), None)


def without_law(regime: Regime, channel: Channel) -> Regime:
    """The same request in words that cite no law, which ask for less of the person; itself where there is none."""
    others = (other for other in regimes() if not other.legal_basis and not other.jurisdiction)
    return next((other for other in others if other.fits(channel, "")), regime)


def takes_reports(channel: Channel) -> bool:
    """A search engine of which no way to report is known takes none: the engine that it shows takes it."""
    if channel.kind is ChannelKind.SEARCH:
        return bool(channel.fields)
    return channel.id not in NO_DESK


NO_DESK = frozenset({"abusix_dns", "rfc2142"})
"""Lookups that are no desk and never become one: a third party's record, and a guess."""


@cache
def regimes() -> tuple[Regime, ...]:
    """In order of preference."""
    return regimes_in((files("monitor.takedown") / _FILE).read_text("utf-8"))


def regimes_in(text: str) -> tuple[Regime, ...]:
    """Of the text of `regimes.toml`. Raises ConfigError for a kind or an element that is not one."""
    rows = tomllib.loads(text)["regime"]
    return tuple(
        Regime(
            **{
                **row,
                "channel_kinds": _members(ChannelKind, row, "channel_kinds"),
                "elements": _members(Element, row, "elements"),
                "named_by": _members(ChannelKind, row, "named_by"),
                "stated_for": _members(ChannelKind, row, "stated_for"),
                "jurisdiction": tuple(row.get("jurisdiction", ())),
                "of_channels": tuple(row.get("of_channels", ())),
                "stated_in": tuple(row.get("stated_in", ())),
            }
        )
        for row in rows
    )


def _members(of: type[Member], row: Mapping[str, Any], key: str) -> tuple[Member, ...]:
    try:
        return tuple(of(word) for word in row.get(key, ()))
    except ValueError as error:
        raise ConfigError.at(
            f"regime {row['id']!r}: {error}",
            remedy=f"One of: {', '.join(of)}. A further one stands in {of.__name__}, with what it means in code.",
            file=_FILE,
            key=key,
        ) from error
