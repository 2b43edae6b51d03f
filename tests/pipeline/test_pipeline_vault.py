"""What stays in the vault: nothing goes because a row is missing, everything goes whose removal was asked for."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.model.sighting import Sighting
from monitor.pipeline import housekeeping, removing, vault_keeping
from monitor.pipeline.housekeeping import keep_house
from monitor.pipeline.vault_keeping import Swept, strays, sweep_vault
from monitor.services import closing
from monitor.store.store import open_store
from monitor.vault.folder import STORE_KEY, VaultFolder
from tests.pipeline.pipeline_bench import PHOTOS, Bench, copy_of, page

THREAD = "https://forum.example/t/1"
COPY = "https://cdn.example/copy.jpg"


async def found(bench: Bench) -> Sighting:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    await bench.run()
    (sighting,) = bench.store.sightings.all()
    return sighting


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.age")}


def made_old(bench: Bench) -> None:
    old = (bench.clock() - timedelta(hours=2)).timestamp()
    for path in bench.settings.vault_dir.glob("*.age"):
        os.utime(path, (old, old))


def swept(bench: Bench) -> Swept:
    return sweep_vault(store=bench.store, vault=VaultFolder(bench.settings.vault_dir), now=bench.clock())


async def test_what_no_row_names_is_put_aside_and_kept(bench: Bench) -> None:
    await found(bench)
    vault = bench.settings.vault_dir
    for name in ("lost", "young", "store-key"):
        (vault / f"{name}.age").write_bytes(name.encode())
    (vault / "notes.txt").write_bytes(b"not ours")
    made_old(bench)
    os.utime(vault / "young.age", (bench.clock().timestamp(),) * 2)
    before = files(vault)
    assert strays(VaultFolder(vault)) is None
    assert swept(bench) == Swept(moved=1)
    assert files(vault) == {("stray/lost.age" if name == "lost.age" else name): was for name, was in before.items()}
    assert stat.S_IMODE((vault / "stray").stat().st_mode) == 0o700
    told = strays(VaultFolder(vault))
    assert told is not None and (told.count, told.size) == (1, 4)
    assert swept(bench) == Swept()


async def test_restoring_an_older_store_loses_no_newer_evidence(bench: Bench, tmp_path: Path) -> None:
    """And the newer one finds its files again when it is put back."""
    vault, data = bench.settings.vault_dir, bench.settings.data_dir
    bench.store.close()
    shutil.copy(data / "store.db", tmp_path / "older.db")
    bench.store = open_store(bench.settings)
    await found(bench)
    made_old(bench)
    before = files(vault)
    assert before
    bench.store.close()
    shutil.copy(data / "store.db", tmp_path / "newer.db")

    shutil.copy(tmp_path / "older.db", data / "store.db")
    bench.store = open_store(bench.settings)
    kept = keep_house(bench.store, bench.settings, bench.clock())
    assert kept.stray_files == len(before)
    assert files(vault) == {f"stray/{name}": was for name, was in before.items()}
    bench.store.close()

    shutil.copy(tmp_path / "newer.db", data / "store.db")
    bench.store = open_store(bench.settings)
    assert swept(bench) == Swept(returned=len(before))
    assert files(vault) == before
    assert strays(VaultFolder(vault)) is None


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "a file system without them"])
async def test_a_name_that_is_taken_is_not_overwritten(
    bench: Bench, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", refused)
    vault = bench.settings.vault_dir
    vault.mkdir(parents=True)
    for content in (b"first", b"second", b"third"):
        (vault / "same.age").write_bytes(content)
        made_old(bench)
        assert swept(bench).moved == 1
    assert files(vault) == {
        "stray/same.age": b"first",
        "stray/same.2.age": b"second",
        "stray/same.3.age": b"third",
    }


async def test_what_is_named_and_there_is_not_taken_back_over(bench: Bench) -> None:
    await found(bench)
    vault = bench.settings.vault_dir
    (vault / "stray").mkdir()
    named = next(vault.glob("*.age"))
    (vault / "stray" / named.name).write_bytes(b"another")
    before = files(vault)
    assert swept(bench) == Swept()
    assert files(vault) == before


Decide = Callable[[Bench, str], object]


def dismiss(bench: Bench, name: str) -> object:
    """And a day later, when its media goes."""
    bench.decisions.dismiss(name, case="default")
    bench.clock.forward(days=1)
    return housekeeping.forget_dismissed(store=bench.store, settings=bench.settings, now=bench.clock())


def under_18(bench: Bench, name: str) -> closing.ClosedUnder18:
    return bench.decisions.close_under_18(name, case="default")


def reference_under_18(bench: Bench, name: str) -> object:
    (reference,) = bench.store.references.all("default")
    return bench.decisions.close_reference_under_18(reference.id, case="default")


DECISIONS = [
    pytest.param(dismiss, "image", id="dismissed"),
    pytest.param(under_18, "", id="under 18"),
    pytest.param(reference_under_18, "", id="its photo under 18"),
]


def to_go(bench: Bench, sighting: Sighting, kind: str) -> set[str]:
    items = bench.store.evidence.all("default", sighting.id)
    return {item.file.path for item in items if not kind or item.is_media}


@pytest.mark.parametrize(("decide", "kind"), DECISIONS)
async def test_a_removal_that_a_crash_cut_off_is_finished(
    bench: Bench, decide: Decide, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the rows and the disk. What must go is not put aside and kept."""
    sighting = await found(bench)
    going = to_go(bench, sighting, kind)
    staying = set(files(bench.settings.vault_dir)) - going
    assert going

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as crash, pytest.raises(SystemExit):
        for place in (closing, housekeeping):
            crash.setattr(place, "remove_files", killed)
        decide(bench, sighting.id)
    assert going <= set(files(bench.settings.vault_dir)), "the crash came before"
    made_old(bench)
    assert swept(bench) == Swept(), "asked to be removed: not put aside"
    assert going <= set(files(bench.settings.vault_dir))
    assert keep_house(bench.store, bench.settings, bench.clock()).stray_files == 0
    assert set(files(bench.settings.vault_dir)) == staying
    assert bench.store.removals.all() == []


