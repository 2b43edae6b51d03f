"""The units of the parts, on a machine that systemd boots: they start, reload, are started anew when they were killed,
stop, and what each of them has not it has not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.real.real_systemd import Booted, booted
from tests.real.test_real_service import ADDRESS, CHANNEL, INIT, WORDS, finds, wait_for

pytestmark = pytest.mark.real

NAME = "reupload-monitor"
UNITS = "/etc/systemd/system"
AN_EARLIER_ONE = f"""[Unit]
Description=Regular checks
[Service]
Type=notify
ExecStart=/usr/local/bin/{NAME} --config /etc/{NAME}/config.toml run
User={NAME}
Restart=on-failure
StateDirectory={NAME}
RuntimeDirectory={NAME}
LoadCredentialEncrypted=database.key:/etc/credstore.encrypted/{NAME}.database.key
[Install]
WantedBy=multi-user.target
[X-Made]
Linger=no
"""
JANE = "setpriv --reuid=jane --regid=jane --init-groups"
PROBE = """
import sys
from asyncio import run
from pathlib import Path
from monitor.errors import PartLost
from monitor.parts.in_run import PartsInRun
from monitor.parts.starting import ProgramPart
try:
    pipe = run(PartsInRun(Path("/run/reupload-monitor-parts")).connect(ProgramPart.FETCHER))
except (OSError, PartLost) as error:
    sys.exit(str(error))
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    with booted(tmp_path_factory.mktemp("machine")) as found:
        found.shell(f"ip addr add {ADDRESS}/32 dev lo; mkdir /srv/mails; printf '%s\\n' '{WORDS}' > /root/words")
        world = f"/opt/program/bin/python -m tests.real.real_world {ADDRESS} /srv/mails"
        found.shell(f"systemd-run --unit=world --working-directory=/srv/tree {world}")
        found.shell("useradd --create-home jane; cp -r /srv/tree/monitor/demo/photos/enrolled /srv/pictures")
        done = found(*f"{NAME} service install --yes -- {INIT}".split())
        assert done.code == 0, done.out
        found.shell(f"echo '{CHANNEL}' > /root/channel; chmod 600 /root/channel")
        for words in ("alerts add --url-file /root/channel --yes", "enroll /srv/pictures/owl.jpg"):
            done = found(NAME, *words.split())
            assert done.code == 0, done.out
        yield found


def core(machine: Booted) -> str:
    """Its pid within; "0" where it does not run."""
    return machine("systemctl", "show", NAME, "--property=MainPID", "--value").out.strip()


def parts(machine: Booted, kind: str) -> dict[str, str]:
    """The instances that run, with the pid of each."""
    listed = machine("systemctl", "list-units", f"{NAME}-{kind}@*", "--state=running", "--plain", "--no-legend").out
    names = re.findall(r"(?m)^(\S+@\S+\.service)", listed)
    return {name: machine("systemctl", "show", name, "--property=MainPID", "--value").out.strip() for name in names}


def said(machine: Booted) -> str:
    return machine.shell(f"systemctl status '{NAME}*' --no-pager; journalctl -o cat -u '{NAME}*' | tail -n 40").out


def looked_at(machine: Booted, path: str) -> None:
    """A new place is looked at within the minute, by the core, through its fetcher."""
    done = machine(*f"{NAME} watch add http://{ADDRESS}{path} --every 30m --yes".split())
    assert done.code == 0, done.out
    wait_for(
        lambda: f"{ADDRESS}{path}" in machine.shell(f"{NAME} sightings list --json 2>/dev/null").out,
        lambda: said(machine) + machine.shell(f"{NAME} status").out,
    )


