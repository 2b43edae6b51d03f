"""Cases with alerts of their own: theirs go there and nowhere else, as they want them, and wait for nobody."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.acting import acting_for_all
from monitor.alerts.digest import gather
from monitor.alerts.outbox import Sending, alert_for, new_alert
from monitor.alerts.sending import MOST_A_MINUTE, send_due
from monitor.model.alert import Alert, AlertKind, Delivery, letters_in
from monitor.model.case import Attestation, Authority, Case
from monitor.model.channel_health import ChannelResult
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.outbound.alerts.apprise_channel import AppriseChannel
from monitor.outbound.own_local import LocalOwnWays
from monitor.pipeline.case_settings import settings_of
from monitor.services.channel_health import failing_channels, look_after_channels, note_tried, outlet_of
from monitor.services.heartbeat import queue_heartbeats
from monitor.store.store import SqlStore
from tests.alerts.alert_helpers import NOW, Clock, endpoint, run, settings, sighting
from tests.stores import a_postgres_store, a_store, every_alert

FIRST, ANNA, BERTHA = CaseId("default"), CaseId("anna"), CaseId("bertha")
CHANNEL_DAY = timedelta(days=1, hours=1)


class Helpline:
    """`default` and `bertha` are told by the configuration's channels, `anna` by her own."""

    def __init__(self, chosen: Settings, own: LocalOwnWays, kept: Callable[[], SqlStore] = a_store) -> None:
        self.store, self.clock, self.chosen, self.own = kept(), Clock(), chosen, own
        for case in (ANNA, BERTHA):
            self.store.cases.save(Case(case, "", Attestation(Authority.SELF, NOW), NOW))
        self.channels: dict[object, AppriseChannel] = {}

    def set(self, **given: Any) -> None:
        for name, value in given.items():
            self.store.case_settings.save(ANNA, name.replace("__", "."), value, NOW)

    def of_case(self, case: CaseId) -> tuple[Settings, AppriseChannel]:
        found = settings_of(case, self.chosen, self.store)
        if found.alerts not in self.channels:
            self.channels[found.alerts] = AppriseChannel(found, None, self.own.senders)
        return found, self.channels[found.alerts]

    def find(self, case: CaseId, number: int = 1) -> Alert:
        found = replace(sighting(number, incident=f"{case}{number}"), id=f"{case}{number}", case=case)
        found = replace(found, first_seen=self.clock(), last_seen=self.clock())
        self.store.sightings.save(found)
        own = settings_of(case, self.chosen, self.store).alerts
        made = alert_for(found, None, now=self.clock(), urgent=True, settings=own)
        self.store.alerts.save(made)
        return made

    async def send(self, *, urgent: bool | None = None) -> Sending:
        _, channel = self.of_case(FIRST)
        return await send_due(self.store, channel, self.chosen, self.clock, urgent=urgent, of_case=self.of_case)

    def delivery(self, made: Alert) -> Delivery:
        found = self.store.alerts.get(made.case, made.id)
        assert found is not None
        return found.delivery


BOTH_STORES = pytest.mark.parametrize("kept", [a_store, a_postgres_store])


@contextlib.asynccontextmanager
async def helpline(*urls: str, kept: Callable[[], SqlStore] = a_store, **alerts: Any) -> AsyncIterator[Helpline]:
    """As the daemon's round has it: for all."""
    own = LocalOwnWays()
    with acting_for_all():
        try:
            yield Helpline(settings(*urls, **alerts), own, kept)
        finally:
            await own.aclose()


@BOTH_STORES
async def test_what_is_hers_goes_to_hers_alone_and_says_as_much_as_she_wants(kept: Callable[[], SqlStore]) -> None:
    async with endpoint() as common, endpoint() as hers, helpline(common.url(), kept=kept) as here:
        here.set(alerts__urls=[hers.url()], alerts__detail="full", alerts__product_name="Club")
        made = [here.find(case) for case in (FIRST, ANNA, BERTHA)]
        assert (await here.send()).sent == 3
        assert {here.delivery(one) for one in made} == {Delivery.SENT}
    assert len(common.bodies) == 2 and len(hers.bodies) == 1
    assert hers.bodies[0]["title"].startswith("Club: ") and "forum[.]example" in hers.bodies[0]["message"]
    assert not any("forum" in body["message"] for body in common.bodies)
    named = [[case for case in (ANNA, BERTHA) if case in body["message"]] for body in (*common.bodies, *hers.bodies)]
    assert named == [[], [], []], "what is discreet names nobody"
    letters = {letters_in(body["title"].rpartition(", ")[2]) for body in common.bodies}
    assert letters == {here.store.letters_of(case) for case in (FIRST, BERTHA)}


async def test_a_message_that_may_say_more_names_the_case() -> None:
    async with endpoint() as common, helpline(common.url(), detail="summary") as here:
        here.find(BERTHA)
        await here.send()
    (body,) = common.bodies
    assert BERTHA in body["message"] and BERTHA not in body["title"]


