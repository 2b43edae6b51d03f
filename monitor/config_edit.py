"""Edits of TOML files that a person wrote: comments, order and every other byte stay as they were.

`edited` is the one way: a change is done to the file's text and to what the file means; what is written must mean
exactly that, else nothing is. Whoever reads the file has the old one or the new one. Secrets go to files of their own
beside config.toml (`write_secret`), so that no password has to stand in it.
"""

from __future__ import annotations

import fcntl
import glob
import os
import re
import shlex
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item
from tomlkit.toml_document import TOMLDocument

from monitor.errors import UsageError, WorkFailed

SECRETS = "secrets"
"""The folder beside config.toml where secrets lie that a command asked for, a file each."""

TomlEdit = Callable[[Any], None]
"""Changes a document by plain values (dict, list, str ...) only: it is called with a tomlkit document and with the
plain data of the same file. Raises TypeError, KeyError, ValueError or AttributeError where the file is not made for
it."""


def edited(path: Path, change: TomlEdit, *, by_hand: str, head: str = "") -> None:
    """Changes the file, and nothing else in it. by_hand: what the person is to write instead where this cannot be done.
    head: comment lines that a file begins with which is not there yet; without it, such a one is refused. Raises
    UsageError, and WorkFailed where it cannot be written: then nothing was changed."""
    path = path.resolve()  # a link stays one
    with one_at_a_time(path.parent):
        edited_alone(path, change, by_hand=by_hand, head=head)


