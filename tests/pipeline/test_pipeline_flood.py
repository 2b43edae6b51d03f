"""A photo that turns up everywhere: matched, recorded and told as ever, in one message an hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from PIL import Image

from monitor.model.alert import Alert, AlertKind
from monitor.model.watch import Follow, Kind, Watch
from monitor.pipeline import flood
from monitor.pipeline.housekeeping import keep_house
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, jpeg, page
from tests.stores import every_alert

LIMIT = 4


def a_copy() -> bytes:
    with Image.open(PHOTOS[0]) as photo:
        photo.thumbnail((300, 300))
        return jpeg(photo)


COPY = a_copy()


@pytest.fixture
def small(bench: Bench) -> Bench:
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, flood_hosts=LIMIT))
    return bench


def places(bench: Bench, *numbers: int, domain: str = "host{}.example") -> Watch:
    """One copy on a page of each."""
    urls = tuple(f"https://{domain.format(number)}/p{number}" for number in numbers)
    for url in urls:
        bench.site.put(url, page(f"{url}.jpg"))
        bench.site.put(f"{url}.jpg", COPY, "image/jpeg")
    return replace(FORUM, kind=Kind.URLS, urls=urls, follow=Follow(max_pages=500))


def alerts(bench: Bench) -> list[Alert]:
    return sorted(every_alert(bench.store, "default"), key=lambda alert: alert.id)


def told(bench: Bench) -> set[str]:
    return {sighting for alert in alerts(bench) for sighting in alert.sightings}


async def test_nothing_is_switched_off_and_every_find_is_in_some_message(small: Bench) -> None:
    await small.enroll(PHOTOS[:2])
    report = await small.run(places(small, *range(12)))
    assert (report.matches, report.new_sightings) == (12, 12)
    (folded,) = small.store.references.folded("default")
    kinds = [alert.kind for alert in alerts(small)]
    assert kinds.count(AlertKind.NEW) == LIMIT and kinds.count(AlertKind.FLOOD) == 1
    assert told(small) == {sighting.id for sighting in small.store.sightings.all("default")}
    other = await small.run(replace(places(small, 50), name="other"))
    assert other.new_sightings == 1
    assert told(small) == {sighting.id for sighting in small.store.sightings.all("default")}
    assert folded in {sighting.match.reference for sighting in small.store.sightings.all("default")}


@pytest.mark.long
async def test_there_is_one_message_an_hour(small: Bench) -> None:
    await small.enroll(PHOTOS[:1])
    begun = small.clock()
    for number in range(0, 60, 5):  # every ten minutes five more, for two hours
        await small.run(places(small, *range(number, number + 5)))
        small.clock.forward(minutes=10)
        for alert in alerts(small):
            if alert.not_before <= small.clock() and not alert.attempts:
                small.store.alerts.save(replace(alert, attempts=1))
    summaries = [alert for alert in alerts(small) if alert.kind is AlertKind.FLOOD]
    gaps = [later.not_before - earlier.not_before for earlier, later in pairwise(summaries)]
    assert len(summaries) == 3 and all(gap >= timedelta(hours=1) for gap in gaps)
    assert summaries[0].not_before == begun, "the first is told at once"
    assert told(small) == {sighting.id for sighting in small.store.sightings.all("default")}


async def test_many_names_of_one_domain_are_one(small: Bench) -> None:
    await small.enroll(PHOTOS[:1])
    await small.run(places(small, *range(12), domain="www{}.one.example.org"))
    assert not small.store.references.folded("default")
    assert [alert.kind for alert in alerts(small)] == [AlertKind.NEW]


async def test_a_photo_that_an_older_version_paused_goes_on_and_what_was_missed_is_found(small: Bench) -> None:
    await small.enroll(PHOTOS[1:2])
    await small.run(places(small, 1))  # seen while the photo took no part
    await small.enroll(PHOTOS[:1])
    paused = next(r for r in small.store.references.all("default") if r.label == PHOTOS[0].stem)
    small.store.references.fold("default", paused.id, small.clock())
    await small.run(places(small, 1))
    (sighting,) = small.store.sightings.all("default")
    assert [(alert.kind, alert.sightings) for alert in alerts(small)] == [(AlertKind.FLOOD, (sighting.id,))]


async def test_the_person_lifts_it_and_old_finds_do_not_bring_it_back(small: Bench) -> None:
    await small.enroll(PHOTOS[:1])
    await small.run(places(small, *range(8)))
    (folded,) = small.store.references.folded("default")
    small.clock.forward(minutes=5)
    flood.lift(small.store, "default", folded, small.clock())
    await small.run(places(small, 20))
    assert not small.store.references.folded("default")
    assert alerts(small)[-1].kind is AlertKind.NEW


async def test_it_ends_by_itself_after_a_calm_day(small: Bench) -> None:
    await small.enroll(PHOTOS[:1])
    await small.run(places(small, *range(8)))
    small.clock.forward(hours=25)
    await small.run(places(small, 20))
    assert not small.store.references.folded("default")
    assert alerts(small)[-1].kind is AlertKind.NEW


async def test_it_ends_without_a_further_find_too(small: Bench) -> None:
    await small.enroll(PHOTOS[:1])
    await small.run(places(small, *range(8)))
    keep_house(small.store, small.settings, small.clock())
    assert small.store.references.folded("default")
    small.clock.forward(hours=25)
    keep_house(small.store, small.settings, small.clock())
    assert not small.store.references.folded("default")


@pytest.mark.parametrize(
    ("hours", "domains", "calm"),
    [
        pytest.param(24, 10, True, id="a day, half as many"),
        pytest.param(24, 11, False, id="a day, one more"),
        pytest.param(23.9, 0, False, id="not a day"),
        pytest.param(-5, 0, False, id="the clock was set back"),
    ],
)
def test_calm(hours: float, domains: int, calm: bool) -> None:
    now = datetime.fromisoformat("2026-11-28T12:00:00+00:00")
    assert flood.is_calm(now - timedelta(hours=hours), domains, 20, now) is calm
