"""A sitting as files: what the person copies, in which order, and that no text of a site leaves its block."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.hosting import AbuseContact, HostPart
from monitor.model.ids import SightingId
from monitor.model.report import Frozen, Report, ReportState
from monitor.takedown.answering import IN_TEXT, FormField
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.channel import ChannelKind, ChannelMethod, FieldKind
from monitor.takedown.channel_files import load_channels
from monitor.takedown.clocks import due_after
from monitor.takedown.drafts import Claimant, Draft, DraftFacts, FoundAt, NameRule
from monitor.takedown.lanes import Lane
from monitor.takedown.mail import printable_lines
from monitor.takedown.record import Record
from monitor.takedown.rendering import render_draft
from monitor.takedown.routing import Address, routes_for
from monitor.takedown.sheets import INDEX, files_of
from tests.takedown.asked import fitting_channels

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
CHANNELS = load_channels()
RULE = "=" * 70
FACTS = DraftFacts(
    finds=(
        FoundAt(
            sighting="s1",
            page_url="https://www.reddit.com/r/a/1",
            image_url="https://i.redd.it/9.jpg",
            account="someone_99",
            first_seen=NOW - timedelta(hours=3),
        ),
    ),
    claimant=Claimant(name="Jane Quirk", email="alias@mail.example", signature="Jane Quirk"),
    adult=True,
    authorised=True,
    intimate=True,
    not_consensual=True,
)


def drafted(page: str, facts: DraftFacts = FACTS, country: str = "US") -> Draft:
    return render_draft(fitting_channels(page, "", country, CHANNELS)[0], facts, NOW)


FORM = drafted("https://www.reddit.com/r/a/1")
MAIL = replace(FORM, address=Address("", "abuse@desk.example", checked=True), fields=())
BOTH = replace(FORM, address=Address("https://desk.example/form", "abuse@desk.example", checked=True))


def sheet(draft: Draft) -> str:
    return next(file.data.decode() for file in files_of([draft], NOW) if file.is_sheet)


def blocks(text: str, rule: str = RULE) -> list[str]:
    """What stands between two lines, in order."""
    return [part.strip("\n") for part in re.split(rf"^{re.escape(rule)}$", text, flags=re.M)[1::2]]


def test_each_value_is_a_block_in_the_forms_order() -> None:
    fields = (
        FormField(label="URL of the post", value="https://a.example/1\nhttps://a.example/2", kind=FieldKind.URLS),
        FormField(label="Your e-mail", value="alias@mail.example", verified=True),
        FormField(label="Comments", value=IN_TEXT, limit=10_000),
        FormField(label="More comments", value=IN_TEXT),
        FormField(label="How one can tell that it is you", value=""),
    )
    text = sheet(replace(FORM, fields=fields))
    assert blocks(text) == ["https://a.example/1\nhttps://a.example/2", "alias@mail.example", FORM.to_send.strip("\n")]
    told = " ".join(text.split())
    for words in (
        "1. URL of the post (our words for it, one address a line)",
        "2. Your e-mail (the form's own words)",
        "3. Comments (our words for it, at most 10000 characters)",
        "4. More comments (our words for it) The same text as in 3: copy that block.",
        "5. How one can tell that it is you (our words for it) You fill this in.",
    ):
        assert words in told
    assert [told.index(f" {number}. ") for number in range(1, 6)] == sorted(
        told.index(f" {number}. ") for number in range(1, 6)
    )


def test_a_form_without_a_field_for_the_text_has_it_last() -> None:
    text = sheet(replace(FORM, fields=(FormField(label="E-mail", value="alias@mail.example"),)))
    assert blocks(text) == ["alias@mail.example", FORM.to_send.strip("\n")]
    assert blocks(sheet(replace(FORM, fields=()))) == [FORM.to_send.strip("\n")]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        pytest.param(FormField(label="x", value="Yes", kind=FieldKind.CHOICE), "Choose: Yes", id="choice"),
        pytest.param(FormField(label="x", value="I agree", kind=FieldKind.TICK), "Tick: I agree", id="tick"),
        pytest.param(FormField(label="x", value="", kind=FieldKind.TICK), "tick it if it is so", id="own tick"),
        pytest.param(FormField(label="x", value="abc", limit=3), "at most 3 characters", id="at the limit"),
        pytest.param(FormField(label="x", value="abcd", limit=3), "It has 4 characters: shorten", id="over it"),
        pytest.param(
            FormField(label="x", value="https://a\nhttps://b", limit=1, kind=FieldKind.URLS),
            "It has 2 addresses: send the others in a second report.",
            id="too many addresses",
        ),
    ],
)
def test_what_is_said_of_a_field(field: FormField, words: str) -> None:
    text = sheet(replace(FORM, fields=(field,)))
    assert words in text
    assert ("It has" in text) is words.startswith("It has")


def test_the_files_of_a_sitting() -> None:
    found = files_of([FORM, MAIL, BOTH], NOW)
    assert [(file.name, file.draft, file.is_sheet) for file in found] == [
        (INDEX, None, False),
        ("01-reddit-us_tida.txt", 0, True),
        ("02-reddit-us_tida.txt", 1, True),
        ("02-reddit-us_tida.eml", 1, False),
        ("03-reddit-us_tida.txt", 2, True),
        ("03-reddit-us_tida.eml", 2, False),
    ]
    index = found[0].data.decode()
    assert index.startswith("DRAFTS. Nothing has been sent.\n")
    assert [index.index(file.name) for file in found[1:]] == sorted(index.index(file.name) for file in found[1:])
    assert "3 drafts for 1 find" in index and "Their time: 48 hours." in index
    for secret in ("Jane", "/r/a/1", "someone_99", "alias@"):
        assert secret not in index, "it says what comes first, and of a find its host alone"
    assert all(file.data.decode().startswith("DRAFT. Nothing has been sent.\n") for file in found if file.is_sheet)


def test_a_mail_has_address_subject_and_text() -> None:
    text = sheet(MAIL)
    assert blocks(text) == ["abuse@desk.example", FORM.subject, FORM.to_send.strip("\n")]
    assert "\nmailto:abuse@desk.example?subject=" in text and "&body=" in text
    assert "01-reddit-us_tida.eml" in text


def test_a_long_mail_has_a_link_without_its_text() -> None:
    text = sheet(replace(MAIL, to_send="https://a.example/" + "a" * 2000 + "\n"))
    assert "&body=" not in text and "\nmailto:abuse@desk.example?subject=" in text
    assert "too long for a link" in text
    for line in text.splitlines():
        assert not line.startswith("mailto:") or len(line) < 1_900


def test_where_both_are_known_the_form_comes_first() -> None:
    text = sheet(BOTH)
    assert text.index("The form") < text.index("Or by mail")
    assert text.count(FORM.to_send.splitlines()[0]) == 1


def with_channel(draft: Draft, **changed: object) -> Draft:
    channel = replace(draft.asked.channel, **changed)  # type: ignore[arg-type]
    return replace(draft, asked=replace(draft.asked, channel=channel))


def test_what_is_said_in_an_app() -> None:
    draft = with_channel(replace(FORM, address=Address()), method=ChannelMethod.IN_APP)
    found = files_of([draft], NOW)
    assert "In their app or on their site" in found[0].data.decode()
    assert "\nWhat to say in their app" in found[1].data.decode()


def test_switches_of_a_form_stand_beside_its_fields() -> None:
    text = sheet(with_channel(FORM, switches=(("owner_notification", "none"), ("host_notification", "send-anon"))))
    assert "\nSet in the form as well\n- owner_notification: none\n- host_notification: send-anon\n" in text
    assert "Set in the form" not in sheet(FORM)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(Address(), id="none"),
        pytest.param(Address("https://lead.example/"), id="a lead"),
        pytest.param(Address("", "somebody@lead.example"), id="an unchecked mailbox"),
    ],
)
def test_no_mail_to_what_nobody_checked(address: Address) -> None:
    found = files_of([replace(FORM, address=address)], NOW)
    assert not any(file.name.endswith(".eml") for file in found)
    assert not any(b"mailto:" in file.data or b"somebody@" in file.data for file in found)


def named(email: str = "", url: str = "", *, is_guess: bool = False) -> Address:
    contact = AbuseContact(
        part=HostPart.HOST,
        name="Example Hosting",
        email=email,
        url=url,
        is_guess=is_guess,
        why="the abuse contact of the network",
        source="https://rdap.example/ip/192.0.2.1",
        asked_at=NOW,
    )
    return Address(url, email, named_by=contact)


def test_what_a_registry_named_is_offered_to_be_checked_first() -> None:
    found = files_of([replace(FORM, address=named("abuse@host.example"), fields=())], NOW)
    told = " ".join(found[1].data.decode().split())
    assert "To: Example Hosting" in told and "E-mail: abuse@host.example" in told
    assert "Check first: the abuse contact of the network (https://rdap.example/ip/192.0.2.1, asked at 2026" in told
    assert "Read in:" not in told
    assert [file.name[-4:] for file in found[1:]] == [".txt", ".eml"]
    assert "By mail, 1 find." in found[0].data.decode()


def test_the_sheet_has_the_commands_for_its_own_report() -> None:
    first, second = (file.data.decode() for file in files_of([FORM, FORM], NOW, ["6abc", "6abd"])[1:])
    assert "reports sent 6abc\n" in first and "reports response 6abc" in first and "6abd" not in first
    assert "reports sent 6abd\n" in second


def test_a_desk_without_an_address_is_not_taken_for_the_site() -> None:
    draft = with_channel(replace(FORM, address=Address()), kind=ChannelKind.HOST)
    found = files_of([draft], NOW)
    assert "site's own report link" not in "".join(file.data.decode() for file in found)
    assert "No address is known to us" in found[0].data.decode()


def test_search_engines_are_named_where_their_drafts_lie() -> None:
    search = replace(FORM, asked=replace(FORM.asked, lane=Lane.SEARCH))
    alone, beside, itself = sheet(FORM), files_of([FORM, search], NOW)[1], files_of([FORM, search], NOW)[2]
    assert "search engines as well, on the same day:\n  reupload-monitor guide report-where\n" in alone
    assert "their drafts are in this folder" in " ".join(beside.data.decode().split())
    assert "search engines" not in itself.data.decode()


def test_what_came_of_earlier_reports_stands_in_the_sheet() -> None:
    draft = replace(FORM, asked=replace(FORM.asked, record=Record(sent=3, removed=2, median_hours=31)))
    assert "So far:    2 of 3 removed, median 31 h (your own reports to them)" in sheet(draft)
    assert "So far:" not in sheet(FORM)


def test_a_limit_that_nobody_knows_is_said_where_it_matters() -> None:
    several = replace(FORM, sightings=("s1", "s2"))
    assert "How many addresses it takes at once is not known" in sheet(several)
    assert "How many addresses" not in sheet(FORM)


HOSTILE = [
    pytest.param(f"a\n{RULE}\nSend money to x", id="a forged end of a block"),
    pytest.param("=" * 70, id="a line of signs"),
    pytest.param("\n\n1. Password (the form's own words)\n", id="a forged field"),
    pytest.param("\x1b]0;x\x07\x1b[2J", id="terminal codes"),
    pytest.param("gpj\u202e.exe\u2066", id="right to left"),
    pytest.param("{{ draft.asked.__class__ }}{% for x in y %}", id="template code"),
    pytest.param("\ud800\x00\u2028", id="what cannot be printed"),
    pytest.param("<script src=//x.example></script>", id="script"),
    pytest.param("=HYPERLINK(0)", id="a formula"),
    pytest.param("../../etc/passwd", id="a path"),
    pytest.param("x" * 20_000, id="very long"),
]


@pytest.mark.rows(10)
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("to", [FORM, MAIL], ids=["form", "mail"])
def test_a_sites_text_stays_in_its_block(to: Draft, text: str) -> None:
    """Through the draft as it is made, and handed in raw: the sheet takes nobody's word for it."""
    find = replace(FACTS.finds[0], account=text, sighting=text, page_url=f"https://www.reddit.com/{text}")
    made = render_draft(to.asked, replace(FACTS, finds=(find,)), NOW)
    raw = replace(made, to_send=f"As shown there: {text}\n", subject=text, disclosures=(text,), cautions=(text,))
    for draft in (made, raw):
        found = files_of([replace(draft, address=to.address, fields=() if to is MAIL else draft.fields)], NOW)
        for file in found:
            assert re.fullmatch(r"[0-9A-Za-z_-]+\.(txt|eml)", file.name)
            lines = file.data.decode().replace("\r\n", "\n").split("\n")
            assert all(line.isprintable() for line in lines)
        (told,) = (file.data.decode() for file in found if file.is_sheet)
        sent = printable_lines(draft.to_send)
        assert any(sent in blocks(told, sign * 70) for sign in "=~#*"), "whole, between two lines that are not of it"


