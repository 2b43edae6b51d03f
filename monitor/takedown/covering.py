"""The shortest list of forms that covers everything open.

No quick way finds the very shortest (set cover). It is gone about as a person would, again and again the form that
covers the most of what is left; then each form is asked whether the others could take what it has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from monitor.model.ids import SightingId
from monitor.takedown.batching import Batch, FormEntry, Target, batch_of, entries_by_form, limit_of, sorted_batches
from monitor.takedown.lanes import Lane
from monitor.takedown.routing import address_for

_MOST_STARTS = 12
_FEW_FORMS = 200  # forms; among more, one form less is no help

Need = tuple[SightingId, str]
"""Somebody at the source, whoever it is ('' of that find); of search engines and authorities each by itself, for none
acts for another; and each form that nobody checked, beside a desk that is known."""


def fewest_forms(targets: Iterable[Target]) -> tuple[Batch, ...]:
    """After these forms every find was reported to somebody who can take it down, and to every search engine that is to
    be asked."""
    forms = entries_by_form(targets).values()
    known = {_at_lane(item) for items in forms for item in items if address_for(item.route).is_known}
    offered = [{_need(item, known): item for item in items} for items in forms]
    tries = (_spared(_greedy(offered, first)) for first in _starts(len(offered)))
    return sorted_batches(batch_of(sheet.entries()) for sheet in min(tries, key=len, default=[]))


def _starts(forms: int) -> range:
    """Among equals it is chance which form is the lucky one: of a few, each is tried first."""
    return range(0, forms, max(1, forms // _MOST_STARTS)) if forms <= _FEW_FORMS else range(1)


@dataclass(slots=True)
class _Sheet:
    """A form that is filled in. offered: all that could be written into it, by what it would cover."""

    offered: Mapping[Need, FormEntry]
    room: int
    taken: dict[Need, FormEntry] = field(default_factory=dict)

    def take(self, need: Need) -> None:
        self.taken[need] = item = self.offered[need]
        self.room -= item.size

    def give_up(self, need: Need) -> None:
        self.room += self.taken.pop(need).size

    def put_back(self, taken: Mapping[Need, FormEntry]) -> None:
        for need in self.taken.keys() - taken.keys():
            self.give_up(need)
        for need in taken.keys() - self.taken.keys():
            self.take(need)

    def entries(self) -> list[FormEntry]:
        return [item for need, item in self.offered.items() if need in self.taken]


def _greedy(offered: Sequence[Mapping[Need, FormEntry]], first: int) -> list[_Sheet]:
    """first: of equals, the forms from this one on come before the others."""
    held = Counter(need for needs in offered for need in needs)
    # What a form covers never grows while others are filled in, so that an old figure is one at most.
    waiting = [(-len(needs), (place - first) % len(offered), place) for place, needs in enumerate(offered)]
    heapify(waiting)
    sheets, left = [], set(held)
    while left:
        _, turn, place = heappop(waiting)
        needs = [need for need in offered[place] if need in left]
        sheet = _filled(offered[place], sorted(needs, key=lambda need: held[need]))
        if waiting and len(sheet.taken) < -waiting[0][0]:
            heappush(waiting, (-len(sheet.taken), turn, place))
            continue
        if sheet.taken:
            sheets.append(sheet)
            left -= sheet.taken.keys()
            heappush(waiting, (-len(sheet.taken), turn, place))
    return sheets


def _filled(offered: Mapping[Need, FormEntry], needs: Sequence[Need]) -> _Sheet:
    """As many as fit: the small ones first, of those what the fewest other forms could take."""
    sheet = _Sheet(offered, limit_of(next(iter(offered.values())).route.channel))
    for need in sorted(needs, key=lambda need: offered[need].size):
        if offered[need].size > sheet.room:
            break
        sheet.take(need)
    return sheet


def _spared(sheets: Sequence[_Sheet]) -> list[_Sheet]:
    """Without each whose finds the others can take, the least filled first; of many, all: one less is no help, and to
    look for it took a minute for ten thousand finds."""
    if len(sheets) > _FEW_FORMS:
        return [*sheets]
    taking: dict[Need, list[int]] = defaultdict(list)
    for at, sheet in enumerate(sheets):
        for need in sheet.offered:
            taking[need].append(at)
    kept = set(range(len(sheets)))
    for at in sorted(kept, key=lambda at: len(sheets[at].taken)):
        if any(len(taking[need]) == 1 for need in sheets[at].taken):
            continue
        before = {other: dict(sheets[other].taken) for other in kept}
        kept.discard(at)
        dropped = frozenset(range(len(sheets))) - kept
        if all(_placed(need, sheets, taking, set(dropped)) for need in sheets[at].taken):
            continue
        kept.add(at)
        for other, taken in before.items():
            sheets[other].put_back(taken)
    return [sheet for at, sheet in enumerate(sheets) if at in kept]


def _placed(need: Need, sheets: Sequence[_Sheet], taking: Mapping[Need, Sequence[int]], asked: set[int]) -> bool:
    """Written into one of them: into one with room, else in the place of what another can take instead."""
    able = [at for at in taking[need] if at not in asked]
    for at in able:
        if sheets[at].offered[need].size <= sheets[at].room:
            sheets[at].take(need)
            return True
    for at in able:
        asked.add(at)
        sheet = sheets[at]
        for other in list(_in_its_place(need, sheet)):
            sheet.give_up(other)
            if _placed(other, sheets, taking, asked):
                sheet.take(need)
                return True
            sheet.take(other)
    return False


def _in_its_place(need: Need, sheet: _Sheet) -> Iterator[Need]:
    wanted = sheet.offered[need].size - sheet.room
    return (other for other, item in sheet.taken.items() if item.size >= wanted)


def _need(item: FormEntry, known: Container[tuple[SightingId, Lane]]) -> Need:
    """known: what a desk in that lane whose address is known can take. A form that nobody checked never stands for such
    a desk: it may be asked beside it."""
    is_one_of_many = item.route.lane.is_at_source or item.route.lane is Lane.REGISTRAR
    address = address_for(item.route)
    if is_one_of_many and not (address.url and not address.is_known and _at_lane(item) in known):
        return item.find.sighting, ""
    return item.find.sighting, item.route.channel.id


def _at_lane(item: FormEntry) -> tuple[SightingId, Lane]:
    return item.find.sighting, item.route.lane
