"""The catalogue once more with the guard exactly as it ships: nothing is allowed, the site has a public address."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

WALK = Path(__file__).with_name("namespace_walk.py")


def test_nothing_inside_is_reached_with_the_guard_fully_on() -> None:
    done = subprocess.run([sys.executable, WALK], capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout)
    if "no namespace" in seen:
        pytest.skip(f"this machine gives no network namespace: {seen['no namespace']}")
    assert seen["rows"] > 100
    assert (seen["reached"], seen["inside"], seen["wrong"]) == ({}, 0, {})
    assert seen["fine"] == seen["rows"]
