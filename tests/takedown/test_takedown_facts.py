"""A draft says what the store and the settings know, and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.errors import AttestationMissing, DraftIncomplete, NeedsUser, UnderAge
from monitor.model.case import Attestation, Authority
from monitor.model.match import Match, Tier
from monitor.model.settings import CaseSettings, Contact, TakedownSettings
from monitor.model.sighting import Place, Sighting, Status
from monitor.takedown.channel_files import load_channels
from monitor.takedown.facts import facts_of
from monitor.takedown.rendering import render_draft
from monitor.takedown.routing import fitting_channels

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
SIGHTING = Sighting(
    id="s1",
    incident="i1",
    case="default",
    watch="forum",
    place=Place("https://forum.example/1", "https://forum.example/1.jpg", account="someone"),
    match=Match(Tier.MATCH, 0.98, "same picture"),
    status=Status.NEW,
    first_seen=NOW,
    last_seen=NOW,
)
CASE = CaseSettings(name="Jane Quirk", email="jane@mail.example", jurisdiction="US")
SELF = Attestation(Authority.SELF, NOW)
ROUTE = fitting_channels("https://forum.example/1", "", "US", load_channels())[0]


def contact(takedown: TakedownSettings | None = None, *, case: CaseSettings = CASE, further: bool = False) -> Contact:
    return Contact(case=case, takedown=takedown or TakedownSettings(), further=further)


def test_what_init_asked_is_enough_for_a_draft() -> None:
    draft = render_draft(ROUTE, facts_of([SIGHTING], contact(), SELF), NOW)
    assert "/s/ J. Q." in draft.to_send
    assert "E-mail: jane@mail.example" in draft.to_send
    assert draft.states[0] == "You are the person shown."


@pytest.mark.parametrize(
    ("takedown", "expected"),
    [
        (TakedownSettings(signature="J. Q. (typed)"), "J. Q. (typed)"),
        (TakedownSettings(), "Jane Quirk"),
    ],
)
def test_signature(takedown: TakedownSettings, expected: str) -> None:
    assert facts_of([SIGHTING], contact(takedown), SELF).claimant.signature == expected


def test_contact_address_of_the_notices_comes_first() -> None:
    facts = facts_of([SIGHTING], contact(TakedownSettings(contact_email="alias@mail.example")), SELF)
    assert facts.claimant.email == "alias@mail.example"


def test_nobody_signs_for_a_representative() -> None:
    facts = facts_of([SIGHTING], contact(), Attestation(Authority.REPRESENTATIVE, NOW))
    with pytest.raises(DraftIncomplete, match="signature"):
        render_draft(ROUTE, facts, NOW)


def test_no_attestation_no_facts() -> None:
    with pytest.raises(AttestationMissing) as caught:
        facts_of([SIGHTING], contact(), None)
    assert caught.value.remedy


def test_under_18_no_draft() -> None:
    facts = facts_of([replace(SIGHTING, under_18=True)], contact(), SELF)
    with pytest.raises(UnderAge):
        render_draft(ROUTE, facts, NOW)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        pytest.param(None, "[cases.default]", id="none"),
        pytest.param(contact(case=replace(CASE, id="anna"), further=True), "[cases.default]", id="another case's"),
        pytest.param(contact(case=CaseSettings(jurisdiction="US")), "[case]", id="an empty one"),
    ],
)
def test_without_a_contact_of_the_sightings_own_case_no_facts(given: Contact | None, where: str) -> None:
    with pytest.raises(NeedsUser) as caught:
        facts_of([SIGHTING], given, SELF)
    assert where in caught.value.remedy
    assert "Jane" not in f"{caught.value} {caught.value.remedy}"
