from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model.alert import AlertKind, Delivery
from monitor.model.observation import RunStatus
from monitor.model.page import Outcome, OutcomeKind
from monitor.model.sighting import Status
from monitor.model.watch import Follow, ImageRules
from monitor.pipeline.remembered_page import unpack
from monitor.vault.age import open_sealed
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page, small
from tests.stores import every_alert

THREAD = "https://forum.example/t/1"
COPY = "https://cdn.example/copy.jpg"
OTHER = "https://cdn.example/other.jpg"


async def one_copy(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:3])
    bench.site.put(THREAD, page(COPY, OTHER))
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    bench.site.put(OTHER, OTHERS[0].read_bytes(), "image/jpeg")


async def test_a_copy_is_found_recorded_and_told(bench: Bench) -> None:
    await one_copy(bench)
    report = await bench.run()
    assert (report.status, report.pages, report.images, report.new_images) == (RunStatus.OK, 1, 2, 2)
    assert (report.matches, report.new_sightings, report.errors) == (1, 1, ())
    (sighting,) = bench.store.sightings.all("default")
    assert sighting.match.label == PHOTOS[0].stem
    assert (sighting.place.page_url, sighting.place.image_url) == (THREAD, COPY)
    (alert,) = every_alert(bench.store, "default")
    assert (alert.kind, alert.sightings) == (AlertKind.NEW, (sighting.id,))


async def test_the_evidence_is_sealed_and_only_of_the_matched_picture(bench: Bench) -> None:
    await one_copy(bench)
    await bench.run()
    items = {item.kind: item for item in bench.store.evidence.all("default")}
    assert set(items) == {"image", "page", "record", "warc", "manifest"}
    opened = open_sealed(bench.settings.vault_dir / items["image"].file.path, bench.identity)
    assert opened == copy_of(PHOTOS[0])
    kept = [path.read_bytes() for path in bench.settings.data_dir.rglob("*") if path.is_file()]
    for clear in (b"cdn.example", OTHERS[0].read_bytes()[:64], PHOTOS[0].read_bytes()[100:164]):
        assert not any(clear in body for body in kept)


async def test_a_second_run_tells_nothing_twice_and_fetches_no_image(bench: Bench) -> None:
    await one_copy(bench)
    await bench.run()
    bench.site.asked.clear()
    decoded = bench.reader.images
    bench.clock.forward(hours=1)
    again = await bench.run()
    assert bench.site.urls_asked() == [THREAD]
    assert bench.reader.images == decoded
    assert (again.not_modified, again.new_sightings, again.matches) == (3, 0, 1)
    (sighting,) = bench.store.sightings.all("default")
    assert sighting.last_seen == bench.clock()
    assert len(every_alert(bench.store, "default")) == 1


async def test_a_page_that_changed_costs_only_its_new_images(bench: Bench) -> None:
    await one_copy(bench)
    await bench.run()
    bench.site.asked.clear()
    bench.site.put(THREAD, page(COPY, OTHER, "https://cdn.example/new.jpg"))
    bench.site.put("https://cdn.example/new.jpg", copy_of(PHOTOS[1], mirror=True), "image/jpeg")
    report = await bench.run()
    assert bench.site.urls_asked() == [THREAD, "https://cdn.example/new.jpg"]
    assert (report.new_images, report.new_sightings) == (1, 1)
    assert {s.match.variant for s in bench.store.sightings.all()} == {"as it is", "mirrored"}


async def test_the_same_picture_on_another_page_is_another_sighting(bench: Bench) -> None:
    await one_copy(bench)
    bench.site.put(THREAD, page(COPY, more='<a class="t" href="/t/2">more</a>'))
    bench.site.put("https://forum.example/t/2", page(COPY))
    report = await bench.run(replace(FORUM, follow=Follow(links="a.t", depth=1)))
    assert report.new_sightings == 2
    assert bench.site.urls_asked().count(COPY) == 1
    (alert,) = every_alert(bench.store, "default")
    assert alert.count == 2


async def test_same_bytes_at_another_address_are_not_decoded_again(bench: Bench) -> None:
    await one_copy(bench)
    await bench.run()
    decoded = bench.reader.images
    bench.site.put("https://cdn.example/again.jpg", copy_of(PHOTOS[0]), "image/jpeg")
    bench.site.put(THREAD, page("https://cdn.example/again.jpg"))
    report = await bench.run()
    assert bench.reader.images == decoded
    assert (report.matches, report.new_sightings) == (1, 0)  # the find has moved


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(b"<html>sign in</html>", "not_an_image", id="lies about its type"),
        pytest.param(b"\xff\xd8\xff\xe0broken", "broken", id="broken"),
    ],
)
async def test_a_bad_picture_is_recorded_and_asked_for_again_conditionally(
    bench: Bench, body: bytes, kind: str
) -> None:
    await one_copy(bench)
    bench.site.put(OTHER, body, "image/jpeg")
    first = await bench.run()
    assert first.status is RunStatus.PARTIAL
    assert [(error.url, error.kind) for error in first.errors] == [(OTHER, kind)]
    assert first.errors[0].message
    assert first.matches == 1
    bench.site.asked.clear()
    bench.site.put(THREAD, page(COPY, OTHER, more="changed"))
    second = await bench.run()
    (again,) = [request for request in bench.site.asked if request.url == OTHER]
    assert again.etag, "it may have been half made; what is as it was need not come again"
    assert (second.status, second.new_images) == (RunStatus.OK, 0), "told once"


