"""New keys: everything is read and found as before, by this process and by one that had the old key in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from monitor.acting import acting_for, acting_for_all
from monitor.errors import Locked, UsageError
from monitor.model.audit import AuditAct
from monitor.model.ids import CaseId
from monitor.model.queue import QueueStanding
from monitor.model.settings import DatabaseSettings, EvidenceSettings, QueueSettings, Secret, Settings
from monitor.model.staff import INSTALLATION
from monitor.services.database_keys import StoreKeyRenewed, new_case_keys, new_store_key
from monitor.store.key_tables import case_keys
from monitor.store.postgres import queue_standing
from monitor.store.store import SqlStore, open_store
from monitor.vault.age import AgeVault
from monitor.vault.folder import STORE_KEY
from monitor.vault.identity import decrypt, new_identity
from tests.serving.postgres import the_server
from tests.store.one_of_each import OneOfEach, kept
from tests.store.store_values import KEY, NOW, a_case, later
from tests.store.test_store_isolation import database_of
from tests.store.test_store_planted import kept_of_all
from tests.stores import a_folder, a_postgres_store, when_the_test_ends

ANNA, BERTA = OneOfEach("anna", "a1"), OneOfEach("berta", "b7")


@pytest.fixture
def store() -> Iterator[SqlStore]:
    made = a_postgres_store()
    for one in (ANNA, BERTA):
        with acting_for(one.case):
            kept(made, one)
            kept_of_all(made, one)
    with acting_for_all():
        made.audit.note(INSTALLATION, AuditAct.VIEW, {"of": "all"}, NOW)
    yield made


def settings_of(store: SqlStore, key: Secret = KEY) -> Settings:
    folder = a_folder()
    url = Secret(the_server().url(database_of(store)))
    return Settings(path=None, data_dir=folder, watchlist_dir=folder, database=DatabaseSettings(key=key, url=url))


def another_process(store: SqlStore, key: Secret = KEY) -> SqlStore:
    with acting_for_all():
        made = open_store(settings_of(store, key))
    when_the_test_ends(made.close)
    return made


def key_ids(store: SqlStore) -> set[bytes]:
    with acting_for_all():
        return set(store._db.run(select(case_keys.c.id)).scalars())


def told(store: SqlStore) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in (ANNA, BERTA):
        with acting_for(one.case):
            case = one.case
            found[case] = [
                store.sightings.on_pages(case, [one.page]),
                store.sightings.at(case, [one.spot]),
                store.candidates.get(case, [one.digest]),
                store.references.all(case)[0].fingerprint.pdq,
                store.captures.on_pages(case, [one.page]),
                store.reports.of_file(case, one.path),
                store.kept_watches.get(case, one.watch),
                store.visits.get(case, one.watch),
                store.seen.get(case, [one.media]),
                store.alerts.recent(case, 9),
                store.custody.all(case),
                store.audit.all(case),
                store.case_settings.of(case),
            ]
    with acting_for_all():
        hosts = [store.hosting.get(one.host) for one in (ANNA, BERTA)]
        found[""] = [
            hosts,
            store.machine.good_watches(),
            store.audit.all(INSTALLATION),
            store.staff.roles(ANNA.member.person),
        ]
    return found


@pytest.mark.parametrize("whose", [CaseId("anna"), None], ids=["of one case", "of all"])
def test_a_new_key_is_noticed_by_nobody(store: SqlStore, whose: CaseId | None) -> None:
    beside = another_process(store)
    before, old = told(beside), key_ids(store)
    keys, values = new_case_keys(settings_of(store), whose)
    assert keys == (1 if whose else 4) and values > 50
    assert told(beside) == told(store) == before
    assert len(key_ids(store) - old) >= keys and old <= key_ids(store), "the one of before stays a while"
    new_case_keys(settings_of(store), whose)
    assert len(old & key_ids(store)) == (2 if whose else 0)
    assert told(beside) == told(store) == before
    with acting_for("anna"):  # what is written now is found by what was written then
        beside.sightings.save(ANNA.sighting)
        assert len(store.sightings.on_pages(ANNA.case, [ANNA.page])) == 1


def test_a_new_store_key_opens_all_and_the_old_one_nothing(store: SqlStore, tmp_path: Path) -> None:
    before, file = told(store), tmp_path / "new.key"
    assert new_store_key(settings_of(store), file) == StoreKeyRenewed(keys=3)
    newer = another_process(store, Secret(file.read_text().strip()))
    assert told(newer) == before
    newer.close()  # else it would open what this process reads, whoever reads it
    with pytest.raises(Locked, match="store's key is not the one"):
        another_process(store)
    with acting_for("anna"), pytest.raises(Locked):
        store.sightings.all(ANNA.case)


def test_the_copy_in_the_vault_is_that_of_the_new_key_at_once(store: SqlStore, tmp_path: Path) -> None:
    """By it the identity is the way back, where the new file is lost."""
    identity, recipient = new_identity()
    settings = replace(settings_of(store), evidence=EvidenceSettings(recipients=(recipient,)))
    AgeVault(settings.vault_dir, [recipient]).seal_store_key(KEY)
    assert new_store_key(settings, tmp_path / "new.key") == StoreKeyRenewed(keys=3, sealed_to=1)
    sealed = (settings.vault_dir / STORE_KEY).read_bytes()
    assert decrypt(sealed, identity, what="a file").decode() == (tmp_path / "new.key").read_text()
    newer = replace(settings, database=replace(settings.database, key=Secret((tmp_path / "new.key").read_text())))
    (settings.vault_dir / STORE_KEY).unlink()  # and of a disk that is not mounted it is said
    done = new_store_key(newer, tmp_path / "newer.key")
    assert done.sealed_to == 0 and "not mounted" in done.trouble


def test_it_is_not_changed_under_who_works_with_it(
    store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(store)
    assert settings.database.url is not None
    settings = replace(settings, queue=QueueSettings(url=settings.database.url))
    for standing, said in (
        (QueueStanding(answers=True, workers=1), "still at work: 1 worker;"),
        (QueueStanding(answers=True, leads=True, workers=2), "still at work: a scheduler, 2 workers;"),
    ):
        monkeypatch.setattr(queue_standing, "queue_standing", lambda url, it=standing: it)
        with pytest.raises(UsageError, match=said) as caught:
            new_store_key(settings, tmp_path / "new.key")
        assert "Stop" in caught.value.remedy and not (tmp_path / "new.key").exists()
    monkeypatch.undo()  # it has no queue, which nobody works at
    assert new_store_key(settings, tmp_path / "new.key").keys == 3


def test_a_case_that_was_removed_and_made_again_has_another_key(store: SqlStore) -> None:
    beside = another_process(store)
    told(beside)
    with acting_for("anna"):
        store.cases.clear(ANNA.case)
        store.cases.remove(ANNA.case)
        beside.cases.save(a_case("anna"))
    with acting_for("anna"):
        assert another_process(store).cases.get(ANNA.case) == a_case("anna")


def test_what_was_sealed_late_is_read_and_joined(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement for all cases takes no lock: it was on its way, with the key that it had found."""
    beside = another_process(store)
    told(beside)
    new_case_keys(settings_of(store), ANNA.case)
    with acting_for_all():
        monkeypatch.setattr(beside._db.keys, "read_up_to", lambda changes: None)  # type: ignore[attr-defined]
        beside.visits.plan(replace(ANNA.visit, at=later(9)))
        monkeypatch.undo()
        mine = [visit for visit in store.visits.all() if visit.case == ANNA.case]
        assert [visit.watch for visit in mine] == [ANNA.watch] * 2
        new_case_keys(settings_of(store), ANNA.case)
        assert [visit for visit in store.visits.all() if visit.case == ANNA.case] == [ANNA.visit]
