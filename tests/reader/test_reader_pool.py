"""The pool against workers that crash, hang, swell and lie; and a planted exploit that gets nowhere."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.errors import UnreadableImage
from monitor.model.page import OutcomeKind, ParseJob, Parser
from monitor.ports import Detail
from monitor.reader.pool import ReaderPool, page_plan, picture_plan
from tests.matching.test_matching_windows import png, sheet
from tests.patience import LATE_S, WITHIN_S
from tests.reader import planted_worker

PHOTO = (Path(__file__).parents[2] / "monitor/demo/photos/enrolled/cat.jpg").read_bytes()
SHEET = png(sheet(2, 2, 200, 8))
URL = "http://a.example/"
HTML = ParseJob("html", URL)


def planted_pool(**changes: float) -> ReaderPool:
    """Pages and pictures go to workers that do what `planted_worker` says."""
    pages = replace(page_plan(), module=planted_worker.__name__, workers=1)
    pictures = replace(picture_plan(), module=planted_worker.__name__, workers=1)
    pictures = replace(pictures, **changes)
    return ReaderPool(pages=replace(pages, **changes), pictures=pictures, photos=replace(pictures, kind="photo"))


@pytest.fixture
async def planted() -> AsyncIterator[ReaderPool]:
    async with planted_pool(wall_s=30, cpu_s=1) as pool:
        yield pool


def told(what: str) -> ParseJob:
    return ParseJob(Parser.HTML, URL, rules=(("attempt", what),))


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_page_and_a_picture_are_read() -> None:
    async with ReaderPool() as pool:
        page = await pool.page(HTML, b"<title>A \xe2\x82\xac</title><img src=a.jpg>")
        reading = await pool.image(PHOTO, Detail.HASHES)
        closer = await pool.image(PHOTO, Detail.FEATURES)
        photo = (await pool.photo(PHOTO, features=True)).fingerprint
        pids = pool.pids
    assert [ref.url for ref in page.images] == ["http://a.example/a.jpg"]
    assert page.title == "A €"
    assert reading.format == "JPEG"
    assert reading.frames[0].pdq_turns[0] == closer.frames[0].pdq_turns[0] == photo.pdq.bits
    assert reading.frames[0].features is None
    for features in (closer.frames[0].features, photo.features):
        assert features is not None
        assert features.keypoints.shape == (len(features.descriptors), 4)
        assert len(features.descriptors) > 100
        assert not features.keypoints.flags.writeable
    assert len(pids) == 3  # pages, pictures, and photos of the person's own
    assert not any(is_running(pid) for pid in pids)


async def test_without_features_hashes_are_the_same() -> None:
    async with ReaderPool() as pool, ReaderPool(features=False) as light:
        both = [await one.image(PHOTO, Detail.HASHES) for one in (pool, light)]
        layers = [await one.active_confinement() for one in (pool, light)]
        sheets = [await one.image(SHEET, Detail.HASHES) for one in (pool, light)]
    assert both[0].frames[0].pdq_turns == both[1].frames[0].pdq_turns
    assert both[0].frames[0].phash == both[1].frames[0].phash
    assert layers[0] == layers[1]
    assert sheets[0].windows == (), "a second, closer look reads them"
    assert len(sheets[1].windows) == 4 and all(window.frame is not None for window in sheets[1].windows)


async def test_a_planted_exploit_gets_nowhere(planted: ReaderPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root too: CI runs this as root."""
    monkeypatch.setenv("REUPLOAD_MONITOR_SECRET", "word")
    results = {name: (await planted.page(told(name), b"")).text for name in planted_worker.ATTEMPTS}
    assert {name: text for name, text in results.items() if not text.startswith("failed ")} == {}


async def test_every_layer_is_active_and_says_what_it_does() -> None:
    async with ReaderPool() as pool:
        layers = await pool.active_confinement()
        threads = Path(f"/proc/{pool.pids[0]}/status").read_text().partition("Threads:\t")[2].partition("\n")[0]
    assert [(layer.name, layer.why) for layer in layers if not layer.active] == []
    assert {"landlock", "system calls", "limits", "opens no file", "starts no process"} <= {x.name for x in layers}
    assert all(layer.why for layer in layers)
    assert threads == "1"