def test_each_part_is_started_by_need_and_has_only_what_it_needs(machine: Booted) -> None:
    looked_at(machine, "/thread")
    pid, (fetcher, *_) = core(machine), parts(machine, "fetcher").values()
    network = {one: machine.shell(f"readlink /proc/{one}/ns/net").out for one in ("1", pid, fetcher)}
    assert network[pid] != network["1"] == network[fetcher]
    addresses = machine.shell(f"nsenter --net --target {pid} ip -brief addr").out
    assert ADDRESS not in addresses
    account = machine.shell(f"ps -o uid= -p {pid}; ps -o uid= -p {fetcher}; id -u {NAME}").out.split()
    assert account[0] == account[2] != account[1]
    for folder in (f"/var/lib/{NAME}", f"/etc/{NAME}", "/etc/credstore.encrypted"):
        assert machine.shell(f"ls -A /proc/{fetcher}/root{folder}").out == "", folder
        # As the fetcher sees it, with its account: not even the folder opens.
        within = f"nsenter --mount --target {fetcher} setpriv --reuid={account[1]} --clear-groups ls {folder}"
        assert machine.shell(within).code != 0, folder
    for one in (pid, fetcher):
        status = machine.shell(f"cat /proc/{one}/status").out
        assert re.search(r"(?m)^CapBnd:\s+0+$", status) and re.search(r"(?m)^NoNewPrivs:\s+1$", status)
        assert re.search(r"(?m)^Seccomp:\s+2$", status)
    for unit in (NAME, *parts(machine, "fetcher")):
        limits = machine("systemctl", "show", unit, "--property=MemorySwapMax", "--property=MemoryMax").out
        assert "MemorySwapMax=0\n" in limits and "infinity" not in limits, limits
    assert parts(machine, "review") == {}


def test_a_page_that_needs_scripts_is_opened_in_a_network_with_nothing_in_it(machine: Booted) -> None:
    if machine("sh", "-c", "command -v chromium || command -v google-chrome").code:
        pytest.skip("no browser is installed here")
    looked_at(machine, "/scripted")
    fetcher, *_ = parts(machine, "fetcher").values()
    browsers = parts(machine, "browser")
    assert browsers, said(machine)
    here = machine.shell("readlink /proc/1/ns/net").out
    for name, pid in browsers.items():
        group = machine.shell(f"cat /proc/{pid}/cgroup | tail -n 1").out.strip().rpartition(":")[2]
        every = machine.shell(f"cat '/sys/fs/cgroup{group}/cgroup.procs'").out.split()
        assert pid in every
        for one in every:
            assert machine.shell(f"readlink /proc/{one}/ns/net").out != here, name
    accounts = {
        machine.shell(f"ps -o uid= -p {pid}").out.strip() for pid in (core(machine), fetcher, *browsers.values())
    }
    assert len(accounts) == 3  # core, fetcher, browsers
    assert ADDRESS not in machine.shell(f"nsenter --net --target {next(iter(browsers.values()))} ip -brief addr").out


def test_a_reload_and_a_killed_part_are_no_end(machine: Booted) -> None:
    pid, before = core(machine), parts(machine, "fetcher")
    assert machine("systemctl", "reload", NAME).code == 0
    assert core(machine) == pid != "0"
    for name in before:
        machine("systemctl", "kill", "--signal=KILL", name)
    looked_at(machine, "/thread-2")
    after = parts(machine, "fetcher")
    assert after and not set(after.values()) & set(before.values()) and core(machine) == pid
    assert machine.shell(f"systemctl list-units --failed --plain --no-legend '{NAME}*'").out == ""


def test_a_killed_core_is_there_again_and_its_parts_with_it(machine: Booted) -> None:
    found, pid, before = finds(machine), core(machine), parts(machine, "fetcher")
    machine("systemctl", "kill", "--kill-whom=main", "--signal=KILL", NAME)
    wait_for(lambda: core(machine) not in ("0", pid), lambda: said(machine))
    wait_for(lambda: not set(parts(machine, "fetcher")) & set(before), lambda: said(machine))
    assert finds(machine) == found
    looked_at(machine, "/thread-3")


