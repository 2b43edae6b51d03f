"""What a draft gives to its desk, and that its sheet says so: the legal name, addresses that hold it, and no address of
the person's own search engine."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import DraftIncomplete, UsageError
from monitor.model.case import Authority
from monitor.takedown.channel_files import load_channels
from monitor.takedown.drafts import Claimant, Draft, DraftFacts, Earlier, FoundAt, NameRule
from monitor.takedown.rendering import render_draft
from monitor.takedown.sheets import files_of
from tests.takedown.asked import route_to

NOW = datetime(2026, 11, 29, 11, tzinfo=UTC)
CHANNELS = load_channels()
PAGE = "https://forum.example/threads/1"
OWN_ENGINE = "http://127.0.0.6:46601/search?q=%22jane%20quirk%22%20photos&format=json"
FIND = FoundAt(sighting="s1", page_url=PAGE, image_url="https://forum.example/9.jpg", first_seen=NOW)
ME = Claimant(name="Jane Quirk", email="alias@mail.example", signature="Jane Quirk", country="US")
FACTS = DraftFacts(finds=(FIND,), claimant=ME, adult=True, authorised=True, intimate=True, not_consensual=True)


def drafted(channel: str, facts: DraftFacts = FACTS, names: NameRule = NameRule.AUTO, country: str = "US") -> Draft:
    return render_draft(route_to(channel, PAGE, "", country, CHANNELS), facts, NOW, names)


def found(**change: object) -> DraftFacts:
    return replace(FACTS, finds=(replace(FIND, **change),))  # type: ignore[arg-type]


def held(draft: Draft) -> str:
    """All that reaches the desk."""
    return "\n".join((draft.subject, draft.to_send, *(field.value for field in draft.fields)))


def sheet(draft: Draft) -> str:
    return next(file.data.decode() for file in files_of([draft], NOW) if file.is_sheet)


def gives_away(draft: Draft) -> str:
    """The section of its sheet, its line ends as blanks; '' for none."""
    section = re.search(r"^What it gives away\n(.*?)\n\n", sheet(draft), flags=re.M | re.S)
    return " ".join(section[1].split()) if section else ""


def value(draft: Draft, label: str) -> str:
    return next(field.value for field in draft.fields if field.label.startswith(label))


# -- addresses of search results


@pytest.mark.parametrize("channel", ["google_search", "bing", "yandex", "google_outdated"])
@pytest.mark.parametrize(
    "address",
    [
        pytest.param(OWN_ENGINE, id="her own search engine"),
        pytest.param("https://searx.example/search?q=jane+quirk", id="a public one"),
        pytest.param("https://api.bing.microsoft.com/v7.0/search?q=jane", id="an interface for programs"),
        pytest.param("https://google.com.search.example/?q=jane", id="a name that begins as theirs"),
        pytest.param("https://duckduckgo.com/?q=jane", id="another engine"),
    ],
)
def test_no_address_of_another_search_engine_leaves(channel: str, address: str) -> None:
    facts = found(result_url=address, is_gone=channel == "google_outdated")
    draft = drafted(channel, facts)
    assert address not in sheet(draft) and "jane" not in held(draft).replace("Jane Quirk", "")
    if channel != "google_outdated":
        assert value(draft, "Addresses of the search results") == ""
        assert "We know no address of a search result." in " ".join(draft.cautions)


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("google_search", "https://www.google.com/search?q=a"),
        ("bing", "https://www.bing.com/search?q=a"),
        ("yandex", "https://yandex.ru/search/?text=a"),
    ],
)
def test_an_engine_gets_the_addresses_of_its_own_results(channel: str, address: str) -> None:
    both = replace(FACTS, finds=(replace(FIND, result_url=address), replace(FIND, result_url=OWN_ENGINE)))
    draft = drafted(channel, both)
    assert value(draft, "Addresses of the search results") == address
    assert address in draft.to_send
    assert "We know no address" not in " ".join(draft.cautions)


# -- the legal name


def test_every_draft_that_holds_the_name_says_so() -> None:
    """And one that says that it was left out does not hold it."""
    told = 0
    for channel in CHANNELS.channels:
        if channel.kind not in ("platform", "search", "host", "cdn"):
            continue
        for names in (NameRule.AUTO, NameRule.ALLOW):
            try:
                draft = drafted(channel.id, names=names)
            except (DraftIncomplete, UsageError):  # what is not drafted gives nothing away
                continue
            holds = "Quirk" in held(draft)
            assert ("It gives them your legal name" in gives_away(draft)) is holds, (channel.id, names)
            assert draft.name_shown is holds, (channel.id, names)
            assert ("Your legal name was left out" in gives_away(draft)) is not holds, (channel.id, names)
            told += holds
    assert told > 10


@pytest.mark.parametrize(
    ("channel", "names", "where"),
    [
        pytest.param("discord", NameRule.AUTO, "in the field 'Legal name of the person shown'", id="a field"),
        pytest.param("google_search", NameRule.AUTO, "in the field 'Name'", id="a search engine's field"),
        pytest.param("xvideos", NameRule.ALLOW, "in the text", id="the signature of the text"),
    ],
)
def test_where_the_name_stands_is_said(channel: str, names: NameRule, where: str) -> None:
    assert where in gives_away(drafted(channel, names=names))


def test_a_form_that_may_be_sent_anonymously_is_signed_with_initials() -> None:
    draft = drafted("xvideos")
    assert "/s/ J. Q." in draft.to_send and "Quirk" not in held(draft)
    assert "Your legal name was left out; it is signed with initials" in gives_away(draft)
    assert "/s/ Jane Quirk" in drafted("xvideos", names=NameRule.ALLOW).to_send


def test_a_signature_without_the_name_is_no_name() -> None:
    facts = replace(FACTS, claimant=replace(ME, signature="J. Q."))
    for channel in ("reddit", "xvideos"):
        draft = drafted(channel, facts)
        assert "/s/ J. Q." in draft.to_send
        assert not draft.name_shown and "It gives them your legal name" not in gives_away(draft)


def test_the_name_of_who_signs_for_somebody_is_said() -> None:
    helper = replace(ME, role=Authority.REPRESENTATIVE, signature="Ann Helper")
    draft = drafted("xvideos", replace(FACTS, claimant=helper))
    assert "Ann Helper" in held(draft)
    assert "It gives them the name of who signs for the person shown" in gives_away(draft)


@pytest.mark.parametrize(
    ("change", "is_told"),
    [
        pytest.param({"page_url": "https://forum.example/jane-quirk-photos"}, True, id="page"),
        pytest.param({"page_url": "https://forum.example/?q=%22Jane%20Quirk%22"}, True, id="escaped"),
        pytest.param({"image_url": "https://forum.example/quirk_9.jpg"}, True, id="picture"),
        pytest.param({"account": "janequirk99"}, True, id="account"),
        pytest.param({"page_url": "https://forum.example/quirky"}, False, id="another word"),
        pytest.param({}, False, id="none"),
    ],
)
def test_an_address_that_holds_the_name_is_told(change: dict[str, object], is_told: bool) -> None:
    for channel in ("yandex", "site_own"):
        facts = found(**change)
        draft = drafted(channel, facts)
        if is_told and "account" in change and channel == "yandex":
            continue  # no account stands in it
        assert ("hold your name or part of it" in gives_away(draft)) is is_told, channel


# -- what was asked before


SENT = Earlier(
    channel="XVideos",
    sent_at=NOW - timedelta(days=3),
    number="X1",
    outcome="sent",
    is_overdue=True,
    legal_basis="us_tida",
)


def test_each_field_of_a_complaint_has_an_answer_of_its_own() -> None:
    draft = drafted("ftc_tida", replace(FACTS, earlier=(SENT,)))
    assert [(field.label, field.value) for field in draft.fields] == [
        ("Which platform", "XVideos"),
        ("Date and time of the request", "2026-11-26 11:00 UTC"),
        (
            "What was asked for",
            "Removal of an intimate visual depiction that was published without consent, and of known identical "
            "copies (47 U.S.C. 223a)",
        ),
        ("Proof of the request", "Their number for it: X1"),
        ("What came of it", "No removal within the time that the law or they themselves set."),
    ]
    assert value(drafted("ftc_tida", replace(FACTS, earlier=(replace(SENT, number=""),))), "Proof") == ""


def test_no_form_has_the_same_answer_twice_about_an_earlier_request() -> None:
    for channel in CHANNELS.channels:
        answers = [field.answers for field in channel.fields if field.answers.value.startswith("earlier")]
        assert len(answers) == len(set(answers)), channel.id


def test_the_request_that_was_not_met_is_the_one_complained_of() -> None:
    answered = replace(SENT, channel="Reddit", sent_at=NOW - timedelta(hours=1), is_overdue=False, number="")
    draft = drafted("ftc_tida", replace(FACTS, earlier=(SENT, answered)))
    assert value(draft, "Which platform") == "XVideos"


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_one_request_is_spoken_of_as_one(language: str) -> None:
    several = {"en": "Each asked", "de": "Jeder Antrag", "es": "Cada solicitud", "fr": "Chaque demande"}[language]
    route = route_to("ftc_tida", PAGE, "", "US", CHANNELS)
    for earlier, is_said in [((SENT,), False), ((SENT, replace(SENT, channel="Reddit")), True)]:
        draft = render_draft(route, replace(FACTS, earlier=earlier), NOW, language=language)
        assert (several in " ".join(draft.to_send.split())) is is_said
