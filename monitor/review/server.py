"""Serves the page on one address until nobody needs it."""

from __future__ import annotations

import asyncio
import errno
import os
import pwd
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from monitor.loopback import is_loopback
from monitor.review.application import Application
from monitor.review.gate import REFUSED_LINE
from monitor.review.headers import HEADERS
from monitor.review.keeping import PageKeeper
from monitor.review.links import Links
from monitor.review.peers import account_at, account_behind, accounts_let_in, is_told_here
from monitor.review.port import Core
from monitor.review.port.first_use import FirstUse
from monitor.review.proxied import AuthProxy
from monitor.review.rendering import Renderer
from monitor.review.session import Sessions

_HEAD_BYTES = 32 * 1024
_WAITING = 100
"""Connections that wait to be taken; a browser makes six."""
_TICK_S = 1.0
_REFUSED_S = 1.0
_LAST_S = 2
"""For what is being answered when it ends."""
WAITS_S = 20.0
"""For a head from its first byte, and for each piece of a body: on loopback only who stalls needs longer."""


def listening(address: str, port: int) -> socket.socket:
    """port: 0 = any that is free. Raises OSError."""
    found = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((address, port))
        found.listen(_WAITING)
    except BaseException:
        found.close()
        raise
    return found


def listening_near(address: str, port: int) -> socket.socket:
    """On that port, or on another one where it is taken: by a page that runs already, most likely. Raises OSError."""
    try:
        return listening(address, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return listening(address, 0)


def listening_for(path: Path, proxy: pwd.struct_passwd) -> socket.socket:
    """A Unix socket that this account and the proxy's group may open; an old one in its place goes. Raises OSError."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            path.unlink()
        found.bind(str(path))  # 0600 by the umask of every command
        if proxy.pw_uid != os.geteuid():
            os.chown(path, -1, proxy.pw_gid)
            path.chmod(0o660)
        found.listen(_WAITING)
    except BaseException:
        found.close()
        raise
    return found


def spelled_host(at: socket.socket) -> str:
    """As the Host header spells it."""
    address, port = at.getsockname()[:2]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def served(
    opens: Callable[[], Core],
    links: Links,
    sessions: Sessions,
    hosts: frozenset[str],
    clock: Callable[[], datetime],
    zone: tzinfo,
    product: str = "Monitor",
    *,
    keeper: PageKeeper | None = None,
    first_use: FirstUse | None = None,
    reading: Callable[[], str] = lambda: "",
    proxy: AuthProxy | None = None,
) -> ASGIApp:
    """The whole application, as uvicorn and the tests take it. keeper: of these links and sessions. reading: why
    nothing can be saved now; '' where it can. proxy: as `Application` has it."""
    keeper = keeper or PageKeeper(sessions, links, core=lambda: _if_open(opens))
    return Application(opens, keeper, hosts, clock, zone, first_use, reading, proxy, Renderer(product)).asgi()


def _if_open(opens: Callable[[], Core]) -> Core | None:
    from monitor.errors import MonitorError

    try:
        return opens()
    except MonitorError:
        return None


class _Plain(H11Protocol):
    """What is no HTTP, or names no one host, is refused as everything else is, with the same headers. So is, before a
    byte of it is read, what another account of this machine asks; and what stays away in the middle is cut off."""

    let_in: frozenset[int] | None = None
    """Accounts; None: whoever connects."""
    by_proxy: int | None = None
    """On a Unix socket: the one account that may, as the kernel says of the other end."""
    waits_s: float = WAITS_S
    is_stranger: bool = False
    """Whoever took the connection saw that already."""
    _late: asyncio.TimerHandle | None = None
    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.by_proxy is not None and account_at(transport.get_extra_info("socket")) != self.by_proxy:
            self._refuse(within_s=_REFUSED_S)
        elif self.is_stranger or (self.let_in is not None and not self._is_of(self.let_in)):
            self._refuse(within_s=_REFUSED_S)
        else:
            self._await_more()

    def data_received(self, data: bytes) -> None:
        if self._is_refused or self.transport.is_closing():
            return
        super().data_received(data)
        if self.conn.their_state is h11.SEND_BODY:
            self._forget_late()  # each piece of a body may take its time again, a head as a whole
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._await_more()
        else:
            self._forget_late()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_late()
        super().connection_lost(exc)

    def _is_of(self, accounts: frozenset[int]) -> bool:
        if not is_told_here() or self.client is None or self.server is None:
            return True
        return account_behind(self.client, (self.server[0], self.server[1] or 0)) in accounts

    def _await_more(self) -> None:
        if self._late is None and not self.transport.is_closing():
            self._late = self.loop.call_later(self.waits_s, self._cut_off)

    def _forget_late(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut_off(self) -> None:
        self._late = None
        if self.flow.read_paused:  # it is we who are busy with what came
            self._await_more()
        else:
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        self._refuse()

    def _refuse(self, *, within_s: float = 0) -> None:
        """within_s: as long as what is on its way here is dropped: closing at once would take the answer back."""
        self._is_refused = True
        heads: list[tuple[bytes, bytes]] = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"connection", b"close"),
            *((name.encode(), value.encode()) for name, value in HEADERS.items()),
        ]
        answer = h11.Response(status_code=403, headers=heads, reason=b"Forbidden")
        for event in (answer, h11.Data(data=REFUSED_LINE), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event))
        if within_s:
            self._late = self.loop.call_later(within_s, self.transport.close)
        else:
            self.transport.close()


class _Server(uvicorn.Server):
    """Ends in order on a signal; uvicorn's own way kills the process before what it holds is shut."""

    is_interrupted = False

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop, signals = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for each in signals:
            loop.add_signal_handler(each, self._end, each)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)

    def _end(self, given: signal.Signals) -> None:
        self.is_interrupted = self.is_interrupted or given is signal.SIGINT
        self.force_exit, self.should_exit = self.should_exit, True  # twice: at once


