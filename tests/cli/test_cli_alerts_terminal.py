"""`alerts add` on a real terminal: a password is not seen, Ctrl-C and Ctrl-D leave nothing half made."""

from __future__ import annotations

import pytest

from tests.cli.cli_program import Program
from tests.serving.mail import mail_server_beside
from tests.terminal import CTRL_C, CTRL_D, PROGRAM, Terminal, terminal


def at_the_topic(person: Terminal) -> None:
    person.answer("Which one?", "2")
    person.answer("The ntfy server", "")
    person.until("The topic")


@pytest.mark.parametrize(
    ("key", "code"),
    [pytest.param(CTRL_C, 130, id="Ctrl-C"), pytest.param(CTRL_D, 3, id="Ctrl-D", marks=pytest.mark.long)],
)
def test_nothing_is_half_made(ready: Program, key: str, code: int) -> None:
    before = {path: path.read_bytes() for path in ready.home.iterdir() if path.is_file()}
    with terminal(*PROGRAM, "alerts", "add") as person:
        at_the_topic(person)
        person.type(key, enter=False)
        assert person.ended() == code
    assert {path: path.read_bytes() for path in ready.home.iterdir() if path.is_file()} == before
    assert not (ready.home / "secrets").exists()


@pytest.mark.long
def test_as_a_person_types_it(ready: Program) -> None:
    with mail_server_beside(login=("jane@mail.test", "hunter2")) as server:
        with terminal(*PROGRAM, "alerts", "add") as person:
            person.answer("Which one?", "")
            person.answer("Your mail address", "jane@mail.test")
            person.answer("The server for outgoing mail", f"127.0.0.1:{server.port}")
            person.answer("The password", "hunter2")
            person.answer("Did it come?", "")  # an empty line is asked again
            person.answer("Did it come?", "yes")
            assert person.ended() == 0
        assert len(server.mails) == 1
    assert "hunter2" not in person.text and "added" in person.text
    assert max(len(line) for line in person.text.splitlines() if "/" not in line) <= 80
