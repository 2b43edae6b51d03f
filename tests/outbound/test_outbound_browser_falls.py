"""A browser that does not start, and one that hangs with what drives it: ended, and started anew in growing gaps."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import pytest

from monitor.outbound.browser import chromium
from monitor.outbound.browser.chromium import Chromium, started_browser
from monitor.outbound.browser.finding import NoBrowser, find_chromium
from monitor.tracking.falls import AT_WORK, STARTING, FallingPart, Falls
from tests.patience import WITHIN_S

needs_chromium = pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine")


@pytest.mark.parametrize("is_absent", [False, True], ids=["it falls", "there is none"])
async def test_one_that_does_not_start_is_tried_in_gaps(monkeypatch: pytest.MonkeyPatch, is_absent: bool) -> None:
    now, tries = [1000.0], list[None]()

    async def falls(*_: object, **__: object) -> Chromium:
        tries.append(None)
        raise NoBrowser("no browser could be started", is_absent=is_absent)

    monkeypatch.setattr(chromium, "monotonic", lambda: now[0])
    monkeypatch.setattr(Chromium, "start", falls)
    starts, work = Falls(FallingPart.BROWSER), Falls(FallingPart.BROWSER, AT_WORK)
    for _ in range(20):
        with pytest.raises(NoBrowser) as refused:
            await started_browser(starts, work, "", "http://127.0.0.1:1", "a browser")
    assert len(tries) == (20 if is_absent else STARTING.free + 1), "what is not installed is no part that falls"
    assert is_absent or "times in a row" in str(refused.value)
    now[0] += STARTING.longest_s
    with pytest.raises(NoBrowser):
        await started_browser(starts, work, "", "http://127.0.0.1:1", "a browser")
    assert len(tries) == (21 if is_absent else STARTING.free + 2)


async def test_one_that_is_there_and_hangs_is_not_to_be_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Hanging:
        chromium = property(lambda self: self)

        async def launch(self, **_: object) -> None:
            await asyncio.Event().wait()

        async def stop(self) -> None: ...

    async def driver(home: Path) -> Hanging:
        return Hanging()

    there = tmp_path / "chromium"
    there.write_text("#!/bin/sh\n")
    there.chmod(0o700)
    monkeypatch.setattr(chromium, "_driver", driver)
    monkeypatch.setattr(chromium, "START_S", 0.01)
    with pytest.raises(NoBrowser, match="it was not up in") as hangs:
        await Chromium.start(str(there), "http://127.0.0.1:1", "a browser")
    assert "nstall" not in hangs.value.remedy and "tried again by itself" in hangs.value.remedy
    assert not hangs.value.is_absent


def is_there(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


async def gone(processes: list[int]) -> None:
    """They were killed, which takes the kernel a moment."""
    async with asyncio.timeout(WITHIN_S):
        while any(map(is_there, processes)):
            await asyncio.sleep(0.01)


@needs_chromium
@pytest.mark.parametrize(
    "stopped",
    [
        pytest.param("driver", id="what drives it hangs"),
        pytest.param("browser", id="it hangs itself", marks=pytest.mark.long),
        pytest.param("both", id="all of it hangs", marks=pytest.mark.long),
    ],
)
async def test_one_that_hangs_is_closed_all_the_same(monkeypatch: pytest.MonkeyPatch, stopped: str) -> None:
    monkeypatch.setattr(chromium, "CLOSE_S", 0.3)
    browser = await Chromium.start("", "http://127.0.0.1:1", "a browser")
    assert browser.driver is not None and browser.main is not None
    family = [*browser.processes(), browser.driver]
    held = {"driver": [browser.driver], "browser": [browser.main], "both": family}[stopped]
    try:
        for process in held:
            os.kill(process, signal.SIGSTOP)
        await browser.aclose()
        await gone(family)
        assert not browser.home.exists()
    finally:
        for process in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


@needs_chromium
@pytest.mark.long
async def test_a_killed_one_takes_its_driver_along() -> None:
    browser = await Chromium.start("", "http://127.0.0.1:1", "a browser")
    family = [*browser.processes(), browser.driver or 0]
    browser.kill()
    await browser.aclose()
    await gone(family)
