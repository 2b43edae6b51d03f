"""What a site hands out to know a visitor by again (`ETag`, `Last-Modified`) goes back by the way out it came by, and
by no other; over SOCKS by none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from monitor.crawl.way import way_out
from monitor.model.page import Fetched, Purpose, Request
from monitor.model.settings import NetworkSettings
from monitor.model.watch import Render
from monitor.ports.machine import WayOutKept
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, page

THREAD = "https://forum.example/t/1"
PICTURES = ("https://cdn.example/1.jpg", "https://cdn.example/2.jpg")
ONE, OTHER = "http://user:word@proxy.example:8080", "http://other.example:8080"
TOR = "socks5h://127.0.0.1:9050"


async def standing(bench: Bench, thread: str = THREAD) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(thread, page(*PICTURES))
    for url, photo in zip(PICTURES, OTHERS, strict=False):
        bench.site.put(url, photo.read_bytes(), "image/jpeg")


async def asked(bench: Bench, proxy: str, thread: str = THREAD, render: Render = Render.HTTP) -> list[Request]:
    bench.settings = replace(bench.settings, network=NetworkSettings(proxy=proxy))
    bench.site.asked.clear()
    report = await bench.run(replace(FORUM, urls=(thread,), render=render))
    assert not report.errors
    return list(bench.site.asked)


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("ways", "conditional"),
    [
        pytest.param(["", ""], [False, True], id="straight"),
        pytest.param([ONE, ONE, ONE], [False, True, True], id="a proxy"),
        pytest.param(["", ONE, ONE], [False, False, True], id="then a proxy"),
        pytest.param([ONE, "", ""], [False, False, True], id="then straight"),
        pytest.param([ONE, OTHER, OTHER], [False, False, True], id="another proxy"),
        pytest.param([ONE, ONE.replace("user", "else"), ""], [False, False, False], id="another log-in at it"),
        pytest.param(["", ONE, "", ""], [False, False, False, True], id="there and back"),
        pytest.param([TOR, TOR, TOR], [False, False, False], id="Tor"),
        pytest.param(["socks5://127.0.0.1:1080"] * 3, [False, False, False], id="whatever speaks SOCKS"),
        pytest.param(["SOCKS5H://127.0.0.1:9150"] * 2, [False, False], id="in capitals"),
        pytest.param(["", TOR, "", ""], [False, False, False, True], id="to Tor and back"),
    ],
)
@pytest.mark.parametrize("what", [Purpose.PAGE, Purpose.IMAGE])
async def test_by_which_way_they_go_back(bench: Bench, what: Purpose, ways: list[str], conditional: list[bool]) -> None:
    await standing(bench)
    told = []
    for visit, proxy in enumerate(ways):
        requests = [request for request in await asked(bench, proxy) if request.purpose is what]
        assert len({request.etag is not None for request in requests}) == 1
        told.append(requests[0].etag is not None)
        # Pictures are asked for again after as long as they stayed the same, and after 8 days one in eight comes whole;
        # pages come whole after two.
        bench.clock.forward(hours=1 if what is Purpose.PAGE else 24 * 2**visit)
    assert told == conditional
    assert bench.reader.images == len(PICTURES)  # and nothing is decoded twice, whatever the way


async def test_over_tor_an_unchanged_page_costs_itself_and_no_picture(bench: Bench) -> None:
    await standing(bench)
    await asked(bench, TOR)
    for _ in range(3):
        assert [request.url for request in await asked(bench, TOR)] == [THREAD]
    assert bench.reader.images == len(PICTURES)


async def test_an_onion_is_tor_by_whatever_proxy(bench: Bench) -> None:
    thread = f"http://{'a' * 56}.onion/t/1"
    await standing(bench, thread)
    for _ in range(3):
        (first, *_) = await asked(bench, ONE, thread)
        assert first.etag is None


@pytest.mark.parametrize(
    ("ways", "known"),
    [
        pytest.param(["", ""], [False, True], id="the same"),
        pytest.param(["", ONE, ONE], [False, False, True], id="another"),
        pytest.param([TOR, TOR], [False, True], id="Tor"),  # what is left out carries no mark of this visitor
        pytest.param(["", TOR, TOR, ""], [False, False, True, False], id="to Tor and back"),
    ],
)
async def test_a_browser_leaves_out_only_what_came_by_this_way(
    bench: Bench, ways: list[str], known: list[bool]
) -> None:
    await standing(bench)
    told = []
    for proxy in ways:
        (first, *_) = await asked(bench, proxy, render=Render.BROWSER)
        told.append(bool(first.known_images))
    assert told == known


def changed(bench: Bench, change: Callable[[Fetched], Fetched]) -> None:
    fetch = bench.site.fetch

    async def fetch_and_change(request: Request) -> Fetched:
        return change(await fetch(request))

    bench.site.fetch = fetch_and_change  # type: ignore[method-assign]


async def test_one_that_came_from_elsewhere_is_not_kept(bench: Bench) -> None:
    await standing(bench)
    changed(bench, lambda fetched: replace(fetched, redirects=(fetched.url,), url=f"{fetched.url}/"))
    for _ in range(3):
        (first, *_) = await asked(bench, "")
        assert first.etag is None


async def test_equal_bytes_with_another_mark_take_its_place(bench: Bench) -> None:
    await standing(bench)
    marks = iter(range(100))
    changed(bench, lambda fetched: replace(fetched, headers=(*fetched.headers[:1], ("etag", f'"{next(marks)}"'))))
    sent = [(await asked(bench, ""))[0].etag for _ in range(4)]
    assert sent[0] is None and sent[1] == '"0"' and len(set(sent[1:])) == 3  # the last one that it gave


@pytest.mark.rows(2)
@pytest.mark.parametrize("mark", ['"\xe9"', "\x1b[2J", '"a\tb"', " ", '"\u4e2d"'])
async def test_one_that_cannot_be_sent_is_not_kept(bench: Bench, mark: str) -> None:
    await standing(bench)
    changed(bench, lambda fetched: replace(fetched, headers=(*fetched.headers[:1], ("etag", mark))))
    assert [(await asked(bench, ""))[0].etag for _ in range(3)] == [None] * 3


def test_the_note_tells_nothing_of_the_proxy(bench: Bench) -> None:
    machine = bench.store.machine
    way = way_out(NetworkSettings(proxy=ONE), machine)
    assert way == way_out(NetworkSettings(proxy=ONE), machine) != way_out(NetworkSettings(), machine)
    kept = machine.way_out()
    assert kept is not None and not any(
        word in f"{kept.id} {kept.mark}" for word in ("proxy.example", "user", "word", "8080")
    )


@pytest.mark.parametrize("kept", [WayOutKept("x", ""), WayOutKept("x", "3"), WayOutKept("", "x")])
def test_one_that_is_not_of_this_proxy_is_made_anew(bench: Bench, kept: WayOutKept) -> None:
    bench.store.machine.keep_way_out(kept)
    way = way_out(NetworkSettings(), bench.store.machine)
    assert way.id not in ("", "x") and way == way_out(NetworkSettings(), bench.store.machine)
