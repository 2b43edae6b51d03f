"""Sockets bent to one proxy, for the process that sends alerts and for no other.

After `only_through(proxy)`, `socket.create_connection` dials through the proxy (smtplib, urllib3 and with
it requests, http.client use it), and every other way to the network raises: a plugin that knows no proxy
sends nothing, instead of telling its destination, or a name server, where the person is.
"""

from __future__ import annotations

import base64
import ipaddress
import socket
import threading
import time
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from socksio import ProtocolError, socks5

DEFAULT_TIMEOUT_S = 20.0
MAX_ANSWER = 16 * 1024  # of an HTTP proxy, head only

_real_create_connection = socket.create_connection
_dialling = threading.local()
"""`.on` while our own dialler opens its socket to the proxy."""


class PastTheProxy(OSError):
    pass


def only_through(proxy: str) -> None:
    """Bends this process for good. Raises ValueError for a proxy that cannot be used."""
    target = urlsplit(proxy)
    if target.scheme not in ("http", "socks5", "socks5h") or not target.hostname:
        raise ValueError("a proxy for alerts is http://, socks5:// or socks5h://, with a host")

    def create_connection(
        address: tuple[str, int],
        timeout: Any = None,
        source_address: Any = None,
        socket_options: Any = None,
        **_: Any,
    ) -> socket.socket:
        seconds = timeout if isinstance(timeout, int | float) else DEFAULT_TIMEOUT_S
        return dial(target, address[0], address[1], seconds)

    import urllib3.util.connection

    for module in (socket, urllib3.util.connection):
        setattr(module, "create_connection", create_connection)  # noqa: B010  # its own type is wider
    for name in ("connect", "connect_ex", "sendto", "sendmsg"):
        setattr(socket.socket, name, _guarded_method(name))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"):
        setattr(socket, name, _guarded_lookup(name))


def dial(proxy: SplitResult, host: str, port: int, timeout: float) -> socket.socket:
    """A connected socket to `host`, whose name the proxy resolves. timeout: seconds for all that the proxy has to say
    together, and then for each wait of who uses the socket. Raises OSError."""
    end = time.monotonic() + timeout
    _dialling.on = True
    try:
        default_port = 8080 if proxy.scheme == "http" else 1080
        connected = _real_create_connection((proxy.hostname or "", proxy.port or default_port), timeout)
    finally:
        _dialling.on = False
    try:
        if proxy.scheme == "http":
            _http_connect(connected, proxy, host, port, end)
        else:
            _socks_connect(connected, proxy, host, port, end)
        connected.settimeout(timeout)
    except ProtocolError as error:
        connected.close()
        raise OSError("the proxy does not speak SOCKS5") from error
    except BaseException:
        connected.close()
        raise
    return connected


def _http_connect(connected: socket.socket, proxy: SplitResult, host: str, port: int, end: float) -> None:
    if any(char <= " " for char in host):
        raise OSError("a host name with blanks")
    literal = f"[{host}]" if ":" in host else host
    head = f"CONNECT {literal}:{port} HTTP/1.1\r\nHost: {literal}:{port}\r\n"
    if proxy.username:
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        head += f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"
    connected.sendall(head.encode("idna" if not host.isascii() else "ascii") + b"\r\n")
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):  # a byte at a time: what follows belongs to the destination
        byte = _received(connected, 1, end)
        if not byte or len(answer) > MAX_ANSWER:
            raise OSError("the proxy ended the connection")
        answer += byte
    words = answer.split(None, 2)
    if len(words) < 2 or not words[1].startswith(b"2"):
        raise OSError("the proxy refused the destination")


def _socks_connect(connected: socket.socket, proxy: SplitResult, host: str, port: int, end: float) -> None:
    protocol = socks5.SOCKS5Connection()
    method = socks5.SOCKS5AuthMethod.USERNAME_PASSWORD if proxy.username else socks5.SOCKS5AuthMethod.NO_AUTH_REQUIRED
    protocol.send(socks5.SOCKS5AuthMethodsRequest([method]))
    reply = _socks_turn(connected, protocol, 2, end)
    if not isinstance(reply, socks5.SOCKS5AuthReply) or reply.method is not method:
        raise OSError("the proxy wants another log-in")
    if proxy.username:
        protocol.send(
            socks5.SOCKS5UsernamePasswordRequest(
                unquote(proxy.username).encode(), unquote(proxy.password or "").encode()
            )
        )
        answer = _socks_turn(connected, protocol, 2, end)
        if not isinstance(answer, socks5.SOCKS5UsernamePasswordReply) or not answer.success:
            raise OSError("the proxy refused the log-in")
    protocol.send(socks5.SOCKS5CommandRequest.from_address(socks5.SOCKS5Command.CONNECT, (_ascii(host), port)))
    opened = _socks_turn(connected, protocol, 0, end)
    if not isinstance(opened, socks5.SOCKS5Reply) or opened.reply_code is not socks5.SOCKS5ReplyCode.SUCCEEDED:
        raise OSError("the proxy refused the destination")


def _socks_turn(connected: socket.socket, protocol: socks5.SOCKS5Connection, length: int, end: float) -> object:
    """Our message out, the proxy's next one in: `length` bytes, 0 for the answer to CONNECT, which says its own length
    (RFC 1928 section 6). Not a byte more is read: a mail server's greeting may follow at once."""
    connected.sendall(protocol.data_to_send())
    if length:
        return protocol.receive_data(_exactly(connected, length, end))
    data = _exactly(connected, 5, end)
    left = {1: 5, 3: data[4] + 2, 4: 17}.get(data[3])  # IPv4, name, IPv6: what is left of it, and the port
    if left is None:
        raise OSError("the proxy does not speak SOCKS5")
    return protocol.receive_data(data + _exactly(connected, left, end))


def _received(connected: socket.socket, length: int, end: float) -> bytes:
    """What comes next. A proxy that sends a byte now and then does not hold the sender up for ever."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("the proxy is too slow")
    connected.settimeout(left)
    return connected.recv(length)


def _exactly(connected: socket.socket, length: int, end: float) -> bytes:
    data = b""
    while len(data) < length:
        more = _received(connected, length - len(data), end)
        if not more:
            raise OSError("the proxy ended the connection")
        data += more
    return data


def _ascii(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host if host.isascii() else host.encode("idna").decode()


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
