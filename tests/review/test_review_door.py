"""The link that works once, the locks, what is kept of what was typed, and pages for what went wrong."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from monitor.errors import MonitorError, NewerStore, NoWriting, StoreError, UsageError, WorkFailed
from monitor.review import routing
from monitor.review.application import EVERY_ROUTE, Application
from monitor.review.asked import PageAsked
from monitor.review.keeping import ENDS_AFTER, PageKeeper
from monitor.review.links import GOOD_FOR, Links, refusals_told
from monitor.review.routing import get, post
from monitor.review.session import Sessions
from monitor.review.static_files import idle_style
from tests.review.asking import HOST, NOW, NothingFound

OWN = f"https://{HOST}"
TYPED = {"text": "she wrote to me on Sunday, and again at night"}


class Showing:
    """Who has the evidence open, and what was said to it."""

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.locked: list[str] = []

    async def is_open(self, holder: str) -> bool:
        return holder in self.held

    async def lock(self, holder: str) -> None:
        self.held.discard(holder)
        self.locked.append(holder)


class WithShowing(NothingFound):
    def __init__(self) -> None:
        self.showing = Showing()


@dataclass
class House:
    """One page, and a clock that the test moves."""

    keeper: PageKeeper
    core: WithShowing
    at: datetime = NOW
    raises: list[MonitorError] = field(default_factory=list)

    def opens(self) -> WithShowing:
        if self.raises:
            raise self.raises[0]
        return self.core

    def client(self) -> httpx.AsyncClient:
        routes = (
            *EVERY_ROUTE,
            get("/page", self._page),
            get("/fails", self._fails),
            post("/keep", self._keep),
            post("/refuse", self._refuse),
        )
        page = Application(self.opens, self.keeper, frozenset({HOST}), lambda: self.at, UTC).asgi(routes)
        headers = {"origin": OWN, "sec-fetch-site": "same-origin"}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(page, raise_app_exceptions=False), base_url=OWN, headers=headers
        )

    async def _page(self, asked: PageAsked) -> object:
        """Any that shows what is kept."""
        return asked.page("enter.html", link="")

    async def _fails(self, _: PageAsked) -> object:
        raise RuntimeError("spoon")

    async def _keep(self, asked: PageAsked) -> object:
        return asked.back("/", told=f"kept: {asked.form.one('text')}")

    async def _refuse(self, _: PageAsked) -> object:
        raise UsageError("that is no day of the week", remedy="Write it as Sunday.")

    async def entered(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/enter", data={"link": self.keeper.links.new(self.at)})
        assert answer.status_code == 303, answer.text

    async def token(self, client: httpx.AsyncClient) -> str:
        page = (await client.get("/help")).text
        return page.partition('name="token" value="')[2].partition('"')[0]

    async def later(self, **span: float) -> None:
        self.at += timedelta(**span)
        await self.keeper.tick(self.at)


@pytest.fixture
def house() -> House:
    core, sessions, links = WithShowing(), Sessions(), Links()
    return House(PageKeeper(sessions, links, core=lambda: core), core)


# --- the link --------------------------------------------------------------------------------------------------------


async def test_a_link_works_once_and_is_not_used_by_looking_at_it(house: House) -> None:
    link = house.keeper.links.new(house.at)
    async with house.client() as first, house.client() as second:
        for _ in range(3):  # a mail scanner, a browser that fetches ahead
            assert (await first.get(f"/enter/{link}")).status_code == 200
        assert (await first.post("/enter", data={"link": link})).status_code == 303
        assert (await first.get("/page")).status_code == 200
        again = await second.post("/enter", data={"link": link})
        assert again.status_code == 403 and "This page is closed" in again.text
        assert "A link that had been used was opened again" in (await first.get("/page")).text


async def test_guesses_and_late_links_are_refused_and_told_once(house: House) -> None:
    link = house.keeper.links.new(house.at)
    house.at += GOOD_FOR
    async with house.client() as stranger:
        assert (await stranger.post("/enter", data={"link": link})).status_code == 403
        for _ in range(1000):
            guess = await stranger.post("/enter", data={"link": secrets.token_urlsafe(32)})
            assert guess.status_code == 403 and "set-cookie" not in guess.headers
    async with house.client() as client:
        await house.entered(client)
        told = (await client.get("/page")).text
        assert "1000 times somebody tried to open this page" in told and "when its time was over" in told
        assert "somebody tried" not in (await client.get("/page")).text


def test_a_new_link_ends_the_one_before() -> None:
    links = Links()
    earlier, newer = links.new(NOW), links.new(NOW)
    assert not links.use(earlier, NOW) and links.use(newer, NOW)
    assert refusals_told(links.take_untold()) and not refusals_told(links.take_untold())


async def test_the_cookie_is_strict_and_of_this_host_alone(house: House) -> None:
    async with house.client() as client:
        answer = await client.post("/enter", data={"link": house.keeper.links.new(house.at)})
        first, second = answer.headers.get_list("set-cookie")
        assert first.startswith("__Host-session=") and "Secure" in first and "Domain" not in first
        assert all("HttpOnly" in each and "SameSite=strict" in each and "Path=/" in each for each in (first, second))
        both = await client.get("/", headers={"cookie": "; ".join(each.split(";")[0] for each in (first, second))})
        assert 'session=""' in both.headers["set-cookie"], "the plain one goes where the other is taken"


async def test_a_file_s_form_comes_in_by_a_page_that_goes_on(house: House) -> None:
    """What follows a form of another place counts as that place's, and brings no strict cookie."""
    said = {"origin": "null", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    async with house.client() as client:
        answer = await client.post("/enter", data={"link": house.keeper.links.new(house.at)}, headers=said)
        assert answer.status_code == 200 and 'content="0; url=/"' in answer.text
        assert "__Host-session=" in answer.headers["set-cookie"]


# --- tokens, sizes, ways ---------------------------------------------------------------------------------------------


async def test_a_form_needs_the_session_s_token(house: House) -> None:
    async with house.client() as client:
        await house.entered(client)
        good = await house.token(client)
        for token in ("", "wrong", good[:-1], good + "x", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")):
            assert (await client.post("/keep", data={**TYPED, "token": token})).status_code == 403, token
        assert (await client.post("/keep", data={**TYPED, "token": good})).status_code == 303


@pytest.mark.parametrize(
    ("method", "path", "size", "status", "words"),
    [
        pytest.param("GET", "/nowhere", 0, 404, "There is no such page", id="404"),
        pytest.param("GET", "/keep", 0, 405, "cannot be opened by its address", id="405"),
        pytest.param("POST", "/keep", routing.FORM_BYTES + 1, 413, "too much at once", id="413"),
        pytest.param("GET", "/fails", 0, 500, "Something went wrong in this program", id="500"),
    ],
)
async def test_each_has_a_page(house: House, method: str, path: str, size: int, status: int, words: str) -> None:
    async with house.client() as client:
        await house.entered(client)
        answer = await client.request(method, path, content=size * b"x")
        assert (answer.status_code, words in answer.text) == (status, True), answer.text
        assert "What still works" in answer.text and "Traceback" not in answer.text and "spoon" not in answer.text


async def test_what_was_typed_is_there_when_it_was_refused(house: House) -> None:
    async with house.client() as client:
        await house.entered(client)
        token = await house.token(client)
        answer = await client.post("/refuse", data={**TYPED, "token": token})
        assert answer.status_code == 400 and TYPED["text"] in answer.text and "Write it as Sunday" in answer.text
        secret = await client.post("/refuse", data={"passphrase": "four random words here", "token": token})
        assert "four random words" not in secret.text


# --- locks -----------------------------------------------------------------------------------------------------------


async def test_the_evidence_locks_after_five_minutes_and_the_page_after_fifteen(house: House) -> None:
    async with house.client() as client:
        await house.entered(client)
        (holder,) = house.keeper.sessions.open
        house.core.showing.held.add(holder)
        assert "The pictures lock in 30 seconds" in (await client.get("/help")).text
        await house.later(minutes=4, seconds=59)
        assert house.core.showing.held
        await house.later(seconds=1)
        assert not house.core.showing.held and (await client.get("/help")).status_code == 200
        house.core.showing.held.add(holder)  # and again, after a press
        await house.later(minutes=5)
        assert not house.core.showing.held
        await house.later(minutes=9, seconds=59)
        assert house.keeper.sessions.open
        await house.later(seconds=1)
        assert not house.keeper.sessions.open
        assert (await client.get("/help")).status_code == 403


async def test_staying_and_answers_under_way_keep_it_open(house: House) -> None:
    async with house.client() as client:
        await house.entered(client)
        token = await house.token(client)
        for _ in range(4):
            await house.later(minutes=14)
            assert (await client.post("/stay", data={"token": token})).status_code == 204
        (session,) = house.keeper.sessions.open.values()
        session.busy = 1
        await house.later(minutes=40)
        assert house.keeper.sessions.open
        session.busy = 0
        await house.later(minutes=1)
        assert not house.keeper.sessions.open


async def test_what_came_when_it_was_locked_waits_for_the_same_browser(house: House) -> None:
    async with house.client() as client, house.client() as other:
        await house.entered(client)
        token = await house.token(client)
        await house.later(minutes=15)
        late = await client.post("/keep", data={**TYPED, "token": token})
        assert late.status_code == 403 and "What you typed is kept for you" in late.text
        await house.entered(other)
        assert TYPED["text"] not in (await other.get("/unsent")).text
        back = await client.post("/enter", data={"link": house.keeper.links.new(house.at)})
        assert back.headers["location"] == "/unsent"
        page = (await client.get("/unsent")).text
        assert TYPED["text"] in page and 'action="/keep"' in page and token not in page
        await client.post("/unsent", data={"token": await house.token(client)})
        assert TYPED["text"] not in (await client.get("/unsent", follow_redirects=True)).text


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"passphrase": "four random words here"}, id="a passphrase"),
        pytest.param({"act": "c"}, id="nothing typed"),
    ],
)
async def test_what_is_not_kept(house: House, sent: dict[str, str]) -> None:
    async with house.client() as client:
        await house.entered(client)
        token = await house.token(client)
        await house.later(minutes=15)
        assert "is kept for you" not in (await client.post("/keep", data={**sent, "token": token})).text
        assert all(one.unsent is None for one in house.keeper.sessions.locked.values())


