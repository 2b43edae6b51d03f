"""Pages that are as ever, while their pictures are kept back: one known picture is asked for each day, and what comes
of it changes what the run says, never a sighting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from monitor.crawl.sameness import drawn
from monitor.model.observation import Covers, RunStatus
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.sighting import Status
from tests.fakes import FakeSite
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page, small

THREAD = "https://forum.example/t/1"
HERS = "https://one.example/up/0.jpg"
STRANGERS = tuple(f"https://{host}.example/up/{number}.jpg" for number, host in enumerate(["one"] * 3 + ["two"] * 3, 1))
ADDRESSES = (HERS, *STRANGERS)
WALL = small(OTHERS[10])
FAULT = Outcome(OutcomeKind.SERVER_ERROR, "the site answered 502", "Nothing to do.")
REFUSED = Outcome(OutcomeKind.BLOCKED, "the site answered 403", "Log in.")
SILENT = Outcome(OutcomeKind.TIMEOUT, "no answer in 60 s", "Nothing to do.")
GONE = Outcome(OutcomeKind.GONE, "the site answered 404", "Nothing to do.")


class StayingSite(FakeSite):
    """What it gives stays for a year, it says."""

    async def fetch(self, request: Request) -> Fetched:
        fetched = await super().fetch(request)
        return replace(fetched, headers=(*fetched.headers, ("cache-control", "max-age=31536000, immutable")))


@pytest.fixture
async def known(bench: Bench) -> Bench:
    """A thread that was seen yesterday, of pictures that are not asked for by themselves."""
    bench.site = StayingSite(bench.clock)
    await bench.enroll(PHOTOS[:1])
    show(bench, ADDRESSES)
    put(bench, HERS, copy_of(PHOTOS[0]))
    for url, photo in zip(STRANGERS, OTHERS, strict=False):
        put(bench, url, small(photo))
    report = await bench.run()
    assert (report.status, report.new_sightings) == (RunStatus.OK, 1)
    next_day(bench)
    return bench


def show(bench: Bench, urls: Sequence[str]) -> None:
    bench.site.put(THREAD, page(*urls))


def put(bench: Bench, url: str, body: bytes) -> None:
    bench.site.put(url, body, "image/jpeg")


def next_day(bench: Bench) -> None:
    bench.clock.forward(days=1)
    bench.site.asked.clear()


def pictures(bench: Bench) -> list[str]:
    return [url for url in bench.site.urls_asked() if url != THREAD]


async def test_one_a_day_and_none_at_once_again(known: Bench) -> None:
    for _ in range(3):
        report = await known.run()
        assert pictures(known) == [HERS]  # a find that stands goes first
        assert report.status is RunStatus.OK and known.site.asked[-1].etag
        for _ in range(2):
            known.site.asked.clear()
            assert (await known.run()).status is RunStatus.OK
            assert pictures(known) == []
        next_day(known)


async def test_whose_turn_it_is_tells_nothing_of_the_planted_one(known: Bench) -> None:
    watch = replace(FORUM, name="planted", planted=known.store.references.all("default")[0].id)
    for _ in range(3):
        turn = known.clock().toordinal()
        first = min(ADDRESSES, key=lambda url: drawn(f"{turn} {url}", 2**32))
        assert (await known.run(watch)).status is RunStatus.OK
        assert pictures(known) == [first]
        next_day(known)


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    ("failing", "outcome", "status", "asked"),
    [
        pytest.param(ADDRESSES, FAULT, RunStatus.FAILED, 3, id="no picture of either host: a fault"),
        pytest.param(ADDRESSES, REFUSED, RunStatus.FAILED, 3, id="refused"),
        pytest.param(ADDRESSES, SILENT, RunStatus.FAILED, 3, id="no answer"),
        pytest.param(ADDRESSES, GONE, RunStatus.PARTIAL, 3, id="404 at each"),
        pytest.param(ADDRESSES[:4], FAULT, RunStatus.PARTIAL, 3, id="of one host none"),
        pytest.param((HERS,), FAULT, RunStatus.OK, 3, id="of one address"),
        pytest.param((HERS,), GONE, RunStatus.OK, 3, id="one file is gone"),
    ],
)
async def test_what_cannot_be_had(
    known: Bench, failing: Sequence[str], outcome: Outcome, status: RunStatus, asked: int
) -> None:
    known.site.fails = dict.fromkeys(failing, outcome)
    before = known.store.sightings.all()
    for _ in range(3):
        report = await known.run()
        assert report.status is status and len(pictures(known)) == asked
        said = [error for error in report.errors if error.kind == "no_pictures"]
        assert [one.covers for one in said] == [Covers.PLACE] * (status is not RunStatus.OK)
        assert all("known pictures that were asked for could not be had" in one.message for one in said)
        next_day(known)
    after = known.store.sightings.all()
    assert [(one.id, one.status) for one in after] == [(one.id, one.status) for one in before]
    known.site.fails.clear()
    assert (await known.run()).status is RunStatus.OK


@pytest.mark.parametrize("is_changed", [pytest.param(False, id="page as ever"), pytest.param(True, id="page changes")])
async def test_a_wall_in_the_place_of_known_pictures(known: Bench, is_changed: bool) -> None:
    kept = {url: known.site.files[url] for url in ADDRESSES}
    for url in ADDRESSES:
        put(known, url, WALL)
    for day in range(3):
        if is_changed:
            known.site.put(THREAD, page(*ADDRESSES, more=f"<p>{day}</p>"))
        report = await known.run()
        assert report.status is RunStatus.FAILED
        assert [error.kind for error in report.errors] == ["stand_in"]
        next_day(known)
    [sighting] = known.store.sightings.all()
    assert sighting.status is Status.NEW
    known.site.files.update(kept)
    await known.run()
    for _ in range(2):
        next_day(known)
        report = await known.run()
        assert (report.status, report.new_sightings) == (RunStatus.OK, 0)


async def test_one_other_picture_is_no_wall(known: Bench) -> None:
    put(known, HERS, WALL)
    report = await known.run()
    assert (report.status, len(pictures(known))) == (RunStatus.OK, 4)
    assert [one.status for one in known.store.sightings.all()] == [Status.NEW]
