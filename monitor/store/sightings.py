"""What was found where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select,
)

from monitor.domains import registrable_domain
from monitor.model.evidence import MEDIA
from monitor.model.figures import FindFacts, FindsAlike
from monitor.model.ids import NO_DIGEST, CaseId, ContentDigest, ReferenceId
from monitor.model.match import Tier
from monitor.model.outline import FindOutline
from monitor.model.sighting import BY_HAND, HER_WORD, CopySpot, Decision, SeenAddress, Sighting, Status
from monitor.store.capture_tables import capture_sightings
from monitor.store.closed_for_all import SqlClosedForAll
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.outline_rows import OUTLINES, OUTLINES_OF, outline_of
from monitor.store.report_tables import report_sightings
from monitor.store.sighting_rows import address_rows, is_written_in, row_of, sighting_of, spot_key
from monitor.store.tables import evidence, sighting_addresses, sightings

# Closing as under 18 takes the reference out of a sighting, which must still be known at its place, so that it is not
# found anew.
# What was dismissed has a spot of its own, and keeps it where the place is another's by the time that it is taken back.
_OWN, _HOLDER = sightings.alias(), sightings.alias()
_NEW_SPOT = bindparam("new_spot", type_=sightings.c.spot.type)
_IS_TAKEN = exists().where(_HOLDER.c.spot == _NEW_SPOT, _HOLDER.c.id != bindparam("of_id"))
_KEPT_SPOT = select(_OWN.c.spot).where(_OWN.c.id == bindparam("of_id"), _IS_TAKEN.correlate(None))
_FREE_SPOT = func.coalesce(_KEPT_SPOT.scalar_subquery(), _NEW_SPOT)
_ANSWERED = ("page_seen_at", "page_gone_at", "media_seen_at", "media_gone_at")
# Given once, in the transaction that files it. Rows are never removed, so that none is given twice.
_OTHERS = sightings.alias()
_NEXT_NUMBER = (
    select(func.coalesce(func.max(_OTHERS.c.number), 0) + 1)
    .where(_OTHERS.c.case == bindparam("of_case"))
    .scalar_subquery()
)
_SAVE = upsert(sightings, keep=("number",), spot=_FREE_SPOT, number=_NEXT_NUMBER)
_SAVE_CLOSED = upsert(sightings, keep=("number", "spot"), spot=_FREE_SPOT, number=_NEXT_NUMBER)
_SAVE_ADDRESSES = sighting_addresses.insert()
_FORGET_ADDRESSES = sighting_addresses.delete().where(
    sighting_addresses.c.case == bindparam("of_case"), sighting_addresses.c.sighting == bindparam("of_sighting")
)
_ADDRESSES_OF = (
    select(sighting_addresses)
    .where(sighting_addresses.c.sighting.in_(bindparam("ids", expanding=True)))
    .order_by(sighting_addresses.c.sighting, sighting_addresses.c.number)
)
_ONCE_AT = select(sighting_addresses.c.sighting).where(
    sighting_addresses.c.case == bindparam("of_case"),
    sighting_addresses.c.image_url.in_(bindparam("image_urls", expanding=True)),
)
_IS_CLOSED = and_(sightings.c.case == bindparam("of_case"), sightings.c.under_18)
_CLOSED = select(sightings.c.page_url, sightings.c.image_url).where(_IS_CLOSED)
_CLOSED_BEFORE = (
    select(sighting_addresses.c.page_url, sighting_addresses.c.image_url)
    .join(sightings, sightings.c.id == sighting_addresses.c.sighting)
    .where(_IS_CLOSED)
)

HEARSAY = and_(sightings.c.only_said, sightings.c.status.not_in([status.value for status in HER_WORD]))
NUMBER_DIGITS = 8
"""At which digits alone begin an id: those of its time. Fewer are the number of a find, be there one or not: an id
that a slip happens to begin is never meant by it."""

_HOSTS_SINCE = (
    select(sightings.c.host)
    .distinct()
    .where(
        sightings.c.case == bindparam("of_case"),
        sightings.c.reference == bindparam("of_reference"),
        sightings.c.first_seen >= bindparam("since"),
        sightings.c.tier == Tier.MATCH.value,
        sightings.c.status != Status.DISMISSED.value,
        not_(HEARSAY),
    )
)


def _ids(sighting: Column[Any], of: Column[Any]) -> tuple[Select[Any], Select[Any]]:
    """Of all sightings, and of some."""
    linked = select(sighting, of.label("id")).where(sighting.is_not(None)).order_by(of)
    return linked, linked.where(sighting.in_(bindparam("ids", expanding=True)))


_REPORT_IDS = _ids(report_sightings.c.sighting, report_sightings.c.report)
_OWN_IDS = _ids(evidence.c.sighting, evidence.c.id)
_SHARED = (  # what a capture has as a whole, for each sighting on it
    select(capture_sightings.c.sighting, evidence.c.id)
    .join(evidence, evidence.c.capture == capture_sightings.c.capture)
    .where(evidence.c.sighting.is_(None))
)
_SHARED_IDS = _SHARED, _SHARED.where(capture_sightings.c.sighting.in_(bindparam("ids", expanding=True)))


@cache
def _among_these(column: Column[Any]) -> Select[Any]:
    """Made once for each column that is asked for: a pass asks several times for each of its pages."""
    these = column.in_(bindparam("these", expanding=True))
    return select(sightings).where(sightings.c.case == bindparam("of_case"), these)


def _of_status(statuses: Collection[Status]) -> list[ColumnElement[bool]]:
    return [sightings.c.status.in_([status.value for status in statuses])] if statuses else []


class SqlSightings:
    """closed: what all cases have closed."""

    def __init__(self, database: Database, closed: SqlClosedForAll) -> None:
        self._db, self._closed = database, closed

    def at(self, case: CaseId, spots: Iterable[CopySpot]) -> Sequence[Sighting]:
        both = {one for spot in spots for one in (spot, spot._replace(digest=NO_DIGEST))}
        return self._among(case, sightings.c.spot, (spot_key(case, spot) for spot in both))

    def near(
        self, case: CaseId, references: Iterable[ReferenceId], pages: Iterable[str], lists: Iterable[str], *, limit: int
    ) -> Sequence[Sighting]:
        here = or_(sightings.c.page_url.in_(list(pages)), sightings.c.seen_in.in_(list(lists)))
        statement = select(sightings).where(
            sightings.c.case == case, here, sightings.c.reference.in_(list(references)), not_(sightings.c.under_18)
        )
        newest = statement.order_by(sightings.c.last_seen.desc(), sightings.c.id.desc()).limit(limit)
        return self._with_ids(self._db.run(newest).all())

    def get(self, case: CaseId, sighting: str) -> Sighting | None:
        return next(iter(self._where(case, sightings.c.id == sighting)), None)

    def named(self, case: CaseId, typed: str) -> Sighting | None:
        name = typed.strip().lower()
        if not name.isalnum() or not name.isascii():
            return None
        if name.isdecimal() and len(name) < NUMBER_DIGITS:
            return next(iter(self._where(case, sightings.c.number == int(name))), None)
        begin_so = select(sightings).where(
            sightings.c.case == case, sightings.c.id >= name, sightings.c.id < name + "~"
        )
        rows = self._db.run(begin_so.order_by(sightings.c.id).limit(2)).all()
        is_one = len(rows) == 1 or any(row.id == name for row in rows)
        return self._with_ids(rows[:1])[0] if is_one else None

    def all(self, case: CaseId | None = None) -> Sequence[Sighting]:
        statement = select(sightings).order_by(sightings.c.id)
        if case is not None:
            statement = statement.where(sightings.c.case == case)
        return self._with_ids(self._db.run(statement).all(), everything=True)

    def listed(
        self, case: CaseId, *, limit: int, after: str = "", statuses: Collection[Status] = ()
    ) -> Sequence[Sighting]:
        return self._part(case, limit, after, *_of_status(statuses))

    def numbered(
        self, case: CaseId, *, limit: int, after: int = 0, statuses: Collection[Status] = ()
    ) -> Sequence[Sighting]:
        of_it = sightings.c.case == case, sightings.c.number > after, *_of_status(statuses)
        statement = select(sightings).where(*of_it).order_by(sightings.c.number).limit(limit)
        return self._with_ids(self._db.run(statement).all())

    def counts(self, case: CaseId) -> Mapping[Status, int]:
        statement = select(sightings.c.status, func.count().label("many")).where(sightings.c.case == case)
        rows = self._db.run(statement.group_by(sightings.c.status).order_by(func.min(sightings.c.id)))
        return {Status(row.status): row.many for row in rows}

    def alike(self, case: CaseId, since: datetime | None) -> Sequence[FindsAlike]:
        by_her = and_(sightings.c.reference.is_(None), sightings.c.watch == BY_HAND)
        unseen = and_(by_her, *(sightings.c[name].is_(None) for name in _ANSWERED))
        same = (sightings.c.status, sightings.c.tier, sightings.c.under_18, sightings.c.only_said, by_her, unseen)
        many = func.count()
        since_then = many if since is None else many.filter(sightings.c.first_seen >= since)
        rows = self._db.run(select(*same, many, since_then).where(sightings.c.case == case).group_by(*same))
        return [
            FindsAlike(
                FindFacts(Status(status), Tier(tier), bool(closed), bool(said), not of_her, bool(never)), counted, then
            )
            for status, tier, closed, said, of_her, never, counted, then in map(tuple, rows)
        ]

    def outlines(self, case: CaseId, ids: Iterable[str] | None = None) -> Sequence[FindOutline]:
        if ids is None:
            return [outline_of(row) for row in self._db.run(OUTLINES, {"of_case": case})]
        lots = in_lots(dict.fromkeys(ids))
        return [outline_of(row) for lot in lots for row in self._db.run(OUTLINES_OF, {"of_case": case, "ids": lot})]

    def of_ids(self, case: CaseId, ids: Iterable[str]) -> Sequence[Sighting]:
        return self._among(case, sightings.c.id, ids)

    def of_images(self, case: CaseId, urls: Iterable[str]) -> Sequence[Sighting]:
        every = list(dict.fromkeys(urls))
        now = self._among(case, sightings.c.image_url, every)
        before = {
            row.sighting
            for lot in in_lots(every)
            for row in self._db.run(_ONCE_AT, {"of_case": case, "image_urls": lot})
        } - {sighting.id for sighting in now}
        return sorted([*now, *self.of_ids(case, before)], key=lambda sighting: sighting.id) if before else now

    def of_digests(self, case: CaseId, digests: Iterable[ContentDigest]) -> Sequence[Sighting]:
        return self._among(case, sightings.c.image_digest, (digest for digest in digests if digest))

    def on_pages(self, case: CaseId, urls: Iterable[str]) -> Sequence[Sighting]:
        return self._among(case, sightings.c.page_url, urls)

    def shown_on(self, case: CaseId, urls: Iterable[str]) -> Sequence[Sighting]:
        pages = list(dict.fromkeys(urls))
        found = (*self.on_pages(case, pages), *self._among(case, sightings.c.seen_in, (url for url in pages if url)))
        return sorted({one.id: one for one in found}.values(), key=lambda sighting: sighting.id)

    def of_incident(self, case: CaseId, incident: str) -> Sequence[Sighting]:
        return self._where(case, sightings.c.incident == incident)

    def copies_on_site(self, sighting: Sighting) -> Sequence[Sighting]:
        photo = sightings.c.reference == sighting.match.reference  # None: IS NULL
        return self._where(sighting.case, sightings.c.incident == sighting.incident, photo)

    def of_reference(self, case: CaseId, reference: ReferenceId) -> Sequence[Sighting]:
        return self._where(case, sightings.c.reference == reference)

    def claimed_by(self, case: CaseId, watch: str) -> Sequence[Sighting]:
        return self._where(case, sightings.c.watch == watch, sightings.c.claimed_url > "")

    def searched_by(self, case: CaseId, watch: str) -> Sequence[Sighting]:
        return self._where(case, sightings.c.watch == watch, sightings.c.result_url > "")

    def dismissed_before(self, case: CaseId, before: datetime) -> Sequence[Sighting]:
        media = exists().where(evidence.c.sighting == sightings.c.id, evidence.c.kind.in_(sorted(MEDIA)))
        return self._where(
            case,
            sightings.c.status == Status.DISMISSED.value,
            sightings.c.decision == Decision.NOT_MINE.value,
            sightings.c.decided_at <= before,
            media,
        )

    def closed_addresses(self, case: CaseId) -> frozenset[str]:
        found = (row for asked in (_CLOSED, _CLOSED_BEFORE) for row in self._db.run(asked, {"of_case": case}))
        return frozenset(url for row in found for url in row) | self._closed.media()

    def touched_since(self, case: CaseId, since: datetime) -> Sequence[Sighting]:
        at = (sightings.c.first_seen, sightings.c.last_seen, sightings.c.removed_at)
        return self._where(case, or_(*(column >= since for column in at)))

    def save(self, sighting: Sighting) -> None:
        keeps_spot = sighting.under_18 and not is_written_in(sighting)
        with self._db.transaction():
            if not self._db.run(_SAVE_CLOSED if keeps_spot else _SAVE, row_of(sighting)).rowcount:
                return  # of another case
            if sighting.under_18:
                pages = (one.page_url for one in sighting.addresses)
                self._closed.add(sighting.media_urls, (*pages, sighting.place.page_url, sighting.place.seen_in))
            if sighting.addresses_seen > 1:
                self._db.run(_FORGET_ADDRESSES, {"of_case": sighting.case, "of_sighting": sighting.id})
                if sighting.other_addresses:
                    self._db.run(_SAVE_ADDRESSES, list(address_rows(sighting)))

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

    def _among(self, case: CaseId, column: Column[Any], values: Iterable[str | bytes]) -> Sequence[Sighting]:
        """Each once, by id."""
        statement = _among_these(column)
        lots = in_lots(dict.fromkeys(values))
        rows = [row for lot in lots for row in self._db.run(statement, {"of_case": case, "these": lot})]
        return self._with_ids(sorted(rows, key=lambda row: row.id))

    def _with_ids(self, rows: Sequence[Row[Any]], *, everything: bool = False) -> list[Sighting]:
        """Evidence and reports know their sighting, and most have one address; here all of it is gathered, a query
        each for a lot of rows."""
        if not rows:
            return []
        lots = [None] if everything else list(in_lots(row.id for row in rows))
        kept: dict[str, list[str]] = {}
        sent: dict[str, list[str]] = {}
        for (all_ids, ids_of), found in ((_OWN_IDS, kept), (_SHARED_IDS, kept), (_REPORT_IDS, sent)):
            for ids in lots:
                for row in self._db.run(all_ids) if ids is None else self._db.run(ids_of, {"ids": ids}):
                    found.setdefault(row.sighting, []).append(row.id)
        others: dict[str, list[SeenAddress]] = {}
        for ids in in_lots(row.id for row in rows if row.addresses_seen > 1):
            for row in self._db.run(_ADDRESSES_OF, {"ids": ids}):
                address = SeenAddress(row.page_url, row.image_url, row.first_seen, row.last_seen)
                others.setdefault(row.sighting, []).append(address)
        return [sighting_of(row, kept.get(row.id, ()), sent.get(row.id, ()), others.get(row.id, ())) for row in rows]
