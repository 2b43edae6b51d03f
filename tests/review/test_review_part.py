"""`reupload-monitor review` where the page is a part of its own: what the person sees is the same, and the part has no
socket that leads anywhere."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor.cli.review_relay import page_part
from monitor.model.case import Attestation, Authority
from monitor.setup import SetUpRequest, set_up
from tests.patience import WITHIN_S
from tests.review.running import RunningPage, running
from tests.review.test_review_process import asked, cookie_of

NAME = "regular-checks"


class Systemd:
    """What its socket does: a process for each connection, which has that for its standard input."""

    def __init__(self, path: Path, environ: dict[str, str], words: tuple[str, ...]) -> None:
        self.started: list[subprocess.Popen[bytes]] = []
        self._environ, self._words = environ, words
        self._at = socket.socket(socket.AF_UNIX)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.unlink(missing_ok=True)
        self._at.bind(str(path))
        path.chmod(0o600)
        self._at.listen()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._at.accept()
            except OSError:
                return
            with connection:
                started = subprocess.Popen(self._words, stdin=connection, env=self._environ, stderr=subprocess.PIPE)
                self.started.append(started)

    def close(self) -> None:
        self._at.shutdown(socket.SHUT_RDWR)
        self._at.close()
        self._thread.join(WITHIN_S)
        for part in self.started:
            part.wait(WITHIN_S)
            assert part.stderr is not None
            part.stderr.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a service of one's own account, whose key lies in a file."""
    home = tmp_path_factory.mktemp("home")
    set_up(
        SetUpRequest(
            config=home / ".config" / NAME / "config.toml",
            attestation=Attestation(Authority.SELF, datetime(2026, 11, 29, 12, 0, tzinfo=UTC)),
            name="Jane Doe",
            email="jane@mail.example",
            data_dir=home / "data",
            store_key_file=home / "store.key",
        ),
        environ={"HOME": str(home)},
    )
    return home


def environ_of(home: Path) -> dict[str, str]:
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "XDG_RUNTIME_DIR": str(home / "run")}
    return {**{name: value for name, value in os.environ.items() if not name.startswith("REUPLOAD_")}, **own}


@contextmanager
def systemd(home: Path, *words: str) -> Iterator[Systemd]:
    (home / "run").mkdir(mode=0o700, exist_ok=True)
    place = home / "run" / f"{NAME}-parts" / "review"
    found = Systemd(place, environ_of(home), words or (sys.executable, "-m", "monitor", "part", "review"))
    try:
        yield found
    finally:
        found.close()
        place.unlink()


@contextmanager
def shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningPage]:
    for name in [name for name in os.environ if name.startswith("REUPLOAD_")]:
        monkeypatch.delenv(name)
    with running(home / ".config" / NAME / "config.toml", environ=environ_of(home)) as page:
        yield page


