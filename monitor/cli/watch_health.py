"""How the commands tell whether a watch sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.cli import options, printing
from monitor.errors import WatchlistError
from monitor.model.observation import Observation
from monitor.plain import several
from monitor.tracking.health import Health, Sight

if TYPE_CHECKING:
    from monitor.documents.times import When
    from monitor.model.adapting import NeededBudget
    from monitor.tracking.overview import DaemonNews, WatchOverview
    from monitor.watchlist import WatchlistLoad

WORDS = {
    Sight.SEES: "sees",
    Sight.PARTLY: "sees in part",
    Sight.BLIND: "sees nothing",
    Sight.NEVER: "never run",
    Sight.OFF: "switched off",
}


def tell_watch(one: WatchOverview, when: When, *, place: str = "", beside: str = "") -> None:
    """One watch in lines that fit a terminal of 80 columns but for what it is called and where it looks. beside: said
    of what its last look saw."""
    from monitor.documents.watches import schedule_words

    watch, last, health = one.watch, one.last_run, one.health
    printing.out(f"{printing.plain(watch.name)}: {WORDS[health.sight]} ({watch.kind.value}, {schedule_words(watch)})")
    if place:
        printing.out(f"    place           {printing.plain(place)}")
    if last is not None:
        saw = f"{several(last.pages_seen, 'page', 'pages')}, {several(last.images_seen, 'picture', 'pictures')}"
        printing.out(f"    last look       {when(last.finished_at)}: {saw}")
        # Two looks may end in one second: by their times alone a blind one would stand there as a good one.
        if health.last_good != last.finished_at or health.sight is Sight.BLIND or beside:
            printing.out(
                f"    last good look  {beside or (when(health.last_good) if health.last_good else 'none so far')}"
            )
    printing.out(f"    next look       {_next_look(one, when)}")
    if one.often is not None:
        from monitor.crawl.adapting.words import why_words

        printing.out_wrapped(f"    how often       {why_words(one.often)}", under=20)


def tell_needed(needed: NeededBudget) -> None:
    """Where watches that adapt have nothing to adapt with."""
    if needed.is_spent:
        from monitor.crawl.adapting.words import too_small_words

        printing.say_wrapped(too_small_words(needed))


def _next_look(one: WatchOverview, when: When) -> str:
    if one.is_unknown:
        return "the daemon does not know this yet"
    if not one.watch.enabled:
        return "none: it is switched off"
    return when(one.next_visit) if one.next_visit else "not planned: start `reupload-monitor run`, or `watch run`"


def tell_news(news: DaemonNews) -> None:
    """What the daemon that runs has not read."""
    if news.other_file:
        printing.out(f"         it reads another configuration: {printing.plain(news.other_file, 300)}")
    if news.configuration:
        printing.out("         it does not know the newest configuration yet: it looks every few seconds")
    if news.watches:
        names = printing.plain(", ".join(news.watches), 300)
        printing.out(f"         it does not know these as they stand now: {names}")


MOST_OBSERVED = 3  # observations of one watch; `watch run` tells all of a run


def tell_observed(name: str, observed: Sequence[Observation]) -> None:
    """name: printable. observed: each kind once, the foremost first."""
    for one in observed[:MOST_OBSERVED]:
        printing.say(f"{name}: {printing.plain(one.message, 300)}")
        if one.remedy:
            printing.say(f"    {printing.plain(one.remedy, 300)}")
    if len(observed) > MOST_OBSERVED:
        printing.say(f"{name}: {len(observed) - MOST_OBSERVED} more kinds of trouble: status --json")


def tell_as_last_read(names: Sequence[str]) -> None:
    """The watches whose file cannot be read, and which are watched all the same."""
    if names:
        goes = "1 watch goes on as it was" if len(names) == 1 else f"{len(names)} watches go on as they were"
        printing.out(f"{goes} last read: {printing.plain(', '.join(names), 300)}")


def tell_health(named: Sequence[tuple[str, Health]], when: When) -> None:
    """Those that do not see, or not everything: cause, last good look, remedy."""
    for name, health in named:
        if health.sight not in (Sight.BLIND, Sight.PARTLY):
            continue
        last = f"last good look {when(health.last_good)}" if health.last_good else "no good look so far"
        printing.say(f"{printing.plain(name)} {WORDS[health.sight]}: {printing.plain(health.cause, 300)}; {last}")
        if health.remedy:
            printing.say(f"    {printing.plain(health.remedy, 400)}")


def tell_none() -> None:
    if options.sees_no_case():
        printing.say("Of cases nothing is told to who administers the installation alone.")
    else:
        printing.say("No places are watched yet. To add one: reupload-monitor watch add URL")


def places_of_mistakes(loaded: WatchlistLoad) -> list[WatchlistError]:
    """For who administers the installation and sees no case: where something is wrong, since the files are theirs to
    look after, and of no case what. Nothing for everybody else, who are told of their own."""
    if not options.sees_no_case():
        return []
    remedy = "Whoever works in its case is told by this command what it is."
    of_cases = [one for one in (*loaded.errors, *loaded.refusals) if one.case]
    return [
        WatchlistError.at("something is wrong with an entry of a case", remedy=remedy, file=one.file, line=one.line)
        for one in of_cases
    ]
