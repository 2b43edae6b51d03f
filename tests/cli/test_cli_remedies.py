"""Every remedy that names a command of this program: the command, typed as the remedy says it on the fault itself,
helps, or says why not. `test_every_remedy_is_here` reads the whole program for remedies that are not."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from monitor import config
from monitor.pipeline.visiting import Visit
from monitor.services.watches import load_watches
from monitor.services.who_acts import system_person
from monitor.store.store import open_store
from monitor.vault.identity import new_identity
from tests.cli.cli_program import Done, Program, page
from tests.house.test_house_names import ROOT, commands

UNKNOWN = "nobody-here"


@dataclass(frozen=True)
class Row:
    """named: module of the program and the command that its remedy names, for all that it shows."""

    state: str
    named: tuple[tuple[str, str], ...]
    walk: Callable[[Program], None]

    @property
    def id(self) -> str:
        return self.walk.__name__.replace("_", " ")


ROWS: list[Row] = []


def row(state: str, *named: tuple[str, str]) -> Callable[[Callable[[Program], None]], Callable[[Program], None]]:
    """state: the fixture that the fault is made in."""

    def note(walk: Callable[[Program], None]) -> Callable[[Program], None]:
        ROWS.append(Row(state, named, walk))
        return walk

    return note


def refused(done: Done, code: int = 2) -> Done:
    assert done.code == code, done.err
    assert "Traceback" not in done.err
    return done


def type_as_told(program: Program, told: Done, command: str, *more: str | Path, **answers: str) -> Done:
    """command: as it stands in what was told, NAMES in it replaced by `answers`; more: what the command asks for."""
    said = " ".join(told.err.split())
    assert command in said, f"{command!r} is not in: {said}"
    for name, value in answers.items():
        command = command.replace(name, shlex.quote(value))
    return program(*shlex.split(command.removeprefix("reupload-monitor ")), *more)


def helps(done: Done) -> Done:
    assert done.code == 0, done.err
    return done


def a_link(program: Program, url: str = "https://x.com/somebody/status/1") -> str:
    found: str = helps(program("sightings", "add", url, "--json")).json["sightings"][0]["id"]
    return found


def a_draft(program: Program) -> str:
    drafted: str = helps(program("reports", "draft", a_link(program), "--channel", "x_tida", "--json")).json["reports"][
        0
    ]["id"]
    return drafted


SET_UP = ("--yes", "--adult", "--authorised", "self", "--name", "Jane", "--email", "jane@mail.example", "--no-vault")


# --- staff


@row(
    "ready",
    ("services.staff", "staff add"),
    ("services.staff", "staff list"),
    ("services.admitting", "staff add"),
    ("services.admitting", "status"),
)
def staff_are_named(program: Program) -> None:
    me = system_person()
    told = refused(program("staff", "add", "anna@help.example", "--role", "works"))
    helps(type_as_told(program, told, "reupload-monitor staff add NAME --installation", NAME=me))
    told = refused(program("sightings", "list"), 3)
    assert "sees no case by that" in told.err
    helps(type_as_told(program, told, "reupload-monitor status"))
    helps(program("staff", "add", me, "--role", "works", "--case", "default"))
    helps(program("sightings", "list"))
    told = refused(program("staff", "remove", "nobody@help.example", "--case", "default"))
    assert me in helps(type_as_told(program, told, "reupload-monitor staff list", "--case", "default")).out
    told = refused(program("staff", "remove", me, "--installation"))
    helps(type_as_told(program, told, "reupload-monitor staff add NAME --installation", NAME="system:other"))
    helps(program("staff", "remove", me, "--installation"))
    helps(program("sightings", "list"))


@row("ready", ("services.admitting", "staff add"))
def somebody_whom_nobody_named(program: Program) -> None:
    helps(program("staff", "add", "system:other", "--installation"))
    program.monkeypatch.setattr("monitor.services.who_acts.system_person", lambda: "system:eve")
    told = refused(program("sightings", "list"), 3)
    program.monkeypatch.setattr("monitor.services.who_acts.system_person", lambda: "system:other")
    command = "reupload-monitor staff add system:eve --role reads --case NAME"
    helps(type_as_told(program, told, command, NAME="default"))


# --- set-up and cases


@row("program", ("config", "init"))
def nothing_is_set_up(program: Program) -> None:
    told = refused(program("--config", str(program.home / "config.toml"), "status"))
    assert "init" in told.err
    program.monkeypatch.delenv("REUPLOAD_MONITOR_CONFIG")
    program.monkeypatch.setenv("XDG_CONFIG_HOME", str(program.home / "xdg"))
    told = refused(program("status"))
    helps(type_as_told(program, told, "reupload-monitor init", *SET_UP, "--store-key-file", program.home / "k"))
    helps(program("status"))


@row("program", ("config_places", "init"))
def a_configuration_that_is_named_and_not_there(program: Program) -> None:
    path = program.home / "elsewhere" / "config.toml"
    told = refused(program("--config", path, "status"))
    command = f"reupload-monitor --config {path} init"
    helps(type_as_told(program, told, command, *SET_UP, "--store-key-file", program.home / "k"))
    helps(program("--config", path, "status"))


@row("program", ("cli.asking", "guide under-18"))
def nothing_was_said_of_their_age(program: Program) -> None:
    told = refused(program("init", "--yes", "--name", "A", "--email", "a@b.example", "--no-vault"), 3)
    assert "--adult --authorised self" in told.err
    assert "NCMEC" in helps(type_as_told(program, told, "reupload-monitor guide under-18")).out


@row("enrolled", ("errors", "LISTING"), ("services.named_find", "sightings list"))
def an_id_that_is_none(program: Program) -> None:
    for words, listing in (
        (("sightings", "show", UNKNOWN), "sightings list"),
        (("reports", "sent", UNKNOWN), "reports list"),
        (("references", "under-18", UNKNOWN, "--yes"), "references list"),
    ):
        told = refused(program(*words))
        helps(type_as_told(program, told, f"reupload-monitor {listing} --case default"))


@row("ready", ("services.cases", "init"))
def a_case_that_is_none(program: Program) -> None:
    told = refused(program("--case", "anna", "sightings", "list"))
    helps(type_as_told(program, told, "reupload-monitor init --case anna", *SET_UP[:-1]))
    helps(program("--case", "anna", "sightings", "list"))


@row("ready", ("takedown.facts", "case set"))
def a_case_that_nobody_speaks_for(program: Program) -> None:
    helps(program("init", "--yes", "--case", "anna", "--adult", "--authorised", "self"))
    found = helps(program("sightings", "add", "https://x.com/somebody/status/1", "--case", "anna", "--json")).json
    words = ("reports", "draft", found["sightings"][0]["id"], "--case", "anna")
    told = refused(program(*words), 3)
    helps(type_as_told(program, told, "reupload-monitor case set name NAME --case anna", NAME="Anna"))
    assert "case set name NAME" not in program(*words).err


@row("enrolled", ("pipeline.attestation", "init"))
def a_watch_of_a_case_that_is_none(program: Program) -> None:
    program.watchlist(page("one", "https://forum.example/") + 'case = "anna"\n')
    told = program("watch", "run")
    assert told.code != 0
    helps(type_as_told(program, told, "reupload-monitor init --case anna", *SET_UP[:-1]))
    assert "never set up" not in program("watch", "check").err
    helps(program("watch", "check"))


@row("enrolled", ("pipeline.visiting", "status"))
def a_watch_that_somebody_looks_at_just_now(program: Program) -> None:
    program.watchlist(page("one", "https://forum.example/"))
    settings = config.load(program.home / "config.toml")
    with closing(open_store(settings)) as store:
        (watch,) = load_watches(settings).watches
        Visit(watch, settings, store, lambda: datetime.now(UTC)).claim()
    told = refused(program("watch", "run"), 1)
    assert "'one' is being looked at just now" in told.err
    helps(type_as_told(program, told, "reupload-monitor status"))


@row("program", ("services.cases", "guide"))
def neither_the_person_nor_with_their_authority(program: Program) -> None:
    program.answering("yes", "no", "no")
    told = refused(program("init"), 3)
    helps(type_as_told(program, told, "reupload-monitor guide"))


# --- photos


@row("enrolled", ("services.references", "references list"))
def a_photo_that_is_none(program: Program) -> None:
    told = refused(program("references", "remove", UNKNOWN))
    helps(type_as_told(program, told, "reupload-monitor references list --case default"))


# --- places


@row("enrolled", ("cli.watch", "watch add"))
def no_watch(program: Program) -> None:
    for file in (program.home / "watchlists").glob("*.toml"):
        file.unlink()
    told = refused(program("watch", "run"))
    command = "reupload-monitor watch add URL"
    helps(type_as_told(program, told, command, "--yes", "--engine", "duckduckgo-html", URL="jane doe"))
    assert "jane doe" in helps(program("watch", "list")).out


@row("ready", ("services.places", "watch check"))
def places_that_are_not_right(program: Program) -> None:
    file = program.home / "watchlists" / "places.toml"
    file.write_text('[defaults]\nrender = "nonsense"\n')
    told = refused(program("watch", "add", "https://forum.example/", "--yes"))
    assert "reupload-monitor watch check" in told.err and file.read_text().count("[[watch]]") == 0
    assert "render" in refused(type_as_told(program, told, "reupload-monitor watch check")).err


@row("ready", ("sources.recognising", "guide evidence"))
def an_invitation(program: Program) -> None:
    told = refused(program("watch", "add", "https://t.me/+AbCd", "--yes"))
    helps(type_as_told(program, told, "reupload-monitor guide evidence"))


@row("ready", ("services.places", "guide under-18"))
def a_place_that_was_closed_as_under_18(program: Program) -> None:
    url = "https://forum.example/threads/1"
    helps(program("sightings", "under-18", "--yes", a_link(program, url)))
    told = refused(program("watch", "add", url, "--yes"))
    helps(type_as_told(program, told, "reupload-monitor guide under-18"))


@row("ready", ("services.watches", "watch list"))
def a_watch_that_is_none(program: Program) -> None:
    program.watchlist(page("birds", "https://forum.example/"))
    told = refused(program("watch", "check", UNKNOWN))
    helps(type_as_told(program, told, "reupload-monitor watch list"))


# --- alerts


@row("enrolled", ("cli.digest", "alerts test"), ("outbound.alerts.apprise_channel", "alerts test"))
def a_channel_that_is_dead(program: Program) -> None:
    program.monkeypatch.setenv("REUPLOAD_MONITOR_ALERTS__URLS", '["json://127.0.0.1:1/"]')
    told = refused(program("digest", "--send"), 1)
    why = type_as_told(program, told, "reupload-monitor alerts test")
    assert why.code == 1 and "1 (json)" in why.out + why.err


@row("ready", ("cli.alerts", "alerts add"))
def no_channel(program: Program) -> None:
    told = refused(program("alerts", "test"))
    helps(type_as_told(program, told, "reupload-monitor alerts add", "json://127.0.0.1:1/hook", "--yes", "--no-test"))
    assert "no alert channel" not in program("alerts", "test").err


@row("ready", ("services.alerts", "alerts list"), ("services.alert_channels", "alerts list"))
def an_alert_and_a_channel_that_are_none(program: Program) -> None:
    for words in (("alerts", "show", "3-K7"), ("alerts", "remove", "9", "--yes")):
        helps(type_as_told(program, refused(program(*words)), "reupload-monitor alerts list"))


# --- finds


@row(
    "found",
    ("services.decisions", "sightings list"),
    ("services.where_found", "sightings list"),
    ("cli.sightings", "sightings list"),
)
def a_page_without_a_find(program: Program) -> None:
    helps(type_as_told(program, refused(program("sightings", "confirm")), "reupload-monitor sightings list"))
    told = refused(program("sightings", "confirm", "--page", "https://nowhere.example/", "--yes"))
    helps(type_as_told(program, told, "reupload-monitor sightings list"))


@row("found", ("services.case_view", "sightings undo"), ("services.packet_choice", "sightings undo"))
def a_find_that_was_dismissed(program: Program) -> None:
    find = program("sightings", "list", "--json").json["sightings"][0]["id"]
    helps(program("sightings", "dismiss", find))
    told = refused(program("reports", "draft", find))
    helps(type_as_told(program, told, f"reupload-monitor sightings undo {find}"))
    assert "undo" not in program("reports", "draft", find).err


@row("found", ("services.case_view", "guide under-18"), ("tracking.sighting_life", "guide under-18"))
def a_find_that_was_closed_as_under_18(program: Program) -> None:
    find = program("sightings", "list", "--json").json["sightings"][0]["id"]
    helps(program("sightings", "under-18", find, "--yes"))
    for words, code in ((("reports", "draft", find), 3), (("sightings", "confirm", find), 2)):
        told = refused(program(*words), code)
        assert "NCMEC" in helps(type_as_told(program, told, "reupload-monitor guide under-18")).out


# --- evidence


@row(
    "ready",
    ("services.evidence", "evidence recipients new"),
    ("services.evidence", "evidence recipients add"),
    ("services.own_evidence", "evidence recipients new"),
    ("services.own_evidence", "evidence recipients add"),
)
def nobody_to_seal_to(program: Program) -> None:
    find = a_link(program)
    identity, passphrase = program.home / "identity.age", program.home / "passphrase"
    passphrase.write_text("maple fence cobalt ribbon otter dawn\n")
    told = refused(program("evidence", "add", "--what", "He wrote."), 3)
    refused(program("evidence", "capture", find), 3)
    new = "reupload-monitor evidence recipients new FILE"
    helps(type_as_told(program, told, new, "--passphrase-file", passphrase, FILE=str(identity)))
    helps(program("evidence", "add", "--what", "He wrote."))
    assert identity.stat().st_mode & 0o777 == 0o600
    _, public = new_identity()
    add = "reupload-monitor evidence recipients add AGE-PUBLIC-KEY"
    helps(type_as_told(program, told, add, **{"AGE-PUBLIC-KEY": public}))
    assert len(helps(program("evidence", "recipients", "list", "--json")).json["recipients"]) == 2


@row("ready", ("services.recipients", "evidence recipients list"))
def a_key_that_evidence_is_not_sealed_to(program: Program) -> None:
    told = refused(program("evidence", "recipients", "remove", "age1" + "q" * 58, "--yes"))
    helps(type_as_told(program, told, "reupload-monitor evidence recipients list"))


@row("ready", ("services.guide_ticks", "evidence add"))
def words_that_are_too_long_for_a_tick(program: Program) -> None:
    told = refused(program("guide", "done", "report-search", "--note", "x" * 5000))
    why = type_as_told(program, told, "reupload-monitor evidence add --what WORDS", WORDS="He wrote.")
    assert why.code == 3 and "evidence recipients new" in why.err, "it says what lacks, with the way to it"


@row("ready", ("cli.guide", "guide done"), ("guide.steps", "guide done"))
def a_step_that_is_none(program: Program) -> None:
    told = refused(program("guide", "done", UNKNOWN))
    helps(type_as_told(program, told, "reupload-monitor guide done"))
    told = refused(program("guide", "done", "--at", "2026-11-01", "--note", "n"))
    helps(type_as_told(program, told, "reupload-monitor guide done"))


@row("ready", ("cli.guide", "guide done"))
def a_step_for_a_topic(program: Program) -> None:
    told = refused(program("guide", "report", "report-search"))
    helps(type_as_told(program, told, "reupload-monitor guide done report-search"))


# --- reports


@row("ready", ("takedown.channel", "reports channels"))
def a_channel_that_is_none(program: Program) -> None:
    told = refused(program("reports", "draft", a_link(program), "--channel", UNKNOWN))
    helps(type_as_told(program, told, "reupload-monitor reports channels"))


@row("ready", ("takedown.routing", "guide report-where"))
def a_channel_without_a_draft(program: Program) -> None:
    told = refused(program("reports", "draft", a_link(program), "--channel", "stopncii"))
    helps(type_as_told(program, told, "guide report-where"))


@row("ready", ("takedown.routing", "reports hosts"), ("services.desk_refusals", "reports hosts"))
def who_serves_it_is_not_known(program: Program) -> None:
    find = a_link(program, "https://forum.invalid/1")
    told = refused(program("reports", "draft", find, "--channel", "rdap_network"))
    asked = type_as_told(program, told, f"reupload-monitor reports hosts {find} --ask")
    assert asked.code == 0 and "forum.invalid" in asked.out + asked.err
    told = refused(program("reports", "draft", find, "--guess", "abuse@elsewhere.example"))
    helps(type_as_told(program, told, f"reupload-monitor reports hosts {find}"))


@row("ready", ("services.hosting", "reports hosts"))
def a_host_of_no_find(program: Program) -> None:
    told = refused(program("reports", "hosts", "confirm", "forum.invalid", "--email", "a@b.example"))
    helps(type_as_told(program, told, "reports hosts"))
    a_link(program, "https://forum.invalid/1")
    told = refused(program("reports", "hosts", "confirm", "forum.invalid", "--email", "a@b.example"))
    helps(type_as_told(program, told, "reupload-monitor reports hosts --ask"))


@row("ready", ("services.reports", "evidence add"))
def an_answer_that_is_too_long(program: Program) -> None:
    report = a_draft(program)
    helps(program("reports", "sent", report))
    told = refused(program("reports", "response", report, "--outcome", "acknowledged", "--text", "x" * 200_000))
    letter = program.home / "letter.txt"
    letter.write_text("what they wrote")
    why = type_as_told(program, told, "reupload-monitor evidence add FILE", FILE=str(letter))
    assert why.code == 3 and "evidence recipients new" in why.err


@row("ready", ("services.answer_files", "reports response"))
def a_file_that_is_no_mail(program: Program) -> None:
    report = a_draft(program)
    helps(program("reports", "sent", report))
    file = program.home / "answer.eml"
    file.write_bytes(b"\0\1\2" * 50)
    told = refused(program("reports", "response", report, "--eml", file, "--yes"))
    command = f"reupload-monitor reports response {report} --outcome OUTCOME --text TEXT"
    helps(type_as_told(program, told, command, OUTCOME="acknowledged", TEXT="We look at it."))


@pytest.mark.parametrize("shown", [pytest.param(one, id=one.id) for one in ROWS])
def test_a_remedy(shown: Row, request: pytest.FixtureRequest) -> None:
    state = request.getfixturevalue(shown.state)
    shown.walk(state[0] if isinstance(state, tuple) else state)


NOT_TYPED_HERE = {
    ("cli.daemon", "guide"): "on another system than Linux",
    ("outbound.alerts.apprise_channel", "alerts add"): "typed above, where no channel is set at all",
    ("cli.alerts_add", "alerts add"): "the person said no: tests/cli/test_cli_alerts_add.py asks again",
    ("services.alert_channels", "init"): "settings from the environment alone",
    ("matching.carried", "references export"): "a file that was damaged on its way",
    ("services.carrying", "references export"): "more photos than a file takes",
    ("store.failures", "restore"): "tests/cli/test_cli_damage.py types it as it is told",
    ("store.opening", "restore"): "likewise",
    ("services.damage", "restore"): "likewise",
    ("services.restoring", "review"): "names what to end: tests/backup/test_restore.py ends it, and restores",
    ("daemon.selfwatch", "run"): "a daemon that ended because a part of it hung: tests/daemon/test_daemon_hangs.py",
    ("services.service_setup", "run"): "read out of a sentence about a service",
    ("cli.daemon", "reports"): "on another system than Linux",
    ("cli.daemon", "sightings"): "on another system than Linux",
    ("outbound.alerts.channel_talk", "alerts test"): "a fetcher that died under it: tests/alerts/test_alerts_link.py",
    ("services.own_evidence", "guide under-18"): "typed on the same find above",
    ("services.packet_choice", "guide under-18"): "typed on the same find above",
    ("services.packet_choice", "sightings confirm"): "tests/evidence/test_evidence_every_change.py decides it",
    ("services.packets", "init"): "says who wrote the file that is asked for",
    ("setup", "recover-key"): "tests/cli/test_cli_setup.py loses the configuration and opens the store again",
    ("setup", "init"): "tests/cli/test_cli_cut_off.py types it after each step at which it was killed",
    ("setup_unfinished", "init"): "tests/cli/test_cli_cut_off.py types it after each step at which it was killed",
    ("setup", "guide under-18"): "typed above, for the same question",
    ("services.case_limits", "case set"): "tests/pipeline/test_pipeline_quota.py: one watch more than may be",
    ("services.case_limits", "watch list"): "the same",
    ("cli.case", "case remove"): "tests/cli/test_cli_cases.py",
    ("services.case_removal", "erase"): "says what the other command would do: tests/cli/test_cli_erase.py",
    ("takedown.rendering", "guide under-18"): "typed on the same find above",
    ("vault.identity", "evidence recipients new"): "typed above, where nobody is to seal to",
    ("vault.identity", "evidence recipients add"): "typed above, where nobody is to seal to",
    ("vault.identity", "init"): "says who wrote the file that is asked for",
    ("vault.opening", "init"): "says who wrote the file that is asked for",
    ("vault.passphrase", "init"): "says who wrote the file that is asked for",
    ("cli.init_questions", "guide accounts"): "tests/cli/test_cli_setup.py answers the question about the mailbox",
    ("cli.recipients", "doctor"): "tests/cli/test_cli_recipients.py: the store's key could not be sealed anew",
    ("cli.removed_files", "reports gone"): "tests/cli/test_cli_cases.py takes away what was named",
    ("outbound.browser.finding", "doctor"): "a browser that falls again and again: tests/daemon/test_daemon_falls.py",
    ("outbound.window", "watch login"): "tests/cli/test_cli_login.py: no screen, a state made elsewhere",
    ("parts.link", "doctor"): "a part that cannot be started: tests/parts/test_parts_link.py",
    ("pipeline.attestation", "enroll"): "an older version's store; tests/cli/test_cli_photos.py asks and keeps it",
    ("pipeline.attestation", "guide under-18"): "the same command as above",
    ("store.keys", "service install"): "a unit without its credential: tests/store/test_store_keys.py",
    ("reader.pool", "doctor"): "a reader that dies: tests/cli/test_cli_doctor.py looks at it",
    ("services.case_view", "sightings confirm"): "tests/pipeline/test_pipeline_drafts.py decides it",
    ("services.case_view", "watch run"): "an older version's find; tests/pipeline/test_pipeline_claims.py looks at it",
    ("services.channels", "init"): "settings from the environment alone",
    ("services.deciding", "evidence add"): "notes are written on the page alone; the command is typed in many rows",
    ("services.desk_refusals", "watch run"): "tests/pipeline/test_pipeline_claims.py",
    ("services.desk_refusals", "sightings add"): "tests/pipeline/test_pipeline_claims.py",
    ("services.desk_refusals", "reports draft"): "a guess that came back; the command is typed in many rows",
    ("services.hosting", "reports channels confirm"): "tests/cli/test_cli_hosts.py",
    ("services.wishes", "alerts add"): "asked on the page alone: tests/review/test_review_wishes.py",
    ("services.wishes", "sightings show"): "asked on the page alone: tests/review/test_review_wishes.py",
    ("services.wishes", "watch resume"): "asked on the page alone: tests/review/test_review_wishes.py",
    ("store.failures", "init"): "only a fault of the program comes there",
    ("services.service_keys", "recover-key"): "tests/cli/test_cli_recover.py types it where the key is lost",
    ("store.failures", "recover-key"): "tests/cli/test_cli_recover.py types it where the key is lost",
    ("store.postgres.database", "database prepare"): "tests/store/test_store_prepare.py: tables of another version",
    ("services.database_keys", "case list"): "tests/cli/test_cli_database_keys.py: a case that is not there",
    ("store.sealing_cipher", "recover-key"): "tests/store/test_store_new_keys.py: by the store key of before",
    ("cli.daemon", "run"): "tests/daemon/test_queue_worker.py: where no queue is set",
    ("store.postgres.queue_tables", "database prepare"): "tests/daemon/test_queue_sweeping.py: another version, none",
    ("store.postgres.failures", "database prepare"): "tests/store/test_store_prepare.py: no tables, a grant taken away",
    ("store.keys", "init"): "tests/store/test_store_opening.py: what cannot be a key",
    ("setup_on_server", "init"): "tests/cli/test_cli_postgres.py types it",
    ("store.hash_lots", "restore"): "tests/store/test_store_photo_hashes.py: what nobody wrote",
    ("store.keys", "recover-key"): "tests/cli/test_cli_recover.py types it where the key is lost",
    ("store.opening", "init"): "tests/cli/test_cli_vanishing.py: a store that is gone",
    ("takedown.facts", "init"): "an older version's store",
    ("takedown.facts", "enroll"): "an older version's store",
}
"""Remedies whose fault is not made in this file, each with where it is or why not."""


def words_of(node: ast.expr, constants: Mapping[str, ast.expr]) -> str:
    match node:
        case ast.Constant():
            return str(node.value)
        case ast.JoinedStr():
            return "".join(words_of(part, constants) for part in node.values)
        case ast.FormattedValue():
            return words_of(node.value, constants)
        case ast.BinOp():
            return words_of(node.left, constants) + words_of(node.right, constants)
        case ast.IfExp():
            return f"{words_of(node.body, constants)} {words_of(node.orelse, constants)}"
        case ast.Name() if node.id in constants:
            return words_of(constants[node.id], constants)
    return "X"


@cache
def modules() -> dict[str, ast.Module]:
    files = sorted((ROOT / "monitor").rglob("*.py"))
    return {
        ".".join(path.relative_to(ROOT / "monitor").with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for path in files
    }


def constants_of(tree: ast.Module) -> dict[str, ast.expr]:
    """Of its own; and public ones, which have one meaning in the whole program."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Constant | ast.JoinedStr | ast.BinOp)
    }


