"""Watches put in, switched and taken out by commands: every other byte of the file stays."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import watchlist, watchlist_edit
from monitor.errors import MonitorError, UsageError, WorkFailed
from monitor.model.settings import Settings
from monitor.model.watch import Every, Follow, Kind, Render, Watch

HAND_WRITTEN = """\
# My own notes: ask Kim about the second one.

[defaults]
every = "2h"        # enough

[[watch]]
name = "one"        # the first
kind = "page"
url = "https://one.example/"
# render = "browser"   # later perhaps

# About the second one:
[[watch]]
enabled = true      # since Monday
name = 'two'
url = "https://two.example/"

    [watch.follow]
    depth = 2

  [[watch]]
  name = "three"
  url = "https://three.example/[[watch]]"

# the end
"""


def read(folder: Path) -> dict[str, Watch]:
    loaded = watchlist.load_all(Settings(path=None, data_dir=folder, watchlist_dir=folder))
    assert not loaded.errors
    return {watch.name: watch for watch in loaded.watches}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(HAND_WRITTEN)
    path.chmod(0o640)
    return path


def differing(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines that are gone, and new ones."""
    old, new = before.split("\n"), after.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


SWITCHED = {
    "one": ([], ["enabled = false"]),
    "two": (["enabled = true      # since Monday"], ["enabled = false      # since Monday"]),
    "three": ([], ["  enabled = false"]),
}


@pytest.mark.parametrize("name", SWITCHED)
def test_a_pause_changes_one_line(file: Path, name: str) -> None:
    watchlist_edit.switch_watch(read(file.parent)[name], on=False)
    assert differing(HAND_WRITTEN, file.read_text()) == SWITCHED[name]
    assert [one.name for one in read(file.parent).values() if not one.enabled] == [name]
    assert file.stat().st_mode & 0o777 == 0o640
    watchlist_edit.switch_watch(read(file.parent)[name], on=True)
    assert all(one.enabled for one in read(file.parent).values())


def test_what_defaults_switch_off_is_switched_on_for_itself(file: Path) -> None:
    file.write_text(HAND_WRITTEN.replace("[defaults]\n", "[defaults]\nenabled = false\n"))
    watchlist_edit.switch_watch(read(file.parent)["one"], on=True)
    assert {one.name for one in read(file.parent).values() if one.enabled} == {"one", "two"}


REMOVED = {
    "one": ('[[watch]]\nname = "one"        # the first\nkind = "page"\nurl = "https://one.example/"\n', "# render"),
    "two": (
        "[[watch]]\nenabled = true      # since Monday\nname = 'two'\nurl = \"https://two.example/\"\n\n"
        "    [watch.follow]\n    depth = 2\n",
        "# About the second one:",
    ),
    "three": ('  [[watch]]\n  name = "three"\n  url = "https://three.example/[[watch]]"\n', "# the end"),
}


@pytest.mark.parametrize("name", REMOVED)
def test_a_watch_is_taken_out_and_comments_stay(file: Path, name: str) -> None:
    before = read(file.parent)
    taken, stays = REMOVED[name]
    assert watchlist_edit.remove_watch(before[name]) == taken
    text = file.read_text()
    assert text == HAND_WRITTEN.replace(f"\n{taken}\n" if name == "three" else taken, "\n" * (name == "three"), 1)
    assert stays in text
    assert read(file.parent).keys() == before.keys() - {name}


@pytest.mark.parametrize("order", [1, -1])
def test_what_was_added_and_taken_out_leaves_no_empty_lines(tmp_path: Path, order: int) -> None:
    keys = {"kind": "page", "url": "https://a.example/", "every": "1h"}
    for number in range(4):
        path = watchlist_edit.add_watch(tmp_path, {"name": f"w{number}", **keys}, "A page.")
        if not number:
            alone = path.read_text()
    for number in (3, 2, 1)[::order]:
        watchlist_edit.remove_watch(read(tmp_path)[f"w{number}"])
    assert path.read_text() == alone
    watchlist_edit.remove_watch(read(tmp_path)["w0"])
    assert alone.startswith(path.read_text()) and "[[watch]]" not in path.read_text()


def test_the_last_one_can_go_too(file: Path) -> None:
    for name in ("one", "two", "three"):
        watchlist_edit.remove_watch(read(file.parent)[name])
    assert read(file.parent) == {} and "ask Kim" in file.read_text()


KEYS = {
    "name": "forum-example",
    "kind": "page",
    "url": "https://forum.example/?q=\"a'b\\c",
    "every": "1h",
    "render": "auto",
    "follow": {"depth": 1, "max_pages": 50},
}


def test_what_is_added_is_read_as_it_was_meant(tmp_path: Path) -> None:
    folder = tmp_path / "watchlists"
    path = watchlist_edit.add_watch(folder, KEYS, "A page\nof two lines.")
    again = watchlist_edit.add_watch(folder, KEYS | {"name": "another"}, "A page.")
    assert path == again == folder / watchlist_edit.PLACES
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    found = read(folder)
    assert found.keys() == {"forum-example", "another"}
    watch = found["forum-example"]
    assert (watch.kind, watch.urls, watch.schedule) == (Kind.PAGE, (KEYS["url"],), Every(3600))
    assert (watch.render, watch.follow) == (Render.AUTO, Follow(depth=1, max_pages=50, chosen=True))
    text = path.read_text()
    assert "# A page\n# of two lines.\n" in text and text.count("reupload-monitor watch add") == 1
    watchlist_edit.remove_watch(watch)
    assert "of two lines" not in path.read_text() and read(folder).keys() == {"another"}


