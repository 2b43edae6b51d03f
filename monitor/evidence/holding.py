"""Which files a capture has, as the custody log's entry of it says: so that rows, files and log can be held against
each other where nothing can be opened. Its manifest says the same, and more, sealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from monitor.model.evidence import EvidenceItem, EvidenceKind

OF_THEIR_OWN = frozenset({EvidenceKind.MANIFEST, EvidenceKind.SCREENSHOT, EvidenceKind.OWN})
"""Kinds whose digest stands in entries of their own."""

_IN_ONE = 25  # of one value of an entry, which may have 4,000 characters
_NOBODY = "-"


class Held(NamedTuple):
    """sighting: whose own it is, '' of the capture's as a whole. digest: SHA-256 of its plaintext."""

    kind: str
    sighting: str
    digest: str


def holds(items: Iterable[EvidenceItem]) -> Mapping[str, str]:
    """Details of the entry: `holds 1` and so on, each `ITEM KIND SIGHTING SHA-256` with spaces between, for many."""
    told = [
        f"{item.id} {item.kind.value} {item.sighting or _NOBODY} {item.file.plain_digest}"
        for item in sorted(items, key=lambda item: item.id)
        if item.kind not in OF_THEIR_OWN and not item.is_withheld
    ]
    lots = [told[at : at + _IN_ONE] for at in range(0, len(told), _IN_ONE)]
    return {f"holds {number}": " ".join(lot) for number, lot in enumerate(lots, start=1)}


def held_by(details: Mapping[str, str]) -> Mapping[str, Held]:
    """By the item's id. {} of an entry that does not say it."""
    return dict(_parsed(details))


def _parsed(details: Mapping[str, str]) -> Iterator[tuple[str, Held]]:
    for name, value in details.items():
        if not name.startswith("holds "):
            continue
        words = value.split(" ")
        for at in range(0, len(words) - 3, 4):
            item, kind, sighting, digest = words[at : at + 4]
            yield item, Held(kind, "" if sighting == _NOBODY else sighting, digest)


def held_as(item: EvidenceItem) -> Held:
    return Held(item.kind.value, item.sighting, item.file.plain_digest)
