"""What the browser still sees of the folders in which a session's programs listen: what it needs, and its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import WITHIN_S

HIDDEN = """
import json, os, socket, sys
from pathlib import Path
from monitor.parts.confine import session
told = json.loads(sys.argv[1])
home = Path(told["home"])
try:
    session.hide_session(home, [Path(one) for one in told["kept"]], as_root=told["as_root"])
except OSError as error:
    sys.exit(f"skip: {error}")

def reached(path):
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
        except OSError as error:
            return error.strerror
        return "reached"

def written(path):
    try:
        Path(path).write_bytes(b"1")
        return "written"
    except OSError as error:
        return error.strerror

print(json.dumps({
    "session": reached(told["session"]), "screen": reached(told["screen"]),
    "shared": os.listdir("/dev/shm"), "run": os.listdir("/run"),
    "program": Path(told["program"]).read_text(), "through links": Path(told["link"]).read_text(),
    "own": written(home / "own"), "shared memory": written("/dev/shm/own"), "elsewhere": written("/tmp/new"),
    "rights": [line for line in open("/proc/self/status") if line.startswith("CapEff")][0].split()[1],
    "inside": sorted(path.name for path in home.parent.iterdir()),
}))
"""


@pytest.fixture
def hidden() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="rm-s-", dir="/tmp"))
    yield place
    shutil.rmtree(place)


@pytest.mark.parametrize("as_root", [True, False], ids=["as root", "as any user"])
def test_it_sees_what_it_needs_and_no_socket_of_the_session(hidden: Path, as_root: bool) -> None:
    if as_root and os.geteuid() != 0:
        pytest.skip("not root")
    place, home = hidden, Path(tempfile.mkdtemp(prefix="rm-h-", dir="/dev/shm"))
    (place / "real").mkdir()
    (place / "real" / "chromium").write_text("program")
    (place / "link").symlink_to("real")
    with socket.socket(socket.AF_UNIX) as session, socket.socket(socket.AF_UNIX) as screen:
        for listener, name in ((session, "bus"), (screen, "X0")):
            listener.bind(str(place / name))
            listener.listen()
        told = {
            "home": str(home),
            "kept": [str(place / "link" / "chromium"), str(place / "X0"), sys.executable, sys.prefix],
            "session": str(place / "bus"),
            "screen": str(place / "X0"),
            "program": str(place / "real" / "chromium"),
            "link": str(place / "link" / "chromium"),
            "as_root": as_root,
        }
        done = subprocess.run(
            [sys.executable, "-c", HIDDEN, json.dumps(told)], capture_output=True, text=True, timeout=WITHIN_S
        )
    if done.stderr.startswith("skip: "):
        pytest.skip(f"this machine lets nobody hide folders: {done.stderr}")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    rights = said.pop("rights")
    assert as_root or int(rights, 16) == 0
    assert said == {
        "session": "No such file or directory",
        "screen": "reached",
        "shared": [home.name],
        "run": [],
        "program": "program",
        "through links": "program",
        "own": "written",
        "shared memory": "written",
        "elsewhere": "Read-only file system",
        "inside": sorted([home.name, "own"]),
    }
    assert not home.exists()  # nothing is left of it where others see