async def serve_page(
    app: ASGIApp,
    at: socket.socket,
    *,
    keeper: PageKeeper | None = None,
    clock: Callable[[], datetime] | None = None,
    tls: ssl.SSLContext | None = None,
    by_proxy: int | None = None,
) -> bool:
    """Until a signal, or half an hour after the last page. by_proxy: the account that may connect, of a Unix socket.
    Whether it was Ctrl-C."""
    let_in = accounts_let_in() if by_proxy is None and is_loopback(str(at.getsockname()[0])) else None
    server = _Server(_config(app, tls, let_in, by_proxy))
    watch = asyncio.create_task(_watched(server, keeper, clock)) if keeper and clock else None
    try:
        await server.serve(sockets=[at])
    finally:
        if watch is not None:
            watch.cancel()
        if keeper is not None:
            await keeper.leave_all()
    return server.is_interrupted


def _config(
    app: ASGIApp, tls: ssl.SSLContext | None, let_in: frozenset[int] | None, by_proxy: int | None = None
) -> uvicorn.Config:
    more: dict[str, Any] = {}
    if tls is not None:
        more["ssl_context_factory"] = lambda _config, _usual: tls
    return uvicorn.Config(
        app,
        http=type("_OfThisPage", (_Plain,), {"let_in": let_in, "by_proxy": by_proxy}),
        ws="none",
        lifespan="off",
        loop="asyncio",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,  # nobody stands between, or one whose word is taken by `proxied.py`
        h11_max_incomplete_event_size=_HEAD_BYTES,
        backlog=_WAITING,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=_LAST_S,
        **more,
    )


async def _watched(server: uvicorn.Server, keeper: PageKeeper, clock: Callable[[], datetime]) -> None:
    await until_over(keeper, clock)
    server.should_exit = True


async def until_over(keeper: PageKeeper, clock: Callable[[], datetime]) -> None:
    """Locks what has to be locked meanwhile."""
    while True:
        now = clock()
        await keeper.tick(now)
        if keeper.is_over(now):
            return
        await asyncio.sleep(_TICK_S)


class _Stranger(_Plain):
    is_stranger = True


class HandedConnections:
    """Serves the page to browsers whose connections somebody else took, on lines that lead nowhere else."""

    def __init__(self, app: ASGIApp) -> None:
        self._config = _config(app, None, None)
        self._config.load()
        self._state = ServerState()

    async def take(self, line: socket.socket, *, is_stranger: bool) -> None:
        """Returns at once. The line is closed with what comes by it."""
        kind = _Stranger if is_stranger else _Plain
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: kind(config=self._config, server_state=self._state, app_state={}), line
        )

    async def aclose(self) -> None:
        """What is being answered is answered, within two seconds."""
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            _, late = await asyncio.wait(self._state.tasks, timeout=_LAST_S)
            for task in late:
                task.cancel()
