"""Several cases in one store: what is of one is never shown, changed or drafted with the words of another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest

from monitor import config
from monitor.app import App, open_app
from monitor.cli.main import COMMANDS, GROUPS
from monitor.model.alert import Alert, AlertKind, number_of
from monitor.model.desk import DeskAnswer, DeskLook
from monitor.model.evidence import EvidenceItem, EvidenceKind, SealedFile
from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.ids import CaseId
from monitor.model.match import Match, Tier
from monitor.model.observation import RunStatus
from monitor.model.own_evidence import SaidTime
from monitor.model.removal import FileKind, Removal
from monitor.model.run import Run
from monitor.model.settings import Contact
from monitor.model.sighting import Place, Sighting, Status
from monitor.model.tick import Tick
from monitor.takedown.channel_files import load_channels
from tests.cli.cli_program import PHOTOS, Done, Program
from tests.stores import every_alert

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
SECRETS = ("bertha", "b-quill", "bhost", "bb00bb00", "b-label", "b-watch", "b-answer", "b-number", "b-trouble")
"""Whatever is of the second case holds one of these."""


def sighting(case: str, letter: str) -> Sighting:
    return Sighting(
        id=f"{letter * 2}00{letter * 2}00{letter * 2}",
        incident=f"{letter}incident",
        case=case,
        watch=f"{letter}-watch",
        place=Place(
            f"https://{letter}host.example/t/1", f"https://{letter}host.example/1.jpg", f"{letter}host-account"
        ),
        match=Match(Tier.MATCH, 0.98, "same picture", label=f"{letter}-label"),
        status=Status.NEW,
        first_seen=NOW,
        last_seen=NOW,
        image_digest=letter * 64,
    )


def fill(app: App, case: str, letter: str) -> None:
    from monitor.model.report import Report, ReportState

    store, found = app.store, sighting(case, letter)
    store.sightings.save(found)
    sealed = SealedFile(f"{letter}-item.age", "aa" * 32, "bb" * 32, 10)
    store.evidence.save(EvidenceItem(f"{letter}-item", case, found.id, EvidenceKind.PAGE, NOW, "text/html", sealed))
    for name in ("report", "sent"):
        draft = Report.drafted(
            id=f"{letter}-{name}",
            case=case,
            sightings=[found.id],
            channel="generic",
            route="platform",
            at=NOW,
            file=f"/nowhere/{letter}host.txt",
        )
        store.reports.save(draft)
    sent = draft.sent(at=NOW, due_at=NOW, number=f"{letter}-number")
    store.reports.save(sent.answered(ReportState.ACKNOWLEDGED, at=NOW, due_at=NOW, text=f"{letter}-answer"))
    alert = Alert(
        id=f"{letter}-alert-{letter}host",
        case=case,
        kind=AlertKind.NEW,
        subject=found.incident,
        message_id=f"<{letter}host@localhost>",
        created_at=NOW,
        not_before=NOW + timedelta(days=1),
        sightings=(found.id,),
        last_error=f"{letter}-trouble",
    )
    store.alerts.save(alert)
    store.ticks.save(Tick(case, "report-search", SaidTime(f"about the day of {letter}host"), NOW, f"{letter}-note"))
    host = f"{letter}host.example"
    contact = AbuseContact(HostPart.HOST, f"{letter}host Ltd", f"abuse@{letter}host-network.example", why="named")
    store.hosting.want(case, host, NOW)
    store.hosting.save(Hosting(host, ("8.8.8.8",), host, (contact,), NOW), NOW + timedelta(days=1))
    desk = load_channels().get("reddit").url
    store.desk_looks.save(case, DeskLook(desk, NOW, DeskAnswer.GONE, f"{letter}-answer"))
    store.runs.save(Run(watch=f"{letter}-watch", case=case, status=RunStatus.FAILED, started_at=NOW, finished_at=NOW))


@pytest.fixture(scope="module")
def home_of_two(templates: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`default` (Jane) and `bertha`, each with a photo, a find, drafts, an alert, a run and a watch."""
    import shutil

    from monitor.cli.main import run

    home = tmp_path_factory.mktemp("two") / "home"
    shutil.copytree(templates["enrolled"], home)
    path = home / "config.toml"
    path.write_text(path.read_text().replace(str(templates["enrolled"]), str(home)))
    words = ["--config", str(path)]
    further = "init --yes --case bertha --adult --authorised self --name B-Quill --email b-quill@mail.example".split()
    assert run([*words, *further, "--jurisdiction", "US"]) == 0
    photo = str(PHOTOS / "enrolled" / "koala.jpg")
    assert run([*words, "enroll", photo, "--label", "b-label", "--case", "bertha"]) == 0
    watches = (
        '[[watch]]\nname = "{0}-watch"\nkind = "page"\nurl = "https://{0}host.example/"\nevery = "1d"\ncase = "{1}"\n'
    )
    (home / "watchlists" / "one.toml").write_text(watches.format("a", "default") + watches.format("b", "bertha"))
    # What is wrong with a watch tells of it too.
    wrong = '[[watch]]\nname = "b-watch-two"\nkind = "page"\nurl = "https://bhost.example/2"\ncase = "bertha"\n'
    (home / "watchlists" / "two.toml").write_text(wrong)
    with open_app(config.load(path, environ={})) as app:
        fill(app, "default", "a")
        fill(app, "bertha", "b")
    return home


