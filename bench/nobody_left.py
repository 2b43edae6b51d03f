"""What a round costs in which many reports are overdue and nobody is left to ask about any of them.

`python -m bench.nobody_left [REPORTS]`: every desk of every find was asked, and nobody answered in time; one round of
the daemon's (`services/escalation.py`) on the real store.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench.many_drafts import CASE, NOW, fill, settings
from monitor.model.ids import new_id
from monitor.model.report import Frozen, Report
from monitor.services.case_view import open_finds
from monitor.services.drafting import DraftService
from monitor.services.escalation import EscalationService
from monitor.store.store import open_store
from monitor.takedown.channel_files import load_channels
from monitor.takedown.routing import address_for

REPORTS = 300


def ask_everybody(drafts: DraftService, most: int) -> int:
    """Every desk of the finds, until there are so many reports. Returns how many."""
    store = drafts.store
    view = drafts.view(CASE, open_finds(CASE, store))
    made = 0
    with store.transaction():
        for sighting in view.sightings.values():
            for route in view.routes(sighting):
                address = address_for(route)
                at = NOW - timedelta(days=40, seconds=made)
                report = Report.drafted(
                    id=new_id(at),
                    case=CASE,
                    sightings=(sighting.id,),
                    channel=route.channel.id,
                    route=route.regime.id,
                    at=at,
                    lane=route.lane.value,
                    frozen=Frozen(address=address.email or address.url, deadline="PT48H", legal_basis="us_tida"),
                )
                store.reports.save(report.sent(at=at, due_at=at + timedelta(days=2)))
                made += 1
            if made >= most:
                return made
    return made


def main(reports: int = REPORTS) -> None:
    with tempfile.TemporaryDirectory() as name:
        chosen = settings(Path(name))
        store = open_store(chosen, new=True)
        fill(store, finds=reports, hosts=reports)
        channels = load_channels()
        drafts = DraftService(store, chosen, lambda: channels, lambda: NOW)
        made = ask_everybody(drafts, reports)
        escalation = EscalationService(store, drafts, lambda: NOW)
        for number in range(2):
            began = time.process_time()
            drafted = escalation.round(CASE)
            spent = time.process_time() - began
            print(f"round {number + 1}: {made} overdue, {len(drafted)} drafted, {spent:.2f} s of CPU")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
