"""Who is looked after, and the promise made before anything is hashed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.ids import CaseId


class Authority(StrEnum):
    SELF = "self"
    REPRESENTATIVE = "representative"


@dataclass(frozen=True, slots=True)
class Attestation:
    """Everybody shown was 18 or older when each picture was taken, and the user is that person or acts with their
    authority."""

    authority: Authority
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """`id` is short and safe in file names (`default`, or what the helpline chose)."""

    id: CaseId
    name: str = ""
    attestation: Attestation | None = None
    created_at: datetime | None = None
