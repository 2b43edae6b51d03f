"""`watch`, `sightings`, `reports`, `digest`, `status`, `alerts`, `doctor`: from a place to a notice."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.model.channel_health import ChannelResult
from monitor.model.presence import Truth
from monitor.outbound.alerts.apprise_channel import AppriseChannel
from tests.cli.cli_program import LocalSite, Program, page

RUN_KEYS = [
    "watch",
    "status",
    "started_at",
    "finished_at",
    "pages",
    "images",
    "new_images",
    "not_modified",
    "matches",
    "new_sightings",
    "bytes",
    "errors",
    "limits",
    "pages_seen",
    "images_seen",
    "last_good",
]
SIGHTING_KEYS = [
    "id",
    "incident",
    "case",
    "watch",
    "page_url",
    "image_url",
    "account",
    "reference",
    "label",
    "tier",
    "score",
    "distance",
    "method",
    "reason",
    "status",
    "first_seen",
    "last_seen",
    "removed_at",
    "evidence",
    "reports",
    "decision",
    "claim",
    *(f"{truth}_{name}" for truth in Truth for name in ("seen_at", "gone_since", "unknown_since", "why")),
    "addresses",
    "addresses_seen",
    "changes_addresses",
    "number",
    "counted_as",
]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


# --- watch


def test_run_finds_and_a_second_run_finds_nothing_new(enrolled: Program, gallery: LocalSite) -> None:
    enrolled.watchlist(page("birds", f"{gallery.url}/gallery"))
    done = enrolled("watch", "run", "--json")
    assert done.code == 0, done.err
    (run,) = done.json["runs"]
    assert list(run) == RUN_KEYS
    assert (run["watch"], run["status"]) == ("birds", "ok")
    assert (run["pages"], run["images"], run["matches"], run["new_sightings"]) == (1, 2, 1, 1)
    assert TIME.fullmatch(run["started_at"])
    assert run["last_good"] == run["finished_at"]
    again = enrolled("watch", "run", "birds", "--json").json["runs"][0]
    assert (again["new_sightings"], again["new_images"]) == (0, 0)
    assert len(enrolled("sightings", "list", "--json").json["sightings"]) == 1
    assert "birds" in enrolled("watch", "run").out


@pytest.mark.long
def test_one_failed_watch_does_not_stop_the_others(enrolled: Program, gallery: LocalSite) -> None:
    text = page("gone", f"{gallery.url}/nowhere") + page("birds", f"{gallery.url}/gallery")
    enrolled.watchlist(text)
    done = enrolled("watch", "run", "--json")
    assert done.code == 1
    runs = {run["watch"]: run for run in done.json["runs"]}
    assert (runs["gone"]["status"], runs["birds"]["status"]) == ("failed", "ok")
    (error,) = runs["gone"]["errors"]
    assert set(error) >= {"url", "kind", "message", "remedy"}
    assert "gone" in done.err


@pytest.mark.long
def test_one_failed_picture_is_partial_and_0(enrolled: Program, gallery: LocalSite) -> None:
    gallery.pages["/gallery"] = ("text/html", b"<img src=/owl.jpg><img src=/broken.jpg>")
    gallery.pages["/broken.jpg"] = ("image/jpeg", b"\xff\xd8\xff\xe0 and no more")
    enrolled.watchlist(page("birds", f"{gallery.url}/gallery"))
    done = enrolled("watch", "run", "--json")
    assert done.code == 0
    assert done.json["runs"][0]["status"] == "partial"


@pytest.mark.long
def test_a_picture_that_is_gone_for_everybody_is_told_and_the_look_was_whole(
    enrolled: Program, gallery: LocalSite
) -> None:
    gallery.pages["/gallery"] = ("text/html", b"<img src=/owl.jpg><img src=/missing.jpg>")
    enrolled.watchlist(page("birds", f"{gallery.url}/gallery"))
    (ran,) = enrolled("watch", "run", "--json").json["runs"]
    assert (ran["status"], [error["kind"] for error in ran["errors"]]) == ("ok", ["gone"])


@pytest.mark.long
def test_a_bad_watchlist_is_told_and_the_others_run(enrolled: Program, gallery: LocalSite) -> None:
    bad = enrolled.watchlist('[[watch]]\nname = "typo"\nurll = "https://a.example/"\nevery = "1h"\n', "a")
    broken = enrolled.watchlist("[[watch]\n", "b")
    enrolled.watchlist(page("birds", f"{gallery.url}/gallery"), "c")
    done = enrolled("watch", "run", "--json")
    assert done.code == 2
    assert [run["watch"] for run in done.json["runs"]] == ["birds"]
    assert f"{bad}:3" in done.err
    assert "'url'" in done.err
    assert f"{broken}:1" in done.err
    assert enrolled("watch", "run", "birds").code == 0  # the one that was named is right
    named = enrolled("watch", "run", "typo")
    assert named.code == 2
    assert f"{bad}:3" in named.err


def test_check_needs_no_network_and_tells_everything(enrolled: Program, site: LocalSite) -> None:
    config = enrolled.home / "config.toml"
    config.write_text(config.read_text() + '\n[engines.mine]\nlike = "searxng"\nurl = "https://searx.example"\n')
    text = page("birds", f"{site.url}/gallery") + (
        '[[watch]]\nname = "words"\nkind = "search"\nengine = "mine"\nquery = "jane doe"\nevery = "1d"\n'
        '[[watch]]\nname = "selector"\nurl = "https://a.example/"\nevery = "1h"\nfollow = { links = "a[" }\n'
        '[[watch]]\nname = "engine"\nkind = "search"\nengine = "gogle"\nquery = "x"\nevery = "1d"\n'
    )
    path = enrolled.watchlist(text)
    done = enrolled("watch", "check", "--json")
    assert done.code == 2
    assert site.asked == []
    assert [watch["name"] for watch in done.json["watches"]] == ["birds", "words"]
    (told,) = done.json["disclosures"]
    assert told["watch"] == "words"
    assert "jane doe" in told["text"]
    assert "searx.example" in told["text"]
    for error in done.json["errors"]:
        assert set(error) == {"file", "line", "key", "watch", "message", "remedy"}
        assert error["file"] == str(path)
        assert error["line"] > 0
        assert error["remedy"]
    words = enrolled("watch", "check")
    assert "are told to" in words.out
    assert str(path) in words.err


def test_a_watchlist_from_somebody_else_gets_no_account_data(enrolled: Program, site: LocalSite) -> None:
    config = enrolled.home / "config.toml"
    config.write_text(config.read_text() + '\n[credentials.fedi]\nhost = "fedi.example"\ntoken = "s3cr3t"\n')
    site.pages["/gallery"] = ("text/html", b"<html><body><p>Nothing here.</p></body></html>")
    path = enrolled.watchlist(
        page("birds", f"{site.url}/gallery") + '[[watch]]\nname = "own"\nkind = "mastodon"\ncredentials = "fedi"\n'
        'url = "https://fedi.example/@ann"\nevery = "1h"\nenabled = false\n'
        f'[[watch]]\nname = "theirs"\nkind = "mastodon"\ncredentials = "fedi"\nurl = "{site.url}/@ann"\nevery = "1h"\n'
    )
    checked = enrolled("watch", "check")
    assert checked.code == 2
    assert "credentials fedi go to fedi.example" in checked.out
    line = path.read_text().splitlines().index('name = "theirs"') + 3
    assert f"{path}:{line}: watch 'theirs': the credentials 'fedi' are for fedi.example alone" in checked.err
    assert "Take credentials out of this watch" in checked.err
    ran = enrolled("watch", "run", "--json")
    assert [row["watch"] for row in ran.json["runs"]] == ["birds"]
    assert ran.code in (1, 2) and "are for fedi.example alone" in ran.err
    assert not [path for path in site.asked if "api/v1" in path]


def test_account_data_without_a_host_are_refused_by_name(enrolled: Program, site: LocalSite) -> None:
    config = enrolled.home / "config.toml"
    config.write_text(config.read_text() + '\n[credentials.fedi]\ntoken = "s3cr3t"\n')
    for words in (("watch", "check"), ("watch", "run"), ("status",)):
        done = enrolled(*words)
        assert done.code == 2
        assert "[credentials.fedi] has no host" in done.err and 'host = "forum.example"' in done.err
        assert "s3cr3t" not in done.err
    assert site.asked == []


def test_list_and_unknown_names(enrolled: Program) -> None:
    assert enrolled("watch", "list", "--json").json == {"watches": [], "errors": []}
    enrolled.watchlist(page("birds", "https://a.example/") + 'enabled = false\ntags = ["urgent"]\n')
    (watch,) = enrolled("watch", "list", "--json").json["watches"]
    assert (watch["name"], watch["enabled"], watch["schedule"], watch["last_run"]) == ("birds", False, "every 1h", None)
    assert "switched off" in enrolled("watch", "list").out
    done = enrolled("watch", "run", "brids")
    assert done.code == 2
    assert "'birds'" in done.err
    assert enrolled("watch", "run").code == 2  # nothing is switched on


# --- sightings


def test_sighting_is_the_contract_s(found: tuple[Program, str]) -> None:
    program, id_ = found
    (sighting,) = program("sightings", "list", "--json").json["sightings"]
    assert list(sighting) == SIGHTING_KEYS
    assert (sighting["id"], sighting["watch"], sighting["label"], sighting["tier"]) == (id_, "birds", "owl", "match")
    assert (sighting["status"], sighting["removed_at"]) == ("new", None)
    assert TIME.fullmatch(sighting["first_seen"])
    shown = program("sightings", "show", id_, "--json").json["sightings"]
    looks = {f"{truth}_next_look" for truth in ("page", "media", "search")}
    assert [{key: value for key, value in one.items() if key in sighting} for one in shown] == [sighting]
    assert shown[0].keys() - sighting.keys() == looks | {"changes"} and TIME.fullmatch(shown[0]["media_next_look"])
    assert "Birds" in (words := program("sightings", "show", id_).out) and "looked at next" in words
    assert program("sightings", "list").out.splitlines()[1].split()[:3] == ["1", "new", "owl"]
    (line,) = csv.DictReader(io.StringIO(program("sightings", "list", "--csv").out))
    assert list(line) == [key for key in SIGHTING_KEYS if key != "addresses"]  # a table holds no lists of rows
    assert (line["id"], line["first_seen"], line["removed_at"]) == (id_, sighting["first_seen"], "")
    assert program("sightings", "list", "--status", "confirmed", "--json").json == {"sightings": []}


def test_what_the_person_says(found: tuple[Program, str]) -> None:
    program, id_ = found

    def status_after(verb: str) -> Any:
        done = program("sightings", verb, id_, "--json")
        assert done.code == 0, done.err
        return done.json["sightings"][0]["status"]

    assert status_after("confirm") == "confirmed"
    assert status_after("undo") == "new"
    assert status_after("dismiss") == "dismissed"
    assert status_after("undo") == "new"
    assert status_after("leave") == "dismissed"
    assert program("sightings", "show", id_, "--json").json["sightings"][0]["decision"] == "leave"
    assert "left alone" in program("sightings", "list").out
    assert status_after("dismiss") == "dismissed"
    assert program("sightings", "show", id_, "--json").json["sightings"][0]["decision"] == "dismiss"
    assert status_after("undo") == "dismissed", "as it was said before that: left alone"
    assert program("sightings", "show", id_, "--json").json["sightings"][0]["decision"] == "leave"
    assert status_after("undo") == "new"
    assert program("sightings", "show", id_, "--json").json["sightings"][0]["decision"] is None
    assert program("sightings", "undo", id_).code == 2
    for verb in ("show", "confirm", "dismiss", "leave", "undo", "under-18"):
        done = program("sightings", verb, "nothing")
        assert done.code == 2
        assert "sightings list" in done.err


def test_add_files_one_link_once(enrolled: Program) -> None:
    done = enrolled("sightings", "add", "https://forum.example/t/1?utm_source=x#post", "--json")
    assert done.code == 0, done.err
    (sighting,) = done.json["sightings"]
    assert list(sighting) == SIGHTING_KEYS
    assert (sighting["page_url"], sighting["status"]) == ("https://forum.example/t/1", "confirmed")
    again = enrolled("sightings", "add", "https://forum.example/t/1", "--json").json["sightings"]
    assert again[0]["id"] == sighting["id"]
    assert enrolled("sightings", "add", "nonsense").code == 2


def test_under_18_keeps_address_and_time_only(found: tuple[Program, str]) -> None:
    program, id_ = found
    assert program("sightings", "under-18", id_).code == 3  # not confirmed, so nothing happened
    before = program("sightings", "show", id_, "--json").json["sightings"][0]
    assert before["label"] == "owl"
    done = program("sightings", "under-18", id_, "--yes", "--json")
    assert done.code == 0, done.err
    (closed,) = done.json["sightings"]
    assert (closed["page_url"], closed["first_seen"]) == (before["page_url"], before["first_seen"])
    assert (closed["reference"], closed["label"], closed["evidence"], closed["account"]) == (None, None, [], "")
    draft = program("reports", "draft", id_)
    assert draft.code == 3
    assert "takeitdown.ncmec.org" in draft.err
    assert program("sightings", "undo", id_).code == 2
    program.answering("yes")
    assert "takeitdown.ncmec.org" in program("sightings", "under-18", id_).out


# --- reports


def test_drafts_are_written_and_followed(found: tuple[Program, str], tmp_path: Path) -> None:
    program, id_ = found
    done = program("reports", "draft", id_, "--out", tmp_path / "drafts", "--json")
    assert done.code == 0, done.err
    reports = done.json["reports"]
    assert reports
    for report in reports:
        assert list(report)[:6] == ["id", "sighting", "channel", "state", "file", "due_at"]
        assert (report["sighting"], report["state"], report["due_at"]) == (id_, "draft", None)
        assert Path(report["file"]).read_text()
    listed = program("reports", "list", "--json").json["reports"]
    assert {report["id"] for report in listed} == {report["id"] for report in reports}
    assert program("reports", "list", "--due", "--json").json == {"reports": []}

    tida = next(report for report in reports if "tida" in report["channel"])
    sent = program("reports", "sent", tida["id"], "--number", "17", "--json").json["reports"][0]
    assert (sent["state"], sent["number"]) == ("sent", "17")
    asked, due = (datetime.fromisoformat(sent[key]) for key in ("sent_at", "due_at"))
    assert (due - asked).total_seconds() == 48 * 3600
    assert program("sightings", "show", id_, "--json").json["sightings"][0]["status"] == "reported"
    again = program("reports", "sent", tida["id"])
    assert again.code == 0 and "Nothing changed: one request, one clock." in again.err
    refused = program("reports", "response", tida["id"], "--outcome", "refused", "--text", "No.", "--json")
    assert refused.json["reports"][0]["state"] == "refused"
    assert program("reports", "withdraw", tida["id"], "--json").json["reports"][0]["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(["draft", "nothing"], 2, "no sighting", id="no sighting"),
        pytest.param(["draft", "ID", "--channel", "nowhere"], 2, "nowhere", id="no channel"),
        pytest.param(["draft", "ID", "--language", "tlh"], 2, "tlh", id="no language"),
        pytest.param(["sent", "nothing"], 2, "no report", id="no report"),
        pytest.param(["sent", "nothing", "--at", "soon"], 2, "is not a time", id="no time"),
        pytest.param(["response", "nothing", "--outcome", "maybe"], 2, "maybe", id="no outcome"),
        pytest.param(["withdraw", "nothing"], 2, "no report", id="withdraw nothing"),
    ],
)
def test_reports_bad_input(found: tuple[Program, str], words: list[str], code: int, told: str) -> None:
    program, id_ = found
    done = program("reports", *(id_ if word == "ID" else word for word in words))
    assert done.code == code, done.err
    assert told in done.err


def test_a_draft_without_a_signature_is_refused(found: tuple[Program, str]) -> None:
    program, id_ = found
    config = program.home / "config.toml"
    config.write_text(config.read_text().replace('name = "Jane"', 'name = ""'))
    done = program("reports", "draft", id_, "--channel", "site_tida")
    assert done.code == 1
    assert "signature" in done.err
    assert program("reports", "list", "--json").json == {"reports": []}


# --- what else is told


def test_status_and_digest(found: tuple[Program, str]) -> None:
    program, id_ = found
    status = program("status", "--json").json
    assert status["daemon"] == {"pid": None}
    assert status["cases"][0]["sightings"] == {"new": 1}
    assert status["watches"][0]["last_run"]["status"] == "ok"
    assert status["alerts"]["waiting"] == 1  # no channel is set
    assert "does not run" in program("status").out
    digest = program("digest", "--json").json
    assert digest["new"] == [id_]
    assert "owl" in program("digest", "--since", "1d").out
    assert "<" in program("digest", "--html").out
    assert program("digest", "--send").code == 1  # no channel is set


def test_alerts_without_channels_and_with_a_dead_one(found: tuple[Program, str]) -> None:
    program, _ = found
    (alert,) = program("alerts", "list", "--json").json["alerts"]
    assert (alert["kind"], alert["state"], alert["count"]) == ("new", "waiting", 1)
    assert "waiting" in program("alerts", "list").out
    assert program("alerts", "test").code == 2
    program.monkeypatch.setenv("REUPLOAD_MONITOR_ALERTS__URLS", '["json://user:hunter2@127.0.0.1:1/"]')
    done = program("alerts", "test", "--json")
    assert done.code == 1
    assert done.json["channels"][0]["taken"] is False
    assert "hunter2" not in done.out + done.err


def test_alerts_test_says_who_did_not_get_it(enrolled: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of several recipients: the others have it, and it is not a success."""

    async def answered(*_: object, **__: object) -> list[ChannelResult]:
        return [ChannelResult("1 (mailto)", taken=True, error="recipient 2: no domain stands behind its @")]

    monkeypatch.setattr(AppriseChannel, "test", answered)
    monkeypatch.setenv("REUPLOAD_MONITOR_ALERTS__URLS", '["mailto://127.0.0.1/?from=a@x.test&to=a@x.test,b@"]')
    done = enrolled("alerts", "test")
    assert done.code == 1 and "recipient 2: no domain" in done.out and "Every channel" not in done.out + done.err
    (channel,) = enrolled("alerts", "test", "--json").json["channels"]
    assert channel["taken"] is True and channel["error"].startswith("recipient 2")


