"""For whom each command is, where staff are named. A test holds that none is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.model.staff import Needs

ROLES: Mapping[str, Needs] = {
    # what shows nothing that is kept, and what the service itself runs: `review` asks again at every page
    "guide": Needs.ANYBODY,  # it asks by itself before it tells what is ticked off
    "demo": Needs.ANYBODY,
    "completion": Needs.ANYBODY,
    "run": Needs.ANYBODY,
    "worker": Needs.ANYBODY,
    "review": Needs.ANYBODY,
    "service unit": Needs.ANYBODY,
    "database prepare": Needs.ANYBODY,  # whoever has the address of its owner; there may be no staff yet to ask
    # of a case, to look at
    "match": Needs.READS,
    "status": Needs.STANDING,
    "digest": Needs.READS,
    "references list": Needs.READS,
    "watch list": Needs.STANDING,
    "watch check": Needs.STANDING,
    "sightings list": Needs.READS,
    "sightings show": Needs.READS,
    "reports next": Needs.READS,
    "reports timeline": Needs.READS,
    "reports mirrors": Needs.READS,
    "reports progress": Needs.READS,
    "reports list": Needs.READS,
    "reports channels show": Needs.READS,
    "reports hosts show": Needs.READS,
    "evidence verify": Needs.READS,
    "evidence list": Needs.READS,
    "evidence log": Needs.READS,
    "alerts show": Needs.READS,
    "alerts list": Needs.READS,
    "case list": Needs.ANY_CASE,  # names: those of their own, and all for who administers the installation
    "case show": Needs.READS,
    # of a case, to work in it
    "enroll": Needs.WORKS,
    "references remove": Needs.WORKS,
    "references resume": Needs.WORKS,
    "references under-18": Needs.WORKS,
    "references export": Needs.WORKS,
    "references import": Needs.WORKS,
    "watch add": Needs.WORKS,
    "watch pause": Needs.WORKS,
    "watch resume": Needs.WORKS,
    "watch remove": Needs.WORKS,
    "watch run": Needs.WORKS,
    "watch login": Needs.WORKS,
    "sightings confirm": Needs.WORKS,
    "sightings dismiss": Needs.WORKS,
    "sightings leave": Needs.WORKS,
    "sightings undo": Needs.WORKS,
    "sightings add": Needs.WORKS,
    "sightings under-18": Needs.WORKS,
    "reports draft": Needs.WORKS,
    "reports sent": Needs.WORKS,
    "reports response": Needs.WORKS,
    "reports withdraw": Needs.WORKS,
    "reports gone": Needs.WORKS,
    "reports channels confirm": Needs.WORKS,
    "reports hosts confirm": Needs.WORKS,
    "evidence capture": Needs.WORKS,
    "evidence add": Needs.WORKS,
    "evidence export": Needs.WORKS,
    "evidence remove": Needs.ADMINISTERS,
    "case remove": Needs.INSTALLATION,
    "case set": Needs.ADMINISTERS,
    "case unset": Needs.ADMINISTERS,
    # who works in a case, and what they did
    "staff add": Needs.STAFF,
    "staff remove": Needs.STAFF,
    "staff list": Needs.STAFF,
    "audit list": Needs.STAFF,
    "audit verify": Needs.STAFF,
    # of the installation
    "init": Needs.INSTALLATION,
    "doctor": Needs.INSTALLATION,
    "erase": Needs.INSTALLATION,
    "recover-key": Needs.INSTALLATION,
    "vacuum": Needs.INSTALLATION,
    "backup": Needs.INSTALLATION,
    "restore": Needs.INSTALLATION,
    "evidence recipients list": Needs.INSTALLATION,
    "evidence recipients add": Needs.INSTALLATION,
    "evidence recipients new": Needs.INSTALLATION,
    "evidence recipients remove": Needs.INSTALLATION,
    "alerts add": Needs.INSTALLATION,
    "alerts remove": Needs.INSTALLATION,
    "alerts test": Needs.INSTALLATION,
    "service install": Needs.INSTALLATION,
    "service remove": Needs.INSTALLATION,
    "config migrate": Needs.INSTALLATION,
    "database new-keys": Needs.INSTALLATION,
    "database new-store-key": Needs.INSTALLATION,
}

WITH_OPTION: Mapping[tuple[str, str], Needs] = {
    ("digest", "send"): Needs.WORKS,
    ("reports next", "draft"): Needs.WORKS,
    ("reports hosts show", "ask"): Needs.WORKS,
    **{
        (command, "installation"): Needs.INSTALLATION
        for command in ("staff add", "staff remove", "staff list", "audit list", "audit verify")
    },
}
"""Where an option makes more of a command than its name says."""


def needs_of(command: str, given: Mapping[str, Any]) -> Needs:
    """given: by the parameter's name. Of a command that is not named here: what nobody has by a role in a case."""
    if command in ("case set", "case unset") and str(given.get("key", "")).startswith("quota."):
        return Needs.INSTALLATION  # what a case is held to, its own staff do not raise
    raised = (needs for (name, option), needs in WITH_OPTION.items() if name == command and given.get(option))
    return next(raised, ROLES.get(command, Needs.INSTALLATION))
