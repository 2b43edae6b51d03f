"""python -m bench.backups [FOLDER] [--store MB] [--vault MB] [--rounds N]: what a backup, its check and a restore cost,
beside a plain copy of the same files to the same disk, while another process writes finds.

The copy reads each file, writes it and waits for the disk; a backup does that twice (the store is copied into a file of
its own first) and reads everything once more.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import new_id
from monitor.services.backup import write_backup
from monitor.services.backup_file import BackupFile
from monitor.services.restore_checks import RestoreWish
from monitor.services.restoring import bring_back
from monitor.store.opening import FILE
from monitor.store.sqlite import connect
from monitor.vault.age import AgeVault
from tests.evidence.kept_evidence import CASE, KEY, NOW, kept_evidence

MB = 1_000_000
AT = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--store", type=int, default=50)
    parser.add_argument("--vault", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as made:
        measured(Path(made), given.store, given.vault, given.rounds)


def measured(folder: Path, store_mb: int, vault_mb: int, rounds: int) -> None:
    data = folder / "data"
    data.mkdir()
    kept = kept_evidence(data)
    recipient = kept.settings.evidence.recipients[0]
    vault = AgeVault(kept.vault, [recipient])
    for _ in range(vault_mb):
        sealed = vault.seal(new_id(NOW), os.urandom(MB))
        kept.store.evidence.save(EvidenceItem(new_id(NOW), CASE, "", EvidenceKind.OWN, NOW, "image/jpeg", sealed))
    kept.store.close()
    filler = connect(data / FILE, KEY)
    filler.execute("CREATE TABLE filler (content BLOB)")
    filler.execute("BEGIN")
    for _ in range(store_mb * 250):
        filler.execute("INSERT INTO filler VALUES (randomblob(3900))")
    filler.execute("COMMIT")
    filler.close()
    words = [sys.executable, "-m", "tests.backup.busy_writer", str(data), recipient, "0.02"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdin is not None and writer.stdout is not None and writer.stdout.readline()
        target, copy, there = folder / "one.tar", folder / "copy", replace(kept.settings, data_dir=folder / "there")

        def checked() -> None:
            with BackupFile(target) as file:
                file.check()

        acts: dict[str, Callable[[], object]] = {
            "plain copy": lambda: copied(data, copy),
            "backup": lambda: write_backup(kept.settings, target, key=KEY, at=AT, replace=True),
            "check": checked,
            "restore": lambda: bring_back(RestoreWish(target, key=KEY), there, AT),
        }
        took: dict[str, list[float]] = {name: [] for name in acts}
        for _ in range(rounds):
            for name, act in acts.items():
                shutil.rmtree(copy, ignore_errors=True)
                shutil.rmtree(there.data_dir, ignore_errors=True)
                began = time.perf_counter()
                act()
                took[name].append(time.perf_counter() - began)
        writer.stdin.close()
        written = int(writer.stdout.read())
    size = target.stat().st_size / MB
    floor = sorted(took["plain copy"])[rounds // 2]
    print(f"{size:.0f} MB, {rounds} rounds, {written} finds written meanwhile")
    for name, seconds in took.items():
        middle = sorted(seconds)[rounds // 2]
        print(f"{name:12} {middle:6.2f} s  {size / middle:6.0f} MB/s  {middle / floor:5.2f} times the copy")


def copied(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock")):
            to = target / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            with path.open("rb") as read, to.open("wb") as written:
                shutil.copyfileobj(read, written, 1024 * 1024)
                written.flush()
                os.fsync(written.fileno())


if __name__ == "__main__":
    main()