async def test_a_failing_image_is_tried_again_next_time(bench: Bench) -> None:
    await one_copy(bench)
    bench.site.fails[COPY] = Outcome(OutcomeKind.TIMEOUT, "no answer in 60 s", "nothing to do")
    first = await bench.run()
    assert (first.status, first.matches) == (RunStatus.PARTIAL, 0)
    bench.site.fails.clear()
    assert (await bench.run()).new_sightings == 1


async def test_a_watch_that_cannot_see_failed(bench: Bench) -> None:
    await one_copy(bench)
    bench.site.fails[THREAD] = Outcome(OutcomeKind.BLOCKED, "the server says 403", "ask the site")
    report = await bench.run()
    assert report.status is RunStatus.FAILED
    assert [(error.kind, error.remedy) for error in report.errors] == [("blocked", "ask the site")]
    assert bench.store.runs.last_good("default", "forum") is None


async def test_caps_are_said(bench: Bench) -> None:
    await one_copy(bench)
    report = await bench.run(replace(FORUM, images=replace(FORUM.images, max_images=1)))
    assert [(limit.what, limit.at) for limit in report.limits] == [("images", 1)]
    assert report.images == 1


async def test_what_was_removed_and_is_back_is_told_again(bench: Bench) -> None:
    await one_copy(bench)
    await bench.run()
    (sighting,) = bench.store.sightings.all()
    bench.store.sightings.save(replace(sighting, status=Status.REMOVED, removed_at=bench.clock()))
    (told,) = every_alert(bench.store, "default")
    bench.store.alerts.save(replace(told, delivery=Delivery.SENT, sent_at=bench.clock()))
    bench.clock.forward(days=2)
    await bench.run()
    (again,) = bench.store.sightings.all()
    assert (again.id, again.incident, again.status) == (sighting.id, sighting.incident, Status.REAPPEARED)
    anew = [alert for alert in every_alert(bench.store, "default") if alert.id != told.id]
    assert [(alert.kind, alert.sightings) for alert in anew] == [(AlertKind.REAPPEARED, (sighting.id,))]


async def test_what_was_closed_as_under_18_is_never_asked_for_again(bench: Bench) -> None:
    await one_copy(bench)
    await bench.run()
    (sighting,) = bench.store.sightings.all()
    (closed,) = bench.decisions.close_under_18(sighting.id, case="default").sightings
    assert PHOTOS[0].stem not in [reference.label for reference in bench.store.references.all("default")]
    assert (closed.match.reference, closed.image_digest, closed.place.image_url) == (None, "", COPY)
    assert list(bench.settings.vault_dir.glob("*.age")) == []
    bench.site.asked.clear()
    bench.site.put(THREAD, page(COPY, OTHER, more="changed"))
    await bench.run()
    assert COPY not in bench.site.urls_asked()
    assert THREAD not in bench.site.urls_asked()


async def test_a_photo_enrolled_later_is_found_among_what_was_seen_without_a_request(bench: Bench) -> None:
    await bench.enroll(PHOTOS[1:3])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    assert (await bench.run()).matches == 0
    bench.site.asked.clear()
    await bench.enroll(PHOTOS[:1])
    await bench.run()
    assert COPY not in bench.site.urls_asked()
    (sighting,) = bench.store.sightings.all()
    assert sighting.match.label == PHOTOS[0].stem
    assert len(every_alert(bench.store, "default")) == 1


async def test_a_vault_that_cannot_be_written_does_not_lose_the_find(bench: Bench) -> None:
    await one_copy(bench)
    bench.settings.vault_dir.mkdir(parents=True)
    bench.settings.vault_dir.rmdir()
    bench.settings.vault_dir.write_text("a file where the folder should be")
    report = await bench.run()
    assert report.new_sightings == 1
    assert len(every_alert(bench.store, "default")) == 1
    assert bench.store.evidence.all("default") == []


async def test_what_hashes_decided_is_not_asked_for_again_for_the_detector(bench: Bench) -> None:
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, features=True))
    await one_copy(bench)
    await bench.run()
    bench.site.asked.clear()
    bench.site.put(THREAD, page(COPY, OTHER, more="changed"))
    report = await bench.run()
    assert bench.site.urls_asked() == [THREAD]
    assert (report.not_modified, report.matches) == (2, 1)


