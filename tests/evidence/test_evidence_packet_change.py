"""Every change of a packet is found by the commands that stand in it, and nothing else is."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import WorkFailed
from monitor.evidence.custody import faults, parse_log
from monitor.model.ids import CaseId
from monitor.services.packets import PacketService, PacketWish
from tests.evidence.kept_evidence import CASE, kept_evidence

LOG = "log/custody-log.jsonl"


class NoPaper:
    async def print(self, html: str) -> bytes:
        raise WorkFailed("no browser was found")


async def no_stamp(case: CaseId) -> None: ...


@dataclass
class Unpacked:
    """folder: of the packet, unpacked. earlier: of one that was made before."""

    folder: Path
    earlier: Path

    @property
    def names(self) -> list[str]:
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        return sorted(name for name in found if name != "SHA256SUMS")


@pytest.fixture(scope="module")
def packet(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    place = tmp_path_factory.mktemp("packet")
    (place / "kept").mkdir()
    kept = kept_evidence(place / "kept")
    service = PacketService(kept.store, kept.settings, lambda: datetime.now(UTC), NoPaper(), no_stamp)
    finds = [sighting.id for sighting in kept.store.sightings.all(CASE)]
    for name in ("earlier", "packet"):
        out = place / f"{name}.zip"
        asyncio.run(service.export(finds, PacketWish(out, kept.identity, with_images=True), case=CASE))
        with zipfile.ZipFile(out) as opened:
            opened.extractall(place / name)
    kept.store.close()
    return Unpacked(place / "packet", place / "earlier")


def found(packet: Unpacked) -> list[str]:
    """By HOW-TO-CHECK.txt: the digests, and that each file has a line; then the log."""
    command = ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"]
    said = subprocess.run(command, cwd=packet.folder, capture_output=True, text=True, errors="replace")
    told = [line for line in (said.stdout + said.stderr).splitlines() if line] if said.returncode else []
    lines = (packet.folder / "SHA256SUMS").read_text("utf-8", "replace").splitlines()
    told += sorted(set(packet.names) - {line[66:] for line in lines})
    try:
        log = parse_log((packet.folder / LOG).read_bytes(), CASE)
        hidden = {entry.number for entry in log if entry.is_dropped}
        told += list(faults(log, left_out=hidden))
    except (OSError, ValueError) as error:
        told.append(f"{LOG}: {error}")
    return told


def listed(packet: Unpacked) -> set[tuple[str, str]]:
    lines = (packet.folder / "SHA256SUMS").read_text("utf-8", "replace").splitlines()
    return {(line[:64].lower(), line[66:]) for line in lines}


@pytest.fixture
def undone(packet: Unpacked, tmp_path: Path) -> Iterator[Unpacked]:
    yield from _undone(packet, tmp_path)


def _undone(packet: Unpacked, place: Path) -> Iterator[Unpacked]:
    copy = place / "copy"
    shutil.copytree(packet.folder, copy)
    yield Unpacked(copy, packet.earlier)
    shutil.rmtree(copy)


def flip(path: Path, at: int, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1 << bit
    path.write_bytes(content)


def pictures(packet: Unpacked) -> list[str]:
    return [name for name in packet.names if name.endswith((".jpg", ".png"))]


@pytest.mark.long
def test_as_it_was_packed_nothing_is_found(packet: Unpacked) -> None:
    assert found(packet) == []
    assert len(pictures(packet)) == 6


Change = Callable[[Unpacked], str]


def flipped(packet: Unpacked) -> str:
    name = pictures(packet)[0]
    flip(packet.folder / name, 10)
    return name


def cut(packet: Unpacked) -> str:
    path = packet.folder / "manifest.json"
    path.write_bytes(path.read_bytes()[:-1])
    return "manifest.json"


def dropped(packet: Unpacked) -> str:
    name = pictures(packet)[0]
    (packet.folder / name).unlink()
    return name


def added(packet: Unpacked) -> str:
    (packet.folder / "captures" / "added.txt").write_text("He did it.")
    return "captures/added.txt"


def swapped(packet: Unpacked) -> str:
    one, other = pictures(packet)[0], pictures(packet)[-1]
    first, second = (packet.folder / one).read_bytes(), (packet.folder / other).read_bytes()
    (packet.folder / one).write_bytes(second)
    (packet.folder / other).write_bytes(first)
    return other


def rolled_back(packet: Unpacked) -> str:
    shutil.copy(packet.earlier / LOG, packet.folder / LOG)
    return LOG


def line_gone(packet: Unpacked) -> str:
    path, name = packet.folder / "SHA256SUMS", pictures(packet)[0]
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.endswith(f"{name}\n")))
    return name


def reordered(packet: Unpacked) -> str:
    path = packet.folder / LOG
    lines = path.read_bytes().splitlines(True)
    path.write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))
    return LOG


@pytest.mark.parametrize("change", [flipped, cut, dropped, added, swapped, rolled_back, line_gone, reordered])
def test_a_change_is_found_and_named(undone: Unpacked, change: Change) -> None:
    name = change(undone)
    assert any(name in said for said in found(undone))


def test_a_log_that_was_changed_with_its_line_is_found_by_the_chain(undone: Unpacked) -> None:
    """Whoever changes the log and makes the list of digests anew."""
    path = undone.folder / LOG
    path.write_bytes(path.read_bytes().replace(b'"act":"shot"', b'"act":"view"', 1))
    digest = subprocess.run(["sha256sum", LOG], cwd=undone.folder, capture_output=True, text=True).stdout[:64]
    sums = undone.folder / "SHA256SUMS"
    lines = [f"{digest}  {LOG}" if line.endswith(LOG) else line for line in sums.read_text().splitlines()]
    sums.write_text("\n".join(lines) + "\n")
    assert any("it was changed" in said for said in found(undone))


def any_change(packet: Unpacked, dice: random.Random) -> str:
    one, other = dice.sample(packet.names, 2)
    path, more = packet.folder / one, packet.folder / other
    kind = dice.choice(["flip", "cut", "drop", "add", "swap", "copy", "roll back", "the list"])
    if kind == "flip":
        flip(path, dice.randrange(path.stat().st_size), dice.randrange(8))
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[: dice.randrange(path.stat().st_size)])
    elif kind == "drop":
        path.unlink()
    elif kind == "add":
        (path.parent / f"{dice.randrange(10**6)}.txt").write_bytes(more.read_bytes())
    elif kind == "swap":
        first, second = path.read_bytes(), more.read_bytes()
        path.write_bytes(second)
        more.write_bytes(first)
        kind = kind if first != second else ""
    elif kind == "copy":
        kind = kind if path.read_bytes() != more.read_bytes() else ""
        shutil.copy(more, path)
    elif kind == "roll back":
        older = packet.earlier / one
        kind = kind if older.read_bytes() != path.read_bytes() else ""
        shutil.copy(older, path)
    else:
        before = listed(packet)
        path = packet.folder / "SHA256SUMS"
        flip(path, dice.randrange(path.stat().st_size), dice.randrange(8))
        kind = kind if listed(packet) != before else ""  # a digit in capitals is the same digit
    return kind


@pytest.mark.long
def test_a_thousand_changes_are_found_and_a_thousand_looks_raise_no_alarm(packet: Unpacked, tmp_path: Path) -> None:
    dice, missed, changes = random.Random(13), list[str](), 0
    while changes < 1000:
        for copy in _undone(packet, tmp_path):
            assert found(copy) == []
            kind = any_change(copy, dice)
            changes += bool(kind)
            if kind and not found(copy):
                missed.append(kind)
    assert missed == []
