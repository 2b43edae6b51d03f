"""Whatever an answer holds: no address comes of it that is not in it, none is the place's own, nothing raises."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.hosting import AbuseContact
from monitor.takedown.rdap.contacts import network_contacts, registrar_contact
from monitor.takedown.rdap.reading import read_registry, read_servers
from monitor.takedown.watched_site import WatchedSite
from tests.takedown.rdap.test_rdap_shapes import PLACE, heard

ADDRESSES: tuple[str, ...] = (
    *["abuse@hoster.example"] * 6,
    "Abuse@Site.Example",
    "abuse@mail.site-cdn.example",
    "noc@other.example, abuse@hoster.example",
    "mailto:abuse@mailto.example",
    "MAILTO:abuse@upper.example?subject=x",
    "https://hoster.example/abuse",
    "https://www.site.example/abuse",
    "removed@lacnic.net",
    "x@gmail.com",
    "a@b@c.example",
    "a@b.example\nBcc: c@d.example",
    "\u202eelpmaxe.b@a",
    "a\ud800@b.example",
    "@",
    "x" * 600 + "@long.example",
)
LABELS = (*["email"] * 5, "EMAIL", "fn", "org", "url", "contact-uri", "tel", "")
ROLES = (*["abuse"] * 4, "Abuse", "registrar", "registrant", "technical", "")
KINDS = (*["ip network"] * 6, "domain", "IP NETWORK", "entity", None)
CARDS = (*["vcardArray"] * 4, "jscard", "jscontact_card")


@dataclass(frozen=True)
class Maker:
    """Answers as registries would send them, with something odd at any place of them. One seed, one answer."""

    chance: Random

    def answer(self) -> dict[str, Any]:
        found = {"objectClassName": self.chance.choice(KINDS), "entities": self.some(self.entity, 4)}
        for key in ("handle", "name", "startAddress", "endAddress", "links", "redacted", "errorCode"):
            if self.chance.random() < 0.3:
                found[key] = self.junk()
        return found

    def entity(self, depth: int = 0) -> Any:
        card = self.chance.choice(CARDS)
        found: dict[str, Any] = {"roles": self.some(lambda: self.chance.choice(ROLES), 3)}
        found[card] = ["vcard", self.some(self.item, 4)] if card == "vcardArray" else self.contact_card()
        if self.chance.random() < 0.2:
            found["remarks"] = [{"description": ["do not use"]}] if self.chance.random() < 0.5 else self.junk()
        if depth < 3 and self.chance.random() < 0.4:
            found["entities"] = self.some(lambda: self.entity(depth + 1), 3)
        return self.odd(found)

    def item(self) -> Any:
        parameters = {"pref": self.chance.choice((1, "2", "x", None, [3], True))} if self.chance.random() < 0.5 else {}
        values = self.some(self.value, 3)
        return self.odd(
            [self.chance.choice(LABELS), parameters, "text", *(values if isinstance(values, list) else [values])]
        )

    def contact_card(self) -> Any:
        emails = self.some(lambda: {"address": self.value(), "pref": self.chance.choice((1, 2, None))}, 2)
        by_id = dict(enumerate(emails)) if isinstance(emails, list) and self.chance.random() < 0.8 else emails
        return self.odd({"emails": by_id, "links": [{"uri": self.value()}], "name": {"full": self.junk()}})

    def value(self) -> Any:
        return self.chance.choice(ADDRESSES) if self.chance.random() < 0.8 else self.junk()

    def some(self, make: Callable[[], Any], most: int) -> Any:
        """A list, or what stands in the place of one."""
        return self.odd([make() for _ in range(self.chance.randrange(most + 1))])

    def odd(self, right: Any) -> Any:
        return right if self.chance.random() < 0.9 else self.junk()

    def junk(self, depth: int = 0) -> Any:
        number = self.chance.randrange(9 if depth < 3 else 7)
        if number == 7:
            return [self.junk(depth + 1) for _ in range(self.chance.randrange(3))]
        if number == 8:
            return {self.chance.choice(LABELS): self.junk(depth + 1) for _ in range(self.chance.randrange(3))}
        return (None, True, -1, 1e400, "x", "", self.chance.choice(ADDRESSES))[number]


SEEDS = st.integers(0, 2**64)
JUNK = SEEDS.map(lambda seed: Maker(Random(seed)).junk())


def check(answer: Any) -> None:
    text = json.dumps(answer)
    told = heard(text.encode())
    strings = set(strings_in(answer))
    for contact in (*network_contacts([("8.8.8.8", [told])], place=PLACE), registrar_contact([told], place=PLACE)):
        check_contact(contact, strings)


def contact_of(answer: Any) -> AbuseContact:
    (contact, *_) = network_contacts([("8.8.8.8", [heard(json.dumps(answer).encode())])], place=PLACE)
    return contact


def check_contact(contact: AbuseContact, strings: set[str]) -> None:
    """strings: every text of the answer."""
    for told in (contact.why, contact.name, *contact.networks):
        assert told.isprintable()
    assert contact.why
    assert not WatchedSite.at(PLACE).has_email(contact.email)
    assert "site" not in contact.url
    if contact.is_guess:
        local, _, domain = contact.email.partition("@")
        assert local == "abuse" and any(domain in one.lower() for one in strings)
    elif contact.email:
        assert contact.email in {one.strip() for one in strings} | {one.strip()[7:] for one in strings}
    if contact.url:
        assert contact.url in {one.strip() for one in strings}


def strings_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for one in inner for text in strings_in(one)]


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_no_address_comes_of_an_answer_that_is_not_in_it(seed: int) -> None:
    check(Maker(Random(seed)).answer())


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(SEEDS)
def test_nor_of_ten_thousand(seed: int) -> None:
    check(Maker(Random(seed)).answer())


def test_some_of_them_have_contacts_and_some_have_none() -> None:
    found = [contact_of(Maker(Random(seed)).answer()) for seed in range(300)]
    published = sum(contact.is_published for contact in found)
    assert 30 < published < 270 and any(contact.is_guess for contact in found)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | JUNK.map(lambda value: json.dumps(value).encode()))
def test_bytes_of_any_kind_are_read_or_refused(untrusted: bytes) -> None:
    assert read_registry(untrusted).desks == () or b"entities" in untrusted
    found = read_servers(untrusted)
    assert found is None or found.servers
