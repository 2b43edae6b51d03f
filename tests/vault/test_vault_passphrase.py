"""Under a passphrase: always of one strength, as the stock `age` reads and writes it."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.errors import Locked, MonitorError, SealError
from monitor.model.settings import Secret
from monitor.vault import passphrase as module
from monitor.vault.passphrase import (
    WORK_FACTOR,
    memory_for,
    open_with_passphrase,
    seal_with_passphrase,
    work_factor,
)
from tests.age_terminal import on_a_terminal

WORDS = Secret("four random words ü")


@pytest.fixture
def weak(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A factor that costs a test nothing: what is around it is the same."""
    monkeypatch.setattr(module, "WORK_FACTOR", 4)
    yield


def test_the_stock_age_opens_it(tmp_path: Path) -> None:
    (tmp_path / "identity.age").write_bytes(seal_with_passphrase(b"what was sealed", WORDS))
    code = on_a_terminal("age", "-d", "-o", tmp_path / "plain", tmp_path / "identity.age", answers=[WORDS.value])
    assert (code, (tmp_path / "plain").read_bytes()) == (0, b"what was sealed")


@pytest.mark.parametrize(
    "armour", [pytest.param([], id="binary"), pytest.param(["-a"], id="armoured", marks=pytest.mark.long)]
)
def test_what_the_stock_age_made_is_opened(tmp_path: Path, armour: list[str]) -> None:
    (tmp_path / "plain").write_bytes(b"what was sealed")
    code = on_a_terminal(
        "age", "-p", *armour, "-o", tmp_path / "made.age", tmp_path / "plain", answers=[WORDS.value, WORDS.value]
    )
    sealed = (tmp_path / "made.age").read_bytes()
    assert (code, work_factor(sealed)) == (0, WORK_FACTOR)
    assert open_with_passphrase(sealed, WORDS) == b"what was sealed"


