"""By which name the wire keeps one visitor's connections, TLS sessions and circuits from another's. Names are made anew
with each start, under a key that stays here: whoever sees them learns only which requests belong together."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from functools import cache

from monitor.domains import domain_of
from monitor.hosts import host_of
from monitor.model.page import Purpose, Request
from monitor.model.proxy import Proxy

_PARTS = frozenset({Purpose.IMAGE, Purpose.STYLE})


@cache
def _key_of_core() -> str:
    """One for the process: what a browser shows and what is asked beside it are one visitor's."""
    return secrets.token_hex(32)


@dataclass(frozen=True, slots=True)
class Identities:
    """by_site: by Tor each site sees a circuit of its own, and so a visitor of its own (docs/decisions/0078)."""

    by_site: bool = False
    key: str = field(default_factory=_key_of_core, repr=False)

    @classmethod
    def by(cls, proxy: str) -> Identities:
        """proxy: as in the configuration."""
        return cls(by_site=bool(proxy) and Proxy.of(proxy).is_tor)

    def of(self, request: Request, url: str) -> str:
        """url: what is asked now, which is another after a redirect. 32 signs."""
        visitor = request.visitor
        if request.browser_state is not None:  # whatever was said: whose log-in goes along, that one it is
            visitor = replace(visitor, case=request.browser_state.case, login=request.browser_state.watch)
        return visitor.mark(self.key, _site_of(request, url)) if self.by_site else visitor.mark(self.key)


def once() -> str:
    """Of a window that the person opens to log in: neither of a visit nor of any other window."""
    return secrets.token_hex(16)


def _site_of(request: Request, url: str) -> str:
    """Of the page, whose parts come by its own circuit wherever they stand: as in Tor Browser, so that what shows
    pictures on many pages does not meet one visitor on all of them, and an address that serves one visitor's exit
    alone is asked from there."""
    page = request.referrer if request.purpose in _PARTS and request.referrer else url
    return domain_of(page) or host_of(page)
