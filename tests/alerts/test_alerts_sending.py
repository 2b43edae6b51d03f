"""The whole way: outbox, Apprise in its process, a real mail server and a real endpoint on loopback."""

from __future__ import annotations

import asyncio
import email.utils
import socket
import time as time_of_day
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time, timedelta

import pytest

from monitor.alerts.outbox import Sending, alert_for, new_alert
from monitor.alerts.sending import last_digest, queue_digest, send_due
from monitor.errors import AlertFailed
from monitor.model.alert import AlertKind, Answer, Delivery, Part
from monitor.model.settings import AlertUrl, Secret, Settings
from monitor.model.sighting import Sighting
from monitor.outbound.alerts import child
from monitor.outbound.alerts.apprise_channel import AppriseChannel
from monitor.outbound.alerts.pool import Pool
from monitor.outbound.own_local import LocalOwnWays
from monitor.parts.messages.own import SendJob, SendWaits
from monitor.services.alerts import AlertService
from monitor.store.store import SqlStore
from tests.alerts.alert_helpers import NOW, Clock, endpoint, run, settings, sighting, unnumbered
from tests.serving.mail import mail_server
from tests.stores import a_store, every_alert


@pytest.fixture
async def opened() -> AsyncIterator[list[AppriseChannel]]:
    channels: list[AppriseChannel] = []
    yield channels
    for channel in channels:
        await channel.aclose()


def channel_for(chosen: Settings, opened: list[AppriseChannel]) -> AppriseChannel:
    channel = AppriseChannel(chosen)
    opened.append(channel)
    return channel


def find(store: SqlStore, number: int, chosen: Settings, clock: Clock, *, urgent: bool = False) -> None:
    """What the pipeline does with a new find, in one transaction."""
    found = sighting(number)
    store.sightings.save(found)
    waiting = store.alerts.waiting(found.case, found.incident)
    store.alerts.save(alert_for(found, waiting, now=clock(), urgent=urgent, settings=chosen.alerts))


async def send(store: SqlStore, channel: AppriseChannel, chosen: Settings, clock: Clock, **more: bool) -> Sending:
    return await send_due(store, channel, chosen, clock, **more)  # type: ignore[arg-type]


async def test_thirty_copies_in_a_burst_are_one_mail_with_a_count(opened: list[AppriseChannel]) -> None:
    store, clock = a_store(), Clock()
    async with mail_server() as mail:
        chosen = settings(mail.url())
        channel = channel_for(chosen, opened)
        for number in range(30):
            find(store, number, chosen, clock)
            assert await send(store, channel, chosen, clock) == Sending(waiting=1)
            clock.forward(seconds=15)
        clock.forward(seconds=60)
        assert await send(store, channel, chosen, clock) == Sending(sent=1)
        assert await send(store, channel, chosen, clock) == Sending()
    (got,) = mail.mails
    assert unnumbered(got["Subject"]) == "Monitor: 30 new entries"


async def test_the_mail_is_ours_to_the_last_header(opened: list[AppriseChannel]) -> None:
    store, clock = a_store(), Clock()
    async with mail_server() as mail:
        chosen = settings(mail.url("&+X-Extra=yes&+Message-ID=<other@x>"), product_name="Garden club")
        find(store, 1, chosen, clock, urgent=True)
        await send(store, channel_for(chosen, opened), chosen, clock)
    (got,), (raw,) = mail.mails, mail.raw
    (alert,) = every_alert(store)
    assert got.get_all("Message-ID") == [alert.message_id]
    headers = "Message-ID Date From To Subject Auto-Submitted X-Extra MIME-Version Content-Type"
    assert sorted(got.keys()) == sorted(headers.split())
    assert got["From"] == "Garden club <watch@mail.test>" and got["To"] == "person@mail.test"
    assert abs(email.utils.parsedate_to_datetime(got["Date"]).timestamp() - time_of_day.time()) < 60
    assert b"pprise" not in raw and b"reupload" not in raw
    assert mail.ehlo == ["[127.0.0.1]"]
    assert got.get_content_type() == "multipart/alternative"
    plain, html = got.iter_parts()
    assert alert.number in plain.get_content() and "<p>There is 1 new entry in your list.</p>" in html.get_content()


