"""What a process left that was cut off (killed, out of memory, without power), and what is done about it when the data
is opened again. Read `open_recovered` first.

All that is written outside the store is written down before (`store.intents`), and the transaction that names it takes
that back. So what is still written down when nobody is at work is known for what it is, and `tracking.leftovers` says
what becomes of it. The daemon looks further, once at its start (`recover`), and tells it all: in its log, by `status`
and by `doctor`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from monitor.errors import MonitorError
from monitor.model.intent import Intent, IntentKind, LeftKind, Recovery
from monitor.model.removal import FileKind, Removal
from monitor.model.settings import Settings
from monitor.pipeline.removing import finish
from monitor.ports import Store
from monitor.store.lock import join_company
from monitor.store.opening import FILE
from monitor.store.store import SqlStore, open_store
from monitor.tracking.leftovers import Settlement, ThereNow, settled, staying
from monitor.vault.folder import VaultFolder

log = logging.getLogger(__name__)

RECOVERY_TOLD_FOR = timedelta(days=7)

ONE_START = timedelta(hours=1)
"""What is found within this long is told together: a command may have opened the data before the daemon did."""


def open_recovered(settings: Settings, now: datetime, *, to_read: bool = False, waits_s: float = 0) -> SqlStore:
    """The store, with what a cut-off process left in its files finished or rolled back, where no other process is at
    work on the data. Raises as `open_store`; never for what recovery meets."""
    is_there = (settings.data_dir / FILE).exists()
    company = join_company(settings.data_dir, first=True) if is_there else None
    try:
        store = open_store(settings, to_read=to_read, waits_s=waits_s, company=company)
    except BaseException:
        if company is not None:
            company.leave()
        raise
    if store.reading is None:
        if company is not None and company.is_alone:
            _roll_back(store, settings, now)
        finish(store, settings)
    if company is not None:
        company.settle()
    return store


def _roll_back(store: Store, settings: Settings, now: datetime) -> None:
    try:
        things = settle_intents(store, settings)
        if freed := store.alerts.free_claims(now):
            things[LeftKind.FREED] += freed
        note(Recovery(now, things=things), store)
    except (MonitorError, OSError) as error:  # the disk is full or away: the next start does it
        log.warning(
            "what was left over stays as it is", extra={"action": "not_recovered", "error": type(error).__name__}
        )


def settle_intents(store: Store, settings: Settings, *, before: datetime | None = None) -> Counter[LeftKind]:
    """before: only what is older, since other processes may be at work; None: nobody is. Raises StoreError, OSError."""
    intents = store.intents.all()
    if not intents:
        return Counter()
    vault = VaultFolder(settings.vault_dir)
    plan = settled(intents, _standing(intents, store, vault), alive_since=before)
    vault.put_aside(plan.put_aside)
    with store.transaction():
        _write(plan, store)
    done = Counter({LeftKind.ASIDE: len(plan.put_aside), LeftKind.REMOVED: len(plan.remove)})
    done[LeftKind.DRAFTS] = sum(Path(path).exists() for _, path in plan.drafts)
    if plan.remove or plan.drafts:
        finish(store, settings)
    return +done


def _write(plan: Settlement, store: Store) -> None:
    """What is to go goes as all does that is to go: a disk that is away only delays it."""
    store.removals.add(*(Removal(one.case, FileKind.SEALED, one.path) for one in plan.remove))
    store.removals.add(*(Removal(one.case, FileKind.DRAFT, path) for one, path in plan.drafts))
    for one, path in plan.drafts:
        store.draft_files.drop(one.case, [path])
    for kind in IntentKind:
        store.intents.drop(kind, [one.path for one in plan.done if one.kind is kind])


def _standing(intents: Sequence[Intent], store: Store, vault: VaultFolder) -> ThereNow:
    in_place, aside = vault.names().keys(), vault.aside().keys()  # before the rows
    drafts, reported = dict[str, list[str]](), set[str]()
    for one in intents:
        if one.kind is IntentKind.SITTING:
            from monitor.takedown.sheets import INDEX

            files = list(store.draft_files.within(one.case, one.path))
            sheets = {path for path in files if store.reports.of_file(one.case, path)}
            drafts[one.path] = files
            reported |= staying(files, sheets, INDEX)
    named = {one.path for one in intents if one.kind is IntentKind.SEAL and store.evidence.names(one.path)}
    return ThereNow(named, in_place, aside, drafts, reported)


def recover(store: Store, settings: Settings, now: datetime) -> Recovery:
    """By the daemon, once at its start: looks further than whoever opens the data, and says all that was found in the
    last hour. Reads every name in the vault."""
    things = Counter[LeftKind]()
    vault = VaultFolder(settings.vault_dir)
    things[LeftKind.HALF] = vault.sweep_halves()
    things[LeftKind.UNSURE] = store.alert_parts.unsure()
    for case in store.cases.all():
        things[LeftKind.UNLISTED] += len(store.captures.without_manifest(case.id, now))
    if not vault.why_not_there(had_key=store.machine.vault_had_key()):
        things[LeftKind.LOST] = len(store.evidence.files() - vault.names().keys() - vault.aside().keys())
    was_cut_off = store.machine.daemon_began() is not None
    store.machine.note_daemon(now)
    return note(Recovery(now, was_cut_off, +things), store)


def note(found: Recovery, store: Store) -> Recovery:
    """With what was found just before. Returns what is to be told of this start."""
    before = store.machine.recovery()
    if before is not None and timedelta(0) <= found.at - before.at <= ONE_START and not before.was_cut_off:
        found = Recovery(found.at, found.was_cut_off, _summed(before.things, found.things))
    if found:
        store.machine.note_recovery(found)
    return found


def _summed(before: Mapping[LeftKind, int], found: Mapping[LeftKind, int]) -> Mapping[LeftKind, int]:
    return {kind: count for kind in LeftKind if (count := before.get(kind, 0) + found.get(kind, 0))}


def last_recovery(store: Store, now: datetime) -> Recovery | None:
    """As long as it is told: a week."""
    found = store.machine.recovery()
    return found if found is not None and abs(now - found.at) <= RECOVERY_TOLD_FOR else None
