"""`case`: what one case has for itself, set, shown and taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor import config
from monitor.app import open_app
from monitor.model.ids import CaseId
from tests.cli.cli_program import Program
from tests.serving.web import Quiet, threaded

ANNA = ["--case", "anna"]


@pytest.fixture
def two(ready: Program) -> Program:
    words = ["init", "--yes", *ANNA, "--adult", "--authorised", "self", "--name", "Anna", "--email", "a@b.example"]
    assert ready(*words).code == 0
    return ready


def test_set_show_and_take_back(two: Program) -> None:
    assert two("case", "set", "alerts.detail", "full", *ANNA).code == 0
    assert two("case", "set", "signature", "A. Helper", *ANNA).code == 0
    shown = {one["key"]: one for one in two("case", "show", *ANNA, "--json").json["settings"]}
    assert (shown["alerts.detail"]["value"], shown["alerts.detail"]["from"]) == ("full", "case")
    assert (shown["name"]["value"], shown["signature"]["value"]) == ("Anna", "A. Helper")
    assert shown["digest.weekday"]["from"] == "all"
    table = two("case", "show", *ANNA).out
    assert "alerts.detail" in table and "for this case" in table and "for all cases" in table
    first = {one["key"]: one for one in two("case", "show", "--case", "default", "--json").json["settings"]}
    assert (first["name"]["value"], first["alerts.detail"]["value"]) == ("Jane", "discreet")
    assert two("case", "unset", "alerts.detail", *ANNA).code == 0
    assert "was not set" in two("case", "unset", "alerts.detail", *ANNA).err
    cases = {one["case"]: one for one in two("case", "list", "--json").json["cases"]}
    assert cases["anna"]["own_settings"] == 5 and cases["anna"]["authority"] == "self"
    assert cases["default"]["is_of_configuration"]
    assert "anna" in two("case", "list").out


def test_what_is_used_of_a_quota_is_shown(two: Program) -> None:
    for key, most in (("quota.watches", "2"), ("quota.requests", "500")):
        assert two("case", "set", key, most, *ANNA).code == 0
    two.watchlist('[[watch]]\nname = "hers"\nurl = "https://a.example/"\nevery = "1d"\ncase = "anna"\n')
    done = two("case", "show", *ANNA)
    assert "quota.watches: 1 of 2 are used." in done.err
    assert "quota.requests: 0 of 500 are used in the last 24 hours." in done.err
    quota = two("case", "show", *ANNA, "--json").json["quota"]
    assert quota == {"watches": {"used": 1, "most": 2}, "requests": {"used": 0, "most": 500}}
    assert two("case", "show", "--case", "default", "--json").json["quota"] == {}


def test_a_secret_is_taken_from_a_file_or_asked_for_and_never_shown(two: Program, tmp_path: Path) -> None:
    secret = "json://u:hunter2@127.0.0.1:9/hook"
    done = two("case", "set", "alerts.urls", secret, *ANNA)
    assert done.code == 2 and "--file FILE" in done.err and "hunter2" not in done.err
    done = two("case", "set", "alerts.urls", *ANNA)
    assert done.code == 3 and "no terminal" in done.err
    file = tmp_path / "urls"
    file.write_text(f"{secret}\nmailto://u:hunter3@mail.example?to=a@b.example\n")
    assert two("case", "set", "alerts.urls", "--file", file, *ANNA).code == 0
    shown = two("case", "show", *ANNA).out + two("case", "show", *ANNA, "--json").out + two("alerts", "list", *ANNA).out
    assert "hunter" not in shown and "mail to a@b.example" in shown
    with open_app(config.load(two.home / "config.toml", environ={})) as app:
        assert app.settings_of(CaseId("anna")).alerts.urls[0].url.value == secret
        assert not app.settings.alerts.urls


@pytest.mark.parametrize("url", ["file:///etc/passwd", "exec://x", "syslog://"])
def test_what_no_message_can_go_to_is_no_channel(two: Program, tmp_path: Path, url: str) -> None:
    """Of a case's own channel nobody else is told that it takes nothing."""
    file = tmp_path / "urls"
    file.write_text(f"json://127.0.0.1:9/hook\n{url}\n")
    done = two("case", "set", "alerts.urls", "--file", file, *ANNA)
    assert done.code == 2 and "address 2 of 2 is no channel" in done.err, done
    assert "passwd" not in done.err
    assert {one["from"] for one in two("case", "show", *ANNA, "--json").json["settings"] if "urls" in one["key"]} != {
        "case"
    }


def test_it_is_asked_for_unseen(two: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    monkeypatch.setattr("monitor.cli.asking._unseen", nullcontext)
    two.answering("json://127.0.0.1:9/hook")
    done = two("case", "set", "alerts.urls", *ANNA)
    assert done.code == 0, done.err
    assert "not shown" in done.err


def test_her_channels_are_tried(two: Program, tmp_path: Path) -> None:
    got = []

    class Hook(Quiet):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send(200, {}, b"")

    with threaded(Hook) as url:
        file = tmp_path / "urls"
        file.write_text(url.replace("http://", "json://") + "/hook")
        assert two("case", "set", "alerts.urls", "--file", file, *ANNA).code == 0
        assert two("alerts", "test", *ANNA).code == 0
    assert len(got) == 1
    assert "no alert channel is set" in two("alerts", "test", "--case", "default").err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(["set", "alerts.detail", "full"], 2, "there are 2 cases", id="which case"),
        pytest.param(["set", "alerts.detail", "full", "--case", "default"], 2, "config.example.toml", id="the first"),
        pytest.param(["set", "alerts.detial", "full", *ANNA], 2, "alerts.detail", id="a slip"),
        pytest.param(["set", "alerts.detail", *ANNA], 2, "has no value", id="no value"),
        pytest.param(["set", "alerts.detail", "loud", *ANNA], 2, "discreet", id="a wrong value"),
        pytest.param(["set", "alerts.detail", "full", "--file", "x", *ANNA], 2, "given twice", id="twice"),
        pytest.param(["set", "alerts.urls", "--file", "/nowhere/x", *ANNA], 2, "cannot be read", id="no file"),
        pytest.param(["set", "name", "a\u202eb", *ANNA], 2, "direction", id="a name that turns what is behind it"),
        pytest.param(["unset", "proxy", *ANNA], 2, "unknown key", id="what a case has not"),
    ],
)
def test_what_is_refused(two: Program, words: list[str], code: int, told: str) -> None:
    done = two("case", *words)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
