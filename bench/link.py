"""What the way between two parts costs: `python -m bench.link`. A question with 235 KB and its answer with as many,
over the link as the program uses it, beside the same bytes over a bare socket: CPU of both processes, for one round."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import socket
import sys
import time

from monitor.parts.asking import Asker
from monitor.parts.serving import Server
from tests.parts.in_loop import MOST_BODY, Echo, Ping, Pong

BODY = os.urandom(235_000)
ROUNDS = 2_000


def computed() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def bare_echo(pipe: socket.socket) -> None:
    pipe.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1024 * 1024)
    buffer = memoryview(bytearray(len(BODY)))
    while True:
        at = 0
        while at < len(buffer):
            count = pipe.recv_into(buffer[at:])
            if not count:
                return
            at += count
        pipe.sendall(buffer)


def bare(pipe: socket.socket, size: int) -> None:
    pipe.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1024 * 1024)
    buffer = memoryview(bytearray(len(BODY)))
    for _ in range(ROUNDS):
        pipe.sendall(BODY)
        at = 0
        while at < len(buffer):
            at += pipe.recv_into(buffer[at:])


def link_echo(pipe: socket.socket) -> None:
    async def run() -> None:
        await Server(pipe, Echo().handlers()).run()

    asyncio.run(run())


def link(pipe: socket.socket, size: int, at_once: int = 1) -> None:
    async def rounds(asker: Asker) -> None:
        for _ in range(ROUNDS // at_once):
            await asker.ask(Ping("x"), BODY[:size], answer=Pong, within_s=60, max_body=MOST_BODY)

    async def run() -> None:
        asker = Asker(pipe, "the other")
        await asyncio.gather(*(rounds(asker) for _ in range(at_once)))
        asker.close()

    asyncio.run(run())


def measured(name: str, one, other, *more: int) -> float:  # type: ignore[no-untyped-def]
    ours, theirs = socket.socketpair()
    child = multiprocessing.get_context("fork").Process(target=_beside, args=(ours, theirs, other))
    began, wall = computed(), time.perf_counter()
    child.start()
    theirs.close()
    one(ours, *more)
    ours.close()
    child.join()
    took = (computed() - began) / ROUNDS
    print(f"{name:40} {took * 1e6:7.0f} us of CPU, {(time.perf_counter() - wall) / ROUNDS * 1e6:7.0f} us")
    return took


def _beside(ours: socket.socket, theirs: socket.socket, other) -> None:  # type: ignore[no-untyped-def]
    ours.close()
    other(theirs)


def main() -> None:
    plain = measured("bare socket, 235 KB both ways", bare, bare_echo, 0)
    large = measured("link, 235 KB both ways", link, link_echo, len(BODY))
    measured("link, 235 KB both ways, 16 at once", link, link_echo, len(BODY), 16)
    measured("link, nothing but the message", link, link_echo, 0)
    print(f"link : bare = {large / plain:.2f}", file=sys.stdout)


if __name__ == "__main__":
    main()
