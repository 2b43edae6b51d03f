"""A store of an earlier version is opened by this one, which upgrades it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace

from monitor.model.settings import DatabaseSettings, Settings
from monitor.store import tables, upgrade  # noqa: F401  (loaded before the process is forked)
from monitor.store.copying import wrong_in_store
from monitor.store.opening import FILE, _version
from monitor.store.store import open_store
from monitor.store.upgrade_copies import copies_in
from tests.crash.invariants import store_faults
from tests.crash.world import Act, World
from tests.store.test_store_earlier import EARLIER, KEY, raw

SAME = ("sightings", "evidence", "alerts", "refs", "candidates")
"""Tables of which no upgrade loses a row."""


def settings(world: World) -> Settings:
    return replace(world.settings(), database=DatabaseSettings(key=KEY))


def earlier(world: World) -> None:
    world.data.mkdir(mode=0o700)
    shutil.copy(EARLIER / "store_0008.db", world.data / FILE)
    (world.data / FILE).chmod(0o600)


def open_it(world: World) -> None:
    open_store(settings(world)).close()


def faults_of_upgrade(world: World) -> Iterator[str]:
    _version(world.data / FILE, KEY)  # as the program asks first; what was begun before the first journal is taken back
    before, now = raw(EARLIER / "store_0008.db"), raw(world.data / FILE)
    version = now["alembic_version"][0]["version_num"]
    if version not in (before["alembic_version"][0]["version_num"], tables.HEAD):
        yield f"it was left between two versions, at {version}"
    if version != tables.HEAD and before != now:
        yield "it is of the version before, and something in it is another"
    copies = copies_in(world.data)
    if version == tables.HEAD and not copies:
        yield "it was upgraded, and how it stood is kept nowhere"
    for copy in copies:
        if wrong := wrong_in_store(copy.path, KEY):
            yield f"the copy from before is none: {wrong}"
        elif raw(copy.path) != before:
            yield "the copy from before is another"
    store = open_store(settings(world))
    yield from store_faults(store)
    store.close()
    after = raw(world.data / FILE)
    for table in SAME:
        if len(after.get(table, ())) != len(before.get(table, ())):
            yield f"{table} has {len(after.get(table, ()))} rows, and had {len(before.get(table, ()))}"
    if left := [path.name for path in world.data.rglob("*") if path.name.endswith((".part", ".tmp"))]:
        yield f"half files are left: {left}"


ACTS = (Act("upgrade", earlier, open_it, faults_of_upgrade),)
