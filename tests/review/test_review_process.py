"""`reupload-monitor review` as a process: what it prints, whom it answers, what it can reach, how it ends."""

from __future__ import annotations

import http.client
import os
import re
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from monitor.cli import review_browser
from monitor.errors import UsageError
from monitor.loopback import USUAL_LOOPBACK, draw_address, is_loopback
from monitor.model.case import Attestation, Authority
from monitor.review.certificate import made_certificate, own_certificate
from monitor.review.no_way_out import ConnectionRefusedHere
from monitor.review.server import listening, listening_near
from monitor.setup import SetUpRequest, set_up
from monitor.store.opening import FILE
from tests.patience import WITHIN_S
from tests.review.running import RunningPage, running

AT = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `init` makes, with the key in the configuration's own environment."""
    home = tmp_path_factory.mktemp("home")
    path = home / "config.toml"
    set_up(
        SetUpRequest(
            config=path,
            attestation=Attestation(Authority.SELF, AT),
            name="Jane Doe",
            email="jane@mail.example",
            data_dir=home / "data",
            store_key_file=home / "store.key",
        ),
        environ={"HOME": str(home)},
    )
    return path


@pytest.fixture(scope="module")
def page(config: Path) -> Iterator[RunningPage]:
    with running(config) as found:
        yield found


class Told(NamedTuple):
    status: int
    headers: Message
    text: str


def cookie_of(entered: Told) -> dict[str, str]:
    cookies = entered.headers.get_all("Set-Cookie") or []
    return {"Cookie": "; ".join(each.partition(";")[0] for each in cookies)}


