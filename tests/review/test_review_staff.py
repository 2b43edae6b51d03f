"""Staff at the page: a log-in stands before it, the proxy says who asks, and each sees their cases alone. For every
route, with ids of another case: the answer that an id gets which does not exist."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cache
from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as Tree
from starlette.types import ASGIApp

from monitor.acting import acting_for, acting_for_all
from monitor.app import App
from monitor.evidence.audit import audit_details, audit_faults
from monitor.model.case import Case
from monitor.model.ids import CaseId, SightingId
from monitor.model.staff import INSTALLATION, SYSTEM, Needs, Role, StaffMember, StaffName
from monitor.review.application import EVERY_ROUTE
from monitor.review.keeping import PageKeeper
from monitor.review.links import Links
from monitor.review.local import LocalCore
from monitor.review.proxied import AuthProxy
from monitor.review.roles import ROUTE_ROLES
from monitor.review.routing import PageRoute
from monitor.review.server import served
from monitor.review.session import Sessions
from monitor.store.store import SqlStore
from tests.alerts.alert_helpers import settings, sighting
from tests.review.asking import NOW
from tests.stores import a_folder, a_postgres_store, a_store, file_of

HOST = "monitor.help.example"
A, B = CaseId("default"), CaseId("bertha")
ANNA, BEN, EVE = (StaffName(f"{name}@help.example") for name in ("anna", "ben", "eve"))
"""Administers `default`; works in `bertha`; nobody."""
PLACES = "".join(
    f"""[[watch]]\nname = "watch-of-{letter}"\nurl = "https://{letter}host.example/"\nevery = "1d"\ncase = "{case}"\n"""
    for letter, case in (("a", A), ("b", B))
)
SECRETS = ("bertha", "bhost", "photo-of-b", "secret-b", "watch-of-b")
"""Whatever is of the second case holds one of these."""


@cache
def _file() -> bytes:
    store = a_store()
    fill(store)
    return file_of(store)


def fill(store: SqlStore) -> None:
    with acting_for_all():
        store.cases.save(Case(B, created_at=NOW))
        for case, person, role in ((A, ANNA, Role.ADMINISTERS), (B, BEN, Role.WORKS)):
            store.staff.save(StaffMember(case, person, role, NOW, ANNA))
    for case, letter in ((A, "a"), (B, "b")):
        found = sighting(1, incident=f"{letter}incident", case=case, first_seen=NOW, last_seen=NOW)
        place = replace(found.place, page_url=f"https://{letter}host.example/1", account=f"secret-{letter}")
        match = replace(found.match, label=f"photo-of-{letter}")
        with acting_for(case):
            store.sightings.save(replace(found, id=SightingId(f"{letter}find0001"), place=place, match=match))


@dataclass
class StaffedPage:
    """client: a browser in which nobody is in yet."""

    app: App
    keeper: PageKeeper
    page: ASGIApp
    client: httpx.AsyncClient
    browsers: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def of(self, person: str) -> httpx.AsyncClient:
        """Each in a browser of their own."""
        if person not in self.browsers:
            self.browsers[person] = a_browser(self.page, person)
        return self.browsers[person]

    async def ask(self, person: str, method: str, path: str, **more: Any) -> httpx.Response:
        """As the proxy hands it on."""
        return await self.of(person).request(method, path, **more)

    async def send(self, person: str, path: str, **fields: object) -> httpx.Response:
        """A form, with the session's token."""
        shown = (await self.ask(person, "GET", "/help")).text
        found = Tree(shown).css_first("input[name=token]")
        return await self.ask(person, "POST", path, data={"token": found.attributes["value"], **fields})

    def trail(self, case: CaseId) -> list[dict[str, str]]:
        with acting_for_all():
            return self._trail(case)

    def _trail(self, case: CaseId) -> list[dict[str, str]]:
        return [{"act": one.act.value, **audit_details(one)} for one in self.app.store.audit.all(case)]


@asynccontextmanager
async def staffed(store: SqlStore | None = None) -> AsyncIterator[StaffedPage]:
    """store: filled; None: on SQLite."""
    folder = a_folder()
    (folder / "places.toml").write_text(PLACES)
    made = replace(settings(), data_dir=folder, watchlist_dir=folder)
    app = App(made, store or a_store(_file()), lambda: NOW)
    core = LocalCore(app)
    keeper = PageKeeper(Sessions(), Links(), core=lambda: core, stays=True)
    page = served(
        lambda: core,
        keeper.links,
        keeper.sessions,
        frozenset({HOST}),
        lambda: NOW,
        UTC,
        keeper=keeper,
        proxy=AuthProxy("X-Forwarded-Email"),
    )
    yield StaffedPage(app, keeper, page, a_browser(page))


