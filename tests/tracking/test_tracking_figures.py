"""Figures add up, and are the same wherever they are told: counted by hand beside digest, `status` and list."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alerts.digest import build, gather
from monitor.alerts.outbox import new_alert
from monitor.cli.sighting_words import state_words
from monitor.documents.sightings import sighting_document
from monitor.model.alert import AlertKind
from monitor.model.figures import CountedAs, Figures
from monitor.model.match import Tier
from monitor.model.presence import Presence, Trace
from monitor.model.sighting import BY_HAND, Decision, Sighting, Status
from monitor.services.figures import case_figures
from monitor.tracking import sighting_life
from monitor.tracking.figures import counted_as, figures_of, is_hers, is_new
from tests.alerts.alert_helpers import NOW, sighting
from tests.stores import a_store

WEEK = timedelta(days=7)
LOOKED = Presence(page=Trace(seen_at=NOW))
POSSIBLE = replace(sighting().match, tier=Tier.POSSIBLE)


@pytest.mark.parametrize(
    ("changes", "counted"),
    [
        pytest.param({}, "still_there", id="a sure one that nobody decided on"),
        pytest.param({"status": Status.CONFIRMED}, "still_there", id="confirmed"),
        pytest.param({"status": Status.REPORTED}, "still_there", id="reported"),
        pytest.param({"status": Status.REAPPEARED}, "still_there", id="back again"),
        pytest.param({"status": Status.REMOVED}, "gone", id="removed"),
        pytest.param({"match": POSSIBLE}, "to_decide", id="perhaps hers"),
        pytest.param({"match": POSSIBLE, "status": Status.REAPPEARED}, "to_decide", id="perhaps hers, and back"),
        pytest.param({"match": POSSIBLE, "status": Status.CONFIRMED}, "still_there", id="hers by her word"),
        pytest.param({"match": POSSIBLE, "status": Status.REMOVED}, "gone", id="perhaps hers, and gone"),
        pytest.param(
            {"match": replace(POSSIBLE, reference=None), "watch": BY_HAND}, "not_looked_at", id="filed, nobody looked"
        ),
        pytest.param(
            {"match": replace(POSSIBLE, reference=None), "watch": BY_HAND, "status": Status.REPORTED},
            "not_looked_at",
            id="filed and reported, nobody looked",
        ),
        pytest.param(
            {"match": replace(POSSIBLE, reference=None), "watch": BY_HAND, "presence": LOOKED},
            "still_there",
            id="filed, and seen there",
        ),
        pytest.param({"status": Status.DISMISSED, "decision": Decision.NOT_MINE}, "set_aside", id="not hers"),
        pytest.param({"status": Status.DISMISSED, "decision": Decision.NOT_HERE}, "set_aside", id="left alone"),
        pytest.param({"only_said": True}, "only_said", id="named by a list"),
        pytest.param({"only_said": True, "status": Status.CONFIRMED}, "still_there", id="named by a list, and seen"),
        pytest.param({"under_18": True}, "closed", id="closed"),
        pytest.param({"under_18": True, "status": Status.REMOVED}, "closed", id="closed, and gone"),
    ],
)
def test_as_what_a_find_is_counted(changes: dict[str, Any], counted: str) -> None:
    find = sighting(1, **changes)
    assert counted_as(find).value == counted == sighting_document(find)["counted_as"]
    assert is_hers(find) == (counted in ("still_there", "gone"))
    assert (state_words(find) == "to decide") == (counted == "to_decide")


@pytest.mark.parametrize(
    ("changes", "new"),
    [
        pytest.param({}, True, id="found since then"),
        pytest.param({"first_seen": NOW - WEEK}, True, id="found at that very time"),
        pytest.param({"first_seen": NOW - 2 * WEEK}, False, id="found before"),
        pytest.param({"first_seen": NOW - 2 * WEEK, "id": "untold"}, True, id="found before, and nobody was told"),
        pytest.param(
            {"first_seen": NOW - 2 * WEEK, "id": "untold", "status": Status.REAPPEARED},
            False,
            id="untold as back",
        ),
        pytest.param({"status": Status.REMOVED}, False, id="gone by now"),
        pytest.param({"match": POSSIBLE}, False, id="to decide first"),
        pytest.param({"status": Status.DISMISSED}, False, id="set aside"),
    ],
)
def test_what_is_new(changes: dict[str, Any], new: bool) -> None:
    assert is_new(sighting(1, **changes), NOW - WEEK, {"untold"}) is new


DEEDS = ("confirm", "dismiss", "leave", "undo", "report", "gone", "back", "close", "tell")
HISTORIES = st.lists(
    st.tuples(
        st.integers(0, 30),  # days before now that it was found
        st.sampled_from([Tier.MATCH, Tier.POSSIBLE]),
        st.sampled_from(["watch", "hand", "list"]),
        st.lists(st.sampled_from(DEEDS), max_size=6),
    ),
    max_size=12,
)


def lived(number: int, days: int, tier: Tier, by: str, deeds: list[str]) -> Sighting:
    at = NOW - timedelta(days=days)
    find = sighting(number, first_seen=at, last_seen=at, match=replace(sighting().match, tier=tier))
    if by == "hand":
        find = replace(find, watch=BY_HAND, match=replace(find.match, reference=None))
    find = replace(find, only_said=by == "list")
    for deed in deeds:
        find = _after(find, deed)
    return find


def _after(find: Sighting, deed: str) -> Sighting:
    if deed == "close":
        return replace(find, under_18=True)
    if find.under_18:
        return find
    if deed == "gone" and find.status is not Status.DISMISSED:
        return replace(find, status=Status.REMOVED, removed_at=NOW)
    if deed == "back" and find.status is Status.REMOVED:
        return replace(find, status=Status.REAPPEARED, last_seen=NOW)
    if deed == "undo":
        return sighting_life.undo(find) if find.status in (Status.DISMISSED, Status.CONFIRMED) else find
    if deed in ("dismiss", "leave"):
        said = Decision.NOT_MINE if deed == "dismiss" else Decision.NOT_HERE
        return sighting_life.dismiss(find, said, now=NOW)
    if deed == "confirm":
        return sighting_life.confirm(find)
    return sighting_life.reported(find) if deed == "report" else find


def by_hand(finds: list[Sighting], since: datetime, untold: set[str]) -> dict[str, int]:
    """As a person would with a pencil, from the rows of the list alone: by other words than the program's."""
    counts = dict.fromkeys([kind.value for kind in CountedAs], 0) | {"new": 0}
    for row, find in ((sighting_document(find), find) for find in finds):
        asked = row["tier"] == "possible" and row["score"] is not None and row["status"] in ("new", "reappeared")
        if find.under_18:
            kind = "closed"
        elif row["status"] == "dismissed":
            kind = "set_aside"
        elif find.only_said and row["status"] not in ("confirmed", "reported"):
            kind = "only_said"
        elif asked:
            kind = "to_decide"
        else:
            unseen = find.watch == BY_HAND and row["status"] != "reappeared" and find.presence == Presence()
            there = "not_looked_at" if unseen and find.match.reference is None else "still_there"
            kind = "gone" if row["status"] == "removed" else there
        counts[kind] += 1
        late = row["id"] in untold and row["status"] != "reappeared"
        counts["new"] += kind == "still_there" and (row["first_seen"] >= since or late)
    return counts


