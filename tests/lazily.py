"""A table of what is costly to make: its names are known when tests are collected, each row is made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Lazily(Mapping[str, Made], Generic[Made]):
    def __init__(self, rows: Mapping[str, Callable[[], Made]]) -> None:
        self._rows = rows
        self._made: dict[str, Made] = {}

    def __getitem__(self, name: str) -> Made:
        if name not in self._made:
            self._made[name] = self._rows[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
