"""Why a watch is visited as often as it is, in words and as data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.crawl.adapting.memory import PlaceMemory
from monitor.crawl.adapting.planning import Planned
from monitor.crawl.adapting.pooled import Pooled
from monitor.crawl.adapting.shape import HOURS
from monitor.model.adapting import NeededBudget, WhySoOften
from monitor.plain import several

ENOUGH_LOOKS = 8  # that said how much is posted, before anything is said of a place
ENOUGH_DAYS = 1.0  # ... and looked back on so much
ENOUGH_POSTINGS = 20.0  # before anything is said of its hours
BUSY_PART = 0.75  # of what is posted, at least, lies in the hours that are named ...
BUSY_HOURS = 8  # ... which are so few at most


def why_so_often(
    memory: PlaceMemory, planned: Planned, pooled: Pooled, now: datetime, *, spent: int | None = None
) -> WhySoOften:
    is_known = memory.told_looks >= ENOUGH_LOOKS and memory.days >= ENOUGH_DAYS
    raised = memory.raised_until
    return WhySoOften(
        gap_s=round(planned.gap_h * 3600),
        a_day=_seen_a_day(memory, pooled) if is_known else None,
        busy=busy_hours(memory.hours) if is_known and sum(memory.hours) >= ENOUGH_POSTINGS else None,
        new=memory.all_new,
        ours=memory.all_ours,
        raised_until=raised if raised is not None and raised > now else None,
        spent=spent,
    )


def _seen_a_day(memory: PlaceMemory, pooled: Pooled) -> float:
    """What is guessed of a place that showed nothing yet is what the others are like: no fact, and not told as one."""
    return pooled.rate_of(memory) if memory.postings else 0.0


def busy_hours(hours: Sequence[float]) -> tuple[int, int] | None:
    """The shortest stretch of whole hours that had most of the postings; None where no short one had."""
    for length in range(1, BUSY_HOURS + 1):
        stretches = [sum(hours[(begin + at) % HOURS] for at in range(length)) for begin in range(HOURS)]
        begin = max(range(HOURS), key=stretches.__getitem__)
        if stretches[begin] >= BUSY_PART * sum(hours):
            return begin, (begin + length) % HOURS
    return None


def why_words(why: WhySoOften) -> str:
    """`every 40 min, because 6 pictures a day, mostly 18-23 h, 2 of 41 were yours`."""
    often = f"every {gap_words(why.gap_s)}"
    if why.spent is not None:
        return (
            f"{often} and not more often, because no requests are left for it: the ceilings of all watches that adapt "
            f"use up [crawl] adapt_requests = {why.spent} (reupload-monitor watch check says what would do)"
        )
    if why.a_day is None:
        known = ", too little is known of this place yet to say more"
    elif not why.a_day:
        known = ", and nothing new was seen there so far"
    else:
        reasons = [_a_day(why.a_day)]
        if why.busy is not None:
            reasons.append(f"mostly {why.busy[0]}\N{EN DASH}{why.busy[1]} h")
        if why.new:
            was = "was" if why.ours == 1 else "were"
            reasons.append(f"{why.ours} of {why.new} {was} yours" if why.ours else f"none of {why.new} was yours")
        known = f", because {', '.join(reasons)}"
    raised = "; more often for now, because something was found there or near" if why.raised_until else ""
    return often + known + raised


def _a_day(rate: float) -> str:
    if rate >= 0.95:
        return f"{several(round(rate), 'picture', 'pictures')} a day"
    if rate * 7 >= 0.95:
        return f"{several(round(rate * 7), 'picture', 'pictures')} a week"
    return "hardly a picture a week"


def gap_words(seconds: int) -> str:
    """As a person says it: to five minutes beyond the first quarter, to the half hour beyond three."""
    minutes = max(round(seconds / 60), 1)
    if minutes >= 15:
        minutes = round(minutes / 5) * 5
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 36 * 60:
        return f"{round(minutes / 30) / 2:g} h"
    return f"{round(minutes / 720) / 2:g} days"


def too_small_words(needed: NeededBudget) -> str:
    """Of a budget that the ceilings alone spend."""
    one = needed.watches == 1
    visits = "visiting the one watch that adapts as seldom as its ceiling allows"
    if not one:
        visits = f"visiting the {needed.watches} watches that adapt as seldom as their ceilings allow"
    return (
        f"[crawl] adapt_requests = {needed.budget} is too small: {visits} takes about {needed.least} requests a day "
        f"already, so nothing is left to visit {'it' if one else 'any of them'} more often. "
        f"adapt_requests = {needed.would_do} would do; or raise {'its ceiling' if one else 'the ceilings'}."
    )
