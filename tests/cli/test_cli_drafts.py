"""What the commands say of drafts: where they lie, and that nothing is left only where it is so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor import config
from tests.cli.cli_program import Program


def drafted(program: Program, *words: str) -> tuple[str, list[Path]]:
    """A link that was added by hand, and its drafts."""
    sighting = program("sightings", "add", "https://forum.example/t/9", "--json").json["sightings"][0]["id"]
    done = program("reports", "draft", sighting, *words, "--json")
    assert done.code == 0, done.err
    paths = [Path(report["file"]) for report in done.json["reports"]]
    assert paths and all(path.is_absolute() and path.exists() for path in paths)
    assert f"They lie in {paths[0].parent}" in done.err and "text that whoever uses this account can read" in done.err
    return sighting, paths


def test_nothing_is_left_and_that_is_said(ready: Program, tmp_path: Path) -> None:
    sighting, paths = drafted(ready)
    assert all(path.is_relative_to(ready.home / "share") for path in paths)
    _, more = drafted(ready, "--out", "here")
    ready.monkeypatch.chdir(ready.home)
    done = ready("sightings", "under-18", sighting, "--yes", "--json")
    assert done.code == 0
    assert (done.json["files_left"], done.json["files_moved"]) == ([], [])
    assert done.json["sightings"][0]["id"] == sighting
    assert not any(path.exists() for path in (*paths, *more))
    assert "No draft of them is left" in done.err


def test_sealed_files_that_no_row_names_are_told_of_however_young(ready: Program) -> None:
    sighting, _ = drafted(ready)
    vault = config.load(ready.home / "config.toml").vault_dir
    vault.mkdir(parents=True, exist_ok=True)
    (vault / "young.age").write_bytes(b"sealed")
    done = ready("sightings", "under-18", sighting, "--yes")
    assert done.code == 0
    assert f"1 sealed file in {vault}: named by nothing" in done.err and "cannot be known" in done.err
    assert "doctor" in done.err and str(vault / "stray") in done.err
    assert (vault / "young.age").exists(), "it may be another process's, which is about to name it"


def test_what_may_be_left_is_said_and_is_a_failure(ready: Program) -> None:
    sighting, paths = drafted(ready, "--out", "stick/drafts")
    Path("stick").rename("away")
    done = ready("sightings", "under-18", sighting, "--yes")
    assert done.code == 1
    assert all(str(path) in done.err for path in paths)
    assert "No draft of them is left" not in done.err
    assert ready("sightings", "show", sighting, "--json").json["sightings"][0]["status"] == "dismissed"
    told = {check["name"]: check["message"] for check in ready("doctor", "--json").json["checks"]}
    assert str(paths[0]) in told["removals"]
    Path("away").rename("stick")
    assert ready("status").code == 0, "any command finishes it"
    assert not any(path.exists() for path in paths)


@pytest.mark.long
def test_what_is_lost_for_good_can_be_waved_off(ready: Program) -> None:
    sighting, paths = drafted(ready, "--out", "stick")
    Path("stick").rename("lost")
    Path("stick").mkdir()
    for _ in range(2):
        done = ready("sightings", "under-18", sighting, "--yes")
        assert done.code == 1 and "reports gone" in done.err and "No draft of them is left" not in done.err
    assert ready("reports", "gone").code != 0, "asked first"
    assert "removals" in {check["name"] for check in ready("doctor", "--json").json["checks"]}
    done = ready("reports", "gone", "--yes")
    assert done.code == 0 and all(str(path) in done.err for path in paths)
    assert "removals" not in {check["name"] for check in ready("doctor", "--json").json["checks"]}


def test_a_reference_closed_as_under_18_takes_the_drafts_of_its_finds(found: tuple[Program, str]) -> None:
    program, sighting = found
    done = program("reports", "draft", sighting, "--out", "here", "--json")
    paths = [Path(report["file"]) for report in done.json["reports"]]
    program.monkeypatch.chdir(program.home)
    done = program("references", "under-18", "owl", "--yes")
    assert done.code == 0, done.err
    assert not any(path.exists() for path in paths)


def test_a_withdrawn_draft_stays_and_it_is_said_where(ready: Program) -> None:
    drafted(ready)
    report = ready("reports", "list", "--json").json["reports"][0]
    done = ready("reports", "withdraw", report["id"])
    assert report["file"] in done.err and Path(report["file"]).exists()


def test_a_folder_of_others_is_refused(ready: Program) -> None:
    os.mkdir("open")
    os.chmod("open", 0o777)
    sighting, _ = drafted(ready)
    done = ready("reports", "draft", sighting, "--out", "open")
    assert done.code == 2
    assert "chmod" in done.err and os.listdir("open") == []


DIES = """
import os, sys
from pathlib import Path
from monitor.cli.main import run
real, done = Path.unlink, []
def unlink(path, missing_ok=False):
    if path.suffix == ".txt":
        if len(done) == int(sys.argv[1]):
            os.kill(os.getpid(), 9)
        done.append(path)
    real(path, missing_ok)