def test_the_page_is_a_part_with_the_store_and_without_a_network(machine: Booted) -> None:
    machine.shell(
        "systemd-run --unit=page --property=StandardOutput=file:/root/link --property=StandardError=journal "
        f"{NAME} review; "
        "for _ in $(seq 300); do [ -s /root/link ] && break; sleep 0.2; done"
    )
    link = machine.shell("cat /root/link").out.strip()
    assert re.fullmatch(r"http://127\.\S+/enter/\S+", link), said(machine)
    (pid,) = parts(machine, "review").values()
    assert machine.shell(f"readlink /proc/{pid}/ns/net").out != machine.shell("readlink /proc/1/ns/net").out
    held = set(re.findall(r"socket:\[(\d+)\]", machine.shell(f"ls -l /proc/{pid}/fd").out))
    named = {
        line.split()[9] for line in machine.shell("cat /proc/net/tcp /proc/net/tcp6").out.splitlines() if ":" in line
    }
    assert held and not held & named
    origin, _, word = link.rpartition("/enter/")
    asked = (
        f"curl -s -c /root/jar -b /root/jar -H 'Origin: {origin}' -H 'Sec-Fetch-Site: same-origin' "
        f"-d link={word} {origin}/enter -o /dev/null -w '%{{http_code}}'; curl -s -b /root/jar {origin}/"
    )
    page = machine.shell(asked).out
    assert page.startswith("303") and ADDRESS in page, page[:500]
    jane = machine.shell(f"{JANE} curl -s -w '%{{http_code}}' {origin}/")
    assert jane.out.endswith("403"), jane.out
    machine("systemctl", "stop", "page")
    wait_for(lambda: parts(machine, "review") == {}, lambda: said(machine))


def test_a_socket_that_is_not_ours_is_refused_with_its_owner_s_name(machine: Booted) -> None:
    as_core = f"setpriv --reuid={NAME} --regid={NAME} --init-groups /opt/program/bin/python -c".split()
    assert machine(*as_core, PROBE).code == 0
    machine.shell(f"chown jane /run/{NAME}-parts/fetcher")
    refused = machine(*as_core, PROBE)
    assert refused.code == 1 and "belongs to the account jane" in refused.out
    assert machine.shell(f"{JANE} touch /run/{NAME}-parts/mine").code != 0
    machine("systemctl", "restart", NAME)
    assert machine(*as_core, PROBE).code == 0  # made anew
    as_jane = machine(*f"{JANE} /opt/program/bin/python -c".split(), PROBE)
    assert as_jane.code == 1  # hers it is not either


def test_a_unit_without_its_credential_says_which_and_what_makes_it(machine: Booted) -> None:
    key = f"/etc/credstore.encrypted/{NAME}.database.key"
    machine.shell(f"mv {key} /root/kept; systemctl restart {NAME}")
    journal = machine.shell(f"journalctl -o cat -u {NAME} | tail -n 8").out
    assert "error=CredentialMissing missing=database.key" in journal, journal
    doctor = machine(NAME, "doctor").out
    assert key in doctor and f"sudo {NAME} recover-key --identity FILE" in doctor
    line = f"{NAME} recover-key --identity /etc/{NAME}/identity.age --passphrase-file /root/words"
    assert machine.shell(f"{line} && systemctl restart {NAME}").code == 0
    assert finds(machine)


