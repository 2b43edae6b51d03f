"""The running parts, asked to try what they must not be able to do, and what `doctor` makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from monitor.model.check import FAULT, OK, WARNING
from monitor.model.settings import BackupSettings, Settings
from monitor.parts.confine.layers import Confinement
from monitor.parts.parent.launched import LaunchedParts
from monitor.services.part_checks import CORE_APART, check_of_tries, part_checks

STAYS_ROOT = "it stays root, since the program lies where no other user can read it"


def test_doctor_asks_each_part_to_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a person's own folders, of which the core has those that are its own."""
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


def test_each_attempt_that_is_not_refused_has_its_words() -> None:
    """Nothing is said to be shut off that is not."""
    names = {"no way to any network", "sees no file of yours", "writes nowhere", "writes nowhere else"}
    names |= {"reads no other process", "runs nothing it has written", "asks nothing of your session"}
    for name in names | {"has no network of its own"}:
        check = check_of_tries(CORE_APART, [Confinement("memory", True, ""), Confinement(name, False, "allowed")])
        assert "shut off" not in check.message
