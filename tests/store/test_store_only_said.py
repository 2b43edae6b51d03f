"""Pages that an older version took for a find's place because a list named them: at the upgrade they become claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Table

from monitor.alerts.digest import build, gather
from monitor.alerts.wording import alert_message
from monitor.documents.sightings import sighting_document
from monitor.domains import domain_of
from monitor.errors import UsageError
from monitor.model.alert import Alert, AlertKind
from monitor.model.candidate import SeenUrl
from monitor.model.match import Match, Tier
from monitor.model.presence import Glance, Presence, Saw, Trace, Truth
from monitor.model.settings import AlertSettings
from monitor.model.sighting import Decision, Place, Sighting, Status
from monitor.services.decisions import DecisionService
from monitor.services.drafting import DraftService
from monitor.store import custody_tables, fact_tables, hosting_tables, opening, own_tables, tables
from monitor.store.migrations.versions import r0009_questions
from monitor.store.sqlite import connect
from monitor.store.store import SqlStore, open_store
from monitor.takedown.channel_files import load_channels
from monitor.takedown.facts import Statements
from monitor.tracking.presence import observed, of_a_find
from tests.store.earlier_shapes import to_0021
from tests.store.store_values import CASE, KEY, NOW, a_candidate, a_report, a_sighting, later, opened, settings

PAGE = "https://innocent.example/private/page"
FILE = "https://cdn.example/p.jpg"
SAID = a_sighting(place=Place(PAGE, FILE, account="ann"))


def seen(url: str, remembered: bytes = b"read") -> SeenUrl:
    return SeenUrl(url, None, None, "ab" * 32, NOW, "ok", remembered)


EVIDENCE_BEFORE = """
CREATE TABLE evidence (
    id VARCHAR NOT NULL, "case" VARCHAR NOT NULL, sighting VARCHAR, kind TEXT NOT NULL, captured_at BIGINT NOT NULL,
    media_type TEXT NOT NULL, path TEXT NOT NULL, plain_digest TEXT NOT NULL, sealed_digest TEXT NOT NULL,
    size BIGINT NOT NULL, CONSTRAINT pk_evidence PRIMARY KEY (id),
    CONSTRAINT fk_evidence_case FOREIGN KEY("case") REFERENCES cases (id),
    CONSTRAINT fk_evidence_sighting FOREIGN KEY(sighting) REFERENCES sightings (id)
)
"""
BY_FACT = [
    table
    for module in (fact_tables, custody_tables, own_tables, hosting_tables)
    for table in vars(module).values()
    if isinstance(table, Table)
]


def upgraded(folder: Path, fill: Callable[[SqlStore], object]) -> SqlStore:
    """As the revision before left it."""
    store = opened(folder)
    with store.transaction():
        fill(store)
    store.close()
    older = connect(folder / "data" / opening.FILE, KEY)
    to_0021(older)
    for name in ("evidence", "capture_sightings", "captures", "versions"):
        older.execute(f"DROP TABLE {name}")
    older.execute(EVIDENCE_BEFORE)
    for name in ("case", "sighting", "path"):
        older.execute(f'CREATE INDEX ix_evidence_{name} ON evidence ("{name}")')
    for name in ("name", "kind", "session"):
        older.execute(f"ALTER TABLE enrolled DROP COLUMN {name}")
    for truth, name in product(Truth, (*tables.TRACE_TIMES, "why")):
        older.execute(f"ALTER TABLE sightings DROP COLUMN {truth.value}_{name}")
    for name in ("ask_again_at", "same_since"):
        older.execute(f"ALTER TABLE seen_urls DROP COLUMN {name}")
    older.execute("DROP INDEX ix_sightings_case_seen_in")
    for name in ("only_said", "permalink", "seen_in", "said_from", "there_since", "addresses_seen"):
        older.execute(f"ALTER TABLE sightings DROP COLUMN {name}")
    older.execute("DROP TABLE sighting_addresses")
    older.execute("ALTER TABLE sightings ADD COLUMN gone_since BIGINT")
    older.execute('CREATE INDEX ix_reports_case ON reports ("case")')
    for name, indexes in r0009_questions._ADDED.items():
        for columns in indexes:
            older.execute(f"DROP INDEX ix_{name}_{'_'.join(columns)}")
    older.execute("CREATE TABLE notes (key VARCHAR PRIMARY KEY, value TEXT NOT NULL)")
    older.execute("INSERT INTO notes SELECT 'store:salt', salt FROM machine")
    for table in BY_FACT:
        older.execute(f"DROP TABLE IF EXISTS {table.name}")
    older.execute("UPDATE alembic_version SET version_num = '0007'")
    older.close()
    return open_store(settings(folder))


BY_HAND = Match(Tier.MATCH, 1.0, "added by you")

ROWS = [
    pytest.param(SAID, (), True, id="named by a list"),
    pytest.param(SAID, (seen(PAGE),), False, id="visited"),
    pytest.param(SAID, (seen(f"{PAGE}/"),), False, id="visited, with a slash"),
    pytest.param(SAID, (seen(PAGE.replace("https", "http")),), False, id="visited, sent on to https"),
    pytest.param(SAID, (seen(PAGE, b""),), True, id="had as a picture, not read as a page"),
    pytest.param(SAID, (seen("https://innocent.example/"),), True, id="another page of that site visited"),
    pytest.param(replace(SAID, place=Place(FILE, FILE)), (), False, id="the file itself"),
    pytest.param(replace(SAID, place=Place("https://l.example/", FILE, claimed_url=PAGE)), (), False, id="claimed"),
    pytest.param(replace(SAID, watch="by hand", match=BY_HAND, status=Status.CONFIRMED), (), False, id="by hand"),
    pytest.param(replace(SAID, watch="by hand", match=BY_HAND), (), False, id="by hand, taken back"),
    pytest.param(replace(SAID, status=Status.CONFIRMED), (), False, id="confirmed"),
    pytest.param(replace(SAID, status=Status.REPORTED), (), False, id="reported"),
    pytest.param(replace(SAID, status=Status.REAPPEARED), (), True, id="reappeared"),
    pytest.param(replace(SAID, status=Status.DISMISSED, decision=Decision.NOT_HERE), (), True, id="dismissed"),
    pytest.param(replace(SAID, status=Status.DISMISSED, under_18=True), (), False, id="under 18"),
]


@pytest.mark.rows(5)
@pytest.mark.parametrize(("sighting", "rows", "hearsay"), ROWS)
def test_what_was_never_read_is_hearsay(
    tmp_path: Path, sighting: Sighting, rows: tuple[SeenUrl, ...], hearsay: bool
) -> None:
    def fill(store: SqlStore) -> None:
        store.sightings.save(sighting)
        store.seen.save(CASE, *rows)

    store = upgraded(tmp_path, fill)
    (found,) = store.sightings.all(CASE)
    assert found.is_hearsay == hearsay
    at = Trace(None if sighting.under_18 else NOW)
    assert found.presence == Presence(Trace() if found.only_said else at, at), "a page that was only named was not seen"
    place = replace(sighting.place, said_from=sighting.place.claimed_url)  # all that an older version knew of it
    incident = store.incident_id(CASE, domain_of(sighting.place.page_url))
    known = replace(sighting, place=place, incident=incident, number=1)
    assert replace(found, only_said=False, presence=Presence()) == known
    told = sighting_document(found)
    if hearsay:
        assert (told["page_url"], told["claim"]) == (FILE, {"url": PAGE, "account": "ann"})
    else:
        assert told["page_url"] == sighting.place.page_url
    store.close()


def test_of_another_case_it_is_not_read(tmp_path: Path) -> None:
    def fill(store: SqlStore) -> None:
        store.sightings.save(SAID)
        store.seen.save("other", seen(PAGE))

    def fill_all(store: SqlStore) -> None:
        store.cases.save(replace(store.cases.get(CASE), id="other"))  # type: ignore[type-var]
        fill(store)

    store = upgraded(tmp_path, fill_all)
    assert store.sightings.all(CASE)[0].is_hearsay
    store.close()


def test_what_she_sent_a_report_of_is_her_word(tmp_path: Path) -> None:
    def fill(store: SqlStore) -> None:
        store.sightings.save(replace(SAID, status=Status.REAPPEARED))
        store.reports.save(a_report(SAID.id).sent(at=NOW, due_at=None))

    store = upgraded(tmp_path, fill)
    assert not store.sightings.all(CASE)[0].is_hearsay
    store.close()


def test_hearsay_is_not_drafted_not_counted_and_not_told_as_a_place(tmp_path: Path) -> None:
    store = upgraded(tmp_path, lambda store: store.sightings.save(SAID))
    assert store.sightings.domains_since(CASE, "ref1", later(-60)) == 0
    digest = build(gather(store, CASE, since=later(-60), now=later(60)))
    assert digest.nothing_new and sum(count for _, count in digest.trend) == 0
    (found,) = store.sightings.all(CASE)
    alert = Alert("a", CASE, AlertKind.NEW, "i", "<a@localhost>", NOW, NOW, sightings=(SAID.id,), count=1)
    for detail in ("summary", "full"):
        words = alert_message(alert, [found], replace(AlertSettings(), detail=detail)).text
        assert "said there to be from" in words and "not looked at yet" in words
        assert words.index("cdn[.]example") < words.index("innocent[.]example")
    with pytest.raises(UsageError, match=r"innocent\.example .* never looked at") as caught:
        draft(store, tmp_path)
    assert f"sightings confirm {SAID.id}" in caught.value.remedy
    store.close()


def test_her_word_and_a_look_that_sees_it_there_make_it_a_place(tmp_path: Path) -> None:
    store = upgraded(tmp_path, lambda store: store.sightings.save(SAID))
    (found,) = store.sightings.all(CASE)
    again = observed(found, of_a_find(found.place), now=NOW)
    assert not again.only_said and again.seen_at == SAID.place
    confirmed = DecisionService(store, settings(tmp_path), lambda: NOW).confirm(SAID.id, case=CASE)
    assert confirmed.seen_at == SAID.place
    assert store.sightings.domains_since(CASE, "ref1", later(-60)) == 1
    both = (Glance(Truth.PAGE, Saw.GONE), Glance(Truth.MEDIA, Saw.GONE))
    gone = observed(observed(confirmed, both, now=NOW), both, now=later(100_000))
    assert gone.status is Status.REMOVED and not gone.is_hearsay
    assert (
        DecisionService(store, settings(tmp_path), lambda: NOW).undo(SAID.id, case=CASE).is_hearsay
    )  # confirmed by mistake
    store.close()


def test_kept_pictures_lose_a_page_that_was_only_named(tmp_path: Path) -> None:
    kept = [replace(a_candidate(n), page_url=f"https://site{n}.example/", image_url=FILE) for n in (1, 2)]
    inline = replace(a_candidate(3), page_url=PAGE, image_url="data:image/png,x")

    def fill(store: SqlStore) -> None:
        store.candidates.save(*kept, inline)
        store.seen.save(CASE, seen("https://site1.example/"))

    store = upgraded(tmp_path, fill)
    found = store.candidates.get(CASE, [candidate.digest for candidate in (*kept, inline)])
    pages = [found[candidate.digest].page_url for candidate in (*kept, inline)]
    assert pages == ["https://site1.example/", FILE, PAGE]
    store.close()


def draft(store: SqlStore, folder: Path) -> None:
    DraftService(store, settings(folder), load_channels, lambda: NOW).draft(
        [SAID.id], case=CASE, channel=None, out=None, statements=Statements()
    )
