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
            store, long_ago = service._now.app.store, datetime(2026, 1, 1, tzinfo=UTC)
            week.setattr(store.digests, "lasts", lambda: {case.id: long_ago for case in store.cases.all()})
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


@pytest.mark.rows(2)
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
    listed, status, doctor = enrolled("watch", "list"), enrolled("status"), enrolled("doctor", "--json").json
    assert listed.code == check.code and listed.err.count("error: ") == wrong + bool(wrong)  # the last sums up
    (watchlists,) = [one["message"] for one in doctor["checks"] if one["name"] == "watchlists"]
    counts = {
        "list --json": len(enrolled("watch", "list", "--json").json["errors"]),
        "status, as text": status.out.count("cannot run: ") + status.out.count("wrong: "),
        "doctor": int(watchlists.split()[0]) if " wrong, the first" in watchlists else 0,
        "check --json": len(enrolled("watch", "check", "--json").json["errors"]),
        "status": len(enrolled("status", "--json").json["watchlist_errors"]),
        "digest": enrolled("digest", "--json").json["watchlist_errors"],
    }
    counts["journal"], counts["daemon's digest"] = as_the_daemon_counts(enrolled)
    assert counts == dict.fromkeys(counts, wrong)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(UNKNOWN, "which was never set up", id="a case that was never set up"),
        pytest.param(None, "there is no watchlist any more", id="all files gone"),
    ],
)
def test_a_run_tells_what_only_the_store_knows(enrolled: Program, text: str | None, said: str) -> None:
    path = enrolled.watchlist(GOOD)
    for other in path.parent.glob("*.toml"):
        if other != path:
            other.unlink()
    as_the_daemon_counts(enrolled)
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    run = enrolled("watch", "run")
    assert run.code != 0 and said in run.err


def test_a_watch_that_goes_on_as_it_was_last_read_is_listed(enrolled: Program) -> None:
    path = enrolled.watchlist(GOOD)
    as_the_daemon_counts(enrolled)
    path.write_text(GOOD.replace('every = "1h"', 'adapt = { floor = "1h" }  # no ceiling'))
    listed, as_json = enrolled("watch", "list"), enrolled("watch", "list", "--json").json
    said = "1 watch goes on as it was last read: mine"
    assert said in listed.out and said in enrolled("status").out
    assert "every 1 hour" in listed.out or "every 1h" in listed.out
    assert [one["name"] for one in as_json["watches"]] == ["mine"]
    assert [error["watch"] for error in as_json["errors"]] == ["mine"]


def test_who_is_kept_from_running_has_its_name(enrolled: Program) -> None:
    enrolled.watchlist(GOOD + SELECTOR + UNKNOWN + ENGINE)
    hindered = enrolled("status", "--json").json["cannot_run"]
    errors = enrolled("watch", "check", "--json").json["errors"]
    assert {one["watch"] for one in hindered} == {one["watch"] for one in errors} == {"selector", "hers", "search"}
    assert all(one["watch"] in one["message"] for one in hindered)


@pytest.mark.parametrize(("enabled", "stopped"), [("", True), ("enabled = false\n", False)], ids=["on", "off"])
def test_only_what_is_switched_on_is_said_to_be_stopped(enrolled: Program, enabled: str, stopped: bool) -> None:
    enrolled.watchlist(GOOD + SELECTOR + enabled)
    digest, status = enrolled("digest").out, enrolled("status").out
    assert "1 thing is wrong in the watchlists" in digest
    assert ("so something does not run" in digest) is stopped
    assert ("cannot run: " in status) is stopped and ("wrong: " in status) is not stopped
