"""Whatever an answer holds: no address comes of it that is not in it, none is the place's own, nothing raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model.hosting import AbuseContact
from monitor.takedown.rdap.contacts import domains_of, network_contacts, registrar_contact
from monitor.takedown.rdap.reading import read_registry, read_servers
from tests.takedown.rdap.test_rdap_shapes import PLACE, heard

ADDRESSES = st.sampled_from(
    (
        "abuse@hoster.example",
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
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | ADDRESSES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
VALUE = ADDRESSES | JUNK
LABEL = st.sampled_from(("email", "EMAIL", "fn", "org", "url", "contact-uri", "tel", "")) | JUNK
PARAMETERS = st.dictionaries(st.sampled_from(("pref", "type")), st.integers(0, 101) | st.text(max_size=3) | JUNK) | JUNK
ITEM = st.builds(lambda label, of, values: [label, of, "text", *values], LABEL, PARAMETERS, st.lists(VALUE, max_size=3))
CARD = st.builds(lambda items: ["vcard", items], st.lists(ITEM | JUNK, max_size=4)) | JUNK
ROLES = st.lists(st.sampled_from(("abuse", "Abuse", "registrar", "registrant", "technical")) | JUNK, max_size=3)
SCANT = st.fixed_dictionaries(
    {"roles": ROLES | st.just("abuse") | JUNK},
    optional={
        "vcardArray": CARD,
        "jscard": st.dictionaries(st.sampled_from(("emails", "links", "name", "organizations")), JUNK),
        "jscontact_card": st.fixed_dictionaries(
            {"emails": st.dictionaries(st.text(max_size=2), st.fixed_dictionaries({"address": VALUE}))}
        ),
        "remarks": st.lists(st.fixed_dictionaries({"description": st.just(["do not use"]) | JUNK}), max_size=1) | JUNK,
        "handle": JUNK,
    },
)
ENTITY = st.recursive(
    SCANT,
    lambda inner: st.builds(
        lambda one, inside: one | {"entities": inside}, SCANT, st.lists(inner | JUNK, max_size=3) | JUNK
    ),
    max_leaves=5,
)
ANSWER = st.fixed_dictionaries(
    {
        "objectClassName": st.sampled_from(("ip network", "domain", "IP NETWORK", "entity")) | JUNK,
        "entities": st.lists(ENTITY | JUNK, max_size=4) | ENTITY | JUNK,
    },
    optional={key: JUNK for key in ("handle", "name", "startAddress", "endAddress", "links", "redacted", "errorCode")},
)


def check(answer: Any) -> None:
    text = json.dumps(answer)
    told = heard(text.encode())
    strings = set(strings_in(answer))
    for contact in (*network_contacts([("8.8.8.8", [told])], place=PLACE), registrar_contact([told], place=PLACE)):
        check_contact(contact, strings)


def check_contact(contact: AbuseContact, strings: set[str]) -> None:
    """strings: every text of the answer."""
    assert contact.why and contact.why.isprintable()
    assert not domains_of((contact.email.rpartition("@")[2],)) & domains_of(PLACE)
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


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANSWER)
def test_no_address_comes_of_an_answer_that_is_not_in_it(answer: Any) -> None:
    check(answer)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANSWER)
def test_nor_of_ten_thousand(answer: Any) -> None:
    check(answer)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | JUNK.map(lambda value: json.dumps(value).encode()))
def test_bytes_of_any_kind_are_read_or_refused(untrusted: bytes) -> None:
    assert read_registry(untrusted).desks == () or b"entities" in untrusted
    found = read_servers(untrusted)
    assert found is None or found.servers
