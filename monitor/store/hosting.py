"""Who hosts what, and which cases want to know."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import exists, func, select

from monitor.acting import acting
from monitor.model.hosting import Hosting
from monitor.ports.hosting import RegistryCopy
from monitor.store.dialect import insert
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.hosting_tables import contact_checks, hosting_wants, hostings, registry_copies

_ANSWER = TypeAdapter(Hosting)
_FIRST_WANT = insert(hosting_wants).on_conflict_do_nothing()
_NETWORKS = select(registry_copies.c.question, registry_copies.c.first, registry_copies.c.last).where(
    registry_copies.c.first.is_not(None)
)
_IS_WANTED = exists().where(hosting_wants.c.host == hostings.c.host)


class SqlHostLookups:
    """`monitor.ports.hosting.HostLookups`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, host: str) -> Hosting | None:
        text = self._db.run(select(hostings.c.answer).where(hostings.c.host == host)).scalar_one_or_none()
        return _ANSWER.validate_json(text) if text is not None else None

    def want(self, case: str, host: str, now: datetime) -> None:
        self._db.run(_FIRST_WANT, {"case": case, "host": host, "since": now})

    def wanted_by(self, case: str) -> Mapping[str, datetime]:
        statement = select(hosting_wants.c.host, hosting_wants.c.since).where(hosting_wants.c.case == case)
        return dict(sorted((row.host, row.since) for row in self._db.run(statement)))

    def no_more(self, case: str, hosts: Iterable[str]) -> None:
        with self._db.transaction():
            for lot in in_lots(hosts):
                self._db.run(hosting_wants.delete().where(hosting_wants.c.case == case, hosting_wants.c.host.in_(lot)))
            self._forget_unwanted()

    def wanted(self, now: datetime, limit: int) -> Sequence[str]:
        since, again_at = func.min(hosting_wants.c.since), func.min(hostings.c.ask_again_at)  # one row of a host
        statement = (
            select(hosting_wants.c.host)
            .outerjoin(hostings, hostings.c.host == hosting_wants.c.host)
            .where(hostings.c.ask_again_at.is_(None) | (hostings.c.ask_again_at <= now))
            .group_by(hosting_wants.c.host)
            .order_by(again_at.is_not(None), again_at, since, hosting_wants.c.host)
        )
        return list(self._db.run(statement.limit(limit)).scalars())

    def save(self, hosting: Hosting, ask_again_at: datetime) -> None:
        text = _ANSWER.dump_json(hosting).decode("utf-8")
        with self._db.transaction():
            self._db.run(upsert(hostings), {"host": hosting.host, "answer": text, "ask_again_at": ask_again_at})
            self._forget_unwanted()

    def copy_of(self, question: str) -> RegistryCopy | None:
        row = self._db.run(select(registry_copies).where(registry_copies.c.question == question)).first()
        return _copy(row) if row is not None else None

    def copy_for(self, address: str) -> RegistryCopy | None:
        number = _as_bytes(address)
        rows = [row for row in self._db.run(_NETWORKS) if row.first <= number <= row.last]
        nearest = max(rows, key=lambda row: (row.first, _backwards(row.last)), default=None)
        return self.copy_of(nearest.question) if nearest is not None else None

    def keep_copy(self, copy: RegistryCopy) -> None:
        first, last = map(_as_bytes, copy.network) if copy.network else (None, None)
        values = {"question": copy.question, "first": first, "last": last, "answer": copy.text, "at": copy.at}
        self._db.run(upsert(registry_copies), values)

    def forget_before(self, before: datetime) -> int:
        self._forget_unwanted()
        return self._db.run(registry_copies.delete().where(registry_copies.c.at < before)).rowcount

    def check(self, case: str, address: str, at: datetime) -> None:
        self._db.run(upsert(contact_checks), {"case": case, "address": address, "at": at})

    def checks(self, case: str) -> Mapping[str, datetime]:
        rows = self._db.run(select(contact_checks).where(contact_checks.c.case == case))
        return {row.address: row.at for row in rows}

    def keep_checks(self, case: str, addresses: Collection[str]) -> None:
        with self._db.transaction():
            for lot in in_lots(address for address in self.checks(case) if address not in addresses):
                of_lot = contact_checks.c.address.in_(lot)
                self._db.run(contact_checks.delete().where(contact_checks.c.case == case, of_lot))

    def forget(self, case: str) -> None:
        with self._db.transaction():
            self._db.run(contact_checks.delete().where(contact_checks.c.case == case))
            self._db.run(hosting_wants.delete().where(hosting_wants.c.case == case))
            self._forget_unwanted()
            if self._sees_all():
                self._db.run(registry_copies.delete())

    def _forget_unwanted(self) -> None:
        if self._sees_all():
            self._db.run(hostings.delete().where(~_IS_WANTED))

    def _sees_all(self) -> bool:
        """What other cases want is not seen by who acts for one; `forget_before` is for all."""
        return acting().every or not self._db.is_shared


def _as_bytes(address: str) -> bytes:
    number = ip_address(address)
    return bytes([number.version]) + int(number).to_bytes(16, "big")


def _backwards(number: bytes) -> int:
    return -int.from_bytes(number, "big")


def _as_text(number: bytes) -> str:
    value = int.from_bytes(number[1:], "big")
    return str(ip_address(value.to_bytes(4 if number[0] == 4 else 16, "big")))


def _copy(row: Any) -> RegistryCopy:
    network = (_as_text(row.first), _as_text(row.last)) if row.first is not None else None
    return RegistryCopy(row.question, row.answer, row.at, network)
