"""The core's side of the readers: `ports.Reader` over crews of confined children.

Pages need no picture libraries, pictures no parsers, and only what is enrolled needs all of imagehash, so each has
workers of its own. They start when first needed, stay warm while there is work and end when there is none: an idle
daemon holds none.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from monitor.errors import READER_FELL, UnreadableImage, UnreadableKind
from monitor.model.fingerprint import Detail, ImageReading, PhotoReading, PicturePart, Window
from monitor.model.mail import MailReading
from monitor.model.page import Outcome, OutcomeKind, PageContent, ParseJob
from monitor.model.registry import MAX_VALUE_CHARS, RdapServers, RecordKind, RegistryRecord
from monitor.model.robots import RobotsRules
from monitor.model.shown import ShownPicture
from monitor.parts.confine.layers import Confinement
from monitor.reader import messages, pages, registries
from monitor.reader.crew import Crew, Plan, WorkerLost
from monitor.reader.messages import WorkerKind
from monitor.reader.shown import picture_shown
from monitor.reader.starting import room_missing
from monitor.reader.wire import WirePart

MAX_JOB_BYTES = 72 * 1024 * 1024
"""Of one job. Above what the fetcher and the decoder allow: a second fence."""


def page_plan() -> Plan:
    """What bounds a reader is its computing. The other time is long: on a busy machine, a large page waits its turn."""
    return Plan(kind=WorkerKind.PAGE, workers=2, wall_s=40.0, cpu_s=8, max_answer=messages.MAX_PAGE_ANSWER)


def picture_plan(*, features: bool = True) -> Plan:
    """One worker for each core but one, where this process itself fetches: a start costs as much as 100 pictures."""
    workers = max(1, len(os.sched_getaffinity(0)) - 1)
    kind = WorkerKind.PICTURE if features else WorkerKind.HASHES
    return Plan(kind=kind, workers=workers, wall_s=20.0, cpu_s=15, max_answer=messages.MAX_PICTURE_ANSWER)


def photo_plan() -> Plan:
    return replace(picture_plan(), kind=WorkerKind.PHOTO)


def shown_plan() -> Plan:
    """One at a time, and none waits warm for long: it holds what was shown last."""
    return replace(picture_plan(), kind=WorkerKind.SHOWN, workers=1, max_answer=messages.MAX_SHOWN_BYTES + 1024)


class ReaderPool:
    """`ports.Reader`. To be used in one event loop, and closed there. features: False where nobody will ask for any."""

    def __init__(
        self,
        *,
        features: bool = True,
        pages: Plan | None = None,
        pictures: Plan | None = None,
        photos: Plan | None = None,
        shown: Plan | None = None,
    ) -> None:
        self._pages = Crew(pages or page_plan())
        self._pictures = Crew(pictures or picture_plan(features=features))
        self._photos = Crew(photos or photo_plan())
        self._shown = Crew(shown or shown_plan())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def page(self, job: ParseJob, untrusted: bytes) -> PageContent:
        """Never raises for what is in the bytes: `PageContent.problem` says it."""
        try:
            return await self._pages.do(messages.PageTask(job), _bounded(untrusted), _content)
        except (WorkerLost, UnreadableImage) as lost:
            if lack := room_missing(str(lost)):  # never the page's doing
                return PageContent(url=job.url, problem=Outcome(OutcomeKind.PART, str(lost), lack.right))
            return PageContent(
                url=job.url,
                problem=Outcome(
                    OutcomeKind.UNREADABLE,
                    str(lost),
                    "Open the address in a browser to see what it is. Other pages are not affected. If this happens "
                    "with every page, run `reupload-monitor doctor`.",
                ),
            )

    async def robots(self, untrusted: bytes) -> RobotsRules | None:
        """None when its reader died of it."""
        try:
            return await self._pages.do(messages.RobotsTask(), _bounded(untrusted), _rules)
        except (WorkerLost, UnreadableImage):
            return None

    async def registry(self, untrusted: bytes, *, is_dns: bool = False) -> RegistryRecord:
        """Never raises for what is in the bytes."""
        try:
            return await self._pages.do(messages.RegistryTask(is_dns), _bounded(untrusted), _record)
        except (WorkerLost, UnreadableImage) as lost:
            return RegistryRecord(RecordKind.UNREADABLE, problem=str(lost)[:MAX_VALUE_CHARS])

    async def servers(self, untrusted: bytes) -> RdapServers | None:
        """None for what is no such file, and when its reader died of it."""
        try:
            return await self._pages.do(messages.ServersTask(), _bounded(untrusted), _servers)
        except (WorkerLost, UnreadableImage):
            return None

    async def mail(self, untrusted: bytes) -> MailReading | None:
        """None when its reader died of it."""
        try:
            return await self._pages.do(messages.MailTask(), _bounded(untrusted), _mail)
        except (WorkerLost, UnreadableImage):
            return None

    async def image(self, untrusted: bytes, detail: Detail) -> ImageReading:
        """Raises UnreadableImage."""
        task = messages.ImageTask(features=detail is Detail.FEATURES)
        try:
            found = await self._pictures.do(task, _bounded(untrusted), _reading)
        except WorkerLost as lost:
            raise _unreadable(lost) from lost
        if isinstance(found, UnreadableImage):
            raise found
        return found

    async def windows(self, untrusted: bytes, parts: Sequence[PicturePart]) -> tuple[Window, ...]:
        """Raises UnreadableImage."""
        from monitor.reader import arrays  # loads NumPy, which pages, and pictures that are shown, do without

        task = messages.WindowsTask(tuple(WirePart(part.box, part.number) for part in parts))

        def checked(answer: messages.WorkerAnswer) -> tuple[Window, ...] | UnreadableImage:
            if isinstance(answer, messages.WindowsAnswer):
                return arrays.windows(answer, parts)
            if isinstance(answer, messages.Unreadable):
                return _refusal(answer)
            raise messages.BadAnswer(f"not what was asked: {type(answer).__name__}")

        try:
            found = await self._pictures.do(task, _bounded(untrusted), checked)
        except WorkerLost as lost:
            raise _unreadable(lost) from lost
        if isinstance(found, UnreadableImage):
            raise found
        return found

    async def photo(self, untrusted: bytes, *, features: bool) -> PhotoReading:
        """Raises UnreadableImage, with kind `featureless` for pictures that cannot be told from others."""
        try:
            found = await self._photos.do(messages.PhotoTask(features), _bounded(untrusted), _photo)
        except WorkerLost as lost:
            raise _unreadable(lost) from lost
        if isinstance(found, UnreadableImage):
            raise found
        return found

    async def shown(self, untrusted: bytes, *, band: int = 0, is_page: bool = False) -> ShownPicture:
        """Raises UnreadableImage."""
        try:
            found = await self._shown.do(messages.ShownTask(band, is_page), _bounded(untrusted), _picture_shown)
        except WorkerLost as lost:
            raise _unreadable(lost) from lost
        if isinstance(found, UnreadableImage):
            raise found
        return found

    async def active_confinement(self) -> tuple[Confinement, ...]:
        """(name, active, why) of each kind of confinement, as a worker that runs now said them. Where none can be
        started, that is what it says."""
        try:
            return await self._pictures.layers()
        except WorkerLost as lost:
            return (Confinement("readers", False, str(lost)),)

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the workers that run now."""
        return (*self._pages.pids, *self._pictures.pids, *self._photos.pids, *self._shown.pids)

    async def aclose(self) -> None:
        """Ends every worker. Jobs under way end as unreadable."""
        await self._pages.aclose()
        await self._pictures.aclose()
        await self._photos.aclose()
        await self._shown.aclose()


