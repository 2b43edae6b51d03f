"""`reports channels`: what is known of the desks, and `confirm`, which keeps what the person found."""

from __future__ import annotations

import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import config
from monitor.app import open_app
from monitor.errors import UsageError, WorkFailed
from monitor.model.desk import DeskAnswer, DeskLook
from monitor.services.own_checks import OWN_CHECKS, write_own_check
from monitor.takedown.channel_files import load_channels
from tests.cli.cli_program import Program

TODAY = datetime.now(UTC).date().isoformat()
SHIPPED = load_channels()


def folder(program: Program) -> Path:
    return program.home / "channels.d"


def test_all_and_what_is_old(ready: Program) -> None:
    every = ready("reports", "channels", "--json").json["channels"]
    assert [row["id"] for row in every] == [channel.id for channel in SHIPPED.channels]
    stale = ready("reports", "channels", "--stale", "--json").json["channels"]
    assert {row["id"] for row in stale} < {row["id"] for row in every}
    assert {"imgur", "tumblr", "wayback"} <= {row["id"] for row in stale}
    assert not {"catbox", "rdap_network"} & {row["id"] for row in stale}, "where there is no address nothing is old"
    shown = ready("reports", "channels", "--stale")
    assert "imgur" in shown.out and "old copy" in shown.out and "channels." in shown.err


def test_one(ready: Program) -> None:
    shown = ready("reports", "channels", "cloudflare_ncsei")
    for words in ("owner_notification = none", "host_notification = send-anon", "Passes on", "at most 250", "Lumen"):
        assert words in shown.out
    (row,) = ready("reports", "channels", "show", "cloudflare_ncsei", "--json").json["channels"]
    assert row["switches"] == {"owner_notification": "none", "host_notification": "send-anon"}
    assert row["offered"] == "send here"
    assert [field["label"] for field in row["fields"]][:2] == ["Report type", "E-mail"]
    wrong = ready("reports", "channels", "cloudflar")
    assert wrong.code == 2 and "cloudflare" in wrong.err


def test_what_was_not_read_there_is_one_to_check_first(ready: Program) -> None:
    rows = {row["id"]: row["offered"] for row in ready("reports", "channels", "--json").json["channels"]}
    assert rows["xhamster"] == "check first"
    assert rows["onlyfans"] == rows["bunkr"] == "the site's own report link"


def test_confirm_writes_the_day(ready: Program) -> None:
    done = ready("reports", "channels", "confirm", "tumblr")
    assert done.code == 0, done.err
    assert TODAY in done.err and OWN_CHECKS in done.err
    found = load_channels(folder(ready)).get("tumblr")
    assert (found.url, found.evidence, found.source_copy_date) == (SHIPPED.get("tumblr").url, "own_check", TODAY)
    assert found.fields == SHIPPED.get("tumblr").fields, "what was not looked at stays"
    assert (folder(ready) / OWN_CHECKS).stat().st_mode & 0o777 == 0o600
    assert "tumblr" not in {row["id"] for row in ready("reports", "channels", "--stale", "--json").json["channels"]}


def test_confirm_another_address(ready: Program) -> None:
    words = ("--url", "https://onlyfans.com/report-it", "--category", "Taken without consent")
    (row,) = ready("reports", "channels", "confirm", "onlyfans", *words, "--json").json["channels"]
    assert (row["url"], row["category"], row["offered"]) == (words[1], words[3], "send here")
    again = ready("reports", "channels", "confirm", "onlyfans")
    assert again.code == 0, again.err
    text = (folder(ready) / OWN_CHECKS).read_text()
    assert text.count('id = "onlyfans"') == 1
    assert load_channels(folder(ready)).get("onlyfans").category == words[3]


