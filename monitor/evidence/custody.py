"""The chain of the custody log: what an entry is hashed from, and what is wrong with a log.

Everything can be checked with `printf` and `sha256sum` alone. The details of an entry stand in the chain only as a
salted commitment: they can be dropped, or left out of a packet that is about something else, and the chain still holds.
Without the salt nobody can guess at what was dropped.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from monitor.evidence.canonical import canonical_json
from monitor.model.custody import NO_HEAD, CustodyAct, CustodyEntry, CustodyHead
from monitor.model.ids import CaseId

MAX_VALUE = 4000
"""Characters of one value. The whole of what is longer stands in the manifest."""

CORRECTS = "corrects"
"""In the details of a correction: the number of the entry that it is about."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


def new_entry(
    case: CaseId,
    act: CustodyAct,
    about: Mapping[str, str],
    now: datetime,
    *,
    after: CustodyHead,
    salt: bytes,
    drops: Iterable[int] = (),
) -> CustodyEntry:
    """after: where the log ends. salt: 32 random bytes, used once. drops: as in `CustodyEntry`."""
    if len(salt) != 32:
        raise ValueError("a salt has 32 bytes")
    details = canonical_json({key: _cut(value) for key, value in about.items()})
    entry = CustodyEntry(
        case=case,
        number=after.number + 1,
        at=now.astimezone(UTC),
        act=act,
        details=details,
        salt=salt.hex(),
        commitment=commitment_of(salt.hex(), details),
        previous=after.digest,
        digest="",
        drops=tuple(sorted(set(drops))),
    )
    return replace(entry, digest=digest_of_entry(entry))


def commitment_of(salt: str, details: str) -> str:
    """printf '%s\\n' SALT DETAILS | sha256sum"""
    return _digest_of_lines(salt, details)


def digest_of_entry(entry: CustodyEntry) -> str:
    """printf '%s\\n' NUMBER TIME ACT DROPS COMMITMENT PREVIOUS | sha256sum"""
    return _digest_of_lines(
        str(entry.number),
        time_text(entry.at),
        entry.act.value,
        drops_text(entry.drops),
        entry.commitment,
        entry.previous,
    )


def time_text(at: datetime) -> str:
    """In UTC, to the microsecond: what is hashed must be what is shown."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def drops_text(drops: Iterable[int]) -> str:
    """Numbers with a space between; '' for none."""
    return " ".join(map(str, drops))


def without_details(entry: CustodyEntry) -> CustodyEntry:
    return replace(entry, details="", salt="")


def head_of(entries: Sequence[CustodyEntry]) -> CustodyHead:
    return CustodyHead(entries[-1].number, entries[-1].digest) if entries else NO_HEAD


def details_of(entry: CustodyEntry) -> Mapping[str, str]:
    """{} where they were dropped, or are not what this program writes."""
    try:
        told = json.loads(entry.details) if entry.details else {}
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in told.items()} if isinstance(told, dict) else {}


def names(entry: CustodyEntry, words: Collection[str]) -> bool:
    """Whether one of the words is a value of its details, whole."""
    return not entry.is_dropped and not set(words).isdisjoint(details_of(entry).values())


def faults(entries: Sequence[CustodyEntry], *, left_out: Collection[int] = ()) -> Iterator[str]:
    """What is wrong with one case's log, in its order; nothing where all holds. left_out: numbers of entries whose
    details a packet does not show."""
    before = NO_HEAD
    dropped_by = {number: entry.number for entry in entries for number in entry.drops}
    for entry in entries:
        called, place = f"custody log, entry {entry.number}", before.number + 1
        if entry.number != place:
            yield f"{called}: entry {place} should stand here; one is missing, added or out of order"
        if entry.previous != before.digest:
            yield f"{called}: it does not follow the entry before it"
        if entry.digest != digest_of_entry(entry):
            yield f"{called}: it was changed"
        yield from _details_faults(entry, dropped_by.get(entry.number), called, left_out)
        before = CustodyHead(entry.number, entry.digest)


def _details_faults(
    entry: CustodyEntry, dropped_by: int | None, called: str, left_out: Collection[int]
) -> Iterator[str]:
    if any(number >= entry.number for number in entry.drops):
        yield f"{called}: it names a later entry as dropped"
    if entry.is_dropped:
        if entry.salt:
            yield f"{called}: its details are gone, but not their salt"
        if (dropped_by is None or dropped_by <= entry.number) and entry.number not in left_out:
            yield f"{called}: its details are gone, and no later entry says why"
        return
    if dropped_by is not None:
        yield f"{called}: it has details that entry {dropped_by} dropped"
    if entry.commitment != commitment_of(entry.salt, entry.details):
        yield f"{called}: its details were changed"
    if entry.act is CustodyAct.CORRECTION:
        corrects = details_of(entry).get(CORRECTS, "")
        if not (corrects.isdecimal() and 0 < int(corrects) < entry.number):
            yield f"{called}: it corrects no earlier entry"


def render_log(entries: Iterable[CustodyEntry], *, show: Collection[int] | None = None) -> bytes:
    """JSON lines, for a packet and for people; as `parse_log` reads them. show: numbers of those whose details and salt
    are in it; None: of all."""
    shown = (entry if show is None or entry.number in show else without_details(entry) for entry in entries)
    return "".join(canonical_json(_told(entry)) + "\n" for entry in shown).encode("ascii")


def parse_log(content: bytes, case: CaseId) -> list[CustodyEntry]:
    """What `render_log` wrote. Raises ValueError, naming the line, for anything else."""
    entries = []
    for number, line in enumerate(content.decode("ascii").splitlines(), start=1):
        try:
            entry = _entry(json.loads(line), case)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"custody log, line {number}: it is not an entry") from error
        if canonical_json(_told(entry)) != line:
            raise ValueError(f"custody log, line {number}: it was changed")
        entries.append(entry)
    return entries


def _told(entry: CustodyEntry) -> Mapping[str, str | int]:
    return {
        "number": entry.number,
        "time": time_text(entry.at),
        "act": entry.act.value,
        "drops": drops_text(entry.drops),
        "commitment": entry.commitment,
        "previous": entry.previous,
        "digest": entry.digest,
        "salt": entry.salt,
        "details": entry.details,
    }


def _entry(told: Mapping[str, object], case: CaseId) -> CustodyEntry:
    text = {key: str(told[key]) for key in ("commitment", "previous", "digest")}
    if not all(_DIGEST.fullmatch(value) for value in text.values()):
        raise ValueError("not a digest")
    return CustodyEntry(
        case=case,
        number=int(str(told["number"])),
        at=datetime.strptime(str(told["time"]), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC),
        act=CustodyAct(str(told["act"])),
        details=str(told["details"]),
        salt=str(told["salt"]),
        drops=tuple(int(number) for number in str(told["drops"]).split()),
        **text,
    )


def _cut(value: str) -> str:
    return value if len(value) <= MAX_VALUE else value[: MAX_VALUE - 1] + "…"


def _digest_of_lines(*lines: str) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode("ascii")).hexdigest()
