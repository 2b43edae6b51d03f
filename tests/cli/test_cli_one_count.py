"""How many things are wrong in the watchlists: command, status, review, journal and daemon say one number."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from monitor import config
from monitor.app import open_app
from monitor.daemon import rounds
from monitor.daemon.service import Service
from tests.cli.cli_program import Program

GOOD = '[[watch]]\nname = "mine"\nurl = "https://forum.example/mine"\nevery = "1h"\n'
TYPO = GOOD.replace("mine", "typo") + "evry = 3\n"
SELECTOR = GOOD.replace("mine", "selector") + 'images = { select = "img[" }\n'
ENGINE = '[[watch]]\nname = "search"\nkind = "search"\nengine = "nowhere"\nquery = "x"\nevery = "1d"\n'
UNKNOWN = GOOD.replace("mine", "hers") + 'case = "anna"\n'

WRONG = [
    pytest.param(GOOD, 0, id="nothing"),
    pytest.param(GOOD + TYPO, 1, id="a key that there is not"),
    pytest.param(GOOD + SELECTOR, 1, id="a selector: its source says so"),
    pytest.param(GOOD + SELECTOR + ENGINE, 2, id="two that their sources refuse"),
    pytest.param(GOOD + SELECTOR + "enabled = false\n", 1, id="refused and switched off"),
    pytest.param(GOOD + UNKNOWN, 1, id="a case that was never set up"),
    pytest.param(GOOD + UNKNOWN + "enabled = false\n", 0, id="of such a case, but switched off"),
    pytest.param(GOOD + SELECTOR + 'case = "anna"\n', 2, id="refused, and of such a case"),
    pytest.param(GOOD + TYPO + SELECTOR + ENGINE + UNKNOWN, 4, id="one of each"),
    pytest.param(GOOD + "]", 1, id="no TOML at all"),
    pytest.param(None, 1, id="all files gone"),
]


def as_the_daemon_counts(program: Program) -> tuple[int, int]:
    """In the journal when it reads them, and in a digest that it puts together."""
    settings = config.load(program.home / "config.toml")
    digests: list[int] = []

    async def once() -> None:
        service = Service(settings, open_app=open_app, load_settings=lambda: settings)
        await service._begin()
        with pytest.MonkeyPatch.context() as week:
            week.setattr(rounds, "last_digest", lambda *_: datetime(2026, 1, 1, tzinfo=UTC))
            week.setattr(rounds, "queue_digest", lambda *_, wrong, **__: digests.append(wrong))
            await service._queue_digests()
        await service._now.closing.aclose()

    heard: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = heard.append  # type: ignore[method-assign]
    log = logging.getLogger("monitor.daemon")
    log.addHandler(handler)
    try:
        asyncio.run(once())
    finally:
        log.removeHandler(handler)
    return sum(vars(record).get("action") == "watchlist_error" for record in heard), digests[0]


@pytest.mark.parametrize(("text", "wrong"), WRONG)
def test_all_say_the_same_number(enrolled: Program, text: str | None, wrong: int) -> None:
    path = enrolled.watchlist(GOOD)
    for other in path.parent.glob("*.toml"):
        if other != path:
            other.unlink()
    as_the_daemon_counts(enrolled)
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    check = enrolled("watch", "check")
    assert f" right, {wrong} wrong." in check.err and check.code == (2 if wrong else 0)
    counts = {
        "check --json": len(enrolled("watch", "check", "--json").json["errors"]),
        "status": len(enrolled("status", "--json").json["watchlist_errors"]),
        "digest": enrolled("digest", "--json").json["watchlist_errors"],
    }
    counts["journal"], counts["daemon's digest"] = as_the_daemon_counts(enrolled)
    assert counts == dict.fromkeys(counts, wrong)
