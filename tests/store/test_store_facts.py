"""Small facts: given back as they were kept, of their case alone, and swept by their time."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import timedelta
from typing import get_type_hints

import pytest

from monitor.model.case import Case
from monitor.model.desk import DeskAnswer, DeskLook
from monitor.model.ids import CaseId, SightingId
from monitor.model.presence import Change, ChangeKind, PlannedLook, ServerMark, Truth
from monitor.ports import Store
from monitor.ports.facts import (
    ClaimedPage,
    Facts,
    Flood,
    Led,
    PairTrack,
    RefusedAccount,
    Watching,
)
from monitor.ports.machine import ClockSet, DaemonRead, StandingTold, WayOutKept
from monitor.store.store import SqlStore
from tests.store.store_values import CASE, NOW, later, refusals

OTHER = CaseId("other")
REFUSED = RefusedAccount(NOW, "00", "11")
TRACK = PairTrack(3, 2, 1)
LOOKS = [PlannedLook(SightingId("s"), Truth.MEDIA, NOW, ServerMark('W/"ü"', "yesterday", "way"))]
PAGE = "https://a.example/p?q=1"
BEFORE, AFTER = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)


@pytest.fixture
def two(store: SqlStore) -> SqlStore:
    store.cases.save(Case(OTHER))
    return store


def fill(store: Store, case: CaseId) -> None:
    """One of every kind, noted now."""
    store.claimed_pages.save(case, {"a": ClaimedPage(None, NOW), "b": ClaimedPage(2, later(-60))})
    store.floods.lifted(case, "r", NOW)
    store.floods.summary_due(case, "r", later(-60))
    store.rechecks.save(case, LOOKS)
    store.changes.add(case, Change(SightingId("s"), NOW, ChangeKind.REMOVED, "404"))
    store.changes.add(case, Change(SightingId("s"), later(60), ChangeKind.BACK))
    store.kept_watches.save(case, "w", "[]", later(-60))
    store.kept_watches.save(case, "w", "[{}]", NOW)
    store.watch_facts.tell_blindness(case, "w", later(-60))
    store.watch_facts.tell_blindness(case, "w", NOW)
    store.link_shapes.save(case, "w", {"/topic/#": Led(9, 9)}, NOW)
    store.link_shapes.save(case, "w", {"/topic/#": Led(3, 2), "/ü/*": Led(1)}, NOW)
    store.desk_looks.save(case, DeskLook("https://a.example/report", later(-60), DeskAnswer.FINE))
    store.desk_looks.save(case, DeskLook("https://a.example/report", NOW, DeskAnswer.MOVED, "it leads to ü"))
    store.hosting.want(case, "a.example", NOW)
    store.hosting.want(case, "a.example", later(60))
    store.hosting.check(case, "abuse@a.example", later(-60))
    store.hosting.check(case, "abuse@a.example", NOW)
    store.digests.queued(case, NOW, Watching(("w", "ü"), 2, stopped=True))
    store.foreign_lists.add(case, f"l{case}", NOW, count=3, reason="asked to")
    store.logins.save(case, "w", "{}")


def what_is(store: Store, case: CaseId) -> dict[str, object]:
    return {
        "claimed_pages": store.claimed_pages.all(case),
        "floods": store.floods.get(case, "r"),
        "rechecks": list(store.rechecks.of(case, "s")),
        "changes": [(one.at, one.kind, one.why) for one in store.changes.since(case, NOW)],
        "kept_watches": store.kept_watches.get(case, "w"),
        "watch_facts": store.watch_facts.blindness_told(case, "w"),
        "link_shapes": store.link_shapes.get(case, "w"),
        "desk_looks": store.desk_looks.all(case),
        "hosting": (store.hosting.wanted_by(case), store.hosting.checks(case)),
        "digests": (store.digests.last(case), store.digests.watching(case)),
        "foreign_lists": store.foreign_lists.count(case),
        "logins": store.logins.get(case, "w"),
    }


FULL: dict[str, object] = {
    "claimed_pages": {"a": ClaimedPage(None, NOW), "b": ClaimedPage(2, later(-60))},
    "floods": Flood(NOW, later(-60)),
    "rechecks": LOOKS,
    "changes": [(NOW, ChangeKind.REMOVED, "404"), (later(60), ChangeKind.BACK, "")],
    "kept_watches": "[{}]",
    "watch_facts": NOW,
    "link_shapes": {"/topic/#": Led(3, 2), "/ü/*": Led(1)},
    "desk_looks": {
        "https://a.example/report": DeskLook("https://a.example/report", NOW, DeskAnswer.MOVED, "it leads to ü")
    },
    "hosting": ({"a.example": NOW}, {"abuse@a.example": NOW}),
    "digests": (NOW, Watching(("w", "ü"), 2, stopped=True)),
    "foreign_lists": 1,
    "logins": "{}",
}
EMPTY: dict[str, object] = {
    "claimed_pages": {},
    "floods": Flood(),
    "rechecks": [],
    "changes": [],
    "kept_watches": "",
    "watch_facts": None,
    "link_shapes": {},
    "desk_looks": {},
    "hosting": ({}, {}),
    "digests": (None, Watching()),
    "foreign_lists": 0,
    "logins": None,
}


CASE_FACTS = [
    name
    for name, port in inspect.getmembers(Facts, lambda member: isinstance(member, property))
    if "case" in inspect.signature(getattr(get_type_hints(port.fget)["return"], "forget", print)).parameters
]


def test_every_one_of_a_case_is_known_here() -> None:
    assert set(CASE_FACTS) == set(FULL) == set(EMPTY)


def test_they_are_given_back_as_kept_and_of_their_case_alone(two: SqlStore) -> None:
    assert what_is(two, CASE) == EMPTY
    fill(two, CASE)
    assert what_is(two, CASE) == FULL
    assert what_is(two, OTHER) == EMPTY


@pytest.mark.parametrize("name", CASE_FACTS)
def test_a_case_is_forgotten_and_no_other_fact_and_no_other_case_with_it(two: SqlStore, name: str) -> None:
    fill(two, CASE)
    fill(two, OTHER)
    getattr(two, name).forget(CASE)
    assert what_is(two, CASE) == FULL | {name: EMPTY[name]}
    assert what_is(two, OTHER) == FULL


@pytest.mark.parametrize(
    "name", ["claimed_pages", "floods", "rechecks", "watch_facts", "link_shapes", "kept_watches", "desk_looks"]
)
def test_what_is_old_is_swept_and_what_is_not_stays(two: SqlStore, name: str) -> None:
    fill(two, CASE)
    fill(two, OTHER)
    facts = getattr(two, name)
    assert facts.forget_before(CASE, BEFORE) == (name == "claimed_pages")  # which has one of a minute ago
    assert facts.forget_before(CASE, AFTER) == 1
    assert what_is(two, CASE) == FULL | {name: EMPTY[name]} and what_is(two, OTHER) == FULL


def keep_rendering(store: Store) -> None:
    store.rendering.save(PAGE, NOW, needs_browser=True)


def keep_track(store: Store) -> None:
    store.pair_tracks.save({"a": TRACK}, NOW)


def test_that_no_browser_is_needed_is_believed_for_a_time(store: SqlStore) -> None:
    url, after = "https://a.example/view?t=1", NOW + timedelta(seconds=1)
    store.rendering.save(url, NOW, needs_browser=False)
    assert store.rendering.needs_browser(url, NOW) is False
    assert store.rendering.needs_browser(url, after) is None
    assert store.rendering.needs_browser("https://a.example/view?t=2", NOW) is None
    store.rendering.save(url, NOW, needs_browser=True)
    assert store.rendering.needs_browser(url, after) is True


def keep_robots(store: Store) -> None:
    store.robots_copies.save("https://a.example/robots.txt", "{}", NOW)


def keep_refusal(store: Store) -> None:
    store.refused_accounts.save("a", REFUSED)


def keep_host(store: Store) -> None:
    store.hosts.back_off("a.example", timedelta(0), 3, NOW)


@pytest.mark.parametrize(
    ("name", "keep", "get", "kept"),
    [
        (
            "rendering",
            keep_rendering,
            lambda store: store.rendering.needs_browser("https://a.example/p?q=1#x", NOW),
            True,
        ),
        ("pair_tracks", keep_track, lambda store: dict(store.pair_tracks.get(("a", "b"))) or None, {"a": TRACK}),
        ("robots_copies", keep_robots, lambda store: store.robots_copies.get("https://a.example/robots.txt"), "{}"),
        ("refused_accounts", keep_refusal, lambda store: store.refused_accounts.get("a"), REFUSED),
    ],
)
def test_what_is_of_no_case_is_swept_too(
    store: SqlStore, name: str, keep: Callable[[Store], None], get: Callable[[Store], object], kept: object
) -> None:
    assert get(store) is None
    keep(store)
    assert getattr(store, name).forget_before(BEFORE) == 0 and get(store) == kept
    assert getattr(store, name).forget_before(AFTER) == 1 and get(store) is None


@pytest.mark.of_a_file  # on a server its own clock counts
def test_a_host_is_swept_too(store: SqlStore) -> None:
    keep_host(store)
    assert store.hosts.forget_before(BEFORE) == 0 and refusals(store, "a.example") == 3
    assert store.hosts.forget_before(AFTER) == 1 and not refusals(store, "a.example")


def test_only_the_newest_claims_are_kept(two: SqlStore) -> None:
    two.claimed_pages.save(CASE, {f"m{number}": ClaimedPage(0, later(number)) for number in range(10)})
    two.claimed_pages.save(OTHER, {"m": ClaimedPage(0, later(-900))})
    two.claimed_pages.keep_newest(CASE, 3)
    assert set(two.claimed_pages.all(CASE)) == {"m7", "m8", "m9"} and len(two.claimed_pages.all(OTHER)) == 1


def test_what_is_true_of_the_store_as_a_whole(store: SqlStore) -> None:
    machine = store.machine
    assert (machine.last_round(), machine.good_watches(), machine.standing_told()) == (None, "", None)
    assert (machine.way_out(), machine.vault_had_key(), machine.clock_set()) == (None, False, None)
    machine.note_round(NOW)
    machine.keep_good_watches("[]")
    machine.tell_standing(StandingTold(NOW, frozenset({"a", "ü"})))
    machine.keep_way_out(WayOutKept("i", "m"))
    machine.note_vault_key()
    machine.note_clock_set(ClockSet(NOW, -3600))
    assert (machine.last_round(), machine.good_watches()) == (NOW, "[]")
    assert machine.standing_told() == StandingTold(NOW, frozenset({"a", "ü"}))
    assert (machine.way_out(), machine.vault_had_key()) == (WayOutKept("i", "m"), True)
    assert machine.clock_set() == ClockSet(NOW, -3600)
    assert machine.daemon_read() is None
    machine.note_daemon_read(read := DaemonRead(NOW, "/ü/config.toml", "0f", "wrong"))
    assert machine.daemon_read() == read
    machine.tell_standing(None)
    assert machine.standing_told() is None
