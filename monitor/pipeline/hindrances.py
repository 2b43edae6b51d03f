"""The standing alarm of what cannot run: watches whose case was never set up, whose source refuses them, whose file is
broken. It goes to the machine's own channels, under a case that is there: what is wrong may be the case itself."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.acting import acting_for_all
from monitor.alerts.outbox import may_grow, new_alert
from monitor.errors import SealError, WatchlistError
from monitor.model.alert import NO_BACKUP, AlertKind
from monitor.model.case import Case
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.pipeline.last_good import dump_watches, go_on, restore_watches
from monitor.ports import Store
from monitor.tomlfile import nearest
from monitor.tracking.falls import FallingPart, Falls
from monitor.tracking.hindrances import Hindrance, after_round, is_due
from monitor.watchlist import WatchlistLoad

log = logging.getLogger(__name__)

SUBJECT = "cannot run"
_BACKUP_TOLD_AFTER = timedelta(days=1)
PART_KEY = "part:"
FALLS_REMEDY = (
    "It is tried again by itself, in growing gaps. `reupload-monitor doctor` tries each part; a restart of the daemon "
    "(systemctl restart reupload-monitor) often helps."
)
_ALL_GONE = "watchlist_dir"  # the key under which it is told


def in_force(loaded: WatchlistLoad, store: Store) -> tuple[Watch, ...]:
    """The watches that count: what was read now, and in place of what could not be read, what was read last."""
    return go_on(restore_watches(store.machine.good_watches()), loaded)


def keep_good(watches: Sequence[Watch], store: Store) -> None:
    """Remembers them, encrypted as all else, for a start at which their file cannot be read."""
    text = dump_watches(watches)
    if text != store.machine.good_watches():
        store.machine.keep_good_watches(text)


def case_errors(watches: Iterable[Watch], store: Store) -> tuple[WatchlistError, ...]:
    """Of watches whose case was never set up; those that are switched off need none."""
    cases = known_cases(store)
    return tuple(filter(None, (_case_error(watch, cases) for watch in watches if watch.enabled)))


def known_cases(store: Store) -> Mapping[CaseId, Case]:
    """Every one that there is, whomever it is asked for: what is of another case is told from what is of none by this
    alone, and then told to nobody."""
    with acting_for_all():
        return {case.id: case for case in store.cases.all()}


def _case_error(watch: Watch, cases: Mapping[CaseId, Case]) -> WatchlistError | None:
    known = cases.get(watch.case)
    if known is not None and known.attestation is not None:
        return None
    like = nearest(watch.case, cases)
    if known is None:
        what = f"names case {watch.case!r}, which was never set up"
        right = f"Did you mean {like!r}? " if like else ""
        right += f"Correct the name, or set it up: reupload-monitor init --case {watch.case}"
    else:
        what = f"is of case {watch.case!r}, for which the attestation is missing"
        right = f"Give it: reupload-monitor --case {watch.case} enroll FOLDER asks for it."
    return WatchlistError.at(
        f"watch {watch.name!r} {what}: it does not run",
        remedy=right,
        file=str(watch.origin or ""),
        line=watch.line_of("case"),
        key="case",
        watch=watch.name,
        case=watch.case,
    )


def mistakes_in_files(loaded: WatchlistLoad, store: Store) -> tuple[WatchlistError, ...]:
    """What is wrong in the watchlists themselves, as their sources see it too, and that they are gone where there were
    some. To be asked before `keep_good`."""
    return (*loaded.errors, *loaded.refusals, *_gone(loaded, _kept(store)))


def _gone(loaded: WatchlistLoad, before: int) -> tuple[WatchlistError, ...]:
    if not before or loaded.files or loaded.errors:
        return ()
    message = f"there is no watchlist any more where {before} watches stood; they go on as they were last read"
    remedy = "Put the files back. If nothing is to be watched, leave one file there that holds no watch."
    return (WatchlistError(message, remedy=remedy, key=_ALL_GONE),)


def _kept(store: Store) -> int:
    return len(restore_watches(store.machine.good_watches()))


def hindered_by_files(loaded: WatchlistLoad, store: Store) -> tuple[Hindrance, ...]:
    """What keeps a watch from running that is switched on, and that all watches are taken out of the watchlists. To be
    asked before `keep_good`."""
    switched_off = {watch.name for watch in loaded.watches if not watch.enabled}
    found = [
        Hindrance(
            "empty" if one.key == _ALL_GONE else f"file:{one.file}:{one.key}",
            str(one),
            one.remedy,
            watch=one.watch,
            case=one.case,
            file=one.file,
            line=one.line,
        )
        for one in mistakes_in_files(loaded, store)
        if one.watch not in switched_off
    ]
    before = _kept(store)
    if before and loaded.files and not loaded.watches and not loaded.errors:
        message = f"no watch is left in the watchlists, where {before} stood: nothing is watched"
        found.append(Hindrance("none", message, "If that is not what you meant, put them back.", once=True))
    return tuple(found)


def hindered_by_cases(watches: Iterable[Watch], store: Store) -> tuple[Hindrance, ...]:
    """Of the watches in force, those whose case was never set up. Asked again and again: `init --case` mends it."""
    return tuple(
        Hindrance(f"case:{one.case}:{one.watch}", str(one), one.remedy, one.watch, one.case, one.file, one.line)
        for one in case_errors(watches, store)
    )


def hindered_by_recipients(settings: Settings, store: Store) -> tuple[Hindrance, ...]:
    """What keeps evidence from being sealed: what is found is recorded and told, and nothing is written in clear in
    place of it."""
    from monitor.vault.identity import parse_recipients  # its ciphers, where a command only asks for this

    if settings.evidence.recipients:
        try:
            parse_recipients(settings.evidence.recipients)
        except SealError as error:
            return (Hindrance("recipients", f"no evidence is kept: {error}", error.remedy),)
        return ()
    if not store.machine.vault_had_key():  # there never was one: set up so
        return ()
    message = "no evidence is kept any more: no age public key is left in [evidence] recipients"
    remedy = "Add one: reupload-monitor evidence recipients add age1... If that is what you meant, nothing is to do."
    return (Hindrance("no recipient", message, remedy, once=True),)


def hindered_by_configuration(store: Store) -> tuple[Hindrance, ...]:
    """Of the daemon that runs: it goes on with the configuration that it read before."""
    read = store.machine.daemon_read()
    if read is None or not read.refused:
        return ()
    message = f"what was changed is not taken, the daemon goes on with what it read before: {read.refused}"
    remedy = "Where that names a restart, restart the daemon. A file that is corrected it notices by itself."
    return (Hindrance(f"configuration:{read.mark}", message, remedy, file=read.file, once=True),)


def hindered_backups(store: Store, before: datetime | None = None) -> tuple[Hindrance, ...]:
    """No watch stands still for it: but nobody would notice before the day on which a backup is needed. before: only
    what began before then."""
    trouble = store.backups.trouble()
    if trouble is None or (before is not None and trouble.since > before):
        return ()
    return (Hindrance(NO_BACKUP, f"no backup can be made since {trouble.since:%Y-%m-%d}: {trouble.why}", ""),)


def backups_told_from(settings: Settings, now: datetime) -> datetime:
    """Trouble that began before then is told by a message: a stick is put away for an hour, or for a night."""
    return now - max(_BACKUP_TOLD_AFTER, timedelta(seconds=settings.backup.every_s))


def hindered_by_parts(standing: Sequence[Falls]) -> tuple[Hindrance, ...]:
    """Parts of this process that fail again and again. One for each, whatever of it fails."""
    found: dict[FallingPart, Hindrance] = {}
    for falls in standing:
        state = falls.state
        minutes = round((state.last - state.since) / 60)
        message = f"{falls.part.value} failed {state.falls} times in a row over {minutes} minutes, last: {state.why}"
        found.setdefault(falls.part, Hindrance(f"{PART_KEY}{falls.part.name.lower()}", message, FALLS_REMEDY))
    return tuple(found.values())


def hindered_by_deaths(store: Store) -> tuple[Hindrance, ...]:
    """What the workers died of too often."""
    remedy = (
        "It is tried once more soon, and then once a day. Look at its page by yourself: what is there may be made "
        "to be too much. Changed in its watchlist, it is begun anew."
    )
    return tuple(
        Hindrance(
            f"deaths:{row.case}:{row.watch}",
            f"{row.watch!r} is set aside: {row.deaths} times whoever looked at it ended without a word",
            remedy,
            row.watch,
            row.case,
            once=True,
        )
        for row in store.visits.set_aside()
    )


def tell_hindrances(found: Sequence[Hindrance], store: Store, settings: Settings, now: datetime) -> bool:
    """Writes the alarm when it is due, with what it rests on, in one transaction. Whether it was."""
    with store.transaction():
        told = store.machine.standing_told()
        due = is_due(found, told, now)
        case = told_under(store, settings)
        if due and case is None:
            log.error("something cannot run, and there is no case to tell it under", extra={"action": "standing"})
            return False
        if due and case is not None:
            here = (one for one in store.alerts.open() if one.kind is AlertKind.STOPPED and may_grow(one))
            # One message for all, as long as it has not gone out.
            alert = next(here, None) or new_alert(
                AlertKind.STOPPED, case=case, subject=SUBJECT, now=now, not_before=now
            )
            subject = NO_BACKUP if {one.key for one in found} == {NO_BACKUP} else SUBJECT
            store.alerts.save(replace(alert, count=len(found), subject=subject))
        after = after_round(found, told, now)
        if after != told:
            store.machine.tell_standing(after)
    return due


def told_under(store: Store, settings: Settings) -> CaseId | None:
    """The channels are the machine's. An alert belongs to a case all the same: the one of the configuration, else the
    first."""
    cases = [case.id for case in store.cases.all()]
    return settings.case.id if settings.case.id in cases else next(iter(cases), None)
