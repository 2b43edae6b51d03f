"""Whatever became of its watch, a find is looked at; in the order in which looks are due."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alerts.wording import alert_message
from monitor.model.alert import AlertKind, Delivery
from monitor.model.case import Case
from monitor.model.course import Absence
from monitor.model.ids import DEFAULT_CASE, CaseId, SightingId
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.presence import ChangeKind, Standing, Truth
from monitor.model.settings import AlertDetail, AlertSettings, EngineSettings
from monitor.model.sighting import Sighting, Status
from monitor.model.watch import Every, Follow, Kind, Render, Watch
from monitor.model.wish import Wish, WishEnd, WishKind
from monitor.pipeline.housekeeping import keep_house
from monitor.pipeline.recheck import Rechecked, is_recheck_due, plan_unplanned, recheck, recheck_one
from monitor.pipeline.watch_of_find import keep_watch, watch_of
from monitor.pipeline.writing_finds import write_find
from monitor.services.drafting import Statements
from monitor.tracking.changes import absences_of
from monitor.tracking.wishes import ended
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, page, small
from tests.pipeline.pipeline_bench import OTHERS as STRANGERS
from tests.stores import every_alert

DAY = timedelta(days=1)
CASE, THREAD, COPY = DEFAULT_CASE, FORUM.urls[0], "https://cdn.example/a.jpg"
NOBODY: Mapping[str, Watch] = {}
RENAMED = replace(FORUM, name="the forum", render=Render.AUTO)
OTHERS = replace(FORUM, case=CaseId("other"), ignore_robots=True)


@pytest.fixture
async def found(bench: Bench) -> Bench:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    await bench.run(replace(FORUM, ignore_robots=True, robots_reason="mine"))
    return bench


def only(bench: Bench) -> Sighting:
    (sighting,) = bench.store.sightings.all(CASE)
    return sighting


@pytest.mark.parametrize(
    "watches",
    [
        pytest.param(NOBODY, id="deleted, or switched off"),
        pytest.param({RENAMED.name: RENAMED}, id="renamed"),
        pytest.param({FORUM.name: OTHERS}, id="its name is another case's now"),
    ],
)
async def test_a_find_is_looked_at_whatever_became_of_its_watch(found: Bench, watches: Mapping[str, Watch]) -> None:
    deps = found.dependencies()
    assert (await recheck(CASE, watches, deps)).looked == 1
    del found.site.files[COPY], found.site.files[THREAD]
    for _ in range(2):
        found.clock.forward(hours=24)
        done = await recheck(CASE, watches, deps)
    assert done == Rechecked(1, 1, 0) and only(found).status is Status.REMOVED


async def test_what_was_filed_by_hand_is_looked_at(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    bench.decisions.add(THREAD, case=CASE, picture=COPY)
    assert (await recheck(CASE, NOBODY, bench.dependencies())).looked == 1
    assert only(bench).presence.page.seen_at == bench.clock()
    assert {THREAD, COPY} <= set(bench.site.urls_asked())


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    ("watches", "name", "ignores_robots"),
    [
        pytest.param({FORUM.name: FORUM}, "forum", False, id="there: as it is now"),
        pytest.param({RENAMED.name: RENAMED}, "the forum", False, id="renamed: as it is called now"),
        pytest.param(NOBODY, "forum", True, id="gone: as it was when it ran last"),
        pytest.param({FORUM.name: OTHERS}, "forum", True, id="another case's: never as that"),
    ],
)
async def test_as_which_watch(found: Bench, watches: Mapping[str, Watch], name: str, ignores_robots: bool) -> None:
    watch = watch_of(only(found), watches, found.dependencies())
    assert (watch.name, watch.ignore_robots, watch.case) == (name, ignores_robots, CASE)


async def test_as_any_visitor_where_nothing_of_it_is_kept(found: Bench) -> None:
    sighting, deps = only(found), found.dependencies()
    found.store.kept_watches.forget(CASE)
    for watches in (NOBODY, {FORUM.name: OTHERS}):
        watch = watch_of(sighting, watches, deps)
        assert (watch.urls, watch.ignore_robots, watch.case) == ((THREAD,), False, CASE)


async def test_as_any_visitor_where_its_engine_is_gone(found: Bench) -> None:
    keep_watch(replace(FORUM, kind=Kind.SEARCH, engine="no-such", query="q", urls=()), found.dependencies())
    assert watch_of(only(found), NOBODY, found.dependencies()).kind is Kind.PAGE


async def test_another_cases_are_not_looked_at(found: Bench) -> None:
    found.store.cases.save(Case(OTHERS.case))
    found.clock.forward(hours=48)
    assert not is_recheck_due(OTHERS.case, found.store, found.clock())
    assert is_recheck_due(CASE, found.store, found.clock())


async def test_a_find_without_a_time_gets_one(found: Bench) -> None:
    found.store.rechecks.forget(CASE)
    assert not is_recheck_due(CASE, found.store, found.clock())
    assert plan_unplanned(CASE, found.store, found.clock()) == 1
    assert plan_unplanned(CASE, found.store, found.clock()) == 0
    assert (await recheck(CASE, NOBODY, found.dependencies())).looked == 1


async def test_after_sending_it_is_looked_at_in_an_hour(found: Bench, tmp_path: Path) -> None:
    await found.recheck()
    sighting = only(found)
    drafted = found.drafts.draft([sighting.id], case=CASE, out=tmp_path, statements=Statements())
    found.reports.mark_sent(drafted.reports[0].id, case=CASE)
    for hours, looked in ((0.9, 0), (0.2, 1), (4, 0), (1, 1), (17, 0), (1, 1)):
        found.clock.forward(hours=hours)
        assert (await found.recheck()).looked == looked


async def test_what_was_dismissed_is_looked_at_again_when_that_is_taken_back(found: Bench) -> None:
    sighting = only(found)
    found.decisions.dismiss(sighting.id, case=CASE)
    found.clock.forward(hours=24)
    assert (await found.recheck()).looked == 0
    found.decisions.undo(sighting.id, case=CASE)
    assert (await found.recheck()).looked == 1


async def test_nothing_of_it_is_planned_or_told_once_it_is_closed(found: Bench) -> None:
    await found.recheck()
    sighting = only(found)
    found.decisions.close_under_18(sighting.id, case=CASE)
    assert found.store.rechecks.of(CASE, sighting.id) == []
    assert plan_unplanned(CASE, found.store, found.clock()) == 0


async def test_each_truth_has_its_row(found: Bench) -> None:
    await found.recheck()
    assert {look.truth for look in found.store.rechecks.of(CASE, only(found).id)} == {Truth.PAGE, Truth.MEDIA}


async def test_what_became_of_it_is_kept_each_time(found: Bench) -> None:
    async def days(many: int) -> None:
        for _ in range(many):
            found.clock.forward(hours=24)
            await found.recheck()

    await days(1)
    body = found.site.files.pop(COPY)
    await days(2)
    found.site.files[COPY] = body
    await days(1)
    del found.site.files[COPY]
    await days(2)
    told = found.store.changes.of(CASE, [only(found).id])
    assert [one.kind for one in told] == [ChangeKind.REMOVED, ChangeKind.BACK, ChangeKind.REMOVED]
    assert told[0].why == "the server says 404" and told[0].at == only(found).first_seen + 3 * DAY
    assert found.store.changes.since(CASE, told[1].at) == told[1:]
    assert absences_of(told)[only(found).id][-1] == Absence(told[2].sighting, told[2].at)
    found.decisions.close_under_18(only(found).id, case=CASE)
    assert found.store.changes.of(CASE, [only(found).id]) == []


def test_what_is_recorded_as_removed_is_told_too(found: Bench) -> None:
    """As where a pass reads again a page that could not be asked when its picture was gone."""
    find, now = only(found), found.clock()
    gone = replace(find, status=Status.REMOVED, removed_at=now)
    for one in (gone, gone, replace(gone, status=Status.REAPPEARED)):
        write_find(one, is_new=False, store=found.store, now=now)
    assert absences_of(found.store.changes.of(CASE, [find.id])) == {find.id: [Absence(find.id, now, now)]}


async def test_what_is_back_elsewhere_on_the_site_says_so(found: Bench) -> None:
    """It joins the incident, and its alert and what is kept of it tell that a copy was removed there."""
    for _ in range(3):
        found.clock.forward(hours=24)
        found.site.files.pop(COPY, None)
        await found.recheck()
    for alert in every_alert(found.store, CASE):
        found.store.alerts.save(replace(alert, delivery=Delivery.SENT, sent_at=found.clock()))
    elsewhere = "https://forum.example/t/2"
    found.site.put(elsewhere, page("https://cdn.example/b.jpg"))
    found.site.put("https://cdn.example/b.jpg", small(PHOTOS[0]), "image/jpeg")
    await found.run(replace(FORUM, name="another", urls=(elsewhere,)))
    before, fresh = found.store.sightings.all(CASE)
    assert (before.status, fresh.status, fresh.incident) == (Status.REMOVED, Status.NEW, before.incident)
    (change,) = found.store.changes.of(CASE, [fresh.id])
    assert change.kind is ChangeKind.ELSEWHERE and f"{before.removed_at:%Y-%m-%d}" in change.why
    (alert,) = [one for one in every_alert(found.store, CASE) if fresh.id in one.sightings]
    assert alert.kind is AlertKind.REAPPEARED
    told = alert_message(alert, [fresh], replace(AlertSettings(), detail=AlertDetail.SUMMARY), {fresh.id: change.why})
    assert "a copy of it was removed from this site on" in told.text


ENGINE = EngineSettings(name="searxng", values=(("url", "https://engine.example/search"),))
SEARCH = Watch("forum", Kind.SEARCH, Every(3600), engine="searxng", query="jane", follow=Follow(depth=1))
RESULTS = "https://engine.example/search?q=jane&format=json&pageno=1&safesearch=0"
HERS, ANOTHER = {"url": THREAD, "title": "a thread"}, {"url": "https://other.example/", "title": "something else"}


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    ("shows", "standing"),
    [
        pytest.param([[HERS]], [Standing.THERE], id="shown"),
        pytest.param([[ANOTHER], [ANOTHER]], [Standing.GONE_ONCE, Standing.GONE], id="not shown twice: delisted"),
        pytest.param([[ANOTHER], None, [ANOTHER]], [Standing.GONE_ONCE] * 2 + [Standing.GONE], id="down in between"),
        pytest.param([None, None], [Standing.THERE] * 2, id="down"),
        pytest.param([[ANOTHER], [HERS]], [Standing.GONE_ONCE, Standing.THERE], id="shown again"),
    ],
)
async def test_a_search_is_asked_again_when_its_watch_is_gone(
    bench: Bench, shows: list[list[dict[str, str]] | None], standing: list[Standing]
) -> None:
    def show(results: list[dict[str, str]] | None) -> None:
        if results is None:
            bench.site.fails[RESULTS] = Outcome(OutcomeKind.BLOCKED, "because")
            return
        bench.site.fails.pop(RESULTS, None)
        bench.site.put(RESULTS, json.dumps({"results": results, "unresponsive_engines": []}), "application/json")

    await bench.enroll(PHOTOS[:1])
    bench.settings = replace(bench.settings, engines=(ENGINE,))
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    bench.site.put(ANOTHER["url"], page(more="<p>nothing</p>"))
    show([HERS, ANOTHER])
    await bench.run(SEARCH)
    assert {look.truth for look in bench.store.rechecks.of(CASE, only(bench).id)} == set(Truth)
    told = []
    for results in shows:
        show(results)
        bench.clock.forward(hours=25)
        await recheck(CASE, NOBODY, bench.dependencies())
        told.append(only(bench).presence.search.standing)
    assert told == standing
    delisted = [one.kind for one in bench.store.changes.of(CASE, [only(bench).id])]
    assert delisted == [ChangeKind.DELISTED] * (Standing.GONE in standing)


async def test_this_machine_offline_leaves_all_due(found: Bench) -> None:
    await found.recheck()
    before = found.store.rechecks.of(CASE, only(found).id)
    for url in (THREAD, COPY):
        found.site.fails[url] = Outcome(OutcomeKind.OFFLINE, "because")
    found.clock.forward(hours=24)
    assert (await found.recheck()).looked == 0 and found.store.rechecks.of(CASE, only(found).id) == before
    assert is_recheck_due(CASE, found.store, found.clock())


async def test_a_page_is_asked_for_what_changed(found: Bench) -> None:
    """Once its mark is known, and not on every fifth day; what changed comes whole."""
    await found.recheck()
    found.site.asked.clear()
    for _ in range(5):
        found.clock.forward(hours=24)
        await found.recheck()
    asked = [request.etag is not None for request in found.site.asked if request.url == THREAD]
    assert sorted(asked) == [False] + [True] * 4
    found.site.put(THREAD, page())
    found.clock.forward(hours=24)
    await found.recheck()
    assert only(found).presence.page.standing is Standing.GONE_ONCE or only(found).presence.media.seen_at
    assert only(found).presence.page.why


async def several(bench: Bench, photos: int) -> list[str]:
    """As many finds on one page, filed an hour apart."""
    await bench.enroll(PHOTOS[:photos])
    urls = [f"https://cdn.example/{number}.jpg" for number in range(photos)]
    for at, url in enumerate(urls):
        bench.site.put(THREAD, page(*urls[: at + 1]))
        bench.site.put(url, small(PHOTOS[at]), "image/jpeg")
        await bench.run()
        await bench.recheck()
        bench.clock.forward(hours=1)
    return urls


def asked_for(bench: Bench, url: str) -> int:
    count = bench.site.urls_asked().count(url)
    bench.site.asked.clear()
    return count


async def test_a_page_is_asked_for_once_for_all_that_stand_on_it_however_far_apart_they_were_found(
    bench: Bench,
) -> None:
    """No watch comes by: the machine was off, say. A round every quarter of an hour, for two days."""
    await several(bench, 4)
    found = [one.id for one in bench.store.sightings.all(CASE)]
    assert len(found) == 4
    bench.site.asked.clear()
    bench.clock.forward(hours=20)
    for _ in range(2 * 24 * 4):
        bench.clock.forward(minutes=15)
        await bench.recheck()
    assert asked_for(bench, THREAD) <= 3
    last = {one.presence.page.seen_at for one in bench.store.sightings.all(CASE)}
    assert len(last) == 1 and max(last) > bench.clock() - timedelta(hours=25)


async def test_what_is_gone_from_a_page_is_seen_with_the_others_of_it(bench: Bench) -> None:
    urls = await several(bench, 3)
    bench.clock.forward(hours=24)
    bench.site.put(THREAD, page(urls[0], urls[2]))
    del bench.site.files[urls[1]]
    bench.site.asked.clear()
    await bench.recheck()
    standing = {one.place.image_url: one.presence.page.standing for one in bench.store.sightings.all(CASE)}
    assert standing == {urls[0]: Standing.THERE, urls[1]: Standing.GONE_ONCE, urls[2]: Standing.THERE}
    assert asked_for(bench, THREAD) <= 2, "once more, since something is gone"


@pytest.mark.parametrize("every", [pytest.param(3600, id="each hour"), pytest.param(6 * 3600, id="every six hours")])
async def test_a_page_that_its_watch_visits_is_not_asked_for_besides(found: Bench, every: int) -> None:
    watch = replace(FORUM, schedule=Every(every))
    watches, pages, files = {watch.name: watch}, 0, 0
    await recheck(CASE, watches, found.dependencies())
    for minutes in range(15, 3 * 24 * 60 + 1, 15):
        found.clock.forward(minutes=15)
        if minutes * 60 % every == 0:
            await found.run(watch)
        found.site.asked.clear()
        if is_recheck_due(CASE, found.store, found.clock()):
            await recheck(CASE, watches, found.dependencies())
        pages, files = pages + found.site.urls_asked().count(THREAD), files + found.site.urls_asked().count(COPY)
    assert (pages, files) == (0, 3), "its file is looked at each day as before"
    assert only(found).presence.page.seen_at == found.clock()


async def test_a_visit_that_is_near_is_waited_for_and_one_that_does_not_come_is_not(found: Bench) -> None:
    watch = replace(FORUM, schedule=Every(25 * 3600))
    watches = {watch.name: watch}
    await found.run(watch)  # so that its row stands by this schedule
    await recheck(CASE, watches, found.dependencies())
    found.clock.forward(hours=24.1)
    found.site.asked.clear()
    await recheck(CASE, watches, found.dependencies())
    assert asked_for(found, THREAD) == 0, "its visit is due in an hour"
    found.clock.forward(hours=1)
    await recheck(CASE, watches, found.dependencies())
    assert asked_for(found, THREAD) == 0
    found.clock.forward(hours=0.5)
    await recheck(CASE, watches, found.dependencies())
    assert asked_for(found, THREAD) == 1, "it did not come"


async def test_after_sending_a_visit_shortly_before_counts_for_the_look(found: Bench, tmp_path: Path) -> None:
    await found.recheck()
    sighting = only(found)
    drafted = found.drafts.draft([sighting.id], case=CASE, out=tmp_path, statements=Statements())
    found.reports.mark_sent(drafted.reports[0].id, case=CASE)
    found.clock.forward(minutes=50)
    await found.run()
    found.clock.forward(minutes=15)
    found.site.asked.clear()
    await found.recheck()
    assert asked_for(found, THREAD) == 0
    due = {look.truth: look.due_at for look in found.store.rechecks.of(CASE, sighting.id)}
    assert due[Truth.PAGE] == found.clock() - timedelta(minutes=65) + timedelta(hours=6)


async def test_a_page_that_was_filed_without_its_picture_stands_and_falls_as_a_page(bench: Bench) -> None:
    bench.site.put(THREAD, page())
    bench.decisions.add(THREAD, case=CASE)
    told = []
    for has_page in (True, False, False, True):
        if not has_page:
            bench.site.files.pop(THREAD, None)
        else:
            bench.site.put(THREAD, page())
        await recheck(CASE, NOBODY, bench.dependencies())
        told.append(only(bench).status)
        bench.clock.forward(hours=24)
    assert told == [Status.CONFIRMED, Status.CONFIRMED, Status.REMOVED, Status.REAPPEARED]


OTHER_THREAD, BESIDE = "https://forum.example/t/8", "https://cdn.example/beside.jpg"
BOTH_THREADS = replace(FORUM, urls=(THREAD, OTHER_THREAD))
SIGNED = "https://cdn.example/a.jpg?Expires=1700000000&Signature=0"  # ran out long ago
GONE_FILE, REFUSED_FILE = Outcome(OutcomeKind.GONE, "404"), Outcome(OutcomeKind.BLOCKED, "403")
HOME = Outcome(OutcomeKind.MOVED, "the site shows its front page")


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("copy", "watch", "fails", "shows", "status"),
    [
        pytest.param(
            COPY,
            BOTH_THREADS,
            {COPY: GONE_FILE, THREAD: HOME},
            (),
            Status.REMOVED,
            id="to the front page, and other pages are shown",
        ),
        pytest.param(
            COPY,
            BOTH_THREADS,
            {COPY: GONE_FILE, THREAD: HOME, OTHER_THREAD: HOME},
            (),
            Status.NEW,
            id="to the front page from everywhere",
        ),
        pytest.param(COPY, FORUM, {COPY: GONE_FILE, THREAD: HOME}, (), Status.NEW, id="nothing to compare with"),
        pytest.param(COPY, BOTH_THREADS, {THREAD: HOME}, (), Status.NEW, id="its file is served"),
        pytest.param(SIGNED, FORUM, {SIGNED: REFUSED_FILE}, (BESIDE,), Status.REMOVED, id="ran out, and not named"),
        pytest.param(SIGNED, FORUM, {SIGNED: REFUSED_FILE}, (), Status.NEW, id="ran out, and no picture is named"),
        pytest.param(SIGNED, FORUM, {SIGNED: GONE_FILE, THREAD: REFUSED_FILE}, (), Status.NEW, id="and page refused"),
        pytest.param(SIGNED, FORUM, {SIGNED: REFUSED_FILE, THREAD: GONE_FILE}, (), Status.REMOVED, id="and page gone"),
        pytest.param(COPY, FORUM, {COPY: REFUSED_FILE}, (BESIDE,), Status.NEW, id="refused, no end is written on it"),
    ],
)
async def test_what_says_nothing_by_itself(
    bench: Bench, copy: str, watch: Watch, fails: Mapping[str, Outcome], shows: tuple[str, ...], status: Status
) -> None:
    await bench.enroll(PHOTOS[:1])
    for url, pictures in ((THREAD, (copy, BESIDE)), (OTHER_THREAD, (BESIDE,))):
        bench.site.put(url, page(*pictures))
    bench.site.put(copy, small(PHOTOS[0]), "image/jpeg")
    bench.site.put(BESIDE, small(STRANGERS[0]), "image/jpeg")
    await bench.run(replace(watch, kind=Kind.URLS))
    await recheck(CASE, NOBODY, bench.dependencies())
    bench.site.put(THREAD, page(*shows))
    bench.site.fails.update(fails)
    for _ in range(3):
        bench.clock.forward(hours=24)
        await recheck(CASE, NOBODY, bench.dependencies())
    assert only(bench).status is status


ROOT, INDEX, ENGLISH = "https://forum.example/", "https://cdn.example/index.php", "https://cdn.example/en/"
FRONT = "<html><title>Our site</title><body>" + "<p>Everything that is new here, look around. </p>" * 60


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("sends", "shows", "has_front", "status"),
    [
        pytest.param({COPY: ROOT}, (COPY,), True, Status.NEW, id="the file, to the site's front page"),
        pytest.param({COPY: INDEX}, (COPY,), True, Status.NEW, id="to index.php"),
        pytest.param({COPY: ENGLISH}, (COPY,), True, Status.NEW, id="to a language"),
        pytest.param({COPY: ROOT}, (COPY,), False, Status.NEW, id="to a front page that is not there"),
        pytest.param({COPY: ROOT, THREAD: ROOT}, (), False, Status.NEW, id="page and file, to one that is not there"),
        pytest.param({COPY: ROOT, THREAD: ROOT}, (), True, Status.NEW, id="page and file, to the front page"),
        pytest.param({COPY: INDEX}, (), True, Status.REMOVED, id="the file, and its page names it no more"),
        pytest.param({COPY: INDEX}, (COPY, BESIDE), True, Status.REMOVED, id="the file alone of several"),
        pytest.param({COPY: INDEX}, (COPY, BESIDE), False, Status.REMOVED, id="the file alone, to one not there"),
    ],
)
async def test_the_front_page_says_nothing_by_itself(
    found: Bench, sends: Mapping[str, str], shows: tuple[str, ...], has_front: bool, status: Status
) -> None:
    real = found.site.fetch

    async def fetch(request: Request) -> Fetched:
        if request.url not in sends:
            return await real(request)
        to, now = sends[request.url], found.clock()
        outcome = Outcome(OutcomeKind.OK) if has_front else GONE_FILE
        if has_front and request.purpose is Purpose.IMAGE:
            outcome = Outcome(OutcomeKind.UNREADABLE, "a page came")
        return Fetched(request, outcome, to, now, 200 if has_front else 404, body=FRONT.encode())

    found.site.put(BESIDE, small(STRANGERS[0]), "image/jpeg")
    await found.recheck()
    found.site.put(THREAD, page(*shows))
    found.site.fetch = fetch  # type: ignore[method-assign]
    for _ in range(3):
        found.clock.forward(hours=24)
        await found.recheck()
    assert only(found).status is status


async def test_a_server_that_fails_every_other_time_is_no_removal(found: Bench) -> None:
    real, asked = found.site.fetch, [0]

    async def fetch(request: Request) -> Fetched:
        asked[0] += 1
        if request.url == COPY and asked[0] % 2:
            return Fetched.of(request, GONE_FILE, request.url, found.clock(), status=404)
        return await real(request)

    found.site.fetch = fetch  # type: ignore[method-assign]
    for _ in range(4):
        found.clock.forward(hours=24)
        await found.recheck()
    assert only(found).status is Status.NEW and only(found).presence.media.standing is Standing.THERE


async def test_what_she_named_is_known_by_her_photos_where_its_bytes_were_never_kept(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.decisions.add(THREAD, case=CASE, picture=COPY)
    told = []
    for shown in (small(PHOTOS[0]), b"", b"", small(STRANGERS[0]), small(PHOTOS[0])):
        bench.site.files.pop(COPY, None)
        if shown:
            bench.site.put(COPY, shown, "image/jpeg")
        await recheck(CASE, NOBODY, bench.dependencies())
        told.append(only(bench).status)
        bench.clock.forward(hours=24)
    assert told == [Status.CONFIRMED, Status.CONFIRMED, Status.REMOVED, Status.REMOVED, Status.REAPPEARED]


@pytest.mark.parametrize("is_there", [pytest.param(True, id="there"), pytest.param(False, id="gone")])
async def test_one_that_the_person_asks_about_is_looked_at_now(found: Bench, is_there: bool) -> None:
    """Not due, and about to be visited by its watch: she has asked."""
    sighting, watches = only(found), {FORUM.name: FORUM}
    await found.recheck()
    found.clock.forward(minutes=1)
    if not is_there:
        del found.site.files[COPY], found.site.files[THREAD]
    found.site.asked.clear()
    assert (await recheck_one(sighting.id, CASE, watches, found.dependencies())).looked == 1
    trace = only(found).presence.page
    assert (trace.seen_at if is_there else trace.gone_at) == found.clock()
    assert THREAD in found.site.urls_asked()


async def test_one_that_is_not_looked_at_is_not_asked_about_either(found: Bench) -> None:
    sighting = only(found)
    found.decisions.dismiss(sighting.id, case=CASE)
    found.site.asked.clear()
    for name, case in ((sighting.id, CASE), (sighting.id, OTHERS.case), (SightingId("nothing"), CASE)):
        assert await recheck_one(name, case, NOBODY, found.dependencies()) == Rechecked()
    assert found.site.urls_asked() == []


async def test_what_was_wished_of_it_goes_when_it_is_closed(found: Bench) -> None:
    sighting = only(found)
    for about in (sighting.id, "another"):
        found.store.wishes.add(Wish(f"w-{about}", CASE, WishKind.CHECK, about, found.clock(), said=("her title",)))
    found.decisions.close_under_18(sighting.id, case=CASE)
    assert [one.about for one in found.store.wishes.newest(CASE, 9)] == ["another"]


async def test_what_came_of_wishes_is_kept_for_a_month(found: Bench) -> None:
    now = found.clock()
    for days in (29, 31):
        wish = Wish(f"w{days}", CASE, WishKind.LOOK, "forum", now - timedelta(days=days))
        found.store.wishes.add(ended(wish, WishEnd.SEEN, now))
    keep_house(found.store, found.settings, now)
    assert [one.id for one in found.store.wishes.newest(CASE, 9)] == ["w29"]
