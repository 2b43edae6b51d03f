"""A link that she filed by hand: its picture is kept where she names it, where it is what the address gives, or where
it matches one of her photos; no other picture of the page is kept, and what she can do is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.matching.matcher import PhotoMatcher
from monitor.model.capture import CaptureState
from monitor.model.evidence import EvidenceKind
from monitor.model.fingerprint import ImageReading
from monitor.model.match import Match, Tier
from monitor.model.sighting import Sighting, Status
from monitor.pipeline.wanted_captures import take_wanted
from monitor.services.evidence import EvidenceService, Holding
from monitor.vault.age import open_sealed
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, page, small

CASE = "default"
SITE = "https://forum.example"
PAGE, CAT, THUMB, LOGO = f"{SITE}/t/9", f"{SITE}/user/cat.jpg", f"{SITE}/thumb/cat.jpg", f"{SITE}/logo.jpg"
LINKED = f'<article><a href="{CAT}"><img src="{THUMB}"></a></article>'


async def kept_of(bench: Bench, sighting: Sighting) -> Holding:
    await take_wanted(CASE, {}, bench.dependencies())
    service = EvidenceService(bench.store, bench.settings, bench.clock)
    return service.of(told(bench, sighting))


def told(bench: Bench, sighting: Sighting) -> Sighting:
    found = bench.store.sightings.get(CASE, sighting.id)
    assert found is not None
    return found


def pictures(bench: Bench, holding: Holding) -> list[bytes]:
    files = [one.file for one in holding.items if one.kind is EvidenceKind.IMAGE]
    return [open_sealed(bench.settings.vault_dir / file.path, bench.identity) for file in files]


def why(holding: Holding, kind: EvidenceKind = EvidenceKind.IMAGE) -> str:
    return next(one.why for one in holding.lacks if one.kind is kind)


def shown(bench: Bench) -> None:
    bench.site.put(LOGO, small(OTHERS[0]), "image/jpeg")
    bench.site.put(CAT, small(PHOTOS[0]), "image/jpeg")
    bench.site.put(THUMB, small(PHOTOS[0]), "image/jpeg")
    bench.site.put(PAGE, page(LOGO, more=LINKED))


async def test_the_picture_itself_is_kept_at_her_word(bench: Bench) -> None:
    bench.site.put(CAT, small(PHOTOS[0]), "image/jpeg")
    holding = await kept_of(bench, bench.decisions.add(CAT, case=CASE))
    assert pictures(bench, holding) == [small(PHOTOS[0])]
    assert bench.site.urls_asked() == [CAT]
    assert "itself a picture" in why(holding, EvidenceKind.PAGE) and "draw" in why(holding, EvidenceKind.SCREENSHOT)
    assert (holding.sighting.place.image_url, holding.sighting.match.reference) == (CAT, None)
    assert not holding.sighting.is_compared and "no program" in holding.sighting.match.reason


async def test_the_picture_of_the_page_that_matches_is_hers(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    shown(bench)
    holding = await kept_of(bench, bench.decisions.add(PAGE, case=CASE))
    assert pictures(bench, holding) == [small(PHOTOS[0])]
    sighting = holding.sighting
    assert sighting.place.page_url == PAGE and sighting.place.image_url == CAT and sighting.image_digest
    assert sighting.match.tier is Tier.MATCH and sighting.match.reference and sighting.is_compared
    assert sighting.status is Status.CONFIRMED
    (capture,) = holding.captures
    assert capture.state is CaptureState.WHOLE
    again = bench.decisions.add(PAGE, case=CASE)
    assert again.id == sighting.id


async def test_a_look_of_a_watch_finds_the_same_sighting(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    shown(bench)
    holding = await kept_of(bench, bench.decisions.add(PAGE, case=CASE))
    await bench.run(replace(FORUM, urls=(PAGE,)))
    assert [one.id for one in bench.store.sightings.all(CASE)] == [holding.sighting.id]


async def test_beside_a_find_of_a_watch_there_is_no_second_one_of_the_copy(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    shown(bench)
    await bench.run(replace(FORUM, urls=(PAGE,)))
    holding = await kept_of(bench, bench.decisions.add(PAGE, case=CASE))
    assert len(pictures(bench, holding)) == 1
    assert "another sighting" in holding.sighting.match.reason


@pytest.mark.parametrize(
    ("enrolled", "said"), [(0, "No photo is enrolled"), (1, "none matches")], ids=["nothing enrolled", "none matches"]
)
async def test_where_none_can_be_told_she_is_told_to_name_it(bench: Bench, enrolled: int, said: str) -> None:
    shown(bench)
    if enrolled:
        await bench.enroll(PHOTOS[1:2])
    holding = await kept_of(bench, bench.decisions.add(PAGE, case=CASE))
    assert not pictures(bench, holding) and EvidenceKind.PAGE in holding.has
    assert said in why(holding) and "--picture" in why(holding)
    if not enrolled:
        assert bench.site.urls_asked() == [PAGE], "nothing to compare with"
    named = bench.decisions.add(PAGE, case=CASE, picture=CAT)
    assert named.id == holding.sighting.id
    holding = await kept_of(bench, named)
    assert pictures(bench, holding) == [small(PHOTOS[0])]
    assert not holding.sighting.is_compared


async def test_a_picture_that_is_only_possible_is_told_and_not_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.enroll(PHOTOS[:1])
    shown(bench)
    (photo,) = bench.store.references.all(CASE)

    def possible(matcher: PhotoMatcher, reading: ImageReading) -> Match:
        return Match(Tier.POSSIBLE, 0.4, "a doubt", photo.id)

    monkeypatch.setattr(PhotoMatcher, "fast", possible)
    holding = await kept_of(bench, bench.decisions.add(PAGE, case=CASE))
    assert not pictures(bench, holding)
    assert "perhaps" in why(holding) and SITE in why(holding)


@pytest.mark.parametrize(
    ("body", "said"), [(None, "did not come"), ("<p>log in</p>", "no picture")], ids=["gone", "a page in its place"]
)
async def test_what_she_named_and_did_not_come_is_said(bench: Bench, body: str | None, said: str) -> None:
    bench.site.put(PAGE, page())
    if body is not None:
        bench.site.put(CAT, body)
    holding = await kept_of(bench, bench.decisions.add(PAGE, case=CASE, picture=CAT))
    assert not pictures(bench, holding) and said in why(holding)


async def test_asked_for_by_hand_the_intent_that_waits_is_taken_up(bench: Bench) -> None:
    shown(bench)
    sighting = bench.decisions.add(PAGE, case=CASE)
    (waits,) = bench.store.captures.wanted(CASE)
    (asked,) = EvidenceService(bench.store, bench.settings, bench.clock).ask([sighting.id], case=CASE)
    assert asked.id == waits.id
    await take_wanted(CASE, {}, bench.dependencies(), only={asked.id})
    assert not bench.store.captures.wanted(CASE) and len(bench.store.captures.all(CASE)) == 1
