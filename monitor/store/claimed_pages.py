"""Pages that a list only named, and whether they were seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from monitor.ports.facts import ClaimedPage
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import claimed_pages


class SqlClaimedPages:
    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self, case: str) -> Mapping[str, ClaimedPage]:
        rows = self._db.run(select(claimed_pages).where(claimed_pages.c.case == case))
        return {row.mark: ClaimedPage(row.tries, row.at) for row in rows}

    def save(self, case: str, pages: Mapping[str, ClaimedPage]) -> None:
        values = [{"case": case, "mark": mark, "tries": page.tries, "at": page.at} for mark, page in pages.items()]
        if values:
            self._db.run(upsert(claimed_pages), values)

    def keep_newest(self, case: str, count: int) -> None:
        of_case = select(claimed_pages.c.mark).where(claimed_pages.c.case == case)
        kept = of_case.order_by(claimed_pages.c.at.desc(), claimed_pages.c.mark).limit(count)
        self._db.run(claimed_pages.delete().where(claimed_pages.c.case == case, claimed_pages.c.mark.not_in(kept)))

    def forget_before(self, case: str, before: datetime) -> int:
        statement = claimed_pages.delete().where(claimed_pages.c.case == case, claimed_pages.c.at < before)
        return self._db.run(statement).rowcount

    def forget(self, case: str) -> None:
        self._db.run(claimed_pages.delete().where(claimed_pages.c.case == case))
