"""What was closed as under 18 is never fetched again, by whatever way a page names it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model.watch import Render
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page

COPY = "https://cdn.example/small.jpg"
LARGE = "https://cdn.example/large.jpg"  # is not there: of the two, the small one is what can be had
OTHER = "https://cdn.example/other.jpg"
ELSEWHERE = replace(FORUM, name="elsewhere", urls=("https://forum.example/t/2",))


async def closed(bench: Bench) -> None:
    """One copy was found on a page and closed; another page shows it too, beside a picture of somebody else."""
    await bench.enroll(PHOTOS[:1])
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    bench.site.put(OTHER, OTHERS[0].read_bytes(), "image/jpeg")
    bench.site.put(FORUM.urls[0], page(COPY))
    await bench.run()
    (sighting,) = bench.store.sightings.all("default")
    bench.decisions.close_under_18(sighting.id, case="default")
    bench.site.asked.clear()


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(f'<img src="{COPY}">', id="by its address"),
        pytest.param(f'<img src="{COPY}" srcset="{LARGE} 2000w, {COPY} 300w">', id="as the smaller one of two"),
        pytest.param(f'<a href="{LARGE}"><img src="{COPY}"></a>', id="as the preview of a larger one"),
    ],
)
async def test_the_picture_is_not_asked_for(bench: Bench, image: str) -> None:
    await closed(bench)
    bench.site.put(ELSEWHERE.urls[0], page(OTHER, more=image))
    run = await bench.run(ELSEWHERE)
    assert COPY not in bench.site.urls_asked()
    assert OTHER in bench.site.urls_asked()
    assert (run.images, run.images_seen) == (1, 1)


async def test_a_browser_does_not_load_it_with_its_page_either(bench: Bench) -> None:
    await closed(bench)
    bench.site.put(ELSEWHERE.urls[0], page(OTHER, COPY))
    for _ in range(2):
        await bench.run(replace(ELSEWHERE, render=Render.BROWSER))
        bench.clock.forward(hours=2)
        bench.site.put(ELSEWHERE.urls[0], page(OTHER, COPY, more="changed"))
    asked = [request for request in bench.site.asked if request.browser]
    assert len(asked) == 2
    assert all(COPY in request.known_images for request in asked)