def a_browser(page: ASGIApp, person: str = "") -> httpx.AsyncClient:
    said = {"origin": f"https://{HOST}", "sec-fetch-site": "same-origin"}
    named = {"X-Forwarded-Email": person} if person else {}
    return httpx.AsyncClient(transport=httpx.ASGITransport(page), base_url=f"https://{HOST}", headers={**said, **named})


def test_every_route_says_for_whom_it_is() -> None:
    """A new page gets its line in monitor/review/roles.py."""
    assert set(ROUTE_ROLES) == {f"{one.method} {one.path}" for one in EVERY_ROUTE}


def test_what_is_for_anybody_is_of_the_session_alone() -> None:
    """Whoever adds one here says why it shows nothing that is kept."""
    assert sum(needs is Needs.ANYBODY for needs in ROUTE_ROLES.values()) == 17


@pytest.mark.parametrize("store", [lambda: None, lambda: on_postgresql()], ids=["SQLite", "PostgreSQL"])
async def test_each_sees_their_own_case(store: Callable[[], SqlStore | None]) -> None:
    async with staffed(store()) as page:
        for person, own, other in ((ANNA, "ahost", "bhost"), (BEN, "bhost", "ahost")):
            shown = await page.ask(person, "GET", "/")
            assert (shown.status_code, own in shown.text, other in shown.text) == (200, True, False)


OF_NOBODY = {
    "no header": None,
    "an empty one": "",
    "a user of this machine": f"{SYSTEM}anna",
    "two words": "anna b@help.example",
    "a user of this machine, nearly": "System:root",
    "too long": "a" * 201,
    "no UTF-8": b"anna\xff@help.example",
    "a control sign": b"anna\x7f@help.example",
}


@pytest.mark.parametrize("header", OF_NOBODY.values(), ids=OF_NOBODY)
async def test_whoever_the_proxy_does_not_name_is_refused(header: str | bytes | None) -> None:
    async with staffed() as page:
        headers = (
            [] if header is None else [(b"X-Forwarded-Email", header if isinstance(header, bytes) else header.encode())]
        )
        for path in ("/", "/help", "/finds/afind0001", "/nowhere"):
            answer = await page.client.get(path, headers=headers)
            assert answer.status_code == 403
            assert [secret for secret in (*SECRETS, "ahost") if secret in answer.text] == []


async def test_a_header_said_twice_names_nobody() -> None:
    async with staffed() as page:
        twice = [("X-Forwarded-Email", EVE), ("x-forwarded-email", ANNA)]
        assert (await page.client.get("/", headers=twice)).status_code == 403


async def test_another_log_in_in_the_same_browser_is_another_session() -> None:
    async with staffed() as page:
        await page.ask(ANNA, "GET", "/")
        answer = await page.ask(ANNA, "GET", "/", headers={"X-Forwarded-Email": BEN})
        assert "bhost" in answer.text and "ahost" not in answer.text
        assert sorted(one.person for one in page.keeper.sessions.open.values()) == [ANNA, BEN]


async def test_a_form_without_the_session_s_token_does_nothing() -> None:
    async with staffed() as page:
        first = await page.ask(ANNA, "POST", "/decide", data={"do": "confirm afind0001"})
        assert first.status_code == 303, "there was no session yet: it begins, and nothing is done"
        again = await page.ask(ANNA, "POST", "/decide", data={"do": "confirm afind0001"})
        assert again.status_code == 403
        assert page.app.store.sightings.get(A, SightingId("afind0001")).status.value == "new"  # type: ignore[union-attr]


async def test_who_has_no_role_is_promised_no_page() -> None:
    async with staffed() as page:
        answer = await page.ask(EVE, "GET", "/finds/afind0001")
        assert answer.status_code in (400, 403, 404, 409)
        assert 'id="pages"' not in answer.text and "All other pages work as before" not in answer.text
        assert 'id="pages"' in (await page.ask(ANNA, "GET", "/")).text


