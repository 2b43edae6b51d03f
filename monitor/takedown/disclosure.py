"""What a request gives away, to whom, and whose name stands in it."""

from __future__ import annotations

import re

from monitor.model.case import Authority
from monitor.takedown.channel import UploaderMaySee
from monitor.takedown.drafts import Claimant, NameRule
from monitor.takedown.fields import Asks
from monitor.takedown.regimes import Element
from monitor.takedown.routing import Route

_WITHHELD = "[name withheld]"


def shows_name(route: Route, names: NameRule) -> bool:
    if names is not NameRule.AUTO:
        return names is NameRule.ALLOW
    if route.channel.uploader_may_read:
        return False
    return asks_for_name(route) or is_signed(route)


def asks_for_name(route: Route) -> bool:
    return route.channel.asks(Asks.NAME)


def is_signed(route: Route) -> bool:
    return Element.SIGNATURE in route.regime.elements or route.channel.asks(Asks.SIGNATURE)


def disclosures(route: Route, claimant: Claimant, *, name_shown: bool) -> tuple[str, ...]:
    """In full sentences, for the person."""
    said = []
    if route.channel.uploader_may_read:
        said.append("Treat this as something that the person who posted it may read.")
    elif route.channel.uploader_may_see is UploaderMaySee.UNKNOWN:
        said.append("We do not know whether they tell the person who posted it who asked.")
    if not name_shown:
        is_self = claimant.role is Authority.SELF
        whose = "Your legal name" if is_self else "The legal name of the person shown"
        signed = "; it is signed with initials" if is_self and is_signed(route) else ""
        said.append(
            f"{whose} was left out{signed}. If they insist on the name, you decide whether it is safe to give it."
        )
    if _is_in_email(claimant):
        said.append("The e-mail address holds part of your name. One that does not is safer.")
    return tuple(said)


def initials(signature: str) -> str:
    """`Jane van Doe` -> `J. v. D.`: a signature in law, and no name."""
    return " ".join(f"{word[0]}." for word in re.split(r"[\s-]+", signature) if word)


def without(name: str, text: str) -> str:
    """`text` without the name and without its parts of three letters and more, whatever their case."""
    for part in sorted({name, *(word for word in name.split() if len(word) > 2)}, key=len, reverse=True):
        if part:
            text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", _WITHHELD, text, flags=re.IGNORECASE)
    held = re.escape(_WITHHELD)
    return re.sub(f"{held}( {held})+", _WITHHELD, text)


def _is_in_email(claimant: Claimant) -> bool:
    local = claimant.email.partition("@")[0].casefold()
    return any(len(word) > 2 and word.casefold() in local for word in claimant.name.split())
