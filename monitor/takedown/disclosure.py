"""What a request gives away, to whom, and whose name stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.model.case import Authority
from monitor.takedown.channel import Channel, ChannelKind, UploaderMaySee
from monitor.takedown.drafts import Claimant, NameRule
from monitor.takedown.fields import Asks
from monitor.takedown.regimes import Element
from monitor.takedown.routing import Route

_REACHES_CUSTOMER = (ChannelKind.HOST, ChannelKind.CDN, ChannelKind.REGISTRAR)


def shows_name(route: Route, names: NameRule) -> bool:
    if names is not NameRule.AUTO:
        return names is NameRule.ALLOW
    if route.channel.uploader_may_read:
        return False
    return asks_for_name(route) or is_signed(route) or Element.NAME in route.regime.elements


def asks_for_name(route: Route) -> bool:
    return route.channel.asks(Asks.NAME)


def is_signed(route: Route) -> bool:
    return Element.SIGNATURE in route.regime.elements or route.channel.asks(Asks.SIGNATURE)


def text_reaches_customer(channel: Channel) -> bool:
    """What is written to it freely is handed to its customer, who may be the one who posted it: no name stands there,
    whatever its form asks for in a field of its own."""
    return channel.kind in _REACHES_CUSTOMER


def given_away(route: Route) -> tuple[str, ...]:
    """What such a request gives away by its law and its desk, whatever the person allows; told before it is made."""
    handed = (f"What they pass on: {one.what}, to {one.to} (read in: {one.source})." for one in route.channel.passes_on)
    return (*([route.regime.gives_away] if route.regime.gives_away else []), *handed)


def disclosures(route: Route, claimant: Claimant, *, name_shown: bool) -> tuple[str, ...]:
    """In full sentences, for the person."""
    return (*given_away(route), *_of_the_desk(route, claimant, name_shown=name_shown))


def _of_the_desk(route: Route, claimant: Claimant, *, name_shown: bool) -> Iterator[str]:
    if route.channel.uploader_may_read:
        yield "Treat this as something that the person who posted it may read."
    elif route.channel.uploader_may_see is UploaderMaySee.UNKNOWN:
        yield "We do not know whether they tell the person who posted it who asked."
    if not name_shown:
        is_self = claimant.role is Authority.SELF
        whose = "Your legal name" if is_self else "The legal name of the person shown"
        signed = "; it is signed with initials" if is_self and is_signed(route) else ""
        yield f"{whose} was left out{signed}. If they insist on the name, you decide whether it is safe to give it."
    if _is_in_email(claimant):
        yield "The e-mail address holds part of your name. One that does not is safer."


def initials(signature: str) -> str:
    """`Jane van Doe` -> `J. v. D.`: a signature in law, and no name."""
    return " ".join(f"{word[0]}." for word in re.split(r"[\s-]+", signature) if word)


def without(name: str, text: str, mark: str) -> str:
    """`text` without the name and without its parts of three letters and more, whatever their case: `mark` in their
    place."""
    for part in sorted({name, *(word for word in name.split() if len(word) > 2)}, key=len, reverse=True):
        if part:
            text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", mark, text, flags=re.IGNORECASE)
    held = re.escape(mark)
    return re.sub(f"{held}( {held})+", mark, text)


def _is_in_email(claimant: Claimant) -> bool:
    local = claimant.email.partition("@")[0].casefold()
    return any(len(word) > 2 and word.casefold() in local for word in claimant.name.split())
