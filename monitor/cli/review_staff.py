"""`review` where a log-in stands before the page: on a Unix socket, for its proxy alone, until a signal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli import printing
from monitor.cli.review_page import STORE_AFTER_S, keep_to_the_door, try_store, whole_page
from monitor.errors import UsageError

if TYPE_CHECKING:
    import pwd
    import socket

    from monitor.cli.review_store import PageStore
    from monitor.model.settings import ReviewSettings, Settings


async def shown_to_staff(settings: Settings, config: Path | None, store: PageStore) -> bool:
    """Whether Ctrl-C ended it. Raises UsageError for settings that leave open who may connect."""
    import asyncio

    from monitor.clock import utc_now
    from monitor.review.server import serve_page

    own = settings.review
    proxy = _account(own)
    at = _listening_for(own, proxy)
    keep_to_the_door()
    keeper, page = whole_page(settings, config, store, own.proxy_host, is_proxied=True)
    soon = asyncio.get_running_loop().call_later(STORE_AFTER_S, try_store, store, config)
    printing.say(f"The page is served to the account {proxy.pw_name} alone, which says in {own.proxy_header} who asks.")
    printing.out(f"https://{own.proxy_host}/")
    try:
        return await serve_page(page, at, keeper=keeper, clock=utc_now, by_proxy=proxy.pw_uid)
    finally:
        soon.cancel()
        await store.aclose()
        Path(own.socket).unlink(missing_ok=True)


def _account(own: ReviewSettings) -> pwd.struct_passwd:
    import pwd
    import socket

    if not own.proxy_host or not own.proxy_account:
        raise UsageError(
            "[review] socket is set, but not who may connect to it, or how browsers spell the page's address",
            remedy='Set proxy_account = "caddy" and proxy_host = "monitor.helpline.example" beside it; docs/staff.md '
            "has the whole set-up.",
        )
    if not hasattr(socket, "SO_PEERCRED"):
        raise UsageError(
            "this system does not say whose account is at the other end of a socket",
            remedy="A log-in before the page takes Linux. Without [review] socket the page works here.",
        )
    try:
        return pwd.getpwnam(own.proxy_account)
    except KeyError as error:
        raise UsageError(
            f"there is no account {own.proxy_account!r} on this machine",
            remedy="Set proxy_account to the one that the proxy runs as (`ps` shows it).",
        ) from error


def _listening_for(own: ReviewSettings, proxy: pwd.struct_passwd) -> socket.socket:
    from monitor.review.server import listening_for

    try:
        return listening_for(Path(own.socket), proxy)
    except OSError as error:
        raise UsageError(
            f"the page cannot be served on {own.socket}: {error.strerror or error}",
            remedy="Its folder has to be there and be this account's (RuntimeDirectory= of a unit makes it), and this "
            f"account has to be in the group of {proxy.pw_name}, so that nobody else may open the socket.",
        ) from error
