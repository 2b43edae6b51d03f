"""A machine that systemd boots, without one: namespaces, and this machine's own root under an overlay that forgets what
is written. Nothing of it is seen from outside, and no packet leaves it."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.patience import WITHIN_S

ROOT = Path(__file__).parents[2]
TREE = "/srv/tree"
"""The project, within."""

BOOT = r"""
set -e
base=$1; tree=$2; root=$base/root
mount --make-rprivate /
mount -t tmpfs tmpfs "$base"
mkdir -p "$base/up" "$base/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/up,workdir=$base/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for name in null zero full random urandom tty; do
  touch "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir -p "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"; ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"  # nothing here sets what the kernel has once for all
hostname booted
: > "$root/etc/machine-id"
rm -rf "$root/etc/systemd/system/"* "$root/etc/init.d/"* "$root/etc/reupload-monitor" "$root/var/lib/systemd/linger"
rm -rf "$root/opt/reupload-monitor"
mkdir -p "$root/srv/tree"
mount --bind "$tree" "$root/srv/tree"
# With this machine's own Python: another one may lie in a home, which a service does not see.
version=$("$tree/.venv/bin/python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
chroot "$root" "/usr/bin/$version" -m venv --without-pip /opt/program
printf '%s\n' /srv/tree "/srv/tree/.venv/lib/$version/site-packages" \
  > "$root/opt/program/lib/$version/site-packages/program.pth"
rm -f "$root/usr/local/bin/reupload-monitor"
cat > "$root/opt/program/bin/reupload-monitor" <<'END'
#!/opt/program/bin/python
import sys
from monitor.__main__ import main
sys.exit(main())
END
chmod 755 "$root/opt/program/bin/reupload-monitor"
ln -s /opt/program/bin/reupload-monitor "$root/usr/local/bin/reupload-monitor"
cd "$root"; mkdir -p old; pivot_root . old; umount -l /old; rmdir /old || true
mount --make-rshared /  # as on a machine: by this way systemd hands credentials to services
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin setpriv \
  --bounding-set=-sys_time,-sys_module,-sys_rawio,-sys_boot,-syslog,-wake_alarm \
  "$(command -v /lib/systemd/systemd || command -v /usr/lib/systemd/systemd)" --unit=multi-user.target --show-status=no
"""


_ITS_OWN = ("setsid", "--ctty", "--wait")  # Ctrl-C is for what runs within, not for the way in


@dataclass(frozen=True)
class Done:
    code: int
    out: str


class Booted:
    """leader: the process outside that is PID 1 within."""

    def __init__(self, leader: int) -> None:
        self._enter = ["nsenter", f"--target={leader}", "--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup"]
        self._enter += ["--root", "env", "-C", "/root", "-i", "HOME=/root", "TERM=xterm", "LANG=C.UTF-8"]
        self._enter += ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

    def __call__(self, *words: str, given: str = "") -> Done:
        """As root, without a terminal."""
        done = subprocess.run(
            [*self._enter, *words],
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WITHIN_S,
        )
        return Done(done.returncode, done.stdout)

    def shell(self, line: str) -> Done:
        return self("sh", "-c", line)

    def terminal_of(self, account: str) -> list[str]:
        """A command line, for a terminal: logs in there, on a terminal of the machine's own (sudo wants one)."""
        return [*self._enter, *_ITS_OWN, "script", "-qec", f"su --login {account}", "/dev/null"]

    def typed(self, *words: str, answers: Sequence[tuple[str, str]]) -> Done:
        """On a terminal of 80 x 24: each answer is typed once its question stands there."""
        child, terminal = pty.fork()
        if child == 0:
            os.execvp("nsenter", [*self._enter, *_ITS_OWN, "sh", "-c", 'stty rows 24 cols 80; exec "$@"', "sh", *words])
        seen, at, left, end = "", 0, list(answers), time.monotonic() + WITHIN_S
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    seen += os.read(terminal, 4096).decode(errors="replace")
                except OSError:  # so Linux says that the other end is closed
                    break
            elif left and left[0][0].lower() in seen[at:].lower():
                at = len(seen)
                os.write(terminal, left.pop(0)[1].encode() + b"\n")
        else:
            os.kill(child, signal.SIGKILL)
        os.close(terminal)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert not left, f"not asked: {left[0][0]!r}\n{seen}"
        return Done(code, seen.replace("\r\n", "\n"))


@contextmanager
def booted(place: Path, tree: Path = ROOT) -> Iterator[Booted]:
    """Skips where it cannot be had."""
    missing = [name for name in ("unshare", "nsenter", "setpriv", "systemctl") if shutil.which(name) is None]
    if os.geteuid() != 0 or missing or not any(Path(p, "systemd/systemd").exists() for p in ("/lib", "/usr/lib")):
        pytest.skip(f"no machine can be booted here: not as root, or without {', '.join(missing) or 'systemd'}")
    base = place / "booted"
    base.mkdir()
    log = (place / "boot.log").open("wb")
    words = "unshare --mount --pid --fork --kill-child=KILL --uts --ipc --net --cgroup bash -c".split()
    starter = subprocess.Popen(
        [*words, BOOT, "boot", str(base), str(tree)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )
    try:
        machine = Booted(_leader(starter))
        end = time.monotonic() + WITHIN_S
        while machine("systemctl", "is-system-running").out.strip() not in ("running", "degraded"):
            if starter.poll() is not None or time.monotonic() > end:
                pytest.skip(f"no machine can be booted here: {(place / 'boot.log').read_text()[-300:]}")
            time.sleep(0.1)
        machine("ip", "link", "set", "lo", "up")
        yield machine
    finally:
        starter.kill()  # and with it PID 1 within, and all that it started
        starter.wait()
        log.close()


def _leader(starter: subprocess.Popen[bytes]) -> int:
    """The child of `unshare`, once it has become systemd."""
    end = time.monotonic() + WITHIN_S
    children = Path(f"/proc/{starter.pid}/task/{starter.pid}/children")
    while time.monotonic() < end and starter.poll() is None:
        found = children.read_text().split()
        if found and "systemd" in Path(f"/proc/{found[0]}/comm").read_text():
            return int(found[0])
        time.sleep(0.05)
    pytest.skip("no machine can be booted here: systemd did not start")
