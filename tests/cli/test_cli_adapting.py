"""Watches that adapt, as `watch list` and `watch check` tell them."""

from __future__ import annotations

import pytest

from monitor import config
from monitor.store.store import open_store
from tests.cli.cli_program import LocalSite, Program, fill_gallery, page

ADAPTS = 'adapt = { floor = "15m", ceiling = "1h" }'


def adapting(program: Program, url: str) -> None:
    text = page("birds", url)
    lines = [ADAPTS if line.startswith("every") else line for line in text.splitlines()]
    assert ADAPTS in lines
    (program.home / "watchlists" / "test.toml").write_text("\n".join(lines) + "\n")


def test_why_so_often_is_told_and_given_as_data(enrolled: Program, site: LocalSite) -> None:
    fill_gallery(site)
    adapting(enrolled, f"{site.url}/gallery")
    enrolled("watch", "run")
    told = enrolled("watch", "list")
    assert "    how often       every " in told.out
    assert "too little is known of this place yet to say more" in told.out
    (watch,) = enrolled("watch", "list", "--json").json["watches"]
    assert watch["often"]["pictures_a_day"] is None and 900 <= watch["often"]["gap_seconds"] <= 3600


def test_one_that_does_not_adapt_has_nothing_of_it(enrolled: Program) -> None:
    (enrolled.home / "watchlists" / "test.toml").write_text(page("birds", "https://a.example/"))
    assert "how often" not in enrolled("watch", "list").out
    document = enrolled("watch", "check", "--json").json
    assert document["watches"][0]["often"] is None
    assert document["budget"] == {
        "watches": 0,
        "adapt_requests": 5000,
        "spent_by_ceilings": 0,
        "is_spent": False,
        "would_do": 0,
    }


@pytest.mark.parametrize(("budget", "is_said"), [("72", True), ("73", False)])
def test_a_budget_that_ceilings_spend_is_said(
    enrolled: Program, monkeypatch: pytest.MonkeyPatch, budget: str, is_said: bool
) -> None:
    adapting(enrolled, "https://a.example/")
    monkeypatch.setenv("REUPLOAD_MONITOR_CRAWL__ADAPT_REQUESTS", budget)
    told = enrolled("watch", "check")
    said = (
        "[crawl] adapt_requests = 72 is too small: visiting the one watch that adapts as seldom as its ceiling "
        "allows takes about 72 requests a day already"
    )
    assert (said in told.err.replace("\n", " ")) is is_said
    assert ("adapt_requests = 220 would do" in told.err.replace("\n", " ")) is is_said
    assert enrolled("watch", "check", "--json").json["budget"]["is_spent"] is is_said
    why = "and not more often, because no requests are left for it"
    assert (why in enrolled("watch", "list").out) is is_said
    (watch,) = enrolled("watch", "list", "--json").json["watches"]
    assert watch["often"]["budget_is_spent"] is is_said


def test_the_budget_pays_what_the_server_was_asked(
    enrolled: Program, site: LocalSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the server's own log: pictures too, but for robots.txt, which is asked for once a day."""
    monkeypatch.setenv("REUPLOAD_MONITOR_CRAWL__ADAPT_REQUESTS", "100")  # of which 12.5 are there at first
    fill_gallery(site)
    adapting(enrolled, f"{site.url}/gallery")
    enrolled("watch", "run")
    enrolled("watch", "run")
    store = open_store(config.load(enrolled.home / "config.toml", {}))
    left = store.places.budget()
    store.close()
    assert left is not None and len(site.asked) >= 4
    paid = 12.5 - left.tokens  # but for what a hundred a day bring meanwhile
    asked = [path for path in site.asked if path != "/robots.txt"]
    assert len(asked) == len(site.asked) - 1 == 4 and len(asked) - 0.9 < paid <= len(asked), site.asked
