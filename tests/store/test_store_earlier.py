"""A store that the version before made opens, with everything in it. `earlier/README.md` says how it was made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from monitor.domains import domain_of
from monitor.model.settings import Secret
from monitor.store import tables
from monitor.store.migrations.versions import r0010_named_facts
from monitor.store.opening import FILE
from monitor.store.sqlite import Way, connect
from monitor.store.store import SqlStore, open_store
from tests.store.store_values import settings
from tests.stores import every_alert

EARLIER = Path(__file__).parent / "earlier"
KEY = Secret((EARLIER / "store_0008.key").read_text().strip())
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CASES = ("default", "second")

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def before() -> Rows:
    return raw(EARLIER / "store_0008.db")


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    """What the version before read in it."""
    found: dict[str, Any] = json.loads((EARLIER / "store_0008.json").read_text())
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("earlier")
    (made / "data").mkdir(mode=0o700)
    shutil.copy(EARLIER / "store_0008.db", made / "data" / FILE)
    return made


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[SqlStore]:
    opened = open_store(settings(folder, KEY))
    yield opened
    opened.close()


def raw(path: Path) -> Rows:
    """Every row of every table."""
    reader = connect(path, KEY, Way.READ)
    names = [name for (name,) in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found: Rows = {}
    for name in names:
        cursor = reader.execute(f'SELECT * FROM "{name}"')
        columns = [column[0] for column in cursor.description]
        found[name] = [dict(zip(columns, row, strict=True)) for row in cursor]
    reader.close()
    return found


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1_000_000)


def in_machine(column: str, of: Callable[[str], object]) -> Callable[[Rows, str, str], bool]:
    return lambda after, _, value: after["machine"][0][column] == of(value)


def among(table: str, of: Callable[[str, str], dict[str, object]]) -> Callable[[Rows, str, str], bool]:
    return lambda after, rest, value: any(of(rest, value).items() <= row.items() for row in after[table])


def of_case(rest: str, name: str) -> dict[str, object]:
    case, _, of = rest.partition(":")
    return {"case": case, name: of}


def claims_moved(after: Rows, case: str, value: str) -> bool:
    now = {row["mark"]: (row["tries"], row["at"]) for row in after["claimed_pages"] if row["case"] == case}
    return now == {mark: (tries, int(at * 1_000_000)) for mark, (tries, at) in json.loads(value).items()}


MOVED: dict[str, Callable[[Rows, str, str], bool]] = {
    "store:salt": in_machine("salt", str),
    "vault:keyed": in_machine("vault_had_key", bool),
    "way_out": lambda after, _, value: (
        json.loads(value) == {"id": after["machine"][0]["way_id"], "of": after["machine"][0]["way_mark"]}
    ),
    "watchlists:good": in_machine("good_watches", str),
    "standing:told": in_machine("standing_told_at", lambda value: moment(json.loads(value)["at"])),
    "clock:set": in_machine("clock_set_at", lambda value: moment(json.loads(value)["at"])),
    "housekeeping:last": in_machine("last_round", moment),
    "claims:": claims_moved,
    "browser:": among("rendering", lambda page, value: {"page": page, "needs_browser": int(value)}),
    "robots:": among("robots_copies", lambda address, value: {"address": address, "rules": value}),
    "digest:last:": among("digests", lambda case, value: {"case": case, "last_at": moment(value)}),
    "digest:watches:": among(
        "digests",
        lambda case, value: {
            "case": case,
            "watches": json.dumps(json.loads(value)["watches"]),
            "wrong": json.loads(value)["wrong"],
        },
    ),
    "known-since:": among("due_visits", lambda rest, value: of_case(rest, "watch") | {"beat": moment(value)}),
    "blind:": among("watch_facts", lambda rest, value: of_case(rest, "watch") | {"blindness_told_at": moment(value)}),
    "flood_lifted:": among("floods", lambda rest, value: of_case(rest, "reference") | {"lifted_at": moment(value)}),
    "flood_told:": among("floods", lambda rest, value: of_case(rest, "reference") | {"summary_at": moment(value)}),
    "login:": among("logins", lambda rest, value: of_case(rest, "watch") | {"state": value}),
    "foreign-list:": among(
        "foreign_lists",
        lambda rest, value: (
            of_case(rest, "id")
            | {name: json.loads(value)[name] for name in ("count", "reason")}
            | {"at": moment(json.loads(value)["at"])}
        ),
    ),
    "sign-in:": among(
        "refused_accounts",
        lambda account, value: {
            "account": account,
            "until": moment(json.loads(value)["until"]),
            "salt": json.loads(value)["salt"],
            "mark": json.loads(value)["of"],
        },
    ),
    "recheck:": among("rechecks", lambda sighting, value: {"sighting": sighting, "due_at": moment(value)}),
}
"""Beginning of a note's key -> whether it became a row of a table of its own: of all rows, what follows in the key, and
the note."""


MADE_ANEW = {"sightings": "incident", "alerts": "subject"}
"""An incident was of a photo on a site; it is of the site (0031)."""


def test_it_holds_what_there_is_to_lose(before: Rows) -> None:
    empty = {name for name, rows in before.items() if not rows}
    assert not empty and before["alembic_version"] == [{"version_num": "0008"}]
    kinds = {row["key"].partition(":")[0] for row in before["notes"]}
    assert kinds == {
        *("store", "vault", "way_out", "robots", "browser", "watchlists", "digest", "standing", "known-since", "clock"),
        *("flood_lifted", "flood_told", "claims", "login", "foreign-list", "sign-in", "recheck", "housekeeping"),
        "blind",
    }
    assert {row["status"] for row in before["sightings"]} == {"new", "confirmed", "dismissed", "reported"}
    assert (EARLIER / "store_0008.db").stat().st_size < 300_000


def test_every_row_is_still_there_after_the_upgrade(store: SqlStore, folder: Path, before: Rows) -> None:
    after = raw(folder / "data" / FILE)
    assert after["alembic_version"] == [{"version_num": tables.HEAD}]
    for name in before.keys() - {"alembic_version", "notes"}:
        columns = set(after[name][0]) - {MADE_ANEW.get(name)}
        kept = [{key: value for key, value in row.items() if key in columns} for row in before[name]]
        now = [{key: row[key] for key in kept[0]} for row in after[name]]
        assert sorted(map(repr, now)) == sorted(map(repr, kept)), name


def test_every_note_has_a_table(store: SqlStore, folder: Path, before: Rows) -> None:
    after = raw(folder / "data" / FILE)
    assert "notes" not in after
    for row in before["notes"]:
        ((beginning, moved),) = [one for one in MOVED.items() if row["key"].startswith(one[0])]
        assert moved(after, row["key"].removeprefix(beginning), row["value"]), row["key"]


def rows(values: Sequence[object]) -> list[dict[str, Any]]:
    return [TypeAdapter(type(value)).dump_python(value, mode="json") for value in values]


READ: dict[str, Callable[[SqlStore], Sequence[object]]] = {
    "cases": lambda store: store.cases.all(),
    "sightings": lambda store: [found for case in CASES for found in store.sightings.all(case)],
    "alerts": lambda store: every_alert(store),
    "parts": lambda store: [
        part for alert in every_alert(store) for part in store.alert_parts.of(alert.case, alert.id)
    ],
    "reports": lambda store: [report for case in CASES for report in store.reports.all(case)],
    "evidence": lambda store: [item for case in CASES for item in store.evidence.all(case)],
    "draft_files": lambda store: [file for case in CASES for file in store.draft_files.all(case)],
    "removals": lambda store: store.removals.all(),
    "runs": lambda store: [run for case in CASES for run in store.runs.since(case, LONG_AGO)],
}


@pytest.mark.parametrize("what", READ)
def test_is_read_as_the_version_before_read_it(store: SqlStore, said: dict[str, Any], what: str) -> None:
    """Each value that it had; there may be more today."""
    read = READ[what](store)
    found = [row | moved(what, row, value) for row, value in zip(rows(read), read, strict=True)]
    assert len(found) == len(said[what]) > 0
    anew = MADE_ANEW.get(what)
    for row in said[what]:
        assert any(holds(other, {key: one for key, one in row.items() if key != anew}) for other in found), row


def moved(what: str, row: dict[str, Any], value: Any) -> dict[str, Any]:
    """Where that version had it in the row itself."""
    if what == "sightings":
        return {"gone_since": row["presence"]["media"]["gone_since"]}
    if what == "reports":  # read from the steps now
        names = ("sighting", "state", "created_at", "changed_at", "sent_at", "due_at", "number", "response")
        found: dict[str, Any] = TypeAdapter(dict[str, Any]).dump_python(
            {name: getattr(value, name) for name in names}, mode="json"
        )
        return found
    return {}


def test_finds_are_numbered_as_they_were_found(store: SqlStore) -> None:
    for case in CASES:
        numbered = {one.number: one.id for one in store.sightings.all(case)}
        assert [numbered[number] for number in sorted(numbered)] == sorted(numbered.values())
        assert sorted(numbered) == list(range(1, len(numbered) + 1))


def test_each_step_of_a_report_is_a_row_now(store: SqlStore) -> None:
    every = {one.id: one for case in CASES for one in store.reports.all(case)}
    assert {tuple(step.state.value for step in one.events) for one in every.values()} == {
        ("draft",),
        ("draft", "sent"),
        ("draft", "sent", "refused"),
        ("draft", "withdrawn"),
    }
    for one in every.values():
        assert all(step.report == one.id and step.noted_at == step.at for step in one.events)
        is_law = one.route == "us_tida"
        assert (one.frozen.legal_basis, one.frozen.deadline) == (("us_tida", "PT48H") if is_law else ("", ""))
    sent = every["6b2sxrk87pxtfjgy"]
    assert sent.look_at == sent.due_at == sent.events[1].due_at and sent.events[1].number == "A-1"
    assert store.reports.due(CASES[0], datetime(2026, 12, 2, tzinfo=UTC)) == [sent]


def holds(value: Any, earlier: Any) -> bool:
    """Each name of the earlier one with what it had; in values within it too."""
    if isinstance(value, dict) and isinstance(earlier, dict):
        return all(name in value and holds(value[name], one) for name, one in earlier.items())
    return bool(value == earlier)


def test_photos_can_be_compared_with(store: SqlStore, said: dict[str, Any]) -> None:
    enrolled = {one.id: one for case in CASES for one in store.references.all(case)}
    assert len(enrolled) == len(said["references"])
    for row in said["references"]:
        one = enrolled[row["id"]]
        assert (one.case, one.label, one.origin) == (row["case"], row["label"], row["origin"])
        assert one.fingerprint.pdq.bits.hex() == row["pdq"]
        assert (one.folded_at and one.folded_at.isoformat()) == row["folded_at"]
        features = one.fingerprint.features
        assert (len(features.descriptors) if features else None) == row["features"]
    assert {case: store.references.revision(case) for case in CASES} == said["revisions"]


def test_what_is_not_theirs_stays_quiet(store: SqlStore, said: dict[str, Any]) -> None:
    for row in said["dismissals"]:
        (dismissed,) = store.dismissals.of("default", row["reference"])
        assert (dismissed.image_digest, dismissed.tier) == (row["image_digest"], row["tier"])
        assert (dismissed.pdq.hex() if dismissed.pdq else None) == row["pdq"]


def test_what_waits_is_counted_as_before(store: SqlStore, said: dict[str, Any]) -> None:
    for case in CASES:
        stand, before = store.alerts.outstanding(case), said["outstanding"][case]
        assert (stand.waiting, stand.tried, stand.partly, stand.failed) == tuple(
            before[name] for name in ("waiting", "tried", "partly", "failed")
        )
        assert sorted(stand.finds) == before["finds"]


def test_urls_that_were_seen_are_still_known_by_their_salt(store: SqlStore, before: Rows) -> None:
    """What was hashed with the store's own salt is found only with the same one."""
    assert store.incident_id("default", "a.example") == open_incident(before)


