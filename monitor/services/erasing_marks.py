"""By what `erase` knows a file as the program's: ordinary, under a name that the program gives, with what the program
writes in it. Everything else is the person's, whatever it is called, and what a link leads to is not looked at."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection
from pathlib import Path

from monitor.model.removal import is_sitting, whole_of
from monitor.services.own_checks import CHECKS_HEAD, OWN_CHECKS
from monitor.watchlist_edit import EXAMPLE_WATCHLIST, PLACES, PLACES_HEAD

_MOST = 65_536
"""Bytes that are read of a file: none that is looked into is longer."""

_USELESS = re.compile(rb"[0-9a-f]{64,}")  # see `erasing.make_useless`
_STORE_KEY = re.compile(rb"[0-9a-fA-F]{64}\s*")
_PLAIN = re.compile(rb"# public key: age1[0-9a-z]{58}\nAGE-SECRET-KEY-1[0-9A-Z]{58}\n")
_HEADER = re.compile(
    rb"age-encryption\.org/v1\n-> scrypt [A-Za-z0-9+/]{22} \d\d?\n[A-Za-z0-9+/]{43}\n--- [A-Za-z0-9+/]{43}\n"
)
_SEALED_BODY = 16 + 152 + 16  # nonce, `_PLAIN`, tag: age-keygen writes a line more, so its files are longer
_SHEET_NAME = re.compile(r"recovery-sheet(-\d+)?\.txt")
_SHEET = re.compile(rb"RECOVERY SHEET\nMade on \d{4}-\d\d-\d\d\. Print it, then remove the file\.\n")
_SECRET_NAME = re.compile(r"[a-z0-9-]{1,44}\.url")
_SECRET = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://[^\r\n]+\n")
_ID = r"[0-9a-z]{16}(-r\d+)?(\.\d+)?\.age"
_IN_VAULT = re.compile(rf"{_ID}|store-key(\.\d+)?\.age|\.part-({_ID}|store-key\.age)")
_SEALED = b"age-encryption.org/v1\n"
_DRAFT_NAME = re.compile(r"\d\d+-[^/\s]+\.(txt|eml)")
_HEADS = {"example.toml": EXAMPLE_WATCHLIST.partition("\n")[0], PLACES: PLACES_HEAD.partition("\n")[0]}


def is_ordinary(path: Path) -> bool:
    """A file itself: no link to one, no folder."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Itself: no link to one."""
    return path.is_dir() and not path.is_symlink()


def _says(path: Path, fits: Callable[[bytes], object]) -> bool:
    """Never waits, and never reads through a link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and bool(fits(file.read(_MOST)))


def is_store_key(path: Path) -> bool:
    return _says(path, lambda content: _STORE_KEY.fullmatch(content) or _USELESS.fullmatch(content))


def is_identity(path: Path) -> bool:
    """One that `init` or the demo made, or a recovery sheet: by the name and by the very form."""
    if path.name == "identity.age":
        return _says(path, lambda content: _is_sealed_identity(content) or _USELESS.fullmatch(content))
    if path.name == "identity.txt":
        return _says(path, lambda content: _PLAIN.fullmatch(content) or _USELESS.fullmatch(content))
    if _SHEET_NAME.fullmatch(path.name):
        return _says(path, lambda content: _SHEET.match(content) or _USELESS.fullmatch(content))
    return False


def _is_sealed_identity(content: bytes) -> bool:
    header = _HEADER.match(content)
    return header is not None and len(content) - header.end() == _SEALED_BODY


def is_secret(path: Path, named: Collection[Path]) -> bool:
    """named: by the configuration."""
    return path in named and _SECRET_NAME.fullmatch(path.name) is not None and _says(path, _SECRET.fullmatch)


def is_watchlist(path: Path) -> bool:
    """That a command wrote, whatever the person put into it since."""
    head = _HEADS.get(path.name)
    return head is not None and _begins(path, head)


def is_own_check(path: Path) -> bool:
    return path.name == OWN_CHECKS and _begins(path, CHECKS_HEAD.partition("\n")[0])


def _begins(path: Path, head: str) -> bool:
    return _says(path, lambda content: content.startswith(head.encode()))


def is_vault_file(path: Path) -> bool:
    """What the vault writes; a half one may have nothing in it yet."""
    is_part = path.name.startswith(".part-")
    return _IN_VAULT.fullmatch(path.name) is not None and _says(
        path, lambda content: content.startswith(_SEALED) or (is_part and _SEALED.startswith(content))
    )


def is_draft(path: Path) -> bool:
    """By its name alone, in a sitting's folder: for when the store does not say which there are."""
    return is_ordinary(path) and is_sitting(path.parent) and _DRAFT_NAME.fullmatch(whole_of(path.name)) is not None
