"""`watch`: what is looked at, whether it is right, and looking now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import (
    asking,
    follow_words,
    lacks_words,
    opening,
    options,
    printing,
    progress,
    run_words,
    watch_health,
    watch_places,
)
from monitor.documents.times import When, utc_words
from monitor.errors import (
    AttestationMissing,
    BeingLookedAt,
    MonitorError,
    UsageError,
    WatchlistError,
    WorkFailed,
    doing,
)
from monitor.model.observation import RunStatus
from monitor.model.run import Run
from monitor.model.watch import Cron, Render, Watch, longest_s
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.model.settings import Settings
    from monitor.tracking.overview import WatchOverview
    from monitor.watchlist import WatchlistLoad


DRAWING_S = 60  # that a command waits for screenshots; what is left then is made at export
app = typer.Typer(help="The places that are watched.", no_args_is_help=True)
app.command("add")(watch_places.add_place)
app.command("pause")(watch_places.pause_place)
app.command("resume")(watch_places.resume_place)
app.command("remove")(watch_places.remove_place)

Names = Annotated[list[str] | None, typer.Argument(help="Which watches; all when none is named.")]


@app.command("list")
def list_(names: Names = None, as_json: options.JsonOption = False) -> None:
    """The watches, whether each one sees, and when it last did."""
    from monitor.documents.watches import mistake_documents

    found = opening.settings()
    loaded = read_watchlists(found)
    watches, _ = choose(loaded, names or ())
    with opening.opened_to_read(found) as opened:
        mistakes = wrong_beside(opened, watches, loaded, names)
        kept = [] if names else [one for one in opened.watches.as_last_read(loaded) if options.is_meant(one.case)]
        seen = opened.watches.seen([*watches, *kept], opened.watches.news(loaded))
        when = opening.local_times(opened)
    if as_json:
        printing.emit({"watches": [_document(one) for one in seen], "errors": mistake_documents(mistakes)})
    else:
        for one in seen:
            watch_health.tell_watch(one, when, place=_place(one.watch))
        watch_health.tell_as_last_read([watch.name for watch in kept])
        if not seen:
            watch_health.tell_none()
        watch_health.tell_health([(one.watch.name, one.health) for one in seen], when)
        tell_mistakes(mistakes)
    _fail_if(mistakes)


@app.command("check")
def check(names: Names = None, as_json: options.JsonOption = False) -> None:
    """Is every watchlist right? Nothing is asked of the network. Says what each search tells to whom."""
    from monitor.documents.watches import mistake_documents, needed_document, watch_document
    from monitor.services.watches import budget_by_guess
    from monitor.sources.recognising import better_kind

    found = opening.settings()
    loaded = read_watchlists(found)
    watches, mistakes = choose(loaded, names or ())
    seen: Sequence[WatchOverview] = ()
    learnt: dict[str, str] = {}
    when: When = utc_words
    needed = budget_by_guess(found, loaded)
    try:
        with opening.opened_to_read(found) as opened:
            needed = opened.watches.needed_budget(loaded)
            mistakes = wrong_beside(opened, watches, loaded, names)
            wrong = {mistake.watch for mistake in mistakes}
            watches = [watch for watch in watches if watch.name not in wrong]
            seen, when = opened.watches.seen(watches), opening.local_times(opened)
            learnt = {
                watch.name: follow_words.pictures_stood(opened.watches.led_to_pictures(watch)) for watch in watches
            }
    except MonitorError as error:  # a watchlist is right or wrong, whether or not the store can be opened
        printing.say(f"whether its cases are set up was not looked at: {error}")
    told = [(watch, _disclosure(watch, found)) for watch in watches]
    if as_json:
        known = {one.watch.name: one for one in seen}
        printing.emit(
            {
                "watches": [
                    _document(known[watch.name]) if watch.name in known else watch_document(watch, None, None)
                    for watch in watches
                ],
                "disclosures": [{"watch": watch.name, "text": text} for watch, text in told if text],
                "follows": follow_words.rules(watches),
                "budget": needed_document(needed),
                "errors": mistake_documents(mistakes),
            }
        )
    else:
        for watch, text in told:
            links = (follow_words.rule(watch), learnt.get(watch.name, ""))
            _tell_checked(watch, (text, *links, _self_test(watch), better_kind(watch), _often(watch)))
        watch_health.tell_health([(one.watch.name, one.health) for one in seen], when)
        tell_mistakes(mistakes)
        watch_health.tell_needed(needed)
        printing.say(f"{len(watches)} right, {len(mistakes)} wrong.")
    _fail_if(mistakes)


@app.command("run")
def run(names: Names = None, as_json: options.JsonOption = False) -> None:
    """Look now, once. One failed address never stops the others."""
    from monitor.documents.runs import run_document

    found = opening.settings()
    loaded = read_watchlists(found)
    watches, errors = choose(loaded, names or ())
    if not names:
        watches = [watch for watch in watches if watch.enabled]
    tell_mistakes(errors)
    looked = opening.run_async(
        _run(found, watches, lambda opened: wrong_beside(opened, watches, loaded, names), errors)
    )
    errors, runs, last_good, when = looked
    if as_json:
        printing.emit({"runs": [run_document(one) | {"last_good": last_good.get(one.watch)} for one in runs]})
    else:
        printing.table(
            ("watch", "result", "pages", "pictures", "new", "as before", "of yours", "new finds", "took"),
            [run_words.line(done) for done in runs],
        )
        for done in runs:
            run_words.tell_run(done, last_good.get(done.watch), when)
        run_words.tell_coverage(runs)
    failed = [done.watch for done in runs if done.status is RunStatus.FAILED]
    if failed:
        raise WorkFailed(
            f"{len(failed)} of {len(runs)} watches could not see anything: {', '.join(failed)}",
            remedy="The causes stand above, each with what can be done.",
        )
    run_words.fail_if_not_sealed(runs)
    _fail_if(errors)


@app.command("login")
def login(
    name: Annotated[str, typer.Argument(help="Which watch.")],
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE", help="A browser state made elsewhere, in place of a window."),
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Remove what was kept.")] = False,
) -> None:
    """Log in by hand, in a window of the browser that visits use. Kept encrypted, used by this watch alone."""
    if state is not None and forget:
        raise UsageError("--state and --forget cannot be given together", remedy="Give one of them.")
    found = opening.settings()
    if forget:
        with opening.opened(found) as opened:  # a watch that is not there any more can be forgotten too
            known = opened.logins.forget(opening.chosen_case(opened), name)
        printing.say("The log-in is forgotten." if known else f"There was no log-in of {printing.plain(name)}.")
        return
    (watch,), _ = choose(read_watchlists(found), [name])
    if state is not None:
        untrusted = _state_file(state)
        with opening.opened(found) as opened:
            opened.logins.import_state(untrusted, watch)
        printing.say(f"Kept. Whoever has {state} is logged in as you: delete it now.")
    else:
        opening.run_async(_log_in(found, watch))
        printing.say("Kept, encrypted, for the visits of this watch.")
    if watch.render is Render.HTTP:
        printing.say('This watch does not use it yet: put render = "browser" into it.')


def _state_file(path: Path) -> bytes:
    from monitor.crawl.login import MAX_LOGIN_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_LOGIN_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", remedy="Give the file that holds the browser state."
        ) from error


async def _log_in(found: Settings, watch: Watch) -> None:
    async with opening.opened(found) as opened:
        printing.say(f"A window opens at {printing.plain(watch.urls[0] if watch.urls else '', 200)}")
        printing.say("Log in there. Then close the window, or press Enter here.")
        await opened.logins.log_in(watch, until=_enter)


async def _enter(_page: object) -> None:
    """Returns when Enter was pressed; never where nobody can press it."""
    import asyncio
    import sys

    pressed = asyncio.Event()
    if not asking.is_terminal():
        await pressed.wait()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), pressed.set)
    try:
        await pressed.wait()
        sys.stdin.readline()
    finally:
        loop.remove_reader(sys.stdin.fileno())


async def _run(
    found: Settings,
    watches: Sequence[Watch],
    wrong: Callable[[App], list[WatchlistError]],
    told: Sequence[WatchlistError],
) -> tuple[list[WatchlistError], list[Run], dict[str, datetime | None], When]:
    """What is wrong, of which `told` was told already; the runs; when each watch last had a good look; how
    a time is told. Raises what kept all of them from running."""
    from monitor.services.overview import lacks_of

    runs: list[Run] = []
    refusals: list[MonitorError] = []
    async with opening.opened(found) as opened:
        mistakes, when = wrong(opened), opening.local_times(opened)
        tell_mistakes([one for one in mistakes if one not in told])
        if not watches:
            if not mistakes:
                raise UsageError(
                    "there is no watch to run",
                    remedy="Add one: reupload-monitor watch add URL (one that is paused or switched off does not run).",
                )
            return mistakes, [], {}, when
        lacks = lacks_of(opened.watches, watches, opened.cases.meant(options.given.case))
        lacks_words.tell_lacks(one for one in lacks if one.key != "watch")  # these are, switched on or not
        with progress.progress("Looking") as step:
            for watch in watches:
                step(watch.name)
                try:
                    with doing(f"looking at {printing.plain(watch.name)}"):
                        runs.append(await opened.run_watch(watch))
                except (AttestationMissing, BeingLookedAt, WatchlistError) as error:  # the others are looked at
                    runs.append(opened.watches.stopped(watch, error))
                    refusals.append(error)
        with doing("keeping evidence"):
            await _keep_evidence(opened, read_watchlists(found).right)  # each find as its own watch looks
        last_good = {watch.name: opened.watches.last_good(watch) for watch in watches}
        with doing("sending alerts"):
            await _send(opened)
        await finish_drawing(opened)
    if len(refusals) == len(watches):
        raise refusals[0]
    return mistakes, runs, last_good, when


async def _keep_evidence(opened: App, watches: Sequence[Watch]) -> None:
    """Pages of which something was not in hand when it was found."""
    done = await opened.take_captures(watches)
    if done.kept:
        printing.say(f"{several(done.kept, 'page', 'pages')} looked at once more, to keep as evidence.")
    if done.again or done.given_up:
        printing.say(f"{done.again} to be tried again, {done.given_up} given up: reupload-monitor evidence list")


async def finish_drawing(opened: App) -> None:
    """Screenshots of what was found are made beside the passes; this waits for the last of them."""
    if opened.shots is not None and opened.shots.left:
        printing.say("Drawing what was found ...")
        left = await opened.shots.settle(DRAWING_S)
        if left:
            printing.say(f"{several(left, 'screenshot is', 'screenshots are')} made when the evidence is exported.")


async def _send(opened: App) -> None:
    sending = await opened.flush_alerts()
    for error in sending.errors:
        printing.say(f"alert: {error}")
    if sending.sent:
        printing.say(f"{several(sending.sent, 'alert', 'alerts')} sent.")
    if sending.waiting:
        printing.say(f"{several(sending.waiting, 'alert waits', 'alerts wait')}; none is lost.")


# --- finding and checking them


def read_watchlists(found: Settings) -> WatchlistLoad:
    """The watchlists, each watch checked by its source. No store is opened: of the cases nothing is known."""
    from monitor.services.watches import load_watches

    return load_watches(found)


def choose(loaded: WatchlistLoad, names: Sequence[str]) -> tuple[list[Watch], list[WatchlistError]]:
    """The named watches that are right (all when none is named), and what is wrong beside them. Raises UsageError for
    a name that is of no watch."""
    from monitor.services.watches import chosen

    watches = [watch for watch in loaded.right if options.is_meant(watch.case)]
    mistakes = [one for one in (*loaded.errors, *loaded.refusals) if options.is_meant(one.case)]
    return chosen(watches, mistakes, names) if names else (watches, mistakes)


def wrong_beside(
    opened: App, watches: Sequence[Watch], loaded: WatchlistLoad, names: Sequence[str] | None
) -> list[WatchlistError]:
    """What the store knows too, in one number for all commands: cases that were never set up, files that are gone."""
    told = opened.watches.wrong_beside(watches, loaded, cases=options.meant_cases(), named=bool(names))
    return [*told, *watch_health.places_of_mistakes(loaded)]


def tell_mistakes(errors: Sequence[WatchlistError]) -> None:
    for error in errors:
        printing.say(f"error: {error}")
        if error.remedy:
            printing.say(f"    {error.remedy}")


def _fail_if(errors: Sequence[WatchlistError]) -> None:
    if errors:
        what = "one thing is" if len(errors) == 1 else f"{len(errors)} things are"
        raise UsageError(
            f"{what} wrong in the watchlists", remedy="Said above, with its place; the other watches still run."
        )


def _disclosure(watch: Watch, found: Settings) -> str:
    from monitor.sources import disclosure

    return disclosure(watch, found)


# --- printing


def _tell_checked(watch: Watch, lines: Sequence[str]) -> None:
    printing.out(f"{printing.plain(watch.name)}: {'right' if watch.enabled else 'right, switched off'}")
    for line in filter(None, lines):
        printing.out(f"    {printing.plain(line)}")


def _place(watch: Watch) -> str:
    if not watch.urls:
        return f"{watch.engine}: {watch.query}"
    more = f" and {len(watch.urls) - 1} more" if len(watch.urls) > 1 else ""
    return watch.urls[0] + more


def _self_test(watch: Watch) -> str:
    """What a planted picture proves, and how often."""
    if not watch.planted:
        return ""
    seconds = 0 if isinstance(watch.schedule, Cron) else longest_s(watch.schedule)
    told = (
        f"Each visit looks for the planted picture {watch.planted!r}; where it is not seen, nothing is seen there. "
        "It is asked for as often as the pictures around it. Who runs the site can see who posted it: it should stand "
        "on a page, and under an account, that lead to nobody (docs/watching.md)."
    )
    return told + (' For a daily test, visit at least daily: every = "1d".' if seconds > 86_400 else "")


def _often(watch: Watch) -> str:
    from monitor.watchlist_keys import only_here

    told = "More often than every 5 minutes: that works on this computer alone, where nobody else is asked."
    return told if only_here(watch.schedule) else ""


def _document(one: WatchOverview) -> dict[str, Any]:
    from monitor.documents.watches import often_document, watch_document

    document = watch_document(one.watch, one.last_run, one.health)
    often = often_document(one.often) if one.often is not None else None
    return document | {"next_visit": one.next_visit, "daemon_knows": not one.is_unknown, "often": often}
