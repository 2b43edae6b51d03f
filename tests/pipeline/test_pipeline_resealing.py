"""Sealed anew to one more key: every file whole at every step, and found again by an older copy of the store."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.model.evidence import EvidenceItem
from monitor.pipeline import resealing
from monitor.pipeline.resealing import Resealed, reseal
from monitor.pipeline.sealed_names import next_name, rows_resealed
from monitor.pipeline.vault_keeping import sweep_vault
from monitor.store.store import open_store
from monitor.vault.age import AgeVault, open_sealed
from monitor.vault.folder import VaultFolder
from monitor.vault.identity import identity_file, new_identity
from monitor.vault.opening import opening
from tests.pipeline.pipeline_bench import Bench
from tests.pipeline.test_pipeline_vault import files, found, made_old

NEW_IDENTITY, NEW_RECIPIENT = new_identity()


@pytest.mark.parametrize(
    ("name", "follows"), [("id.age", "id-r2.age"), ("id-r2.age", "id-r3.age"), ("a-r9-x-r10.age", "a-r9-x-r11.age")]
)
def test_the_next_name(name: str, follows: str) -> None:
    assert next_name(name) == follows


def resealed(bench: Bench, tmp_path: Path) -> Resealed:
    identity = tmp_path / "identity.txt"
    identity.write_bytes(identity_file(bench.identity))
    vault = AgeVault(bench.settings.vault_dir, [*bench.settings.evidence.recipients, NEW_RECIPIENT])
    with opening(identity) as unsealer:
        return reseal(unsealer, vault, store=bench.store, settings=bench.settings, tell=lambda _: None)


def plain(bench: Bench, item: EvidenceItem, identity: object = NEW_IDENTITY) -> bytes:
    return open_sealed(bench.settings.vault_dir / item.file.path, identity)  # type: ignore[arg-type]


async def test_the_new_key_opens_everything_and_so_does_the_old(bench: Bench, tmp_path: Path) -> None:
    await found(bench)
    before = {item.id: plain(bench, item, bench.identity) for item in bench.store.evidence.all()}
    names = {item.file.path for item in bench.store.evidence.all()}
    assert resealed(bench, tmp_path) == Resealed(len(names))
    for item in bench.store.evidence.all():
        assert plain(bench, item) == plain(bench, item, bench.identity) == before[item.id]
        assert item.file.path not in names
    there = set(VaultFolder(bench.settings.vault_dir).names())
    assert there == {item.file.path for item in bench.store.evidence.all()}, "the old files are gone"


async def test_what_does_not_open_stays_as_it_is_and_is_named(bench: Bench, tmp_path: Path) -> None:
    await found(bench)
    first, second, *_ = dict.fromkeys(item.file.path for item in bench.store.evidence.all())
    vault = bench.settings.vault_dir
    for name, content in ((first, b"cut off"), (second, AgeVault(tmp_path, list(bench.settings.evidence.recipients)))):
        (vault / name).chmod(0o600)
        if isinstance(content, bytes):
            (vault / name).write_bytes(content)
        else:
            (vault / name).write_bytes((tmp_path / content.seal("other", b"of another").path).read_bytes())
    kept = files(vault)
    done = resealed(bench, tmp_path)
    assert {left.path for left in done.left} == {first, second}
    assert "changed or cut off" in done.left[0].why and "not what is on record" in done.left[1].why
    assert {first: kept[first], second: kept[second]}.items() <= files(vault).items()
    assert done.done and not list(vault.glob(f"{second.removesuffix('.age')}-r*"))


@pytest.mark.parametrize("step", ["seal", "_renamed", "remove_files"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_at_any_step_every_file_is_whole_and_it_can_be_done_again(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    await found(bench)
    before = {item.id: plain(bench, item, bench.identity) for item in bench.store.evidence.all()}
    target: object = AgeVault if step == "seal" else resealing
    real = getattr(target, step)

    def killed(*words: object, **named: object) -> None:
        if when == "after":
            real(*words, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(target, step, killed)
        with pytest.raises(KeyboardInterrupt):
            resealed(bench, tmp_path)
    for item in bench.store.evidence.all():
        assert plain(bench, item, bench.identity) == before[item.id]
    assert resealed(bench, tmp_path).left == ()
    assert {item.id: plain(bench, item) for item in bench.store.evidence.all()} == before
    named = {item.file.path for item in bench.store.evidence.all()}
    assert set(VaultFolder(bench.settings.vault_dir).names()) == named, "and nothing else is left"


async def test_a_store_of_last_week_finds_what_was_sealed_anew_and_loses_nothing(bench: Bench, tmp_path: Path) -> None:
    await found(bench)
    shutil.copytree(bench.settings.data_dir, tmp_path / "last week", ignore=lambda *_: ["vault"])
    before = {item.id: plain(bench, item, bench.identity) for item in bench.store.evidence.all()}
    resealed(bench, tmp_path)
    newer = AgeVault(bench.settings.vault_dir, [NEW_RECIPIENT]).seal("sealedsince", b"sealed since")
    sealed = files(bench.settings.vault_dir)
    bench.store.close()
    older = replace(bench.settings, data_dir=tmp_path / "last week")
    (older.data_dir / "vault").symlink_to(bench.settings.vault_dir)
    store = open_store(older)
    made_old(bench)
    try:
        for _ in range(2):
            sweep_vault(store=store, vault=VaultFolder(older.vault_dir), now=bench.clock())
            assert {item.id: plain(bench, item) for item in store.evidence.all()} == before
        assert sorted(map(len, files(bench.settings.vault_dir).values())) == sorted(map(len, sealed.values()))
        assert open_sealed(older.vault_dir / "stray" / newer.path, NEW_IDENTITY) == b"sealed since"
    finally:
        store.close()


async def test_rows_follow_only_files_that_are_not_there(bench: Bench) -> None:
    await found(bench)
    item, *_ = bench.store.evidence.all()
    name = item.file.path.removesuffix(".age")
    there = [item.file.path, f"{name}-r2.age"]
    assert list(rows_resealed([item], there)) == [] == list(rows_resealed([item], ["another-r2.age"]))
    (row,) = rows_resealed([item], [f"{name}-r2.age", f"{name}-r10.age", f"{name}-r9.age"])
    assert row.file.path == f"{name}-r10.age" and row.file.sealed_digest == item.file.sealed_digest


async def test_what_a_crash_left_goes_with_what_is_closed(bench: Bench, tmp_path: Path) -> None:
    """Sealed anew and killed before a row named it: a find that is closed as under 18 takes it along."""
    sighting = await found(bench)
    vault = AgeVault(bench.settings.vault_dir, [NEW_RECIPIENT])
    names = {item.file.path for item in bench.store.evidence.all()}
    for name in names:
        vault.seal(next_name(name).removesuffix(".age"), b"the same")
    vault.seal("another-r2", b"of another")
    bench.decisions.close_under_18(sighting.id, case="default")
    assert set(vault.names()) == {"another-r2.age"}
