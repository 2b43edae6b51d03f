"""One index over the photos of all cases: what it costs to ask which of them a picture may be, in all eight turns.

    python -m bench.many_hashes [--upto 7] [--photos FOLDER] [--only all] [--json FILE]
    python -m bench.many_hashes --swap [--size 10000000]      # changed all the time under 100 look-ups a second

CPU milliseconds of one thread, medians over 40 candidates, of four ways beside each other:

    flat     every hash compared
    plain    multi-index hashing, whoever its tables name looked up in the hashes (this program's until issue 19)
    index    `matching.index.build_hash_index`: some bits of the next chunk beside each entry
    all      `matching.all_cases.AllHashes`: that in segments, 50 photos a case, as a worker asks it

Sets: random bits; and hashes of real pictures, by PDQ: cuts of photographs (a tenth to all of one, shapes of 2:3 to
3:2, each in one of the eight turns) of one half of them. Candidates are strangers: cuts of the other half, and random
bits. Each size runs in a process of its own; memory is what the set takes there, the hashes themselves included, and
the most it took while it was built."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.photographs import Half, photographs
from bench.speed_match import resident
from monitor.matching import index
from monitor.matching.all_cases import AllHashes
from monitor.matching.reading import pdq_hash
from monitor.memory import few_arenas
from monitor.model.fingerprint import Frame, ImageReading
from monitor.model.hash_lot import HashLot, LotKey
from monitor.model.ids import CaseId
from monitor.model.settings import MatchSettings
from monitor.pipeline.other_cases import IndexOverCases

Rows = NDArray[np.uint8]
_SIDE = 64  # of PDQ's own samples
_LOT = 2_000
_LEVELS = (1, 2, 4, 8, 16)
PHOTOS_A_CASE = 50
ASKED = 40
READ_AT_ONCE = 1_000_000
_NPY_HEAD = 128  # bytes before the numbers
WITHIN = 31


class Cuts:
    """Hashes of random cuts of photographs, thousands a second: PDQ from its 64 x 64 samples on."""

    def __init__(self, images: Sequence[Image.Image]) -> None:
        self._levels = [
            [np.asarray(image.convert("L").reduce(level), dtype=np.float32) for level in _LEVELS] for image in images
        ]

    def draw(self, count: int, random: np.random.Generator) -> Rows:
        """Each in one of the eight turns. Those of an empty block (sky, wall) have a meaningless hash: left out, as
        they are when a photo is enrolled."""
        made = list[Rows]()
        have = 0
        while have < count:
            blocks = self._blocks(_LOT, random)
            kept = blocks[np.median(np.abs(blocks).reshape(len(blocks), -1), axis=1) >= pdq_hash._EMPTY]
            turn = int(random.integers(0, 8))
            turned = np.stack([pdq_hash._turned(block)[turn] for block in kept]) if turn else kept
            rows = np.frombuffer(b"".join(pdq_hash._hashes(turned)), dtype=np.uint8).reshape(-1, 32)
            made.append(rows)
            have += len(rows)
        return np.concatenate(made)[:count]

    def _blocks(self, count: int, random: np.random.Generator) -> NDArray[np.float64]:
        samples = np.empty((count, _SIDE, _SIDE), dtype=np.float32)
        for at in range(count):
            levels = self._levels[int(random.integers(0, len(self._levels)))]
            height, width = levels[0].shape
            share, shape = random.uniform(0.1, 1.0) ** 0.5, random.uniform(0.82, 1.22)
            high, wide = min(1.0, share * shape) * height, min(1.0, share / shape) * width
            top, left = random.uniform(0, height - high), random.uniform(0, width - wide)
            level = max(number for number, step in enumerate(_LEVELS) if not number or min(high, wide) / step >= 96)
            shrunk = levels[level]
            steps = (np.arange(_SIDE) + 0.5) / _SIDE
            rows = np.minimum(((top + steps * high) / _LEVELS[level]).astype(int), shrunk.shape[0] - 1)
            columns = np.minimum(((left + steps * wide) / _LEVELS[level]).astype(int), shrunk.shape[1] - 1)
            samples[at] = shrunk[rows[:, None], columns[None, :]]
        cosines = pdq_hash._cosines().astype(np.float32)
        return (cosines @ samples @ cosines.T).astype(np.float64)

    def asked(self, count: int, random: np.random.Generator) -> list[Rows]:
        """Candidates, each with its eight turns, (8, 32)."""
        blocks = self._blocks(count, random)
        return [
            np.frombuffer(b"".join(pdq_hash._hashes(pdq_hash._turned(block))), dtype=np.uint8).reshape(8, 32)
            for block in blocks
        ]


def most_resident() -> float:
    """MB, since `clear_refs` was written to."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024 / 1e6