def test_confirm_a_mailbox(ready: Program) -> None:
    assert ready("reports", "channels", "confirm", "imgur").code == 0
    found = load_channels(folder(ready)).get("imgur")
    assert (found.email, found.url, found.source_copy_date) == (SHIPPED.get("imgur").email, "", TODAY)
    assert ready("reports", "channels", "confirm", "hostinger", "--email", "abuse@host.example").code == 0
    assert load_channels(folder(ready)).get("hostinger").email_confidence == "verified"


OWN = """\
# My own notes. ü
[[channel]]
id = "reddit"   # asked a friend
url = "https://www.reddit.com/old"
source = 'friend'
source_copy_date = "2026-01-01"
confidence = "unverified"

[[channel]]
id = "my_forum"
name = "My forum"
kind = "platform"
hosts = ["forum.example"]
category = "abuse"
jurisdictions = ["GLOBAL"]
url = "https://forum.example/abuse"
source = "looked myself"
source_copy_date = "2026-11-20"
confidence = "verified"
evidence = "own_check"
"""
MY_FORUM = '[[channel]]\nid = "my_forum"'


def test_confirm_keeps_what_the_person_wrote(ready: Program) -> None:
    folder(ready).mkdir(mode=0o700)
    (folder(ready) / "mine.toml").write_text(OWN)
    assert ready("reports", "channels", "confirm", "reddit", "--url", "https://www.reddit.com/report").code == 0
    text = (folder(ready) / "mine.toml").read_text()
    assert text.startswith('# My own notes. ü\n[[channel]]\nid = "reddit"   # asked a friend\n')
    assert text.endswith(OWN[OWN.index(MY_FORUM) :])
    assert not (folder(ready) / OWN_CHECKS).exists()
    assert load_channels(folder(ready)).get("reddit").source_copy_date == TODAY
    assert ready("reports", "channels", "confirm", "my_forum").code == 0
    assert load_channels(folder(ready)).get("my_forum").source_copy_date == TODAY


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["reddit", "--url", "http://reddit.com/x"], "not a plain https", id="no https"),
        pytest.param(["reddit", "--url", "https://me@reddit.com/x"], "not a plain https", id="a user name in it"),
        pytest.param(["reddit", "--url", "https://reddit.com/\u202ex"], "not a plain https", id="a mark that turns"),
        *(
            pytest.param(["reddit", "--url", f"https://{host}/x"], "no organisation's page", id=f"at home: {host}")
            for host in ("127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "localhost", "10.0.0.1.")
        ),
        pytest.param(["imgur", "--email", "a@b\nBcc: c@d.example"], "not an e-mail", id="a mailbox with a line"),
        pytest.param(["reddit", "--category", "x" * 201], "no line of text", id="a category without end"),
        pytest.param(["onlyfans"], "none to confirm", id="no address known"),
        pytest.param(["site_own"], "stands for many sites", id="no desk: any site"),
        pytest.param(["rdap_network"], "stands for many sites", id="no desk: a lookup"),
        pytest.param(["redit"], "no report channel 'redit'", id="no such channel"),
    ],
)
def test_what_cannot_be_confirmed_changes_nothing(ready: Program, words: list[str], said: str) -> None:
    done = ready("reports", "channels", "confirm", *words)
    assert done.code == 2 and said in done.err and "Traceback" not in done.err
    assert not folder(ready).exists()


def test_a_file_with_a_mistake_is_left_alone(ready: Program) -> None:
    folder(ready).mkdir(mode=0o700)
    file = folder(ready) / "mine.toml"
    file.write_text(OWN + "\n[[channel]\n")
    done = ready("reports", "channels", "confirm", "reddit")
    assert done.code == 2 and "mine.toml" in done.err
    assert file.read_text() == OWN + "\n[[channel]\n"
    file.write_text(OWN)
    file.chmod(0o666)
    assert ready("reports", "channels", "confirm", "reddit").code == 2
    assert file.read_text() == OWN


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('channel = [{ id = "reddit", source = "a" }]\n', id="tables in one line"),
        pytest.param('[[channel]]\r\nid = "reddit"\r\nsource = "a"\r\n', id="line ends of Windows"),
    ],
)
def test_whichever_way_it_is_written(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.toml").write_bytes(text.encode())
    keys = {
        "url": "https://www.reddit.com/report",
        "source": "you",
        "source_copy_date": TODAY,
        "confidence": "verified",
    }
    write_own_check(tmp_path, "reddit", keys)
    assert load_channels(tmp_path).get("reddit").source_copy_date == TODAY


def test_a_disk_without_room_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(OWN)

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(WorkFailed, match="No space left"):
        write_own_check(tmp_path, "reddit", {"url": "https://www.reddit.com/report"})
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]
    assert (tmp_path / "mine.toml").read_text() == OWN


