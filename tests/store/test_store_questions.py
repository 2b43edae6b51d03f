"""Questions about sightings and reports: each against the same filter over all of them, and none without an index."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from monitor.alerts.digest import build, gather
from monitor.model.evidence import EvidenceKind
from monitor.model.ids import SightingId
from monitor.model.match import Match, Tier
from monitor.model.presence import PlannedLook, Truth
from monitor.model.report import Report, ReportState
from monitor.model.sighting import HER_WORD, CopySpot, Decision, Place, Sighting, Status
from monitor.store.store import SqlStore
from tests.store.store_values import CASE, NOW, a_case, a_report, a_sighting, an_alert, an_item, later, opened

DAY = timedelta(days=1)
YEAR_AGO = NOW - 365 * DAY
MANY = 240
SECOND = "second"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    store = opened(tmp_path_factory.mktemp("questions"))
    store.cases.save(a_case(SECOND))
    chance = random.Random(5)
    with store.transaction():
        for number in range(MANY):
            sighting = any_sighting(number, chance)
            store.sightings.save(sighting)
            if number % 5:
                due = (NOW - DAY * chance.choice([0, 0, 3, -3, -30]) for _ in Truth)
                looks = [PlannedLook(sighting.id, *one) for one in zip(Truth, due, strict=True)]
                store.rechecks.save(sighting.case, looks)
            if chance.random() < 0.6:
                for kind in (EvidenceKind.IMAGE, EvidenceKind.PAGE):
                    item = an_item(sighting.id, f"{kind.value}{number}")
                    store.evidence.save(replace(item, case=sighting.case, kind=kind))
            if chance.random() < 0.5:
                store.reports.save(any_report(number, sighting, chance))
    for case in (CASE, SECOND):
        untold = tuple(one.id for one in store.sightings.all(case)[::20])
        store.alerts.save(an_alert(f"of {case}", case=case, sightings=untold, attempts=1))
    yield store
    store.close()


def any_sighting(number: int, chance: random.Random) -> Sighting:
    under_18 = chance.random() < 0.1
    image = chance.choice([f"https://m.example/{chance.randrange(40)}.jpg", f"data:image/png,{number}"])
    place = Place(f"https://site.example/{number % 30}", image, result_url="https://e.example/" * (number % 3 % 2))
    reference = f"ref{number}"  # of its own, so that no two are one place
    status = Status.DISMISSED if under_18 else chance.choice(list(Status))
    match = a_sighting(number, reference=reference).match
    return a_sighting(
        number,
        chance.choice([CASE, CASE, SECOND]),
        id=f"s{number:05}",
        incident=f"incident{number % 12}",
        watch=f"watch{number % 4}",
        place=replace(place, claimed_url=chance.choice(["", "https://claimed.example/"]) if not under_18 else ""),
        match=Match(Tier.NONE, 0.0, "closed") if under_18 else replace(match, reference=f"ref{number % 7}"),
        status=status,
        image_digest=chance.choice(["", f"{number % 50:064x}"]),
        under_18=under_18,
        only_said=chance.random() < 0.2,
        first_seen=NOW - DAY * chance.randrange(40),
        last_seen=NOW - DAY * chance.randrange(5, 40),
        removed_at=NOW - DAY * chance.randrange(900) if status is Status.REMOVED else None,
        decision=chance.choice(list(Decision)) if status is Status.DISMISSED and not under_18 else None,
        decided_at=chance.choice([None, NOW - DAY * chance.randrange(4)]) if status is Status.DISMISSED else None,
    )


def any_report(number: int, sighting: Sighting, chance: random.Random) -> Report:
    made = replace(a_report(sighting.id, f"r{number:05}"), case=sighting.case, file=f"/d/{number % 50}.txt")
    state = chance.choice(list(ReportState))
    follows = chance.choice(["", "r00003"])
    if state is ReportState.DRAFT:
        return replace(made, follows=follows)
    due = chance.choice([None, NOW, NOW - DAY, NOW + DAY, NOW + 400 * DAY])
    at = NOW - chance.choice([0, 3, 9]) * DAY
    events = (replace(made.events[0], at=at), replace(made.events[0], at=at, state=ReportState.SENT, due_at=due))
    sent = replace(made, events=events, follows=follows)
    if state is ReportState.SENT:
        return sent
    return sent.withdrawn(at=NOW) if state is ReportState.WITHDRAWN else sent.answered(state, at=at, due_at=due)


URLS = [f"https://m.example/{number}.jpg" for number in range(0, 40, 3)]
PAGES = [f"https://site.example/{number}" for number in range(0, 40, 3)]
DIGESTS = ["", *(f"{number:064x}" for number in range(0, 60, 3))]
IDS = [f"s{number:05}" for number in range(0, MANY + 9, 3)]

SIGHTINGS: dict[str, tuple[Callable[[SqlStore, str], Sequence[Sighting]], Callable[[Sighting], bool]]] = {
    "of ids": (lambda store, case: store.sightings.of_ids(case, IDS), lambda s: s.id in IDS),
    "of images": (lambda store, case: store.sightings.of_images(case, URLS * 2), lambda s: s.place.image_url in URLS),
    "of digests": (
        lambda store, case: store.sightings.of_digests(case, DIGESTS),
        lambda s: s.image_digest in DIGESTS[1:],
    ),
    "on pages": (lambda store, case: store.sightings.on_pages(case, PAGES), lambda s: s.place.page_url in PAGES),
    "of an incident": (
        lambda store, case: store.sightings.of_incident(case, "incident3"),
        lambda s: s.incident == "incident3",
    ),
    "of a reference": (
        lambda store, case: store.sightings.of_reference(case, "ref3"),
        lambda s: s.match.reference == "ref3",
    ),
    "claimed by a watch": (
        lambda store, case: store.sightings.claimed_by(case, "watch2"),
        lambda s: s.watch == "watch2" and bool(s.place.claimed_url),
    ),
    "searched by a watch": (
        lambda store, case: store.sightings.searched_by(case, "watch2"),
        lambda s: s.watch == "watch2" and bool(s.place.result_url),
    ),
    "dismissed before": (
        lambda store, case: store.sightings.dismissed_before(case, NOW - DAY),
        lambda s: (
            s.decision is Decision.NOT_MINE
            and s.decided_at is not None
            and s.decided_at <= NOW - DAY
            and any(item.startswith("image") for item in s.evidence)
        ),
    ),
    "touched since": (
        lambda store, case: store.sightings.touched_since(case, NOW - 20 * DAY),
        lambda s: any(at is not None and at >= NOW - 20 * DAY for at in (s.first_seen, s.last_seen, s.removed_at)),
    ),
    "listed": (lambda store, case: store.sightings.listed(case, limit=MANY), lambda s: True),
    "listed by status": (
        lambda store, case: store.sightings.listed(case, limit=MANY, statuses=[Status.NEW, Status.REMOVED]),
        lambda s: s.status in (Status.NEW, Status.REMOVED),
    ),
}

REPORTS: dict[str, tuple[Callable[[SqlStore, str], Sequence[Report]], Callable[[Report], bool]]] = {
    "of a sighting": (lambda store, case: store.reports.of_sighting(case, IDS[3]), lambda r: r.sighting == IDS[3]),
    "of sightings": (
        lambda store, case: store.reports.of_sightings(case, IDS),
        lambda r: any(one in IDS for one in r.sightings),
    ),
    "proposed": (
        lambda store, case: store.reports.proposed(case),
        lambda r: bool(r.follows) and r.state is ReportState.DRAFT,
    ),
    "following": (lambda store, case: store.reports.following(case, "r00003"), lambda r: r.follows == "r00003"),
    "of a file": (lambda store, case: store.reports.of_file(case, "/d/7.txt"), lambda r: r.file == "/d/7.txt"),
    "listed": (lambda store, case: store.reports.listed(case, limit=MANY), lambda r: True),
}


@pytest.mark.parametrize("case", [CASE, SECOND, "unknown"])
@pytest.mark.parametrize("question", SIGHTINGS)
def test_a_question_gives_those_and_no_other_in_order(filled: SqlStore, question: str, case: str) -> None:
    ask, is_meant = SIGHTINGS[question]
    meant = [sighting for sighting in filled.sightings.all(case) if is_meant(sighting)]
    assert ask(filled, case) == meant
    if case == CASE:
        assert meant, "the values hold none: nothing is tested"
        assert question == "listed" or len(meant) < len(filled.sightings.all(case))


def is_looked_at(sighting: Sighting) -> bool:
    return not (
        sighting.under_18
        or sighting.status is Status.DISMISSED
        or (sighting.only_said and sighting.status not in HER_WORD)
        or (sighting.status is Status.REMOVED and (sighting.removed_at is None or sighting.removed_at < YEAR_AGO))
    )


def due(store: SqlStore, case: str, *, limit: int = 9 * MANY, after: PlannedLook | None = None) -> list[PlannedLook]:
    days = NOW + 14 * DAY
    found = store.rechecks.due(case, NOW, furthest=days, removed_since=YEAR_AGO, limit=limit, after=after)
    return list(found)


@pytest.mark.parametrize("case", [CASE, SECOND, "unknown"])
def test_what_is_due_is_asked_for_in_order_lot_by_lot(filled: SqlStore, case: str) -> None:
    """Also what a clock that stood wrong has planned for a day that is too far away."""
    looked_at = [sighting.id for sighting in filled.sightings.all(case) if is_looked_at(sighting)]
    planned = [look for sighting in looked_at for look in filled.rechecks.of(case, sighting)]
    meant = [look for look in planned if look.due_at <= NOW or look.due_at > NOW + 14 * DAY]
    assert due(filled, case) == sorted(meant, key=lambda look: (look.due_at, look.sighting, look.truth.value))
    assert (case != CASE) or 20 < len(meant) < len(planned)
    walked: list[PlannedLook] = []
    while lot := due(filled, case, limit=7, after=walked[-1] if walked else None):
        walked += lot
    assert walked == due(filled, case)


@pytest.mark.parametrize("case", [CASE, SECOND, "unknown"])
def test_who_has_no_time_is_known(filled: SqlStore, case: str) -> None:
    found = filled.rechecks.unplanned(case, removed_since=YEAR_AGO, limit=MANY)
    without = [one.id for one in filled.sightings.all(case) if is_looked_at(one) and int(one.id[1:]) % 5 == 0]
    assert found == without and (case == "unknown" or found)
    assert filled.rechecks.unplanned(case, removed_since=YEAR_AGO, limit=2) == without[:2]


def test_what_is_planned_is_brought_forward_and_never_put_off(store: SqlStore) -> None:
    early, late = (
        PlannedLook(SightingId("s1"), truth, later(at)) for truth, at in ((Truth.PAGE, 5), (Truth.MEDIA, 90))
    )
    other = replace(late, sighting=SightingId("s2"))
    store.rechecks.save(CASE, [early, late, other])
    store.rechecks.sooner(CASE, ["s1"], later(60))
    assert set(store.rechecks.of(CASE, "s1")) == {early, replace(late, due_at=later(60))}
    assert store.rechecks.of(CASE, "s2") == [other]
    store.rechecks.drop(CASE, "s1", Truth.PAGE)
    assert [look.truth for look in store.rechecks.of(CASE, "s1")] == [Truth.MEDIA]
    store.rechecks.drop(CASE, "s1")
    assert store.rechecks.of(CASE, "s1") == [] and store.rechecks.of(CASE, "s2") == [other]


@pytest.mark.parametrize("case", [CASE, SECOND, "unknown"])
@pytest.mark.parametrize("question", REPORTS)
def test_a_question_about_reports(filled: SqlStore, question: str, case: str) -> None:
    ask, is_meant = REPORTS[question]
    meant = [report for report in filled.reports.all(case) if is_meant(report)]
    assert ask(filled, case) == meant
    assert case != CASE or meant or question == "of a sighting"


@pytest.mark.parametrize("case", [CASE, SECOND, "unknown"])
def test_due_is_what_still_has_an_open_sighting(filled: SqlStore, case: str) -> None:
    closed = (Status.REMOVED, Status.DISMISSED)
    is_open = {one.id for one in filled.sightings.all(case) if one.status not in closed}
    waits = [one for one in filled.reports.all(case) if one.overdue(NOW) or one.unanswered(NOW)]
    meant = [one for one in waits if is_open.intersection(one.sightings)]
    assert filled.reports.due(case, NOW) == meant
    assert case != CASE or 0 < len(meant) < len(waits)
    assert case != CASE or {one.overdue(NOW) for one in meant} == {True, False}


def test_counts_and_closed_addresses(filled: SqlStore) -> None:
    for case in (CASE, SECOND, "unknown"):
        known, sent = filled.sightings.all(case), filled.reports.all(case)
        assert filled.sightings.counts(case) == Counter(sighting.status for sighting in known)
        assert filled.reports.counts(case) == Counter(report.state for report in sent)
        assert list(filled.sightings.counts(case)) == list(Counter(sighting.status for sighting in known))
        assert list(filled.reports.counts(case)) == list(Counter(report.state for report in sent))  # the oldest first
        closed = [sighting.place for sighting in known if sighting.under_18]
        urls = {place.page_url for place in closed} | {place.image_url for place in closed}
        of_all = {find.place.image_url for find in filled.sightings.all() if find.under_18}
        of_all = {url for url in of_all if not url.startswith("data:")}  # what is in a page is of that page
        assert filled.sightings.closed_addresses(case) == urls | of_all


PARTS: dict[str, Callable[[SqlStore, str, int], Sequence[Sighting | Report]]] = {
    "sightings": lambda store, after, limit: store.sightings.listed(CASE, limit=limit, after=after),
    "reports": lambda store, after, limit: store.reports.listed(CASE, limit=limit, after=after),
}


@pytest.mark.parametrize("part", PARTS)
def test_part_after_part_is_the_whole(filled: SqlStore, part: str) -> None:
    ask = PARTS[part]
    whole = ask(filled, "", MANY)
    walked: list[Sighting | Report] = []
    while found := ask(filled, walked[-1].id if walked else "", 7):
        assert len(found) <= 7
        walked += found
    assert walked == list(whole) and len(walked) > 7


def test_more_than_one_statement_takes_are_asked_for(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with store.transaction():
        for number in range(510):
            store.sightings.save(a_sighting(number, id=f"s{number:05}"))
    asked = [f"https://site{number}.example/i/{number}.jpg" for number in reversed(range(1_100))]
    found = store.sightings.of_images(CASE, asked)
    assert [sighting.id for sighting in found] == [f"s{number:05}" for number in range(510)]
    store.close()


def without_index(store: SqlStore, ask: Callable[[], object]) -> list[str]:
    """What SQLite says of the statements that walk through a whole table, or through all that a case has in it."""
    connection, scans = store._db.connection, list[str]()

    def explain(_conn: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        scans.extend(row[-1] for row in plan if row[-1].startswith("SCAN") or row[-1].endswith("(case=?)"))

    event.listen(connection, "before_cursor_execute", explain)
    try:
        ask()
    finally:
        event.remove(connection, "before_cursor_execute", explain)
    return scans


def of_case(ask: Callable[[SqlStore, str], object]) -> Callable[[SqlStore], object]:
    return lambda store: ask(store, CASE)


QUESTIONS: dict[str, Callable[[SqlStore], object]] = {
    **{f"sightings {name}": of_case(ask) for name, (ask, _) in SIGHTINGS.items()},
    **{f"reports {name}": of_case(ask) for name, (ask, _) in REPORTS.items()},
    "looks due": lambda store: due(store, CASE),
    "looks of a find": lambda store: store.rechecks.of(CASE, IDS[1]),
    "looks sooner": lambda store: store.rechecks.sooner(CASE, ["none"], NOW),
    "changes": lambda store: (store.changes.since(CASE, NOW), store.changes.of(CASE, IDS)),
    "reports due": lambda store: store.reports.due(CASE, NOW),
    "sightings counted": lambda store: store.sightings.counts(CASE),
    "reports counted": lambda store: store.reports.counts(CASE),
    "near a place": lambda store: store.sightings.near(CASE, ["ref1"], ["https://a.example/"], ["https://l/"], limit=9),
    "closed addresses": lambda store: store.sightings.closed_addresses(CASE),
    "at a place": lambda store: store.sightings.at(
        CASE, [CopySpot("ref1", "https://a.example/", "https://a.example/i")]
    ),
    "domains": lambda store: store.sightings.domains_since(CASE, "ref1", later(0)),
}


LARGE = {"sightings touched since", "sightings counted", "reports counted"}
"""Which are about the whole case by their nature; the counts read an index alone."""


@pytest.mark.parametrize("question", sorted(QUESTIONS.keys() - LARGE))
def test_no_question_walks_through_a_whole_table(filled: SqlStore, question: str) -> None:
    assert without_index(filled, lambda: QUESTIONS[question](filled)) == []


def test_a_walk_through_a_table_would_be_seen(filled: SqlStore) -> None:
    walk = text("SELECT * FROM sightings WHERE title = 'x'")
    assert without_index(filled, lambda: filled._db.run(walk)) == ["SCAN sightings"]


@pytest.mark.parametrize("days", [3, 7, 100])
def test_a_digest_lacks_nothing_for_not_having_asked_for_everything(filled: SqlStore, days: int) -> None:
    for case in (CASE, SECOND):
        asked = gather(filled, case, since=NOW - days * DAY, now=NOW)
        everything = replace(
            asked, sightings=tuple(filled.sightings.all(case)), reports=tuple(filled.reports.due(case, NOW))
        )
        assert build(asked) == build(everything)
        assert build(asked).new and build(asked).overdue
