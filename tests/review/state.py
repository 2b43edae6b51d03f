"""One state of one page: how it comes about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.review.port import Core
from tests.review.asking import NothingFound


@dataclass(frozen=True)
class State:
    """name: of the page and its state, `inbox: nothing to decide`. path: what is asked for. core: made anew for each
    test. sends: the page is the answer to a form with these fields (the token comes by itself). before: forms that
    were sent before it, each with where. enters: of somebody who was let in."""

    name: str
    path: str
    core: Callable[[], Core] = NothingFound
    sends: tuple[tuple[str, str], ...] | None = None
    before: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    enters: bool = True