async def test_who_only_reads_is_told_so_before_they_press_a_button() -> None:
    async with staffed() as page:
        assert "You read this case" not in (await page.ask(BEN, "GET", "/")).text
        with acting_for_all():
            page.app.store.staff.save(StaffMember(B, BEN, Role.READS, NOW, ANNA))
        for path in ("/", "/finds/bfind0001", "/reports"):
            assert "You read this case" in (await page.ask(BEN, "GET", path)).text


async def test_who_administers_one_case_is_shown_what_it_can_have_for_itself() -> None:
    """And not where the installation's files lie."""
    async with staffed() as page:
        with acting_for_all():
            page.app.store.staff.save(StaffMember(B, BEN, Role.ADMINISTERS, NOW, ANNA))
            page.app.store.case_settings.save(B, "digest.at", "07:00", NOW)
        shown = (await page.ask(BEN, "GET", "/settings")).text
        assert "case set digest.at" in shown and "case set alerts.urls" in shown and "07:00" in shown
        assert "case set quota." not in shown and "case set network." not in shown and "alerts add" not in shown
        assert "in the file" not in shown and "of the file" not in shown and ".toml" not in shown


async def test_from_the_log_in_one_comes_back_to_the_page() -> None:
    """The browser says that it comes from elsewhere, and keeps the cookie back: a page of ours in between mends it."""
    async with staffed() as page:
        elsewhere = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
        del page.of(ANNA).headers["origin"]
        answer = await page.ask(ANNA, "GET", "/finds/afind0001?x=1", headers=elsewhere)
        assert answer.status_code == 200
        assert Tree(answer.text).css_first("main a").attributes["href"] == "/finds/afind0001?x=1"
        assert "ahost" not in answer.text and page.trail(A) == []
        framed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
        assert (await page.ask(ANNA, "GET", "/", headers=framed)).status_code == 403
        sent = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
        assert (await page.ask(ANNA, "POST", "/decide", headers=sent, data={})).status_code == 403


async def test_a_role_that_is_taken_holds_no_longer() -> None:
    async with staffed() as page:
        assert "ahost" in (await page.ask(ANNA, "GET", "/")).text
        page.app.store.staff.remove(A, ANNA)
        answer = await page.ask(ANNA, "GET", "/")
        assert answer.status_code == 409 and "ahost" not in answer.text
        assert "has no role here" in answer.text


ROLE_ROWS = [
    (Role.READS, "GET", "/finds/afind0001", 200),
    (Role.READS, "POST", "/decide", 409),
    (Role.READS, "GET", "/unlock", 409),
    (Role.READS, "GET", "/settings", 409),
    (Role.WORKS, "POST", "/decide", 303),
    (Role.WORKS, "GET", "/settings", 409),
    (Role.WORKS, "GET", "/begin/6", 409),
    (Role.ADMINISTERS, "GET", "/settings", 200),
    (Role.ADMINISTERS, "GET", "/begin/6", 409),
]


@pytest.mark.parametrize(("role", "method", "path", "status"), ROLE_ROWS)
async def test_what_a_role_allows_on_the_page(role: Role, method: str, path: str, status: int) -> None:
    async with staffed() as page:
        page.app.store.staff.save(StaffMember(A, ANNA, role, NOW, ANNA))
        if method == "GET":
            answer = await page.ask(ANNA, method, path)
        else:
            answer = await page.send(ANNA, path, do="confirm afind0001")
        assert answer.status_code == status, answer.text
        act = {"/settings": "administer", "/decide": "work"}.get(path, "view")
        assert page.trail(A)[-1]["act"] == ("refused" if status == 409 else act)


# --- ids of another case


def filled(route: PageRoute, value: str) -> str:
    return re.sub(r"{\w+(:\w+)?}", lambda found: "1" if found[1] else value, route.path)


ASKED = [one for one in EVERY_ROUTE if not one.is_public]
IDS = ("bfind0001", "bincident", B)


def told_of(answer: httpx.Response, *typed: str) -> tuple[int, str, str]:
    """What of an answer may differ is what was typed, and tokens."""
    text = re.sub(r'value="[\w-]{43}[^"]*"', "TOKEN", answer.text)
    for word in typed:
        text = text.replace(word, "ID")
    return answer.status_code, text, answer.headers.get("location", "").replace(typed[0], "ID")


