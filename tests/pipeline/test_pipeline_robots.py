"""A watch that does not follow robots.txt: it alone, everything it asks for, and the reason is in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

import pytest

from monitor.app import App
from monitor.daemon.logs import JournalFormatter
from monitor.model.watch import Watch
from tests.pipeline.pipeline_bench import FORUM, OTHERS, Bench, page

REASON = "my own pictures, the site does not answer"


class Fetcher:
    def __init__(self, bench: Bench) -> None:
        self.fetch = bench.site.fetch

    def allow_ports_of(self, urls: Iterable[str]) -> None: ...


@pytest.mark.parametrize(
    ("watch", "ignores"),
    [
        pytest.param(FORUM, False, id="follows"),
        pytest.param(replace(FORUM, ignore_robots=True, robots_reason=REASON), True, id="does not follow"),
    ],
)
async def test_an_override_is_logged_with_its_reason(
    watch: Watch, ignores: bool, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.site.put("https://forum.example/t/1", page("/1.jpg"))
    bench.site.put("https://forum.example/1.jpg", OTHERS[0].read_bytes(), "image/jpeg")
    app = App(bench.settings, bench.store, bench.clock)
    app.__dict__.update(fetcher=Fetcher(bench), reader=bench.reader)  # instead of the ones that it would make
    with caplog.at_level(logging.INFO, "monitor"):
        await app.run_watch(watch)
    records = [record for record in caplog.records if "robots" in record.msg]
    assert [record.__dict__["reason"] for record in records] == ([REASON] if ignores else [])
    for record in records:  # the journal gets that, not the person's words
        expected = "a watch does not follow robots.txt action=robots_ignored"
        assert JournalFormatter(priorities=False).format(record) == expected
    assert [request.ignore_robots for request in bench.site.asked] == [ignores, ignores]
