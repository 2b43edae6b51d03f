"""One target for a while: `python -m tests.fuzz.running NAME --seconds 60`. What it must not do is kept in a file.

Every fifth input is watched: where it reaches lines of the program that none reached before, it is built upon. A
process of its own, so that a crash of a library is a find like another; the input in hand stands in a file.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import resource
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import monitor
from tests.fuzz.mutating import Mutator
from tests.fuzz.targets import TARGETS, Target

FINDS = Path(__file__).parent / "finds"
SLOW_S = 4.0  # of computing, for 64 KB at most
MOST_MEMORY = 3 * 1024**3
_OURS = str(Path(monitor.__file__).parent)
_CORPUS = 3_000


class Find(Exception):
    """What a target did and may not."""


def tried(target: Target, data: bytes) -> None:
    """Raises Find."""
    began = time.process_time()
    try:
        target.take(data)
    except target.refuses:
        pass
    except Exception as error:
        if not _may_raise(target, error):
            raise Find(_told(error)) from error
    took = time.process_time() - began
    if took > target.slow_s:
        raise Find(f"it took {took:.1f} s of computing")


def _may_raise(target: Target, error: Exception) -> bool:
    """A library of others, where whoever calls is known to take all of it."""
    if not target.others_may_raise or isinstance(error, MemoryError | RecursionError):
        return False
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return not frames[-1].f_code.co_filename.startswith(_OURS)


def _told(error: Exception) -> str:
    frames = [
        frame for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename.startswith(_OURS)
    ]
    at = f"{Path(frames[-1].f_code.co_filename).name}:{frames[-1].f_code.co_name}" if frames else "nowhere of ours"
    return f"{type(error).__name__} at {at}: {str(error)[:200]}"


def inputs(target: Target, seed: int) -> Iterator[tuple[bytes, Mutator]]:
    """Deterministic; the seeds first."""
    mutator = Mutator(target.seeds(), target.words, random.Random(f"{target.name} {seed}"))
    for one in tuple(mutator.corpus):
        yield one, mutator
    while True:
        yield mutator.next(), mutator


class Watched:
    """Lines of the program that were reached."""

    def __init__(self) -> None:
        self.lines: set[tuple[CodeType, int]] = set()
        self.new = 0

    def __enter__(self) -> Watched:
        self.new = 0
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, event: str, more: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(_OURS) else None

    def _line(self, frame: FrameType, event: str, more: Any) -> Any:
        if event == "line" and (at := (frame.f_code, frame.f_lineno)) not in self.lines:
            self.lines.add(at)
            self.new += 1
        return self._line


def smaller(target: Target, data: bytes, said: str) -> bytes:
    """The same find in fewer bytes, with a few hundred tries."""
    kind = said.partition(":")[0]
    step = max(len(data) // 2, 1)
    for _ in range(400):
        for at in range(0, len(data), step):
            less = data[:at] + data[at + step :]
            try:
                tried(target, less)
            except Find as find:
                if str(find).partition(":")[0] == kind:
                    data = less
                    break
        else:
            if step == 1:
                break
            step = max(step // 2, 1)
    return data


def keep(target: Target, data: bytes, said: str, folder: Path) -> Path:
    into = folder / target.name
    into.mkdir(parents=True, exist_ok=True)
    path = into / hashlib.sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    print(f"{target.name}: {said}\n  {path}", flush=True)
    return path


def run(target: Target, seconds: float, seed: int, finds: Path, in_hand: Path) -> int:
    """How many finds."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    until, watched, known = time.monotonic() + seconds, Watched(), set[str]()
    current = os.open(in_hand, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    number = 0
    for number, (data, mutator) in enumerate(inputs(target, seed)):
        os.pwrite(current, data, 0)
        os.ftruncate(current, len(data))
        try:
            if number % 5 == 0:
                with watched:
                    tried(target, data)
                if watched.new and len(mutator.corpus) < _CORPUS:
                    mutator.corpus.append(data)
            else:
                tried(target, data)
        except Find as find:
            kind = str(find).partition(":")[0]
            if kind not in known and ("took" not in kind or number % 5):  # watching is slow
                known.add(kind)
                keep(target, smaller(target, data, str(find)), str(find), finds)
        if time.monotonic() > until:
            break
    print(f"{target.name}: {number} inputs, {len(watched.lines)} lines, {len(known)} finds", flush=True)
    return len(known)


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("name", choices=sorted(TARGETS))
    words.add_argument("--seconds", type=float, default=60)
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--finds", type=Path, default=FINDS)
    words.add_argument("--in-hand", type=Path, default=Path("/tmp/fuzz-in-hand"))
    said = words.parse_args()
    return min(run(TARGETS[said.name], said.seconds, said.seed, said.finds, said.in_hand), 99)


if __name__ == "__main__":
    sys.exit(main())
