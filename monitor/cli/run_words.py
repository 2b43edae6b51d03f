"""How the commands tell of a run: what was seen, what was not and why, and where it ended at a cap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.cli import follow_words, printing
from monitor.documents.times import When, span
from monitor.errors import WorkFailed
from monitor.model.observation import RunStatus, RunTrouble
from monitor.model.run import Run
from monitor.plain import several

_RESULTS = {RunStatus.OK: "all seen", RunStatus.PARTIAL: "part seen", RunStatus.FAILED: "nothing seen"}
MOST_TOLD = 20  # kinds of trouble of one run


def line(run: Run) -> tuple[object, ...]:
    return (
        run.watch,
        _RESULTS[run.status],
        _of(run.pages_seen, run.pages),
        _of(run.images_seen, run.images),
        run.new_images,
        run.not_modified,
        run.matches,
        run.new_sightings,
        span((run.finished_at - run.started_at).total_seconds()),
    )


def _of(seen: int, asked: int) -> str:
    return str(seen) if seen == asked else f"{seen} of {asked}"


def tell_coverage(runs: Sequence[Run]) -> None:
    """Nothing new is said only together with what it rests on."""
    new = sum(run.new_sightings for run in runs)
    pages, images = (sum(run.pages_seen for run in runs), sum(run.images_seen for run in runs))
    blind = [run.watch for run in runs if run.status is RunStatus.FAILED]
    told = (
        several(new, "new find", "new finds")
        if new
        else "Nothing new"
        if len(blind) < len(runs)
        else "Nothing was seen"
    )
    seen = f"{several(pages, 'page', 'pages')} and {several(images, 'picture', 'pictures')}"
    told += f", in {seen} that could be seen." if len(blind) < len(runs) else "."
    if blind:
        told += f" This says nothing about {', '.join(blind)}."
    printing.say(told)


def tell_run(run: Run, last_good: datetime | None, when: When) -> None:
    name = printing.plain(run.watch)
    if run.status is RunStatus.FAILED:
        last = f"its last good look was {when(last_good)}" if last_good else "it had no good look so far"
        printing.say(f"{name} could not see: {last}")
    alike: dict[tuple[str, str, str], list[str]] = {}  # what happened to many addresses is said once
    for error in run.observed:
        alike.setdefault((error.kind, error.message, error.remedy), []).append(error.url)
    for (kind, message, remedy), urls in list(alike.items())[:MOST_TOLD]:
        url = f"{printing.plain(urls[0], 120)}: " if urls[0] else ""
        more = f" (and {several(len(urls) - 1, 'more address', 'more addresses')})" if len(urls) > 1 else ""
        printing.say(f"{name}: {url}{kind}: {printing.plain(message, 300)}{more}")
        if remedy:
            printing.say(f"    {printing.plain(remedy, 300)}")
    if followed := follow_words.did(run):
        printing.say(f"{name}: {printing.plain(followed, 1000)}")
    if len(alike) > MOST_TOLD:
        printing.say(f"{name}: {len(alike) - MOST_TOLD} more kinds of trouble, all with --json")


def fail_if_not_sealed(runs: Sequence[Run]) -> None:
    """Raises WorkFailed where evidence could not be written. It is no fault of a place, so that `partial` is not all
    there is to say of it."""
    found = [(done.watch, one) for done in runs for one in done.errors if one.kind is RunTrouble.NOT_SEALED]
    if found:
        watches = ", ".join(dict.fromkeys(printing.plain(watch) for watch, _ in found))
        raise WorkFailed(f"{watches}: {found[0][1].message}", remedy=found[0][1].remedy)
