"""What belongs to one case is not worked on with what belongs to another."""

from __future__ import annotations

from dataclasses import replace

from monitor.model.ids import CaseId
from monitor.model.watch import Render
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
    bench.site.asked.clear()
    others = replace(FORUM, case="anna", render=Render.BROWSER)
    done = await recheck(CaseId("default"), {FORUM.name: others}, bench.dependencies())
    assert done.looked == 1  # as any visitor
    assert not any(request.browser for request in bench.site.asked)
