"""What stands in a draft, what never does, and when there is none."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import DraftIncomplete, UnderAge
from monitor.model.case import Authority
from monitor.takedown.channel import Channel, Confidence
from monitor.takedown.channel_files import load_channels
from monitor.takedown.clocks import due_at
from monitor.takedown.disclosure import initials
from monitor.takedown.drafts import Claimant, Draft, DraftFacts, FoundAt, NameRule
from monitor.takedown.elements import CHECKS, missing_elements, waits_for_nothing
from monitor.takedown.regimes import Element, Regime, regimes
from monitor.takedown.rendering import render_draft
from monitor.takedown.routing import Route
from monitor.takedown.sheets import files_of
from tests.takedown.asked import fitting_channels, route_to

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
CHANNELS = load_channels()
ME = Claimant(name="Jane Quirk", email="alias@mail.example", signature="Jane Quirk", country="US")
FIND = FoundAt(
    sighting="s1",
    page_url="https://forum.example/threads/123?page=2",
    image_url="https://forum.example/img/9.jpg",
    account="someone_99",
    first_seen=NOW - timedelta(hours=3),
)
FACTS = DraftFacts(
    finds=(FIND,),
    claimant=ME,
    adult=True,
    authorised=True,
    intimate=True,
    not_consensual=True,
    circumstances="I, Jane, sent it to one person. Jane Quirk never published it.",
)


def found(**change: object) -> DraftFacts:
    return replace(FACTS, finds=(replace(FIND, **change),))  # type: ignore[arg-type]


def text_of(draft: Draft) -> str:
    """Of its sheet."""
    return next(file.data.decode() for file in files_of([draft], NOW) if file.is_sheet)


def route(regime: str, page: str = FIND.page_url, jurisdiction: str = "US") -> Route:
    routes = fitting_channels(page, "", jurisdiction, CHANNELS)
    return next(route for route in routes if route.regime.id == regime)


TIDA, PLATFORM = route("us_tida"), route("platform")
REDDIT = route("us_tida", "https://www.reddit.com/r/a/1")
DISCORD = route("us_tida", "https://discord.com/channels/1/2")


@pytest.mark.parametrize("asked", [TIDA, PLATFORM, REDDIT, DISCORD], ids=lambda asked: asked.channel.id)
def test_complete_draft(asked: Route) -> None:
    draft = render_draft(asked, FACTS, NOW)
    sent = draft.to_send
    assert "https://forum.example/threads/123?page=2\n" in sent
    assert "https://forum.example/img/9.jpg\n" in sent
    assert "someone_99" in sent
    assert "First seen: 2026-11-22 17:00 UTC" in sent
    assert "alias@mail.example" in sent
    assert "No copy of the image is attached." in sent
    assert text_of(draft).startswith("DRAFT. Nothing has been sent.\nreupload-monitor prepared this for you")
    assert sent in text_of(draft)
    assert asked.channel.category in text_of(draft)
    assert all(line == line.rstrip() for line in text_of(draft).splitlines())
    assert "\n\n\n" not in text_of(draft)


def test_the_us_request_has_every_element_of_the_act() -> None:
    sent = render_draft(REDDIT, FACTS, NOW).to_send
    for element in (
        "TAKE IT DOWN Act, 47 U.S.C. 223a",
        "An intimate visual depiction of me, an identifiable adult.",
        "I believe in good faith that this depiction was published without my consent.",
        "I am the person shown.",
        "E-mail: alias@mail.example",
        "/s/ Jane Quirk\nDate: 2026-11-22",
        "within 48 hours",
        "known identical copies",
    ):
        assert " ".join(element.split()) in " ".join(sent.split())
    assert "perjury" not in sent and "copyright" not in sent


def test_for_somebody_else() -> None:
    facts = replace(
        FACTS, claimant=replace(ME, role=Authority.REPRESENTATIVE, signature="Ann Helper"), circumstances=""
    )
    for asked in (TIDA, PLATFORM):
        sent = render_draft(asked, facts, NOW).to_send
        assert "Jane" not in sent
        assert "I am the person shown" not in sent
        assert "authori" in sent
        assert "my consent" not in sent
    assert "/s/ Ann Helper" in render_draft(TIDA, facts, NOW).to_send


def test_a_fake() -> None:
    facts = replace(FACTS, forged=True)
    assert "digital forgery" in " ".join(render_draft(TIDA, facts, NOW).to_send.split())
    assert "was an adult when it was taken" not in render_draft(PLATFORM, facts, NOW).to_send


NOWHERE = replace(FIND, page_url="", image_url="")
UNUSABLE = replace(FIND, page_url="javascript:x", image_url="data:,x")
EVERYWHERE = ("us_tida", "platform")


@pytest.mark.parametrize(
    ("change", "words", "regime_ids"),
    [
        pytest.param({"finds": ()}, "identification", EVERYWHERE, id="no find"),
        pytest.param(
            {"finds": (replace(FIND, page_url="", image_url=""),)}, "identification", EVERYWHERE, id="no address"
        ),
        pytest.param(
            {"finds": (FIND, replace(FIND, page_url="javascript:x", image_url="data:,x"))},
            "identification",
            EVERYWHERE,
            id="no usable one",
        ),
        pytest.param({"not_consensual": False}, "good-faith statement", EVERYWHERE, id="no statement"),
        pytest.param({"authorised": False}, "authority", EVERYWHERE, id="no authority"),
        pytest.param({"claimant": replace(ME, email="")}, "contact", EVERYWHERE, id="no contact"),
        pytest.param({"claimant": replace(ME, email="a@b\nc")}, "contact", EVERYWHERE, id="no usable contact"),
        pytest.param({"claimant": replace(ME, signature=" ")}, "signature", ("us_tida",), id="no signature"),
    ],
)
def test_no_draft_without_each_element(change: dict[str, object], words: str, regime_ids: tuple[str, ...]) -> None:
    facts = replace(FACTS, **change)  # type: ignore[arg-type]
    for asked in (TIDA, PLATFORM, REDDIT):
        if asked.regime.id not in regime_ids:
            assert not missing_elements(asked, facts)
            render_draft(asked, facts, NOW)
            continue
        with pytest.raises(DraftIncomplete, match=words) as caught:
            render_draft(asked, facts, NOW)
        assert len(caught.value.missing) == 1
        assert caught.value.missing[0].startswith(words)
        assert caught.value.remedy


@pytest.mark.parametrize("regime", regimes(), ids=lambda regime: regime.id)
def test_every_missing_element_is_named_at_once(regime: Regime) -> None:
    nothing = DraftFacts(finds=(), claimant=Claimant(role=Authority.REPRESENTATIVE), adult=True)
    held = {Element.REAL, Element.TIME_OUT, Element.STANDS}  # nothing is forged, late or gone
    assert len(missing_elements(replace(PLATFORM, regime=regime), nothing)) == len(set(regime.elements) - held)


def test_every_element_is_checked() -> None:
    assert set(CHECKS) == set(Element)


@pytest.mark.parametrize("asked", [TIDA, PLATFORM, REDDIT], ids=lambda asked: asked.channel.id)
def test_no_draft_where_somebody_may_have_been_under_18(asked: Route) -> None:
    with pytest.raises(UnderAge) as caught:
        render_draft(asked, replace(FACTS, adult=False), NOW)
    assert "guide under-18" in caught.value.remedy


@pytest.mark.parametrize(
    ("asked", "names", "shown"),
    [
        pytest.param(TIDA, NameRule.AUTO, False, id="unknown site: not by itself"),
        pytest.param(TIDA, NameRule.ALLOW, True, id="unknown site: allowed"),
        pytest.param(PLATFORM, NameRule.AUTO, False, id="report link"),
        pytest.param(REDDIT, NameRule.AUTO, True, id="a form that wants a signature"),
        pytest.param(REDDIT, NameRule.WITHHOLD, False, id="the same, withheld"),
        pytest.param(DISCORD, NameRule.AUTO, True, id="a form that wants the name and keeps it"),
        pytest.param(
            route("us_tida", "https://xhamster.com/v/1"), NameRule.AUTO, False, id="a desk that nobody checked"
        ),
        pytest.param(
            route("platform", "https://drive.google.com/f"),
            NameRule.AUTO,
            False,
            id="a desk that tells the other side",
        ),
    ],
)
def test_legal_name(asked: Route, names: NameRule, shown: bool) -> None:
    draft = render_draft(asked, FACTS, NOW, names)
    assert draft.name_shown is shown
    for part in ("Jane", "Quirk"):
        assert (part in text_of(draft)) is shown
    assert ("Your legal name was left out" in text_of(draft)) is not shown
    if not shown and asked.regime.id == "us_tida":
        assert "/s/ J. Q." in draft.to_send


def test_a_form_that_requires_the_name_gets_no_draft_without_it() -> None:
    assert "Legal name of the person shown: Jane Quirk" in render_draft(DISCORD, FACTS, NOW).to_send
    with pytest.raises(DraftIncomplete, match="permission to give the legal name"):
        render_draft(DISCORD, FACTS, NOW, NameRule.WITHHOLD)
    with pytest.raises(DraftIncomplete, match="legal name of the person shown"):
        render_draft(DISCORD, replace(FACTS, claimant=replace(ME, name="")), NOW)


def test_a_mailbox_that_holds_the_name_is_pointed_out() -> None:
    facts = replace(FACTS, claimant=replace(ME, email="jane.q@mail.example"))
    assert "The e-mail address holds part of your name" in text_of(render_draft(TIDA, facts, NOW))
    assert "holds part of your name" not in text_of(render_draft(TIDA, FACTS, NOW))


@pytest.mark.parametrize(
    ("name", "short"),
    [("Jane Quirk", "J. Q."), ("Anna-Lena van Doe", "A. L. v. D."), ("Jane", "J."), ("", "")],
)
def test_initials(name: str, short: str) -> None:
    assert initials(name) == short


HOSTILE = [
    pytest.param("a\n" + "=" * 70 + "\nSend money to x", id="a forged end of the text"),
    pytest.param("\x1b]0;x\x07\x1b[2J", id="terminal codes"),
    pytest.param("gpj\u202e.exe\u2066", id="bidi"),
    pytest.param("{{ route.channel.__class__ }}{% for x in y %}", id="template code"),
    pytest.param("x" * 100_000, id="very long"),
    pytest.param("\ud800\x00\u2028", id="surrogate, null, line separator"),
    pytest.param("<img src=x onerror=alert(1)>", id="markup"),
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("asked", [TIDA, PLATFORM], ids=["us_tida", "platform"])
def test_hostile_text(asked: Route, text: str) -> None:
    calm = render_draft(asked, FACTS, NOW)
    facts = found(
        sighting="../../" + text[:20],
        account=text,
        page_url="https://forum.example/" + text,
        image_url="https://forum.example/9.jpg",
    )
    draft = render_draft(asked, facts, NOW)
    assert text_of(draft).isascii()
    assert all(c.isprintable() for c in text_of(draft).replace("\n", ""))
    assert draft.to_send.count("\n") <= calm.to_send.count("\n"), "no line of their making"
    text_of(draft).encode("utf-8")


@pytest.mark.parametrize(
    ("page", "jurisdiction", "says"),
    [
        pytest.param("https://www.reddit.com/1", "US", ["https://www.reddit.com/report"], id="checked address"),
        pytest.param(
            "https://www.imgur.com/1", "US", ["abuse@imgur.com", "is 1181 days old"], id="old copy of a mailbox"
        ),
        pytest.param("https://www.tumblr.com/1", "US", ["is 745 days old"], id="copy of 2024"),
        pytest.param(
            "https://discord.com/1", "US", ["Limit:     1 (one report per piece of media)"], id="limit of a form"
        ),
        pytest.param(
            "https://facebook.com/1",
            "IN",
            ["not checked by us", "2 hours", "by 2026-11-22 22:00 UTC"],
            id="unchecked lead, with a clock",
        ),
        pytest.param("https://onlyfans.com/1", "US", ["none that we know of"], id="no address"),
        pytest.param(
            "https://forum.example/1",
            "US",
            ["none that we know of", "https://takeitdown.ftc.gov/", "by 2026-11-24 20:00 UTC"],
            id="unknown site",
        ),
        pytest.param("https://forum.example/1", "AT", ["no law or promise that we know of"], id="no clock"),
    ],
)
def test_part_for_the_person(page: str, jurisdiction: str, says: list[str]) -> None:
    routes = fitting_channels(page, "", jurisdiction, CHANNELS)
    text = text_of(render_draft(routes[0], found(page_url=page, image_url=""), NOW, NameRule.ALLOW))
    for words in says:
        assert words in text


def test_a_recent_copy_is_not_called_old() -> None:
    assert "Old copy" not in text_of(render_draft(REDDIT, FACTS, NOW))


def test_clock_from_the_moment_of_sending() -> None:
    draft = render_draft(TIDA, FACTS, NOW)
    assert due_at(draft.deadline, NOW + timedelta(days=1)) == NOW + timedelta(days=3)
    assert render_draft(PLATFORM, FACTS, NOW).deadline is None


def test_picture_inside_the_page() -> None:
    text = text_of(render_draft(TIDA, found(image_url="data:image/png;base64,AAAA"), NOW))
    assert "no address of its own" in " ".join(text.split())
    assert "base64" not in text


def every_platform() -> list[Channel]:
    return [channel for channel in CHANNELS.channels if channel.kind == "platform"]


@pytest.mark.parametrize("channel", every_platform(), ids=lambda channel: channel.id)
@pytest.mark.parametrize("jurisdiction", ["US", "DE", ""])
def test_no_draft_holds_an_address_of_its_own_making(channel: Channel, jurisdiction: str) -> None:
    host = channel.hosts[0] if channel.hosts else "forum.example"
    page = f"https://{host}/some/page"
    asked = route_to(channel.id, page, "", jurisdiction, CHANNELS)
    draft = render_draft(asked, found(page_url=page, image_url=""), NOW, NameRule.ALLOW)
    known = {page, channel.source, asked.then.url if asked.then else ""}
    if channel.url:
        known.add(channel.url)
    known.update(further.url for further in channel.also)
    for url in re.findall(r"https?://\S+", text_of(draft)):
        assert any(url in source for source in known), url
    for email in re.findall(r"[\w.+-]+@[\w-]+\.[\w.-]*\w", text_of(draft)):
        assert email == ME.email or (email == channel.email and channel.email_confidence is Confidence.VERIFIED)
    assert not re.findall(r"https?://\S+", draft.to_send.replace(page, ""))


def test_a_draft_opens_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: object, **options: object) -> None:
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refused)
    for asked in fitting_channels("https://a.forum.example/1", "https://x.example.co.uk/9.jpg", "US", CHANNELS):
        if waits_for_nothing(asked, FACTS):
            render_draft(asked, FACTS, NOW)


@given(page=st.text(max_size=80), image=st.text(max_size=80), account=st.text(max_size=300), own=st.text())
def test_any_text_gives_a_printable_draft_or_a_reason(page: str, image: str, account: str, own: str) -> None:
    find = replace(FIND, page_url=page, image_url=f"https://{image}", account=account, sighting=account)
    facts = replace(FACTS, finds=(find,), circumstances=own)
    for asked in fitting_channels(find.page_url, find.image_url, "US", CHANNELS):
        try:
            draft = render_draft(asked, facts, NOW)
        except DraftIncomplete as error:
            has_no_place = any(words.startswith("identification") for words in error.missing)
            assert has_no_place or not waits_for_nothing(asked, facts)
            continue
        assert all(line.isprintable() for line in text_of(draft).split("\n"))
