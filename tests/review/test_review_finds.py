"""Finds, incidents, reports, course and digest, asked without a browser over a real store: what a page says of what is
kept, and what a form makes of it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from monitor.model.course import CourseWeek
from monitor.model.deciding import DecisionAct, DecisionVia
from monitor.model.report import ReportState
from monitor.model.sighting import Status
from monitor.review.pages.course import drawing_of
from monitor.review.pages.guide import topic_path
from monitor.services.draft_files import MAX_DRAFT_BYTES
from tests.review.asking import NOW, asking
from tests.review.found_app import (
    CASE,
    DRAFT,
    HOSTILE,
    REFUSED,
    WAITING,
    FoundApp,
    a_full_app,
    an_app,
)
from tests.review.shown.of_finds import STATES


async def sent_form(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """As a page of this session sends it."""
    page = await client.get("/help")
    (token, *_) = re.findall(r'name="token" value="([^"]+)"', page.text)
    return await client.post(path, data={"token": token, **fields})


def words_of(page: httpx.Response) -> str:
    """What stands on it, without tags, each white space one blank."""
    text = re.sub(r"<(head|nav|style)\b.*?</\1>", " ", page.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def report(found: FoundApp, name: str) -> ReportState:
    return found.app.reports.get(name, case=CASE).state


@pytest.mark.rows(3)  # `test_review_states.py` asks more of each
@pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in STATES])
async def test_each_state_is_a_page_with_one_heading_and_nothing_that_runs(state: object) -> None:
    async with asking(state.core()) as client:
        if state.sends is None:
            page = await client.get(state.path)
        else:
            page = await sent_form(client, state.path, **dict(state.sends))
        page = await client.get(page.headers["location"]) if page.status_code == 303 else page
    assert page.text.count("<h1") == 1 and "<script>alert" not in page.text
    assert not set("\u202e\x07") & set(page.text)
    assert not re.search(r'<a [^>]*href="(?!/|#)', page.text), "an outside address is no link"
    assert " style=" not in page.text and "!" not in words_of(page).replace("<!doctype html>", "")


async def test_a_draft_is_shown_as_it_lies_on_the_disk_block_by_block() -> None:
    found = an_app()
    (platform, *_) = found.drafted(*found.add("reddit.com"))
    sheet = Path(platform.file)
    sheet.write_text(sheet.read_text().replace("I am the person shown.", "It is me."))
    async with asking(found.core) as client:
        page = await client.get(f"/reports/{platform.id}")
    assert "It is me." in page.text and "I am the person shown." not in page.text
    assert "https://www.reddit.com/t/0" in page.text and str(sheet) in page.text
    assert "Keep your evidence first" in page.text and "reports sent" not in page.text


def _taken(sheet: Path) -> None:
    sheet.unlink()


def _swapped(sheet: Path) -> None:
    other = sheet.with_name("other.txt")
    sheet.rename(other)
    sheet.symlink_to(other)


def _open_to_all(sheet: Path) -> None:
    sheet.parent.chmod(0o777)


def _endless(sheet: Path) -> None:
    os.truncate(sheet, MAX_DRAFT_BYTES + 1)


def _no_file(sheet: Path) -> None:
    sheet.unlink()
    os.mkfifo(sheet)


@pytest.mark.parametrize("change", [_taken, _swapped, _open_to_all, _endless, _no_file])
async def test_a_sheet_that_is_not_there_or_not_hers_alone_is_not_shown(change: Callable[[Path], None]) -> None:
    found = an_app()
    (platform, *_) = found.drafted(*found.add("reddit.com"))
    change(Path(platform.file))
    async with asking(found.core) as client:
        page = await client.get(f"/reports/{platform.id}")
    assert page.status_code == 200 and "I am the person shown." not in page.text
    assert f"/reports/new?report={platform.id}" in page.text or "Draft it anew." in page.text


async def test_of_very_many_it_is_said_that_drafts_take_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    found = an_app()
    found.add("reddit.com", 3)
    monkeypatch.setattr("monitor.review.local.reports.MOST_WORKED_OUT", 2)
    async with asking(found.core) as client:
        told = words_of(await client.get("/reports"))
        assert "3 copies are still there. So many take a moment" in told
        monkeypatch.setattr("monitor.review.local.reports.DRAFTED_AT_ONCE", 2)
        for left in (2, 1):
            page = await client.get("/reports/new")
            assert f"For {left} cop" in words_of(page) and "these come first" in words_of(page)
            done = await sent_form(client, "/reports/new")
            assert done.status_code == 303
        assert "All that is open has a draft" in words_of(await client.get("/reports/new"))


@pytest.mark.parametrize(
    ("at", "state", "words"),
    [
        pytest.param("", ReportState.SENT, "Marked as sent.", id="just now"),
        pytest.param("3 days ago", ReportState.SENT, "Marked as sent.", id="in her words"),
        pytest.param("9 days ago", ReportState.DRAFT, "Type a later time", id="before it was drafted"),
        pytest.param("next week", ReportState.DRAFT, "is not a time that can be read here", id="no time"),
        pytest.param("2999-01-01", ReportState.DRAFT, "is yet to come", id="to come"),
        pytest.param(HOSTILE * 500, ReportState.DRAFT, "is not a time", id="hostile and long"),
    ],
)
async def test_marking_as_sent(at: str, state: ReportState, words: str) -> None:
    found = a_full_app()
    async with asking(found.core) as client:
        page = await sent_form(client, f"/reports/{DRAFT}/sent", seen="1", at=at, number="N-7")
        if state is ReportState.DRAFT:
            assert page.status_code == 422 and 'value="N-7"' in page.text, "what was typed stays"
            assert 'id="sent-at-wrong"' in page.text, "tied to its field"
        else:
            assert (page.status_code, page.headers["location"]) == (303, f"/reports/{DRAFT}")
            page = await client.get(page.headers["location"])
        assert words in words_of(page)
    assert report(found, DRAFT) is state
    if state is ReportState.SENT:
        assert found.app.reports.get(DRAFT, case=CASE).number == "N-7"


async def test_a_form_sent_twice_is_one_step_and_the_second_is_told_how_it_stands() -> None:
    found = a_full_app()
    async with asking(found.core) as client:
        first = await sent_form(client, f"/reports/{WAITING}/answer", seen="2", outcome="acknowledged", number="T-1")
        again = await sent_form(client, f"/reports/{WAITING}/answer", seen="2", outcome="acknowledged", number="T-1")
    assert (first.status_code, again.status_code) == (303, 409)
    assert "This has changed since you looked at it" in words_of(again) and 'value="T-1"' in again.text
    steps = [event.state.value for event in found.app.reports.get(WAITING, case=CASE).events]
    assert steps == ["draft", "sent", "acknowledged"]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        pytest.param("removed", ReportState.REMOVED, id="removed"),
        pytest.param("more-asked", ReportState.MORE_ASKED, id="more asked for"),
        pytest.param("bounced", ReportState.BOUNCED, id="came back"),
        pytest.param("extended", ReportState.SENT, id="what this law has not"),
        pytest.param("withdrawn", ReportState.SENT, id="no answer of theirs"),
        pytest.param("", ReportState.SENT, id="nothing chosen"),
    ],
)
async def test_an_answer(outcome: str, state: ReportState) -> None:
    found = a_full_app()
    async with asking(found.core) as client:
        done = await sent_form(client, f"/reports/{WAITING}/answer", seen="2", outcome=outcome, text="Words of theirs")
        if state is ReportState.SENT:
            assert done.status_code == 422 and "Words of theirs" in done.text
            assert 'id="answer-outcome-wrong"' in done.text
        else:
            page = await client.get(done.headers["location"])
            assert "Noted:" in page.text and "Words of theirs" in page.text
    assert report(found, WAITING) is state


async def test_after_a_refusal_the_page_says_whom_to_ask_next_and_writes_it() -> None:
    found = a_full_app()
    before = {one.id for one in found.app.store.reports.all(CASE)}
    async with asking(found.core) as client:
        page = await client.get(f"/reports/{REFUSED}")
        assert "Whom to ask next" in page.text and f"/reports/new?report={REFUSED}" in page.text
        done = await sent_form(client, "/reports/new", report=REFUSED)
        assert done.status_code == 303
        told = words_of(await client.get(done.headers["location"]))
    made = [one for one in found.app.store.reports.all(CASE) if one.id not in before]
    assert made and {one for report_ in made for one in report_.sightings} == {"tumblrcomx0"}
    assert "Nothing was sent: that is for you to do." in told and all(Path(one.file).exists() for one in made)


async def test_what_is_stated_stands_in_the_draft_and_nothing_else_is_asked_about() -> None:
    found = an_app()
    found.add("reddit.com", 2)
    async with asking(found.core) as client:
        said = {"circumstances": "He posted them in May.", "forged": "1", "names": "withhold", "language": "de"}
        await sent_form(client, "/reports/new", find="redditcomx1", **said)
    reports = found.app.store.reports.all(CASE)
    assert {one.sightings for one in reports} == {("redditcomx1",)}
    assert {(one.frozen.language, one.frozen.forged, one.frozen.circumstances) for one in reports} == {
        ("de", True, "He posted them in May.")
    }
    assert all("Jane Quirk" not in Path(one.file).read_text() for one in reports)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param({"find": "evilexamplex0"}, "is only possibly one of yours", id="to decide first"),
        pytest.param({"find": "closedexamplex0"}, "was closed as under 18", id="closed"),
        pytest.param({"find": "leftexamplex0"}, "was left alone", id="left"),
        pytest.param({"find": "none"}, "there is nothing to ask about", id="none such"),
        pytest.param({"incident": "at-reddit.com", "language": "tlh"}, "there are no drafts in", id="no such language"),
        pytest.param({"incident": "at-reddit.com", "channel": "nobody"}, "nobody", id="no such desk"),
    ],
)
async def test_what_cannot_be_drafted_is_said_and_what_was_typed_stays(fields: dict[str, str], words: str) -> None:
    found = a_full_app()
    before = len(found.app.store.reports.all(CASE))
    async with asking(found.core) as client:
        page = await sent_form(client, "/reports/new", circumstances="In my words", **fields)
    assert page.status_code == 422 and words in words_of(page)
    assert "In my words" in page.text or "Nothing to ask about" in page.text
    assert len(found.app.store.reports.all(CASE)) == before


async def test_taking_back_asks_first_and_gives_the_finds_their_state_back() -> None:
    found = a_full_app()
    async with asking(found.core) as client:
        page = await client.get(f"/reports/{REFUSED}/withdraw")
        assert "You can undo this" in page.text and report(found, REFUSED) is ReportState.REFUSED
        await sent_form(client, f"/reports/{REFUSED}/withdraw", seen="3")
        closed = await client.get(f"/reports/{REFUSED}/withdraw")
    assert report(found, REFUSED) is ReportState.WITHDRAWN and "It is closed already" in closed.text
    assert found.app.store.sightings.get(CASE, "tumblrcomx0").status is Status.NEW


@pytest.mark.parametrize(
    ("step", "name", "fields"),
    [
        pytest.param("sent", DRAFT, {"seen": "1"}, id="sent, by one press in a list"),
        pytest.param("answer", WAITING, {"seen": "2", "outcome": "refused", "text": "No."}, id="refused"),
        pytest.param("withdraw", REFUSED, {"seen": "3"}, id="taken back"),
    ],
)
async def test_a_step_noted_by_mistake_is_undone_where_it_stands(step: str, name: str, fields: dict[str, str]) -> None:
    found = a_full_app()
    before = found.app.reports.get(name, case=CASE)
    finds = found.app.store.sightings.of_ids(CASE, before.sightings)
    async with asking(found.core) as client:
        await sent_form(client, f"/reports/{name}/{step}", **fields)
        page = await client.get(f"/reports/{name}")
        (seen,) = re.findall(rf'"/reports/{name}/undo".*?name="seen" value="(\d+)"', page.text)
        done = await sent_form(client, f"/reports/{name}/undo", seen=seen)
        page = await client.get(done.headers["location"])
        again = await sent_form(client, f"/reports/{name}/{step}", **fields)
        stale = await sent_form(client, f"/reports/{name}/undo", seen=seen)
    assert "Undone. It stands as it did before." in page.text and "You took back what you had noted" in page.text
    after = replace(found.app.reports.get(name, case=CASE), undone=())
    assert after == before and found.app.store.sightings.of_ids(CASE, before.sightings) == finds
    assert (again.status_code, stale.status_code) == (409, 409), "a page that stood there before"


async def test_the_next_step_stands_first() -> None:
    found = a_full_app()
    async with asking(found.core) as client:
        before = words_of(await client.get("/reports"))
        assert "Your next step Reddit draft, not sent" in before, "what takes it away where it stands"
        assert "Their time ended 3 days ago" in before and "Their time ends in 1 day" in before
        found.app.draft_next()
        after = words_of(await client.get("/reports"))
    assert "Written for you, as the one before did not help." in after.partition("Ready for you to send")[0]


async def test_an_incident_tells_what_is_open_and_what_happened() -> None:
    found = a_full_app()
    async with asking(found.core) as client:
        told = words_of(await client.get("/incidents/at-reddit.com"))
        aside = words_of(await client.get("/incidents/at-other.example"))
    for words in (
        "Still there 3",
        "Nobody was asked yet to remove 1 copy.",
        "1 report is to be looked at: no answer came in time.",
        "Of 3 copies no evidence is kept: open one",
        "You reported it to Reddit .",
        "Their number: A-1",
        "It is the same picture.",
    ):
        assert words in told, words
    assert "Nothing is open here." in aside and "Set aside by you 1" in aside


async def test_what_she_said_and_noted_stands_with_the_find_and_in_the_timeline() -> None:
    found = a_full_app()
    deciding = found.app.decisions.deciding
    deciding.decide(DecisionAct.NOTE, ["redditcomx1"], case=CASE, via=DecisionVia.PAGE, text=f"He wrote.\n{HOSTILE}")
    found.now += timedelta(hours=1)
    done = deciding.decide(DecisionAct.CONFIRM, ["redditcomx1", "redditcomx2"], case=CASE, via=DecisionVia.PAGE)
    async with asking(found.core) as client:
        find = words_of(await client.get("/finds/redditcomx1"))
        assert "He wrote. <script>" in find and "You said that it is yours." in find
        deciding.undo(done.batch, case=CASE)
        site = words_of(await client.get("/incidents/at-reddit.com"))
    assert site.count("You said that it is yours. 2 copies (finds 2-3)") == 1, "a stroke is one line"
    assert "You took back what you had said." in site


async def test_of_what_is_closed_as_under_18_only_address_and_time_are_told() -> None:
    found = a_full_app()
    async with asking(found.core) as client:
        page = await client.get("/finds/closedexamplex0")
    assert "https://www.closed.example/t/0" in page.text and topic_path("under-18") in page.text
    assert "owl" not in page.text and "poster0" not in page.text and "/reports/new" not in page.text


async def test_somebody_may_have_been_under_18() -> None:
    """Asked once more; then nothing is left but address and time, of everything that the photo found."""
    found = a_full_app()
    path = "/finds/redditcomx0/close"
    async with asking(found.core) as client:
        assert f'href="{path}"' in (await client.get("/finds/redditcomx0")).text
        asks = words_of(await client.get(path))
        assert "What goes, for good" in asks and "What stays" in asks and "Your photo owl" in asks
        assert "Copy 2 on reddit.com" in asks, "what goes with it is named"
        untold = await sent_form(client, path)
        assert untold.status_code == 422 and 'id="sure-wrong"' in untold.text
        assert not found.app.store.sightings.get(CASE, "redditcomx0").under_18
        done = await sent_form(client, path, sure="yes")
        assert (done.status_code, done.headers["location"]) == (303, topic_path("under-18"))
        told = words_of(await client.get(topic_path("under-18")))
        assert "copies are closed: only their addresses and times are left" in told and "not compared any more" in told
        assert "Take It Down" in told
        again = await sent_form(client, path, sure="yes")
        assert again.headers["location"] == topic_path("under-18")
        assert "closed before" in words_of(await client.get(topic_path("under-18")))
        gone = await client.get("/finds/redditcomx0")
    assert "https://www.reddit.com/t/0" in gone.text and "owl" not in gone.text and path not in gone.text
    closed = found.app.store.sightings.get(CASE, "redditcomx0")
    assert closed.under_18 and not closed.match.reference and not closed.image_digest
    assert found.app.store.sightings.of_reference(CASE, "ref1") == []


async def test_what_may_be_left_of_the_closed_is_told() -> None:
    found = an_app()
    (platform, *_) = found.drafted(*found.add("reddit.com"))
    _taken(Path(platform.file))
    stray = found.app.settings.vault_dir / "stray"
    stray.mkdir(parents=True)
    (stray / "aa.age").write_bytes(b"sealed")
    async with asking(found.core) as client:
        await sent_form(client, "/finds/redditcomx0/close", sure="yes")
        told = words_of(await client.get(topic_path("under-18")))
    assert f"not where it was written: {platform.file}" in told
    assert "1 sealed file in" in told and "reupload-monitor doctor" in told


NOT_HERE = (
    "/finds/none/close",
    "/finds/othersx0",
    "/finds/none",
    "/finds/99",
    "/incidents/at-others",
    "/incidents/nowhere",
    "/reports/none",
    "/reports/none/withdraw",
    "/note/othersx0",
    "/evidence/find/othersx0",
    "/guide/99",
)


async def test_of_another_case_nothing_is_shown() -> None:
    found = a_full_app()
    found.app.store.cases.save(replace(found.app.store.cases.get(CASE), id="other"))
    others = found.app.store.sightings.get(CASE, "redditcomx0")
    found.app.store.sightings.save(replace(others, id="othersx0", case="other", incident="at-others"))
    async with asking(found.core) as client:
        await sent_form(client, "/case", case=CASE)
        assert (await client.get("/finds/redditcomx0")).status_code == 200
        for path in NOT_HERE:
            page = await client.get(path)
            assert (path, page.status_code) == (path, 404) and "reddit" not in page.text
            assert "There is no such page" in words_of(page)


async def test_the_digest_looks_back_as_far_as_it_is_asked() -> None:
    found = a_full_app()
    async with asking(found.core) as client:
        week = words_of(await client.get("/digest"))
        month = words_of(await client.get("/digest?days=30"))
        odd = words_of(await client.get("/digest?days=999999999"))
    assert "Gone (1)" in week and "New (" not in week
    assert "New (" in month and odd == week


def test_any_find_of_a_week_is_seen_and_the_drawing_holds_a_year() -> None:
    week = CourseWeek(begins=NOW.date(), new=1, removed=1, back=0, open=5_000, accounts=0, hosts=1)
    weeks = [replace(week, begins=(NOW - timedelta(days=7 * at)).date(), open=at and 1) for at in range(51)]
    drawing = drawing_of([*weeks, week])
    assert all(one.removed_height >= 2 for one in drawing.bars)
    assert drawing.bars[0].open_height == 0 and max(one.open_height for one in drawing.bars) == 160
    last = drawing.bars[-1]
    assert last.removed_x + drawing.bar <= drawing.width
    assert 4 <= sum(one.is_named for one in drawing.bars) <= 7


async def test_what_waits_is_counted_as_the_list_of_what_is_to_decide_counts_it() -> None:
    found = an_app()
    found.add("waits.example", 3)
    async with asking(found.core) as client:
        assert "3 copies to decide" in words_of(await client.get("/"))
        assert "To decide 3 Still there 3" in words_of(await client.get("/digest"))
        (incident,) = {one.incident for one in found.app.store.sightings.all(CASE)}
        assert "3 copies are to decide" in words_of(await client.get(f"/incidents/{incident}"))


async def test_numbers_of_finds_are_not_read_as_how_many_there_are() -> None:
    async with asking(a_full_app().core) as client:
        told = words_of(await client.get("/reports"))
    assert "1 copy (find 1)" in told and "Copies:" not in told


async def test_on_a_site_what_was_said_is_told_can_be_taken_back_and_leads_to_the_next() -> None:
    found = an_app()
    first, second, _ = found.add("three.example", 3)
    path = f"/incidents/{first.incident}"
    async with asking(found.core) as client:
        listed = re.findall(r'name="find" value="([^"]+)"', (await client.get(path)).text)
        fields = re.findall(r'name="focus" value="([^"]+)"', (await client.get(path)).text)
        assert len(listed) == 3 and fields[:2] == [f"find-{one.split()[0]}" for one in listed[1:]]
        await sent_form(client, "/decide", find=listed[0], do="dismiss", then=path, focus=fields[0])
        page = await client.get(path)
        assert re.search(rf'id="{fields[0]}"[^>]*autofocus', page.text)
        told = words_of(page)
        assert "You said last:" in told and "You said that it is not yours." in told, "in the timeline too"
        (batch,) = re.findall(r'name="batch" value="([^"]+)"', page.text)
        await sent_form(client, "/undo", batch=batch, then=path)
        assert "3 copies are to decide" in words_of(await client.get(path))
    assert second.incident == first.incident


async def test_the_page_of_a_find_is_a_thing_on_which_keys_work() -> None:
    found = an_app()
    (find,) = found.add("one.example", 1)
    async with asking(found.core) as client:
        page = (await client.get(f"/finds/{find.id}")).text
    (article,) = re.findall(r"<article[^>]*data-item.*?</article>", page, flags=re.S)
    assert "autofocus" in article.partition(">")[0]
    assert {"c", "d", "z", "r", "n", "s"} <= set(re.findall(r'data-key="(.)"', article))
