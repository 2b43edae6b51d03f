"""A thread that keeps its attachments for members is seen in part, at each visit, with the log-in as the way out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model.observation import RunStatus
from tests.pipeline.pipeline_bench import FORUM, OTHERS, Bench, page, small

THREAD = "https://forum.example/t/1"
PICTURE = "https://forum.example/p/1.jpg"
KEPT = '<div class="rules">You do not have the required permissions to view the files attached to this post.</div>'
TALK = "<p>It says: You do not have the required permissions to view the files attached to this post. Why?</p>"


@pytest.mark.parametrize(
    ("more", "status", "kinds"),
    [
        pytest.param(KEPT * 3, RunStatus.PARTIAL, ["kept_from_guests"], id="kept"),
        pytest.param(TALK * 3, RunStatus.OK, [], id="somebody asks about it"),
        pytest.param("", RunStatus.OK, [], id="nothing kept"),
    ],
)
async def test_at_each_visit(bench: Bench, more: str, status: RunStatus, kinds: list[str]) -> None:
    bench.site.put(THREAD, page(PICTURE, more=more))
    bench.site.put(PICTURE, small(OTHERS[0]), "image/jpeg")
    for _ in range(3):  # unchanged, too
        report = await bench.run()
        assert (report.status, [error.kind for error in report.errors]) == (status, kinds)
        assert report.images_seen == 1
        if kinds:
            assert report.errors[0].covers == "page" and "in 3 places" in report.errors[0].message
            assert f"reupload-monitor watch login {FORUM.name}" in report.errors[0].remedy
        bench.clock.forward(hours=2)


async def test_it_goes_with_the_notice(bench: Bench) -> None:
    bench.site.put(PICTURE, small(OTHERS[0]), "image/jpeg")
    watch = replace(FORUM, urls=(THREAD,))
    told = []
    for more in (KEPT, "", KEPT):
        bench.site.put(THREAD, page(PICTURE, more=more))
        told.append((await bench.run(watch)).status)
    assert told == [RunStatus.PARTIAL, RunStatus.OK, RunStatus.PARTIAL]
