"""Trusted time from the configuration to the packet: what stands in it, stock OpenSSL takes."""

from __future__ import annotations

import re
import shlex
import subprocess
import zipfile
from pathlib import Path

import pytest

from monitor.errors import WorkFailed
from monitor.outbound.browser import paper
from monitor.vault.identity import identity_file, new_identity
from tests.cli.cli_program import Program
from tests.evidence.authority import Front, serving, the_authority

IDENTITY, RECIPIENT = new_identity()


class NoPaper:
    def __init__(self, _path: str) -> None: ...
    async def print(self, html: str) -> bytes:
        raise WorkFailed("no browser was found")


@pytest.fixture
def stamping(ready: Program) -> Program:
    """With a find and something that she added."""
    ready.monkeypatch.setattr(paper, "BrowserPaper", NoPaper)
    ready.monkeypatch.setenv("REUPLOAD_MONITOR_EVIDENCE__RECIPIENTS", f'["{RECIPIENT}"]')
    Path("root.pem").write_bytes(the_authority().root)
    ready.monkeypatch.setenv("REUPLOAD_MONITOR_EVIDENCE__TIMESTAMP_ROOTS", str(Path("root.pem").absolute()))
    Path("identity.txt").write_bytes(identity_file(IDENTITY))
    Path("threat.txt").write_text("pay")
    assert ready("sightings", "add", "https://forum.example/t/1").code == 0
    assert ready("evidence", "add", "threat.txt").code == 0
    return ready


def exported(program: Program) -> Path:
    find = program("sightings", "list", "--json").json["sightings"][0]["id"]
    done = program("evidence", "export", find, "--out", "case.zip", "--identity", "identity.txt")
    assert done.code == 0, done.err
    with zipfile.ZipFile("case.zip") as packet:
        packet.extractall("packet")
    return Path("packet")


@pytest.mark.long
def test_before_an_export_the_head_is_stamped_and_the_packet_s_own_command_checks_it(stamping: Program) -> None:
    front = Front(the_authority())
    with serving(front) as url:
        stamping.monkeypatch.setenv("REUPLOAD_MONITOR_EVIDENCE__TIMESTAMP_URL", url)
        packet = exported(stamping)
    assert len(front.asked) == 1
    told = (packet / "HOW-TO-CHECK.txt").read_text()
    (command,) = re.findall(r"openssl ts -verify [^\n]*\\\n[^\n]*", told)
    words = shlex.split(command.replace("\\\n", " "))
    said = subprocess.run(words, cwd=packet, capture_output=True, text=True)
    assert "Verification: OK" in said.stdout, said.stderr
    data = next((packet / "log").glob("*.json"))
    data.write_bytes(data.read_bytes().replace(b'"number":', b'"number":1'))
    said = subprocess.run(words, cwd=packet, capture_output=True, text=True)
    assert "Verification: FAILED" in said.stdout + said.stderr
    done = stamping("evidence", "verify", "--identity", "identity.txt", "--json")
    assert done.code == 0 and done.json["time_stamps"] == 1, done.err


@pytest.mark.long
def test_an_authority_that_gives_none_holds_no_packet_up_and_doctor_says_why(stamping: Program) -> None:
    front = Front(the_authority(), body=b"<p>Please sign in", headers={"Content-Type": "text/html"})
    with serving(front) as url:
        stamping.monkeypatch.setenv("REUPLOAD_MONITOR_EVIDENCE__TIMESTAMP_URL", url)
        packet = exported(stamping)
    assert not list((packet / "log").glob("*.tsr"))
    found = {check["name"]: check for check in stamping("doctor", "--json").json["checks"]}
    assert "it answered with a page of text" in found["time stamps"]["message"]


@pytest.mark.parametrize(
    "value",
    ["ftp://tsa.example/", "tsa.example", "https://me:hunter2@tsa.example/", "https:///tsr", "https://tsa.example:x/"],
)
def test_what_is_no_address_of_an_authority_is_refused(ready: Program, value: str) -> None:
    ready.monkeypatch.setenv("REUPLOAD_MONITOR_EVIDENCE__TIMESTAMP_URL", value)
    done = ready("sightings", "list")
    assert done.code == 2 and "hunter2" not in done.err
