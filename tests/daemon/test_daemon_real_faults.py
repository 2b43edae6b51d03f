"""The real daemon, as systemd starts it, on a disk that fills up and with a clock that leaps (libfaketime)."""

from __future__ import annotations

import asyncio
import glob
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.clock import monotonic
from tests.alerts.alert_helpers import unnumbered
from tests.crash.test_full_disks import why_not_here
from tests.daemon import test_daemon_process as real
from tests.daemon.test_daemon_process import Daemon, Gate, daemon
from tests.patience import WITHIN_S
from tests.serving.mail import MailServer, mail_server

pytestmark = pytest.mark.long
small_disks = pytest.mark.skipif(bool(why_not_here()), reason=why_not_here())
FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), "")
gate, ready = real.gate, real.ready


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


async def subjects_with(mail: MailServer, words: str, count: int = 1) -> list[str]:
    """Once so many have come."""
    async with asyncio.timeout(WITHIN_S):
        while len(found := [one for one in (unnumbered(got["Subject"]) for got in mail.mails) if words in one]) < count:
            await asyncio.sleep(0.1)
    return found


@pytest.fixture
def disk(ready: Path) -> Iterator[Path]:
    """The daemon's data lie on it."""
    data, folder = ready / "data", ready / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120m,mode=0700", "tmpfs", str(folder)], check=True)
    subprocess.run(["cp", "-a", f"{data}/.", str(folder)], check=True)
    subprocess.run(["rm", "-r", str(data)], check=True)
    data.symlink_to(folder)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(65_536))
            except OSError:
                return filling


@small_disks
async def test_on_a_full_disk_a_find_is_told_at_once_and_the_reserve_comes_back(
    ready: Path, mail: MailServer, gate: Gate, disk: Path
) -> None:
    async with daemon(ready) as running:
        await running.until_told("READY=1")
        await running.until_said("a reserve of room is held")
        await asyncio.wait_for(gate.asked.wait(), WITHIN_S)
        filling = fill(disk)
        gate.opened.set()
        await running.until_said("the reserve is given away")
        await running.until_said("action=watch_done watch=1 status=ok pages=1 images=2 new_sightings=1")
        assert await subjects_with(mail, "new entry") == ["Monitor: 1 new entry"]
        # That little is left, as from the start of so small a disk, and that it is full.
        assert await subjects_with(mail, "disk", count=2) == ["Monitor: the disk needs attention"] * 2
        fill(disk)  # the reserve's room too: nothing can be written any more
        filling.unlink()
        said = running.said.count("a reserve of room is held")
        began = monotonic()
        while running.said.count("a reserve of room is held") == said:
            await asyncio.sleep(0.1)
        assert monotonic() - began < 120, "a minute, on a machine that is not busy"
        running.process.terminate()
        assert await running.end() == 0
    assert [path.name for path in disk.glob("*/reserve")] == ["reserve"]


def resident_mb(running: Daemon) -> int:
    status = Path(f"/proc/{real.core_of(running.process.pid)}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024  # type: ignore[index]


@pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed")
@pytest.mark.parametrize("step", ["+365d", "-365d", "+9h", "-9h"])
async def test_a_leap_of_the_clock_stalls_nothing_and_silences_nothing(
    ready: Path, mail: MailServer, gate: Gate, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offset = ready / "offset"
    offset.write_text("+0\n")
    usual = real.environment
    faked = {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1"}
    faked |= dict.fromkeys(("DONT_FAKE_MONOTONIC", "FAKETIME_DONT_FAKE_MONOTONIC"), "1")
    monkeypatch.setattr(real, "environment", lambda folder, **more: usual(folder, **more) | faked)
    async with daemon(ready) as running:
        await running.until_told("READY=1")
        await asyncio.wait_for(gate.asked.wait(), WITHIN_S)
        await running.until_told("WATCHDOG=1")
        before, beats = resident_mb(running), [monotonic()]
        offset.write_text(f"{step}\n")
        gate.opened.set()
        await running.until_said("the clock was set")
        for _ in range(30):
            await running.until_told("WATCHDOG=1")
            beats.append(monotonic())
        assert "1 new entry" in (await subjects_with(mail, "new entry"))[0]
        longest, grown = max(later - earlier for earlier, later in pairwise(beats)), resident_mb(running) - before
        print(f"{step}: the longest time between two beats {longest:.1f} s, {grown} MB more")
        assert longest < 20 and grown < 60
        told = [one for one in (unnumbered(got["Subject"]) for got in mail.mails) if "clock" in one]
        assert len(told) == ("d" in step), "by a day and more it is told, once"
        running.process.terminate()
        assert await running.end() == 0
