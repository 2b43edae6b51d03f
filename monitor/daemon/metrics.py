"""Counts for a Prometheus of the person's own (`[monitoring] metrics`), as text
(https://prometheus.io/docs/instrumenting/exposition_formats/). Counts and ages: no name, no address, nothing that was
found. Off by default. Who listens is `outbound.counts_door`, and not this process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.measures import Measure
from monitor.model.progress import Loop
from monitor.ports.installation import InstallationStanding

WELL, READY = "monitor_well", "monitor_ready"
"""By these the door tells whether all is well, and whether work is taken: `outbound.counts_door`."""


@dataclass(frozen=True, slots=True)
class Counts:
    """ages: seconds since each loop got on; in_hand: pieces of work. up_s: since the start. stalls: since then.
    is_well: nothing stands still just now. is_ready: the store answers; else nothing of it is told. standing: of all
    cases; measured: what this process came by on its way."""

    up_s: float
    ages: Mapping[Loop, float]
    in_hand: Mapping[Loop, int]
    watches: int
    waiting: int
    stalls: int
    is_well: bool = True
    is_ready: bool = True
    standing: InstallationStanding = field(default_factory=InstallationStanding)
    measured: Mapping[Measure, float] = field(default_factory=dict)


def metrics_text(counts: Counts) -> str:
    lines = [
        "# TYPE monitor_up_seconds gauge",
        f"monitor_up_seconds {counts.up_s:.0f}",
        "# TYPE monitor_loop_age_seconds gauge",
        *(f'monitor_loop_age_seconds{{loop="{loop.value}"}} {age:.0f}' for loop, age in sorted(counts.ages.items())),
        "# TYPE monitor_in_hand gauge",
        *(f'monitor_in_hand{{loop="{loop.value}"}} {counts.in_hand.get(loop, 0)}' for loop in sorted(Loop)),
        "# TYPE monitor_checks gauge",
        f"monitor_checks {counts.watches}",
        "# TYPE monitor_stalls_total counter",
        f"monitor_stalls_total {counts.stalls}",
        *_gauge(WELL, int(counts.is_well)),
        *_gauge(READY, int(counts.is_ready)),
        *(_of_the_store(counts) if counts.is_ready else ()),
    ]
    for measure, value in sorted(counts.measured.items(), key=lambda one: one[0].told_as):
        name = f"monitor_{measure.told_as}"
        lines += [f"# HELP {name} {measure.meaning}", *_typed(name, value, "counter" if measure.grows else "gauge")]
    return "\n".join(lines) + "\n"


def _of_the_store(counts: Counts) -> list[str]:
    return [
        *_gauge("monitor_messages_waiting", counts.waiting),
        *_gauge("monitor_visits_due", counts.standing.due),
        *_gauge("monitor_visits_late_seconds", counts.standing.late_s),
        *_gauge("monitor_visits_in_hand", counts.standing.in_hand),
        *_gauge("monitor_visits_set_aside", counts.standing.set_aside),
        *_gauge("monitor_hosts_held", counts.standing.hosts_held),
        *_gauge("monitor_hosts_resting", counts.standing.hosts_resting),
    ]


def _gauge(name: str, value: float) -> list[str]:
    return _typed(name, value, "gauge")


def _typed(name: str, value: float, kind: str) -> list[str]:
    return [f"# TYPE {name} {kind}", f"{name} {round(value)}"]
