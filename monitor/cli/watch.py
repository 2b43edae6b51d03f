"""`watch`: what is looked at, whether it is right, and looking now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import common, health, printing, runs
from monitor.errors import AttestationMissing, MonitorError, UsageError, WatchlistError, WorkFailed, doing
from monitor.model.run import Run, RunStatus
from monitor.model.watch import Cron, Every, Render, Watch
from monitor.tracking.health import Health

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.model.settings import Settings

app = typer.Typer(help="The places that are watched.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(help="Which watches; all when none is named.")]


@app.command("list")
def list_(names: Names = None, as_json: common.JsonOption = False) -> None:
    """The watches, whether each one sees, and when it last did."""
    found = common.settings()
    watches, errors = load(found, names or ())
    looks = _last_looks(found, watches)
    if as_json:
        printing.emit(
            {"watches": [_watch(watch, looks.get(watch.name)) for watch in watches], "errors": _errors(errors)}
        )
    else:
        printing.table(
            ("watch", "kind", "when", "last run", "status", "last good look", "place"),
            [_line(watch, looks.get(watch.name)) for watch in watches],
        )
        if not watches:
            printing.say(f"No watches yet. They are files that end in .toml in {found.watchlist_dir}")
        health.tell([(name, seen) for name, (_, seen) in looks.items()])
        tell(errors)
    _fail_if(errors)


@app.command("check")
def check(names: Names = None, as_json: common.JsonOption = False) -> None:
    """Is every watchlist right? Nothing is asked of the network. Says what each search tells to whom."""
    found = common.settings()
    watches, errors = load(found, names or ())
    stopped: dict[str, WatchlistError] = {}
    try:
        stopped = without_case(found, watches)
        looks = _last_looks(found, watches)
    except MonitorError as error:  # a watchlist is right or wrong, whether or not the store can be opened
        printing.say(f"whether its cases are set up was not looked at: {error}")
        looks = {}
    errors += stopped.values()
    watches = [watch for watch in watches if watch.name not in stopped]
    told = [(watch, _disclosure(watch, found)) for watch in watches]
    if as_json:
        printing.emit(
            {
                "watches": [_watch(watch, looks.get(watch.name)) for watch in watches],
                "disclosures": [{"watch": watch.name, "text": text} for watch, text in told if text],
                "errors": _errors(errors),
            }
        )
    else:
        for watch, text in told:
            state = "right" if watch.enabled else "right, switched off"
            printing.out(f"{printing.plain(watch.name)}: {state}")
            for line in (text, _self_test(watch)):
                if line:
                    printing.out(f"    {printing.plain(line)}")
        health.tell([(name, seen) for name, (_, seen) in looks.items() if name not in stopped])
        tell(errors)
        printing.say(f"{len(watches)} right, {len(errors)} wrong.")
    _fail_if(errors)


@app.command("run")
def run(names: Names = None, as_json: common.JsonOption = False) -> None:
    """Look now, once. One failed address never stops the others."""
    found = common.settings()
    watches, errors = load(found, names or ())
    if not names:
        watches = [watch for watch in watches if watch.enabled]
    tell(errors)
    if not watches and not errors:
        raise UsageError(
            "there is no watch to run",
            remedy=f"Write one in {found.watchlist_dir} (enabled = false switches one off), then: "
            "reupload-monitor watch check",
        )
    reports, last_good = common.run_async(_run(found, watches)) if watches else ([], {})
    if as_json:
        printing.emit({"runs": [runs.row(one) | {"last_good": last_good.get(one.watch)} for one in reports]})
    else:
        printing.table(
            ("watch", "status", "pages seen", "images seen", "new", "unchanged", "matches", "new sightings", "took"),
            [runs.line(report) for report in reports],
        )
        for report in reports:
            runs.tell(report, last_good.get(report.watch))
        runs.tell_coverage(reports)
    failed = [report.watch for report in reports if report.status is RunStatus.FAILED]
    if failed:
        raise WorkFailed(
            f"{len(failed)} of {len(reports)} watches could not see anything: {', '.join(failed)}",
            remedy="The causes stand above, each with what can be done.",
        )
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
        raise UsageError("--state and --forget together say nothing", remedy="Give one of them.")
    found = common.settings()
    if forget:
        with common.opened(found) as opened:  # a watch that is not there any more can be forgotten too
            known = opened.logins.forget(common.chosen_case(opened), name)
        printing.say("The log-in is forgotten." if known else f"There was no log-in of {printing.plain(name)}.")
        return
    (watch,), _ = load(found, [name])
    if state is not None:
        untrusted = _state_file(state)
        with common.opened(found) as opened:
            opened.logins.import_state(untrusted, watch)
        printing.say(f"Kept. Whoever has {state} is logged in as you: delete it now.")
    else:
        common.run_async(_log_in(found, watch))
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
    async with common.opened(found) as opened:
        printing.say(f"A window opens at {printing.plain(watch.urls[0] if watch.urls else '', 200)}")
        printing.say("Log in there. Then close the window, or press Enter here.")
        await opened.logins.log_in(watch, until=_enter)


async def _enter(_page: object) -> None:
    """Returns when Enter was pressed; never where nobody can press it."""
    import asyncio
    import sys

    pressed = asyncio.Event()
    if not common.is_terminal():
        await pressed.wait()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), pressed.set)
    try:
        await pressed.wait()
        sys.stdin.readline()
    finally:
        loop.remove_reader(sys.stdin.fileno())


async def _run(found: Settings, watches: Sequence[Watch]) -> tuple[list[Run], dict[str, datetime | None]]:
    """The reports, and when each watch last had a good look. Raises what kept all of them from running."""
    from monitor.pipeline.runs import stopped_run

    reports: list[Run] = []
    refusals: list[MonitorError] = []
    async with common.opened(found) as opened:
        with common.progress("Looking") as step:
            for watch in watches:
                step(watch.name)
                try:
                    with doing(f"looking at {printing.plain(watch.name)}"):
                        reports.append(await opened.run_watch(watch))
                except (AttestationMissing, WatchlistError) as error:  # of this one: the others are looked at
                    reports.append(stopped_run(watch, error, opened.clock()))
                    refusals.append(error)
        last_good = {watch.name: opened.store.runs.last_good(watch.case, watch.name) for watch in watches}
        with doing("sending alerts"):
            await _send(opened)
    if len(refusals) == len(watches):
        raise refusals[0]
    return reports, last_good


async def _send(opened: App) -> None:
    sending = await opened.flush_alerts()
    for error in sending.errors:
        printing.say(f"alert: {error}")
    if sending.sent:
        printing.say(f"{sending.sent} alerts sent.")
    if sending.waiting:
        printing.say(f"{sending.waiting} alerts wait; none is lost.")


# --- finding and checking them


def load(found: Settings, names: Sequence[str]) -> tuple[list[Watch], list[WatchlistError]]:
    """The named watches (all when none is named), each checked by its source; what is wrong beside them. A name
    that is no watch raises UsageError."""
    from monitor.sources import check as check_source
    from monitor.tomlfile import nearest
    from monitor.watchlist import load_all

    loaded = load_all(found)
    errors = [error for error in loaded.errors if common.is_meant(error.case)]
    good = []
    for watch in loaded.watches:
        if not common.is_meant(watch.case):
            continue
        wrong = check_source(watch, found)
        errors += wrong
        if not wrong:
            good.append(watch)
    if not names:
        return good, errors
    known = {watch.name: watch for watch in good}
    for name in names:
        if name not in known:
            told = [error for error in errors if error.watch == name]
            if told:
                raise told[0]
            like = nearest(name, known)
            raise UsageError(
                f"there is no watch {name!r}",
                remedy=f"Did you mean {like!r}?" if like else "`reupload-monitor watch list` shows them.",
            )
    return [known[name] for name in dict.fromkeys(names)], []


def without_case(found: Settings, watches: Sequence[Watch]) -> dict[str, WatchlistError]:
    """Watches whose case was never set up, by name: nothing runs them."""
    from monitor.pipeline.standing import case_errors

    with common.opened(found) as opened:
        return case_errors(watches, opened.store)


def tell(errors: Sequence[WatchlistError]) -> None:
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


def _schedule(watch: Watch) -> str:
    if isinstance(watch.schedule, Cron):
        return f"cron {watch.schedule.expression}"
    return f"every {printing.span(watch.schedule.seconds)}"


def _place(watch: Watch) -> str:
    if not watch.urls:
        return f"{watch.engine}: {watch.query}"
    more = f" and {len(watch.urls) - 1} more" if len(watch.urls) > 1 else ""
    return watch.urls[0] + more


Look = tuple["Run | None", Health]


def _last_looks(found: Settings, watches: Sequence[Watch]) -> dict[str, Look]:
    with common.opened(found) as opened:
        store, now = opened.store, opened.clock()
        return {
            watch.name: (store.runs.last(watch.case, watch.name), health.of_watch(watch, store, found, now))
            for watch in watches
        }


def _self_test(watch: Watch) -> str:
    """What a planted picture proves, and how often."""
    if not watch.planted:
        return ""
    seconds = watch.schedule.seconds if isinstance(watch.schedule, Every) else 0
    told = (
        f"Each visit looks for the planted picture {watch.planted!r}; not seeing it means that the watch is blind. "
        "It is asked for as often as the pictures around it. Who runs the site can see who posted it: it should stand "
        "on a page, and under an account, that lead to nobody (docs/watching.md)."
    )
    return told + (' For a daily test, visit at least daily: every = "1d".' if seconds > 86_400 else "")


def _line(watch: Watch, look: Look | None) -> tuple[object, ...]:
    last, seen = look or (None, None)
    return (
        watch.name,
        watch.kind.value,
        _schedule(watch),
        printing.when(last.finished_at if last else None),
        health.WORDS[seen.sight] if seen else "never run" if watch.enabled else "switched off",
        printing.when(seen.last_good if seen else None),
        _place(watch),
    )


def _watch(watch: Watch, look: Look | None) -> dict[str, Any]:
    last, seen = look or (None, None)
    return {
        "name": watch.name,
        "kind": watch.kind.value,
        "urls": list(watch.urls),
        "engine": watch.engine or None,
        "query": watch.query or None,
        "schedule": _schedule(watch),
        "enabled": watch.enabled,
        "case": watch.case,
        "tags": list(watch.tags),
        "file": str(watch.origin) if watch.origin else None,
        "line": watch.line,
        "last_run": runs.row(last) if last else None,
        "health": health.row(seen) if seen else None,
    }


def _errors(errors: Sequence[WatchlistError]) -> list[dict[str, Any]]:
    return [
        {
            "file": error.file or None,
            "line": error.line or None,
            "key": error.key or None,
            "message": str(error),
            "remedy": error.remedy,
        }
        for error in errors
    ]
