"""Whether every part works: what `doctor` looks at, and what it thinks of it. Nothing is changed."""

from __future__ import annotations

import asyncio
import contextlib
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from monitor.clock import exact_now
from monitor.documents.times import utc_words
from monitor.errors import MonitorError, StoreError
from monitor.model.case import Authority
from monitor.model.check import FAULT, OK, WARNING, Check
from monitor.model.ids import CaseId
from monitor.model.limits import EVIDENCE_STOPS_BELOW, LEAST_FREE_BYTES
from monitor.model.settings import Contact, Settings
from monitor.pipeline.case_settings import settings_of_all
from monitor.pipeline.hindrances import FALLS_REMEDY, PART_KEY
from monitor.plain import several
from monitor.ports import Store
from monitor.services import alert_checks, file_checks, vault_checks
from monitor.services.case_settings import CaseSettingsService
from monitor.services.cases import CaseService
from monitor.services.daemon_checks import backup_checks, daemon_checks
from monitor.services.damage import damage_of
from monitor.services.on_queue import check_workers
from monitor.services.on_server import check_server
from monitor.services.time_checks import check_against_database, check_clock, check_time_stamps
from monitor.services.upgrades import copy_checks
from monitor.services.watches import WatchService, load_watches
from monitor.tracking.falls import FallingPart
from monitor.tracking.health import Sight
from monitor.tracking.readiness import lacking, lacking_secrets

if TYPE_CHECKING:
    from monitor.model.fingerprint import Reference
    from monitor.parts.confine.layers import Confinement
    from monitor.parts.starting import ProgramParts

# Fixed in these: 19 picture decoder CVEs (Pillow), resource exhaustion in decoding (urllib3 has no part here).
LEAST_VERSIONS = {"pillow": (12, 3), "aiohttp": (3, 13), "sqlcipher3": (0, 5, 4)}


class Services(Protocol):
    """What of an open store is asked; `monitor.app.App` has it."""

    @property
    def store(self) -> Store: ...
    @property
    def cases(self) -> CaseService: ...
    @property
    def watches(self) -> WatchService: ...
    @property
    def case_settings(self) -> CaseSettingsService: ...


_APART = "pictures from sites are opened in a process shut off from the rest"


@dataclass(frozen=True, slots=True)
class Installation:
    """opened: opens the store, and raises what keeps it from opening. case: the one that is meant; None = all.
    ask_channels: through whoever may open connections."""

    settings: Settings
    opened: Callable[[], AbstractContextManager[Services]]
    case: CaseId | None
    ask_channels: alert_checks.AskChannels

    def is_meant(self, case: str) -> bool:
        return self.case is None or case in ("", self.case)


def of_machine(now: datetime) -> Iterator[Check]:
    """What needs no configuration."""
    yield _system()
    yield _versions()
    yield check_clock(now)
    yield _memory()


def of_settings(
    settings: Settings,
    opened: Callable[[], AbstractContextManager[Services]],
    case: CaseId | None,
    outside: ProgramParts | None,
    ask_channels: alert_checks.AskChannels,
) -> Iterator[Check]:
    """Of each part that is set up; one that cannot be looked at is a fault, and the others are looked at. outside: who
    uses the network and renders pages; None: this process."""
    yield Check("configuration", OK, str(settings.path or "from the environment"))
    here = Installation(settings, opened, case, ask_channels)
    parts: list[tuple[str, Callable[[Installation], Iterator[Check]]]] = [
        ("left out", lambda here: _left_out(here.settings)),
        ("permissions", lambda here: file_checks.permission_checks(here.settings)),
        ("store", _store),
        ("database", lambda here: check_server(here.settings)),
        ("queue", lambda here: check_workers(here.settings)),
        ("copy before upgrade", lambda here: copy_checks(here.settings)),
        ("recovery", lambda here: vault_checks.recovery_checks(here.opened, exact_now())),
        ("daemon", lambda here: daemon_checks(here.settings, here.opened, exact_now())),
        ("backup", lambda here: backup_checks(here.settings, here.opened, exact_now())),
        ("watchlists", _watchlists),
        ("sight", _sight),
        ("evidence", lambda here: vault_checks.evidence_checks(here.settings, here.opened)),
        ("vault", lambda here: vault_checks.vault_checks(here.settings)),
        ("time stamps", _time_stamps),
        ("passphrase", lambda here: vault_checks.passphrase_checks(here.settings)),
        ("alerts", lambda here: alert_checks.alert_checks(here.settings, here.opened, here.case, here.ask_channels)),
        ("browser", lambda here: _browser(here, outside)),
        ("disk", _disk),
        ("parts", _parts),
        ("confinement", _confinement),
        ("parts apart", lambda here: _apart(here, outside)),
    ]
    told = set[str]()  # one store that cannot be opened is one fault, however many parts ask for it
    for name, part in parts:
        try:
            yield from part(here)
        except MonitorError as error:
            if str(error) not in told:
                yield Check(name, FAULT, str(error), error.remedy)
            told.add(str(error))
        except OSError as error:
            yield Check(name, FAULT, f"{error.strerror}: {error.filename}", "Check the path and its permissions.")


