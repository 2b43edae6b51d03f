"""Stores as earlier versions left them, kept as text: `released/README.md` says which. `tools/keep-store` makes one.

As text, because an empty encrypted store is 300 kB already: a page for each table and index, which no packing makes
smaller. `sealed_again` makes the encrypted file of it, with the schema to the letter.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from monitor.model.settings import Secret
from monitor.store.sqlite import Way, connect

RELEASED = Path(__file__).parent / "released"
KEY_OF_RELEASED = Secret("5e" * 32)  # of nothing but these

MOST_ROWS = 3  # of a table; and what they belong to
MOST_BYTES = 6_000  # of a value: a photo's local features are 47 kB that nothing packs
WHOLE = {"custody", "custody_heads", "alembic_version", "machine", "notes"}
"""Each row hangs on all others, or is one of its own kind."""
PARTS = {"report_sightings": ("report", "reports"), "report_events": ("report", "reports")}
"""Table -> column and what its rows are parts of: without them that is nothing."""


def sealed_again(kept: Path, to: Path) -> None:
    """kept: one of `released`. to: a file that is not there yet."""
    to.touch(mode=0o600)
    with contextlib.closing(connect(to, KEY_OF_RELEASED)) as writer:
        writer.executescript(gzip.decompress(kept.read_bytes()).decode())


def kept_text(path: Path, key: Secret) -> str:
    """Of the store at `path`: its schema as it stands, and some rows of each table."""
    with contextlib.closing(connect(path, key, Way.READ)) as reader:
        made = reader.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
            "ORDER BY type DESC, name"
        ).fetchall()
        rows = _rows(reader, [name for kind, name, _ in made if kind == "table"])
        lines = ["BEGIN;", *(f"{sql};" for kind, _, sql in made if kind == "table")]
        for table, numbers in rows.items():
            columns = [row[1] for row in reader.execute(f'PRAGMA table_info("{table}")')]
            quoted = " || ', ' || ".join(f'quote("{column}")' for column in columns)
            for number in sorted(numbers):
                (values,) = reader.execute(f'SELECT {quoted} FROM "{table}" WHERE rowid = ?', (number,)).fetchone()
                lines.append(f'INSERT INTO "{table}" VALUES ({values});')
        lines += [f"{sql};" for kind, _, sql in made if kind == "index"]
    return "\n".join([*lines, "COMMIT;", ""])


def _rows(reader: Any, tables: list[str]) -> dict[str, set[int]]:
    """Table -> row ids that are kept."""
    kept: dict[str, set[int]] = {table: set() for table in tables}
    for table in tables:
        columns = [row[1] for row in reader.execute(f'PRAGMA table_info("{table}")')]
        small = " AND ".join(f'coalesce(length("{column}"), 0) <= {MOST_BYTES}' for column in columns)
        most = 1_000_000 if table in WHOLE else MOST_ROWS
        first = "status = 'new', rowid" if table == "sightings" else "rowid"  # what was decided tells most
        kept[table] |= {
            number
            for (number,) in reader.execute(f'SELECT rowid FROM "{table}" WHERE {small} ORDER BY {first} LIMIT {most}')
        }
    more = True
    while more:
        more = False
        for table, (column, of) in PARTS.items():
            if table in kept:
                listed = ", ".join(map(str, kept[of])) or "NULL"
                parts = (
                    f'SELECT rowid FROM "{table}" WHERE "{column}" IN (SELECT id FROM "{of}" WHERE rowid IN ({listed}))'
                )
                kept[table] |= {number for (number,) in reader.execute(parts)}
        for table in tables:
            for _, _, of, column, there, *_ in reader.execute(f'PRAGMA foreign_key_list("{table}")').fetchall():
                listed = ", ".join(map(str, kept[table])) or "NULL"
                named = f'SELECT "{column}" FROM "{table}" WHERE rowid IN ({listed})'
                belongs = reader.execute(f'SELECT rowid FROM "{of}" WHERE "{there}" IN ({named})')
                wanted = {number for (number,) in belongs}
                more = more or not wanted <= kept[of]
                kept[of] |= wanted
    return kept


def keep(program: Path, made: Path, commit: str) -> Path:
    """program: where that version lies; its demo made `made`. What a person decides is asked of its own commands; one
    that it did not have yet changes nothing."""
    environ = os.environ | {"REUPLOAD_MONITOR_MATCH__FEATURES": "false", "PYTHONPATH": str(program)}

    def asked(*words: str) -> str:
        called = [sys.executable, "-m", "monitor", "--config", str(made / "config.toml"), *words]
        return subprocess.run(called, cwd=program, env=environ, capture_output=True, text=True, check=False).stdout

    def ids(what: str, *words: str) -> list[str]:
        with contextlib.suppress(ValueError, KeyError):
            return [row["id"] for row in json.loads(asked(*words, "--json"))[what]]
        return []

    finds = ids("sightings", "sightings", "list")
    for verb, find in zip(("confirm", "dismiss", "leave"), finds, strict=False):
        asked("sightings", verb, find)
    for report in ids("reports", "reports", "list")[:1]:
        asked("reports", "sent", report)
    asked("sightings", "add", "https://forum.example/thread/1")
    asked("guide", "done", "search", "--at", "yesterday")
    for photo in sorted((program / "monitor/demo/photos/others").glob("*.jpg"))[:2]:
        asked("enroll", str(photo), "--label", photo.stem)
    key = Secret((made / "store-key.txt").read_text().strip())
    path = made / "data" / "store.db"
    text = kept_text(path, key)
    (revision,) = [line.split("'")[1] for line in text.splitlines() if line.startswith('INSERT INTO "alembic_version"')]
    to = RELEASED / f"store_{revision}_{commit}.sql.gz"
    to.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    return to


if __name__ == "__main__":
    print(keep(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
