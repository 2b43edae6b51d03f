"""The parent that `run` begins as: what it passes on, when it starts another core, how it ends. The real one, over a
core of a few lines (`watched`)."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import monitor.__main__ as program
from monitor.__main__ import command_word
from tests.patience import WITHIN_S
from tests.terminal import CTRL_C, terminal

ROOT = Path(__file__).parents[2]


class Watched:
    def __init__(self, process: subprocess.Popen[str], told: socket.socket) -> None:
        self.process, self._told = process, told

    def said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def until(self, words: str) -> str:
        while words not in (line := self.said()):
            assert line, f"{words!r} never came"
        return line

    def told(self) -> str:
        return self._told.recv(4096).decode()

    def until_told(self, word: str) -> None:
        while not self.told().startswith(word):
            pass

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def until_heard(self, number: int) -> None:
        """The kernel has none of these left for it, so its handler ran; and it waits again, so all is done."""
        status = Path(f"/proc/{self.process.pid}/status")
        while True:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            pending = int(fields["ShdPnd"], 16) | int(fields["SigPnd"], 16)
            if not pending >> (number - 1) & 1 and fields["State"].startswith("S"):
                return

    def ended(self) -> int:
        return self.process.wait(WITHIN_S)

    def core(self) -> int:
        (child,) = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(child)


@contextlib.contextmanager
def watched(folder: Path, code: str, *, stdin: bool = False, **more: str) -> Iterator[Watched]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(folder / "notify"))
        told.settimeout(WITHIN_S)
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "NOTIFY_SOCKET": str(folder / "notify"), **more}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.parts.watched", code],
            env=environ,
            stdin=subprocess.PIPE if stdin else None,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield Watched(process, told)
        finally:
            process.kill()
            process.communicate()


def is_gone(pid: int) -> bool:
    """Also where it waits for somebody to ask how it ended."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def until_gone(pid: int) -> None:
    """By the kernel's own word, as long as it is there."""
    with contextlib.suppress(ProcessLookupError):
        file = os.pidfd_open(pid)
        import select

        assert select.select([file], [], [], WITHIN_S)[0]
        os.close(file)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["run"], "run", id="alone"),
        pytest.param(["--config", "run", "--debug", "run"], "run", id="behind options"),
        pytest.param(["--config=x", "run", "--debug"], "run", id="before options"),
        pytest.param(["watch", "run"], "watch", id="of a group"),
        pytest.param(["--config", "run", "status"], "status", id="a file's name"),
        pytest.param(["--case", "run"], "", id="a case's name"),
        pytest.param(["--version"], "", id="no command"),
        pytest.param([], "", id="nothing"),
    ],
)
def test_which_command_it_is(words: list[str], expected: str) -> None:
    assert command_word(words) == expected


def test_ctrl_c_while_the_command_line_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pressed(words: list[str]) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "command_word", pressed)
    monkeypatch.setattr(sys, "argv", ["reupload-monitor", "status"])
    assert program.main() == 130 and capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize("code", [0, 1, 3])
def test_how_the_core_ends_is_how_it_ends(tmp_path: Path, code: int) -> None:
    with watched(tmp_path, f"sys.exit({code})") as running:
        assert running.ended() == code


def test_what_it_is_told_reaches_the_core(tmp_path: Path) -> None:
    code = (
        "heed(); Notifier().ready(); say('ready', given().parent, os.getpgrp() == os.getpid()); take(); take(); "
        "take(); signal.pause()"
    )
    with watched(tmp_path, code) as running:
        assert running.said() == f"ready {running.process.pid} True"
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            running.process.send_signal(number)
            assert running.said() == f"took {number.name}"
        os.kill(running.core(), signal.SIGKILL)
        assert running.ended() == -signal.SIGKILL, "it was asked to end, so no other core is started"


def test_to_read_anew_waits_for_a_core_that_starts(tmp_path: Path) -> None:
    """It would end it, and the daemon with it: systemd takes that for an end that was wanted, and starts no other."""
    code = (
        "say('starting'); input(); signal.signal(signal.SIGHUP, lambda *_: say('reads anew')); Notifier().ready(); "
        "signal.pause(); signal.pause()"
    )
    with watched(tmp_path, code, stdin=True) as running:
        for falls in range(2):
            assert running.said() == "starting"
            for _ in range(3):
                running.process.send_signal(signal.SIGHUP)
            running.until_heard(signal.SIGHUP)
            running.type("go on")
            running.until_told("READY=1")
            assert running.said() == "reads anew"
            if not falls:
                os.kill(running.core(), signal.SIGSEGV)
                running.until_told("STATUS=The core was killed")
        running.process.send_signal(signal.SIGHUP)
        assert running.said() == "reads anew", "once each, and at once from then on"


def test_ctrl_c_in_a_terminal_is_one() -> None:
    code = "heed(); say('ready'); take(); say('after one'); take(); sys.exit(4)"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with terminal(sys.executable, "-m", "tests.parts.watched", code, environ=environ) as shown:
        shown.until("ready")
        shown.type(CTRL_C, enter=False)
        assert "took SIGINT" in shown.until("after one")
        os.kill(shown._process.pid, signal.SIGTERM)
        assert "took SIGTERM" in shown.until("SIGTERM")
        assert shown.ended() == 4


