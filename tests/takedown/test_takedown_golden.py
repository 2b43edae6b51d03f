"""Every desk that takes a report from an adult, in every country that it serves: what its draft has to hold.

The lists below were written from the statutes and the desks' own pages, not from this project's data: a channel or a
regime that changes does not change them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from monitor.errors import DraftIncomplete, UsageError
from monitor.model.case import Authority
from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.ids import SightingId
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.channel import Channel, ChannelKind
from monitor.takedown.channel_files import load_channels
from monitor.takedown.countries import EU_MEMBERS
from monitor.takedown.drafts import Claimant, Draft, DraftFacts, Earlier, FoundAt, NameRule
from monitor.takedown.regimes import Element, regimes
from monitor.takedown.rendering import render_draft
from monitor.takedown.routing import Route, as_stated, routes_for
from monitor.takedown.words import language_of, languages, templates_in, words_in

NOW = datetime(2026, 11, 28, 20, tzinfo=UTC)
CHANNELS = load_channels()
PAGE, PICTURE = "https://forum.example/threads/123?page=2", "https://pictures.example/img/9.jpg"
RESULT = "search?q=name"  # of the engine that is asked
CIRCUMSTANCES = "It was sent to one person in private."

TAKES_NO_REPORT = {
    *("duckduckgo", "brave_search", "startpage", "ecosia"),  # they show what other engines find: no way of their own
    *("abusix_dns", "rfc2142"),  # lookups that are no desk
}
KINDS_WITHOUT_DRAFT = {"hash_service", "law_enforcement", "helpline"}
LOOKED_UP = {"rdap_network", "rdap_domain"}  # desks once a registry has named somebody

COUNTRIES = ["US", "UK", "DE", "FR", "ES", "IE", "IT", "IN", "AU", "CA-BC", "CH", "BR", "RU", ""]
"""Where a law was read, where a desk of its own is, and some where nothing was read."""

SENT = Earlier(channel="Some Site", sent_at=NOW - timedelta(days=5), number="R-77", outcome="sent", is_overdue=True)
FIND = FoundAt(
    sighting=SightingId("s1"),
    page_url=PAGE,
    image_url=PICTURE,
    account="someone_99",
    first_seen=NOW - timedelta(hours=3),
)


def facts_in(country: str) -> DraftFacts:
    return DraftFacts(
        finds=(FIND,),
        claimant=Claimant(
            name="Jane Quirk",
            email="alias@mail.example",
            signature="Jane Quirk",
            address="1 Example Road, London",
            phone="+44 20 0000 0000",
            country=country or "XX",
        ),
        adult=True,
        authorised=True,
        intimate=True,
        not_consensual=True,
        owns_copyright=True,
        asks_as_data_subject=True,
        circumstances=CIRCUMSTANCES,
        earlier=tuple(replace(SENT, legal_basis=law) for law in LAWS_WITH_AN_AUTHORITY),
    )


LAWS_WITH_AN_AUTHORITY = ("us_tida", "uk_osa_20a", "in_it_rules_3_2_b", "eu_dsa_16", "eu_gdpr_17")


@dataclass(frozen=True)
class Wants:
    """words: of the element, as the law or the page has it. without: the facts in which it is taken away."""

    words: tuple[str, ...]
    without: Mapping[str, object]
    named: str


def claims(**change: object) -> Mapping[str, object]:
    return {"claimant": change}


PLACES = Wants((PAGE, PICTURE), {"finds": ()}, "identification")
RESULTS_APART = Wants((PAGE, PICTURE, re.escape(RESULT)), {"finds": ()}, "identification")
CONTACT = Wants(("alias@mail.example",), claims(email=""), "contact")
SIGNATURE = Wants((r"/s/ (Jane Quirk|J\. Q\.)", "Date: 2026-11-28"), claims(signature=""), "signature")
NO_CONSENT = Wants((r"consent|did not agree",), {"not_consensual": False}, "good-faith")
GOOD_FAITH = Wants((r"good faith",), {"not_consensual": False}, "good-faith")
WHO = Wants((r"I am (the person|the individual) shown",), {"authorised": False}, "authority")
INTIMATE = Wants((r"[Ii]ntimate",), {"intimate": False}, "what it is")
ADULT = Wants((r"adult",), {"intimate": False}, "what it is")
FACTS_OF_IT = Wants((re.escape(CIRCUMSTANCES),), {"not_consensual": False}, "good-faith")
NAME = Wants(("Name: Jane Quirk",), claims(name=""), "name")

ELEMENTS: dict[str, tuple[Wants, ...]] = {
    # 47 U.S.C. 223a: signature; identification, and enough to locate it; good-faith statement with the facts; contact.
    "us_tida": (
        SIGNATURE,
        PLACES,
        Wants((r"identifiable", r"intimate visual depiction"), {"intimate": False}, "what it is"),
        Wants((r"believe in good faith .* without my consent",), {"not_consensual": False}, "good-faith"),
        FACTS_OF_IT,
        WHO,
        CONTACT,
        Wants((r"within 48 hours", r"known identical copies"), {"authorised": False}, "authority"),
    ),
    # Online Safety Act 2023 s.20A: what it is; by the person or for them; good faith and true; where it is; contact.
    "uk_osa_20a": (
        Wants((r"is intimate image content",), {"intimate": False}, "what it is"),
        Wants((r"I am the person shown",), {"authorised": False}, "authority"),
        Wants((r"made in good faith, and what it says is true",), {"not_consensual": False}, "good-faith"),
        PLACES,
        CONTACT,
        Wants((r"within 48 hours of receiving", r"same or substantially the same"), {"authorised": False}, "authority"),
    ),
    # IT Rules 2021 rule 3(2)(b): the individual or somebody for them; what it shows, prima facie; the URL.
    "in_it_rules_3_2_b": (
        Wants((r"I am the individual shown",), {"authorised": False}, "authority"),
        Wants((r"prima facie", r"nudity or a sexual act"), {"intimate": False}, "what it is"),
        NO_CONSENT,
        PLACES,
        CONTACT,
        Wants((r"within 2 hours", r"rule 3\(2\)\(b\)"), {"authorised": False}, "authority"),
    ),
    # Regulation (EU) 2022/2065 Art. 16(2)(a) to (d).
    "eu_dsa_16": (
        Wants(
            (r"Why it is illegal", r"without my consent", r"no other legal ground"), {"intimate": False}, "what it is"
        ),
        PLACES,
        NAME,
        CONTACT,
        Wants((r"believe in good faith .* accurate and complete",), {"not_consensual": False}, "good-faith"),
        Wants((r"confirm receipt", r"Article 16\(6\)", r"contested"), {"authorised": False}, "authority"),
    ),
    # 17 U.S.C. 512(c)(3)(A)(i) to (vi).
    "us_dmca": (
        Wants((r"/s/ Jane Quirk",), claims(signature=""), "signature"),
        Wants((r"copyrighted work", r"I hold the copyright"), {"owns_copyright": False}, "copyright"),
        PLACES,
        NAME,
        Wants((r"1 Example Road, London",), claims(address=""), "postal address"),
        Wants((r"\+44 20 0000 0000",), claims(phone=""), "telephone"),
        CONTACT,
        Wants(
            (
                r"good faith belief that use of the material",
                r"not authorized by the copyright owner, its agent, or the law",
            ),
            {"not_consensual": False},
            "good-faith",
        ),
        Wants((r"is accurate, and under penalty of perjury",), {"authorised": False}, "authority"),
    ),
    # Regulation (EU) 2016/679 Art. 12(3), 17(1), 17(2), 21(1).
    "eu_gdpr_17": (
        NAME,
        Wants((r"I am the data subject",), {"asks_as_data_subject": False}, "data subject"),
        Wants((r"Intimate imagery that shows me",), {"intimate": False}, "what it is"),
        PLACES,
        Wants((r"not consented", r"unlawful", r"object"), {"not_consensual": False}, "good-faith"),
        Wants((r"17\(2\)", r"in writing", r"one month"), {"authorised": False}, "authority"),
        CONTACT,
    ),
    "platform": (INTIMATE, ADULT, NO_CONSENT, GOOD_FAITH, WHO, PLACES, CONTACT, FACTS_OF_IT),
    # An abuse desk: what, where, why it is illegal, what is asked; nothing that says who.
    "host": (
        *(INTIMATE, ADULT, NO_CONSENT, GOOD_FAITH, WHO, PLACES, CONTACT),
        Wants((r"taken down", r"your customer .* leave out"), {"authorised": False}, "authority"),
    ),
    "cdn": (
        *(INTIMATE, ADULT, NO_CONSENT, GOOD_FAITH, WHO, PLACES, CONTACT),
        Wants((r"caches", r"hosting company"), {"authorised": False}, "authority"),
    ),
    # ICANN's duty does not name such content: that is said.
    "registrar": (
        *(INTIMATE, ADULT, NO_CONSENT, GOOD_FAITH, WHO, PLACES, CONTACT),
        Wants((r"forum\.example", r"does not name this kind of content"), {"authorised": False}, "authority"),
    ),
    # Google's page 6302812: nude, sexual act or intimate state; no consent; not paid for it; country; pages apart.
    "google_real": (
        RESULTS_APART,
        Wants((r"nude, in a sexual act or in an intimate state",), {"intimate": False}, "what it is"),
        Wants((r"without my consent, and nobody pays me",), {"not_consensual": False}, "good-faith"),
        *(WHO, CONTACT),
        Wants((), claims(country=""), "country"),
        Wants((), {"forged": True}, "a real picture"),
        Wants((), {"finds": (replace(FIND, is_gone=True),)}, "still there"),
    ),
    # Google's page 9116649: can be recognised; falsely shown; without consent; country.
    "google_fake": (
        RESULTS_APART,
        Wants((r"can be recognised", r"falsely shows me"), {"forged": False}, "a fake"),
        Wants((r"without my consent",), {"not_consensual": False}, "good-faith"),
        *(WHO, CONTACT),
        Wants((), claims(country=""), "country"),
    ),
    "search_refresh": (
        Wants((PAGE, PICTURE, re.escape(RESULT), r"was removed"), {"finds": (FIND,)}, "gone at its source"),
        Wants((PAGE,), {"finds": ()}, "gone at its source"),
    ),
    # Microsoft's form: which service, addresses, kind of concern, whether it was ever agreed to, name, e-mail.
    "bing": (RESULTS_APART, INTIMATE, ADULT, NO_CONSENT, GOOD_FAITH, WHO, CONTACT),
    "search": (RESULTS_APART, INTIMATE, NO_CONSENT, GOOD_FAITH, WHO, CONTACT),
    # The FTC's: which platform, when, what, proof, what came of it.
    "ftc_complaint": (
        Wants((r"2026-11-23 20:00 UTC", r"Some Site", r"R-77", r"No removal"), {"earlier": ()}, "earlier request"),
        Wants((r"No removal",), {"earlier": (replace(SENT, is_overdue=False, legal_basis="us_tida"),)}, "time"),
        *(PLACES, WHO, NO_CONSENT, CONTACT),
    ),
    # Online Safety Act 2021 (Cth) ss 32, 33, 77, 78.
    "esafety": (
        *(INTIMATE, PLACES, WHO, NO_CONSENT, CONTACT),
        Wants((r"removal notice to the provider",), {"authorised": False}, "authority"),
    ),
    "it_144bis": (INTIMATE, PLACES, WHO, NO_CONSENT, GOOD_FAITH, CONTACT),
    "report_to_authority": (INTIMATE, PLACES, WHO, NO_CONSENT, GOOD_FAITH, CONTACT),
    "complaint": (
        Wants((r"Some Site", r"R-77"), {"earlier": ()}, "earlier request"),
        *(PLACES, WHO, NO_CONSENT, CONTACT),
    ),
}


def law_for(kind: str, channel: str, country: str) -> set[str]:
    """Which words a desk of that kind is asked in by a person of that country: by the scope of each law."""
    if kind == "platform":
        by_country = {"US": {"us_tida", "platform"}, "UK": {"uk_osa_20a"}, "IN": {"in_it_rules_3_2_b"}}
        return {"eu_dsa_16"} if country in EU_MEMBERS else by_country.get(country, {"platform"})
    if kind == "host":
        return {"eu_dsa_16"} if country in EU_MEMBERS else {"host"}
    if kind == "search":
        own = {"google_search": "google_real", "google_search_fake": "google_fake", "google_outdated": "search_refresh"}
        return {own.get(channel, {"bing": "bing", "yandex": "search"}.get(channel, "eu_gdpr_17"))}
    if kind == "regulator":
        own = {"ftc_tida": "ftc_complaint", "esafety": "esafety", "it_garante": "it_144bis"}
        direct = {"es_aepd": "report_to_authority", "bc_crt": "report_to_authority"}
        return {own.get(channel, direct.get(channel, "complaint"))}
    return {"cdn": {"cdn", "eu_dsa_16", "us_dmca"}, "registrar": {"registrar"}}[kind]


def serves(channel: Channel) -> Iterator[str]:
    for country in COUNTRIES:
        listed = channel.jurisdictions
        if "GLOBAL" in listed or country in listed or ("EU" in listed and country in EU_MEMBERS):
            yield country


def contact_of(part: HostPart) -> AbuseContact:
    return AbuseContact(part, "Some Host", email="abuse@some-host.example", source="https://rdap.example", asked_at=NOW)


HOSTING = {
    host: Hosting(host, ("192.0.2.1",), host, (contact_of(HostPart.HOST), contact_of(HostPart.REGISTRAR)), NOW)
    for host in ("forum.example", "pictures.example")
}


@cache
def route_in(channel: Channel, country: str) -> Route:
    find = FindToReport(sighting=SightingId("s1"), page_url=PAGE, image_url=PICTURE)
    return routes_for(channel.id, find, country, CHANNELS, hosting=HOSTING)[0]


@cache
def one_of_each_regime() -> tuple[Route, ...]:
    asked = (route_in(channel, country) for channel in desks() for country in serves(channel))
    return tuple({route.regime: route for route in asked}.values())


def fitted(route: Route, facts: DraftFacts) -> DraftFacts:
    """What happened, and what was stated, so that this request is the right one."""
    if route.channel.kind is ChannelKind.SEARCH:
        gone = route.regime.id == "search_refresh"
        found = replace(FIND, result_url=f"https://www.{route.channel.hosts[0]}/{RESULT}", is_gone=gone)
        facts = replace(facts, finds=(found,))
    return replace(facts, forged=True) if route.regime.id == "google_fake" else facts


def held(draft: Draft) -> str:
    """All that reaches the desk, its line ends as blanks."""
    return " ".join(" ".join((draft.subject, draft.to_send, *(field.value for field in draft.fields))).split())


def changed(facts: DraftFacts, change: Mapping[str, object]) -> DraftFacts:
    claimant = change.get("claimant")
    if isinstance(claimant, dict):
        return replace(facts, claimant=replace(facts.claimant, **claimant))
    return replace(facts, **change)  # type: ignore[arg-type]


def desks() -> list[Channel]:
    return [
        channel
        for channel in CHANNELS.channels
        if channel.kind not in KINDS_WITHOUT_DRAFT and channel.id not in TAKES_NO_REPORT
    ]


def test_there_are_as_many_as_the_facts_have() -> None:
    kinds = {"platform", "search", "host", "cdn", "registrar", "regulator"}
    assert {channel.kind.value for channel in desks()} == kinds
    assert len(desks()) >= 100


@pytest.mark.parametrize("channel", desks(), ids=lambda channel: channel.id)
def test_each_draft_holds_what_the_law_and_the_page_want(channel: Channel) -> None:
    countries = list(serves(channel))
    assert countries, "a desk that serves nobody"
    seen = set()
    for country in countries:
        route = route_in(channel, country)
        assert route.regime.id in law_for(channel.kind, channel.id, country), country
        facts = fitted(route, facts_in(country))
        draft = render_draft(route, facts, NOW, NameRule.ALLOW)
        text = held(draft)
        for wanted in ELEMENTS[route.regime.id]:
            for words in wanted.words:
                pattern = re.escape(words) if words.startswith("http") else words
                assert re.search(pattern, text), (country, words)
        _holds_no_more(draft, text, channel)
        if route.regime.id in seen:
            continue
        seen.add(route.regime.id)
        for wanted in ELEMENTS[route.regime.id]:
            _fails_by_name(route, changed(facts, wanted.without), wanted.named)


def _holds_no_more(draft: Draft, text: str, channel: Channel) -> None:
    is_dmca = draft.route == "us_dmca"
    assert ("perjury" in text) is is_dmca
    assert ("Example Road" in text) is is_dmca
    assert ("+44 20" in text) is is_dmca
    assert not re.search(r"[0-9a-f]{64}", text), "a hash that nobody added"
    assert "base64" not in text
    if channel.kind in ("host", "cdn", "registrar") and draft.route not in ("eu_dsa_16", "us_dmca"):
        assert "Quirk" not in draft.to_send, "what is written freely reaches the customer"
    assert "Quirk" not in draft.subject


def _fails_by_name(route: Route, facts: DraftFacts, named: str) -> None:
    with pytest.raises(DraftIncomplete) as caught:
        render_draft(route, facts, NOW, NameRule.ALLOW)
    assert any(words.startswith(named) for words in caught.value.missing), (named, caught.value.missing)
    assert caught.value.remedy


@pytest.mark.parametrize("channel", CHANNELS.channels, ids=lambda channel: channel.id)
def test_every_other_channel_refuses(channel: Channel) -> None:
    takes = channel.kind not in KINDS_WITHOUT_DRAFT and channel.id not in TAKES_NO_REPORT
    find = FindToReport(sighting=SightingId("s1"), page_url=PAGE, image_url=PICTURE)
    if takes and channel.id not in LOOKED_UP:
        country = next(serves(channel))
        assert routes_for(channel.id, find, country, CHANNELS)
        return
    with pytest.raises(UsageError) as caught:
        routes_for(channel.id, find, "US", CHANNELS)
    assert re.search("guide report|reports hosts", caught.value.remedy)


@pytest.mark.parametrize("channel", desks(), ids=lambda channel: channel.id)
def test_the_name_is_absent_where_the_uploader_may_read_it(channel: Channel) -> None:
    for route in {
        route.regime: route for route in (route_in(channel, country) for country in serves(channel))
    }.values():
        facts = fitted(route, facts_in("DE"))
        try:
            draft = render_draft(route, facts, NOW)
        except DraftIncomplete as error:
            assert any("--name allow" in words for words in error.missing), error.missing
            continue
        if channel.uploader_may_read:
            assert not draft.name_shown
            assert "Quirk" not in held(draft)


def test_a_notice_of_law_without_the_name_is_a_report_of_no_law() -> None:
    channel = CHANNELS.get("site_own")
    draft = render_draft(route_in(channel, "DE"), facts_in("DE"), NOW)
    assert (draft.route, draft.legal_basis) == ("platform", "")
    assert any("--name allow" in said for said in draft.cautions)
    assert render_draft(route_in(channel, "DE"), facts_in("DE"), NOW, NameRule.ALLOW).legal_basis == "eu_dsa_16"


@pytest.mark.parametrize(
    ("country", "statement", "regime", "told"),
    [
        pytest.param("US", Element.COPYRIGHT, "us_dmca", "may be published (Lumen)", id="copyright"),
        pytest.param("DE", Element.DATA_SUBJECT, "eu_gdpr_17", "proof of who you are", id="data subject"),
    ],
)
def test_what_it_gives_away_is_said_before_it_is_made(country: str, statement: Element, regime: str, told: str) -> None:
    route = route_in(CHANNELS.get("reddit"), country)
    stated = as_stated(route, [statement], CHANNELS)
    assert (route.regime.id == regime, stated.regime.id) == (False, regime)
    silent = replace(facts_in(country), owns_copyright=False, asks_as_data_subject=False)
    with pytest.raises(DraftIncomplete) as caught:
        render_draft(stated, silent, NOW, NameRule.ALLOW)
    assert told in caught.value.remedy
    draft = render_draft(stated, facts_in(country), NOW, NameRule.ALLOW)
    assert any(told in said for said in draft.disclosures)


@pytest.mark.parametrize("country", ["US", "CH"])
def test_a_data_subject_where_that_law_does_not_hold_is_asked_in_other_words(country: str) -> None:
    route = route_in(CHANNELS.get("reddit"), country)
    assert as_stated(route, [Element.DATA_SUBJECT], CHANNELS) == route


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("role", Authority)
def test_every_text_is_whole_in_every_language(language: str, role: Authority) -> None:
    """Nothing left out or unknown in a template, with every branch that facts can open."""
    for route in one_of_each_regime():
        facts = fitted(route, facts_in("DE"))
        facts = replace(facts, claimant=replace(facts.claimant, role=role, signature="Ann Helper"))
        for forged in {facts.forged, facts.forged or route.regime.id != "google_real"}:
            draft = render_draft(route, replace(facts, forged=forged), NOW, NameRule.ALLOW, language)
            assert draft.language == language
            assert draft.subject and "\n" not in draft.subject
            assert not re.search(r"[{}]|\bNone\b|\bTrue\b", draft.to_send)
            assert "\n\n\n" not in draft.to_send
            assert all(line == line.rstrip() for line in draft.to_send.splitlines())
            assert PAGE in held(draft)
            if role is Authority.REPRESENTATIVE and draft.route != "us_dmca":
                assert "Jane" not in draft.to_send or "Jane Quirk" in draft.to_send
            assert (language == "en") is not any("No lawyer has read it" in said for said in draft.cautions)


HOSTILE = [
    pytest.param("a\n" + "=" * 70 + "\nSend money to x", id="a forged end of the text"),
    pytest.param("\x1b]0;x\x07\x1b[2J", id="terminal codes"),
    pytest.param("gpj\u202e.exe\u2066", id="right-to-left marks"),
    pytest.param("{{ now.__class__ }}{% for x in y %}{% include 'platform.txt.j2' %}", id="template code"),
    pytest.param('" Please ignore this. "', id="a quotation that closes itself"),
    pytest.param('=HYPERLINK("https://evil.example")<script>alert(1)</script>', id="formula, link and script"),
    pytest.param("x" * 20_000, id="very long"),
    pytest.param("\ud800\x00\u2028\x85", id="surrogate, null, other line ends"),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_every_request(text: str) -> None:
    for route in one_of_each_regime():
        calm = fitted(route, facts_in("DE"))
        place = calm.finds[0]
        short = text[:1_000]  # of a longer address nothing is left
        urls = {"page_url": PAGE + short, "image_url": PICTURE + short, "result_url": RESULT + short}
        find = replace(place, account=text, **urls)
        earlier = tuple(replace(one, channel=text, number=text) for one in calm.earlier)
        facts = replace(calm, finds=(find, place), earlier=earlier, circumstances=text)
        draft = render_draft(route, facts, NOW, NameRule.ALLOW)
        usual = render_draft(route, replace(calm, finds=(place, place)), NOW, NameRule.ALLOW)
        whole = [draft.subject, *draft.to_send.split("\n"), *(x for one in draft.fields for x in one.value.split("\n"))]
        assert all(line.isprintable() for line in whole)
        assert "<class" not in draft.to_send
        assert f'"{text}"' not in draft.to_send or '"' not in text, "their quotation marks are not ours"
        lines = [line for line in usual.to_send.split("\n") if "http" not in line]
        own = [line for line in lines if line and line not in CIRCUMSTANCES and not _is_about(line)]
        assert all(line in draft.to_send.split("\n") for line in own), "what we write stands as it is"


def _is_about(line: str) -> bool:
    """A line that holds what came from outside, so that it breaks elsewhere."""
    return any(words in line for words in ("someone_99", "Some Site", "R-77", "No removal", "law or they"))


def test_every_language_has_the_same_texts() -> None:
    assert languages() == ("en", "de", "es", "fr")
    for language in languages():
        assert set(templates_in(language).list_templates()) == set(templates_in("en").list_templates())
        assert words_in(language).short.keys() == words_in("en").short.keys()
        assert words_in(language).subjects.keys() == words_in("en").subjects.keys() == {one.id for one in regimes()}


@pytest.mark.parametrize(("asked", "code"), [("DE", "de"), ("es-MX", "es"), ("fr_CA", "fr"), ("en", "en")])
def test_language_by_its_code(asked: str, code: str) -> None:
    assert language_of(asked) == code


def test_a_language_that_there_is_not() -> None:
    with pytest.raises(UsageError) as caught:
        language_of("tlh")
    assert "de (German)" in caught.value.remedy
