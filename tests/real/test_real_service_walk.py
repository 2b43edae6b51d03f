"""README's lines for a service, typed as they stand by a person who may use sudo, on a machine that systemd boots: from
an installed system to a mail about a copy. The machine has no network but its own, with a forum and a mail server in
it; the wheels that `make install` takes lie on it.
"""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import WITHIN_S
from tests.real.real_debian import CERTIFICATES
from tests.real.real_programs import AGREED, CACHE, need_debian
from tests.real.real_systemd import TREE, Booted, booted
from tests.walk import readme, servers
from tests.walk.person import Answer, Person
from tests.walk.thread import PATH
from tests.walk.what_she_knows import MOST_COMMANDS, MOST_QUESTIONS, PLACE, answers

pytestmark = pytest.mark.real

PHOTOS = 50
PYTHON = "/opt/program/bin/python"  # of what stands for the Internet, not of the program that is walked with
ACCOUNT = "reupload-monitor"
SHOW = "sudo reupload-monitor alerts show"
KNOWN = [Answer(r"shall it be done", "yes"), *answers("", servers.LOGIN[1])]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Booted]:
    needed = readme.install_lines("Debian")[0][0].split(" install ")[1].split()
    need_debian(*needed)
    with booted(tmp_path) as found:
        _without_the_program(found, packages_here())
        _a_world(found, tmp_path)
        yield found


def packages_here() -> Path:
    """A folder with the locked wheels for this machine's own Python, and Debian's sudo: made once, for later runs."""
    locked = Path(readme.ROOT / "requirements.lock").read_bytes()
    made = CACHE / f"service-walk-{hashlib.sha256(locked).hexdigest()[:12]}"
    if made.exists():
        return made
    if not AGREED:
        pytest.skip(f"what `make install` downloads is not in {made}: REAL_INSTALL=yes downloads it")
    part = made.with_suffix(".part")
    part.mkdir(parents=True, exist_ok=True)
    subprocess.run(["/usr/bin/python3", "-m", "venv", part / "venv"], check=True)  # with which it is installed there
    pip: list[str | Path]
    pip = [part / "venv/bin/python", "-m", "pip", "download", "-q", "--require-hashes", "--only-binary", ":all:"]
    subprocess.run([*pip, "-r", readme.ROOT / "requirements.lock", "-d", part], check=True)
    subprocess.run(["apt-get", "download", "-q", "sudo"], cwd=part, check=True)
    subprocess.run(["rm", "-r", part / "venv"], check=True)
    part.rename(made)
    return made


def _without_the_program(machine: Booted, packages: Path) -> None:
    """As a new machine of jane's, who may use sudo: her photos, and the project where she can clone it from."""
    done = machine.shell(
        "set -e; rm /usr/local/bin/reupload-monitor; rm -rf /var/lib/apt/lists/* /root/.config /root/.pip; "
        f"dpkg -i {packages}/sudo_*.deb; "
        f"printf '[global]\\nno-index = true\\nfind-links = {packages}\\n' > /etc/pip.conf; "
        "useradd --create-home --shell /bin/bash jane; echo 'jane ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/jane; "
        f"git -c safe.directory='*' clone -q --bare --no-hardlinks {TREE} /srv/project.git; "
        f"cd {TREE}; {PYTHON} -c 'from pathlib import Path; from tests.walk import photos; "
        f'photos.fill(Path("/home/jane/Pictures/those"), {PHOTOS})\'; '
        "echo \"PS1='[\\$?] walk% '\" >> /home/jane/.bashrc; chmod 700 /home/jane/Pictures; "
        "chown -R jane: /home/jane /srv/project.git"
    )
    assert done.code == 0, done.out


def _a_world(machine: Booted, folder: Path) -> None:
    servers.make_certificate(folder)
    for name in ("mail.crt", "mail.key"):
        machine("sh", "-c", f"mkdir -p /srv/world; cat > /srv/world/{name}", given=(folder / name).read_text())
    machine("sh", "-c", "cat > /etc/hosts; echo 127.0.0.1 $(hostname) >> /etc/hosts", given=servers.names())
    machine.shell(
        f"cat /srv/world/mail.crt >> /{CERTIFICATES}; : > /etc/resolv.conf; ip addr add {servers.FORUM_IP}/32 dev lo; "
        f"systemd-run --unit=world --working-directory={TREE} {PYTHON} -m tests.walk.servers /srv/world"
    )
    end = time.monotonic() + WITHIN_S
    while machine.shell("test -e /srv/world/ready").code:
        assert time.monotonic() < end, machine.shell("journalctl -u world").out
        time.sleep(0.5)  # another program's start is waited for: nothing tells of it


def mails(machine: Booted) -> list[str]:
    """In the order in which they came."""
    numbers = machine.shell("cd /srv/world; ls *.eml 2>/dev/null | sort -n").out.split()
    return [machine.shell(f"cat /srv/world/{number}").out for number in numbers]


def test_the_lines_for_a_service_lead_to_a_mail(machine: Booted) -> None:
    begun = time.monotonic()
    with Person(machine.terminal_of("jane"), KNOWN, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}) as person:
        try:
            walk(machine, person)
        except BaseException:
            print(person.seen)
            print(machine.shell(f"journalctl -u {ACCOUNT} -o cat | tail -40").out)
            raise
    print(person.seen)
    print(f"{len(person.commands)} commands, {len(person.questions)} questions, {time.monotonic() - begun:.0f} s")
    asked = len(person.questions) + (not any("continue?" in one for one in person.questions))  # apt's, on a new machine
    assert len(person.commands) <= MOST_COMMANDS, person.commands
    assert asked <= MOST_QUESTIONS, person.questions


def walk(machine: Booted, person: Person) -> None:
    for line in [*readme.install_lines("Debian")[0], *readme.service_lines()]:
        person.types(line.replace("ADDRESS", "/srv/project.git").replace(PLACE, f"http://{servers.FORUM}{PATH}"))
    tried = len(mails(machine))
    end = time.monotonic() + WITHIN_S
    while len(mails(machine)) == tried:
        assert time.monotonic() < end, machine.shell("reupload-monitor status; reupload-monitor alerts list").out
        time.sleep(1)
    subject = next(line for line in mails(machine)[-1].splitlines() if line.startswith("Subject: "))
    assert "new" in subject
    assert PATH in person.types(f"{SHOW} {subject.split()[-1]}")

    assert machine("systemctl", "is-enabled", ACCOUNT).out == "enabled\n"
    shown = machine.shell(f"find /etc/{ACCOUNT} /var/lib/{ACCOUNT} ! -user {ACCOUNT}").out
    assert shown == "", "what she typed by sudo was done as root, and the service cannot read it"
    secret = machine.shell(f"find /etc/{ACCOUNT} -type f -perm /077 -path '*secret*'").out
    assert secret == "", "what is secret, others can read"
