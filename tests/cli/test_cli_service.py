"""`service`, before anything is done: what is refused, and what is only said."""

from __future__ import annotations

import os
import sys

import pytest

from monitor.services.service_machine import ThisMachine
from tests.cli.cli_program import Program


@pytest.fixture
def here(program: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    """As a person, on a machine whose systemd answers."""
    monkeypatch.delenv("REUPLOAD_MONITOR_CONFIG")
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("USER", "nobody-of-this-name")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(program.home / ".config"))
    monkeypatch.setattr(sys, "argv", ["/usr/bin/env"])
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    monkeypatch.setattr(ThisMachine, "answers", lambda self: True)
    return program


def test_what_would_be_done_is_said_and_not_done(here: Program) -> None:
    before = sorted(here.home.rglob("*"))
    done = here("service", "install", "--dry-run")
    assert done.code == 0
    typed = ("init --for-service --store-key-file", "enable-linger", "systemctl --user enable --now reupload-monitor")
    for line in typed:
        assert line in done.out, line
    assert sorted(here.home.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(["install", "--name", "../x"], 2, "--name regular-checks", id="a name that is a way"),
        pytest.param(["install"], 3, "-- --yes --adult", id="nobody to ask"),
        pytest.param(["install", "--system"], 2, "Put sudo before it", id="not as root"),
        pytest.param(["--config", "x.toml", "service", "unit"], 2, "Leave --config", id="another configuration"),
        pytest.param(["remove"], 2, "there is no service", id="none there"),
        pytest.param(["remove", "--name", "other", "--data"], 2, "there is no service 'other'", id="none of the name"),
    ],
)
def test_what_is_refused(here: Program, words: list[str], code: int, told: str) -> None:
    done = here(*([] if "service" in words else ["service"]), *words)
    assert (done.code, told in done.err) == (code, True), done.err


def test_without_systemd_it_is_told_what_to_do(here: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ThisMachine, "answers", lambda self: False)
    done = here("service", "install", "--user")
    assert done.code == 1 and "service install --system" in done.err
    done = here("service", "install", "--system", "--dry-run")
    assert done.code == 1 and "reupload-monitor run" in done.err
    assert "useradd" in done.out  # what it would do is said all the same
    done = here("service", "install", "--user", "--dry-run")
    assert done.code == 1 and "service install --system" in done.err
    assert "systemctl --user enable --now" in done.out


def test_the_unit_is_printed(here: Program) -> None:
    done = here("service", "unit", "--name", "regular-checks")
    config = here.home / ".config" / "regular-checks" / "config.toml"
    assert done.code == 0 and f"ExecStart=/usr/bin/env --config {config} run" in done.out


@pytest.mark.parametrize(
    ("argv0", "kind", "is_told"),
    [
        pytest.param("/root/.local/bin/reupload-monitor", "--system", True, id="of the machine, in a home"),
        pytest.param("/root/.local/bin/reupload-monitor", "--user", False, id="one's own, in a home"),
    ],
)
def test_units_that_could_not_start_are_told(
    here: Program, monkeypatch: pytest.MonkeyPatch, argv0: str, kind: str, is_told: bool
) -> None:
    monkeypatch.setattr("monitor.services.service_setup.command_words", lambda *_: (argv0,))
    done = here("service", "unit", kind)
    assert done.code == 0 and f"ExecStart={argv0}" in done.out
    assert (f"({argv0})" in done.err and "make install" in done.err) is is_told


def test_one_unit_is_printed_by_its_name(here: Program) -> None:
    done = here("service", "unit", "--name", "regular-checks", "regular-checks-fetcher.socket")
    assert done.code == 0 and "/regular-checks-parts/fetcher\n" in done.out and "[Service]" not in done.out
    done = here("service", "unit", "--name", "regular-checks", "regular-checks-nothing.socket")
    assert done.code == 2 and "regular-checks-browser@.service" in done.err