def test_a_person_is_let_in_and_sees_her_store_by_a_part_without_a_network(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with systemd(home) as machine:
        with shown(home, monkeypatch) as page:
            link = page.link.rpartition("/")[2]
            entered = asked(page, "POST", "/enter", f"link={link}")
            assert entered.status == 303
            cookie = cookie_of(entered)
            assert asked(page, "GET", "/", headers=cookie).status == 200
            assert asked(page, "GET", "/").status == 403
            assert asked(page, "POST", "/enter", f"link={link}").status == 403
            assert asked(page, "GET", "/", headers={**cookie, "Host": "elsewhere.test"}).status == 403
            (part,) = machine.started
            assert internet_sockets(part.pid) == set() != internet_sockets(page.process.pid)
            page.process.send_signal(signal.SIGINT)
            assert page.process.wait(WITHIN_S) == 130
            assert part.wait(WITHIN_S) == 0


def internet_sockets(pid: int) -> set[str]:
    held = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            held.add(os.readlink(entry))
        except FileNotFoundError:
            continue
    tables = [Path(f"/proc/{pid}/net/{kind}") for kind in ("tcp", "tcp6", "udp", "udp6", "raw")]
    known = {
        f"socket:[{line.split()[9]}]"
        for table in tables
        if table.exists()
        for line in table.read_text().splitlines()[1:]
    }
    return held & known


def test_many_browsers_at_once_and_much_in_both_directions(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with systemd(home), shown(home, monkeypatch) as page:
        cookie = cookie_of(asked(page, "POST", "/enter", f"link={page.link.rpartition('/')[2]}"))
        connections = [http.client.HTTPConnection(urlsplit(page.link).netloc, timeout=WITHIN_S) for _ in range(20)]
        for connection in connections:
            connection.request("GET", "/help", headers=cookie)
        answers = [connection.getresponse().read() for connection in connections]
        assert len(set(answers)) <= 20 and all(len(answer) > 1000 for answer in answers)
        for connection in connections:
            connection.close()
        assert asked(page, "POST", "/leave", "x" * 3_000_000, headers=cookie).status in (403, 413)
        assert asked(page, "GET", "/help", headers=cookie).status == 200


def test_another_user_of_this_machine_is_refused_unread(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can be another user for a moment")
    with systemd(home), shown(home, monkeypatch) as page:
        cookie = cookie_of(asked(page, "POST", "/enter", f"link={page.link.rpartition('/')[2]}"))
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.setresuid(65534, 65534, 65534)
                code = 0 if asked(page, "GET", "/help", headers=cookie).status == 403 else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert asked(page, "GET", "/help", headers=cookie).status == 200


def test_a_part_that_is_killed_ends_the_command_with_what_happened(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with systemd(home) as machine, shown(home, monkeypatch) as page:
        machine.started[0].kill()
        assert page.process.wait(WITHIN_S) == 1
    assert any("the page's part" in line for line in page.said), page.said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("/bin/false",), "does not start", id="ends at once"),
        pytest.param(("/bin/sh", "-c", "printf 'GET / HTTP/1.1' >&0"), "does not start", id="speaks something else"),
    ],
)
def test_a_part_that_does_not_start_is_told(home: Path, words: tuple[str, ...], told: str) -> None:
    with systemd(home, *words):
        done = subprocess.run(
            [sys.executable, "-m", "monitor", "--config", home / ".config" / NAME / "config.toml", "review"],
            env=environ_of(home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
        )
    assert done.returncode == 1 and told in done.stderr and f"{NAME}-review@" in done.stderr, done.stderr


def test_a_store_that_cannot_be_opened_is_told_in_the_terminal_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = home / "store.key"
    kept = key.read_text()
    key.write_text("0" * 64)
    try:
        with systemd(home), shown(home, monkeypatch) as page:
            cookie = cookie_of(asked(page, "POST", "/enter", f"link={page.link.rpartition('/')[2]}"))
            assert asked(page, "GET", "/", headers=cookie).status == 503
            end = time.monotonic() + WITHIN_S
            while not any("The page opens all the same" in line for line in page.said):
                assert time.monotonic() < end, page.said
                time.sleep(0.05)
            page.process.send_signal(signal.SIGTERM)
            assert page.process.wait(WITHIN_S) == 0
    finally:
        key.write_text(kept)


@pytest.mark.parametrize(
    ("config", "environ", "is_found"),
    [
        pytest.param(f".config/{NAME}/config.toml", {}, True, id="of a service"),
        pytest.param("elsewhere/config.toml", {}, False, id="lies elsewhere"),
        pytest.param(f".config/{NAME}/config.toml", {"REUPLOAD_MONITOR_DATA_DIR": "/x"}, False, id="another store"),
        pytest.param(f".config/{NAME}/none.toml", {}, False, id="not there"),
        pytest.param(f".config/{NAME}/config.toml", {"XDG_RUNTIME_DIR": "/nowhere"}, False, id="no socket"),
    ],
)
def test_where_the_part_is_looked_for(home: Path, config: str, environ: dict[str, str], is_found: bool) -> None:
    (home / "elsewhere").mkdir(exist_ok=True)
    (home / "elsewhere" / "config.toml").touch()
    with systemd(home):
        found = page_part(home / config, {**environ_of(home), **environ})
    assert (found == home / "run" / f"{NAME}-parts") is is_found
