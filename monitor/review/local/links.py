"""Links that the person found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.model.ids import CaseId
from monitor.review.port.links import LinksTold, LinkTold

if TYPE_CHECKING:
    from monitor.services.found_links import LinkService


@dataclass(frozen=True, slots=True)
class LocalLinks:
    service: LinkService

    async def file(self, text: str, *, case: CaseId) -> LinksTold:
        done = self.service.file(text, case=case)
        return LinksTold(
            tuple(
                LinkTold(
                    one.typed,
                    one.end,
                    one.find.number if one.find else 0,
                    one.find.incident if one.find else "",
                    one.said,
                    one.remedy,
                    one.is_inside,
                )
                for one in done.links
            ),
            done.rest,
        )
