"""`review` where systemd has a part for the page: this command listens, sees who connects, and hands over bytes, each
browser's on a line of its own. So the part that reads the store holds no socket that leads anywhere: one that is
accepted could be led elsewhere too."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli import printing
from monitor.errors import HowLost, MonitorError, PartLost
from monitor.parts.asking import Asker
from monitor.parts.frames import BadMessage
from monitor.parts.messages import OneOf, packed
from monitor.parts.messages.paging import (
    BrowserCame,
    LinkAsked,
    LinkGiven,
    PageOpening,
    PageTrouble,
    ReviewSetup,
)
from monitor.parts.starting import ProgramPart
from monitor.parts.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from monitor.model.settings import Settings

_BROWSERS = 100
"""Connections at once; a browser makes six."""
_PIECE = 64 * 1024
_STARTS_WITHIN_S = 60.0

PageTalk = Talk[LinkGiven | PageTrouble]


def page_part(config: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of the socket behind which the page's part is started, for a service that this configuration is of.
    None: there is none, or what stands in this command's environment would not reach it."""
    from monitor.config_places import PREFIX
    from monitor.services.service_units import places_of_config

    if config is None or not config.is_file() or any(_counts(name, PREFIX) for name in environ):
        return None
    places = places_of_config(config.absolute(), environ)
    return places.parts if places is not None and (places.parts / ProgramPart.REVIEW).exists() else None


