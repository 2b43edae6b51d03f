"""The person's word on finds: written, seen to be stale, taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.model.custody import CustodyAct
from monitor.model.deciding import DecisionAct, DecisionVia
from monitor.model.ids import ReferenceId, SightingId
from monitor.model.match import Tier
from monitor.model.presence import Glance, Saw, Truth
from monitor.model.settings import Settings
from monitor.model.sighting import Decision, Sighting, Status
from monitor.services.closing import close_all
from monitor.services.deciding import Deciding, FindsDecided
from monitor.store.store import SqlStore
from monitor.tracking import sighting_life
from monitor.tracking.deciding import PutOff, put_off_until, stamp_of
from monitor.tracking.presence import observed
from tests.store.store_values import CASE, NOW, a_case, a_sighting
from tests.stores import a_store

ACTS = [act for act in DecisionAct if act is not DecisionAct.NOTE]
DAY = timedelta(days=1)


class Told:
    """A small store with finds s0, s1, ... and what decides on them."""

    def __init__(self, folder: Path, *finds: Sighting) -> None:
        self.store: SqlStore = a_store()
        self.now = NOW
        settings = Settings(path=None, data_dir=folder, watchlist_dir=folder)
        self.deciding = Deciding(self.store, settings, lambda: self.now)
        for number, find in enumerate(finds or (a_sighting(0),)):
            self.store.sightings.save(replace(find, id=SightingId(f"s{number}")))

    def find(self, name: str = "s0") -> Sighting:
        found = self.store.sightings.get(CASE, name)
        assert found is not None
        return found

    def say(self, act: DecisionAct, *names: str, seen: bool = True, text: str = "") -> FindsDecided:
        """seen: as they stand now."""
        ids = [SightingId(name) for name in names or ("s0",)]
        known = {name: stamp_of(self.find(name)) for name in ids} if seen else None
        return self.deciding.decide(act, ids, case=CASE, via=DecisionVia.PAGE, seen=known, until=NOW + DAY, text=text)


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


@pytest.mark.parametrize(
    ("act", "status", "decision", "later"),
    [
        pytest.param(DecisionAct.CONFIRM, Status.CONFIRMED, None, None, id="hers"),
        pytest.param(DecisionAct.DISMISS, Status.DISMISSED, Decision.NOT_MINE, None, id="not hers"),
        pytest.param(DecisionAct.LEAVE, Status.DISMISSED, Decision.NOT_HERE, None, id="hers, not here"),
        pytest.param(DecisionAct.LATER, Status.NEW, None, NOW + DAY, id="put aside"),
    ],
)
def test_a_word_is_a_row_and_can_be_taken_back(
    told: Told, act: DecisionAct, status: Status, decision: Decision | None, later: datetime | None
) -> None:
    before = told.find()
    said = told.say(act)
    assert (said.made, [one.id for one in said.done], said.changed) == (1, ["s0"], ())
    assert (told.find().status, told.find().decision, told.find().later_until) == (status, decision, later)
    (row,) = told.deciding.said_of([SightingId("s0")], case=CASE)
    assert (row.act, row.at, row.until, row.batch, row.stands) == (act, NOW, later, said.batch, True)
    again = told.say(act, seen=False)
    assert (again.made, again.batch, len(again.done)) == (0, "", 1), "a form that is sent twice"
    told.now += DAY
    back = told.deciding.undo(said.batch, case=CASE)
    assert (back.made, back.changed, told.find()) == (1, (), before)
    assert told.deciding.undo(said.batch, case=CASE).made == 0, "taken back once"
    (row,) = told.deciding.said_of([SightingId("s0")], case=CASE)
    assert row.undone_at == told.now


def test_what_changed_since_it_was_shown_is_not_decided_and_the_others_are(tmp_path: Path) -> None:
    told = Told(tmp_path, a_sighting(0), a_sighting(1), a_sighting(2))
    ids = [SightingId(f"s{n}") for n in range(3)]
    seen = {one: stamp_of(told.find(one)) for one in ids}
    told.say(DecisionAct.LEAVE, "s1")
    told.say(DecisionAct.CONFIRM, "s2")
    said = told.deciding.decide(DecisionAct.CONFIRM, ids, case=CASE, via=DecisionVia.PAGE, seen=seen)
    assert [one.id for one in said.done] == ["s0", "s2"], "the last stands as it would then stand"
    assert [(one.id, one.decision) for one in said.changed] == [("s1", Decision.NOT_HERE)]
    assert said.made == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda find: replace(find, status=Status.REMOVED), id="removed"),
        pytest.param(lambda find: replace(find, match=replace(find.match, tier=Tier.POSSIBLE)), id="less sure"),
        pytest.param(lambda find: replace(find, match=replace(find.match, reference="other")), id="another photo"),
        pytest.param(
            lambda find: replace(find, place=replace(find.place, page_url="https://other.example/")), id="moved"
        ),
        pytest.param(lambda find: replace(find, later_until=NOW), id="put aside"),
        pytest.param(lambda find: replace(find, under_18=True), id="closed"),
    ],
)
def test_its_stamp_tells(change: Callable[[Sighting], Sighting]) -> None:
    find = a_sighting(0)
    assert stamp_of(change(find)) != stamp_of(find)
    assert stamp_of(replace(find, last_seen=NOW + DAY, evidence=("one",))) == stamp_of(find), "seen again is no change"


def test_back_to_what_was_said_before_it(told: Told) -> None:
    """And what hangs on a dismissal comes and goes with it."""
    reference = told.find().match.reference or ReferenceId("")

    def quiet() -> int:
        return len(told.store.dismissals.of(CASE, reference))

    left = told.say(DecisionAct.LEAVE)
    not_hers = told.say(DecisionAct.DISMISS)
    hers = told.say(DecisionAct.CONFIRM)
    assert (told.find().status, quiet()) == (Status.CONFIRMED, 0)
    assert told.deciding.undo(not_hers.batch, case=CASE).changed, "something was said since"
    told.now += DAY
    told.deciding.undo(hers.batch, case=CASE)
    assert (told.find().decision, told.find().decided_at, quiet()) == (Decision.NOT_MINE, told.now, 1)
    told.deciding.undo(not_hers.batch, case=CASE)
    assert (told.find().decision, quiet()) == (Decision.NOT_HERE, 0)
    told.deciding.undo(left.batch, case=CASE)
    assert told.find() == replace(a_sighting(0), id=SightingId("s0"))
    acts = [one.act for one in told.store.custody.naming(CASE, ["s0"])]
    assert (acts.count(CustodyAct.DISMISS), acts.count(CustodyAct.CORRECTION)) == (2, 2)


def test_what_became_of_it_meanwhile_stays(told: Told) -> None:
    hers = told.say(DecisionAct.CONFIRM)
    told.store.sightings.save(sighting_life.reported(told.find()))
    back = told.deciding.undo(hers.batch, case=CASE)
    assert [one.status for one in back.changed] == [Status.REPORTED]
    with pytest.raises(UsageError, match="reported"):
        told.deciding.undo_last(told.find())


def test_what_an_older_version_was_told_is_taken_back_too(told: Told) -> None:
    told.store.sightings.save(sighting_life.dismiss(told.find(), Decision.NOT_HERE, now=NOW))
    assert told.deciding.undo_last(told.find()).status is Status.NEW
    with pytest.raises(UsageError, match="nothing to take back"):
        told.deciding.undo_last(told.find())


def test_notes_stand_beside_the_rest(told: Told) -> None:
    seen = told.find()
    note = told.say(DecisionAct.NOTE, text=" asked my sister \n")
    assert (note.made, told.say(DecisionAct.NOTE, text="asked my sister").made) == (1, 0)
    told.say(DecisionAct.CONFIRM)
    stale = told.deciding.decide(
        DecisionAct.NOTE, [seen.id], case=CASE, via=DecisionVia.PAGE, seen={seen.id: "stale"}, text="more"
    )
    assert (stale.made, stale.changed) == (1, ()), "nothing that was typed is lost"
    told.deciding.undo(note.batch, case=CASE)
    rows = told.deciding.said_of([seen.id], case=CASE)
    assert [(one.act, one.text, one.stands) for one in rows] == [
        (DecisionAct.NOTE, "", False),
        (DecisionAct.CONFIRM, "", True),
        (DecisionAct.NOTE, "more", True),
    ]
    assert told.deciding.undo_last(told.find()).status is Status.NEW, "the last word that is no note"
    for none in ("", " \n", "x" * 2_001):
        with pytest.raises(UsageError, match="note"):
            told.say(DecisionAct.NOTE, text=none)


def test_of_another_case_nothing_is_decided(told: Told) -> None:
    told.store.cases.save(a_case("second"))
    for act in DecisionAct:
        said = told.deciding.decide(
            act, [SightingId("s0")], case="second", via=DecisionVia.PAGE, seen=None, until=NOW, text="words"
        )
        assert said == FindsDecided(())
    batch = told.say(DecisionAct.CONFIRM).batch
    assert told.deciding.undo(batch, case="second") == FindsDecided((), (), batch)
    assert told.find().status is Status.CONFIRMED


def test_closing_as_under_18_takes_her_words_too(told: Told, tmp_path: Path) -> None:
    batch = told.say(DecisionAct.NOTE, text="words about it").batch
    told.say(DecisionAct.LATER)
    close_all([told.find()], None, CASE, store=told.store, settings=told.deciding.settings, now=NOW)
    assert told.deciding.said_of([SightingId("s0")], case=CASE) == []
    assert told.find().later_until is None
    assert told.deciding.undo(batch, case=CASE).made == 0
    said = told.say(DecisionAct.CONFIRM)
    assert (said.made, [one.under_18 for one in said.changed]) == (0, [True])
    with pytest.raises(UsageError, match="under 18"):
        told.say(DecisionAct.CONFIRM, seen=False)


def test_put_aside_ends_with_what_makes_it_news(told: Told) -> None:
    told.say(DecisionAct.LATER)
    gone = replace(told.find(), status=Status.REMOVED)
    back = observed(gone, [Glance(Truth.MEDIA, Saw.THERE), Glance(Truth.PAGE, Saw.THERE)], now=NOW)
    assert (back.status, back.later_until) == (Status.REAPPEARED, None)
    told.store.sightings.save(replace(told.find(), status=Status.REPORTED))
    assert told.say(DecisionAct.LATER).made == 0, "it waits for nothing"


@pytest.mark.parametrize(
    ("how", "now", "zone", "until"),
    [
        pytest.param(PutOff.TOMORROW, "2026-11-22T20:00+00:00", "UTC", "2026-11-23T07:00+00:00", id="tomorrow"),
        pytest.param(
            PutOff.TOMORROW, "2026-11-22T23:30+00:00", "Europe/Berlin", "2026-11-24T07:00+01:00", id="where she is"
        ),
        pytest.param(PutOff.NEXT_WEEK, "2026-11-22T20:00+00:00", "UTC", "2026-11-29T07:00+00:00", id="next week"),
        pytest.param(
            PutOff.NEXT_WEEK, "2026-03-25T20:00+00:00", "Europe/Berlin", "2026-04-01T07:00+02:00", id="clocks change"
        ),
    ],
)
def test_until_when(how: PutOff, now: str, zone: str, until: str) -> None:
    at = put_off_until(how, datetime.fromisoformat(now), ZoneInfo(zone))
    assert at == datetime.fromisoformat(until)


@effort(max_examples=20)
@given(st.lists(st.sampled_from(ACTS), max_size=6), st.sampled_from([Status.NEW, Status.REAPPEARED]))
def test_all_taken_back_is_as_if_nothing_had_been_said(
    tmp_path_factory: pytest.TempPathFactory, acts: list[DecisionAct], status: Status
) -> None:
    told = Told(tmp_path_factory.getbasetemp(), a_sighting(0, status=status))
    before = told.find()
    said = [told.say(act) for act in acts]
    for one in reversed([one for one in said if one.batch]):
        assert not told.deciding.undo(one.batch, case=CASE).changed
    assert told.find() == before
    assert told.store.dismissals.of(CASE, before.match.reference or ReferenceId("")) == []
