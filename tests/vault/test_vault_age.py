"""Sealed files: opened by the identity and by age itself, by nobody else, and never half there."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import Locked, SealError
from monitor.model.settings import Secret
from monitor.ports import Vault
from monitor.vault import streams
from monitor.vault.age import AgeVault, open_sealed
from monitor.vault.folder import STORE_KEY
from monitor.vault.identity import decrypt, identity_file, new_identity

IDENTITY, RECIPIENT = new_identity()
OTHER_IDENTITY, OTHER_RECIPIENT = new_identity()
PLAIN = b"\xff\xd8\xff planted picture https://forum.example/t/1" * 50


@pytest.fixture
def vault(tmp_path: Path) -> AgeVault:
    made = AgeVault(tmp_path / "data" / "vault", [RECIPIENT])
    assert not made.folder.exists(), "made with the first file"
    return made


def test_the_vault_is_what_the_ports_promise(vault: AgeVault) -> None:
    promised: Vault = vault
    assert promised.seal("id1", b"").size == 0


def test_sealed_and_opened(vault: AgeVault) -> None:
    sealed = vault.seal("id1", PLAIN)
    path = vault.folder / sealed.path
    assert open_sealed(path, IDENTITY) == PLAIN
    assert (sealed.size, sealed.plain_digest) == (len(PLAIN), hashlib.sha256(PLAIN).hexdigest())
    assert sealed.sealed_digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_only_ciphertext_for_its_owner_lies_there(vault: AgeVault) -> None:
    before = os.umask(0)
    try:
        vault.seal("id1", PLAIN)
    finally:
        os.umask(before)
    (path,) = vault.folder.iterdir()
    assert path.name == "id1.age"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE(vault.folder.stat().st_mode) == 0o700
    content = path.read_bytes()
    assert all(word not in content for word in (b"planted", b"forum", b"\xff\xd8\xff", RECIPIENT.encode()))


def test_every_recipient_opens_it_and_nobody_else(tmp_path: Path) -> None:
    vault = AgeVault(tmp_path, [RECIPIENT, f" {OTHER_RECIPIENT}\n"])
    both, one = vault.seal("id1", PLAIN), AgeVault(tmp_path, [RECIPIENT]).seal("id2", PLAIN)
    assert open_sealed(tmp_path / both.path, IDENTITY) == PLAIN
    assert open_sealed(tmp_path / both.path, OTHER_IDENTITY) == PLAIN
    with pytest.raises(Locked, match="does not open") as caught:
        open_sealed(tmp_path / one.path, OTHER_IDENTITY)
    assert "identity" in caught.value.remedy


def test_who_has_only_recipients_cannot_open(vault: AgeVault) -> None:
    """All that a running daemon knows: the folder and the public keys."""
    sealed = vault.seal("id1", PLAIN)
    with pytest.raises(SealError, match="not an age identity"):
        open_sealed(vault.folder / sealed.path, Secret(RECIPIENT))
    known = [str(value) for value in vars(vault).values()]
    assert not any("AGE-SECRET-KEY" in value for value in known)


@settings(max_examples=60, deadline=None)
@given(is_cut=st.booleans(), place=st.floats(0, 1, exclude_max=True))
def test_one_flipped_bit_or_a_cut_is_found(
    is_cut: bool, place: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("vault")
    path = folder / AgeVault(folder, [RECIPIENT]).seal("id1", PLAIN).path
    sealed = bytearray(path.read_bytes())
    bit = int(len(sealed) * 8 * place)  # age adds stanzas of random length, so no fixed offset
    if is_cut:
        del sealed[bit // 8 :]
    else:
        sealed[bit // 8] ^= 1 << bit % 8
    path.chmod(0o600)
    path.write_bytes(sealed)
    with pytest.raises((SealError, Locked)):
        open_sealed(path, IDENTITY)


def test_the_stock_tool_opens_it(vault: AgeVault, tmp_path: Path) -> None:
    age = shutil.which("age")
    if age is None:
        pytest.skip("age is not installed: apt-get install age")
    sealed = vault.seal("id1", PLAIN)
    identity = tmp_path / "identity.txt"
    identity.write_bytes(identity_file(IDENTITY))
    command = [age, "-d", "-i", identity, vault.folder / sealed.path]
    assert subprocess.run(command, capture_output=True, check=True).stdout == PLAIN
    key = vault.folder / vault.seal_store_key(Secret("ab" * 32)).path
    opened = subprocess.run([age, "-d", "-i", identity, key], capture_output=True, check=True).stdout
    assert opened == b"ab" * 32 + b"\n"


def test_what_the_stock_tool_sealed_is_opened(tmp_path: Path) -> None:
    age = shutil.which("age")
    if age is None:
        pytest.skip("age is not installed: apt-get install age")
    sealed = subprocess.run([age, "-r", RECIPIENT], input=PLAIN, capture_output=True, check=True).stdout
    assert decrypt(sealed, IDENTITY, what="a file") == PLAIN


def test_the_store_key_is_sealed_beside_it(vault: AgeVault) -> None:
    for key in ("ab" * 32, "cd" * 32):  # written anew when it or the recipients change
        sealed = vault.seal_store_key(Secret(key))
        path = vault.folder / sealed.path
        assert path == vault.folder / STORE_KEY
        assert sealed.sealed_digest == hashlib.sha256(path.read_bytes()).hexdigest()
        assert open_sealed(path, IDENTITY).decode().strip() == key


@pytest.mark.parametrize(
    "name",
    ["", "../id", "a/b", "https://forum.example", "forum.example", "-part", "ID", "a" * 65, "a\0", ".part-x", "ü"],
)
def test_names_are_opaque_ids(vault: AgeVault, name: str) -> None:
    with pytest.raises(SealError, match="not an opaque id"):
        vault.seal(name, PLAIN)
    assert not vault.folder.exists()


def test_evidence_is_never_overwritten(vault: AgeVault) -> None:
    sealed = vault.seal("id1", PLAIN)
    with pytest.raises(SealError, match="never overwritten"):
        vault.seal("id1", b"other")
    assert open_sealed(vault.folder / sealed.path, IDENTITY) == PLAIN


class Pieces:
    """A source of zeros that ends, or fails, after so many bytes."""

    def __init__(self, size: int, error: BaseException | None = None) -> None:
        self.left, self.error = size, error

    def read(self, size: int, /) -> bytes:
        if not self.left and self.error:
            raise self.error
        piece = bytes(min(size, self.left))
        self.left -= len(piece)
        return piece


def test_sealed_piece_by_piece(vault: AgeVault) -> None:
    sealed = vault.seal("id1", Pieces(1_000_000))
    assert (sealed.size, sealed.plain_digest) == (1_000_000, hashlib.sha256(bytes(1_000_000)).hexdigest())
    assert open_sealed(vault.folder / sealed.path, IDENTITY) == bytes(1_000_000)


@pytest.mark.parametrize(
    "error",
    [OSError(5, "Input/output error"), SealError("over the cap"), KeyboardInterrupt()],
    ids=["disk", "cap", "^C"],
)
def test_a_source_that_fails_is_told_as_what_it_is(vault: AgeVault, error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        vault.seal("id1", Pieces(200_000, error))
    assert caught.value is error
    assert list(vault.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "says"),
    [
        pytest.param(errno.ENOSPC, "the disk is full", id="no space"),
        pytest.param(errno.EDQUOT, "the disk is full", id="no space for this user"),
        pytest.param(errno.EIO, "Input/output error", id="a broken disk"),
        pytest.param(errno.EROFS, "Read-only file system", id="read-only"),
    ],
)
@pytest.mark.parametrize("step", ["encrypt", "sync", "rename"])
def test_what_the_disk_refuses_is_told_with_its_own_reason(
    vault: AgeVault, monkeypatch: pytest.MonkeyPatch, number: int, says: str, step: str
) -> None:
    """pyrage reduces it to "encryption failed"."""
    kept = vault.seal("id1", PLAIN)

    def refused(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        if step == "encrypt":
            patched.setattr(streams.DigestingWriter, "_put", refused)
        else:
            patched.setattr(os, "fsync" if step == "sync" else "rename", refused)
        with pytest.raises(SealError, match=says) as caught:
            vault.seal("id2", PLAIN)
    assert caught.value.remedy and "age could not" not in str(caught.value)
    assert [path.name for path in vault.folder.iterdir()] == [kept.path], "no half file"


MEMORY = """
import resource, sys; from pathlib import Path
from monitor.vault import streams
from monitor.vault.age import AgeVault
class Zeros:
    left = 300 * 2**20
    def read(self, size):
        piece = bytes(min(size, self.left)); self.left -= len(piece); return piece
