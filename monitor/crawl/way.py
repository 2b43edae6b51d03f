"""What a site hands out to know a visitor by again: kept for one way out and one visitor, dropped when that changes.

An `ETag` may be made up for each visitor. Sent back over another proxy, it says that the same person comes by there.
Over SOCKS none is kept at all: that is how Tor is used, where each circuit is a way out of its own, and little
tells Tor from other proxies of the kind. What is given up is the 304: the page comes whole, and equal bytes are known
by their digest.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace

from monitor.hosts import host_of
from monitor.model.candidate import SeenUrl
from monitor.model.page import Fetched, Request
from monitor.model.presence import NO_MARK, ServerMark
from monitor.model.settings import NetworkSettings
from monitor.model.visitor import Visitor
from monitor.ports.machine import Machine, WayOutKept


@dataclass(frozen=True, slots=True)
class WayOut:
    """id: of this store's present way out, as one visitor takes it; a way that was left and is taken again has another
    one. is_kept: whether what a site hands out is kept on it."""

    id: str
    is_kept: bool

    def of(self, visitor: Visitor) -> WayOut:
        """A log-in or an account is shown nothing that a stranger was handed out, nor the other way round. Strangers
        share the way itself: what they keep is kept by case."""
        if not visitor.login and not visitor.account:
            return self
        return replace(self, id=visitor.mark(self.id)[: len(self.id)])

    def shared_by(self, group: Visitor) -> WayOut:
        """Several are one visitor: what that is handed out, none of them sends back when it comes by itself."""
        return replace(self, id=group.mark(self.id)[: len(self.id)])

    def asks_rules_as(self, visitor: Visitor, url: str) -> Visitor:
        """As whom a host's robots.txt is asked. Of groups there may be tens of thousands at one host, and its day would
        be filled with that file: they have one copy in common. By one address, and with one gap for all, the site can
        tell them for one program as it is; by Tor it cannot, and there each asks for itself."""
        return Visitor.of_group("") if visitor.is_group and self._keeps(url) else visitor

    def is_of(self, seen: SeenUrl) -> bool:
        return seen.way == self.id

    def conditional(self, request: Request, seen: SeenUrl) -> Request:
        """Asks only for what changed, where this way out may be known again."""
        if not self._keeps(request.url) or seen.way != self._id(request):
            return request
        return replace(request, etag=seen.etag, last_modified=seen.last_modified)

    def asks(self, request: Request, mark: ServerMark) -> Request:
        """As `conditional`."""
        if not mark.is_there or mark.way != self._id(request) or not self._keeps(request.url):
            return request
        return replace(request, etag=mark.etag or None, last_modified=mark.last_modified or None)

    def mark_of(self, fetched: Fetched) -> ServerMark:
        """As `noted`."""
        if not self._may_be_known(fetched):
            return NO_MARK
        etag, since = (_sendable(fetched.header(name)) for name in ("etag", "last-modified"))
        return ServerMark(etag or "", since or "", self._id(fetched.request))

    def _may_be_known(self, fetched: Fetched) -> bool:
        return self._keeps(fetched.url) and not fetched.redirects and not fetched.cut

    def noted(self, seen: SeenUrl, fetched: Fetched) -> SeenUrl:
        """With what the site handed out. Not of an answer somewhere else: a browser keeps none of what sends on, and
        the one would get what the other gave; nor of a part, which would be all there ever is."""
        keeps = self._may_be_known(fetched)
        return replace(
            seen,
            etag=_sendable(fetched.header("etag")) if keeps else None,
            last_modified=_sendable(fetched.header("last-modified")) if keeps else None,
            way=self._id(fetched.request),
        )

    def _id(self, request: Request) -> str:
        """A list is asked for with its account, the pages that it names are not."""
        return self.of(Visitor(account=request.visitor.account)).id

    def _keeps(self, url: str) -> bool:
        return self.is_kept and not host_of(url).endswith(".onion")  # by whatever proxy, that is Tor


def way_out(network: NetworkSettings, machine: Machine) -> WayOut:
    """The proxy's address and log-in are kept as a salted digest."""
    is_kept = not network.proxy.lower().startswith(("socks", "tor:"))
    kept = machine.way_out()
    if kept is not None and hmac.compare_digest(kept.mark, _mark(network.proxy, kept.id)):
        return WayOut(kept.id, is_kept)
    fresh = secrets.token_hex(8)
    machine.keep_way_out(WayOutKept(fresh, _mark(network.proxy, fresh)))
    return WayOut(fresh, is_kept)


def _sendable(untrusted: str) -> str | None:
    return untrusted if untrusted.isascii() and untrusted.isprintable() and untrusted.strip() else None


def _mark(proxy: str, salt: str) -> str:
    return hashlib.blake2b(proxy.encode(), key=salt.encode(), digest_size=16).hexdigest()