async def test_over_json_the_program_is_not_named_and_redirects_are_not_followed(opened: list[AppriseChannel]) -> None:
    store, clock = a_store(), Clock()
    async with endpoint() as hook:
        chosen = settings(hook.url("?redirect=yes"))
        channel = channel_for(chosen, opened)
        find(store, 1, chosen, clock, urgent=True)
        hook.location = f"http://127.0.0.1:{hook.port}/elsewhere"
        first = await send(store, channel, chosen, clock)
        assert first.sent == 0 and hook.elsewhere == 0
        hook.location = ""
        clock.forward(minutes=3)
        assert (await send(store, channel, chosen, clock)).sent == 1
    (alert,) = every_alert(store)
    assert hook.bodies[0]["title"] == f"Monitor: 1 new entry, {alert.number}" and hook.agents == ["Monitor"]
    assert f"Number: {alert.number}" in hook.bodies[0]["message"]


async def test_the_second_channel_takes_over_and_it_is_said(opened: list[AppriseChannel]) -> None:
    store, clock = a_store(), Clock()
    async with mail_server() as mail, endpoint() as hook:
        mail.refuse = "451 try later"
        chosen = settings(mail.url(), hook.url())
        find(store, 1, chosen, clock, urgent=True)
        done = await send(store, channel_for(chosen, opened), chosen, clock)
    assert done == Sending(
        sent=1, errors=("alert channel 1 (mailto): recipient 1: the mail server answered 451 to the message",)
    )
    assert len(hook.bodies) == 1 and mail.mails == []
    (alert,) = every_alert(store)
    assert alert.delivery is Delivery.SENT and "451" in alert.last_error


async def test_a_dead_mail_server_loses_nothing(opened: list[AppriseChannel]) -> None:
    store, clock = a_store(), Clock()
    async with mail_server() as mail:
        port = mail.port
    chosen = settings(mail.url())
    channel = channel_for(chosen, opened)
    find(store, 1, chosen, clock, urgent=True)
    for attempt in range(1, 4):
        down = await send(store, channel, chosen, clock)
        assert (down.sent, down.waiting) == (0, 1) and "it refused the connection" in down.errors[0]
        assert await send(store, channel, chosen, clock) == Sending(waiting=1)  # not hammered
        (alert,) = every_alert(store)
        assert alert.attempts == attempt
        clock.now = alert.not_before
    async with mail_server(port) as again:
        assert await send(store, channel, chosen, clock) == Sending(sent=1)
    assert again.mails[0]["Message-ID"] == alert.message_id