async def test_locking_by_the_button(house: House) -> None:
    async with house.client() as client:
        await house.entered(client)
        (holder,) = house.keeper.sessions.open
        token = await house.token(client)
        assert (await client.post("/lock", data={"token": token})).status_code == 303
        assert (await client.get("/page")).status_code == 403 and house.core.showing.locked == [holder]


@pytest.mark.parametrize("exit_url", ["", "https://weather.example/"])
async def test_leaving_needs_nothing_and_keeps_nothing(house: House, exit_url: str) -> None:
    house.keeper.exit_url = exit_url
    async with house.client() as client:
        await house.entered(client)
        (session,) = house.keeper.sessions.open.values()
        session.answers["x"] = "y"
        answer = await client.post("/leave")
        assert (answer.status_code, answer.headers["location"]) == (303, "/away")
        assert house.core.showing.locked == [session.id] and not session.answers
        assert not house.keeper.sessions.open and not house.keeper.sessions.locked
        away = (await client.get("/away")).text
        assert (f'content="0; url={exit_url}"' in away) == bool(exit_url) and "<title>Monitor</title>" in away
        assert (await client.get("/page")).status_code == 403
        assert (await client.post("/leave")).status_code == 303, "from a page that stayed open"


async def test_leaving_from_a_locked_page_takes_what_it_held(house: House) -> None:
    async with house.client() as client:
        await house.entered(client)
        token = await house.token(client)
        await house.later(minutes=15)
        await client.post("/keep", data={**TYPED, "token": token})
        assert house.keeper.sessions.locked
        await client.post("/leave")
        assert not house.keeper.sessions.locked


