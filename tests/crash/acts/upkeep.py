"""The store is written anew (`vacuum`), and the configuration of an earlier version (`config migrate`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from monitor.config_edit import KEPT_ASIDE
from monitor.services.config_migration import migrate, plan_migration
from monitor.store.copying import wrong_in_store
from monitor.store.opening import FILE
from monitor.store.sqlite import Way, connect
from monitor.store.store import open_store
from monitor.store.vacuum import vacuum_file
from tests.crash.invariants import store_faults
from tests.crash.world import Act, World

EARLIER = "# mine\n[match]\nkeep_features_days = 0 # nothing\n[crawl]\nnight = false\n"
NOW = "# mine\n[match]\n[crawl]\nnight = false\n"
HOSTS = 400


def with_room_in_it(world: World) -> None:
    """Rows that went, and rows that stay."""
    open_store(world.settings(), new=True).close()
    key = world.settings().database.key
    assert key is not None
    with closing(connect(world.data / FILE, key)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN IMMEDIATE")
        for number in range(3 * HOSTS):
            row = (f"{number}.{'x' * 200}.example",)
            writer.execute("INSERT INTO hosts (host, free_at, failures) VALUES (?, 0, 0)", row)
        writer.execute("DELETE FROM hosts WHERE rowid % 3 > 0")
        writer.execute("COMMIT")


def written_anew(world: World) -> None:
    key = world.settings().database.key
    assert key is not None
    vacuum_file(world.data / FILE, key)


def faults_of_vacuum(world: World) -> Iterator[str]:
    key = world.settings().database.key
    assert key is not None
    store = open_store(world.settings())
    yield from store_faults(store)
    store.close()
    if wrong := wrong_in_store(world.data / FILE, key):
        yield wrong
    with closing(connect(world.data / FILE, key, Way.READ)) as reader:
        (count,) = reader.execute("SELECT count(*) FROM hosts").fetchone()
    if count != HOSTS:
        yield f"{count} rows of {HOSTS} are there"
    if left := [path.name for path in world.data.iterdir() if "etilqs" in path.name]:
        yield f"half files are left: {left}"


def written_earlier(world: World) -> None:
    (world.folder / "config.toml").write_text(EARLIER)


def migrated(world: World) -> None:
    path = world.folder / "config.toml"
    for one in plan_migration(path, {}):
        migrate(one, path, world.begun)


def faults_of_migration(world: World) -> Iterator[str]:
    path = world.folder / "config.toml"
    text, aside = path.read_text(), [one.read_text() for one in world.folder.glob(f"*{KEPT_ASIDE}*")]
    if text not in (EARLIER, NOW):
        yield f"it is neither the old one nor the new one: {text!r}"
    if text == NOW and EARLIER not in aside:
        yield "it was changed, and is kept nowhere as it was"
    migrated(world)
    if path.read_text() != NOW:
        yield "given again, it does not come to its end"
    if EARLIER not in [one.read_text() for one in world.folder.glob(f"*{KEPT_ASIDE}*")]:
        yield "as it was, it is kept nowhere"


ACTS = (
    Act("vacuum", with_room_in_it, written_anew, faults_of_vacuum),
    Act("config migrate", written_earlier, migrated, faults_of_migration),
)
