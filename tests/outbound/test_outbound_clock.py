"""The clock that is handed in is the one that everything of the way out lives by."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from monitor.model.account import FormPost, TokenExchange
from monitor.model.page import OutcomeKind, Purpose, Request
from monitor.model.settings import Secret
from monitor.outbound.accounts import REFUSED_REST
from monitor.outbound.polite import open_fetcher
from tests.fakes import InlineReader
from tests.sources.loopback import HOSTS, Answer, Asked, Memory, serving, settings_of

FAR = datetime(2041, 3, 2, 1, 0, 7, 123456, tzinfo=UTC)


def place(asked: Asked) -> Answer:
    match asked.path:
        case "/robots.txt":
            return Answer("User-agent: *\nAllow: /\n", headers={"Content-Type": "text/plain"})
        case "/token":
            return Answer({"error": "invalid_client"}, status=401)
        case _:
            return Answer("<p>hello</p>")


async def test_pages_robots_files_and_accounts_live_by_the_clock_that_is_handed_in() -> None:
    async with serving(place) as here:
        memory, settings = Memory(), settings_of({}, port=here.port)
        fetcher = open_fetcher(settings, memory, memory, reader=InlineReader(), clock=lambda: FAR)
        try:
            page = await fetcher.fetch(Request(f"{here.base()}/page"))
            exchange = TokenExchange("mine", f"{here.base()}/token", FormPost(Secret("x"), "text/plain"))
            refused = await fetcher.fetch(
                Request(f"{here.base()}/api", Purpose.API, exchange=exchange, account_hosts=(HOSTS[0],))
            )
        finally:
            await fetcher.aclose()
    assert (page.outcome.kind, page.fetched_at) == (OutcomeKind.OK, FAR.replace(microsecond=0))
    (robots,) = memory.robots_copies.rows.values()
    assert json.loads(robots)["at"].startswith("2041-03-02T01:00:07")
    (account,) = memory.refused_accounts.rows.values()
    assert account.until == FAR + REFUSED_REST
    assert refused.outcome.kind is OutcomeKind.WALL and "2041-03-02 13:00 UTC" in refused.outcome.message
