"""How a transaction begins: one message, which says for whom it is, takes the locks, and asks what must still be true.

Each of its statements sees what is true when its turn comes, so what is asked after a lock was waited for is no older
than the lock.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from monitor.acting import FOR_EVERYBODY, Acting

_KEY_CHANGES = "(SELECT number FROM key_changes)"
EVERY_CASE = "\n"
"""No name holds it: it stands between names too."""

_KEY_OF_ALL = "installation"


def cases_setting(acting: Acting) -> str:
    """Of `monitor.cases`; '' shows no row of any case."""
    return EVERY_CASE if acting.every else "\n".join(acting.cases)


@lru_cache(maxsize=4096)
def begin_sql(acting: Acting, fence: str, *, writes: bool, alone: bool) -> str:
    """alone: for one statement; one that is for all cases takes no lock then, since it is whole by itself."""
    asked = ["(SELECT version_num FROM alembic_version)", NOW, _KEY_CHANGES]
    lock = _locks(acting, alone=alone) if writes else ""
    parts = ["BEGIN", *([lock] if lock else ())]
    if fence:  # asked for all, since what is held together may be of several cases, each of which sees its own
        parts += [scope_sql(FOR_EVERYBODY), _held_sql(fence)]
        asked.append("nullif(current_setting('monitor.held', true), '')")
    return "; ".join([*parts, scope_sql(acting), f"SELECT {', '.join(asked)}"])


def _held_sql(fence: str) -> str:
    """Parameters would take another message: it is quoted."""
    held = f"SELECT '1' FROM due_visits WHERE held_by = {quoted(fence)} AND held_until > {NOW} LIMIT 1 FOR SHARE"  # noqa: S608
    return f"SELECT set_config('monitor.held', coalesce(({held}), ''), true)"


NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
"""The database's time, as `UtcTime` keeps times."""


def scope_sql(acting: Acting) -> str:
    return f"SELECT set_config('monitor.cases', {quoted(cases_setting(acting))}, true)"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def lock_key(name: str) -> int:
    """Of an advisory lock: of a case, or of what else there is one of."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8, person=b"monitor").digest(), signed=True)


def _locks(acting: Acting, *, alone: bool) -> str:
    """Of everybody's writing the installation's lock is held by many at once, each with its own cases; whoever writes
    for all of them waits for those and holds it alone. In one order, so that nobody waits in a ring."""
    if acting.cases:
        keys = sorted({lock_key(f"case:{case}") for case in acting.cases})
        each = ", ".join(f"pg_advisory_xact_lock({key})" for key in keys)
        return f"SELECT pg_advisory_xact_lock_shared({lock_key(_KEY_OF_ALL)}), {each}"
    return "" if alone else f"SELECT pg_advisory_xact_lock({lock_key(_KEY_OF_ALL)})"
