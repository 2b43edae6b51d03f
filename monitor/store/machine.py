"""What is true of this store as a whole: one row."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from monitor.model.ids import ContentDigest
from monitor.model.intent import LeftKind, Recovery
from monitor.model.progress import Loop
from monitor.model.standstill import LastAlive
from monitor.ports.machine import ClockSet, DaemonRead, StandingTold, StoreKeySealed, WayOutKept
from monitor.store.dialect import insert
from monitor.store.engine import Database
from monitor.store.fact_tables import machine

_ID = 1
_UNKNOWN = ""
"""What stood there when it was not known which identity was tried: it counts for each that has no count of its own."""
_MOST_IDENTITIES = 50


class SqlMachine:
    def __init__(self, database: Database) -> None:
        self._db = database

    @property
    def salt(self) -> bytes:
        """Random, of this store: what is hashed with it cannot be guessed at, or made to collide, from outside."""
        row = self._db.run(select(machine)).first()
        if row is None:
            values = {
                "id": _ID,
                "salt": secrets.token_hex(32),
                "good_watches": "",
                "standing_keys": "[]",
                "way_id": "",
                "way_mark": "",
                "vault_had_key": False,
                "clock_set_by": 0,
                "key_sealed_to": "[]",
                "key_digest": "",
                "wrong_by": "{}",
                "next_try_at": None,
                "daemon_read": "",
                "recovery": "",
                "alive": "",
            }
            # Another process may be opening it for the first time too.
            self._db.run(insert(machine).values(values).on_conflict_do_nothing())
            row = self._row()
        return bytes.fromhex(row.salt)

    def last_round(self) -> datetime | None:
        at: datetime | None = self._row().last_round
        return at

    def note_round(self, at: datetime) -> None:
        self._set(last_round=at)

    def good_watches(self) -> str:
        text: str = self._row().good_watches
        return text

    def keep_good_watches(self, text: str) -> None:
        self._set(good_watches=text)

    def standing_told(self) -> StandingTold | None:
        row = self._row()
        if row.standing_told_at is None:
            return None
        return StandingTold(row.standing_told_at, frozenset(json.loads(row.standing_keys)))

    def tell_standing(self, told: StandingTold | None) -> None:
        keys = json.dumps(sorted(told.keys)) if told else "[]"
        self._set(standing_told_at=told.at if told else None, standing_keys=keys)

    def way_out(self) -> WayOutKept | None:
        row = self._row()
        return WayOutKept(row.way_id, row.way_mark) if row.way_id else None

    def keep_way_out(self, way: WayOutKept) -> None:
        self._set(way_id=way.id, way_mark=way.mark)

    def vault_had_key(self) -> bool:
        had: bool = self._row().vault_had_key
        return had

    def note_vault_key(self) -> None:
        self._set(vault_had_key=True)

    def store_key_sealed(self) -> StoreKeySealed | None:
        row = self._row()
        if not row.key_digest:
            return None
        return StoreKeySealed(tuple(json.loads(row.key_sealed_to)), ContentDigest(row.key_digest))

    def note_store_key_sealed(self, sealed: StoreKeySealed | None) -> None:
        self._set(
            key_sealed_to=json.dumps(sealed.recipients if sealed else []), key_digest=sealed.digest if sealed else ""
        )

    def wrong_passphrases(self, mark: str) -> int:
        counts: dict[str, int] = json.loads(self._row().wrong_by)
        return counts.get(mark, counts.get(_UNKNOWN, 0))

    def next_try_at(self) -> datetime | None:
        at: datetime | None = self._row().next_try_at
        return at

    def note_wrong_passphrases(self, mark: str, count: int, next_try_at: datetime | None) -> None:
        counts: dict[str, int] = json.loads(self._row().wrong_by) | {mark: count}
        least = sorted((each for each in counts if each not in (mark, _UNKNOWN)), key=counts.__getitem__)
        for each in least[: max(0, len(counts) - _MOST_IDENTITIES)]:  # to get far with others takes hours
            del counts[each]
        self._set(wrong_by=json.dumps(counts), next_try_at=next_try_at)

    def clock_set(self) -> ClockSet | None:
        row = self._row()
        return ClockSet(row.clock_set_at, row.clock_set_by) if row.clock_set_at is not None else None

    def note_clock_set(self, leap: ClockSet) -> None:
        self._set(clock_set_at=leap.at, clock_set_by=leap.by_s)

    def recovery(self) -> Recovery | None:
        text: str = self._row().recovery
        if not text:
            return None
        kept = json.loads(text)
        things = {LeftKind(kind): int(count) for kind, count in kept["things"].items()}
        return Recovery(datetime.fromisoformat(kept["at"]), bool(kept["was_cut_off"]), things)

    def note_recovery(self, recovery: Recovery) -> None:
        things = {kind.value: count for kind, count in recovery.things.items()}
        kept = {"at": recovery.at.isoformat(), "was_cut_off": recovery.was_cut_off, "things": things}
        self._set(recovery=json.dumps(kept))

    def daemon_began(self) -> datetime | None:
        at: datetime | None = self._row().daemon_began
        return at

    def note_daemon(self, began: datetime | None) -> None:
        self._set(daemon_began=began)

    def daemon_read(self) -> DaemonRead | None:
        text: str = self._row().daemon_read
        if not text:
            return None
        kept = json.loads(text)
        return DaemonRead(datetime.fromisoformat(kept["at"]), kept["file"], kept["mark"], kept["refused"])

    def note_daemon_read(self, read: DaemonRead) -> None:
        kept = {"at": read.at.isoformat(), "file": read.file, "mark": read.mark, "refused": read.refused}
        self._set(daemon_read=json.dumps(kept))

    def alive(self) -> LastAlive | None:
        text: str = self._row().alive
        if not text:
            return None
        kept = json.loads(text)
        did = {Loop(name): datetime.fromisoformat(at) for name, at in kept["did"].items() if name in set(Loop)}
        loop = Loop(kept["loop"]) if kept["loop"] in set(Loop) else None
        at = datetime.fromisoformat(kept["at"])
        return LastAlive(at, kept["boot"], kept["up_s"], kept["version"], kept["ended"], loop, did)

    def note_alive(self, alive: LastAlive) -> None:
        kept = {
            "at": alive.at.isoformat(),
            "boot": alive.boot,
            "up_s": alive.up_s,
            "version": alive.version,
            "ended": alive.ended,
            "loop": alive.loop or "",
            "did": {loop.value: at.isoformat() for loop, at in alive.did.items()},
        }
        self._set(alive=json.dumps(kept))

    def heartbeat(self) -> datetime | None:
        at: datetime | None = self._row().heartbeat_at
        return at

    def note_heartbeat(self, at: datetime) -> None:
        self._set(heartbeat_at=at)

    def _row(self) -> Row[Any]:
        return self._db.run(select(machine)).one()

    def _set(self, **values: object) -> None:
        self._db.run(machine.update().values(values))
