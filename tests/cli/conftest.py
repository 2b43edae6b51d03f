"""A program that is not set up, one that is, one that knows a photo; a site of its own."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cli_program import PHOTOS, LocalSite, Program

from monitor.cli.main import run


@pytest.fixture
def program(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Nothing is set up yet."""
    for name in [name for name in os.environ if name.startswith(("REUPLOAD_MONITOR_", "XDG_"))]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "share"))
    monkeypatch.setenv("REUPLOAD_MONITOR_CONFIG", str(home / "config.toml"))
    monkeypatch.setattr("keyring.get_password", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    old = os.umask(0o077)
    yield Program(home, capsys, monkeypatch)
    os.umask(old)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A home that is set up, and one in which a photo is enrolled too: made once, copied for each test."""
    ready = tmp_path_factory.mktemp("ready") / "home"
    ready.mkdir()
    words = "init --yes --adult --authorised self --name Jane --email jane@mail.example --jurisdiction US --no-vault"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(ready / "share"))
        patch.delenv("REUPLOAD_MONITOR_DATA_DIR", raising=False)
        config = ["--config", str(ready / "config.toml")]
        assert run([*config, *words.split(), "--store-key-file", str(ready / "store.key")]) == 0
        enrolled = tmp_path_factory.mktemp("enrolled") / "home"
        _copy(ready, enrolled)
        assert run(["--config", str(enrolled / "config.toml"), "enroll", str(PHOTOS / "enrolled" / "owl.jpg")]) == 0
    return {"ready": ready, "enrolled": enrolled}


def _copy(template: Path, home: Path) -> None:
    shutil.copytree(template, home, dirs_exist_ok=True)
    config = home / "config.toml"
    config.write_text(config.read_text().replace(str(template), str(home)))


@pytest.fixture
def ready(program: Program, templates: dict[str, Path]) -> Program:
    """Set up, with the attestation, without a vault."""
    _copy(templates["ready"], program.home)
    return program


@pytest.fixture
def enrolled(program: Program, templates: dict[str, Path]) -> Program:
    """One photo is enrolled: owl."""
    _copy(templates["enrolled"], program.home)
    return program


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSite]:
    asked: list[str] = []
    pages: dict[str, tuple[str, bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            kind, body = pages.get(self.path, ("text/plain", b"not here"))
            self.send_response(200 if self.path in pages else 404)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("REUPLOAD_MONITOR_NETWORK__ALLOW_NETWORKS", '["127.0.0.0/8"]')
    monkeypatch.setenv("REUPLOAD_MONITOR_CRAWL__PER_HOST_DELAY", "0")
    yield LocalSite(f"http://127.0.0.1:{server.server_port}", pages, asked)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def gallery(site: LocalSite) -> LocalSite:
    """/gallery shows the owl and a dog."""
    site.pages["/owl.jpg"] = ("image/jpeg", (PHOTOS / "enrolled" / "owl.jpg").read_bytes())
    site.pages["/dog.jpg"] = ("image/jpeg", (PHOTOS / "others" / "dog.jpg").read_bytes())
    text = b"<title>Birds</title><p>Some words.</p><img src=/owl.jpg><img src=/dog.jpg>"
    site.pages["/gallery"] = ("text/html", text)
    return site