def remedies() -> Iterator[tuple[str, str]]:
    """Module, and the command that a remedy in it names."""
    public = {
        name: value for tree in modules().values() for name, value in constants_of(tree).items() if name[0] != "_"
    }
    for module, tree in modules().items():
        constants = public | constants_of(tree)
        for node in ast.walk(tree):
            for given in node.keywords if isinstance(node, ast.Call) else ():
                if given.arg == "remedy":
                    yield from ((module, command) for command in named_in(words_of(given.value, constants)))


def named_in(text: str) -> Iterator[str]:
    for first, second in re.findall(r"`([^`]*)`|reupload-monitor ([^`\n.;,]*)", text):
        call = re.sub(r"^reupload-monitor |--(case|config) X", "", first or second)
        words = re.findall(r"[a-zX][A-Za-z0-9-]*", call)
        known = max((size for size in (1, 2, 3) if tuple(words[:size]) in commands()), default=0)
        if words[:1] == ["X"]:
            yield "LISTING"
        elif words[:1] == ["guide"]:
            yield " ".join(words[:2]) if words[1:2] and words[1].islower() else "guide"
        elif known:
            yield " ".join(words[:known])


def test_every_remedy_is_here() -> None:
    shown = {named for one in ROWS for named in one.named} | set(NOT_TYPED_HERE)
    found = set(remedies())
    assert sorted(found - shown) == [], "type it in a row on its fault, or say above where that is done"
    assert sorted(shown - found) == [], "no remedy names it any more"
