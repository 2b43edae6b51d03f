"""How many finds are to decide, new, still there, gone: one definition each. Digest, `status`, `sightings list` and the
course of the weeks count by these alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from monitor.model.figures import CountedAs, Figures, FindFacts, FindsAlike
from monitor.model.match import Tier
from monitor.model.sighting import HER_WORD, Sighting, Status

_UNDECIDED = (Status.NEW, Status.REAPPEARED)
HERS = (CountedAs.STILL_THERE, CountedAs.GONE)


def kind_of(facts: FindFacts) -> CountedAs:
    if facts.under_18:
        return CountedAs.CLOSED
    if facts.status is Status.DISMISSED:
        return CountedAs.SET_ASIDE
    if facts.only_said and facts.status not in HER_WORD:
        return CountedAs.ONLY_SAID
    if facts.status in _UNDECIDED and facts.tier is not Tier.MATCH and facts.is_compared:
        return CountedAs.TO_DECIDE
    if facts.status is Status.REMOVED:
        return CountedAs.GONE
    is_back = facts.status is Status.REAPPEARED
    return CountedAs.NOT_LOOKED_AT if facts.is_unseen and not is_back else CountedAs.STILL_THERE


def counted_as(find: Sighting) -> CountedAs:
    facts = FindFacts(find.status, find.match.tier, find.under_18, find.only_said, find.is_compared, find.is_unseen)
    return kind_of(facts)


def is_hers(find: Sighting) -> bool:
    """By her word or by a sure match, not set aside, and looked at: there or gone."""
    return counted_as(find) in HERS


def is_new(find: Sighting, since: datetime | None, untold: Collection[str]) -> bool:
    """Still there, and found since then; or nobody was told of it yet. since None: whenever it was found."""
    if counted_as(find) is not CountedAs.STILL_THERE:
        return False
    return since is None or find.first_seen >= since or (find.id in untold and find.status is not Status.REAPPEARED)


def figures_of(finds: Iterable[Sighting], since: datetime | None, untold: Collection[str] = ()) -> Figures:
    """finds: all of a case."""
    every = list(finds)
    counts = Counter(counted_as(find) for find in every)
    return _figures(counts, sum(is_new(find, since, untold) for find in every), since)


def figures_of_alike(alike: Iterable[FindsAlike], since: datetime | None, untold: Iterable[Sighting]) -> Figures:
    """The same of what was counted already. untold: finds that nobody was told of."""
    counts: Counter[CountedAs] = Counter()
    new = 0
    for one in alike:
        kind = kind_of(one.facts)
        counts[kind] += one.many
        new += one.since_then if kind is CountedAs.STILL_THERE else 0
    before = [find for find in untold if since is not None and find.first_seen < since]
    return _figures(counts, new + sum(is_new(find, since, {find.id}) for find in before), since)


def _figures(counts: Counter[CountedAs], new: int, since: datetime | None) -> Figures:
    return Figures(**{kind.value: counts[kind] for kind in CountedAs}, new=new, since=since)