async def test_an_alert_that_cannot_be_worded_keeps_none_of_the_others(
    opened: list[AppriseChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clock = a_store(), Clock()
    real = store.sightings.get

    def get(case: str, name: str) -> Sighting | None:
        if name == "not to be worded":
            raise ValueError(name)
        return real(case, name)

    monkeypatch.setattr(store.sightings, "get", get)
    async with mail_server() as mail:
        chosen = settings(mail.url())
        channel = channel_for(chosen, opened)
        broken = new_alert(AlertKind.NEW, case="default", subject="one", now=clock(), not_before=clock())
        store.alerts.save(replace(broken, sightings=("not to be worded",)))
        find(store, 1, chosen, clock)
        clock.forward(seconds=90)
        done = await send(store, channel, chosen, clock)
    assert (done.sent, done.waiting, len(mail.mails)) == (1, 1, 1)
    assert broken.id in " ".join(done.errors)


async def test_killed_between_250_and_commit_the_same_message_id_goes_out_again(opened: list[AppriseChannel]) -> None:
    store, clock = a_store(), Clock()
    async with mail_server() as mail:
        chosen = settings(mail.url())
        channel = channel_for(chosen, opened)
        find(store, 1, chosen, clock, urgent=True)

        class Killed(BaseException):
            pass

        def die(case: str, part: Part) -> None:
            if part.answer is Answer.TAKEN:
                raise Killed
            save(case, part)

        save = store.alert_parts.save
        store.alert_parts.save = die  # type: ignore[method-assign]
        with pytest.raises(Killed):
            await send(store, channel, chosen, clock)
        store.alert_parts.save = save  # type: ignore[method-assign]
        assert await send(store, channel, chosen, clock) == Sending(waiting=1)  # claimed: not offered at once
        find(store, 2, chosen, clock, urgent=True)  # meanwhile: must not hide behind the known Message-ID
        clock.forward(minutes=3)
        assert (await send(store, channel, chosen, clock)).sent == 1  # what may have arrived waits longer
        clock.forward(minutes=20)
        assert (await send(store, channel, chosen, clock)).sent == 1
    ids = [got["Message-ID"] for got in mail.mails]
    assert len(ids) == 3 and len(set(ids)) == 2 and ids.count(ids[0]) == 2


async def test_two_senders_at_once_send_once(opened: list[AppriseChannel]) -> None:
    store, clock = a_store(), Clock()
    async with mail_server() as mail:
        chosen = settings(mail.url())
        find(store, 1, chosen, clock, urgent=True)
        channels = [channel_for(chosen, opened) for _ in range(2)]
        done = await asyncio.gather(*(send(store, channel, chosen, clock) for channel in channels))
    assert sorted(one.sent for one in done) == [0, 1] and len(mail.mails) == 1


async def test_a_copy_that_joins_while_another_alert_is_on_its_way_is_told(opened: list[AppriseChannel]) -> None:
    store, clock = a_store(), Clock()
    async with mail_server() as mail:
        chosen = settings(mail.url())
        before = NOW - timedelta(seconds=1)
        store.alerts.save(new_alert(AlertKind.TEST, case="default", subject="t", now=before, not_before=before))
        find(store, 1, chosen, clock)
        clock.forward(minutes=2)

        class Slow:
            async def send(self, **words: str) -> tuple[str, ...]:
                if len(store.sightings.all()) == 1:
                    find(store, 2, chosen, clock, urgent=True)
                return await channel_for(chosen, opened).send(**words)

        await send_due(store, Slow(), chosen, clock)  # type: ignore[arg-type]
    assert [unnumbered(got["Subject"]) for got in mail.mails][1] == "Monitor: 2 new entries"
    (told,) = (alert for alert in every_alert(store) if alert.kind is AlertKind.NEW)
    assert told.delivery is Delivery.SENT and told.sightings == ("s1", "s2")


async def test_flush_sends_what_is_still_grouping_but_keeps_quiet_hours(opened: list[AppriseChannel]) -> None:
    store, clock = a_store(), Clock()
    async with mail_server() as mail:
        quiet = settings(mail.url(), quiet_hours=(time(20), time(7)))
        channel = channel_for(quiet, opened)
        find(store, 1, quiet, clock)
        assert await send(store, channel, quiet, clock, flush=True) == Sending(waiting=1)
        (alert,) = every_alert(store)
        assert alert.not_before == NOW.replace(hour=7, minute=0) + timedelta(days=1)
        awake = replace(quiet, alerts=replace(quiet.alerts, quiet_hours=None))
        store.alerts.save(replace(alert, delivery=Delivery.SENT, sent_at=clock()))
        find(store, 2, awake, clock)
        assert await send(store, channel, awake, clock, flush=True) == Sending(sent=1)


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        pytest.param("", ["all"], id="ordinary"),
        pytest.param("urgent", ["urgent"], id="urgent: its own channel comes first"),
        pytest.param("digest", ["all"], id="digest"),
    ],
)
async def test_tags_choose_channels_in_order(tag: str, expected: list[str], opened: list[AppriseChannel]) -> None:
    async with endpoint() as urgent, endpoint() as everything:
        chosen = settings(AlertUrl(url=Secret(urgent.url()), tags=("urgent",)), everything.url())
        channel = channel_for(chosen, opened)
        await channel.send(title="t", text="x", html="<p>x</p>", message_id="<a@b>", tag=tag)
    got = ["urgent"] * len(urgent.bodies) + ["all"] * len(everything.bodies)
    assert got == expected


async def test_no_channel_for_the_tag_is_said(opened: list[AppriseChannel]) -> None:
    chosen = settings(AlertUrl(url=Secret("json://127.0.0.1/x"), tags=("digest",)))
    with pytest.raises(AlertFailed, match="ordinary alerts"):
        await channel_for(chosen, opened).send(title="t", text="x", html="", message_id="<a@b>", tag="")


