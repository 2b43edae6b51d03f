"""A report on paper: what stock tools say of it, and what touches the disk while it is printed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.errors import WorkFailed
from monitor.evidence.report import report_html
from monitor.outbound.browser import chromium as starting
from monitor.outbound.browser.chromium import Chromium
from monitor.outbound.browser.finding import find_chromium
from monitor.outbound.browser.paper import BrowserPaper
from monitor.outbound.browser.profile import files_in_memory, memory_folder
from tests.evidence.packet_values import facts

has_chromium = pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine")


@pytest.mark.long
@has_chromium
async def test_a_report_is_tagged_and_titled_and_its_files_lie_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles: list[str] = []
    real = Chromium.start

    async def watched(*words: str, **named: bool) -> Chromium:
        started = await real(*words, **named)
        assert started.main is not None
        command = Path(f"/proc/{started.main}/cmdline").read_text().split("\0")
        profiles.extend(word.partition("=")[2] for word in command if word.startswith("--user-data-dir="))
        return started

    monkeypatch.setattr(starting.Chromium, "start", watched)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    pdf = await BrowserPaper().print(report_html(facts("<script>\u202e" * 20)))
    assert os.environ["TMPDIR"] == str(tmp_path)
    assert pdf.startswith(b"%PDF-") and b"/StructTreeRoot" in pdf and b"/Outlines" in pdf
    if memory_folder() is not None:
        assert profiles and all(Path(one).is_relative_to(memory_folder() or "") for one in profiles)
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(Path(one).exists() for one in profiles)
    if shutil.which("pdfinfo"):
        path = tmp_path / "report.pdf"
        path.write_bytes(pdf)
        told = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
        lines = {line.partition(":")[0]: line.partition(":")[2].strip() for line in told.splitlines()}
        assert lines["Tagged"] == "yes" and lines["Title"].startswith("Report: copies of a person's pictures")
        assert lines["JavaScript"] == "no" and lines["Encrypted"] == "no"


async def test_without_a_browser_it_says_so() -> None:
    with pytest.raises(WorkFailed, match="is not a program"):
        await BrowserPaper("/no/such/browser").print("<p>words</p>")


def test_a_folder_in_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "missing"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    found = memory_folder()
    assert found is None or found == Path("/dev/shm")
    monkeypatch.delenv("TMPDIR", raising=False)
    with files_in_memory():
        assert os.environ.get("TMPDIR") == (str(found) if found else None)
    assert "TMPDIR" not in os.environ


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="nothing in memory to be written to")
def test_the_runtime_folder_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path("/dev/shm") / f"own-{os.getpid()}"
    folder.mkdir()
    try:
        monkeypatch.setenv("RUNTIME_DIRECTORY", f"{folder}:/elsewhere")
        assert memory_folder() == folder
    finally:
        folder.rmdir()
