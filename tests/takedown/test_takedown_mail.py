"""A draft as a mail: what a mail program reads of it, whatever a site wrote."""

from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.plain import plain
from monitor.takedown.mail import MAX_LINK, eml_of, has_text, mailto_of, subject_line

DESK = "abuse@desk.example"
LONG = "https://forum.example/" + "a" * 8_000
TEXT = f"Page that shows it:\n{LONG}\n\nGrüße, für Zoë\n.\nFrom here\n=3D is no code\n"


def opened(data: bytes) -> EmailMessage:
    """As another program reads it."""
    return email.message_from_bytes(data, policy=policy.default)


def text_of(message: EmailMessage) -> str:
    return str(message.get_content()).replace("\r\n", "\n")


def test_a_mail_program_reads_what_was_written() -> None:
    data = eml_of(DESK, "Removal request", TEXT)
    message = opened(data)
    assert message.keys() == [
        "X-Unsent", "To", "Subject", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    ]  # fmt: skip
    assert (message["X-Unsent"], message["To"], message["Subject"]) == ("1", DESK, "Removal request")
    assert message["Content-Transfer-Encoding"] == "quoted-printable"
    assert text_of(message) == TEXT
    assert not message.defects


def test_no_line_is_long_and_every_line_ends_as_mail_does() -> None:
    lines = eml_of(DESK, "Sübject " * 30, TEXT).split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert not any(b"\n" in line or b"\r" in line for line in lines)


def test_nothing_says_who_or_when_or_where() -> None:
    head = eml_of(DESK, "x", "y").partition(b"\r\n\r\n")[0].lower()
    for name in (b"from:", b"date:", b"message-id:", b"user-agent:", b"x-mailer:", b"received:", b"reply-to:"):
        assert name not in head


HOSTILE = [
    pytest.param("a\r\nBcc: spy@x.example\r\n\r\nother text", id="a header of their own"),
    pytest.param("=?utf-8?q?a=0D=0ABcc:_spy@x.example?=", id="an encoded header of their own"),
    pytest.param("gpj\u202e.exe\u2066", id="right to left"),
    pytest.param("{{ config }}{% for x in y %}", id="template code"),
    pytest.param("<script>alert(1)</script>", id="script"),
    pytest.param("\ud800\x00\u2028\x1b[2J", id="what cannot be printed"),
    pytest.param("=cmd|' /C calc'!A0", id="a formula"),
    pytest.param("x" * 100_000, id="very long"),
    pytest.param("", id="nothing"),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_sites_text_stays_in_its_place(text: str) -> None:
    message = opened(eml_of(DESK, f"About {text}", f"He wrote: {text}\n"))
    assert len(message.keys()) == 6
    assert message["To"] == DESK
    assert str(message["Subject"]).isprintable() and len(str(message["Subject"])) <= 152
    assert all(line.isprintable() for line in text_of(message).split("\n"))
    link = mailto_of(DESK, f"About {text}", f"He wrote: {text}\n")
    assert link.isascii() and link.isprintable() and " " not in link and "<" not in link
    assert len(link) < MAX_LINK
    parts = urlsplit(link)
    assert parts.scheme == "mailto" and unquote(parts.path) == DESK
    assert set(parse_qs(parts.query)) <= {"subject", "body"}


@settings(max_examples=40)
@example(subject="00 00\x1b¡\U0001342f\U00018d09\U0001b2fc ¡", text="")
@given(subject=st.text(max_size=400), text=st.text(max_size=400))
def test_any_text_comes_out_as_it_went_in(subject: str, text: str) -> None:
    data = eml_of(DESK, subject, text)
    message = opened(data)
    assert str(message["Subject"] or "").strip() == subject_line(subject)
    shown = "\n".join(plain(line) for line in text.strip("\n").split("\n"))
    assert text_of(message).rstrip("\n") == shown.rstrip("\n")
    assert max(map(len, data.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("room", "whole"),
    [pytest.param(1, True, id="one under the limit"), pytest.param(0, False, id="at the limit")],
)
def test_a_link_holds_the_text_only_while_it_is_short(room: int, whole: bool) -> None:
    bare = len(mailto_of(DESK, "s", "a")) - 1
    link = mailto_of(DESK, "s", "a" * (MAX_LINK - bare - room))
    assert has_text(link) is whole
    assert len(link) < MAX_LINK
    assert link.startswith("mailto:abuse@desk.example?subject=s")


def test_a_link_is_as_the_standard_says() -> None:
    link = mailto_of("a+b&c?d@desk.example", "Übel & mehr", "eins\nzwei")
    assert link == "mailto:a%2Bb%26c%3Fd@desk.example?subject=%C3%9Cbel%20%26%20mehr&body=eins%0D%0Azwei"


@pytest.mark.parametrize("address", ["a\n@x.example", "", "@x.example", "no address"])
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    with pytest.raises(ValueError):
        eml_of(address, "s", "t")
