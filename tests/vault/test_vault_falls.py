"""A disk that refuses evidence for long is told; one that is full is told by itself, and is no fall of the vault's."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from monitor.errors import SealError
from monitor.tracking.falls import TOLD_AFTER_FALLS, TOLD_AFTER_S, standing_falls
from monitor.vault import age
from monitor.vault.age import AgeVault
from monitor.vault.identity import new_identity


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.EIO, True), (errno.EROFS, True), (errno.ENOSPC, False)],
    ids=["it gives errors", "it is for reading only", "it is full"],
)
def test_a_disk_that_refuses_evidence(number: int, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, vault = [1000.0], AgeVault(tmp_path / "vault", [new_identity()[1]])

    def refuses(_: int) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(age, "monotonic", lambda: now[0])
    with monkeypatch.context() as disk:
        disk.setattr(age.os, "fsync", refuses)
        for place in range(TOLD_AFTER_FALLS):
            with pytest.raises(SealError):
                vault.seal(f"evidence{place}", b"x")
            now[0] += TOLD_AFTER_S
        assert (vault._falls in standing_falls()) is told
    vault.seal("evidence", b"x")
    assert vault._falls not in standing_falls(), "it works again"
