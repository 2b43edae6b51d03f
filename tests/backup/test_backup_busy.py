"""Backups made while finds are written: each is restored elsewhere, whole, and holds a moment that there was."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.services.backup import write_backup
from monitor.services.restore_checks import RestoreWish
from monitor.services.restoring import bring_back
from monitor.store.copying import wrong_in_store
from monitor.store.opening import FILE
from monitor.store.sqlite import Way, connect
from tests.evidence.kept_evidence import KEY, KeptEvidence

AT = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
NAMED = "SELECT path, sealed_digest FROM evidence"


@contextmanager
def finds_written(kept: KeptEvidence, pause_s: float = 0) -> Iterator[None]:
    """pause_s: between two, so that what a hundred backups copy stays small."""
    words = [sys.executable, "-m", "tests.backup.busy_writer", str(kept.folder), kept.settings.evidence.recipients[0]]
    words.append(str(pause_s))
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdin is not None and writer.stdout is not None and writer.stdout.readline()
        yield
        writer.stdin.close()
        assert int(writer.stdout.read()) > 0


def finds_in(path: Path) -> int:
    with closing(connect(path, KEY, Way.READ)) as reader:
        return int(reader.execute("SELECT count(*) FROM sightings").fetchone()[0])


def made_and_compared(kept: KeptEvidence, count: int, folder: Path) -> None:
    there, file = folder / "there", folder / "one.tar"
    for _ in range(count):
        before = finds_in(kept.folder / FILE)
        write_backup(kept.settings, file, key=KEY, at=AT, replace=True)
        after = finds_in(kept.folder / FILE)
        shutil.rmtree(there, ignore_errors=True)
        done = bring_back(RestoreWish(file, key=KEY), replace(kept.settings, data_dir=there), AT)
        assert done.missing == () and wrong_in_store(there / FILE, KEY) == ""
        assert before <= finds_in(there / FILE) <= after
        with closing(connect(there / FILE, KEY, Way.READ)) as reader:
            named = dict(reader.execute(NAMED).fetchall())
            alone = (
                "SELECT count(*) FROM sightings WHERE id NOT IN (SELECT sighting FROM evidence WHERE sighting != '')"
            )
            assert reader.execute(alone).fetchone() == (0,), "a find without what was written with it"
        vault = there / "vault"
        files = {one.name: one.read_bytes() for one in vault.iterdir() if one.name != "store-key.age"}
        assert {name: hashlib.sha256(content).hexdigest() for name, content in files.items()} == named
        assert all(content == (kept.vault / name).read_bytes() for name, content in files.items())


def test_while_finds_are_written(kept: KeptEvidence, tmp_path: Path) -> None:
    with finds_written(kept):
        made_and_compared(kept, 2, tmp_path)


@pytest.mark.long
def test_a_hundred(kept: KeptEvidence, tmp_path: Path) -> None:
    with finds_written(kept, 0.2):
        made_and_compared(kept, 100, tmp_path)
