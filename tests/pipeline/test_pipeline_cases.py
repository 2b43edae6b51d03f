"""What belongs to one case is not worked on with what belongs to another."""

from __future__ import annotations

from dataclasses import replace

from monitor.pipeline.recheck import recheck
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, copy_of, page

THREAD, COPY = "https://forum.example/t/1", "https://cdn.example/copy.jpg"


async def test_a_check_is_never_made_with_the_watch_of_another_case(bench: Bench) -> None:
    """A watchlist's entry was given to another case: that one's log-in is not this one's."""
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    await bench.run()
    bench.clock.forward(days=2)
    asked = len(bench.site.asked)
    found = list(bench.store.sightings.all("default"))
    done = await recheck(found, {FORUM.name: replace(FORUM, case="anna")}, bench.dependencies())
    assert (done.looked, len(bench.site.asked)) == (0, asked)
    assert (await recheck(found, {FORUM.name: FORUM}, bench.dependencies())).looked == 1
