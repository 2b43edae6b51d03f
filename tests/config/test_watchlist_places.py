"""What only the kind of watch can tell (a selector that is not CSS, say) is told at the line of its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.model.settings import Settings
from monitor.sources import check_watch
from monitor.watchlist import load_all

WATCH = """[[watch]]
name = "forum"
url = "https://forum.example/"
every = "2h"
"""


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        pytest.param(WATCH + 'images = { select = "img[" }\n', 5, "images.select", id="in one line"),
        pytest.param(WATCH + '\nimages.select = "img["\n', 6, "images.select", id="dotted"),
        pytest.param(WATCH + '[watch.images]\n# all\nselect = "img["\n', 7, "images.select", id="a table of its own"),
        pytest.param(WATCH + 'follow = { links = "a::text" }\n', 5, "follow.links", id="links"),
        pytest.param('[defaults]\nfollow = { links = ">>" }\n' + WATCH, 2, "follow.links", id="in the defaults"),
        pytest.param(
            WATCH + '\n[[watch]]\nname = "b"\nurl = "https://b.example"\nevery = "1h"\nimages = { select = ")" }\n',
            10,
            "images.select",
            id="of the second watch",
        ),
        pytest.param(
            '[[watch]]\nname = "s"\nkind = "search"\nquery = "q"\nevery = "1d"\n\nengine = "nowhere"\n',
            7,
            "engine",
            id="an engine that nobody knows",
        ),
    ],
)
def test_the_place_of_what_a_kind_refuses(tmp_path: Path, text: str, line: int, key: str) -> None:
    path = tmp_path / "places.toml"
    path.write_text(text)
    settings = Settings(path=None, data_dir=tmp_path, watchlist_dir=tmp_path)
    loaded = load_all(settings)
    assert loaded.errors == ()
    (error,) = [error for watch in loaded.watches for error in check_watch(watch, settings)]
    assert (error.file, error.line, error.key) == (str(path), line, key)
    assert str(error).startswith(f"{path}:{line}: ") and error.remedy


def test_a_line_that_moved_does_not_change_the_watch(tmp_path: Path) -> None:
    """A reload schedules anew only what changed."""
    settings = Settings(path=None, data_dir=tmp_path, watchlist_dir=tmp_path)
    path = tmp_path / "places.toml"
    path.write_text(WATCH)
    (before,) = load_all(settings).watches
    path.write_text(WATCH.replace("every", "\nevery"))
    assert load_all(settings).watches == (before,)


def told(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "told.toml").write_text(text)
    settings = Settings(path=None, data_dir=tmp_path, watchlist_dir=tmp_path)
    return [f"{error.line} {error.key}: {error.remedy}" for error in load_all(settings).errors]


def test_a_mistake_in_the_defaults_does_not_hide_those_in_the_watches(tmp_path: Path) -> None:
    text = '[defaults]\nevery = "2x"\n\n[[watch]]\nname = "a"\nurl = "https://a.example/"\nrobots = "ignore"\n'
    first, second = told(tmp_path, text)
    assert first.startswith("2 every") and second.startswith("7 robots")


def test_a_key_of_a_table_is_sent_there(tmp_path: Path) -> None:
    (error,) = told(tmp_path, WATCH + "least = 3\n")
    assert error == "5 least: least belongs in images: images = { least = ... }."
