"""One daemon for each data_dir."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.store.lock import DaemonLock, join_company, running_daemon, upgrading
from tests.patience import WITHIN_S
from tests.store.store_values import opened

HOLD = (
    "import sys; from pathlib import Path; from monitor.store.lock import DaemonLock\n"
    "with DaemonLock(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.readline()"
)


def test_the_second_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    with DaemonLock(tmp_path):
        assert running_daemon(tmp_path) == os.getpid()
        with pytest.raises(StoreError, match=rf"as process {os.getpid()}\b") as caught, DaemonLock(tmp_path):
            pass
        assert "Stop" in caught.value.remedy
    assert running_daemon(tmp_path) is None
    with DaemonLock(tmp_path):
        pass


def test_another_data_dir_is_another_lock(tmp_path: Path) -> None:
    with DaemonLock(tmp_path / "a"), DaemonLock(tmp_path / "b"):
        assert running_daemon(tmp_path / "c") is None


@pytest.mark.parametrize("ends_by", [signal.SIGKILL, signal.SIGTERM])
def test_the_kernel_lets_go_of_it(tmp_path: Path, ends_by: signal.Signals) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path],
        env=os.environ | {"PYTHONPATH": f"{Path(__file__).parents[2]}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None and holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    assert running_daemon(tmp_path) == holder.pid
    with pytest.raises(StoreError, match=str(holder.pid)), DaemonLock(tmp_path):
        pass
    holder.send_signal(ends_by)
    holder.wait(timeout=WITHIN_S)
    holder.stdin.close()
    holder.stdout.close()
    assert running_daemon(tmp_path) is None
    with DaemonLock(tmp_path):
        assert running_daemon(tmp_path) == os.getpid()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"), DaemonLock(tmp_path / "file"):
        pass


def other_process(holds: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, holds],
        env=os.environ | {"PYTHONPATH": f"{Path(__file__).parents[2]}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def release(holder: subprocess.Popen[str]) -> None:
    holder.communicate("\n", timeout=WITHIN_S)


def test_no_upgrade_under_a_daemon_of_another_process(tmp_path: Path) -> None:
    holder = other_process(tmp_path)
    try:
        with pytest.raises(StoreError, match=f"process {holder.pid}") as caught, upgrading(tmp_path):
            pytest.fail("it was let in")
        assert f"kill {holder.pid}" in caught.value.remedy and "systemctl stop" in caught.value.remedy
    finally:
        release(holder)
    with upgrading(tmp_path):
        assert running_daemon(tmp_path) == os.getpid()
        with pytest.raises(StoreError, match="runs on"), DaemonLock(tmp_path):
            pass
    assert running_daemon(tmp_path) is None


def test_a_daemon_upgrades_under_its_own_lock(tmp_path: Path) -> None:
    with DaemonLock(tmp_path):
        with upgrading(tmp_path):
            pass
        assert running_daemon(tmp_path) == os.getpid(), "its own lock is still held"
    assert running_daemon(tmp_path) is None


def test_a_lock_that_was_let_go_is_asked_for_again(tmp_path: Path) -> None:
    """Not: once a daemon of this process, always one."""
    with DaemonLock(tmp_path):
        pass
    holder = other_process(tmp_path)
    try:
        with pytest.raises(StoreError, match=f"process {holder.pid}"), upgrading(tmp_path):
            pass
    finally:
        release(holder)


def test_an_upgrade_that_fails_lets_go(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), upgrading(tmp_path):
        raise RuntimeError
    with upgrading(tmp_path), pytest.raises(StoreError), DaemonLock(tmp_path):
        pass
    with DaemonLock(tmp_path):
        pass


def test_who_comes_second_waits(tmp_path: Path) -> None:
    """Two commands of a new version at once: neither is refused, and never both are at it."""
    inside = threading.Event()
    order: list[str] = []

    def first() -> None:
        with upgrading(tmp_path):
            inside.set()
            for _ in range(20):
                with pytest.raises(StoreError), DaemonLock(tmp_path):  # takes a while: the second one waits meanwhile
                    pass
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait()
    with upgrading(tmp_path):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def comes_alone(folder: Path) -> bool:
    company = join_company(folder, first=True)
    company.leave()
    return company.is_alone


def test_whoever_comes_first_is_alone_until_it_lets_others_in(tmp_path: Path) -> None:
    first = join_company(tmp_path, first=True)
    assert first.is_alone
    first.settle()
    second = join_company(tmp_path, first=True)
    assert not second.is_alone
    first.leave()
    first.leave()
    third = join_company(tmp_path, first=True)
    assert not third.is_alone, "the second is there still"
    second.leave()
    third.leave()
    assert comes_alone(tmp_path)


def test_whoever_has_the_store_open_has_company(tmp_path: Path) -> None:
    store = opened(tmp_path)
    assert not comes_alone(tmp_path / "data")
    store.close()
    assert comes_alone(tmp_path / "data")


def test_a_disk_without_locks_makes_nobody_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refused)
    assert not comes_alone(tmp_path)
