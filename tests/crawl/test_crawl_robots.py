# ruff: noqa: E501 - one row a line reads best, with the signs that sites use

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.robots.reading import MAX_ROBOTS_BYTES, read_robots
from monitor.crawl.robots.rules import Robots, needs_reading, robots_of_answer, robots_of_note, robots_url
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.robots import MAX_PATTERN_CHARS, RobotsRules

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
        pytest.param("User-agent: *\nCrawl-delay: 9\nUser-agent: x\nDisallow: /", "/a", True, id="a delay is a rule"),
        pytest.param(
            "User-agent: *\nColour: red\nUser-agent: x\nDisallow: /", "/a", False, id="an unknown line is none"
        ),
        pytest.param("User-agent: *\nDisallow:\nUser-agent: x\nDisallow: /", "/a", True, id="an empty rule is a rule"),
        pytest.param("User-agent *\nDisalow /a", "/a", False, id="no colons, a slip"),
        pytest.param("User-agent: *\nDisallow: a", "/a", True, id="a pattern of no path"),
        pytest.param("User-agent: *\nDisallow: *a$", "/bba", False, id="a wildcard first"),
        pytest.param("User-agent: *\nDisallow: /ä", "/%C3%A4", False, id="not ASCII"),
        pytest.param("\ufeffUser-agent: *\nDisallow: /a", "/a", False, id="byte order mark"),
        pytest.param("User-agent: *\nDisallow: /", "/robots.txt", True, id="robots.txt itself"),
        pytest.param("<html>User-agent: *\nDisallow: /</html>", "/a", True, id="a page in its place"),
        pytest.param("User-agent: *\nDisallow: /?q=", "/?q=x", False, id="query"),
    ],
)
def test_rules(text: str, path: str, allowed: bool) -> None:
    robots = read(answer(OutcomeKind.OK, 200, text.encode()))
    assert robots is not None
    assert robots.allows(S + path) is allowed


def read(fetched: Fetched) -> Robots | None:
    return robots_of_answer(fetched, read_robots(fetched.body) if needs_reading(fetched) else None)


def answer(kind: OutcomeKind, status: int, body: bytes = b"", redirects: tuple[str, ...] = ()) -> Fetched:
    asked = Request(f"{S}/robots.txt")
    return Fetched(asked, Outcome(kind), asked.url, NOW, status=status, body=body, digest="d", redirects=redirects)


@pytest.mark.parametrize(
    ("kind", "status", "allowed"),
    [
        pytest.param(OutcomeKind.GONE, 404, True, id="not there"),
        pytest.param(OutcomeKind.WALL, 401, True, id="log-in"),
        pytest.param(OutcomeKind.BLOCKED, 403, True, id="forbidden"),
        pytest.param(OutcomeKind.EMPTY, 200, True, id="empty"),
        pytest.param(OutcomeKind.MOVED, 302, True, id="sent on to nowhere"),
        pytest.param(OutcomeKind.MOVED, 0, True, id="sent on for ever"),
        pytest.param(OutcomeKind.TOO_LARGE, 200, False, id="unpacks to more than is unpacked"),
        pytest.param(OutcomeKind.UNREADABLE, 200, False, id="cannot be unpacked"),
        pytest.param(OutcomeKind.TIMEOUT, 200, False, id="ends in the middle"),
        pytest.param(OutcomeKind.TIMEOUT, 408, True, id="408"),
        pytest.param(OutcomeKind.WALL, 503, False, id="a bot check in the guise of a fault"),
        pytest.param(OutcomeKind.SERVER_ERROR, 503, False, id="server error"),
        pytest.param(OutcomeKind.RATE_LIMITED, 429, False, id="asked to slow down"),
        pytest.param(OutcomeKind.DNS, 0, None, id="no such name"),
        pytest.param(OutcomeKind.TIMEOUT, 0, None, id="no answer"),
        pytest.param(OutcomeKind.REFUSED, 0, None, id="refused by the guard"),
    ],
)
def test_what_stands_in_its_place(kind: OutcomeKind, status: int, allowed: bool | None) -> None:
    robots = read(answer(kind, status))
    assert (robots.allows(f"{S}/a") if robots else None) is allowed


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        pytest.param(OutcomeKind.DNS, False, id="to no host"),
        pytest.param(OutcomeKind.REFUSED, False, id="to an inside address"),
        pytest.param(OutcomeKind.RATE_LIMITED, None, id="to a host that rests: asked again"),
        pytest.param(OutcomeKind.MOVED, True, id="round in circles"),
    ],
)
def test_sent_on_to_what_is_not_reached(kind: OutcomeKind, allowed: bool | None) -> None:
    robots = read(answer(kind, 0, redirects=(f"{S}/robots.txt",)))
    assert (robots.allows(f"{S}/a") if robots else None) is allowed


