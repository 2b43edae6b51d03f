"""`enroll`, `match`, `references`: the person's own photos, and whatever else is given to them."""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from monitor.cli import enroll_words, progress
from monitor.model.enrolment import Enrolment, Skipped
from monitor.vault import passphrase
from monitor.vault.identity import identity_file, new_identity
from tests.cli.cli_program import PHOTOS, Program
from tests.matching.test_matching_inside import chat, photo

pillow_heif.register_heif_opener()

OWL = PHOTOS / "enrolled" / "owl.jpg"
DOG = PHOTOS / "others" / "dog.jpg"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Two photos, one of them under a folder, and everything that is none."""
    folder = tmp_path / "mixed"
    (folder / "inside").mkdir(parents=True)
    shutil.copy(OWL, folder / "owl.jpg")
    shutil.copy(DOG, folder / "inside" / "dog.png")  # the name lies about the format
    (folder / "broken.jpg").write_bytes(OWL.read_bytes()[:300])
    (folder / "notes.txt").write_text("no picture")
    (folder / "empty.jpg").write_bytes(b"")
    os.mkfifo(folder / "pipe.jpg")
    return folder


def test_enroll_takes_the_good_and_names_the_bad(ready: Program, mixed: Path, tmp_path: Path) -> None:
    done = ready("enroll", mixed, tmp_path / "gone.jpg", "--json")
    assert done.code == 0, done.err
    assert set(done.json) == {"enrolled", "skipped"}
    assert {row["label"] for row in done.json["enrolled"]} == {"owl", "dog"}
    for row in done.json["enrolled"]:
        assert set(row) == {"reference", "label", "file", "fingerprints", "remarks"}
        assert "pdq" in row["fingerprints"]
    skipped = {Path(row["file"]).name: row["reason"] for row in done.json["skipped"]}
    assert set(skipped) == {"broken.jpg", "notes.txt", "empty.jpg", "pipe.jpg", "gone.jpg"}
    assert all(skipped.values())


def test_enroll_in_words(ready: Program, mixed: Path) -> None:
    done = ready("enroll", mixed, "--label", "birds")
    assert done.code == 0
    assert done.out.count("birds") == 2
    assert "skipped" in done.err
    assert "broken.jpg" in done.err
    assert "2 new photos, 4 skipped" in done.err


@pytest.mark.parametrize("what", ["a folder without photos", "nothing there", "only broken ones"])
def test_nothing_enrolled_is_1(ready: Program, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "folder"
    if what != "nothing there":
        folder.mkdir()
    if what == "only broken ones":
        (folder / "a.jpg").write_bytes(b"\xff\xd8\xff")
    done = ready("enroll", folder, "--json")
    assert done.code == 1
    assert done.json["enrolled"] == []
    assert len(done.json["skipped"]) == 1
    assert "nothing was enrolled" in done.err


def test_photos_enrolled_again_are_no_error(enrolled: Program, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    done = enrolled("enroll", OWL, tmp_path / "broken.jpg")
    assert done.code == 0, done.err
    assert "0 new photos, 1 file of photos known before, 1 skipped" in done.err
    assert done.err.count("skipped /") == 1
    row = enrolled("enroll", OWL, "--json").json["skipped"][0]
    assert row["reference"] == enrolled("references", "list", "--json").json["references"][0]["reference"]


def test_several_encodings_of_a_photo_are_told_as_one(ready: Program, tmp_path: Path) -> None:
    with Image.open(OWL) as image:
        image.save(tmp_path / "IMG_1.heic", "HEIF", quality=60)
        image.save(tmp_path / "IMG_1.jpg", quality=85)
    shutil.copy(DOG, tmp_path / "IMG_2.jpg")
    done = ready("enroll", tmp_path)
    assert done.code == 0, done.err
    assert "IMG_1.heic and IMG_1.jpg are one photo" in done.err
    assert "IMG_2" not in done.err
    assert len(ready("references", "list", "--json").json["references"]) == 2


def test_which_files_are_one_photo_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    def known(*paths: str) -> tuple[Skipped, ...]:
        return tuple(Skipped(Path(path), "already enrolled", f"r{number}") for number, path in enumerate(paths))

    many = [known(*(f"/p{copy}/{photo_}.jpg" for photo_ in range(20))) for copy in range(2)]
    enroll_words.tell_enrolled(Enrolment((), (*many[0], *many[1])))
    said = capsys.readouterr().err
    assert "/p0/0.jpg and /p1/0.jpg are one photo" in said, "one name: told apart by their folders"
    assert "So are the files of 8 other photos." in said
    enroll_words.tell_enrolled(Enrolment((), known("a.jpg") + 5 * known("b.jpg")[:1]))
    assert "a.jpg, b.jpg, b.jpg, b.jpg and 2 more files are one photo" in capsys.readouterr().err.replace("./", "")


def test_ctrl_c_keeps_what_was_enrolled_and_says_how_to_go_on(
    ready: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, photo_file in enumerate(sorted((PHOTOS / "enrolled").iterdir())[:4]):
        shutil.copy(photo_file, folder / f"{number}.jpg")
    seen: list[object] = []

    def press(_: object, what: object) -> None:
        seen.append(what)
        if len(seen) == 2:
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(progress._Unseen, "__call__", press)
        done = ready("enroll", folder)
    assert done.code == 130
    assert len(seen) == 2
    assert "Stopped after 2 of 4 files" in done.err
    assert "the same command again" in done.err
    assert len(ready("references", "list", "--json").json["references"]) == 2
    assert "2 new photos, 2 files of photos known before, 0 skipped" in ready("enroll", folder).err


def test_progress_has_a_total_and_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    with progress.progress("Reading") as step:
        step.of(540)
        for number in range(3):
            step(f"/photos/{number}.jpg\x1b[2J")
    shown = screen.getvalue()
    assert "2 of 540" in shown
    assert "\x1b[2J" not in shown


@pytest.mark.long
def test_hostile_file_names(ready: Program, tmp_path: Path) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    (folder / "a\x1b[2J\u202egpj.exe").write_bytes(b"x")
    (folder / os.fsdecode(b"\xff.jpg")).write_bytes(b"x")
    shutil.copy(OWL, folder / "owl\x07.jpg")
    done = ready("enroll", folder)
    assert done.code == 0
    assert not {letter for letter in done.out + done.err if not letter.isprintable()} - {"\n"}
    shown = ready("match", folder, "--json")
    assert {Path(row["file"]) for row in shown.json["results"]} == set(folder.iterdir())


def test_attestation_comes_first(ready: Program) -> None:
    """A case of an older set-up, or of another machine, may have none."""
    from monitor.app import open_app
    from monitor.config import load
    from monitor.model.case import Case

    with open_app(load()) as app:
        app.store.cases.save(Case("default", "", None, None))
    done = ready("enroll", OWL)
    assert done.code == 3
    assert "guide under-18" in done.err
    assert ready("references", "list", "--json").json == {"references": []}
    ready.answering("no")
    refused = ready("enroll", OWL)
    assert refused.code == 3
    assert "takeitdown.ncmec.org" in refused.err
    ready.answering("yes", "yes")
    assert ready("enroll", OWL).code == 0
    assert ready("enroll", DOG).code == 0  # asked once


def test_attestation_by_options(ready: Program) -> None:
    from monitor.app import open_app
    from monitor.config import load
    from monitor.model.case import Case

    with open_app(load()) as app:
        app.store.cases.save(Case("default", "", None, None))
    assert ready("enroll", OWL, "--adult").code == 3
    assert ready("enroll", OWL, "--adult", "--authorised", "representative").code == 0


def test_match_rows_are_the_contract_s(enrolled: Program, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    done = enrolled("match", DOG, tmp_path / "broken.jpg", OWL, "--json")
    assert done.code == 0
    rows = done.json["results"]
    assert [Path(row["file"]).name for row in rows] == ["dog.jpg", "broken.jpg", "owl.jpg"]
    for row in rows:
        assert list(row) == [
            "file",
            "tier",
            "reference",
            "label",
            "score",
            "distance",
            "method",
            "reason",
            "error",
        ]
        assert 0 <= row["score"] <= 1
    dog, broken, owl = rows
    assert (owl["tier"], owl["label"], owl["method"], owl["error"]) == ("match", "owl", "pdq", None)
    assert dog["tier"] == "none"
    assert dog["score"] < owl["score"]
    assert broken["error"]
    assert (broken["tier"], broken["reference"]) == ("none", None)


def test_match_in_words_and_when_nothing_can_be_read(enrolled: Program, tmp_path: Path) -> None:
    done = enrolled("match", OWL)
    assert done.code == 0
    assert "owl" in done.out
    assert enrolled("match", tmp_path / "gone.jpg").code == 1


def test_a_screenshot_in_words(ready: Program, tmp_path: Path) -> None:
    chat(photo("cat"), "ok ja hi").save(tmp_path / "shot.png")
    done = ready("enroll", tmp_path / "shot.png")
    assert done.code == 0 and "the photo inside was taken" in done.err
    assert "Copies of one picture" not in done.err, "it joined nothing"
    assert "2: shot (the photo inside), shot (the whole screenshot)" in ready("references", "list").out
    written = ready("references", "export", "--out", tmp_path / "list.csv")
    assert "2 hashes of 1 picture written" in written.out + written.err
    again = ready("references", "import", tmp_path / "list.csv")
    assert "0 hashes of 0 pictures imported, 2 known already, 0 lines left out." in again.out


@pytest.mark.long
def test_references_round_trip(enrolled: Program, tmp_path: Path) -> None:
    listed = enrolled("references", "list", "--json").json["references"]
    assert [row["label"] for row in listed] == ["owl"]
    for form in ("csv", "json"):
        path = tmp_path / f"set.{form}"
        assert enrolled("references", "export", "--format", form, "--out", path).code == 0
        assert enrolled("references", "export", "--format", form, "--out", path).code == 2  # nothing is overwritten
        assert enrolled("references", "remove", "owl").code == 3  # not confirmed
        assert enrolled("references", "remove", "owl", "--yes").code == 0
        assert enrolled("references", "list", "--json").json == {"references": []}
        done = enrolled("references", "import", path, "--json")
        assert done.code == 0, done.err
        assert done.json["imported"] == [{"reference": listed[0]["reference"], "label": "owl"}]
        assert enrolled("references", "list", "--json").json["references"][0]["origin"] == "own-list"
        assert enrolled("match", OWL, "--json").json["results"][0]["tier"] == "match"


def test_sealed_with_everything_and_back(enrolled: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "WORK_FACTOR", 8)
    words, out = tmp_path / "words", tmp_path / "photos.age"
    words.write_text("unpaved stardom reversing cosmos\n")
    assert enrolled("references", "export", "--sealed").code == 2, "nowhere to"
    assert enrolled("references", "export", "--sealed", "--out", out).code == 3, "nobody to ask"
    assert enrolled("references", "export", "--out", tmp_path / "list", "--passphrase-file", words).code == 2
    done = enrolled("references", "export", "--sealed", "--out", out, "--passphrase-file", words)
    assert done.code == 0 and "1 photo" in done.err and "as private as the photos" in done.err
    assert enrolled("references", "export", "--sealed", "--out", out, "--passphrase-file", words).code == 2
    assert enrolled("references", "remove", "owl", "--yes").code == 0
    assert enrolled("references", "import", out).code == 3
    (tmp_path / "wrong").write_text("others\n")
    weak = enrolled(
        "references", "export", "--sealed", "--out", tmp_path / "b", "--passphrase-file", tmp_path / "wrong"
    )
    assert weak.code == 2 and "One word" in weak.err
    assert enrolled("references", "import", out, "--passphrase-file", tmp_path / "wrong").code == 3
    back = enrolled("references", "import", out, "--passphrase-file", words, "--json")
    assert back.code == 0, back.err
    assert [row["label"] for row in back.json["imported"]] == ["owl"]
    (row,) = enrolled("references", "list", "--json").json["references"]
    assert row["fingerprints"] == ["pdq", "phash"]
    again = enrolled("references", "import", out, "--passphrase-file", words)
    assert again.code == 0 and "0 hashes of 0 pictures imported, 1 known already" in again.out


def test_sealed_to_a_key_says_where_it_comes_back_whole(enrolled: Program, tmp_path: Path) -> None:
    secret, public = new_identity()
    (tmp_path / "identity.txt").write_bytes(identity_file(secret))
    out = tmp_path / "photos.age"
    done = enrolled("references", "export", "--sealed", "--out", out, "--recipient", public)
    assert done.code == 0 and "into any other, with hashes only" in done.err
    assert enrolled("references", "import", out).code == 2
    assert enrolled("references", "import", out, "--identity", tmp_path / "identity.txt").code == 0
    assert enrolled("references", "export", "--sealed", "--out", tmp_path / "b", "--recipient", "age1no").code == 1
    assert not (tmp_path / "b").exists()


@pytest.mark.rows(1)
@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_list_on_stdout_comes_back_as_one_in_a_file_does(enrolled: Program, tmp_path: Path, form: str) -> None:
    assert enrolled("enroll", PHOTOS / "enrolled" / "koala.jpg", "--label", "odd\u202e\n, =x").code == 0
    done = enrolled("references", "export", "--format", form)
    path = tmp_path / "list"
    path.write_text(done.out)
    for label in (
        "owl",
        *(row["reference"] for row in enrolled("references", "list", "--json").json["references"][1:]),
    ):
        assert enrolled("references", "remove", label, "--yes").code == 0
    done = enrolled("references", "import", path, "--json")
    assert done.code == 0, done.err
    assert len(done.json["imported"]) == 2


def test_a_list_of_another_case_or_store_is_foreign(enrolled: Program, tmp_path: Path) -> None:
    """As on a machine where the store was lost and set up anew, by the same name of the case too."""
    path = tmp_path / "own.csv"
    assert enrolled("references", "export", "--out", path).code == 0
    further = ["init", "--yes", "--case", "second", "--adult", "--authorised", "representative", "--name", "B"]
    assert enrolled(*further).code == 0
    text = path.read_text()
    for given in (text, text.replace(",default,", ",second,")):
        path.write_text(given)
        done = enrolled("references", "import", path, "--case", "second")
        assert done.code == 2
        assert "another store or case" in done.err
        assert enrolled("references", "list", "--case", "second", "--json").json == {"references": []}
    from sqlalchemy import update

    from monitor.app import open_app
    from monitor.config import load
    from monitor.store.fact_tables import machine

    with open_app(load(enrolled.home / "config.toml", environ={})) as app:
        app.store._db.run(update(machine).values(salt="ab" * 32))
    path.write_text(text)
    done = enrolled("references", "import", path, "--case", "default")
    assert done.code == 2
    taken = enrolled(
        "references", "import", path, "--case", "second", "--authorised", "representative", "--reason", "r"
    )
    assert taken.code == 0, taken.err


def test_foreign_list_wants_authority_and_reason(enrolled: Program, tmp_path: Path) -> None:
    path = tmp_path / "foreign.csv"
    path.write_text(f"{'a5' * 32},80\nno hash\n{'3c' * 31},80\n")
    for words in ([], ["--reason", "police"], ["--authorised", "representative"]):
        done = enrolled("references", "import", path, *words)
        assert done.code == 2
        assert "foreign list needs" in done.err
    done = enrolled(
        "references", "import", path, "--authorised", "representative", "--reason", "police asked", "--json"
    )
    assert done.code == 0, done.err
    assert len(done.json["imported"]) == 2
    assert [row["line"] for row in done.json["skipped"]] == [2]
    assert done.json["repaired"] == [3]
    origins = [row["origin"] for row in enrolled("references", "list", "--json").json["references"]]
    assert sorted(origins) == ["file", "foreign-list", "foreign-list"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["remove", "eagle", "--yes"], 2, id="remove what is not there"),
        pytest.param(["under-18", "eagle", "--yes"], 2, id="close what is not there"),
        pytest.param(["import", "gone.csv"], 1, id="import what is not there"),
        pytest.param(["import", "junk.csv"], 1, id="import junk"),
        pytest.param(["export", "--format", "xml"], 2, id="no such format"),
        pytest.param(["export", "--out", "no/such/folder"], 1, id="nowhere to write"),
    ],
)
def test_references_bad_input(enrolled: Program, tmp_path: Path, words: list[str], code: int) -> None:
    (tmp_path / "junk.csv").write_text("<html>\n")
    done = enrolled("references", *words)
    assert done.code == code
    assert "error:" in done.err


def test_reference_under_18(enrolled: Program) -> None:
    assert enrolled("references", "under-18", "owl").code == 3
    done = enrolled("references", "under-18", "owl", "--yes")
    assert done.code == 0
    assert "takeitdown.ncmec.org" in done.out
    assert enrolled("references", "list", "--json").json == {"references": []}


def test_a_paused_photo_is_matched_by_again_when_the_person_says_so(enrolled: Program) -> None:
    from monitor.app import open_app
    from monitor.clock import utc_now
    from monitor.config import load

    with open_app(load(enrolled.home / "config.toml", environ={})) as app:
        app.store.references.fold("default", app.store.references.all("default")[0].id, utc_now())
    paused = enrolled("references", "list", "--json").json["references"]
    assert [row["folded_at"] is not None for row in paused] == [True]
    assert enrolled("references", "resume", paused[0]["label"]).code == 0
    assert [row["folded_at"] for row in enrolled("references", "list", "--json").json["references"]] == [None]


@pytest.mark.long
def test_what_enrolment_warned_of_is_said_again(ready: Program, tmp_path: Path) -> None:
    chat(photo("cat"), "ok ja hi").save(tmp_path / "chat.png")
    assert ready("enroll", tmp_path / "chat.png", DOG).code == 0
    listed = ready("references", "list", "--json").json["references"]
    remarks = {row["label"]: row["remarks"] for row in listed}
    assert remarks["dog"] == []
    assert "this is a screenshot" in remarks["chat"][0]
    in_words = ready("references", "list")
    assert "chat: this is a screenshot" in in_words.err
    assert "of 1 photo less is found" in ready("doctor").out
