"""The running parts, asked to try what they must not be able to do, and what `doctor` makes of it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from monitor.model.check import FAULT, OK, WARNING
from monitor.model.settings import BackupSettings, Settings
from monitor.parts.confine.layers import IN_MEMORY, Confinement
from monitor.parts.parent.launched import LaunchedParts
from monitor.parts.starting import ProgramPart
from monitor.services.part_checks import APART, CORE_APART, check_of_tries, part_checks, session_sockets

STAYS_ROOT = "it stays root, since the program lies where no other user can read it"


def test_doctor_asks_each_part_to_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a person's own folders, of which the core has those that are its own."""
    for name in ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)  # what of a session is reached is this machine's
    home = tmp_path / "home"
    for made in (home / "data" / "vault", home / "config" / "watchlists"):
        made.mkdir(parents=True)
    (home / "config" / "config.toml").write_text("")
    monkeypatch.setenv("HOME", str(home))
    settings = Settings(
        path=home / "config" / "config.toml",
        data_dir=home / "data",
        watchlist_dir=home / "config" / "watchlists",
        backup=BackupSettings(folder=str(tmp_path / "stick" / "backups")),
    )
    parts = LaunchedParts()
    try:
        found = {check.name: check for check in part_checks(settings, parts)}
    finally:
        asyncio.run(parts.aclose())
    assert found["keys apart"].state == OK, found["keys apart"].message
    for name in found.keys() - {"keys apart"}:
        assert found[name].state == OK or STAYS_ROOT in found[name].message, found[name].message
        assert " can " not in found[name].message.partition(".")[0]


@pytest.mark.parametrize(
    ("layers", "state", "said"),
    [
        pytest.param([("seccomp", True)], OK, "shut off from every network: seccomp", id="all of it"),
        pytest.param(
            [("seccomp", True), ("landlock", False)], WARNING, "Missing here: landlock (why)", id="a layer lacks"
        ),
        pytest.param(
            [("seccomp", True), ("landlock", False), ("sees no file of yours", False)],
            WARNING,
            "fingerprints can see your files. What holds: seccomp. Missing here: landlock (why)",
            id="it can what it must not",
        ),
        pytest.param([("seccomp", True), ("other user", False)], WARNING, "here: other user", id="root in /root"),
        pytest.param([("seccomp", False), ("landlock", False)], FAULT, "Nothing holds", id="none"),
        pytest.param("it ended at once", FAULT, "could not be tried", id="not tried"),
    ],
)
def test_what_a_kernel_lacks_is_said(layers: Sequence[tuple[str, bool]] | str, state: str, said: str) -> None:
    tried = layers if isinstance(layers, str) else [Confinement(name, active, "why") for name, active in layers]
    check = check_of_tries(CORE_APART, tried)
    assert check.state == state
    assert said in check.message
    assert bool(check.remedy) == (state != OK)


def test_what_to_do_goes_by_what_is_missing() -> None:
    def remedy(name: str) -> str:
        return check_of_tries(CORE_APART, [Confinement("memory", True, ""), Confinement(name, False, "why")]).remedy

    assert "service install" in remedy("landlock") and "6.12" not in remedy("landlock")
    assert "by root" in remedy("other user")
    assert "newer kernel" in remedy("system calls")
    assert "/dev/shm" in remedy(IN_MEMORY) and "newer kernel" not in remedy(IN_MEMORY)


def test_each_attempt_that_is_not_refused_has_its_words() -> None:
    """Nothing is said to be shut off that is not."""
    names = {"no way to any network", "sees no file of yours", "writes nowhere", "writes nowhere else"}
    names |= {"reads no other process", "runs no memory it has written", "asks nothing of your session"}
    names |= {"ends or slows no other process", "ends no other process", "changes no rights of your files"}
    names |= {"looks on at none of your files", IN_MEMORY}
    for name in names | {"has no network of its own"}:
        check = check_of_tries(CORE_APART, [Confinement("memory", True, ""), Confinement(name, False, "allowed")])
        assert "shut off" not in check.message


def test_a_session_that_the_browser_can_reach_is_named() -> None:
    tried = [Confinement("memory", True, ""), Confinement("asks nothing of your session", False, "allowed")]
    check = check_of_tries(APART[ProgramPart.BROWSER], tried)
    assert check.state == WARNING
    assert check.message.startswith("the browser can speak to the programs of your session. What holds: memory")
    assert "service install" in check.remedy and "newer kernel" not in check.remedy
    both = check_of_tries(APART[ProgramPart.BROWSER], [*tried, Confinement("network", False, "why")])
    assert "service install" in both.remedy and "newer kernel" in both.remedy


def test_what_a_session_is_spoken_to_by(tmp_path: Path) -> None:
    for name in ("bus", "agent"):
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(tmp_path / name))
    (tmp_path / "wayland-0").write_text("no socket")
    bus, agent = str(tmp_path / "bus"), str(tmp_path / "agent")
    assert session_sockets({"XDG_RUNTIME_DIR": str(tmp_path), "SSH_AUTH_SOCK": agent}) == (bus, agent)
    assert session_sockets({"DBUS_SESSION_BUS_ADDRESS": f"unix:path={bus},guid=1"}) == (bus,)
    assert session_sockets({"XDG_RUNTIME_DIR": "run", "DBUS_SESSION_BUS_ADDRESS": "unix:abstract=x"}) == ()
