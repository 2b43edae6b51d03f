"""Composition root, the part that looks over all cases at once: their photos' hashes, in one index."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.model.settings import Settings
from monitor.ports import Store

if TYPE_CHECKING:  # loads NumPy
    from monitor.pipeline.other_cases import IndexOverCases


class IndexParts:
    """Of the app, which sets these."""

    settings: Settings
    store: Store
    _opened: AsyncExitStack

    @cached_property
    def other_cases(self) -> IndexOverCases:
        from monitor.pipeline.other_cases import IndexOverCases

        made = IndexOverCases(self.store.references.hashes, self.settings.match)
        self._opened.push_async_callback(made.aclose)
        return made
