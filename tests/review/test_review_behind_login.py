"""`review` on a Unix socket, as a process of its own: who may connect, and who is believed."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from monitor import config
from monitor.app import open_app
from monitor.cli.main import run
from monitor.model.ids import CaseId
from monitor.model.staff import INSTALLATION, Role, StaffMember, StaffName
from monitor.review.peers import account_at
from tests.patience import WITHIN_S
from tests.review.asking import NOW

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="whose account it is, the kernel says on Linux")
ANNA = StaffName("anna@help.example")
HERE = pwd.getpwuid(os.geteuid())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("keyring.get_password", lambda *_: None)
    words = "init --yes --adult --authorised self --name Jane --email jane@mail.example --jurisdiction US --no-vault"
    at, key = ["--config", str(tmp_path / "config.toml")], str(tmp_path / "store.key")
    data = str(tmp_path / "data")
    assert run([*at, *words.split(), "--store-key-file", key, "--data-dir", data]) == 0
    with open_app(config.load(tmp_path / "config.toml", environ={})) as app:
        for case, role in ((INSTALLATION, Role.ADMINISTERS), (CaseId("default"), Role.WORKS)):
            app.store.staff.save(StaffMember(case, ANNA, role, NOW, ANNA))
    return tmp_path


def with_review(home: Path, **keys: str) -> Path:
    path = home / "config.toml"
    lines = "".join(f'{name} = "{value}"\n' for name, value in keys.items())
    before = path.read_text().replace("[review]\n", f"[review]\n{lines}")
    path.write_text(before if lines in before else f"{before}\n[review]\n{lines}")
    return path


@contextmanager
def serving(config_file: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """And the first line that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "review", "--config", str(config_file)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=WITHIN_S)


def asked(at: str, path: str = "/", **headers: str) -> httpx.Response:
    with httpx.Client(transport=httpx.HTTPTransport(uds=at), timeout=WITHIN_S) as client:
        return client.get(f"http://monitor.help.example{path}", headers=headers)


def test_the_proxy_alone_is_answered_and_believed(home: Path) -> None:
    at = str(home / "page.sock")
    file = with_review(home, socket=at, proxy_account=HERE.pw_name, proxy_host="monitor.help.example")
    Path(at).unlink(missing_ok=True)
    with serving(file) as (process, told):
        assert told == "https://monitor.help.example/"
        assert stat.S_IMODE(Path(at).stat().st_mode) & 0o007 == 0
        assert "To decide" in asked(at, **{"X-Forwarded-Email": ANNA}).text
        assert asked(at, **{"X-Forwarded-Email": "eve@help.example"}).status_code == 409
        assert asked(at).text == "Refused.\n"
        assert asked(at, **{"X-Forwarded-Email": ANNA, "host": "other.example"}).text == "Refused.\n"
        assert process.poll() is None
    assert not Path(at).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="another account's socket is made by root alone")
def test_another_account_is_refused_before_a_byte_is_read(home: Path) -> None:
    other = next(one for one in pwd.getpwall() if one.pw_uid not in (0, os.geteuid()))
    at = str(home / "page.sock")
    file = with_review(home, socket=at, proxy_account=other.pw_name, proxy_host="monitor.help.example")
    with serving(file) as (_, told):
        assert told
        found = Path(at).stat()
        assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, other.pw_gid)
        assert asked(at, **{"X-Forwarded-Email": ANNA}).text == "Refused.\n"


WRONG = {
    "no account": {"proxy_host": "monitor.help.example"},
    "no host": {"proxy_account": HERE.pw_name},
    "an account that is not there": {"proxy_account": "nobody-of-that-name", "proxy_host": "monitor.help.example"},
    "a folder that is not there": {"socket": "/nowhere/page.sock", "proxy_account": HERE.pw_name, "proxy_host": "a.b"},
}


@pytest.mark.parametrize("keys", WRONG.values(), ids=WRONG)
def test_what_leaves_open_who_may_connect_is_not_served(
    home: Path, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("monitor.review.no_way_out.shut_the_way_out", lambda: None)
    file = with_review(home, **{"socket": str(home / "page.sock"), **keys})
    assert run(["review", "--config", str(file)]) == 2
    assert not (home / "page.sock").exists()
    assert capsys.readouterr().out == ""


def test_the_kernel_says_whose_account_is_at_the_other_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.socket() as tcp:
        assert account_at(ours) == os.geteuid()
        assert account_at(tcp) is None