@pytest.mark.parametrize(("decide", "kind"), DECISIONS)
async def test_a_decision_that_is_not_saved_removes_nothing(
    bench: Bench, decide: Decide, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sighting = await found(bench)
    before = files(bench.settings.vault_dir)

    def full(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as crash, pytest.raises(SystemExit):
        crash.setattr(type(bench.store.removals), "add", full)
        decide(bench, sighting.id)
    swept(bench)
    assert files(bench.settings.vault_dir) == before
    assert to_go(bench, sighting, kind)


@pytest.mark.parametrize(("decide", "kind"), DECISIONS)
async def test_what_was_put_aside_goes_too(bench: Bench, decide: Decide, kind: str) -> None:
    sighting = await found(bench)
    going, vault = to_go(bench, sighting, kind), bench.settings.vault_dir
    (vault / "stray").mkdir()
    for number, name in enumerate(sorted(going)):
        (vault / name).rename(vault / "stray" / name)  # a sweep under an older store that was restored
        shutil.copy(vault / "stray" / name, vault / "stray" / f"{name.removesuffix('.age')}.{number + 2}.age")
    (vault / "stray" / "another.age").write_bytes(b"kept")
    decide(bench, sighting.id)
    assert set(files(vault)) & ({f"stray/{name}" for name in going} | going) == set()
    assert [name for name in files(vault) if name.startswith("stray/")] == ["stray/another.age"]


async def test_what_cannot_be_removed_stays_asked_for_and_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sighting = await found(bench)
    going = to_go(bench, sighting, "")

    def refused(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "unlink", refused)
        left = under_18(bench, sighting.id).files.left
        assert {item.path for item in left} == going
        made_old(bench)
        keep_house(bench.store, bench.settings, bench.clock())
    assert not (bench.settings.vault_dir / "stray").exists(), "asked to be removed: not put aside"
    keep_house(bench.store, bench.settings, bench.clock())
    assert not set(files(bench.settings.vault_dir)) & going


async def test_a_vault_that_is_not_there_is_waited_for(bench: Bench) -> None:
    sighting = await found(bench)
    vault = bench.settings.vault_dir
    vault.rename(vault.with_name("unmounted"))
    assert under_18(bench, sighting.id).files.left
    vault.with_name("unmounted").rename(vault)
    keep_house(bench.store, bench.settings, bench.clock())
    assert files(vault) == {}


async def test_no_vault_is_nothing_to_sweep(bench: Bench) -> None:
    nothing = replace(bench.settings, data_dir=bench.settings.data_dir / "empty")
    assert sweep_vault(store=bench.store, vault=VaultFolder(nothing.vault_dir), now=bench.clock()) == Swept()
    assert vault_keeping.strays(VaultFolder(nothing.vault_dir)) is None


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    ("keyed", "filled"),
    [
        pytest.param(True, False, id="empty"),
        pytest.param(True, True, id="sealed into meanwhile"),
        pytest.param(False, False, id="none ever had the store's key"),
    ],
)
@pytest.mark.parametrize(("decide", "kind"), DECISIONS)
async def test_a_vault_whose_disk_is_not_mounted_is_waited_for(
    bench: Bench, decide: Decide, kind: str, keyed: bool, filled: bool
) -> None:
    sighting = await found(bench)
    vault, away = bench.settings.vault_dir, bench.settings.vault_dir.with_name("away")
    if keyed:
        (vault / STORE_KEY).write_bytes(b"sealed")
        removing.finish(bench.store, bench.settings)
    going = to_go(bench, sighting, kind)
    vault.rename(away)
    vault.mkdir()
    if filled:
        (vault / "another.age").write_bytes(b"sealed")
    decide(bench, sighting.id)
    removing.finish(bench.store, bench.settings)
    assert {item.path for item in bench.store.removals.all()} == going
    assert {left.path for left in removing.remove_files(bench.store, bench.settings).left} == going
    shutil.rmtree(vault)
    away.rename(vault)
    removing.finish(bench.store, bench.settings)
    assert going & set(files(vault)) == set() and bench.store.removals.all() == []


async def test_a_file_that_is_not_in_the_right_vault_is_gone(bench: Bench) -> None:
    sighting = await found(bench)
    vault = bench.settings.vault_dir
    (vault / STORE_KEY).write_bytes(b"sealed")
    removing.finish(bench.store, bench.settings)
    for path in vault.glob("*.age"):
        if path.name != STORE_KEY:
            path.unlink()
    done = bench.decisions.close_under_18(sighting.id, case="default")
    assert done.files.left == () and bench.store.removals.all() == []
