"""Whose word counts: a configuration, watchlist, secret or channel that somebody else may have written is not taken."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor import config, watchlist
from monitor.errors import ConfigError
from monitor.model.settings import Settings
from monitor.takedown.channel_files import load_channels
from monitor.trusted import NotTrusted, check_folder, open_trusted

STRANGER = 65_534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to other users")


def own(path: Path, uid: int, gid: int = -1) -> None:
    os.chown(path, uid, gid, follow_symlinks=False)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of the caller's own, with a file in it."""
    folder = tmp_path / 'it\'s a "place"'
    folder.mkdir(mode=0o755)
    file = folder / "config.toml"
    file.write_text("")
    file.chmod(0o644)
    return file


def _linked(file: Path, owner: int, target_owner: int) -> None:
    target = file.parent.parent / "elsewhere"
    target.mkdir()
    file.rename(target / "real.toml")
    own(target / "real.toml", target_owner)
    file.symlink_to(target / "real.toml")
    own(file, owner)


def _foreign_folder_of_the_target(file: Path) -> None:
    _linked(file, 0, 0)
    own(file.parent.parent / "elsewhere", STRANGER)


def _circle(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


ALLOWED: dict[str, Callable[[Path], object]] = {
    "ordinary": lambda file: None,
    "for the owner alone": lambda file: (file.chmod(0o600), file.parent.chmod(0o700)),
    "readable by all": lambda file: (file.chmod(0o444), file.parent.chmod(0o555)),
    "in a folder as /tmp": lambda file: file.parent.chmod(0o1777),
    "a link of one's own": lambda file: _linked(file, os.geteuid(), os.geteuid()),
}
REFUSED: dict[str, Callable[[Path], object]] = {
    "written by all": lambda file: file.chmod(0o646),
    "written by a group": lambda file: file.chmod(0o664),
    "written and read by all": lambda file: file.chmod(0o666),
    "a folder written by all": lambda file: file.parent.chmod(0o757),
    "a folder written by a group": lambda file: file.parent.chmod(0o775),
}
REFUSED_OF_OTHERS: dict[str, Callable[[Path], object]] = {
    "another's": lambda file: own(file, STRANGER),
    "another's, in a folder as /tmp": lambda file: (own(file, STRANGER), file.parent.chmod(0o1777)),
    "another's, unreadable for others": lambda file: (own(file, STRANGER), file.chmod(0o600)),
    "in another's folder": lambda file: own(file.parent, STRANGER),
    "in another's folder that is as /tmp": lambda file: (own(file.parent, STRANGER), file.parent.chmod(0o1777)),
    "another's link": lambda file: _linked(file, STRANGER, 0),
    "a link to another's": lambda file: _linked(file, 0, STRANGER),
    "a link into another's folder": _foreign_folder_of_the_target,
}


@pytest.mark.parametrize("made", [pytest.param(made, id=name) for name, made in ALLOWED.items()])
def test_what_is_taken(place: Path, made: Callable[[Path], object]) -> None:
    made(place)
    with open_trusted(place) as file:
        assert file.read() == b""
    assert config.load(place, {}).path == place


@pytest.mark.parametrize("made", [pytest.param(made, id=name) for name, made in REFUSED.items()])
def test_what_others_may_write_is_refused(place: Path, made: Callable[[Path], object]) -> None:
    made(place)
    _refused(place, "chmod go-w ")


@as_root
@pytest.mark.parametrize("made", [pytest.param(made, id=name) for name, made in REFUSED_OF_OTHERS.items()])
def test_what_is_another_user_s_is_refused(place: Path, made: Callable[[Path], object]) -> None:
    made(place)
    _refused(place, "chown ")


def _refused(place: Path, command: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(place, {})
    error = caught.value
    assert error.exit_code == 2 and error.file in str(error) and "so it is not taken" in str(error)
    line = error.remedy[error.remedy.index(command) :]
    words = shlex.split(line)  # as a shell reads what the person copies
    assert words[-1] == error.file
    subprocess.run(words, check=True)
    try:
        config.load(place, {})
    except ConfigError as further:  # a second thing may be wrong, never the same one again
        assert (further.file, str(further)) != (error.file, str(error))


@as_root
def test_root_is_told_to_run_as_whose_it_is(place: Path) -> None:
    own(place, STRANGER)
    with pytest.raises(ConfigError) as caught:
        config.load(place, {})
    assert "belongs to nobody, not to root, so" in str(caught.value)
    assert "run this as nobody, not as root" in caught.value.remedy


@pytest.mark.parametrize("kind", ["pipe", "folder", "circle of links", "missing"])
def test_what_is_no_file_is_told_and_never_waited_for(place: Path, kind: str) -> None:
    place.unlink()
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "circle of links":
        place.symlink_to(place.name)
    with pytest.raises(OSError, match=r"ordinary|links|No such file|Is a directory"):
        open_trusted(place)


def test_what_was_opened_is_what_was_checked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Swapped after the look at it: the descriptor still holds the one that was looked at."""
    place.write_text("# the first")
    looked = os.fstat

    def swap(number: int) -> os.stat_result:
        found = looked(number)
        other = place.parent / "other.toml"
        other.write_text("# the second")
        other.replace(place)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", swap)
        opened = open_trusted(place)
    with opened:
        assert opened.read() in (b"# the first", b"# the second")
        number = opened.fileno()
        assert looked(number).st_uid == os.geteuid()


# --- the same for everything that decides


WATCH = '[[watch]]\nname = "good"\nurl = "https://good.example/"\nevery = "1h"\n'


def watches(folder: Path) -> watchlist.WatchlistLoad:
    return watchlist.load_all(Settings(path=None, data_dir=folder, watchlist_dir=folder))


def test_a_watchlist_that_others_may_write_does_not_hide_the_others(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(WATCH.replace("good", name, 1))
    (tmp_path / "one.toml").chmod(0o666)
    found = watches(tmp_path)
    (error,) = found.errors
    assert [watch.name for watch in found.watches] == ["two"]
    assert error.file == str(tmp_path / "one.toml") and "chmod go-w" in error.remedy and error.exit_code == 2


@as_root
@pytest.mark.parametrize("whole", [True, False], ids=["its folder", "a file"])
def test_a_watchlist_of_another_user_is_not_taken(tmp_path: Path, whole: bool) -> None:
    (tmp_path / "one.toml").write_text(WATCH)
    own(tmp_path if whole else tmp_path / "one.toml", STRANGER)
    found = watches(tmp_path)
    (error,) = found.errors
    assert found.watches == () and "belongs to nobody" in str(error) and "chown root" in error.remedy


def test_a_watchlist_folder_that_others_may_write_is_one_error(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(WATCH.replace("good", name, 1))
    tmp_path.chmod(0o777)
    (error,) = watches(tmp_path).errors
    assert error.remedy.endswith(f"chmod go-w {tmp_path}")


@pytest.mark.parametrize("at", ["folder", "file"])
def test_channels_that_others_may_write_are_refused(tmp_path: Path, at: str) -> None:
    (tmp_path / "own.toml").write_text("")
    (tmp_path if at == "folder" else tmp_path / "own.toml").chmod(0o777)
    with pytest.raises(ConfigError) as caught:
        load_channels(tmp_path)
    assert "so it is not taken" in str(caught.value) and "chmod go-w" in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('[alerts]\nurls_file = "secret"', id="where alerts go"),
        pytest.param('[alerts]\nurls = [{ url_file = "secret" }]', id="one of them"),
        pytest.param('[database]\nkey_file = "secret"', id="the store's key"),
        pytest.param('[credentials.a]\nhost = "a.example"\ntoken_file = "secret"', id="an account"),
    ],
)
def test_a_secret_that_others_may_write_is_refused(place: Path, text: str) -> None:
    place.write_text(text)
    secret = place.parent / "secret"
    secret.write_text("json://user:hunter2@there.example")
    secret.chmod(0o622)
    with pytest.raises(ConfigError) as caught:
        config.load(place, {})
    assert "so it is not taken" in str(caught.value) and f"chmod go-w {shlex.quote(str(secret))}" in caught.value.remedy
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("by", ["--config", "variable", "this folder", "home", "a link in this folder"])
def test_however_it_is_found(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    place.chmod(0o666)
    monkeypatch.chdir(tmp_path)
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "none")}
    if by == "variable":
        environ["REUPLOAD_MONITOR_CONFIG"] = str(place)
    elif by == "this folder":
        monkeypatch.chdir(place.parent)
    elif by == "a link in this folder":
        (tmp_path / "config.toml").symlink_to(place)
    elif by == "home":
        home = tmp_path / "none" / "reupload-monitor"
        home.mkdir(parents=True)
        place.rename(home / "config.toml")
    with pytest.raises(ConfigError, match="so it is not taken"):
        config.load(place if by == "--config" else None, environ)


# --- as somebody else than root


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that an ordinary user reaches: pytest's own are root's alone."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="monitor-trusted-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _as(uid: int, words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    code = (
        f"import grp, os, pwd, sys; sys.path[:0] = {sys.path!r}\n"
        "from pathlib import Path\nfrom monitor.trusted import *\n"
        f"os.setgroups([]); os.setresgid({uid}, {uid}, {uid}); os.setresuid({uid}, {uid}, {uid})\n"
        f"folder = Path({str(folder)!r})\n{words}"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@as_root
@pytest.mark.parametrize(
    ("owner", "mode", "says"),
    [
        pytest.param(0, 0o644, "", id="root's"),
        pytest.param(STRANGER, 0o644, "", id="one's own"),
        pytest.param(1, 0o644, "belongs to daemon, not to nobody or root", id="another's"),
        pytest.param(0, 0o664, "a group", id="root's, written by a group"),
        pytest.param(STRANGER, 0o664, "a group", id="one's own, written by a group of others"),
    ],
)
def test_as_an_ordinary_user(shared: Path, owner: int, mode: int, says: str) -> None:
    file = shared / "config.toml"
    file.write_text("x = 1")
    own(file, owner, owner)
    file.chmod(mode)
    words = "try: print(open_trusted(folder / 'config.toml').read())\nexcept NotTrusted as error: print(error)"
    done = _as(STRANGER, words, shared)
    assert done.stderr == ""
    assert (says or "b'x = 1'") in done.stdout


def _private(
    path: Path, monkeypatch: pytest.MonkeyPatch, members: list[str], name: str = "ann", second: int = 0
) -> None:
    """As a system with umask 002 has it: ann, with a group ann of her own."""
    import grp
    import pwd

    ann = pwd.struct_passwd(("ann", "x", 4711, 4711, "", "/", "/bin/sh"))
    bob = pwd.struct_passwd(("bob", "x", 4712, 4711 if second else 4712, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: ann)
    monkeypatch.setattr(pwd, "getpwall", lambda: [ann, bob])
    monkeypatch.setattr(grp, "getgrgid", lambda gid: grp.struct_group((name, "x", gid, members)))
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    for one in (path, path.parent):
        own(one, 4711, 4711)
        one.chmod(one.stat().st_mode | 0o020)


@as_root
def test_a_group_of_the_owner_alone_is_nobody_else(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _private(place, monkeypatch, [])
    open_trusted(place).close()
    check_folder(place.parent)


@as_root
@pytest.mark.parametrize(
    "group",
    [
        pytest.param({"members": ["bob"]}, id="another is in it"),
        pytest.param({"members": [], "name": "users"}, id="a group of everybody"),
        pytest.param({"members": [], "second": 1}, id="another has it too"),
    ],
)
def test_a_group_with_others_in_it(place: Path, monkeypatch: pytest.MonkeyPatch, group: dict[str, object]) -> None:
    _private(place, monkeypatch, **group)  # type: ignore[arg-type]
    with pytest.raises(NotTrusted):
        open_trusted(place)


@as_root
def test_an_access_list_is_no_group_of_one_s_own(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _private(place, monkeypatch, [])
    monkeypatch.setattr(os, "getxattr", lambda *_: b"\x02")
    with pytest.raises(NotTrusted):
        open_trusted(place)
