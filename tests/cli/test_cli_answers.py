"""A desk's mail as a file: what it seems to say is shown, and noted only once the person confirms it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.cli_program import Program

REMOVED = """From: Desk <abuse@imgur.com>
Subject: Re: Request [#4711]
Date: Sun, 22 Nov 2026 09:00:00 +0000
Content-Type: text/plain; charset=utf-8

We have removed the content you reported. Case number: CAS-0042.

On Sat, 21 Nov 2026, Jane wrote:
> Please remove it.
"""
BOUNCE = """From: MAILER-DAEMON@mx.example
Subject: Undelivered
Auto-Submitted: auto-replied
Content-Type: multipart/report; boundary=x

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: failed
Diagnostic-Code: smtp; 550 User unknown
--x--
"""


@pytest.fixture
def report(ready: Program) -> str:
    """Sent by mail to Imgur's mailbox."""
    sighting = ready("sightings", "add", "https://imgur.com/a/9", "--json").json["sightings"][0]["id"]
    drafted = ready("reports", "draft", sighting, "--channel", "imgur", "--json").json["reports"][0]
    assert ready("reports", "sent", drafted["id"]).code == 0
    return str(drafted["id"])


def state(program: Program, report: str) -> tuple[str, str]:
    found = next(one for one in program("reports", "list", "--json").json["reports"] if one["id"] == report)
    return found["state"], found.get("number") or ""


def saved(text: str) -> str:
    Path("answer.eml").write_text(text)
    return "answer.eml"


def test_what_it_says_is_shown_and_noted_once_confirmed(ready: Program, report: str) -> None:
    file = saved(REMOVED)
    asked = ready("reports", "response", report, "--eml", file)
    assert asked.code != 0 and "--yes" in asked.err and state(ready, report)[0] == "sent", "nobody could be asked"
    done = ready("reports", "response", report, "--eml", file, "--yes", "--json")
    assert done.code == 0, done.err
    for words in ("abuse@imgur.com", "removed (We have removed the content", "4711", "CAS-0042", "can be forged"):
        assert words in done.err
    assert done.json["reports"][0]["state"] == "removed"
    assert "Jane wrote" not in done.err + done.out


def test_a_pipe_is_no_saved_mail(ready: Program, report: str) -> None:
    os.mkfifo("answer.eml")
    done = ready("reports", "response", report, "--eml", "answer.eml", "--yes")
    assert done.code == 2 and "no file that can be read as a mail" in done.err and "None" not in done.err


@pytest.mark.long
def test_the_person_has_the_last_word(ready: Program, report: str) -> None:
    words = ("--outcome", "acknowledged", "--number", "MINE-1", "--yes", "--json")
    done = ready("reports", "response", report, "--eml", saved(REMOVED), *words)
    assert done.json["reports"][0]["state"] == "acknowledged"
    assert "MINE-1" in done.err and "We have removed" not in done.err


def test_a_mail_that_says_nothing_plainly_needs_her_word(ready: Program, report: str) -> None:
    file = saved("From: abuse@imgur.com\nSubject: x\n\nHello.\n")
    done = ready("reports", "response", report, "--eml", file, "--yes")
    assert done.code == 2 and "--outcome" in done.err and state(ready, report)[0] == "sent"
    assert ready("reports", "response", report, "--eml", file, "--yes", "--outcome", "refused").code == 0
    assert state(ready, report)[0] == "refused"


@pytest.mark.long
def test_another_sender_is_pointed_out(ready: Program, report: str) -> None:
    done = ready("reports", "response", report, "--eml", saved(REMOVED.replace("imgur.com", "evil.example")))
    assert "It comes from abuse@evil.example, and the report went to abuse@imgur.com" in done.err
    assert state(ready, report)[0] == "sent"


@pytest.mark.long
def test_a_bounce_marks_the_address(ready: Program, report: str) -> None:
    done = ready("reports", "response", report, "--eml", saved(BOUNCE.format(address="abuse@imgur.com")), "--yes")
    assert done.code == 0 and "abuse@imgur.com is marked as dead" in done.err
    assert state(ready, report)[0] == "bounced"


def test_a_bounce_of_another_mail_is_none_of_this_report(ready: Program, report: str) -> None:
    done = ready("reports", "response", report, "--eml", saved(BOUNCE.format(address="aunt@mail.example")), "--yes")
    assert done.code == 2 and "aunt@mail.example" in done.err
    assert state(ready, report)[0] == "sent"


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda: None, "cannot be read", id="no file"),
        pytest.param(lambda: Path("answer.eml").mkdir(), "cannot be read", id="a folder"),
        pytest.param(lambda: Path("answer.eml").write_bytes(b""), "cannot be read as a mail", id="empty"),
        pytest.param(
            lambda: Path("answer.eml").write_bytes(
                b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1500))
            ),
            "cannot be read as a mail",
            id="parts within parts",
        ),
    ],
)
def test_a_file_that_is_no_mail(ready: Program, report: str, make: object, words: str) -> None:
    make()  # type: ignore[operator]
    done = ready("reports", "response", report, "--eml", "answer.eml", "--yes")
    assert done.code == 2 and words in done.err
    assert state(ready, report)[0] == "sent"


def test_terminal_codes_of_a_mail_reach_no_terminal(ready: Program, report: str) -> None:
    mail = REMOVED.replace("Re: Request", "\x1b[2J\u202e").replace("content you", "content \x1b]0;x\x07 you")
    done = ready("reports", "response", report, "--eml", saved(mail), "--yes")
    assert done.code == 0
    assert "\x1b" not in done.err + done.out and "\u202e" not in done.err


@pytest.mark.long
def test_without_outcome_and_file_it_is_said_what_is_missing(ready: Program, report: str) -> None:
    done = ready("reports", "response", report)
    assert done.code == 2 and "--outcome" in done.err and "--eml" in done.err
