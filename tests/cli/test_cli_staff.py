"""Staff: who is not named is told nothing by any command; who is named in one case gets for another the answer that
they get for one that does not exist; and every look is written down."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from monitor import config
from monitor.app import open_app
from monitor.cli.main import command_line
from monitor.cli.roles import ROLES, WITH_OPTION
from monitor.evidence.audit import audit_details
from monitor.model.ids import CaseId
from monitor.model.staff import INSTALLATION, Needs, Role, StaffMember, StaffName
from tests.cli.cli_program import Program
from tests.cli.test_cli_cases import BY_ID, JSON_TOO, LISTS, NOW, OTHER, SECRETS, home_of_two

home_of_two = home_of_two  # a fixture

ADMIN, ANNA, BEN, EVE = (StaffName(f"system:{name}") for name in ("adele", "anna", "ben", "eve"))
"""Administers the installation; works in `default`; in `bertha`; nobody."""
A, B = CaseId("default"), CaseId("bertha")


@pytest.fixture(scope="module")
def home_of_staff(home_of_two: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("staff") / "home"
    shutil.copytree(home_of_two, home)
    path = home / "config.toml"
    path.write_text(path.read_text().replace(str(home_of_two), str(home)))
    with open_app(config.load(path, environ={})) as app:
        for case, person, role in (
            (INSTALLATION, ADMIN, Role.ADMINISTERS),
            (A, ANNA, Role.ADMINISTERS),
            (B, BEN, Role.WORKS),
        ):
            app.store.staff.save(StaffMember(case, person, role, NOW, ADMIN))
    return home


@pytest.fixture
def staffed(program: Program, home_of_staff: Path) -> Program:
    """For what changes nothing but the trail."""
    program.monkeypatch.setenv("REUPLOAD_MONITOR_CONFIG", str(home_of_staff / "config.toml"))
    return acting(Program(home_of_staff, program.capsys, program.monkeypatch), ANNA)


@pytest.fixture
def own(program: Program, home_of_staff: Path) -> Iterator[Program]:
    """A copy of its own."""
    shutil.copytree(home_of_staff, program.home, dirs_exist_ok=True)
    path = program.home / "config.toml"
    path.write_text(path.read_text().replace(str(home_of_staff), str(program.home)))
    yield acting(program, ANNA)


def acting(program: Program, person: StaffName) -> Program:
    program.monkeypatch.setattr("monitor.services.who_acts.system_person", lambda: person)
    return program


def trail(program: Program, case: CaseId) -> list[dict[str, str]]:
    with open_app(config.load(program.home / "config.toml", environ={})) as app:
        return [{"act": one.act.value, **audit_details(one)} for one in app.store.audit.all(case)]


# --- every command


def real_commands() -> list[tuple[str, list[str]]]:
    """Each, and words that its parser takes: what it needs, and nothing else."""
    found: list[tuple[str, list[str]]] = []

    def walk(command: object, path: tuple[str, ...]) -> None:
        below = getattr(command, "commands", {})
        for name, one in below.items():
            walk(one, (*path, name))
        if not below:
            words = []
            for one in command.params:  # type: ignore[attr-defined]
                if one.required:
                    words += [one.opts[0], "1"] if one.param_type_name == "option" else ["1"]
            found.append((" ".join(path), [*path, *words]))

    walk(typer.main.get_command(command_line("")), ())
    return found


COMMANDS = real_commands()


def test_every_command_says_for_whom_it_is() -> None:
    """A new command gets its line in monitor/cli/roles.py."""
    assert set(ROLES) == {name for name, _ in COMMANDS}
    assert {name for name, _ in WITH_OPTION} <= set(ROLES)


ASKS = [(name, words) for name, words in COMMANDS if ROLES[name] is not Needs.ANYBODY]


@pytest.mark.parametrize(("name", "words"), ASKS, ids=[name for name, _ in ASKS])
def test_a_stranger_is_answered_by_no_command(staffed: Program, name: str, words: list[str]) -> None:
    done = acting(staffed, EVE)(*words)
    assert (done.code, done.out) == (3, ""), done.err
    assert "error: system:eve has no role here" in done.err
    assert [secret for secret in (*SECRETS, "bertha", "default", "ahost") if secret in done.err] == []


@pytest.mark.parametrize(("name", "words"), ASKS, ids=[name for name, _ in ASKS])
def test_a_case_of_others_is_none(staffed: Program, name: str, words: list[str]) -> None:
    """The same answer, to the letter, as for a case that does not exist; and nothing of either was looked at."""
    there, nowhere = staffed(*words, "--case", "bertha"), staffed(*words, "--case", "nobody")
    assert there.code == nowhere.code != 0
    assert (there.out, there.err.replace("'bertha'", "'nobody'")) == (nowhere.out, nowhere.err)
    assert there.out == ""
    assert "bertha" not in there.err.replace("there is no case 'bertha'", "")


@pytest.mark.rows(2)
@pytest.mark.parametrize("words", [*LISTS, *JSON_TOO], ids=lambda words: " ".join(words).replace("/", "_"))
def test_who_works_in_one_case_need_not_name_it_and_sees_no_other(staffed: Program, words: list[str]) -> None:
    done = staffed(*words)
    if words[0] == "doctor":
        assert (done.code, done.out) == (3, "")
        return
    assert done.code in (0, 1), done.err
    assert [secret for secret in SECRETS if secret in (done.out + done.err).lower()] == []
    assert "'bertha'" not in done.err


UNKNOWN = {OTHER: "zz00zz00zz", "bb00": "zz00", "bb": "zz", "b": "z"}


def nobodys(word: str) -> str:
    return UNKNOWN.get(word, word.replace("b-", "z-").replace("bhost", "zhost") if word[:1] == "b" else word)


@pytest.mark.rows(8)
@pytest.mark.parametrize("words", BY_ID, ids=lambda words: " ".join(words).replace("/", "_"))
def test_an_id_of_others_is_as_one_that_does_not_exist(staffed: Program, words: list[str]) -> None:
    unknown = [nobodys(word) for word in words]
    theirs, nowhere = staffed(*words), staffed(*unknown)
    assert theirs.code == nowhere.code == 2
    told = theirs.out + theirs.err
    for word, other in zip(words, unknown, strict=True):
        told = told.replace(f"'{word}'", f"'{other}'") if len(word) < 3 else told.replace(word, other)
    assert told == nowhere.out + nowhere.err


# --- roles


ROWS = [
    pytest.param(Role.READS, ["sightings", "list"], True, id="reads: looks"),
    pytest.param(Role.READS, ["digest"], True, id="reads: the digest"),
    pytest.param(Role.READS, ["digest", "--send"], False, id="reads: sends none"),
    pytest.param(Role.READS, ["sightings", "confirm", "1"], False, id="reads: decides nothing"),
    pytest.param(
        Role.READS, ["evidence", "export", "1", "--out", "/nowhere/p.zip"], False, id="reads: exports nothing"
    ),
    pytest.param(Role.WORKS, ["sightings", "confirm", "1"], True, id="works: decides"),
    pytest.param(Role.WORKS, ["staff", "list"], False, id="works: names nobody"),
    pytest.param(Role.WORKS, ["audit", "list"], False, id="works: reads no trail"),
    pytest.param(Role.WORKS, ["evidence", "remove", "--yes", "1"], False, id="works: removes no evidence"),
    pytest.param(Role.ADMINISTERS, ["staff", "list"], True, id="administers: names"),
    pytest.param(Role.ADMINISTERS, ["audit", "verify"], True, id="administers: reads the trail"),
    pytest.param(Role.ADMINISTERS, ["staff", "list", "--installation"], False, id="administers: of the case alone"),
    pytest.param(Role.ADMINISTERS, ["backup", "/nowhere/b"], False, id="administers: no backup of all cases"),
    pytest.param(Role.ADMINISTERS, ["doctor"], False, id="administers: not the machine"),
]


@pytest.mark.parametrize(("role", "words", "may"), ROWS)
def test_what_a_role_allows(own: Program, role: Role, words: list[str], may: bool) -> None:
    with open_app(config.load(own.home / "config.toml", environ={})) as app:
        app.store.staff.save(StaffMember(A, ANNA, role, NOW, ADMIN))
    done = own(*words)
    assert (done.code == 3 and done.out == "") is not may, done.err
    if may:
        last = trail(own, A)[-1]
        assert last["act"] != "refused"
        assert (last["who"], " ".join(words).startswith(last["what"])) == (ANNA, True)
    else:
        rows = (*trail(own, A), *trail(own, INSTALLATION))
        assert [row for row in rows if (row["act"], row["who"]) == ("refused", ANNA)] != []


def test_who_administers_the_installation_sees_no_case(staffed: Program) -> None:
    done = acting(staffed, ADMIN)("sightings", "list", "--case", "default")
    assert (done.code, done.out) == (2, "")
    assert "there is no case 'default'" in done.err
    assert acting(staffed, ADMIN)("sightings", "list").code == 3
    assert "system:anna  administers" in acting(staffed, ADMIN)("staff", "list", "--case", "default").out


def test_what_a_case_is_held_to_its_own_staff_do_not_raise(own: Program) -> None:
    with open_app(config.load(own.home / "config.toml", environ={})) as app:
        app.store.staff.save(StaffMember(B, BEN, Role.ADMINISTERS, NOW, ADMIN))
    for words in (("set", "quota.requests", "9"), ("unset", "quota.requests")):
        assert acting(own, BEN)("case", *words, "--case", "bertha").code == 3
        assert acting(own, ADMIN)("case", *words, "--case", "bertha").code == 0
    assert acting(own, BEN)("case", "set", "alerts.detail", "full", "--case", "bertha").code == 0


def test_who_administers_the_installation_sees_how_it_stands_and_no_case(own: Program) -> None:
    """Whoever has to start workers again has to see that none is there."""
    for words in (["status"], ["status", "--json"]):
        done = acting(own, ADMIN)(*words)
        assert done.code == 0, done.err
        told = (done.out + done.err).lower()
        assert "daemon" in told
        assert [word for word in (*SECRETS, "default", "bertha", "-watch", "nothing is watched") if word in told] == []
        assert trail(own, INSTALLATION)[-1] == {"act": "view", "who": ADMIN, "what": "status"}
    refused, unknown = (acting(own, ADMIN)("status", "--case", case) for case in ("bertha", "nosuch"))
    assert (refused.code, refused.err) == (2, unknown.err.replace("nosuch", "bertha"))
    assert "none yet" not in refused.err and "sees no case by that" in refused.err
    with open_app(config.load(own.home / "config.toml", environ={})) as app:
        app.store.staff.save(StaffMember(B, ADMIN, Role.READS, NOW, ADMIN))
    assert "bertha" in acting(own, ADMIN)("status").out, "and what is theirs"


def test_with_roles_in_two_cases_of_three_nothing_is_said_of_the_third(own: Program) -> None:
    words = ["init", "--yes", "--case", "clara", "--adult", "--authorised", "self", "--name", "C-Quill"]
    assert acting(own, ADMIN)(*words).code == 0
    third = '[[watch]]\nname = "c-watch"\nkind = "page"\nurl = "https://chost.example/"\nevery = "1d"\ncase = "clara"\n'
    third += '[[watch]]\nname = "c-watch-two"\nkind = "page"\nurl = "https://chost.example/2"\ncase = "clara"\n'
    (own.home / "watchlists" / "three.toml").write_text(third)
    with open_app(config.load(own.home / "config.toml", environ={})) as app:
        app.store.staff.save(StaffMember(B, ANNA, Role.READS, NOW, ADMIN))
    acting(own, ANNA)
    for words in (
        ["status"],
        ["status", "--json"],
        ["watch", "list"],
        ["watch", "check"],
        ["watch", "check", "--json"],
    ):
        done = own(*words)
        assert "b-watch" in done.out and "a-watch" in done.out
        assert [word for word in ("clara", "c-watch", "chost") if word in done.out + done.err] == []


def test_with_roles_in_several_cases_it_is_asked_which_of_them(own: Program) -> None:
    with open_app(config.load(own.home / "config.toml", environ={})) as app:
        app.store.staff.save(StaffMember(B, ANNA, Role.READS, NOW, ADMIN))
    done = own("sightings", "list")
    assert (done.code, done.out) == (2, "")
    assert "--case with one of: bertha, default." in done.err
    assert own("sightings", "list", "--case", "bertha").code == 0
    for words in (["status"], ["status", "--json"], ["watch", "list"], ["watch", "list", "--json"]):
        done = own(*words)
        assert "a-watch" in done.out and "b-watch" in done.out, "of all of theirs, as where nobody is named"
        assert trail(own, A)[-1]["what"] == trail(own, B)[-1]["what"] == " ".join(words[:2]).removesuffix(" --json")
    assert "b-watch-two" in own("watch", "check").err
    assert own("sightings", "add", "https://x.com/a/status/1", "--case", "bertha").code == 3


# --- naming them


def test_a_role_that_is_none_is_told_in_our_words(ready: Program) -> None:
    done = ready("staff", "add", "anna@help.example", "--role", "king")
    assert done.code == 2 and "'king' is not one of" in done.err and "Value error" not in done.err


def test_from_one_owner_to_staff(ready: Program) -> None:
    acting(ready, ADMIN)
    assert ready("sightings", "list").code == 0
    first = ready("staff", "add", "anna@help.example", "--role", "works")
    assert first.code == 2 and "--installation" in first.err
    assert ready("sightings", "list").code == 0, "nobody is named yet"
    assert ready("staff", "add", ADMIN, "--installation").code == 0
    assert ready("sightings", "list").code == 3
    assert ready("staff", "add", ADMIN, "--role", "reads", "--case", "default").code == 0
    assert ready("sightings", "list").code == 0
    document = json.loads(ready("staff", "list", "--case", "default", "--json").out)
    assert [(one["person"], one["role"], one["by"]) for one in document["staff"]] == [(ADMIN, "reads", ADMIN)]
    assert ready("staff", "remove", ADMIN, "--case", "default").code == 0
    assert ready("sightings", "list").code == 3
    last = ready("staff", "remove", ADMIN, "--installation")
    assert last.code == 2 and "Name another first" in last.err
    told = ready("audit", "list", "--case", "default").out
    assert "system:adele gave or took a role: system:adele reads" in told
    assert "system:adele saw: sightings list" in told
    assert "The trail holds" in ready("audit", "verify", "--installation").out


@pytest.mark.parametrize("name", ["", "two words", "a\u202eb", "x" * 201, "tab\there", "SYSTEM:root"])
def test_what_names_nobody(ready: Program, name: str) -> None:
    done = ready("staff", "add", "--installation", "--", name)
    assert (done.code, done.out) == (2, "")


def test_cases_are_made_by_who_administers_the_installation(own: Program) -> None:
    words = ["init", "--yes", "--case", "clara", "--adult", "--authorised", "self", "--name", "Clara"]
    assert own(*words).code == 3
    done = acting(own, ADMIN)(*words)
    assert done.code == 0, done.err
    assert "clara" in acting(own, ADMIN)("case", "list").out
    assert [name for name in ("clara", "bertha") if name in acting(own, ANNA)("case", "list").out] == []
    assert own("sightings", "list", "--case", "clara").code == 2


def test_root_is_the_way_back(own: Program) -> None:
    """Where the last who administered has left: root reads every file of the machine anyway."""
    done = acting(own, StaffName("system:root"))("staff", "add", "system:carla", "--installation")
    assert done.code == 0, done.err
    assert own("sightings", "list", "--case", "default").code == 2
    assert trail(own, INSTALLATION)[-1]["act"] == "refused"


def test_who_looks_after_the_files_is_told_where_one_is_wrong_and_of_no_case_what(own: Program) -> None:
    own.watchlist('[[watch]]\nname = "place-1"\nkind = "pge"\nurl = "https://forum.example/anna"\n')
    root = StaffName("system:root")
    checked = acting(own, root)("watch", "check")
    assert checked.code == 2 and "test.toml:" in checked.err and "anna" not in checked.err, checked.err
    (own.home / "watchlists" / "two.toml").unlink()
    own.watchlist('[[watch]]\nname = "place-1"\nkind = "page"\nevery = "2h"\nurl = "https://forum.example/anna"\n')
    listed = acting(own, root)("watch", "list")
    assert listed.code == 0 and "Of cases nothing is told" in listed.err and "No places" not in listed.err, listed.err


# --- the trail


def test_every_look_is_a_row(own: Program) -> None:
    before = len(trail(own, A))
    own("sightings", "show", "1")
    own("sightings", "confirm", "1", "--yes")
    own("watch", "list")
    rows = trail(own, A)[before:]
    assert [(one["act"], one["what"], one.get("about", "")) for one in rows] == [
        ("view", "sightings show", "1"),
        ("work", "sightings confirm", "1"),
        ("view", "watch list", ""),
    ]
    assert {one["who"] for one in rows} == {ANNA}


def test_what_was_typed_stands_in_no_trail(own: Program) -> None:
    own("sightings", "add", "https://x.com/a/status/1")
    own("sightings", "list", "--site", "ahost.example")
    own("references", "remove", "--yes", "my-label")
    told = json.dumps(trail(own, A))
    assert [word for word in ("x.com", "ahost", "my-label") if word in told] == []


def test_what_a_role_does_not_allow_stands_in_the_trail_of_the_case(own: Program) -> None:
    with open_app(config.load(own.home / "config.toml", environ={})) as app:
        app.store.staff.save(StaffMember(A, ANNA, Role.READS, NOW, ADMIN))
    own("sightings", "confirm", "1")
    assert trail(own, A)[-1] == {"act": "refused", "who": ANNA, "what": "sightings confirm", "about": "1"}


def test_a_look_for_staff_leaves_nothing_beside_the_store(ready: Program) -> None:
    before = sorted(path.name for path in ready.home.rglob("store.db*"))
    ready("watch", "pause", "nothing")
    assert sorted(path.name for path in ready.home.rglob("store.db*")) == before


def test_a_stranger_s_try_is_told_of_the_installation_alone(own: Program) -> None:
    before = len(trail(own, A))
    acting(own, EVE)("sightings", "list", "--case", "default")
    assert len(trail(own, A)) == before
    assert trail(own, INSTALLATION)[-1] == {"act": "refused", "who": EVE, "what": "sightings list"}


def test_a_trail_that_was_changed_is_said_to_be(own: Program) -> None:
    own("sightings", "list")
    own("watch", "list")
    with open_app(config.load(own.home / "config.toml", environ={})) as app:
        app.store._db.connection.exec_driver_sql("DELETE FROM audit WHERE \"case\" = 'default' AND number = 1")
    done = own("audit", "verify")
    assert done.code == 1
    assert "entry 1 should stand here" in done.out


def test_without_staff_nothing_is_written_down(ready: Program) -> None:
    ready("sightings", "list")
    ready("watch", "list")
    with open_app(config.load(ready.home / "config.toml", environ={})) as app:
        assert [app.store.audit.all(case) for case in (A, INSTALLATION)] == [[], []]


def test_a_trail_is_checked_by_hand_with_what_is_printed(own: Program) -> None:
    """As docs/staff.md has it."""
    own("sightings", "list")
    for one in own("audit", "list", "--json").json["audit"]:
        words = (str(one["number"]), one["at"], one["act"], one["commitment"], one["previous"])
        told = subprocess.run(
            ["sh", "-c", 'printf "%s\\n" "$@" | sha256sum', "sh", *words], capture_output=True, text=True
        )
        assert told.stdout.split()[0] == one["digest"]


def test_a_trail_whose_end_was_cut_off_is_not_made_whole_by_the_look_at_it(own: Program) -> None:
    for _ in range(3):
        own("sightings", "list")
    with open_app(config.load(own.home / "config.toml", environ={})) as app:
        app.store._db.connection.exec_driver_sql("DELETE FROM audit WHERE \"case\" = 'default' AND number > 1")
    for _ in range(2):
        done = own("audit", "verify")
        assert done.code == 1 and "entry 2 should stand here" in done.out
