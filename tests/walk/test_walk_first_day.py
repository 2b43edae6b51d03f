"""The first day as README has it, typed by a script: from an installed command to a mail about a copy.

Here with what is on this machine; tests/real/test_real_walk.py begins before the installation, in a fresh root.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.serving.mail import MailServer, mail_server
from tests.serving.web import Quiet, threaded
from tests.walk import photos, readme
from tests.walk.person import Answer, Person

MOST_QUESTIONS = 15
MOST_COMMANDS = 12
INSTALLING = len(readme.install_lines("Debian")[0]) + len(readme.install_lines("Debian")[1]) + 1
"""Commands before the first of the first day; one is the line that `make install` ends with."""

PASSPHRASE = "lantern orbit velvet cactus thunder meadow"


def answers(mail: MailServer) -> list[Answer]:
    """What she knows. The first that is asked about counts."""
    return [
        Answer(r"18 or older", "yes"),
        Answer(r"are you the person shown", "yes"),
        Answer(r"name that notices|your name", "Jane Doe"),
        Answer(r"sites may answer", "jane@mail.test"),
        Answer(r"country", "US"),
        Answer(r"can anybody else open", "no"),
        Answer(r"file for the key", ""),
        Answer(r"passphrase|once more", PASSPHRASE),
        Answer(r"recovery sheet", "yes"),
        Answer(r"print the key itself", "no"),
        Answer(r"the file for it", ""),
        Answer(r"how do you want to be told", "1"),
        Answer(r"your mail address", "jane@mail.test"),
        Answer(r"server for outgoing mail", f"127.0.0.1:{mail.port}"),
        Answer(r"the password; empty if", ""),
        Answer(r"did it (come|arrive)", "yes"),
        Answer(r"shall it be watched|watch it\?|go on\?", "yes"),
    ]


class Thread(Quiet):
    """A thread of a forum: words, somebody's picture, and a copy of one of hers."""

    pictures: Mapping[str, bytes] = {}

    def do_GET(self) -> None:
        if self.path in self.pictures:
            self.send(200, {"Content-Type": "image/jpeg"}, self.pictures[self.path])
        elif self.path == "/threads/123":
            shown = "".join(f"<article><p>Words about it.</p><img src={path}></article>" for path in self.pictures)
            self.send(200, {"Content-Type": "text/html"}, f"<title>A thread</title>{shown}".encode())
        else:
            self.send(404, {"Content-Type": "text/plain"}, b"not here")


def first_day(home: Path, site: str, mail: MailServer) -> Person:
    """Types it all; raises Lost where she does not know how to go on."""
    environment = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        # What stands for the Internet here is this machine, which no site may be.
        "REUPLOAD_MONITOR_NETWORK__ALLOW_NETWORKS": '["127.0.0.0/8"]',
        "REUPLOAD_MONITOR_CRAWL__PER_HOST_DELAY": "0",
        "REUPLOAD_MONITOR_ALERTS__GROUP_FOR": "1s",
    }
    shell = ["bash", "--noprofile", "--norc", "-i"]
    with Person(shell, answers(mail), environment) as person:
        try:
            tested = len(mail.mails)
            for line in readme.first_day():
                line = line.replace("https://forum.example/threads/123", f"{site}/threads/123")
                if line == "reupload-monitor run":
                    tested = len(mail.mails)
                    person.starts(line, lambda: len(mail.mails) > tested)
                else:
                    person.types(line)
        except BaseException:
            print(person.seen)
            raise
    return person


async def test_from_the_command_to_a_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    files = photos.fill(home / "Pictures" / "those", 3)
    monkeypatch.setattr(Thread, "pictures", {
        "/a.jpg": photos.scene(900), "/b.jpg": photos.copy_of(files[1].read_bytes()),
    })  # fmt: skip
    async with mail_server() as mail:
        with threaded(Thread) as site:
            person = await asyncio.to_thread(first_day, home, site, mail)
    assert len(person.commands) + INSTALLING <= MOST_COMMANDS
    assert len(person.questions) <= MOST_QUESTIONS, person.questions
    told = mail.mails[-1]
    assert "new" in told["Subject"].lower()
    assert os.path.exists(home / ".config" / "reupload-monitor" / "config.toml")
