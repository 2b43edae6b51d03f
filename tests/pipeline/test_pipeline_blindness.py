"""Good answers alone are no good look: a watch whose pages come without pictures is blind, and says since when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model.observation import RunStatus
from monitor.model.page import Outcome, OutcomeKind
from monitor.model.run import Run
from monitor.model.watch import Follow, ImageRules, Kind
from monitor.pipeline.blindness import SeenThen, of_pictures
from monitor.pipeline.tally import Tally
from tests.pipeline.pipeline_bench import FORUM, OTHERS, Bench, page

THREAD = "https://forum.example/t/1"
PICTURES = tuple(f"https://cdn.example/{number}.jpg" for number in range(3))
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
REFUSED = Outcome(OutcomeKind.BLOCKED, "the site refuses this request (403)", "look with another connection")


def thread(bench: Bench, *images: str, more: str = "") -> None:
    bench.site.put(THREAD, page(*images, more=more))
    for number, url in enumerate(images):
        bench.site.put(url, OTHERS[number].read_bytes(), "image/jpeg")


def blindness(report: Run) -> str:
    assert report.status is RunStatus.FAILED and report.cause is not None
    assert report.cause.kind in ("no_pictures", "empty") and report.cause.remedy
    return report.cause.message


def test_that_it_is_blind_is_told_before_all_else(bench: Bench) -> None:
    tally = Tally(FORUM, bench.clock())
    for kind in (OutcomeKind.GONE, OutcomeKind.TIMEOUT):
        tally.error(f"{THREAD}/p.jpg", kind, "not there", "look yourself")
    tally.note_blind(THREAD, OutcomeKind.EMPTY, "nothing was seen", "look yourself")
    kept = tally.finish(bench.clock())
    assert [error.kind for error in kept.errors] == ["empty", "gone", "timeout"] and kept.status is RunStatus.FAILED


async def test_pages_and_pictures_that_were_seen_are_counted(bench: Bench) -> None:
    thread(bench, *PICTURES, more='<a class="t" href="/t/2">more</a>')
    bench.site.fails[PICTURES[0]] = REFUSED
    report = await bench.run(replace(FORUM, follow=Follow(links="a.t", depth=1)))
    assert (report.status, report.pages, report.pages_seen) == (RunStatus.PARTIAL, 2, 1)
    assert (report.images, report.images_seen) == (3, 2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(
            lambda bench: bench.site.put(THREAD, page()),
            "all 3 pictures that this page had on 2026-11-22 cannot be found in it any more",
            id="the page has none any more",
        ),
        pytest.param(
            lambda bench: bench.site.put(THREAD, page("javascript:void(0)")),
            "all 3 pictures that this page had on 2026-11-22 cannot be found",
            id="only something that is not an address",
        ),
    ],
)
async def test_a_page_that_lost_its_pictures_is_an_alarm(
    bench: Bench, change: Callable[[Bench], None], says: str
) -> None:
    thread(bench, *PICTURES)
    assert (await bench.run()).status is RunStatus.OK
    change(bench)
    for _ in range(3):  # until it is mended or the person says that there are none
        bench.clock.forward(hours=30)
        report = await bench.run()
        assert says in blindness(report)
        assert (report.pages, report.pages_seen) == (1, 0)
    allowed = await bench.run(replace(FORUM, images=ImageRules(least=0)))
    assert (allowed.status, allowed.images) == (RunStatus.OK, 0)


async def test_one_page_of_many_that_lost_its_pictures_makes_a_partial_look(bench: Bench) -> None:
    watch = replace(FORUM, follow=Follow(links="a.t", depth=1))
    thread(bench, *PICTURES[:1], more='<a class="t" href="/t/2">more</a>')
    bench.site.put("https://forum.example/t/2", page(PICTURES[1]))
    bench.site.put(PICTURES[1], OTHERS[1].read_bytes(), "image/jpeg")
    assert (await bench.run(watch)).status is RunStatus.OK
    bench.site.put("https://forum.example/t/2", page())
    report = await bench.run(watch)
    assert report.status is RunStatus.PARTIAL
    assert [(error.url, error.kind) for error in report.errors] == [("https://forum.example/t/2", "empty")]
    assert "the one picture that this page had" in report.errors[0].message


async def test_other_pages_without_pictures_are_measured_by_the_last_look(bench: Bench) -> None:
    """No page is the same as before (a list whose entries moved on), so none can be compared with itself."""
    thread(bench, *PICTURES)
    await bench.run()
    bench.clock.forward(days=40)
    bench.site.put("https://forum.example/t/9", page())
    moved = replace(FORUM, urls=("https://forum.example/t/9",))
    for _ in range(2):
        assert blindness(await bench.run(moved)) == ("no picture was found; the last good look, on 2026-11-22, saw 3")


async def test_a_page_that_never_had_any_says_so_from_its_first_look_on(bench: Bench) -> None:
    thread(bench)
    for _ in range(2):
        report = await bench.run()
        assert (report.status, report.images, report.pages_seen) == (RunStatus.PARTIAL, 0, 1)
        assert [(error.kind, error.weight) for error in report.errors] == [("never_pictures", "part")]
        assert "least = 0" in report.errors[0].remedy
    allowed = await bench.run(replace(FORUM, images=ImageRules(least=0)))
    assert (allowed.status, allowed.errors) == (RunStatus.OK, ())


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        pytest.param(REFUSED, RunStatus.FAILED, id="refused"),
        pytest.param(Outcome(OutcomeKind.TIMEOUT, "no answer", "wait"), RunStatus.FAILED, id="no answer"),
        pytest.param(Outcome(OutcomeKind.UNREADABLE, "a page came", "look"), RunStatus.FAILED, id="a page instead"),
        pytest.param(Outcome(OutcomeKind.GONE, "gone (404)", "nothing"), RunStatus.PARTIAL, id="gone for everybody"),
    ],
)
async def test_pages_whose_pictures_do_not_come(bench: Bench, outcome: Outcome, status: RunStatus) -> None:
    thread(bench, *PICTURES)
    bench.site.fails |= dict.fromkeys(PICTURES, outcome)
    for _ in range(2):
        report = await bench.run()
        assert (report.status, report.images_seen) == (status, 0)
    if status is RunStatus.FAILED:
        assert "not one of the 3 pictures of its pages could be had" in blindness(report)
        assert outcome.message in blindness(report)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(SVG, RunStatus.PARTIAL, id="drawings"),
        pytest.param(b"\xff\xd8\xff\xe0broken", RunStatus.FAILED, id="broken"),
        pytest.param(b"please log in", RunStatus.FAILED, id="no pictures at all"),
    ],
)
async def test_pages_whose_pictures_cannot_be_read(bench: Bench, body: bytes, status: RunStatus) -> None:
    thread(bench, *PICTURES[:1])
    bench.site.put(PICTURES[0], body, "image/jpeg")
    assert (await bench.run()).status is status
    # A drawing is nothing that is compared; of the others it is said again, though they are not tried again.
    again = await bench.run()
    assert again.status is status
    if status is RunStatus.PARTIAL:
        assert [error.kind for error in again.errors] == ["never_pictures"]


async def test_gone_pictures_where_there_were_some_are_an_alarm(bench: Bench) -> None:
    thread(bench, *PICTURES)
    await bench.run()
    for url in PICTURES:
        del bench.site.files[url]
    bench.clock.forward(days=31)  # known pictures are asked again after 30 days
    assert "the last good look, on 2026-11-22, saw 3" in blindness(await bench.run())


@pytest.mark.parametrize(
    ("least", "status"),
    [
        pytest.param(3, RunStatus.OK, id="as many"),
        pytest.param(4, RunStatus.FAILED, id="one fewer"),
        pytest.param(0, RunStatus.OK, id="none needed"),
    ],
)
async def test_the_person_may_say_how_many_there_are(bench: Bench, least: int, status: RunStatus) -> None:
    thread(bench, *PICTURES)
    report = await bench.run(replace(FORUM, images=ImageRules(least=least)))
    assert report.status is status
    if status is RunStatus.FAILED:
        assert "3 pictures were seen, fewer than the 4" in blindness(report)


@pytest.mark.parametrize(
    ("left", "told"), [pytest.param(2, False, id="a tenth"), pytest.param(1, True, id="fewer than a tenth")]
)
async def test_a_sharp_fall_is_told(bench: Bench, left: int, told: bool) -> None:
    many = [f"https://cdn.example/m{number}.jpg" for number in range(20)]
    thread(bench, *many)
    await bench.run()
    bench.site.put(THREAD, page(*many[:left]))
    report = await bench.run()
    assert [error.kind for error in report.errors] == (["few_pictures"] if told else [])
    assert report.status is (RunStatus.PARTIAL if told else RunStatus.OK)


NOW = datetime(2026, 11, 26, tzinfo=UTC)
SAW = Run("forum", "default", RunStatus.OK, NOW, NOW - timedelta(days=3), images_seen=5)
LONG_AGO = replace(SAW, finished_at=NOW - timedelta(days=8))
HERE = SeenThen(FORUM, images=0, seen=0, now=NOW)


def of_kind(kind: Kind, **changes: object) -> SeenThen:
    return replace(HERE, watch=replace(FORUM, kind=kind), **changes)


@pytest.mark.parametrize(
    ("then", "kind", "weight"),
    [
        pytest.param(replace(HERE, images=5, seen=5), None, None, id="some"),
        pytest.param(HERE, "never_pictures", "part", id="a page that never had one"),
        *(
            pytest.param(of_kind(kind), "never_pictures", "part", id=f"never one, {kind}")
            for kind in (Kind.URLS, Kind.SITEMAP, Kind.IMAGEBOARD)
        ),
        *(
            pytest.param(of_kind(kind), "never_pictures", "said", id=f"never one, {kind}")
            for kind in (Kind.FEED, Kind.SEARCH, Kind.MASTODON, Kind.BLUESKY, Kind.REDDIT, Kind.TELEGRAM)
        ),
        pytest.param(of_kind(Kind.SEARCH, is_empty=True), "never_pictures", "said", id="a search without a hit"),
        pytest.param(of_kind(Kind.FEED, is_empty=True), "never_pictures", "part", id="a feed that never had an entry"),
        pytest.param(replace(HERE, last=SAW), "no_pictures", "blind", id="none any more"),
        pytest.param(of_kind(Kind.FEED, last=SAW), "no_pictures", "blind", id="entries without their pictures"),
        pytest.param(
            of_kind(Kind.SEARCH, last=SAW, is_empty=True), "no_pictures", "part", id="no hit, where there were some"
        ),
        pytest.param(of_kind(Kind.SEARCH, last=LONG_AGO, is_empty=True), None, None, id="no hit for a week: believed"),
        pytest.param(replace(HERE, images=5, refused=5), "no_pictures", "blind", id="all refused"),
        pytest.param(replace(HERE, images=5), "never_pictures", "part", id="all gone"),
        pytest.param(replace(HERE, images=5, seen=1, usual=20), "few_pictures", "part", id="few"),
        pytest.param(replace(HERE, images=5, seen=2, usual=20), None, None, id="a tenth"),
        pytest.param(replace(HERE, images=5, seen=1, usual=20, is_cut=True), None, None, id="few, for a cap"),
    ],
)
def test_what_is_said_of_the_pictures(then: SeenThen, kind: str | None, weight: str | None) -> None:
    found = of_pictures(then)
    assert (found.kind, found.weight) == (kind, weight) if found else kind is None
    if found:
        assert found.covers == "place" and (found.remedy or found.kind == "no_pictures")
    for least in (0, 1):
        said = of_pictures(replace(then, watch=replace(then.watch, images=ImageRules(least=least)), refused=0))
        assert (said is not None) == (then.seen < least)


async def test_what_was_closed_as_under_18_is_no_alarm(bench: Bench) -> None:
    thread(bench, *PICTURES[:1])
    await bench.run()
    sighting = bench.decisions.add(PICTURES[0], case="default")
    bench.decisions.close_under_18(sighting.id, case="default")
    report = await bench.run()
    assert (report.status, report.images) == (RunStatus.OK, 0)
