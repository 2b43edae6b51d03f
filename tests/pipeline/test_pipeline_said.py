"""What only a key or a neighbour in data says to be a picture: looked at, and where it is none, nothing is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.errors import UnreadableImage, UnreadableKind
from monitor.model.fingerprint import Detail, ImageReading, Window
from monitor.model.observation import RunStatus, RunTrouble
from tests.fakes import InlineReader
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page, small

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


class Cuts(InlineReader):
    async def image(self, untrusted: bytes, detail: Detail) -> ImageReading:
        return replace(await super().image(untrusted, detail), is_cut=True)


class FallsAtParts(InlineReader):
    async def image(self, untrusted: bytes, detail: Detail) -> ImageReading:
        return replace(await super().image(untrusted, detail), windows=(Window((0.0, 0.0, 0.5, 0.5)),))

    async def windows(self, untrusted: bytes, boxes: object) -> tuple[Window, ...]:
        raise UnreadableImage("the reader died of it", kind=UnreadableKind.READER_DIED)


@pytest.mark.parametrize("features", [True, False])
@pytest.mark.parametrize(
    ("reader", "status", "kinds"),
    [
        pytest.param(Cuts(), RunStatus.OK, [RunTrouble.MORE_INSIDE], id="more frames than are looked at"),
        pytest.param(FallsAtParts(), RunStatus.PARTIAL, [UnreadableKind.READER_DIED], id="a reader falls at the parts"),
    ],
)
async def test_what_of_a_picture_was_not_looked_at_is_told(
    bench: Bench, reader: InlineReader, status: RunStatus, kinds: list[str], features: bool
) -> None:
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, features=features))
    await bench.enroll(PHOTOS[:1])
    bench.reader = reader
    bench.site.put(f"{SITE}/long.gif", small(OTHERS[0]), "image/jpeg")
    bench.site.put(PAGE, page(f"{SITE}/long.gif"))
    run = await bench.run(replace(FORUM, urls=(PAGE,)))
    if isinstance(reader, FallsAtParts) and not features:  # parts are for local features
        status, kinds = RunStatus.OK, []
    assert (run.status, [error.kind for error in run.errors], run.images_seen) == (status, kinds, 1)
