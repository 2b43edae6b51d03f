"""`service install` and `service remove`: what is said is what is done, and nothing is left half made."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from monitor.errors import MonitorError, NeedsUser, UsageError, WorkFailed
from monitor.services import service_keys
from monitor.services.service_removal import remove_steps
from monitor.services.service_setup import command_words, install_steps, refuse_install, shut_to_others
from monitor.services.service_steps import carry_out
from monitor.services.service_units import system_places, unit_names
from tests.systemd.machine import AMachine

ENABLED = {"watching", "watching-review.socket"}


@pytest.fixture(autouse=True)
def _lent(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("lent")
    lent = service_keys.lent_key
    monkeypatch.setattr(service_keys, "lent_key", lambda places, machine: lent(places, machine, folder))


@pytest.fixture
def machine(tmp_path: Path) -> AMachine:
    made = AMachine(tmp_path)
    for folder in ("etc/systemd/system", "var/lib"):
        (tmp_path / folder).mkdir(parents=True)
    return made


def install(machine: AMachine) -> list[str]:
    said: list[str] = []
    refuse_install(machine.request())
    carry_out(install_steps(machine.request()), said.append)
    return said


def test_what_is_there_afterwards(machine: AMachine) -> None:
    steps = install_steps(machine.request())
    said = install(machine)
    places = machine.request().places
    assert said == [f"[{number}/{len(steps)}] {step.says}" for number, step in enumerate(steps, 1)]
    assert machine.accounts == {"watching": places.data} and machine.enabled == ENABLED
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in places.folders} == {0o700}
    unit = places.unit.read_text()
    assert "User=watching\n" in unit and f"ExecStart=/usr/bin/env --config {places.config} run\n" in unit
    assert "\nLoadCredentialEncrypted=database.key:watching.database.key\n" in unit
    assert "\n#LoadCredential=database.key:" in unit
    (asked,) = machine.asked
    assert asked == ("/usr/bin/env", "--config", str(places.config), "init", "--for-service")
    keys = [words for words in machine.ran if words[0] == "systemd-creds"]
    assert all(len(word) < 64 or "/" in word for words in keys for word in words)  # no key among a process's words


def test_where_systemd_is_old_the_key_is_root_s_alone(machine: AMachine) -> None:
    machine.sealing = False
    install(machine)
    places = machine.request().places
    assert places.plain_key is not None and stat.S_IMODE(places.plain_key.stat().st_mode) == 0o600
    assert "\nLoadCredential=database.key:watching.database.key\n" in places.unit.read_text()


def test_where_systemd_cannot_seal_it_is_told_and_goes_on(machine: AMachine) -> None:
    machine.fails = ("systemd-creds", "encrypt")
    said = install(machine)
    places = machine.request().places
    assert service_keys.kept_key(places) == places.plain_key and any("cannot seal" in line for line in said)
    assert places.sealed_key is not None and not places.sealed_key.parent.exists()


@pytest.mark.parametrize(
    "fails",
    [
        pytest.param(("useradd",), id="account"),
        pytest.param(("init",), id="the questions"),
    ],
)
def test_what_fails_before_it_is_set_up_leaves_nothing(machine: AMachine, fails: tuple[str, ...]) -> None:
    before = machine.left()
    machine.fails, machine.init_code = fails, 1 if fails == ("init",) else 0
    with pytest.raises(WorkFailed):
        install(machine)
    assert machine.left() == before
    machine.fails, machine.init_code = (), 0
    install(machine)
    assert machine.enabled == ENABLED


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param(130, KeyboardInterrupt, id="Ctrl-C"),
        pytest.param(3, NeedsUser, id="Ctrl-D, or under 18"),
        pytest.param(2, UsageError, id="wrong options"),
    ],
)
def test_questions_that_are_broken_off_leave_nothing(machine: AMachine, code: int, error: type[BaseException]) -> None:
    before = machine.left()
    machine.init_code = code
    with pytest.raises(error):
        install(machine)
    assert machine.left() == before


@pytest.mark.parametrize("fails", [("systemctl", "restart"), ("systemctl", "enable"), ("systemctl", "daemon-reload")])
def test_what_was_answered_stays_when_it_does_not_start(machine: AMachine, fails: tuple[str, ...]) -> None:
    machine.fails = fails
    with pytest.raises(MonitorError):
        install(machine)
    places = machine.request().places
    assert machine.enabled == set()
    assert not places.unit.exists()
    assert places.config.exists() and machine.accounts and service_keys.kept_key(places)
    machine.fails = ()
    install(machine)
    assert len(machine.asked) == 1 and machine.enabled == ENABLED  # asked once, not again


def test_given_again_it_changes_the_unit_alone(machine: AMachine) -> None:
    install(machine)
    key = service_keys.kept_key(machine.request().places)
    assert key is not None
    kept = key.read_bytes()
    assert [step.says.split()[0] for step in install_steps(machine.request())] == ["Write", "Start"]
    install(machine)
    assert key.read_bytes() == kept and len(machine.asked) == 1


def test_removed_it_keeps_what_was_kept(machine: AMachine) -> None:
    install(machine)
    carry_out(remove_steps(machine.request(), data=False), lambda _: None)
    places = machine.request().places
    assert not places.unit.exists() and machine.enabled == set()
    assert places.config.exists() and machine.accounts and service_keys.kept_key(places)
    assert remove_steps(machine.request(), data=False) == []
    install(machine)
    assert len(machine.asked) == 1 and machine.enabled == ENABLED


def test_removed_with_everything_it_leaves_nothing(machine: AMachine) -> None:
    before = machine.left()
    install(machine)
    carry_out(remove_steps(machine.request(), data=True), lambda _: None)
    assert machine.left() == before
    assert remove_steps(machine.request(), data=True) == []


def test_the_key_goes_before_anything_else_of_it(machine: AMachine) -> None:
    install(machine)
    machine.init_code = 1  # erasing is cut off
    with pytest.raises(WorkFailed):
        carry_out(remove_steps(machine.request(), data=True), lambda _: None)
    assert service_keys.kept_key(machine.request().places) is None
    machine.init_code = 0
    carry_out(remove_steps(machine.request(), data=True), lambda _: None)
    assert machine.left()[1] == set()


def test_what_is_not_the_program_s_stays_and_is_named(machine: AMachine) -> None:
    install(machine)
    strange = machine.request().places.config.parent / "notes.txt"
    strange.write_text("mine")
    with pytest.raises(WorkFailed, match=r"notes\.txt"):
        carry_out(remove_steps(machine.request(), data=True), lambda _: None)
    assert strange.exists() and machine.accounts  # its owner stays as well


def test_another_s_unit_and_account_are_left_alone(machine: AMachine) -> None:
    places = machine.request().places
    places.unit.write_text("[Service]\nExecStart=/bin/true\n")
    with pytest.raises(UsageError, match="is there already"):
        install(machine)
    places.unit.unlink()
    machine.accounts["watching"] = Path("/home/watching")
    with pytest.raises(UsageError, match="there is an account"):
        install(machine)
    assert machine.ran == []


@pytest.mark.parametrize(
    ("make", "shut"),
    [
        pytest.param(lambda base: _file(base / "open" / "program"), "", id="open to all"),
        pytest.param(lambda base: _file(base / "open" / "program", 0o700), "open/program", id="the file"),
        pytest.param(lambda base: _file(base / "private" / "program", folder=0o700), "private", id="its folder"),
        pytest.param(lambda base: _link(base, 0o700), "private", id="where a link leads"),
        pytest.param(lambda base: _link(base, 0o755), "", id="a link to what is open"),
        pytest.param(lambda base: base / "nothing", "nothing", id="nothing there"),
    ],
)
def test_a_program_that_others_cannot_read(tmp_path: Path, make: object, shut: str) -> None:
    for part in (tmp_path, *tmp_path.parents):
        if part.stat().st_uid == os.geteuid() and part != Path("/"):
            part.chmod(part.stat().st_mode | 0o001)
    found = shut_to_others(make(tmp_path))  # type: ignore[operator]
    assert found == (tmp_path / shut if shut else None)


def _file(path: Path, mode: int = 0o755, folder: int = 0o755) -> Path:
    path.parent.mkdir(mode=0o755)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    path.parent.chmod(folder)
    return path


def _link(base: Path, folder: int) -> Path:
    target = _file(base / "private" / "program", folder=folder)
    (base / "command").symlink_to(target)
    return base / "command"


@pytest.mark.parametrize("path", ["/root/.local/bin/x", "/home/jane/.local/bin/x"])
def test_a_program_in_a_home_is_not_seen_by_a_service(path: str) -> None:
    assert shut_to_others(Path(path)) == Path(path)


@pytest.mark.parametrize(
    ("argv0", "words"),
    [
        pytest.param("/x/monitor/__main__.py", ("/usr/bin/python3", "-m", "monitor"), id="as a module"),
        pytest.param("/bin/sh", ("/bin/sh",), id="whole path"),
        pytest.param("env", ("/usr/bin/env",), id="found by PATH"),
    ],
)
def test_what_starts_it_again(argv0: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    assert command_words(argv0, "/usr/bin/python3") == words


def test_a_link_is_called_by_its_own_name(tmp_path: Path) -> None:
    """A version that is installed later lies elsewhere, behind the same link."""
    link = tmp_path / "regular-checks"
    link.symlink_to("/bin/sh")
    assert command_words(str(link), "/usr/bin/python3") == (str(link),)


def test_the_key_is_lent_for_as_long_as_a_command_runs(machine: AMachine, tmp_path: Path) -> None:
    install(machine)
    places = system_places("watching", tmp_path)
    with service_keys.lent_key(places, machine) as lent:
        folder = Path(lent["CREDENTIALS_DIRECTORY"])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "database.key").stat().st_mode) == 0o400
    assert not folder.exists()


# -- from one unit to one a part

OLD = "[Service]\nExecStart=/usr/bin/env run\n\n[X-Made]\nLinger=no\n"


def earlier(machine: AMachine) -> Path:
    """As a version left it that knew no parts: one unit, which runs."""
    install(machine)
    unit = machine.request().places.unit
    for path in unit.parent.glob("watching*"):
        path.unlink()
    unit.write_text(OLD)
    machine.enabled, machine.running = {"watching"}, {"watching"}
    return unit


def test_an_earlier_unit_becomes_the_core_s_in_place(machine: AMachine) -> None:
    unit = earlier(machine)
    said = install(machine)
    assert "one for each part" in said[0] and "no network" in said[0] and len(machine.asked) == 1
    assert {path.name for path in unit.parent.iterdir()} == set(unit_names("watching"))
    assert "PARTS_DIRECTORY=/run/watching-parts" in unit.read_text() and machine.enabled == ENABLED


@pytest.mark.parametrize("fails", [("systemctl", "restart", "watching"), ("systemctl", "enable"), ("no room",)])
def test_where_the_new_units_do_not_start_the_earlier_one_runs_again(
    machine: AMachine, fails: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = earlier(machine)
    machine.fails = fails
    run = machine.run

    def only_the_new_fails(words: Sequence[str], **more: object) -> str:
        machine.fails = fails if len(list(unit.parent.iterdir())) > 1 else ()
        return run(words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(machine, "run", only_the_new_fails)
    if fails == ("no room",):
        (unit.parent / ".watching-review.socket.part").mkdir()  # where it would be written first
    with pytest.raises(MonitorError):
        install(machine)
    assert unit.read_text() == OLD
    assert [path.name for path in unit.parent.iterdir() if path.is_file()] == ["watching.service"]
    assert machine.enabled == machine.running == {"watching"}


def test_an_earlier_unit_is_removed_alone(machine: AMachine) -> None:
    unit = earlier(machine)
    carry_out(remove_steps(machine.request(), data=False), lambda _: None)
    assert list(unit.parent.iterdir()) == [] and machine.enabled == machine.running == set()
    assert ("systemctl", "disable", "--now", "watching") in machine.ran  # of the others it knows nothing


def test_units_that_were_removed_in_part_are_removed(machine: AMachine) -> None:
    install(machine)
    unit = machine.request().places.unit
    unit.unlink()
    carry_out(remove_steps(machine.request(), data=False), lambda _: None)
    assert list(unit.parent.iterdir()) == []


def test_another_s_unit_beside_it_is_left_alone(machine: AMachine) -> None:
    strange = machine.request().places.unit.with_name("watching-fetcher.socket")
    strange.write_text("[Socket]\nListenStream=/run/x\n")
    with pytest.raises(UsageError, match=r"watching-fetcher\.socket is there already"):
        install(machine)
    assert machine.ran == []
