"""`vacuum`: what is old goes now, the file becomes small, and what it cannot do is said before anything is changed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model.settings import Secret
from monitor.services import vacuuming
from monitor.store.copying import wrong_in_store
from monitor.store.lock import DaemonLock
from monitor.store.opening import FILE
from monitor.store.sqlite import connect
from monitor.store.store import open_store
from monitor.store.vacuum import vacuum_file
from tests.cli.cli_program import Program
from tests.patience import WITHIN_S
from tests.store.store_values import KEY, a_run, opened, settings

COLUMNS = (
    '"case", digest, first_seen, last_seen, page_url, frames, image_url, watch, detail, matched_against, unreadable, '
    "planted"
)


def fill(program: Program, count: int = 3_000) -> Path:
    """With hashes of pictures that nobody met since, for the rows of which there is no use."""
    path = program.home / "share" / "reupload-monitor" / FILE
    old = int((datetime.now(UTC) - timedelta(days=900)).timestamp() * 1_000_000)
    with closing(connect(path, key_of(program))) as writer:
        writer.execute("BEGIN IMMEDIATE")
        for number in range(count):
            row = (b"%d" % number, old, old, "https://forum.example/", b"f" * 400)
            writer.execute(
                f"INSERT INTO candidates ({COLUMNS}) VALUES ('default', ?, ?, ?, ?, ?, '', '', '', '', '', '')", row
            )
        writer.execute("COMMIT")
    return path


def key_of(program: Program) -> Secret:
    return Secret((program.home / "store.key").read_text().strip())


def test_what_is_old_goes_and_the_file_becomes_small(ready: Program) -> None:
    path = fill(ready)
    before = path.stat().st_size
    done = ready("vacuum")
    assert done.code == 0, done.err
    assert "Forgotten: 3000 other people's pictures, 0 addresses, 0 reports of visits." in done.out
    assert path.stat().st_size < before / 2 and f"The store has {path.stat().st_size / 1e6:.1f} MB now" in done.out
    assert wrong_in_store(path, key_of(ready)) == ""
    told = ready("vacuum", "--json").json
    assert told["forgot"] == {"candidates": 0, "addresses": 0, "runs": 0} and told["given_back"] is True
    assert told["bytes_after"] <= told["bytes_before"]


def test_no_room_is_said_with_how_much_it_takes(ready: Program) -> None:
    path = fill(ready)
    before = path.read_bytes()
    ready.monkeypatch.setattr(vacuuming, "free_bytes", lambda _: 2_000_000)
    done = ready("vacuum")
    assert done.code == 1 and "MB of room for a moment" in done.err and "has 2 MB; nothing was changed" in done.err
    assert path.read_bytes() == before


def test_beside_a_daemon_a_small_store_is_written_anew_and_a_large_one_is_not(ready: Program) -> None:
    path = fill(ready)
    with DaemonLock(path.parent):
        ready.monkeypatch.setattr(vacuuming, "MOST_BESIDE_DAEMON", 1_000)
        refused = ready("vacuum")
        assert (
            refused.code == 1
            and f"the daemon (process {os.getpid()})" in refused.err
            and "Stop the daemon" in refused.err
        )
        ready.monkeypatch.undo()
        ready.monkeypatch.setenv("REUPLOAD_MONITOR_CONFIG", str(ready.home / "config.toml"))
        ready.monkeypatch.setenv("XDG_DATA_HOME", str(ready.home / "share"))
        assert ready("vacuum").code == 0


def test_after_a_month_off_nothing_is_forgotten_however_often_it_is_typed(ready: Program) -> None:
    path = fill(ready)
    at = int((datetime.now(UTC) - timedelta(days=60)).timestamp() * 1_000_000)
    assert ready("status").code == 0
    with closing(connect(path, key_of(ready))) as writer:
        writer.execute("UPDATE machine SET last_round = ?", (at,))
    for _ in range(2):
        done = ready("vacuum")
        assert done.code == 0 and "Nothing was forgotten" in done.out
    with closing(connect(path, key_of(ready))) as reader:
        assert reader.execute("SELECT count(*) FROM candidates").fetchone() == (3_000,)


def test_a_writer_elsewhere_is_waited_for_and_then_named(ready: Program) -> None:
    path = fill(ready, 10)
    ready.monkeypatch.setattr("monitor.store.sqlite.BUSY_SECONDS", 0.05)
    done = None
    with closing(connect(path, key_of(ready))) as writer:

        def held(path: Path, key: Secret) -> bool:
            writer.execute("BEGIN IMMEDIATE")
            return vacuum_file(path, key)

        ready.monkeypatch.setattr(vacuuming, "vacuum_file", held)
        done = ready("vacuum")
    assert done.code == 1 and "being written by another process" in done.err
    assert "what is old was forgotten" in done.err and "Type the command again" in done.err


def test_a_daemon_that_has_it_open_reads_and_writes_on(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.runs.save(a_run())
    assert vacuum_file(tmp_path / "data" / FILE, KEY)
    store.runs.save(a_run())
    assert len(store.runs.since("default", datetime(2020, 1, 1, tzinfo=UTC))) == 2
    store.close()
    open_store(settings(tmp_path)).close()


KILLED = """
import os, signal, sys, threading, time
from pathlib import Path
from monitor.store import vacuum
from tests.store.store_values import KEY
path = Path(sys.argv[1])
def kill():
    at = "/proc/self/fd/"
    while not any("etilqs" in os.readlink(at + one) for one in os.listdir(at) if os.path.islink(at + one)):
        pass
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=kill, daemon=True).start()
vacuum.vacuum_file(path, KEY)
print("done")
"""


def test_what_it_writes_beside_the_store_is_encrypted_and_in_the_data_folder(tmp_path: Path) -> None:
    """SQLite takes the file's name away at once: it is read by its number."""
    store = opened(tmp_path)
    path = tmp_path / "data" / FILE
    with closing(connect(path, KEY)) as writer:
        writer.execute("CREATE TABLE big (a)")
        writer.execute("BEGIN IMMEDIATE")
        for _ in range(15_000):
            writer.execute("INSERT INTO big VALUES (?)", ("a word of hers " * 80,))
        writer.execute("COMMIT")
    seen: dict[str, bytes] = {}
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            for one in Path("/proc/self/fd").iterdir():
                with suppress(OSError):
                    if "etilqs" in (name := os.readlink(one)):
                        seen[name] = seen.get(name, b"") or one.read_bytes()

    beside = threading.Thread(target=look)
    beside.start()
    for _ in range(20):
        vacuum_file(path, KEY)
        if any(seen.values()):
            break
    done.set()
    beside.join()
    store.close()
    assert any(seen.values()) and all(name.startswith(str(path.parent)) for name in seen)
    assert all(b"a word of hers" not in content and not content.startswith(b"SQLite") for content in seen.values())


def test_one_that_is_killed_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.runs.save(a_run())
    store.close()
    path = tmp_path / "data" / FILE
    done = subprocess.run(
        [sys.executable, "-c", KILLED, path],
        cwd=Path(__file__).parents[2],
        timeout=WITHIN_S,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (-9, 0), done.stderr
    assert wrong_in_store(path, KEY) == ""
    again = open_store(settings(tmp_path))
    assert len(again.runs.since("default", datetime(2020, 1, 1, tzinfo=UTC))) == 1
    again.close()
