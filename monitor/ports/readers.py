"""The port of the confined readers, as all of `monitor.ports`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from monitor.model.fingerprint import Detail, ImageReading, PhotoReading, PicturePart, Window
from monitor.model.mail import MailReading
from monitor.model.page import PageContent, ParseJob
from monitor.model.registry import RdapServers, RegistryRecord
from monitor.model.robots import RobotsRules
from monitor.model.shown import ShownPicture


class Reader(Protocol):
    """Parses outside bytes in confined workers. No method sees the person's fingerprints."""

    async def page(self, job: ParseJob, untrusted: bytes) -> PageContent:
        """Never raises for what is in the bytes: `PageContent.problem` says it."""
        ...

    async def robots(self, untrusted: bytes) -> RobotsRules | None:
        """Never raises for what is in the bytes. None when its reader died of it: what it says is not known."""
        ...

    async def registry(self, untrusted: bytes, *, is_dns: bool = False) -> RegistryRecord:
        """An RDAP answer; is_dns: one with TXT records. Never raises for what is in the bytes: `RegistryRecord.problem`
        says it."""
        ...

    async def servers(self, untrusted: bytes) -> RdapServers | None:
        """An RDAP bootstrap file. Never raises for what is in the bytes: None for what is none."""
        ...

    async def mail(self, untrusted: bytes) -> MailReading | None:
        """Never raises for what is in the bytes. None when its reader died of it."""
        ...

    async def image(self, untrusted: bytes, detail: Detail) -> ImageReading:
        """Raises UnreadableImage."""
        ...

    async def windows(self, untrusted: bytes, parts: Sequence[PicturePart]) -> tuple[Window, ...]:
        """Those parts of a picture, closely: at most `model.limits.MAX_WINDOWS_READ` at once. Raises
        UnreadableImage."""
        ...

    async def photo(self, untrusted: bytes, *, features: bool) -> PhotoReading:
        """Enrolment: the photo; of a screenshot the one inside. Raises UnreadableImage, with kind `featureless` for
        pictures that cannot be told from others."""
        ...

    async def shown(self, untrusted: bytes, *, band: int = 0, is_page: bool = False) -> ShownPicture:
        """For a person's own eyes, made anew from its pixels; band, is_page: as `matching.reading.shown` has them.
        Raises UnreadableImage."""
        ...
