"""Whoever has the files of a shared database reads nothing in them that tells of somebody."""

from __future__ import annotations

from sqlalchemy import LargeBinary, String, Text

from monitor.store.columns import OutsideText
from monitor.store.every_table import metadata
from monitor.store.sealed_types import OfCase

PLAIN = {
    "ids, random": "alert batch capture case_keys.id follows holder held_by id incident message_id record reference "
    "report run session sighting sightings way_id evidence.path planted",
    "words and numbers of ours": "act alive answer cases.authority because before_dismissal before_report cause "
    "decision delivery detail drops end extent kind lane loop media_type method origin outcome recovery rhythm role "
    "state status step tier truth unreadable variant version_num via was_before was_decision was_status why wrong_by",
    "keyed or salted hashes": "commitment digest grp key key_digest matched_against previous proof sealed_digest sight "
    "way wrapped",
    "which recipient, by its place in the settings": "alert_parts.name channel_health.name",
    "names of settings": "case_settings.name",
    "authorities, and desks that ship with the program": "time_stamps.authority dead_addresses.address",
}
"""What is text or bytes and may be read by whoever has the files: by column, or by table and column."""


def test_every_column_that_could_tell_of_somebody_is_sealed() -> None:
    """A new one is sealed too, or named above with what it is."""
    plain = {name for names in PLAIN.values() for name in names.split()}
    told = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, (String, Text, LargeBinary, OutsideText))
        and not plain & {column.name, f"{table.name}.{column.name}"}
    ]
    assert told == []


def test_the_case_of_every_row_is_known_as_such() -> None:
    """By it a statement tells whose key is meant, and row security whose rows are shown."""
    columns = [table.c["case"] for table in metadata.sorted_tables if "case" in table.c]
    assert len(columns) > 40 and all(isinstance(column.type, OfCase) for column in columns)