def _bounded(untrusted: bytes) -> bytes:
    if len(untrusted) > MAX_JOB_BYTES:
        raise UnreadableImage(
            f"it has {len(untrusted)} bytes, more than {MAX_JOB_BYTES}",
            kind=UnreadableKind.TOO_LARGE,
            remedy="Save a smaller copy and use that.",
        )
    return untrusted


def _unreadable(lost: WorkerLost) -> UnreadableImage:
    if lack := room_missing(str(lost)):
        return UnreadableImage(str(lost), kind=lost.kind, remedy=lack.right)
    return UnreadableImage(
        str(lost),
        kind=lost.kind,
        remedy="The picture may be broken, or made to do harm; the confined reader kept it away from all else. If this "
        "happens with every picture, run `reupload-monitor doctor`.",
    )


def _refusal(answer: messages.Unreadable) -> UnreadableImage:
    """Its message may quote what was read. Raises BadAnswer for what no worker can say of itself."""
    if answer.kind in READER_FELL:
        raise messages.BadAnswer(f"a worker that says of itself: {answer.kind}")
    return UnreadableImage(messages.one_line(answer.message), kind=answer.kind, remedy=messages.one_line(answer.remedy))


# The last check of an answer. An honest refusal is an answer too: its worker goes on.


def _content(answer: messages.WorkerAnswer) -> PageContent:
    if isinstance(answer, messages.PageAnswer):
        return pages.page_content(answer)
    raise messages.BadAnswer(f"not what was asked: {type(answer).__name__}")


def _rules(answer: messages.WorkerAnswer) -> RobotsRules:
    if isinstance(answer, messages.RobotsAnswer):
        return pages.robots_rules(answer)
    raise messages.BadAnswer(f"not what was asked: {type(answer).__name__}")


def _record(answer: messages.WorkerAnswer) -> RegistryRecord:
    if isinstance(answer, messages.RegistryAnswer):
        return registries.registry_record(answer.record)
    raise messages.BadAnswer(f"not what was asked: {type(answer).__name__}")


def _servers(answer: messages.WorkerAnswer) -> RdapServers | None:
    if isinstance(answer, messages.ServersAnswer):
        return registries.rdap_servers(answer.servers)
    raise messages.BadAnswer(f"not what was asked: {type(answer).__name__}")


def _mail(answer: messages.WorkerAnswer) -> MailReading:
    if isinstance(answer, messages.MailAnswer):
        return pages.mail_reading(answer)
    raise messages.BadAnswer(f"not what was asked: {type(answer).__name__}")


def _reading(answer: messages.WorkerAnswer) -> ImageReading | UnreadableImage:
    if isinstance(answer, messages.ImageAnswer):
        from monitor.reader import arrays

        return arrays.image_reading(answer)
    if isinstance(answer, messages.Unreadable):
        return _refusal(answer)
    raise messages.BadAnswer(f"not what was asked: {type(answer).__name__}")


def _photo(answer: messages.WorkerAnswer) -> PhotoReading | UnreadableImage:
    if isinstance(answer, messages.PhotoAnswer):
        from monitor.reader import arrays

        return arrays.photo_reading(answer)
    if isinstance(answer, messages.Unreadable):
        return _refusal(answer)
    raise messages.BadAnswer(f"not what was asked: {type(answer).__name__}")


def _picture_shown(answer: messages.WorkerAnswer) -> ShownPicture | UnreadableImage:
    if isinstance(answer, messages.ShownAnswer):
        return picture_shown(answer)
    if isinstance(answer, messages.Unreadable):
        return _refusal(answer)
    raise messages.BadAnswer(f"not what was asked: {type(answer).__name__}")
