"""README typed from its first line, by a new user of a fresh Debian: from nothing to a mail about a copy.

Nothing is edited by hand, nothing comes from root's home. The packages come over the machine's own network; from `init`
on the root has a network with a forum and a mail server in it and nothing else, so what a site or a person would be
asked for on the Internet is asked for there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.real.real_debian import CERTIFICATES, FreshRoot, fresh_root, own_network
from tests.walk import photos, readme, servers
from tests.walk.person import Person
from tests.walk.thread import PATH
from tests.walk.what_she_knows import MOST_COMMANDS, MOST_QUESTIONS, PLACE, answers

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
PHOTOS = 50
MINUTES = 10


@pytest.mark.parametrize(
    ("suite", "way"),
    [
        pytest.param("bookworm", "make", id="Debian 12, make install"),
        pytest.param("trixie", "make", id="Debian 13, make install"),
        pytest.param("bookworm", "pipx", id="Debian 12, its own pipx"),
        pytest.param("trixie", "pipx", id="Debian 13, its own pipx"),
    ],
)
def test_from_nothing_to_a_mail(suite: str, way: str, tmp_path: Path) -> None:
    needed, then = readme.install_lines("Debian")
    installing = [*needed, *then] if way == "make" else readme.pipx_lines()
    with fresh_root(suite) as root:
        new_user(root)
        begun = time.monotonic()
        with at_a_terminal(root) as person:
            for line in installing:
                shown = person.types(line.replace("ADDRESS", "/srv/project.git"), within_s=1500)
            if way == "make":
                person.types(line_to_type(shown))
        install_s, begun = time.monotonic() - begun, time.monotonic()
        commands, questions = len(person.commands), list(person.questions)
        with network_with_servers(root, tmp_path) as (network, mails), at_a_terminal(root, network) as person:
            for line in readme.first_day():
                line = line.replace(PLACE, f"http://{servers.FORUM}{PATH}")
                if line == "reupload-monitor run":
                    before = len(mails())
                    person.starts(line, lambda had=before: len(mails()) > had, within_s=900)
                else:
                    person.types(line, within_s=900)
        day_s = time.monotonic() - begun
    commands, questions = commands + len(person.commands), questions + person.questions
    print(f"{suite}, {way}: {commands} commands, {len(questions)} questions, {install_s:.0f} s + {day_s:.0f} s")
    print(person.seen)
    assert "new" in mails()[-1]
    assert commands <= MOST_COMMANDS
    assert len(questions) <= MOST_QUESTIONS, questions
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # others' work is not this program's
    assert install_s + day_s <= MINUTES * 60 * busy


def line_to_type(shown: str) -> str:
    """Which `make install` names where the terminal does not find the command."""
    _, found, rest = shown.partition("Type this once:\n")
    assert found, shown
    return rest.splitlines()[0].strip()


def new_user(root: FreshRoot) -> None:
    """jane, who may use sudo, as on a machine of her own; the project where she can clone it from; her photos."""
    root.install("sudo", "locales")
    root.run("useradd", "--create-home", "--shell", "/bin/bash", "jane")
    root.write("/etc/sudoers.d/jane", "jane ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    subprocess.run(["git", "clone", "-q", "--bare", ROOT, root.path / "srv/project.git"], check=True)
    photos.fill(root.path / "home/jane/Pictures/those", PHOTOS)
    with (root.path / "home/jane/.bashrc").open("a") as file:
        file.write("\nPS1='[$?] walk% '\n")
    root.run("chown", "-R", "jane:jane", "/home/jane", "/srv/project.git")


def at_a_terminal(root: FreshRoot, network: int | None = None) -> Person:
    """Logged in anew: what a profile says counts."""
    login = root.words("su", "--login", "jane", network=network)
    return Person(login, answers("", servers.LOGIN[1]), {"PATH": os.environ["PATH"]})


@contextmanager
def network_with_servers(root: FreshRoot, folder: Path) -> Iterator[tuple[int, Callable[[], list[str]]]]:
    """What holds the network, and what gives the mails that came: their subject lines."""
    certificate = servers.make_certificate(folder)
    with (root.path / CERTIFICATES).open("a") as file:
        file.write(certificate.read_text())
    root.write("/etc/hosts", servers.names())
    root.write("/etc/resolv.conf", "")

    def mails() -> list[str]:
        return [path.read_text() for path in sorted(folder.glob("*.eml"), key=lambda path: int(path.stem))]

    with own_network(servers.FORUM_IP) as network:
        words = ["nsenter", f"--net=/proc/{network}/ns/net", sys.executable, "-m", "tests.walk.servers", folder]
        with subprocess.Popen(words, cwd=ROOT) as serving:
            try:
                while not (folder / "ready").exists():
                    assert serving.poll() is None
                    time.sleep(0.1)  # another program's start is waited for: nothing tells of it
                yield network, mails
            finally:
                serving.kill()
