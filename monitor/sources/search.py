"""Kind `search`: result pages of an engine, then the pages that they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.errors import WatchlistError
from monitor.model.page import Fetched, ParseJob, Parser, Purpose, Request
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import ACCEPT_JSON, account_hosts, html_job, token_of
from monitor.sources.engines import READER_KEYS, Engine, find_engine

if TYPE_CHECKING:
    from monitor.ports import Source


@dataclass(frozen=True, slots=True)
class Search:
    engine: Engine
    token: str = field(default="", repr=False)
    account_hosts: tuple[str, ...] = ()
    account_remedy: str = ""

    def seeds(self, watch: Watch) -> Sequence[Request]:
        """The first result page; each names the next one, as far as the watch wants and there are results."""
        accept = ACCEPT_JSON if self.engine.answers_in_json else ""
        purpose = Purpose.API if self.engine.answers_in_json else Purpose.PAGE
        return [
            Request(
                self._address(watch, 0),
                purpose,
                accept=accept,
                headers=self.engine.headers(self.token),
                secret_query=self.engine.secret_query(self.token),
                account_hosts=self.account_hosts,
                account_remedy=self.account_remedy,
                shown=self._address(watch, 0),
            )
        ]

    def job(self, watch: Watch, fetched: Fetched, depth: int) -> ParseJob:
        if depth > 0:
            return html_job(watch, fetched, depth)
        rules = [(key, self.engine.get(key)) for key in READER_KEYS if self.engine.get(key)]
        rules.append(("engine", self.engine.name))
        asked = [self._address(watch, page) for page in range(watch.pages)]
        if fetched.request.url in asked[:-1]:
            rules.append(("next", asked[asked.index(fetched.request.url) + 1]))
        return ParseJob(
            parser=Parser.SEARCH_JSON if self.engine.answers_in_json else Parser.SEARCH_HTML,
            url=fetched.request.url,
            content_type=fetched.header("content-type"),
            same_site=False,  # results are by nature elsewhere
            follow_next=False,
            rules=tuple(rules),
        )

    def disclosure(self, watch: Watch) -> str:
        """What the search tells whom, for `watch check`."""
        to = self.engine.get("discloses").replace("{url}", self.engine.get("url")) or self._address(watch, 0)
        return f"the words {watch.query!r} are told to {to}"

    def _address(self, watch: Watch, page: int) -> str:
        return self.engine.address(watch.query, page)


def make(watch: Watch, settings: Settings) -> Source:
    """Raises WatchlistError."""
    engine = find_engine(watch.engine, settings.engines)
    token = token_of(watch, settings, engine.address(watch.query, 0))
    if engine.needs_token and not token:
        raise WatchlistError(
            f"the engine {engine.name!r} wants a token",
            remedy=(
                'Add [credentials.NAME] with token_file = "..." to config.toml, and credentials = "NAME" '
                "to the watch. The token comes from the engine's own site."
            ),
            key="credentials",
        )
    remedy = f"Is the token of [credentials.{watch.credentials}] still good, and paid for? The engine's own site says."
    return Search(engine, token, account_hosts(watch, settings) if token else (), remedy if token else "")
