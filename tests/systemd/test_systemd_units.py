"""The units: systemd's own check, its own figures, and what the program and the units must agree on."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.daemon import ending, service
from monitor.errors import UsageError
from monitor.services.service_units import (
    NEED_NAMESPACES,
    PARTS,
    ServicePlaces,
    SystemdFacts,
    checked_name,
    lingers_for,
    own_units,
    system_places,
    unit_names,
    unit_texts,
    user_places,
)
from tests.patience import WITHIN_S

UNITS = Path(__file__).parents[2] / "systemd"
KINDS = ("system", "user")
CORE = "reupload-monitor.service"
FILES = unit_names("reupload-monitor")
SERVICES = tuple(file for file in FILES if file.endswith(".service"))
OFFLINE = ("reupload-monitor.service", "reupload-monitor-review@.service", "reupload-monitor-browser@.service")
"""Those that have no network but their own loopback."""


def shipped(kind: str, file: str) -> str:
    return (UNITS / kind / file).read_text()


def read(kind: str, file: str, section: str = "Service") -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(shipped(kind, file))
    return parser[section]


def lines(kind: str, file: str) -> set[str]:
    return set(shipped(kind, file).splitlines())


# -- systemd's own word


def analyze(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed here, so the units were not looked at by it")
    return subprocess.run(
        [tool, "--man=no", *words],
        env={"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
    )


def verify(kind: str, texts: dict[str, str], folder: Path) -> None:
    place = folder / "units"
    place.mkdir()
    for name, text in texts.items():
        (place / name).write_text(text)
    words = ["--user"] if kind == "user" else []
    done = analyze([*words, "verify", *(str(place / name) for name in texts)], folder)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if any(name in line for name in texts)]
    assert (done.returncode, ours) == (0, []), done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_systemd_finds_no_fault(kind: str, tmp_path: Path) -> None:
    # `verify` wants the command to be there; where it lies is each machine's own matter.
    texts = {name: re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", shipped(kind, name)) for name in FILES}
    verify(kind, texts, tmp_path)


FIGURES = [
    ("system", "reupload-monitor.service", 0.3),
    ("system", "reupload-monitor-review@.service", 0.3),
    ("system", "reupload-monitor-fetcher@.service", 1.2),
    ("system", "reupload-monitor-browser@.service", 1.5),
    *(("user", file, 5.0) for file in SERVICES),
]
"""What `systemd-analyze security` may say at most: 0 is nothing that it knows left open, 10 everything."""


@pytest.mark.parametrize(("kind", "file", "at_most"), FIGURES, ids=lambda value: str(value))
def test_what_systemd_thinks_of_it(kind: str, file: str, at_most: float, tmp_path: Path) -> None:
    words = ["--user"] if kind == "user" else []
    done = analyze([*words, "security", "--offline=true", "--no-pager", str(UNITS / kind / file)], tmp_path)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    if found is None:
        pytest.skip(f"this systemd gives no figure without running: {done.stderr[-200:]}")
    assert float(found[1]) <= at_most, done.stdout


# -- what the program and the units must agree on


@pytest.mark.parametrize("kind", KINDS)
def test_what_daemon_and_unit_agree_on(kind: str) -> None:
    found = read(kind, CORE)
    assert found["Type"] == "notify" and found["Restart"] == "on-failure"
    assert found["ExecStart"].endswith("run") and "reupload-monitor" in found["ExecStart"]
    assert found["ExecReload"] == "/bin/kill -HUP $MAINPID"
    stops = service.STOP_WITHIN_S + 2 * service.CANCEL_WITHIN_S + service.LAST_ALERTS_WITHIN_S
    assert stops < ending.TAKEN_WITHIN_S + ending.ENDED_WITHIN_S < int(found["TimeoutStopSec"].removesuffix("s"))
    assert any("STATE_DIRECTORY=" in line or line.startswith("StateDirectory=") for line in lines(kind, CORE))


@pytest.mark.parametrize("kind", KINDS)
def test_a_disk_that_comes_late_is_waited_for(kind: str) -> None:
    text = shipped(kind, CORE)
    assert "StartLimitIntervalSec=0\n" in text and "StartLimitBurst" not in text
    # A configuration on it is missing (2), a key on it locks the store (3).
    found = read(kind, CORE)
    assert "RestartPreventExitStatus" not in found and found["Restart"] == "on-failure"
    assert int(found["RestartSec"].removesuffix("s")) >= 30  # for as long as it takes: at small cost


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", PARTS)
def test_the_core_finds_the_sockets_of_the_parts(kind: str, part: str) -> None:
    folder = next(line for line in lines(kind, CORE) if "PARTS_DIRECTORY" in line).partition("PARTS_DIRECTORY=")[2]
    socket = read(kind, f"reupload-monitor-{part}.socket", "Socket")
    assert socket["ListenStream"] == f"{folder}/{part}" and socket["Accept"] == "yes" and socket["SocketMode"] == "0600"
    if kind == "system":
        assert socket["SocketUser"] == read(kind, CORE)["User"]
    unit = read(kind, f"reupload-monitor-{part}@.service")
    assert f"part {part}" in unit["ExecStart"]
    assert unit["StandardInput"] == "socket"
    assert unit["StandardOutput"] == unit["StandardError"] == "journal"  # by itself it would be the socket too


@pytest.mark.parametrize("kind", KINDS)
def test_what_speaks_to_the_outside_gets_no_key_and_no_data(kind: str) -> None:
    for part in ("fetcher", "browser"):
        text = shipped(kind, f"reupload-monitor-{part}@.service")
        assert "Credential" not in text and "STATE_DIRECTORY" not in text and "StateDirectory" not in text
        hidden = re.findall(r"(?m)^InaccessiblePaths=(.*)$", text)
        places = ("/var/lib/reupload-monitor", "/etc/credstore") if kind == "system" else ("%h/.local/share/reupload",)
        assert all(any(place in line for line in hidden) for place in places)
        assert ("DynamicUser=yes" in text) == (kind == "system")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file", OFFLINE)
def test_what_needs_no_network_has_none(kind: str, file: str) -> None:
    assert "PrivateNetwork=yes" in lines(kind, file)
    if "browser" not in file:
        assert "RestrictAddressFamilies=AF_UNIX" in lines(kind, file)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file", SERVICES)
def test_nothing_of_it_is_written_to_swap_or_a_core_file(kind: str, file: str) -> None:
    assert {"MemorySwapMax=0", "LimitCORE=0"} <= lines(kind, file)
    assert {"MemoryMax", "TasksMax", "OOMPolicy"} <= set(read(kind, file))


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_parts_shut_themselves_in_with_is_not_forbidden(kind: str) -> None:
    for file in SERVICES:
        allowed = [line for line in shipped(kind, file).splitlines() if line.startswith("SystemCallFilter=")]
        assert {"seccomp", "landlock_restrict_self"} <= set(allowed[-1].partition("=")[2].split())
        assert ("MemoryDenyWriteExecute=yes" in lines(kind, file)) == ("browser" not in file)
    browser = shipped(kind, "reupload-monitor-browser@.service")
    assert "RestrictNamespaces=user pid net\n" in browser and "SystemCallFilter=chroot capset " in browser


# -- what is written for a machine


def places_of(kind: str, root: Path) -> ServicePlaces:
    if kind == "system":
        return system_places("regular-checks", root)
    found = user_places("regular-checks", {"XDG_CONFIG_HOME": str(root / "a b"), "XDG_DATA_HOME": str(root / "100%")})
    assert found.sealed_key is None and found.plain_key is None
    return found


@pytest.mark.parametrize("has_namespaces", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_for_a_machine_is_without_fault(kind: str, has_namespaces: bool, tmp_path: Path) -> None:
    places = places_of(kind, tmp_path)
    program = tmp_path / "a place" / "the $program"
    program.parent.mkdir()
    program.symlink_to("/bin/true")
    if places.sealed_key is not None:
        places.sealed_key.parent.mkdir(parents=True)
        places.sealed_key.write_bytes(b"sealed")
    facts = SystemdFacts(252, has_namespaces)
    texts = unit_texts(places, [str(program)], facts)
    assert tuple(texts) == own_units(places)
    verify(kind, {path.name: text for path, text in texts.items()}, tmp_path)
    bare = "".join(texts.values()).replace(str(tmp_path), "")
    assert "reupload" not in bare.lower() and "image" not in bare.lower()  # another name is another name throughout
    assert {lingers_for(text) for text in texts.values()} == {False}
    assert {lingers_for(text) for text in unit_texts(places, [str(program)], facts, lingers=True).values()} == {True}
    assert kind == "system" or has_namespaces == any(f"\n{key}=" in bare for key in NEED_NAMESPACES)


@pytest.mark.parametrize(
    ("version", "kind", "credential"),
    [
        pytest.param(253, "notify-reload", "regular-checks.database.key", id="one that waits for a reload"),
        pytest.param(252, "notify", "regular-checks.database.key", id="one that looks for credentials"),
        pytest.param(251, "notify", "{}/etc/credstore.encrypted/regular-checks.database.key", id="an older one"),
        pytest.param(0, "notify", "{}/etc/credstore.encrypted/regular-checks.database.key", id="nobody knows"),
    ],
)
def test_what_the_machine_s_systemd_can(version: int, kind: str, credential: str, tmp_path: Path) -> None:
    places = places_of("system", tmp_path)
    assert places.sealed_key is not None
    places.sealed_key.parent.mkdir(parents=True)
    places.sealed_key.write_bytes(b"sealed")
    texts = unit_texts(places, ["/bin/true"], SystemdFacts(version))
    core = texts[places.unit]
    assert f"\nType={kind}\n" in core and ("ExecReload=" in core) == (kind == "notify")
    line = f"\nLoadCredentialEncrypted=database.key:{credential.format(tmp_path)}\n"
    with_key = {path.name for path, text in texts.items() if line in text}
    assert with_key == {"regular-checks.service", "regular-checks-review@.service"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file", FILES)
def test_a_unit_of_somebody_s_own_is_known_as_that(kind: str, file: str) -> None:
    assert lingers_for(shipped(kind, file)) is None
    assert lingers_for("no unit at all") is None


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        pytest.param("regular-checks", True, id="usual"),
        pytest.param("a" * 31, True, id="longest"),
        pytest.param("a" * 32, False, id="one too long"),
        pytest.param("Checks", False, id="capital"),
        pytest.param("../checks", False, id="a way"),
        pytest.param("checks@home", False, id="a template's sign"),
        pytest.param("-x", False, id="an option"),
        pytest.param("x-", False, id="hyphen last"),
        pytest.param("", False, id="nothing"),
        pytest.param("checks\nUser=root", False, id="two lines"),
    ],
)
def test_names(name: str, fine: bool) -> None:
    if fine:
        assert checked_name(name) == name
    else:
        with pytest.raises(UsageError):
            checked_name(name)
