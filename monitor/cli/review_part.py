"""The page of `review` as a part of its own: for one command, which hands over what browsers say. It has the store, and
no network; the identity that opens evidence comes by the person's passphrase, and is forgotten when the page locks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli.review_page import STORE_AFTER_S, whole_page
from monitor.cli.review_store import PageStore
from monitor.errors import MonitorError
from monitor.parts.confine import seccomp
from monitor.parts.confine.layers import Confinement, layer
from monitor.parts.confine.memory import closed_memory
from monitor.parts.confine.privileges import no_new_privileges
from monitor.parts.frames import line_of
from monitor.parts.messages import OneOf
from monitor.parts.messages.paging import BrowserCame, LinkAsked, LinkGiven, PageOpening, PageTrouble, ReviewSetup
from monitor.parts.serving import Handlers, run_part
from monitor.parts.starting import ProgramPart
from monitor.parts.talk import Sent, Talk, TalkOver

if TYPE_CHECKING:
    from monitor.model.settings import Settings
    from monitor.review.server import HandedConnections

_CHARS = 4000
"""Of what is told of a store that cannot be opened."""


def main(connection: socket.socket) -> None:
    import logging

    from monitor.review.no_way_out import shut_the_way_out

    layers = _confined()
    shut_the_way_out()
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # what others send to the port is told to nobody
    run_part(connection, ProgramPart.REVIEW, ReviewSetup, opened_page, layers=layers)


def _confined() -> tuple[Confinement, ...]:
    return (
        layer("no new privileges", "no program it might reach gives it more rights", no_new_privileges),
        layer("memory", "no other process of this user reads it", closed_memory),
        layer(
            "system calls",
            "it can open no socket to any network, nor run what it has written",
            lambda: seccomp.refuse_calls(seccomp.CORE),
        ),
    )


@asynccontextmanager
async def opened_page(setup: ReviewSetup) -> AsyncIterator[Handlers]:
    from monitor.config import load

    config = Path(setup.config)
    settings = load(config, without_key=True)
    store = PageStore(lambda: load(config))
    handlers = Handlers()
    handlers.talk(
        PageOpening,
        partial(_shown, settings, config, store),
        heard=OneOf[LinkAsked | BrowserCame](LinkAsked, BrowserCame),
        max_fds=1,
    )
    try:
        yield handlers
    finally:
        await store.aclose()


async def _shown(
    settings: Settings,
    config: Path,
    store: PageStore,
    sent: Sent[PageOpening],
    talk: Talk[LinkAsked | BrowserCame],
) -> None:
    from monitor.clock import utc_now
    from monitor.review.server import HandedConnections, until_over

    keeper, app = whole_page(settings, config, store, sent.message.host, person=sent.message.person)
    browsers = HandedConnections(app)
    works = [
        asyncio.ensure_future(until_over(keeper, utc_now)),
        asyncio.ensure_future(_heard(talk, browsers, lambda: keeper.links.new(utc_now()))),
        asyncio.ensure_future(_store_tried(store, talk)),
    ]
    try:
        await talk.say(LinkGiven(keeper.links.new(utc_now())))
        await asyncio.wait(works[:2], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        await browsers.aclose()
        await keeper.leave_all()


async def _heard(talk: Talk[LinkAsked | BrowserCame], browsers: HandedConnections, new_link: Callable[[], str]) -> None:
    while True:
        try:
            said = await talk.hear()
        except TalkOver:
            return
        if isinstance(said.message, LinkAsked):
            await talk.say(LinkGiven(new_link()))
            continue
        for descriptor in said.fds:
            await browsers.take(line_of(descriptor), is_stranger=said.message.is_stranger)


async def _store_tried(store: PageStore, talk: Talk[LinkAsked | BrowserCame]) -> None:
    """What is wrong with the store is said in the terminal too, while the page says it there."""
    await asyncio.sleep(STORE_AFTER_S)  # the door needs no store
    try:
        store.core()
    except MonitorError as problem:
        await talk.say(PageTrouble(str(problem)[:_CHARS], problem.remedy[:_CHARS]))
