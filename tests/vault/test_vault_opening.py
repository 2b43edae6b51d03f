"""The child that opens: what it gives, what it refuses, and that nothing of it stays."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.errors import Locked, SealError
from monitor.model.settings import Secret
from monitor.vault import passphrase as passphrase_module
from monitor.vault.age import AgeVault
from monitor.vault.identity import identity_file, new_identity
from monitor.vault.opening import needs_passphrase, opening
from monitor.vault.passphrase import seal_with_passphrase
from tests.patience import WITHIN_S

IDENTITY, RECIPIENT = new_identity()
OTHER_IDENTITY, OTHER_RECIPIENT = new_identity()
WORDS = Secret("four random words ü")
ROOT = Path(__file__).parents[2]
PLAIN = os.urandom(300_000)


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    return tmp_path / AgeVault(tmp_path, [RECIPIENT]).seal("id1", PLAIN).path


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    path = tmp_path / "identity.txt"
    path.write_bytes(identity_file(IDENTITY))
    return path


@pytest.fixture
def protected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a factor that costs a test nothing."""
    monkeypatch.setattr(passphrase_module, "WORK_FACTOR", 4)
    path = tmp_path / "identity.age"
    path.write_bytes(seal_with_passphrase(identity_file(IDENTITY), WORDS))
    return path


def test_opened_in_pieces_whole_and_by_digest(sealed: Path, identity: Path) -> None:
    with opening(identity) as unsealer:
        assert unsealer.recipients == (RECIPIENT,) and unsealer.opens(sealed)
        assert unsealer.read(sealed) == PLAIN
        target = io.BytesIO()
        found = unsealer.copy(sealed, target)
        assert target.getvalue() == PLAIN
        assert (found.path, found.size) == (sealed.name, len(PLAIN))
        assert found.plain_digest == hashlib.sha256(PLAIN).hexdigest()
        assert found.sealed_digest == hashlib.sha256(sealed.read_bytes()).hexdigest()


def test_who_stops_in_the_middle_may_go_on_with_another(sealed: Path, identity: Path) -> None:
    with opening(identity) as unsealer:
        pieces = unsealer.stream(sealed)
        assert PLAIN.startswith(next(pieces))
        pieces.close()  # type: ignore[attr-defined]
        assert unsealer.read(sealed) == PLAIN


def test_the_child_is_gone_and_its_memory_is_nobodys(sealed: Path, identity: Path) -> None:
    with opening(identity) as unsealer:
        pid = unsealer._child.pid
        assert unsealer.read(sealed) == PLAIN
        status = Path(f"/proc/{pid}/status").read_text()
        assert Path(f"/proc/{pid}/environ").stat().st_uid == 0, "not dumpable: its memory belongs to root"
        assert "State:" in status
    assert not Path(f"/proc/{pid}").exists()


def test_it_ends_with_its_parent(identity: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from monitor.vault.opening import Unsealer\n"
        "file = open(sys.argv[1], 'rb'); unsealer = Unsealer(file, Path(sys.argv[1]), None, 0)\n"
        "print(unsealer._child.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    started = subprocess.run([sys.executable, "-c", script, identity], stdout=subprocess.PIPE, cwd=ROOT)
    pid = int(started.stdout)
    end = time.monotonic() + WITHIN_S
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(lambda content: content[:-1], "changed or cut off", id="cut"),
        pytest.param(
            lambda content: content[:100_000] + bytes([content[100_000] ^ 1]) + content[100_001:],
            "changed or cut off",
            id="a byte",
        ),
        pytest.param(lambda content: content + b"x", "changed or cut off", id="more"),
        pytest.param(lambda content: b"", "changed or cut off", id="empty"),
        pytest.param(lambda content: PLAIN, "changed or cut off", id="not sealed"),
    ],
)
def test_a_file_that_was_changed_is_named_and_the_next_is_opened(
    sealed: Path, identity: Path, change: object, says: str
) -> None:
    broken = sealed.with_name("id2.age")
    broken.write_bytes(change(sealed.read_bytes()))  # type: ignore[operator]
    with opening(identity) as unsealer:
        with pytest.raises(SealError, match=says) as caught:
            unsealer.read(broken)
        assert str(broken) in str(caught.value) and caught.value.remedy
        with pytest.raises(SealError, match="cannot be read"):
            unsealer.read(sealed.with_name("gone.age"))
        assert unsealer.read(sealed) == PLAIN


