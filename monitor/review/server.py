"""Serves the page on one loopback address until nobody needs it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime, tzinfo

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from monitor.review.application import Application
from monitor.review.links import Links
from monitor.review.port import Core
from monitor.review.rendering import Renderer
from monitor.review.session import Sessions


def listening(address: str, port: int) -> socket.socket:
    """port: 0 = any that is free. Raises OSError."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind((address, port))
    found.listen()
    return found


def served(
    opens: Callable[[], Core],
    links: Links,
    sessions: Sessions,
    hosts: frozenset[str],
    clock: Callable[[], datetime],
    zone: tzinfo,
    product: str = "Monitor",
) -> ASGIApp:
    """The whole application, as uvicorn and the tests take it."""
    application = Application(opens, sessions, hosts, clock, zone, Renderer(product))
    outer = Starlette(routes=[])
    outer.state.links, outer.state.sessions = links, sessions
    outer.mount("/", application.asgi())
    return outer


async def serve_page(app: ASGIApp, at: socket.socket) -> None:
    config = uvicorn.Config(
        app, http="h11", ws="none", lifespan="off", access_log=False, log_config=None, server_header=False
    )
    await uvicorn.Server(config).serve(sockets=[at])
