"""`review`: the page on which a person decides."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import opening, options, printing
from monitor.cli.review_page import STORE_AFTER_S, keep_to_the_door, try_store, whole_page
from monitor.errors import UsageError

if TYPE_CHECKING:
    import socket
    import ssl
    from pathlib import Path

    from monitor.cli.review_store import PageStore
    from monitor.model.settings import ReviewSettings, Settings
    from monitor.review.keeping import PageKeeper

OpenOption = Annotated[bool, typer.Option("--open", help="Start the browser with it.")]


def review(open_: OpenOption = False) -> None:
    """Serve the page for deciding, to this machine alone, and print the link that opens it once."""
    from monitor.cli.review_relay import page_part, shown_by_part
    from monitor.cli.review_store import PageStore
    from monitor.config import load
    from monitor.loopback import is_loopback
    from monitor.review.no_way_out import shut_the_way_out

    settings, config = _configuration()
    shut_the_way_out()
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # what others send to the port is told to nobody
    if settings.review.socket:
        from monitor.cli.review_staff import shown_to_staff

        if opening.run_async(shown_to_staff(settings, config, PageStore(lambda: load(config)))):
            raise KeyboardInterrupt
        return
    at = _listening(settings.review)
    folder = page_part(config) if is_loopback(str(at.getsockname()[0])) else None  # elsewhere TLS is this process's
    if folder is not None and config is not None:
        shown = shown_by_part(settings, config, folder, at, is_opened=open_)
    else:
        shown = _served(settings, config, PageStore(lambda: load(config)), at, is_opened=open_)
    if opening.run_async(shown):
        raise KeyboardInterrupt


def _configuration() -> tuple[Settings, Path | None]:
    """What the page itself goes by, and where the configuration is; where there is none yet, where its first use makes
    it. None: there is only the environment. Raises ConfigError for one that is wrong, or somebody else's."""
    from monitor.config_places import is_set_up, place_of_new, shut_place
    from monitor.model.settings import Settings

    named = options.given.config
    if is_set_up(named) or (named is None and shut_place(os.environ)):
        found = opening.settings(without_key=True)  # a key that is missing is told on the page
        return found, found.path
    printing.say("Nothing is set up yet: the page leads through it.")
    config = place_of_new(named)
    return Settings(path=config, data_dir=config.parent, watchlist_dir=config.parent), config


async def _served(
    settings: Settings, config: Path | None, store: PageStore, at: socket.socket, *, is_opened: bool
) -> bool:
    """Whether Ctrl-C ended it."""
    import asyncio

    from monitor.clock import utc_now
    from monitor.review.server import serve_page, spelled_host
    from monitor.services.who_acts import system_person

    product = settings.alerts.product_name
    tls, host = _certificate(at, settings.review), spelled_host(at)
    if config is not None and config.is_file() and not is_opened:
        # From here on nothing is connected to. Not where a browser, or a set-up that tries a channel, is started yet.
        keep_to_the_door()
    keeper, page = whole_page(settings, config, store, host, person=system_person())
    soon = asyncio.get_running_loop().call_later(STORE_AFTER_S, try_store, store, config)  # the door needs no store
    try:
        with _links_given(keeper, f"{'https' if tls else 'http'}://{host}", product, is_opened=is_opened):
            return await serve_page(page, at, keeper=keeper, clock=utc_now, tls=tls)
    finally:
        soon.cancel()
        await store.aclose()


def _listening(own: ReviewSettings) -> socket.socket:
    from monitor.loopback import draw_address
    from monitor.review.server import listening_near

    address = own.address or draw_address()
    try:
        at = listening_near(address, own.port)
    except OSError as error:
        raise UsageError(
            f"the page cannot be served on {address}, port {own.port}: {error.strerror}",
            remedy='Set address = "127.0.0.1" below [review] in config.toml, or another port.',
        ) from error
    if at.getsockname()[1] != own.port:
        printing.say(f"Port {own.port} is taken, by a page that runs already perhaps. This one has another.")
    return at


def _certificate(at: socket.socket, own: ReviewSettings) -> ssl.SSLContext | None:
    """None on an address that no other machine reaches."""
    from pathlib import Path

    from monitor.clock import utc_now
    from monitor.loopback import is_loopback
    from monitor.review.certificate import made_certificate, own_certificate

    address = str(at.getsockname()[0])
    if is_loopback(address):
        return None
    if own.certificate:
        context, print_ = own_certificate(Path(own.certificate))
    else:
        context, print_ = made_certificate(address, utc_now())
    printing.say(f"Other machines can reach this page, so it is served by TLS. The certificate's SHA-256: {print_}")
    printing.say("Compare it with what your browser shows before you go on there.")
    return context


@contextmanager
def _links_given(keeper: PageKeeper, origin: str, product: str, *, is_opened: bool) -> Iterator[None]:
    """The first link, and another one whenever Enter is pressed in the terminal."""
    import asyncio

    from monitor.clock import utc_now

    link = keeper.links.new(utc_now())
    printing.out(f"{origin}/enter/{link}")
    printing.say("Open this link in your browser, best in a private window. It works once, for ten minutes.")
    asks = sys.stdin is not None and sys.stdin.isatty()
    if asks:
        printing.say("Enter: another link. Ctrl-C: end. It ends by itself half an hour after the last page.")

    def pressed() -> None:
        if not sys.stdin.readline():  # the terminal is gone
            loop.remove_reader(sys.stdin)
            return
        printing.out(f"{origin}/enter/{keeper.links.new(utc_now())}")

    loop = asyncio.get_running_loop()
    if asks:
        loop.add_reader(sys.stdin, pressed)
    try:
        if is_opened:
            from monitor.cli.review_browser import browser_started

            with browser_started(origin, link, product):
                yield
        else:
            yield
    finally:
        if asks:
            loop.remove_reader(sys.stdin)
