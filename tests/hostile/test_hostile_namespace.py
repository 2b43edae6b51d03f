"""The catalogue once more with the guard exactly as it ships: nothing is allowed, the site has a public address."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.outbound.browser.finding import find_chromium

ROOT = Path(__file__).parents[2]
WALK = "tests.hostile.namespace_walk"
no_browser = pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine")


@pytest.mark.parametrize(
    ("way", "rows"),
    [
        pytest.param("httpx", 300),
        pytest.param("some-browser", 3, marks=no_browser),
        pytest.param("browser", 300, marks=[no_browser, pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
def test_nothing_inside_is_reached_with_the_guard_fully_on(
    way: str, rows: int, capsys: pytest.CaptureFixture[str]
) -> None:
    done = subprocess.run([sys.executable, "-m", WALK, way], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout)
    if "no namespace" in seen:
        pytest.skip(f"this machine gives no network namespace: {seen['no namespace']}")
    with capsys.disabled():
        print(f"\n{way}: {seen}")
    assert seen["rows"] >= rows
    assert (seen["reached"], seen["inside"], seen["wrong"]) == ({}, 0, {})
    assert set(seen["ordinary"]) == {"ok"}
    assert seen["grown MiB"] < 300
    assert seen["sent"]["datagrams"] == 0  # no look-up, no WebRTC, nothing announced past the proxy
