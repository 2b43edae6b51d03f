"""What `service install` and `service remove` do to a machine: accounts, folders, sealed keys, systemd. Each thing is
done by the system's own tool, whose words are what `--dry-run` shows."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from monitor.errors import WorkFailed
from monitor.parts.parent.inherited import from_parent
from monitor.services.service_units import SystemdFacts

FIRST_PERSON = 1000  # the first number that Linux gives to people's accounts; below it are programs'
NO_SHELL = "/usr/sbin/nologin"
TOOL_WITHIN_S = 60.0
START_WITHIN_S = 180.0  # more than the unit's TimeoutStartSec
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # su leaves out what is for root
_TRIED = (
    *("systemd-run", "--user", "--wait", "--collect", "--quiet"),
    *(f"--property={line}" for line in ("PrivateUsers=yes", "PrivateNetwork=yes", "ProtectSystem=strict")),
    *(f"--property={line}" for line in ("ProtectProc=invisible", "PrivateTmp=yes", "CapabilityBoundingSet=")),
    "true",
)


class ThisMachine:
    """is_system: of the whole machine, by root; else of the caller's own account."""

    def __init__(self, *, is_system: bool) -> None:
        self.is_system = is_system

    def systemctl(self, *words: str) -> tuple[str, ...]:
        return ("systemctl", *(() if self.is_system else ("--user",)), *words)

    def answers(self) -> bool:
        """Whether the systemd that is meant runs here and takes orders."""
        if self.is_system and not Path("/run/systemd/system").is_dir():
            return False
        return self._ran(self.systemctl("show-environment")).returncode == 0

    def is_so(self, *words: str) -> bool:
        """What systemd answers to a question: is-active NAME, say."""
        return self._ran(self.systemctl(*words)).returncode == 0

    def facts(self, *, is_tried: bool = True) -> SystemdFacts:
        """is_tried: whether an account's own systemd may make namespaces is tried, by a service that does nothing."""
        found = re.match(r"systemd (\d+)", self._ran(("systemctl", "--version")).stdout.decode(errors="replace"))
        may = self.is_system or not is_tried or self._ran(_TRIED).returncode == 0
        return SystemdFacts(int(found[1]) if found else 0, may)

    def has(self, tool: str) -> bool:
        return shutil.which(tool, path=SYSTEM_PATH) is not None

    def uid_of(self, account: str) -> int | None:
        import pwd

        try:
            return pwd.getpwnam(account).pw_uid
        except KeyError:
            return None

    def is_own_account(self, account: str, home: Path) -> bool:
        """Whether it is there, and is one that `service install` makes: a program's, with this home."""
        import pwd

        try:
            found = pwd.getpwnam(account)
        except KeyError:
            return False
        return 0 < found.pw_uid < FIRST_PERSON and Path(found.pw_dir) == home

    def run(self, words: Sequence[str], *, given: bytes | None = None, within_s: float = TOOL_WITHIN_S) -> str:
        """What it prints. given: for its standard input, never among its words, which others can read. Raises
        WorkFailed with what it said."""
        done = self._ran(words, given=given, within_s=within_s)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip() or f"it ended with code {done.returncode}"
            raise WorkFailed(f"`{words[0]}` did not do it: {said}")
        return done.stdout.decode(errors="replace")

    def run_as(
        self, account: str, command: Sequence[str], environ: Mapping[str, str], *, reads_all: bool = False
    ) -> int:
        """The exit code. In the person's own terminal, as the account where one is named: it asks, and is interrupted,
        as if it had been typed. reads_all: see `become`."""
        words = [*(become(account, reads_all=reads_all) if account else ()), *command]
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            # Ctrl-C reaches the command by itself, which ends in its own order; but not where this is a core, in
            # another group than the terminal's: then it came from the parent.
            signal.signal(signal.SIGINT, lambda *_: None)
            child = subprocess.Popen(words, env={**environ, "PATH": environ.get("PATH", SYSTEM_PATH)})  # noqa: S603
            if from_parent() is not None:
                signal.signal(signal.SIGINT, lambda number, _: child.send_signal(number))
            signal.signal(signal.SIGTERM, lambda *_: child.terminate())
            code = child.wait()
        except OSError as error:
            raise WorkFailed(f"{words[0]} cannot be started: {error.strerror}") from error
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return code if code >= 0 else 128 - code

    def _ran(
        self, words: Sequence[str], *, given: bytes | None = None, within_s: float = TOOL_WITHIN_S
    ) -> subprocess.CompletedProcess[bytes]:
        environ = {"PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"}
        environ |= {
            name: os.environ[name]
            for name in ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "HOME")
            if name in os.environ
        }
        try:
            return subprocess.run(  # noqa: S603  # the system's own tools, by our own words
                list(words),
                input=given if given is not None else b"",
                capture_output=True,
                env=environ,
                timeout=within_s,
            )
        except FileNotFoundError:
            return subprocess.CompletedProcess(list(words), 127, b"", b"it is not on this machine")
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(list(words), 124, b"", f"it took more than {within_s:g} s".encode())


# The last: else access(2) would say no to what may be read all the same.
_READS_ALL = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--securebits=+no_setuid_fixup")


def become(account: str, *, reads_all: bool = False) -> tuple[str, ...]:
    """What stands before a command to run it as the account, with nothing of root's. reads_all: it may read every file
    and write none but its own: a person's photos lie where only she can read them."""
    more = _READS_ALL if reads_all else ()
    return ("setpriv", f"--reuid={account}", f"--regid={account}", "--init-groups", *more, "--")