@pytest.fixture
def two(program: Program, home_of_two: Path) -> Iterator[Program]:
    import shutil

    shutil.copytree(home_of_two, program.home, dirs_exist_ok=True)
    path = program.home / "config.toml"
    path.write_text(path.read_text().replace(str(home_of_two), str(program.home)))
    yield program


@pytest.fixture
def shared(program: Program, home_of_two: Path) -> Program:
    """The same without a copy, for what changes nothing."""
    program.monkeypatch.setenv("REUPLOAD_MONITOR_CONFIG", str(home_of_two / "config.toml"))
    return Program(home_of_two, program.capsys, program.monkeypatch)


def tells_of_the_other(done: Done) -> list[str]:
    return [secret for secret in SECRETS if secret in (done.out + done.err).lower()]


LISTS = [
    ["sightings", "list"],
    ["sightings", "list", "--csv"],
    ["sightings", "list", "--status", "new"],
    ["sightings", "list", "--site", "example"],
    ["references", "list"],
    ["references", "export"],
    ["case", "list"],
    ["case", "show"],
    ["reports", "list"],
    ["reports", "list", "--due"],
    ["alerts", "list"],
    ["watch", "list"],
    ["watch", "check"],
    ["status"],
    ["doctor"],
    ["digest"],
    ["digest", "--html"],
    ["evidence", "list"],
    ["reports", "timeline"],
    ["reports", "timeline", "--csv"],
    ["reports", "mirrors"],
    ["reports", "mirrors", "--csv"],
    ["reports", "progress"],
    ["reports", "next"],
    ["reports", "hosts"],
    ["reports", "channels"],
    ["reports", "channels", "--stale"],
    ["reports", "channels", "reddit"],
    ["guide", "done"],
    ["match", str(PHOTOS / "enrolled" / "koala.jpg")],
]
"""Every command that lists. `match` is asked for the very photo that the other case enrolled."""

JSON_TOO = [[*words, "--json"] for words in LISTS if words[-1] not in ("--csv", "--html")]

OTHER = "bb00bb00bb"
"""The other case's sighting."""

