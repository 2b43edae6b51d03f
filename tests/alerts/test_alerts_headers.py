"""Mail headers of an alert, whatever names stand in the settings and whatever was found."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from apprise import AppriseAsset

from monitor.alerts.wording import alert_message
from monitor.model.settings import AlertSettings
from monitor.outbound.alerts.mail import mail_of
from tests.alerts.alert_helpers import send_job, sighting
from tests.alerts.test_alerts_wording import HOSTILE, every_kind

URL = "mailto://mail.test/?mode=insecure&from=watch@mail.test&to=person@mail.test"
MORE = [
    "=?utf-8?q?a=0D=0ABcc:_spy@x.example?=",
    '"x" <spy@x.example>, other@x.example',
    "name\u2068\u0639\u0646",
    "n" * 10_000,
]


def sent_as(product: str, sender: str, title: str) -> EmailMessage:
    mail = mail_of(URL, AppriseAsset(app_id=product or "Monitor"))
    words = alert_message(every_kind()[0], [sighting(1)], AlertSettings(product_name=product))
    job = send_job(
        message_id="<a@localhost>",
        title=title or words.subject,
        text=words.text,
        html=words.html,
        sender_name=sender,
    )
    raw = mail.mail(mail.recipients()[0], job).as_bytes(policy=SMTP)
    read = message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    return read


@pytest.mark.parametrize("hostile", [*HOSTILE, *MORE], ids=[repr(text[:12]) for text in (*HOSTILE, *MORE)])
def test_a_name_stays_in_its_header(hostile: str) -> None:
    message = sent_as(hostile, hostile, "")
    heads = "Message-ID Date From To Subject Auto-Submitted MIME-Version Content-Type"
    assert sorted(message.keys()) == sorted(heads.split())
    assert [one.addr_spec for one in message["From"].addresses] == ["watch@mail.test"]
    assert [one.addr_spec for one in message["To"].addresses] == ["person@mail.test"]
    assert str(message["Subject"]).isprintable() and len(str(message["Subject"])) < 100
    assert "spy" not in " ".join(str(message[head]) for head in ("To", "Message-ID", "Content-Type"))
