"""The page of `review`, as the command itself serves it and as a part of its own does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from monitor.cli import opening, printing
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from monitor.cli.review_store import PageStore
    from monitor.model.settings import Settings
    from monitor.review.keeping import PageKeeper

STORE_AFTER_S = 0.3
"""It is opened after the first link was printed: the door needs none."""


class WholePage(NamedTuple):
    keeper: PageKeeper
    app: ASGIApp


def whole_page(
    settings: Settings,
    config: Path | None,
    store: PageStore,
    host: str,
    *,
    person: str = "",
    is_proxied: bool = False,
) -> WholePage:
    """host: as browsers spell it; nothing else is answered. person: who typed `review`, whose links let in.
    is_proxied: a log-in stands before it, which says who asks; then it has no end by itself, and no first use."""
    from monitor.alerts.zone import zone_of
    from monitor.clock import utc_now
    from monitor.model.staff import StaffName
    from monitor.review.keeping import PageKeeper
    from monitor.review.links import Links
    from monitor.review.proxied import AuthProxy
    from monitor.review.server import served
    from monitor.review.session import Sessions
    from monitor.setup_in_browser import SetUpInBrowser

    own = settings.review
    keeper = PageKeeper(
        Sessions(),
        Links(),
        core=store.if_open,
        evidence_s=own.lock_evidence_after_s,
        page_s=own.lock_after_s,
        exit_url=own.exit_url,
        person=StaffName(person),
        stays=is_proxied,
    )
    address = host.rpartition(":")[0].strip("[]")
    app = served(
        store.core,
        keeper.links,
        keeper.sessions,
        frozenset({host}),
        utc_now,
        zone_of(settings.digest.timezone),
        settings.alerts.product_name,
        keeper=keeper,
        first_use=SetUpInBrowser(config, store.app, review_address=address) if config and not is_proxied else None,
        reading=store.reading,
        proxy=AuthProxy(own.proxy_header) if is_proxied else None,
    )
    return WholePage(keeper, app)


def keep_to_the_door() -> None:
    if opening.parts_at_once() is not None:
        from monitor.parts.confine.commands import keep_off_connections

        keep_off_connections()


def try_store(store: PageStore, config: Path | None) -> None:
    """What is wrong with the store is said here too, while the page says it there."""
    if config is not None and not config.is_file():
        return  # of the first use
    try:
        store.core()
    except MonitorError as problem:
        printing.error(problem)
        printing.say("The page opens all the same, and says it there too.")
