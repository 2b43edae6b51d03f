"""What waits for the person's word, against the same counted in Python; and the rows of what she said."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model.deciding import DecisionAct, DecisionVia, MadeDecision, SaidBefore
from monitor.model.ids import SightingId
from monitor.model.incident import WaitingIncident
from monitor.model.match import Match, Tier
from monitor.model.sighting import Decision, Sighting, Status
from monitor.store.store import SqlStore
from tests.store.store_values import CASE, NOW, a_case, a_report, a_sighting, an_item
from tests.stores import a_store

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def finds() -> list[Sighting]:
    chance = random.Random(5)
    found = []
    for number in range(300):
        tier = chance.choice((Tier.MATCH, Tier.POSSIBLE))
        found.append(
            a_sighting(
                number,
                id=SightingId(f"s{number:05}"),
                incident=f"incident{number % 40}",
                status=chance.choice(list(Status)),
                match=Match(tier, 0.9 if tier is Tier.MATCH else 0.6, "as it is", "ref1", "beach"),
                under_18=number % 29 == 0,
                only_said=number % 23 == 0,
                first_seen=NOW - HOUR * chance.randrange(500),
                later_until=NOW + HOUR * chance.randrange(-5, 5) if number % 7 == 0 else None,
                case=CASE if number % 5 else "second",
            )
        )
    return found


@pytest.fixture
def store(finds: list[Sighting]) -> SqlStore:
    kept = a_store()
    kept.cases.save(a_case("second"))
    with kept.transaction():
        for find in finds:
            kept.sightings.save(find)
    return kept


def waits(find: Sighting) -> bool:
    is_open = find.status in (Status.NEW, Status.REAPPEARED) and not find.under_18 and not find.only_said
    return is_open and find.case == CASE


def is_due(find: Sighting) -> bool:
    return waits(find) and (find.later_until is None or find.later_until <= NOW)


def counted(finds: list[Sighting]) -> list[WaitingIncident]:
    """As the store is to answer, but for its order."""
    found = []
    for incident in sorted({find.incident for find in finds if is_due(find)}):
        own = [find for find in finds if find.incident == incident and find.case == CASE]
        due = [find for find in own if is_due(find)]
        found.append(
            WaitingIncident(
                incident=incident,
                waits=len(due),
                sure=sum(one.match.tier is Tier.MATCH for one in due),
                back=sum(one.status is Status.REAPPEARED for one in due),
                copies=sum(not one.under_18 for one in own),
                accounts=len({one.place.account for one in due} - {""}),
                first_seen=min(one.first_seen for one in due),
                newest=max(one.first_seen for one in due),
            )
        )
    return sorted(found, key=lambda one: (one.back == 0, one.sure == 0, NOW - one.newest, one.incident))


def test_incidents_that_wait_come_in_order_with_their_counts(store: SqlStore, finds: list[Sighting]) -> None:
    expected = counted(finds)
    whole = store.incidents.waiting(CASE, NOW, limit=100)
    assert list(whole.incidents) == expected and len(expected) > 20
    assert (whole.all, whole.finds) == (len(expected), sum(map(is_due, finds)))
    assert whole.put_aside == sum(waits(find) and not is_due(find) for find in finds) > 0
    parts = [store.incidents.waiting(CASE, NOW, limit=7, offset=start) for start in range(0, len(expected), 7)]
    assert [one for part in parts for one in part.incidents] == expected
    assert store.incidents.waiting("nobody's", NOW, limit=7).incidents == ()


def test_the_first_finds_of_each_and_all_of_one(store: SqlStore, finds: list[Sighting]) -> None:
    names = [one.incident for one in counted(finds)]
    first = store.incidents.first_of(CASE, names, NOW, 2)
    for name in names:
        due = [find for find in finds if is_due(find) and find.incident == name]
        due.sort(key=lambda one: (one.match.tier is not Tier.MATCH, NOW - one.first_seen, -int(one.id[1:])))
        assert [one.id for one in first[name]] == [one.id for one in due[:2]]
        part = store.incidents.finds_waiting(CASE, NOW, name, limit=1)
        assert ([one.id for one in part.finds], part.all) == ([min(one.id for one in due)], len(due))
        host = due[0].place.page_url.split("/")[2]
        on_host = store.incidents.finds_waiting(CASE, NOW, name, host=host, limit=50)
        assert {one.id for one in on_host.finds} == {one.id for one in due if f"//{host}/" in one.place.page_url}
    aside = store.incidents.put_aside(CASE, NOW, limit=3)
    expected = sorted((f.later_until, f.id) for f in finds if waits(f) and f.later_until and f.later_until > NOW)
    assert [(one.later_until, one.id) for one in aside] == expected[:3]


def a_word(**changed: object) -> MadeDecision:
    before = SaidBefore(Status.DISMISSED, Status.REAPPEARED, Decision.NOT_HERE, NOW - HOUR, NOW)
    made = MadeDecision(
        case=CASE,
        sighting=SightingId("s00001"),
        act=DecisionAct.NOTE,
        at=NOW,
        via=DecisionVia.PAGE,
        batch="b1",
        before=before,
        until=NOW + HOUR,
        text="words \N{SNOWMAN}",
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def test_rows_of_her_words() -> None:
    kept = a_store()
    kept.cases.save(a_case("second"))
    for find in (a_sighting(1, id="s00001"), a_sighting(2, id="s00002"), a_sighting(3, id="s00003", case="second")):
        kept.sightings.save(find)
    rows = kept.made_decisions
    others = a_word(case="second", sighting="s00003")
    for made in (a_word(), a_word(sighting="s00002", batch="b2", at=NOW + HOUR), others):
        rows.add(made)
    first, second = rows.of(CASE, ["s00001", "s00002", "s00003"])
    assert first == a_word(number=first.number) and second.number > first.number
    assert [one.sighting for one in rows.of_batch(CASE, "b1")] == ["s00001"], "another case's is not known"
    assert (rows.since(CASE, NOW, DecisionVia.PAGE), rows.since(CASE, NOW + HOUR, DecisionVia.PAGE)) == (2, 1)
    assert rows.since(CASE, NOW, DecisionVia.COMMAND) == 0
    assert rows.take_back(CASE, first.number, NOW + HOUR) and not rows.take_back(CASE, first.number, NOW)
    assert not rows.take_back("second", second.number, NOW)
    assert rows.of(CASE, ["s00001"]) == [a_word(number=first.number, undone_at=NOW + HOUR, text="")]
    assert rows.since(CASE, NOW, DecisionVia.PAGE) == 1
    rows.drop(CASE, "s00002")
    assert rows.of(CASE, ["s00002"]) == [] and len(rows.of("second", ["s00003"])) == 1


def test_what_lacks_evidence_and_whom_was_asked_at_each(store: SqlStore, finds: list[Sighting]) -> None:
    names = [one.incident for one in counted(finds)]
    due = [find for find in finds if is_due(find)]
    assert store.incidents.lacking(CASE, names, NOW) == Counter(find.incident for find in due)
    store.evidence.save(an_item(due[0].id))
    kept = Counter(find.incident for find in due[1:])
    assert store.incidents.lacking(CASE, names, NOW) == kept
    assert store.incidents.lacking("nobody's", names, NOW) == {}
    first, second = [find for find in due if find.incident == names[0]][:2]
    other = next(find for find in due if find.incident != names[0])
    report = replace(a_report(first.id), case=CASE, sightings=(first.id, second.id, other.id))
    store.reports.save(report)
    found = store.reports.at_incidents(CASE, names)
    assert {name: [one.id for one in about] for name, about in found.items()} == {
        name: [report.id] for name in (names[0], other.incident)
    }
    assert store.reports.at_incidents("nobody's", names) == {}
