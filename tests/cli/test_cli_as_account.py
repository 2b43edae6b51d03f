"""What root types on an installation of another account's is done as that account, and root's own is not."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from monitor.cli import as_account
from monitor.services import service_machine
from tests.cli.cli_program import Program

NOBODY = next((one for one in pwd.getpwall() if one.pw_uid not in (0, os.geteuid())), None)


@dataclass
class Ran:
    code: int = 0
    calls: list[tuple[str, list[str], Mapping[str, str], bool]] = field(default_factory=list)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """As if by root: what would be run as an account."""
    found = Ran()

    def run_as(
        self: object, account: str, words: Sequence[str], environ: Mapping[str, str], *, reads_all: bool = False
    ) -> int:
        found.calls.append((account, list(words), environ, reads_all))
        return found.code

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(service_machine.ThisMachine, "run_as", run_as)
    monkeypatch.setattr("monitor.services.service_setup.command_words", lambda argv0, executable: ("/bin/rm-x",))
    return found


@pytest.fixture
def anothers(ready: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Its configuration belongs to another account."""
    if NOBODY is None:
        pytest.skip("there is no other account here")
    config, real = ready.home / "config.toml", Path.stat

    def stat_as_theirs(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = real(path, follow_symlinks=follow_symlinks)
        owner = NOBODY.pw_uid if path == config and NOBODY else found.st_uid
        return os.stat_result((*found[:4], owner, *found[5:10]))

    monkeypatch.setattr(Path, "stat", stat_as_theirs)
    return ready


@pytest.mark.parametrize(
    ("words", "reads_all"),
    [
        pytest.param(["status"], False, id="status"),
        pytest.param(["run"], False, id="the daemon"),
        pytest.param(["watch", "run"], False, id="visits sites: reads no file but its own"),
        pytest.param(["enroll", "/home/jane/photos"], True, id="photos of a person"),
        pytest.param(["evidence", "verify"], True, id="an identity on a stick"),
        pytest.param(["evidence", "capture"], False, id="visits a page, with a browser"),
        pytest.param(["recover-key"], True, id="alone"),
    ],
)
def test_it_is_done_as_the_account(anothers: Program, ran: Ran, words: list[str], reads_all: bool) -> None:
    assert NOBODY is not None
    ran.code = 3
    anothers.monkeypatch.setenv("SECRET_OF_ROOT", "x")
    assert anothers("--case", "anna", *words, "--debug").code == 3
    ((account, asked, environ, reads),) = ran.calls
    assert account == NOBODY.pw_name and reads is reads_all
    assert asked == ["/bin/rm-x", "--case", "anna", "--debug", *words]
    assert environ["REUPLOAD_MONITOR_CONFIG"] == str(anothers.home / "config.toml")
    assert environ["HOME"] == NOBODY.pw_dir and "SECRET_OF_ROOT" not in environ


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["guide"], id="guide"),
        pytest.param(["status", "--help"], id="help"),
        pytest.param(["--help"], id="help of all"),
        pytest.param(["service", "unit", "--user"], id="service"),
    ],
)
def test_what_root_does_himself(anothers: Program, ran: Ran, words: list[str]) -> None:
    anothers(*words)
    assert ran.calls == []


def test_root_s_own_is_root_s(ready: Program, ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.stat
    monkeypatch.setattr(
        Path, "stat", lambda path, **more: os.stat_result((*(found := real(path, **more))[:4], 0, *found[5:10]))
    )
    assert as_account.done_as_account(["status"]) is None and ran.calls == []


def test_a_configuration_that_lies_where_root_happens_to_be_is_nobody_s(anothers: Program, ran: Ran) -> None:
    anothers.monkeypatch.delenv("REUPLOAD_MONITOR_CONFIG")
    anothers.monkeypatch.setenv("XDG_CONFIG_HOME", "/nowhere")
    anothers.monkeypatch.chdir(anothers.home)
    assert as_account.done_as_account(["status"]) is None and ran.calls == []


def test_not_as_root_nothing_of_it_is_asked(ready: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() or 1234)
    monkeypatch.setattr(as_account, "done_as_account", lambda rest: pytest.fail("asked"))
    ready("guide")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_a_service_s_configuration_that_is_not_for_this_account(program: Program, tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir()
    shut.chmod(0)
    try:
        program.monkeypatch.delenv("REUPLOAD_MONITOR_CONFIG")
        program.monkeypatch.setattr(
            "monitor.config_places.places", lambda environ: (tmp_path / "a", tmp_path / "b", shut / "config.toml")
        )
        done = program("status")
        assert done.code == 2 and "sudo" in done.err
    finally:
        shut.chmod(stat.S_IRWXU)
