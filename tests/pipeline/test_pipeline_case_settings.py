"""What is in force for a case: its own before what all have, and of who the notices speak for nothing but its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.acting import acting_for, acting_for_all
from monitor.config_cases import CASE_KEYS, in_force_for, typed_value
from monitor.errors import UsageError
from monitor.model.case import Attestation, Authority, Case
from monitor.model.custody import CustodyAct
from monitor.model.ids import CaseId
from monitor.model.settings import (
    AlertDetail,
    AlertSettings,
    AlertUrl,
    CaseSettings,
    Contact,
    DigestSettings,
    EvidenceSettings,
    Secret,
    Settings,
    TakedownSettings,
)
from monitor.pipeline.case_settings import settings_of, settings_of_all
from monitor.pipeline.housekeeping import keep_house
from monitor.services.case_settings import CaseSettingsService, FromWhere
from monitor.store.store import SqlStore
from monitor.vault.identity import new_identity
from tests.pipeline.pipeline_bench import Bench
from tests.stores import a_postgres_store, a_store

ANNA, FIRST = CaseId("anna"), CaseId("default")
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
KEY = new_identity()[1]
COMMON = Settings(
    path=None,
    data_dir=Path("/nonexistent"),
    watchlist_dir=Path("/nonexistent"),
    case=CaseSettings(name="Jane", email="jane@mail.example", jurisdiction="US"),
    takedown=TakedownSettings(signature="Jane D.", phone="+1"),
    alerts=AlertSettings(urls=(AlertUrl(url=Secret("json://helpline.example/")),), product_name="Garden"),
    digest=DigestSettings(timezone="Europe/Paris"),
    evidence=EvidenceSettings(recipients=(KEY,)),
)


def a_store_of_two() -> SqlStore:
    store = a_store()
    store.cases.save(Case(ANNA, "", Attestation(Authority.SELF, NOW), NOW))
    return store


def service(store: SqlStore, settings: Settings = COMMON) -> CaseSettingsService:
    return CaseSettingsService(store, settings, lambda: NOW)


@pytest.mark.parametrize(
    ("name", "typed", "where", "value"),
    [
        pytest.param("name", "Anna", "case.name", "Anna", id="who the notices speak for"),
        pytest.param("signature", "A.", "takedown.signature", "A.", id="who signs"),
        pytest.param("jurisdiction", "de", "case.jurisdiction", "DE", id="the country"),
        pytest.param("role", "representative", "case.role", Authority.REPRESENTATIVE, id="a choice"),
        pytest.param("alerts.detail", "full", "alerts.detail", AlertDetail.FULL, id="how much alerts say"),
        pytest.param("alerts.group_for", "2m", "alerts.group_for_s", 120, id="a duration"),
        pytest.param("alerts.quiet_hours", "22:00-07:00", "alerts.quiet_hours", (time(22), time(7)), id="a span"),
        pytest.param("digest.at", "7:30", "digest.at", time(7, 30), id="a time of day"),
        pytest.param("digest.weekday", "Monday", "digest.weekday", "monday", id="a day"),
        pytest.param("evidence.keep_images", "no", "evidence.keep_images", False, id="yes or no"),
        pytest.param("evidence.recipients", KEY, "evidence.recipients", (KEY,), id="a list of one"),
        pytest.param("retention.runs_days", "30", "retention.runs_days", 30, id="days"),
        pytest.param("quota.requests", "5000", "quota.requests", 5000, id="a quota"),
    ],
)
def test_what_is_set_for_a_case_is_in_force_for_it_alone(name: str, typed: str, where: str, value: object) -> None:
    store = a_store_of_two()
    service(store).set(name, typed, case=ANNA)
    section, field = where.split(".")

    def found(case: CaseId) -> object:
        return getattr(getattr(settings_of(case, COMMON, store), section), field)

    assert found(ANNA) == value
    assert settings_of(FIRST, COMMON, store) is COMMON
    assert settings_of_all([ANNA, FIRST], COMMON, store)[ANNA] == settings_of(ANNA, COMMON, store)
    assert service(store).unset(name, case=ANNA) and not service(store).unset(name, case=ANNA)
    assert settings_of(ANNA, COMMON, store).alerts == COMMON.alerts


def test_what_is_not_set_is_as_all_have_it_but_for_whom_the_notices_speak_for() -> None:
    store = a_store_of_two()
    found = settings_of(ANNA, COMMON, store)
    assert (found.alerts, found.digest, found.evidence) == (COMMON.alerts, COMMON.digest, COMMON.evidence)
    assert found.case == CaseSettings(id=ANNA) and found.takedown == TakedownSettings()
    assert found.contact(ANNA) is None and found.contact(FIRST) is None
    service(store).set("name", "Anna", case=ANNA)
    contact = settings_of(ANNA, COMMON, store).contact(ANNA)
    assert contact is not None and contact.further and contact.takedown.signature == ""
    assert "Jane" not in repr(contact)


def test_a_table_of_an_earlier_version_is_read_as_before_and_a_row_goes_before_it() -> None:
    store = a_store_of_two()
    written = Contact(
        case=CaseSettings(id=ANNA, name="Anna", email="a@b.example"), takedown=TakedownSettings(signature="A.")
    )
    settings = replace(COMMON, further=(written,))
    assert settings_of(ANNA, settings, store).contact(ANNA) == written
    service(store, settings).set("name", "Anna Roe", case=ANNA)
    contact = settings_of(ANNA, settings, store).contact(ANNA)
    assert contact is not None
    assert (contact.case.name, contact.case.email, contact.takedown.signature) == ("Anna Roe", "a@b.example", "A.")
    shown = {line.name: line.where for line in service(store, settings).shown(ANNA)}
    assert (shown["name"], shown["email"], shown["alerts.detail"]) == (FromWhere.CASE, FromWhere.FILE, FromWhere.ALL)


def test_watches_are_visited_by_one_time_zone_for_all() -> None:
    store = a_store_of_two()
    service(store).set("digest.timezone", "Asia/Tokyo", case=ANNA)
    found = settings_of(ANNA, COMMON, store)
    assert (found.digest.timezone, found.visits_timezone) == ("Asia/Tokyo", "Europe/Paris")
    assert COMMON.visits_timezone == "Europe/Paris"


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        pytest.param("alerts.detal", "full", "alerts.detail", id="a slip: the one that is meant"),
        pytest.param("network.proxy", "", "cannot have that for itself", id="what is the machine's"),
        pytest.param("alerts.detail", "loud", "none of", id="no such choice"),
        pytest.param("evidence.recipients", "age1nothing", "recipients", id="no key"),
        pytest.param("evidence.recipients", '["a', "is not a list", id="no list"),
        pytest.param("retention.alerts_days", "1", "too small", id="below the bound"),
        pytest.param("email", "nobody", "not a mail address", id="no mail address"),
        pytest.param("quota.watches", "-1", "too small", id="less than none"),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(name: str, typed: str, told: str) -> None:
    store = a_store_of_two()
    with pytest.raises(UsageError) as caught:
        service(store).set(name, typed, case=ANNA)
    assert told in f"{caught.value} {caught.value.remedy}"
    assert not store.case_settings.of(ANNA)


@pytest.mark.parametrize("typed", ["hunter2", '["mailto://u:hunter2@"', "json://x\nhunter2"])
def test_a_refused_address_of_alerts_is_not_repeated(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        service(a_store_of_two()).set("alerts.urls", typed, case=ANNA)
    assert "hunter2" not in f"{caught.value} {caught.value.remedy}"


def test_the_case_of_the_configuration_has_no_rows() -> None:
    store = a_store_of_two()
    for change in (
        lambda: service(store).set("name", "J", case=FIRST),
        lambda: service(store).unset("name", case=FIRST),
    ):
        with pytest.raises(UsageError, match="speaks for the case 'default'"):
            change()


def test_a_row_that_is_not_taken_any_more_is_left_out_and_told() -> None:
    """As another version, or a hand, may have written it."""
    store = a_store_of_two()
    rows: dict[str, Any] = {"alerts.detail": "shouting", "alerts.sender_name": "A", "gone.key": 1}
    for name, value in rows.items():
        store.case_settings.save(ANNA, name, value, NOW)
    found = settings_of(ANNA, COMMON, store)
    assert (found.alerts.detail, found.alerts.sender_name) == (COMMON.alerts.detail, "A")
    told = service(store).wrong([ANNA])
    assert len(told) == 2 and any("alerts.detail of anna" in one for one in told)


@pytest.mark.parametrize("kept", [a_store, a_postgres_store])
def test_each_case_sees_its_own_and_the_rounds_see_all(kept: Callable[[], SqlStore]) -> None:
    store = kept()
    with acting_for_all():
        store.cases.save(Case(ANNA, "", Attestation(Authority.SELF, NOW), NOW))
    with acting_for(ANNA):
        service(store).set("alerts.detail", "full", case=ANNA)
        service(store).set("alerts.urls", "json://hers.example/", case=ANNA)
    with acting_for_all():
        assert store.case_settings.having("alerts.urls") == {ANNA}
        assert settings_of_all([ANNA, FIRST], COMMON, store)[ANNA].alerts.detail is AlertDetail.FULL
    assert settings_of(ANNA, COMMON, store).alerts.detail is AlertDetail.FULL, "whoever asks, and for whom they act"


def test_who_can_open_what_is_sealed_from_now_on_stands_in_the_log() -> None:
    store = a_store_of_two()
    other = new_identity()[1]
    service(store).set("evidence.recipients", f"{KEY}\n{other}", case=ANNA)
    service(store).set("alerts.detail", "full", case=ANNA)
    (entry,) = store.custody.all(ANNA)
    assert entry.act is CustodyAct.RECIPIENTS and other in str(entry.details)
    assert not store.custody.all(FIRST)


def test_each_key_is_one_of_the_configuration() -> None:
    """By its name there, with what would be right; and nothing of the machine."""
    assert all(key.right for key in CASE_KEYS.values())
    assert {key.section for key in CASE_KEYS.values()} == {"", "alerts", "digest", "evidence", "retention", "quota"}
    assert {name for name, key in CASE_KEYS.items() if key.is_secret} == {"alerts.urls"}
    found, wrong = in_force_for(ANNA, COMMON, {name: typed_value(key, "") for name, key in CASE_KEYS.items()})
    assert found.is_of_further_case and all(name in CASE_KEYS for name, _, _ in wrong)


def test_rows_are_kept_as_long_as_the_case_keeps_them(bench: Bench) -> None:
    store, now = bench.store, bench.clock()
    store.cases.save(Case(ANNA, "", Attestation(Authority.SELF, now), now))
    store.case_settings.save(ANNA, "retention.runs_days", 10, now)
    from tests.alerts.alert_helpers import run

    for case in (FIRST, ANNA):
        store.runs.save(run(case=case, at=now - timedelta(days=20)))
    keep_house(store, bench.settings, now)
    assert [len(store.runs.since(case, now - timedelta(days=400))) for case in (FIRST, ANNA)] == [1, 0]
