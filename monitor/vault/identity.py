"""age keys: public ones (recipients) that anybody may know, and the private one (identity) that opens the evidence."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence

import pyrage

from monitor.errors import MAKE_A_KEY, Locked, SealError
from monitor.model.settings import Secret

_UNDER_PASSPHRASE = re.compile(rb"age-encryption\.org/v1\n(-> scrypt \S+ \d+\n\S+\n)")


def new_identity() -> tuple[Secret, str]:
    """The private key (AGE-SECRET-KEY-1...) and its public one (age1...)."""
    made = pyrage.x25519.Identity.generate()
    return Secret(str(made)), str(made.to_public())


def recipient_of(identity: Secret) -> str:
    """The public key that belongs to a private one. Raises SealError when it is none."""
    return str(_identity(identity).to_public())


def identity_file(identity: Secret) -> bytes:
    """As age-keygen writes it, so that `age -d -i FILE` takes it."""
    return f"# public key: {recipient_of(identity)}\n{identity.value}\n".encode("ascii")


def read_identity(content: bytes) -> Secret:
    """From the text of an identity file: the first line that is a key. Raises SealError."""
    for line in content.decode("ascii", "replace").splitlines():
        if line.strip().upper().startswith("AGE-SECRET-KEY-1"):
            found = Secret(line.strip())
            _identity(found)
            return found
    raise SealError(
        "this is not an age identity: no line begins with AGE-SECRET-KEY-1",
        remedy="Give the identity file that `init` or age-keygen wrote. One that is protected with a passphrase "
        "needs the passphrase first.",
    )


def is_under_passphrase(start: bytes) -> bool:
    """From the first bytes of an identity file."""
    return begins_as_age(start)


def begins_as_age(start: bytes) -> bool:
    """What is sealed with age, as bytes or as text."""
    return start.lstrip().startswith((b"age-encryption.org/", b"-----BEGIN AGE"))


def passphrase_mark(start: bytes) -> str:
    """Of what a passphrase is tried on: the same for each copy of it, whatever else of the file is another. start: the
    first kilobyte or more of an identity file. '' where no passphrase can open it."""
    start = start.lstrip()
    try:
        if start.startswith(b"-----BEGIN AGE"):
            body = b"".join(start.split(b"-----")[2].split())
            start = base64.b64decode(body[: len(body) // 4 * 4])
    except (binascii.Error, IndexError):
        return ""
    found = _UNDER_PASSPHRASE.match(start)
    return hashlib.sha256(found[1]).hexdigest() if found else ""


def keys_in(content: bytes) -> list[pyrage.x25519.Identity]:
    """Every key in the text of an identity file; age takes several. Raises SealError where there is none."""
    read_identity(content)
    lines = (line.strip() for line in content.decode("ascii", "replace").splitlines())
    return [_identity(Secret(line)) for line in lines if line.upper().startswith("AGE-SECRET-KEY-1")]


def parse_recipients(recipients: Sequence[str]) -> list[pyrage.x25519.Recipient]:
    """Raises SealError, naming which of them is none and why."""
    if not recipients:
        raise SealError("there is no age public key to seal evidence to", remedy=MAKE_A_KEY)
    return [_recipient(number, text.strip()) for number, text in enumerate(recipients, start=1)]


def protect_identity(identity: Secret, passphrase: Secret) -> bytes:
    """The identity file, sealed with a passphrase. `age -d` asks for the passphrase and gives it back.

    Takes about a second and 256 MiB for a moment: on purpose, against guessing.
    """
    if not passphrase.value:
        raise SealError("the passphrase is empty", remedy="Choose four or more random words.")
    from monitor.vault.passphrase import seal_with_passphrase  # its ciphers are 7 MB that a daemon has no use for

    return seal_with_passphrase(identity_file(identity), passphrase)


def unprotect_identity(protected: bytes, passphrase: Secret) -> Secret:
    """What `protect_identity` or `age -p` made; for tests, as `age.open_sealed` is. Raises Locked for a wrong
    passphrase, SealError for what is no such file or was changed."""
    from monitor.vault.passphrase import open_with_passphrase

    return read_identity(open_with_passphrase(protected, passphrase))


def decrypt(sealed: bytes, identity: Secret, *, what: str) -> bytes:
    """Raises Locked when it was sealed to other keys, SealError when it was changed or cut off."""
    key = _identity(identity)
    try:
        return pyrage.decrypt(sealed, [key])
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise Locked(
                f"this identity does not open {what}",
                remedy="Give the identity whose public key was in [evidence] recipients at that time.",
            ) from error
        raise SealError(
            f"{what} was changed or cut off after it was sealed: {error}", remedy="Restore it from a backup."
        ) from error


def _identity(identity: Secret) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(identity.value.strip())
    except pyrage.IdentityError as error:
        raise SealError(
            f"this is not an age identity: {error}", remedy="It is one line that begins with AGE-SECRET-KEY-1."
        ) from error


def _recipient(number: int, text: str) -> pyrage.x25519.Recipient:
    where = f"[evidence] recipients, entry {number}:"
    if text.upper().startswith("AGE-SECRET-KEY-"):
        # Not quoted: the message may end in a log.
        raise SealError(
            f"{where} this is a private key, which must not stand in the configuration",
            remedy="Take it out, and give the public key that belongs to it (age1...). `age-keygen -y FILE` prints it.",
        )
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise SealError(f"{where} {text[:80]!r} is not an age public key: {error}", remedy=MAKE_A_KEY) from error
