"""Each recipient each message once: one server, several people, refusals and lost connections at each point."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from apprise import AppriseAsset
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.retrying import LEASE
from monitor.alerts.sending import queue_digest, send_due
from monitor.model.alert import Answer, Delivery
from monitor.outbound.alerts.addresses import read_list
from monitor.outbound.alerts.apprise_channel import Limits
from monitor.outbound.alerts.mail import mail_of
from monitor.outbound.alerts.talk import ChannelFailed
from tests.alerts.alert_bench import Bench, bench
from tests.alerts.alert_helpers import NOW, endpoint, unnumbered
from tests.patience import WITHIN_S
from tests.serving.smtp_script import CLOSE, DATA, EHLO, END, GREETING, HANG, KEEP_AND_CLOSE, MAIL, RCPT, scripted

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


@pytest.mark.rows(1)
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


@pytest.mark.rows(1)
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
        (part,) = case.store.alert_parts.refusing()
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


@pytest.mark.rows(1)
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


@pytest.mark.long
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
        lost.clear()
        await case.until(NOW + timedelta(hours=72))
        assert [server.copies(one) for one in (A, B)] == [2, 2] and case.alert(made).delivery is Delivery.SENT
        assert server.ids(A) == server.ids(B) == {made.message_id}


@pytest.mark.long
async def test_nobody_is_handed_it_a_third_time(bench: Callable[..., Bench]) -> None:
    """A server that keeps each message and never says so: twice, and then the digest tells it."""
    lost = [True]
    async with scripted(lambda at, _: KEEP_AND_CLOSE if lost and at == END else "") as server:
        case = bench(server.url(f"{A},{B}"))
        made = case.find()
        await case.until(NOW + timedelta(days=40), timedelta(hours=2))
        assert [server.copies(one) for one in (A, B)] == [2, 2]
        alert = case.alert(made)
        assert alert.delivery is Delivery.WAITING, "not given up: nobody surely has it"
        assert alert.last_error == "handed over twice without an answer"
        stand = case.store.alerts.outstanding()
        assert (stand.waiting, stand.finds) == (1, frozenset(made.sightings))
        assert {part.trouble for part in case.store.alert_parts.refusing()} == {
            "had a message handed over twice without an answer"
        }
        lost.clear()
        await case.until(NOW + timedelta(days=41), timedelta(hours=2))
        assert [server.copies(one) for one in (A, B)] == [2, 2]
        for new in (1, 0):
            weekly(case)
            await case.send()
            assert f"    {new}  new" in str(server.got[-1][1].get_body(("plain",)))
        assert case.alert(made).delivery is Delivery.FOLDED and server.ids(A) != {made.message_id}


def weekly(case: Bench) -> None:
    queue_digest(case.store, "default", since=case.clock.now - timedelta(days=7), now=case.clock.now)  # type: ignore[arg-type]


@pytest.mark.long
async def test_one_who_may_have_it_twice_keeps_no_other_way_from_being_tried(bench: Callable[..., Bench]) -> None:
    on = [True]

    def second_says(at: str, _: str) -> str:
        return "451 later" if on and at == RCPT else ""

    async with scripted(lambda at, _: KEEP_AND_CLOSE if at == END else "") as first, scripted(second_says) as second:
        case = bench(first.url(A), second.url(B))
        made = case.find()
        await case.until(NOW + timedelta(hours=12))
        assert first.copies(A) == 2 and second.got == []
        on.clear()
        await case.until(NOW + timedelta(hours=24))
        assert first.copies(A) == 2 and second.copies(B) == 1 and case.alert(made).delivery is Delivery.SENT


@pytest.mark.long
async def test_two_channels_to_one_address_hand_over_twice_in_all(bench: Callable[..., Bench]) -> None:
    def keeps(at: str, _: str) -> str:
        return KEEP_AND_CLOSE if at == END else ""

    async with scripted(keeps) as first, scripted(keeps) as second:
        case = bench(first.url(A), second.url(A))
        case.find()
        await case.until(NOW + timedelta(days=10), timedelta(hours=1))
        assert first.copies(A) + second.copies(A) == 2


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("point", "said"),
    [
        pytest.param(MAIL, "550 5.7.1 sender not allowed", id="MAIL 5xx"),
        pytest.param(MAIL, "421 closing", id="MAIL 421"),
        pytest.param(RCPT, "421 closing", id="RCPT 421"),
        pytest.param(RCPT, "530 5.7.0 log in first", id="RCPT 530"),
        pytest.param(RCPT, "503 5.5.1 bad sequence", id="RCPT 503", marks=pytest.mark.long),
        pytest.param(DATA, "421 closing", id="DATA 421", marks=pytest.mark.long),
    ],
)
async def test_what_is_said_of_us_is_no_last_word_on_whose_turn_it_was(
    point: str, said: str, bench: Callable[..., Bench]
) -> None:
    first = [True]

    def says(at: str, _: str) -> str:
        return said if at == point and first and first.pop() else ""

    async with scripted(says) as server:
        case = bench(server.url(f"{A},{B},{C}"))
        made = case.find()
        await case.send()
        assert [server.copies(one) for one in (A, B, C)] == [0, 1, 1]
        assert case.answers(made)["recipient 1"] is Answer.LATER and case.store.alert_parts.refusing() == []
        assert f"the mail server answered {said[:3]}" in case.alert(made).last_error
        await case.until(NOW + timedelta(hours=12))
        assert [server.copies(one) for one in (A, B, C)] == [1, 1, 1]
        assert case.alert(made).delivery is Delivery.SENT


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


@pytest.mark.long
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


@pytest.mark.long
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
        await asyncio.wait_for(server.hanging.wait(), WITHIN_S)
        slow.clear()
        case.find(2, urgent=True)
        await send_due(case.store, case.channel, case.chosen, case.clock, urgent=True)  # type: ignore[arg-type]
        assert [unnumbered(mail["Subject"]) for _, mail in server.got] == [
            "Monitor: 1 new entry"
        ] and not ordinary.done()
        ordinary.cancel()
        await asyncio.gather(ordinary, return_exceptions=True)


async def test_stopping_does_not_wait_for_a_slow_server(bench: Callable[..., Bench]) -> None:
    """And what may have arrived is known as such."""
    async with scripted() as server:
        server.slow = {END: 600.0}
        case = bench(server.url(f"{A},{B}"))
        made = case.find()
        sending = asyncio.create_task(case.send())
        await asyncio.wait_for(server.at_end.wait(), WITHIN_S)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await asyncio.wait_for(case.channel.aclose(), WITHIN_S)
        assert case.answers(made) == {"recipient 1": Answer.UNSURE}
        server.slow = {}
        case.clock.now += LEASE
        again = bench(server.url(f"{A},{B}"))
        again.store, again.clock = case.store, case.clock
        await again.send()
        assert [server.copies(one) for one in (A, B)] == [0, 1], "who was not handed it is not made to wait"
        await again.until(NOW + timedelta(hours=2))
        assert server.copies(A) == 1 and case.alert(made).delivery is Delivery.SENT


@pytest.mark.rows(2)
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
            f"{A},b@-bad-ü.example", (), [A], "recipient 2: the domain “-bad-ü.example” is not one", id="no domain"
        ),
        pytest.param(f"{A},b@a..b", (), [A], "recipient 2: the address at “a..b” is not one", id="no address"),
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


BARE = "recipient {}: it is not an address: one has the form name@domain"


@pytest.mark.parametrize(
    ("to", "arrives", "said"),
    [
        pytest.param(f"{A},root@localhost", [A, "root@localhost"], "", id="localhost"),
        pytest.param(f"root@lan,{A}&cc=b@pi&bcc=c@nas", ["root@lan", A, "b@pi", "c@nas"], "", id="hosts of the LAN"),
        pytest.param(f"root@[127.0.0.1],{A}", ["root@[127.0.0.1]", A], "", id="address literal"),
        pytest.param(f"Anna%20<anna@x.org>,Bo%20<bo@lan>;{A}", ["anna@x.org", "bo@lan", A], "", id="names, semicolon"),
        pytest.param("\"Meier, Anna\"%20<anna@x.org>,'Bo':bo@lan", ["anna@x.org", "bo@lan"], "", id="names in quotes"),
        pytest.param(f"{A}%20b@lan%0A<c@pi>", [A, "b@lan", "c@pi"], "", id="spaces and line ends between"),
        pytest.param(f"{A}, \"b@lan\" ,'c@pi',,", [A, "b@lan", "c@pi"], "", id="quotes around addresses"),
        pytest.param(f"{A}&to=b@lan&cc=c@pi&cc=d@x.org", [A, "b@lan", "c@pi", "d@x.org"], "", id="a field twice"),
        pytest.param(f"{A}&b@lan", [A, "b@lan"], "", id="joined by an ampersand"),
        pytest.param(f"{A},{A},o'neil+x@lan,{A}", [A, "o'neil+x@lan"], "", id="one twice"),
        pytest.param(f"{A},nodomain", [A], BARE.format(2), id="no domain"),
        pytest.param(f"nodomain,{A}", [A], BARE.format(1), id="no domain, first"),
        pytest.param(f"{A},bob.example.org", [A], BARE.format(2), id="a domain alone"),
        pytest.param(f"{A}%20nodomain", [A], BARE.format(2), id="no domain, behind a space"),
        pytest.param(f"{A}&cc=broken", [A], BARE.format(2), id="cc"),
        pytest.param(f"{A}&bcc=nope@", [A], "recipient 2: no domain stands behind its @", id="bcc without domain"),
        pytest.param(f"{A},carl@@x.org", [A], "recipient 2: the address at “x.org” is not one", id="two @"),
        pytest.param(f"{A},@x.org", [A], "recipient 2: the address at “x.org” is not one", id="no name"),
        pytest.param(f"{A},b@exa_mple..test", [A], "recipient 2: the address at “exa_mple..test”", id="empty label"),
        pytest.param(f"{A},b@-x.org", [A], "recipient 2: the address at “-x.org” is not one", id="label with a hyphen"),
        pytest.param(f'{A},"x%20y"@demo.test', [A], "recipient 2: the address at “demo.test”", id="a quoted name"),
        pytest.param(f"{A},x%0Dy%00@demo.test", [A], "recipient 2: it is not an address", id="control characters"),
        pytest.param(
            f"{A},<b@x.org,c@y.org>", [A], "recipient 2: the address at “y.org” is not one", id="two in brackets"
        ),
        pytest.param(
            f"{A},nodomain,b@@x.org,c@lan", [A, "c@lan"], BARE.format(2) + "; recipient 3", id="places as written"
        ),
        pytest.param(f"{A}&reply=nodomain", [A], "reply=: it is not an address", id="reply"),
    ],
)
def test_each_address_works_or_is_refused_by_its_place(to: str, arrives: list[str], said: str) -> None:
    url = f"mailto://127.0.0.1:25/?mode=insecure&from=watch@mail.test&to={to.replace(' ', '%20')}"
    found = mail_of(url, AppriseAsset()).recipients()
    assert [one.address for one in found if not one.problem] == arrives
    assert said in "; ".join(f"{one.label}: {one.problem}" for one in found if one.problem)
    assert bool(said) == any(one.problem for one in found)


async def test_who_is_no_address_is_a_refused_recipient_and_the_others_have_it(bench: Callable[..., Bench]) -> None:
    async with scripted() as server:
        case = bench(server.url(f"{A},root@localhost,ann@no..domain,bob&bcc=nope@"))
        made = case.find()
        await case.send()
        assert [address for address, _ in server.got] == [A, "root@localhost"]
        answers = case.answers(made)
        assert [answers[f"recipient {at}"].value for at in range(1, 6)] == ["taken"] * 2 + ["refused"] * 3
        assert all(part.said for part in case.store.alert_parts.of(made.case, made.id) if part.answer is Answer.REFUSED)
        (result,) = await case.channel.test(title="t", text="t", html="t", message_id="<1@localhost>")
        assert all(f"recipient {at}: " in result.error for at in (3, 4, 5)) and "bob" not in result.error


async def test_targets_in_the_path_and_a_host_without_a_dot_that_is_the_sender(bench: Callable[..., Bench]) -> None:
    async with scripted() as server:
        host = f"127.0.0.1:{server.port}"
        case = bench(f"mailto://{host}/root@lan/nodomain/?mode=insecure&from=me@pi&to={A}&cc=c@nas")
        made = case.find()
        await case.send()
        assert [address for address, _ in server.got] == ["root@lan", A, "c@nas"]
        assert str(server.got[0][1]["From"]).endswith("<me@pi>") and server.got[0][1]["Cc"] == "c@nas"
        assert BARE.format(2) in case.alert(made).last_error
        alone = bench(f"mailto://me@lan:{server.port}/?mode=insecure&smtp=127.0.0.1")
        alone.find()
        await alone.send()
        assert server.got[-1][0] == "me@lan", "nobody is named: it goes to the sender"


@pytest.mark.parametrize("sender", ["Monitor", "bad@", "a@b..c"])
def test_a_sender_that_is_none_is_told(sender: str) -> None:
    with pytest.raises(ChannelFailed, match="names no sender"):
        mail_of(f"mailto://127.0.0.1/?from={sender}&to={A}", AppriseAsset())


async def test_no_recipient_that_can_be_used_is_told_as_what_it_is(bench: Callable[..., Bench]) -> None:
    async with scripted() as server:
        case = bench(server.url("nodomain"))
        made = case.find()
        await case.send()
        assert BARE.format(1) in case.alert(made).last_error and server.talks == 0
        assert case.alert(made).delivery is Delivery.WAITING


@given(st.lists(st.sampled_from(["a@x.org", "b@lan", "bad", "c@@x", '"q"@x.org', "N <d@pi>", "e@ü.de", "@", "<", "'"])))
def test_nothing_that_is_written_vanishes(parts: list[str]) -> None:
    entries = read_list(",".join(parts))
    assert len(entries) == sum(part not in {"<", "'"} for part in parts)
    assert all(entry.address or entry.problem for entry in entries)


async def test_a_server_never_asked_is_not_said_to_refuse(bench: Callable[..., Bench]) -> None:
    async with scripted() as server:
        case = bench(server.url("b@-bad-ü.example"))
        made = case.find()
        await case.send()
        error = case.alert(made).last_error
        assert (
            "recipient 1: the domain “-bad-ü.example” is not one that the DNS could have" in error
            and "refused" not in error
        )
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


@pytest.mark.long
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