def as_dict(figures: Figures) -> dict[str, int]:
    return {kind.value: getattr(figures, kind.value) for kind in CountedAs} | {"new": figures.new}


@settings(max_examples=25)
@given(HISTORIES)
def test_digest_status_and_list_agree_with_a_count_by_hand(histories: list[tuple[int, Tier, str, list[str]]]) -> None:
    store, since = a_store(), NOW - WEEK
    finds = [lived(number, *history) for number, history in enumerate(histories)]
    untold = {f"s{number}" for number, history in enumerate(histories) if "tell" in history[3]}
    with store.transaction():
        for find in finds:
            store.sightings.save(find)
        for name in sorted(untold):
            told = new_alert(AlertKind.NEW, case="default", subject=name, now=NOW, not_before=NOW)
            store.alerts.save(replace(told, sightings=(name,)))
        store.digests.begin("default", since)
    expected = by_hand(finds, since, untold)
    listed = store.sightings.all("default")
    digest = build(gather(store, "default", since=since, now=NOW))
    assert expected == as_dict(case_figures(store, "default")), "status"
    assert expected == as_dict(figures_of(listed, since, untold)), "the list"
    assert expected == as_dict(digest.figures), "the digest"
    assert sum(expected.values()) - expected["new"] == len(listed) == digest.figures.all
    assert len(digest.new) == expected["new"] and len(digest.possible) == expected["to_decide"]
    assert len(digest.new) + len(digest.reappeared) + len(digest.again) == expected["still_there"]
    course = digest.course
    assert course is not None
    assert (course.open, course.removed, course.undecided) == tuple(
        expected[name] for name in ("still_there", "gone", "to_decide")
    )
