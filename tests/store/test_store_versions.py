"""A picture is kept with all its versions, and goes with all of them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from monitor.model.fingerprint import SELF, Version, VersionKind
from monitor.store.store import SqlStore
from monitor.store.tables import versions
from tests.store.store_values import CASE, NOW, a_fingerprint, a_reference, later

EDIT = Version(a_fingerprint(2), "light edit", later(5), VersionKind.FILE, (0.97, 0.01, 3.25, -0.01, 0.97, 1 / 3))
INSIDE = Version(a_fingerprint(3, features=True), "chat", later(9), VersionKind.INSIDE)


def test_versions_come_back_in_their_order(store: SqlStore) -> None:
    with_features = replace(a_reference("one"), fingerprint=a_fingerprint(1, features=True))
    kept = replace(with_features, name="IMG_1", kind=VersionKind.INSIDE, further=(EDIT, INSIDE))
    store.references.add(kept)
    store.references.add(a_reference("other"))
    found, alone = store.references.all(CASE)
    assert store.references.get(CASE, kept.id) is not None
    assert [item.name for item in found.versions] == ["IMG_1", "light edit", "chat"]
    assert [item.kind for item in found.versions] == [VersionKind.INSIDE, VersionKind.FILE, VersionKind.INSIDE]
    assert [item.onto_best for item in found.versions] == [SELF, EDIT.onto_best, None]
    assert [item.enrolled_at for item in found.versions] == [NOW, EDIT.enrolled_at, INSIDE.enrolled_at]
    assert [item.fingerprint.pdq for item in found.further] == [EDIT.fingerprint.pdq, INSIDE.fingerprint.pdq]
    assert found.further[1].fingerprint.features is not None
    assert (alone.name, alone.further, alone.best.name) == ("", (), alone.label)


def test_a_version_more_is_another_set_and_none_stays_behind(store: SqlStore) -> None:
    store.references.add(a_reference("one"))
    alone = store.references.revision(CASE)
    store.references.add(replace(a_reference("one"), further=(EDIT, INSIDE)))
    assert store.references.revision(CASE) != alone
    store.references.add(a_reference("one"))
    assert store.references.revision(CASE) == alone
    store.references.add(replace(a_reference("one"), further=(EDIT,)))
    assert store.references.remove(CASE, a_reference("one").id)
    assert store._db.run(select(func.count()).select_from(versions)).scalar_one() == 0