async def test_pictures_written_into_the_page_are_matched_and_the_others_are_not_kept(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    ours, theirs = copy_of(PHOTOS[0]), OTHERS[0].read_bytes()
    uris = [f"data:image/jpeg;base64,{base64.b64encode(body).decode()}" for body in (ours, theirs)]
    bench.site.put(THREAD, page(*uris))
    first = await bench.run()
    assert (first.images, first.matches, first.errors) == (2, 1, ())
    (sighting,) = bench.store.sightings.all()
    assert sighting.place.image_url == f"data:sha256,{sighting.image_digest}"
    kept = unpack(bench.store.seen.get("default", [THREAD])[THREAD].remembered)
    assert kept is not None
    assert "base64" not in repr(kept)
    again = await bench.run()
    assert (again.new_sightings, again.matches, again.errors) == (0, 1, ())


async def test_a_page_with_pictures_in_it_is_read_again_while_they_are_undecided(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    uri = f"data:image/jpeg;base64,{base64.b64encode(copy_of(PHOTOS[1])).decode()}"
    bench.site.put(THREAD, page(uri))
    assert (await bench.run()).matches == 0
    await bench.enroll(PHOTOS[1:2])
    again = await bench.run()
    assert again.errors == ()
    assert len(bench.store.sightings.all()) == 1


async def test_a_reader_that_died_is_no_verdict_for_ever(bench: Bench) -> None:
    """A picture that killed its reader is not tried again by itself, but with the next set of references."""
    await one_copy(bench)
    bench.reader.dies_on.add(bench.site.files[COPY][1])
    assert [error.kind for error in (await bench.run()).errors] == ["reader_died"]
    bench.reader.dies_on.clear()
    bench.site.put(THREAD, page(COPY, OTHER, more="changed"))
    assert (await bench.run()).matches == 0
    await bench.enroll(PHOTOS[3:4])
    bench.site.put(THREAD, page(COPY, OTHER, more="changed again"))
    assert (await bench.run()).matches == 1


async def test_bytes_are_counted_within_a_page_too(bench: Bench) -> None:
    """One page may name pictures without end: the cap holds before its last one, and the rest comes next time."""
    many = [f"https://cdn.example/{number}.jpg" for number in range(24)]
    bench.site.put(THREAD, page(*many))
    for number, url in enumerate(many):
        bench.site.put(url, small(OTHERS[number % 5]) + bytes([number]), "image/jpeg")
    cap = 10 * max(len(small(one)) for one in OTHERS[:5])
    bench.settings = replace(bench.settings, crawl=replace(bench.settings.crawl, max_run_bytes=cap))
    seen = []
    for _ in range(3):
        report = await bench.run()
        seen.append(report.new_images)
        assert report.images == report.images_seen == sum(seen)
        if report.new_images:
            assert [(limit.what, limit.at) for limit in report.limits] == [("bytes", cap)] * (sum(seen) < len(many))
    assert seen == [16, 8, 0]


async def test_a_place_with_more_pictures_than_the_cap_is_seen_whole_over_several_runs(bench: Bench) -> None:
    """What is known costs nothing and must not take the place of what was never looked at."""
    many = [f"https://cdn.example/{number}.jpg" for number in range(25)]
    bench.site.put(THREAD, page(*many[:12], more='<a rel="next" href="/t/1?page=2">next</a>'))
    bench.site.put(f"{THREAD}?page=2", page(*many[12:]))
    for number, url in enumerate(many):
        bench.site.put(url, small(OTHERS[number % 5]) + bytes([number]), "image/jpeg")
    watch = replace(FORUM, images=ImageRules(max_images=10))
    seen = []
    for _ in range(4):
        report = await bench.run(watch)
        seen.append((report.new_images, report.images, len(report.limits)))
    assert seen == [(10, 10, 1), (10, 20, 1), (5, 25, 0), (0, 25, 0)]


async def test_an_unchanged_page_is_gone_through_again_when_the_photos_have_changed(bench: Bench) -> None:
    """Of its picture nothing is kept any more by which the new photo could be compared."""
    await bench.enroll(PHOTOS[1:3])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    assert (await bench.run()).matches == 0
    bench.store.candidates.forget_before("default", bench.clock() + timedelta(days=1))
    bench.site.asked.clear()
    await bench.run()
    assert COPY not in bench.site.urls_asked(), "all of it is decided"
    await bench.enroll(PHOTOS[:1])
    await bench.run()
    assert COPY in bench.site.urls_asked()
    assert [one.match.label for one in bench.store.sightings.all()] == [PHOTOS[0].stem]
