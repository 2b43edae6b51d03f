# ruff: noqa: E501 - one row a line reads best, with the signs that sites use

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from monitor.crawl.frontier import Frontier
from monitor.model.page import PageContent, Purpose, Request
from monitor.model.watch import Follow

S = "http://x.example"


def visited(
    links: Mapping[str, Sequence[str]], next_pages: Mapping[str, Sequence[str]], follow: Follow, *seeds: str
) -> tuple[list[str], int]:
    frontier = Frontier([Request(S + seed) for seed in seeds or ("/",)], follow)
    order = []
    while (visit := frontier.next()) is not None:
        path = visit.request.url.removeprefix(S)
        order.append(path)
        content = PageContent(
            visit.request.url,
            links=tuple(S + to for to in links.get(path, ())),
            next_pages=tuple(S + to for to in next_pages.get(path, ())),
        )
        frontier.add(content, visit)
    return order, frontier.left_out


@pytest.mark.parametrize(
    ("links", "next_pages", "follow", "seeds", "expected", "left_out"),
    [
        pytest.param({}, {}, Follow(), ("/a", "/b"), ["/a", "/b"], 0, id="seeds in order"),
        pytest.param({}, {}, Follow(), ("/a", "/a#x", "/a?utm_source=y"), ["/a"], 0, id="one page once"),
        pytest.param({"/": ["/a", "/b"], "/a": ["/c"]}, {}, Follow(depth=2), ("/",), ["/", "/a", "/b", "/c"], 0, id="breadth first"),
        pytest.param({"/": ["/a"], "/a": ["/b"]}, {}, Follow(depth=1), ("/",), ["/", "/a"], 0, id="depth"),
        pytest.param({"/": ["/a"]}, {}, Follow(depth=0), ("/",), ["/"], 0, id="no depth at all"),
        pytest.param({}, {"/": ["/2"], "/2": ["/3"], "/3": ["/4"]}, Follow(depth=0), ("/",), ["/", "/2", "/3", "/4"], 0, id="next pages are no depth"),
        pytest.param({"/": ["/a"], "/2": ["/b"]}, {"/": ["/2"]}, Follow(), ("/",), ["/", "/2", "/a", "/b"], 0, id="next pages before links"),
        pytest.param({"/": [f"/{n}" for n in range(9)]}, {}, Follow(max_pages=4), ("/",), ["/", "/0", "/1", "/2"], 6, id="cap of pages"),
        pytest.param({"/": ["/"], "/a": ["/"]}, {"/": ["/"]}, Follow(), ("/",), ["/"], 0, id="itself"),
        pytest.param({"/": ["/" + "a" * 9000]}, {}, Follow(), ("/",), ["/"], 0, id="an endless address"),
    ],
)  # fmt: skip
def test_order(
    links: dict[str, list[str]],
    next_pages: dict[str, list[str]],
    follow: Follow,
    seeds: tuple[str, ...],
    expected: list[str],
    left_out: int,
) -> None:
    assert visited(links, next_pages, follow, *seeds) == (expected, left_out)


def test_a_trap_ends_within_its_caps() -> None:
    frontier = Frontier([Request(f"{S}/0")], Follow(depth=10**9, max_pages=60))
    count = 0
    while (visit := frontier.next()) is not None:
        count += 1
        frontier.add(PageContent(visit.request.url, links=tuple(f"{visit.request.url}/{n}" for n in range(300))), visit)
    assert count == 60
    assert frontier.left_out > 6_000


def test_further_pages_are_asked_for_like_the_first() -> None:
    seed = Request(f"{S}/api", Purpose.API, headers=(("Authorization", "key"),), etag="x")
    frontier = Frontier([seed], Follow())
    first = frontier.next()
    assert first is not None
    frontier.add(PageContent(seed.url, next_pages=(f"{S}/api?page=2", "http://other.example/api?page=3")), first)
    second, third = frontier.next(), frontier.next()
    assert second is not None and third is not None
    assert (second.request.purpose, second.request.headers, second.request.etag) == (Purpose.API, seed.headers, None)
    assert (third.request.purpose, third.request.headers) == (Purpose.PAGE, ())


def test_a_visit_that_is_not_made_takes_nobody_s_place() -> None:
    frontier = Frontier([Request(f"https://x.example/{number}") for number in range(4)], Follow(max_pages=2))
    made = []
    while (visit := frontier.next()) is not None:
        if visit.request.url.endswith(("/0", "/1")):
            frontier.skip()
        else:
            made.append(visit.request.url)
    assert made == ["https://x.example/2", "https://x.example/3"] and frontier.left_out == 0
