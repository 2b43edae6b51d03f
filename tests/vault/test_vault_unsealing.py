"""The identity of the person: each wrong passphrase is told later than the one before it, over commands too."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import Locked, SealError
from monitor.model.settings import Secret
from monitor.services import unsealing as module
from monitor.services.unsealing import LONGEST_WAIT_S, unsealing, wait_after
from monitor.vault import passphrase
from monitor.vault.identity import identity_file, new_identity
from monitor.vault.passphrase import seal_with_passphrase
from tests.stores import a_store

IDENTITY, RECIPIENT = new_identity()
WORDS, WRONG = Secret("four random words"), Secret("others")


@pytest.fixture
def protected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(passphrase, "WORK_FACTOR", 4)
    path = tmp_path / "identity.age"
    path.write_bytes(seal_with_passphrase(identity_file(IDENTITY), WORDS))
    return path


@pytest.mark.parametrize(
    ("wrong", "seconds"), [(0, 1), (1, 2), (3, 8), (5, LONGEST_WAIT_S), (1_000_000, LONGEST_WAIT_S)]
)
def test_the_wait_grows_and_ends(wrong: int, seconds: float) -> None:
    assert wait_after(wrong) == seconds


def test_the_wait_is_kept_and_forgotten_with_the_right_one(protected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, asked, opening = a_store(), [], module.opening

    def noted(path: Path, words: Secret, *, wait: float) -> object:
        asked.append(wait)
        return opening(path, words, wait=0)

    monkeypatch.setattr(module, "opening", noted)
    for words in (WRONG, WRONG, WRONG):
        with pytest.raises(Locked, match="does not open"), unsealing(store, protected, lambda words=words: words):
            pass
    with unsealing(store, protected, lambda: WORDS) as unsealer:
        assert unsealer.recipients == (RECIPIENT,)
    with pytest.raises(Locked), unsealing(store, protected, lambda: WRONG):
        pass
    assert asked == [1, 2, 4, 8, 1]


def test_the_child_waits_before_it_tells(protected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    begun = time.monotonic()
    with pytest.raises(Locked), unsealing(a_store(), protected, lambda: WRONG):
        pass
    assert time.monotonic() - begun >= 1


def test_what_is_no_wrong_passphrase_counts_as_none(protected: Path) -> None:
    store = a_store()
    protected.write_bytes(protected.read_bytes().replace(b" 4\n", b" 40\n", 1))
    with pytest.raises(SealError, match="work factor 40"), unsealing(store, protected, lambda: WORDS):
        pass
    assert store.machine.wrong_passphrases() == 0


def test_without_a_terminal_the_way_out_is_named(protected: Path, tmp_path: Path) -> None:
    with pytest.raises(Locked, match="no terminal") as caught, unsealing(a_store(), protected, lambda: None):
        pass
    assert "--passphrase-file" in caught.value.remedy
    (tmp_path / "plain.txt").write_bytes(identity_file(IDENTITY))
    with unsealing(a_store(), tmp_path / "plain.txt", lambda: pytest.fail("not asked")) as unsealer:
        assert unsealer.recipients == (RECIPIENT,)