async def test_with_no_channel_at_all_alerts_wait_untried(opened: list[AppriseChannel]) -> None:
    store, clock, chosen = a_store(), Clock(), settings()
    assert await send(store, channel_for(chosen, opened), chosen, clock) == Sending()
    find(store, 1, chosen, clock, urgent=True)
    done = await send(store, channel_for(chosen, opened), chosen, clock)
    assert done.waiting == 1 and "no alert channel is set" in done.errors[0]
    assert next(iter(every_alert(store))).attempts == 0


async def test_one_refused_recipient_of_two_is_said(opened: list[AppriseChannel]) -> None:
    async with mail_server() as mail:
        mail.refuse_recipient = "other@mail.test"
        channel = channel_for(settings(mail.url().replace("to=person", "to=other@mail.test,person")), opened)
        said = await channel.send(title="t", text="x", html="<p>x</p>", message_id="<a@b>", tag="")
        assert said == ["alert channel 1 (mailto): recipient 1: the mail server answered 550 to RCPT"]
        mail.refuse_recipient = "person@mail.test"
        alone = channel_for(settings(mail.url()), opened)
        with pytest.raises(AlertFailed, match="recipient 1: the mail server answered 550"):
            await alone.send(title="t", text="x", html="<p>x</p>", message_id="<a@b>", tag="")


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("url", "cause"),
    [
        pytest.param("mailto://127.0.0.1:1/?from=a@b.test&to=c@d.test&pgp=encrypt", "PGP is not supported", id="pgp"),
        pytest.param("nosuch://TOPSECRET@host/TOPSECRET", "does not know", id="unknown scheme"),
        pytest.param("slack://TOPSECRET", "does not know", id="a part is missing"),
        pytest.param("json://user:TOPSECRET@127.0.0.1:1/TOPSECRET?x=TOPSECRET", "Connection error", id="refused"),
    ],
)
async def test_failures_say_the_cause_and_no_secret(url: str, cause: str, opened: list[AppriseChannel]) -> None:
    channel = channel_for(settings(url), opened)
    with pytest.raises(AlertFailed, match=cause) as caught:
        await channel.send(title="t", text="x", html="<p>x</p>", message_id="<a@b>", tag="")
    assert "TOPSECRET" not in str(caught.value) and caught.value.remedy


async def test_the_test_alert_goes_through_every_channel(opened: list[AppriseChannel]) -> None:
    async with mail_server() as mail, endpoint() as hook:
        channel = channel_for(settings("json://127.0.0.1:1/x", mail.url(), hook.url()), opened)
        results = await channel.test(title="t", text="x", html="<p>x</p>", message_id="<a@b>")
    assert [(result.name, result.taken) for result in results] == [
        ("1 (json)", False),
        ("2 (mailto)", True),
        ("3 (json)", True),
    ]


async def test_a_sender_that_dies_is_an_error_and_the_next_alert_goes_out(opened: list[AppriseChannel]) -> None:
    async with endpoint() as hook:
        channel = channel_for(settings(hook.url()), opened)
        await channel.send(title="1", text="x", html="", message_id="<a@b>", tag="")
        assert isinstance(channel._senders, Pool)
        ((_, child),) = channel._senders._idle
        child.kill()
        await child.wait()
        await channel.send(title="2", text="x", html="", message_id="<a@b>", tag="")
    assert [body["title"] for body in hook.bodies] == ["1", "2"]


async def test_a_digest_goes_through_the_outbox_once(opened: list[AppriseChannel]) -> None:
    store, clock = a_store(), Clock()
    store.runs.save(run("forum-jane-doe"))
    async with mail_server() as mail:
        chosen = settings(mail.url())
        queue_digest(store, "default", since=NOW - timedelta(days=7), now=clock())  # type: ignore[arg-type]
        assert last_digest(store, "default") == NOW  # type: ignore[arg-type]
        channel = channel_for(chosen, opened)
        assert await send(store, channel, chosen, clock) == Sending(sent=1)
    (got,) = mail.mails
    assert unnumbered(got["Subject"]) == "Monitor: weekly summary"
    body = got.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert (
        "Nothing new this time." in body and "1 check, 1 time in all; 3 pages, 40 items" in body and "Number: " in body
    )


