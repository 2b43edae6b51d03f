"""The first day as README has it, typed by a script: from an installed command to a mail about a copy.

Here with what is on this machine; tests/real/test_real_walk.py begins before the installation, in a fresh root.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.serving.mail import MailServer, mail_server
from tests.serving.web import threaded
from tests.walk import photos, readme
from tests.walk.person import Person
from tests.walk.thread import PATH, Thread
from tests.walk.what_she_knows import MOST_COMMANDS, MOST_QUESTIONS, PLACE, answers

INSTALLING = len(readme.install_lines("Debian")[0]) + len(readme.install_lines("Debian")[1]) + 1
"""Commands before the first of the first day; one is the line that `make install` ends with."""

SMALL = (640, 480)


def first_day(home: Path, site: str, mail: MailServer) -> Person:
    """Types it all; raises Lost where she does not know how to go on."""
    environment = {
        "HOME": str(home),
        "PATH": str(Path(sys.executable).parent),  # and no Chromium: drawing takes longer than all the rest
        "PLAYWRIGHT_BROWSERS_PATH": "/nowhere",
        # What stands for the Internet here is this machine, which no site may be.
        "REUPLOAD_MONITOR_NETWORK__ALLOW_NETWORKS": '["127.0.0.0/8"]',
        "REUPLOAD_MONITOR_CRAWL__PER_HOST_DELAY": "0",
        "REUPLOAD_MONITOR_ALERTS__GROUP_FOR": "1s",
    }
    shell = ["/bin/bash", "--noprofile", "--norc", "-i"]
    with Person(shell, answers(f"127.0.0.1:{mail.port}", ""), environment) as person:
        try:
            tested = len(mail.mails)
            for line in readme.first_day():
                line = line.replace(PLACE, f"{site}{PATH}")
                if line == "reupload-monitor run":
                    tested = len(mail.mails)
                    person.starts(line, lambda had=tested: len(mail.mails) > had)
                else:
                    person.types(line)
            number = mail.mails[-1]["Subject"].split()[-1]
            assert PATH in person.types(f"reupload-monitor alerts show {number}")
        except BaseException:
            print(person.seen)
            raise
    return person


async def test_from_the_command_to_a_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    files = photos.fill(home / "Pictures" / "those", 2, SMALL)
    monkeypatch.setattr(Thread, "pictures", {
        "/a.jpg": photos.scene(900, SMALL), "/b.jpg": photos.copy_of(files[1].read_bytes()),
    })  # fmt: skip
    async with mail_server() as mail:
        with threaded(Thread) as site:
            person = await asyncio.to_thread(first_day, home, site, mail)
    assert len(person.commands) + INSTALLING <= MOST_COMMANDS
    assert len(person.questions) <= MOST_QUESTIONS, person.questions
    assert "new" in mail.mails[-1]["Subject"].lower()
    assert os.path.exists(home / ".config" / "reupload-monitor" / "config.toml")
