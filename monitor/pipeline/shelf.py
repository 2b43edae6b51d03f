"""What was had once for several, until all have had it, within so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Label = TypeVar("Label", bound=Hashable)
Thing = TypeVar("Thing")


@dataclass(slots=True)
class _Lying(Generic[Thing]):
    thing: Thing
    weight: int
    owed: int  # a bit for each who has not had it


class Shelf(Generic[Label, Thing]):
    """Who takes is a number from 0. What nobody is still to have goes at once; beyond `most` bytes the oldest goes, and
    whoever still wants it has to see to it anew. forgotten: how often that was so."""

    def __init__(self, most: int) -> None:
        self._most, self._held, self._there = most, 0, 0
        self._lying: OrderedDict[Label, _Lying[Thing]] = OrderedDict()
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._lying)

    def lies(self, name: Label) -> bool:
        return name in self._lying

    @property
    def held(self) -> int:
        """Bytes."""
        return self._held

    def come(self, who: int) -> None:
        """May take what is put there from now on, and what lies there."""
        self._there |= 1 << who
        for one in self._lying.values():
            one.owed |= 1 << who

    def leave(self, who: int) -> None:
        """Takes nothing more."""
        self._there &= ~(1 << who)
        for name in [name for name, one in self._lying.items() if not one.owed & self._there]:
            self.drop(name)

    def put(self, name: Label, thing: Thing, weight: int) -> None:
        """In place of what lay under that name."""
        self.drop(name)
        if not self._there:
            return
        self._lying[name] = _Lying(thing, weight, self._there)
        self._held += weight
        while self._held > self._most:
            self.drop(next(iter(self._lying)))
            self.forgotten += 1

    def take(self, name: Label, who: int) -> Thing | None:
        """It stays for those who have not had it."""
        one = self._lying.get(name)
        if one is None:
            return None
        one.owed &= ~(1 << who)
        if not one.owed & self._there:
            self.drop(name)
        return one.thing

    def drop(self, name: Label) -> None:
        one = self._lying.pop(name, None)
        if one is not None:
            self._held -= one.weight