def test_the_identity_of_somebody_else(sealed: Path, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_bytes(identity_file(OTHER_IDENTITY))
    with opening(tmp_path / "other.txt") as unsealer:
        assert not unsealer.opens(sealed)
        with pytest.raises(Locked, match="does not open"):
            unsealer.read(sealed)


def test_a_file_with_several_keys_opens_with_each(tmp_path: Path, sealed: Path) -> None:
    (tmp_path / "both.txt").write_bytes(identity_file(OTHER_IDENTITY) + identity_file(IDENTITY))
    with opening(tmp_path / "both.txt") as unsealer:
        assert unsealer.recipients == (OTHER_RECIPIENT, RECIPIENT)
        assert unsealer.read(sealed) == PLAIN


def test_under_a_passphrase(sealed: Path, protected: Path, identity: Path) -> None:
    assert needs_passphrase(protected) and not needs_passphrase(identity)
    with opening(protected, WORDS) as unsealer:
        assert unsealer.read(sealed) == PLAIN


@pytest.mark.parametrize(
    ("words", "change", "says"),
    [
        pytest.param(None, slice(None), "under a passphrase", id="no passphrase"),
        pytest.param(Secret("words of others"), slice(None), "does not open it", id="a wrong one"),
    ],
)
def test_a_passphrase_that_does_not_do(protected: Path, words: Secret | None, change: slice, says: str) -> None:
    with pytest.raises(Locked, match=says) as caught, opening(protected, words):
        pass
    assert caught.value.remedy and "\n" not in str(caught.value)
    assert words is None or words.value not in str(caught.value)


@pytest.mark.parametrize("at", [60, 80, -20])
def test_a_damaged_identity_is_said_in_one_line(protected: Path, at: int) -> None:
    content = bytearray(protected.read_bytes())
    content[at] ^= 1
    protected.write_bytes(content)
    with pytest.raises((Locked, SealError), match=r"damaged|changed|not a file") as caught, opening(protected, WORDS):
        pass
    assert "\n" not in str(caught.value) and caught.value.remedy


def test_a_strength_beyond_the_machine_is_said(protected: Path) -> None:
    protected.write_bytes(protected.read_bytes().replace(b" 4\n", b" 40\n", 1))
    with pytest.raises(SealError, match=r"work factor 40.*GiB") as caught, opening(protected, WORDS):
        pass
    assert "larger machine" in caught.value.remedy


def test_less_memory_than_it_takes_is_said_as_that(protected: Path, tmp_path: Path) -> None:
    """The machine has it and this process may not: the same as where other programs have taken it."""
    protected.write_bytes(protected.read_bytes().replace(b" 4\n", b" 20\n", 1))  # 1 GiB
    script = (
        "import resource, sys; from pathlib import Path; from monitor.errors import SealError\n"
        "from monitor.vault.passphrase import open_with_passphrase; from monitor.model.settings import Secret\n"
        "from monitor.vault import passphrase; passphrase.machine_memory = lambda: 2**40\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))\n"
        "try: open_with_passphrase(Path(sys.argv[1]).read_bytes(), Secret('x'))\n"
        "except SealError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script, protected], capture_output=True, text=True, cwd=ROOT)
    assert "takes 1 GiB of memory" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "content",
    [b"", b"age1abc", b"\xff\xfe\x00", pytest.param(RECIPIENT.encode(), id="a public key")],  # made anew each time
)
def test_what_is_no_identity(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(SealError, match="not an age identity"), opening(tmp_path / "x"):
        pass
    with pytest.raises(SealError, match="cannot be read"), opening(tmp_path / "gone"):
        pass


def test_a_child_that_is_killed_is_said(sealed: Path, identity: Path) -> None:
    with opening(identity) as unsealer:
        unsealer._child.kill()
        unsealer._child.wait()
        with pytest.raises(SealError, match="ended before it was done"):
            unsealer.read(sealed)