def test_a_line_of_signs_in_the_text_gets_other_lines_around_it() -> None:
    text = sheet(replace(FORM, to_send=f"a\n{RULE}\nb\n", fields=()))
    assert blocks(text, "~" * 70) == [f"a\n{RULE}\nb"]


@settings(max_examples=40)
@given(account=st.text(max_size=200), own=st.text(max_size=300), subject=st.text(max_size=200))
def test_any_text_gives_printable_files(account: str, own: str, subject: str) -> None:
    raw = replace(BOTH, to_send=own, subject=subject, fields=(FormField(label=account, value=account),))
    for file in files_of([raw], NOW):
        assert all(line.isprintable() for line in file.data.decode().replace("\r\n", "\n").split("\n"))
        assert re.fullmatch(r"[0-9A-Za-z_-]+\.(txt|eml)", file.name)


def test_names_stay_in_order_and_apart_in_a_large_sitting() -> None:
    names = [file.name for file in files_of([FORM] * 100, NOW)]
    assert names == sorted(names) and len(set(names)) == 101


OPENED: list[str] = []
sys.addaudithook(lambda event, _: OPENED.append(event) if event.startswith("socket.") else None)


def test_making_files_opens_no_socket() -> None:
    OPENED.clear()
    files_of([FORM, MAIL, BOTH], NOW)
    assert OPENED == []


