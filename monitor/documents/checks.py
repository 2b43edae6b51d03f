"""What `doctor` found: what, why it matters, how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.model.check import Check

WHY: Mapping[str, str] = {
    "system": "The parts that read hostile files are shut in by what only Linux has.",
    "versions": "Files from sites are opened by these libraries: a known hole in one is a way in.",
    "clock": "When something was found, and how long a desk has had to answer, is told by this clock.",
    "memory": "While it works, this process holds the key to all that is kept.",
    "configuration": "Everything else is found by it.",
    "left out": "No backup holds passwords: whatever needs one does nothing until it is given again.",
    "permissions": "Whoever else uses this machine could read what is kept, or change what is done.",
    "store": "All finds, photos' fingerprints and reports are in it.",
    "photos": "Pictures are found by the photos that are enrolled: without one nothing can be found.",
    "attestation": "Nothing is looked at for somebody who may be under 18: other services help there, and at once.",
    "cases": "A case for which a setting is not taken is told and kept as all others are, and not as was wanted.",
    "fingerprints": "They are what copies are recognised by: a weak one misses copies.",
    "removals": "What was to go and is still there can be read by whoever finds it.",
    "notices": "A desk acts on a notice that says for whom it speaks; without that no draft is made.",
    "database": "Every case and machine works with it: what it loses, or shows to the wrong one, is lost for all.",
    "queue": "Without a scheduler and a worker nobody looks at any place.",
    "copy before upgrade": "Should a new version fail, this is the way back to the one before.",
    "watchlists": "Only what stands in them is looked at.",
    "sight": "A place that cannot be seen looks like a place where nothing is.",
    "evidence": "A page may be gone tomorrow: what was kept of it is what remains to show.",
    "vault": "What nothing names is kept by nobody, and may be of another set-up.",
    "time stamps": "They show that evidence is as old as it says, to somebody who does not trust this machine.",
    "passphrase": "It alone keeps who has the key's file from the evidence.",
    "alerts": "You hear of a find by them; without one you have to look yourself.",
    "browser": "Pages that are made by scripts show nothing without one.",
    "disk": "On a full disk finds can still be noted for a while, and evidence not.",
    "reserve": "With it a find can be noted and told on a disk that is full.",
    "confinement": "Pictures from sites may be made to take over whatever opens them.",
    "keys apart": "Whoever took over what holds your keys must not be able to send them anywhere.",
    "network apart": "Sites talk to it: whoever takes it over must find nothing of yours there.",
    "browser apart": "Sites run their scripts in it: whoever breaks out of a page must find nothing of yours.",
    "daemon": "As long as it stands still nothing is looked at, and nothing looks different from outside.",
    "backup": "Disks fail. Without a backup all finds, reports and evidence go with one.",
    "parts": "What falls again and again is not done meanwhile, whatever else works.",
    "recovery": "A crash may leave something half done, which the next start finishes or takes back.",
}
"""By the name of the check: one or two sentences that hold however it came out."""


def why_it_matters(check: Check) -> str:
    """'' for a check that this version does not know."""
    return WHY.get(check.name, "")


def check_document(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "state": check.state,
        "message": check.message,
        "why": why_it_matters(check),
        "remedy": check.remedy,
    }
