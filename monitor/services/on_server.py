"""Where the finds are in a database on a server: what is done there by whoever runs it, and by no command here."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.errors import UsageError
from monitor.model.check import FAULT, OK, Check
from monitor.model.settings import Settings

_COPIED = (
    "Whoever runs the database's server copies it there, by pg_dump or so that any moment can be had back, and the "
    "vault's folder with it; the store's key is kept apart from both. docs/operations.md says how, and how to go back."
)


def is_on_server(settings: Settings) -> bool:
    return settings.database.url is not None


def refuse_backup(settings: Settings, what: str) -> None:
    """what: `a backup`, `a restore`. Raises UsageError."""
    if is_on_server(settings):
        raise UsageError(
            f"the finds are in a database on a server, and {what} by this command is of a store in a file",
            remedy=_COPIED,
        )


def refuse_erasing(settings: Settings) -> None:
    """One machine of several must not take from the others what they work with. Raises UsageError."""
    if is_on_server(settings):
        raise UsageError(
            "the finds are in a database on a server, which other machines may work with: this command removes none "
            "of it, and nothing was removed here",
            remedy="Stop every machine that works with it. As the owner of the database: DROP DATABASE. Then take url "
            "out of [database] here, and give this command again: keys, evidence, drafts and settings go.",
        )


def database_in_use() -> UsageError:
    """Other machines may work with it: with a new key beside theirs, nobody could read what the other keeps."""
    return UsageError(
        "there are cases in this database already",
        remedy="To work on them from here too, take the configuration and the store's key of the machine that made "
        "them; to begin anew, an empty database.",
    )


def check_backup() -> Iterator[Check]:
    yield Check("backup", OK, f"the finds are in a database on a server. {_COPIED}")


def check_server(settings: Settings) -> Iterator[Check]:
    """For `doctor`; nothing where the store is a file."""
    if settings.database.url is None:
        return
    from monitor.store.postgres.opening import looked_at

    found = looked_at(settings.database.url)
    way = "over a socket of this machine" if found.is_on_socket else "over TLS, and it proved who it is"
    said = f"PostgreSQL {found.version} {way}; the program's role owns nothing, and sees the cases it works for alone"
    if not found.keeps:
        yield Check(
            "database",
            FAULT,
            "the server does not wait until what is saved is on its disk: a power cut takes finds and alerts along",
            "Set fsync, full_page_writes and synchronous_commit to on, in the server's configuration.",
        )
    yield Check("database", OK, said)
