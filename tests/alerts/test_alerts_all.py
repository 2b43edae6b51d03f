"""`send = "all"`: every channel gets each alert once, whatever the others do; and whom a mail is from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from apprise import AppriseAsset

from monitor.alerts import retrying
from monitor.alerts.outbox import new_alert
from monitor.model.alert import AlertKind, Answer, Delivery, Part
from monitor.model.settings import AlertSend
from monitor.outbound.alerts.apprise_channel import Limits
from monitor.outbound.alerts.mail import mail_of
from tests.alerts.alert_bench import Bench, bench
from tests.alerts.alert_helpers import NOW, endpoint, send_job
from tests.serving.smtp_script import HANG, RCPT, scripted

__all__ = ["bench"]

QUICK = Limits(patience_s=0.3, urgent_patience_s=0.3)


@pytest.mark.parametrize(
    ("said", "afterwards"),
    [
        pytest.param("", 0, id="both take it"),
        pytest.param("450 later", 1, id="the first takes it later", marks=pytest.mark.long),
        pytest.param(HANG, 1, id="the first hangs, and takes it later"),
        pytest.param("550 no such person", 0, id="the first refuses for good", marks=pytest.mark.long),
    ],
)
async def test_each_channel_has_it_once(said: str, afterwards: int, bench: Callable[..., Bench]) -> None:
    on = [said]
    async with scripted(lambda point, _: on[0] if point == RCPT else "") as server, endpoint() as hook:
        case = bench(server.url(), hook.url(), limits=QUICK, send=AlertSend.ALL)
        made = case.find()
        await case.send()
        assert len(hook.bodies) == 1
        assert server.copies("a@x.test") == (0 if said else 1)
        assert case.alert(made).delivery is (Delivery.PARTLY if afterwards else Delivery.SENT)
        on[0] = ""
        await case.until(NOW + timedelta(hours=2))
        assert len(hook.bodies) == 1
        assert server.copies("a@x.test") == (afterwards if said else 1)
        assert case.alert(made).delivery is Delivery.SENT


async def test_with_first_the_second_is_only_a_way_out(bench: Callable[..., Bench]) -> None:
    async with scripted() as server, endpoint() as hook:
        case = bench(server.url(), hook.url())
        case.find()
        await case.until(NOW + timedelta(hours=2), timedelta(hours=1))
        assert server.copies("a@x.test") == 1 and hook.bodies == []


@pytest.mark.parametrize(
    ("name", "url_says", "shown"),
    [
        pytest.param("", "", "Monitor", id="nothing: the product"),
        pytest.param("Küche", "", "Küche", id="in the configuration"),
        pytest.param("Küche", "Anna<watch@mail.test>", "Anna", id="the URL goes before"),
    ],
)
def test_whom_a_mail_is_from(name: str, url_says: str, shown: str) -> None:
    url = f"mailto://mail.test/?from={url_says or 'watch@mail.test'}&to=a@x.test"
    own = mail_of(url, AppriseAsset(app_id="Monitor"))
    job = send_job(message_id="<1@localhost>", title="t", text="x", html="x", sender_name=name)
    (sender,) = own.mail(own.recipients()[0], job)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (shown, "watch@mail.test")


# --- the rule alone


def _part(channel: str, answer: Answer) -> Part:
    later = NOW + timedelta(minutes=5) if answer in (Answer.LATER, Answer.UNSURE) else None
    return Part(
        alert="a", target=channel, name=channel, answer=answer, tries=1, changed_at=NOW, retry_at=later, handed=0
    )


@pytest.mark.parametrize(
    ("answers", "missed", "delivery"),
    [
        pytest.param([Answer.TAKEN, Answer.TAKEN], False, Delivery.SENT, id="all have it"),
        pytest.param([Answer.TAKEN, Answer.LATER], False, Delivery.PARTLY, id="one later"),
        pytest.param([Answer.TAKEN, Answer.UNSURE], False, Delivery.PARTLY, id="one may have it"),
        pytest.param([Answer.TAKEN, Answer.REFUSED], False, Delivery.SENT, id="one refuses for good"),
        pytest.param([Answer.TAKEN], True, Delivery.PARTLY, id="one was cut short"),
        pytest.param([Answer.LATER, Answer.LATER], False, Delivery.WAITING, id="nobody has it"),
        pytest.param([], True, Delivery.WAITING, id="nobody was reached"),
    ],
)
def test_done_when_every_channel_is(answers: list[Answer], missed: bool, delivery: Delivery) -> None:
    alert = new_alert(AlertKind.NEW, case="default", subject="x", now=NOW, not_before=NOW)  # type: ignore[arg-type]
    parts = [_part(str(number), answer) for number, answer in enumerate(answers)]
    after = retrying.after_try(alert, parts, attempt=1, now=NOW, said="", to_all=True, missed=missed)
    assert after.delivery is delivery
    assert after.delivery is Delivery.SENT or after.not_before > NOW


def test_who_was_cut_short_is_not_tried_for_ever() -> None:
    alert = new_alert(AlertKind.NEW, case="default", subject="x", now=NOW, not_before=NOW)  # type: ignore[arg-type]
    late = NOW + retrying.PART_FOR
    parts = [_part("1", Answer.TAKEN)]
    after = retrying.after_try(alert, parts, attempt=9, now=late, said="", to_all=True, missed=True)
    assert after.delivery is Delivery.SENT
