"""The matchers of this process, one a case: built when first asked for, and let go of when nobody asked for a while.

A thousand photos take 50 MB and five seconds to build: a daemon that visits a place once an hour should hold neither
all the time, nor build it again and again where places are visited all the time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from monitor.clock import monotonic
from monitor.model.ids import CaseId
from monitor.model.settings import MatchSettings
from monitor.ports import Matcher, Store

KEPT_S = 60.0  # after it was last asked for, at least
TIMES_ITS_BUILDING = 500  # and so long as that: to build it anew takes a five hundredth of one processor at most


@dataclass(slots=True)
class _Built:
    revision: str
    matcher: Matcher
    took_s: float
    going: asyncio.TimerHandle | None = None


class Matchers:
    def __init__(self, store: Store, settings: MatchSettings) -> None:
        self._store, self._settings = store, settings
        self._built: dict[CaseId, _Built] = {}
        self._building: dict[CaseId, asyncio.Lock] = {}

    async def of(self, case: CaseId) -> tuple[Matcher, str]:
        """The matcher over the case's references and the revision it was built from. After a change it is built anew
        beside the loop (seconds for a thousand photos), once, while other watches go on with the old one."""
        async with self._building.setdefault(case, asyncio.Lock()):
            revision = self._store.references.revision(case)
            known = self._built.get(case)
            if known is None or known.revision != revision:
                known = await self._build(case, revision, known)
            self._keep(case, known)
            return known.matcher, revision

    async def _build(self, case: CaseId, revision: str, before: _Built | None) -> _Built:
        from monitor.matching.matcher import PhotoMatcher

        references, began = self._store.references.all(case), monotonic()
        matcher = await asyncio.to_thread(PhotoMatcher, references, self._settings)
        if before is not None and before.going is not None:
            before.going.cancel()
        self._built[case] = made = _Built(revision, matcher, monotonic() - began)
        return made

    def _keep(self, case: CaseId, one: _Built) -> None:
        if one.going is not None:
            one.going.cancel()
        kept_s = max(KEPT_S, one.took_s * TIMES_ITS_BUILDING)
        one.going = asyncio.get_running_loop().call_later(kept_s, self._let_go, case)

    def _let_go(self, case: CaseId) -> None:
        from monitor.matching.shortlist import forget_words

        self._built.pop(case, None)
        if not self._built:
            forget_words()
