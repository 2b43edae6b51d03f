"""What fetching keeps over restarts, in memory: `monitor.ports.facts.KeptForFetching`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from monitor.ports.facts import RefusedAccount
from monitor.ports.machine import WayOutKept


@dataclass
class KeptLogins:
    rows: dict[tuple[str, str], str] = field(default_factory=dict)

    def get(self, case: str, watch: str) -> str | None:
        return self.rows.get((case, watch))

    def save(self, case: str, watch: str, state: str) -> None:
        self.rows[case, watch] = state

    def remove(self, case: str, watch: str) -> bool:
        return self.rows.pop((case, watch), None) is not None

    def forget(self, case: str) -> None:
        self.rows = {key: state for key, state in self.rows.items() if key[0] != case}


@dataclass
class KeptRobots:
    rows: dict[str, str] = field(default_factory=dict)

    def get(self, address: str) -> str | None:
        return self.rows.get(address)

    def save(self, address: str, rules: str, at: datetime) -> None:
        self.rows[address] = rules

    def forget_before(self, before: datetime) -> int:
        return 0


@dataclass
class KeptRefusals:
    rows: dict[str, RefusedAccount] = field(default_factory=dict)

    def get(self, account: str) -> RefusedAccount | None:
        return self.rows.get(account)

    def save(self, account: str, refused: RefusedAccount) -> None:
        self.rows[account] = refused

    def forget_before(self, before: datetime) -> int:
        return 0


@dataclass
class KeptMachine:
    way: WayOutKept | None = None

    def way_out(self) -> WayOutKept | None:
        return self.way

    def keep_way_out(self, way: WayOutKept) -> None:
        self.way = way


@dataclass
class KeptInMemory:
    logins: KeptLogins = field(default_factory=KeptLogins)
    robots_copies: KeptRobots = field(default_factory=KeptRobots)
    refused_accounts: KeptRefusals = field(default_factory=KeptRefusals)
    machine: KeptMachine = field(default_factory=KeptMachine)
