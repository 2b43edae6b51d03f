"""Configuration and watchlists of an earlier version, as this one has them; and nothing else of them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import config, config_changes
from monitor.config_changes import CONFIG_CHANGES, KeyChange, brought_up_to_date, outdated
from monitor.config_edit import KEPT_ASIDE
from monitor.config_keys import SECTIONS
from monitor.config_later import LATER_KEYS
from monitor.errors import ConfigError
from monitor.tomlfile import hints_of
from tests.cli.cli_program import Program

EARLIER = """\
# my own words
{start}
[database] # where it lies
# left empty
url = ""  # nothing
key_file = "store.key"

[match]
keep_features_days = 0
features = false # quick
"""
LISTED = """\
[defaults]
every = "1m" # often
[[watch]]
name = "one" # the first
url = "https://forum.example/1"
[[watch]]
name = "two"
url = "https://forum.example/2"
every = "30s"
[[watch]]
name = "three"
url = "https://forum.example/3"
every = "2h"
"""


@pytest.fixture
def earlier(ready: Program) -> Program:
    path = ready.home / "config.toml"
    start = path.read_text().partition("[database]")[0].rstrip()
    path.write_text(EARLIER.format(start=start))
    ready.watchlist(LISTED)
    return ready


def kept(program: Program) -> list[Path]:
    return sorted(path for path in program.home.rglob(f"*{KEPT_ASIDE}*"))


def test_what_changes_is_said_first_and_nothing_is_changed(earlier: Program) -> None:
    path, watches = earlier.home / "config.toml", earlier.home / "watchlists" / "test.toml"
    before = path.read_text(), watches.read_text()
    done = earlier("config", "migrate", "--check")
    assert done.code == 0, done.err
    assert f"{path} would change:" in done.out and f"{watches} would change:" in done.out
    line = 1 + before[0].splitlines().index("keep_features_days = 0")
    assert f"line {line}: keep_features_days goes" in done.out
    assert "line 2: every = '1m' becomes '5m'" in done.out and "line 9: every = '30s' becomes '5m'" in done.out
    assert (path.read_text(), watches.read_text()) == before and kept(earlier) == []


def test_only_that_is_changed_and_each_file_is_kept_as_it_was(earlier: Program) -> None:
    path, watches = earlier.home / "config.toml", earlier.home / "watchlists" / "test.toml"
    path.chmod(0o640)
    before = path.read_text(), watches.read_text()
    assert earlier("watch", "check").code == 2, "or it proves nothing"
    done = earlier("config", "migrate", "--json")
    assert done.code == 0, done.err
    now = path.read_text().splitlines()
    gone = [line for line in before[0].splitlines() if line not in now]
    assert gone == ["keep_features_days = 0"] and len(now) == len(before[0].splitlines()) - 1
    assert watches.read_text() == before[1].replace('"1m"', '"5m"').replace('"30s"', '"5m"')
    files = done.json["files"]
    assert [Path(one["kept"]).read_text() for one in files] == list(before) and done.json["changed"] is True
    assert stat.S_IMODE(Path(files[0]["kept"]).stat().st_mode) == 0o640 == stat.S_IMODE(path.stat().st_mode)
    assert earlier("watch", "check").code == 0
    again = earlier("config", "migrate")
    assert (
        again.out == "Nothing is to be changed: these files are as this version has them.\n" and len(kept(earlier)) == 2
    )


def test_what_asked_for_something_goes_too_and_what_is_left_to_the_person_is_told(earlier: Program) -> None:
    path = earlier.home / "config.toml"
    text = path.read_text().replace("keep_features_days = 0", "keep_features_days = 30")
    path.write_text(text + '[credentials.forum]\ntoken = "t"\n')
    done = earlier("config", "migrate")
    assert "keep_features_days goes" in done.out and "keep_features_days" not in path.read_text()
    assert done.code == 2 and "host" in done.err, "of account data it is never guessed where they may go"


def test_one_that_was_cut_off_keeps_one_copy(earlier: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("monitor.services.config_migration.edited_alone", lambda *_, **__: 1 / 0)
        assert earlier("config", "migrate").code == 1
    (first,) = kept(earlier)
    assert earlier("config", "migrate").code == 0
    assert len([path for path in kept(earlier) if path.name.startswith("config.toml")]) == 1 and first.exists()


def test_a_file_that_cannot_be_read_is_told(earlier: Program) -> None:
    (earlier.home / "config.toml").write_text("[database\n")
    assert earlier("config", "migrate").code == 2
    earlier.monkeypatch.delenv("REUPLOAD_MONITOR_CONFIG")
    earlier.monkeypatch.setenv("XDG_CONFIG_HOME", str(earlier.home / "xdg"))
    assert "there is no configuration yet" in earlier("config", "migrate").err
    earlier.monkeypatch.setenv("REUPLOAD_MONITOR_DATA_DIR", str(earlier.home / "share"))
    assert "in variables alone" in earlier("config", "migrate").err


def test_what_may_be_so_often_stays(earlier: Program) -> None:
    own = '[[watch]]\nname = "own"\nurl = "http://127.0.0.1:8080/"\nevery = "20s"\n'
    earlier.watchlist(LISTED + own)
    assert earlier("config", "migrate").code == 0
    assert (earlier.home / "watchlists" / "test.toml").read_text().endswith(own)
    away = own.replace('"20s"', '"20s"\nfollow = { same_site = false }')
    earlier.watchlist(away)
    assert earlier("config", "migrate").code == 0
    assert 'every = "5m"' in (earlier.home / "watchlists" / "test.toml").read_text()


def test_what_is_kept_aside_goes_with_erase(earlier: Program) -> None:
    assert earlier("config", "migrate").code == 0 and len(kept(earlier)) == 2
    done = earlier("erase", "--confirm", "erase everything")
    assert done.code == 0, done.err
    assert kept(earlier) == []


OTHERWISE = (
    KeyChange("1 May 2027", "crawl", "nights", "it is one night", to=("crawl", "night")),
    KeyChange("1 May 2027", "alerts", "weekday", "it is of the digest", to=("digest", "weekday")),
)


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_changes, "CONFIG_CHANGES", OTHERWISE)


@pytest.mark.usefixtures("renamed")
def test_a_key_of_another_name_is_refused_with_the_command_that_writes_the_new_one(ready: Program) -> None:
    path = ready.home / "config.toml"
    plain = path.read_text()
    path.write_text(plain.replace("[alerts]", '[crawl]\nnights = true # quiet\n\n[alerts]\nweekday = "monday"'))
    told = ready("status")
    assert told.code == 2 and "It is called night below [crawl] now" in told.err and "config migrate" in told.err
    with pytest.raises(ConfigError, match="unknown key 'nights'"):
        config.load(path, {})
    assert ready("config", "migrate").code == 0
    assert "night = true # quiet" in path.read_text()
    found = config.load(path, {})
    assert found.crawl.night is True and found.digest.weekday == "monday"


@pytest.mark.usefixtures("renamed")
def test_where_both_names_stand_nothing_is_overwritten() -> None:
    assert outdated({"crawl": {"night": False, "nights": True}}, is_watchlist=False) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("1m"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["watch", "defaults", "every", "database", "match", "url", "x"]), inner)
        ),
        max_leaves=20,
    ),
    st.booleans(),
)
def test_whatever_stands_there_is_brought_up_to_date_once(data: object, is_watchlist: bool) -> None:
    if isinstance(data, dict):
        brought_up_to_date(data, outdated(data, is_watchlist=is_watchlist))
        assert outdated(data, is_watchlist=is_watchlist) == []


def test_what_changed_is_no_key_of_today_and_what_it_is_called_is_one() -> None:
    for change in CONFIG_CHANGES:
        if change.nearest is None:
            assert change.section not in SECTIONS or change.key not in hints_of(SECTIONS[change.section][0])
        if change.to is not None:
            assert change.to[1] in hints_of(SECTIONS[change.to[0]][0])
        else:
            assert (change.section, change.key) in LATER_KEYS, "or it is refused as a misspelling"