BY_ID = [
    ["sightings", "show", OTHER], ["sightings", "show", OTHER, "--json"], ["sightings", "show", "bb00"],
    ["sightings", "show", "b"], ["sightings", "confirm", OTHER], ["sightings", "dismiss", OTHER],
    ["sightings", "leave", OTHER],
    ["sightings", "undo", OTHER], ["sightings", "under-18", "--yes", OTHER], ["sightings", "under-18", "--yes", "bb"],
    ["reports", "draft", OTHER], ["reports", "draft", "b"], ["reports", "draft", OTHER, "--json"],
    ["reports", "sent", "b-report"], ["reports", "withdraw", "b-report"], ["reports", "withdraw", "b-sent"],
    ["reports", "response", "--outcome", "refused", "b-sent"],
    ["references", "remove", "--yes", "b-label"], ["references", "resume", "b-label"],
    ["references", "under-18", "--yes", "b-label"],
    ["reports", "timeline", OTHER], ["reports", "mirrors", OTHER],
    ["reports", "hosts", OTHER], ["reports", "hosts", "--ask", OTHER],
    ["reports", "hosts", "confirm", "bhost.example", "--email", "abuse@bhost-network.example"],
    ["evidence", "capture", OTHER], ["evidence", "export", OTHER, "--out", "/nowhere/packet.zip"],
    ["evidence", "add", "--what", "words", "--sighting", OTHER], ["evidence", "remove", "--yes", "b-own"],
    ["alerts", "show", number_of(2)], ["alerts", "show", number_of(2), "--json"],
    ["watch", "list", "b-watch"], ["watch", "check", "b-watch"], ["watch", "run", "b-watch"],
    ["watch", "check", "b-watch-two"], ["watch", "login", "b-watch", "--state", "/dev/null"],
    ["watch", "pause", "b-watch"], ["watch", "resume", "b-watch"], ["watch", "remove", "--yes", "b-watch"],
]  # fmt: skip


NEITHER = {
    "alerts add", "alerts remove", "alerts test", "backup", "case remove", "case set", "case unset", "completion",
    "config migrate",
    "database prepare", "database new-keys", "database new-store-key", "demo", "enroll", "erase",
    "evidence log",
    "evidence verify",
    "init", "recover-key", "references import", "restore", "review", "run", "service install", "service remove",
    "worker",
    "service unit", "sightings add", "vacuum", "watch add",
    "staff add", "staff remove", "staff list", "audit list", "audit verify",  # tests/cli/test_cli_staff.py
}  # fmt: skip
"""They take no id and list nothing of a find: a log holds digests and ids."""


def test_every_command_has_its_row() -> None:
    commands = set(COMMANDS)
    for group in GROUPS:
        for command in import_module(f"monitor.cli.{group}").app.registered_commands:
            commands.add(f"{group} {command.name or command.callback.__name__}")
    rows = {" ".join(words[: 2 if words[0] in GROUPS else 1]) for words in (*LISTS, *BY_ID)}
    assert commands - rows - NEITHER - {"reports gone"} == set()  # it has a test of its own, below


def test_files_that_one_case_looks_for_are_not_waved_off_by_another(shared: Program) -> None:
    lost = Removal("bertha", FileKind.DRAFT, "/media/b-stick/drafts/b-draft.txt")
    config_file = shared.home / "config.toml"
    with open_app(config.load(config_file, environ={})) as app:
        app.store.removals.add(lost)
    done = shared("reports", "gone", "--yes", "--case", "default")
    assert (done.code, "b-draft" in done.err + done.out) == (0, False)
    with open_app(config.load(config_file, environ={})) as app:
        assert list(app.store.removals.all("bertha")) == [lost]
    done = shared("reports", "gone", "--yes", "--case", "bertha")
    assert (done.code, "b-draft" in done.err) == (0, True)
    with open_app(config.load(config_file, environ={})) as app:
        assert list(app.store.removals.all("bertha")) == []


SLOW = ("doctor", "match")  # once is enough


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    "words",
    [*(words for words in LISTS if words[0] not in SLOW), *JSON_TOO],
    ids=lambda words: " ".join(words).replace("/", "_"),
)
def test_a_list_of_one_case_tells_nothing_of_another(shared: Program, words: list[str]) -> None:
    done = shared(*words, "--case", "default")
    assert done.code in (0, 1), done.err  # 1: `doctor` finds no alert channel, say
    assert tells_of_the_other(done) == []
    assert tells_of_the_other(shared(*words, "--case", "bertha")) != [], "or the row proves nothing"


@pytest.mark.rows(8)
@pytest.mark.parametrize("words", BY_ID, ids=lambda words: " ".join(words).replace("/", "_"))
def test_an_id_of_another_case_is_none(shared: Program, words: list[str]) -> None:
    before = snapshot(shared)
    done = shared(*words, "--case", "default")
    assert done.code == 2
    told = [
        secret for secret in tells_of_the_other(done) if not any(secret in word for word in words)
    ]  # but what was typed
    assert told == []
    assert done.out == ""
    assert snapshot(shared) == before, "nothing of the other case changed"


