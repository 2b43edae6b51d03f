"""The find that a person means by what she typed."""

from __future__ import annotations

from monitor.errors import NoSuch, no_such
from monitor.mending import Mending
from monitor.model.ids import CaseId
from monitor.model.sighting import Sighting
from monitor.ports import Store


def find_named(typed: str, *, case: CaseId, store: Store) -> Sighting:
    """By its number, its id or an unambiguous beginning of the id: for every command that takes a find. Raises
    NoSuch."""
    sighting = store.sightings.named(case, typed)
    if sighting is not None:
        return sighting
    if typed.strip().isdecimal():
        raise NoSuch(
            f"there is no find number {typed.strip()} in the case {case!r}",
            remedy=f"`reupload-monitor sightings list --case {case}` shows those of this case; another case: --case "
            "NAME.",
            way=Mending.LIST_FINDS,
        )
    raise no_such("sighting", typed, case, "sightings list")