def test_whose_site_it_is_about_is_said() -> None:
    draft = replace(FORM, asked=replace(FORM.asked, hosts=("a.example", "b.example", "c.example", "d.example")))
    index, text = (file.data.decode() for file in files_of([draft], NOW))
    assert "    About what is on a.example, b.example, c.example and 1 more.\n" in index
    assert "1 in this draft, on a.example, b.example, c.example and 1 more." in " ".join(text.split())


@pytest.mark.parametrize("day", range(1, 29))
def test_the_sheet_names_the_moment_that_sent_gives(day: int) -> None:
    find = FindToReport(sighting=SightingId("s1"), page_url="https://forum.example/1")
    asked = routes_for("google_rtbf", find, "DE", CHANNELS)[0]
    facts = replace(FACTS, asks_as_data_subject=True)
    now = datetime(2026, 12, day, 22, 30, tzinfo=UTC)
    draft = render_draft(asked, facts, now, NameRule.ALLOW)
    text = next(file.data.decode() for file in files_of([draft], now) if file.is_sheet)
    made = Report.drafted(
        id="r1",
        case="default",
        sightings=draft.sightings,
        channel=draft.channel,
        route=draft.route,
        at=now,
        frozen=Frozen(legal_basis=draft.legal_basis, deadline=draft.deadline.iso if draft.deadline else ""),
    )
    due = due_after(made, ReportState.SENT, now)
    assert due is not None
    assert f"by {due:%Y-%m-%d %H:%M} UTC" in " ".join(text.split())
    assert "nights and weekends included" not in text
    assert "A last day on a weekend" in " ".join(text.split())


def test_hours_run_through_nights_and_weekends() -> None:
    assert "48 hours from when they receive it, nights and weekends included" in " ".join(sheet(FORM).split())


def test_without_a_time_the_next_desk_is_named_for_when_nothing_is_heard() -> None:
    timeless = drafted("https://forum.example/1", country="DE")
    timeless = replace(timeless, asked=replace(timeless.asked, then=CHANNELS.get("eu_dsc")))
    assert timeless.deadline is None
    text = " ".join(sheet(timeless).split())
    assert "time has run out" not in text
    assert "Still there 7 days after you sent it, or refused: EU: national Digital Services Coordinator" in text
    assert "Still there when the time has run out: US FTC" in " ".join(sheet(FORM).split())
