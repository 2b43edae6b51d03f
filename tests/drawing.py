"""Screenshots beside the passes: off in tests that open the whole program, on in those that are about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from monitor.app import App

_REAL = App.__dict__["shots"]


@contextmanager
def without_drawing() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(App, "shots", None)
    yield
    patch.undo()


def draw_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """For one test."""
    monkeypatch.setattr(App, "shots", _REAL)
