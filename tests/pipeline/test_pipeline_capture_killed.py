"""Killed between any two writes of a capture, or left without its page: the find stands, no half file is left, and the
capture completes or says what is lost."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from datetime import timedelta
from itertools import count

import pytest

from monitor.model.capture import CaptureState
from monitor.model.evidence import EvidenceKind
from monitor.pipeline.wanted_captures import take_wanted
from monitor.store.store import open_store
from tests.pipeline.capture_and_die import AT, COPY, fill
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, page
from tests.stores import every_alert

CASE = "default"
THREAD = FORUM.urls[0]


def killed_at(bench: Bench, number: int, what: str) -> bool:
    """Whether it came so far. The store is closed before and open afterwards."""
    bench.store.close()
    (recipient,) = bench.settings.evidence.recipients
    command = [sys.executable, "-m", "tests.pipeline.capture_and_die"]
    died = subprocess.run([*command, bench.settings.data_dir, recipient, str(number), what], check=False)
    bench.store = open_store(bench.settings)
    bench.clock.now = AT + (number + 1) * timedelta(minutes=30)
    assert died.returncode in (0, -signal.SIGKILL)
    return died.returncode != 0


def nothing_is_half(bench: Bench) -> None:
    """Every row names a file that is whole, and every find was told."""
    for item in bench.store.evidence.all():
        sealed = (bench.settings.vault_dir / item.file.path).read_bytes()
        assert hashlib.sha256(sealed).hexdigest() == item.file.sealed_digest
        assert bench.store.captures.get(CASE, item.capture) is not None
    found = {sighting.id for sighting in bench.store.sightings.all(CASE)}
    assert found <= {name for alert in every_alert(bench.store, CASE) for name in alert.sightings}


async def completes(bench: Bench) -> None:
    """With the next pass and the next rounds."""
    fill(bench.site)
    bench.clock.forward(minutes=30)
    await bench.run()
    bench.clock.forward(hours=2)
    await take_wanted(CASE, {FORUM.name: FORUM}, bench.dependencies())
    bench.clock.forward(hours=2)
    await take_wanted(CASE, {FORUM.name: FORUM}, bench.dependencies())
    (sighting,) = bench.store.sightings.all(CASE)
    kinds = {item.kind for item in bench.store.evidence.all(CASE, sighting.id)}
    assert {EvidenceKind.RECORD, EvidenceKind.PAGE, EvidenceKind.IMAGE, EvidenceKind.WARC} <= kinds
    for capture in bench.store.captures.all(CASE):
        assert capture.state in (CaptureState.WHOLE, CaptureState.PARTIAL) and not bench.store.captures.wanted(CASE)
        rows = bench.store.evidence.of_capture(CASE, capture.id)
        assert [row.kind for row in rows].count(EvidenceKind.MANIFEST) == 1
    nothing_is_half(bench)


async def prepared(bench: Bench, what: str) -> None:
    if what == "pass":
        await bench.enroll(PHOTOS[:1])
        return
    await bench.enroll(PHOTOS[1:2])
    fill(bench.site)
    await bench.run()
    await bench.enroll(PHOTOS[:1])
    bench.site.put(f"{THREAD}/else", page())
    await bench.run(bench.elsewhere(f"{THREAD}/else"))
    assert bench.store.captures.wanted(CASE)


@pytest.mark.rows(1)
@pytest.mark.parametrize("number", [7, 3, 6, 9], ids="before write {}".format)
@pytest.mark.parametrize("what", ["pass", "round"])
async def test_killed_before_a_write(bench: Bench, what: str, number: int) -> None:
    await prepared(bench, what)
    assert killed_at(bench, number, what)
    nothing_is_half(bench)
    await completes(bench)


@pytest.mark.long
@pytest.mark.parametrize("what", ["pass", "round"])
async def test_killed_before_each_write(bench: Bench, what: str) -> None:
    """The same store is killed at one write after the other."""
    await prepared(bench, what)
    for number in count(1):
        if not killed_at(bench, number, what):
            break
        nothing_is_half(bench)
    assert number > 3
    await completes(bench)


async def test_a_page_that_is_gone_after_one_fetch_leaves_all_of_it(bench: Bench) -> None:
    """Not one request more than the crawl's, and none afterwards."""
    await bench.enroll(PHOTOS[:1])
    fill(bench.site)
    await bench.run()
    assert [bench.site.urls_asked().count(url) for url in (THREAD, COPY)] == [1, 1]
    bench.site.files.clear()
    (sighting,) = bench.store.sightings.all(CASE)
    (capture,) = bench.store.captures.all(CASE)
    rows = bench.store.evidence.all(CASE, sighting.id)
    assert sorted(row.kind.value for row in rows) == ["image", "manifest", "page", "record", "warc", "warc"]
    assert {one.kind for one in capture.missing} <= {EvidenceKind.SCREENSHOT}, "that is made right after it"
    assert bench.store.captures.wanted(CASE) == []