Path.unlink = unlink
run(["sightings", "under-18", sys.argv[2], "--yes"])
"""


@pytest.mark.rows(1)
@pytest.mark.parametrize("after", [0, 1])
def test_killed_midway_it_is_finished_at_the_next_start(ready: Program, after: int) -> None:
    sighting, paths = drafted(ready)
    paths = [path for folder in {path.parent for path in paths} for path in folder.iterdir()]
    assert len(paths) > after
    died = subprocess.run([sys.executable, "-c", DIES, str(after), sighting], check=False, capture_output=True)
    assert died.returncode == -9
    assert sum(path.exists() for path in paths) == len(paths) - after
    assert ready("sightings", "list").code == 0
    assert not any(path.exists() for path in paths)


DRAFTS_AND_DIES = """
import os, sys
from types import SimpleNamespace
from monitor.cli.main import run
from monitor.services import draft_files
real, done = getattr(os, sys.argv[1]), []
def dying(*arguments, **options):
    if len(done) == int(sys.argv[2]):
        os.kill(os.getpid(), 9)
    done.append(1)
    return real(*arguments, **options)
draft_files.os = SimpleNamespace(**{**vars(os), sys.argv[1]: dying})
run(["reports", "draft", sys.argv[3]])
"""


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("call", "after"),
    [
        pytest.param("fdopen", 1, id="while the second file is written"),
        pytest.param("replace", 0, id="before the first is in its place"),
        pytest.param("replace", 1, id="between the first and the second"),
    ],
)
def test_killed_while_drafting_nothing_outlives_its_find(ready: Program, call: str, after: int) -> None:
    sighting = ready("sightings", "add", "https://forum.example/t/9", "--json").json["sightings"][0]["id"]
    died = subprocess.run(
        [sys.executable, "-c", DRAFTS_AND_DIES, call, str(after), sighting], check=False, capture_output=True
    )
    assert died.returncode == -9, died.stderr
    drafts = ready.home / "share" / "reupload-monitor" / "drafts"
    assert any(path.is_file() for path in drafts.rglob("*"))
    done = ready("sightings", "under-18", sighting, "--yes", "--json")
    assert done.code == 0, done.err
    assert [path for path in drafts.rglob("*") if path.is_file()] == []
    assert not list(drafts.glob("default/*")), "and the folder that was made for them"


def test_killed_while_drafting_the_next_draft_takes_the_same_folder(ready: Program) -> None:
    sighting = ready("sightings", "add", "https://forum.example/t/9", "--json").json["sightings"][0]["id"]
    subprocess.run([sys.executable, "-c", DRAFTS_AND_DIES, "replace", "1", sighting], check=False, capture_output=True)
    done = ready("reports", "draft", sighting, "--json")
    (folder,) = {Path(report["file"]).parent for report in done.json["reports"]}
    assert len(list(folder.parent.iterdir())) == 1
    assert not list(folder.glob("*.part"))


def added(program: Program) -> str:
    found: str = program("sightings", "add", "https://www.reddit.com/r/a/1", "--json").json["sightings"][0]["id"]
    return found


def test_a_copyright_notice_says_what_it_gives_away_before_it_is_made(ready: Program) -> None:
    sighting = added(ready)
    done = ready("reports", "draft", sighting, "--channel", "reddit", "--i-own-the-copyright", "--name", "allow")
    assert done.code == 1
    for words in ("postal address", "[takedown] address", "telephone", "[takedown] phone", "may be published (Lumen)"):
        assert words in done.err, words
    settings, own = ready.home / "config.toml", 'address = "1 Example Road"\nphone = "+44 20 0000 0000"\n'
    settings.write_text(settings.read_text("utf-8").replace("[takedown]\n", f"[takedown]\n{own}"), "utf-8")
    made = ready(
        *("reports", "draft", sighting, "--channel", "reddit", "--i-own-the-copyright", "--name", "allow", "--json")
    )
    assert made.code == 0, made.err
    sheet = Path(made.json["reports"][0]["file"]).read_text("utf-8")
    assert "under penalty of perjury" in sheet and "1 Example Road" in sheet
    usual = ready("reports", "draft", sighting, "--json")
    assert all("Example Road" not in Path(one["file"]).read_text("utf-8") for one in usual.json["reports"])


def test_a_draft_in_another_language(ready: Program) -> None:
    sighting = added(ready)
    done = ready("reports", "draft", sighting, "--channel", "reddit", "--language", "de-AT", "--json")
    assert done.code == 0, done.err
    sheet = Path(done.json["reports"][0]["file"]).read_text("utf-8")
    assert "Ich bin die abgebildete Person." in sheet and "No lawyer has read it" in " ".join(sheet.split())
    refused = ready("reports", "draft", sighting, "--language", "tlh")
    assert refused.code == 2 and "de (German)" in refused.err


@pytest.mark.parametrize("words", [("draft", "SIGHTING"), ("next", "--draft")], ids=["draft", "next"])
def test_no_name_is_no_folder(ready: Program, words: tuple[str, ...]) -> None:
    sighting = ready("sightings", "add", "https://forum.example/t/9", "--json").json["sightings"][0]["id"]
    before = sorted(Path().iterdir())
    done = ready("reports", *(sighting if word == "SIGHTING" else word for word in words), "--out", "")
    assert done.code == 2 and "--out names no folder" in done.err
    assert sorted(Path().iterdir()) == before, "nothing is written where the command was typed"
