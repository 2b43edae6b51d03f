"""A file under a passphrase: the age format's `scrypt` stanza (C2SP, age.md), always of the same strength.

pyrage chooses the work factor by timing the machine at that moment: 11 to 19 were seen, and 11 is guessed 128 times
faster than 18. By the same clock it refuses to open what seems too slow, so that on a busy machine a good file does not
open. It offers no way to say the factor; so the few lines of the header are ours, and every cipher is cryptography's.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from monitor.errors import Locked, SealError
from monitor.model.settings import Secret

WORK_FACTOR = 18
"""2 ** 18 rounds, what `age -p` writes: about a second and 256 MiB for a moment, for whoever guesses too."""

MAX_HEADER = 1024
"""Bytes; a header under a passphrase has about 150. Enough for `work_factor` as well."""

_INTRO = b"age-encryption.org/v1\n"
_HEADER = re.compile(
    rb"age-encryption\.org/v1\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n"
    rb"--- ([A-Za-z0-9+/]{43})\n"
)
_ARMOR = re.compile(
    rb"\s*-----BEGIN AGE ENCRYPTED FILE-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n-----END AGE ENCRYPTED FILE-----\s*"
)
_ARMOR_BEGIN = b"-----BEGIN AGE"
_CHUNK = 65536
_TAG = 16


@dataclass(frozen=True, slots=True)
class _Header:
    salt: bytes
    factor: int
    wrapped: bytes  # the file key, 16 bytes and the tag
    mac: bytes
    until_mac: bytes  # what the MAC is over
    length: int


def seal_with_passphrase(plain: bytes, passphrase: Secret) -> bytes:
    """`age -d` asks for the passphrase and gives `plain` back. Takes about a second, on purpose."""
    file_key, salt, nonce = secrets.token_bytes(16), secrets.token_bytes(16), secrets.token_bytes(16)
    wrapped = ChaCha20Poly1305(_wrap_key(passphrase, salt, WORK_FACTOR)).encrypt(bytes(12), file_key, None)
    until_mac = _INTRO + b"-> scrypt %s %d\n%s\n---" % (_base64(salt), WORK_FACTOR, _base64(wrapped))
    header = until_mac + b" " + _base64(_mac(file_key, until_mac)) + b"\n"
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    chunks = [plain[at : at + _CHUNK] for at in range(0, len(plain), _CHUNK)] or [b""]
    sealed = [cipher.encrypt(_nonce(number, chunks), chunk, None) for number, chunk in enumerate(chunks)]
    return b"".join([header, nonce, *sealed])


def open_with_passphrase(sealed: bytes, passphrase: Secret) -> bytes:
    """Armoured or not; in the program only `opening_child` asks. Raises Locked for a wrong passphrase;
    SealError for what is not under one, was changed, or needs more memory than the machine has."""
    sealed = _bare(sealed)
    header = _parsed(sealed)
    if memory_for(header.factor) > machine_memory():
        raise _too_strong(header.factor)
    try:
        file_key = ChaCha20Poly1305(_wrap_key(passphrase, header.salt, header.factor)).decrypt(
            bytes(12), header.wrapped, None
        )
    except MemoryError as error:  # other programs have it, or this one may not
        raise _too_strong(header.factor) from error
    except InvalidTag as error:
        raise Locked(
            "the passphrase does not open it: it is another one, or the file was damaged",
            remedy="Try again: capital letters and spaces count. If it is certainly the right one, take another copy "
            "of the file.",
        ) from error
    if not hmac.compare_digest(_mac(file_key, header.until_mac), header.mac):
        raise _changed()
    payload = sealed[header.length :]
    nonce, rest = payload[:16], payload[16:]
    chunks = [rest[at : at + _CHUNK + _TAG] for at in range(0, len(rest), _CHUNK + _TAG)]
    if len(nonce) < 16 or not chunks or (len(chunks) > 1 and len(chunks[-1]) <= _TAG):
        raise _changed()
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    try:
        return b"".join(cipher.decrypt(_nonce(number, chunks), chunk, None) for number, chunk in enumerate(chunks))
    except InvalidTag as error:
        raise _changed() from error


def work_factor(start: bytes) -> int | None:
    """From the first `MAX_HEADER` bytes of a file or all of it; None where it is under no passphrase."""
    try:
        if start.lstrip().startswith(_ARMOR_BEGIN):
            body = b"".join(start.split(b"-----")[2].split())
            start = base64.b64decode(body[: len(body) // 4 * 4])
        return _parsed(start).factor
    except (SealError, binascii.Error, IndexError):
        return None


def memory_for(factor: int) -> int:
    """Bytes, to open what was sealed with that factor: scrypt's 128 * r * N, with r = 8."""
    return 1024 << factor


def machine_memory() -> int:
    """Bytes of the whole machine."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _bare(sealed: bytes) -> bytes:
    found = _ARMOR.fullmatch(sealed)
    if found is None:
        return sealed
    try:
        return base64.b64decode(b"".join(found[1].split()), validate=True)
    except binascii.Error as error:
        raise _changed() from error


def _parsed(sealed: bytes) -> _Header:
    found = _HEADER.match(sealed)
    if found is None:
        raise SealError(
            "this is not a file under a passphrase",
            remedy="Give the identity.age that `init` wrote, or what `age -p` made of an identity.",
        )
    salt, factor, wrapped, mac = found.groups()
    return _Header(
        salt=_unbase64(salt),
        factor=int(factor),
        wrapped=_unbase64(wrapped),
        mac=_unbase64(mac),
        until_mac=sealed[: found.start(4) - 1],
        length=found.end(),
    )


def _wrap_key(passphrase: Secret, salt: bytes, factor: int) -> bytes:
    label = b"age-encryption.org/v1/scrypt"
    return Scrypt(salt=label + salt, length=32, n=1 << factor, r=8, p=1).derive(passphrase.value.encode())


def _derived(file_key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(file_key)


def _mac(file_key: bytes, until_mac: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), until_mac, "sha256")


def _nonce(number: int, chunks: list[bytes]) -> bytes:
    """Of the STREAM construction: a counter, and whether this is the last one."""
    return number.to_bytes(11, "big") + bytes([number == len(chunks) - 1])


def _base64(content: bytes) -> bytes:
    return base64.b64encode(content).rstrip(b"=")


def _unbase64(text: bytes) -> bytes:
    content = base64.b64decode(text + b"=" * (-len(text) % 4))
    if _base64(content) != text:  # one value, one spelling
        raise _changed()
    return content


def _shown(size: int) -> str:
    return f"{size / 2**30:.3g} GiB"


def _too_strong(factor: int) -> SealError:
    return SealError(
        f"the passphrase was made so strong (work factor {factor}) that opening it takes "
        f"{_shown(memory_for(factor))} of memory, and this machine has {_shown(machine_memory())} in all",
        remedy="Close other programs and try again, or open it on a larger machine: age -d FILE. Then protect it anew "
        "with: age -p",
    )


def _changed() -> SealError:
    return SealError("it was changed or cut off after it was sealed", remedy="Restore it from a backup.")
