"""A kind of watch -> what to fetch and how to read it. Nothing here fetches. Adding a kind is one word in
`model.watch.Kind`, one file of that name with `make`, which runs in the core, and one test; with an answer of its own,
one file in `reading/`, which runs in a reader, a member of `model.page.Parser` for it, and its line in
`reading.parsers.PARSERS`. `docs/sources.md` says what each asks for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from monitor.errors import WatchlistError
from monitor.model.settings import Settings
from monitor.model.watch import Watch

if TYPE_CHECKING:
    from monitor.ports import Source


def source_for(watch: Watch, settings: Settings) -> Source:
    """Raises WatchlistError, with the watch's place in it."""
    try:
        source: Source = import_module(f"monitor.sources.{watch.kind.value}").make(watch, settings)
    except WatchlistError as error:
        raise placed(watch, error.key, error) from error
    return source


def check_watch(watch: Watch, settings: Settings) -> tuple[WatchlistError, ...]:
    """What `watch check` finds wrong beyond the file's own shape: selectors, engines, addresses of the kind."""
    from monitor.sources.recognising import cannot_work
    from monitor.sources.selectors import check_selector

    found = [placed(watch, error.key, error) for error in cannot_work(watch)]
    for key, selector in (("follow.links", watch.follow.links), ("images.select", watch.images.select)):
        if selector:
            try:
                check_selector(selector)
            except WatchlistError as error:
                found.append(placed(watch, key, error))
    try:
        source_for(watch, settings)
    except WatchlistError as error:
        found.append(error)
    return tuple(found)


def disclosure(watch: Watch, settings: Settings) -> str:
    """What looking there tells whom beyond the visit itself, and which hosts get account data; '' when nothing. Raises
    WatchlistError."""
    source = source_for(watch, settings)
    hosts = dict.fromkeys(host for request in source.seeds(watch) for host in request.account_hosts)
    account = f"credentials {watch.credentials} go to {' and '.join(hosts)}" if hosts else ""
    return "; ".join(filter(None, (account, source.disclosure(watch), TOLD_OF_PAGE if watch.tells_page else "")))


TOLD_OF_PAGE = (
    'referrer = "page": who serves a picture or a style sheet of a page is told which page it is asked for from (its '
    "whole address on its own host, elsewhere only the page's host), as an ordinary browser would tell"
)


def placed(watch: Watch, key: str, error: WatchlistError) -> WatchlistError:
    """What a source says of a watch, with the place in the file that says it."""
    return WatchlistError.at(
        f"watch {watch.name!r}: {error.cause}",
        remedy=error.remedy,
        file=str(watch.origin or ""),
        line=watch.line_of(key),
        key=key,
        watch=watch.name,
        case=watch.case,
    )
