"""Account data that a place refused."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from monitor.ports.facts import RefusedAccount
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import refused_accounts


class SqlRefusedAccounts:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, account: str) -> RefusedAccount | None:
        row = self._db.run(select(refused_accounts).where(refused_accounts.c.account == account)).first()
        return RefusedAccount(row.until, row.salt, row.mark) if row is not None else None

    def save(self, account: str, refused: RefusedAccount) -> None:
        values = {"account": account, "until": refused.until, "salt": refused.salt, "mark": refused.mark}
        self._db.run(upsert(refused_accounts), values)

    def forget_before(self, before: datetime) -> int:
        return self._db.run(refused_accounts.delete().where(refused_accounts.c.until < before)).rowcount
