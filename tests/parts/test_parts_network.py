"""The browser's own network: made wherever it can be, also where nothing but a loopback is to be seen now."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.patience import WITHIN_S

BEGUN_ALONE = """
import os, sys
from monitor.parts.confine import network
try:
    network._enter()  # a machine whose network comes later
except OSError as error:
    sys.exit(f"skip: {error}")
assert network.is_alone()
before = os.readlink("/proc/self/ns/net")
told = network.leave_network()
print(told, before != os.readlink("/proc/self/ns/net"), network.is_alone())
"""


def test_a_machine_that_has_only_a_loopback_is_left_too() -> None:
    done = subprocess.run([sys.executable, "-c", BEGUN_ALONE], capture_output=True, text=True, timeout=WITHIN_S)
    if done.stderr.startswith("skip: "):
        pytest.skip(f"this machine makes no networks: {done.stderr}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("True True\n") and "it began in one" not in done.stdout, done.stdout