@pytest.mark.long
def test_a_busy_machine_gives_the_same_strength(tmp_path: Path) -> None:
    """Twice as many processes that count as there are processors to count on; pyrage's own gives less then."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        sealed = [seal_with_passphrase(b"", WORDS) for _ in range(2)]
        assert [work_factor(one) for one in sealed] == [18, 18]
        assert open_with_passphrase(sealed[0], WORDS) == b""
        (tmp_path / "identity.age").write_bytes(sealed[1])
        words = ("age", "-d", "-o", tmp_path / "plain", tmp_path / "identity.age")
        assert on_a_terminal(*words, answers=[WORDS.value]) == 0, "and the stock age opens it"
    finally:
        for process in busy:
            process.kill()
            process.wait()


def test_the_memory_is_given_back() -> None:
    """In a process of its own: in one that ran other tests, what they let go of comes and goes too."""
    script = (
        "import resource, sys; from pathlib import Path; from monitor.model.settings import Secret\n"
        "from monitor.vault.passphrase import seal_with_passphrase\n"
        "resident = lambda: int(Path('/proc/self/statm').read_text().split()[1]) * resource.getpagesize()\n"
        "before = resident(); seal_with_passphrase(b'', Secret('words')); print(resident() - before)"
    )
    kept = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert int(kept) < memory_for(18) // 4 == 2**26


@pytest.mark.usefixtures("weak")
@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
def test_every_length_opens_again_and_by_pyrage_too(size: int) -> None:
    plain = os.urandom(size)
    sealed = seal_with_passphrase(plain, WORDS)
    assert open_with_passphrase(sealed, WORDS) == plain
    assert pyrage.passphrase.decrypt(sealed, WORDS.value) == plain
    assert open_with_passphrase(armoured(sealed), WORDS) == plain
    assert work_factor(sealed[:1024]) == work_factor(armoured(sealed)[:1024]) == 4


def armoured(sealed: bytes, line: int = 64, end: bytes = b"\n") -> bytes:
    text = base64.b64encode(sealed)
    lines = [text[at : at + line] for at in range(0, len(text), line)]
    return end.join([b"-----BEGIN AGE ENCRYPTED FILE-----", *lines, b"-----END AGE ENCRYPTED FILE-----", b""])


@pytest.mark.usefixtures("weak")
def test_what_was_changed_anywhere_is_refused() -> None:
    sealed = seal_with_passphrase(b"secret" * 20_000, WORDS)
    positions = [*range(0, 190), 65_700, 65_720, len(sealed) - 1]
    for at in positions:
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(MonitorError) as caught:
            open_with_passphrase(changed, WORDS)
        assert caught.value.remedy, at


@pytest.mark.usefixtures("weak")
def test_what_was_cut_off_or_lengthened_is_refused() -> None:
    sealed = seal_with_passphrase(bytes(65_536 * 2), WORDS)
    chunk = 65_536 + 16
    start = len(sealed) - 2 * chunk
    cuts = [0, 1, 22, 100, start - 16, start - 1, start, start + 15, start + chunk, len(sealed) - 1]
    for changed in [
        *(sealed[:cut] for cut in cuts),
        sealed + b"x",
        sealed + sealed[-chunk:],
        sealed[:start] + bytes(16),
    ]:
        with pytest.raises(SealError) as caught:
            open_with_passphrase(changed, WORDS)
        assert caught.value.remedy


BODY = b"A" * 42 + b"A"
SALT = b"A" * 22


def header(stanza: bytes) -> bytes:
    return b"age-encryption.org/v1\n" + stanza + b"\n--- " + BODY + b"\n" + bytes(32)


@pytest.mark.parametrize(
    "stanza",
    [
        pytest.param(b"-> scrypt " + SALT + b" 018\n" + BODY, id="leading zero"),
        pytest.param(b"-> scrypt " + SALT + b" +18\n" + BODY, id="plus"),
        pytest.param(b"-> scrypt " + SALT + b" -18\n" + BODY, id="negative"),
        pytest.param(b"-> scrypt " + SALT + b" 0\n" + BODY, id="zero"),
        pytest.param(b"-> scrypt " + SALT + b" 0x12\n" + BODY, id="hexadecimal"),
        pytest.param(b"-> scrypt " + SALT + b" 18446744073709551630\n" + BODY, id="overflowing"),
        pytest.param(b"-> scrypt " + SALT + b"\n" + BODY, id="no factor"),
        pytest.param(b"-> scrypt 18\n" + BODY, id="no salt"),
        pytest.param(b"-> scrypt " + SALT + b" 18 x\n" + BODY, id="another argument"),
        pytest.param(b"-> scrypt " + SALT[:-1] + b" 18\n" + BODY, id="short salt"),
        pytest.param(b"-> scrypt " + SALT + b"AA 18\n" + BODY, id="long salt"),
        pytest.param(b"-> scrypt " + SALT[:-1] + b"B 18\n" + BODY, id="salt spelt otherwise"),
        pytest.param(b"-> scrypt " + SALT + b" 18\n" + BODY[:-1] + b"B", id="body spelt otherwise"),
        pytest.param(b"-> scrypt " + SALT + b" 18\n" + BODY + b"AA", id="long body"),
        pytest.param(b"-> SCRYPT " + SALT + b" 18\n" + BODY, id="capitals"),
        pytest.param(b"-> X25519 " + BODY + b"\n" + BODY, id="another kind"),
        pytest.param(b"-> scrypt " + SALT + b" 4\n" + BODY + b"\n-> X25519 " + BODY + b"\n" + BODY, id="two stanzas"),
        pytest.param(b"-> scrypt " + SALT + b" 4\r\n" + BODY, id="line ends of Windows"),
        pytest.param(b"", id="no stanza"),
    ],
)
def test_a_header_that_the_format_does_not_allow(stanza: bytes) -> None:
    with pytest.raises(SealError):
        open_with_passphrase(header(stanza), WORDS)
    assert work_factor(header(stanza)) is None


@pytest.mark.parametrize("factor", [30, 40, 64, 99])
def test_more_than_the_machine_has_is_said_and_not_tried(factor: int) -> None:
    with pytest.raises(SealError, match=rf"work factor {factor}\) .*GiB") as caught:
        open_with_passphrase(header(b"-> scrypt %s %d\n%s" % (SALT, factor, BODY)), WORDS)
    assert "larger machine" in caught.value.remedy


@pytest.mark.usefixtures("weak")
@pytest.mark.parametrize("given_words", ["", "four random words u", "four random words ü ", "FOUR RANDOM WORDS Ü"])
def test_other_words_do_not_open_it(given_words: str) -> None:
    with pytest.raises(Locked, match="does not open") as caught:
        open_with_passphrase(seal_with_passphrase(b"x", WORDS), Secret(given_words))
    assert caught.value.remedy
    assert not set(given_words.split()) & set(str(caught.value).split())


@given(st.binary(max_size=300))
@example(b"-----BEGIN AGE")
@example(b"-----BEGIN AGE ENCRYPTED FILE-----\n=\n-----END AGE ENCRYPTED FILE-----")
@settings(max_examples=200)
def test_any_bytes_are_refused_calmly(content: bytes) -> None:
    assert work_factor(content) is None
    with pytest.raises(SealError):
        open_with_passphrase(content, WORDS)