def edited_alone(path: Path, change: TomlEdit, *, by_hand: str, head: str = "") -> None:
    """`edited`, for who holds `one_at_a_time` already, to look at several files first."""
    text = read_toml(path) if path.exists() or not head else head
    wanted = parsed_toml(path, text)
    cannot = UsageError(f"{path} is written in a way that this command cannot change", remedy=by_hand)
    try:
        document = tomlkit.parse(text)
        for each in (document, wanted):
            change(each)
        changed = tomlkit.dumps(document)
        as_meant = tomllib.loads(changed) == wanted
    except (TOMLKitError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise cannot from error
    if not as_meant:
        raise cannot
    replace_file(path, changed.encode(), remedy=by_hand)


def recipients_in(path: Path) -> tuple[str, ...]:
    """Of `[evidence]`, as the file has them. Raises UsageError where it cannot be read."""
    evidence = parsed_toml(path, read_toml(path)).get("evidence")
    found = evidence.get("recipients") if isinstance(evidence, dict) else None
    return tuple(found) if isinstance(found, list) else ()


def write_recipients(path: Path, recipients: Sequence[str]) -> None:
    """As `edited`."""

    def change(document: Any) -> None:
        keep_in_list(section(document, "evidence"), "recipients", recipients)

    listed = ", ".join(f'"{one}"' for one in recipients)
    by_hand = f"Write it yourself, below [evidence]: recipients = [{listed}]. Then run the command once more."
    edited(path, change, by_hand=by_hand)


def write_key_file(path: Path, file: Path) -> None:
    """Where the store's key lies, into `[database]`. As `edited`."""

    def change(document: Any) -> None:
        table = section(document, "database")
        table.pop("key", None)
        table["key_file"] = str(file)

    edited(path, change, by_hand=f'Write it yourself, below [database]: key_file = "{file}"')


def section(document: Any, name: str) -> Any:
    """The table of that name, made where there is none. Raises TypeError where something else has the name."""
    table = document.setdefault(name, {})
    if not isinstance(table, dict):
        raise TypeError(f"{name} is not a table")
    return document[name]


def keep_in_list(table: Any, key: str, wanted: Sequence[Any]) -> None:
    """Each entry that stays keeps its place, its line and its comment; what is new comes last."""
    if key not in table:
        table[key] = list(wanted)
        return
    listed = table[key]
    if not isinstance(listed, list):
        raise TypeError(f"{key} is not a list")
    for gone in [one for one in listed if one not in wanted]:
        listed.remove(gone)
    for new in [one for one in wanted if one not in listed]:
        listed.append(new)


def add_entry(table: Any, key: str, entry: Mapping[str, Any]) -> None:
    """A table on a line of its own in a list: `urls = [` ... `{ url_file = "mail.url" },` ... `]`."""
    is_text = isinstance(table, Item | TOMLDocument)  # else it is the plain data of it
    if key not in table:
        table[key] = tomlkit.array().multiline(True) if is_text else []
    if not isinstance(table[key], list):
        raise TypeError(f"{key} is not a list")
    made: Any = tomlkit.inline_table() if is_text and not isinstance(table[key], AoT) else {}
    made.update(entry)
    table[key].append(made)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Two commands at once: the second reads what the first wrote. Raises WorkFailed."""
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise WorkFailed(f"{folder} cannot be opened: {error.strerror}", remedy="See who may write there.") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def replace_file(path: Path, content: bytes, *, remedy: str) -> None:
    """In one step. Mode and owner stay; a new file is for its owner only, who is the folder's. Raises WorkFailed."""
    path = path.resolve()  # a link stays one
    part = _half_of(path)
    try:
        is_new = not path.exists()
        like = (path.parent if is_new else path).stat()
        mode = 0o600 if is_new else stat.S_IMODE(like.st_mode)
        _write_part(part, content, mode, like if not is_new or os.geteuid() == 0 else None)
        os.rename(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise WorkFailed(f"{path} cannot be written: {error.strerror}", remedy=remedy) from error


def _half_of(path: Path) -> Path:
    """Where a file is written before it gets its name."""
    return path.with_name(f".{path.name}.part")


def _write_part(part: Path, content: bytes, mode: int, like: os.stat_result | None) -> None:
    """On the disk afterwards. Raises OSError."""
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        if like is not None:
            _give_to(file.fileno(), like)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


KEPT_ASIDE = ".old-"
"""Behind a file's name, before the time, where it was kept as it was."""


def keep_aside(path: Path, now: datetime, *, remedy: str) -> Path:
    """The file as it is, beside it, for whom it is readable and nobody else: NAME.old-TIME. Where the newest such file
    has the same content already, that one. Raises WorkFailed."""
    path = path.resolve()
    names = (f"{path.name}{KEPT_ASIDE}{now:%Y%m%dT%H%M%SZ}{end}" for end in ("", *(f"-{one}" for one in range(2, 99))))
    kept = next(one for name in names if not os.path.lexists(one := path.with_name(name)))
    part = _half_of(path)
    try:
        content, like = path.read_bytes(), path.stat()
        for earlier in sorted(path.parent.glob(f"{glob.escape(path.name)}{KEPT_ASIDE}*"), reverse=True)[:1]:
            if earlier.is_file() and not earlier.is_symlink() and earlier.read_bytes() == content:
                return earlier
        _write_part(part, content, stat.S_IMODE(like.st_mode), like)
        os.rename(part, kept)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise WorkFailed(f"{path} cannot be kept aside: {error.strerror}", remedy=remedy) from error
    return kept


def refuse_secrets_folder(config: Path) -> None:
    """What can be known before a secret is asked for. Raises WorkFailed where `write_secret` would for the folder."""
    folder = config.resolve().parent / SECRETS
    if os.path.lexists(folder):
        with _writable(folder), _private(folder, config.stat()):
            pass


def write_secret(config: Path, name: str, text: str) -> Path:
    """A new file in `SECRETS` beside config.toml, named NAME or NAME-2, NAME-3 ...; nothing is overwritten. Whoever
    may read config.toml as its owner may read it, and nobody else but a group that root gave config.toml to. Raises
    WorkFailed, before anything is written where the folder is a link or others may write in it."""
    config = config.resolve()
    folder = config.parent / SECRETS
    stem, dot, ending = name.partition(".")
    stem = re.sub(r"[^a-z0-9-]+", "-", stem.lower()).strip("-")[:40] or "secret"
    with _writable(folder):
        owner = config.stat()
        shared = owner.st_uid == 0 and bool(owner.st_mode & stat.S_IRGRP) and owner.st_gid != 0
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            _own(folder, owner, 0o750 if shared else 0o700)
        with _private(folder, owner) as inside:
            for number in range(1, 1000):
                new = f"{stem}{f'-{number}' if number > 1 else ''}{dot}{ending}"
                with suppress(FileExistsError):
                    _write_inside(inside, new, text.encode() + b"\n", owner, 0o640 if shared else 0o600)
                    return folder / new
    raise WorkFailed(f"{folder} is full of files named {stem}", remedy="Remove those that are of no use any more.")


def _write_inside(inside: int, name: str, content: bytes, owner: os.stat_result, mode: int) -> None:
    """inside: the open folder. Raises OSError; then nothing is left of it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(name, flags, 0o600, dir_fd=inside)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), mode)
            _give_to(file.fileno(), owner)
    except OSError:
        with suppress(OSError):
            os.unlink(name, dir_fd=inside)
        raise


def remove_secret(config: Path, path: Path) -> bool:
    """Where it is one that `write_secret` may have written; False for any other file, which stays, as does one in a
    folder that is a link or that others may write in."""
    config = config.resolve()
    if path.parent.name != SECRETS or path.parent.parent.resolve() != config.parent:
        return False
    with suppress(OSError, WorkFailed), _private(config.parent / SECRETS, config.stat()) as inside:
        if stat.S_ISREG(os.stat(path.name, dir_fd=inside, follow_symlinks=False).st_mode):
            os.unlink(path.name, dir_fd=inside)
            return True
    return False


@contextmanager
def _private(folder: Path, owner: os.stat_result) -> Iterator[int]:
    """The folder, open: what was checked is what is written in. owner: config.toml's. Raises WorkFailed, OSError."""
    if folder.is_symlink():
        raise WorkFailed(
            f"{folder} leads elsewhere (it is a symbolic link), and a password is not written to where others may read",
            remedy=f"Move it away, then try again: mv {shlex.quote(str(folder))} ANOTHER-NAME",
        )
    inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(inside)
        if found.st_uid not in (owner.st_uid, os.geteuid(), 0):
            raise WorkFailed(
                f"{folder} belongs to another user, who could read or swap the passwords in it",
                remedy=f"Move it away, then try again: mv {shlex.quote(str(folder))} ANOTHER-NAME",
            )
        if found.st_mode & 0o022:
            raise WorkFailed(
                f"others may write in {folder}, so they could swap the passwords in it",
                remedy=f"Look through what stands there, then: chmod go= {shlex.quote(str(folder))}",
            )
        yield inside
    finally:
        os.close(inside)


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Raises WorkFailed for what the system refuses."""
    try:
        yield
    except OSError as error:
        why = error.strerror
        raise WorkFailed(
            f"no file for the secret can be written in {folder}: {why}", remedy="See who may write there."
        ) from error


def _own(path: Path, like: os.stat_result, mode: int) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, mode)
        _give_to(descriptor, like)
    finally:
        os.close(descriptor)


def _give_to(descriptor: int, like: os.stat_result) -> None:
    """Root that edits what is another's leaves it theirs."""
    if (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(descriptor, like.st_uid, like.st_gid)


def read_toml(path: Path) -> str:
    """The text. Raises UsageError."""
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", remedy="Correct it, then try again.") from error


def parsed_toml(path: Path, text: str) -> dict[str, Any]:
    """What it means. Raises UsageError."""
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}", remedy="Correct it, then try again.") from error
