"""`evidence recipients`: who can open the evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import config
from monitor.errors import Locked, SealError, StoreError
from monitor.model.custody import CustodyAct
from monitor.model.evidence import SealedFile
from monitor.store.custody import SqlCustody
from monitor.store.store import open_store
from monitor.vault import passphrase
from monitor.vault.age import AgeVault, open_sealed
from monitor.vault.identity import identity_file, new_identity
from monitor.vault.passphrase import seal_with_passphrase
from tests.cli.cli_program import LocalSite, Program, page

IDENTITY, RECIPIENT = new_identity()
NEW_IDENTITY, NEW_RECIPIENT = new_identity()
WORDS = ("evidence", "recipients")


@pytest.fixture
def sealing(enrolled: Program, gallery: LocalSite) -> Program:
    """With evidence that is sealed to one key."""
    assert enrolled(*WORDS, "add", RECIPIENT).code == 0
    enrolled.watchlist(page("birds", f"{gallery.url}/gallery"))
    assert enrolled("watch", "run").code == 0
    (enrolled.home / "identity.txt").write_bytes(identity_file(IDENTITY))
    return enrolled


def vault(program: Program) -> Path:
    return config.load(program.home / "config.toml").vault_dir


def opens(program: Program, identity: object) -> set[str]:
    def does(path: Path) -> bool:
        try:
            open_sealed(path, identity)  # type: ignore[arg-type]
        except Locked:  # sealed to others; a broken file is a failure
            return False
        return True

    return {path.name for path in vault(program).glob("*.age") if does(path)}


def everything(program: Program) -> set[str]:
    return {path.name for path in vault(program).glob("*.age")}


@pytest.mark.long
def test_one_more_without_an_identity_is_for_what_comes(sealing: Program) -> None:
    files = everything(sealing) - {"store-key.age"}
    done = sealing(*WORDS, "add", NEW_RECIPIENT, "--json")
    assert done.code == 0 and [one["key"] for one in done.json["recipients"]] == [RECIPIENT, NEW_RECIPIENT]
    assert f"{len(files)} files were sealed before" in done.err and "--identity FILE" in done.err
    assert opens(sealing, NEW_IDENTITY) == {"store-key.age"} and opens(sealing, IDENTITY) == everything(sealing)
    listed = sealing(*WORDS, "list", "--json").json
    assert listed["recipients"] == [
        {"key": RECIPIENT, "opens_store_key": True},
        {"key": NEW_RECIPIENT, "opens_store_key": True},
    ]
    assert listed["files"] == len(files)


@pytest.mark.long
def test_one_more_with_the_identity_opens_what_is_there(sealing: Program) -> None:
    done = sealing(*WORDS, "add", NEW_RECIPIENT, "--identity", sealing.home / "identity.txt")
    assert done.code == 0, done.err
    assert "sealed anew" in done.err and "takes it up by itself" in done.err
    assert opens(sealing, NEW_IDENTITY) == opens(sealing, IDENTITY) == everything(sealing)
    for words in ((), ("--identity", sealing.home / "identity.txt")):
        checked = sealing("evidence", "verify", *words)
        assert checked.code == 0, checked.out + checked.err
    store = open_store(config.load(sealing.home / "config.toml"))
    try:
        noted = [one.details for one in store.custody.all("default") if one.act is CustodyAct.RECIPIENTS]
    finally:
        store.close()
    assert NEW_RECIPIENT in noted[-2] and "files sealed anew" in noted[-1]
    again = sealing(*WORDS, "add", NEW_RECIPIENT)
    assert again.code == 2 and "already" in again.err
    assert sealing(*WORDS, "add", NEW_RECIPIENT, "--identity", sealing.home / "identity.txt").code == 0


@pytest.mark.long
def test_under_a_passphrase(sealing: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "WORK_FACTOR", 4)
    (tmp_path / "identity.age").write_bytes(seal_with_passphrase(identity_file(IDENTITY), passphrase.Secret("words")))
    before = (sealing.home / "config.toml").read_text()
    words = (*WORDS, "add", NEW_RECIPIENT, "--identity", tmp_path / "identity.age")
    assert (done := sealing(*words)).code == 3 and "--passphrase-file" in done.err
    (tmp_path / "words").write_text("others\n")
    wrong = sealing(*words, "--passphrase-file", tmp_path / "words")
    assert wrong.code == 3 and "does not open it" in wrong.err and len(wrong.err.splitlines()) <= 3
    assert (sealing.home / "config.toml").read_text() == before, "refused before anything is changed"
    (tmp_path / "words").write_text("words\n")
    assert sealing(*words, "--passphrase-file", tmp_path / "words").code == 0
    assert opens(sealing, NEW_IDENTITY) == everything(sealing)


@pytest.mark.long
def test_the_identity_of_somebody_else_changes_no_file(sealing: Program, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_bytes(identity_file(NEW_IDENTITY))
    before = (sealing.home / "config.toml").read_text()
    files = everything(sealing)
    done = sealing(*WORDS, "add", NEW_RECIPIENT, "--identity", tmp_path / "other.txt")
    assert done.code == 3 and "opens none" in done.err and everything(sealing) == files
    assert (sealing.home / "config.toml").read_text() == before


@pytest.mark.parametrize(
    ("key", "says"),
    [
        pytest.param("hello", "not an age public key", id="a word"),
        pytest.param(RECIPIENT[:-1], "not an age public key", id="a letter is missing"),
        pytest.param(IDENTITY.value, "not an age public key", id="a private key"),
    ],
)
def test_what_is_no_key_changes_nothing(ready: Program, key: str, says: str) -> None:
    before = (ready.home / "config.toml").read_text()
    done = ready(*WORDS, "add", key)
    assert done.code == 2 and says in done.err and IDENTITY.value not in done.err
    assert (ready.home / "config.toml").read_text() == before


@pytest.mark.long
def test_less(sealing: Program) -> None:
    sealing(*WORDS, "add", NEW_RECIPIENT)
    done = sealing(*WORDS, "remove", RECIPIENT)
    assert done.code == 0 and done.out == f"{NEW_RECIPIENT}\n" and "still opens" in done.err
    assert opens(sealing, NEW_IDENTITY) == {"store-key.age"}
    assert "store-key.age" not in opens(sealing, IDENTITY)
    assert sealing(*WORDS, "remove", RECIPIENT).code == 2
    last = sealing(*WORDS, "remove", NEW_RECIPIENT)
    assert last.code == 3 and "cannot be undone" in last.err
    assert sealing(*WORDS, "remove", NEW_RECIPIENT, "--yes").code == 0
    assert "no evidence is kept" in sealing(*WORDS, "list").err


def test_what_the_environment_sets_is_not_written_to_the_file(ready: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REUPLOAD_MONITOR_EVIDENCE__RECIPIENTS", f'["{RECIPIENT}"]')
    done = ready(*WORDS, "add", NEW_RECIPIENT)
    assert done.code == 2 and "environment" in done.err


@pytest.mark.long
def test_a_recipient_that_is_no_key_stops_evidence_alone_and_says_so(enrolled: Program, gallery: LocalSite) -> None:
    mistyped = RECIPIENT[:-1] + ("q" if RECIPIENT[-1] != "q" else "p")
    path = enrolled.home / "config.toml"
    path.write_text(path.read_text().replace("recipients = []", f'recipients = ["{mistyped}"]'))
    enrolled.watchlist(page("birds", f"{gallery.url}/gallery"))
    assert enrolled("watch", "run").code == 0
    (sighting,) = enrolled("sightings", "list", "--json").json["sightings"]
    assert sighting["evidence"] == [] and not vault(enrolled).exists()
    assert "no evidence is kept: [evidence] recipients, entry 1" in enrolled("status").out
    assert "not an age public key" in enrolled("doctor").out
    left = {one.suffix for one in config.load(path).data_dir.rglob("*") if one.is_file()}
    assert left <= {".db", ".db-wal", ".db-shm", ".lock", ""}, "nothing is written in its place"


def full(*_: object) -> SealedFile:
    raise SealError("evidence cannot be written: the disk is full", remedy="Free some space on that disk.")


def no_room(*_: object, **__: object) -> None:
    raise StoreError("the store has no room", remedy="Free some space.")


def recipients(program: Program) -> tuple[str, ...]:
    return config.load(program.home / "config.toml").evidence.recipients


@pytest.mark.long
def test_a_full_disk_while_it_is_sealed_anew_is_told_with_what_is_done(
    sealing: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (*WORDS, "add", NEW_RECIPIENT, "--identity", sealing.home / "identity.txt")
    with monkeypatch.context() as disk:
        disk.setattr(AgeVault, "seal", full)
        done = sealing(*words)
    assert done.code == 1 and recipients(sealing) == (RECIPIENT, NEW_RECIPIENT)
    for said in ("the disk is full", f"the key stands in {sealing.home / 'config.toml'}", "the same command once more"):
        assert said in done.err
    assert sealing(*words).code == 0
    assert opens(sealing, NEW_IDENTITY) == everything(sealing)


@pytest.mark.long
def test_what_the_log_cannot_take_up_changes_nothing(sealing: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as disk:
        disk.setattr(SqlCustody, "note", no_room)
        done = sealing(*WORDS, "add", NEW_RECIPIENT)
    assert done.code == 1 and "nothing was changed" in done.err and "no room" in done.err
    assert recipients(sealing) == (RECIPIENT,)


@pytest.mark.long
def test_a_look_whose_evidence_cannot_be_written_says_so(
    enrolled: Program, gallery: LocalSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert enrolled(*WORDS, "add", RECIPIENT).code == 0
    enrolled.watchlist(page("birds", f"{gallery.url}/gallery"))
    monkeypatch.setattr(AgeVault, "seal", full)
    done = enrolled("watch", "run", "--json")
    (run,) = done.json["runs"]
    assert done.code == 1 and run["new_sightings"] >= 1 and run["status"] == "partial"
    assert [one["kind"] for one in run["errors"]] == ["not_sealed"]
    assert "birds: " in done.err and "the disk is full" in done.err and "The finds themselves are recorded" in done.err
