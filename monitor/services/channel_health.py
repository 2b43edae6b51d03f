"""Alert channels that do not work: looked after by the daemon, told on the others, shown by `status` and the digest.

The channels are the machine's, so what is known of them is of no case.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.alerts.health import channel_target, is_back, is_to_ask, is_to_tell, noted
from monitor.alerts.outbox import new_alert
from monitor.model.alert import AlertKind
from monitor.model.channel_health import ChannelHealth, ChannelResult
from monitor.model.settings import AlertUrl, Settings
from monitor.pipeline.hindrances import told_under
from monitor.ports import Store

if TYPE_CHECKING:
    from monitor.outbound.own_ways import OwnWays

log = logging.getLogger(__name__)

Ask = Callable[[Settings], Awaitable[Sequence[ChannelResult]]]
"""Asks each channel of these settings whether it would take a message; sends nothing."""


async def check_channels(settings: Settings, own: OwnWays) -> Sequence[ChannelResult]:
    """As far as it can be known without sending: see `AppriseChannel.check`."""
    from monitor.outbound.alerts import open_channel

    channel = open_channel(settings, own, quick=True)
    try:
        return await channel.check()
    finally:
        await channel.aclose()


async def look_after_channels(store: Store, settings: Settings, clock: Callable[[], datetime], ask: Ask) -> int:
    """One round of the daemon. How many messages it wrote."""
    _forget_others(store, settings)
    due = _to_ask(store, settings, clock())
    if due:
        only = replace(settings, alerts=replace(settings.alerts, urls=tuple(url for url, _ in due)))
        results = await ask(only)
        for (url, health), result in zip(due, results, strict=True):
            _note(store, url, replace(result, name=health.name), clock())
    return tell_channels(store, settings, clock())


def note_tried(store: Store, settings: Settings, results: Sequence[ChannelResult], now: datetime) -> None:
    """What `alerts test` found. results: one for each of `[alerts] urls`, in their order."""
    for url, result in zip(settings.alerts.urls, results, strict=True):
        _note(store, url, result, now)


def failing_channels(store: Store, settings: Settings) -> tuple[ChannelHealth, ...]:
    """Those of these settings that took nothing when they were tried last."""
    ours = {channel_target(url) for url in settings.alerts.urls}
    return tuple(one for one in store.channel_health.all() if one.fails and one.target in ours)


def tell_channels(store: Store, settings: Settings, now: datetime) -> int:
    """Writes what is to be told, with that it is told, in one transaction. How many messages. With one channel there is
    no other that could tell of it."""
    written = 0
    with store.transaction():
        case = told_under(store, settings)
        if case is None or len(settings.alerts.urls) < 2:
            return 0
        ours = {channel_target(url) for url in settings.alerts.urls}
        for health in store.channel_health.all():
            if health.target not in ours:
                continue
            if is_to_tell(health, now):
                kind, told_at = AlertKind.CHANNEL, now
            elif is_back(health):
                kind, told_at = AlertKind.CHANNEL_BACK, None
            else:
                continue
            store.alerts.save(new_alert(kind, case=case, subject=health.name, now=now, not_before=now))
            store.channel_health.save(replace(health, told_at=told_at))
            log.warning("how a channel stands is told", extra={"action": kind.value, "channel": health.name})
            written += 1
    return written


def _to_ask(store: Store, settings: Settings, now: datetime) -> list[tuple[AlertUrl, ChannelHealth]]:
    known = {one.target: one for one in store.channel_health.all()}
    with_health = ((url, known.get(channel_target(url))) for url in settings.alerts.urls)
    return [(url, health) for url, health in with_health if health is not None and is_to_ask(health, url, now)]


def _note(store: Store, url: AlertUrl, result: ChannelResult, now: datetime) -> None:
    target = channel_target(url)
    with store.transaction():
        before = store.channel_health.get(target)
        store.channel_health.save(
            noted(before, target=target, name=result.name, taken=result.taken, now=now, said=result.error)
        )


def _forget_others(store: Store, settings: Settings) -> None:
    """What is not among `[alerts] urls` any more."""
    ours = {channel_target(url) for url in settings.alerts.urls}
    with store.transaction():
        for one in store.channel_health.all():
            if one.target not in ours:
                store.channel_health.remove(one.target)