def _left_out(settings: Settings) -> Iterator[Check]:
    for lack, name in zip(lacking_secrets(settings.left_out), settings.left_out, strict=True):
        yield Check("left out", FAULT if name == "network.proxy" else WARNING, lack.message, lack.remedy)


def _system() -> Check:
    shown = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    if sys.platform != "linux":
        return Check("system", FAULT, shown, "The daemon runs on Linux only: a small server, or WSL2 on Windows.")
    return Check("system", OK, shown)


def _versions() -> Check:
    from importlib.metadata import PackageNotFoundError, version

    old = []
    for name, least in LEAST_VERSIONS.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            old.append(f"{name} is missing")
            continue
        if tuple(int(part) for part in found.split(".")[:3] if part.isdigit()) < least:
            old.append(f"{name} {found} is older than {'.'.join(map(str, least))}")
    if old:
        return Check(
            "versions",
            FAULT,
            "; ".join(old),
            "Install the program again as README says: that brings the tested versions.",
        )
    return Check("versions", OK, "no known-bad ones")


def _memory() -> Check:
    """Of this process; the daemon and its children are closed in the same way, first thing."""
    from monitor.private import is_private

    if is_private():
        return Check("memory", OK, "closed to other processes, and no core file is made of it")
    remedy = "Linux only. There: start the command `reupload-monitor` itself, not its parts."
    return Check("memory", WARNING, "a core file or another process of this user may show keys", remedy)


def _store(here: Installation) -> Iterator[Check]:
    if damaged := damage_of(StoreError("", remedy=""), here.settings):
        raise damaged
    with here.opened() as opened:
        meant = opened.cases.meant(here.case)
        missing = [case.id for case in opened.store.cases.all() if case.id in meant and case.attestation is None]
        waiting = [item.path for case in meant for item in opened.store.removals.all(case)]
        enrolled = [item for case in meant for item in opened.store.references.all(case)]
        attested = {case.id: case.attestation.authority for case in opened.store.cases.all() if case.attestation}
        own = settings_of_all(meant, here.settings, opened.store)
        refused = opened.case_settings.wrong(meant)
    yield Check("store", OK, f"opens with its key; {several(len(enrolled), 'photo', 'photos')} enrolled")
    without = [case for case in meant if not any(item.case == case for item in enrolled)]
    for lack in lacking(channels=1, watched=1, cases=len(meant), without_photo=without):
        yield Check("photos", WARNING, lack.message, lack.remedy)
    yield from _fingerprints(enrolled)
    if missing:
        remedy = "reupload-monitor enroll asks for it."
        yield Check(
            "attestation", WARNING, f"nobody said yet for {', '.join(missing)} that all shown are 18 or older", remedy
        )
    for why in refused:
        yield Check("cases", WARNING, f"what was set for a case is not taken: {why}", "Set it anew: `case set`.")
    yield from _removals(waiting)
    yield from _contacts({case: own[case].contact(case) for case in meant}, attested)