def snapshot(two: Program) -> str:
    with open_app(config.load(two.home / "config.toml", environ={})) as app:
        store = app.store
        aggregates = (store.sightings, store.reports, store.evidence, store.references)
        alerts = [repr(alert) for alert in every_alert(store, "bertha")]
        drafts = sorted(str(path) for path in two.home.rglob("*.txt"))
        return json.dumps([[repr(row) for row in rows.all("bertha")] for rows in aggregates] + [alerts, drafts])


@pytest.mark.parametrize(
    "words",
    [
        words
        for words in (*LISTS, *BY_ID)
        if words[0] not in ("watch", "status", "doctor") and words[:2] != ["case", "list"]
    ],
    ids=lambda words: " ".join(words).replace("/", "_"),
)
def test_with_several_cases_it_is_asked_which(shared: Program, words: list[str]) -> None:
    """Never guessed, and never all at once; `status`, `doctor`, `watch` tell of the machine."""
    done = shared(*words)
    assert done.code == 2
    assert "--case with one of: bertha, default" in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("case", "own", "other"), [("default", "jane@mail.example", "b-quill"), ("bertha", "b-quill@mail.example", "jane")]
)
def test_a_draft_speaks_for_its_own_case(two: Program, case: str, own: str, other: str) -> None:
    letter = "a" if case == "default" else "b"
    done = two("reports", "draft", f"{letter * 2}00", "--case", case, "--name", "allow", "--json")
    assert done.code == 0, done.err
    assert done.json["reports"]
    for report in done.json["reports"]:
        text = Path(report["file"]).read_text()
        assert own in text
        assert other not in text.lower()
        assert report["case"] == case


def test_a_case_that_nobody_speaks_for_gets_no_draft(two: Program) -> None:
    """As after `init --case` of an earlier version, which kept no address."""
    for key in ("name", "email", "jurisdiction", "role"):
        assert two("case", "unset", key, "--case", "bertha").code == 0
    done = two("reports", "draft", "bb00", "--case", "bertha")
    assert done.code == 3
    assert "reupload-monitor case set name NAME --case bertha" in done.err
    assert "jane" not in (done.out + done.err).lower()
    assert not list(two.home.rglob("bb00*.txt"))
    checks = {check["name"]: check["message"] for check in two("doctor", "--json").json["checks"]}
    assert "bertha" in checks["notices"]


def test_a_missing_signature_is_asked_for_where_it_belongs(two: Program) -> None:
    assert two("case", "set", "name", "", "--case", "bertha").code == 0
    done = two("reports", "draft", "bb00", "--case", "bertha")
    assert "case set signature" in done.err
    assert "[takedown]" not in done.err


def test_an_alert_tells_of_finds_of_its_own_case_alone(two: Program) -> None:
    from monitor.alerts.sending import _words

    with open_app(config.load(two.home / "config.toml", environ={})) as app:
        full = replace(app.settings, alerts=replace(app.settings.alerts, detail="full"))
        (alert,) = every_alert(app.store, "default")
        mixed = replace(alert, sightings=("aa00aa00aa", "bb00bb00bb"), count=2)
        told = _words(mixed, app.store, full)
        assert "ahost" in told.text
        assert "bhost" not in told.text + told.html


# --- making one


def contact_of(ready: Program, case: str) -> Contact | None:
    with open_app(config.load(ready.home / "config.toml", environ={})) as app:
        return app.settings_of(CaseId(case)).contact(case)


def test_init_keeps_who_a_further_case_speaks_for(ready: Program) -> None:
    before = (ready.home / "config.toml").read_text()
    words = ["init", "--yes", "--case", "anna", "--adult", "--authorised", "representative"]
    done = ready(*words, "--name", 'Anna "A" Ö', "--email", "anna@mail.example", "--jurisdiction", "gb")
    assert done.code == 0, done.err
    assert (ready.home / "config.toml").read_text() == before
    contact = contact_of(ready, "anna")
    assert contact is not None
    assert (contact.case.name, contact.case.email) == ('Anna "A" Ö', "anna@mail.example")
    assert (contact.case.jurisdiction, contact.case.role) == ("GB", "representative")
    assert config.load(ready.home / "config.toml").case.name == "Jane"


