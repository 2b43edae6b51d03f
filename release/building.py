"""A release's files, which anybody can make again bit by bit: the wheel, its bill of materials, and the hashes of both.

python -m release.building COMMIT FOLDER
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from release.bill import bill_of_this
from release.lock import ROOT

HASHES = "SHA256SUMS"
EARLIEST = 315_532_800  # 1980: a zip knows no time before
_BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def wheel_of(source: Path, into: Path, *, at: int) -> Path:
    """source: the program's files, and nothing beside them. at: seconds since 1970, which every file in the wheel has
    for its time. Where they lie, when they were written, whose they are and what the umask was makes no difference."""
    with tempfile.TemporaryDirectory() as folder:
        work, made = Path(folder) / "source", Path(folder) / "made"
        made.mkdir()
        shutil.copytree(source, work, symlinks=True)
        for path in (work, *work.rglob("*")):
            if not path.is_symlink():
                runs = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if runs else 0o644)
        environment = {
            "PATH": os.defpath,
            "HOME": folder,
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": str(max(at, EARLIEST)),
        }
        # Of this environment's own setuptools, whose version stands in the lock file.
        command = [sys.executable, "-c", _BUILD, str(made)]
        done = subprocess.run(  # noqa: S603 # our own interpreter
            command, cwd=work, env=environment, umask=0o022, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"the wheel was not built:\n{done.stderr}")
        (wheel,) = made.glob("*.whl")
        into.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(wheel, into / wheel.name))


def source_of(commit: str, into: Path) -> int:
    """What git holds at this commit, unpacked; and the commit's time, seconds since 1970."""
    archive = _git("archive", "--format=tar", commit)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(into, filter="data")
    return int(_git("show", "--no-patch", "--format=%ct", f"{commit}^{{commit}}"))


def _git(*words: str) -> bytes:
    git = shutil.which("git") or "git"
    return subprocess.run([git, *words], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S603 # a fixed command


def hashes_of(folder: Path) -> str:
    """As `sha256sum` writes them and checks them."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(HASHES))
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def main(commit: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SystemExit(f"{folder} is not empty: what lies there would be signed with the release")
    with tempfile.TemporaryDirectory() as work:
        at = source_of(commit, Path(work))
        if (Path(work) / "requirements.lock").read_bytes() != (ROOT / "requirements.lock").read_bytes():
            raise SystemExit(f"requirements.lock of {commit} is not the one here: check that commit out first")
        wheel = wheel_of(Path(work), folder, at=at)
    bill = folder / f"{wheel.name.removesuffix('-py3-none-any.whl')}.cdx.json"
    bill.write_text(bill_of_this(datetime.fromtimestamp(at, UTC)), "utf-8")
    (folder / HASHES).write_text(hashes_of(folder), "utf-8")
    sys.stdout.write((folder / HASHES).read_text("utf-8"))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
