"""The whole program with its finds in a PostgreSQL: the first use, one person's week, and what is not done there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.model.queue import QueueStanding
from monitor.vault.identity import new_identity
from tests.cli.cli_program import ON_LOOPBACK, PHOTOS, LocalSite, Program, fill_gallery, page
from tests.serving.postgres import OWNER, PROGRAM, PostgresServer, the_server

_, RECIPIENT = new_identity()


@pytest.fixture
def server() -> PostgresServer:
    return the_server()


@pytest.fixture
def whole(server: PostgresServer) -> Iterator[str]:
    yield server.create("whole")
    server.drop("whole")


@pytest.fixture
def on_server(program: Program, server: PostgresServer, whole: str) -> Program:
    """Set up, by hand as the documents say."""
    for name, value in ON_LOOPBACK.items():
        program.monkeypatch.setenv(name, value)
    url = program.home / "database.url"
    url.write_text(server.url(whole) + "\n")
    url.chmod(0o600)
    assert program("database", "prepare", "--owner", server.url(whole, OWNER), "--role", PROGRAM).code == 0
    words = "init --yes --adult --authorised self --name Jane --email jane@mail.example --jurisdiction US --no-vault"
    key = program.home / "store.key"
    done = program(*words.split(), "--store-key-file", key, "--database-url-file", url)
    assert done.code == 0, done.err
    config = program.home / "config.toml"
    config.write_text(config.read_text() + "\n[match]\nfeatures = false\n")
    return program


def test_a_photo_is_found_and_what_is_said_of_it_is_kept(
    on_server: Program, site: LocalSite, server: PostgresServer, whole: str
) -> None:
    program = on_server
    fill_gallery(site)
    assert program("enroll", PHOTOS / "enrolled" / "owl.jpg").code == 0
    program.watchlist(page("forum", f"{site.url}/gallery"))
    done = program("watch", "run", "forum", "--json")
    assert done.code == 0 and done.json["runs"][0]["new_sightings"] >= 1, done
    assert program("sightings", "list", "--json").json["sightings"]
    assert program("sightings", "confirm", "1").code == 0
    assert program("reports", "draft", "1").code == 0
    for words in (
        "status",
        "watch list",
        "references list",
        "alerts list",
        "digest",
        "evidence verify",
        "reports list",
    ):
        assert program(*words.split()).code == 0, words
    assert "Forgotten" in program("vacuum").out
    with server.connect(whole) as connection:  # and no find is in a file here
        assert connection.execute("SELECT count(*) FROM sightings").fetchone() != (0,)
    assert not list(program.home.rglob("store.db"))
    again = program("init", "--case", "second", "--yes", "--adult", "--authorised", "self", "--name", "B")
    assert again.code == 0 and "stands readable in the database" in again.err, again.err
    listed = program("sightings", "list", "--case", "second", "--json")
    assert listed.json["sightings"] == []


def test_a_case_with_a_number_is_told_nothing_of_names(on_server: Program) -> None:
    done = on_server("init", "--case", "c-0412", "--yes", "--adult", "--authorised", "self", "--name", "B")
    assert done.code == 0 and "stands readable" not in done.err


def test_a_second_set_up_on_a_database_in_use_is_refused(on_server: Program) -> None:
    other = on_server.home / "other"
    other.mkdir()
    words = "init --yes --adult --authorised self --name B --email b@mail.example --jurisdiction US --no-vault"
    done = on_server(
        "--config", other / "config.toml", *words.split(), "--data-dir", other / "data",
        "--store-key-file", other / "key", "--database-url-file", on_server.home / "database.url",
    )  # fmt: skip
    assert done.code == 2 and "cases in this database already" in done.err
    assert not (other / "config.toml").exists() and not (other / "key").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("backup", "x.tar"), "a backup by this command", id="backup"),
        pytest.param(("restore", "x.tar"), "a restore by this command", id="restore"),
        pytest.param(("erase", "--confirm", "erase everything"), "removes none of it", id="erase"),
    ],
)
def test_what_is_of_a_file_is_not_done_there(on_server: Program, words: tuple[str, ...], said: str) -> None:
    done = on_server(*words)
    assert done.code == 2 and said in done.err
    assert on_server("status").code == 0


def test_doctor_says_how_it_stands(on_server: Program) -> None:
    told = {check["name"]: check for check in on_server("doctor", "--json").json["checks"]}
    assert "sees the cases it works for alone" in told["database"]["message"]
    assert told["backup"]["state"] == "ok" and "docs/operations.md" in told["backup"]["message"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param((), "once", id="nobody"),
        pytest.param(("--owner", "postgresql:///x", "--owner-file", "f"), "once", id="two"),
        pytest.param(("--owner", "mysql://x/y"), "not the address of a PostgreSQL", id="another kind"),
        pytest.param(("--owner", "postgresql://me:hunter2@db.example/x"), "holds a password", id="typed"),
        pytest.param(("--owner-file", "nowhere"), "cannot be read", id="no file"),
    ],
)
def test_preparing_asks_for_the_owner(program: Program, words: tuple[str, ...], said: str) -> None:
    done = program("database", "prepare", "--role", "monitor", *words)
    assert done.code == 2 and said in done.err and "hunter2" not in done.err


def test_preparing_without_a_database_in_the_configuration(ready: Program) -> None:
    done = ready("database", "prepare", "--owner", "postgresql:///x")
    assert done.code == 2 and "names no database" in done.err


def test_the_sheet_names_what_there_is_to_copy(program: Program, server: PostgresServer, whole: str) -> None:
    url = program.home / "database.url"
    url.write_text(server.url(whole))
    url.chmod(0o600)
    (program.home / "pass").write_text("gravel-otter-pylon-mustard-cobalt")
    words = "init --yes --adult --authorised self --name Jane --email jane@mail.example --jurisdiction US"
    sheet = program.home / "sheet.txt"
    done = program(
        *words.split(), "--passphrase-file", program.home / "pass", "--recovery-sheet", sheet,
        "--store-key-file", program.home / "store.key", "--database-url-file", url,
    )  # fmt: skip
    assert done.code == 0, done.err
    told = sheet.read_text()
    assert "backup" not in told and "restore" not in told and "the database, the folder" in told
    key = (program.home / "store.key").read_text()
    (program.home / "store.key").unlink()
    back = program(
        "recover-key", "--identity", program.home / "identity.age", "--passphrase-file", program.home / "pass"
    )
    assert back.code == 0, back.err
    assert (program.home / "store.key").read_text().strip() == key.strip()
    assert program("status").code == 0


INIT = "init --yes --adult --authorised self --name Jane --email jane@mail.example --jurisdiction US".split()


@pytest.fixture
def by_hand(program: Program, server: PostgresServer) -> Iterator[str]:
    """The configuration first, as many a person begins; the tables are made."""
    name = server.create("by_hand", template="template0")
    url = server.url(name)
    config = program.home / "config.toml"
    config.write_text(f'data_dir = "{program.home}/data"\n[database]\nurl = "{url}"\n[queue]\nurl = "{url}"\n')
    config.chmod(0o600)
    yield name
    server.drop(name)


def test_a_configuration_by_hand_leads_to_the_set_up(program: Program, server: PostgresServer, by_hand: str) -> None:
    assert program("database", "prepare", "--owner", server.url(by_hand, OWNER)).code == 0
    without = program("status")
    assert without.code == 3 and "Was nothing set up with it yet? `reupload-monitor init`" in without.err
    key = ("--no-vault", "--store-key-file", program.home / "store.key")
    refused = program(*INIT, *key)
    said = " ".join(refused.err.split())
    assert refused.code == 2 and "names a database, and there is no key here" in said
    told = said.partition("Then: ")[2].partition(". What yours says besides")[0]
    put, _, typed = told.partition(" && ")
    move, mine, aside = shlex.split(put)
    assert move == "mv"
    url = program.home / "FILE"
    url.write_text(server.url(by_hand))
    url.chmod(0o600)
    Path(mine).rename(aside)
    words = [str(url) if word == "FILE" else word for word in shlex.split(typed)[1:]]
    done = program(*words, *INIT[1:], "--no-vault")
    assert done.code == 0, done.err
    config = program.home / "config.toml"
    config.write_text(config.read_text() + f'[queue]\nurl_file = "{url}"\n')
    assert program("status").code == 0
    again = program(*INIT, *key)
    assert again.code == 2 and "add a case: init --case NAME" in again.err, "it is set up now"


def test_before_there_are_tables_it_is_said_how_they_are_made(program: Program, server: PostgresServer) -> None:
    name = server.create("not_yet", template="template0")
    try:
        url = program.home / "database.url"
        url.write_text(server.url(name))
        url.chmod(0o600)
        program.monkeypatch.delenv("REUPLOAD_MONITOR_CONFIG")
        program.monkeypatch.setenv("XDG_CONFIG_HOME", str(program.home / "xdg"))
        without = program("database", "prepare", "--owner", server.url(name, OWNER))
        assert without.code == 2 and "--role NAME" in without.err
        words = (*INIT, "--no-vault", "--store-key-file", program.home / "k", "--database-url-file", url)
        refused = program(*words)
        assert refused.code == 1 and "database prepare --role NAME --owner URL" in refused.err
        assert program("database", "prepare", "--role", PROGRAM, "--owner", server.url(name, OWNER)).code == 0
        done = program(*words)
        assert done.code == 0, done.err
        assert "backup FOLDER" not in done.err
    finally:
        server.drop(name)


def test_where_a_scheduler_leads_elsewhere_none_is_to_be_started(
    on_server: Program, server: PostgresServer, whole: str
) -> None:
    """A machine with workers alone."""
    config = on_server.home / "config.toml"
    config.write_text(config.read_text() + f'[queue]\nurl = "{server.url(whole)}"\n')
    stands = QueueStanding(answers=True, leads=True, workers=1)
    on_server.monkeypatch.setattr("monitor.store.postgres.queue_standing.queue_standing", lambda url: stands)
    told = [check for check in on_server("doctor", "--json").json["checks"] if check["name"] in ("daemon", "queue")]
    assert [check["state"] for check in told] == ["ok", "ok"], told
    done = on_server("status")
    assert "no scheduler on this machine" in done.out and "does not run" not in done.out, done.err


def test_a_scheduler_that_starts_lays_the_stores_key_into_the_vault(
    on_server: Program, server: PostgresServer, whole: str
) -> None:
    """The vault was away when the store got another key; here, when the first one was made. Workers may come days
    later."""
    config = on_server.home / "config.toml"
    text = config.read_text().replace("recipients = []", f'recipients = ["{RECIPIENT}"]')
    config.write_text(text + f'[queue]\nurl = "{server.url(whole)}"\n')
    on_server.monkeypatch.setattr("monitor.app_queue.run_scheduler", lambda *args, **given: 0)
    assert not list(on_server.home.rglob("store-key.age"))
    done = on_server("run")
    assert done.code == 0 and list(on_server.home.rglob("store-key.age")), done.err