async def test_a_reader_that_cannot_start_says_so() -> None:
    async with ReaderPool(pictures=replace(picture_plan(), module="no_such_module")) as pool:
        (layer,) = await pool.active_confinement()
        with pytest.raises(UnreadableImage) as caught:
            await pool.image(PHOTO, Detail.HASHES)
    assert not layer.active
    assert "no_such_module" in layer.why
    assert caught.value.kind == "reader_died"


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    ("misdeed", "said"),
    [
        ("crash", "signal 11"),
        ("abort", "signal 6"),
        ("exit", "exit code 3"),
        ("swell", "exit code"),
        ("work", "more than 1 s of computing"),
        ("too large", "outside its limits"),
        ("garbage", "outside its limits"),
        ("cut off", "exit code 0"),
        ("length only", "exit code 0"),
        ("too many links", "outside its limits"),
    ],
)
async def test_a_worker_that_fails_costs_one_page(planted: ReaderPool, misdeed: str, said: str) -> None:
    content = await planted.page(told(misdeed), b"x")
    after = await planted.page(told("well"), b"well")
    assert content.problem is not None
    assert content.problem.kind is OutcomeKind.UNREADABLE
    assert said in content.problem.message
    assert content.problem.remedy
    assert after.title == "well"
    assert len(planted.pids) == 1


async def test_a_picture_answer_outside_its_limits_is_none(planted: ReaderPool) -> None:
    with pytest.raises(UnreadableImage) as caught:
        await planted.image(b"NaN", Detail.FEATURES)
    assert caught.value.kind == "reader_died"
    assert (await planted.image(b"good", Detail.FEATURES)).format == "PNG"


async def test_what_a_worker_says_is_cleaned(planted: ReaderPool) -> None:
    strange = await planted.page(told("strange addresses"), b"")
    coloured = await planted.page(told("a coloured problem"), b"")
    with pytest.raises(UnreadableImage, match=r"^ \[31mred$"):
        await planted.image(b"a coloured refusal", Detail.HASHES)
    assert strange.links == ("http://a.example/1",)
    assert [ref.url for ref in strange.images] == ["data:image/png;base64,AAAA"]
    assert coloured.problem is not None
    assert coloured.problem.message.isprintable()
    assert coloured.problem.remedy.isprintable()


async def test_a_refusal_costs_no_worker(planted: ReaderPool) -> None:
    await planted.image(b"good", Detail.HASHES)
    with pytest.raises(UnreadableImage):
        await planted.photo(b"a coloured refusal", features=True)
    before = planted.pids
    with pytest.raises(UnreadableImage):
        await planted.image(b"a coloured refusal", Detail.HASHES)
    with pytest.raises(UnreadableImage):
        await planted.photo(b"a coloured refusal", features=True)
    assert planted.pids == before


async def test_an_answer_given_in_advance_is_not_taken(planted: ReaderPool) -> None:
    assert (await planted.page(told("twice"), b"")).title == "early"
    for _ in range(3):
        assert (await planted.page(told("well"), b"mine")).title == "mine"


async def test_a_worker_that_hangs_is_killed_tried_again_and_killed() -> None:
    async with planted_pool(wall_s=0.3) as pool:
        await pool.page(told("well"), b"")
        first, started = pool.pids, time.monotonic()
        content = await pool.page(told("hang"), b"")
        assert content.problem is not None
        assert "longer than 0.3 s" in content.problem.message
        assert "tried twice" in content.problem.message
        assert time.monotonic() - started < LATE_S
        assert pool.pids == ()
    assert not is_running(first[0])


async def test_killed_while_idle_costs_nothing(planted: ReaderPool) -> None:
    await planted.page(told("well"), b"")
    for _ in range(2):
        os.kill(planted.pids[0], signal.SIGKILL)
        content = await planted.page(told("well"), b"again")
        assert content.title == "again"


async def test_replaced_after_their_jobs_and_when_grown() -> None:
    async with planted_pool(jobs=2) as few, planted_pool(max_resident=1) as small:
        seen = []
        for _ in range(4):
            await few.page(told("well"), b"")
            seen.append(few.pids)
            await small.page(told("well"), b"")
            assert small.pids == ()
    assert [len(pids) for pids in seen] == [1, 0, 1, 0]
    assert seen[0] != seen[2]


async def test_idle_workers_go_home() -> None:
    async with planted_pool(idle_s=0.01) as pool:
        await pool.page(told("well"), b"")
        async with asyncio.timeout(WITHIN_S):
            while pool.pids:
                await asyncio.sleep(0.01)
        assert (await pool.page(told("well"), b"back")).title == "back"


