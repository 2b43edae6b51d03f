"""What a source needs of an account: said as plain values, used only where a socket is opened. Nothing here shows in a
`repr`, an address, a report or a log."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.model.settings import Secret


@dataclass(frozen=True, slots=True)
class FormPost:
    """A body that is sent instead of asking with GET. It follows no redirect: it is meant for one address."""

    body: Secret
    content_type: str


@dataclass(frozen=True, slots=True)
class TokenExchange:
    """How account data become a token: `post` goes to `url`, the answer is JSON and holds the token under `member`
    and, where it says so, the seconds that it serves under `expires_in` (RFC 6749 section 5.1). The token then goes as
    `Authorization: Bearer` with the request that carries this, and nowhere else.

    name: of the credentials, for what people read. expired: words in the member `error` of a 400 that mean that the
    token has to be renewed (401 always does). remedy: when the account data are not accepted.
    """

    name: str
    url: str
    post: FormPost
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    member: str = "access_token"
    expired: tuple[str, ...] = ()
    remedy: str = ""