def test_what_is_on_one_site_is_one_incident_now_and_what_waits_is_of_it(
    store: SqlStore, folder: Path, before: Rows
) -> None:
    after = raw(folder / "data" / FILE)
    now = {row["id"]: row["incident"] for row in after["sightings"]}
    for row in before["sightings"]:
        assert now[row["id"]] == store.incident_id(row["case"], domain_of(row["page_url"])), row["id"]
    of_incidents = {row["incident"] for row in before["sightings"]}
    was = {row["id"]: row["subject"] for row in before["alerts"]}
    told = [row for row in after["alerts"] if row["kind"] in ("new", "reappeared") and was[row["id"]] in of_incidents]
    assert told
    for row in told:
        assert row["subject"] in {now[name] for name in json.loads(row["sightings"])} | set(now.values())
    in_order = sorted(after["alerts"], key=lambda row: (row["created_at"], row["id"]))
    assert [row["number"] for row in in_order] == list(range(1, len(in_order) + 1))


def open_incident(before: Rows) -> str:
    import base64
    import hashlib

    (salt,) = [bytes.fromhex(row["value"]) for row in before["notes"] if row["key"] == "store:salt"]
    told = json.dumps(["incident", "default", "a.example"]).encode()
    return base64.b32encode(hashlib.blake2b(told, key=salt, digest_size=10).digest()).decode("ascii").lower()


def test_facts_of_a_watch_whose_case_is_yet_to_be_set_up_are_carried_over() -> None:
    since = "2026-01-01T00:00:00+00:00"
    notes = {"known-since:later:forum: a": since, "blind:default:forum": since, "known-since:nothing": since}
    moved = {(row["case"], row["watch"]): row for row in r0010_named_facts._watch_facts(notes, {"default"})}
    assert moved.keys() == {("later", "forum: a"), ("default", "forum")}
    assert moved["later", "forum: a"]["known_since"] == moment(since)
