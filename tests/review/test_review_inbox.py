"""What is to be decided: shown by site, decided, put aside, noted, taken back; by forms alone, as without scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

import httpx
import pytest

from monitor.app import App
from monitor.model.deciding import DecisionAct, DecisionVia
from monitor.model.ids import SightingId
from monitor.model.sighting import Decision, Sighting, Status
from monitor.tracking.deciding import stamp_of
from tests.review.asking import asking
from tests.review.inbox_app import HERE, HOSTILE, POSSIBLE, a_find, a_full_inbox, an_inbox, core_of, hostile

PLACE = re.compile(r'<article id="i-([^"]+)"')


class Person:
    """Follows what a page offers."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = ""

    async def goes(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        self.page = answer.text
        return self.page

    async def sends(self, path: str, fields: Mapping[str, str | list[str]], *, status: int = 303) -> str:
        """And follows the answer. Returns where it led."""
        token = self.page.partition('name="token" value="')[2].partition('"')[0]
        answer = await self.client.post(path, data={"token": token, **fields})
        assert answer.status_code == status, answer.text
        if status != 303:
            self.page = answer.text
            return path
        where = answer.headers["location"]
        await self.goes(where)
        return str(where)

    async def presses(self, incident: str, act: str) -> str:
        """That button of that site."""
        card = self.page.partition(f'id="i-{incident}"')[2].partition("</article>")[0]
        value = next(value for value in re.findall(r'name="do" value="([^"]+)"', card) if value.startswith(act))
        return await self.sends("/decide", {"do": value, "then": "/"})

    @property
    def sites(self) -> list[str]:
        return PLACE.findall(self.page)

    @property
    def told(self) -> str:
        return unescape(self.page.partition('class="note told"')[2].partition(">")[2].partition("</p>")[0])

    @property
    def focus(self) -> str:
        found = re.search(r'<body[^>]* data-focus="([^"]+)"', self.page)
        return found[1] if found else ""


def find(app: App, name: str) -> Sighting:
    found = app.store.sightings.get(HERE, name)
    assert found is not None
    return found


async def test_sites_in_order_with_all_that_is_to_be_known_of_each() -> None:
    async with asking(core_of(a_full_inbox())) as client:
        person = Person(client)
        page = await person.goes("/")
        assert person.sites == ["incident2", "incident0", "incident1"]
        assert "3 sites wait for you." in page and "There are 5 copies to decide." in page and "1 is put aside." in page
        cards = {site: page.partition(f'id="i-{site}"')[2].partition("</article>")[0] for site in person.sites}
        assert "It is back, after it was removed." in cards["incident2"]
        assert "Posted by" in cards["incident0"] and "anon" in cards["incident0"]
        assert "No evidence is kept yet." in cards["incident1"] and "Evidence is kept." in cards["incident0"]
        assert "a-platform" in cards["incident0"] and "waits to be sent" in cards["incident0"]
        assert 'href="/reports/report1" data-key="m"' in cards["incident0"]
        assert "It looks alike; it may be another picture. It was mirrored." in cards["incident1"]
        assert "0.6" not in page and "9 places" not in page
        for key in ("c", "d", "z", "n", "s", "Enter"):
            assert all(f'data-key="{key}"' in card for card in cards.values()), key


@pytest.mark.parametrize(
    ("act", "status", "decision", "says"),
    [
        pytest.param("confirm", Status.CONFIRMED, None, "1 copy is yours", id="hers"),
        pytest.param("dismiss", Status.DISMISSED, Decision.NOT_MINE, "1 copy is not yours", id="not hers"),
        pytest.param("tomorrow", Status.NEW, None, "comes back on Monday 30 November", id="tomorrow"),
        pytest.param("next_week", Status.NEW, None, "comes back on Sunday 6 December", id="next week"),
    ],
)
async def test_one_is_decided_and_the_next_has_the_focus(
    act: str, status: Status, decision: Decision | None, says: str
) -> None:
    app = a_full_inbox()
    async with asking(core_of(app)) as client:
        person = Person(client)
        await person.goes("/")
        assert await person.presses("incident0", act) == "/"
        assert (find(app, "find1").status, find(app, "find1").decision) == (status, decision)
        assert says in person.told and person.sites == ["incident2", "incident1"]
        assert person.focus == "i-incident1" and 'id="i-incident1" class="item" tabindex="-1" data-item autofocus' in (
            person.page
        )
        (row,) = app.decisions.deciding.said_of([SightingId("find1")], case=HERE)
        assert row.via is DecisionVia.PAGE
        batch = person.page.partition('name="batch" value="')[2].partition('"')[0]
        await person.sends("/undo", {"batch": batch, "then": "/"})
        assert person.sites == ["incident2", "incident0", "incident1"] and person.focus == "i-incident0"
        assert "Taken back for 1 copy." in person.told
        assert (find(app, "find1").status, find(app, "find1").later_until) == (Status.NEW, None)


async def test_all_of_a_site_after_a_page_that_lists_them() -> None:
    app = a_full_inbox()
    async with asking(core_of(app)) as client:
        person = Person(client)
        await person.goes("/")
        page = await person.goes("/copies/incident2?act=dismiss")
        ticked = re.findall(r'name="find" value="([^"]+)"[^>]* checked', page)
        assert [one.partition(" ")[0] for one in ticked] == ["find3", "find4", "find5"]
        assert re.search(r'value="dismiss" class="main" autofocus', page)
        await person.sends("/decide", {"do": "dismiss", "find": ticked[:2], "then": "/"})
        assert [find(app, f"find{n}").status for n in (3, 4, 5)] == [Status.DISMISSED, Status.DISMISSED, Status.NEW]
        assert "2 copies are not yours" in person.told
        batch = person.page.partition('name="batch" value="')[2].partition('"')[0]
        await person.sends("/undo", {"batch": batch, "then": "/"})
        assert [find(app, f"find{n}").status for n in (3, 4, 5)] == [Status.NEW, Status.REAPPEARED, Status.NEW]
        page = await person.goes("/copies/incident2?beside=find5")
        assert re.findall(r'name="find" value="(find\d+) ', page) == ["find5"], "one host alone"


async def test_what_has_changed_is_not_decided_and_shown_as_it_stands() -> None:
    app = a_full_inbox()
    async with asking(core_of(app)) as client:
        person = Person(client)
        await person.goes("/")
        before = person.page
        app.decisions.leave("find1", case=HERE)
        where = await person.presses("incident0", "dismiss")
        assert where.startswith("/changed?") and "left alone here, as you said" in person.page
        assert find(app, "find1").decision is Decision.NOT_HERE
        stamp = stamp_of(find(app, "find1"))
        await person.sends("/decide", {"do": "dismiss", "find": f"find1 {stamp}", "then": "/"})
        assert find(app, "find1").decision is Decision.NOT_MINE
        person.page = before
        assert await person.presses("incident0", "dismiss") == "/", "sent twice: done once"
        assert len(app.decisions.deciding.said_of([SightingId("find1")], case=HERE)) == 2


async def test_a_note_is_kept_and_one_that_is_refused_stays_typed() -> None:
    app = a_full_inbox()
    async with asking(core_of(app)) as client:
        person = Person(client)
        page = await person.goes("/note/1?then=/")
        value = page.partition('name="do" value="')[2].partition('"')[0]
        assert value.startswith("note find1 ")
        long = "<b>" + "x" * 2_000
        await person.sends("/decide", {"do": value, "text": long, "then": "/"}, status=422)
        assert f"&lt;b&gt;{'x' * 2_000}</textarea>" in person.page and 'aria-invalid="true"' in person.page
        await person.sends("/decide", {"do": value, "text": "asked a friend", "then": "/", "focus": "i-incident0"})
        assert "kept" in person.told
        (row,) = app.decisions.deciding.said_of([SightingId("find1")], case=HERE)
        assert (row.act, row.text) == (DecisionAct.NOTE, "asked a friend")
        page = await person.goes("/said")
        assert "asked a friend" in page
        await person.sends("/undo", {"batch": row.batch, "then": "/said"})
        assert "asked a friend" not in person.page and "Taken back" in person.page


async def test_after_ten_it_is_a_good_time_to_stop() -> None:
    app = an_inbox(*(a_find(number, number) for number in range(12)))
    async with asking(core_of(app)) as client:
        person = Person(client)
        await person.goes("/")
        for count in range(1, 12):
            where = await person.presses(person.sites[0], "confirm")
            if count == 10:
                assert where.startswith("/rest?") and "nothing is lost" in person.page
                onward = unescape(person.page.rpartition('" autofocus>Go on')[0].rpartition('href="')[2])
                assert onward == "/#i-incident10"
                await person.goes("/")
            else:
                assert where == "/"


async def test_nothing_to_decide_says_what_was_seen() -> None:
    from tests.review.inbox_app import nothing_seen_well

    async with asking(nothing_seen_well()) as client:
        person = Person(client)
        page = await person.goes("/")
        assert "Nothing to decide" in page and "2 looks," in page and "What could not be seen" in page
        assert "another" in page


async def test_the_filter_stands_in_no_address() -> None:
    app = an_inbox(a_find(1, 1), a_find(2, 2, match=POSSIBLE))
    async with asking(core_of(app)) as client:
        person = Person(client)
        await person.goes("/")
        for typed, left in (("SITE2", ["incident2"]), ("%", []), ("anon", ["incident1", "incident2"]), ("", None)):
            assert await person.sends("/filter", {"with": typed}) == "/"
            assert person.sites == (["incident1", "incident2"] if left is None else left)


async def test_hostile_words_stand_as_text() -> None:
    async with asking(hostile()) as client:
        person = Person(client)
        for path in ("/", "/copies/incident9", "/note/1", "/changed?find=find1"):
            page = await person.goes(path)
            assert "<script>" not in page and "\u202e" not in page and "\x07" not in page
            assert len(page) < 30_000 and HOSTILE not in page


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"do": "confirm nothing 00000000", "then": "/"}, 404, id="no such find"),
        pytest.param({"do": "confirm 99 00000000", "then": "/"}, 404, id="no such number"),
        pytest.param({"do": "explode find1 00000000"}, 400, id="no such act"),
        pytest.param({"do": "confirm"}, 400, id="nothing ticked"),
    ],
)
async def test_what_cannot_be_meant_is_told(fields: dict[str, str], status: int) -> None:
    app = a_full_inbox()
    async with asking(core_of(app)) as client:
        person = Person(client)
        await person.goes("/")
        await person.sends("/decide", fields, status=status)
        assert "To decide" in person.page
    assert find(app, "find1").status is Status.NEW
