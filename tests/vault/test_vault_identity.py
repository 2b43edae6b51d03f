"""The private key: made, kept under a passphrase, read back."""

from __future__ import annotations

import pytest

from monitor.errors import Locked, SealError
from monitor.model.settings import Secret
from monitor.vault.identity import (
    identity_file,
    new_identity,
    parse_recipients,
    protect_identity,
    read_identity,
    recipient_of,
    unprotect_identity,
)


def test_a_new_pair() -> None:
    identity, recipient = new_identity()
    assert identity.value.startswith("AGE-SECRET-KEY-1") and recipient.startswith("age1")
    assert recipient_of(identity) == recipient
    assert len(parse_recipients([recipient])) == 1
    assert identity.value not in repr(identity)
    assert new_identity()[0].value != identity.value


def test_an_identity_file_is_read_back() -> None:
    identity, recipient = new_identity()
    content = identity_file(identity)
    assert recipient.encode() in content
    assert read_identity(content) == identity
    assert read_identity(b"# created: 2026\r\n\r\n  " + identity.value.encode() + b"\r\n") == identity


@pytest.mark.parametrize(
    "content",
    [b"", b"age1abc", b"\xff\xfe\x00", b"AGE-SECRET-KEY-1JUNK", b"age-encryption.org/v1\n-> scrypt a 18\n"],
    ids=["empty", "public key", "binary", "broken", "protected"],
)
def test_what_is_no_identity(content: bytes) -> None:
    with pytest.raises(SealError, match="not an age identity") as caught:
        read_identity(content)
    assert caught.value.remedy
    assert "JUNK" not in str(caught.value)


def test_under_a_passphrase() -> None:
    identity, _ = new_identity()
    passphrase = Secret("four random words ü")
    protected = protect_identity(identity, passphrase)
    assert identity.value.encode() not in protected
    assert unprotect_identity(protected, passphrase) == identity
    with pytest.raises(Locked, match="does not open") as caught:
        unprotect_identity(protected, Secret("four random words u"))
    assert caught.value.remedy


def test_an_empty_passphrase_protects_nothing() -> None:
    with pytest.raises(SealError, match="empty"):
        protect_identity(new_identity()[0], Secret(""))
