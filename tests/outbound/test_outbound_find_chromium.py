"""Which Chromium is taken, where several programs are called so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.outbound.browser.finding import NoBrowser, find_chromium

REAL = "\x7fELF"
SNAP_SCRIPT = '#!/bin/sh\nif ! [ -x /snap/bin/chromium ]; then\n  exit 1\nfi\nexec /snap/bin/chromium "$@"\n'


def put(path: Path, text: str = REAL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """bin/ is the whole path, and cache/ is where Playwright fetches to."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "cache"))
    return tmp_path


def test_the_machine_s_own(machine: Path) -> None:
    put(machine / "cache/chromium-1/chrome-linux/chrome")
    own = put(machine / "bin/chromium")
    assert find_chromium("") == str(own)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser"])
def test_a_script_that_starts_a_snap_is_none(machine: Path, name: str) -> None:
    put(machine / "bin" / name, SNAP_SCRIPT)
    assert find_chromium("") is None
    assert find_chromium(name) == str(machine / "bin" / name), "what the person names is taken as it is"


def test_a_snap_is_none_and_the_next_is_taken(machine: Path) -> None:
    put(machine / "snap" / "snap")
    os.symlink(machine / "snap" / "snap", machine / "bin" / "chromium")
    assert find_chromium("") is None
    other = put(machine / "bin/google-chrome")
    assert find_chromium("") == str(other)


def test_playwright_s_own_is_found_where_there_is_no_other(machine: Path) -> None:
    assert find_chromium("") is None
    newer = put(machine / "cache/chromium-1200/chrome-linux64/chrome")
    put(machine / "cache/chromium-990/chrome-linux/chrome")
    put(machine / "cache/chromium-tip/chrome-linux/chrome")
    put(machine / "cache/chromium-1300/chrome-linux/chrome").chmod(0o600)  # half fetched
    assert find_chromium("") == str(newer)


def test_one_that_is_named_and_is_not_there_is_told_with_lines_to_type(machine: Path) -> None:
    with pytest.raises(NoBrowser) as caught:
        find_chromium("/nowhere/chromium")
    assert "apt install chromium" in caught.value.remedy
    assert "-m playwright install chromium" in caught.value.remedy
