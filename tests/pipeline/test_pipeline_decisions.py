"""What a "not mine" and a "not here" reach, beside pictures that were made to carry an enrolled photo's hash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from PIL import Image

from bench.hybrids import WAYS, grey
from bench.hybrids import jpeg as grey_jpeg
from monitor.matching.decide import decide
from monitor.matching.matcher import PhotoMatcher
from monitor.matching.reading.fingerprint import read_image, read_photo
from monitor.model.capture import CaptureCause
from monitor.model.ids import CaseId, ReferenceId
from monitor.model.match import MATCHER, Tier
from monitor.model.sighting import Decision, Sighting, Status
from monitor.pipeline.assigning import told_as
from monitor.pipeline.housekeeping import keep_house
from monitor.pipeline.wanted_captures import take_wanted
from monitor.services import decisions
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page
from tests.store.store_values import a_sighting
from tests.stores import every_alert

THREAD = "https://forum.example/t/1"
HEDGEHOG = next(path for path in PHOTOS if path.stem == "hedgehog")
CATHEDRAL = next(path for path in OTHERS if path.stem == "berlin_cathedral")
FIRST, SECOND, THIRD, FOURTH = (f"https://cdn.example/{n}.jpg" for n in ("first", "second", "third", "fourth"))


@cache
def made(way: str = "signs", quality: int = 90) -> bytes:
    """A cathedral at distance nearly 0 from the hedgehog."""
    pictures = []
    for path in (HEDGEHOG, CATHEDRAL):
        with Image.open(path) as image:
            pictures.append(grey(image))
    return grey_jpeg(WAYS[way](*pictures), quality)


def real(quality: int = 60) -> bytes:
    return copy_of(HEDGEHOG, quality=quality)


@pytest.fixture
async def asked(bench: Bench) -> Bench:
    """With local features, and the hedgehog enrolled."""
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, features=True))
    await bench.enroll([HEDGEHOG])
    return bench


async def shown(bench: Bench, *pictures: tuple[str, bytes]) -> list[Sighting]:
    """The thread shows these now; what a visit made of it."""
    bench.site.put(THREAD, page(*(url for url, _ in pictures)))
    for url, body in pictures:
        bench.site.put(url, body, "image/jpeg")
    await bench.run()
    return list(bench.store.sightings.all())


def dismiss(bench: Bench, sighting: Sighting) -> Sighting:
    return bench.decisions.dismiss(sighting.id, case="default")


def leave(bench: Bench, sighting: Sighting) -> Sighting:
    return bench.decisions.leave(sighting.id, case="default")


def undo(bench: Bench, sighting: Sighting) -> Sighting:
    return bench.decisions.undo(sighting.id, case="default")


def tiers(bench: Bench) -> dict[str, Tier]:
    return {item.place.image_url: item.match.tier for item in bench.store.sightings.all()}


def alerts(bench: Bench) -> int:
    return sum(alert.count for alert in every_alert(bench.store, "default"))


@pytest.mark.rows(1)
@pytest.mark.parametrize("way", ["signs", "least change", "signs, both hashes", "signs, mirrored"])
async def test_a_made_picture_is_for_the_review_and_hides_nothing(asked: Bench, way: str) -> None:
    (found,) = await shown(asked, (FIRST, made(way)))
    assert (found.match.tier, alerts(asked)) == (Tier.POSSIBLE, 0)
    assert "local features do not agree" in found.match.reason
    dismiss(asked, found)
    assert len(await shown(asked, (SECOND, made(way)))) == 1, "those bytes are quiet everywhere"
    await shown(asked, (THIRD, real()))
    assert (tiers(asked), alerts(asked)) == ({FIRST: Tier.POSSIBLE, THIRD: Tier.MATCH}, 1)


async def test_the_photo_and_its_copies_are_told_whatever_was_dismissed(asked: Bench) -> None:
    """Even one of themselves, by mistake."""
    (found,) = await shown(asked, (FIRST, real()))
    dismiss(asked, found)
    assert len(await shown(asked, (SECOND, real()))) == 1, "those bytes are quiet everywhere"
    await shown(asked, (THIRD, real(75)), (FOURTH, HEDGEHOG.read_bytes()))
    assert alerts(asked) == 3
    undo(asked, found)
    assert asked.store.dismissals.of("default", str(found.match.reference)) == []


async def test_another_encoding_of_what_was_dismissed_stays_quiet(asked: Bench) -> None:
    (found,) = await shown(asked, (FIRST, made()))
    reference = asked.store.references.all("default")[0]
    near, far = (read_image(made(quality=q)).frames[0].pdq_turns[0] for q in (90, 70))
    assert near != reference.fingerprint.pdq.bits
    assert (int.from_bytes(near) ^ int.from_bytes(far)).bit_count() < reference.fingerprint.pdq.distance(
        replace(reference.fingerprint.pdq, bits=far)
    ), "else this shows nothing"
    dismiss(asked, found)
    assert len(await shown(asked, (SECOND, made(quality=70)))) == 1


async def test_hashes_alone_say_so_and_what_they_cannot_tell_apart_is_told(bench: Bench) -> None:
    await bench.enroll([HEDGEHOG])
    (found,) = await shown(bench, (FIRST, made()))
    assert found.match.tier is Tier.MATCH
    assert "rests on hashes alone" in found.match.reason
    dismiss(bench, found)
    assert len(await shown(bench, (SECOND, made()))) == 1
    assert len(await shown(bench, (THIRD, real()))) == 2


async def test_left_alone_is_one_place_and_no_other(asked: Bench) -> None:
    (found,) = await shown(asked, (FIRST, real()))
    left = leave(asked, found)
    assert (left.status, left.decision) == (Status.DISMISSED, Decision.NOT_HERE)
    asked.clock.forward(days=31)
    (still,) = await shown(asked, (FIRST, real()))
    assert (still.status, alerts(asked)) == (Status.DISMISSED, 1)
    keep_house(asked.store, asked.settings, asked.clock())
    assert "image" in {item.kind for item in asked.store.evidence.all("default", found.id)}, "evidence of hers"
    assert len(await shown(asked, (FIRST, real()), (SECOND, real()))) == 2, "the same bytes in another post"
    other = replace(FORUM, name="other", urls=("https://other.example/",))
    asked.site.put("https://other.example/", page(FIRST))
    await asked.run(other)
    assert len(asked.store.sightings.all()) == 3, "the same file on another page"
    assert undo(asked, found).status is Status.NEW


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("words", "quiet_elsewhere"),
    [
        pytest.param((dismiss, leave), False, id="not mine, then only not here"),
        pytest.param((leave, dismiss), True, id="not here, then not mine"),
        pytest.param((dismiss, undo), False, id="taken back"),
        pytest.param((leave, undo), False, id="left alone, taken back"),
        pytest.param((dismiss, leave, dismiss), True, id="to and fro"),
    ],
)
async def test_the_later_word_counts(
    asked: Bench, words: tuple[Callable[[Bench, Sighting], Sighting], ...], quiet_elsewhere: bool
) -> None:
    (found,) = await shown(asked, (FIRST, real()))
    for word in words:
        word(asked, found)
    assert len(await shown(asked, (FIRST, real()), (SECOND, real()))) == (1 if quiet_elsewhere else 2)


async def test_a_confirmation_takes_a_dismissal_back(asked: Bench) -> None:
    (found,) = await shown(asked, (FIRST, real()))
    dismiss(asked, found)
    confirmed = asked.decisions.confirm(found.id, case="default")
    assert (confirmed.status, confirmed.decision) == (Status.CONFIRMED, None)
    assert len(await shown(asked, (FIRST, real()), (SECOND, real()))) == 2


def images_kept(bench: Bench, sighting: Sighting) -> tuple[bool, int]:
    """Whether a row names one, and how many sealed files there are."""
    rows = bench.store.evidence.all("default", sighting.id)
    return any(item.kind == "image" for item in rows), len(list(bench.settings.vault_dir.glob("*.age")))


async def test_its_media_goes_a_day_after_it_was_dismissed(asked: Bench) -> None:
    (found,) = await shown(asked, (FIRST, real()))
    has, files = images_kept(asked, found)
    dismiss(asked, found)
    asked.clock.forward(hours=23)
    assert keep_house(asked.store, asked.settings, asked.clock()).dismissed_media == 0
    assert images_kept(asked, found) == (has, files) == (True, files)
    undo(asked, found)
    asked.clock.forward(days=2)
    assert keep_house(asked.store, asked.settings, asked.clock()).dismissed_media == 0
    assert images_kept(asked, found) == (True, files), "taken back in time"
    dismiss(asked, found)
    asked.clock.forward(days=1)
    assert keep_house(asked.store, asked.settings, asked.clock()).dismissed_media == 2, "its archive too"
    assert images_kept(asked, found) == (False, files - 2)
    assert keep_house(asked.store, asked.settings, asked.clock()).dismissed_media == 0
    assert asked.store.sightings.all()[0].status is Status.DISMISSED


async def test_what_is_taken_back_too_late_is_sealed_again_where_it_stands(asked: Bench) -> None:
    (found,) = await shown(asked, (FIRST, real()))
    dismiss(asked, found)
    asked.clock.forward(days=1)
    keep_house(asked.store, asked.settings, asked.clock())
    assert images_kept(asked, found)[0] is False
    undo(asked, found)
    (wanted,) = asked.store.captures.wanted("default")
    assert (wanted.cause, wanted.sightings) == (CaptureCause.UNDONE, (found.id,))
    await take_wanted(CaseId("default"), {FORUM.name: FORUM}, asked.dependencies())
    assert images_kept(asked, found)[0] is True


@pytest.mark.parametrize(
    ("quality", "status"),
    [
        pytest.param(60, Status.NEW, id="in time"),
        pytest.param(60, Status.REMOVED, id="not there any more"),
    ],
)
async def test_what_is_taken_back_is_asked_for_only_where_something_went(
    asked: Bench, quality: int, status: Status
) -> None:
    (found,) = await shown(asked, (FIRST, real(quality)))
    asked.store.sightings.save(replace(found, status=status, removed_at=asked.clock()))
    dismiss(asked, found)
    if status is Status.REMOVED:
        asked.clock.forward(days=1)
        keep_house(asked.store, asked.settings, asked.clock())
    assert undo(asked, found).status is status
    assert asked.store.captures.wanted("default") == []


async def test_what_a_slip_kept_quiet_elsewhere_is_told_once_it_is_taken_back(asked: Bench) -> None:
    """No page changes meanwhile: nothing but the word of the person does."""
    (found,) = await shown(asked, (FIRST, real()))
    dismiss(asked, found)
    other = asked.elsewhere("https://forum.example/t/2")
    asked.site.put(other.urls[0], page(SECOND))
    asked.site.put(SECOND, real(), "image/jpeg")
    await asked.run(other)
    assert len(asked.store.sightings.all()) == 1
    undo(asked, found)
    asked.clock.forward(hours=1)
    await asked.run(other)
    assert {one.place.page_url for one in asked.store.sightings.all()} == {THREAD, *other.urls}


async def test_kept_hashes_alone_are_for_the_review_until_it_is_looked_at_again(bench: Bench) -> None:
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, features=True))
    await bench.enroll(PHOTOS[:1])
    assert await shown(bench, (FIRST, made()), (SECOND, real())) == []
    await bench.enroll([HEDGEHOG])
    parts = bench.dependencies()
    from monitor.pipeline.retroactive import compare_kept

    assert await compare_kept(FORUM, parts) == 2
    found = list(bench.store.sightings.all())
    assert {item.match.tier for item in found} == {Tier.POSSIBLE}
    assert all("have not been asked yet" in item.match.reason for item in found)
    assert alerts(bench) == 0
    await bench.run()
    assert tiers(bench) == {FIRST: Tier.POSSIBLE, SECOND: Tier.MATCH}
    assert alerts(bench) == 1
    (sure,) = (item for item in bench.store.sightings.all() if item.match.tier is Tier.MATCH)
    assert "image" in {item.kind for item in bench.store.evidence.all("default", sure.id)}


async def test_a_matcher_that_finds_more_looks_again_at_what_was_seen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, features=True))
    await bench.enroll([HEDGEHOG])
    with monkeypatch.context() as earlier:
        nothing = decide(None, None, None, bench.settings.match)
        for verb in ("fast", "full"):
            earlier.setattr(PhotoMatcher, verb, lambda self, reading: nothing)
        assert await shown(bench, (SECOND, real())) == []
        await bench.run()
    await bench.run()
    assert tiers(bench) == {}, "what is settled stays so"
    monkeypatch.setattr("monitor.pipeline.dependencies.MATCHER", MATCHER + 1)
    await bench.run()
    assert tiers(bench) == {SECOND: Tier.MATCH}


async def test_a_near_copy_enrolled_apart_makes_no_second_find_of_one_copy(asked: Bench) -> None:
    """As an earlier release left them: what is kept is compared with hashes alone, and then looked at."""
    (found,) = await shown(asked, (FIRST, real()))
    (hedgehog,) = asked.store.references.all("default")
    of_copy = read_photo(real(), features=True).fingerprint
    asked.store.references.add(replace(hedgehog, id=ReferenceId("apart"), label="apart", fingerprint=of_copy))
    asked.store.references.remove(hedgehog.case, hedgehog.id)  # so that the near copy is the one that is found
    asked.store.references.add(replace(hedgehog, enrolled_at=asked.clock()))
    for _ in range(2):
        await asked.run()
        (now,) = asked.store.sightings.all()
        assert (now.id, now.match.reference, now.match.tier) == (found.id, hedgehog.id, Tier.MATCH)
    assert alerts(asked) == 1
    deps, near = asked.dependencies(), replace(found.match, reference=ReferenceId("apart"))
    for url, reference in ((FIRST, hedgehog.id), (SECOND, "apart")):
        place = replace(found.place, image_url=url)
        told = told_as(near, place, found.image_digest, CaseId("default"), deps.store, deps.matcher)
        assert told.reference == reference


async def test_what_hashes_suspect_is_looked_at_though_the_detectors_time_is_up(asked: Bench) -> None:
    asked.settings = replace(asked.settings, match=replace(asked.settings.match, budget_seconds=0))
    (found,) = await shown(asked, (FIRST, real()))
    assert found.match.tier is Tier.MATCH


async def test_where_features_cannot_be_read_hashes_have_the_last_word(
    asked: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.errors import UnreadableImage, UnreadableKind
    from monitor.ports import Detail

    plain = asked.reader.image

    async def dies_of_features(untrusted: bytes, detail: Detail) -> object:
        if detail is Detail.FEATURES:
            raise UnreadableImage("the reader died of it", kind=UnreadableKind.READER_DIED)
        return await plain(untrusted, detail)

    monkeypatch.setattr(asked.reader, "image", dies_of_features)
    (found,) = await shown(asked, (FIRST, real()))
    assert found.match.tier is Tier.MATCH
    assert "rests on hashes alone" in found.match.reason


async def test_a_dismissal_of_an_older_version_hides_nothing_either(asked: Bench) -> None:
    """It knew no tier, and covered everything within 12 bits."""
    (found,) = await shown(asked, (FIRST, made()))
    dismiss(asked, found)
    kept = asked.store.dismissals.of("default", str(found.match.reference))
    for item in kept:
        asked.store.dismissals.add("default", str(found.match.reference), replace(item, tier=None))
    await shown(asked, (SECOND, real()))
    assert tiers(asked) == {FIRST: Tier.POSSIBLE, SECOND: Tier.MATCH}


@pytest.mark.parametrize("many", [0, 1, 3, 4, 7])
def test_the_list_is_whole_however_many_parts_it_comes_in(
    many: int, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "_IN_HAND", 3)
    store = bench.store
    kept = [a_sighting(number, id=f"s{number}", status=list(Status)[number % 2]) for number in range(many)]
    for sighting in kept:
        store.sightings.save(sighting)
    service = decisions.DecisionService(store, bench.settings, bench.clock)
    assert [found.id for found in service.listed("default")] == [sighting.id for sighting in kept]
    wanted = next(iter(Status))
    assert [found.id for found in service.listed("default", [wanted])] == [s.id for s in kept if s.status is wanted]
