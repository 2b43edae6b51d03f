"""The real command, in this process: `program("watch", "list")` gives exit code, stdout and stderr."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import monitor
from monitor.cli import asking
from monitor.cli.main import run
from tests.serving.web import Quiet, threaded

PHOTOS = Path(monitor.__file__).parent / "demo" / "photos"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Program:
    """home: config.toml, watchlists/ and data lie in it."""

    home: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *words: str | Path) -> Done:
        self.capsys.readouterr()
        code = run([*map(str, words)])
        captured = self.capsys.readouterr()
        return Done(code, captured.out, captured.err)

    def answering(self, *answers: str) -> None:
        """From now on there is a terminal, and a person who types this."""
        self.monkeypatch.setattr(asking, "is_terminal", lambda: True)
        self.monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))

    def watchlist(self, text: str, name: str = "test") -> Path:
        path = self.home / "watchlists" / f"{name}.toml"
        path.write_text(text)
        return path


@dataclass
class LocalSite:
    """Pages and pictures by path; what is not there is 404."""

    url: str
    pages: dict[str, tuple[str, bytes]]
    asked: list[str]


ON_LOOPBACK = {
    "REUPLOAD_MONITOR_NETWORK__ALLOW_NETWORKS": '["127.0.0.0/8"]',
    "REUPLOAD_MONITOR_CRAWL__PER_HOST_DELAY": "0",
}


@contextmanager
def serve() -> Iterator[LocalSite]:
    site = LocalSite("", {}, [])

    class Handler(Quiet):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            kind, body = site.pages.get(self.path, ("text/plain", b"not here"))
            self.send(200 if self.path in site.pages else 404, {"Content-Type": kind}, body)

    with threaded(Handler) as site.url:
        yield site


def fill_gallery(site: LocalSite) -> None:
    site.pages["/owl.jpg"] = ("image/jpeg", (PHOTOS / "enrolled" / "owl.jpg").read_bytes())
    site.pages["/dog.jpg"] = ("image/jpeg", (PHOTOS / "others" / "dog.jpg").read_bytes())
    text = b"<title>Birds</title><p>Some words.</p><img src=/owl.jpg><img src=/dog.jpg>"
    site.pages["/gallery"] = ("text/html", text)


def page(name: str, url: str) -> str:
    """An entry of a watchlist."""
    return f'[[watch]]\nname = "{name}"\nurl = "{url}"\nevery = "1h"\n'