EACH_ROUTE = pytest.mark.parametrize("route", ASKED, ids=lambda one: f"{one.method} {one.path}".replace("/", "_"))


@pytest.mark.rows(14)
@EACH_ROUTE
async def test_an_id_of_another_case_is_as_one_that_does_not_exist(route: PageRoute) -> None:
    await no_other_answer(route, lambda: None)


@pytest.mark.rows(3)
@EACH_ROUTE
async def test_nor_on_postgresql(route: PageRoute) -> None:
    await no_other_answer(route, on_postgresql)


def on_postgresql() -> SqlStore:
    store = a_postgres_store()
    fill(store)
    return store


async def no_other_answer(route: PageRoute, store: Callable[[], SqlStore | None]) -> None:
    for name in IDS:
        async with staffed(store()) as page:
            with acting_for_all():
                before = page.app.store.sightings.all(B)
            answers = []
            for typed in (name, "z" * len(name)):
                path = filled(route, typed)
                if route.method == "GET":
                    answer = await page.ask(ANNA, "GET", path, params={"find": typed, "beside": typed, "about": typed})
                elif route.is_streamed:
                    await page.ask(ANNA, "GET", "/help")
                    answer = await page.ask(ANNA, "POST", f"{path}?find={typed}", content=b"x")
                else:
                    answer = await page.send(
                        ANNA, path, do=f"confirm {typed}", find=typed, case=typed, item=typed, batch=typed, entry=typed,
                        about=typed, finds=typed, report=typed, kind="look", text="words",
                    )  # fmt: skip
                answers.append(told_of(answer, typed))
            assert answers[0] == answers[1]
            assert [secret for secret in SECRETS if secret in answers[0][1] and secret != name] == []
            with acting_for_all():
                assert page.app.store.sightings.all(B) == before
            assert [one for one in page.trail(B) if one["who"] == ANNA] == []


@pytest.mark.rows(14)
@EACH_ROUTE
async def test_a_stranger_is_answered_by_no_page_that_is_of_a_case(route: PageRoute) -> None:
    async with staffed() as page:
        path = filled(route, "afind0001")
        if route.method == "GET":
            answer = await page.ask(EVE, "GET", path)
        elif route.is_streamed:
            await page.ask(EVE, "GET", "/help")
            answer = await page.ask(EVE, "POST", path, content=b"x")
        else:
            answer = await page.send(EVE, path, do="confirm afind0001", find="afind0001", case=A)
        if ROUTE_ROLES[f"{route.method} {route.path}"] is not Needs.ANYBODY:
            assert answer.status_code == 409
            assert "has no role here" in answer.text
        told = answer.text + answer.headers.get("location", "")
        assert [secret for secret in (*SECRETS, "ahost", "photo-of-a", "secret-a") if secret in told] == []


async def test_a_case_of_others_cannot_be_chosen() -> None:
    async with staffed() as page:
        answers = [told_of(await page.send(ANNA, "/case", case=name), name) for name in ("bertha", "nobody")]
        assert answers[0] == answers[1] and answers[0][0] == 400
        shown = (await page.ask(ANNA, "GET", "/help")).text
        token = Tree(shown).css_first("input[name=token]").attributes["value"] or ""
        forged = {"token": f"{token.partition('.')[0]}.bertha", "do": "confirm bfind0001"}
        assert (await page.ask(ANNA, "POST", "/decide", data=forged)).status_code == 403


# --- several cases


@pytest.mark.parametrize("store", [lambda: None, lambda: on_postgresql()], ids=["SQLite", "PostgreSQL"])
async def test_of_several_cases_each_look_stands_in_its_own_trail(store: Callable[[], SqlStore | None]) -> None:
    async with staffed(store()) as page:
        with acting_for_all():
            page.app.store.staff.save(StaffMember(B, ANNA, Role.READS, NOW, ANNA))
        assert "Whose finds" in (await page.ask(ANNA, "GET", "/later")).text
        shown = (await page.ask(ANNA, "GET", "/cases")).text
        assert [name for name in (A, B) if f">{name}<" in shown] == [A, B]
        assert [one["what"] for one in page.trail(B)] == ["GET /cases"]
        await page.send(ANNA, "/case", case=B)
        assert "bhost" in (await page.ask(ANNA, "GET", "/finds/bfind0001")).text
        assert page.trail(B)[-1] == {"act": "view", "who": ANNA, "what": "GET /finds/{id}"}
        assert (await page.send(ANNA, "/decide", do="confirm bfind0001")).status_code == 409, "reads alone"
        assert page.trail(B)[-1]["act"] == "refused"
        for case in (A, B):
            with acting_for(case):
                kept = page.app.store.audit
                assert list(audit_faults(kept.all(case), kept.noted_head(case))) == []


