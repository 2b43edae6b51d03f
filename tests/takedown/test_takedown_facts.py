"""A draft says what the store and the settings know, and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import AttestationMissing, DraftIncomplete, NeedsUser, UnderAge
from monitor.model.case import Attestation, Authority
from monitor.model.ids import ContentDigest
from monitor.model.match import Match, Tier
from monitor.model.report import Report
from monitor.model.settings import CaseSettings, Contact, TakedownSettings
from monitor.model.sighting import Place, Sighting, Status
from monitor.takedown.channel_files import load_channels
from monitor.takedown.facts import Statements, earlier_requests, facts_of, found_at
from monitor.takedown.regimes import Element
from monitor.takedown.rendering import render_draft
from tests.takedown.asked import fitting_channels

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
LIST = "http://127.0.0.6:46601/search?q=%22jane%20quirk%22"
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
        pytest.param(None, "case set name NAME --case default", id="none"),
        pytest.param(contact(case=replace(CASE, id="anna"), further=True), "--case default", id="another case's"),
        pytest.param(contact(case=CaseSettings(jurisdiction="US")), "[case]", id="an empty one"),
    ],
)
def test_without_a_contact_of_the_sightings_own_case_no_facts(given: Contact | None, where: str) -> None:
    with pytest.raises(NeedsUser) as caught:
        facts_of([SIGHTING], given, SELF)
    assert where in caught.value.remedy
    assert "Jane" not in f"{caught.value} {caught.value.remedy}"


def test_address_and_telephone_are_there_for_the_law_that_wants_them() -> None:
    takedown = TakedownSettings(address="1 Example Road", phone="+44 20 0000 0000")
    facts = facts_of([SIGHTING], contact(takedown), SELF)
    assert (facts.claimant.address, facts.claimant.phone) == ("1 Example Road", "+44 20 0000 0000")
    assert "Example Road" not in render_draft(ROUTE, facts, NOW).to_send


def test_the_digest_of_a_picture_is_given_only_where_the_person_adds_it() -> None:
    sighting = replace(SIGHTING, image_digest=ContentDigest("ab" * 32))
    assert "ab" * 32 not in render_draft(ROUTE, facts_of([sighting], contact(), SELF), NOW).to_send
    added = facts_of([sighting], contact(), SELF, Statements(with_hash=True))
    draft = render_draft(ROUTE, added, NOW)
    assert "ab" * 32 in draft.to_send
    assert any("SHA-256" in said for said in draft.cautions)


def test_what_was_removed_is_gone_at_its_source() -> None:
    gone = replace(SIGHTING, status=Status.REMOVED, removed_at=NOW)
    assert [find.is_gone for find in facts_of([SIGHTING, gone], contact(), SELF).finds] == [False, True]


def test_statements_that_make_another_request_of_it() -> None:
    assert Statements().in_law == ()
    assert Statements(owns_copyright=True, asks_as_data_subject=True).in_law == (
        Element.COPYRIGHT,
        Element.DATA_SUBJECT,
    )


def report(channel: str, route: str, number: str) -> Report:
    drafted = Report.drafted(
        id=f"r{number}", case=SIGHTING.case, sightings=(SIGHTING.id,), channel=channel, route=route, at=NOW
    )
    return drafted.sent(at=NOW, noted_at=NOW, due_at=NOW + timedelta(hours=48), number=number)


def test_what_was_asked_before() -> None:
    channels = load_channels()
    reports = [
        report("reddit", "us_tida", "1"),
        report("ftc_tida", "ftc_complaint", "2"),
        report("known_no_more", "platform", "3"),
        report("imgur", "platform", "4").withdrawn(at=NOW, noted_at=NOW),
    ]
    (one,) = earlier_requests(reports, channels, NOW + timedelta(hours=49))
    assert (one.channel, one.number, one.legal_basis, one.is_overdue) == ("Reddit", "1", "us_tida", True)
    assert earlier_requests(reports, channels, NOW)[0].is_overdue is False


@pytest.mark.parametrize(
    ("place", "page"),
    [
        pytest.param(Place(LIST, "https://pictures.example/9.jpg", result_url=LIST), "", id="in the list alone"),
        pytest.param(Place(LIST, "", result_url=LIST), LIST, id="nothing else says where it is"),
        pytest.param(
            Place("https://forum.example/1", "", result_url=LIST), "https://forum.example/1", id="a page it led to"
        ),
    ],
)
def test_a_list_of_results_is_no_page_of_a_site(place: Place, page: str) -> None:
    """It may be of the person's own search engine: no desk learns its address as a page to remove."""
    assert found_at(replace(SIGHTING, place=place)).page_url == page
