"""Links that the person found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from monitor.model.ids import CaseId


@dataclass(frozen=True, slots=True)
class LinkTold:
    """end: as `services.found_links.LinkEnd` has it: filed, known, twice, no_link, search, login or closed. number,
    incident: of the find that was filed, or stands there. said, remedy: words from below. is_inside: the
    program does not go to where it stands."""

    typed: str
    end: str
    number: int = 0
    incident: str = ""
    said: str = ""
    remedy: str = ""
    is_inside: bool = False


@dataclass(frozen=True, slots=True)
class LinksTold:
    """rest: what was typed and not turned to, since it is more than fits."""

    links: tuple[LinkTold, ...]
    rest: str = ""


class LinksPart(Protocol):
    async def file(self, text: str, *, case: CaseId) -> LinksTold:
        """Each is filed, or it is said why not: that one is wrong keeps none of the others."""
        ...
