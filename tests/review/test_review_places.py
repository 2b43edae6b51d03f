"""Places, and links that were found: over a real store, as a browser without scripts asks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from monitor.app import App
from monitor.guide import title_of, topics
from monitor.model.case import Case
from monitor.model.ids import CaseId
from monitor.model.observation import Observation, RunStatus
from monitor.model.sighting import Status
from monitor.review.local import LocalCore
from monitor.review.pages.guide import topic_path
from monitor.review.pages.watches import rhythm_words
from monitor.services.found_links import MOST_LINKS, LinkEnd, links_in
from tests.alerts.alert_helpers import run, sighting
from tests.review.asking import NOW, asking
from tests.review.shown.places import FORUM, SEARCH
from tests.review.test_review_wishes import HERE, an_app
from tests.stores import a_store

THREAD = "https://forum.example/threads/1"


async def token_of(person: httpx.AsyncClient, path: str) -> str:
    return (await person.get(path)).text.partition('name="token" value="')[2].partition('"')[0]


async def test_a_place_is_paused_and_watched_again_by_its_file(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    async with asking(LocalCore(app)) as person:
        token = await token_of(person, "/watches")
        for on, says, written in (
            ("0", "It is paused. What was found there stays.", "enabled = false"),
            ("0", "It was paused already.", "enabled = false"),
            ("1", "It is watched again, within seconds.", "enabled = true"),
        ):
            sent = {"token": token, "name": "forum", "on": on, "item": "place-1"}
            answer = await person.post("/watches/switch", data=sent)
            assert (answer.status_code, answer.headers["location"]) == (303, "/watches")
            page = (await person.get("/watches")).text
            assert says in page
            assert written in (tmp_path / "places.toml").read_text().split("[[watch]]")[1]
        assert says not in (await person.get("/watches")).text, "told once"


async def test_a_place_of_another_case_is_not_shown_and_not_switched(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    app.store.cases.save(Case(CaseId("other")))
    with (tmp_path / "other.toml").open("w") as file:
        file.write('[[watch]]\nname = "hers"\nkind = "page"\nurl = "https://h.example/"\nevery="2h"\ncase = "other"\n')
    before = (tmp_path / "other.toml").read_text()
    async with asking(LocalCore(app)) as person:
        await person.post("/case", data={"token": await token_of(person, "/help"), "case": HERE})
        token = await token_of(person, "/watches")
        assert "hers" not in (await person.get("/watches")).text
        answer = await person.post("/watches/switch", data={"token": token, "name": "hers", "on": "0", "item": "x"})
        assert answer.status_code == 400 and "there is no watch" in answer.text
    assert (tmp_path / "other.toml").read_text() == before


async def test_a_blind_place_says_since_when_why_and_what_then(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    wall = Observation("https://forum.example/", "wall", "the site wants a log-in (403)", "Log in once.")
    app.store.runs.save(run("forum", at=NOW.replace(day=20)))
    for day in (21, 22):
        app.store.runs.save(run("forum", at=NOW.replace(day=day), status=RunStatus.FAILED, errors=(wall,)))
    async with asking(LocalCore(app)) as person:
        page = (await person.get("/watches")).text
    assert "sees nothing" in page and "the site wants a log-in (403)" in page and "Log in once." in page
    assert "since 8 days ago (Saturday 21 November" in page and "last good look was 9 days ago" in page


OFTEN = "Looked at more often the more appears there."


@pytest.mark.parametrize(
    ("watch", "words"),
    [
        (FORUM, "Looked at every 2 hours."),
        (SEARCH, "Looked at by this timetable: 15 */6 * * *"),
        (replace(FORUM, adapts=True, every_s=86_400), f"{OFTEN} At least once a day."),
        (replace(FORUM, adapts=True, every_s=3 * 3600), f"{OFTEN} At least every 3 hours."),
        (replace(FORUM, adapts=True, every_s=5400), f"{OFTEN} At least every 90 minutes."),
    ],
)
def test_how_often_it_is_looked_at_is_told_in_words(watch: object, words: str) -> None:
    assert rhythm_words(watch) == words  # type: ignore[arg-type]


# --- links


def filed(app: App, text: str) -> list[tuple[str, LinkEnd]]:
    return [(one.typed, one.end) for one in app.found_links.file(text, case=HERE).links]


@pytest.mark.parametrize(
    ("text", "came"),
    [
        pytest.param("https://a.example/1", [("https://a.example/1", LinkEnd.FILED)], id="a link"),
        pytest.param("a.example/x/1", [("a.example/x/1", LinkEnd.FILED)], id="without https"),
        pytest.param("", [], id="nothing"),
        pytest.param("look what I found", [("look what I found", LinkEnd.NO_LINK)], id="words"),
        pytest.param(
            'she wrote: "<https://a.example/1>, and www.b.example/2."\r\n\r\n',
            [("https://a.example/1", LinkEnd.FILED), ("www.b.example/2.", LinkEnd.FILED)],
            id="a message with two",
        ),
        pytest.param(
            "https://a.example/1\nhttps://A.example:443/1#top",
            [("https://a.example/1", LinkEnd.FILED), ("https://A.example:443/1#top", LinkEnd.TWICE)],
            id="twice",
        ),
        pytest.param(
            "https://forum.example/threads/1", [("https://forum.example/threads/1", LinkEnd.KNOWN)], id="known"
        ),
        pytest.param("https://closed.example/1", [("https://closed.example/1", LinkEnd.CLOSED)], id="closed"),
        pytest.param(
            "https://www.bing.com/search?q=x", [("https://www.bing.com/search?q=x", LinkEnd.SEARCH)], id="search"
        ),
        pytest.param("https://a.example/login", [("https://a.example/login", LinkEnd.LOGIN)], id="log-in"),
        pytest.param("https://a.example:99999/", [("https://a.example:99999/", LinkEnd.NO_LINK)], id="no such port"),
        pytest.param("https:///nothing", [("https:///nothing", LinkEnd.NO_LINK)], id="no host"),
        pytest.param("javascript:alert(1)", [("javascript:alert(1)", LinkEnd.NO_LINK)], id="a script"),
        pytest.param("file:///etc/passwd", [("file:///etc/passwd", LinkEnd.NO_LINK)], id="a file of this machine"),
        pytest.param("https://u:p@a.example/x", [("https://u:p@a.example/x", LinkEnd.NO_LINK)], id="with a password"),
    ],
)
def test_each_link_is_filed_or_it_is_said_why_not(tmp_path: Path, text: str, came: list[tuple[str, LinkEnd]]) -> None:
    app = an_app(tmp_path)
    closed = sighting(3, under_18=True, status=Status.DISMISSED)
    place = type(closed.place)("https://closed.example/1", "")
    app.store.sightings.save(
        type(closed)(**{name: getattr(closed, name) for name in closed.__slots__} | {"place": place})
    )
    before = len(app.decisions.listed(HERE))
    assert filed(app, text) == came
    assert len(app.decisions.listed(HERE)) - before == sum(end is LinkEnd.FILED for _, end in came)
    again = filed(app, text)
    assert [end for _, end in again if end is LinkEnd.FILED] == [], "a form that is sent twice files nothing twice"


@pytest.mark.parametrize(
    ("link", "allowed", "is_inside"),
    [
        pytest.param("http://192.168.1.1/x", (), True, id="her own network"),
        pytest.param("http://127.0.0.1:8080/x", (), True, id="this computer"),
        pytest.param("http://[::1]/x", (), True, id="this computer, by its newer number"),
        pytest.param("http://nas/x", (), True, id="a name of her own network"),
        pytest.param("http://192.168.1.1/x", ("192.168.0.0/16",), False, id="a network that she allows"),
        pytest.param("https://a.example:8443/1", (), False, id="outside"),
        pytest.param("http://9.9.9.9/x", (), False, id="outside, by its number"),
    ],
)
def test_where_the_program_does_not_look_is_told_when_it_is_filed(
    tmp_path: Path, link: str, allowed: tuple[str, ...], is_inside: bool
) -> None:
    app = an_app(tmp_path)
    settings = replace(app.settings, network=replace(app.settings.network, allow_networks=allowed))
    (one,) = replace(app.found_links, settings=settings).file(link, case=HERE).links
    assert (one.end, one.is_inside) == (LinkEnd.FILED, is_inside)


def test_one_that_is_wrong_keeps_none_of_the_others_and_what_does_not_fit_is_given_back(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    lines = ["https://a\x00.example:x/", *(f"https://a.example/{number}" for number in range(MOST_LINKS + 5))]
    done = app.found_links.file("\n".join(lines), case=HERE)
    assert len(done.links) == MOST_LINKS and done.rest.splitlines() == lines[MOST_LINKS:]
    assert len(app.decisions.listed(HERE)) == 1 + MOST_LINKS - 1


def test_a_long_text_is_read_in_time_that_grows_with_it() -> None:
    for text in ("a" * 300_000 + "." * 100_000 + "/" * 100_000, "a.b" * 100_000, "www" * 100_000, "\n" * 300_000):
        assert len(list(links_in(text.splitlines()))) <= 1


async def test_a_filed_link_is_told_with_its_find_and_its_page_is_wanted_as_evidence(tmp_path: Path) -> None:
    app = an_app(tmp_path, recipients=("age1" + "q" * 58,))
    async with asking(LocalCore(app)) as person:
        token = await token_of(person, "/links")
        text = "https://new.example/1 <script>\nnot a link <b>\nhttps://new.example/search?q=x"
        answer = await person.post("/links", data={"token": token, "links": text})
        assert (answer.status_code, answer.headers["location"]) == (303, "/links")
        page = (await person.get("/links")).text
        assert "1 link is filed." in page and "Filed as find 2." in page
        assert "Not filed: this is no link." in page and "Not filed: this is a search" in page
        assert "not a link &lt;b&gt;" in page and "<b>" not in page
        find = app.decisions.find("2", case=HERE)
        assert f"/incidents/{find.incident}" in page
        assert [one.page_url for one in app.store.captures.wanted(HERE)] == ["https://new.example/1"]
        assert "Filed as" not in (await person.get("/links")).text, "shown once"
        for path in ("/course", "/digest"):
            assert "Filed by you, not looked at yet" in (await person.get(path)).text, "neither there nor gone"
        empty = await person.post("/links", data={"token": token, "links": " \n"})
        assert empty.status_code == 422 and "Put at least one link in here." in empty.text


def test_links_of_one_case_say_nothing_of_another(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    app.store.cases.save(Case(CaseId("other")))
    (one,) = app.found_links.file("https://forum.example/threads/1", case=CaseId("other")).links
    assert one.end is LinkEnd.FILED and one.find is not None and one.find.number == 1
    assert a_store().sightings.all(HERE) == []


# --- the guide


async def test_every_topic_has_a_page_whose_address_tells_nothing(tmp_path: Path) -> None:
    async with asking(LocalCore(an_app(tmp_path))) as person:
        listed = (await person.get("/guide")).text
        for number, topic in enumerate(topics(), 1):
            assert f'href="/guide/{number}"' in listed and title_of(topic) in listed.replace("&#39;", "'")
            page = (await person.get(f"/guide/{number}")).text
            assert page.count("<h1") == 1 and title_of(topic) in page.replace("&#39;", "'")
        for wrong in ("0", str(len(topics()) + 1), "under-18", "²", "9" * 5000):
            assert (await person.get(f"/guide/{wrong}")).status_code == 404


async def test_a_step_is_ticked_off_dated_noted_and_taken_back(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    path, step = topic_path("evidence"), "evidence-addresses"
    async with asking(LocalCore(app)) as person:
        token = await token_of(person, path)
        sent = {"token": token, "step": step, "at": "2026-11-20 21:30", "note": "by <b>me</b>"}
        assert (await person.post(path, data=sent)).headers["location"] == path
        page = (await person.get(path)).text
        assert "Ticked off." in page and "2026-11-20 21:30 (UTC)" in page and "by &lt;b&gt;me&lt;/b&gt;" in page
        assert "1 of 4 steps done" in (await person.get("/guide")).text
        (tick,) = app.ticks.all(HERE).values()
        assert tick.note == "by <b>me</b>"
        wrong = await person.post(path, data=sent | {"at": "a while ago", "note": "typed"})
        assert wrong.status_code == 422 and "is not a time" in wrong.text and "--at 2026" not in wrong.text
        assert 'value="a while ago"' in wrong.text and "typed" in wrong.text
        assert app.ticks.all(HERE)[step] == tick, "nothing of it was kept"
        await person.post(path, data={"token": token, "step": step, "undo": "1"})
        assert app.ticks.all(HERE) == {}
        assert "It is not ticked off any more." in (await person.get(path)).text
