"""Evidence is sealed before the transaction and beside the loop: what happens between a file and its row."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.errors import SealError
from monitor.model.evidence import SealedFile
from monitor.model.ids import CaptureId
from monitor.model.page import Request
from monitor.model.sighting import Sighting
from monitor.model.visitor import Visitor
from monitor.pipeline import housekeeping
from monitor.pipeline.contents import ToSeal
from monitor.pipeline.sealing import Sealing
from monitor.pipeline.vault_keeping import sweep_vault
from monitor.ports import Store
from monitor.services.decisions import DecisionService
from monitor.store.store import open_store
from monitor.vault.age import AgeVault
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, page, small
from tests.stores import every_alert

THREAD = FORUM.urls[0]
COPY, AGAIN = "https://cdn.example/copy.jpg", "https://cdn.example/again.jpg"

Seal = Callable[[AgeVault, str, bytes], SealedFile]


@pytest.fixture
def while_sealing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Store], None], int], list[int]]:
    """What another process does with the store, once, before the numbered file is sealed. Gives the threads."""

    def arrange(what: Callable[[Store], None], at: int = 1) -> list[int]:
        threads = list[int]()
        seal: Seal = AgeVault.seal

        def watched(vault: AgeVault, name: str, plain: bytes) -> SealedFile:
            threads.append(threading.get_ident())
            if len(threads) == at:
                other = open_store(bench.settings)
                try:
                    what(other)
                finally:
                    other.close()
            return seal(vault, name, plain)

        monkeypatch.setattr(AgeVault, "seal", watched)
        return threads

    return arrange


def files(bench: Bench) -> set[str]:
    return {path.name for path in bench.settings.vault_dir.glob("*.age")}


def named(bench: Bench) -> set[str]:
    return {item.file.path for item in bench.store.evidence.all() if not item.is_withheld}


async def found_once(bench: Bench) -> Sighting:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    await bench.run()
    (sighting,) = bench.store.sightings.all()
    bench.site.put(AGAIN, small(PHOTOS[0]), "image/jpeg")  # the same bytes at another address
    bench.site.put(THREAD, page(COPY, AGAIN, more="a day later"))
    return sighting


async def test_nobody_waits_for_a_seal(bench: Bench, while_sealing: Callable[..., list[int]]) -> None:
    """Another process writes meanwhile: under a transaction that is held, it would wait, and fail."""
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    reference = bench.store.references.all("default")[0].id
    threads = while_sealing(lambda store: store.references.fold("default", reference, None))
    await bench.run()
    assert len(threads) == 6 and threading.get_ident() not in threads
    assert files(bench) == named(bench) and len(files(bench)) == 6


async def test_kept_hashes_that_match_a_new_photo_are_sealed_so_too(
    bench: Bench, while_sealing: Callable[..., list[int]]
) -> None:
    await bench.enroll(PHOTOS[1:2])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    await bench.run()
    await bench.enroll(PHOTOS[:1])
    reference = bench.store.references.all("default")[0].id
    threads = while_sealing(lambda store: store.references.fold("default", reference, None))
    await bench.run()
    assert threads and threading.get_ident() not in threads
    assert len(bench.store.sightings.all()) == 1 and files(bench) == named(bench)


def dismissed(bench: Bench, sighting: Sighting) -> Callable[[Store], None]:
    def decide(store: Store) -> None:
        DecisionService(store, bench.settings, bench.clock).dismiss(sighting.id, case="default")

    return decide


def closed(bench: Bench, sighting: Sighting) -> Callable[[Store], None]:
    def decide(store: Store) -> None:
        DecisionService(store, bench.settings, bench.clock).close_under_18(sighting.id, case="default")

    return decide


@pytest.mark.rows(2)
@pytest.mark.parametrize("at", [1, 2], ids=["before the first file", "between two"])
@pytest.mark.parametrize(
    ("decide", "left"), [pytest.param(dismissed, 6, id="dismissed"), pytest.param(closed, 0, id="under 18")]
)
async def test_what_is_decided_while_it_is_sealed_holds(
    bench: Bench,
    while_sealing: Callable[..., list[int]],
    decide: Callable[[Bench, Sighting], Callable[[Store], None]],
    left: int,
    at: int,
) -> None:
    """The find is not recorded, and not one file of it stays. under 18: no hash of it either."""
    first = await found_once(bench)
    digest = first.image_digest
    threads = while_sealing(decide(bench, first), at)
    await bench.run()
    assert threads
    assert [sighting.id for sighting in bench.store.sightings.all()] == [first.id]
    assert files(bench) == named(bench) and len(files(bench)) == left
    assert bool(bench.store.candidates.get("default", [digest])) == (left > 0)


async def test_a_page_that_is_closed_meanwhile_is_not_kept_for_another_find(
    bench: Bench, while_sealing: Callable[..., list[int]]
) -> None:
    first = await found_once(bench)
    await bench.enroll(PHOTOS[1:2])
    bench.site.put(AGAIN, small(PHOTOS[1]), "image/jpeg")
    while_sealing(closed(bench, first), at=3)
    await bench.run()
    (other,) = (sighting for sighting in bench.store.sightings.all() if not sighting.under_18)
    kept = bench.store.evidence.all("default", other.id)  # what was sealed before the closing was sealed anew
    assert sorted(item.kind for item in kept) == ["image", "manifest", "record", "warc"]
    (archive,) = (item for item in kept if item.kind == "warc")
    assert archive.sighting == other.id, "its own picture's, not the page's"
    assert not any(item.is_withheld for item in kept)
    assert files(bench) == named(bench) == {item.file.path for item in kept}


async def test_a_shared_file_that_goes_meanwhile_is_sealed_anew(
    bench: Bench, while_sealing: Callable[..., list[int]]
) -> None:
    """Two lots of one page. While the second is sealed, the finds of the first are dismissed and their media goes."""
    await bench.enroll(PHOTOS[:1])
    urls = [f"https://forum.example/p.jpg?{number}" for number in range(12)]
    for url in urls:
        bench.site.put(url, small(PHOTOS[0]), "image/jpeg")
    bench.site.put(THREAD, page(*urls))
    gone = list[str]()

    def decide(store: Store) -> None:
        for sighting in store.sightings.all():
            gone.append(sighting.id)
            DecisionService(store, bench.settings, bench.clock).dismiss(sighting.id, case="default")
        later = bench.clock() + timedelta(days=2)
        housekeeping.forget_dismissed(store=store, settings=bench.settings, now=later)
        store.dismissals.remove("default", sighting.match.reference or "", sighting.image_digest)

    while_sealing(decide, at=5 + 7 * 2 + 1)  # the first record of the second lot
    await bench.run()
    assert len(gone) == 8
    kept = [s for s in bench.store.sightings.all() if s.id not in gone]
    assert len(kept) == 4
    for sighting in kept:
        rows = {item.kind: item for item in bench.store.evidence.all("default", sighting.id)}
        assert set(rows) == {"record", "page", "image", "warc", "manifest"}
        assert {row.file.path for row in rows.values()} <= files(bench)
    assert files(bench) == named(bench)


async def test_what_cannot_be_sealed_loses_neither_the_find_nor_the_rest(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    seal: Seal = AgeVault.seal

    def refused(vault: AgeVault, name: str, plain: bytes) -> SealedFile:
        if plain.startswith(b"\xff\xd8"):
            raise SealError("the disk is full", remedy="Free some space.")
        return seal(vault, name, plain)

    monkeypatch.setattr(AgeVault, "seal", refused)
    assert (await bench.run()).new_sightings == 1
    assert len(every_alert(bench.store, "default")) == 1
    assert {item.kind for item in bench.store.evidence.all("default")} == {"record", "page", "warc", "manifest"}


async def test_what_was_sealed_for_nothing_takes_no_room(bench: Bench) -> None:
    sighting = await found_once(bench)
    image, shown = [await bench.site.fetch(Request(url, visitor=Visitor("default"))) for url in (AGAIN, THREAD)]
    wanted = [ToSeal(CaptureId("c1"), sighting, sighting.match, sighting.place, image, shown, bench.clock())]
    whole = Sealing(bench.dependencies())
    await whole.seal(wanted)
    cap = int(whole.used * 1.3)
    bench.settings = replace(bench.settings, evidence=replace(bench.settings.evidence, max_run_bytes=cap))
    sealing = Sealing(bench.dependencies())
    for _ in range(3):
        (kept,) = await sealing.seal(wanted)
        assert len(kept.files) == 5 and sealing.reached is None
        sealing.drop(kept.files)


async def test_a_fault_while_sealing_leaves_nothing_and_is_not_hidden(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    seal: Seal = AgeVault.seal

    def broken(vault: AgeVault, name: str, plain: bytes) -> SealedFile:
        if plain.startswith(b"\xff\xd8"):
            raise ZeroDivisionError
        return seal(vault, name, plain)

    with monkeypatch.context() as fault, pytest.raises(ZeroDivisionError):
        fault.setattr(AgeVault, "seal", broken)
        await bench.run()
    assert files(bench) == set() and bench.store.sightings.all() == []
    assert (await bench.run()).new_sightings == 1


async def test_a_pass_that_is_ended_while_it_seals_leaves_nothing(
    bench: Bench, while_sealing: Callable[..., list[int]]
) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    loop, running = asyncio.get_running_loop(), asyncio.create_task(bench.run())
    while_sealing(lambda _: loop.call_soon_threadsafe(running.cancel), at=2)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert files(bench) == set() and bench.store.sightings.all() == []


@pytest.mark.long
async def test_killed_between_file_and_row_the_find_is_found_again_and_the_files_are_put_aside(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.store.close()
    (recipient,) = bench.settings.evidence.recipients
    died = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.record_and_die", bench.settings.data_dir, recipient], check=False
    )
    assert died.returncode == -signal.SIGKILL
    bench.store = open_store(bench.settings)
    orphans = files(bench)
    assert len(orphans) == 5
    assert bench.store.sightings.all() == [] and bench.store.evidence.all() == []
    assert every_alert(bench.store, "default") == []
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    assert (await bench.run()).new_sightings == 1
    assert len(files(bench)) == 11 and orphans & named(bench) == set()
    for name in files(bench):
        os.utime(bench.settings.vault_dir / name, (bench.clock().timestamp() - 7_200,) * 2)
    vault = AgeVault(bench.settings.vault_dir, [recipient])
    assert sweep_vault(store=bench.store, vault=vault, now=bench.clock()).moved == 5
    assert set(vault.aside()) == orphans and files(bench) == named(bench)
