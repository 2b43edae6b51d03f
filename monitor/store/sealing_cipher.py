"""How a value is sealed: AES-GCM, or AES-SIV where what is equal is to be equal. Bytes in, bytes out.

A sealed value is: one byte (how), eight (by which key), and what the cipher gives. The column goes in as associated
data: moved into another column, it opens to nothing.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from monitor.errors import Locked, StoreError

KEY_ID_BYTES = 8
_SEALED, _LOOKED_UP = b"\x01", b"\x02"
_NONCE_BYTES = 12
_HEAD = 1 + KEY_ID_BYTES


@dataclass(frozen=True, slots=True)
class CaseKey:
    """id: random, stands before every value that was sealed by it. case: '' = of the installation. number: a case's
    newest key seals; older ones open what is not sealed anew yet."""

    id: bytes
    case: str
    number: int
    secret: bytes = field(repr=False)
    _gcm: AESGCM = field(init=False, repr=False, compare=False)
    _siv: AESSIV = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_gcm", AESGCM(_derived(self.secret, b"sealed", 32)))
        object.__setattr__(self, "_siv", AESSIV(_derived(self.secret, b"looked up", 64)))

    def sealed(self, value: bytes, column: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _SEALED + self.id + nonce + self._gcm.encrypt(nonce, value, column.encode())

    def looked_up(self, value: bytes, column: str) -> bytes:
        """The same for the same value, each time."""
        return _LOOKED_UP + self.id + self._siv.encrypt(value, [column.encode()])

    def opened(self, sealed: bytes, column: str) -> bytes:
        how, content = sealed[:1], sealed[_HEAD:]
        try:
            if how == _SEALED:
                return self._gcm.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], column.encode())
            if how == _LOOKED_UP:
                return self._siv.decrypt(content, [column.encode()])
        except (InvalidTag, ValueError) as error:
            raise _damaged(column) from error
        raise _damaged(column)


def new_case_key(case: str, number: int) -> CaseKey:
    return CaseKey(os.urandom(KEY_ID_BYTES), case, number, os.urandom(32))


def key_id_of(sealed: bytes) -> bytes:
    return sealed[1:_HEAD]


def key_wrapped(key: CaseKey, store_key: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_derived(store_key, b"wraps", 32)).encrypt(nonce, key.secret, _bound(key.id, key.case))


def key_unwrapped(content: bytes, store_key: bytes, *, key_id: bytes, case: str, number: int) -> CaseKey:
    """Raises Locked where another store key has wrapped it."""
    gcm = AESGCM(_derived(store_key, b"wraps", 32))
    try:
        secret = gcm.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], _bound(key_id, case))
    except (InvalidTag, ValueError) as error:
        raise Locked(
            "the store's key is not the one that this database was made with: it does not open the keys of its cases",
            remedy="Name the right one: [database] key_file, or the credential of the service. Was it lost? Your "
            "identity opens the copy in the vault: reupload-monitor recover-key --identity FILE",
        ) from error
    return CaseKey(key_id, case, number, secret)


def _derived(secret: bytes, use: bytes, size: int) -> bytes:
    return hashlib.blake2b(key=secret, person=use, digest_size=size).digest()


def _bound(key_id: bytes, case: str) -> bytes:
    return key_id + case.encode()


def _damaged(column: str) -> StoreError:
    return StoreError(
        f"a value of {column} in the database does not open: it was changed there, or put there by something else",
        remedy="Restore the database as it was before, from your backup of it.",
    )
