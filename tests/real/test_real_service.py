"""The service, as a person sets it up, on a machine that systemd boots: from nothing to a mail about a copy, and
away."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.patience import WITHIN_S
from tests.real.real_systemd import Booted, booted

pytestmark = pytest.mark.real

ADDRESS = "93.184.216.34"  # an address of the Internet, of this machine's loopback alone: no packet leaves it
WORDS = "violet lantern gravel hamster piano cloud"
CHANNEL = "mailto://127.0.0.1:25/?mode=insecure&from=watch@mail.test&to=person@mail.test"
QUESTIONS = (
    ("Shall it be done?", "yes"),
    ("18 or older", "yes"),
    ("Are you the person shown", "yes"),
    ("Can anybody else read them", "no"),
    ("Your name", "Jane Doe"),
    ("mail address", "jane@mail.example"),
    ("The country", "GB"),
    ("six words", WORDS),
    ("once more", WORDS),
)
INIT = "--yes --adult --authorised self --name Jane --email jane@mail.example --passphrase-file /root/words"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    with booted(tmp_path_factory.mktemp("machine")) as found:
        found.shell(f"ip addr add {ADDRESS}/32 dev lo; mkdir /srv/mails; printf '%s\\n' '{WORDS}' > /root/words")
        world = f"/opt/program/bin/python -m tests.real.real_world {ADDRESS} /srv/mails"
        found.shell(f"systemd-run --unit=world --working-directory=/srv/tree {world}")
        found.shell(
            "useradd --create-home jane; mkdir -m 700 /home/jane/photos; "
            "cp /srv/tree/monitor/demo/photos/enrolled/owl.jpg "
            "/srv/tree/monitor/demo/photos/enrolled/koala.jpg /home/jane/photos; "
            "chmod 600 /home/jane/photos/*; chown -R jane: /home/jane/photos"
        )
        yield found


def wait_for(what: Callable[[], bool], why: Callable[[], str]) -> None:
    end = time.monotonic() + WITHIN_S
    while not what():
        assert time.monotonic() < end, why()
        time.sleep(1)


def finds(machine: Booted) -> list[str]:
    listed = machine.shell("reupload-monitor sightings list --json 2>/dev/null").out
    return sorted(one["id"] for one in json.loads(listed)["sightings"])


def left(machine: Booted) -> str:
    """What there is of any service of ours."""
    return machine.shell(
        "ls -d /etc/reupload-monitor /etc/regular-checks /var/lib/reupload-monitor /var/lib/regular-checks "
        "/etc/credstore*/* /etc/systemd/system/*.service /run/key-* 2>/dev/null; "
        "getent passwd reupload-monitor regular-checks; true"
    ).out


def test_a_dry_run_and_broken_off_questions_leave_nothing(machine: Booted) -> None:
    before = left(machine)
    dry = machine("reupload-monitor", "service", "install", "--dry-run")
    assert dry.code == 0 and "useradd" in dry.out and "systemctl enable --now" in dry.out
    assert left(machine) == before
    for broken, code in (("\x04", 3), ("\x03", 130)):
        done = machine.typed("reupload-monitor", "service", "install", answers=[*QUESTIONS[:4], ("Your name", broken)])
        assert done.code == code, done.out
        assert left(machine) == before, done.out


def test_from_nothing_to_a_mail_and_away(machine: Booted) -> None:
    before = left(machine)
    done = machine.typed("reupload-monitor", "service", "install", answers=QUESTIONS)
    assert done.code == 0, done.out
    assert [line for line in done.out.split("\n") if len(line) > 80 and "/" not in line] == []
    assert machine("systemctl", "is-active", "reupload-monitor").out == "active\n"
    assert machine("systemctl", "is-enabled", "reupload-monitor").out == "enabled\n"
    machine.shell(f"echo '{CHANNEL}' > /root/channel; chmod 600 /root/channel")
    for words in (
        "alerts add --url-file /root/channel --yes",
        "enroll /home/jane/photos",
        f"watch add http://{ADDRESS}/thread --every 30m --yes",
    ):
        done = machine("reupload-monitor", *words.split())
        assert done.code == 0, f"{words}\n{done.out}"
    wait_for(
        lambda: "new entr" in machine.shell("cat /srv/mails/*").out,
        lambda: (
            machine.shell(
                "reupload-monitor status; reupload-monitor alerts list; journalctl -u reupload-monitor -o cat | tail"
            ).out
        ),
    )
    listed = finds(machine)
    assert len(listed) == 2
    owners = machine.shell("find /etc/reupload-monitor /var/lib/reupload-monitor ! -user reupload-monitor").out
    assert owners == "", "root left files behind that the service cannot read"

    # Killed, it is there again; what only the machine's service may read, jane may not.
    machine("systemctl", "kill", "--signal=KILL", "reupload-monitor")
    wait_for(
        lambda: machine("systemctl", "is-active", "reupload-monitor").out == "active\n",
        lambda: machine.shell("systemctl status reupload-monitor").out,
    )
    jane = "setpriv --reuid=jane --regid=jane --init-groups env HOME=/home/jane"
    refused = machine.shell(f"{jane} reupload-monitor status")
    assert refused.code == 2 and "sudo" in refused.out
    assert machine.shell(f"{jane} cat /etc/credstore.encrypted/*").code != 0

    # The key is lost: told with the way back, which leads back.
    machine.shell("rm /etc/credstore.encrypted/reupload-monitor.database.key")
    lost = machine("reupload-monitor", "sightings", "list")
    assert lost.code == 3 and "recover-key --identity FILE" in lost.out
    found = machine(
        *"reupload-monitor recover-key --identity /etc/reupload-monitor/identity.age".split(),
        *("--passphrase-file", "/root/words"),
    )
    assert found.code == 0, found.out
    assert machine("systemctl", "restart", "reupload-monitor").code == 0
    assert finds(machine) == listed

    removed = machine("reupload-monitor", "service", "remove", "--yes")
    assert removed.code == 0, removed.out
    kept = left(machine)
    assert "/var/lib/reupload-monitor" in kept and "reupload-monitor.service" not in kept
    again = machine("reupload-monitor", "service", "install", "--yes")
    assert again.code == 0, again.out
    assert finds(machine) == listed
    gone = machine("reupload-monitor", "service", "remove", "--data", "--confirm", "erase everything")
    assert gone.code == 0, gone.out
    assert left(machine) == before


def test_under_another_name_nothing_of_the_program_s_name_is_to_be_seen(machine: Booted) -> None:
    before = left(machine)
    machine.shell("ln -s /opt/program/bin/reupload-monitor /usr/local/bin/regular-checks")
    install = f"regular-checks service install --name regular-checks --yes -- {INIT}"
    done = machine(*install.split())
    assert done.code == 0, done.out
    unit = machine.shell(
        "cat /etc/systemd/system/regular-checks.service; ls -R /etc/regular-checks /var/lib/regular-checks"
    ).out
    assert "reupload" not in unit
    shown = machine.shell("systemctl show regular-checks; ps -eo user,args | grep '[r]egular-checks'").out
    assert "reupload" not in shown, shown
    status = machine("regular-checks", "--config", "/etc/regular-checks/config.toml", "status")
    assert status.code == 0 and "runs, pid" in status.out
    gone = machine(*"regular-checks service remove --name regular-checks --data --confirm".split(), "erase everything")
    assert gone.code == 0, gone.out
    assert left(machine) == before


def test_what_does_not_start_is_told_and_what_was_answered_stays(machine: Booted) -> None:
    before = left(machine)
    machine.shell(
        "mkdir -p /etc/systemd/system/reupload-monitor.service.d; "
        "printf '[Service]\\nExecStart=\\nExecStart=/bin/false\\n' "
        "> /etc/systemd/system/reupload-monitor.service.d/broken.conf"
    )
    install = f"reupload-monitor service install --yes -- {INIT}".split()
    failed = machine(*install)
    assert failed.code == 1 and "does not start" in failed.out and "Taken back: Write the unit" in failed.out
    assert "/etc/reupload-monitor" in left(machine)
    machine.shell("rm -r /etc/systemd/system/reupload-monitor.service.d; systemctl daemon-reload")
    assert machine("reupload-monitor", "service", "install", "--yes").code == 0
    machine("reupload-monitor", "service", "remove", "--data", "--confirm", "erase everything")
    assert left(machine) == before


def test_one_s_own_service(machine: Booted) -> None:
    """Without root, and on after logging out."""
    machine.shell("systemctl start user@$(id -u jane).service")
    jane = (
        "setpriv --reuid=jane --regid=jane --init-groups env HOME=/home/jane USER=jane "
        "XDG_RUNTIME_DIR=/run/user/$(id -u jane) sh -c"
    )

    def as_jane(line: str) -> tuple[int, str]:
        done = machine.shell(f"cd /home/jane && {jane} '{line}'")
        return done.code, done.out

    machine.shell("cp /root/words /home/jane/words; chown jane: /home/jane/words; chmod 600 /home/jane/words")
    before = machine.shell("find /home/jane | sort").out
    init = INIT.replace("/root/words", "/home/jane/words")
    code, out = as_jane(f"reupload-monitor service install --yes -- {init}")
    assert code == 0, out
    code, out = as_jane("systemctl --user is-active reupload-monitor; reupload-monitor status")
    assert code == 0 and re.search(r"(?m)^active$", out) and "runs, pid" in out, out
    if "was not allowed" not in out:
        assert machine.shell("ls /var/lib/systemd/linger").out.split() in ([], ["jane"])
    assert as_jane("reupload-monitor enroll photos")[0] == 0
    code, out = as_jane("reupload-monitor service remove --yes")
    assert code == 0, out
    code, out = as_jane('reupload-monitor service remove --data --confirm "erase everything"')
    assert code == 0, out
    folders = ("systemd", ".config", ".local", ".cache")
    after = [
        path
        for path in machine.shell("find /home/jane | sort").out.split("\n")
        if path not in before.split("\n") and not path.endswith((*folders, "share", "user", "default.target.wants"))
    ]
    assert after == [], after


def by_hand(heading: str) -> list[str]:
    """The lines for a shell below a heading of systemd/README.md."""
    text = (Path(__file__).parents[2] / "systemd" / "README.md").read_text()
    part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", "").splitlines()]


def test_by_hand_for_the_machine(machine: Booted) -> None:
    before = left(machine)
    for line in by_hand("A service of the machine"):
        words = ("sh", "-c", f"cd /srv/tree && {line}")
        if " init" in line:
            done = machine.typed(*words, answers=QUESTIONS[1:])
        else:
            done = machine(*words)
        assert done.code == 0, f"{line}\n{done.out}"
    status = machine("reupload-monitor", "status")
    assert status.code == 0 and "runs, pid" in status.out, status.out
    assert machine("reupload-monitor", "enroll", "/home/jane/photos/owl.jpg").code == 0
    gone = machine("reupload-monitor", "service", "remove", "--data", "--confirm", "erase everything")
    assert gone.code == 0, gone.out
    assert left(machine) == before


def test_by_hand_for_one_s_own_account(machine: Booted) -> None:
    machine.shell(
        "useradd --create-home --shell /bin/sh ann; systemctl start user@$(id -u ann).service; "
        "mkdir -p /home/ann/.local/bin; ln -s /opt/program/bin/reupload-monitor /home/ann/.local/bin/; "
        "chown -R ann: /home/ann"
    )
    number = machine.shell("id -u ann").out.strip()
    ann = f"setpriv --reuid=ann --regid=ann --init-groups env HOME=/home/ann XDG_RUNTIME_DIR=/run/user/{number}".split()
    for line in by_hand("A service of your own account"):
        words = (*ann, "sh", "-c", f"cd /srv/tree && {line}")
        if " init" in line:
            done = machine.typed(*words, answers=[*QUESTIONS[1:7], ("The folder", ""), *QUESTIONS[7:]])
        else:
            done = machine(*words)
        assert done.code == 0, f"{line}\n{done.out}"
    status = machine(*ann, "reupload-monitor", "status")
    assert status.code == 0 and "runs, pid" in status.out, status.out
