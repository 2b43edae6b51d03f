"""The database of an installation with many cases or machines, as its owner and `doctor` see it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.config_addresses import a_database
from monitor.errors import UsageError
from monitor.model.settings import Secret, Settings
from monitor.trusted import NotTrusted, open_trusted

if TYPE_CHECKING:
    from monitor.store.postgres.preparing import PreparedTables

_MOST_BYTES = 4096


def prepared_database(settings: Settings | None, role: str, owner: str, owner_file: Path | None) -> PreparedTables:
    """settings, role: as whom the program connects, one of the two. owner: an address without a password; else
    owner_file has it. Raises UsageError, StoreError: then the tables are as they were."""
    from monitor.store.postgres.address import role_of
    from monitor.store.postgres.preparing import prepare_tables

    if settings is not None and settings.database.url is None:
        raise UsageError(
            "the configuration names no database: everything is kept in one encrypted file, which needs no preparing",
            remedy="For a PostgreSQL, set [database] url, or name the program's role: --role NAME. docs/operations.md "
            "says when that is worth it.",
        )
    if settings is not None and settings.database.url is not None:
        role = role_of(settings.database.url)
    return prepare_tables(_address(owner, owner_file), role)


def _address(owner: str, owner_file: Path | None) -> Secret:
    text = _read(owner_file) if owner_file is not None else owner
    try:
        address = a_database(text)
    except ValueError as error:
        raise UsageError(
            f"what was given for the owner {error}",
            remedy="For example --owner 'postgresql:///monitor?host=/run/postgresql&user=postgres'.",
        ) from error
    if address is None:
        raise UsageError("the address of the owner is empty", remedy="Write it into that file, in one line.")
    if owner and urlsplit(owner).password is not None:
        raise UsageError(
            "the address holds a password, and everybody on this machine can read what is typed",
            remedy="Write it into a file that only you can read, and give --owner-file FILE.",
        )
    return address


def _read(path: Path) -> str:
    try:
        with open_trusted(path) as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace").strip()
    except NotTrusted as error:
        raise UsageError(f"{error.path} {error.what}", remedy=error.right) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", remedy="Name another file.") from error


def keep_way_to_database(settings: Settings) -> None:
    """Noted for whoever shuts this process in, and names looked up, while that can be done."""
    from monitor.store.postgres.address import conninfo_of

    for url in (settings.database.url, settings.queue.url):
        if url is not None:
            conninfo_of(url)
