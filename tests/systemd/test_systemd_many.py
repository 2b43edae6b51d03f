"""What is shipped for an installation of many machines: the worker's unit, the way to a database elsewhere, and the
containers; compared with the program and with the units of one machine. The containers are not run here."""

from __future__ import annotations

import inspect
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.cli.database import database_prepare
from monitor.cli.roles import ROLES
from monitor.config import load
from monitor.model.settings import Secret
from tests.systemd.test_systemd_units import CORE, FILES, analyze, shipped, verify

MANY = Path(__file__).parents[2] / "systemd" / "many"
WORKER = "reupload-monitor-worker@.service"
ITS_OWN = {"ExecStart", "Environment", "RuntimeDirectory", "RemoveIPC"}
"""In which a worker's unit differs from the core's."""


def directives(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.partition("[Service]")[2].partition("[Install]")[0].splitlines():
        name, is_one, value = line.partition("=")
        if is_one and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_a_worker_is_shut_in_as_the_core_is() -> None:
    worker, core = directives((MANY / WORKER).read_text()), directives(shipped("system", CORE))
    assert {name for name in worker.keys() | core.keys() if worker.get(name) != core.get(name)} == ITS_OWN
    assert worker["ExecStart"] == [core["ExecStart"][0].removesuffix("run") + "worker"]
    assert worker["Environment"][0] == core["Environment"][0]


def test_systemd_finds_no_fault_in_it(tmp_path: Path) -> None:
    texts = {WORKER: (MANY / WORKER).read_text()} | {name: shipped("system", name) for name in FILES}
    started = {name: re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text) for name, text in texts.items()}
    verify("system", started, tmp_path)


def test_what_systemd_thinks_of_it_with_and_without_a_network(tmp_path: Path) -> None:
    elsewhere = tmp_path / WORKER
    with_way = (MANY / "database-elsewhere.conf").read_text().partition("[Service]")[2]
    elsewhere.write_text((MANY / WORKER).read_text().replace("[Install]", f"{with_way}\n[Install]"))
    for unit, at_most in ((MANY / WORKER, 0.3), (elsewhere, 1.2)):
        done = analyze(["security", "--offline=true", "--no-pager", str(unit)], tmp_path)
        found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
        if found is None:
            pytest.skip(f"this systemd gives no figure without running: {done.stderr[-200:]}")
        assert float(found[1]) <= at_most, done.stdout


@pytest.fixture(scope="module")
def containers() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((MANY / "compose.yaml").read_text())
    return found


def test_everything_that_is_named_is_there(containers: dict[str, Any]) -> None:
    services, secrets, volumes = (containers[name] for name in ("services", "secrets", "volumes"))
    assert set(services) == {"database", "prepare", "scheduler", "worker"}
    for service in services.values():
        assert set(service["secrets"]) <= secrets.keys()
        assert {volume.partition(":")[0] for volume in service.get("volumes", ())} <= volumes.keys()
        assert set(service.get("depends_on", ())) <= services.keys()
        assert "ports" not in service, "nothing listens outside"
    assert all(set(secret) == {"file"} for secret in secrets.values()), "no secret stands in it"


def test_commands_are_the_programs(containers: dict[str, Any]) -> None:
    for name in ("prepare", "scheduler", "worker"):
        program, *words = containers["services"][name]["command"]
        assert program == "reupload-monitor"
        assert " ".join(itertools.takewhile(lambda word: not word.startswith("-"), words)) in ROLES
    options = [word for word in containers["services"]["prepare"]["command"] if word.startswith("--")]
    known = inspect.signature(database_prepare).parameters
    assert options and all(option.removeprefix("--").replace("-", "_") in known for option in options)


def test_settings_are_the_programs(containers: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql:///monitor?host=/var/run/postgresql&user=monitor"
    for name, text in {"database_url": url, "store_key": "0f" * 32, "config.toml": ""}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    told = containers["services"]["worker"]["environment"]
    places = {"/run/secrets": str(tmp_path), "/etc/reupload-monitor": str(tmp_path), "/var/lib": str(tmp_path)}
    for key, value in told.items():
        for inside, here in places.items():
            value = value.replace(inside, here)
        monkeypatch.setenv(key, value)
    settings = load(None)
    assert settings.database.url == settings.queue.url == Secret(url)
    assert settings.database.key is not None and settings.monitoring.metrics
    assert settings.data_dir == tmp_path / "reupload-monitor"
    health = containers["services"]["worker"]["healthcheck"]["test"][-1]
    assert f":{settings.monitoring.metrics_port}/health" in health
