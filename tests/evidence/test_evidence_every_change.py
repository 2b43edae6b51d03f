"""Every change of what is kept is found and named, and nothing else is: sealed files, rows, log, time stamps."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from monitor.model.custody import CustodyAct
from monitor.services.evidence_check import Verified
from monitor.vault.opening import Unsealer, opening
from tests.evidence.kept_evidence import CASE, NOW, KeptEvidence, kept_evidence

World = tuple[KeptEvidence, Unsealer]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    kept = kept_evidence(tmp_path_factory.mktemp("kept"))
    kept.store.custody.note(CASE, CustodyAct.EXPORT, {"packet": "a.zip"}, NOW)
    with opening(kept.identity) as unsealer:
        yield kept, unsealer
    kept.store.close()


class Undo(Exception):
    pass


@contextmanager
def undone(kept: KeptEvidence) -> Iterator[None]:
    """Whatever is done to rows and sealed files in it is taken back."""
    before = {path: (path.read_bytes(), path.stat().st_mtime) for path in kept.vault.iterdir() if path.is_file()}
    try:
        with kept.store.transaction():
            yield
            raise Undo
    except Undo:
        pass
    finally:
        for path in kept.vault.iterdir():
            if path.is_file() and path not in before:
                path.unlink()
        for path, (content, _) in before.items():
            if not path.is_file() or path.read_bytes() != content:
                put(path, content)


def put(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def verified(world: World, *, opened: bool = True, **more: Any) -> Verified:
    kept, unsealer = world
    return kept.check().check(CASE, unsealer if opened else None, **more)


def said(world: World, *, opened: bool = True) -> list[str]:
    return [f"{fault.where}: {fault.what}" for fault in verified(world, opened=opened).faults]


def sql(world: World, statement: str, **values: object) -> None:
    result = world[0].store._db.connection.execute(text(statement), values)
    assert result.rowcount > 0, "the change changes nothing"


def sealed(world: World, kind: str, place: int = 0) -> Path:
    kept = world[0]
    found = sorted(item.file.path for item in kept.store.evidence.all(CASE) if item.kind == kind)
    return kept.vault / found[place]


def flip(path: Path, at: int = -20) -> None:
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1
    put(path, bytes(content))


def swap(one: Path, other: Path) -> None:
    first, second = one.read_bytes(), other.read_bytes()
    put(one, second)
    put(other, first)


def exchange(world: World, kind: str) -> None:
    """The files of two finds, with everything that the rows say of them."""
    one, other = [item for item in world[0].store.evidence.all(CASE) if item.kind == kind][:2]
    world[0].store.evidence.save(replace(one, file=other.file))
    world[0].store.evidence.save(replace(other, file=one.file))


def test_what_was_kept_is_without_fault(world: World) -> None:
    for opened in (False, True):
        done = verified(world, opened=opened)
        assert done.faults == ()
        assert done.files == 16
    assert done.opened == 16


COLUMNS = '"case", sighting, kind, captured_at, media_type, path, plain_digest, sealed_digest, size, capture'
Change = Callable[[World], object]
ROW = "WHERE kind = 'image' AND id = (SELECT min(id) FROM evidence WHERE kind = 'image')"

WITHOUT_KEY: list[Any] = [
    pytest.param(lambda w: flip(sealed(w, "image")), "image of sighting", id="a bit in a sealed file"),
    pytest.param(lambda w: flip(sealed(w, "page"), 0), "page of capture", id="its first byte"),
    pytest.param(
        lambda w: put(sealed(w, "image"), sealed(w, "image").read_bytes()[:-1]), "cut off", id="a file cut off"
    ),
    pytest.param(lambda w: put(sealed(w, "record"), b""), "record of sighting", id="an empty file"),
    pytest.param(lambda w: sealed(w, "own").unlink(), "it is missing (own", id="a file gone"),
    pytest.param(
        lambda w: swap(sealed(w, "image"), sealed(w, "image", 1)), "another one in its place", id="two swapped"
    ),
    pytest.param(
        lambda w: put(w[0].vault / "0123456789abcdef.age", b"x"), "nothing in the store names it", id="a file added"
    ),
    pytest.param(
        lambda w: sql(w, "UPDATE custody SET act = 'view' WHERE number = 2"), "entry 2: it was changed", id="an act"
    ),
    pytest.param(
        lambda w: sql(w, "UPDATE custody SET at = at + 1 WHERE number = 2"), "entry 2: it was changed", id="a time"
    ),
    pytest.param(
        lambda w: sql(w, "UPDATE custody SET details = '{}' WHERE number = 2"), "details were changed", id="details"
    ),
    pytest.param(
        lambda w: sql(w, "UPDATE custody SET details = '', salt = '' WHERE number = 2"),
        "no later entry says why",
        id="details dropped",
    ),
    pytest.param(lambda w: sql(w, "DELETE FROM custody WHERE number = 3"), "is missing", id="an entry gone"),
    pytest.param(
        lambda w: sql(w, "DELETE FROM custody WHERE number > 5"), "the custody log does not know it", id="its end gone"
    ),
    pytest.param(lambda w: sql(w, "DELETE FROM custody"), "another custody log", id="the log gone"),
    pytest.param(
        lambda w: sql(w, "DELETE FROM custody WHERE number = (SELECT max(number) FROM custody)"),
        "its end was cut off",
        id="its last entry, which is of no file",
    ),
    pytest.param(
        lambda w: sql(w, "UPDATE custody_heads SET number = number - 1"), "not what the store noted", id="the head"
    ),
    pytest.param(
        lambda w: [sealed(w, "image").unlink(), sql(w, f"DELETE FROM evidence {ROW}")],
        "the store has lost a file of it: image",
        id="a picture and its row",
    ),
    pytest.param(
        lambda w: sql(w, f"UPDATE evidence SET path = '', plain_digest = '', sealed_digest = '', size = 0 {ROW}"),
        "the store has lost a file of it: image",
        id="a row that says it is withheld",
    ),
    pytest.param(
        lambda w: [
            sql(w, "UPDATE captures SET state = 'closed'"),
            sql(w, "DELETE FROM evidence WHERE kind IN ('image', 'manifest')"),
        ],
        "the store has lost a file of it: image",
        id="captures that say they are closed",
    ),
    pytest.param(
        lambda w: exchange(w, "record"),
        "the store says something else",
        id="two records exchanged, rows and all",
    ),
    pytest.param(
        lambda w: sql(
            w, f"INSERT INTO evidence (id, {COLUMNS}) SELECT 'zzzzzzzzzzzzzzzz', {COLUMNS} FROM evidence {ROW}"
        ),
        "the log's entry of its capture lacks it",
        id="a further row",
    ),
    pytest.param(
        lambda w: [
            sql(w, "UPDATE custody SET number = 99 WHERE number = 4"),
            sql(w, "UPDATE custody SET number = 4 WHERE number = 5"),
            sql(w, "UPDATE custody SET number = 5 WHERE number = 99"),
        ],
        "it does not follow",
        id="two entries reordered",
    ),
    pytest.param(
        lambda w: sql(w, "UPDATE time_stamps SET told = told + 1000000"), "not the one on record", id="a stamp's time"
    ),
    pytest.param(
        lambda w: sql(w, "UPDATE time_stamps SET data = CAST('{}' AS BLOB)"), "something else", id="what was stamped"
    ),
    pytest.param(lambda w: sql(w, "UPDATE time_stamps SET reply = CAST('x' AS BLOB)"), "no time stamp", id="a token"),
    pytest.param(lambda w: sql(w, "UPDATE time_stamps SET number = 1"), "another custody log", id="a stamp elsewhere"),
    pytest.param(lambda w: sql(w, "DELETE FROM time_stamps"), "it is missing", id="a stamp gone"),
    pytest.param(
        lambda w: sql(w, "DELETE FROM evidence WHERE kind = 'manifest'"), "not in the store any more", id="manifests"
    ),
    pytest.param(
        lambda w: sql(w, "DELETE FROM evidence WHERE kind = 'own'"), "not in the store any more", id="her own, row too"
    ),
]

WITH_KEY: list[Any] = [
    pytest.param(
        lambda w: [sql(w, f"DELETE FROM evidence {ROW}")], "the store has lost a file that it lists", id="a row gone"
    ),
    pytest.param(
        lambda w: sql(w, f"UPDATE evidence SET plain_digest = '{'0' * 64}' {ROW}"),
        "the store says something else",
        id="a row's digest",
    ),
    pytest.param(
        lambda w: sql(w, f"UPDATE evidence SET media_type = 'image/png' {ROW}"), "something else", id="a row's type"
    ),
    pytest.param(
        lambda w: sql(
            w,
            "UPDATE evidence SET (path, sealed_digest) = (SELECT path, sealed_digest FROM evidence WHERE kind = "
            f"'image' ORDER BY id DESC LIMIT 1) {ROW}",
        ),
        "what it holds is not what was sealed",
        id="another capture's file in its place, row and all",
    ),
    pytest.param(
        lambda w: sql(
            w,
            "UPDATE evidence SET (path, sealed_digest, plain_digest, size) = (SELECT path, sealed_digest, "
            f"plain_digest, size FROM evidence WHERE kind = 'image' ORDER BY id DESC LIMIT 1) {ROW}",
        ),
        "the store says something else",
        id="the same, with its digest",
    ),
    pytest.param(
        lambda w: sql(
            w,
            f"INSERT INTO evidence (id, {COLUMNS}) SELECT 'zzzzzzzzzzzzzzzz', {COLUMNS} FROM evidence {ROW}",
        ),
        "the manifest of its capture does not list it",
        id="a row added",
    ),
]


@pytest.mark.rows(9)
@pytest.mark.parametrize(("change", "what"), [*WITHOUT_KEY, *WITH_KEY])
def test_a_change_is_found_and_named(world: World, change: Change, what: str) -> None:
    with undone(world[0]):
        change(world)
        found = said(world)
    assert any(what in one for one in found), found
    assert said(world) == []


@pytest.mark.parametrize(("change", "what"), WITHOUT_KEY)
def test_most_are_found_without_a_key(world: World, change: Change, what: str) -> None:
    with undone(world[0]):
        change(world)
        found = said(world, opened=False)
    assert any(what in one for one in found), found


def test_dismissing_and_closing_are_no_faults(world: World) -> None:
    kept = world[0]
    first = kept.store.captures.all(CASE)[0]
    with undone(kept):
        for item in kept.store.evidence.all(CASE, first.sightings[0]):
            if item.sighting:
                kept.store.evidence.remove(CASE, item.id)
                (kept.vault / item.file.path).unlink()
        about = {"sighting": first.sightings[0], "files": "3"}
        kept.store.custody.note(CASE, CustodyAct.DELETE, about, datetime.now(UTC), drop=[first.sightings[0]])
        assert said(world) == []


def test_what_is_decided_meanwhile_is_no_fault(world: World) -> None:
    kept, unsealer = world
    first = kept.store.captures.all(CASE)[0]
    images = [item for item in kept.store.evidence.all(CASE, first.sightings[0]) if item.kind == "image"]

    def forget(_: str) -> None:
        """As the daemon does it, once the rows were read."""
        while images:
            item = images.pop()
            kept.store.evidence.remove(CASE, item.id)
            (kept.vault / item.file.path).unlink()
            about = {"sighting": first.sightings[0], "files": "1"}
            kept.store.custody.note(CASE, CustodyAct.DELETE, about, datetime.now(UTC), drop=[first.sightings[0]])

    with undone(kept):
        assert kept.check().check(CASE, unsealer, tell=forget).faults == ()
    assert not images


def test_what_is_in_somebody_s_work_is_no_fault(world: World) -> None:
    with undone(world[0]):
        put(world[0].vault / "0123456789abcdef.age", b"x")
        young = world[0].check(datetime.now(UTC)).check(CASE, None)
        assert young.faults == ()


def test_a_store_that_was_put_back_is_found(tmp_path: Path) -> None:
    kept = kept_evidence(tmp_path)
    reference = kept.store.custody.head(CASE).reference
    kept.store.close()
    shutil.copy(kept.early, tmp_path / "store.db")
    for more in ("-wal", "-shm"):
        (tmp_path / f"store.db{more}").unlink(missing_ok=True)
    kept.reopen()
    found = kept.check().check(CASE, None, reference=reference).faults
    kept.store.close()
    assert any("an older one" in fault.what and fault.where.startswith("vault/") for fault in found)
    assert any(reference in fault.what for fault in found)


def any_change(world: World, dice: random.Random) -> str:
    """One of them, anywhere. Its name."""
    kept = world[0]
    files = sorted(path for path in kept.vault.glob("*.age"))
    one, other = dice.sample(files, 2)
    kind = dice.choice(["flip", "cut", "drop", "add", "swap", "copy", "entry", "entry gone", "reorder", "token"])
    number = dice.randint(1, len(kept.store.custody.all(CASE)) - 1)
    if kind == "flip":
        flip(one, dice.randrange(one.stat().st_size))
    elif kind == "cut":
        put(one, one.read_bytes()[: dice.randrange(one.stat().st_size)])
    elif kind == "drop":
        one.unlink()
    elif kind == "add":
        put(kept.vault / f"{dice.randrange(10**16):016}.age", one.read_bytes())
    elif kind == "swap":
        swap(one, other)
    elif kind == "copy":
        put(one, other.read_bytes())
    elif kind == "entry":
        column = dice.choice(["details", "salt", "commitment", "previous", "digest"])
        sql(world, f"UPDATE custody SET {column} = {column} || 'x' WHERE number = :n", n=number)
    elif kind == "entry gone":
        sql(world, "DELETE FROM custody WHERE number = :n", n=number)
    elif kind == "reorder":
        sql(world, "UPDATE custody SET number = 1000000 WHERE number = :n", n=number)
        sql(world, "UPDATE custody SET number = :n WHERE number = :m", n=number, m=number + 1)
        sql(world, "UPDATE custody SET number = :m WHERE number = 1000000", m=number + 1)
    else:
        column = dice.choice(["data", "query", "reply", "chain"])
        content = bytearray(getattr(kept.store.time_stamps.all(CASE)[0], column))
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        sql(world, f"UPDATE time_stamps SET {column} = :c", c=bytes(content))
    return kind


@pytest.mark.long
def test_a_thousand_changes_are_found_and_a_thousand_looks_raise_no_alarm(world: World) -> None:
    dice, missed = random.Random(13), list[str]()
    for _ in range(1000):
        with undone(world[0]):
            kind = any_change(world, dice)
            if not said(world, opened=False):
                missed.append(kind)
        assert said(world, opened=False) == []
    assert missed == []
