"""The demo's packet, checked by programs that others made: those of them that are on this machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_WAIT_S = 60.0  # for one of them; each takes less than a second


@dataclass(frozen=True, slots=True)
class StockCheck:
    """tool: its name. fault: what it said; '' where it found nothing wrong."""

    tool: str
    fault: str = ""


def check_packet(packet: Path, unpacked: Path) -> tuple[StockCheck, ...]:
    """As HOW-TO-CHECK.txt in it says. unpacked: a folder that is made, and stays."""
    if shutil.which("unzip") is None:
        return ()
    first = _asked("unzip", "-qq", str(packet), "-d", str(unpacked), folder=packet.parent)
    return (first,) if first.fault else (first, *_checks(unpacked))


def _checks(folder: Path) -> Iterator[StockCheck]:
    packed = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.gz"))
    archives = [name for name in packed if name.endswith(".warc.gz")]
    yield _asked("sha256sum", "-c", "SHA256SUMS", folder=folder)
    if packed:
        yield _asked("gzip", "-t", *packed, folder=folder)
    if archives:
        beside = Path(sys.executable).with_name("warcio")
        yield _asked(str(beside) if beside.is_file() else "warcio", "check", *archives, folder=folder)
    if (folder / "report.pdf").is_file() and shutil.which("pdfinfo"):
        yield _asked("pdfinfo", "report.pdf", folder=folder, says="Tagged:          yes")


def _asked(tool: str, *words: str, folder: Path, says: str = "") -> StockCheck:
    """says: what must stand in its answer."""
    name, path = Path(tool).name, shutil.which(tool)
    if path is None:
        return StockCheck(name, "it is not on this machine")
    done = _run([path, *words], folder)
    if done.returncode or says not in done.stdout:
        return StockCheck(name, (done.stderr or done.stdout).strip()[:500] or "it says that something is wrong")
    return StockCheck(name)


def _run(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # programs of this machine, on files of our own names
        words, cwd=folder, capture_output=True, text=True, timeout=_WAIT_S, check=False, stdin=subprocess.DEVNULL
    )