class Plain:
    """Multi-index hashing as it was here until issue 19."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows.view(np.uint64)
        chunks = self._rows.view(np.uint16)
        self._order = np.empty((16, len(rows)), dtype=np.uint32)
        self._starts = np.empty((16, 65537), dtype=np.uint32)
        for table in range(16):
            keys = np.ascontiguousarray(chunks[:, table])
            self._order[table] = np.argsort(keys, kind="stable")
            self._starts[table, 0] = 0
            np.cumsum(np.bincount(keys, minlength=65536), out=self._starts[table, 1:])

    def search(self, turns: Rows) -> int:
        wanted = np.ascontiguousarray(turns).view(np.uint64)
        keys = wanted.view(np.uint16).reshape(len(wanted), 16, 1) ^ index._PROBES
        tables = np.arange(16)[None, :, None]
        first = self._starts[tables, keys].astype(np.int64).reshape(-1)
        count = self._starts[tables, keys.astype(np.int64) + 1].astype(np.int64).reshape(-1) - first
        found = np.flatnonzero(count)
        first, count = first[found], count[found]
        ends = np.cumsum(count)
        base = (found // 17) % 16 * self._order.shape[1] + first - (ends - count)
        entries = self._order.reshape(-1)[np.arange(ends[-1] if len(ends) else 0) + np.repeat(base, count)]
        queries = np.repeat(found // (16 * 17), count)
        distances = np.bitwise_count(wanted[queries] ^ self._rows[entries]).sum(axis=1, dtype=np.int64)
        near = np.flatnonzero(distances <= WITHIN)
        return len(set(zip(queries[near].tolist(), entries[near].tolist(), strict=True)))


def all_of(rows: Rows | NumbersInFile) -> AllHashes:
    """A case for each fifty, read a million at a time, as a worker reads them from the store."""
    made = AllHashes()
    for start in range(0, len(rows), READ_AT_ONCE):
        some, lots = rows[start : start + READ_AT_ONCE], list[HashLot]()
        for at in range(0, len(some), PHOTOS_A_CASE):
            part, case = some[at : at + PHOTOS_A_CASE], CaseId(f"case{start + at:08}")
            lots.append(HashLot(LotKey(case, 0), 1, b"\x5a" * len(part), part.tobytes()))
        made = made.changed((), lots)
    return made


class NumbersInFile:
    """The first of a file's hashes, of which only those are in memory that are asked for."""

    def __init__(self, file: Path, size: int) -> None:
        self._file, self._size = file, size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> Rows:
        first, last, _ = part.indices(self._size)
        flat = np.fromfile(self._file, dtype=np.uint8, count=32 * (last - first), offset=_NPY_HEAD + 32 * first)
        return flat.reshape(-1, 32)


WAYS: Mapping[str, Callable[[Any], Callable[[Rows], int]]] = {
    "flat": lambda rows: (lambda built: lambda turns: len(built.search(turns, WITHIN).entries))(
        index.FlatHashIndex(rows)
    ),
    "plain": lambda rows: Plain(rows).search,
    "index": lambda rows: (lambda built: lambda turns: len(built.search(turns, WITHIN).entries))(
        index.build_hash_index(rows)
    ),
    "all": lambda rows: (
        lambda built: (
            lambda turns: len(built.near(turns, np.full(len(turns), 90, dtype=np.uint8), least_quality=50, but=()))
        )
    )(all_of(rows)),
}
LARGEST = {"flat": 1_000_000}


