"""One file that leaves this machine sealed, and comes back: to age public keys, or under a passphrase. `age -d` opens
it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyrage

from monitor.errors import Locked, SealError
from monitor.model.settings import Secret
from monitor.vault.identity import is_under_passphrase, parse_recipients
from monitor.vault.opening import Unsealer
from monitor.vault.passphrase import open_with_passphrase, seal_with_passphrase, work_factor

MOST_WORK = 20
"""Work factor: 1 GiB for a moment. This program writes 18."""


def sealed_to(plain: bytes, recipients: Sequence[str]) -> bytes:
    """Raises SealError where one of them is no age public key."""
    return pyrage.encrypt(plain, parse_recipients(recipients))


def sealed_under(plain: bytes, passphrase: Secret) -> bytes:
    """Takes about a second, on purpose."""
    return seal_with_passphrase(plain, passphrase)


def is_sealed(start: bytes) -> bool:
    """From the first bytes of a file."""
    return is_under_passphrase(start)


def takes_passphrase(sealed: bytes) -> bool:
    """Itself: else it is sealed to keys."""
    return work_factor(sealed) is not None


def unsealed_under(sealed: bytes, passphrase: Secret) -> bytes:
    """Raises Locked, SealError."""
    factor = work_factor(sealed)
    if factor is not None and factor > MOST_WORK:
        raise SealError(
            f"it was sealed by another program, and so strongly (work factor {factor}) that it is not opened here",
            remedy="Open it with: age -d FILE, and seal what comes out with: age -p",
        )
    return open_with_passphrase(sealed, passphrase)


def unsealed_by(unsealer: Unsealer, path: Path, most: int) -> bytes:
    """most: bytes that are taken. Raises Locked, SealError."""
    content = bytearray()
    for piece in unsealer.stream(path):
        content += piece
        if len(content) > most:
            raise SealError(f"more than {most} bytes are in it", remedy="This program wrote no such file.")
    return bytes(content)


def no_passphrase_given() -> Locked:
    return Locked(
        "the file is under a passphrase, and there is no terminal to ask for it",
        remedy="Give it in the first line of a file: --passphrase-file FILE.",
    )
