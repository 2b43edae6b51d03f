"""Addresses that open reports need are asked once a week, and no others."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from monitor.clock import utc_now
from monitor.model.case import Case
from monitor.model.desk import DeskAnswer, DeskLook
from monitor.model.match import Match, Tier
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.report import Report, ReportState
from monitor.model.settings import CrawlSettings, NetworkSettings
from monitor.model.sighting import Place, Sighting, Status
from monitor.outbound.polite import open_fetcher
from monitor.pipeline.desk_round import DeskRound
from monitor.ports import Store
from monitor.services.drafting import Statements
from monitor.takedown.channel import Channel, Channels
from monitor.takedown.channel_files import load_channels
from tests.fakes import FakeClock, InlineReader
from tests.patience import WITHIN_S
from tests.pipeline.pipeline_bench import Bench
from tests.serving.web import answering
from tests.stores import a_store

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
CHANNELS = load_channels()
REDDIT, SNAP, DISCORD = (CHANNELS.get(name).url for name in ("reddit", "snapchat", "discord"))
PAGE = b"<title>Report</title><p>Tell us what happened, and where you saw it.</p><form><input name=u></form>"
LOG_IN = b"<title>Log in</title><h1>Log in</h1><p>You must log in to continue.</p><form><input type=password></form>"


@dataclass
class Desks:
    """What each address gives; whatever is not named here is fine. Counts what was asked for."""

    gives: dict[str, Fetched] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    async def fetch(self, request: Request) -> Fetched:
        self.asked.append(request)
        return self.gives.get(request.url) or page(request.url)

    def allow_ports_of(self, urls: object) -> None:
        raise AssertionError("addresses of desks have no other ports")


def page(url: str, *, leads_to: str = "", body: bytes = PAGE, outcome: Outcome | None = None) -> Fetched:
    headers = (("content-type", "text/html"),)
    good = outcome or Outcome(OutcomeKind.OK)
    return Fetched.of(Request(url), good, leads_to or url, NOW, status=200, headers=headers, body=body)


def with_report(store: Store, channel: str, state: ReportState = ReportState.DRAFT, case: str = "default") -> None:
    found = Sighting(
        id=f"s-{case}-{channel}",
        incident="i",
        case=case,
        watch="w",
        place=Place(f"https://a.example/{channel}", f"https://a.example/{channel}.jpg"),
        match=Match(Tier.MATCH, 0.98, "same picture"),
        status=Status.NEW,
        first_seen=NOW,
        last_seen=NOW,
    )
    store.sightings.save(found)
    report = Report.drafted(
        id=f"r-{case}-{channel}", case=case, sightings=[found.id], channel=channel, route="platform", at=NOW
    )
    if state is not ReportState.DRAFT:
        report = report.sent(at=NOW, due_at=None)
    if state not in (ReportState.DRAFT, ReportState.SENT):
        report = report.withdrawn(at=NOW) if state is ReportState.WITHDRAWN else report.answered(state, at=NOW)
    store.reports.save(report)


async def asked(store: Store, desks: Desks, clock: FakeClock) -> list[str]:
    before = len(desks.asked)
    await DeskRound(store, CHANNELS, desks, InlineReader(), clock).ask()
    return [request.url for request in desks.asked[before:]]


async def test_only_what_open_reports_need_and_once_a_week() -> None:
    store, desks, clock = a_store(), Desks(), FakeClock(NOW)
    assert await asked(store, desks, clock) == []
    with_report(store, "reddit")
    with_report(store, "snapchat", ReportState.REFUSED)
    with_report(store, "discord", ReportState.SENT)
    with_report(store, "onlyfans")  # has no address
    assert await asked(store, desks, clock) == [DISCORD, REDDIT]
    clock.forward(days=6)
    assert await asked(store, desks, clock) == []
    clock.forward(days=1)
    assert await asked(store, desks, clock) == [DISCORD, REDDIT]


async def test_nothing_says_who_asks() -> None:
    store, desks = a_store(), Desks()
    with_report(store, "reddit")
    await asked(store, desks, FakeClock(NOW))
    assert desks.asked == [Request(REDDIT)]  # no referrer, no account, no log-in, robots.txt is kept to


@pytest.mark.parametrize(
    ("gives", "answer", "said"),
    [
        pytest.param(page(REDDIT), DeskAnswer.FINE, "", id="there"),
        pytest.param(page(REDDIT, body=b""), DeskAnswer.FINE, "", id="drawn by scripts"),
        pytest.param(page(REDDIT, body=LOG_IN), DeskAnswer.LOG_IN, "log-in", id="a log-in in its place"),
        pytest.param(page(REDDIT, outcome=Outcome(OutcomeKind.GONE, "gone (404)")), DeskAnswer.GONE, "404", id="404"),
        pytest.param(
            page(REDDIT, body=b"<title>Page not found</title><h1>Page not found</h1>"),
            DeskAnswer.GONE,
            "says that it is gone",
            id="gone, said with 200",
        ),
        pytest.param(
            page(REDDIT, leads_to="https://www.reddit.com/"),
            DeskAnswer.MOVED,
            "https://www.reddit.com/",
            id="sent home",
        ),
        pytest.param(
            page(REDDIT, leads_to="https://other.example/x"),
            DeskAnswer.MOVED,
            "https://other.example/x",
            id="elsewhere",
        ),
        pytest.param(
            page(REDDIT, outcome=Outcome(OutcomeKind.TIMEOUT, "not done")), DeskAnswer.UNKNOWN, "not done", id="slow"
        ),
    ],
)
async def test_what_a_desk_answers_is_kept(gives: Fetched, answer: DeskAnswer, said: str) -> None:
    store = a_store()
    with_report(store, "reddit")
    await asked(store, Desks({REDDIT: gives}), FakeClock(NOW))
    look = store.desk_looks.all("default")[REDDIT]
    assert (look.answer, look.at) == (answer, NOW)
    assert said in look.said


ON_THE_WIRE = {
    "reddit": ("/report", DeskAnswer.FINE),
    "snapchat": ("/gone", DeskAnswer.GONE),
    "discord": ("/old-form", DeskAnswer.MOVED),
    "tumblr": ("/members-form", DeskAnswer.LOG_IN),
    "pinterest": ("/under-repair", DeskAnswer.UNKNOWN),
}


async def test_on_the_wire(bench: Bench) -> None:
    """The real way out, over loopback: what goes out, and what comes of what comes back."""
    heads: list[dict[str, str]] = []

    async def site(request: web.Request) -> web.StreamResponse:
        heads.append({name.lower(): value for name, value in request.headers.items()})
        match request.path:
            case "/report" | "/help" | "/login":
                return web.Response(body=PAGE, content_type="text/html")
            case "/old-form":
                raise web.HTTPFound("/help")
            case "/members-form":
                raise web.HTTPFound("/login?next=/members-form")
            case "/under-repair":
                return web.Response(status=503)
        return web.Response(status=404)

    def desk(name: str, url: str) -> Channel:
        moved = copy.copy(CHANNELS.get(name))
        object.__setattr__(moved, "url", url)  # http and a port are no address of a channel, and all that a test has
        return moved

    settings = replace(
        bench.settings,
        network=NetworkSettings(allow_networks=("127.0.0.1/32",), timeout_s=WITHIN_S),
        crawl=CrawlSettings(per_host_delay_s=0),
    )
    for name in ON_THE_WIRE:
        with_report(bench.store, name)
    async with answering(site) as port:
        at = {name: f"http://127.0.0.1:{port}{path}" for name, (path, _) in ON_THE_WIRE.items()}
        channels = Channels(tuple(desk(name, url) for name, url in at.items()), CHANNELS.legal_bases)
        reader = InlineReader()
        fetcher = open_fetcher(settings, bench.store.hosts, bench.store, reader=reader, clock=utc_now)
        fetcher.allow_ports_of(at.values())
        await DeskRound(bench.store, channels, fetcher, reader, utc_now).ask()
        await fetcher.aclose()
    looks = bench.store.desk_looks.all("default")
    assert {name: looks[url].answer for name, url in at.items()} == {name: row[1] for name, row in ON_THE_WIRE.items()}
    told = {"referer", "cookie", "authorization", "origin"}
    assert heads and not any(told & head.keys() for head in heads)


async def test_what_told_nothing_is_asked_the_next_day() -> None:
    store, clock = a_store(), FakeClock(NOW)
    with_report(store, "reddit")
    desks = Desks({REDDIT: page(REDDIT, outcome=Outcome(OutcomeKind.OFFLINE, "no network"))})
    assert await asked(store, desks, clock) == [REDDIT]
    clock.forward(hours=6)
    assert await asked(store, desks, clock) == []
    clock.forward(hours=18)
    assert await asked(store, desks, clock) == [REDDIT]


async def test_each_case_has_its_own_and_the_desk_is_asked_once() -> None:
    store, desks, clock = a_store(), Desks(), FakeClock(NOW)
    store.cases.save(Case("other", created_at=NOW))
    with_report(store, "reddit")
    with_report(store, "reddit", case="other")
    with_report(store, "snapchat", case="other")
    assert await asked(store, desks, clock) == [REDDIT, SNAP]
    assert set(store.desk_looks.all("default")) == {REDDIT}
    assert set(store.desk_looks.all("other")) == {REDDIT, SNAP}


async def test_what_no_report_needs_any_more_is_forgotten() -> None:
    store, desks, clock = a_store(), Desks(), FakeClock(NOW)
    store.desk_looks.save("default", DeskLook(SNAP, NOW, DeskAnswer.FINE))
    with_report(store, "reddit")
    await asked(store, desks, clock)
    assert set(store.desk_looks.all("default")) == {REDDIT}


def test_a_draft_says_it_before_anything_else(bench: Bench) -> None:
    found = bench.decisions.add("https://www.reddit.com/r/a/1", case="default")

    def text() -> str:
        done = bench.drafts.draft([found.id], case="default", channel="reddit", statements=Statements())
        return " ".join(Path(done.reports[0].file).read_text().split())

    assert "This address led to another page" not in text()
    bench.store.desk_looks.save("default", DeskLook(REDDIT, NOW, DeskAnswer.MOVED, "it leads to https://a.example/"))
    assert "This address led to another page when the program looked on 2026-11-29 (it leads to https" in text()