async def test_she_may_want_less_said_through_the_channels_of_all() -> None:
    async with endpoint() as common, helpline(common.url(), detail="full") as here:
        here.set(alerts__detail="discreet")
        here.find(ANNA)
        here.find(FIRST)
        await here.send()
    assert sorted("forum" in body["message"] for body in common.bodies) == [False, True]


async def test_a_dead_channel_of_one_case_keeps_nobody_elses() -> None:
    async with endpoint() as common, endpoint() as hers, helpline(common.url()) as here:
        hers.status = 500
        here.set(alerts__urls=[hers.url()])
        for number in range(MOST_A_MINUTE + 3):
            here.find(ANNA, number)
        other = here.find(BERTHA)
        done = await here.send()
        assert done.sent == 1 and done.waiting == MOST_A_MINUTE + 3
        assert here.delivery(other) is Delivery.SENT
        hers.status = 200
        here.clock.forward(hours=1)  # late ones take turns by the minute: hers by hers alone
        await here.send()
        late = here.find(FIRST)
        here.store.alerts.save(replace(late, created_at=here.clock() - timedelta(hours=2)))
        await here.send()
        assert here.delivery(late) is Delivery.SENT


async def test_with_no_channel_for_all_hers_are_sent_and_it_is_said_that_others_wait() -> None:
    async with endpoint() as hers, helpline() as here:
        here.set(alerts__urls=[hers.url()])
        here.find(ANNA)
        assert await here.send() == Sending(sent=1)
        waits = here.find(BERTHA)
        done = await here.send()
    assert here.delivery(waits) is Delivery.WAITING
    assert done.waiting == 1 and "no alert channel is set" in done.errors[0]


async def test_her_quiet_hours_are_hers_by_her_own_clock() -> None:
    async with endpoint() as common, helpline(common.url()) as here:
        here.set(alerts__quiet_hours="06:00-07:00", digest__timezone="Asia/Tokyo")  # 21:04 UTC is 06:04 there
        made = [
            new_alert(AlertKind.BLIND, case=case, subject="forum", now=NOW, not_before=NOW) for case in (FIRST, ANNA)
        ]
        here.store.alerts.save(made[0])
        here.store.alerts.save(made[1])
        await here.send()
        assert [here.delivery(one) for one in made] == [Delivery.SENT, Delivery.WAITING]
        here.clock.forward(hours=1)
        await here.send()
    assert here.delivery(made[1]) is Delivery.SENT


# --- how channels stand


async def nobody_is_asked(_: Settings) -> list[ChannelResult]:
    raise AssertionError("only mail servers are asked")


@BOTH_STORES
async def test_how_her_channel_stands_is_told_to_her_alone(kept: Callable[[], SqlStore]) -> None:
    """On her other one; though the same address is another's too, of which nothing is known by that."""
    other = "json://127.0.0.1:9/other"
    async with endpoint() as common, endpoint() as hers, helpline(common.url(), other, kept=kept) as here:
        here.set(alerts__urls=[hers.url(), common.url()])
        store = here.store
        results = [ChannelResult("1 (json)", False, "500"), ChannelResult("2 (json)", True)]
        note_tried(store, outlet_of(ANNA, store, here.chosen), results, NOW)
        assert [one.name for one in store.channel_health.all("anna")] == ["1 (json)", "2 (json)"]
        assert not store.channel_health.all("") and not failing_channels(store, here.chosen)
        here.clock.forward(seconds=CHANNEL_DAY.total_seconds())
        assert await look_after_channels(store, here.chosen, here.clock, nobody_is_asked) == 1
        (alert,) = every_alert(store)
        assert (alert.case, alert.kind, alert.subject) == (ANNA, AlertKind.CHANNEL, "1 (json)")
        failing = {case: gather(store, case, since=NOW, now=here.clock()).failing for case in (FIRST, ANNA, BERTHA)}
        assert [bool(failing[case]) for case in (FIRST, ANNA, BERTHA)] == [False, True, False]
        await here.send()
        assert len(common.bodies) == 1 and not hers.bodies
        store.case_settings.drop(ANNA, "alerts.urls")
        await look_after_channels(store, here.chosen, here.clock, nobody_is_asked)
        assert not store.channel_health.all("anna"), "what is not set any more is forgotten"


@pytest.mark.parametrize(
    ("urls", "own", "told"), [((), True, {ANNA}), (("json://x/",), True, {ANNA, BERTHA}), ((), False, set())]
)
def test_a_sign_of_life_goes_to_whom_it_can_reach(urls: tuple[str, ...], own: bool, told: set[CaseId]) -> None:
    from monitor.model.watch import Every, Kind, Watch

    here = Helpline(settings(*urls), LocalOwnWays())
    if own:
        here.set(alerts__urls=["json://hers.example/"])
    watches = [Watch(f"w-{case}", Kind.PAGE, Every(3600), case=case) for case in (ANNA, BERTHA)]
    for watch in watches:
        here.store.runs.save(run(watch.name, case=watch.case))
    here.store.machine.note_heartbeat(NOW - timedelta(days=8))
    queue_heartbeats(here.store, here.chosen, watches, NOW)
    assert {alert.case for alert in every_alert(here.store)} == told
