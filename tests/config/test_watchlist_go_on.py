"""A watchlist that cannot be read goes on as it was read last, over a restart too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import WatchlistError
from monitor.model.settings import Settings
from monitor.model.watch import Cron, Every, Follow, ImageRules, Kind, Render, Watch
from monitor.pipeline.last_good import dump_watches, go_on, restore_watches
from monitor.watchlist import WatchlistLoad, load_all

FORUM = """
[[watch]]
name = "one"
kind = "page"
url = "https://forum.example/1"
every = "1h"

[[watch]]
name = "two"
kind = "page"
url = "https://forum.example/2"
cron = "0 3 * * *"
"""
OTHER = FORUM.replace("one", "three").replace("two", "four")


def settings(folder: Path) -> Settings:
    return Settings(path=None, data_dir=folder / "data", watchlist_dir=folder / "watchlists")


def typo(folder: Path) -> None:
    (folder / "forum.toml").write_text(FORUM.replace('kind = "page"', "kind = page"))


def unknown_key(folder: Path) -> None:
    (folder / "forum.toml").write_text(FORUM.replace("cron", "kron"))


def unreadable(folder: Path) -> None:
    (folder / "forum.toml").write_bytes(b"\xff\xfe")


def file_gone(folder: Path) -> None:
    (folder / "forum.toml").unlink()


def watch_taken_out(folder: Path) -> None:
    (folder / "forum.toml").write_text(FORUM.split("\n\n")[0])


def folder_renamed(folder: Path) -> None:
    folder.rename(folder.with_name("lists"))


def folder_emptied(folder: Path) -> None:
    for file in folder.glob("*.toml"):
        file.unlink()


def files_renamed(folder: Path) -> None:
    for file in folder.glob("*.toml"):
        file.rename(file.with_suffix(".bak"))


def file_instead(folder: Path) -> None:
    folder_renamed(folder)
    folder.write_text("")


def nothing_on_purpose(folder: Path) -> None:
    folder_emptied(folder)
    (folder / "example.toml").write_text("# nothing is watched\n")


@pytest.mark.parametrize(
    ("edit", "names"),
    [
        pytest.param(typo, "one two three four", id="no valid TOML"),
        pytest.param(unknown_key, "one two three four", id="one entry is wrong"),
        pytest.param(unreadable, "one two three four", id="no text"),
        pytest.param(folder_renamed, "one two three four", id="the folder is renamed"),
        pytest.param(folder_emptied, "one two three four", id="the folder is empty"),
        pytest.param(files_renamed, "one two three four", id="the files are renamed"),
        pytest.param(file_instead, "one two three four", id="a file where the folder was"),
        pytest.param(file_gone, "three four", id="one file is gone"),
        pytest.param(watch_taken_out, "one three four", id="a watch is taken out"),
        pytest.param(nothing_on_purpose, "", id="a file without a watch"),
    ],
)
def test_after_an_edit(tmp_path: Path, edit: Callable[[Path], None], names: str) -> None:
    found = settings(tmp_path)
    found.watchlist_dir.mkdir()
    (found.watchlist_dir / "forum.toml").write_text(FORUM)
    (found.watchlist_dir / "other.toml").write_text(OTHER)
    old = load_all(found).watches
    edit(found.watchlist_dir)
    after = go_on(restore_watches(dump_watches(old)), load_all(found))
    assert {watch.name for watch in after} == set(names.split())
    assert set(after) <= set(old)


def test_a_good_entry_of_a_bad_file_counts_as_it_is_now() -> None:
    origin = Path("/w/forum.toml")
    old = [Watch(name, Kind.PAGE, Every(60), origin=origin) for name in ("kept", "changed")]
    old.append(Watch("gone", Kind.PAGE, Every(60), origin=Path("/w/other.toml")))
    error = WatchlistError("watch 'kept' has no 'url'", remedy="Add it.", file="/w/forum.toml")
    now = [replace(old[1], schedule=Every(3600)), Watch("new", Kind.PAGE, Every(60), origin=origin)]
    after = {watch.name: watch.schedule for watch in go_on(old, WatchlistLoad(tuple(now), (error,)))}
    assert after == {"kept": Every(60), "changed": Every(3600), "new": Every(60)}


def test_every_kind_of_watch_is_read_back_as_it_was() -> None:
    full = Watch(
        "full",
        Kind.SEARCH,
        Cron("0 3 * * *"),
        urls=("https://a.example/", "https://b.example/ä"),
        case="anna",
        render=Render.BROWSER,
        follow=Follow(links="a.next", depth=2),
        images=ImageRules(select="img"),
        ignore_robots=True,
        robots_reason="why",
        tags=("urgent",),
        credentials="name",
        engine="searxng",
        query='"jane doe"',
        pages=3,
        planted="label",
        enabled=False,
        origin=Path("/w/ä.toml"),
        line=7,
        lines=(("name", 8), ("case", 9)),
    )
    plain = Watch("plain", Kind.PAGE, Every(60))
    (back, plain_back) = restore_watches(dump_watches([full, plain]))
    assert (back, plain_back) == (full, plain)
    assert back.line_of("case") == 9


@pytest.mark.parametrize("text", ["", "null", "[]", "[{}]", '[{"name": 1}]', "{", "[[]]"])
def test_what_another_version_wrote_is_no_watch(text: str) -> None:
    assert restore_watches(text) == ()


@given(st.text())
def test_any_text_is_read_calmly(text: str) -> None:
    assert restore_watches(text) == ()