def _counts(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and name != f"{prefix}CONFIG"


async def shown_by_part(settings: Settings, config: Path, folder: Path, at: socket.socket, *, is_opened: bool) -> bool:
    """Until nobody needs it any more; whether Ctrl-C ended it. Raises PartLost."""
    from monitor.review.server import spelled_host

    host, end = spelled_host(at), asyncio.Event()
    came: list[signal.Signals] = []

    def told(given: signal.Signals) -> None:
        came.append(given)
        end.set()

    async with _talk(folder, config, host) as talk:
        with _told_by_signals(told):
            given = (await talk.hear(_STARTS_WITHIN_S)).message
            if not isinstance(given, LinkGiven):
                raise _odd()
            with _links_by(talk, f"http://{host}", given.link, settings.alerts.product_name, is_opened=is_opened):
                await _first_of(_told(talk, host), _taken(at, talk), end.wait())
    return signal.SIGINT in came


@asynccontextmanager
async def _talk(folder: Path, config: Path, host: str) -> AsyncIterator[PageTalk]:
    from monitor.parts.in_run import PartsInRun
    from monitor.parts.link import FailedAtStart, begun
    from monitor.services.who_acts import system_person

    name = folder.name.removesuffix("-parts")
    remedy = f"The journal says why: journalctl -u '{name}-review@*', as root; for a service of your own with --user."
    parts = PartsInRun(folder)
    pipe = None
    try:
        pipe = await parts.connect(ProgramPart.REVIEW)
        async with asyncio.timeout(_STARTS_WITHIN_S):
            await begun(pipe, ProgramPart.REVIEW, packed(ReviewSetup(str(config.absolute()))))
    except (OSError, EOFError, TimeoutError, BadMessage, FailedAtStart) as error:
        if pipe is not None:
            pipe.close()
        why = str(error) or "it ended at once"
        raise PartLost(f"the page's part does not start: {why}", how=HowLost.NOT_STARTED, remedy=remedy) from error
    asker = Asker(pipe, "the page's part")
    try:
        async with asker.talk(
            PageOpening(host, system_person()), heard=OneOf[LinkGiven | PageTrouble](LinkGiven, PageTrouble)
        ) as talk:
            yield talk
    finally:
        asker.close()


def _odd() -> PartLost:
    return PartLost("the page's part answers what was not asked", how=HowLost.OUTSIDE_LIMITS)


@contextmanager
def _told_by_signals(told: Callable[[signal.Signals], object]) -> Iterator[None]:
    loop, signals = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for each in signals:
        loop.add_signal_handler(each, told, each)
    try:
        yield
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


async def _first_of(*works: Coroutine[object, object, object]) -> None:
    """Until one of them is done; raises what it raised. The others are cut off."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _told(talk: PageTalk, host: str) -> None:
    """Prints what the part says. Returns where it ends by itself: half an hour after the last page."""
    async for said in talk:
        match said.message:
            case LinkGiven(link=link):
                printing.out(f"http://{host}/enter/{link}")
            case PageTrouble(what=what, remedy=remedy):
                printing.error(MonitorError(what, remedy=remedy))
                printing.say("The page opens all the same, and says it there too.")


@contextmanager
def _links_by(talk: PageTalk, origin: str, link: str, product: str, *, is_opened: bool) -> Iterator[None]:
    """The first link, and another one whenever Enter is pressed in the terminal."""
    printing.out(f"{origin}/enter/{link}")
    printing.say("Open this link in your browser, best in a private window. It works once, for ten minutes.")
    asks = sys.stdin is not None and sys.stdin.isatty()
    if asks:
        printing.say("Enter: another link. Ctrl-C: end. It ends by itself half an hour after the last page.")
    loop, wanted = asyncio.get_running_loop(), set[asyncio.Task[None]]()

    def pressed() -> None:
        if not sys.stdin.readline():  # the terminal is gone
            loop.remove_reader(sys.stdin)
        elif not wanted:
            task = loop.create_task(talk.say(LinkAsked()))
            wanted.add(task)
            task.add_done_callback(wanted.discard)

    if asks:
        loop.add_reader(sys.stdin, pressed)
    try:
        with _browser(origin, link, product) if is_opened else nullcontext():
            yield
    finally:
        if asks:
            loop.remove_reader(sys.stdin)
        for task in wanted:
            task.cancel()


@contextmanager
def _browser(origin: str, link: str, product: str) -> Iterator[None]:
    from monitor.cli.review_browser import browser_started

    with browser_started(origin, link, product):
        yield


# -- what browsers and the part say to each other


async def _taken(at: socket.socket, talk: PageTalk) -> None:
    """Connections, as they come, for as long as it is not cut off."""
    from monitor.review.peers import accounts_let_in

    at.setblocking(False)
    loop, let_in = asyncio.get_running_loop(), accounts_let_in()
    async with asyncio.TaskGroup() as group:
        room = asyncio.Semaphore(_BROWSERS)
        while True:
            await room.acquire()
            try:
                browser, client = await loop.sock_accept(at)
            except OSError:  # it was gone again
                room.release()
                continue
            group.create_task(_relayed(browser, client[:2], talk, let_in)).add_done_callback(lambda _: room.release())


async def _relayed(browser: socket.socket, client: tuple[str, int], talk: PageTalk, let_in: frozenset[int]) -> None:
    with browser, suppress(OSError):
        browser.setblocking(False)
        is_stranger = _is_stranger(client, browser.getsockname()[:2], let_in)
        ours, theirs = socket.socketpair()
        with ours:
            ours.setblocking(False)
            await talk.say(BrowserCame(is_stranger), fds=(theirs.detach(),))
            # A stranger's words are not even handed over. Once the part has closed its end, so does the browser's.
            there = asyncio.ensure_future(_dropped(browser) if is_stranger else _carried(browser, ours))
            try:
                await _carried(ours, browser)
            finally:
                there.cancel()
                await asyncio.wait((there,))


def _is_stranger(client: tuple[str, int], server: tuple[str, int], let_in: frozenset[int]) -> bool:
    from monitor.review.peers import account_behind, is_told_here

    return is_told_here() and account_behind(client, server) not in let_in


async def _carried(source: socket.socket, to: socket.socket) -> None:
    """To its end, which is told on."""
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while piece := await loop.sock_recv(source, _PIECE):
            await loop.sock_sendall(to, piece)
    with suppress(OSError):
        to.shutdown(socket.SHUT_WR)


async def _dropped(source: socket.socket) -> None:
    with suppress(OSError):
        while await asyncio.get_running_loop().sock_recv(source, _PIECE):
            pass
