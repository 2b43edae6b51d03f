"""A wall's picture for every address is no good look: at the first visit and at each later one, until it has gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from monitor.model.alert import AlertKind
from monitor.model.observation import Covers, Observation, RunStatus
from monitor.model.run import Run
from monitor.model.watch import Follow
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page, small
from tests.stores import every_alert

THREAD = "https://forum.example/t/1"
WALL = small(OTHERS[0])
ADDRESSES = tuple(f"https://forum.example/attach/{number}.jpg" for number in range(6))
GALLERY = replace(FORUM, follow=Follow(links="a.t", depth=1))


def put(bench: Bench, body: bytes, *urls: str) -> None:
    for url in urls:
        bench.site.put(url, body, "image/jpeg")


def stand_ins(report: Run) -> Sequence[Observation]:
    return [error for error in report.errors if error.kind == "stand_in"]


def is_blind(report: Run) -> bool:
    found = stand_ins(report)
    assert all("watch login" in one.remedy and one.weight == "blind" for one in found)
    return report.status is RunStatus.FAILED and len(found) == 1


async def test_until_it_has_gone(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(*ADDRESSES))
    put(bench, WALL, *ADDRESSES)
    for _ in range(4):
        report = await bench.run()
        assert is_blind(report) and (report.pages_seen, report.images_seen) == (0, 0)
        assert "6 addresses of pictures gave one and the same picture" in report.errors[0].message
        bench.clock.forward(hours=3)
    for url, photo in zip(ADDRESSES[1:], OTHERS, strict=False):
        put(bench, small(photo), url)
    put(bench, copy_of(PHOTOS[0]), ADDRESSES[0])
    report = await bench.run()
    assert (report.status, report.matches, stand_ins(report)) == (RunStatus.OK, 1, [])


async def test_it_is_an_alarm_as_every_other_blindness(bench: Bench) -> None:
    bench.site.put(THREAD, page(*ADDRESSES))
    put(bench, WALL, *ADDRESSES)
    told = []
    for _ in range(4):
        bench.clock.forward(hours=1)
        await bench.run()
        told.append(sum(alert.kind is AlertKind.BLIND for alert in every_alert(bench.store)))
    assert told == [0, 0, 1, 1]


async def test_beside_avatars_and_news(bench: Bench) -> None:
    avatars = [f"https://forum.example/avatars/{number}.jpg" for number in range(4)]
    news = [f"https://forum.example/news/{number}.jpg" for number in range(4)]
    for urls in (avatars, news):
        for url, photo in zip(urls, OTHERS[1:], strict=False):
            put(bench, small(photo), url)
    put(bench, WALL, *ADDRESSES)
    bench.site.put(THREAD, page(*avatars, *ADDRESSES))
    assert is_blind(await bench.run())
    bench.site.put(THREAD, page(*avatars, *ADDRESSES, *news))
    for _ in range(2):
        report = await bench.run()
        assert report.status is RunStatus.PARTIAL and [one.weight for one in stand_ins(report)] == ["part"]
        assert report.images_seen == 8


async def test_of_pages_with_a_picture_each(bench: Bench) -> None:
    bench.site.put(THREAD, page(more="".join(f'<a class="t" href="/v/{number}">v</a>' for number in range(6))))
    for number, url in enumerate(ADDRESSES):
        bench.site.put(f"https://forum.example/v/{number}", page(url))
    put(bench, WALL, *ADDRESSES)
    for _ in range(3):
        report = await bench.run(GALLERY)
        assert is_blind(report) and stand_ins(report)[0].covers is Covers.PLACE
        bench.clock.forward(hours=3)


@pytest.mark.parametrize(
    ("same", "others"),
    [pytest.param(2, 0, id="two"), pytest.param(3, 1, id="three"), pytest.param(5, 5, id="five that were removed")],
)
async def test_what_honest_places_have(bench: Bench, same: int, others: int) -> None:
    urls = [f"https://forum.example/attach/{number}.jpg" for number in range(same + others)]
    put(bench, WALL, *urls[:same])
    for url, photo in zip(urls[same:], OTHERS[1:], strict=False):
        put(bench, small(photo), url)
    bench.site.put(THREAD, page(*urls[: same + len(OTHERS[1:])]))
    for _ in range(2):
        report = await bench.run()
        assert (report.status, stand_ins(report)) == (RunStatus.OK, [])


async def test_three_that_are_one_and_nothing_else_are_for_her_eyes(bench: Bench) -> None:
    put(bench, WALL, *ADDRESSES[:3])
    bench.site.put(THREAD, page(*ADDRESSES[:3]))
    for _ in range(3):
        report = await bench.run()
        (told,) = stand_ins(report)
        assert (report.status, told.weight, report.images_seen) == (RunStatus.PARTIAL, "part", 3)
        assert "all 3 pictures of this page are one and the same picture" in told.message
        assert "watch login" in told.remedy
        bench.clock.forward(hours=3)


async def test_other_bytes_for_each_address(bench: Bench) -> None:
    for number, url in enumerate(ADDRESSES):
        put(bench, WALL + b"for %d" % number, url)
    bench.site.put(THREAD, page(*ADDRESSES))
    for _ in range(3):
        assert is_blind(await bench.run())
        bench.clock.forward(hours=3)


async def test_copies_of_hers_are_no_stand_in(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    put(bench, copy_of(PHOTOS[0]), *ADDRESSES)
    bench.site.put(THREAD, page(*ADDRESSES))
    for _ in range(2):
        report = await bench.run()
        assert (report.status, stand_ins(report)) == (RunStatus.OK, [])
