"""Who a connection is with: the address that was dialled, and by what the other side proved itself."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from monitor.parts.messages.fetching import MAX_CERTIFICATES, MAX_CHAIN_BYTES

PEER = "peer"
"""Of an answer's extensions: a `Peer`."""

_DER = 2  # _ssl.ENCODING_DER


@dataclass(frozen=True, slots=True)
class Peer:
    """'' and () = there is none, or it is not known. tls: as OpenSSL writes it, `TLSv1.3`. chain: DER, as sent."""

    ip: str = ""
    tls: str = ""
    chain: tuple[bytes, ...] = ()


_proofs: WeakKeyDictionary[Any, tuple[str, tuple[bytes, ...]]] = WeakKeyDictionary()
"""Of a connection that is kept, once for all that is asked on it."""


def peer_of(extra: Callable[[str], Any]) -> Peer:
    """`extra`: asyncio's or httpcore's get_extra_info."""
    name, tls = extra("peername"), extra("ssl_object")
    return Peer(str(name[0]) if name else "", *(_proof(tls) if tls is not None else ("", ())))


def _proof(tls: ssl.SSLObject) -> tuple[str, tuple[bytes, ...]]:
    known = _proofs.get(tls)
    if known is None:
        known = _proofs[tls] = (tls.version() or "", _bounded(_chain(tls)))
    return known


def _chain(tls: Any) -> list[bytes]:
    """As the server sent it. Before Python 3.13 only what lies behind ssl's own objects has it; without it, the first
    alone."""
    try:
        if hasattr(tls, "get_unverified_chain"):
            return list(tls.get_unverified_chain())
        return [bytes(one.public_bytes(_DER)) for one in tls._sslobj.get_unverified_chain() or ()]
    except (AttributeError, ValueError, ssl.SSLError):
        leaf = tls.getpeercert(binary_form=True)
        return [leaf] if leaf else []


def _bounded(chain: list[bytes]) -> tuple[bytes, ...]:
    """Whoever sends more than anybody does: as much as is of use."""
    kept, size = list[bytes](), 0
    for der in chain[:MAX_CERTIFICATES]:
        size += len(der)
        if size > MAX_CHAIN_BYTES:
            break
        kept.append(der)
    return tuple(kept)
