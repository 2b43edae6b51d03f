"""Pictures for the person's own eyes, and the key that opens them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.catalogue import said
from monitor.config_places import calling
from monitor.errors import UsageError
from monitor.model.ids import CaseId
from monitor.model.settings import Secret
from monitor.plain import plain
from monitor.review.port.showing import PictureShown, VaultNow

if TYPE_CHECKING:
    from monitor.services.showing import ShowingService


@dataclass(frozen=True, slots=True)
class LocalShowing:
    service: ShowingService

    async def vault(self, holder: str) -> VaultNow:
        identity = self.service.identity()
        return VaultNow(
            is_open=self.service.is_open(holder),
            identity=str(identity or ""),
            takes_passphrase=self.service.takes_passphrase(identity),
            next_try_at=self.service.next_try_at(),
            keeps=bool(self.service.settings.evidence.recipients),
            program=plain(calling(self.service.settings.path)),
        )

    async def is_open(self, holder: str) -> bool:
        return self.service.is_open(holder)

    async def unlock(self, holder: str, identity: str, passphrase: str) -> None:
        if not identity.strip():
            raise UsageError(
                said("no file of a key was named"),
                remedy=said("Type where the file lies: identity.age, as it was called when it was made."),
            )
        path = Path(os.path.expanduser(identity.strip()))  # an unknown ~name stays as it is: no such file
        await self.service.unlock(holder, path, Secret(passphrase) if passphrase else None)

    async def lock(self, holder: str) -> None:
        self.service.lock(holder)

    async def lock_all(self) -> None:
        self.service.lock_all()

    async def show(self, holder: str, case: CaseId, item: str, band: int) -> PictureShown:
        kept = self.service.picture(case, item)
        shown = await self.service.show(holder, case, item, band=band)
        find = self.service.store.sightings.get(case, kept.sighting) if kept.sighting else None
        return PictureShown(
            png=shown.png,
            width=shown.width,
            height=shown.height,
            kind=kept.kind,
            captured_at=kept.captured_at,
            band=shown.band,
            bands=shown.bands,
            has_more=shown.has_more,
            find=find.id if find else "",
            number=find.number if find else 0,
            page_url=find.seen_at.page_url if find else "",
            account=find.seen_at.account if find else "",
        )
