"""Whether each channel works, and when the person is told on the others that one does not. Pure: facts and the time in.

What a channel answered is noted with each message (`noted`). One that failed for a day is told once, by the others
(`is_to_tell`); that it works again, once too (`is_back`). A mail server that could not be reached is asked every hour
to let us in, since no message may come for a week that would show it (`is_to_ask`).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from monitor.model.channel_health import ChannelHealth
from monitor.model.settings import AlertUrl

TOLD_AFTER = timedelta(days=1)
ASKED_EVERY = timedelta(hours=1)
_MAILS = ("mailto", "mailtos")


def channel_target(url: AlertUrl, case: str = "") -> str:
    """case: whose own it is; what is known of it is then known of no other's, whoever has the same address."""
    target = hashlib.sha256(b"channel\0" + url.url.value.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return target_of_case(target, case)


def target_of_case(target: str, case: str) -> str:
    """Of the target that a channel names itself by."""
    return hashlib.sha256(f"{target} {case}".encode()).hexdigest()[:32] if case else target


def noted(
    before: ChannelHealth | None,
    *,
    target: str,
    name: str,
    taken: bool,
    now: datetime,
    said: str = "",
    let_in: bool = False,
    case: str = "",
) -> ChannelHealth:
    """After a message was offered to it, or it was asked to let us in."""
    told_at = before.told_at if before else None
    taken_at = before.taken_at if before else None
    if taken:
        return ChannelHealth(target=target, name=name, tried_at=now, taken_at=now, told_at=told_at, case=case)
    since = before.failing_since if before and before.failing_since else now
    return ChannelHealth(
        target=target,
        name=name,
        tried_at=now,
        taken_at=taken_at,
        failing_since=min(since, now),  # noted by a clock that was ahead
        said=said,
        let_in=let_in,
        told_at=told_at,
        case=case,
    )


def failed_long(health: ChannelHealth, now: datetime) -> bool:
    return health.failing_since is not None and now - health.failing_since >= TOLD_AFTER


def is_to_tell(health: ChannelHealth, now: datetime) -> bool:
    return failed_long(health, now) and health.told_at is None


def is_back(health: ChannelHealth) -> bool:
    """It works, and the person was told that it does not."""
    return not health.fails and health.told_at is not None


def is_to_ask(health: ChannelHealth, url: AlertUrl, now: datetime) -> bool:
    """Whether asking it to let us in can show that it works again, and is due. Other channels can only be sent to."""
    is_mail = url.url.value.partition("://")[0].lower() in _MAILS
    return is_mail and health.fails and not health.let_in and not now - ASKED_EVERY < health.tried_at <= now
