"""Words of every kind that a case is told by are planted, and looked for in all files of the database's server and in
a dump: none is there. What is there are ids, times, and what the program has words for."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.acting import acting_for
from monitor.model.backup import BackupTrouble
from monitor.model.hosting import Hosting
from monitor.ports.facts import PairTrack, RefusedAccount
from monitor.ports.hosting import RegistryCopy
from monitor.store.columns import metadata
from monitor.store.store import SqlStore
from tests.serving.postgres import the_server
from tests.store.one_of_each import OneOfEach, kept
from tests.store.store_values import NOW, waits
from tests.store.test_store_isolation import database_of
from tests.stores import a_postgres_store

ID_MARK = "c3"


@pytest.fixture
def planted() -> OneOfEach:
    """Each of its words ends in one that is nowhere else."""
    return OneOfEach("fremde", ID_MARK, secrets.token_hex(12))


def kept_of_all(store: SqlStore, one: OneOfEach) -> None:
    """What the installation knows of where it was."""
    waits(store, one.host, timedelta(seconds=1), NOW)
    store.robots_copies.save(f"https://{one.host}/robots.txt", f'["{one.told("Rule")}"]', NOW)
    store.rendering.save(one.page, NOW, needs_browser=True)
    store.pair_tracks.save({one.told("Pair"): PairTrack(1, 1, 1)}, NOW)
    store.refused_accounts.save(one.told("Login"), RefusedAccount(NOW, "salt", one.told("Refused")))
    store.closed_for_all.add([one.media], [one.page])
    store.hosting.save(Hosting(one.host, (), one.host, (), NOW, one.told("Waiting")), NOW)
    store.hosting.keep_copy(RegistryCopy(one.host, f'"{one.told("Registry")}"', NOW, ("203.0.113.0", "203.0.113.255")))
    store.machine.keep_good_watches(f'["{one.watch}"]')
    store.backups.note_trouble(BackupTrouble(NOW, NOW, one.told("Backup"), None))


def ways_to_write(word: str) -> dict[str, bytes]:
    plain = word.encode()
    ways = {"as it is": plain, "in capitals": plain.upper(), "in hexadecimal": plain.hex().encode()}
    ways["in UTF-16"] = word.encode("utf-16-le")
    for shift in range(3):  # wherever it stands in what was encoded; the signs at its ends are of its neighbours too
        ways[f"in base 64, {shift}"] = base64.b64encode(bytes(shift) + plain)[4:-4]
    return ways


def found_in(content: bytes, one: OneOfEach) -> list[str]:
    suffix = next(iter(one.words))[-24:]
    looked_for = ways_to_write(suffix) | {
        "a digest": bytes.fromhex(one.digest),
        "a digest in hexadecimal": one.digest.encode(),
        "a picture's hash": one.hash,
        "a picture's hash in hexadecimal": one.hash.hex().encode(),
    }
    return [way for way, sign in looked_for.items() if sign in content]


def files_of_the_server() -> dict[str, bytes]:
    """With all that was written on the way to its tables."""
    with the_server().connect("postgres") as connection:
        connection.execute("CHECKPOINT")
    folder = the_server().folder
    return {str(path.relative_to(folder)): content_of(path) for path in folder.rglob("*") if path.is_file()}


def content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def dump_of(store: SqlStore) -> bytes:
    """As `pg_dump` writes rows."""
    parts = list[bytes]()
    with the_server().connect(database_of(store)) as connection:
        for table in metadata.sorted_tables:
            with connection.cursor().copy(f'COPY "{table.name}" TO STDOUT'.encode()) as rows:
                parts += [table.name.encode(), *(bytes(part) for part in rows)]
    return b"\n".join(parts)


def test_no_word_that_tells_of_somebody_is_in_the_files(planted: OneOfEach) -> None:
    store = a_postgres_store()
    with acting_for(planted.case):
        kept(store, planted)
        kept_of_all(store, planted)
        assert store.sightings.all(planted.case)[0].place == planted.sighting.place, "and it is read again"
    assert len(planted.words) >= 30
    dump, files = dump_of(store), files_of_the_server()
    assert (ID_MARK * 8).encode() in dump, "what is not sealed is found"
    assert any((ID_MARK * 8).encode() in content for content in files.values())
    assert found_in(dump, planted) == []
    assert {name: found for name, content in files.items() if (found := found_in(content, planted))} == {}


def test_a_word_that_lies_there_would_be_found(planted: OneOfEach) -> None:
    """In a column that somebody forgot."""
    store = a_postgres_store()
    with the_server().connect(database_of(store)) as connection:
        word = planted.told("Label")
        connection.execute("UPDATE cases SET authority = %s", (f"a {word} b",))
    assert found_in(dump_of(store), planted) == ["as it is"]
    assert any(found_in(content, planted) for content in files_of_the_server().values())
