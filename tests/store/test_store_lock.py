"""One daemon for each data_dir."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.store.lock import DaemonLock, running_daemon

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
    holder.wait(timeout=30)
    holder.stdin.close()
    holder.stdout.close()
    assert running_daemon(tmp_path) is None
    with DaemonLock(tmp_path):
        assert running_daemon(tmp_path) == os.getpid()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"), DaemonLock(tmp_path / "file"):
        pass
