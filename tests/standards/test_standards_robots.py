"""Google's tests of robots.txt, its own reader's and those of its "spec test" for the readers of others."""

from __future__ import annotations

import re

import pytest

from monitor.crawl.robots.patterns import Patterns
from monitor.crawl.robots.reading import read_robots
from tests.standards.published import robots

ROWS = robots()
_TOKEN = re.compile(r"[A-Za-z_-]*")  # RFC 9309 section 2.2.1: the rest of a name is not compared
_NAMED = re.compile(r"(?im)^(\s*user-?\s?agent\s*:?[ \t]*)([^\r\n]*)$")


def as_star(text: str, agent: str) -> str:
    """The groups that `agent` has to obey are those for `*`, which is all that the program reads."""

    def token(name: str) -> str:
        return _TOKEN.match(name.strip())[0].lower()  # type: ignore[index]  # it matches anything

    if token(agent) not in {token(match[2]) for match in _NAMED.finditer(text)}:
        return text
    return _NAMED.sub(lambda match: match[1] + ("*" if token(match[2]) == token(agent) else "another"), text)


def test_all_of_it_is_here() -> None:
    assert len(ROWS) == 534


def departure(agent: str, url: str, allowed: bool) -> str:
    if not _TOKEN.fullmatch(agent):
        return "who asks is not a product token, so no group is meant"
    if url.endswith("/robots.txt") and not allowed:
        return "RFC 9309 section 2.2.2: robots.txt itself is allowed"
    return ""


def test_as_google_reads_it() -> None:
    wrong, departures = [], set()
    for place, text, agent, url, allowed in ROWS:
        if Patterns(read_robots(as_star(text, agent).encode())).allow(url) is not allowed:
            departures.add(departure(agent, url, allowed))
            if not departure(agent, url, allowed):
                wrong.append((place, text, agent, url, allowed))
    assert wrong == []
    assert len(departures) == 2  # no reason stands here for nothing


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no mark", "byte order mark"])
def test_line_endings_and_marks_change_nothing(ending: str, mark: bytes) -> None:
    for _, text, agent, _, _ in ROWS:
        star = as_star(text, agent)
        assert read_robots(mark + star.replace("\n", ending).encode()) == read_robots(star.encode())