def test_what_is_done_as_another_account_is_interrupted_too(tmp_path: Path) -> None:
    """As root, `run` on a service's configuration is a command of that account, started by the core."""
    child = (
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [2]); print('ready', flush=True); "
        "raise SystemExit(signal.sigwait([2]) + 5)"
    )
    code = (
        "from monitor.services.service_machine import ThisMachine; "
        f"sys.exit(ThisMachine(is_system=True).run_as('', [sys.executable, '-c', {child!r}], os.environ))"
    )
    with watched(tmp_path, code) as running:
        assert running.said() == "ready"
        running.process.send_signal(signal.SIGINT)
        assert running.ended() == 7


def test_where_no_core_can_be_started_it_says_so(tmp_path: Path) -> None:
    code = (
        "import os, sys; from monitor.parts.parent import watching_over\n"
        "def none_left(): raise BlockingIOError(11, 'Resource temporarily unavailable')\n"
        "os.fork = none_left; sys.exit(watching_over.watch_over())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    said, remedy = done.stderr.splitlines()
    assert done.returncode == 1 and "could not start its core: " in said and "no room for another process" in said
    assert "ulimit -u" in remedy


def test_ctrl_z_stops_both_and_they_go_on(tmp_path: Path) -> None:
    code = "heed(); Notifier().ready(); say('ready'); take(); sys.exit(5)"
    with watched(tmp_path, code) as running:
        assert running.said() == "ready"
        core = running.core()
        running.process.send_signal(signal.SIGTSTP)
        _, status = os.waitpid(running.process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        while "\nState:\tT" not in Path(f"/proc/{core}/status").read_text():  # told to, it comes to it when it runs
            os.sched_yield()
        running.process.send_signal(signal.SIGHUP)
        running.process.send_signal(signal.SIGCONT)
        assert running.said() == "took SIGHUP" and running.ended() == 5


def test_a_core_that_was_killed_is_started_anew_and_knows_it(tmp_path: Path) -> None:
    code = (
        "given_ = given(); say('core', os.getpid(), given_.killed_by, given_.falls.state.falls); "
        "Notifier().ready(); signal.pause()"
    )
    with watched(tmp_path, code) as running:
        pids = set[str]()
        for falls in range(3):
            _, pid, killed_by, fell = running.said().split()
            pids.add(pid)
            assert (int(killed_by), int(fell)) == ((signal.SIGSEGV, falls) if falls else (0, 0))
            assert running.told().startswith("READY=1")
            os.kill(running.core(), signal.SIGSEGV)
            assert running.told() == "STATUS=The core was killed by signal 11 and is started anew"
        assert len(pids) == 3
        running.process.terminate()
        assert running.ended() in (0, -signal.SIGTERM)


def test_one_that_never_gets_ready_is_rested_from_and_can_be_stopped_meanwhile(tmp_path: Path) -> None:
    code = "say('core'); os.kill(os.getpid(), 9)"
    with watched(tmp_path, code, WATCHDOG_USEC="2000000") as running:
        for _ in range(3):
            assert running.said() == "core"
            running.until_told("STATUS=The core was killed")
        running.until_told("WATCHDOG=1")  # a rest is no hang
        running.process.terminate()
        assert running.ended() in (0, -signal.SIGTERM)


def test_a_parent_that_is_killed_takes_all_with_it(tmp_path: Path) -> None:
    code = (
        "parts = LaunchedParts(); pipe = asyncio.run(parts.connect(ProgramPart.FETCHER)); pipe.setblocking(True); "
        "pipe.sendall(b'pid'); say(os.getpid(), pipe.recv(100).decode()); signal.pause()"
    )
    with watched(tmp_path, code) as running:
        core, _, part, _ = running.said().split()
        running.process.kill()
        until_gone(int(core))
        until_gone(int(part))


def test_systemd_hears_the_core_through_it(tmp_path: Path) -> None:
    code = "Notifier().alive(); say(os.environ['WATCHDOG_PID'] == str(os.getpid())); Notifier().stopping()"
    starter = (
        "import os, sys; os.environ['WATCHDOG_PID'] = str(os.getpid()); "
        f"from tests.parts.watched import main; main({code!r})"
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(tmp_path / "notify"))
        told.settimeout(WITHIN_S)
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "NOTIFY_SOCKET": str(tmp_path / "notify")}
        done = subprocess.run([sys.executable, "-c", starter], env=environ, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
        assert told.recv(4096) == b"WATCHDOG=1"
        assert told.recv(4096).startswith(b"STOPPING=1")


def test_the_parts_of_a_core_that_was_killed_end_and_the_next_has_its_own(tmp_path: Path) -> None:
    code = (
        "parts = LaunchedParts(); pipe = asyncio.run(parts.connect(ProgramPart.BROWSER)); pipe.setblocking(True); "
        "pipe.sendall(b'pid'); say(pipe.recv(100).decode()); signal.pause()"
    )
    with watched(tmp_path, code) as running:
        name, first, _ = running.said().split()
        os.kill(min(int(one) for one in _children(running.process.pid) if one != first), signal.SIGKILL)
        until_gone(int(first))
        _, second, _ = running.said().split()
        assert name == "browser" and first != second
        running.process.terminate()
        assert running.ended() == -signal.SIGTERM
        assert is_gone(int(second))


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