async def test_the_process_ends_half_an_hour_after_the_last_page(house: House) -> None:
    assert not house.keeper.is_over(house.at)
    async with house.client() as client:
        await house.later(minutes=20)
        await house.entered(client)
        await house.later(minutes=29)
        await client.get("/page")  # the door, by now: nobody keeps it up by asking
        assert not house.keeper.is_over(house.at)
        await house.later(minutes=1)
        house.keeper.busy = 1
        assert not house.keeper.is_over(house.at)
        house.keeper.busy = 0
        assert house.keeper.is_over(house.at) and timedelta(minutes=30) == ENDS_AFTER


def test_a_clock_that_is_set_back_keeps_nobody_in_for_ever() -> None:
    sessions = Sessions()
    session = sessions.begin(NOW)
    assert not session.is_idle(NOW - timedelta(days=2), 900)
    assert session.is_idle(NOW - timedelta(days=2) + timedelta(minutes=15), 900)


def test_it_is_told_half_a_minute_before_by_the_style_alone() -> None:
    style = idle_style(300, 900)
    assert "270s" in style and "870s" in style and "900s" in style and "{" in style and "{{" not in style


# --- what cannot be opened -------------------------------------------------------------------------------------------

WRONG = [
    pytest.param(StoreError("the store is damaged", remedy="Restore it."), 503, id="damaged"),
    pytest.param(NewerStore("a newer version wrote it", remedy="Install that."), 503, id="newer"),
    pytest.param(WorkFailed("there is no keyring", remedy="Unlock the keyring."), 503, id="no keyring"),
]


@pytest.mark.parametrize(("error", "status"), WRONG)
async def test_a_store_that_cannot_be_opened_is_told_and_tried_again(
    house: House, error: MonitorError, status: int
) -> None:
    async with house.client() as client:
        await house.entered(client)
        house.raises.append(error)
        page = await client.get("/page")
        assert page.status_code == status
        assert str(error) in page.text and error.remedy in page.text and "What still works" in page.text
        assert (await client.post("/leave")).status_code == 303
        await house.entered(client)
        house.raises.clear()
        assert (await client.get("/page")).status_code == 200


async def test_a_full_disk_says_what_still_works(house: House) -> None:
    async def full(_: PageAsked) -> object:
        raise NoWriting("no room is left on the disk", is_full=True, remedy="Make room.")

    page = Application(house.opens, house.keeper, frozenset({HOST}), lambda: house.at, UTC)
    app = page.asgi((*EVERY_ROUTE, post("/full", full)))
    headers = {"origin": OWN, "sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=OWN, headers=headers) as client:
        await house.entered(client)
        answer = await client.post("/full", data={**TYPED, "token": await house.token(client)})
        assert answer.status_code == 507
        assert "can be looked at" in answer.text and "Make room" in answer.text and TYPED["text"] in answer.text
