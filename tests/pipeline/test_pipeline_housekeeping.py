from __future__ import annotations

from datetime import timedelta

from monitor.pipeline.housekeeping import Kept, keep_house
from tests.pipeline.pipeline_bench import OTHERS, PHOTOS, Bench, copy_of, page

THREAD = "https://forum.example/t/1"
COPY = "https://cdn.example/copy.jpg"
OTHER = "https://cdn.example/other.jpg"


async def test_what_is_old_is_forgotten_and_finds_stay(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY, OTHER))
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    bench.site.put(OTHER, OTHERS[0].read_bytes(), "image/jpeg")
    await bench.run()
    bench.clock.forward(days=bench.settings.retention.candidates_days + 1)
    kept = keep_house(bench.store, bench.settings, bench.clock())
    assert (kept.candidates, kept.seen) == (2, 3)  # two pictures, and their addresses and the page's
    bench.clock.forward(days=bench.settings.retention.runs_days)
    keep_house(bench.store, bench.settings, bench.clock())  # it was off for so long, or the clock is ahead
    bench.clock.forward(days=1)
    kept = keep_house(bench.store, bench.settings, bench.clock())
    assert (kept.candidates, kept.runs, kept.stray_files) == (0, 1, 0)
    assert len(bench.store.sightings.all()) == 1
    assert bench.store.evidence.all()


async def test_a_clock_that_is_years_ahead_at_the_start_forgets_nothing(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY, OTHER))
    bench.site.put(OTHER, OTHERS[0].read_bytes(), "image/jpeg")
    await bench.run()
    keep_house(bench.store, bench.settings, bench.clock())
    before = len(bench.store.runs.since("default", bench.clock() - timedelta(days=1)))
    ahead = bench.clock() + timedelta(days=3 * 365)
    assert keep_house(bench.store, bench.settings, ahead) == Kept(0, 0, 0, 0, 0)
    bench.clock.forward(days=1)
    assert keep_house(bench.store, bench.settings, bench.clock()) == Kept(0, 0, 0, 0, 0), "set right again"
    assert len(bench.store.runs.since("default", bench.clock() - timedelta(days=2))) == before == 1
