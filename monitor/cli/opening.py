"""What a command opens: the configuration, the store, the case that is meant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from monitor.acting import act_for
from monitor.cli import asking, options, printing
from monitor.cli.admitting import ask_now
from monitor.cli.upgrade_words import told_of_upgrade
from monitor.model.case import Authority
from monitor.model.ids import CaseId

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.app_parts import Outside
    from monitor.documents.times import When
    from monitor.model.settings import Settings
    from monitor.outbound.own_ways import OwnWays
    from monitor.parts.starting import ProgramParts

Item = TypeVar("Item")


def run_async(work: Coroutine[Any, Any, Item]) -> Item:
    import asyncio

    return asyncio.run(work)


def through_own(work: Callable[[OwnWays], Awaitable[Item]]) -> Item:
    """What asks destinations that the owner wrote, from beginning to end; without a store."""
    from monitor.app_own import own_ways

    async def done() -> Item:
        outside = outside_links()
        own = own_ways(outside)
        try:
            return await work(own)
        finally:
            await own.aclose()
            if outside is not None:
                await outside.aclose()

    return run_async(done())


def settings(*, without_key: bool = False) -> Settings:
    """without_key: as `load` has it."""
    from monitor.config import load
    from monitor.config_places import is_this_folders

    found = load(options.given.config, without_key=without_key)
    if is_this_folders(found.path, options.given.config):
        printing.say(f"configuration: {found.path} (this folder's own)")
    if found.database.url is not None or found.queue.url is not None:
        from monitor.services.database import keep_way_to_database

        keep_way_to_database(found)  # ahead of everything that shuts this process in
    return found


def parts() -> ProgramParts | None:
    """Who uses the network and renders pages for this command; None: this process, as in tests."""
    from monitor.parts.here import parts_here

    return parts_here(debug=options.given.debug)


def parts_at_once() -> ProgramParts | None:
    """`parts`, for a command that confines itself next."""
    from monitor.parts.here import begin_parts_here

    parts()
    return begin_parts_here()


def outside_links() -> Outside | None:
    """For who has no app: the same, with links of its own, to be closed."""
    from monitor.app_parts import Outside

    return Outside(asked) if (asked := parts()) is not None else None


def opened(found: Settings | None = None) -> App:
    """The store, open and up to date. To be used with `with` or `async with`."""
    from monitor.app import open_app

    found = found or settings()
    with told_of_upgrade(found):
        return _for_who_asks(open_app(found, parts=parts()))


def opened_to_read(found: Settings | None = None) -> App:
    """`opened`, for a command that only shows: on a full disk, or where this user may not write, it shows what was
    saved last and says so."""
    from monitor.app import open_app

    found = found or settings()
    with told_of_upgrade(found):
        app = _for_who_asks(open_app(found, to_read=True, parts=parts()))
    if app.reading is not None:
        printing.say(f"Shown as it was saved last. Nothing can be saved now: {app.reading}.")
        printing.say(app.reading.remedy)
    return app


def _for_who_asks(app: App) -> App:
    try:
        ask_now(app)
    except BaseException:
        with app:  # shut again
            raise
    return app


def chosen_case(opened: App) -> CaseId:
    """--case, else the only one there is: what follows is for it alone. Raises UsageError when it must be named."""
    case = opened.cases.chosen(options.given.case)
    act_for(case)
    return case


def case_of_alert(opened: App, number: str) -> CaseId:
    """As `chosen_case`; where nobody named one, the letters before an alert's number do."""
    case = None if options.given.case else opened.alerts.case_of(number, some_cases(opened))
    if case is None:
        return chosen_case(opened)
    act_for(case)
    return case


def some_cases(opened: App) -> Sequence[CaseId]:
    """--case, else all that may be told of: for what tells of the machine (`status`, `doctor`) or names the cases,
    never of what a person has."""
    visible = options.given.visible
    meant = opened.cases.meant(options.given.case)
    return meant if visible is None else [case for case in meant if case in visible]


def local_times(opened: App) -> When:
    """How a time is told to the person at this machine: by [digest] timezone, else by the machine's own."""
    from monitor.alerts.zone import zone_of
    from monitor.documents.times import told_in

    return told_in(zone_of(opened.settings.digest.timezone), opened.clock())


def attested(opened: App, case: CaseId, adult: bool, authorised: Authority | None) -> None:
    """Asks for the case's attestation and keeps it, unless it was given before."""
    if not opened.cases.is_attested(case):
        opened.cases.attest(case, asking.ask_attestation(adult, authorised))
