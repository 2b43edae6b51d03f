"""Sockets bent to one proxy, for the process that sends alerts and for no other.

After `only_through(proxy)`, `socket.create_connection` dials through the proxy (smtplib, urllib3 and with
it requests, http.client use it), and every other way to the network raises: a plugin that knows no proxy
sends nothing, instead of telling its destination, or a name server, where the person is.

The way itself is that of everything that goes out (`outbound.proxy`), in a thread of its own. What the libraries get is
one end of a pair of sockets: they make TLS on the descriptor, which inside the TLS of a proxy would break it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from monitor.model.proxy import Proxy
from monitor.outbound.dialling import Streams
from monitor.outbound.proxy import ProxyFailed, open_through

DEFAULT_TIMEOUT_S = 20.0
_PIECE_BYTES = 64 * 1024

_dialling = threading.local()
"""`.on` in the threads that open our own sockets to the proxy."""


class PastTheProxy(OSError):
    pass


def only_through(url: str) -> None:
    """Bends this process for good. Raises ValueError for a proxy that cannot be used."""
    proxy = Proxy.of(url)

    def create_connection(
        address: tuple[str, int],
        timeout: Any = None,
        source_address: Any = None,
        socket_options: Any = None,
        **_: Any,
    ) -> socket.socket:
        seconds = timeout if isinstance(timeout, int | float) else DEFAULT_TIMEOUT_S
        return dial(proxy, address[0], address[1], seconds)

    import urllib3.util.connection

    for module in (socket, urllib3.util.connection):
        setattr(module, "create_connection", create_connection)  # noqa: B010  # its own type is wider
    for name in ("connect", "connect_ex", "sendto", "sendmsg"):
        setattr(socket.socket, name, _guarded_method(name))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"):
        setattr(socket, name, _guarded_lookup(name))


def dial(proxy: Proxy, host: str, port: int, timeout: float) -> socket.socket:
    """A connected socket to `host`, whose name the proxy resolves. timeout: seconds for all that the proxy has to say
    together, and then for each wait of who uses the socket. Raises OSError."""
    opening = asyncio.run_coroutine_threadsafe(_opened(proxy, host, port, timeout), _loop())
    try:
        return opening.result()
    except UnicodeError as error:
        raise OSError("a host name that none can have") from error
    finally:
        opening.cancel()  # where the one who waits was interrupted


async def _opened(proxy: Proxy, host: str, port: int, timeout: float) -> socket.socket:
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await open_through(proxy, host, port)
    except ProxyFailed as error:
        if isinstance(error.__cause__, ConnectionRefusedError):
            raise ProxyFailed("the proxy refused the connection") from error
        raise
    except TimeoutError as error:
        raise TimeoutError("the proxy is too slow") from error
    ours, theirs = socket.socketpair()
    near = await asyncio.open_connection(sock=ours)
    task = asyncio.get_running_loop().create_task(_pass_on((reader, writer), near))
    _running.add(task)
    task.add_done_callback(_running.discard)
    made = _Tunnel(fileno=theirs.detach())
    made.settimeout(timeout)
    return made


class _Tunnel(socket.socket):
    """Stands for a TCP connection: what is set of one is not set here."""

    def setsockopt(self, level: int, *more: Any) -> None:
        if level != socket.IPPROTO_TCP:
            super().setsockopt(level, *more)


_running: set[asyncio.Task[None]] = set()


async def _pass_on(far: Streams, near: Streams) -> None:
    async def one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            while piece := await reader.read(_PIECE_BYTES):
                writer.write(piece)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
                return
        writer.close()

    await asyncio.gather(one_way(near[0], far[1]), one_way(far[0], near[1]))
    for _, writer in (far, near):
        writer.close()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """In a thread that ends with the process."""
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(1, initializer=_may_dial))  # it looks up the proxy's own name

    def run() -> None:
        _may_dial()
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    return loop


def _may_dial() -> None:
    _dialling.on = True


def _guarded_method(name: str) -> Any:
    real = getattr(socket.socket, name)

    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family != socket.AF_UNIX and not getattr(_dialling, "on", False):
            raise PastTheProxy("this kind of channel would go past the configured proxy")
        return real(self, *args)

    return guarded


def _guarded_lookup(name: str) -> Any:
    real = getattr(socket, name)

    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not getattr(_dialling, "on", False):
            raise PastTheProxy("this kind of channel would ask a name server past the configured proxy")
        return real(*args, **kwargs)

    return guarded
