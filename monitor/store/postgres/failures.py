"""What PostgreSQL says, in the program's own errors. Never quotes a statement's values: they are private."""

from __future__ import annotations

import psycopg
from psycopg import errors as said

from monitor.errors import NoWriting, StoreAway, StoreBusy, StoreError
from monitor.store.failures import belongs_to_nothing

_PREPARE = (
    "Prepare it, as who is to own the tables: reupload-monitor database prepare --role NAME "
    "--owner URL (NAME: as whom the program connects)"
)
_FOR_A_WHILE = ("starting up", "shutting down", "recovery", "too many", "connection slots", "terminating")
_BUSY = (said.LockNotAvailable, said.DeadlockDetected, said.QueryCanceled, said.SerializationFailure)
_AWAY = (
    said.AdminShutdown,
    said.CrashShutdown,
    said.CannotConnectNow,
    said.TooManyConnections,
    said.ConnectionException,
    said.IdleInTransactionSessionTimeout,
    said.ReadOnlySqlTransaction,  # a standby: where the store was before, it is no more
)


def store_error_of(error: BaseException | None) -> StoreError:
    """error: of psycopg."""
    if isinstance(error, said.ForeignKeyViolation):
        return belongs_to_nothing()
    if isinstance(error, psycopg.IntegrityError):
        return StoreError(
            f"the store refused what should be saved ({_constraint(error)})", remedy="Please report this as a bug."
        )
    if isinstance(error, said.InsufficientPrivilege):
        return StoreError(
            "the database refused it: it is of a case that nobody was acting for, or the role lacks a grant",
            remedy=f"{_PREPARE}. If it stays so, please report this as a bug.",
        )
    if isinstance(error, said.UndefinedTable | said.UndefinedColumn):
        return StoreError(
            "the tables in the database were never made, or not by this program",
            remedy=_PREPARE,
        )
    if isinstance(error, said.DiskFull | said.OutOfMemory):
        return NoWriting(
            "the database's server has no room left",
            is_full=True,
            remedy="What was saved before is whole; nothing of this step was saved. Free some space on the server. The "
            "daemon goes on by itself then.",
        )
    if isinstance(error, _BUSY):
        return StoreBusy(
            "another process was writing the same case in the database, or the server was too slow, and it stayed so",
            remedy="Try again. If it stays so, look at what the database's server is doing.",
        )
    if (refused := _refused_at_the_door(error)) is not None:
        return refused
    if isinstance(error, _AWAY) or (isinstance(error, psycopg.OperationalError) and error.sqlstate is None):
        return away(_first_line(error))
    return StoreError(
        f"the database refused a statement ({getattr(error, 'sqlstate', None) or type(error).__name__})",
        remedy="Try again. If it stays so, please report this as a bug.",
    )


def away(why: str) -> StoreAway:
    return StoreAway(
        f"the database does not answer: {why}",
        remedy="Look at the database's server, and at the way to it. Nothing was left half written; the daemon goes on "
        "by itself once it answers.",
    )


def _refused_at_the_door(error: BaseException | None) -> StoreError | None:
    """A server that answers, and lets nobody in by this address: to try again mends nothing."""
    if not isinstance(error, psycopg.OperationalError) or error.sqlstate is not None:
        return None
    text = str(error)
    if "certificate" in text or "SSL" in text:
        return StoreError(
            f"the database's server did not prove who it is: {_last_line(error)}",
            remedy="Name the certificate of the authority that vouches for it in [database] url: sslrootcert=FILE; and "
            "the server by the name that its certificate has.",
        )
    _, fatal, why = text.partition("FATAL:")
    if not fatal or any(word in why for word in _FOR_A_WHILE):
        return None
    return StoreError(
        f"the database's server let nobody in: {why.strip().splitlines()[0]}",
        remedy="Look at [database] url: role, database and password; and at the server's pg_hba.conf.",
    )


def _constraint(error: psycopg.Error) -> str:
    return error.diag.constraint_name or error.diag.column_name or error.sqlstate or "for no reason it named"


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _last_line(error: BaseException) -> str:
    return next(reversed(str(error).splitlines()), "") or type(error).__name__
