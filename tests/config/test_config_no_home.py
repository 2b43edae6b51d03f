"""An account without a home folder: a container that runs as a bare number (`--user 60018`)."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from monitor import config
from monitor.config_places import calling, is_set_up
from monitor.errors import ConfigError
from monitor.homes import NoHome, at_home, home_if_any
from monitor.outbound.browser.finding import find_chromium


@pytest.fixture(autouse=True)
def nobody_knows_this_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown(_: object) -> object:
        raise KeyError("uid not found")

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(pwd, "getpwnam", unknown)
    monkeypatch.chdir(tmp_path)


def test_it_is_not_asked_for_where_every_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    written = tmp_path / "c" / "config.toml"
    written.write_text('data_dir = "/d"\n')
    found = config.load(written, {})
    assert (found.data_dir, found.watchlist_dir) == (Path("/d"), tmp_path / "c" / "watchlists")
    assert config.load(None, {"REUPLOAD_MONITOR_CONFIG": str(written)}).data_dir == Path("/d")
    assert calling(written, {}) == f"reupload-monitor --config {written}"
    assert is_set_up(written, {})
    assert not is_set_up(None, {})
    assert config.load(None, {"REUPLOAD_MONITOR_DATA_DIR": "/d", "REUPLOAD_MONITOR_WATCHLIST_DIR": "/w"}).path is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "there is no home folder", id="the usual data_dir lies in it"),
        pytest.param('data_dir = "~/d"', "there is no home folder", id="data_dir is named in it"),
        pytest.param('data_dir = "~someone/d"', "~someone/d begins with the home folder", id="somebody's"),
        pytest.param('data_dir = "/d"\n[backup]\ndir = "~/b"', "there is no home folder", id="backups"),
        pytest.param('data_dir = "/d"\n[crawl]\nbrowser_path = "~/c"', "there is no home folder", id="Chromium"),
        pytest.param(
            'data_dir = "/d"\n[database]\nkey_file = "~/key"', "there is no home folder", id="the key of the store"
        ),
    ],
)
def test_where_it_is_needed_that_is_said(tmp_path: Path, text: str, said: str) -> None:
    written = tmp_path / "config.toml"
    written.write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        config.load(written, {})
    assert caught.value.remedy
    assert caught.value.file == str(written)


def test_no_configuration_is_told_as_that() -> None:
    with pytest.raises(ConfigError, match="there is no configuration yet"):
        config.load(None, {})


def test_what_looks_for_it_by_the_way_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert home_if_any() is None
    assert find_chromium("") is None
    with pytest.raises(NoHome):
        config.default_data_dir({})
    assert at_home("a~b") == Path("a~b")
