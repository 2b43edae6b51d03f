"""The core: it has the keys, the store and the fingerprints, and gives up every way to the network, and every place to
write but its own. Where the database is on another machine, that way alone stays open (`kept_ways`)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from monitor.kept_ways import kept_places, kept_ways
from monitor.model.settings import Settings
from monitor.parts.confine import places, seccomp
from monitor.parts.confine.landlock import CONNECT, FILL, READ, RUN, USE, FileReach, FileRight, stay_within
from monitor.parts.confine.layers import Confinement, layer, of_root
from monitor.parts.confine.memory import closed_memory
from monitor.parts.confine.privileges import (
    KEEPING_FILES,
    LEADING_CHILDREN,
    keep_capabilities,
    no_new_privileges,
)

_SOCKETS_WITH_A_PATH = ("/run", "/var/run", "/tmp")  # noqa: S108  # nothing is written there: D-Bus, systemd, journald
_BY_ADDRESS = ("NOTIFY_SOCKET", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS")
_BY_FOLDER = ("CREDENTIALS_DIRECTORY", "PARTS_DIRECTORY", "XDG_RUNTIME_DIR")


def confine_core(settings: Settings) -> tuple[Confinement, ...]:
    """For this process and all that it starts, for good; once, while it has no second thread. Never raises: what cannot
    be had is said in its layer."""
    return (
        *of_root(
            (
                "capabilities",
                "of root's rights it keeps those for its own files and children",
                lambda: keep_capabilities((*KEEPING_FILES, *LEADING_CHILDREN)),
            )
        ),
        layer("no new privileges", "no program it might reach gives it more rights", no_new_privileges),
        layer("memory", "no other process of this user reads it", closed_memory),
        layer(
            "landlock", "it writes into its own folders alone, and sees no others of yours", lambda: _shut_in(settings)
        ),
        layer(
            "system calls",
            f"it can open no socket to any network{_but()}, nor run what it has written",
            lambda: seccomp.refuse_calls(seccomp.beside_ways(seccomp.CORE, kept_ways())),
        ),
    )


def _but() -> str:
    return " but the database's" if kept_ways() else ""


_MOST_FOLDERS = 2_000  # of the data: looked through at the start


_in_force: list[FileReach] = []  # of this process, for good


def out_of_reach(settings: Settings) -> tuple[Path, ...]:
    """The folders that these settings name and that this process gave up when it was confined; () where it was not."""
    links = _links_and_folders(settings.data_dir)[0]  # not those further below, which a person may have put there
    return (*_lost((*_named_to_write(settings), *links), FILL), *_lost(_named_to_read(settings), READ))


def lists_out_of_reach(settings: Settings) -> tuple[Path, ...]:
    """The folders to which links among watchlists and desks lead, and that this process gave up. They keep nothing but
    those from being read."""
    return given_up(_linked_lists(settings))


def given_up(files: Iterable[Path]) -> tuple[Path, ...]:
    """The folders that these files lie in, links followed, and that this process may not read any more."""
    named = [*files]
    kept = [file.resolve().parent for file in named if _is_kept_from(file)]
    return tuple(dict.fromkeys((*kept, *_lost((file.absolute().parent for file in named), READ))))


def may_write_in(folder: Path) -> bool:
    """As far as it is for this process to say: False where it gave the folder up."""
    return all(reach.covers(folder, FILL) for reach in _in_force) and not _is_kept_from(folder)


def _lost(folders: Iterable[Path], rights: FileRight) -> tuple[Path, ...]:
    """What is not there is missing for another reason. One that took the place of another under the same name is not
    the one that a rule was made for."""
    there = (folder for folder in folders if _in_force and folder.exists())
    covered = {one: all(reach.covers(one, rights) for reach in _in_force) for one in there}
    return tuple(one for one, is_covered in covered.items() if not is_covered or _is_kept_from(one))


def _is_kept_from(path: Path) -> bool:
    """By this process's own confinement: whose it is and its mode would let this user read it."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except PermissionError:
        return bool(_in_force) and os.access(path, os.R_OK)
    except OSError:
        return False
    return False


def _shut_in(settings: Settings) -> str:
    reach, seen = core_reach(settings).of_what_is_there(), _too_much()
    remark = stay_within(reach)
    _in_force.append(reach)
    if wide := [str(folder) for folder in folders_to_read(settings) if folder in seen]:
        remark += f"; it can read all of {wide[0]}, where settings or secrets lie"
    return remark


def core_reach(settings: Settings) -> FileReach:
    return FileReach.of(
        (READ, (*places.program_folders(), *places.system_libraries())),
        (RUN, places.own_interpreter()),
        (FileRight.READ_DIR, places.finder_folders()),
        (READ, (*places.machine_settings(), *_of_environment(), Path("/sys"))),
        (READ, (place for folder in folders_to_read(settings) for place in _with_its_disk(folder))),
        (USE, places.devices()),
        (places.process_rights(), (Path("/proc"),)),  # a reader says there that it goes first when memory runs out
        (CONNECT, map(Path, _SOCKETS_WITH_A_PATH)),
        (READ | CONNECT, kept_places()),
        (FILL, folders_to_write(settings)),
        (FILL, (place for folder in _on_other_disks(settings) for place in _with_its_disk(folder))),
        ports=kept_ways(),
        abstract=any(_is_abstract(os.environ.get(name, "")) for name in _BY_ADDRESS),
    )


