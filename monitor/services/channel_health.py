"""Alert channels that do not work: looked after by the daemon, told on the others, shown by `status` and the digest.

What is known of channels that many cases have is of none of them; of a case's own, it is that case's.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.alerts.health import channel_target, is_back, is_to_ask, is_to_tell, noted
from monitor.alerts.outbox import new_alert
from monitor.model.alert import AlertKind
from monitor.model.channel_health import ChannelHealth, ChannelResult
from monitor.model.ids import CaseId
from monitor.model.settings import AlertUrl, Settings
from monitor.pipeline.case_settings import settings_of
from monitor.pipeline.hindrances import told_under
from monitor.pipeline.surviving import surviving
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


@dataclass(frozen=True, slots=True)
class Outlet:
    """Channels, and what is in force where they are. case: whose own they are; '' = of every case that has none."""

    case: str
    settings: Settings

    def target(self, url: AlertUrl) -> str:
        return channel_target(url, self.case)

    @property
    def targets(self) -> frozenset[str]:
        return frozenset(self.target(url) for url in self.settings.alerts.urls)


def outlets(store: Store, settings: Settings) -> Sequence[Outlet]:
    own = sorted(store.case_settings.having("alerts.urls"))
    return [Outlet("", settings), *(Outlet(case, settings_of(case, settings, store)) for case in own)]


def outlet_of(case: CaseId, store: Store, settings: Settings) -> Outlet:
    """By which the case is told."""
    has_own = case in store.case_settings.having("alerts.urls")
    return Outlet(case if has_own else "", settings_of(case, settings, store))


async def look_after_channels(store: Store, settings: Settings, clock: Callable[[], datetime], ask: Ask) -> int:
    """One round of the daemon. How many messages it wrote."""
    every, written = outlets(store, settings), 0
    _forget_others(store, every)
    for outlet in every:
        with surviving("channels"):
            due = _to_ask(store, outlet, clock())
            if due:
                chosen = outlet.settings
                only = replace(chosen, alerts=replace(chosen.alerts, urls=tuple(url for url, _ in due)))
                results = await ask(only)
                for (url, health), result in zip(due, results, strict=True):
                    _note(store, outlet, url, replace(result, name=health.name), clock())
            written += tell_channels(store, outlet, clock())
    return written


def note_tried(store: Store, outlet: Outlet, results: Sequence[ChannelResult], now: datetime) -> None:
    """What `alerts test` found. results: one for each of its channels, in their order."""
    for url, result in zip(outlet.settings.alerts.urls, results, strict=True):
        _note(store, outlet, url, result, now)


def failing_channels(store: Store, settings: Settings) -> tuple[ChannelHealth, ...]:
    """Those of the installation that took nothing when they were tried last."""
    ours = Outlet("", settings).targets
    return tuple(one for one in store.channel_health.all("") if one.fails and one.target in ours)


def tell_channels(store: Store, outlet: Outlet, now: datetime) -> int:
    """Writes what is to be told, with that it is told, in one transaction. How many messages. With one channel there is
    no other that could tell of it."""
    written = 0
    with store.transaction():
        case = CaseId(outlet.case) if outlet.case else told_under(store, outlet.settings)
        if case is None or len(outlet.settings.alerts.urls) < 2:
            return 0
        for health in store.channel_health.all(outlet.case):
            if health.target not in outlet.targets:
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


def _to_ask(store: Store, outlet: Outlet, now: datetime) -> list[tuple[AlertUrl, ChannelHealth]]:
    known = {one.target: one for one in store.channel_health.all(outlet.case)}
    with_health = ((url, known.get(outlet.target(url))) for url in outlet.settings.alerts.urls)
    return [(url, health) for url, health in with_health if health is not None and is_to_ask(health, url, now)]


def _note(store: Store, outlet: Outlet, url: AlertUrl, result: ChannelResult, now: datetime) -> None:
    target = outlet.target(url)
    with store.transaction():
        before = store.channel_health.get(target)
        after = noted(
            before, target=target, name=result.name, taken=result.taken, now=now, said=result.error, case=outlet.case
        )
        store.channel_health.save(after)


def _forget_others(store: Store, every: Sequence[Outlet]) -> None:
    """What is not set any more."""
    ours = frozenset[str]().union(*(one.targets for one in every))
    with store.transaction():
        for one in store.channel_health.all():
            if one.target not in ours:
                store.channel_health.remove(one.target)
