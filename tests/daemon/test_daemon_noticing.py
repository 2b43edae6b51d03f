"""The daemon notices by itself that configuration or watchlists changed: once they have come to rest, whole, and what
is wrong is told once, while what stood before goes on."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config_files import FileStates
from monitor.daemon.reloading import UNSETTLED_LOOKS, Noticing, ReadFiles
from monitor.daemon.service import EDITED_FOR_S, Service
from monitor.model.alert import AlertKind
from monitor.model.settings import Settings
from monitor.model.watch import Every
from monitor.services.daemon_news import DaemonNews, unknown_to_daemon
from monitor.services.watches import load_watches
from monitor.store.lock import DaemonLock
from monitor.watchlist import WatchlistLoad
from tests.daemon.test_daemon_service import NotingApp
from tests.stores import a_store, every_alert

ONE = '[[watch]]\nname = "one"\nurl = "https://one.example/"\nevery = "1h"\n'
TWO = ONE.replace("one", "two")


class Home:
    """A configuration with its watchlists, and a daemon that read them. No scheduler runs: the looks are made here."""

    def __init__(self, folder: Path) -> None:
        self.config, self.lists = folder / "config.toml", folder / "watchlists"
        self.lists.mkdir()
        self.one = self.lists / "one.toml"
        self.one.write_text(ONE)
        self.config.write_text(f'data_dir = "{folder / "data"}"\n')
        self.files, self.store, self.loads = ReadFiles(self.config), a_store(), 0
        self.after_load: Callable[[], None] = lambda: None
        self.service = Service(
            self.files.load(),
            open_app=self.open_app,  # type: ignore[arg-type]
            load_settings=self.files.load,
            load_watches=self.load_watches,
            files=self.files,
        )

    def load_watches(self, settings: Settings) -> WatchlistLoad:
        self.loads += 1
        loaded = load_watches(settings)
        self.after_load()
        return loaded

    @contextlib.asynccontextmanager
    async def open_app(self, settings: Settings) -> AsyncIterator[NotingApp]:
        yield NotingApp(settings, self.store)

    async def look(self) -> bool:
        """Whether it was read again."""
        await self.service._notice_files()
        if self.service._signals.empty():
            return False
        self.service._signals.get_nowait()
        await self.service._reload()
        return True

    async def looks(self, count: int = 4) -> int:
        return sum([await self.look() for _ in range(count)])

    def watched(self) -> list[str]:
        return sorted(self.service._now.watches)

    def news(self) -> DaemonNews:
        settings = replace(self.files.load(), data_dir=Path(self.config.parent / "data"))
        with DaemonLock(settings.data_dir):
            return unknown_to_daemon(self.store, settings, load_watches(settings))


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    await found.service._begin()
    return found


async def test_what_does_not_change_is_not_read_again(home: Home) -> None:
    assert await home.looks() == 0 and home.loads == 1
    assert home.watched() == ["one"] and not home.news()


async def test_a_new_place_is_watched_once_its_file_has_come_to_rest(home: Home) -> None:
    (home.lists / "two.toml").write_text(TWO)
    assert home.news() == DaemonNews(("two",))
    assert not await home.look()
    (home.lists / "two.toml").write_text(TWO + "\n")
    assert not await home.look(), "it is still being written"
    assert await home.look()
    assert home.watched() == ["one", "two"] and not home.news()
    assert await home.looks() == 0


async def test_what_is_written_for_ever_is_read_in_the_end(home: Home) -> None:
    for number in range(UNSETTLED_LOOKS):
        (home.lists / "two.toml").write_text(TWO + "\n" * number)
        await home.look()
    assert home.watched() == ["one", "two"]


@pytest.mark.parametrize("name", [".#one.toml", "one.toml~", "4913", ".one.toml.swp", "#one.toml#", "one.toml.part"])
async def test_what_editors_put_beside_a_file_is_nothing(home: Home, name: str) -> None:
    if name == ".#one.toml":
        (home.lists / name).symlink_to("somebody@host.1234:1")
    else:
        (home.lists / name).write_text(TWO)
    assert await home.looks() == 0 and home.watched() == ["one"]


WRONG = {
    "no TOML": (lambda home: home.one.write_text(ONE + "[[watch]\n"), "watchlist: something is wrong"),
    "half of it": (lambda home: home.one.write_text('[[watch]]\nname = "one"\n'), "watchlist: something is wrong"),
    "what its kind cannot be": (
        lambda home: home.one.write_text(ONE + 'kind = "bluesky"\n'),
        "watchlist: something is wrong",
    ),
    "not to be read": (lambda home: home.one.chmod(0o666), "watchlist: something is wrong"),
    "the file gone, no other left": (lambda home: home.one.unlink(), "watchlist: something is wrong"),
    "the folder gone": (lambda home: shutil.rmtree(home.lists), "watchlist: something is wrong"),
    "a wrong configuration": (lambda home: home.config.write_text("[crawl\n"), "configuration not taken over"),
    "the configuration gone": (lambda home: home.config.unlink(), "configuration not taken over"),
    "a folder that anybody may write": (lambda home: home.lists.chmod(0o777), "watchlist: something is wrong"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_wrong_is_told_once_and_what_stood_goes_on(
    home: Home, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    spoil, said = WRONG[name]
    before = home.service._now.watches
    spoil(home)
    assert await home.looks() == 1
    assert home.service._now.watches == before
    told = [record.msg for record in caplog.records if record.levelno >= logging.ERROR]
    assert told and all(one.startswith(said) for one in told)
    assert await home.looks() == 0
    assert told == [record.msg for record in caplog.records if record.levelno >= logging.ERROR]
    assert home.service._cannot_run()


@pytest.mark.parametrize("name", WRONG)
async def test_what_was_mended_is_noticed_too(home: Home, name: str) -> None:
    spoil, _ = WRONG[name]
    config = home.config.read_text()
    spoil(home)
    await home.looks()
    home.lists.mkdir(exist_ok=True)
    home.lists.chmod(0o755)
    home.one.write_text(ONE + TWO)
    home.one.chmod(0o600)
    home.config.write_text(config)
    assert await home.looks() == 1
    assert home.watched() == ["one", "two"] and not home.service._cannot_run()
    assert not home.news()


async def test_whoever_is_at_work_on_a_file_gets_no_alert_of_it(home: Home) -> None:
    home.one.write_text("[[watch]\n")
    await home.looks()
    await home.service._tell_standing()
    assert every_alert(home.store) == []
    assert home.service._edited_at is not None
    home.service._edited_at -= EDITED_FOR_S
    await home.service._tell_standing()
    assert [alert.kind for alert in every_alert(home.store)] == [AlertKind.STOPPED]


async def test_a_wrong_configuration_keeps_no_watchlist_from_being_taken(home: Home) -> None:
    home.config.write_text("[crawl]\nconcurrency = 0\n")
    home.one.write_text(ONE + TWO)
    assert await home.looks() == 1
    assert home.watched() == ["one", "two"]
    read = home.store.machine.daemon_read()
    assert read is not None and "concurrency" in read.refused and read.file == str(home.config)


async def test_a_secret_in_a_file_of_its_own_is_noticed(home: Home) -> None:
    secret = home.config.parent / "urls"
    secret.write_text("json://one.example\n")
    home.config.write_text(home.config.read_text() + '[alerts]\nurls_file = "urls"\n')
    assert home.news().configuration
    assert await home.looks() == 1
    secret.write_text("json://two.example\n")
    assert home.news().configuration
    assert await home.looks() == 1
    (one,) = home.service._now.app.settings.alerts.urls
    assert one.url.value == "json://two.example" and not home.news()


async def test_what_is_written_while_it_is_read_is_read_once_more(home: Home) -> None:
    halves = [ONE + TWO]

    def write_on() -> None:
        if halves:
            home.one.write_text(halves.pop())

    home.after_load = write_on
    home.one.write_text("# " + ONE.replace("\n", "\n# "))  # what a writer had written so far: whole, and none of it
    assert await home.looks() == 1
    assert home.watched() == ["one", "two"] and home.loads == 3


async def test_a_file_that_is_swapped_for_another_is_noticed_whatever_its_times(home: Home) -> None:
    was = home.one.stat()
    (home.lists / "new").write_text(ONE.replace("1h", "2h"))
    os.utime(home.lists / "new", ns=(was.st_atime_ns, was.st_mtime_ns))
    os.replace(home.lists / "new", home.one)
    assert await home.looks() == 1
    assert home.service._now.watches["one"].schedule == Every(7200)


async def test_another_configuration_than_the_daemons_is_told_as_that(home: Home, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    shutil.copy(home.config, other)
    settings = ReadFiles(other).load()
    with DaemonLock(settings.data_dir):
        assert unknown_to_daemon(home.store, settings, load_watches(settings)) == DaemonNews(
            other_file=str(home.config)
        )
    assert not unknown_to_daemon(home.store, settings, load_watches(settings)), "no daemon runs"


def states(number: int) -> FileStates:
    return (("a", (number,)),)


@given(st.lists(st.integers(0, 3), max_size=40))
def test_what_was_read_is_what_lies_there_two_looks_after_the_last_change(seen: list[int]) -> None:
    noticing, read, reads = Noticing(), 0, 0
    noticing.read(states(0))
    for number in [*seen, *[seen[-1] if seen else 0] * 2]:
        if noticing.looked(states(number)):
            noticing.read(states(number))
            read, reads = number, reads + 1
    assert read == (seen[-1] if seen else 0)
    assert reads <= sum(one != other for one, other in zip([0, *seen], seen, strict=False))
