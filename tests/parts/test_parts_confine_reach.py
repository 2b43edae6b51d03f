"""What stays within the core's reach, and what is said of what does not."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

import pytest

from monitor.daemon.given_up import GivenUp
from monitor.daemon.reloading import ReadFiles
from monitor.model.settings import BackupSettings, Settings
from monitor.parts.confine import core, landlock, places
from monitor.parts.confine.landlock import FILL, READ, FileReach, stay_within
from monitor.parts.confine.layers import lacking_layers, layer, proof
from monitor.parts.interpreter import fresh_interpreter
from tests.parts import lists_given_up


def landlocked() -> bool:
    try:
        return landlock.landlock_version() > 1
    except OSError:
        return False


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a person whose home has little but that in it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for made in ("home/config/watchlists", "home/data", "media/you"):
        (tmp_path / made).mkdir(parents=True, mode=0o700)
    config = tmp_path / "home" / "config"
    (config / "config.toml").write_text(f'data_dir = "{tmp_path / "home" / "data"}"\n')
    return Settings(path=config / "config.toml", data_dir=tmp_path / "home/data", watchlist_dir=config / "watchlists")


@pytest.mark.parametrize(
    ("path", "rights", "wanted"),
    [
        pytest.param("home/data/vault/one", FILL, True, id="its own"),
        pytest.param("home/config/config.toml", READ, True, id="settings, to read"),
        pytest.param("home/config/config.toml", FILL, False, id="settings, to write"),
        pytest.param("home/letter.txt", READ, False, id="a letter"),
        pytest.param("home/data/../letter.txt", READ, False, id="a letter, the long way"),
        pytest.param("media/you/stick/backups", FILL, True, id="a stick that is put in later"),
        pytest.param("media", FILL, False, id="all sticks of everybody"),
    ],
)
def test_what_is_within_reach(
    settings: Settings, tmp_path: Path, path: str, rights: landlock.FileRight, wanted: bool
) -> None:
    stick = BackupSettings(folder=str(tmp_path / "media" / "you" / "stick" / "backups"))
    assert core.core_reach(replace(settings, backup=stick)).covers(tmp_path / path, rights) is wanted


@pytest.mark.parametrize(
    ("link", "to", "asked", "rights", "wanted"),
    [
        pytest.param("home/config/watchlists/a.toml", "synced/a.toml", "synced/b.toml", READ, True, id="a watchlist"),
        pytest.param("home/config/watchlists/a.toml", "synced/a.toml", "synced/b", FILL, False, id="only to read"),
        pytest.param("home/config/watchlists/photos", "synced", "synced/a.jpg", READ, False, id="no watchlist"),
        pytest.param("home/config/watchlists/a.toml", "home/a.toml", "home/a.toml", READ, True, id="in the home"),
        pytest.param("home/config/watchlists/a.toml", "home/a.toml", "home/b.toml", READ, False, id="no home for it"),
        pytest.param("home/config/watchlists/a.toml", "synced/chain", "far/b.toml", READ, True, id="a link to a link"),
        pytest.param("home/config/watchlists/a.toml", "later/a.toml", "later/a.toml", READ, False, id="to nowhere"),
        pytest.param("home/config/channels.d", "synced", "synced/desk.toml", READ, True, id="desks"),
        pytest.param("home/data/drafts/her", "synced", "synced/draft.txt", FILL, True, id="in a folder of the data"),
        pytest.param("home/data/vault", "disk/vault", "far/a.age", FILL, True, id="a link beyond a link"),
        pytest.param("home/data/monitor.db", "synced/a.toml", "synced/a-wal", FILL, True, id="a file of the data"),
        pytest.param("home/data/round", "home/data", "home/b", FILL, False, id="in a circle"),
    ],
)
def test_where_links_lead_is_within_reach(
    settings: Settings, tmp_path: Path, link: str, to: str, asked: str, rights: landlock.FileRight, wanted: bool
) -> None:
    for made in ("synced", "far", "disk/vault", "home/data/drafts"):
        (tmp_path / made).mkdir(parents=True, mode=0o700)
    for file in ("synced/a.toml", "home/a.toml", "far/a.toml"):
        (tmp_path / file).write_text("")
    (tmp_path / "synced" / "chain").symlink_to(tmp_path / "far" / "a.toml")
    (tmp_path / "disk" / "vault" / "more").symlink_to(tmp_path / "far")
    (tmp_path / link).symlink_to(tmp_path / to)
    assert core.core_reach(settings).of_what_is_there().covers(tmp_path / asked, rights) is wanted


def test_a_folder_in_the_home_that_is_not_there_opens_no_home(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "home" / "backups"
    settings = replace(settings, backup=BackupSettings(folder=str(folder)))
    reach = core.core_reach(settings).of_what_is_there()
    assert not reach.covers(tmp_path / "home", READ) and not reach.covers(folder, FILL)
    monkeypatch.setattr(core, "_in_force", [reach])
    assert core.out_of_reach(settings) == (), "it is not there"
    folder.mkdir()
    assert core.out_of_reach(settings) == (folder,)
    assert not core.may_write_in(folder) and core.may_write_in(settings.data_dir)


def test_a_home_that_a_link_leads_to_is_one(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where /home is a link to /var/home."""
    (tmp_path / "usual").symlink_to(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "usual" / "home"))
    (tmp_path / "home" / "a.toml").write_text("")
    (settings.watchlist_dir / "a.toml").symlink_to(tmp_path / "usual" / "home" / "a.toml")
    reach = core.core_reach(settings).of_what_is_there()
    assert reach.covers(tmp_path / "home" / "a.toml", READ) and not reach.covers(tmp_path / "home" / "b.toml", READ)


