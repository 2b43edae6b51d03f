"""The identity of the person: after a wrong passphrase the next one waits, over commands and through kills too."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import Locked, SealError, TooSoon
from monitor.model.settings import Secret
from monitor.ports import Store
from monitor.services.unsealing import LONGEST_WAIT_S, one_try, unsealing, wait_after
from monitor.vault import passphrase
from monitor.vault.identity import identity_file, new_identity
from monitor.vault.opening import what_is_tried
from monitor.vault.passphrase import seal_with_passphrase
from tests.stores import a_store

IDENTITY, RECIPIENT = new_identity()
WORDS, WRONG = Secret("four random words"), Secret("others")


class Patient:
    """A clock that goes on by what is waited, and notes it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
        self.waits: list[float] = []

    def __call__(self) -> datetime:
        return self.at

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def protected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(passphrase, "WORK_FACTOR", 4)
    path = tmp_path / "identity.age"
    path.write_bytes(seal_with_passphrase(identity_file(IDENTITY), WORDS))
    return path


@pytest.mark.parametrize(
    ("wrong", "seconds"), [(0, 1), (1, 2), (3, 8), (6, LONGEST_WAIT_S), (1_000_000, LONGEST_WAIT_S)]
)
def test_the_wait_grows_and_ends(wrong: int, seconds: float) -> None:
    assert wait_after(wrong) == seconds


def test_the_wait_is_kept_and_forgotten_with_the_right_one(protected: Path) -> None:
    store, clock = a_store(), Patient()
    for words in (WRONG, WRONG, WRONG):
        with (
            pytest.raises(Locked, match="does not open"),
            unsealing(store, protected, lambda words=words: words, clock, pause=clock.pause),
        ):
            pass
    with unsealing(store, protected, lambda: WORDS, clock, pause=clock.pause) as unsealer:
        assert unsealer.recipients == (RECIPIENT,)
    with pytest.raises(Locked), unsealing(store, protected, lambda: WRONG, clock, pause=clock.pause):
        pass
    assert clock.waits == [1, 2, 4]


def tried(store: Store, identity: Path, clock: Patient, *, killed: bool = False) -> bool:
    """A wrong one; killed: by whoever does not wait until it is told that it was wrong."""
    try:
        with one_try(store, identity, clock):
            if killed:
                raise KeyboardInterrupt
            raise Locked("wrong")
    except TooSoon:
        return False
    except (Locked, KeyboardInterrupt):
        return True


@pytest.mark.parametrize("killed", [pytest.param(False, id="told"), pytest.param(True, id="killed")])
def test_a_hundred_wrong_ones_take_more_than_an_hour(killed: bool, protected: Path) -> None:
    """Asked again every second, each time as by a new process: all that it knows stands in the store."""
    store, clock = a_store(), Patient()
    begun, count = clock(), 0
    while count < 100:
        count += tried(store, protected, clock, killed=killed)
        clock.at += timedelta(seconds=1)
    assert clock() - begun > timedelta(hours=1)


def test_nor_with_the_right_one_of_another_identity_between(protected: Path, tmp_path: Path) -> None:
    """Nor by copies of the file: of another name, in other clothes, with what follows its lock changed."""
    store, clock = a_store(), Patient()
    mine = tmp_path / "mine.age"
    mine.write_bytes(seal_with_passphrase(identity_file(new_identity()[0]), WORDS))
    content = protected.read_bytes()
    copies = [protected]
    for number, copy in enumerate((content, content[:-5], armoured(content), b"\n " + armoured(content))):
        copies.append(tmp_path / f"copy {number}")
        copies[-1].write_bytes(copy)
    begun = clock()
    for number in range(100):
        while not tried(store, copies[number % len(copies)], clock):
            clock.at += timedelta(seconds=1)
        while True:
            try:
                with one_try(store, mine, clock):
                    break
            except TooSoon:
                clock.at += timedelta(seconds=1)
    assert clock() - begun > timedelta(hours=1)
    assert store.machine.wrong_passphrases(what_is_tried(mine)) == 0


def armoured(content: bytes) -> bytes:
    return b"-----BEGIN AGE ENCRYPTED FILE-----\n" + base64.encodebytes(content) + b"-----END AGE ENCRYPTED FILE-----\n"


def test_many_other_identities_crowd_none_out(protected: Path, tmp_path: Path) -> None:
    store, clock = a_store(), Patient()
    for _ in range(5):
        assert tried(store, protected, clock)
        clock.at += timedelta(minutes=1)
    for number in range(70):
        store.machine.note_wrong_passphrases(f"other {number}", 1, None)
    assert store.machine.wrong_passphrases(what_is_tried(protected)) == 5
    assert store.machine.wrong_passphrases("other 69") == 1


def test_before_its_time_the_right_one_is_not_tried_either(protected: Path) -> None:
    store, clock = a_store(), Patient()
    assert tried(store, protected, clock)
    with pytest.raises(TooSoon) as caught, one_try(store, protected, clock):
        pytest.fail("tried")
    assert caught.value.at == clock() + timedelta(seconds=1) and "1 seconds" in caught.value.remedy
    assert store.machine.wrong_passphrases(what_is_tried(protected)) == 1, "asking too soon is no try"


def test_of_two_at_once_one_waits(protected: Path) -> None:
    store, clock = a_store(), Patient()
    with one_try(store, protected, clock), pytest.raises(TooSoon), one_try(store, protected, clock):
        pytest.fail("tried beside another")


def test_a_clock_that_was_ahead_locks_nobody_out(protected: Path) -> None:
    store, clock = a_store(), Patient()
    store.machine.note_wrong_passphrases(what_is_tried(protected), 9, clock() + timedelta(days=400))
    assert tried(store, protected, clock)


def test_what_is_no_wrong_passphrase_counts_as_none(protected: Path) -> None:
    store, clock = a_store(), Patient()
    protected.write_bytes(protected.read_bytes().replace(b" 4\n", b" 40\n", 1))
    with pytest.raises(SealError, match="work factor 40"), unsealing(store, protected, lambda: WORDS, clock):
        pass
    assert store.machine.wrong_passphrases(what_is_tried(protected)) == 0 and store.machine.next_try_at() is None


def test_without_a_terminal_the_way_out_is_named(protected: Path, tmp_path: Path) -> None:
    clock = Patient()
    with pytest.raises(Locked, match="no terminal") as caught, unsealing(a_store(), protected, lambda: None, clock):
        pass
    assert "--passphrase-file" in caught.value.remedy
    (tmp_path / "plain.txt").write_bytes(identity_file(IDENTITY))
    with unsealing(a_store(), tmp_path / "plain.txt", lambda: pytest.fail("not asked"), clock) as unsealer:
        assert unsealer.recipients == (RECIPIENT,)
