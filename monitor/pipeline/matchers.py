"""The matchers of this process, one a case: built when first asked for, and let go of when nobody asked for a while.

A thousand photos take 50 MB and five seconds to build: a daemon that visits a place once an hour should hold neither
all the time, nor build it again and again where places are visited all the time. Of many cases those are kept that were
asked for last, within `KEPT_BYTES`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from weakref import WeakKeyDictionary, WeakValueDictionary

from monitor.acting import acting_for
from monitor.clock import monotonic
from monitor.model.ids import CaseId
from monitor.model.settings import MatchSettings
from monitor.ports import Matcher, Store

KEPT_S = 60.0  # after it was last asked for, at least
TIMES_ITS_BUILDING = 500  # and so long as that: to build it anew takes a five hundredth of one processor at most


KEPT_BYTES = 600 * 1024 * 1024
"""Of all that are kept. A matcher that is let go of stays as long as a pass still works with it, and is had back for
nothing until then."""


@dataclass(slots=True)
class _Built:
    revision: str
    matcher: Matcher
    took_s: float
    size: int
    going: asyncio.TimerHandle | None = None


class Matchers:
    def __init__(self, store: Store, settings: MatchSettings) -> None:
        self._store, self._settings = store, settings
        self._built: dict[CaseId, _Built] = {}  # who was asked for last stands last
        self._in_use: WeakValueDictionary[tuple[CaseId, str], Matcher] = WeakValueDictionary()
        self._costs: WeakKeyDictionary[Matcher, tuple[float, int]] = WeakKeyDictionary()
        self._building: WeakValueDictionary[CaseId, asyncio.Lock] = WeakValueDictionary()

    async def of(self, case: CaseId) -> tuple[Matcher, str]:
        """The matcher over the case's references and the revision it was built from. After a change it is built anew
        beside the loop (seconds for a thousand photos), once, while other watches go on with the old one."""
        async with self._building.setdefault(case, asyncio.Lock()):
            with acting_for(case):
                revision = self._store.references.revision(case)
                known = self._built.get(case)
                if known is None or known.revision != revision:
                    known = await self._build(case, revision, known)
            self._keep(case, known)
            return known.matcher, revision

    async def _build(self, case: CaseId, revision: str, before: _Built | None) -> _Built:
        from monitor.matching.matcher import PhotoMatcher, bytes_held

        if before is not None and before.going is not None:
            before.going.cancel()
        had = self._in_use.get((case, revision))
        if had is not None:
            return _Built(revision, had, *self._costs[had])
        references, began = self._store.references.all(case), monotonic()
        matcher = await asyncio.to_thread(PhotoMatcher, references, self._settings)
        cost = monotonic() - began, bytes_held(references, self._settings)
        self._in_use[case, revision], self._costs[matcher] = matcher, cost
        return _Built(revision, matcher, *cost)

    def _keep(self, case: CaseId, one: _Built) -> None:
        if one.going is not None:
            one.going.cancel()
        self._built.pop(case, None)
        self._built[case] = one
        kept_s = max(KEPT_S, one.took_s * TIMES_ITS_BUILDING)
        one.going = asyncio.get_running_loop().call_later(kept_s, self._let_go, case)
        self._make_room(case)

    def _make_room(self, newest: CaseId) -> None:
        """That one stays, however large it is."""
        total = sum(one.size for one in self._built.values())
        for case, one in list(self._built.items()):
            if total <= KEPT_BYTES or case == newest:
                break
            total -= one.size
            del self._built[case]
            if one.going is not None:
                one.going.cancel()

    def _let_go(self, case: CaseId) -> None:
        from monitor.matching.shortlist import forget_words

        self._built.pop(case, None)
        if not self._built:
            forget_words()
