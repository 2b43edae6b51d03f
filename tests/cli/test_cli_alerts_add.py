"""`alerts add`, `list` and `remove`: questions, a real mail server, what is written and what is not."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from monitor.config import load
from tests.cli.cli_program import Program
from tests.hostile.hostile_tls import serving
from tests.serving.mail import MailServer, mail_server_beside

LOGIN = ("jane@mail.test", "right")


def secret_of(program: Program) -> Path:
    (found,) = (program.home / "secrets").iterdir()
    return found


def untouched(program: Program, before: str) -> bool:
    return (program.home / "config.toml").read_text() == before and not (program.home / "secrets").exists()


def config_text(program: Program) -> str:
    return (program.home / "config.toml").read_text()


def answers(server: MailServer, *more: str, password: str = "") -> list[str]:
    return ["mail", "jane@mail.test", f"127.0.0.1:{server.port}", password, *more]


def test_a_mail_server_of_ones_own(ready: Program, tmp_path: Path) -> None:
    """The way in is found by asking, without a message; then one is sent, and she says that it came."""
    before = config_text(ready)
    with mail_server_beside(login=LOGIN, starttls=serving(tmp_path)) as server:
        ready.answering(*answers(server, "yes", password="right"))
        done = ready("alerts", "add")
    assert done.code == 0, done.err
    (mail,) = server.mails
    assert (mail["From"].addresses[0].addr_spec, mail["To"]) == ("jane@mail.test", "jane@mail.test")
    assert mail["Subject"] == "Monitor: test"
    secret = secret_of(ready)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (secret.parent, secret)] == [0o700, 0o600]
    assert "right" in secret.read_text() and "right" not in config_text(ready) + done.out + done.err
    (url,) = load(ready.home / "config.toml").alerts.urls
    assert "mode=starttls" in url.url.value
    assert [line for line in before.splitlines() if line not in config_text(ready).splitlines()] == []
    told = ready("alerts", "list")
    assert "mail to jane@mail.test" in told.out and "  secrets/mail.url" in told.out and "right" not in told.out
    ready.answering("yes")
    gone = ready("alerts", "remove", "1")
    assert gone.code == 0 and not secret.exists() and load(ready.home / "config.toml").alerts.urls == ()
    assert "nobody is told" in gone.err


def test_a_wrong_password_is_asked_again_and_the_rest_is_kept(ready: Program) -> None:
    with mail_server_beside(login=LOGIN) as server:
        ready.answering(*answers(server, "password", "right", "yes", password="wrong"))
        done = ready("alerts", "add")
    assert done.code == 0, done.err
    assert "refused the log-in (535)" in done.err and done.err.count("Your mail address") == 1
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(["no", "stop"], id="it did not come"),
        pytest.param(["no"], id="the end of the input", marks=pytest.mark.long),
        pytest.param([], id="at the last question", marks=pytest.mark.long),
    ],
)
def test_nothing_is_written_before_it_came(ready: Program, typed: list[str]) -> None:
    before = config_text(ready)
    with mail_server_beside() as server:
        ready.answering(*answers(server, *typed))
        done = ready("alerts", "add")
    assert done.code == 3 and len(server.mails) == 1
    assert untouched(ready, before)
    assert not typed or "spam folder" in done.err


@pytest.mark.long
def test_kept_all_the_same(ready: Program) -> None:
    with mail_server_beside() as server:
        ready.answering(*answers(server, "no", "keep"))
        assert ready("alerts", "add").code == 0
    assert len(load(ready.home / "config.toml").alerts.urls) == 1


def test_nonsense_is_told_and_asked_again(ready: Program) -> None:
    with mail_server_beside() as server:
        typed = ["smoke signals", "99", "mail", "jane", "jane@hotmail.com", "jane@mail.test", "http://[", ":0"]
        ready.answering(*typed, f"127.0.0.1:{server.port}", "x", "password", "", "maybe not", "yes")
        done = ready("alerts", "add")
    assert done.code == 0, done.err
    assert "one of the numbers" in done.err and "jane@mail.example" in done.err
    assert "September 2024" in done.err and "Please type yes or no" in done.err
    assert "offers no log-in" in done.err


@pytest.mark.parametrize("second", ["first", "all"])
def test_with_a_second_one_it_is_asked_who_gets_it(ready: Program, second: str) -> None:
    (tmp := ready.home / "u").write_text("json://127.0.0.1:1/x\n")
    assert ready("alerts", "add", "--url-file", tmp, "--no-test").code == 0
    ready.answering("ntfy", "http://127.0.0.1:2", "m-abcdef", second)
    done = ready("alerts", "add", "--no-test")
    assert done.code == 0, done.err
    alerts = load(ready.home / "config.toml").alerts
    assert alerts.send.value == second and [one.url.value for one in alerts.urls][1] == "ntfy://127.0.0.1:2/m-abcdef"
    listed = ready("alerts", "list", "--json").json["channels"]
    assert [row["channel"] for row in listed] == [1, 2] and "abcdef" not in str(listed)
    assert ("each gets each alert" in ready("alerts", "list").err) == (second == "all")


def test_without_questions(ready: Program) -> None:
    before = config_text(ready)
    with mail_server_beside() as server:
        (ready.home / "u").write_text(server.url("&cc=spouse@mail.test") + "\n")
        done = ready("alerts", "add", "--url-file", ready.home / "u", "--tag", "urgent")
        assert done.code == 0 and len(server.mails) == 2
        again = ready("alerts", "add", "--url-file", ready.home / "u")
        assert again.code == 2 and "there already" in again.err
    (url,) = tomllib.loads(config_text(ready))["alerts"]["urls"]
    assert url == {"url_file": "secrets/mail.url", "tags": ["urgent"]}
    assert ready("alerts", "remove", "1", "--yes").code == 0
    assert config_text(ready).replace("urls = [\n]\n", "") == before


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(["alerts", "add"], 3, "--url-file", id="nobody to ask"),
        pytest.param(["alerts", "add", "json://127.0.0.1:1/x"], 1, "--no-test", id="nobody takes it"),
        pytest.param(["alerts", "add", "hunter2"], 2, "is not an Apprise URL", id="no URL"),
        pytest.param(
            ["alerts", "add", "file:///hunter2", "--no-test"], 2, "does not know this kind", id="no such kind"
        ),
        pytest.param(
            ["alerts", "add", "mailto://hunter2@mail.test?to=x", "--no-test"], 2, "no channel", id="no address"
        ),
        pytest.param(["alerts", "add", "mailto://u:hunter2@[::1", "--no-test"], 2, "%5B", id="no server's name"),
        pytest.param(["alerts", "add", "x://y", "--tag", "later"], 2, "--tag urgent", id="no such tag"),
        pytest.param(["alerts", "add", "x://y", "--url-file", "f"], 2, "twice", id="given twice"),
        pytest.param(["alerts", "add", "--url-file", "f"], 2, "cannot be read", id="no such file"),
        pytest.param(["alerts", "remove", "1", "--yes"], 2, "no channel 1", id="nothing to remove"),
    ],
)
def test_what_cannot_be_changes_nothing(ready: Program, words: list[str], code: int, told: str) -> None:
    before = config_text(ready)
    done = ready(*words)
    assert done.code == code and told in done.err and "hunter2" not in done.err
    assert untouched(ready, before)


def test_a_url_that_none_can_be_is_told_with_its_line(ready: Program) -> None:
    """By hand, in config.toml and in a file of its own: each command says where, and what would be right."""
    (ready.home / "mail.url").write_text("mailto://u:hunter2@[::1\n")
    before = config_text(ready)
    for urls in ("['mailto://u:hunter2@[::1']", "[{ url_file = 'mail.url' }]"):
        (ready.home / "config.toml").write_text(before.replace("[alerts]\n", f"[alerts]\nurls = {urls}\n"))
        line = config_text(ready).splitlines().index(f"urls = {urls}") + 1
        for words in (("alerts", "list"), ("status",)):
            done = ready(*words)
            assert done.code == 2 and f"config.toml:{line}: " in done.err and "%5B" in done.err
            assert "hunter2" not in done.err


def test_what_goes_before_the_file_is_not_fought(ready: Program) -> None:
    """The environment names the channels: what was written is taken back."""
    before = config_text(ready)
    ready.monkeypatch.setenv("REUPLOAD_MONITOR_ALERTS__URLS", '["json://127.0.0.1:1/x"]')
    done = ready("alerts", "add", "json://127.0.0.1:2/y", "--no-test")
    assert done.code == 2 and "environment variable" in done.err
    assert tomllib.loads(config_text(ready)).get("alerts", {}).get("urls", []) == []
    assert list((ready.home / "secrets").iterdir()) == [] and tomllib.loads(before)["case"]["id"] == "default"
    gone = ready("alerts", "remove", "1", "--yes")
    assert gone.code == 2 and "environment variable" in gone.err


def test_a_file_of_all_channels_gets_one_line_more(ready: Program) -> None:
    path = ready.home / "config.toml"
    path.write_text(config_text(ready).replace('# urls_file = "alerts.urls"', 'urls_file = "alerts.urls"'))
    (ready.home / "alerts.urls").write_text("json://127.0.0.1:1/x\n")
    before = config_text(ready)
    assert ready("alerts", "add", "json://127.0.0.1:2/y", "--no-test").code == 0
    assert (ready.home / "alerts.urls").read_text() == "json://127.0.0.1:1/x\njson://127.0.0.1:2/y\n"
    assert ready("alerts", "add", "json://127.0.0.1:3/z", "--no-test", "--tag", "urgent").code == 2
    assert ready("alerts", "remove", "1", "--yes").code == 0
    assert (ready.home / "alerts.urls").read_text() == "json://127.0.0.1:2/y\n"
    assert config_text(ready) == before
