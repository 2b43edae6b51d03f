"""`[database] url` as libpq takes it: with short waits, and over a network only to a server that proves who it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from monitor.errors import UsageError
from monitor.model.settings import Secret
from monitor.store.postgres.connecting import DIAL_S, STATEMENT_S
from monitor.store.postgres.ways import with_kept_ways

_OURS = {
    "connect_timeout": str(DIAL_S),
    "tcp_user_timeout": str(STATEMENT_S * 1000),
    "keepalives_idle": "30",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "application_name": "reupload-monitor",
    "client_encoding": "utf8",
    "gssencmode": "disable",
}
_SESSION = (
    f"-c statement_timeout={STATEMENT_S}s -c lock_timeout={STATEMENT_S}s "
    f"-c idle_in_transaction_session_timeout={STATEMENT_S * 12}s"
)
SYSTEM_ROOTS = "system"


def conninfo_of(url: Secret) -> str:
    """Raises UsageError, which quotes nothing of it: a password may stand in it."""
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(url.value).items() if value is not None}
    except psycopg.Error as error:
        raise UsageError(
            "the address of the database cannot be read",
            remedy="Write it as postgresql://ROLE@HOST/DATABASE, or postgresql:///DATABASE?host=/run/postgresql for a "
            "server on this machine.",
        ) from error
    if given.get("service"):
        raise UsageError(
            "the address of the database names a service, whose file may lead anywhere",
            remedy="Write out what stands there: postgresql://ROLE@HOST/DATABASE.",
        )
    if not is_on_socket(given):
        if given.get("sslmode", "verify-full") != "verify-full":
            raise UsageError(
                f"the address of the database asks for sslmode={given['sslmode']}: whoever stands between could read "
                "and change everything",
                remedy="Leave sslmode out (verify-full is used), and name the certificate of the authority with "
                "sslrootcert=FILE if it is your own.",
            )
    # On a socket libpq asks for neither. But where no host is named, one may come out of the environment (PGHOST,
    # PGSERVICE): what stands here goes before all that.
    given["sslmode"] = "verify-full"
    given.setdefault("sslrootcert", SYSTEM_ROOTS)
    options = " ".join(filter(None, (given.get("options", ""), _SESSION)))
    return make_conninfo("", **(with_kept_ways(given) | _OURS | {"options": options}))


def role_of(url: Secret) -> str:
    """As whom it connects. Raises UsageError where it does not say."""
    role = conninfo_to_dict(conninfo_of(url)).get("user")
    if not role:
        raise UsageError(
            "the address of the database names no role",
            remedy="Write it as postgresql://ROLE@HOST/DATABASE, or postgresql:///DATABASE?host=/run/postgresql&user=ROLE.",
        )
    return str(role)


def is_on_socket(given: Mapping[str, Any]) -> bool:
    hosts = [host for host in str(given.get("host") or given.get("hostaddr") or "").split(",") if host]
    return all(host.startswith(("/", "@")) for host in hosts)
