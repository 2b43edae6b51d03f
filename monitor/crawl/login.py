"""A log-in as a browser keeps it: cookies and local storage of a watch's own site, in the shape of Playwright's
`storage_state`. It opens an account, so it is kept in the encrypted store only, and never printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from monitor.domains import domain_of, registrable_domain
from monitor.errors import UsageError
from monitor.hosts import host_of

MAX_LOGIN_BYTES = (
    1024 * 1024
)  # of a whole state; browsers keep at most 180 cookies of 4 KiB a site, and some local storage
MAX_LOGIN_COOKIES = 500
MAX_LOGIN_COOKIE_CHARS = 8 * 1024
_MAKE_ONE = (
    "Make one of that site alone: pipx run playwright open --save-storage=FILE ADDRESS, log in, close the window."
)


class Cookie(msgspec.Struct, frozen=True):
    name: str
    value: str
    domain: str
    path: str = "/"
    expires: float = -1  # seconds since 1970; -1 = until the browser closes
    httpOnly: bool = False
    secure: bool = False
    sameSite: Literal["Strict", "Lax", "None"] = "Lax"


class StorageItem(msgspec.Struct, frozen=True):
    name: str
    value: str


class OriginStorage(msgspec.Struct, frozen=True):
    origin: str
    localStorage: tuple[StorageItem, ...] = ()


class LoginState(msgspec.Struct, frozen=True):
    """sites: registrable domains that it is for; nothing in it belongs to another."""

    cookies: tuple[Cookie, ...] = ()
    origins: tuple[OriginStorage, ...] = ()
    sites: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"LoginState({len(self.cookies)} cookies, {len(self.origins)} origins)"

    @property
    def is_empty(self) -> bool:
        return not self.cookies and not self.origins

    def is_for(self, url: str) -> bool:
        return domain_of(url) in self.sites

    def storage(self) -> dict[str, Any]:
        """For Playwright."""
        return {"cookies": msgspec.to_builtins(self.cookies), "origins": msgspec.to_builtins(self.origins)}


def sites_of(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({domain for url in urls if (domain := domain_of(url))}))


def read_state(untrusted: bytes, sites: tuple[str, ...]) -> LoginState:
    """A file that was made elsewhere. Raises UsageError."""
    if len(untrusted) > MAX_LOGIN_BYTES:
        raise UsageError(f"the browser state is larger than {MAX_LOGIN_BYTES} bytes", remedy=_MAKE_ONE)
    try:
        state = msgspec.json.decode(untrusted, type=LoginState)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"the file is not a browser state: {error}", remedy=_MAKE_ONE) from error
    foreign = sorted(_hosts(state) - _own(state, sites))
    if foreign:
        named = ", ".join(repr(host[:80]) for host in foreign[:5]) + (", ..." if len(foreign) > 5 else "")
        raise UsageError(
            f"the browser state is not only for {' and '.join(sites)}: it holds what belongs to {named}",
            remedy=_MAKE_ONE,
        )
    if len(state.cookies) > MAX_LOGIN_COOKIES or any(not _is_sound(cookie) for cookie in state.cookies):
        raise UsageError("the browser state holds cookies that no browser would keep", remedy=_MAKE_ONE)
    if state.is_empty:
        raise UsageError("the browser state is empty: no cookie and no local storage in it", remedy=_MAKE_ONE)
    return msgspec.structs.replace(state, sites=sites)


def of_browser(storage: object, sites: tuple[str, ...]) -> LoginState:
    """What a browser holds after a visit, without what belongs to other sites."""
    state = msgspec.convert(storage, LoginState)
    own = _own(state, sites)
    return LoginState(
        tuple(cookie for cookie in state.cookies if _host(cookie) in own and _is_sound(cookie))[:MAX_LOGIN_COOKIES],
        tuple(origin for origin in state.origins if _host(origin) in own),
        sites,
    )


def dump(state: LoginState) -> str | None:
    """As the store keeps it. None when it is larger than anything that a log-in needs."""
    text = msgspec.json.encode(state)
    return text.decode("utf-8") if len(text) <= MAX_LOGIN_BYTES else None


def state_from(text: str | None) -> LoginState | None:
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=LoginState)
    except msgspec.DecodeError:
        return None  # of another version: the person logs in again


def _hosts(state: LoginState) -> set[str]:
    return {_host(cookie) for cookie in state.cookies} | {_host(origin) for origin in state.origins}


def _own(state: LoginState, sites: tuple[str, ...]) -> set[str]:
    return {host for host in _hosts(state) if host and registrable_domain(host) in sites}


def _host(part: Cookie | OriginStorage) -> str:
    if isinstance(part, Cookie):
        return part.domain.removeprefix(".").lower()
    return host_of(part.origin) if part.origin.startswith(("http://", "https://")) else ""


def _is_sound(cookie: Cookie) -> bool:
    """RFC 6265 section 4.1.1, as far as a browser insists on it."""
    text = cookie.name + cookie.value + cookie.path + cookie.domain
    return (
        len(text) <= MAX_LOGIN_COOKIE_CHARS
        and bool(cookie.name)
        and cookie.path.startswith("/")
        and "=" not in cookie.name
        and not any(character in text for character in ";\r\n\0\t")
        and (cookie.expires == -1 or 0 < cookie.expires < 1e11)
    )
