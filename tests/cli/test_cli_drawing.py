"""`watch run` waits for the screenshots of what it found, and says of those that it leaves."""

from __future__ import annotations

import pytest

from monitor.cli import watch
from monitor.model.screenshot import SavedPage, Screenshot
from monitor.outbound.browser import still
from monitor.vault.identity import new_identity
from tests.cli.cli_program import LocalSite, Program, page
from tests.drawing import draw_again


class FakeScreenshots:
    def __init__(self, _path: str) -> None: ...
    async def aclose(self) -> None: ...
    async def make(self, saved: SavedPage) -> Screenshot:
        assert saved.picture is not None and b"owl.jpg" in saved.body
        return Screenshot((b"\x89PNG",), 1366, 900)


@pytest.fixture
def drawing(enrolled: Program, gallery: LocalSite, monkeypatch: pytest.MonkeyPatch) -> Program:
    draw_again(monkeypatch)
    monkeypatch.setattr(still, "BrowserScreenshots", FakeScreenshots)
    path = enrolled.home / "config.toml"
    path.write_text(path.read_text().replace("recipients = []", f'recipients = ["{new_identity()[1]}"]'))
    enrolled.watchlist(page("birds", f"{gallery.url}/gallery"))
    return enrolled


def test_a_find_has_its_screenshot_when_the_command_ends(drawing: Program) -> None:
    assert drawing("watch", "run").code == 0
    (held,) = drawing("evidence", "list", "--json").json["evidence"]
    assert held["has"]["screenshot"] == 1


def test_what_takes_too_long_is_left_for_export(drawing: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "DRAWING_S", 0)
    done = drawing("watch", "run")
    assert done.code == 0
    held = drawing("evidence", "list").out
    assert "1 screenshot is made when the evidence is exported" in done.err or "screenshot" in held
