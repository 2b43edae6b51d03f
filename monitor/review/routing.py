"""A route: where it is, who may ask it, what answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from monitor.review.asked import PageAsked

FORM_BYTES = 64 * 1024
MOST_PATH = 2_000  # characters

PageHandler = Callable[[PageAsked], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """path: as Starlette writes it. is_public: answered without a session. body: bytes of what may be sent to it;
    is_streamed: the handler takes the body from the socket itself (`PageAsked.request.stream`), and the token from its
    address or header. needs_store: where nothing is set up yet, or the store cannot be opened, it is not answered."""

    path: str
    handler: PageHandler
    method: Literal["GET", "POST"]
    is_public: bool = False
    body: int = FORM_BYTES
    is_streamed: bool = False
    needs_store: bool = True


def get(path: str, handler: PageHandler, *, is_public: bool = False, needs_store: bool = True) -> PageRoute:
    return PageRoute(path, handler, "GET", is_public=is_public, needs_store=needs_store and not is_public)


def post(
    path: str,
    handler: PageHandler,
    *,
    is_public: bool = False,
    body: int = FORM_BYTES,
    is_streamed: bool = False,
    needs_store: bool = True,
) -> PageRoute:
    return PageRoute(
        path,
        handler,
        "POST",
        is_public=is_public,
        body=body,
        is_streamed=is_streamed,
        needs_store=needs_store and not is_public,
    )


def own_path(untrusted: str, otherwise: str) -> str:
    """A path on this server to go back to, as a form carries it; `otherwise` where it is none."""
    is_own = untrusted.startswith("/") and not untrusted.startswith(("//", "/\\")) and untrusted.isprintable()
    return untrusted[:MOST_PATH] if is_own else otherwise