def asked(page: RunningPage, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> Told:
    asking = http.client.HTTPConnection(urlsplit(page.link).netloc, timeout=WITHIN_S)
    ours = {
        "Origin": page.origin,
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    asking.request(method, path, body or None, {**ours, **(headers or {})})
    answer = asking.getresponse()
    told = Told(answer.status, answer.headers, answer.read().decode())
    asking.close()
    return told


# --- the command -----------------------------------------------------------------------------------------------------


def test_it_prints_one_link_on_the_address_that_set_up_has_drawn(config: Path, page: RunningPage) -> None:
    address = urlsplit(page.link).hostname or ""
    assert is_loopback(address) and f'address = "{address}"' in config.read_text()
    if draw_address() != USUAL_LOOPBACK:
        assert address != USUAL_LOOPBACK
    assert re.search(r"/enter/[\w-]{43}$", page.link)


def test_a_person_is_let_in_and_another_is_not(page: RunningPage) -> None:
    link = page.link.rpartition("/")[2]
    entered = asked(page, "POST", "/enter", f"link={link}")
    assert entered.status == 303
    cookie = cookie_of(entered)
    assert asked(page, "GET", "/help", headers=cookie).status == 200
    assert asked(page, "GET", "/help").status == 403
    assert asked(page, "POST", "/enter", f"link={link}").status == 403
    assert asked(page, "POST", "/leave", headers=cookie).status == 303
    assert asked(page, "GET", "/help", headers=cookie).status == 403


def test_another_user_of_this_machine_is_refused_whatever_he_brings(config: Path) -> None:
    """A cookie goes to every port of its address, and he may listen on one."""
    if os.geteuid() != 0:
        pytest.skip("only root can be another user for a moment")
    with running(config) as page:
        cookie = cookie_of(asked(page, "POST", "/enter", f"link={page.link.rpartition('/')[2]}"))
        assert asked(page, "GET", "/help", headers=cookie).status == 200  # all is loaded that he may not read
        out, into = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setgid(65534)
                os.setuid(65534)
                told = asked(page, "GET", "/help", headers=cookie)
                os.write(into, f"{told.status} {told.text}".encode())
            finally:
                os._exit(0)
        os.close(into)
        os.waitpid(child, 0)
        with os.fdopen(out) as pipe:
            assert pipe.read() == "403 Refused.\n"


def test_nobody_else_reads_its_memory_or_its_link(page: RunningPage) -> None:
    pid = page.process.pid
    assert page.link.rpartition("/")[2] not in Path(f"/proc/{pid}/cmdline").read_text()
    assert Path(f"/proc/{pid}/environ").stat().st_uid == 0, "not dumpable: its files in /proc are root's"


@pytest.mark.long
def test_a_second_one_takes_another_port(config: Path, page: RunningPage) -> None:
    with running(config) as second:
        assert urlsplit(second.link).hostname == urlsplit(page.link).hostname
        assert urlsplit(second.link).port != urlsplit(page.link).port
        second.process.terminate()
        assert second.process.wait(WITHIN_S) == 0
    assert any("another" in line for line in second.said)


def test_with_nothing_set_up_it_leads_through_it_and_leaves_nothing(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_DATA_HOME": str(tmp_path / "d")}
    with running(tmp_path / "c" / "config.toml", environ=environ) as page:
        link = page.link.rpartition("/")[2]
        entered = asked(page, "POST", "/enter", f"link={link}")
        cookie = cookie_of(entered)
        first = asked(page, "GET", "/", headers=cookie)
        assert (first.status, first.headers["Location"]) == (303, "/begin")
        assert asked(page, "GET", "/begin", headers=cookie).status == 200
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_a_store_that_is_damaged_is_told_on_the_page(config: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / FILE).write_bytes(b"no store" * 1000)
    broken = tmp_path / "config.toml"
    broken.write_text(f'data_dir = "data"\n[database]\nkey_file = "{config.parent / "store.key"}"\n')
    broken.chmod(0o600)
    with running(broken) as page:
        entered = asked(page, "POST", "/enter", f"link={page.link.rpartition('/')[2]}")
        cookie = cookie_of(entered)
        told = asked(page, "GET", "/", headers=cookie)
        assert told.status == 503 and "What still works" in told.text and "Traceback" not in told.text
        assert asked(page, "POST", "/leave", headers=cookie).status == 303


@pytest.mark.long
def test_a_key_that_is_missing_is_told_on_the_page(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('data_dir = "data"\n[database]\nkey_file = "not-there"\n')
    config.chmod(0o600)
    with running(config) as page:
        cookie = cookie_of(asked(page, "POST", "/enter", f"link={page.link.rpartition('/')[2]}"))
        told = asked(page, "GET", "/", headers=cookie)
        assert told.status == 503 and "not-there" in told.text and "What still works" in told.text
        assert asked(page, "GET", "/help", headers=cookie).status == 200
        assert asked(page, "POST", "/leave", headers=cookie).status == 303


# --- no way out ------------------------------------------------------------------------------------------------------

TRIED = {
    "a connection": "socket.create_connection(('127.0.0.1', 9))",
    "one without a name": "socket.socket().connect(('127.0.0.1', 9))",
    "IPv6": "socket.socket(socket.AF_INET6).connect(('::1', 9))",
    "a packet": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "a name": "socket.getaddrinfo('localhost', 80)",
    "a name by another way": "socket.gethostbyname('localhost')",
    "HTTP": "__import__('urllib.request').request.urlopen('http://127.0.0.1:9/')",
    "the loop": "asyncio.run(asyncio.open_connection('127.0.0.1', 9))",
}


def test_the_process_connects_to_nothing() -> None:
    """In a process of its own: what is shut stays shut."""
    lines = [
        "import asyncio, socket",
        "from monitor.review.no_way_out import ConnectionRefusedHere, shut_the_way_out",
        "shut_the_way_out()",
        "def tried(what):",
        "    try: eval(what)",
        "    except BaseException as error:",
        "        while error is not None:",
        "            if isinstance(error, ConnectionRefusedHere): return 'refused'",
        "            error = error.__cause__ or error.__context__ or getattr(error, 'reason', None)",
        "    return 'went'",
        f"for what in {list(TRIED.values())!r}: print(tried(what))",
        "one, other = socket.socketpair(); one.send(b'x'); print(other.recv(1))",
        "listening = socket.socket(); listening.bind(('127.0.0.1', 0)); listening.listen(); print('listens')",
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [*(len(TRIED) * ["refused"]), "b'x'", "listens"], done.stderr
    assert issubclass(ConnectionRefusedHere, OSError)


# --- --open ----------------------------------------------------------------------------------------------------------


def test_the_browser_gets_a_file_that_is_for_this_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(review_browser.webbrowser, "open", lambda address: bool(opened.append(address)) or True)
    environ = {"DISPLAY": ":0", "XDG_RUNTIME_DIR": str(tmp_path)}
    with review_browser.browser_started("http://127.7.7.7:8765", "a-link", "<Monitor>", environ=environ):
        (file,) = tmp_path.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        text = file.read_text()
        assert 'action="http://127.7.7.7:8765/enter"' in text and 'value="a-link"' in text and "&lt;Monitor" in text
        until = time.monotonic() + WITHIN_S
        while not opened and time.monotonic() < until:
            time.sleep(0.01)
        assert opened == [file.as_uri()], "the address of a file: nothing in it opens the page"
    assert list(tmp_path.iterdir()) == []


def test_without_a_desktop_no_browser_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    with review_browser.browser_started("http://127.7.7.7:8765", "a-link", "Monitor", environ={}):
        pass
    assert "open the link" in capsys.readouterr().err


# --- addresses -------------------------------------------------------------------------------------------------------


def test_an_address_is_drawn_and_where_there_is_none_the_usual_is_taken() -> None:
    drawn = {draw_address(lambda _: True) for _ in range(20)}
    assert len(drawn) > 15 and all(is_loopback(one) and not one.startswith("127.0.") for one in drawn)
    assert draw_address(lambda _: False) == USUAL_LOOPBACK


def test_a_port_that_is_taken_is_not_shared() -> None:
    with listening("127.0.0.1", 0) as first, listening_near("127.0.0.1", first.getsockname()[1]) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_elsewhere_there_is_tls_with_a_fingerprint_to_compare(tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    context, fingerprint = made_certificate("127.0.0.1", datetime.now(UTC))
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", fingerprint) and set(tmp_path.iterdir()) == before
    ours, theirs = socket.socketpair()
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with ours, theirs:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        server, client = ssl.MemoryBIO(), ssl.MemoryBIO()
        one = context.wrap_bio(server, client, server_side=True)
        other = trusting.wrap_bio(incoming, outgoing)
        for _ in range(4):
            for side in (other, one):
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    pass
                server.write(outgoing.read())
                incoming.write(client.read())
        assert other.version() in ("TLSv1.2", "TLSv1.3")


def test_a_certificate_that_is_none_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "page.pem").write_text("no certificate")
    for name in ("page.pem", "missing.pem"):
        with pytest.raises(UsageError, match="cannot be used") as caught:
            own_certificate(tmp_path / name)
        assert "leave it out" in caught.value.remedy
