"""The pool against workers that crash, hang, swell and lie; and a planted exploit that gets nowhere."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import exploits
import pytest

from monitor.errors import UnreadableImage
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.ports import Detail
from monitor.reader.pool import BOOTSTRAP, ReaderLimits, ReaderPool, Worker, WorkerLimits, active_confinement

PHOTOS = Path(__file__).parents[2] / "monitor/demo/photos/enrolled"
HERE = str(Path(__file__).parent)
PLANTED = f"import sys; sys.path.insert(0, {HERE!r}); " + BOOTSTRAP.replace(
    "main(sys", "import exploits; exploits.install(); main(sys"
)
LIMITS = ReaderLimits(page=WorkerLimits(wall_s=3, cpu_s=1, memory_mib=256), idle_s=60)


@pytest.fixture
async def pool() -> AsyncIterator[ReaderPool]:
    async with ReaderPool() as pool:
        yield pool


@pytest.fixture
async def planted() -> AsyncIterator[ReaderPool]:
    """Its workers do what `exploits` says; everything else about them is as in production."""
    async with ReaderPool(LIMITS, workers=1, bootstrap=PLANTED) as pool:
        yield pool


def exploit(attempt: str) -> ParseJob:
    return ParseJob("exploit", "http://a.example/", rules=(("attempt", attempt),))


async def test_a_page_and_a_picture_are_read(pool: ReaderPool) -> None:
    page = await pool.page(ParseJob("html", "http://a.example/"), b"<img src=a.jpg>")
    reading = await pool.image((PHOTOS / "cat.jpg").read_bytes(), Detail.HASHES)
    photo = await pool.photo((PHOTOS / "cat.jpg").read_bytes(), features=False)

    assert [ref.url for ref in page.images] == ["http://a.example/a.jpg"]
    assert reading.format == "JPEG"
    assert len(reading.frames[0].pdq_turns) == 8
    assert reading.frames[0].pdq_turns[0] == photo.pdq.bits


async def test_features_come_as_checked_arrays(pool: ReaderPool) -> None:
    reading = await pool.image((PHOTOS / "cat.jpg").read_bytes(), Detail.FEATURES)

    for frame in reading.frames:
        if frame.features is not None:
            assert frame.features.keypoints.shape == (len(frame.features.descriptors), 4)
            assert not frame.features.keypoints.flags.writeable


@pytest.mark.parametrize(
    ("untrusted", "kind"),
    [
        pytest.param(b"no picture at all", "not_an_image", id="no picture"),
        pytest.param((PHOTOS / "cat.jpg").read_bytes()[:30], "broken", id="cut off in its header"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image", id="svg"),
        pytest.param(b"", "not_an_image", id="nothing"),
    ],
)
async def test_unreadable_pictures_are_typed(pool: ReaderPool, untrusted: bytes, kind: str) -> None:
    with pytest.raises(UnreadableImage) as caught:
        await pool.image(untrusted, Detail.HASHES)
    assert caught.value.kind == kind
    assert caught.value.remedy


async def test_everything_is_confined(pool: ReaderPool) -> None:
    await pool.page(ParseJob("html", "http://a.example/"), b"")
    inactive = [(step.name, step.why) for step in pool.confinement if not step.active]
    assert inactive == []
    assert {"limits", "landlock", "seccomp", "no new privileges"} <= {step.name for step in pool.confinement}


async def test_a_planted_exploit_gets_nowhere(planted: ReaderPool) -> None:
    """As root too: this suite runs as root in CI."""
    results = {}
    for attempt in exploits.ATTEMPTS:
        content = await planted.page(exploit(attempt), b"")
        results[attempt] = content.text or str(content.problem)
    assert {name: text for name, text in results.items() if not text.startswith("failed ")} == {}


async def test_the_environment_is_empty(planted: ReaderPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REUPLOAD_MONITOR_SECRET", "word")
    content = await planted.page(exploit("environment"), b"")
    assert content.text == "{}"


@pytest.mark.parametrize(
    "attempt", ["crash", "exit", "oversize", "garbage", "bad url", "too much text", "bomb", "work"]
)
async def test_a_worker_that_fails_costs_one_page(planted: ReaderPool, attempt: str) -> None:
    started = time.monotonic()
    content = await planted.page(exploit(attempt), b"")
    after = await planted.page(ParseJob("html", "http://a.example/"), b"<title>well</title>")

    assert content.problem is not None
    assert content.problem.kind is OutcomeKind.UNREADABLE
    assert content.problem.remedy
    assert after.title == "well"
    assert time.monotonic() - started < 30


async def test_a_worker_that_hangs_is_killed() -> None:
    limits = ReaderLimits(page=WorkerLimits(wall_s=0.3, cpu_s=5, memory_mib=256))
    async with ReaderPool(limits, workers=1, bootstrap=PLANTED) as pool:
        content = await pool.page(exploit("hang"), b"")
        assert content.problem is not None
        assert "longer than 0.3 s" in content.problem.message
        assert len(pool._all) == 0


async def test_a_picture_whose_worker_dies_is_tried_twice_then_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = ReaderLimits(image=WorkerLimits(wall_s=10, cpu_s=5, memory_mib=1536))
    dying = BOOTSTRAP.replace(
        "main(sys", "import os; from monitor.reader import worker; worker._answer = os.abort; main(sys"
    )
    starts = []
    original = Worker.__init__
    monkeypatch.setattr(Worker, "__init__", lambda self, *a, **k: (starts.append(1), original(self, *a, **k))[1])
    async with ReaderPool(limits, workers=1, bootstrap=dying.replace("os.abort", "lambda job: os._exit(9)")) as pool:
        with pytest.raises(UnreadableImage) as caught:
            await pool.image(b"x", Detail.HASHES)
    assert caught.value.kind == "reader_died"
    assert len(starts) == 2


async def test_workers_are_replaced_after_their_jobs() -> None:
    limits = ReaderLimits(page=WorkerLimits(wall_s=10, cpu_s=5, memory_mib=256, max_jobs=2))
    async with ReaderPool(limits, workers=1) as pool:
        pids = set()
        for _ in range(5):
            await pool.page(ParseJob("image", "http://a.example/"), b"")
            pids |= {worker._process.pid for worker in pool._all}
            while pool._spares:
                await asyncio.gather(*pool._spares)
        assert len(pids) >= 3
        assert len(pool._all) <= 1


async def test_idle_workers_go_home() -> None:
    async with ReaderPool(ReaderLimits(idle_s=0.01), workers=1) as pool:
        await pool.page(ParseJob("image", "http://a.example/"), b"")
        async with asyncio.timeout(5):
            while pool._all:
                await asyncio.sleep(0.01)


async def test_a_cancelled_job_takes_its_worker_with_it() -> None:
    async with ReaderPool(LIMITS, workers=1, bootstrap=PLANTED) as pool:
        await pool.page(ParseJob("html", "http://a.example/"), b"")
        task = asyncio.create_task(pool.page(exploit("hang"), b""))
        async with asyncio.timeout(5):
            while pool._idle["page"]:
                await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not pool._all
        assert (await pool.page(ParseJob("html", "http://a.example/"), b"<title>x")).title == "x"


async def test_many_at_once_share_few_workers(pool: ReaderPool) -> None:
    jobs = [pool.page(ParseJob("html", f"http://a.example/{n}"), b"<title>%d</title>" % n) for n in range(60)]
    contents: list[PageContent] = await asyncio.gather(*jobs)
    assert [content.title for content in contents] == [str(n) for n in range(60)]
    assert len(pool._all) <= 2


def test_the_page_worker_stays_light() -> None:
    """No NumPy, OpenCV, SciPy or Pillow where only pages are read."""
    code = (
        "import json, sys; from monitor.reader import worker, confine, messages; worker.warm_up_pages(); "
        "print(json.dumps([m for m in ('numpy', 'cv2', 'scipy', 'PIL', 'sqlalchemy', 'httpx') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_active_confinement_names_every_step() -> None:
    found = active_confinement()
    assert all(step.active for step in found)
    assert "seccomp" in {step.name for step in found}
