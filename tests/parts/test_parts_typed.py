"""A command that a person types holds the key as the core of `run` does: it keeps off the networks, too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.parts import typed


def test_it_gives_up_the_networks_once_its_parts_have_them() -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", typed.__name__]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert (said["before"], said["after"], said["beside"]) == ("open", "OSError", "OSError"), "in each of its threads"
    assert said["child"] != 0 and said["part"] == "fetcher"
    assert said["filters"] == "1", "the fetcher has its own alone: it was there before"