async def test_the_harmless_test_alert_can_be_rendered_and_sent(opened: list[AppriseChannel]) -> None:
    store, clock = a_store(), Clock()
    async with mail_server() as mail:
        chosen = settings(mail.url())
        made = new_alert(AlertKind.TEST, case="default", subject="", now=NOW, not_before=NOW)
        store.alerts.save(made)
        assert (await send(store, channel_for(chosen, opened), chosen, clock)).sent == 1
    assert unnumbered(mail.mails[0]["Subject"]) == "Monitor: test"


async def test_an_empty_outbox_is_not_looked_into_until_something_was_written(
    opened: list[AppriseChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, made = a_store(), settings("json://127.0.0.1:9/x")
    channel = channel_for(made, opened)
    service, looked = AlertService(store, made, lambda: NOW, lambda: channel, LocalOwnWays), list[int]()
    real = store.alerts.due
    monkeypatch.setattr(store.alerts, "due", lambda *words, **more: looked.append(1) or real(*words, **more))
    for _ in range(3):
        await service.send(urgent=False)
    assert len(looked) == 1
    store.alerts.save(new_alert(AlertKind.TEST, case="default", subject="x", now=NOW, not_before=NOW + timedelta(1)))
    for _ in range(2):  # it waits: it may fall due at any time
        assert (await service.send(urgent=False)).waiting == 1
    assert len(looked) == 3


NAMES_A_FILE = {
    "fcm://project/token0123456789?mode=oauth2&keyfile=/home/jane/fcm.json": "keyfile=",
    "fcm://project/token0123456789?mode=oauth2&keyfile=https://x.test/k": "keyfile=",
    "vapid://jane@x.test/?keyfile=/home/jane/key.pem": "keyfile=",
    "vapid://jane@x.test/?subfile=/home/jane/browsers.json": "subfile=",
    f"discord://{'1' * 18}/{'a' * 64}/?template=/home/jane/t.json": "template=",
    f"discord://{'1' * 18}/{'a' * 64}/": "",
    "fcm://apikey/token0123456789": "",
}


async def test_a_url_that_names_a_file_is_refused_by_name(opened: list[AppriseChannel]) -> None:
    """What sends alerts sees none, so it would fail at the first message that matters."""
    read = await channel_for(settings(*NAMES_A_FILE), opened).read()
    said = {url: one.error for url, one in zip(NAMES_A_FILE, read, strict=True)}
    words = " names a file, and what sends alerts sees no file of yours"
    assert said == {url: f"its {named}{words}" if named else "" for url, named in NAMES_A_FILE.items()}


@pytest.mark.parametrize(
    ("url", "proxy", "known", "said"),
    [
        pytest.param("hassio://homeassistant.local/token", "", False, True, id="nobody knows it"),
        pytest.param("hassio://homeassistant.local/token", "", True, False, id="the name server knows it"),
        pytest.param("mailtos://a:b@nas.local/?to=a@x.test", "", False, True, id="mail"),
        pytest.param("hassio://homeassistant.local/token", "socks5h://127.0.0.1:1", False, False, id="by a proxy"),
        pytest.param("json://hook.test/local", "", False, False, id="another name"),
        pytest.param("json://[odd/", "", False, False, id="no name"),
    ],
)
def test_a_name_that_only_another_program_knows(
    url: str, proxy: str, known: bool, said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(*_: object) -> list[object]:
        if not known:
            raise socket.gaierror
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    waits = SendWaits(**dict.fromkeys(SendWaits.__struct_fields__, 1))
    assert ("ends in .local" in child.unknown_name(SendJob(url=url, product="x", waits=waits, proxy=proxy))) is said


async def test_this_machines_own_log_is_no_channel(opened: list[AppriseChannel]) -> None:
    """Apprise says that it was sent, whether or not anybody heard it."""
    (read,) = await channel_for(settings("syslog://"), opened).read()
    assert not read.taken and "tells nobody" in read.error
