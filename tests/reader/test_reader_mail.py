"""A mail from a file, read in a confined worker."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.mail import MAX_MAIL_TEXT_CHARS, MailReading
from monitor.model.page import ParseJob
from monitor.reader import messages, pages, pool
from monitor.reader.messages import BadAnswer
from monitor.reader.pool import ReaderPool, page_plan
from monitor.sources.reading.mail import read_mail
from tests.reader import planted_worker

NONCE = b"12345678"
ANSWER = b"""From: =?utf-8?q?J=C3=B6rg_=22a=40b=2Eexample=22?= <desk@site.example>
To: alias@mail.example
Subject: =?iso-8859-1?Q?Re:_Gr=FC=DFe?= =?utf-8?b?IFsjMTIzNDVd?=
Date: Sun, 29 Nov 2026 10:00:00 +0100
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=iso-8859-15
Content-Transfer-Encoding: quoted-printable

Wir haben es entfernt. =A4 1=
00
--x
Content-Type: text/plain; name=log.txt
Content-Disposition: attachment; filename=log.txt

not to be read
--x--
"""
HTML = b"""From: desk@site.example
Subject: x
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHN0eWxlPnA8L3N0eWxlPjxwPldlIHJlbW92ZWQgaXQuPGJyPkJ5ZTwvcD48c2NyaXB0PmE8L3NjcmlwdD4=
"""
BOUNCE = b"""From: MAILER-DAEMON@mx.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: text/plain

I am sorry.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; abuse@desk.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

Final-Recipient: rfc822; other@desk.example
Action: delayed

--x
Content-Type: message/rfc822

Subject: Removal request

What was sent.
--x--
"""


async def test_a_confined_worker_reads_mails_beside_pages() -> None:
    async with ReaderPool(pages=replace(page_plan(), workers=1)) as reader:
        assert await reader.mail(ANSWER) == MailReading(
            subject="Re: Grüße [#12345]",
            sender="desk@site.example",
            date="Sun, 29 Nov 2026 10:00:00 +0100",
            text="Wir haben es entfernt. € 100",
        )
        html = await reader.mail(HTML)
        assert html is not None and html.text == "We removed it.\nBye"
        bounce = await reader.mail(BOUNCE)
        assert bounce is not None
        assert (bounce.failed, bounce.why) == (("abuse@desk.example",), "smtp; 550 5.1.1 User unknown")
        assert bounce.is_automatic and bounce.text == "I am sorry."
        assert await reader.mail(os.urandom(100_000)) is not None
        for odd in (b"x-uuencode", b"8bit", b"binary", b"no-such"):
            part = b"Content-Transfer-Encoding: " + odd + b"\nContent-Type: text/plain; charset=koi8-r\n\nx\n"
            assert await reader.mail(part) is not None
        assert (await reader.page(ParseJob("html", "http://a.example/"), b"<title>x</title>")).title == "x"
        assert len(reader.pids) == 1, "and none of them cost a worker"


async def test_a_mail_that_kills_its_worker_costs_that_mail() -> None:
    plan = replace(page_plan(), workers=1, module=planted_worker.__name__, cpu_s=1, wall_s=30)
    async with ReaderPool(pages=plan) as reader:
        assert await reader.mail(b"die") is None
        assert await reader.mail(b"lie") is None
        assert await reader.mail(b"well") == MailReading(subject="xx")
        assert await reader.mail(b"x" * (pool.MAX_JOB_BYTES + 1)) is None


HOSTILE = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"\x00" * 1000, id="zeros"),
    pytest.param(b"Subject: =?utf-8?b?AAA?=\nFrom: ((((<\n\n\xff\xfe", id="broken coded words"),
    pytest.param(b"Subject: " + b"=?utf-8?q?" * 50_000 + b"\n\nx", id="a subject without end"),
    pytest.param(b"From: " + b"(<" * 50_000 + b"\n\nx", id="a sender of brackets"),
    pytest.param(b"Content-Type: " + b"a;" * 100_000 + b"\n\nx", id="a type without end"),
    pytest.param(b"Content-Type: text/html\n\n" + b"<br" * 500_000, id="tags without end"),
    pytest.param(b"Content-Type: text/plain; charset=no-such\n\n\xe9", id="a charset that is none"),
    pytest.param(b"Content-Transfer-Encoding: base64\n\n=%%%", id="base64 that is none"),
    pytest.param(b"Subject: a\n b\n\tc\r\nBcc: \x1b[2J\n\n\x1b[2J\xe2\x80\xae", id="terminal codes, right to left"),
    pytest.param(b"Content-Type: message/delivery-status\n\nno blocks", id="a bounce without blocks"),
]


@pytest.mark.parametrize("untrusted", HOSTILE)
def test_hostile_mails(untrusted: bytes) -> None:
    mail = read_mail(untrusted)
    assert len(mail.text) <= MAX_MAIL_TEXT_CHARS
    packed = messages.pack_message(pages.answer_mail(mail, NONCE))
    again = pool._mail(messages.unpack_answer(packed))
    for words in (again.subject, again.sender, again.date, again.why, *again.text.split("\n"), *again.failed):
        assert words == "" or words.isprintable()


@settings(max_examples=40)
@given(
    st.binary(max_size=300), st.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=x\n\n--x\n", b"From: "])
)
def test_any_bytes_are_a_mail_of_some_kind(body: bytes, head: bytes) -> None:
    messages.pack_message(pages.answer_mail(read_mail(head + body), NONCE))


def test_another_answer_is_none_to_a_mail() -> None:
    with pytest.raises(BadAnswer):
        pool._mail(messages.RobotsAnswer(NONCE, (), (), None))
