"""The real command, in this process: `program("watch", "list")` gives exit code, stdout and stderr."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import monitor
from monitor.cli import common
from monitor.cli.main import run

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
        self.monkeypatch.setattr(common, "is_terminal", lambda: True)
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
