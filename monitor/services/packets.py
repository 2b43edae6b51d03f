"""A packet for a platform, a lawyer or the police: sealed files are opened, compared with their digests, and written
into one ZIP with a report of what was found. `PacketService.export` tells it in order.

What is opened stays in memory, piece by piece, on its way from the process that opens it into the ZIP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from warcio.exceptions import ArchiveLoadFailed

from monitor import __version__
from monitor.errors import NeedsUser, SealError, WorkFailed
from monitor.evidence.packet import PacketFacts, PacketFile
from monitor.evidence.packet_manifest import manifest_text
from monitor.evidence.packet_names import CHECK_NAME, MANIFEST_NAME, WACZ_NAME
from monitor.evidence.report import how_to_check, report_html
from monitor.evidence.timeline import mirrors_table, timeline_table
from monitor.evidence.wacz import FirstPage, wacz_of
from monitor.evidence.warc import utc_second
from monitor.model.custody import CustodyAct
from monitor.model.ids import CaseId, ContentDigest, digest_of
from monitor.model.settings import Secret, Settings
from monitor.pipeline.case_settings import settings_of
from monitor.ports import Paper, Screenshots, Store, Vault
from monitor.services.packet_choice import chosen_finds
from monitor.services.packet_file import PacketZip, new_packet, refuse_out
from monitor.services.packet_log import log_part
from monitor.services.packet_parts import (
    OpenedFile,
    Parts,
    capture_parts,
    done_parts,
    find_parts,
    look_into,
    own_parts,
    refuse_foreign,
)
from monitor.services.packet_shots import MadeShots, ShotsOfCase, make_missing_shots, with_made_shots
from monitor.services.unsealing import unsealing
from monitor.vault.opening import Unsealer

_PROGRAM = f"reupload-monitor {__version__}"


MOST_WACZ = 128_000_000  # bytes of archives that are put into one, in memory


@dataclass(frozen=True, slots=True)
class PacketWish:
    """identity: the file; None where none was given. ask: for its passphrase. with_own: also what the person added."""

    out: Path
    identity: Path | None = None
    ask: Callable[[], Secret | None] = lambda: None
    with_images: bool = False
    with_own: bool = True


@dataclass(frozen=True, slots=True)
class Exported:
    """digest: SHA-256 of the ZIP. files: how many are in it. broken: files that do not hold, and so are not in it;
    left_out: those too, and what was not wanted."""

    path: Path
    digest: ContentDigest
    files: int
    facts: PacketFacts
    broken: tuple[PacketFile, ...]

    @property
    def left_out(self) -> tuple[PacketFile, ...]:
        return self.facts.left_out


@dataclass(frozen=True, slots=True)
class PacketService:
    """stamp: asks for trusted time on the head of the case's log, where an authority is set. screenshots: what draws
    those that are missing; None: nothing does. vault_of: where these are kept, of a case; None: nowhere."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    paper: Paper
    stamp: Callable[[CaseId], Awaitable[None]]
    screenshots: Callable[[], Screenshots] | None = None
    vault_of: Callable[[CaseId], Vault | None] = lambda _: None

    async def export(
        self,
        names: Sequence[str],
        wish: PacketWish,
        *,
        case: CaseId,
        on_step: Callable[[str], None] = lambda _: None,
        unsealer: Unsealer | None = None,
    ) -> Exported:
        """Whatever can be refused (what is named, where it is to go, whose key it is) is refused before anything is
        opened. unsealer: one that is open already, in the place of `wish.identity`. Raises UsageError, UnderAge,
        NeedsUser, Locked, SealError, WorkFailed: then there is no packet."""
        finds = chosen_finds(names, case, self.store)
        path = refuse_out(wish.out, self.settings.data_dir)
        parts = Parts.of(finds, case=case, store=self.store, with_own=wish.with_own)
        if not parts.items:
            self._note_begun(parts, wish)
            await self.stamp(case)
            return await self._packed(path, parts, {}, wish, None, on_step)
        if unsealer is not None:
            return await self._opened(path, parts, wish, unsealer, on_step)
        if wish.identity is None:
            raise NeedsUser(
                f"{len(parts.items)} sealed files belong to it, and your identity alone opens them",
                remedy="Name its file: --identity FILE. `init` wrote it and said where.",
            )
        with unsealing(self.store, wish.identity, wish.ask, self.clock) as opened:
            return await self._opened(path, parts, wish, opened, on_step)

    async def _opened(
        self, path: Path, parts: Parts, wish: PacketWish, unsealer: Unsealer, on_step: Callable[[str], None]
    ) -> Exported:
        vault = self.settings.vault_dir
        await asyncio.to_thread(refuse_foreign, parts, unsealer, vault, wish.identity or "the key that is open")
        self._note_begun(parts, wish)
        await self.stamp(parts.case)
        on_step("checking the files")
        looked = await asyncio.to_thread(look_into, parts, unsealer, vault, with_images=wish.with_images)
        return await self._packed(path, parts, looked, wish, unsealer, on_step)

    async def _packed(
        self,
        path: Path,
        parts: Parts,
        looked: Mapping[str, OpenedFile],
        wish: PacketWish,
        unsealer: Unsealer | None,
        on_step: Callable[[str], None],
    ) -> Exported:
        made: MadeShots = {}
        if unsealer is not None and wish.with_images and self.screenshots is not None:
            on_step("drawing what was not drawn yet")
            own = settings_of(parts.case, self.settings, self.store)
            keeper = ShotsOfCase(self.store, own, self.clock, self.vault_of(parts.case))
            made = await make_missing_shots(parts, looked, unsealer, keeper, self.screenshots())
        drawn: dict[str, bytes] = {}
        log, log_files = log_part(parts.case, parts.words, self.store)
        facts = PacketFacts(
            made_at=self.clock(),
            program=_PROGRAM,
            with_images=wish.with_images,
            finds=find_parts(parts, self.store),
            captures=with_made_shots(capture_parts(parts, looked), parts, made, drawn),
            own=own_parts(parts, looked),
            done=done_parts(parts.case, self.store, with_private=False) if wish.with_own else (),
            log=log,
        )
        wacz = self._wacz(facts, unsealer) if unsealer is not None and wish.with_images else b""
        facts = replace(facts, has_wacz=bool(wacz))
        on_step("printing the report")
        facts, pdf = await self._printed(facts)
        on_step("writing the packet")
        others = (*drawn.items(), *log_files.items(), *_told(facts, path.name, pdf))
        packet = await asyncio.to_thread(self._written, path, facts, unsealer, wacz, others)
        self._note_done(parts, packet)
        broken = tuple(file for file in facts.left_out if file.item and looked[file.item].is_broken)
        return Exported(path, packet.digest, packet.count, facts, broken)

    def _written(
        self,
        path: Path,
        facts: PacketFacts,
        unsealer: Unsealer | None,
        wacz: bytes,
        others: Iterable[tuple[str, bytes]],
    ) -> PacketZip:
        """Touches no store: it runs beside the loop."""
        with new_packet(path, facts.made_at) as packet:
            for file in facts.evidence_files:
                if not file.left_out and file.item and unsealer is not None:
                    self._add(packet, file, unsealer)
            if wacz:
                packet.add(WACZ_NAME, [wacz])
            for name, content in others:
                packet.add(name, [content])
        return packet

    def _add(self, packet: PacketZip, file: PacketFile, unsealer: Unsealer) -> None:
        if packet.add(file.name, unsealer.stream(self.settings.vault_dir / file.sealed_as)) != file.digest:
            raise _changed(file)

    def _wacz(self, facts: PacketFacts, unsealer: Unsealer) -> bytes:
        """b'' where there is nothing to index, or more than is held in memory at once."""
        archives = facts.archives
        if not 0 < sum(file.size for file in archives) <= MOST_WACZ:
            return b""
        parts = [unsealer.read(self.settings.vault_dir / file.sealed_as) for file in archives]
        for file, part in zip(archives, parts, strict=True):
            if digest_of(part) != file.digest:
                raise _changed(file)
        look = next(part for part in facts.captures if archives[0] in part.files)
        first = FirstPage(look.page_url, utc_second(look.taken_at or look.asked_at))
        try:
            return wacz_of(b"".join(parts), facts.program, first)
        except (ArchiveLoadFailed, ValueError, EOFError):  # as they are, they are in the packet all the same
            return b""

    async def _printed(self, facts: PacketFacts) -> tuple[PacketFacts, bytes | None]:
        """The report says so where there is no PDF of it."""
        try:
            return facts, await self.paper.print(report_html(facts))
        except WorkFailed as error:
            return replace(facts, no_pdf=str(error)), None

    def _note_begun(self, parts: Parts, wish: PacketWish) -> None:
        """Before anything is opened: who is killed midway may have seen it."""
        told = {"with pictures": "yes" if wish.with_images else "no"}
        told |= {f"find {number}": find.id for number, find in enumerate(parts.finds, start=1)}
        told |= {f"entry {number}": entry.id for number, entry in enumerate(parts.own, start=1)}
        with self.store.transaction():
            self.store.custody.note(parts.case, CustodyAct.EXPORT, told, self.clock())

    def _note_done(self, parts: Parts, packet: PacketZip) -> None:
        told = {"packet": packet.digest, "files": str(packet.count)}
        told |= {f"find {number}": find.id for number, find in enumerate(parts.finds, start=1)}
        with self.store.transaction():
            self.store.custody.note(parts.case, CustodyAct.EXPORT, told, self.clock())


def _changed(file: PacketFile) -> SealError:
    return SealError(
        f"the sealed file {file.sealed_as} was changed while the packet was written",
        remedy="Start again. If it stays so, restore the file from a backup.",
    )


def _told(facts: PacketFacts, name: str, pdf: bytes | None) -> Iterator[tuple[str, bytes]]:
    yield "report.html", report_html(facts).encode()
    if pdf is not None:
        yield "report.pdf", pdf
    yield MANIFEST_NAME, manifest_text(facts).encode()
    yield "timeline.csv", timeline_table(facts).encode()
    yield "mirrors.csv", mirrors_table(facts).encode()
    yield CHECK_NAME, how_to_check(facts, name).encode()
