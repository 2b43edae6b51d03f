"""What is forgotten with time, and what a crash left lying about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.acting import acting_for
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceItem
from monitor.model.ids import CaseId
from monitor.model.settings import RetentionSettings, Settings
from monitor.pipeline.case_settings import own_settings
from monitor.pipeline.flood import lift_calm
from monitor.pipeline.leaps import is_doubted
from monitor.pipeline.recheck import plan_unplanned
from monitor.pipeline.recovering import settle_intents
from monitor.pipeline.removing import finish, forget_rows, remove_files
from monitor.pipeline.surviving import surviving
from monitor.pipeline.vault_keeping import IN_WORK, sweep_vault
from monitor.pipeline.who_hosts import settle_wants
from monitor.ports import Store
from monitor.store.upgrade_copies import forget_copies
from monitor.tracking.sighting_life import MEDIA_STAYS
from monitor.vault.folder import VaultFolder

LONGEST_GAP = timedelta(days=31)
"""Between two rounds. After a longer one the machine was off, or its clock is ahead, which looks the same and would
have all that is kept look old: nothing is forgotten until it has run on for a day."""

LEAST_SEEN_DAYS = 60
"""What a watch still meets is asked again every 30 days: not asked for twice that long, it is met no more."""

FLOODS_STAY = timedelta(days=2)  # both of their times reach a day and an hour


@dataclass(frozen=True, slots=True)
class Kept:
    """How many rows went, and how many sealed files were put aside since no row names them."""

    candidates: int
    seen: int
    runs: int
    stray_files: int
    dismissed_media: int


def keep_house(store: Store, settings: Settings, now: datetime) -> Kept:
    """`[retention]`: hashes of other people's pictures, addresses and reports of runs are not kept for ever."""
    finish(store, settings)
    with surviving("intents"):  # where there always is another process, as of a page
        settle_intents(store, settings, before=now - IN_WORK)
    if _after_a_gap(store, now):
        return Kept(0, 0, 0, 0, 0)
    stray_files = dismissed_media = candidates = seen = runs = 0
    with surviving("dismissed_media"):
        dismissed_media = forget_dismissed(store=store, settings=settings, now=now)
    with surviving("vault_sweep"):  # a disk that refuses a file keeps nobody's old rows
        stray_files = sweep_vault(store=store, vault=VaultFolder(settings.vault_dir), now=now).moved
    cases = store.cases.all()
    own = own_settings("retention", settings, store)
    for case in cases:
        retention = own.get(case.id, settings).retention
        with surviving("old_rows"), acting_for(case.id):
            lift_calm(store, case.id, settings.match.flood_hosts, now)
            candidates += store.candidates.forget_before(case.id, now - timedelta(days=retention.candidates_days))
            seen_days = max(retention.candidates_days, LEAST_SEEN_DAYS)
            seen += store.seen.forget_before(case.id, now - timedelta(days=seen_days))
            runs += store.runs.forget_before(case.id, now - timedelta(days=retention.runs_days))
            store.alerts.forget_before(case.id, now - timedelta(days=retention.alerts_days))
        with surviving("old_facts"), acting_for(case.id):
            _forget_facts(store, case.id, retention, now)
            settle_wants(store, case.id, now)
        with surviving("unplanned_looks"), acting_for(case.id):
            plan_unplanned(case.id, store, now)
    with surviving("old_facts"):
        machines_before = now - timedelta(days=settings.retention.machine_facts_days)
        found_out = (store.rendering, store.pair_tracks, store.robots_copies, store.refused_accounts)
        for facts in (*found_out, store.hosts, store.hosting):
            facts.forget_before(machines_before)
    with surviving("upgrade_copies"):
        forget_copies(settings.data_dir, now - timedelta(days=settings.retention.upgrade_copies_days))
    return Kept(candidates=candidates, seen=seen, runs=runs, dismissed_media=dismissed_media, stray_files=stray_files)


def _forget_facts(store: Store, case: str, retention: RetentionSettings, now: datetime) -> None:
    """Digests have one row a case, and what was taken in of foreign lists is the record of a decision: both stay."""
    store.floods.forget_before(case, now - FLOODS_STAY)
    store.wishes.forget_before(CaseId(case), now - timedelta(days=retention.wishes_days))
    kept = (store.claimed_pages, store.rechecks, store.watch_facts, store.link_shapes, store.kept_watches)
    for facts in (*kept, store.desk_looks, store.places):
        facts.forget_before(case, now - timedelta(days=retention.facts_days))


def forget_dismissed(*, store: Store, settings: Settings, now: datetime) -> int:
    """The sealed media of what was dismissed a day ago or earlier: until then `undo` gives everything back. Returns how
    many."""
    going: list[EvidenceItem] = []
    with store.transaction():
        for case in store.cases.all():
            for sighting in store.sightings.dismissed_before(case.id, now - MEDIA_STAYS):
                kept = store.evidence.all(case.id, sighting.id)
                media = [item for item in kept if item.is_media]
                going += media
                if media:
                    about = {"sighting": sighting.id, "files": str(len(media)), "why": "dismissed a day ago"}
                    # What the person brought herself stays, and so does what the log knows of it.
                    spare = [CustodyAct.ADD]
                    store.custody.note(case.id, CustodyAct.DELETE, about, now, drop=[sighting.id], spare=spare)
        forget_rows(going, store=store)
    if going:
        remove_files(store, settings)
    return len(going)


def was_off_for_long(store: Store, now: datetime) -> bool:
    """Since the last round; or the clock is ahead."""
    last = store.machine.last_round()
    return last is not None and now - last > LONGEST_GAP


def _after_a_gap(store: Store, now: datetime) -> bool:
    """Notes this round."""
    was_off = was_off_for_long(store, now) or is_doubted(store.machine.clock_set(), now)
    store.machine.note_round(now)
    return was_off