async def test_twenty_at_once_in_the_order_in_which_they_came() -> None:
    async with planted_pool() as one, planted_pool(workers=2) as two:
        done: list[str] = []

        async def read(pool: ReaderPool, number: int) -> str:
            content = await pool.page(told("slowly"), str(number).encode())
            if pool is one:
                done.append(content.title)
            return content.title

        numbers = [str(number) for number in range(20)]
        assert await asyncio.gather(*(read(one, number) for number in range(20))) == numbers
        assert await asyncio.gather(*(read(two, number) for number in range(20))) == numbers
        assert done == numbers
        assert len(one.pids) == 1
        assert len(two.pids) == 2


async def test_bytes_that_a_worker_had_lately_come_to_it_again() -> None:
    """It may still have them decoded."""
    async with planted_pool(workers=2) as two:

        async def reader_of(picture: bytes) -> str:
            return (await two.page(told("named"), picture)).title

        first, second = await asyncio.gather(reader_of(b"one"), reader_of(b"other"))
        assert first != second
        for picture, reader in ((b"one", first), (b"other", second)) * 2:
            assert await reader_of(picture) == reader


async def test_a_cancelled_job_takes_its_worker_with_it(planted: ReaderPool) -> None:
    await planted.page(told("well"), b"")
    (pid,) = planted.pids
    task = asyncio.create_task(planted.page(told("hang"), b""))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pid not in planted.pids
    assert (await planted.page(told("well"), b"next")).title == "next"


async def test_closing_ends_what_runs_and_what_starts() -> None:
    pool = planted_pool(workers=2)
    await pool.page(told("well"), b"")
    jobs = [asyncio.create_task(pool.page(told("hang"), b"")) for _ in range(4)]
    await asyncio.sleep(0.1)
    pids = pool.pids
    assert len(pids) == 2
    await pool.aclose()
    assert not any(is_running(pid) for pid in pids)
    for content in await asyncio.gather(*jobs):
        assert content.problem is not None
        assert "shut down" in content.problem.message
    assert pool.pids == ()
    await pool.aclose()


async def test_too_much_is_refused_before_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.reader.pool.MAX_JOB_BYTES", 10)
    async with ReaderPool() as pool:
        with pytest.raises(UnreadableImage) as caught:
            await pool.image(bytes(11), Detail.HASHES)
        content = await pool.page(HTML, bytes(11))
        assert pool.pids == ()
    assert caught.value.kind == "too_large"
    assert content.problem is not None


async def test_half_a_surrogate_pair_breaks_nothing() -> None:
    async with ReaderPool() as pool:
        content = await pool.page(ParseJob("html", URL, content_type="text/html; \udcff"), b"<title>fine</title>")
        feed = await pool.page(
            ParseJob("feed", URL, "application/feed+json"),
            b'{"version":"https://jsonfeed.org/version/1.1","title":"\\ud800","items":[]}',
        )
    assert content.title == "fine"
    assert feed.title in ("?", "\N{REPLACEMENT CHARACTER}", "")


@pytest.mark.parametrize(
    ("prepare", "never"),
    [
        pytest.param("prepare_pages", {"numpy", "cv2", "scipy", "PIL", "sqlalchemy", "httpx", "requests"}, id="pages"),
        pytest.param("prepare_pictures", {"scipy", "imagehash", "selectolax", "sqlalchemy", "httpx"}, id="pictures"),
        pytest.param("prepare_hashes", {"cv2", "scipy", "imagehash", "selectolax"}, id="pictures, by hashes alone"),
    ],
)
def test_a_worker_stays_light(prepare: str, never: set[str]) -> None:
    code = f"import sys; from monitor.reader.child import worker; worker.{prepare}(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not never & set(loaded)


ORPHAN = """
import asyncio, os, sys
from tests.reader.test_reader_pool import planted_pool, told
async def main():
    pool = planted_pool(wall_s=60)
    await pool.page(told("well"), b"")
    asyncio.get_running_loop().create_task(pool.page(told("hang"), b""))
    await asyncio.sleep(0.1)
    print(*pool.pids, flush=True)
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""


def test_no_worker_outlives_a_killed_parent() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", ORPHAN], cwd=root, capture_output=True, text=True, check=False)
    pids = [int(pid) for pid in done.stdout.split()]
    assert pids, done.stderr
    ends = time.monotonic() + WITHIN_S
    while any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids):
        assert time.monotonic() < ends, "still running"
        time.sleep(0.02)
