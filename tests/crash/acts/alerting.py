"""One alert goes out by mail, to a real server."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from monitor.alerts.retrying import LEASE, UNSURE_FIRST
from monitor.model.alert import Answer, Delivery
from monitor.outbound.alerts import child, pool
from tests.crash.acts.finding import enrolled, look
from tests.crash.invariants import CASE, evidence_faults, store_faults, told_faults
from tests.crash.world import Act, World
from tests.stores import every_alert


class Forked:
    """The program's sender, forked in place of started: it has the same talk, and dies with its parent as well."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        parent, self.pid = os.getpid(), os.fork()
        if self.pid == 0:
            for number in (0, 1):
                os.dup2(theirs.fileno(), number)
            os.closerange(3, 100)
            sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
            try:
                child.main(str(parent))
            finally:
                os._exit(0)
        theirs.close()
        self._ours, self.returncode = ours, None
        self.stdin: Any = None
        self.stdout: Any = None

    async def begun(self) -> Forked:
        self.stdout, self.stdin = await asyncio.open_connection(sock=self._ours)
        return self

    def kill(self) -> None:
        os.kill(self.pid, 9)

    async def communicate(self) -> None:
        self.stdin.close()
        os.waitpid(self.pid, 0)


async def started() -> Any:
    return await Forked().begun()


def found(world: World) -> None:
    enrolled(world)
    look(world)


def send(world: World, *, after: timedelta = timedelta(minutes=1)) -> None:
    pool._start = started

    async def sent() -> None:
        async with world.opened(after=after) as app:
            await app.flush_alerts()

    asyncio.run(sent())


def faults_of_sending(world: World) -> Iterator[str]:
    arrived = len(world.mails())
    with world.opened(after=timedelta(minutes=1)) as app:
        yield from store_faults(app.store)
        yield from evidence_faults(app)
        yield from told_faults(app)
        (alert,) = every_alert(app.store, CASE)
        taken = any(part.answer is Answer.TAKEN for part in app.store.alert_parts.of(alert.case, alert.id))
    if taken and not arrived:
        yield "it counts as taken, and nothing arrived"
    after = timedelta(minutes=1)
    for gap in (LEASE, UNSURE_FIRST, timedelta(hours=1), timedelta(days=1)):
        after += gap
        send(world, after=after)
    with world.opened(after=after) as app:
        (alert,) = every_alert(app.store, CASE)
        if alert.delivery is not Delivery.SENT:
            yield f"it is {alert.delivery.value} in the end"
    in_window = arrived == 1 and not taken
    copies = len(world.mails())
    if copies != (2 if in_window else 1):
        yield f"{copies} copies arrived ({arrived} of them before the kill, {'noted' if taken else 'not noted'})"
    if set(world.mails()) != {alert.message_id}:
        yield f"not all copies have its Message-ID: {world.mails()}"


ACTS = (Act("alert", found, send, faults_of_sending),)