def _fingerprints(enrolled: Sequence[Reference]) -> Iterator[Check]:
    from monitor.matching.joining import is_outdated
    from monitor.matching.remarks import remarks_on

    outdated = sum(is_outdated(item.fingerprint) for item in enrolled)
    if outdated:
        message = f"{outdated} photos were enrolled by another version: crops and strong edits of them are missed"
        yield Check("fingerprints", WARNING, message, "Enrol their files again: reupload-monitor enroll FILE...")
    limited = sum(not is_outdated(item.fingerprint) and bool(remarks_on(item)) for item in enrolled)
    if limited:  # nothing that can be mended where there is no other file of it
        of = several(limited, "photo", "photos")
        yield Check("fingerprints", OK, f"of {of} less is found than of others: `references list` says what, and why")


def _removals(waiting: Sequence[str]) -> Iterator[Check]:
    if waiting:
        files = several(len(waiting), "file that was to go", "files that were to go")
        message = f"{files} may still be there: {', '.join(waiting)}"
        remedy = (
            "Make their places reachable and type any command (for `drafts/...` in the folder where it was drafted). "
            "Or remove them by hand, then: reupload-monitor reports gone."
        )
        yield Check("removals", WARNING, message, remedy)


def _contacts(contacts: Mapping[CaseId, Contact | None], attested: Mapping[CaseId, Authority]) -> Iterator[Check]:
    """For whom the drafts of each case speak, by config.toml and by what was attested."""
    mute = [case for case, contact in contacts.items() if contact is None or contact.is_empty]
    if mute:
        message = f"nobody has said who they speak for in {', '.join(mute)}: no draft is made there"
        remedy = "Write name and email below [case] in config.toml; of another case: `reupload-monitor case set`."
        yield Check("notices", WARNING, message, remedy)
    for case, contact in contacts.items():
        if contact is not None and attested.get(case, contact.case.role) != contact.case.role:
            message = f"{contact.in_case} says role = {contact.case.role}, and {attested[case]} was attested for {case}"
            remedy = f'Drafts go by what was attested. Write role = "{attested[case]}" there if that is right.'
            yield Check("notices", WARNING, message, remedy)


def _watchlists(here: Installation) -> Iterator[Check]:
    loaded = load_watches(here.settings)
    mistakes = [*loaded.errors, *loaded.refusals]
    with contextlib.suppress(MonitorError):  # of the store: told at "store"
        with here.opened() as opened:
            mistakes = list(opened.watches.mistakes(loaded))
    mistakes = [one for one in mistakes if here.is_meant(one.case)]
    watched = sum(watch.enabled for watch in loaded.right if here.is_meant(watch.case))
    if mistakes:
        message = f"{several(len(mistakes), 'thing is', 'things are')} wrong, the first: {mistakes[0]}"
        yield Check("watchlists", FAULT, message, "reupload-monitor watch check tells them all.")
    elif not watched:
        (lack,) = lacking(channels=1, watched=0, cases=1, without_photo=())
        yield Check("watchlists", WARNING, lack.message, lack.remedy)
    else:
        yield Check("watchlists", OK, f"{several(watched, 'watch', 'watches')}")


def _sight(here: Installation) -> Iterator[Check]:
    """Watches that are right and still see nothing."""
    watches = [watch for watch in load_watches(here.settings).right if here.is_meant(watch.case)]
    try:
        with here.opened() as opened:
            seen = opened.watches.seen(watches)
    except MonitorError:
        return  # told at "store"
    blind = [one for one in seen if one.health.sight is Sight.BLIND]
    for one in blind:
        good = one.health.last_good
        last = f"last good look {utc_words(good)}" if good else "no good look so far"
        message = f"{one.watch.name} could see nothing: {one.health.cause}; {last}"
        yield Check("sight", WARNING, message, one.health.remedy)
    without = [
        one for one in seen if one.health.sight is Sight.PARTLY and one.last_run and not one.last_run.images_seen
    ]
    for one in without:
        yield Check("sight", WARNING, f"{one.watch.name} saw no picture: {one.health.cause}", one.health.remedy)
    never = [one.watch.name for one in seen if one.health.sight is Sight.NEVER]
    if never:
        remedy = "Start the daemon, or: reupload-monitor watch run"
        yield Check("sight", WARNING, f"not looked at so far: {', '.join(never)}", remedy)
    if seen and not (blind or without or never):
        yield Check("sight", OK, "every watch had its last look in time, and each saw its place")


