"""What any case has closed as under 18: the same for all of them, and whose it was stands nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class ClosedForAll(Protocol):
    """Written with the find that is closed (`Sightings.save`), in its transaction; nothing takes it away again."""

    def media(self) -> frozenset[str]:
        """Addresses of pictures, which are fetched for nobody."""
        ...

    def media_among(self, urls: Iterable[str]) -> frozenset[str]:
        """As that stands now: for what is about to be written."""
        ...

    def pages_among(self, urls: Iterable[str]) -> frozenset[str]:
        """Pages on which one was: others visit them, and keep nothing of their text."""
        ...

    def add(self, media: Iterable[str], pages: Iterable[str]) -> None: ...


class ClosedKept(Protocol):
    """Of `ports.Store`."""

    @property
    def closed_for_all(self) -> ClosedForAll: ...
