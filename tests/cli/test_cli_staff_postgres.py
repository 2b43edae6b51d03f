"""What tests/cli/test_cli_staff.py holds, with the cases in a PostgreSQL: every command, as a stranger and with what is
of another case."""

from __future__ import annotations

import os
import pwd
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor import config
from monitor.acting import acting_for, acting_for_all
from monitor.app import open_app
from monitor.cli.main import run
from monitor.model.staff import INSTALLATION, Role, StaffMember, StaffName
from tests.cli.cli_program import PHOTOS, Program
from tests.cli.test_cli_cases import NOW, fill
from tests.cli.test_cli_staff import (
    ADMIN,
    ANNA,
    BEN,
    A,
    B,
    acting,
    staffed,
    test_a_case_of_others_is_none,
    test_a_stranger_is_answered_by_no_command,
    test_an_id_of_others_is_as_one_that_does_not_exist,
    test_who_works_in_one_case_need_not_name_it_and_sees_no_other,
)
from tests.review.test_review_behind_login import asked, serving, with_review
from tests.serving.postgres import OWNER, PROGRAM, the_server

pytestmark = pytest.mark.long
staffed = staffed  # a fixture, which asks for this module's own home
__all__ = [
    "test_a_case_of_others_is_none",
    "test_a_stranger_is_answered_by_no_command",
    "test_an_id_of_others_is_as_one_that_does_not_exist",
    "test_who_works_in_one_case_need_not_name_it_and_sees_no_other",
]


@pytest.fixture(scope="module")
def home_of_staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    server = the_server()
    database = server.create("staffed")
    home = tmp_path_factory.mktemp("staffed") / "home"
    home.mkdir()
    url, file = home / "database.url", home / "config.toml"
    url.write_text(f"{server.url(database)}\n")
    url.chmod(0o600)
    at = ["--config", str(file)]
    assert run([*at, "database", "prepare", "--owner", server.url(database, OWNER), "--role", PROGRAM]) == 0
    words = "init --yes --adult --authorised self --name Jane --email jane@mail.example --jurisdiction US --no-vault"
    keys = ["--store-key-file", str(home / "key"), "--database-url-file", str(url), "--data-dir", str(home / "data")]
    assert run([*at, *words.split(), *keys]) == 0
    file.write_text(f"{file.read_text()}\n[match]\nfeatures = false\n")
    further = "init --yes --case bertha --adult --authorised self --name B-Quill --email b-quill@mail.example".split()
    assert run([*at, *further, "--jurisdiction", "US"]) == 0
    for photo, label, case in (("owl", "owl", A), ("koala", "b-label", B)):
        found = str(PHOTOS / "enrolled" / f"{photo}.jpg")
        assert run([*at, "enroll", found, "--label", label, "--case", case]) == 0
    watch = (
        '[[watch]]\nname = "{0}-watch"\nkind = "page"\nurl = "https://{0}host.example/"\nevery = "1d"\ncase = "{1}"\n'
    )
    (home / "watchlists").mkdir(exist_ok=True)
    (home / "watchlists" / "one.toml").write_text(watch.format("a", A) + watch.format("b", B))
    with acting_for_all(), open_app(config.load(file, environ={})) as app:
        for case, letter in ((A, "a"), (B, "b")):
            with acting_for(case):
                fill(app, case, letter)
        for case, person, role in (
            (INSTALLATION, ADMIN, Role.ADMINISTERS),
            (A, ANNA, Role.ADMINISTERS),
            (B, BEN, Role.WORKS),
        ):
            app.store.staff.save(StaffMember(case, person, role, NOW, ADMIN))
    yield home
    server.drop(database)


def test_each_command_acts_for_its_own_case(staffed: Program) -> None:
    for person, own, other in ((ANNA, "ahost", "bhost"), (BEN, "bhost", "ahost")):
        done = acting(staffed, person)("sightings", "list")
        assert (done.code, own in done.out, other in done.out) == (0, True, False), done.err
    assert "system:ben saw: sightings list" in acting(staffed, ADMIN)("audit", "list", "--case", "bertha").out
    assert "The trail holds" in acting(staffed, ADMIN)("audit", "verify", "--case", "bertha").out
    assert "bertha" in acting(staffed, ADMIN)("case", "list").out
    assert "bertha" not in acting(staffed, ANNA)("case", "list").out


@pytest.mark.skipif(sys.platform != "linux", reason="whose account it is, the kernel says on Linux")
def test_the_page_for_staff_reads_a_database(home_of_staff: Path, tmp_path: Path) -> None:
    """Shut in as the page's process is, it still reaches the one that the configuration names."""
    home = tmp_path / "home"
    shutil.copytree(home_of_staff, home)
    file = home / "config.toml"
    file.write_text(file.read_text().replace(str(home_of_staff), str(home)))
    at, name = str(home / "page.sock"), StaffName("anna@help.example")
    with acting_for_all(), open_app(config.load(file, environ={})) as app:
        app.store.staff.save(StaffMember(A, name, Role.READS, NOW, ADMIN))
    account = pwd.getpwuid(os.geteuid()).pw_name
    with_review(home, socket=at, proxy_account=account, proxy_host="monitor.help.example")
    with serving(file) as (_, told):
        assert told == "https://monitor.help.example/"
        shown = asked(at, "/", **{"X-Forwarded-Email": name}).text
        assert "ahost" in shown and "bhost" not in shown, shown
