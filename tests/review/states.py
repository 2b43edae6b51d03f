"""Every state of every page, by name: what axe, no-picture, wording, pseudo-language and hostile text run over. Each
page's owner has a module in `tests/review/shown/`, whose `STATES` are these."""

from __future__ import annotations

import importlib
import pkgutil

from tests.review import shown
from tests.review.state import State


def _gathered() -> tuple[State, ...]:
    modules = sorted(found.name for found in pkgutil.iter_modules(shown.__path__))
    return tuple(state for name in modules for state in importlib.import_module(f"{shown.__name__}.{name}").STATES)


STATES = _gathered()
