"""A backup is written, and one is restored in the place of what is there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta

from monitor.model.settings import Secret
from monitor.services import closing, deciding, unsealing  # noqa: F401  (loaded before the process is forked)
from monitor.services.backup import write_backup
from monitor.services.backup_file import BackupFile
from monitor.services.backups import BackupService
from monitor.services.restore_checks import RestoreWish
from monitor.services.restoring import bring_back
from monitor.vault import age  # noqa: F401
from tests.crash.acts.finding import enrolled, look
from tests.crash.invariants import CASE, evidence_faults, store_faults
from tests.crash.world import Act, World

KEY = Secret("ab" * 32)
SOON = timedelta(minutes=5)


def kept(world: World) -> None:
    enrolled(world)
    look(world)
    (world.folder / "stick").mkdir()


def back_up(world: World) -> None:
    write_backup(world.settings(), world.folder / "stick" / "one.tar", key=KEY, at=world.begun, replace=True)


def faults_of_backup(world: World) -> Iterator[str]:
    path = world.folder / "stick" / "one.tar"
    if path.exists():
        with BackupFile(path) as file:
            file.check()
            if not file.is_sealed_by(KEY):
                yield "it has its name, and is not whole"
    with world.opened(after=SOON) as app:
        yield from store_faults(app.store)
        yield from evidence_faults(app)
    back_up(world)
    if left := sorted(one.name for one in path.parent.iterdir() if one != path):
        yield f"the next one left {left}"


def kept_and_changed(world: World) -> None:
    """One find more than in the backup, and one that was closed since."""
    kept(world)
    with world.opened() as app:
        app.decisions.add("https://forum.example/t/1", case=CASE)
    back_up(world)
    with world.opened(after=SOON) as app:
        app.decisions.add("https://forum.example/t/2", case=CASE)
        by_hand = next(one for one in app.store.sightings.all(CASE) if one.place.page_url.endswith("/t/1"))
        app.decisions.close_under_18(by_hand.id, case=CASE)


def bring_it_back(world: World) -> None:
    wish = RestoreWish(world.folder / "stick" / "one.tar", key=KEY)
    bring_back(wish, world.settings(), world.begun + 2 * SOON)


def faults_of_restore(world: World) -> Iterator[str]:
    for is_done in (False, True):
        if is_done:
            bring_it_back(world)
        with world.opened(after=2 * SOON) as app:
            yield from store_faults(app.store)
            yield from evidence_faults(app)
            finds = app.store.sightings.all(CASE)
            if len(finds) not in ((2,) if is_done else (2, 3)):
                yield f"it is neither the old state nor the new one: {len(finds)} finds"
            if sum(one.under_18 for one in finds) != 1:
                yield "what was closed as under 18 came back"
            if not is_done and not BackupService(app.store, app.settings, app.clock).is_due():
                yield "no backup is due"
    if left := sorted(one.name for one in world.data.iterdir() if one.name.startswith(("restore.", "."))):
        yield f"the next one left {left}"
    shutil.rmtree(world.data)  # on a new machine, whatever happened here
    bring_it_back(world)
    with world.opened(after=2 * SOON) as app:
        yield from evidence_faults(app)


ACTS = (
    Act("backup", kept, back_up, faults_of_backup),
    Act("restore", kept_and_changed, bring_it_back, faults_of_restore),
)
