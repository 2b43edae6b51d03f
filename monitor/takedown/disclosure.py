"""What a request gives away, to whom, and whose name stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from monitor.model.case import Authority
from monitor.plain import plain
from monitor.takedown.answering import IN_TEXT, FormField
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
    if route.channel.anonymous and not asks_for_name(route) and Element.NAME not in route.regime.elements:
        return False  # initials are a signature as well
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


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOfPerson:
    """What of a person stands in a request. name_in, signature_in: in which of its parts the legal name of the person
    shown stands, and the name of who signs for them. addresses: all of its addresses and account names."""

    name_in: tuple[str, ...]
    signature_in: tuple[str, ...]
    addresses: tuple[str, ...]


def held_of_person(
    claimant: Claimant, text: str, fields: Sequence[FormField], addresses: Iterable[str]
) -> HeldOfPerson:
    """text: that is sent. addresses: that may stand in it, as they are printed."""
    is_self = claimant.role is Authority.SELF
    is_signed_so = is_self and holds_part_of(claimant.name, claimant.signature)  # else they sign with less
    parts = [("in the text", text)]
    parts += [(f"in the field '{field.label}'", field.value) for field in fields if field.value != IN_TEXT]
    held = "\n".join(value for _, value in parts)
    return HeldOfPerson(
        name_in=_parts_with([claimant.name, *([claimant.signature] if is_signed_so else [])], parts),
        signature_in=() if is_self else _parts_with({claimant.signature}, parts),
        addresses=tuple(dict.fromkeys(one for one in addresses if one and one in held)),
    )


def _parts_with(names: Iterable[str], parts: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    wanted = [written for name in names if (written := plain(" ".join(name.split())))]
    return tuple(where for where, value in parts if any(name in " ".join(value.split()) for name in wanted))


def disclosures(route: Route, claimant: Claimant, what: HeldOfPerson) -> tuple[str, ...]:
    """In full sentences, for the person."""
    return (*given_away(route), *_of_the_desk(route, claimant, what))


def _of_the_desk(route: Route, claimant: Claimant, what: HeldOfPerson) -> Iterator[str]:
    if route.channel.uploader_may_read:
        yield "Treat this as something that the person who posted it may read."
    elif route.channel.uploader_may_see is UploaderMaySee.UNKNOWN:
        yield "We do not know whether they tell the person who posted it who asked."
    is_self = claimant.role is Authority.SELF
    if what.name_in:
        whose = "your legal name" if is_self else "the legal name of the person shown"
        yield f"It gives them {whose}, {' and '.join(what.name_in)}. {_why_the_name(route)}".strip()
    else:
        whose = "Your legal name" if is_self else "The legal name of the person shown"
        signed = "; it is signed with initials" if is_self and is_signed(route) else ""
        yield f"{whose} was left out{signed}. If they insist on the name, you decide whether it is safe to give it."
    if what.signature_in:
        yield f"It gives them the name of who signs for the person shown, {' and '.join(what.signature_in)}."
    telling = [one for one in what.addresses if holds_part_of(claimant.name, one)]
    if telling:
        yield (
            f"Addresses or account names in it hold your name or part of it ({len(telling)}). The desk finds the "
            "picture by them, so they stand as they are."
            if is_self
            else f"Addresses or account names in it hold the name of the person shown or part of it ({len(telling)}). "
            "The desk finds the picture by them, so they stand as they are."
        )
    if _is_in_email(claimant):
        yield "The e-mail address holds part of your name. One that does not is safer."


def _why_the_name(route: Route) -> str:
    if asks_for_name(route):
        return "Their form asks for it."
    if Element.NAME in route.regime.elements:
        return "The law wants it."
    return "To sign with initials instead: --name withhold." if is_signed(route) else ""


def holds_part_of(name: str, address: str) -> bool:
    """The name without its blanks, or a part of it of three letters and more as a word; escapes are read."""
    text, whole = unquote(address).casefold(), "".join(name.casefold().split())
    words = (word for word in name.casefold().split() if len(word) > 2)
    letter = r"[^\W\d_]"
    return (len(whole) > 5 and whole in text) or any(
        re.search(rf"(?<!{letter}){re.escape(word)}(?!{letter})", text) for word in words
    )


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