def _time_stamps(here: Installation) -> Iterator[Check]:
    with here.opened() as opened:
        meant = [case.id for case in opened.store.cases.all() if here.is_meant(case.id)]
        yield from check_against_database(opened.store, exact_now)
        yield from check_time_stamps(opened.store, meant, here.settings.evidence.timestamp_urls, exact_now())


def _browser(here: Installation, outside: ProgramParts | None) -> Iterator[Check]:
    from monitor.services.browser_checks import browser_checks

    yield from browser_checks(here.settings, outside)


def _disk(here: Installation) -> Iterator[Check]:
    folder = next(path for path in (here.settings.data_dir, *here.settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    shown = f"{free // _MB} MB free where the data lies"
    if free < LEAST_FREE_BYTES:
        yield Check("disk", WARNING, shown, "Free some space: finds are recorded first, evidence comes second.")
    else:
        yield Check("disk", OK, shown)
    with contextlib.suppress(MonitorError):  # of the store: told at "store"
        with here.opened() as opened:
            held = opened.store.reserve.bytes_held()
        yield _reserve(held, free)


def _parts(here: Installation) -> Iterator[Check]:
    """As the daemon that runs has told: what works for a moment here may fail there again and again."""
    with contextlib.suppress(MonitorError):  # of the store: told at "store"
        with here.opened() as opened:
            told = opened.store.machine.standing_told()
        for part in FallingPart:
            if told is not None and f"{PART_KEY}{part.name.lower()}" in told.keys:
                message = f"{part.value} failed again and again in the daemon, as of {utc_words(told.at)}"
                yield Check("parts", FAULT, message, FALLS_REMEDY)


def _reserve(held: int, free: int) -> Check:
    if held:
        message = f"a reserve of {held // _MB} MB is held back, for recording finds and telling of them on a full disk"
        return Check("reserve", OK, message)
    if free < EVIDENCE_STOPS_BELOW:
        message = "the reserve is used up or was given away: soon no find can be recorded any more, and none told"
        return Check("reserve", FAULT, message, "Free some space now. The daemon makes the reserve again by itself.")
    message = "no reserve is held back for a full disk; the daemon makes it once there is room"
    return Check(
        "reserve",
        OK if free >= LEAST_FREE_BYTES else WARNING,
        message,
        "" if free >= LEAST_FREE_BYTES else "Free some space.",
    )


_MB = 1024 * 1024


def _confinement(_: Installation) -> Iterator[Check]:
    """As a real worker says it, after it has shut itself in."""
    means = asyncio.run(_ask_worker())
    missing = [f"{item.name} ({item.why})" if item.why else item.name for item in means if not item.active]
    active = [item.name for item in means if item.active]
    if not active:
        remedy = "A kernel with seccomp or Landlock, and no container that takes them away."
        message = "this machine cannot open pictures from sites in a process shut off from the rest"
        yield Check("confinement", FAULT, message, remedy)
    elif missing:
        remedy = "The others hold. A newer kernel, or a container with fewer restrictions, has all of them."
        yield Check("confinement", WARNING, f"{_APART}: {', '.join(active)}; without {', '.join(missing)}", remedy)
    else:
        yield Check("confinement", OK, f"{_APART}: {', '.join(active)}")


def _apart(here: Installation, outside: ProgramParts | None) -> Iterator[Check]:
    if outside is not None:
        from monitor.services.part_checks import part_checks

        yield from part_checks(here.settings, outside)


async def _ask_worker() -> tuple[Confinement, ...]:
    from monitor.reader.pool import ReaderPool

    async with ReaderPool() as pool:
        return await pool.active_confinement()