def cuts(folder: Path | None, half: Half) -> Cuts:
    return Cuts([item.image() for item in photographs(folder, half)])


def one_size(folder: Path | None, way: str, kind: str, file: Path, size: int) -> dict[str, float]:
    """In a process of its own. file: the whole set, of which the first `size` are taken."""
    random = np.random.default_rng(7)
    strangers = [random.integers(0, 256, (8, 32), dtype=np.uint8) for _ in range(ASKED)]
    if kind == "real":
        strangers = cuts(folder, Half.REPORT).asked(ASKED, random)
    gc.collect()
    before = resident()
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    rows = NumbersInFile(file, size)
    copies = [np.roll(one, 0, axis=0) for one in strangers[:8]]
    for number, one in enumerate(copies):  # a turn of it is a photo of the set, eight bits away
        at = number * (size // 8)
        bits = np.unpackbits(rows[at : at + 1])
        bits[random.choice(256, 8, replace=False)] ^= 1
        one[3] = np.packbits(bits)
    began = time.process_time()
    search = WAYS[way](rows if way == "all" else rows[:])
    built = time.process_time() - began
    gc.collect()
    held, peak = resident() - before, most_resident() - before
    missed = sum(not search(one) for one in copies)
    taken = list[float]()
    found = 0
    for _ in range(3):
        for one in strangers:
            began = time.thread_time()
            found += search(one)
            taken.append(1000 * (time.thread_time() - began))
    return {
        "ms": sorted(taken)[len(taken) // 2],
        "ms_worst": sorted(taken)[int(len(taken) * 0.95)],
        "build_s": built,
        "mb": held,
        "peak_mb": peak,
        "missed": missed,
        "found": found / 3,
    }


def table(args: argparse.Namespace) -> dict[str, dict[str, float]]:
    figures = dict[str, dict[str, float]]()
    with tempfile.TemporaryDirectory(dir=args.cache) as folder:
        for kind in ("random", "real"):
            file = Path(folder) / f"{kind}.npy"
            random = np.random.default_rng(3)
            most = 10**args.upto
            if kind == "random":
                np.save(file, random.integers(0, 256, (most, 32), dtype=np.uint8))
            elif args.real:
                file = args.real
            else:
                np.save(file, cuts(args.photos, Half.TUNE).draw(most, random))
            for power in range(3, args.upto + 1):
                for way in WAYS:
                    if 10**power > LARGEST.get(way, most) or (args.only and way != args.only):
                        continue
                    command = [sys.executable, "-m", "bench.many_hashes", "--one", way, kind, str(file), str(10**power)]
                    if args.photos:
                        command += ["--photos", str(args.photos)]
                    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                    figures[f"{kind} 10^{power} {way}"] = got = json.loads(said)
                    print(
                        f"{kind:7} 10^{power} {way:6} {got['ms']:9.3f} ms, 95 % {got['ms_worst']:8.3f}; built in "
                        f"{got['build_s']:6.2f} s; {got['mb']:7.0f} MB, at most {got['peak_mb']:7.0f}; "
                        f"copies missed {got['missed']:.0f} of 8; found {got['found']:.0f}",
                        flush=True,
                    )
    return figures


class Changing:
    """A table of hashes that changes under whoever reads it, in memory."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.count = rows, -(-len(rows) // PHOTOS_A_CASE)
        self.buckets = [self.count // 256 + (bucket < self.count % 256) for bucket in range(256)]
        self.sums = [0] * 256
        self.known = [
            {LotKey(CaseId(f"{case:08}"), 0): 0 for case in range(bucket, self.count, 256)} for bucket in range(256)
        ]

    def change(self, case: int) -> None:
        self.known[case % 256][LotKey(CaseId(f"{case:08}"), 0)] += 1
        self.sums[case % 256] += 1

    def stamps(self) -> Mapping[int, tuple[int, int]]:
        return {bucket: (count, self.sums[bucket]) for bucket, count in enumerate(self.buckets) if count}

    def revisions(self, buckets: Iterable[int]) -> Mapping[int, Mapping[LotKey, int]]:
        return {bucket: self.known[bucket].copy() for bucket in buckets}

    def lots(self, keys: Iterable[LotKey]) -> Sequence[HashLot]:
        found = list[HashLot]()
        for key in keys:
            case = int(key.case)
            part = self.rows[case * PHOTOS_A_CASE : (case + 1) * PHOTOS_A_CASE]
            found.append(HashLot(key, self.known[case % 256][key], b"\x5a" * len(part), part.tobytes()))
        return found

    async def listen(self, heard: Callable[[], None]) -> None:
        """Rung by hand."""


async def swap(size: int, seconds: float) -> dict[str, float]:
    random = np.random.default_rng(3)
    before = resident()
    hashes = Changing(random.integers(0, 256, (size, 32), dtype=np.uint8))
    over = IndexOverCases(hashes, MatchSettings())
    asked = [ImageReading("JPEG", 9, 9, (Frame(random.bytes(256), 90),)) for _ in range(200)]
    began = time.perf_counter()
    await over.near(asked[0], beside=())
    loaded, held = time.perf_counter() - began, resident() - before
    figures = {"photos": float(size), "loaded_s": loaded, "mb": held}
    for how in ("still", "changing", "still again"):
        taken, used, most = await look_ups(over, hashes if how == "changing" else None, asked, seconds, random)
        figures |= {
            f"{how}: {name}{at}": ordered[int(len(ordered) * share) - 1]
            for name, ordered in (("ms", sorted(taken)), ("cpu ms", sorted(used)))
            for at, share in ((", half", 0.5), (", 99 %", 0.99), (", slowest", 1.0))
        } | {f"{how}: most MB": most - before}
    await over.aclose()
    return figures


async def look_ups(
    over: IndexOverCases,
    hashes: Changing | None,
    asked: Sequence[ImageReading],
    seconds: float,
    random: np.random.Generator,
) -> tuple[list[float], list[float], float]:
    """A hundred a second: how long each took, and the processor time of the whole process meanwhile, building included.
    Twice a second forty cases change, and every ten seconds 6,500."""
    taken, used, most = list[float](), list[float](), resident()
    due = time.perf_counter()
    for number in range(int(100 * seconds)):
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        start, busy = time.perf_counter(), time.process_time()
        await over.near(asked[number % len(asked)], beside=())
        taken.append(1000 * (time.perf_counter() - start))
        used.append(1000 * (time.process_time() - busy))
        due += 0.01
        if hashes is not None and number % 50 == 49:
            count = 6_500 if number % 1_000 == 999 else 40
            for case in random.choice(hashes.count, min(count, hashes.count // 2), replace=False).tolist():
                hashes.change(case)
            over.rung()
            most = max(most, resident())
    return taken, used, most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upto", type=int, default=6, help="the largest set, as a power of ten")
    parser.add_argument("--photos", type=Path, help="photographs (bench.photographs); else those of the demo")
    parser.add_argument("--real", type=Path, help="hashes drawn before (.npy), in place of drawing them")
    parser.add_argument("--only", choices=list(WAYS))
    parser.add_argument("--cache", type=Path, help="where sets are written for as long as it runs")
    parser.add_argument("--swap", action="store_true")
    parser.add_argument("--size", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    few_arenas()  # as the program has it
    if args.one:
        way, kind, file, size = args.one
        print(json.dumps(one_size(args.photos, way, kind, Path(file), int(size))))
        return
    figures: object
    if args.swap:
        figures = asyncio.run(swap(args.size, args.seconds))
        print(json.dumps(figures, indent=1))
    else:
        figures = table(args)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
