"""Alerts whose sender is another part of the program: what it says, what kills it, and that nothing is lost or doubled
by the way between."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.outbox import alert_for
from monitor.alerts.retrying import LEASE, UNSURE_FIRST
from monitor.alerts.sending import send_due
from monitor.errors import AlertFailed
from monitor.model.alert import Alert, Answer, Delivery
from monitor.model.settings import AlertSend, Settings
from monitor.outbound.alerts import pool
from monitor.outbound.alerts.apprise_channel import AppriseChannel, Limits, desktop_of
from monitor.outbound.own_link import LinkOwnWays
from monitor.parts.frames import BadMessage
from monitor.parts.link import Link
from monitor.parts.messages import own, packed
from monitor.store.store import SqlStore
from tests.alerts.alert_helpers import Clock, endpoint, send_job, settings, sighting
from tests.parts.processes import PartsAsProcesses, fetcher_link, kill_part
from tests.serving.mail import mail_server
from tests.serving.smtp_script import END, HANG, scripted
from tests.store.store_values import opened

PEOPLE = ("a@x.test", "b@y.test", "c@z.test")


def one_more(number: int, store: SqlStore, clock: Clock, chosen: Settings) -> Alert:
    found = replace(sighting(number, incident=f"inc{number}"), first_seen=clock(), last_seen=clock())
    alert = alert_for(found, None, now=clock(), urgent=True, settings=chosen.alerts)
    with store.transaction():
        store.sightings.save(found)
        store.alerts.save(alert)
    return alert


@asynccontextmanager
async def channel_over(link: Link, chosen: Settings, limits: Limits | None = None) -> AsyncIterator[AppriseChannel]:
    channel = AppriseChannel(chosen, limits, LinkOwnWays(link).senders)
    try:
        yield channel
    finally:
        await channel.aclose()


async def test_alerts_go_out_by_the_fetcher_which_is_started_by_need() -> None:
    async with mail_server() as mail, endpoint() as hook, fetcher_link() as link:
        chosen = settings(mail.url(), hook.url(), send=AlertSend.ALL)
        async with channel_over(link, chosen) as channel:
            assert link.pid == 0
            said = await channel.send(title="t", text="x", html="<p>x</p>", message_id="<1@localhost>", tag="")
            assert list(said) == [] and link.pid
            checked = await channel.check()
    assert [one["Message-ID"] for one in mail.mails] == ["<1@localhost>"]
    assert [body["title"] for body in hook.bodies] == ["t"]
    assert [(one.name, one.taken) for one in checked] == [("1 (mailto)", True), ("2 (json)", True)]


POINTS = {
    "who is still to get it": lambda said: isinstance(said, own.AskWanted),
    "before it is handed over": lambda said: isinstance(said, own.AskHand),
    "after it was handed over": lambda said: isinstance(said, own.NoteAnswer),
    "at its end": lambda said: isinstance(said, own.TalkEnded),
}


@pytest.mark.rows(4)
@pytest.mark.parametrize("before", [True, False], ids=["before it is written down", "after it was written down"])
@pytest.mark.parametrize("point", POINTS)
async def test_the_fetcher_is_killed_at_each_point_of_the_talk(point: str, before: bool, tmp_path: Path) -> None:
    """Each recipient gets it, twice at most where it was just being handed over, and then with the same Message-ID."""
    store, clock = opened(tmp_path), Clock()
    async with scripted() as server, fetcher_link() as link:
        chosen = settings(server.url(",".join(PEOPLE)))
        alert = one_more(1, store, clock, chosen)
        async with channel_over(link, chosen) as channel:
            hurt = Hurt(channel, link, POINTS[point], before)
            await send_due(store, channel, chosen, clock)
            assert hurt.killed
            await server.idle()
            hurt.heal()
            for later in (LEASE, UNSURE_FIRST):
                clock.now += later
                await send_due(store, channel, chosen, clock)
    after = store.alerts.get(alert.case, alert.id)
    store.close()
    assert after is not None and after.delivery is Delivery.SENT
    got = Counter(to for to, mail in server.got if mail["Message-ID"] == alert.message_id)
    assert set(got) == set(PEOPLE) and len(server.got) == got.total()
    window = point == "after it was handed over" and before
    assert got.total() - len(PEOPLE) <= window, got


class Hurt:
    """Kills the fetcher at the first of `meant` that it says: before or after what is said is written down."""

    def __init__(self, channel: AppriseChannel, link: Link, meant: Callable[[object], bool], before: bool) -> None:
        self._channel, self._whole, self.killed = channel, channel._senders, False
        whole, this = self._whole, self

        class Senders:
            @asynccontextmanager
            async def talk(self, job: own.SendJob) -> AsyncIterator[object]:
                async with whole.talk(job) as talk:
                    yield Talk(talk)

            async def aclose(self) -> None: ...

        class Talk:
            def __init__(self, talk: object) -> None:
                self._talk, self._is_due = talk, False

            async def hear(self) -> own.OfSender:
                if self._is_due:
                    this.kill(link)
                said: own.OfSender = await self._talk.hear()  # type: ignore[attr-defined]
                if meant(said) and not this.killed:
                    if before:
                        this.kill(link)
                        said = await self._talk.hear()  # type: ignore[attr-defined]  # as if that had been on its way
                    elif isinstance(said, own.TalkEnded):
                        this.kill(link)
                    self._is_due = not before
                return said

            async def say(self, reply: own.ToSender) -> None:
                if self._is_due:
                    this.kill(link)
                await self._talk.say(reply)  # type: ignore[attr-defined]

        channel._senders = Senders()  # type: ignore[assignment]

    def kill(self, link: Link) -> None:
        if not self.killed:
            self.killed = True
            kill_part(link)

    def heal(self) -> None:
        self._channel._senders = self._whole


async def test_a_sender_that_falls_is_not_the_fetchers_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted(lambda point, to: HANG if point == END else "") as server, fetcher_link() as link:
        chosen = settings(server.url())
        async with channel_over(link, chosen) as channel:
            talking = asyncio.create_task(
                channel.send(title="t", text="x", html="", message_id="<1@localhost>", tag="")
            )
            await server.hanging.wait()
            (sender,) = children_of(link.pid)
            os.kill(sender, signal.SIGKILL)
            with pytest.raises(AlertFailed, match="did not answer"):
                await talking
            assert channel.falls.state.falls == 1, "it had been at work, and fell"
            fetcher = link.pid
            server.says = lambda point, to: ""
            await channel.send(title="t", text="x", html="", message_id="<1@localhost>", tag="")
            assert link.pid == fetcher and channel.falls.state.falls == 0
    assert server.copies("a@x.test") == 1


async def test_a_talk_that_is_left_ends_its_sender_and_no_other() -> None:
    async with scripted(lambda point, to: HANG if point == END else "") as server, fetcher_link() as link:
        chosen = settings(server.url())
        async with channel_over(link, chosen) as channel:
            talking = asyncio.create_task(
                channel.send(title="t", text="x", html="", message_id="<1@localhost>", tag="")
            )
            await server.hanging.wait()
            fetcher = link.pid
            talking.cancel()
            await asyncio.wait([talking])
            await server.idle()  # its sender has gone
            async with endpoint() as hook, channel_over(link, settings(hook.url())) as other:
                await other.send(title="t", text="x", html="", message_id="<2@localhost>", tag="")
            assert link.pid == fetcher


async def test_a_sender_that_says_nothing_is_ended() -> None:
    async with scripted(lambda point, to: HANG) as server, fetcher_link() as link:
        async with channel_over(link, settings(server.url()), Limits(silent_s=0.3)) as channel:
            with pytest.raises(AlertFailed, match="did not answer"):
                await channel.send(title="t", text="x", html="", message_id="<1@localhost>", tag="")
        await server.idle()


GARBAGE = {
    "no message": b"\x00\x00\x00\x02{}",
    "longer than anything": b"\xff\xff\xff\xff",
    "half a message": b"\x00\x00\x00\x09abc",
    "an answer to nothing": packed(own.MayHand(True)).rjust(64, b"\0"),
    "a target that is none": b"\x00\x00\x00\x1d" + b"\x82\xa4type\xa6AskHas\xa6target\xa7/secret",
}


@pytest.mark.rows(3)
@pytest.mark.parametrize("said", GARBAGE.values(), ids=GARBAGE)
async def test_what_a_sender_may_not_say_ends_it_alone(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    async def strange() -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        speaks = f"import sys; sys.stdout.buffer.write({said!r}); sys.stdout.flush()"
        return await asyncio.create_subprocess_exec(
            *("python3", "-c", speaks), stdin=pipe, stdout=pipe, start_new_session=True
        )

    monkeypatch.setattr(pool, "_start", strange)
    channel = AppriseChannel(settings("json://127.0.0.1:1/x"))
    with pytest.raises(AlertFailed, match="did not answer"):
        await channel.send(title="t", text="x", html="", message_id="<1@localhost>", tag="")
    await channel.aclose()
    assert channel.falls.state.falls == 1


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_bad(untrusted: bytes) -> None:
    for kinds in (own.OF_SENDER_OR_FELL, own.TO_SENDER, own.OF_DOOR, own.TO_DOOR, own.JOB):
        try:
            kinds.unpack(untrusted)  # type: ignore[attr-defined]
        except BadMessage:
            pass


def test_what_may_be_said_is_packed_and_told_again() -> None:
    target = "0" * 32
    for said in (
        own.AskWanted([target] * 20_000, ["recipient 20000"] * 20_000),
        own.AskHand(target, "x"),
        own.NoteAnswer(target, "x", Answer.TAKEN),
    ):
        assert own.OF_SENDER.unpack(packed(said)) == said
    most = send_job(url="json://x", text="\u20ac" * own.MOST_WORDS_CHARS, html="\U0001f4a9" * own.MOST_WORDS_CHARS)
    assert own.JOB.unpack(packed(most)) == most and "json" not in repr(most)
    assert "\\ud83d" not in repr(own.JOB.unpack(packed(send_job(text="\ud83d"))).text)


@pytest.mark.parametrize(
    ("url", "given"),
    [
        pytest.param("dbus://", {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/7/bus"}, id="the desktop's bus"),
        pytest.param("gnome://", {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/7/bus"}, id="likewise"),
        pytest.param("mailto://a:b@x.test", {}, id="a mail needs nothing of it"),
    ],
)
def test_what_of_the_environment_goes_with_a_job(
    url: str, given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in own.DESKTOP_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/7/bus")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert desktop_of(url) == given


@pytest.mark.long
@pytest.mark.parametrize("points", [pytest.param(200, marks=pytest.mark.long)])
async def test_the_fetcher_is_killed_at_many_moments(points: int, tmp_path: Path) -> None:
    store, clock, seed = opened(tmp_path), Clock(), random.randrange(10**6)
    dice, copies = random.Random(seed), Counter[int]()
    print(f"seed {seed}")
    slow = dict.fromkeys(("greeting", "ehlo", "mail", "rcpt", "data"), 0.03) | {END: 0.1}
    async with scripted() as server, fetcher_link(PartsAsProcesses()) as link:
        chosen = settings(server.url(",".join(PEOPLE)))
        async with channel_over(link, chosen) as channel:
            for number in range(points):
                alert = one_more(number, store, clock, chosen)
                await link.greeting()
                server.slow, before = dict(slow), server.talks
                sending = asyncio.create_task(send_due(store, channel, chosen, clock))
                while server.talks == before and not sending.done():
                    await asyncio.sleep(0.002)
                await asyncio.sleep((number + dice.random()) * 0.9 / points)
                if link.pid:
                    kill_part(link)
                await sending
                await server.idle()
                server.slow = {}
                for later in (LEASE, UNSURE_FIRST, timedelta(hours=1)):
                    clock.now += later
                    channel.falls.worked()
                    await send_due(store, channel, chosen, clock)
                after = store.alerts.get(alert.case, alert.id)
                assert after is not None and after.delivery is Delivery.SENT
                got = Counter(to for to, mail in server.got if mail["Message-ID"] == alert.message_id)
                assert set(got) == set(PEOPLE) and max(got.values()) <= 2
                assert got.total() - len(PEOPLE) <= 1, "only the one that was being handed over"
                copies.update(got.values())
                clock.now += timedelta(hours=1)
    store.close()
    print(f"{points} kills: {copies[1]} once, {copies[2]} twice")


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
