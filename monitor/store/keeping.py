"""How long each table's rows are kept: by a setting of `[retention]`, or for ever, with the reason.

Plain data. `pipeline.housekeeping` forgets what has a setting; a house test holds that no table is left out, and that
docs/keeping-it-running.md says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keeping:
    """days: the setting; '' where rows stay, or go with something else, as `why` says."""

    why: str
    days: str = ""


_HERS = "the person's own record"
_FIND = "goes with the find"
_ONE = "one row for each: it does not grow"
_PHOTO = "until the photo is taken out"
_LOG = "a log of which a part is missing proves nothing"
_REPORT = "what was asked of whom, and when: a deadline may be counted from it years later"
_FOUND_OUT = "found out anew where it is still asked for"
_FACT = "a small fact, after it last changed"

KEPT: Mapping[str, Keeping] = {
    "alembic_version": Keeping(_ONE),
    "machine": Keeping(_ONE),
    "case_settings": Keeping(_HERS),
    "case_use": Keeping("one row for each quota of a case: it does not grow"),
    "cases": Keeping(_HERS),
    "key_changes": Keeping(_ONE),
    "case_keys": Keeping("as long as its case: without them nothing that was sealed is read"),
    "enrolled": Keeping(_PHOTO),
    "versions": Keeping(_PHOTO),
    "photo_hashes": Keeping(_PHOTO),
    "sightings": Keeping("a find: known again years later, where it is back"),
    "sighting_addresses": Keeping(_FIND),
    "captures": Keeping(_FIND),
    "capture_sightings": Keeping(_FIND),
    "evidence": Keeping("until its removal is decided"),
    "changes": Keeping("what became of a find: it is told from these, and evidence leans on them"),
    "made_decisions": Keeping(_HERS),
    "dismissals": Keeping(_HERS),
    "own_entries": Keeping(_HERS),
    "ticks": Keeping(_HERS),
    "draft_files": Keeping("readable text lies there: each place stays known until it is gone"),
    "removals": Keeping("until the file is gone"),
    "intents": Keeping("until what was about to be written has its row, or is gone"),
    "custody": Keeping(_LOG),
    "custody_heads": Keeping(_ONE),
    "staff": Keeping("as long as the person works here, in that role"),
    "audit": Keeping(_LOG),
    "audit_heads": Keeping(_ONE),
    "time_stamps": Keeping(_LOG),
    "stamp_tries": Keeping(_ONE),
    "reports": Keeping(_REPORT),
    "report_sightings": Keeping(_REPORT),
    "report_events": Keeping(_REPORT),
    "dead_addresses": Keeping("one row for each desk at most; until an address answers again"),
    "contact_checks": Keeping("as long as a registry names the address"),
    "hosting_wants": Keeping("until no find that is open lies there"),
    "hostings": Keeping("as long as it is wanted"),
    "foreign_lists": Keeping("the record of a decision: why another's list was taken in"),
    "digests": Keeping(_ONE),
    "logins": Keeping("until the person takes it away"),
    "channel_health": Keeping(_ONE),
    "due_visits": Keeping("as long as the watch is there: when it is looked at next"),
    "visit_budget": Keeping(_ONE),
    "backups": Keeping("until the file goes: when the last one was made, and tried, is asked years later"),
    "backup_trouble": Keeping(_ONE),
    "standstills": Keeping("the newest hundred: when nothing was looked at, and why as far as is known"),
    "candidates": Keeping("a photo that is enrolled later is found among them", "candidates_days"),
    "seen_urls": Keeping("at least 60 days: what a watch still meets is asked again every 30", "candidates_days"),
    "runs": Keeping("how a watch went", "runs_days"),
    "alerts": Keeping("after somebody has it; what nobody has stays", "alerts_days"),
    "alert_parts": Keeping("goes with its alert", "alerts_days"),
    "claimed_pages": Keeping(_FACT, "facts_days"),
    "rechecks": Keeping(_FACT, "facts_days"),
    "watch_facts": Keeping(_FACT, "facts_days"),
    "link_shapes": Keeping(_FACT, "facts_days"),
    "kept_watches": Keeping(_FACT, "facts_days"),
    "taught_places": Keeping(_FACT, "facts_days"),
    "desk_looks": Keeping(_FACT, "facts_days"),
    "floods": Keeping("two days: both of its times reach a day and an hour"),
    "wishes": Keeping("what came of it is told beside what it was about", "wishes_days"),
    "rendering": Keeping(_FOUND_OUT, "machine_facts_days"),
    "pair_tracks": Keeping(_FOUND_OUT, "machine_facts_days"),
    "closed_for_all": Keeping("nobody's picture of that kind is asked for again, whoever's case goes"),
    "robots_copies": Keeping(_FOUND_OUT, "machine_facts_days"),
    "refused_accounts": Keeping(_FOUND_OUT, "machine_facts_days"),
    "hosts": Keeping(_FOUND_OUT, "machine_facts_days"),
    "registry_copies": Keeping(_FOUND_OUT, "machine_facts_days"),
}
"""By the table's name."""
