"""How many finds a case has of each kind."""

from __future__ import annotations

from monitor.model.figures import Figures
from monitor.model.ids import CaseId
from monitor.ports import Store
from monitor.tracking.figures import figures_of_alike


def case_figures(store: Store, case: CaseId) -> Figures:
    """New: since the last weekly summary, as the next one will count."""
    since = store.digests.last(case)
    untold = store.sightings.of_ids(case, store.alerts.outstanding(case).finds)
    return figures_of_alike(store.sightings.alike(case, since), since, untold)
