"""What stock tools say of a packet that is whole, and of one that is not."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.demo.packet import check_packet
from monitor.services.packet_file import new_packet

pytestmark = pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
AT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def packet_at(path: Path) -> Path:
    with new_packet(path, AT) as packet:
        packet.add("report.html", [b"<p>words"])
        packet.add("captures/0001/page.txt.gz", [gzip.compress(b"a page" * 1000)])
    return path


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"\x1f\x8b") + 12] ^= 1  # in the packed page
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


@pytest.mark.parametrize("change", [flip, cut], ids=["flipped", "cut"])
def test_a_changed_packet_is_found(tmp_path: Path, change: Callable[[Path], None]) -> None:
    whole = packet_at(tmp_path / "whole.zip")
    checks = check_packet(whole, tmp_path / "whole")
    assert [check.tool for check in checks] == ["unzip", "sha256sum", "gzip"]
    assert not [check for check in checks if check.fault]
    change(whole)
    assert [check for check in check_packet(whole, tmp_path / "changed") if check.fault]


def test_a_machine_without_unzip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert check_packet(packet_at(tmp_path / "p.zip"), tmp_path / "p") == ()
