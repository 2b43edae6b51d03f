"""Counts for a Prometheus of the person's own (`[monitoring] metrics`), as text
(https://prometheus.io/docs/instrumenting/exposition_formats/). Counts and ages: no name, no address, nothing that was
found. Off by default. Who listens is `outbound.counts_door`, and not this process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model.progress import Loop


@dataclass(frozen=True, slots=True)
class Counts:
    """ages: seconds since each loop got on; in_hand: pieces of work. up_s: since the start. stalls: since then."""

    up_s: float
    ages: Mapping[Loop, float]
    in_hand: Mapping[Loop, int]
    watches: int
    waiting: int
    stalls: int


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
        "# TYPE monitor_messages_waiting gauge",
        f"monitor_messages_waiting {counts.waiting}",
        "# TYPE monitor_stalls_total counter",
        f"monitor_stalls_total {counts.stalls}",
    ]
    return "\n".join(lines) + "\n"