def test_what_killed_its_reader_forbids_everything_for_an_hour() -> None:
    robots = robots_of_answer(answer(OutcomeKind.OK, 200, b"User-agent: *"), None)
    assert robots is not None
    assert (robots.allows(f"{S}/a"), robots.fresh(NOW + timedelta(minutes=59))) == (False, True)
    assert not robots.fresh(NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("line", "seconds"),
    [("10", 10.0), ("0.5", 0.5), ("-1", None), ("many", None), ("1e400", None), ("nan", None)],
)
def test_crawl_delay(line: str, seconds: float | None) -> None:
    assert read_robots(f"User-agent: *\nCrawl-delay: {line}".encode()).crawl_delay_s == seconds


def test_of_two_delays_the_longer_holds() -> None:
    text = b"User-agent: *\nCrawl-delay: 20\nUser-agent: *\nCrawl-delay: 10\nUser-agent: x\nCrawl-delay: 99"
    assert read_robots(text).crawl_delay_s == 20


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
    assert Robots(RobotsRules(), NOW, closed).fresh(NOW + age) is fresh


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("".join(f"User-agent: bot{n}\n" for n in range(15_000)) + "Disallow: /a\n" * 15_000, id="names by rules"),
        pytest.param("User-agent: *\n" + "Disallow: /" + "*a" * 200_000 + "\n", id="a wildcard pattern to match for ever"),
        pytest.param("User-agent: *\n" + "Disallow: /a*b*c\n" * 30_000, id="a flood of rules"),
        pytest.param("\n" * MAX_ROBOTS_BYTES, id="lines of nothing"),
        pytest.param("User-agent: *\n" * 35_000, id="groups of nothing"),
    ],
)  # fmt: skip
def test_a_hostile_file_costs_little(text: str) -> None:
    started = time.process_time()
    robots = read(answer(OutcomeKind.OK, 200, text.encode()[: MAX_ROBOTS_BYTES * 2]))
    assert robots is not None
    for n in range(20):
        robots.allows(f"{S}/{'a' * 1000}{n}")
    assert time.process_time() - started < 2


@given(st.binary(max_size=300))
def test_nothing_in_it_raises(body: bytes) -> None:
    robots = read(answer(OutcomeKind.OK, 200, b"User-agent: *\n" + body))
    assert robots is not None
    robots.allows(f"{S}/a")
    assert robots_of_note(robots.note()) == robots


def test_the_line_that_is_cut_is_no_rule() -> None:
    rules = b"User-agent: *\nDisallow: /a\n"
    filled = rules + b"#" * (MAX_ROBOTS_BYTES - len(rules) - len(b"\nDisallow: /")) + b"\nDisallow: /private\n"
    assert read_robots(filled) == RobotsRules(disallow=("/a",))
    assert read_robots(filled[:MAX_ROBOTS_BYTES]).disallow == ("/a", "/")


def test_a_pattern_that_is_too_long_forbids_more_never_less() -> None:
    long = "/" + "a" * MAX_PATTERN_CHARS
    rules = read_robots(f"User-agent: *\nDisallow: {long}b$\nAllow: {long}".encode())
    assert rules == RobotsRules(disallow=(long[:MAX_PATTERN_CHARS],))


@pytest.mark.parametrize(
    "note",
    [
        pytest.param(None, id="none"),
        pytest.param('{"at": "2026-11-22T20:00:00+00:00", "closed": false, "text": "User-agent: *"}', id="the first form"),
        pytest.param('{"version": 2, "at": "yesterday"}', id="broken"),
        pytest.param("[]", id="no object"),
        pytest.param(Robots(RobotsRules(("/a",)), NOW).note().replace('"/a"', "7"), id="numbers for patterns"),
        pytest.param(Robots(RobotsRules((), ("/a",)), NOW).note().replace("/a", "a"), id="a pattern of no path"),
    ],
)  # fmt: skip
def test_a_note_of_another_form_is_none(note: str | None) -> None:
    assert robots_of_note(note) is None


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(lambda: RobotsRules(("/" * (MAX_PATTERN_CHARS + 1),)), id="too long a pattern"),
        pytest.param(lambda: RobotsRules(("/",) * 50_001), id="too many"),
        pytest.param(lambda: RobotsRules(("/*" + "a" * 1000,) * 66), id="too much with wildcards"),
        pytest.param(lambda: RobotsRules(crawl_delay_s=-1.0), id="a negative delay"),
        pytest.param(lambda: RobotsRules(crawl_delay_s=float("nan")), id="no number"),
        pytest.param(lambda: RobotsRules(("",)), id="an empty pattern"),
    ],
)
def test_rules_have_maxima(rules: Callable[[], RobotsRules]) -> None:
    with pytest.raises(ValueError):
        rules()


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://me@x.example:8443/a/b?c", "https://x.example:8443/robots.txt"),
        ("http://X.example/", "http://x.example/robots.txt"),
        ("http://[2001:db8::1]:81/a", "http://[2001:db8::1]:81/robots.txt"),
    ],
)
def test_address(url: str, where: str) -> None:
    assert robots_url(url) == where
