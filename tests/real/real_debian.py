"""A fresh Debian in a folder (debootstrap), to install and run in as nobody has before: its own processes and
mounts, on request a network of its own. For tests that need root anyway.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real.real_programs import CACHE, need_debian

CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")

_ENTER = """\
root=$1; shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=xterm \
chroot "$root" "$@"
"""


@dataclass(frozen=True, slots=True)
class FreshRoot:
    path: Path

    def words(self, *words: str, network: int | None = None) -> list[str]:
        """A command line that runs these words there as root; everything ends with it. network: a process whose
        network it gets (`own_network`), else the machine's own."""
        inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-ec", _ENTER, "enter"]
        before = ["nsenter", f"--net=/proc/{network}/ns/net"] if network else []
        return [*before, *inside, str(self.path), *words]

    def run(self, *words: str, network: int | None = None) -> str:
        """To its end, as root there; what it said is in the failure."""
        done = subprocess.run(
            self.words(*words, network=network), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (
            f"{words} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-3000:]}"
        )
        return done.stdout

    def install(self, *packages: str) -> None:
        self.run("apt-get", "update", "-q")
        apt = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
        self.run("env", "DEBIAN_FRONTEND=noninteractive", *apt)

    def write(self, path: str, text: str, mode: int = 0o644) -> Path:
        """path: from the root on."""
        file = self.path / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file


@contextlib.contextmanager
def fresh_root(suite: str) -> Iterator[FreshRoot]:
    """A copy of what debootstrap makes once (in the cache folder). suite: `bookworm` or `trixie`."""
    if os.geteuid() != 0:
        pytest.skip("a fresh root is made and entered by root alone")
    need_debian("debootstrap")
    made = CACHE / f"root-{suite}"
    if not made.exists():
        _debootstrap(suite, made)
    root = made.with_name(f"{made.name}-{os.getpid()}")
    subprocess.run(["cp", "-a", "--reflink=auto", made, root], check=True)
    try:
        _as_this_machine_reaches_packages(root)
        yield FreshRoot(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def own_network(*addresses: str) -> Iterator[int]:
    """A network with nothing in it but this machine, which has these addresses. A process that holds it open."""
    script = "ip link set lo up; for a; do ip addr add $a/32 dev lo; done; echo up; exec sleep infinity"
    words = ["unshare", "--net", "sh", "-ec", script, "sh", *addresses]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holding:
        try:
            assert holding.stdout is not None
            assert holding.stdout.readline() == "up\n"
            yield holding.pid
        finally:
            holding.kill()


def _debootstrap(suite: str, made: Path) -> None:
    part = made.with_name(f"{made.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    words = ["debootstrap", "--variant=minbase", "--include=ca-certificates", suite, str(part)]
    subprocess.run(words, check=True, capture_output=True)
    part.rename(made)


def _as_this_machine_reaches_packages(root: Path) -> None:
    """Names, and the authorities that this machine trusts; where pip is told anything here, there too."""
    for path in (Path("etc/resolv.conf"), CERTIFICATES):
        if Path("/", path).exists():
            shutil.copy(Path("/", path), root / path)
    if (root / CERTIFICATES).exists():
        told = f"[global]\ncert = /{CERTIFICATES}\ntimeout = 180\n"
        (root / "etc/pip.conf").write_text(told)
