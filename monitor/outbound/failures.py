"""What went wrong underway, as an outcome. Libraries wrap the cause in exceptions of their own, differently
on each transport: so the whole chain is looked through, and the most telling link decides."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import aiohttp
import h11
import httpcore
import httpx
from aiohttp.http_exceptions import LineTooLong, TransferEncodingError

from monitor.model.page import Outcome, OutcomeKind
from monitor.outbound import own_network
from monitor.outbound.content_coding import TooLarge, Undecodable
from monitor.outbound.guard import Refusal
from monitor.outbound.proxy import ProxyFailed
from monitor.outbound.refusals import short_line
from monitor.room import lack_in

# In this order: what comes first is looked for in the whole chain before the next.
_TELLING: tuple[tuple[type[BaseException], OutcomeKind, str], ...] = (
    (Refusal, OutcomeKind.REFUSED, "not visited: {}"),
    (TooLarge, OutcomeKind.TOO_LARGE, "too large: {}"),
    (Undecodable, OutcomeKind.UNREADABLE, "{}"),
    (ProxyFailed, OutcomeKind.PROXY, "{}"),
    (aiohttp.ClientProxyConnectionError, OutcomeKind.PROXY, "{}"),
    (ssl.SSLCertVerificationError, OutcomeKind.TLS, "its certificate is not accepted: {}"),
    (ssl.SSLError, OutcomeKind.TLS, "no encrypted connection could be made: {}"),
    (aiohttp.ClientSSLError, OutcomeKind.TLS, "no encrypted connection could be made: {}"),
    (socket.gaierror, OutcomeKind.DNS, "the name is not known: {}"),
    (UnicodeError, OutcomeKind.DNS, "this cannot be the name of a host: {}"),
    (TimeoutError, OutcomeKind.TIMEOUT, "no answer in time"),
    (httpcore.TimeoutException, OutcomeKind.TIMEOUT, "no answer in time"),
    (LineTooLong, OutcomeKind.TOO_LARGE, "its headers are too large"),
    (aiohttp.ServerDisconnectedError, OutcomeKind.CONNECTION, "the connection ended without an answer"),
    (TransferEncodingError, OutcomeKind.UNREADABLE, "the answer is not proper HTTP: {}"),
    (aiohttp.ClientPayloadError, OutcomeKind.CONNECTION, "the answer broke off"),
    (aiohttp.ClientResponseError, OutcomeKind.UNREADABLE, "the answer is not proper HTTP: {}"),
    (aiohttp.InvalidURL, OutcomeKind.REFUSED, "not visited: this is not an address: {}"),
    (httpx.InvalidURL, OutcomeKind.REFUSED, "not visited: this is not an address: {}"),
    (h11.RemoteProtocolError, OutcomeKind.UNREADABLE, "the answer is not proper HTTP: {}"),
    (httpcore.RemoteProtocolError, OutcomeKind.UNREADABLE, "the answer is not proper HTTP: {}"),
    (httpcore.UnsupportedProtocol, OutcomeKind.REFUSED, "not visited: {}"),
    (OSError, OutcomeKind.CONNECTION, "{}"),
)
_BROKEN_OFF = (
    "disconnected",
    "peer closed",
    "incomplete",
    "not enough data",
)  # h11 says so with one class for everything


_OF_PROTOCOL = (
    h11.RemoteProtocolError,
    httpcore.RemoteProtocolError,
    aiohttp.ClientResponseError,
    TransferEncodingError,
)


def outcome_of_error(error: BaseException) -> Outcome:
    chain = list(_chain(error))
    if own_network.is_missing(chain):
        return Outcome(OutcomeKind.OFFLINE, "this machine has no network")
    if lack := lack_in(error):  # of this machine: no site can bring it about
        return Outcome(OutcomeKind.PART, f"this program could not ask: {lack.why}", lack.right)
    for kind_of_error, kind, words in _TELLING:
        for link in chain:
            if isinstance(link, kind_of_error):
                return _told(link, kind, words)
    return Outcome(OutcomeKind.CONNECTION, f"no answer ({type(error).__name__}: {short_line(str(error))})")


def _told(error: BaseException, kind: OutcomeKind, words: str) -> Outcome:
    said = short_line(_said_by(error))
    if isinstance(error, _OF_PROTOCOL):
        if any(sign in said.lower() for sign in _BROKEN_OFF):
            return Outcome(OutcomeKind.CONNECTION, f"the answer broke off: {said}")
        if "too long" in said.lower() or "too large" in said.lower() or "too many" in said.lower():
            return Outcome(OutcomeKind.TOO_LARGE, f"its headers are too large: {said}")
    return Outcome(kind, words.format(said))


def _said_by(error: BaseException) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError():  # calls itself one of ssl's, and lacks what those have
            return _said_by(error.certificate_error)
        case aiohttp.ClientConnectorSSLError():  # the same
            return _said_by(error.os_error)
        case ssl.SSLCertVerificationError():
            return error.verify_message
        case ssl.SSLError():
            return error.reason or str(error)
        case socket.gaierror() | OSError() if error.strerror:
            return error.strerror
        case aiohttp.ClientResponseError():
            return error.message
        case _:
            return str(error) or type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            for inner in current.exceptions:
                yield from _chain(inner)
        current = current.__cause__ or current.__context__