async def test_the_list_of_cases_finds_by_name() -> None:
    async with staffed() as page:
        for number in range(70):
            page.app.store.cases.save(Case(CaseId(f"case-{number:02}"), created_at=NOW))
            page.app.store.staff.save(StaffMember(CaseId(f"case-{number:02}"), EVE, Role.WORKS, NOW, ANNA))
        first = (await page.ask(EVE, "GET", "/cases")).text
        assert "case-49" in first and "case-50" not in first and "/cases?from=50" in first
        assert "default" not in first and "bertha" not in first
        await page.send(EVE, "/cases", **{"with": "CASE-6"})
        held = (await page.ask(EVE, "GET", "/cases")).text
        assert "case-69" in held and "case-49" not in held


async def test_what_was_typed_into_a_locked_page_is_offered_to_the_same_person_alone() -> None:
    async with staffed() as page:
        shown = (await page.ask(ANNA, "GET", "/note/afind0001")).text
        token = Tree(shown).css_first("input[name=token]").attributes["value"]
        (session,) = page.keeper.sessions.open.values()
        await page.keeper.lock(session)
        words = {"token": token, "do": "note afind0001", "text": "told a friend"}
        theirs = await page.ask(ANNA, "POST", "/decide", data=words, headers={"X-Forwarded-Email": BEN})
        assert theirs.headers["location"] == "/"
        browser = page.of(ANNA)
        browser.cookies.clear()
        browser.cookies.set("__Host-session", session.id, domain=HOST)
        mine = await page.ask(ANNA, "POST", "/decide", data=words)
        assert mine.headers["location"] == "/unsent"
        assert "told a friend" in (await page.ask(ANNA, "GET", "/unsent")).text


async def test_an_owner_s_page_keeps_no_trail() -> None:
    """Nobody is named: whoever the proxy lets in is the owner."""
    async with staffed() as page:
        for case, person in ((A, ANNA), (B, BEN)):
            page.app.store.staff.remove(case, person)
        await page.ask(EVE, "GET", "/finds/afind0001")
        assert [page.trail(case) for case in (A, B, INSTALLATION)] == [[], [], []]


@pytest.mark.parametrize("store", [lambda: None, lambda: on_postgresql()], ids=["SQLite", "PostgreSQL"])
async def test_who_administers_the_installation_is_shown_no_fault(store: Callable[[], SqlStore | None]) -> None:
    async with staffed(store()) as page:
        with acting_for_all():
            page.app.store.staff.save(StaffMember(INSTALLATION, ANNA, Role.ADMINISTERS, NOW, ANNA))
        for route in ASKED:
            if route.method == "GET":
                answer = await page.ask(ANNA, "GET", filled(route, "afind0001"))
                assert answer.status_code != 500, route.path
                assert [secret for secret in SECRETS if secret in answer.text] == [], route.path


async def test_who_typed_review_is_who_its_link_lets_in() -> None:
    """Without a log-in before the page: the user of this machine."""
    store = a_store(_file())
    person = StaffName(f"{SYSTEM}ben")
    store.staff.save(StaffMember(B, person, Role.READS, NOW, ANNA))
    app = App(replace(settings(), data_dir=a_folder(), watchlist_dir=a_folder()), store, lambda: NOW)
    core = LocalCore(app)
    keeper = PageKeeper(Sessions(), Links(), person=person)
    page = served(lambda: core, keeper.links, keeper.sessions, frozenset({HOST}), lambda: NOW, UTC, keeper=keeper)
    browser = a_browser(page, ANNA)  # whose header nobody believes here
    assert (await browser.get("/")).status_code == 403
    await browser.post("/enter", data={"link": keeper.links.new(NOW)})
    shown = (await browser.get("/")).text
    assert "bhost" in shown and "ahost" not in shown
    assert audit_details(store.audit.all(B)[-1]) == {"who": person, "what": "GET /"}