vault = AgeVault(Path(sys.argv[1]), [sys.argv[2]]); vault.seal("small", b"x")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
vault.seal("large", Zeros())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_large_file_takes_no_memory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, tmp_path, RECIPIENT],
        env=os.environ | {"PYTHONPATH": f"{Path(__file__).parents[2]}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) * 1024 < 10 * 2**20


def test_a_missing_file_is_said(vault: AgeVault) -> None:
    with pytest.raises(SealError, match="cannot be read") as caught:
        open_sealed(vault.folder / "gone.age", IDENTITY)
    assert "backup" in caught.value.remedy


@pytest.mark.parametrize(
    ("recipient", "says"),
    [
        pytest.param("", "not an age public key", id="empty"),
        pytest.param("hello", "not an age public key", id="a word"),
        pytest.param(RECIPIENT[:-1], "not an age public key", id="cut off"),
        pytest.param(RECIPIENT[:-1] + ("q" if RECIPIENT[-1] != "q" else "p"), "not an age public key", id="mistyped"),
        pytest.param(IDENTITY.value, "private key", id="the private key"),
        pytest.param(IDENTITY.value.lower(), "private key", id="the private key in small letters"),
    ],
)
def test_a_recipient_that_is_none(tmp_path: Path, recipient: str, says: str) -> None:
    with pytest.raises(SealError, match=says) as caught:
        AgeVault(tmp_path / "vault", [OTHER_RECIPIENT, recipient])
    assert "entry 2" in str(caught.value) and caught.value.remedy
    assert IDENTITY.value not in str(caught.value) + caught.value.remedy
    assert not (tmp_path / "vault").exists()


def test_no_recipient_is_no_vault(tmp_path: Path) -> None:
    with pytest.raises(SealError, match="no age public key to seal"):
        AgeVault(tmp_path, [])


def test_what_a_killed_process_left_is_swept(vault: AgeVault) -> None:
    kept = vault.seal("id3", PLAIN)
    left, in_use = vault.folder / ".part-id1.age", vault.folder / ".part-id2.age"
    left.write_bytes(b"half")
    in_use.write_bytes(b"half")
    with in_use.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        AgeVault(vault.folder, [RECIPIENT])
    assert {path.name for path in vault.folder.iterdir()} == {in_use.name, kept.path}


def test_a_full_disk_leaves_nothing_half(tmp_path: Path) -> None:
    """A file may not grow beyond 4 kB in the child: as a full disk, the write stops in the middle."""
    told = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from monitor.vault.age import AgeVault; from monitor.errors import SealError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        f"vault = AgeVault(Path(sys.argv[1]), [{RECIPIENT!r}])\n"
        "small = vault.seal('small', b'x' * 100)\n"
        "try: vault.seal('large', b'x' * 100_000)\n"
        "except SealError as error: print(error, error.remedy)"
    )
    result = subprocess.run(
        [sys.executable, "-c", told, tmp_path],
        env=os.environ | {"PYTHONPATH": f"{Path(__file__).parents[2]}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the disk is full" in result.stdout and "Free some space" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["small.age"]
