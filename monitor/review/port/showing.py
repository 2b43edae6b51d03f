"""Pictures for the person's own eyes, and the key that opens them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model.evidence import EvidenceKind
from monitor.model.ids import CaseId


@dataclass(frozen=True, slots=True)
class VaultNow:
    """identity: the file of the key, where one lies at its usual place, else ''. takes_passphrase: it is under one, or
    that cannot be told. next_try_at: when a passphrase is taken again; None: at once. keeps: evidence is sealed to
    somebody. program: how it is called in a terminal, with this configuration."""

    is_open: bool = False
    identity: str = ""
    takes_passphrase: bool = True
    next_try_at: datetime | None = None
    keeps: bool = True
    program: str = "reupload-monitor"


@dataclass(frozen=True, slots=True)
class PictureShown:
    """png: pixels and nothing else. band: which part of a long one, from the top, of `bands`. has_more: it moves, or
    has several pages. find, number: whose it is, '' and 0 of what the person added herself. page_url, account: from
    outside."""

    png: bytes
    width: int
    height: int
    kind: EvidenceKind
    captured_at: datetime
    band: int = 0
    bands: int = 1
    has_more: bool = False
    find: str = ""
    number: int = 0
    page_url: str = ""
    account: str = ""


class ShowingPart(Protocol):
    """holder: who has it open: the id of a session. The key lives in a process of its own, which ends with `lock`."""

    async def vault(self, holder: str) -> VaultNow: ...
    async def is_open(self, holder: str) -> bool: ...
    async def unlock(self, holder: str, identity: str, passphrase: str) -> None:
        """identity: the path of a file. passphrase: '' for one under none. Raises Locked, TooSoon, SealError."""
        ...

    async def lock(self, holder: str) -> None:
        """May be called when nothing is open."""
        ...

    async def lock_all(self) -> None: ...
    async def show(self, holder: str, case: CaseId, item: str, band: int) -> PictureShown:
        """One entry in the custody log. Raises Locked where nothing is open."""
        ...
