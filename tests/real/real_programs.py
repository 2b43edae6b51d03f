"""Real software for the tests: installed by package name, started on loopback, ended with everything it started."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

AGREED = os.environ.get("CI") == "true" or os.environ.get("REAL_INSTALL") == "yes"
START_WITHIN_S = 90  # a loaded machine with two cores
CACHE = Path(os.environ.get("REAL_CACHE") or Path.home() / ".cache" / "reupload-monitor-real")


def need_debian(*packages: str) -> None:
    """Debian packages, installed when that was agreed to; else the test is skipped with the reason."""
    missing = [package for package in packages if not _is_installed(package)]
    if not missing:
        return
    how = f"apt-get install --no-install-recommends {' '.join(missing)}"
    if not shutil.which("apt-get"):
        pytest.skip(f"not Debian, and {', '.join(missing)} are not here")
    if not (AGREED and os.geteuid() == 0):
        pytest.skip(f"not installed: run as root with REAL_INSTALL=yes, or: {how}")
    apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=apt, check=True, capture_output=True)
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
    subprocess.run(command, env=apt, check=True, capture_output=True)


def _is_installed(package: str) -> bool:
    asked = subprocess.run(["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True, check=False)
    return asked.stdout == "install ok installed"


def need_python(name: str, *requirements: str) -> Path:
    """The `bin` of a virtual environment in the cache folder, with these packages: never beside the program's own."""
    place = CACHE / name
    ready = place / "ready.txt"
    wanted = "\n".join(requirements)
    if not ready.exists() or ready.read_text() != wanted:
        if not AGREED:
            pytest.skip(f"{wanted.split()} are not in {place}: REAL_INSTALL=yes installs them there")
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        pip = [place / "bin" / "python", "-m", "pip", "install", "-q", *requirements]
        subprocess.run(pip, check=True, capture_output=True)
        ready.write_text(wanted)
    return place / "bin"


def need_npm(name: str, *packages: str) -> Path:
    """A folder of its own in the cache folder with these packages (name@version) in its node_modules."""
    place = CACHE / name
    ready = place / "ready.txt"
    wanted = "\n".join(packages)
    if not shutil.which("npm"):
        pytest.skip("npm is not here")
    if not ready.exists() or ready.read_text() != wanted:
        if not AGREED:
            pytest.skip(f"{wanted.split()} are not in {place}: REAL_INSTALL=yes installs them there")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "package.json").write_text('{"private": true}')
        run("npm", "install", "--no-audit", "--no-fund", "--loglevel", "error", *packages, cwd=place)
        ready.write_text(wanted)
    return place


def free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


def run(*command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, text: str = "") -> str:
    """To its end; what it said is in the failure."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
    )
    return done.stdout


@contextlib.contextmanager
def started(
    command: Sequence[str | Path],
    *,
    log: Path,
    port: int = 0,
    path: Path | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Until the block ends, together with its children. Ready when `port` answers, or the socket file `path` does."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + START_WITHIN_S
        while not _answers(port, path):
            said = log.read_text(errors="replace")[-3000:]
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}:\n{said}"
            assert time.monotonic() < deadline, f"{command[0]} does not answer:\n{said}"
            time.sleep(0.1)  # another program's start is waited for: nothing tells of it
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
        with contextlib.suppress(ProcessLookupError):  # children that outlived it
            os.killpg(process.pid, signal.SIGKILL)


def _answers(port: int, path: Path | None) -> bool:
    try:
        if path is None:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(path))
        return True
    except OSError:
        return False
