"""Whether the daemon gets on, and what of it stands still. Pure: marks in, stalls out.

The schedule has always something to do: it looks at its jobs every few seconds. All others may rest for days, and are
judged by what they have in hand alone; each piece of work says how long it may go without a mark.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from monitor.model.progress import Loop, LoopWork, Stall

SCHEDULE_WITHIN_S = 60.0  # it is looked at every few seconds; a busy machine may take ten times that
PASS_WITHIN_S = 1800.0  # between two marks of a pass: building a matcher for a thousand photos, on a small machine
ROUND_WITHIN_S = 1800.0  # likewise of what is done again and again
LONG_ROUND_WITHIN_S = 12 * 3600.0  # of a backup, which reads a vault of many gigabytes twice, beside the loop
SENDING_WITHIN_S = 2400.0  # a mail server may take half an hour of silence, after which its talk is ended

MENDED_WITHIN_S = 60.0  # for what was cut off or killed to get on; after that the process ends
LATE_S = 10.0  # of a look, on a busy machine


def begun_within_s(every_s: float) -> float:
    """A round that is due again and again: so long the schedule may take to begin it, whatever else it does."""
    return 3 * every_s + 120.0


_DEEPEST_FIRST = (Loop.STORE, Loop.FETCHER, Loop.OUTBOX, Loop.WISHES, Loop.VISITS, Loop.ROUNDS, Loop.SCHEDULE)
"""What stands still takes along what waits for it: a store that hangs stops visits, and the schedule with them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """At one look. last: of each loop, when it got on last. in_hand: what is at work. begun: of each round that the
    schedule has to begin again and again, when it did last (None: not yet), and how long it may take to do so."""

    last: Mapping[Loop, float]
    in_hand: Collection[LoopWork]
    begun: Mapping[str, tuple[float | None, float]] = field(default_factory=dict)


def stalls(seen: Seen, now: float, *, judged_from: float) -> tuple[Stall, ...]:
    """The deepest first. judged_from: nothing counts before: the start, or when this process went on after it was
    stopped as a whole."""
    found = dict[Loop, Stall]()
    looked_at = max(seen.last.get(Loop.SCHEDULE, judged_from), judged_from)
    if now - looked_at >= SCHEDULE_WITHIN_S:
        found[Loop.SCHEDULE] = Stall(Loop.SCHEDULE, "schedule", looked_at)
    else:
        at_work = {work.what for work in seen.in_hand}
        for name, (begun, allowed_s) in seen.begun.items():
            since = max(begun if begun is not None else judged_from, judged_from)
            if name not in at_work and now - since >= allowed_s:
                found.setdefault(Loop.SCHEDULE, Stall(Loop.SCHEDULE, name, since))
    for work in seen.in_hand:
        since = max(work.marked, judged_from)
        # In a loop that has stopped as a whole, whatever holds it: named by what was begun and has not come back.
        stops_all = Loop.SCHEDULE in found and work.loop is Loop.STORE
        if now - since >= work.allowed_s or (stops_all and now - since >= SCHEDULE_WITHIN_S):
            before = found.get(work.loop)
            if before is None or since < before.since:
                found[work.loop] = Stall(work.loop, work.what, since)
    return tuple(found[loop] for loop in _DEEPEST_FIRST if loop in found)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one look. new, over: what stands still since, and what got on again; both are told once. is_well: systemd may
    be told that all goes on. ends: what was given time to be mended and was not."""

    new: tuple[Stall, ...] = ()
    over: tuple[Stall, ...] = ()
    ends: Stall | None = None
    is_well: bool = True


class Judge:
    """Looks again and again, `every_s` apart. Where it was kept from looking itself, the process stood as a whole
    (stopped, or starved): then all have their time anew, and systemd has noticed by itself."""

    def __init__(self, every_s: float, now: float) -> None:
        self._every_s = every_s
        self._judged_from = self._looked = now
        self._told: dict[Loop, tuple[Stall, float]] = {}

    def look(self, seen: Seen, now: float) -> Verdict:
        if now - self._looked > 2 * self._every_s + LATE_S:
            self._judged_from = now
        self._looked = now
        found = {stall.loop: stall for stall in stalls(seen, now, judged_from=self._judged_from)}
        known = {
            loop: told for loop, told in self._told.items() if loop in found and found[loop].since == told[0].since
        }
        new = tuple(stall for loop, stall in found.items() if loop not in known)  # or another piece of its work
        over = tuple(stall for loop, (stall, _) in self._told.items() if loop not in found)
        self._told = {loop: known.get(loop, (stall, now)) for loop, stall in found.items()}
        late = (stall for stall, since in self._told.values() if now - since >= MENDED_WITHIN_S)
        return Verdict(new, over, next(late, None), not found)
