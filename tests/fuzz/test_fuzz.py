"""Fuzzing as a habit: a short sample of the same inputs each time here, an hour of others in `make test-long`
(`--fuzz-seconds`), and everything that was ever found. What a run finds stands in tests/fuzz/finds, and is a test from
then on."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz.running import FINDS, inputs, keep, tried
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

FOUND = sorted(path.relative_to(FINDS).as_posix() for path in FINDS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("name", TARGETS)
def test_a_sample(name: str) -> None:
    target = TARGETS[name]
    for data, _ in islice(inputs(target, 0), target.tries):
        tried(target, data)


@pytest.mark.parametrize("path", FOUND)
def test_what_was_found_once_is_mended(path: str) -> None:
    tried(TARGETS[path.partition("/")[0]], (FINDS / path).read_bytes())


def test_the_seeds_are_good() -> None:
    """Of most forms at least one is taken: what is refused at once leads nowhere."""
    refused = [name for name, target in TARGETS.items() if not any(_is_taken(target, seed) for seed in target.seeds())]
    assert refused == []


def _is_taken(target: Target, data: bytes) -> bool:
    try:
        target.take(data)
    except Exception:
        return False
    return True


@pytest.mark.long
@pytest.mark.parametrize("name", TARGETS)
def test_for_a_while(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    target = TARGETS[name]
    seconds = request.config.getoption("--fuzz-seconds") * target.share / sum(one.share for one in TARGETS.values())
    said, in_hand = request.config.getoption("--fuzz-seed"), tmp_path / "in-hand"
    seed = datetime.now(UTC).toordinal() if said is None else said
    words = [*(sys.executable, "-m", "tests.fuzz.running", name), *("--seconds", str(seconds)), *("--seed", str(seed))]
    try:
        done = subprocess.run(
            [*words, "--in-hand", str(in_hand)], capture_output=True, text=True, timeout=2 * seconds + 600
        )
    except subprocess.TimeoutExpired:
        pytest.fail(f"it hangs at {keep(target, in_hand.read_bytes(), 'it hangs', FINDS)}")
    print(done.stdout)
    if done.returncode < 0:
        pytest.fail(f"signal {-done.returncode} at {keep(target, in_hand.read_bytes(), 'it crashed', FINDS)}")
    assert done.returncode == 0, done.stdout + done.stderr
