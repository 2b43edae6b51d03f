"""What upkeep costs on a store of some size: the copy before an upgrade, the upgrade, `vacuum`; beside a plain copy.

python -m bench.upkeep [PICTURES] [--revision R]
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from monitor.clock import monotonic, utc_now
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.store.copying import copy_store, size_of_store
from monitor.store.opening import FILE
from monitor.store.sqlite import SqliteDatabase, connect
from monitor.store.store import open_store
from monitor.store.upgrade import upgrade
from monitor.store.vacuum import vacuum_file

KEY = Secret("ab" * 32)
COLUMNS = (
    '"case", digest, first_seen, last_seen, page_url, image_url, frames, watch, detail, matched_against, unreadable, '
    "planted"
)
EMPTY = ", ''" * 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="?", type=int, default=100_000)
    parser.add_argument("--revision", default="0030")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        data.mkdir()
        path = data / FILE
        path.touch(mode=0o600)
        with closing(SqliteDatabase(path, KEY)) as database:
            upgrade(database, to=given.revision)
        fill(path, given.pictures)
        size = size_of_store(path)
        plain = took(lambda: plain_copy(path, data / "plain"))
        copied = took(lambda: copy_store(path, KEY, data / "copy.db"))
        settings = Settings(path=None, data_dir=data, watchlist_dir=data, database=DatabaseSettings(key=KEY))
        upgraded = took(lambda: open_store(settings).close())
        with closing(connect(path, KEY)) as writer:
            writer.execute("DELETE FROM candidates WHERE rowid % 2")
        anew = took(lambda: vacuum_file(path, KEY))
        print(f"{size / 1e6:.0f} MB, {given.pictures} pictures, revision {given.revision}; {utc_now():%Y-%m-%d}")
        print(f"plain copy with fsync  {plain:6.2f} s")
        print(f"copy_store, checked    {copied:6.2f} s  {copied / plain:5.1f} times")
        print(f"upgrade with its copy  {upgraded:6.2f} s  {upgraded / plain:5.1f} times")
        print(
            f"vacuum of half of it   {anew:6.2f} s  {anew / plain:5.1f} times; {size_of_store(path) / 1e6:.0f} MB left"
        )


def fill(path: Path, pictures: int) -> None:
    with closing(connect(path, KEY)) as writer:
        writer.execute("INSERT INTO cases (id, name) VALUES ('default', '')")
        writer.execute("BEGIN IMMEDIATE")
        for number in range(pictures):
            page, image = f"https://forum.example/threads/{number // 20}", f"https://cdn.example/{number}.jpg"
            row = (number.to_bytes(32, "big"), page, image, bytes(300))
            writer.execute(f"INSERT INTO candidates ({COLUMNS}) VALUES ('default', ?, 1, 1, ?, ?, ?{EMPTY})", row)
        writer.execute("COMMIT")


def plain_copy(path: Path, to: Path) -> None:
    shutil.copyfile(path, to)
    descriptor = os.open(to, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def took(what: Callable[[], object]) -> float:
    began = monotonic()
    what()
    return max(monotonic() - began, 1e-6)


if __name__ == "__main__":
    main()
