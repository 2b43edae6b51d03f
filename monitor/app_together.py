"""Composition root, the part that visits a place for several watches at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.ports import Reader, Store

if TYPE_CHECKING:
    from monitor.pipeline.dependencies import Dependencies
    from monitor.pipeline.other_cases import IndexOverCases
    from monitor.pipeline.together import VisitedTogether


class TogetherParts:
    """Of the app, which sets these."""

    settings: Settings
    store: Store
    clock: Clock

    if TYPE_CHECKING:

        @property
        def reader(self) -> Reader: ...
        @property
        def other_cases(self) -> IndexOverCases: ...
        async def dependencies(self, case: CaseId) -> Dependencies: ...

    def group_of(self, watch: Watch) -> str:
        """With which others it is visited: the same for all of them, and never ''."""
        from monitor.pipeline.together import group_of

        return group_of(watch, self.settings, self.store)

    async def visit_group(self, watches: Sequence[Watch], holder: str = "", *, again: bool = False) -> VisitedTogether:
        """One visit for all of them. holder: who has claimed their rows already; again: as `scan.run_watch` has it.
        Raises nothing that is one member's: `VisitedTogether.members` says what came of each."""
        from monitor.pipeline.together import VisitTogether

        visit = VisitTogether(
            watches,
            self.dependencies,
            self.reader,
            self.store,
            self.clock,
            group=self.group_of(watches[0]),
            held_by=holder,
            again=again,
            others=self.other_cases,
        )
        return await visit.run()