FILES: dict[str, tuple[str, bool]] = {
    "nothing in it": ("", True),
    "no end of line": ('[[watch]]\nname = "a"\nurl = "https://a.example"\nevery = "1h"', True),
    "a byte order mark and Windows' ends": (
        '\ufeff[[watch]]\r\nname = "a"\r\nurl = "https://a.example"\r\nevery = "1h"\r\n',
        True,
    ),
    "watches in a list": ('watch = [{ name = "a", url = "https://a.example", every = "1h" }]\n', False),
    "no TOML": ("[[watch]\n", False),
    "a table": ('[watch]\nname = "a"\n', False),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_a_person_wrote_gets_a_watch_or_stays_as_it_is(tmp_path: Path, name: str) -> None:
    text, can_be = FILES[name]
    path = tmp_path / watchlist_edit.PLACES
    path.write_bytes(text.encode())
    if can_be:
        watchlist_edit.add_watch(tmp_path, KEYS, "A page.")
        assert "forum-example" in read(tmp_path) and path.read_bytes().startswith(text.encode())
    else:
        with pytest.raises(UsageError) as refused:
            watchlist_edit.add_watch(tmp_path, KEYS, "A page.")
        assert refused.value.remedy
        assert path.read_bytes() == text.encode()
    assert [one.name for one in tmp_path.iterdir()] == [path.name], "nothing half made"


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["Unix", "Windows"])
@pytest.mark.parametrize("act", ["pause", "remove"])
def test_ends_of_lines_stay_as_they_are(file: Path, end: str, act: str) -> None:
    file.write_bytes(HAND_WRITTEN.replace("\n", end).encode())
    watch = read(file.parent)["one"]
    if act == "pause":
        watchlist_edit.switch_watch(watch, on=False)
    else:
        watchlist_edit.remove_watch(watch)
    after = file.read_bytes()
    assert after.count(b"\n") == after.count(end.encode())


def test_a_link_stays_one(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "linked"
    folder.mkdir()
    (folder / "link.toml").symlink_to(file)
    watchlist_edit.switch_watch(read(folder)["one"], on=False)
    assert (folder / "link.toml").is_symlink() and not read(folder)["one"].enabled


def test_a_watch_that_is_gone_meanwhile_changes_nothing(file: Path) -> None:
    watch = read(file.parent)["one"]
    other = HAND_WRITTEN.replace('"one"', '"uno"')
    file.write_text(other)
    for act in (watchlist_edit.remove_watch, lambda one: watchlist_edit.switch_watch(one, on=False)):
        with pytest.raises(UsageError, match="cannot change"):
            act(watch)
    assert file.read_text() == other


def test_two_commands_at_once_lose_nothing(tmp_path: Path) -> None:
    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            try:
                for inner in range(5):
                    watchlist_edit.add_watch(tmp_path, KEYS | {"name": f"w{number}-{inner}"}, "A page.")
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    assert len(read(tmp_path)) == 20


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(file: Path) -> None:
    file.parent.chmod(0o500)
    with pytest.raises(WorkFailed):
        watchlist_edit.switch_watch(read(file.parent)["one"], on=False)
    file.parent.chmod(0o700)


LINES = st.sampled_from(
    [
        "",
        "# [[watch]]",
        "# a comment",
        '[[watch]]\nname = "{}"\nurl = "https://a.example/{}"\nevery = "1h"',
        '[[ watch ]]\n# inside\nurl = "https://b.example/{}"\nname = "{}" # x\ncron = "0 6 * * *"\nenabled = false',
        '[["watch"]]\nname = "{}"\nurl = "https://c.example/{}"\nevery = "1h"\n[watch.images]\nmax_images = 7',
        '[[watch]]\nname = "{}"\nurl = "https://e.example/{}"\n[watch.adapt]\nfloor = "15m" # x\nceiling = "1d"',
        'tags = ["a",\n  "[[watch]]",\n]',
        '[[watch]]\nname = "{}"\nurl = "https://d.example/{}"\nevery = "1h"\ntags = [\n  "x", # y\n]',
    ]
)


@given(st.lists(LINES, max_size=8), st.integers(0, 7), st.sampled_from(["on", "off", "remove"]))
def test_whatever_the_file_only_what_was_meant_changes(parts: list[str], which: int, act: str) -> None:
    text = "\n".join(part.replace("{}", f"w{number}") for number, part in enumerate(parts)) + "\n"
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    entries = before.get("watch", [])
    if not entries:
        return
    name = entries[which % len(entries)]["name"]
    with_file(text, lambda path: _acted(path, name, act, before, text))


def with_file(text: str, look: Callable[[Path], None]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "any.toml")
        path.write_text(text)
        look(path)


def _acted(path: Path, name: str, act: str, before: dict[str, object], text: str) -> None:
    watch = Watch(name, Kind.PAGE, Every(3600), origin=path)
    try:
        if act == "remove":
            watchlist_edit.remove_watch(watch)
        else:
            watchlist_edit.switch_watch(watch, on=act == "on")
    except MonitorError:
        assert path.read_text() == text
        return
    after = tomllib.loads(path.read_text())
    was, now = ({one["name"]: one for one in data.get("watch", [])} for data in (before, after))  # type: ignore[attr-defined]
    assert {key: value for key, value in was.items() if key != name} == {k: v for k, v in now.items() if k != name}
    assert now.get(name) == (None if act == "remove" else {**was[name], "enabled": act == "on"})
    lost = [line for line in text.split("\n") if line.startswith("#") and line not in path.read_text()]
    # Between the keys of one that is taken out it goes with it; above another one's head it stays.
    within = re.findall(r"^(#[^\n]*)\n(?=(?:#[^\n]*\n|\n)*tags)", text, re.MULTILINE) if act == "remove" else []
    assert set(lost) <= {"# inside", *within}
