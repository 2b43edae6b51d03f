"""What the page wishes of the program that looks at sites: the page itself has no way there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model.ids import CaseId
from monitor.model.wish import WishEnd, WishKind, WishState


@dataclass(frozen=True, slots=True)
class WishTold:
    """As it stands now. about: the name of a watch, a find's id, or ''. number: of the find. since: when it was taken
    up last, as far as is known, or asked. said: words from below, a line each. pages, pictures, finds: of a look."""

    id: str
    kind: WishKind
    about: str
    asked_at: datetime
    state: WishState
    number: int = 0
    ended_at: datetime | None = None
    end: WishEnd | None = None
    said: tuple[str, ...] = ()
    pages: int = 0
    pictures: int = 0
    finds: int = 0

    @property
    def is_open(self) -> bool:
        return self.state is not WishState.ENDED


@dataclass(frozen=True, slots=True)
class DaemonTold:
    """Whether the program that looks runs. start: the line for a terminal; always: the one that has it start by itself.
    other_configuration: the file that it reads, where that is not this one."""

    runs: bool
    start: str
    always: str
    other_configuration: str = ""


class WishesPart(Protocol):
    async def ask(self, kind: WishKind, about: str = "", *, case: CaseId) -> WishTold:
        """What was asked already and is not done yet is asked once. Raises UsageError, NeedsUser."""
        ...

    async def told(self, case: CaseId) -> tuple[WishTold, ...]:
        """The newest first."""
        ...

    async def last(self, kind: WishKind, about: str = "", *, case: CaseId) -> WishTold | None: ...
    async def daemon(self) -> DaemonTold: ...
