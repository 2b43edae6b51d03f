"""`evidence add`: what the person saved, sealed byte for byte; what cannot be taken is said, the rest is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor import config
from monitor.services import own_evidence
from monitor.store.store import open_store
from monitor.vault.age import open_sealed
from monitor.vault.identity import new_identity
from tests.cli.cli_program import Program

IDENTITY, RECIPIENT = new_identity()


@pytest.fixture
def sealing(ready: Program) -> Program:
    ready.monkeypatch.setenv("REUPLOAD_MONITOR_EVIDENCE__RECIPIENTS", f'["{RECIPIENT}"]')
    return ready


def opened(program: Program, item: str) -> bytes:
    settings = config.load(program.home / "config.toml")
    store = open_store(settings)
    try:
        (found,) = [one for one in store.evidence.all() if one.id == item]
        assert found.kind == "own" and found.capture == ""
        return open_sealed(settings.vault_dir / found.file.path, IDENTITY)
    finally:
        store.close()


def test_files_and_words_are_sealed_as_they_are_and_stand_in_the_log(sealing: Program) -> None:
    hostile = b"\x89PNG\r\n\x1a\n<script>\x00\xff" * 100_000
    Path("threat.png").write_bytes(hostile)
    Path("chat.txt").write_text("He wrote it.")
    words = ["--what", "He wrote:\n'pay'", "--at", "2026-11-20T21:30+01:00", "--where", "Messenger", "--witness", "A"]
    done = sealing("evidence", "add", "threat.png", "chat.txt", *words, "--witness", "B", "--number", "K-1", "--json")
    assert done.code == 0, done.err
    entry = done.json["entry"]
    assert entry["at"] == {"as_said": "2026-11-20T21:30+01:00", "utc": "2026-11-20T20:30:00Z"}
    assert entry["witnesses"] == ["A", "B"] and [file["name"] for file in entry["files"]] == ["threat.png", "chat.txt"]
    assert opened(sealing, entry["files"][0]["evidence"]) == hostile
    record = opened(sealing, entry["record"])
    assert b"He wrote:\\n'pay'" in record and b"threat.png" in record
    store = open_store(config.load(sealing.home / "config.toml"))
    (noted,) = store.custody.all("default")
    assert noted.act == "add" and entry["id"] in noted.details and "pay" not in noted.details
    store.close()


def test_words_alone(sealing: Program) -> None:
    done = sealing("evidence", "add", "--note", "He rang at the door.")
    assert done.code == 0 and "0 files" in done.err, done.err


def test_nothing_at_all_is_refused(sealing: Program) -> None:
    for words in ((), ("--note", " ")):
        done = sealing("evidence", "add", *words)
        assert done.code == 2 and "nothing to add" in done.err


def test_what_cannot_be_taken_is_skipped_with_the_reason(sealing: Program) -> None:
    sealing.monkeypatch.setattr(own_evidence, "MAX_FILE_BYTES", 1000)
    Path("folder").mkdir()
    Path("empty.txt").touch()
    Path("long.bin").write_bytes(bytes(1001))
    Path("good.txt").write_bytes(bytes(1000))
    Path("locked.txt").write_text("x")
    os.chmod("locked.txt", 0)
    os.mkfifo("pipe")
    names = ["folder", "empty.txt", "long.bin", "/dev/zero", "pipe", "missing.txt", "good.txt", "a\n\x1b[31m.txt"]
    if os.geteuid():
        names.append("locked.txt")
    done = sealing("evidence", "add", *names, "--json")
    assert done.code == 0, done.err
    why = {item["file"]: item["reason"] for item in done.json["skipped"]}
    assert set(why) == set(names) - {"good.txt"}
    assert "folder" in why["folder"] and "1 kB" in why["long.bin"] and "device" in why["/dev/zero"]
    assert "pipe" in why["pipe"] and why["missing.txt"] == "No such file or directory"
    assert [file["name"] for file in done.json["entry"]["files"]] == ["good.txt"]
    vault = config.load(sealing.home / "config.toml").vault_dir
    assert len(list(vault.glob("*.age"))) == 3, "the file, the words, the store's key: no half file"
    assert "\x1b" not in done.err


def test_nothing_but_what_is_skipped_is_a_failure(sealing: Program) -> None:
    done = sealing("evidence", "add", "missing.txt")
    assert done.code == 1 and "nothing was added" in done.err and "missing.txt" in done.err


def test_without_a_key_nothing_is_kept_in_clear(ready: Program) -> None:
    Path("threat.txt").write_text("a planted word")
    done = ready("evidence", "add", "threat.txt")
    assert done.code == 3 and "recipients" in done.err
    data = config.load(ready.home / "config.toml").data_dir
    assert not [path for path in data.rglob("*") if path.is_file() and b"planted" in path.read_bytes()]


def test_hostile_names_and_long_words(sealing: Program) -> None:
    Path("=cmd|x <b>\u202egpj.exe").write_text("x")
    done = sealing("evidence", "add", "=cmd|x <b>\u202egpj.exe", "--who", "\x1b[31m<b>", "--json")
    assert done.code == 0 and done.json["entry"]["files"][0]["name"] == "=cmd|x <b>\u202egpj.exe"
    assert "\u202e" not in done.out and "\x1b" not in done.out
    done = sealing("evidence", "add", "--what", "x" * 20_001)
    assert done.code == 2 and "text file" in done.err


def test_a_find_that_is_closed_takes_what_was_added_about_it(sealing: Program) -> None:
    sighting = sealing("sightings", "add", "https://forum.example/t/9", "--json").json["sightings"][0]["id"]
    Path("shot.png").write_bytes(b"planted")
    about = sealing("evidence", "add", "shot.png", "--what", "a planted word", "--sighting", sighting, "--json")
    other = sealing("evidence", "add", "--what", "about nothing else", "--json").json["entry"]
    assert about.json["entry"]["sighting"] == sighting
    assert sealing("sightings", "under-18", sighting, "--yes").code == 0
    settings = config.load(sealing.home / "config.toml")
    store = open_store(settings)
    assert [entry.id for entry in store.own.all("default")] == [other["id"]]
    assert [item.id for item in store.evidence.all()] == [other["record"]]
    assert {path.name for path in settings.vault_dir.glob("*.age")} == {
        "store-key.age",
        store.evidence.all()[0].file.path,
    }
    store.close()
    assert sealing("evidence", "add", "--what", "x", "--sighting", sighting).code == 2


def test_what_was_added_can_be_removed(sealing: Program) -> None:
    Path("shot.png").write_bytes(b"planted")
    entry = sealing("evidence", "add", "shot.png", "--what", "wrong", "--json").json["entry"]["id"]
    assert sealing("evidence", "remove", entry).code == 3, "asked first"
    assert sealing("evidence", "remove", entry, "--yes").code == 0
    settings = config.load(sealing.home / "config.toml")
    store = open_store(settings)
    assert not store.own.all("default") and not store.evidence.all()
    noted = store.custody.all("default")
    assert [one.act for one in noted] == ["add", "delete"] and noted[0].is_dropped
    store.close()
    assert [path.name for path in settings.vault_dir.glob("*.age")] == ["store-key.age"]
    assert sealing("evidence", "remove", entry, "--yes").code == 2


def test_a_file_that_grows_is_cut_off(tmp_path: Path, sealing: Program) -> None:
    """What never ends is told from a long file by the cap alone."""
    sealing.monkeypatch.setattr(own_evidence, "MAX_FILE_BYTES", 300_000)
    path = tmp_path / "log.txt"
    path.write_bytes(bytes(250_000))
    real = own_evidence._Bounded.read

    def slow(source: own_evidence._Bounded, size: int, /) -> bytes:
        if source._left < 300_000 and path.stat().st_size < 400_000:
            with path.open("ab") as file:
                file.write(bytes(200_000))
        return real(source, size)

    sealing.monkeypatch.setattr(own_evidence._Bounded, "read", slow)
    done = sealing("evidence", "add", path)
    assert done.code == 1 and "300 kB" in done.err


def test_what_was_added_is_seen_again(sealing: Program) -> None:
    Path("chat.txt").write_text("x")
    added = sealing("evidence", "add", "chat.txt", "--what", "He wrote:\n" + "pay " * 60, "--who", "B", "--json")
    entry = added.json["entry"]["id"]
    done = sealing("evidence", "list")
    assert entry in done.out and "He wrote: pay pay" in done.out and "who    B" in done.out and "chat.txt" in done.out
    assert max(map(len, done.out.splitlines())) < 120


def test_the_log_and_the_timeline(sealing: Program) -> None:
    sighting = sealing("sightings", "add", "https://forum.example/t/9", "--json").json["sightings"][0]["id"]
    words = ["--what", "He wrote \x1b[31m", "--at", "2026-11-20T21:30+01:00", "--sighting", sighting]
    entry = sealing("evidence", "add", *words, "--json").json["entry"]["id"]
    log = sealing("evidence", "log", "--json").json
    (noted,) = log["log"]
    assert (noted["number"], noted["act"], noted["details"]["entry"]) == (1, "add", entry)
    assert log["head"] == noted["digest"] and log["reference"] == noted["digest"][:16]
    said = sealing("evidence", "log")
    assert "you added evidence" in said.out and entry in said.out and log["reference"] in said.err
    rows = sealing("reports", "timeline", sighting[:14], "--json").json["timeline"]
    assert [row["event"] for row in rows if row["at"]] == ["told by the person", "found"] or rows[0]["as_said"] is None
    assert rows[0]["detail"].startswith("He wrote") and all(row["sightings"] == [sighting] for row in rows)
    told = sealing("reports", "timeline")
    assert "told by the person" in told.out and "find 1" in told.out and "\x1b" not in told.out
    assert sealing("reports", "timeline", "nothing").code == 2
    assert sealing("evidence", "remove", entry, "--yes").code == 0
    assert "details were removed" in sealing("evidence", "log").out


def test_what_she_filed_by_hand_claims_no_measure(sealing: Program) -> None:
    (filed,) = sealing("sightings", "add", "https://forum.example/t/9", "--json").json["sightings"]
    assert (filed["tier"], filed["score"], filed["method"]) == ("match", None, None)
    assert "no program has compared it" in filed["reason"]
    listed, shown = sealing("sightings", "list"), sealing("sightings", "show", filed["id"])
    assert "your word" in listed.out and "match" not in listed.out.split("forum.example")[0].split("page")[-1]
    assert "your word" in shown.out and "1.0" not in shown.out
