"""The chain of the audit trail: hashed as the custody log is (`evidence.custody`), checked with the same commands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from monitor.evidence.canonical import canonical_json
from monitor.evidence.custody import commitment_of, time_text
from monitor.model.audit import AuditAct, AuditEntry
from monitor.model.custody import NO_HEAD, CustodyHead
from monitor.model.ids import CaseId

MOST_OF_VALUE = 500
"""Characters of one value: names and ids."""


def new_audit_entry(
    case: CaseId, act: AuditAct, about: Mapping[str, str], now: datetime, *, after: CustodyHead, salt: bytes
) -> AuditEntry:
    """after: where the trail ends. salt: 32 random bytes, used once."""
    if len(salt) != 32:
        raise ValueError("a salt has 32 bytes")
    details = canonical_json({key: value[:MOST_OF_VALUE] for key, value in about.items()})
    entry = AuditEntry(
        case=case,
        number=after.number + 1,
        at=now.astimezone(UTC),
        act=act,
        details=details,
        salt=salt.hex(),
        commitment=commitment_of(salt.hex(), details),
        previous=after.digest,
        digest="",
    )
    return replace(entry, digest=digest_of_audit_entry(entry))


def end_of_trail(last: CustodyHead, noted: CustodyHead) -> CustodyHead:
    """Behind what the next entry is written. last: the last that is there. noted: as `audit_faults` has it. Where they
    differ, entries were taken away or their end was: then numbers are left out, so that it is found ever after."""
    if last == noted or noted.number > last.number:
        return noted
    return CustodyHead(last.number + 1, last.digest)


def digest_of_audit_entry(entry: AuditEntry) -> str:
    """printf '%s\\n' NUMBER TIME ACT COMMITMENT PREVIOUS | sha256sum"""
    lines = (str(entry.number), time_text(entry.at), entry.act.value, entry.commitment, entry.previous)
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode("ascii")).hexdigest()


def audit_details(entry: AuditEntry) -> Mapping[str, str]:
    """{} where they are not what this program writes."""
    try:
        told = json.loads(entry.details)
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in told.items()} if isinstance(told, dict) else {}


def audit_faults(entries: Sequence[AuditEntry], noted: CustodyHead) -> Iterator[str]:
    """What is wrong with the whole trail of one case, in its order; nothing where all holds. noted: where it ends, as
    was written down beside it."""
    before = NO_HEAD
    for entry in entries:
        called, place = f"audit trail, entry {entry.number}", before.number + 1
        if entry.number != place:
            yield f"{called}: entry {place} should stand here; one is missing, added or out of order"
        if entry.previous != before.digest:
            yield f"{called}: it does not follow the entry before it"
        if entry.digest != digest_of_audit_entry(entry):
            yield f"{called}: it was changed"
        if entry.commitment != commitment_of(entry.salt, entry.details):
            yield f"{called}: its details were changed"
        before = CustodyHead(entry.number, entry.digest)
    if before != noted:
        yield f"audit trail: it ends with entry {before.number}, and entry {noted.number} was noted as its last"


def audit_document(entry: AuditEntry) -> dict[str, Any]:
    told = audit_details(entry)
    return {
        "number": entry.number,
        "at": time_text(entry.at),  # as it is hashed
        "act": entry.act.value,
        "who": told.get("who", ""),
        "what": told.get("what", ""),
        "about": told.get("about", "").split(),
        "salt": entry.salt,
        "commitment": entry.commitment,
        "previous": entry.previous,
        "digest": entry.digest,
    }
