# ruff: noqa: E501 - one row a line reads best, with the signs that sites use

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.robots import MAX_BYTES, Robots, address, robots_of
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
S = "http://x.example"


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        pytest.param("", "/a", True, id="empty"),
        pytest.param("User-agent: *\nDisallow: /a", "/a", False, id="disallowed"),
        pytest.param("User-agent: *\nDisallow: /a", "/b", True, id="another path"),
        pytest.param("User-agent: *\nDisallow: /a", "/ab", False, id="a prefix"),
        pytest.param("User-agent: *\nDisallow:", "/a", True, id="disallow nothing"),
        pytest.param("User-agent: *\nDisallow: /\nAllow: /a", "/a/b", True, id="the longer rule wins"),
        pytest.param("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True, id="of equal rules allow wins"),
        pytest.param("User-agent: *\nDisallow: /*.gif$", "/x.gif", False, id="wildcard and end"),
        pytest.param("User-agent: *\nDisallow: /*.gif$", "/x.gif?a", True, id="end not reached"),
        pytest.param("User-agent: GPTBot\nDisallow: /", "/a", True, id="rules for somebody else"),
        pytest.param("User-agent: GPTBot\nUser-agent: *\nDisallow: /", "/a", False, id="a group of several"),
        pytest.param("User-agent: *\nDisallow: /a\n\nUser-agent: x\nDisallow: /b", "/b", True, id="another group"),
        pytest.param("User-agent: x\nDisallow: /b\n\nUser-agent: *\nDisallow: /a", "/a", False, id="ours comes last"),
        pytest.param("user-AGENT : *  # all\nDISALLOW : /a # here", "/a", False, id="case, spaces, comments"),
        pytest.param("User-agent: *\r\nDisallow: /a\r\n", "/a", False, id="CRLF"),
        pytest.param("User-agent: *\rDisallow: /a", "/a", False, id="CR"),
        pytest.param(
            "User-agent: *\nSitemap: http://x.example/s.xml\nDisallow: /a", "/a", False, id="a sitemap between"
        ),
        pytest.param("Disallow: /a", "/a", True, id="a rule without a group"),
        pytest.param("User-agent: *\nDisallow: /ä", "/%C3%A4", False, id="not ASCII"),
        pytest.param("\ufeffUser-agent: *\nDisallow: /a", "/a", False, id="byte order mark"),
        pytest.param("User-agent: *\nDisallow: /", "/robots.txt", True, id="robots.txt itself"),
        pytest.param("<html>User-agent: *\nDisallow: /</html>", "/a", True, id="a page in its place"),
        pytest.param("User-agent: *\nDisallow: /?q=", "/?q=x", False, id="query"),
    ],
)
def test_rules(text: str, path: str, allowed: bool) -> None:
    robots = robots_of(answer(OutcomeKind.OK, 200, text.encode()))
    assert robots is not None
    assert robots.allows(S + path) is allowed


def answer(kind: OutcomeKind, status: int, body: bytes = b"") -> Fetched:
    return Fetched(Request(f"{S}/robots.txt"), Outcome(kind), f"{S}/robots.txt", NOW, status=status, body=body)


@pytest.mark.parametrize(
    ("kind", "status", "allowed"),
    [
        pytest.param(OutcomeKind.GONE, 404, True, id="not there"),
        pytest.param(OutcomeKind.WALL, 401, True, id="log-in"),
        pytest.param(OutcomeKind.BLOCKED, 403, True, id="forbidden"),
        pytest.param(OutcomeKind.EMPTY, 200, True, id="empty"),
        pytest.param(OutcomeKind.MOVED, 302, True, id="sent on for ever"),
        pytest.param(OutcomeKind.TOO_LARGE, 200, True, id="larger than the cap"),
        pytest.param(OutcomeKind.SERVER_ERROR, 503, False, id="server error"),
        pytest.param(OutcomeKind.RATE_LIMITED, 429, False, id="asked to slow down"),
        pytest.param(OutcomeKind.DNS, 0, None, id="no such name"),
        pytest.param(OutcomeKind.TIMEOUT, 0, None, id="no answer"),
        pytest.param(OutcomeKind.REFUSED, 0, None, id="refused by the guard"),
    ],
)
def test_what_stands_in_its_place(kind: OutcomeKind, status: int, allowed: bool | None) -> None:
    robots = robots_of(answer(kind, status))
    assert (robots.allows(f"{S}/a") if robots else None) is allowed


@pytest.mark.parametrize(
    ("line", "seconds"),
    [("10", 10.0), ("0.5", 0.5), ("-1", None), ("many", None), ("1e400", None), ("nan", None)],
)
def test_crawl_delay(line: str, seconds: float | None) -> None:
    assert Robots.of(f"User-agent: *\nCrawl-delay: {line}", fetched_at=NOW).crawl_delay_s == seconds


@pytest.mark.parametrize(
    ("closed", "age", "fresh"),
    [
        pytest.param(False, timedelta(hours=23), True, id="within a day"),
        pytest.param(False, timedelta(hours=24), False, id="a day later"),
        pytest.param(True, timedelta(minutes=59), True, id="closed within an hour"),
        pytest.param(True, timedelta(hours=1), False, id="closed an hour later"),
        pytest.param(False, timedelta(hours=-1), False, id="the clock jumped back"),
    ],
)
def test_freshness(closed: bool, age: timedelta, fresh: bool) -> None:
    assert Robots.of("", closed=closed, fetched_at=NOW).fresh(NOW + age) is fresh


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("".join(f"User-agent: bot{n}\n" for n in range(15_000)) + "Disallow: /a\n" * 15_000, id="names by rules"),
        pytest.param("User-agent: *\n" + "Disallow: /" + "*a" * 200_000 + "\n", id="a wildcard pattern to match for ever"),
        pytest.param("User-agent: *\n" + "Disallow: /a*b*c\n" * 30_000, id="a flood of rules"),
        pytest.param("\n" * MAX_BYTES, id="lines of nothing"),
        pytest.param("User-agent: *\n" * 35_000, id="groups of nothing"),
    ],
)  # fmt: skip
def test_a_hostile_file_costs_little(text: str) -> None:
    started = time.process_time()
    robots = robots_of(answer(OutcomeKind.OK, 200, text.encode()[: MAX_BYTES * 2]))
    assert robots is not None
    for n in range(20):
        robots.allows(f"{S}/{'a' * 1000}{n}")
    assert time.process_time() - started < 2


@given(st.binary(max_size=300))
def test_nothing_in_it_raises(body: bytes) -> None:
    robots = robots_of(answer(OutcomeKind.OK, 200, b"User-agent: *\n" + body))
    assert robots is not None
    robots.allows(f"{S}/a")
    assert robots.crawl_delay_s is None or robots.crawl_delay_s >= 0


def test_address() -> None:
    assert address("https://me@x.example:8443/a/b?c") == "https://x.example:8443/robots.txt"