def test_an_earlier_single_unit_becomes_units_in_place_or_goes_on(machine: Booted) -> None:
    def as_before() -> None:
        machine.shell(f"systemctl disable --now {NAME} {NAME}-review.socket; rm {UNITS}/{NAME}*")
        machine("sh", "-c", f"cat > {UNITS}/{NAME}.service", given=AN_EARLIER_ONE)
        started = machine.shell(f"systemctl daemon-reload && systemctl enable --now {NAME}")
        assert started.code == 0, started.out + said(machine)

    found = finds(machine)
    as_before()
    machine.shell(
        f"mkdir {UNITS}/{NAME}-review.socket.d; "
        f"printf '[Socket]\\nListenStream=/proc/nowhere\\n' > {UNITS}/{NAME}-review.socket.d/broken.conf"
    )
    failed = machine(NAME, "service", "install", "--yes")
    assert failed.code == 1 and "Taken back: Write the unit anew" in failed.out, failed.out
    assert machine.shell(f"ls {UNITS} | grep ^{NAME}").out.split() == [f"{NAME}-review.socket.d", f"{NAME}.service"]
    assert "PARTS_DIRECTORY" not in machine.shell(f"systemctl cat {NAME}").out
    assert machine("systemctl", "is-active", NAME).out == "active\n"
    assert machine("systemctl", "is-enabled", NAME).out == "enabled\n"
    machine.shell(f"rm -r {UNITS}/{NAME}-review.socket.d; systemctl daemon-reload")

    done = machine(NAME, "service", "install", "--yes")
    assert done.code == 0 and "no network from then on" in done.out, done.out
    assert "PARTS_DIRECTORY" in machine.shell(f"systemctl cat {NAME}").out
    assert machine("systemctl", "is-active", NAME).out == "active\n" and finds(machine) == found
    looked_at(machine, "/thread-4")


def test_stopped_nothing_of_it_is_left_running(machine: Booted) -> None:
    assert parts(machine, "fetcher")
    assert machine("systemctl", "stop", NAME).code == 0
    wait_for(lambda: parts(machine, "fetcher") == {}, lambda: said(machine))
    last = machine.shell(f"journalctl -o cat -u {NAME} | tail -n 3").out
    assert "Deactivated successfully" in last, last
    assert machine.shell(f"ls /run/{NAME}-parts").out.split() == ["review"]
    assert machine(*f"{NAME} service remove --yes".split()).code == 0
    assert machine.shell(f"systemctl list-units --plain --no-legend '{NAME}*'").out == ""
    assert machine.shell(f"ls /run/{NAME}-parts").out == ""


def test_the_figures_hold_of_what_runs_here(machine: Booted) -> None:
    """By systemd's own word on units that it has read, with whatever this machine adds to them."""
    assert machine(NAME, "service", "install", "--yes").code == 0
    for unit, at_most in (("", 0.3), ("-review@x", 0.3), ("-fetcher@x", 1.2), ("-browser@x", 1.5)):
        told = machine("systemd-analyze", "security", "--no-pager", f"{NAME}{unit}.service").out
        found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
        assert found is not None and float(found[1]) <= at_most, told


def test_without_namespaces_one_s_own_service_is_told_and_runs(machine: Booted) -> None:
    number = machine.shell("id -u jane").out.strip()
    machine.shell(
        f"systemctl start user@{number}.service; cp /root/words /home/jane/words; chown jane: /home/jane/words"
    )
    jane = f"{JANE} env HOME=/home/jane XDG_RUNTIME_DIR=/run/user/{number}".split()
    most = machine.shell("cat /proc/sys/user/max_user_namespaces").out.strip()
    mount = "mount -o remount,bind,rw /proc/sys"
    if machine.shell(f"{mount} && echo 0 > /proc/sys/user/max_user_namespaces").code:
        pytest.skip("this machine does not let its user namespaces be switched off")
    try:
        init = INIT.replace("/root/words", "/home/jane/words")
        done = machine(*jane, *f"{NAME} service install --user --yes -- {init}".split())
        assert done.code == 0 and "may make no namespaces" in done.out, done.out
        assert "PrivateUsers" not in machine.shell(f"cat /home/jane/.config/systemd/user/{NAME}*").out
        assert machine(*jane, "systemctl", "--user", "is-active", NAME).out == "active\n"
    finally:
        machine.shell(f"echo {most} > /proc/sys/user/max_user_namespaces")
    again = machine(*jane, *f"{NAME} service install --user --yes".split())
    assert again.code == 0 and "may make no namespaces" not in again.out, again.out
    assert "PrivateUsers=yes" in machine.shell(f"cat /home/jane/.config/systemd/user/{NAME}.service").out
    assert machine(*jane, "systemctl", "--user", "is-active", NAME).out == "active\n"
