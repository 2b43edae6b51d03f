"""An alert to the person, as it stands in the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AlertKind(StrEnum):
    NEW = "new"  # a new incident, or more copies in one
    REAPPEARED = "reappeared"
    BLIND = "blind"  # a watch cannot see
    DIGEST = "digest"
    TEST = "test"
    FLOOD = "flood"  # a reference was paused


class Delivery(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # given up on; said in `status` and the digest


@dataclass(frozen=True, slots=True)
class Alert:
    """message_id: fixed when the alert is written, so that a second sending in SMTP's one window can be told to be
    the same. count: sightings grouped in it. subject: what it is about ('' = the incident id, watch name ...)."""

    id: str
    case: str
    kind: AlertKind
    subject: str
    message_id: str
    created_at: datetime
    not_before: datetime  # grouping: quiet for 60 s, at most 10 minutes after `created_at`
    urgent: bool = False
    count: int = 1
    sightings: tuple[str, ...] = ()
    attempts: int = 0
    delivery: Delivery = Delivery.WAITING
    sent_at: datetime | None = None
    last_error: str = ""
