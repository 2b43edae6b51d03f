"""How the commands tell whether a watch sees."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.cli import printing
from monitor.documents.times import utc_words
from monitor.model.observation import Observation
from monitor.tracking.health import Health, Sight

WORDS = {
    Sight.SEES: "sees",
    Sight.PARTLY: "sees in part",
    Sight.BLIND: "BLIND",
    Sight.NEVER: "never run",
    Sight.OFF: "switched off",
}


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


def tell_health(named: Sequence[tuple[str, Health]]) -> None:
    """Those that do not see, or not everything: cause, last good look, remedy."""
    for name, health in named:
        if health.sight not in (Sight.BLIND, Sight.PARTLY):
            continue
        last = f"last good look {utc_words(health.last_good)}" if health.last_good else "no good look so far"
        printing.say(f"{printing.plain(name)} {WORDS[health.sight]}: {printing.plain(health.cause, 300)}; {last}")
        if health.remedy:
            printing.say(f"    {printing.plain(health.remedy, 400)}")