def test_of_links_made_since_the_start_those_of_the_data_itself_count(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "_in_force", [core.core_reach(settings).of_what_is_there()])
    (tmp_path / "home/data/drafts").mkdir()
    (tmp_path / "home/data/drafts/hers").symlink_to(tmp_path / "media")
    assert core.out_of_reach(settings) == (), "what a person put there for herself"
    settings.vault_dir.symlink_to(tmp_path / "media" / "you")
    assert core.out_of_reach(settings) == (settings.vault_dir,)


def test_a_configuration_that_names_what_was_given_up(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.path is not None
    monkeypatch.setattr(core, "_in_force", [core.core_reach(settings).of_what_is_there()])
    (tmp_path / "media" / "other").mkdir()
    files = ReadFiles(settings.path)
    files.load()
    with settings.path.open("a") as file:
        file.write(f'[backup]\ndir = "{tmp_path / "media" / "other"}"\n')
    with pytest.raises(GivenUp, match="media/other") as caught:
        files.load()
    assert "Restart" in caught.value.remedy
    monkeypatch.setattr(core, "_in_force", [])  # one that gave up nothing
    assert files.load().backup.folder


def test_a_secret_in_a_folder_that_was_given_up_is_not_called_unreadable(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.path is not None
    monkeypatch.setattr(core, "_in_force", [core.core_reach(settings)])
    with settings.path.open("a") as file:
        file.write(f'[monitoring]\nping_url_file = "{tmp_path / "media" / "you" / "ping"}"\n')  # which it cannot read
    with pytest.raises(GivenUp, match="media/you"):
        ReadFiles(settings.path).load()


def test_where_the_settings_of_the_machine_lie_in_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {
        "run/connman/resolv.conf": "run/connman",
        "run/hosts": "run/hosts",
        "mnt/wsl/resolv.conf": "mnt/wsl/resolv.conf",
    }
    monkeypatch.setattr(places, "_OF_THE_MACHINE", (tmp_path / "run",))
    for number, file in enumerate(made):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("")
        (tmp_path / f"link{number}").symlink_to(tmp_path / file)
    (tmp_path / "plain").write_text("")
    links = [*(tmp_path / f"link{number}" for number in range(len(made))), tmp_path / "plain", tmp_path / "none"]
    assert list(places.led_to(links)) == [tmp_path / place for place in made.values()]


@pytest.mark.skipif(not landlocked(), reason="this kernel has no Landlock")
def test_what_is_replaced_is_read_or_said_to_take_a_restart(tmp_path: Path) -> None:
    """By a real process that gave up what the core does; who saves the files is somebody else."""
    synced, disk, mine = tmp_path / "synced", tmp_path / "disk" / "backups", tmp_path / "mine"
    for made in (synced, disk, mine / "lists", mine / "data"):
        made.mkdir(parents=True, mode=0o700)
    (mine / "config.toml").write_text(f'watchlist_dir = "lists"\ndata_dir = "data"\n[backup]\ndir = "{disk}"\n')
    write_list(synced / "a.toml", "first")
    (mine / "lists" / "a.toml").symlink_to(synced / "a.toml")

    def put_anew(folder: Path) -> None:
        folder.rename(folder.with_name("old"))
        folder.mkdir(mode=0o700)

    def saved_anew() -> None:
        write_list(synced / "new", "second")
        (synced / "new").replace(synced / "a.toml")

    def folder_anew() -> None:
        put_anew(synced)
        write_list(synced / "a.toml", "third")

    def another_folder() -> None:
        (tmp_path / "other").mkdir(mode=0o700)
        write_list(tmp_path / "other" / "a.toml", "fourth")
        (mine / "lists" / "a.toml").unlink()
        (mine / "lists" / "a.toml").symlink_to(tmp_path / "other" / "a.toml")

    def lists_anew() -> None:
        put_anew(mine / "lists")
        write_list(mine / "lists" / "a.toml", "fifth")

    def desks_and_backups_anew() -> None:
        put_anew(disk)
        (mine / "channels.d").mkdir(mode=0o700)
        (mine / "channels.d" / "desk.toml").symlink_to(tmp_path / "other" / "a.toml")

    steps = [saved_anew, folder_anew, another_folder, lists_anew, desks_and_backups_anew]
    command = fresh_interpreter(lists_given_up.__name__, str(mine))
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home")}
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, env=environment, cwd=root, stdin=PIPE, stdout=PIPE, text=True) as core_of_it:
        assert core_of_it.stdin is not None and core_of_it.stdout is not None
        for step in steps:
            core_of_it.stdout.readline()
            step()
            core_of_it.stdin.write("\n")
            core_of_it.stdin.flush()
        said = json.loads(core_of_it.stdout.read())
    assert (said["as it was"], said["saved anew"], said["the lists anew"]) == ("first", "second", "fifth")
    for name, folder in (
        ("the folder anew", synced),
        ("another folder", tmp_path / "other"),
        ("the backups anew", disk),
    ):
        assert f"gave up {folder} when it started" in said[name] and "Restart the daemon" in said[name], (name, said)
    assert (said["backups"], said["desks"]) == ("False", str(tmp_path / "other"))
    refused = [name for name, words in said.items() if words.startswith("the configuration")]
    assert refused == ["the backups anew"], "a list that is out of reach keeps no setting from being taken"


def write_list(path: Path, name: str) -> None:
    path.write_text(f'[[watch]]\nname = "{name}"\nkind = "page"\nurl = "https://x.example/"\nevery = "2h"\n')
    path.chmod(0o600)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(OSError(errno.ENOSYS, "Function not implemented"), "Function not implemented", id="no such call"),
        pytest.param(ValueError("it stays root"), "it stays root", id="in words of our own"),
    ],
)
def test_a_layer_that_is_not_there_is_said(error: Exception, said: str) -> None:
    def activate() -> str:
        raise error

    found = layer("other user", "stops something", activate)
    assert (found.active, found.why) == (False, f"not available here: {said}")
    assert lacking_layers([found]) == ["other-user"]


def test_what_is_allowed_is_no_proof() -> None:
    assert not proof("opens no file", "refused", lambda: None).active


def test_the_first_landlock_would_let_no_file_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(landlock, "landlock_version", lambda: 1)
    with pytest.raises(OSError, match="moved to another folder"):
        stay_within(FileReach({tmp_path: FILL}))