def folders_to_write(settings: Settings) -> tuple[Path, ...]:
    """As the settings name them, there or not, and where links in them lead."""
    return tuple(dict.fromkeys((*_named_to_write(settings), *_led_elsewhere(settings.data_dir))))


def _named_to_write(settings: Settings) -> tuple[Path, ...]:
    backups = [Path(settings.backup.folder)] if settings.backup.folder else []
    return (settings.data_dir, settings.vault_dir, *backups)


def folders_to_read(settings: Settings) -> tuple[Path, ...]:
    """What the settings name, and where links among watchlists and desks lead. A watchlist that lies openly in a home
    opens that file alone."""
    linked = [link.resolve() for link in _linked_lists(settings)]
    led_to = (one if one.parent in _too_much() else one.parent for one in linked)
    return tuple(dict.fromkeys((*_named_to_read(settings), *led_to)))


def _named_to_read(settings: Settings) -> tuple[Path, ...]:
    """Of settings, watchlists, desks and secrets: the folders, as what is saved anew is another file."""
    files = [*settings.secret_files, *map(Path, settings.evidence.timestamp_roots)]
    if settings.path is not None:
        files.append(settings.path)
    folders = [*_lists_of(settings), *(file.absolute().parent for file in files)]
    return tuple(dict.fromkeys((*folders, *(file.resolve().parent for file in files))))


def _linked_lists(settings: Settings) -> Iterator[Path]:
    links = (link for folder in _lists_of(settings) for link in _links_and_folders(folder)[0])
    return (link for link in links if link.suffix == ".toml")


def _lists_of(settings: Settings) -> tuple[Path, ...]:
    return (settings.watchlist_dir, *([settings.channels_dir] if settings.channels_dir else []))


def _on_other_disks(settings: Settings) -> Iterator[Path]:
    """Or so they may be."""
    if settings.backup.folder:
        yield Path(settings.backup.folder)
    yield from _led_elsewhere(settings.data_dir)


def _led_elsewhere(data_dir: Path) -> Iterator[Path]:
    """A person may have put a part of the data on another disk, by a symbolic link at any depth. Of one file its
    folder: what writes it makes others beside it."""
    for link in _links_below(data_dir):
        place = link.resolve()
        yield place.parent if place.is_file() and place.parent not in _too_much() else place


def _links_below(folder: Path) -> Iterator[Path]:
    """Also in what they lead to; each folder once."""
    seen, waiting = set[Path](), [folder]
    while waiting and len(seen) < _MOST_FOLDERS:
        real = waiting.pop().resolve()
        if real in seen or real in _too_much():
            continue
        seen.add(real)
        links, folders = _links_and_folders(real)
        yield from links
        waiting += folders


def _links_and_folders(folder: Path) -> tuple[list[Path], list[Path]]:
    """What leads to a folder is in both. Of a folder that cannot be read, none."""
    try:
        with os.scandir(folder) as entries:
            found = [(Path(entry.path), entry) for entry in entries if entry.is_symlink() or entry.is_dir()]
            links = [path for path, entry in found if entry.is_symlink()]
            return links, [path for path, entry in found if entry.is_dir()]
    except OSError:
        return [], []


def _with_its_disk(folder: Path) -> Iterator[Path]:
    """What is not there yet can be made below what is there. A disk that is put in later, or again, is another one to
    the kernel: so where one lies, or may be meant to, the folder that it appears in counts too. But nothing opens a
    home, or all that there is."""
    found = next(place for place in (folder, *folder.parents) if place.exists())
    disk = next(place for place in (found.resolve(), *found.resolve().parents) if os.path.ismount(place))
    awaited = found == folder.parent and _is_empty(found)  # where a disk is put in, without it
    appears_in = disk.parent if disk != Path("/") else found.parent if awaited else found
    for place in (found, appears_in):
        if place == folder or place not in _too_much():
            yield place


def _is_empty(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except OSError:
        return False


def _too_much() -> frozenset[Path]:
    home = Path(os.path.expanduser("~"))
    return frozenset(one for way in (home, home.resolve()) for one in (Path("/"), way, *way.parents))


def _of_environment() -> Iterator[Path]:
    for name in _BY_FOLDER:
        if os.path.isabs(os.environ.get(name, "")):
            yield Path(os.environ[name])
    for name, usual in (("XDG_CONFIG_HOME", ".config"), ("XDG_DATA_HOME", ".local/share")):
        given = os.environ.get(name, "")
        base = Path(given) if os.path.isabs(given) else Path(os.path.expanduser("~")) / usual
        yield base / "python_keyring"  # which keyring is meant


def _is_abstract(address: str) -> bool:
    return address.startswith("@") or "abstract=" in address
