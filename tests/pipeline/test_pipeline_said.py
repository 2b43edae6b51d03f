"""What only a key or a neighbour in data says to be a picture: looked at, and where it is none, nothing is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model.observation import RunStatus
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of

SITE = "https://forum.example"
PAGE = f"{SITE}/t/1"


def data(*urls: str) -> bytes:
    shown = "".join(f'<script type="application/json">{{"image": "{url}"}}</script>' for url in urls)
    return f"<!doctype html><body><p>{'words ' * 60}</p><img src=/shown.jpg>{shown}".encode()


async def test_a_picture_that_a_key_names_is_found(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(f"{SITE}/shown.jpg", copy_of(OTHERS[0]), "image/jpeg")
    bench.site.put(f"{SITE}/media/7", copy_of(PHOTOS[0]), "image/jpeg")
    bench.site.put(PAGE, data("/media/7"))
    run = await bench.run(replace(FORUM, urls=(PAGE,)))
    assert (run.status, run.new_sightings, run.images) == (RunStatus.OK, 1, 2)


@pytest.mark.parametrize(
    "body", [b"<!doctype html><p>the page of it", b"{}", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
async def test_what_is_none_is_no_fault_and_only_asked_whether_it_is_still_that(bench: Bench, body: bytes) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(f"{SITE}/shown.jpg", copy_of(OTHERS[0]), "image/jpeg")
    bench.site.put(f"{SITE}/media/7", body, "text/html")
    bench.site.put(PAGE, data("/media/7", "/media/gone"))
    run = await bench.run(replace(FORUM, urls=(PAGE,)))
    assert (run.status, run.errors, run.images_seen) == (RunStatus.OK, (), 1)
    bench.clock.forward(hours=2)
    asked = len(bench.site.asked)
    again = await bench.run(replace(FORUM, urls=(PAGE,)))
    assert again.status is RunStatus.OK
    again_for = [request for request in bench.site.asked[asked:] if "/media/" in request.url]
    assert len(again_for) <= 1  # it may be one that is being made
    assert all(request.etag for request in again_for)
