"""One look at a page is one capture; what was not in hand is fetched for evidence alone; what cannot be had is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.errors import SealError
from monitor.evidence.manifest import Manifest, parse_manifest
from monitor.matching.matcher import PhotoMatcher
from monitor.model.capture import Capture, CaptureCause, CaptureState
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceItem, EvidenceKind, SealedFile
from monitor.model.fingerprint import ImageReading
from monitor.model.limits import EVIDENCE_STOPS_BELOW
from monitor.model.match import Match, Tier
from monitor.model.page import Outcome, OutcomeKind
from monitor.model.sighting import Sighting
from monitor.pipeline import housekeeping
from monitor.pipeline.capturing import GAPS
from monitor.pipeline.manifests import NOT_LISTED, complete, forget_manifests
from monitor.pipeline.sealing import Sealing
from monitor.pipeline.wanted_captures import Captured, take_wanted
from monitor.services.evidence import EvidenceService
from monitor.store.store import open_store
from monitor.vault.age import AgeVault, open_sealed
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, page, small

CASE = "default"
SITE = "https://forum.example"
THREAD = FORUM.urls[0]
COPY = "https://cdn.example/copy.jpg"
OTHER = f"{SITE}/t/2"
KEPT_OF_A_PAGE = (EvidenceKind.PAGE, EvidenceKind.RECORD, EvidenceKind.WARC, EvidenceKind.MANIFEST)


async def found(bench: Bench, *urls: str) -> list[Sighting]:
    await bench.enroll(PHOTOS[:1])
    for url in urls or (COPY,):
        bench.site.put(url, small(PHOTOS[0]), "image/jpeg")
    bench.site.put(THREAD, page(*(urls or (COPY,))))
    await bench.run()
    return list(bench.store.sightings.all(CASE))


async def retroactive(bench: Bench) -> Sighting:
    """A picture that was seen before the photo was enrolled."""
    await bench.enroll(PHOTOS[1:2])
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    bench.site.put(THREAD, page(COPY))
    await bench.run()
    bench.clock.forward(hours=3)
    await bench.enroll(PHOTOS[:1])
    bench.site.put(f"{SITE}/t/3", page())
    await bench.run(replace(FORUM, urls=(f"{SITE}/t/3",)))
    (sighting,) = bench.store.sightings.all(CASE)
    return sighting


async def take(bench: Bench) -> Captured:
    return await take_wanted(CASE, {FORUM.name: FORUM}, bench.dependencies())


def wanted(bench: Bench) -> list[Capture]:
    return list(bench.store.captures.wanted(CASE))


def items(bench: Bench, capture: Capture) -> dict[EvidenceKind, EvidenceItem]:
    return {item.kind: item for item in bench.store.evidence.of_capture(CASE, capture.id)}


def whys(bench: Bench, sighting: Sighting) -> dict[EvidenceKind, str]:
    service = EvidenceService(bench.store, bench.settings, bench.clock)
    return {one.kind: one.why for one in service.of(sighting).lacks}


async def test_thirty_copies_on_one_page_are_one_capture_and_seal_the_page_once(bench: Bench) -> None:
    urls = [f"{SITE}/p.jpg?{number}" for number in range(30)]
    sightings = await found(bench, *urls)
    (capture,) = bench.store.captures.all(CASE)
    rows = bench.store.evidence.of_capture(CASE, capture.id)
    assert len(sightings) == len(capture.sightings) == 30
    count = {kind: sum(row.kind is kind for row in rows) for kind in EvidenceKind}
    assert (count[EvidenceKind.PAGE], count[EvidenceKind.MANIFEST]) == (1, 1)
    assert count[EvidenceKind.IMAGE] == count[EvidenceKind.RECORD] == 30
    assert bench.site.urls_asked().count(THREAD) == 1


async def test_the_manifest_names_each_file_and_stands_in_the_log(bench: Bench) -> None:
    (sighting,) = await found(bench)
    (capture,) = bench.store.captures.all(CASE)
    rows = items(bench, capture)
    sealed = rows[EvidenceKind.MANIFEST].file
    manifest = parse_manifest(open_sealed(bench.settings.vault_dir / sealed.path, bench.identity))
    assert {file.path: file.digest for file in manifest.files} == {
        item.id: item.file.plain_digest
        for item in bench.store.evidence.of_capture(CASE, capture.id)
        if item.kind is not EvidenceKind.MANIFEST
    }
    assert all(file.how for file in manifest.files)
    assert (manifest.capture, manifest.page_url, manifest.cause) == (capture.id, THREAD, "seen")
    (entry,) = [one for one in bench.store.custody.all(CASE) if one.act is CustodyAct.CAPTURE]
    told = json.loads(entry.details)
    assert (told["capture"], told["manifest"]) == (capture.id, sealed.plain_digest)
    assert told["sightings"] == sighting.id


async def test_a_find_whose_bytes_are_not_in_hand_is_fetched_as_the_watch_would(bench: Bench) -> None:
    sighting = await retroactive(bench)
    (intent,) = wanted(bench)
    assert (intent.cause, intent.page_url, intent.sightings) == (CaptureCause.RETROACTIVE, THREAD, (sighting.id,))
    assert "by itself" in whys(bench, sighting)[EvidenceKind.PAGE]
    bench.site.asked.clear()
    assert await take(bench) == Captured(kept=1)
    assert bench.site.urls_asked() == [THREAD, COPY]
    assert {EvidenceKind.PAGE, EvidenceKind.IMAGE, EvidenceKind.RECORD, EvidenceKind.MANIFEST} <= items(
        bench, intent
    ).keys()
    assert wanted(bench) == [] and await take(bench) == Captured()


async def test_a_known_picture_on_another_page(bench: Bench) -> None:
    """The page is kept at once; the picture, whose bytes were not asked for, is fetched."""
    await found(bench)
    bench.clock.forward(hours=1)
    bench.site.put(OTHER, page(COPY, more="elsewhere"))
    await bench.run(replace(FORUM, urls=(OTHER,)))
    (new,) = [one for one in bench.store.sightings.all(CASE) if one.place.page_url == OTHER]
    (intent,) = wanted(bench)
    assert (intent.cause, intent.page_url) == (CaptureCause.KNOWN, OTHER)
    (seen,) = [one for one in bench.store.captures.of(CASE, [new.id]) if one.cause is CaptureCause.SEEN]
    assert {EvidenceKind.PAGE, EvidenceKind.RECORD} <= items(bench, seen).keys()
    assert seen.state is CaptureState.PARTIAL and EvidenceKind.IMAGE not in items(bench, seen)
    await take(bench)
    assert EvidenceKind.IMAGE in items(bench, intent)


async def test_it_is_tried_with_growing_gaps_and_given_up_with_the_reason(bench: Bench) -> None:
    sighting = await retroactive(bench)
    for url in (THREAD, COPY):
        bench.site.fails[url] = Outcome(OutcomeKind.SERVER_ERROR, "the server said no")
    waited = list[timedelta]()
    while wanted(bench):
        assert await take(bench)
        for intent in wanted(bench):
            assert intent.retry_at is not None and intent.why
            waited.append(intent.retry_at - bench.clock())
            assert await take(bench) == Captured(), "not before its time"
            bench.clock.forward(seconds=waited[-1].total_seconds())
    assert tuple(waited) == GAPS
    (given_up,) = [one for one in bench.store.captures.all(CASE) if one.state is CaptureState.GIVEN_UP]
    assert given_up.tries == len(GAPS) + 1 and given_up.why
    assert EvidenceKind.IMAGE in whys(bench, sighting)


async def test_without_network_no_try_is_counted(bench: Bench) -> None:
    await retroactive(bench)
    bench.site.fails[THREAD] = Outcome(OutcomeKind.OFFLINE, "the server said no")
    assert await take(bench) == Captured(again=1)
    (intent,) = wanted(bench)
    assert intent.tries == 0 and "network" in intent.why


@pytest.mark.parametrize(
    ("gone", "kept", "lost"),
    [
        pytest.param(THREAD, EvidenceKind.IMAGE, EvidenceKind.PAGE, id="the page"),
        pytest.param(COPY, EvidenceKind.PAGE, EvidenceKind.IMAGE, id="the picture"),
    ],
)
async def test_what_came_is_kept_and_what_did_not_is_said(
    bench: Bench, gone: str, kept: EvidenceKind, lost: EvidenceKind
) -> None:
    sighting = await retroactive(bench)
    (intent,) = wanted(bench)
    bench.site.fails[gone] = Outcome(OutcomeKind.GONE, "the server said no")
    assert await take(bench) == Captured(kept=1)
    (capture,) = [one for one in bench.store.captures.all(CASE) if one.id == intent.id]
    assert capture.state is CaptureState.PARTIAL and kept in items(bench, capture) and lost not in items(bench, capture)
    assert "did not come" in next(one.why for one in capture.missing if one.kind is lost)
    assert "did not come" in whys(bench, sighting)[lost]


async def test_another_picture_at_its_address_is_never_kept(bench: Bench) -> None:
    await retroactive(bench)
    (intent,) = wanted(bench)
    bench.site.put(COPY, small(PHOTOS[2]), "image/jpeg")
    await take(bench)
    assert EvidenceKind.IMAGE not in items(bench, intent)


async def test_what_is_possible_keeps_text_until_she_confirms_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def only_possible(matcher: PhotoMatcher, reading: ImageReading) -> Match:
        return replace(fast(matcher, reading), tier=Tier.POSSIBLE)

    fast = PhotoMatcher.fast
    monkeypatch.setattr(PhotoMatcher, "fast", only_possible)
    (sighting,) = await found(bench)
    (seen,) = bench.store.captures.all(CASE)
    assert items(bench, seen).keys() == {*KEPT_OF_A_PAGE}
    assert "confirm" in whys(bench, sighting)[EvidenceKind.IMAGE] and wanted(bench) == []
    bench.decisions.confirm(sighting.id, case=CASE)
    (intent,) = wanted(bench)
    assert intent.cause is CaptureCause.CONFIRMED
    await take(bench)
    assert EvidenceKind.IMAGE in items(bench, intent)
    bench.decisions.confirm(sighting.id, case=CASE)
    assert wanted(bench) == [], "all of it is kept"


async def test_a_link_added_by_hand_has_its_page_kept(bench: Bench) -> None:
    bench.site.put(OTHER, page(more="threats"))
    sighting = bench.decisions.add(OTHER, case=CASE)
    (intent,) = wanted(bench)
    assert (intent.cause, intent.page_url) == (CaptureCause.ADDED, OTHER)
    assert await take(bench) == Captured(kept=1)
    assert items(bench, intent).keys() == {*KEPT_OF_A_PAGE}
    assert "--picture" in whys(bench, sighting)[EvidenceKind.IMAGE]


async def test_a_place_is_looked_at_once_more_when_asked(bench: Bench) -> None:
    (sighting,) = await found(bench)
    service = EvidenceService(bench.store, bench.settings, bench.clock)
    (asked,) = service.ask([sighting.id[:12]], case=CASE)
    await take_wanted(CASE, {FORUM.name: FORUM}, bench.dependencies(), only={asked.id})
    (now,) = service.found([asked])
    assert now.cause is CaptureCause.ASKED and EvidenceKind.IMAGE in items(bench, now)
    assert len(service.of(sighting).captures) == 2


async def test_two_processes_never_fetch_the_same(bench: Bench) -> None:
    await retroactive(bench)
    (intent,) = wanted(bench)
    assert bench.store.captures.claim(intent.case, intent.id, intent.tries, bench.clock() + timedelta(minutes=20))
    bench.site.asked.clear()
    assert await take(bench) == Captured() and bench.site.asked == []


Decide = Callable[[Bench, Sighting], object]


def close(bench: Bench, sighting: Sighting) -> object:
    return bench.decisions.close_under_18(sighting.id, case=CASE)


def dismiss(bench: Bench, sighting: Sighting) -> object:
    return bench.decisions.dismiss(sighting.id, case=CASE)


@pytest.mark.parametrize("decide", [close, dismiss])
async def test_what_is_not_to_be_kept_any_more_is_not_fetched(bench: Bench, decide: Decide) -> None:
    sighting = await retroactive(bench)
    decide(bench, sighting)
    bench.site.asked.clear()
    assert (await take(bench)).kept == 0
    assert bench.site.asked == [] and wanted(bench) == []


@pytest.mark.parametrize("decide", [close, dismiss])
async def test_what_is_decided_while_it_is_sealed_holds_for_it(
    bench: Bench, decide: Decide, monkeypatch: pytest.MonkeyPatch
) -> None:
    sighting = await retroactive(bench)
    (intent,) = wanted(bench)
    before = {path.name for path in bench.settings.vault_dir.glob("*.age")}
    seal, once = AgeVault.seal, list[object]()

    def watched(vault: AgeVault, name: str, plain: bytes) -> SealedFile:
        if not once:
            once.append(True)
            other = open_store(bench.settings)  # as another process has it
            decide(replace(bench, store=other), sighting)
            other.close()
        return seal(vault, name, plain)

    monkeypatch.setattr(AgeVault, "seal", watched)
    await take(bench)
    assert once and items(bench, intent) == {}
    assert {path.name for path in bench.settings.vault_dir.glob("*.age")} <= before


async def test_a_full_disk_loses_no_find_and_the_capture_is_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> SealedFile:
        raise SealError("the disk is full", remedy="Free some space.")

    with monkeypatch.context() as disk:
        disk.setattr(AgeVault, "seal", full)
        (sighting,) = await found(bench)
    (intent,) = wanted(bench)
    assert intent.sightings == (sighting.id,) and "full" in intent.why
    assert intent.retry_at == bench.clock() + GAPS[0]
    assert list(bench.settings.vault_dir.glob("*.age")) == []
    bench.clock.forward(minutes=6)
    assert await take(bench) == Captured(kept=1)
    assert {EvidenceKind.PAGE, EvidenceKind.IMAGE} <= items(bench, intent).keys()


async def test_while_the_last_room_is_for_finds_evidence_waits_and_no_try_is_counted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [EVIDENCE_STOPS_BELOW - 1]
    monkeypatch.setattr("monitor.vault.age.room_beside", lambda _: free[0])
    (sighting,) = await found(bench)
    (intent,) = wanted(bench)
    assert intent.sightings == (sighting.id,) and "are free on that disk" in intent.why
    asked = len(bench.site.asked)
    for _ in range(40):
        bench.clock.forward(days=1)
        assert await take(bench) == Captured()
    assert len(bench.site.asked) == asked, "nothing is fetched that could not be kept"
    free[0] += 1
    assert await take(bench) == Captured(kept=1)
    assert {EvidenceKind.PAGE, EvidenceKind.IMAGE} <= items(bench, intent).keys()


async def test_what_our_own_disk_does_not_take_is_not_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> SealedFile:
        raise SealError("evidence cannot be written: Input/output error")

    with monkeypatch.context() as disk:
        disk.setattr(AgeVault, "seal", fails)
        await found(bench)
        for _ in range(2 * len(GAPS)):
            bench.clock.forward(days=3)
            assert await take(bench) == Captured(again=1)
    bench.clock.forward(days=3)
    assert await take(bench) == Captured(kept=1)


def digests(bench: Bench, kind: EvidenceKind) -> list[str]:
    """Of all that is kept, its page and its picture no more than once."""
    return [item.file.plain_digest for item in bench.store.evidence.all(CASE) if item.kind is kind]


async def test_a_picture_that_fails_for_the_moment_is_tried_again_and_nothing_is_kept_twice(bench: Bench) -> None:
    sighting = await retroactive(bench)
    bench.site.fails[COPY] = Outcome(OutcomeKind.TIMEOUT, "the server said nothing")
    assert await take(bench) == Captured(kept=1)
    (rest,) = wanted(bench)
    assert [one.kind for one in rest.missing] == [EvidenceKind.IMAGE] and rest.sightings == (sighting.id,)
    assert rest.retry_at == bench.clock() + GAPS[0] and "by itself" in whys(bench, sighting)[EvidenceKind.IMAGE]
    before = digests(bench, EvidenceKind.RECORD)
    bench.clock.forward(minutes=6)
    assert await take(bench) == Captured(again=1)
    assert digests(bench, EvidenceKind.RECORD) == before, "a try that brings nothing leaves nothing"
    del bench.site.fails[COPY]
    bench.clock.forward(minutes=31)
    assert await take(bench) == Captured(kept=1)
    assert EvidenceKind.IMAGE not in whys(bench, sighting) and wanted(bench) == []
    assert len(digests(bench, EvidenceKind.PAGE)) == len(digests(bench, EvidenceKind.IMAGE)) == 1


async def test_a_picture_that_fails_each_time_is_given_up_with_the_reason(bench: Bench) -> None:
    sighting = await retroactive(bench)
    bench.site.fails[COPY] = Outcome(OutcomeKind.TIMEOUT, "the server said nothing")
    waited = list[timedelta]()
    await take(bench)
    while wanted(bench):
        (rest,) = wanted(bench)
        assert rest.retry_at is not None
        waited.append(rest.retry_at - bench.clock())
        bench.clock.forward(seconds=waited[-1].total_seconds())
        await take(bench)
    assert tuple(waited) == GAPS
    told = whys(bench, sighting)[EvidenceKind.IMAGE]
    assert "in vain" in told and "did not come" in told


async def test_what_a_full_disk_left_out_in_a_round_is_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sighting = await retroactive(bench)
    seal, written = AgeVault.seal, list[str]()

    def fills_up(vault: AgeVault, name: str, plain: bytes) -> SealedFile:
        written.append(name)
        if len(written) > 2:
            raise SealError("the disk is full", remedy="Free some space.")
        return seal(vault, name, plain)

    with monkeypatch.context() as disk:
        disk.setattr(AgeVault, "seal", fills_up)
        assert await take(bench) == Captured(kept=1)
    (rest,) = wanted(bench)
    assert {one.kind for one in rest.missing} == {EvidenceKind.WARC, EvidenceKind.IMAGE} and "full" in rest.why
    bench.clock.forward(minutes=6)
    assert await take(bench) == Captured(kept=1)
    assert wanted(bench) == [] and EvidenceKind.IMAGE not in whys(bench, sighting)
    assert len(digests(bench, EvidenceKind.PAGE)) == len(digests(bench, EvidenceKind.IMAGE)) == 1
    assert len(digests(bench, EvidenceKind.WARC)) == 2, "of the page and of the picture"


async def test_a_round_s_manifest_knows_the_page_as_it_came_and_one_made_later_says_that_it_does_not(
    bench: Bench,
) -> None:
    await retroactive(bench)
    (intent,) = wanted(bench)
    await take(bench)
    told = manifest_of(bench, intent)
    assert told.served_digest and NOT_LISTED not in dict(told.facts).values()
    with bench.store.transaction():
        forget_manifests([intent], store=bench.store)
    bench.clock.forward(hours=2)
    await take(bench)
    told = manifest_of(bench, intent)
    assert told.served_digest == "" and NOT_LISTED in dict(told.facts).values()


def manifest_of(bench: Bench, capture: Capture) -> Manifest:
    file = items(bench, capture)[EvidenceKind.MANIFEST].file
    return parse_manifest(open_sealed(bench.settings.vault_dir / file.path, bench.identity))


async def test_manifests_count_towards_the_caps(bench: Bench) -> None:
    await retroactive(bench)
    (intent,) = wanted(bench)
    await take(bench)
    sealing, size = Sealing(bench.dependencies()), items(bench, intent)[EvidenceKind.MANIFEST].file.size
    sealing.unfinished[intent.id] = CASE
    await complete(sealing)
    assert sealing.used >= size > 0


async def test_under_18_leaves_nothing_of_a_capture_but_that_there_was_one(bench: Bench) -> None:
    (sighting,) = await found(bench)
    (capture,) = bench.store.captures.all(CASE)
    bench.decisions.close_under_18(sighting.id, case=CASE)
    (closed,) = bench.store.captures.all(CASE)
    assert closed == replace(capture, state=CaptureState.CLOSED, missing=(), sightings=())
    assert bench.store.evidence.all(CASE) == [] and list(bench.settings.vault_dir.glob("*.age")) == []
    log = bench.store.custody.all(CASE)
    assert log[0].act is CustodyAct.CAPTURE and log[0].is_dropped and log[-1].act is CustodyAct.CLOSE
    assert not any(word in entry.details for entry in log for word in (sighting.id, THREAD))


async def two(bench: Bench) -> tuple[Sighting, Sighting, Capture]:
    await bench.enroll(PHOTOS[:2])
    urls = [f"{SITE}/{number}.jpg" for number in (0, 1)]
    for number, url in enumerate(urls):
        bench.site.put(url, small(PHOTOS[number]), "image/jpeg")
    bench.site.put(THREAD, page(*urls))
    await bench.run()
    first, second = bench.store.sightings.all(CASE)
    (capture,) = bench.store.captures.all(CASE)
    return first, second, capture


async def test_of_two_on_a_page_the_other_keeps_its_own_when_one_is_closed(bench: Bench) -> None:
    """And a manifest of what is left is made by the next round."""
    closed, other, capture = await two(bench)
    bench.decisions.close_under_18(closed.id, case=CASE)
    rows = bench.store.evidence.of_capture(CASE, capture.id)
    own = {EvidenceKind.IMAGE, EvidenceKind.WARC}
    assert {row.kind for row in rows if not row.is_withheld} == own
    assert {row.sighting for row in rows if not row.is_withheld} == {other.id}
    bench.clock.forward(hours=2)
    await take(bench)
    (manifest,) = [
        row
        for row in bench.store.evidence.of_capture(CASE, capture.id)
        if row.kind is EvidenceKind.MANIFEST and not row.is_withheld
    ]
    told = parse_manifest(open_sealed(bench.settings.vault_dir / manifest.file.path, bench.identity))
    assert {file.sighting for file in told.files} == {other.id}
    assert closed.id not in open_sealed(bench.settings.vault_dir / manifest.file.path, bench.identity).decode()
    assert all("under 18" in whys(bench, other)[kind] for kind in (EvidenceKind.PAGE, EvidenceKind.RECORD))


async def test_of_two_on_a_page_the_other_is_whole_when_one_is_dismissed(bench: Bench) -> None:
    dismissed, other, _ = await two(bench)
    bench.decisions.dismiss(dismissed.id, case=CASE)
    bench.clock.forward(days=1)
    housekeeping.forget_dismissed(store=bench.store, settings=bench.settings, now=bench.clock())
    kinds = {item.kind for item in bench.store.evidence.all(CASE, other.id)}
    assert {EvidenceKind.IMAGE, EvidenceKind.PAGE, EvidenceKind.RECORD} <= kinds
    assert EvidenceKind.IMAGE not in {item.kind for item in bench.store.evidence.all(CASE, dismissed.id)}
    now = bench.store.sightings.of_ids(CASE, [dismissed.id])[0]
    assert "after you dismissed" in whys(bench, now)[EvidenceKind.IMAGE]


async def test_what_an_earlier_version_did_not_keep_is_not_said_to_come(bench: Bench) -> None:
    """Its captures say nothing of what they lack, and nothing is wanted."""
    (sighting,) = await found(bench)
    for item in bench.store.evidence.all(CASE, sighting.id):
        if item.kind is EvidenceKind.IMAGE:
            bench.store.evidence.remove(CASE, item.id)
    (capture,) = bench.store.captures.all(CASE)
    bench.store.captures.save(replace(capture, missing=()))
    said = whys(bench, sighting)
    assert f"evidence capture {sighting.id}" in said[EvidenceKind.IMAGE]
    assert "yet" not in said[EvidenceKind.IMAGE]
