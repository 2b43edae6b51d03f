"""`watch`: what is looked at, whether it is right, and looking now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import common, printing
from monitor.errors import UsageError, WatchlistError, WorkFailed
from monitor.model.run import RunReport, RunStatus
from monitor.model.watch import Cron, Render, Watch

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.model.settings import Settings

app = typer.Typer(help="The places that are watched.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(help="Which watches; all when none is named.")]


@app.command("list")
def list_(names: Names = None, as_json: common.JsonOption = False) -> None:
    """The watches, and how each one's last run went."""
    found = common.settings()
    watches, errors = load(found, names or ())
    last: dict[str, RunReport | None] = {}
    if (found.data_dir / "store.db").exists() or found.database.url:
        with common.opened(found) as opened:
            last = {watch.name: opened.store.runs.last(watch.case, watch.name) for watch in watches}
    if as_json:
        printing.emit(
            {"watches": [_watch(watch, last.get(watch.name)) for watch in watches], "errors": _errors(errors)}
        )
    else:
        printing.table(
            ("watch", "kind", "when", "last run", "status", "place"),
            [_line(watch, last.get(watch.name)) for watch in watches],
        )
        if not watches:
            printing.say(f"No watches yet. They are files that end in .toml in {found.watchlist_dir}")
        tell(errors)
    _fail_if(errors)


@app.command("check")
def check(names: Names = None, as_json: common.JsonOption = False) -> None:
    """Is every watchlist right? Nothing is asked of the network. Says what each search tells to whom."""
    found = common.settings()
    watches, errors = load(found, names or ())
    told = [(watch, _disclosure(watch, found)) for watch in watches]
    if as_json:
        printing.emit(
            {
                "watches": [_watch(watch, None) for watch in watches],
                "disclosures": [{"watch": watch.name, "text": text} for watch, text in told if text],
                "errors": _errors(errors),
            }
        )
    else:
        for watch, text in told:
            state = "right" if watch.enabled else "right, switched off"
            printing.out(f"{printing.plain(watch.name)}: {state}")
            if text:
                printing.out(f"    {printing.plain(text)}")
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
    reports = common.run_async(_run(found, watches)) if watches else []
    if as_json:
        printing.emit({"runs": [run_row(report) for report in reports]})
    else:
        printing.table(
            ("watch", "status", "pages", "images", "new", "unchanged", "matches", "new sightings", "took"),
            [_run_line(report) for report in reports],
        )
        for report in reports:
            _tell_run(report)
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
            known = opened.forget_login(common.chosen_case(opened.store, found), name)
        printing.say("The log-in is forgotten." if known else f"There was no log-in of {printing.plain(name)}.")
        return
    (watch,), _ = load(found, [name])
    if state is not None:
        untrusted = _state_file(state)
        with common.opened(found) as opened:
            opened.import_login(watch, untrusted)
        printing.say(f"Kept. Whoever has {state} is logged in as you: delete it now.")
    else:
        common.run_async(_log_in(found, watch))
        printing.say("Kept, encrypted, for the visits of this watch.")
    if watch.render is Render.HTTP:
        printing.say('This watch does not use it yet: put render = "browser" into it.')


def _state_file(path: Path) -> bytes:
    from monitor.crawl.login_state import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", remedy="Give the file that holds the browser state."
        ) from error


async def _log_in(found: Settings, watch: Watch) -> None:
    async with common.opened(found) as opened:
        printing.say(f"A window opens at {printing.plain(watch.urls[0] if watch.urls else '', 200)}")
        printing.say("Log in there. Then close the window, or press Enter here.")
        await opened.log_in(watch, until=_enter)


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


async def _run(found: Settings, watches: Sequence[Watch]) -> list[RunReport]:
    reports = []
    async with common.opened(found) as opened:
        with common.progress("Looking") as step:
            for watch in watches:
                step(watch.name)
                reports.append(await opened.run_watch(watch))
        await _send(opened)
    return reports


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
    errors = list(loaded.errors)
    good = []
    for watch in loaded.watches:
        if common.common.case and watch.case != common.common.case:
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
            told = [error for error in errors if f"watch {name!r}" in str(error)]
            if told:
                raise told[0]
            like = nearest(name, known)
            raise UsageError(
                f"there is no watch {name!r}",
                remedy=f"Did you mean {like!r}?" if like else "`reupload-monitor watch list` shows them.",
            )
    return [known[name] for name in dict.fromkeys(names)], []


def tell(errors: Sequence[WatchlistError]) -> None:
    for error in errors:
        printing.say(f"error: {error}")
        if error.remedy:
            printing.say(f"    {error.remedy}")


def _fail_if(errors: Sequence[WatchlistError]) -> None:
    if errors:
        what = "one thing is" if len(errors) == 1 else f"{len(errors)} things are"
        raise UsageError(f"{what} wrong in the watchlists", remedy="It stands above; the other watches still run.")


def _disclosure(watch: Watch, found: Settings) -> str:
    from monitor.sources import disclosure

    return disclosure(watch, found)


# --- printing


def _schedule(watch: Watch) -> str:
    if watch.adapt:
        return f"between {printing.span(watch.adapt.floor_s)} and {printing.span(watch.adapt.ceiling_s)}"
    if isinstance(watch.schedule, Cron):
        return f"cron {watch.schedule.expression}"
    return f"every {printing.span(watch.schedule.seconds)}"


def _place(watch: Watch) -> str:
    if not watch.urls:
        return f"{watch.engine}: {watch.query}"
    more = f" and {len(watch.urls) - 1} more" if len(watch.urls) > 1 else ""
    return watch.urls[0] + more


def _line(watch: Watch, last: RunReport | None) -> tuple[object, ...]:
    status = "switched off" if not watch.enabled else last.status.value if last else "never run"
    return (
        watch.name,
        watch.kind.value,
        _schedule(watch),
        printing.when(last.finished_at if last else None),
        status,
        _place(watch),
    )


def _watch(watch: Watch, last: RunReport | None) -> dict[str, Any]:
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
        "last_run": run_row(last) if last else None,
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


def run_row(report: RunReport) -> dict[str, Any]:
    return {
        "watch": report.watch,
        "status": report.status.value,
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "pages": report.pages,
        "images": report.images,
        "new_images": report.new_images,
        "not_modified": report.not_modified,
        "matches": report.matches,
        "new_sightings": report.new_sightings,
        "bytes": report.bytes,
        "errors": [
            {"url": error.url, "kind": error.kind, "message": error.message, "remedy": error.remedy}
            for error in report.errors
        ],
        "limits": [{"what": limit.what, "at": limit.at} for limit in report.limits],
    }


def _run_line(report: RunReport) -> tuple[object, ...]:
    return (
        report.watch,
        report.status.value,
        report.pages,
        report.images,
        report.new_images,
        report.not_modified,
        report.matches,
        report.new_sightings,
        printing.span((report.finished_at - report.started_at).total_seconds()),
    )


def _tell_run(report: RunReport) -> None:
    for error in report.errors[:20]:
        name, url = printing.plain(report.watch), printing.plain(error.url, 120)
        printing.say(f"{name}: {url}: {error.kind}: {printing.plain(error.message, 300)}")
        if error.remedy:
            printing.say(f"    {printing.plain(error.remedy, 300)}")
    if len(report.errors) > 20:
        printing.say(f"{printing.plain(report.watch)}: {len(report.errors) - 20} more errors, all with --json")
    for limit in report.limits:
        printing.say(f"{printing.plain(report.watch)}: stopped at its limit of {limit.at} {limit.what}")
