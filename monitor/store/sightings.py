"""What was found where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select,
)

from monitor.domains import registrable_domain
from monitor.hosts import host_of
from monitor.model.evidence import EvidenceKind
from monitor.model.ids import CaseId, ContentDigest, ReferenceId
from monitor.model.match import Match, Method, Region, Tier
from monitor.model.presence import NOT_OBSERVED, Presence, Trace, Truth
from monitor.model.sighting import HER_WORD, Decision, Place, Sighting, Status
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.tables import TRACE_TIMES, evidence, reports, sightings

# Where it was found is settled when it is first saved: closing it as under 18 takes the reference out of it, and it
# must still be known at its place, so that it is not found anew.
_SAVE = upsert(sightings, keep=("spot",))
_AT = select(sightings).where(sightings.c.spot == bindparam("spot"))

_HEARSAY = and_(sightings.c.only_said, sightings.c.status.not_in([status.value for status in HER_WORD]))
_UNDECIDED = (Status.NEW.value, Status.REAPPEARED.value)

_HOSTS_SINCE = (
    select(sightings.c.host)
    .distinct()
    .where(
        sightings.c.case == bindparam("of_case"),
        sightings.c.reference == bindparam("of_reference"),
        sightings.c.first_seen >= bindparam("since"),
        sightings.c.tier == Tier.MATCH.value,
        sightings.c.status != Status.DISMISSED.value,
        not_(_HEARSAY),
    )
)


def _ids(table: Table) -> tuple[Select[Any], Select[Any]]:
    """Of all sightings, and of some."""
    linked = select(table.c.sighting, table.c.id).where(table.c.sighting.is_not(None)).order_by(table.c.id)
    return linked, linked.where(table.c.sighting.in_(bindparam("ids", expanding=True)))


_EVIDENCE_IDS, _REPORT_IDS = _ids(evidence), _ids(reports)


class SqlSightings:
    def __init__(self, database: Database) -> None:
        self._db = database

    def at(self, case: CaseId, reference: ReferenceId, page_url: str, image_url: str) -> Sighting | None:
        row = self._db.run(_AT, {"spot": _spot(case, reference, page_url, image_url)}).first()
        return self._with_ids([row])[0] if row is not None else None

    def get(self, case: CaseId, sighting: str) -> Sighting | None:
        beginning = sighting.strip().lower()
        if not beginning.isalnum() or not beginning.isascii():
            return None
        of_case = select(sightings).where(sightings.c.case == case)
        exact = self._db.run(of_case.where(sightings.c.id == sighting.strip())).all()
        begin_so = of_case.where(sightings.c.id >= beginning, sightings.c.id < beginning + "~").limit(2)
        rows = exact or self._db.run(begin_so).all()
        return self._with_ids(rows)[0] if len(rows) == 1 else None

    def all(self, case: CaseId | None = None) -> Sequence[Sighting]:
        statement = select(sightings).order_by(sightings.c.id)
        if case is not None:
            statement = statement.where(sightings.c.case == case)
        return self._with_ids(self._db.run(statement).all(), everything=True)

    def listed(
        self, case: CaseId, *, limit: int, after: str = "", statuses: Collection[Status] = ()
    ) -> Sequence[Sighting]:
        wanted = [sightings.c.status.in_([status.value for status in statuses])] if statuses else []
        return self._part(case, limit, after, *wanted)

    def counts(self, case: CaseId) -> Mapping[Status, int]:
        statement = select(sightings.c.status, func.count().label("many")).where(sightings.c.case == case)
        rows = self._db.run(statement.group_by(sightings.c.status).order_by(func.min(sightings.c.id)))
        return {Status(row.status): row.many for row in rows}

    def of_ids(self, case: CaseId, ids: Iterable[str]) -> Sequence[Sighting]:
        return self._among(case, sightings.c.id, ids)

    def of_images(self, case: CaseId, urls: Iterable[str]) -> Sequence[Sighting]:
        return self._among(case, sightings.c.image_url, urls)

    def of_digests(self, case: CaseId, digests: Iterable[ContentDigest]) -> Sequence[Sighting]:
        return self._among(case, sightings.c.image_digest, (digest for digest in digests if digest))

    def on_pages(self, case: CaseId, urls: Iterable[str]) -> Sequence[Sighting]:
        return self._among(case, sightings.c.page_url, urls)

    def of_incident(self, case: CaseId, incident: str) -> Sequence[Sighting]:
        return self._where(case, sightings.c.incident == incident)

    def of_reference(self, case: CaseId, reference: ReferenceId) -> Sequence[Sighting]:
        return self._where(case, sightings.c.reference == reference)

    def to_decide(self, case: CaseId, *, limit: int, after: str = "") -> Sequence[Sighting]:
        undecided = sightings.c.status.in_(_UNDECIDED)
        return self._part(case, limit, after, undecided, not_(sightings.c.under_18), not_(_HEARSAY))

    def to_recheck(self, case: CaseId, removed_since: datetime, *, limit: int, after: str = "") -> Sequence[Sighting]:
        return self._part(
            case,
            limit,
            after,
            sightings.c.status != Status.DISMISSED.value,
            not_(sightings.c.under_18),
            not_(_HEARSAY),
            sightings.c.image_url.not_like("data:%"),
            or_(sightings.c.status != Status.REMOVED.value, sightings.c.removed_at >= removed_since),
        )

    def claimed_by(self, case: CaseId, watch: str) -> Sequence[Sighting]:
        return self._where(case, sightings.c.watch == watch, sightings.c.claimed_url > "")

    def dismissed_before(self, case: CaseId, before: datetime) -> Sequence[Sighting]:
        media = exists().where(evidence.c.sighting == sightings.c.id, evidence.c.kind == EvidenceKind.IMAGE.value)
        return self._where(
            case,
            sightings.c.status == Status.DISMISSED.value,
            sightings.c.decision == Decision.NOT_MINE.value,
            sightings.c.decided_at <= before,
            media,
        )

    def closed_addresses(self, case: CaseId) -> frozenset[str]:
        statement = select(sightings.c.page_url, sightings.c.image_url)
        rows = self._db.run(statement.where(sightings.c.case == case, sightings.c.under_18))
        return frozenset(url for row in rows for url in row)

    def touched_since(self, case: CaseId, since: datetime) -> Sequence[Sighting]:
        at = (sightings.c.first_seen, sightings.c.last_seen, sightings.c.removed_at)
        return self._where(case, or_(*(column >= since for column in at)))

    def save(self, sighting: Sighting) -> None:
        self._db.run(_SAVE, _row(sighting))

    def domains_since(self, case: CaseId, reference: ReferenceId, since: datetime) -> int:
        values = {"of_case": case, "of_reference": reference, "since": since}
        return len({registrable_domain(host) for host in self._db.run(_HOSTS_SINCE, values).scalars()})

    def _where(self, case: CaseId, *conditions: ColumnElement[bool]) -> Sequence[Sighting]:
        """By id; sorted here, since SQLite would rather walk through the whole case in that order than sort a few."""
        rows = self._db.run(select(sightings).where(sightings.c.case == case, *conditions)).all()
        return self._with_ids(sorted(rows, key=lambda row: row.id))

    def _part(self, case: CaseId, limit: int, after: str, *conditions: ColumnElement[bool]) -> Sequence[Sighting]:
        statement = select(sightings).where(sightings.c.case == case, sightings.c.id > after, *conditions)
        return self._with_ids(self._db.run(statement.order_by(sightings.c.id).limit(limit)).all())

    def _among(self, case: CaseId, column: Column[Any], values: Iterable[str]) -> Sequence[Sighting]:
        """Each once, by id."""
        found = [sighting for lot in in_lots(dict.fromkeys(values)) for sighting in self._where(case, column.in_(lot))]
        return sorted(found, key=lambda sighting: sighting.id)

    def _with_ids(self, rows: Sequence[Row[Any]], *, everything: bool = False) -> list[Sighting]:
        """Evidence and reports know their sighting; here they are gathered, two queries for a lot of
        rows."""
        if not rows:
            return []
        lots = [None] if everything else list(in_lots(row.id for row in rows))
        kept: dict[str, list[str]] = {}
        sent: dict[str, list[str]] = {}
        for (all_ids, ids_of), found in ((_EVIDENCE_IDS, kept), (_REPORT_IDS, sent)):
            for ids in lots:
                for row in self._db.run(all_ids) if ids is None else self._db.run(ids_of, {"ids": ids}):
                    found.setdefault(row.sighting, []).append(row.id)
        return [_sighting(row, kept.get(row.id, ()), sent.get(row.id, ())) for row in rows]


def _spot(case: CaseId, reference: ReferenceId | None, page_url: str, image_url: str) -> bytes:
    """Sixteen bytes for what makes a sighting one: long URLs are no good as a unique index."""
    parts = json.dumps([case, reference, page_url, image_url]).encode()
    return hashlib.blake2b(parts, digest_size=16).digest()


def _row(sighting: Sighting) -> dict[str, object]:
    place, match = sighting.place, sighting.match
    return {
        "id": sighting.id,
        "spot": _spot(sighting.case, match.reference, place.page_url, place.image_url),
        "incident": sighting.incident,
        "case": sighting.case,
        "watch": sighting.watch,
        "page_url": place.page_url,
        "image_url": place.image_url,
        "host": host_of(place.page_url),
        "account": place.account,
        "title": place.title,
        "posted_at": place.posted_at,
        "result_url": place.result_url,
        "claimed_url": place.claimed_url,
        "claimed_account": place.claimed_account,
        "tier": match.tier.value,
        "score": match.score,
        "reason": match.reason,
        "reference": match.reference,
        "label": match.label,
        "method": match.method.value if match.method else None,
        "distance": match.distance,
        "variant": match.variant,
        "region": json.dumps(match.region.corners) if match.region else None,
        "frame": match.frame,
        "status": sighting.status.value,
        "first_seen": sighting.first_seen,
        "last_seen": sighting.last_seen,
        "image_digest": sighting.image_digest,
        "removed_at": sighting.removed_at,
        "before_dismissal": sighting.before_dismissal.value if sighting.before_dismissal else None,
        "decision": sighting.decision.value if sighting.decision else None,
        "decided_at": sighting.decided_at,
        "under_18": sighting.under_18,
        "only_said": sighting.only_said,
        **{name: value for truth in Truth for name, value in _trace_row(truth, sighting.presence.of(truth))},
    }


def _trace_row(truth: Truth, trace: Trace) -> Iterator[tuple[str, object]]:
    for name in TRACE_TIMES:
        yield f"{truth.value}_{name}", getattr(trace, name)
    yield f"{truth.value}_why", trace.why


def _presence(row: Row[Any]) -> Presence:
    """Most have been observed on one or two of their truths."""
    return Presence(*(_trace(row, truth) for truth in Truth))


def _trace(row: Row[Any], truth: Truth) -> Trace:
    times = {name: getattr(row, f"{truth.value}_{name}") for name in TRACE_TIMES}
    why = getattr(row, f"{truth.value}_why")
    return Trace(**times, why=why) if why or any(times.values()) else NOT_OBSERVED


def _sighting(row: Row[Any], kept: Iterable[str], sent: Iterable[str]) -> Sighting:
    return Sighting(
        id=row.id,
        incident=row.incident,
        case=row.case,
        watch=row.watch,
        place=Place(
            page_url=row.page_url,
            image_url=row.image_url,
            account=row.account,
            title=row.title,
            posted_at=row.posted_at,
            result_url=row.result_url,
            claimed_url=row.claimed_url,
            claimed_account=row.claimed_account,
        ),
        match=Match(
            tier=Tier(row.tier),
            score=row.score,
            reason=row.reason,
            reference=row.reference,
            label=row.label,
            method=Method(row.method) if row.method else None,
            distance=row.distance,
            variant=row.variant,
            region=Region(tuple((x, y) for x, y in json.loads(row.region))) if row.region else None,
            frame=row.frame,
        ),
        status=Status(row.status),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        image_digest=row.image_digest,
        removed_at=row.removed_at,
        before_dismissal=Status(row.before_dismissal) if row.before_dismissal else None,
        decision=Decision(row.decision) if row.decision else None,
        decided_at=row.decided_at,
        under_18=row.under_18,
        only_said=row.only_said,
        presence=_presence(row),
        evidence=tuple(kept),
        reports=tuple(sent),
    )
