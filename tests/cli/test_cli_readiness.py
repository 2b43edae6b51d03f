"""What is missing is told where a command would work in vain, and `doctor` tells the truth of channels and files."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.alerts.outbox import new_alert
from monitor.clock import utc_now
from monitor.config import load
from monitor.model.alert import AlertKind, Answer, Delivery, Part
from monitor.services.file_checks import permission_checks
from monitor.store.store import open_store
from monitor.tracking.readiness import lacking
from tests.cli.cli_program import LocalSite, Program, page
from tests.patience import WITHIN_S
from tests.serving.mail import mail_server_beside


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"channels": 0}, ["alerts add"], id="a channel"),
        pytest.param({"ordinary": 0}, ["alerts add"], id="a channel for what is not urgent"),
        pytest.param({"watched": 0}, ["watch add URL"], id="a watch"),
        pytest.param({"without_photo": ["default"]}, ["enroll FOLDER"], id="a photo"),
        pytest.param({"cases": 2, "without_photo": ["anna"]}, ["enroll FOLDER --case NAME"], id="a photo of one case"),
        pytest.param(
            {"channels": 0, "watched": 0, "without_photo": ["default"]},
            ["alerts add", "watch add URL", "enroll FOLDER"],
            id="all of it",
        ),
    ],
)
def test_what_is_missing(given: dict[str, object], told: Sequence[str]) -> None:
    found = lacking(**({"channels": 1, "watched": 1, "cases": 1, "without_photo": []} | given))  # type: ignore[arg-type]
    assert [one.remedy for one in found] == [f"reupload-monitor {words}" for words in told]
    assert ("anna" in str(found)) == (given.get("cases") == 2)


def test_status_and_watch_run_say_it(ready: Program, site: LocalSite) -> None:
    missing = ready("status", "--json").json["lacking"]
    assert [one["what"] for one in missing] == ["channel", "watch", "photo"]
    said = ready("status").out
    assert all(words in said for words in ("nobody is told", "nothing is watched", "no photo is enrolled"))
    ready.watchlist(page("w", f"{site.url}/gallery"))
    done = ready("watch", "run", "--json")
    assert "nobody is told" in done.err and "no photo is enrolled" in done.err and "nothing is watched" not in done.err
    assert json.loads(done.out)["runs"]


def test_nothing_is_missing_and_nothing_said(enrolled: Program, site: LocalSite) -> None:
    enrolled.watchlist(page("w", f"{site.url}/dog.jpg"))
    enrolled.monkeypatch.setenv("REUPLOAD_MONITOR_ALERTS__URLS", '["json://127.0.0.1:1/x"]')
    assert enrolled("status", "--json").json["lacking"] == []
    assert "warning" not in enrolled("watch", "run").err


@pytest.mark.parametrize("journal", [pytest.param(False, marks=pytest.mark.long), True])
def test_the_daemon_says_it_as_it_starts(ready: Program, journal: bool) -> None:
    """Where others may read it, no case is named."""
    environ = os.environ | {"PYTHONPATH": str(Path.cwd())}
    script = (
        "import os, sys; s = os.fstat(2); os.environ['JOURNAL_STREAM'] = f'{s.st_dev}:{s.st_ino}'; " if journal else ""
    )
    script += "from monitor.cli.main import run; sys.exit(run(['run']))" if journal else ""
    words = ["-c", script] if journal else ["-m", "monitor", "run"]
    with subprocess.Popen([sys.executable, *words], env=environ, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = []
        try:
            for line in process.stderr:
                lines.append(line)
                if "missing=photo" in line or "no photo is enrolled" in line:
                    break
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=WITHIN_S)
    said = "".join(lines)
    if journal:
        assert [f"missing={key}" in said for key in ("channel", "watch", "photo")] == [True] * 3
        assert "default" not in said
    else:
        assert "reupload-monitor alerts add" in said


# --- doctor


def checks(program: Program, name: str) -> list[tuple[str, str, str]]:
    told = json.loads(program("doctor", "--json").out)["checks"]
    return [(one["state"], one["message"], one["remedy"]) for one in told if one["name"] == name]


def channels(program: Program, *urls: str) -> None:
    (program.home / "alerts.urls").write_text("\n".join(urls) + "\n")
    path = program.home / "config.toml"
    path.write_text(path.read_text().replace('# urls_file = "alerts.urls"', 'urls_file = "alerts.urls"'))


@pytest.mark.parametrize(
    ("login", "password", "state", "told", "remedy"),
    [
        pytest.param(("jane", "right"), "right", "ok", "none refuses", "", id="lets us in"),
        pytest.param(("jane", "right"), "wrong", "fault", "refused the log-in (535)", "alerts remove 1", id="refuses"),
    ],
)
def test_doctor_asks_a_mail_server_and_sends_nothing(
    ready: Program, login: tuple[str, str], password: str, state: str, told: str, remedy: str
) -> None:
    with mail_server_beside(login=login) as server:
        channels(ready, server.url().replace("mailto://", f"mailto://jane:{password}@"))
        ((found, message, way),) = checks(ready, "alerts")
        assert found == state and told in message and remedy in (way or "")
        assert server.mails == []
        assert password not in message + (way or "")


def test_doctor_tells_of_each_channel(ready: Program) -> None:
    """One server is down, one URL is none, and of a service that is no mail only the last answer is known."""
    channels(
        ready, "mailto://127.0.0.1:1/?mode=insecure&from=a@x.test&to=a@x.test", "json://127.0.0.1:1/x", "no://such"
    )
    found = checks(ready, "alerts")
    assert [state for state, _, _ in found] == ["ok", "warning", "warning"]
    assert "3 channels are set" in found[0][1]
    assert "channel 1 (mailto) would not take a message: the mail server could not be reached" in found[1][1]
    assert "channel 3 (no)" in found[2][1] and "alerts list" in found[2][2]
    now = utc_now()
    store = open_store(load(ready.home / "config.toml"))
    alert = new_alert(AlertKind.NEW, case="default", subject="i", now=now, not_before=now)  # type: ignore[arg-type]
    part = Part(alert.id, "t", "2 (json), the whole of it", Answer.LATER, 1, now, now, "it did not say why")
    with store.transaction():
        store.alerts.save(replace(alert, delivery=Delivery.SENT, sent_at=now))
        store.alert_parts.save(alert.case, part)
    store.close()
    assert any(
        "channel 2 (json), the whole of it did not take the last message" in row[1] for row in checks(ready, "alerts")
    )


def test_doctor_says_what_is_missing(ready: Program) -> None:
    assert checks(ready, "photos")[0][2] == "reupload-monitor enroll FOLDER"
    assert checks(ready, "alerts")[0][2] == "reupload-monitor alerts add"
    assert checks(ready, "watchlists")[0][2] == "reupload-monitor watch add URL"


@pytest.mark.parametrize(
    ("name", "mode", "folder", "state"),
    [
        pytest.param("store.key", 0o644, 0o755, "fault", id="a key that all can read"),
        pytest.param("alerts.urls", 0o604, 0o755, "fault", id="passwords that all can read"),
        pytest.param("identity.age", 0o640, 0o755, "warning", id="an identity that a group can read"),
        pytest.param("store.key", 0o644, 0o700, "ok", id="in a folder that lets nobody pass"),
        pytest.param("store.key", 0o600, 0o755, "ok", id="as it should be"),
    ],
)
def test_files_that_others_can_read(ready: Program, name: str, mode: int, folder: int, state: str) -> None:
    (ready.home / "identity.age").write_bytes(b"age-encryption.org/v1\n-> X25519 a\n")
    channels(ready, "json://127.0.0.1:1/x")
    above = [one for one in (ready.home / name).parents if not one.stat().st_mode & stat.S_IXOTH]
    modes = {one: one.stat().st_mode for one in above}
    ready.home.chmod(folder)
    (ready.home / name).chmod(mode)
    if os.geteuid() == 0:
        os.chown(ready.home / name, 0, 0)
    try:
        for one in above:
            if one != ready.home:
                one.chmod(0o755)
        found = list(permission_checks(load(ready.home / "config.toml")))
    finally:
        for one, before in modes.items():
            if one != ready.home:
                one.chmod(stat.S_IMODE(before))
    assert [one.state for one in found] == [state]
    assert state == "ok" or (str(ready.home / name) in found[0].message and "chmod go= " in str(found[0].remedy))