def test_what_cannot_be_changed_is_said_with_the_words_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text(OWN)
    monkeypatch.setattr("monitor.services.own_checks.tomlkit.parse", lambda text: {})
    with pytest.raises(UsageError, match="cannot change") as caught:
        write_own_check(tmp_path, "reddit", {"url": "https://www.reddit.com/report"})
    assert "https://www.reddit.com/report" in caught.value.remedy
    assert (tmp_path / "mine.toml").read_text() == OWN


def test_what_an_address_answered_is_shown_and_of_its_case_alone(ready: Program) -> None:
    reddit = SHIPPED.get("reddit").url
    with open_app(config.load(ready.home / "config.toml", environ={})) as app:
        app.store.desk_looks.save("default", DeskLook(reddit, datetime.now(UTC), DeskAnswer.GONE, "nothing (404)"))
    shown = ready("reports", "channels", "reddit")
    assert "gone on" in shown.out and "404" in shown.out and "before you rely on it" in " ".join(shown.out.split())
    (row,) = ready("reports", "channels", "reddit", "--json").json["channels"]
    assert row["last_look"]["answer"] == "gone"
    assert "reddit" in {row["id"] for row in ready("reports", "channels", "--stale", "--json").json["channels"]}


def test_what_the_program_saw_before_the_person_looked_counts_no_more(ready: Program) -> None:
    reddit, tumblr = SHIPPED.get("reddit").url, SHIPPED.get("tumblr").url
    with open_app(config.load(ready.home / "config.toml", environ={})) as app:
        for address in (reddit, tumblr):
            app.store.desk_looks.save("default", DeskLook(address, datetime.now(UTC), DeskAnswer.LOG_IN, "401"))
    (row,) = ready("reports", "channels", "confirm", "reddit", "--json").json["channels"]
    assert row["last_look"] is None and not row["stale"]
    (other,) = ready("reports", "channels", "tumblr", "--json").json["channels"]
    assert other["last_look"]["answer"] == "log-in"


def test_an_address_is_shown_whole(ready: Program) -> None:
    assert SHIPPED.get("bc_crt").url in ready("reports", "channels", "bc_crt").out


def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    names = [channel.id for channel in SHIPPED.channels if channel.url][:24]

    def confirm(name: str) -> None:
        write_own_check(tmp_path, name, {"category": f"for {name}"})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(confirm, names))
    found = load_channels(tmp_path)
    assert {name: found.get(name).category for name in names} == {name: f"for {name}" for name in names}


@settings(max_examples=25)
@given(category=st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_whatever_is_written_is_read_back_and_nothing_else_changes(category: str) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "mine.toml").write_text(OWN, encoding="utf-8")
        write_own_check(Path(folder), "reddit", {"category": category})
        write_own_check(Path(folder), "tumblr", {"category": category})
        assert tomllib.loads((Path(folder) / "mine.toml").read_text("utf-8"))["channel"][0]["category"] == category
        assert tomllib.loads((Path(folder) / OWN_CHECKS).read_text("utf-8"))["channel"][0]["category"] == category
        assert (Path(folder) / "mine.toml").read_text("utf-8").endswith(OWN[OWN.index(MY_FORUM) :])
