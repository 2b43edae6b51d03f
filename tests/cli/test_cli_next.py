"""`reports next`: the fewest forms for what is open, and that they shrink as the person sends them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from monitor.takedown.sheets import INDEX
from tests.cli.cli_program import Program


def add(program: Program, *urls: str) -> list[str]:
    return [program("sightings", "add", url, "--json").json["sightings"][0]["id"] for url in urls]


def sources(program: Program) -> list[tuple[str, int]]:
    """Without the search engines."""
    forms = program("reports", "next", "--json").json["forms"]
    return [(form["channel"], len(form["sightings"])) for form in forms if form["lane"] != "search"]


def test_nothing_open(ready: Program) -> None:
    done = ready("reports", "next")
    assert (done.code, done.out) == (0, "")
    assert "Nothing is open." in done.err


def test_one_form_for_what_one_desk_takes(ready: Program) -> None:
    ids = add(ready, *(f"https://imgur.com/a/{number}" for number in range(3)), "https://forum.example/t/1")
    assert [count for _, count in sources(ready)] == [3, 1] and sources(ready)[0][0] == "imgur"
    done = ready("reports", "next")
    assert "3 finds on imgur.com" in done.out and "to: the site itself" in done.out
    assert "4 finds that wait for you, of 4 that are open" in done.err and "reports next --draft" in done.err
    assert len(ids) == 4 and "finds: 1-3" in done.out and "finds: 4" in done.out


def test_they_are_written_sent_and_gone_from_the_list(ready: Program) -> None:
    add(ready, *(f"https://imgur.com/a/{number}" for number in range(3)))
    forms = ready("reports", "next", "--draft", "--json").json["forms"]
    (form,) = [form for form in forms if form["lane"] == "platform"]
    assert Path(form["file"]).exists() and len(form["sightings"]) == 3
    (again,) = [one for one in ready("reports", "next", "--json").json["forms"] if one["lane"] == "platform"]
    assert again["report"] == form["report"], "asking again makes no second draft"
    assert ready("reports", "sent", form["report"]).code == 0
    assert sources(ready) == []
    for other in (one for one in forms if one["lane"] == "search"):
        assert ready("reports", "sent", other["report"]).code == 0
    done = ready("reports", "next")
    assert done.out == ""
    assert "somebody has them in hand" in done.err
    assert ready("reports", "response", form["report"], "--outcome", "refused").code == 0
    assert all(name != "imgur" for name, _ in sources(ready)), "who refused is not asked again"


@pytest.mark.parametrize("cases", [1, 2])
def test_the_commands_of_the_sheets_work_as_they_stand_in_any_folder(
    ready: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cases: int
) -> None:
    config = (ready.home / "config.toml").rename(ready.home / "it's mine.toml")
    monkeypatch.setenv("REUPLOAD_MONITOR_CONFIG", str(config))
    words = "init --case other --yes --adult --authorised self --name Ann --email a@mail.example --jurisdiction US"
    if cases > 1:
        done = ready(*words.split())
        assert done.code == 0, done.err
    case = ["--case", "default"] if cases > 1 else []
    done = ready(*case, "sightings", "add", "https://imgur.com/a/1")
    assert done.code == 0, done.err
    forms = ready(*case, "reports", "next", "--draft", "--json").json["forms"]
    monkeypatch.delenv("REUPLOAD_MONITOR_CONFIG")
    monkeypatch.chdir(tmp_path)
    sheet = Path(forms[0]["file"])
    lines = [*sheet.read_text().splitlines(), *(sheet.parent / INDEX).read_text().splitlines()]
    commands = [
        line.strip() for line in lines if line.startswith("  ") and line.strip().startswith("reupload-monitor ")
    ]
    assert [command.split()[-1] for command in commands[:2]] == [forms[0]["report"], "..."]
    typed = [command for command in commands if not command.endswith((" ...", " run"))]
    assert len(typed) >= 3 and any("sightings show" in command for command in typed)
    for command in typed:
        done = ready(*shlex.split(command)[1:])
        assert done.code == 0, (command, done.err)


@pytest.mark.parametrize("words", [["--out", "here"], ["--language", "de"], ["--name", "withhold"]], ids=" ".join)
def test_what_is_said_of_drafts_where_there_are_none(ready: Program, words: list[str]) -> None:
    done = ready("reports", "next", *words)
    assert done.code == 2 and "--draft" in done.err


def test_what_the_person_states_stands_in_each_draft_of_the_list(ready: Program, tmp_path: Path) -> None:
    add(ready, "https://imgur.com/a/1", "https://forum.example/t/1")
    words = ["--forged", "--language", "de", "--out", str(tmp_path)]
    done = ready("reports", "next", "--draft", *words, "--json")
    files = [Path(form["file"]) for form in done.json["forms"]]
    assert len(files) > 2 and all(tmp_path in file.parents for file in files)
    assert all("is a translation into" in " ".join(file.read_text().split()) for file in files)
    reports = ready("reports", "list", "--json").json["reports"]
    (fake,) = (report["id"] for report in reports if report["route"] == "google_fake")
    assert fake in {form["report"] for form in done.json["forms"]}, "the list is of what was stated too"
    refused = ready("reports", "next", "--draft", "--language", "xx")
    assert refused.code == 2 and "xx" in refused.err


def test_a_hash_service_stands_beside_it_until_it_is_ticked_off(ready: Program) -> None:
    add(ready, "https://forum.example/t/1")
    assert "Once for your pictures: StopNCII" in ready("reports", "next").err
    assert ready("guide", "done", "hash-stopncii").code == 0
    done = ready("reports", "next", "--json")
    assert "Once for your pictures" not in done.err
    beside = {one["lane"] for one in done.json["beside"]}
    assert "hash-service" not in beside and "helpline" in beside


def test_an_authority_that_takes_it_on_the_first_day_stands_beside_the_site(ready: Program, tmp_path: Path) -> None:
    path = ready.home / "config.toml"
    path.write_text(re.sub(r'jurisdiction = "\w*"', 'jurisdiction = "AU"', path.read_text()))
    (id_,) = add(ready, "https://forum.example/t/1")
    assert [name for name, _ in sources(ready)] == ["site_own", "esafety"]
    listed = ready("reports", "next").out
    assert "on the first day, beside the site" in listed and "24 hours from the notice that they give" in listed
    done = ready("reports", "draft", id_, "--out", str(tmp_path), "--json")
    (file,) = (Path(one["file"]) for one in done.json["reports"] if one["channel"] == "esafety")
    assert "you do not have to ask the site first" in " ".join(file.read_text().split())


def in_india(program: Program) -> None:
    config = program.home / "config.toml"
    config.write_text(config.read_text().replace('jurisdiction = "US"', 'jurisdiction = "IN"'))


@pytest.mark.parametrize("words", [["next", "--draft"], ["draft"]], ids=" ".join)
def test_beside_a_form_that_cannot_be_drafted_the_next_desk_is(ready: Program, words: list[str]) -> None:
    in_india(ready)
    ids = add(ready, "https://www.facebook.com/p/1")
    done = ready("reports", *words, *(ids if words == ["draft"] else []))
    assert done.code == 0
    assert "not drafted: the draft for Meta: India" in done.err and "--name allow" in done.err
    assert "drafted for the same: Meta" in done.err
    (report,) = [one for one in ready("reports", "list", "--json").json["reports"] if one["channel"] == "meta"]
    assert Path(report["file"]).exists()
    listed = ready("reports", "next").out
    assert "check first: https://help.meta.com/requests/1371776380779082/" in listed


def test_where_the_only_desk_lacks_something_the_next_is_drafted_in_its_place(ready: Program) -> None:
    """A form that the person looked at herself, and that wants the name, comes before the desk that is known."""
    folder = ready.home / "channels.d"
    folder.mkdir()
    (folder / "own.toml").write_text(WANTS_NAME)
    add(ready, "https://imgur.com/a/1")
    done = ready("reports", "next", "--draft", "--json")
    assert "not drafted: the draft for Imgur, own form lacks: name" in done.err
    assert "drafted for the same" in done.err
    reports = ready("reports", "list", "--json").json["reports"]
    assert "imgur" in {report["channel"] for report in reports}


WANTS_NAME = """
[[channel]]
id = "own_form"
name = "Imgur, own form"
kind = "platform"
hosts = ["imgur.com"]
jurisdictions = ["US"]
category = "Intimate images"
method = "form"
url = "https://imgur.com/own"
uploader_may_see = "yes"
promise = "PT1H"
source = "looked at"
source_copy_date = "2026-11-01"
confidence = "verified"
evidence = "own_check"
field = [ { label = "Legal name", answers = "name" }, { label = "Addresses", answers = "urls", kind = "urls" } ]
"""
