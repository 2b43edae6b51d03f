"""Each recipient each message once: one server, several people, refusals and lost connections at each point."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from alert_bench import Bench, bench
from alert_helpers import NOW, endpoint
from smtp_script import CLOSE, DATA, EHLO, END, GREETING, HANG, KEEP_AND_CLOSE, MAIL, RCPT, scripted

from monitor.alerts.outbox import LEASE
from monitor.alerts.sending import send_due
from monitor.model.alert import Answer, Delivery
from monitor.outbound.send import Limits

__all__ = ["bench"]

A, B, C = "a@x.test", "b@y.test", "c@z.test"
QUICK = Limits(greeting_s=0.5, command_s=0.5, data_s=0.5, block_s=0.5, end_s=0.5, patience_s=0.3, urgent_patience_s=0.3)


WAYS = {  # how the three stand in the URL
    "to": (f"{A},{B},{C}", ""),
    "cc": (f"{A},{C}", f"&cc={B}"),
    "bcc": (A, f"&cc={C}&bcc={B}"),
    "b first": (f"{B},{A},{C}", ""),
}

BY_WAY = [way if way == "to" else pytest.param(way, marks=pytest.mark.long) for way in WAYS]


def one_says(said: str, point: str, who: str = B) -> tuple[Callable[[str, str], str], list[bool]]:
    """`who` gets this answer at this point until the list is emptied. Before RCPT a server does not know who it is:
    there it says so to the second of every three transactions."""
    on = [True]
    seen = [0]

    def says(at: str, recipient: str) -> str:
        if not on or at != point:
            return ""
        if point == MAIL:
            seen[0] += 1
            return said if seen[0] % 3 == 2 else ""
        return said if recipient == who else ""

    return says, on


@pytest.mark.parametrize("way", BY_WAY)
@pytest.mark.parametrize(
    ("point", "said"),
    [
        pytest.param(MAIL, "451 not now", id="MAIL 4xx"),
        pytest.param(RCPT, "450 4.2.0 greylisted", id="RCPT 4xx: greylisting"),
        pytest.param(DATA, "451 not now", id="DATA 4xx", marks=pytest.mark.long),
        pytest.param(END, "452 full for now", id="end of DATA 4xx"),
        pytest.param(RCPT, "421 closing", id="RCPT 421", marks=pytest.mark.long),
        pytest.param(END, "421 closing", id="end of DATA 421"),
        pytest.param(RCPT, CLOSE, id="closes at RCPT", marks=pytest.mark.long),
        pytest.param(DATA, CLOSE, id="closes at DATA"),
        pytest.param(RCPT, "nonsense", id="answers nonsense at RCPT", marks=pytest.mark.long),
    ],
)
async def test_who_was_told_later_gets_it_later_and_the_others_once(
    way: str, point: str, said: str, bench: Callable[..., Bench]
) -> None:
    says, on = one_says(said, point)
    async with scripted(says) as server:
        to, more = WAYS[way]
        case = bench(server.url(to, more))
        made = case.find()
        await case.until(NOW + timedelta(hours=12))
        talks = server.talks
        assert server.copies(A) == server.copies(C) == 1 or point == MAIL
        on.clear()
        await case.until(NOW + timedelta(hours=72))
        assert [server.copies(one) for one in (A, B, C)] == [1, 1, 1]
        assert len({str(mail["Message-ID"]) for _, mail in server.got}) == 1
        assert talks < 30, "no storm"
        assert case.alert(made).delivery is Delivery.SENT


@pytest.mark.parametrize("way", BY_WAY)
@pytest.mark.parametrize("point", [RCPT, DATA, END])
async def test_who_refuses_for_good_holds_up_nobody_and_is_told(
    way: str, point: str, bench: Callable[..., Bench]
) -> None:
    says, _ = one_says("552 5.2.2 mailbox full", point)
    async with scripted(says) as server:
        to, more = WAYS[way]
        case = bench(server.url(to, more))
        made = case.find()
        await case.until(NOW + timedelta(hours=72))
        assert [server.copies(one) for one in (A, B, C)] == [1, 0, 1] and server.talks == 1
        assert case.alert(made).delivery is Delivery.SENT
        (part,) = case.store.alerts.refusing()
        assert (
            part.name.startswith("1 (mailto), recipient ") and "552" in part.said and "@" not in part.name + part.said
        )
        case.find(2)  # the next one asks again
        await case.send()
        assert [server.copies(one) for one in (A, B, C)] == [2, 0, 2]


EACH_POINT = [
    (point, said)
    for point in (GREETING, EHLO, MAIL, RCPT, DATA, END)
    for said in ("451 later", "554 never", CLOSE, HANG)
    if (point, said[0]) not in ((EHLO, "4"), (EHLO, "5"))  # who does not know EHLO is asked with HELO
]
QUICK_ROWS = {(GREETING, "554 never"), (END, "451 later"), (RCPT, "554 never"), (DATA, CLOSE)}


@pytest.mark.parametrize(
    ("point", "said"), [row if row in QUICK_ROWS else pytest.param(*row, marks=pytest.mark.long) for row in EACH_POINT]
)
async def test_nothing_is_given_up_while_nobody_has_it(point: str, said: str, bench: Callable[..., Bench]) -> None:
    on = [True]
    async with scripted(lambda at, _: said if on and at == point else "") as server:
        case = bench(server.url(), limits=QUICK)
        made = case.find()
        await case.until(NOW + timedelta(hours=72), timedelta(hours=3))
        assert case.alert(made).delivery is Delivery.WAITING and server.got == []
        on.clear()
        await case.until(NOW + timedelta(days=16), timedelta(hours=3))
        assert server.copies(A) == 1 and case.alert(made).delivery is Delivery.SENT


async def test_an_answer_that_gets_lost_costs_one_copy_more_with_the_same_id(bench: Callable[..., Bench]) -> None:
    lost = [True]
    async with scripted(lambda at, _: KEEP_AND_CLOSE if lost and at == END else "") as server:
        case = bench(server.url(f"{A},{B}"))
        made = case.find()
        await case.send()
        assert case.answers(made) == {"recipient 1": Answer.UNSURE, "recipient 2": Answer.UNSURE}
        case.clock.forward(minutes=10)
        await case.send()
        assert [server.copies(one) for one in (A, B)] == [1, 1], "not before the longest answer could have come"
        await case.until(NOW + timedelta(hours=72))
        assert [server.copies(one) for one in (A, B)] == [2, 2]
        assert server.ids(A) == server.ids(B) == {made.message_id}
        lost.clear()
        await case.until(NOW + timedelta(days=6), timedelta(hours=1))
        assert [server.copies(one) for one in (A, B)] == [3, 3] and case.alert(made).delivery is Delivery.SENT


async def test_a_server_that_closes_after_each_mail_is_called_again(bench: Callable[..., Bench]) -> None:
    """As one that takes one mail a connection: the answer comes, then it is gone."""
    closing = False

    def says(point: str, recipient: str) -> str:
        nonlocal closing
        closing, was = point == END, closing
        return CLOSE if was and point == MAIL else ""

    async with scripted(says) as server:
        case = bench(server.url(f"{A},{B},{C}"))
        case.find()
        await case.until(NOW + timedelta(hours=24))
        assert [server.copies(one) for one in (A, B, C)] == [1, 1, 1]


async def test_three_who_are_one_and_one_in_two_fields_get_it_once(bench: Callable[..., Bench]) -> None:
    async with scripted() as server:
        case = bench(server.url(f"{A},{A.upper()},{B}", f"&cc={B},{C}&bcc={C}"))
        case.find()
        await case.send()
        assert sorted(address.lower() for address, _ in server.got) == [A, B, C]
        (bcc,) = (mail for address, mail in server.got if address == C)
        assert C in str(bcc["Cc"])


async def test_the_second_channel_is_only_a_way_out(bench: Callable[..., Bench]) -> None:
    """The first is half dead: nobody of it has it, the second takes over; when it is back, it is not told again."""
    on = [True]
    async with scripted(lambda at, _: "451 later" if on and at == END else "") as first, scripted() as second:
        case = bench(first.url(f"{A},{B}"), second.url(C))
        made = case.find()
        await case.send()
        assert second.copies(C) == 1 and case.alert(made).delivery is Delivery.SENT
        on.clear()
        await case.until(NOW + timedelta(hours=24))
        assert first.got == [] and second.copies(C) == 1


async def test_half_of_the_first_channel_is_enough_and_the_other_half_follows(bench: Callable[..., Bench]) -> None:
    says, on = one_says("450 later", RCPT)
    async with scripted(says) as first, endpoint() as second:
        case = bench(first.url(f"{A},{B}"), second.url())
        case.find()
        await case.until(NOW + timedelta(hours=12))
        on.clear()
        await case.until(NOW + timedelta(hours=24))
        assert [first.copies(one) for one in (A, B)] == [1, 1] and second.bodies == []


async def test_a_server_that_hangs_does_not_hold_up_the_next_channel(bench: Callable[..., Bench]) -> None:
    patient = Limits(patience_s=0.3, urgent_patience_s=0.3)  # all else as the RFC has it
    async with scripted(lambda at, _: HANG if at == GREETING else "") as first, endpoint() as second:
        case = bench(first.url(), second.url(), limits=patient)
        for number in range(3):
            case.find(number)
        await case.send()
        assert len(second.bodies) == 3 and first.talks <= 1, "asked first once, then after the others"


@pytest.mark.parametrize("slow_s", [pytest.param(s, marks=pytest.mark.long) for s in (20.0, 200.0)] + [1.5])
async def test_a_slow_answer_to_the_message_is_waited_for(slow_s: float, bench: Callable[..., Bench]) -> None:
    """RFC 5321 allows ten minutes; nothing here is shortened."""
    async with scripted() as server:
        server.slow = {END: slow_s}
        case = bench(server.url(f"{A},{B}"))
        made = case.find()
        await case.until(NOW + timedelta(hours=72))
        assert [server.copies(one) for one in (A, B)] == [1, 1] and server.talks == 1
        assert case.alert(made).delivery is Delivery.SENT


async def test_an_urgent_alert_waits_for_no_ordinary_one(bench: Callable[..., Bench]) -> None:
    async with scripted() as server:
        slow = [True]
        server.says = lambda at, _: HANG if at == DATA and slow else ""
        case = bench(server.url())
        case.find(1, urgent=False)
        case.clock.forward(minutes=2)
        ordinary = asyncio.create_task(case.send())
        await asyncio.wait_for(server.hanging.wait(), 60)
        slow.clear()
        case.find(2, urgent=True)
        await send_due(case.store, case.channel, case.chosen, case.clock, urgent=True)  # type: ignore[arg-type]
        assert [mail["Subject"] for _, mail in server.got] == ["Monitor: 1 new entry"] and not ordinary.done()
        ordinary.cancel()
        await asyncio.gather(ordinary, return_exceptions=True)


async def test_stopping_does_not_wait_for_a_slow_server(bench: Callable[..., Bench]) -> None:
    """And what may have arrived is known as such."""
    async with scripted() as server:
        server.slow = {END: 600.0}
        case = bench(server.url(f"{A},{B}"))
        made = case.find()
        sending = asyncio.create_task(case.send())
        await asyncio.wait_for(server.at_end.wait(), 60)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await asyncio.wait_for(case.channel.aclose(), 30)
        assert case.answers(made) == {"recipient 1": Answer.UNSURE}
        server.slow = {}
        case.clock.now += LEASE
        again = bench(server.url(f"{A},{B}"))
        again.store, again.clock = case.store, case.clock
        await again.send()
        assert [server.copies(one) for one in (A, B)] == [0, 1], "who was not handed it is not made to wait"
        await again.until(NOW + timedelta(hours=2))
        assert server.copies(A) == 1 and case.alert(made).delivery is Delivery.SENT


@pytest.mark.parametrize(
    ("to", "extensions", "arrives", "said"),
    [
        pytest.param("jane@b%C3%BCcher.example", (), ["jane@xn--bcher-kva.example"], "", id="domain"),
        pytest.param("jane@bücher.example", (), ["jane@xn--bcher-kva.example"], "", id="domain, not encoded"),
        pytest.param("j%C3%B6rg@x.test", ("8BITMIME", "SMTPUTF8"), ["jörg@x.test"], "", id="name, the server can"),
        pytest.param(
            f"j%C3%B6rg@b%C3%BCcher.example,{A}",
            (),
            [A],
            "recipient 1: the name before @xn--bcher-kva.example is not ASCII",
            id="name, the server cannot",
        ),
        pytest.param(
            f"{A},b@-bad-ü.example", (), [A], "recipient 2: the domain “-bad-ü.example” is none", id="no domain"
        ),
        pytest.param(f"{A},b@a..b", (), [A], "recipient 2: the address at “a..b” is none", id="no address"),
    ],
)
async def test_addresses_that_are_not_ascii(
    to: str, extensions: tuple[str, ...], arrives: list[str], said: str, bench: Callable[..., Bench]
) -> None:
    async with scripted() as server:
        server.extensions = extensions
        case = bench(server.url(to))
        made = case.find()
        await case.send()
        assert [address for address, _ in server.got] == arrives
        assert said in case.alert(made).last_error and bool(said) == bool(case.alert(made).last_error)
        if arrives[0].startswith("j"):
            assert str(server.got[0][1]["To"]) == arrives[0]


async def test_a_server_never_asked_is_not_said_to_refuse(bench: Callable[..., Bench]) -> None:
    async with scripted() as server:
        case = bench(server.url("b@-bad-ü.example"))
        made = case.find()
        await case.send()
        error = case.alert(made).last_error
        assert "recipient 1: the domain “-bad-ü.example” is none" in error and "refused" not in error
        assert server.talks == 0 and case.alert(made).delivery is Delivery.WAITING


async def test_a_recipient_taken_out_of_the_urls_is_not_asked_for_ever(bench: Callable[..., Bench]) -> None:
    says, _ = one_says("450 later", RCPT)
    async with scripted(says) as server:
        case = bench(server.url(f"{A},{B}"))
        made = case.find()
        await case.send()
        other = bench(server.url(A))
        other.store, other.clock = case.store, case.clock
        await other.until(NOW + timedelta(hours=2))
        assert case.alert(made).delivery is Delivery.SENT and server.copies(A) == 1


async def test_one_dead_recipient_and_many_alerts_are_one_try_each_time(bench: Callable[..., Bench]) -> None:
    asked: list[str] = []

    def says(point: str, recipient: str) -> str:
        if point == RCPT and recipient == B:
            asked.append(recipient)
            return "450 later"
        return ""

    async with scripted(says) as server:
        case = bench(server.url(f"{A},{B}"))
        for number in range(20):
            case.find(number)
        await case.send()
        first = len(asked)
        await case.until(NOW + timedelta(hours=72))
        assert first == 20 and server.copies(A) == 20 and len(asked) - first < 60
