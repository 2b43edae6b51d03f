"""`evidence verify`: says what was checked, names each fault, exits 1 where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import config
from monitor.store.store import SqlStore, open_store
from monitor.vault.identity import identity_file, new_identity
from tests.cli.cli_program import Program

IDENTITY, RECIPIENT = new_identity()


@pytest.fixture
def keeping(ready: Program) -> Program:
    """With one thing that she added."""
    ready.monkeypatch.setenv("REUPLOAD_MONITOR_EVIDENCE__RECIPIENTS", f'["{RECIPIENT}"]')
    Path("identity.txt").write_bytes(identity_file(IDENTITY))
    Path("threat.txt").write_text("pay")
    assert ready("evidence", "add", "threat.txt").code == 0
    return ready


def store_of(program: Program) -> SqlStore:
    return open_store(config.load(program.home / "config.toml"))


def a_file(program: Program) -> Path:
    vault = config.load(program.home / "config.toml").vault_dir
    return min(path for path in vault.glob("*.age") if path.name != "store-key.age")


def test_all_is_well(keeping: Program) -> None:
    done = keeping("evidence", "verify")
    assert done.code == 0, done.err
    assert "2 sealed files" in done.err and "--identity FILE" in done.err
    done = keeping("evidence", "verify", "--identity", "identity.txt", "--json")
    assert done.code == 0, done.err
    assert done.json["faults"] == [] and done.json["opened"] == 2 and done.json["not_opened"] == 0
    assert len(done.json["custody_reference"]) == 16
    store = store_of(keeping)
    assert store.custody.all("default")[-1].act == "view"
    store.close()


def test_one_flipped_byte_is_named(keeping: Program) -> None:
    path = a_file(keeping)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.unlink()
    path.write_bytes(content)
    for words in ((), ("--identity", "identity.txt")):
        done = keeping("evidence", "verify", *words)
        assert done.code == 1
        assert f"vault/{path.name}: it is not the file that was sealed" in done.out
    assert keeping("evidence", "verify", "--json").json["faults"][0]["where"] == f"vault/{path.name}"


def test_the_reference_of_a_digest(keeping: Program) -> None:
    reference = keeping("evidence", "verify", "--json").json["custody_reference"]
    keeping("evidence", "add", "--note", "once more")
    assert keeping("evidence", "verify", "--reference", f"{reference[:4]} {reference[4:].upper()}").code == 0
    done = keeping("evidence", "verify", "--reference", "0" * 16)
    assert done.code == 1 and "no entry has the reference" in done.out
    assert keeping("evidence", "verify", "--reference", "12").code == 2
    assert keeping("evidence", "verify", "--reference", "z" * 16).code == 2


def test_the_identity_of_somebody_else(keeping: Program) -> None:
    Path("other.txt").write_bytes(identity_file(new_identity()[0]))
    done = keeping("evidence", "verify", "--identity", "other.txt")
    assert done.code == 3 and "opens none of the 2 sealed files" in done.err


def test_nothing_kept_is_no_fault(ready: Program) -> None:
    done = ready("evidence", "verify")
    assert done.code == 0 and "0 sealed files" in done.err, done.err
