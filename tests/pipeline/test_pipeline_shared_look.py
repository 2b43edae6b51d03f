"""One answer for several passes: asked once, right for each, and kept no longer than somebody is still to have it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.cookies import CookieJar
from monitor.errors import QuotaReached, UnreadableImage
from monitor.model.account import FormPost
from monitor.model.ids import CaseId
from monitor.model.page import Fetched, LoginOf, Outcome, OutcomeKind, ParseJob, Parser, Purpose, Request
from monitor.model.settings import Secret
from monitor.model.visitor import Visitor
from monitor.pipeline.shared_look import CLOSED, MemberLook, SharedLook
from monitor.pipeline.shared_reading import SharedReading
from monitor.pipeline.shelf import Shelf
from monitor.ports import Detail
from tests.fakes import FakeClock, FakeSite, InlineReader
from tests.pipeline.pipeline_bench import OTHERS, small

PAGE, PICTURE = "https://forum.example/t/1", "https://cdn.example/1.jpg"
CASES = [CaseId("anna"), CaseId("bea"), CaseId("cleo")]


class Look:
    """A site, and three who look at it. quick: answers when asked; else when `let` says so."""

    def __init__(self, *, is_whole: bool = False, first: int = 0, most: int = 10**9) -> None:
        self.clock = FakeClock(datetime(2026, 11, 22, 20, tzinfo=UTC))
        self.site = FakeSite(self.clock)
        self.site.put(PAGE, "<html>words</html>")
        self.site.put(PICTURE, b"a picture", "image/jpeg")
        self.closed = set[str]()
        self.look = SharedLook(
            3,
            Visitor("group x"),
            lambda: self.closed,
            self.clock,
            is_whole=is_whole,
            first=first,
            most_bytes=most,
        )
        self.members = [self.look.member(number, case, self.site) for number, case in enumerate(CASES)]

    async def each(self, *requests: Request) -> list[Fetched]:
        return await asyncio.gather(*(one.fetch(request) for one, request in zip(self.members, requests, strict=False)))


def asks(member: MemberLook | int = 0, url: str = PAGE, **more: object) -> Request:
    case = CASES[member] if isinstance(member, int) else member.case
    return replace(Request(url, visitor=Visitor(case)), **more)  # type: ignore[arg-type]


async def test_one_question_answers_all() -> None:
    look = Look()
    answers = await look.each(asks(0), asks(1), asks(2))
    assert look.site.urls_asked() == [PAGE]
    assert {one.body for one in answers} == {b"<html>words</html>"}
    assert [one.request.visitor.case for one in answers] == CASES, "each has the answer to its own question"
    assert look.site.asked[0].visitor == Visitor("group x"), "the place sees one visitor, of nobody's case"
    assert (len(look.look._answers), look.look.requests) == (0, 1), "and nothing is held any more"


async def test_who_comes_later_has_it_too() -> None:
    look = Look()
    await look.members[0].fetch(asks(0))
    await look.members[1].fetch(asks(1))
    look.look.left(2)
    assert look.site.urls_asked() == [PAGE] and look.look._answers.held == 0


@pytest.mark.parametrize(
    "own",
    [
        pytest.param({"browser": True, "browser_state": LoginOf("anna", "forum")}, id="a saved log-in"),
        pytest.param({"visitor": Visitor("anna", login="forum")}, id="as who has one"),
        pytest.param({"visitor": Visitor("anna", account="mine")}, id="an account"),
        pytest.param({"account_hosts": ("forum.example",)}, id="something of an account goes along"),
        pytest.param({"secret_query": (("key", Secret("k")),)}, id="a key in the address"),
        pytest.param({"post": FormPost(Secret("a=b"), "text/plain")}, id="a form"),
    ],
)
async def test_what_tells_who_asks_is_shared_with_nobody(own: dict[str, object]) -> None:
    look = Look()
    await look.members[0].fetch(asks(0, **own))
    await look.members[1].fetch(asks(1))
    assert len(look.site.asked) == 2
    assert look.site.asked[0] == asks(0, **own) and look.members[0].charged == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"browser": True}, id="rendered"),
        pytest.param({"purpose": Purpose.IMAGE, "referrer": "https://else.example/"}, id="as part of another site"),
        pytest.param({"accept": "application/json"}, id="in another form"),
        pytest.param({"headers": (("x", "y"),)}, id="with other headers"),
        pytest.param({"ignore_robots": True}, id="past robots.txt"),
        pytest.param({"max_bytes": 10}, id="cut off elsewhere"),
        pytest.param({"max_hops": 0}, id="not sent on"),
        pytest.param({"tells_page": True}, id="in the page's name"),
    ],
)
async def test_another_question_has_an_answer_of_its_own(other: dict[str, object]) -> None:
    look = Look()
    await look.each(asks(0), asks(1, **other))
    assert len(look.site.asked) == 2


class TestNotModified:
    """A "not modified" is one only to who has what is not modified."""

    async def known(self, look: Look) -> str:
        came = await look.site.fetch(Request(PAGE, visitor=Visitor("somebody")))
        look.site.asked.clear()
        return came.header("etag")

    async def test_all_who_know_the_same_are_told_so(self) -> None:
        look = Look()
        etag = await self.known(look)
        answers = await look.each(*(asks(number, etag=etag) for number in range(3)))
        assert {one.outcome.kind for one in answers} == {OutcomeKind.NOT_MODIFIED} and len(look.site.asked) == 1

    async def test_who_has_nothing_gets_the_page_and_the_rest_of_the_look_is_whole(self) -> None:
        look = Look()
        etag = await self.known(look)
        answers = await look.each(asks(0, etag=etag), asks(1), asks(2, etag='"another"'))
        assert [one.outcome.kind for one in answers] == [OutcomeKind.NOT_MODIFIED, OutcomeKind.OK, OutcomeKind.OK]
        assert len(look.site.asked) == 2 and look.look.is_whole
        look.site.put(PICTURE, b"another picture", "image/jpeg")
        await look.members[0].fetch(asks(0, PICTURE, etag='"old"'))
        assert look.site.asked[-1].etag is None

    async def test_where_one_has_never_looked_it_is_asked_once_and_whole(self) -> None:
        look = Look(is_whole=True)
        etag = await self.known(look)
        answers = await look.each(asks(0, etag=etag), asks(1), asks(2, etag=etag))
        assert {one.outcome.kind for one in answers} == {OutcomeKind.OK} and len(look.site.asked) == 1

    async def test_a_server_that_says_so_unasked_is_handed_on_as_it_is(self) -> None:
        look = Look()
        look.site.fails[PAGE] = Outcome(OutcomeKind.NOT_MODIFIED)
        answers = await look.each(asks(0), asks(1))
        assert {one.outcome.kind for one in answers} == {OutcomeKind.NOT_MODIFIED} and len(look.site.asked) == 1


class TestWhoPays:
    async def test_each_in_turn(self) -> None:
        look = Look(first=1)
        for number in range(6):
            await look.each(*(asks(member, f"https://forum.example/t/{number}") for member in range(3)))
        assert [one.charged for one in look.members] == [2, 2, 2] and look.look.requests == 6

    async def test_who_has_nothing_left_sees_what_the_others_pay_for(self) -> None:
        look, empty = Look(), FakeSite(FakeClock(datetime(2026, 11, 22, 20, tzinfo=UTC)))
        empty.fails[PAGE] = Outcome(OutcomeKind.BUDGET, "the case has asked for as much as it may today")
        poor = look.look.member(0, CASES[0], empty)
        answers = await asyncio.gather(poor.fetch(asks(0)), look.members[1].fetch(asks(1)))
        assert {one.outcome.kind for one in answers} == {OutcomeKind.OK}
        assert (poor.charged, look.members[1].charged) == (0, 1)

    async def test_where_nobody_has_anything_left_no_look_is_made(self) -> None:
        look = Look()
        look.site.fails[PAGE] = Outcome(OutcomeKind.BUDGET, "the case has asked for as much as it may today")
        for member in range(2):
            with pytest.raises(QuotaReached, match="may today"):
                await look.members[member].fetch(asks(member))

    async def test_in_the_midst_it_is_what_came_of_the_request(self) -> None:
        look = Look()
        await look.members[0].fetch(asks(0))
        look.site.fails[PICTURE] = Outcome(OutcomeKind.BUDGET, "the case has asked for as much as it may today")
        assert (await look.members[0].fetch(asks(0, PICTURE))).outcome.kind is OutcomeKind.BUDGET
        del look.site.fails[PICTURE]
        assert (await look.members[0].fetch(asks(0, PICTURE))).outcome.kind is OutcomeKind.OK, "it is not kept"


class TestClosed:
    async def test_what_is_closed_midway_is_asked_for_by_nobody(self) -> None:
        look = Look()
        await look.members[0].fetch(asks(0, PICTURE))
        look.closed.add(PICTURE)
        await look.members[0].fetch(asks(0))  # whatever is asked next
        late = await look.members[1].fetch(asks(1, PICTURE))
        assert (late.outcome, late.body) == (CLOSED, b"")
        assert look.site.urls_asked() == [PICTURE, PAGE]

    async def test_a_browser_does_not_load_it_with_its_page(self) -> None:
        look = Look()
        look.closed.add(PICTURE)
        await look.members[0].fetch(asks(0, browser=True))
        assert PICTURE in look.site.asked[0].known_images


class TestCookies:
    async def test_the_look_has_one_jar_and_each_claimed_page_one_of_its_own(self) -> None:
        look, jars = Look(), [[CookieJar(), CookieJar()] for _ in CASES]
        for number in range(3):
            await look.members[number].fetch(asks(number, jar=jars[number][0]))
            await look.members[number].fetch(asks(number, "https://forum.example/t/2", jar=jars[number][0]))
            await look.members[number].fetch(asks(number, "https://claimed.example/", jar=jars[number][1]))
        first, second, claimed = (request.jar for request in look.site.asked)
        assert first is second and first is not claimed
        assert all(used is not jar for used in (first, claimed) for own in jars for jar in own)


async def test_who_gives_up_takes_nobodys_answer_away() -> None:
    look, asked, let = Look(), asyncio.Event(), asyncio.Event()

    class Slow(FakeSite):
        async def fetch(self, request: Request) -> Fetched:
            asked.set()
            await let.wait()
            return await super().fetch(request)

    slow = Slow(look.clock, look.site.files)
    members = [look.look.member(number, case, slow) for number, case in enumerate(CASES)]
    first, second = (asyncio.create_task(members[number].fetch(asks(number))) for number in (0, 1))
    await asked.wait()
    first.cancel()
    let.set()
    assert (await second).outcome.kind is OutcomeKind.OK and len(slow.asked) == 1
    await look.look.aclose()


async def test_beyond_its_bytes_it_is_asked_for_again() -> None:
    look = Look(most=2_500)
    look.site.put(PAGE, "x" * 1_000)
    look.site.put(PICTURE, b"y" * 1_000, "image/jpeg")
    await look.members[0].fetch(asks(0))
    await look.members[1].fetch(asks(1))
    assert look.site.urls_asked() == [PAGE, PAGE] and look.look.asked_again == 2


class TestReading:
    async def test_the_same_bytes_are_read_once(self) -> None:
        reader, job = InlineReader(), ParseJob(Parser.HTML, PAGE)
        shared, picture = SharedReading(reader, 3), small(OTHERS[0])
        readings = [await shared.member(number).image(picture, Detail.HASHES) for number in range(3)]
        assert reader.images == 1 and all(one is readings[0] for one in readings)
        pages = await asyncio.gather(*(shared.member(number).page(job, b"<p>words</p>") for number in range(3)))
        assert all(one is pages[0] for one in pages) and shared.readings == 2 and not len(shared._done)

    async def test_what_cannot_be_read_is_so_for_all(self) -> None:
        reader = InlineReader()
        reader.dies_on.add(b"bad")
        shared = SharedReading(reader, 2)
        for number in range(2):
            with pytest.raises(UnreadableImage):
                await shared.member(number).image(b"bad", Detail.HASHES)
        assert reader.images == 1


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.integers(0, 4), st.integers(0, 40)),
            st.tuples(st.just("take"), st.integers(0, 4), st.integers(0, 3)),
            st.tuples(st.just("leave"), st.just(0), st.integers(0, 3)),
        )
    )
)
def test_the_shelf_holds_what_is_owed_and_never_more_than_it_may(steps: list[tuple[str, int, int]]) -> None:
    shelf: Shelf[int, int] = Shelf(100)
    there, owed = {0, 1, 2, 3}, dict[int, set[int]]()
    for who in there:
        shelf.come(who)
    for step, name, value in steps:
        if step == "put":
            shelf.put(name, value, value)
            owed[name] = set(there)
        elif step == "take" and value in there:
            found = shelf.take(name, value)
            assert found is None or value in owed[name] or owed[name] & there
            owed.get(name, set()).discard(value)
        elif step == "leave":
            shelf.leave(value)
            there.discard(value)
        assert 0 <= shelf.held <= 100
        assert all(owed[one] & there for one in owed if shelf.lies(one))
