"""The keys of the cases, as this process holds them, and who seals by which."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from monitor.model.settings import Secret
from monitor.model.staff import INSTALLATION
from monitor.store.sealed_types import CaseTold, UnsealedValue, opens_with
from monitor.store.sealing_cipher import CaseKey, key_id_of, key_unwrapped, key_wrapped, new_case_key

_ALL_AFTER = 20
"""Who has met so many that it did not know goes through all cases."""


class KeyRow(Protocol):
    """Of `case_keys`."""

    id: bytes
    case: str
    number: int
    wrapped: bytes


class KeyRows(Protocol):
    """Where they are kept."""

    def of_case(self, case: str) -> Sequence[KeyRow]: ...

    def of_id(self, key_id: bytes) -> Sequence[KeyRow]: ...

    def all(self) -> Sequence[KeyRow]: ...

    def add(self, key_id: bytes, case: str, number: int, content: bytes) -> None:
        """Kept at once, whatever becomes of the transaction under way: a key that was rolled back would have sealed
        what nobody opens again. Nothing where the case has one of that number."""


class KeyRing:
    """Keys are read as they are needed, and stay in memory. A case that has none gets its first when something of it is
    sealed."""

    def __init__(self, store_key: Secret, rows: KeyRows) -> None:
        self._store_key, self._rows = bytes.fromhex(store_key.value), rows
        self._by_id: dict[bytes, CaseKey] = {}
        self._newest: dict[str, CaseKey] = {}
        self._missed = 0
        self._changes: int | None = None
        self._lock = threading.RLock()
        opens_with(self)

    def key_of(self, case: str) -> CaseKey:
        found = self._newest.get(case)
        if found is not None:
            return found
        with self._lock:
            self._take(self._rows.of_case(case))
            if case not in self._newest:
                first = new_case_key(case, 1)
                self._rows.add(first.id, case, 1, key_wrapped(first, self._store_key))
                self._take(self._rows.of_case(case))  # another process may have been quicker
            return self._newest[case]

    def knows(self, sealed: bytes) -> bool:
        """`sealed_types.ValueOpener`, like the next."""
        return key_id_of(sealed) in self._by_id

    def opened(self, sealed: bytes, column: str) -> bytes | None:
        """None: by none of its keys."""
        key = self._by_id.get(key_id_of(sealed)) or self._read(key_id_of(sealed))
        return key.opened(sealed, column) if key is not None else None

    def sealed(self, value: UnsealedValue, case: str) -> bytes:
        key = self.key_of(INSTALLATION if value.of_all else case)
        content = value.value
        return key.looked_up(content, value.column) if value.is_looked_up else key.sealed(content, value.column)

    def read_up_to(self, changes: int | None) -> None:
        """What is in memory is of no other time. changes: how often they were, as a transaction begins."""
        if changes != self._changes:
            self.forget()
            self._changes = changes

    def wrapped(self, key: CaseKey) -> bytes:
        return key_wrapped(key, self._store_key)

    def forget(self) -> None:
        """Read anew from here on: they were changed."""
        with self._lock:
            self._by_id.clear()
            self._newest.clear()

    def _read(self, key_id: bytes) -> CaseKey | None:
        with self._lock:
            self._missed += 1
            is_for_all = self._missed % _ALL_AFTER == 0
            self._take(self._rows.all() if is_for_all else self._rows.of_id(key_id))
            return self._by_id.get(key_id)

    def _take(self, rows: Iterable[KeyRow]) -> None:
        for row in rows:
            key_id = bytes(row.id)
            if key_id in self._by_id:
                continue
            key = key_unwrapped(bytes(row.wrapped), self._store_key, key_id=key_id, case=row.case, number=row.number)
            self._by_id[key_id] = key
            newest = self._newest.get(key.case)
            if newest is None or newest.number < key.number:
                self._newest[key.case] = key


def seal_values(ring: KeyRing, parameters: Any, scope: Sequence[str]) -> Any:
    """What a statement is executed with: mappings, or a list of them. Each value that is to be sealed is, by the key of
    the case that its row tells, else of the only one in scope."""
    if isinstance(parameters, Mapping):
        return _sealed_row(ring, parameters, scope)
    return [_sealed_row(ring, one, scope) for one in parameters]


def _sealed_row(ring: KeyRing, values: Mapping[str, Any], scope: Sequence[str]) -> Mapping[str, Any]:
    found: dict[str, Any] | None = None
    case: str | None = None
    for name, value in values.items():
        if type(value) is UnsealedValue:
            if found is None:
                found = dict(values)
            if case is None and not value.of_all:
                case = _case_of(values, scope, value.column)
            found[name] = ring.sealed(value, case or INSTALLATION)
    return values if found is None else found


def _case_of(values: Mapping[str, Any], scope: Sequence[str], column: str) -> str:
    told = {str(value) for value in values.values() if type(value) is CaseTold} or set(scope)
    if len(told) != 1:
        raise RuntimeError(f"a value of {column} is of no one case: under whose key is it to be sealed?")
    return told.pop()