def test_doctor(enrolled: Program) -> None:
    done = enrolled("doctor", "--json")
    checks = {check["name"]: check for check in done.json["checks"]}
    assert {"store", "watchlists", "evidence", "alerts", "browser", "disk", "confinement"} <= set(checks)
    assert checks["store"]["state"] == "ok"
    for check in checks.values():
        assert set(check) == {"name", "state", "message", "why", "remedy"}
        assert check["state"] == "ok" or check["remedy"]
    enrolled.watchlist("broken = [")
    broken = enrolled("doctor")
    assert broken.code == 1
    assert "watchlists" in broken.err


def test_doctor_says_where_the_role_is_not_what_was_attested(ready: Program) -> None:
    config = ready.home / "config.toml"
    config.write_text(config.read_text().replace('role = "self"', 'role = "representative"'))
    told = [check for check in ready("doctor", "--json").json["checks"] if check["name"] == "notices"]
    assert any("role = representative" in check["message"] and 'role = "self"' in check["remedy"] for check in told)


# --- the store


def test_wrong_and_missing_keys_need_the_user(ready: Program) -> None:
    (ready.home / "store.key").write_text("ab" * 32)
    done = ready("status")
    assert done.code == 3
    assert "key" in done.err
    checks = ready("doctor", "--json").json["checks"]
    assert [one["name"] for one in checks if "the key does not" in one["message"]] == ["store"], "one cause, once"
    assert not any("damaged" in one["message"] for one in checks) and ready("run").code == 3
    assert not list(ready.home.rglob("damaged-*"))
    config = ready.home / "config.toml"
    config.write_text(config.read_text().replace("key_file", "#key_file"))
    assert ready("status").code == 3


def test_no_store_is_said_and_none_is_made(ready: Program, tmp_path: Path) -> None:
    ready.monkeypatch.setenv("REUPLOAD_MONITOR_DATA_DIR", str(tmp_path / "elsewhere"))
    done = ready("status")
    assert done.code == 3
    assert "init" in done.err
    assert not (tmp_path / "elsewhere").exists()


def test_newer_database_is_refused_and_untouched(ready: Program) -> None:
    from monitor.config import load
    from monitor.model.settings import Secret
    from monitor.store.sqlite import connect

    path = load().data_dir / "store.db"
    connection = connect(path, Secret((ready.home / "store.key").read_text().strip()))
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = path.read_bytes()
    for words in (["status"], ["run"], ["watch", "list"]):
        done = ready(*words)
        assert done.code == 1
        assert "newer version" in done.err
    assert path.read_bytes() == before


def test_second_daemon_is_refused_with_the_first_one_s_pid(ready: Program) -> None:
    import os

    from monitor.config import load
    from monitor.store.lock import DaemonLock

    with DaemonLock(load().data_dir):
        assert ready("status", "--json").json["daemon"] == {"pid": os.getpid()}
        done = ready("run")
    assert done.code == 1
    assert str(os.getpid()) in done.err
