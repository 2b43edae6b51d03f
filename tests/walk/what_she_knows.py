"""What the person of the walk knows, and answers."""

from __future__ import annotations

import re

from tests.walk.person import Answer

MOST_QUESTIONS = 15
MOST_COMMANDS = 12
PLACE = "https://forum.example/threads/123"
"""As README has it, where she puts the address of her own."""


def six_words(told: str) -> str:
    """The passphrase that is offered, off the screen."""
    return re.findall(r"^    ((?:[a-z-]+ ){5}[a-z-]+)$", told, re.MULTILINE)[-1]


def answers(mail_server: str, mail_password: str) -> list[Answer]:
    """What she knows, and what stands on her screen. The first that is asked about counts."""
    return [
        Answer(r"do you want to continue", "y"),  # apt
        Answer(r"18 or older", "yes"),
        Answer(r"are you the person shown", "yes"),
        Answer(r"can anybody else read", "no"),
        Answer(r"your name", "Jane Doe"),
        Answer(r"mail address for their answers", "jane@mail.test"),
        Answer(r"the country", "US"),
        Answer(r"the folder", ""),
        Answer(r"type the six words", six_words),
        Answer(r"how do you want to be told|which one", "1"),
        Answer(r"your mail address", "jane@mail.test"),
        Answer(r"server for outgoing mail", mail_server),
        Answer(r"the password; empty if", mail_password),
        Answer(r"did it (come|arrive)", "yes"),
        Answer(r"watch this place", "yes"),
    ]
