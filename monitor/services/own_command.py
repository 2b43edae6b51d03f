"""How the program is called in what is kept and typed later, in whatever folder."""

from __future__ import annotations

import shlex

from monitor.config_places import calling
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.plain import plain
from monitor.ports import Store


def own_command(settings: Settings, store: Store, case: CaseId) -> str:
    """With this configuration, and the case where there are several. One printable line."""
    # For one case a shared store shows no other: there it is always said.
    several = settings.database.url is not None or len(store.cases.all()) > 1
    return plain(calling(settings.path) + (f" --case {shlex.quote(case)}" if several else ""))
