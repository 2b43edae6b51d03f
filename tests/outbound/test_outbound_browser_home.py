"""What a browser writes by itself, dumps of what fell over above all, lies in memory, and goes with it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from monitor.outbound.browser.chromium import Chromium
from monitor.outbound.browser.finding import find_chromium
from monitor.outbound.browser.profile import memory_folder
from tests.patience import WITHIN_S

pytestmark = pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine")

SHOWN = "data:text/html,<title>t</title><p>" + "PLANTEDWORD" * 50


def _of_kind(chromium: Chromium, kind: str) -> list[int]:
    lines = {process: Path(f"/proc/{process}/cmdline") for process in chromium.processes()}
    return [process for process, line in lines.items() if f"--type={kind}".encode() in line.read_bytes()]


@pytest.mark.long
async def test_a_page_that_fells_the_browser_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    chromium = await Chromium.start("", "http://127.0.0.1:9", "test")
    try:
        page = await chromium.browser.new_page()
        await page.goto(SHOWN)
        async with page.expect_event("crash", timeout=WITHIN_S * 1000):
            for process in _of_kind(chromium, "renderer"):
                os.kill(process, signal.SIGSEGV)
        dumps = [str(path) for folder in (tmp_path, chromium.home) for path in folder.rglob("*.dmp")]
        assert dumps == []
    finally:
        await chromium.aclose()
    assert [str(path) for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not chromium.home.exists()
    folder = memory_folder()
    assert folder is None or chromium.home.is_relative_to(folder)