def test_no_case_is_of_a_country_that_is_none(ready: Program) -> None:
    words = ("init", "--yes", "--case", "anna", "--adult", "--authorised", "self", "--jurisdiction")
    for code, done in ((2, ready(*words, "XX")), (0, ready(*words, "DE"))):
        assert done.code == code and ("no country is known as 'XX'" in done.err) == (code == 2)
    assert "no country" in ready("case", "set", "jurisdiction", "XX", "--case", "anna").err
    assert ready("case", "set", "jurisdiction", "uk", "--case", "anna").code == 0
    contact = contact_of(ready, "anna")
    assert contact is not None and contact.case.jurisdiction == "GB"


def test_questions_for_a_further_case(ready: Program) -> None:
    ready.answering("yes", "no", "yes", "Anna", "anna@mail.example", "de")
    assert ready("init", "--case", "anna").code == 0
    contact = contact_of(ready, "anna")
    assert contact is not None and (contact.case.name, contact.case.jurisdiction) == ("Anna", "DE")


def test_what_was_written_before_is_used_as_it_is(ready: Program) -> None:
    path = ready.home / "config.toml"
    path.write_text(path.read_text() + '\n[cases.anna]\nname = "Anna"\nemail = "anna@mail.example"\n')
    before = path.read_text()
    done = ready("init", "--yes", "--case", "anna", "--adult", "--authorised", "self", "--name", "Other")
    assert done.code == 0
    assert path.read_text() == before
    assert "[cases.anna]" in done.err


# --- taking one away


def test_one_case_is_removed_with_all_that_is_kept_of_it(two: Program) -> None:
    draft = two("reports", "draft", "bb00", "--case", "bertha", "--json").json["reports"][0]["file"]
    others = two("sightings", "list", "--case", "default", "--json").out
    assert "has no schedule" in two("case", "remove", "--case", "bertha").err
    (two.home / "watchlists" / "two.toml").unlink()
    done = two("case", "remove", "--case", "bertha")
    assert done.code == 3 and "--confirm bertha" in done.err and Path(draft).exists()
    assert two("case", "remove", "--case", "bertha", "--confirm", "berta").code == 3
    done = two("case", "remove", "--case", "bertha", "--confirm", "bertha")
    assert done.code == 1, "its sealed file is not where it should be"
    assert "Not removed: b-item.age" in done.err and "b-watch" in done.out
    assert not Path(draft).exists()
    assert "b-watch" not in (two.home / "watchlists" / "one.toml").read_text()
    assert "a-watch" in (two.home / "watchlists" / "one.toml").read_text()
    assert two("reports", "gone", "--yes", "--case", "bertha").code == 0
    done = two("case", "remove", "--case", "bertha", "--confirm", "bertha")
    assert done.code == 0, done.err
    assert tells_of_the_other(two("case", "list")) == [] == tells_of_the_other(two("status"))
    assert two("sightings", "list", "--case", "default", "--json").out == others
    assert "there is no case 'bertha'" in two("case", "show", "--case", "bertha").err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["--case", "default", "--confirm", "default"], "reupload-monitor erase", id="the configuration's"),
        pytest.param(["--confirm", "bertha"], "--case NAME", id="none is named"),
        pytest.param(["--case", "carla", "--confirm", "carla"], "there is no case", id="none there"),
        pytest.param(["--case", "bertha", "--confirm", "bertha"], "cannot be read", id="a broken watchlist"),
    ],
)
def test_no_case_is_removed_by_mistake(two: Program, words: list[str], told: str) -> None:
    (two.home / "watchlists" / "three.toml").write_text("[[watch")
    done = two("case", "remove", *words)
    assert done.code in (2, 3) and told in done.err
    assert "bertha" in two("case", "list").out
