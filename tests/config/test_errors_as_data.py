"""What is wrong in a file is told as data: file, line, key, watch, case, cause and remedy, each in a field."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import config
from monitor.errors import ConfigError, WatchlistError
from monitor.model.settings import Settings
from monitor.sources import check_watch
from monitor.watchlist import load_all

WATCH = '[[watch]]\nname = "forum"\nurl = "https://forum.example/"\nevery = "2h"\n'


def the_error(folder: Path, text: str) -> WatchlistError:
    (folder / "one.toml").write_text(text)
    settings = Settings(path=None, data_dir=folder, watchlist_dir=folder)
    loaded = load_all(settings)
    (error,) = [*loaded.errors, *(error for watch in loaded.watches for error in check_watch(watch, settings))]
    return error


@pytest.mark.parametrize(
    ("text", "line", "key", "watch", "case", "cause"),
    [
        pytest.param(
            WATCH.replace("2h", "soon"), 4, "every", "forum", "default", "not a duration", id="a key that is wrong"
        ),
        pytest.param(
            WATCH + 'case = "anna"\npages = "three"\n',
            6,
            "pages",
            "forum",
            "anna",
            "is not a whole number",
            id="of another case",
        ),
        pytest.param(
            '[[watch]]\nurl = "https://a.example"\nevery = "1h"\n', 1, "name", "", "default", "no name", id="no name"
        ),
        pytest.param(
            WATCH.replace('"forum"', '"two words"'),
            2,
            "name",
            "two words",
            "default",
            "is not a name",
            id="a wrong name",
        ),
        pytest.param("[defaults]\nevery = 3\n", 2, "every", "", "", "not a duration", id="a default"),
        pytest.param("[[watch", 1, "", "", "", "is not valid TOML", id="no TOML"),
        pytest.param(
            WATCH + 'images = { select = "img[" }\n',
            5,
            "images.select",
            "forum",
            "default",
            "not a CSS selector",
            id="what its source says",
        ),
        pytest.param(
            '[[watch]]\nname = "s"\nkind = "search"\nquery = "q"\nevery = "1d"\nengine = "s"\n',
            6,
            "engine",
            "s",
            "default",
            "watch 's': there is no search engine 's'",
            id="named like what is wrong with it",
        ),
    ],
)
def test_of_a_watchlist(tmp_path: Path, text: str, line: int, key: str, watch: str, case: str, cause: str) -> None:
    error = the_error(tmp_path, text)
    file = str(tmp_path / "one.toml")
    assert (error.file, error.line, error.key, error.watch, error.case) == (file, line, key, watch, case)
    assert cause in error.cause and error.remedy
    assert str(error) == f"{file}:{line}: {error.cause}"


def test_each_thing_that_is_wrong_in_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[network]\ntimeout = -1\nproxi = ''\n")
    path.chmod(0o600)
    with pytest.raises(ConfigError) as caught:
        config.load(path, {"REUPLOAD_MONITOR_CRAWL__NIGHT": "perhaps"})
    told = [(error.file, error.line, error.key) for error in caught.value.each]
    assert told == [(str(path), 2, "timeout"), (str(path), 3, "proxi"), ("", 0, "REUPLOAD_MONITOR_CRAWL__NIGHT")]
    assert all(error.cause in str(error) and error.remedy for error in caught.value.each)
    assert (caught.value.file, caught.value.line, caught.value.key) == told[0]
