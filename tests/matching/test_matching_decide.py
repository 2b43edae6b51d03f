"""From evidence to an answer: every threshold on both sides, and the words that the person reads."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.matching.decide import (
    SURE_PLACES,
    FeatureEvidence,
    HashEvidence,
    NamedPhoto,
    decide,
)
from monitor.matching.second_word import seconded, unasked, weighed
from monitor.matching.witness import Witness
from monitor.model.ids import ReferenceId
from monitor.model.match import Match, Method, Region, Tier
from monitor.model.settings import MatchSettings

SETTINGS = MatchSettings()
PHOTO = NamedPhoto(ReferenceId("r1"), "bedroom")
MATCH, POSSIBLE, NONE = Tier.MATCH, Tier.POSSIBLE, Tier.NONE
WHOLE = Region(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))


def by_hash(distance: int, *, phash: int | None = None, quality: int = 100, turn: int = 0) -> Match:
    return decide(PHOTO, HashEvidence(distance, turn, quality, phash), None, SETTINGS)


def by_features(
    places: int = SURE_PLACES, check: float | None = None, *, angle: float = 0.0, region: Region = WHOLE, **more: Any
) -> Match:
    return decide(PHOTO, None, FeatureEvidence(places, check, 1.0, region, angle, **more), SETTINGS)


@pytest.mark.parametrize("places", [4, 8, SURE_PLACES, 60])
def test_a_stamp_that_agrees_is_no_match(places: int) -> None:
    found = by_features(places, 0.4, laid_over=True)
    assert found.tier is NONE
    assert "stamp" in found.reason


@pytest.mark.parametrize(("places", "tier"), [(60, POSSIBLE), (8, POSSIBLE), (7, NONE)])
def test_where_that_cannot_be_said_it_is_possible(places: int, tier: Tier) -> None:
    assert by_features(places, 0.4, laid_over=None).tier is tier


@pytest.mark.parametrize(
    ("places", "uncovered", "more", "tier"),
    [
        pytest.param(4, (0.99, 60), {}, MATCH, id="a few places, and the greys around the bar"),
        pytest.param(4, (0.99, 60), {"laid_over": True}, MATCH, id="the greys around say that it is no stamp"),
        pytest.param(3, (0.99, 60), {}, NONE, id="too few places"),
        pytest.param(4, (0.97, 60), {}, POSSIBLE, id="hardly the same greys"),
        pytest.param(4, (0.94, 60), {}, NONE, id="other greys"),
        pytest.param(4, (0.99, 40), {}, POSSIBLE, id="hardly anything is left"),
        pytest.param(6, (0.99, 60), {"stretch": 1.3}, POSSIBLE, id="stretched"),
        pytest.param(9, (0.99, 60), {"moved": True}, POSSIBLE, id="seen from another place"),
        pytest.param(20, (0.5, 60), {}, MATCH, id="many places are believed as before"),
    ],
)
def test_what_a_bar_leaves(places: int, uncovered: tuple[float, int], more: dict[str, Any], tier: Tier) -> None:
    found = by_features(places, 0.0, uncovered=uncovered, **more)
    assert found.tier is tier
    assert ("a bar leaves" in found.reason) is (tier is not NONE)


@pytest.mark.parametrize(
    ("distance", "phash", "quality", "tier", "method"),
    [
        pytest.param(0, None, 100, MATCH, Method.PDQ, id="no difference"),
        pytest.param(50, None, 100, MATCH, Method.PDQ, id="a match, just"),
        pytest.param(51, None, 100, POSSIBLE, Method.PDQ, id="not a match any more"),
        pytest.param(64, None, 100, POSSIBLE, Method.PDQ, id="possible, just"),
        pytest.param(65, None, 100, NONE, Method.PDQ, id="not possible any more"),
        pytest.param(256, None, 100, NONE, Method.PDQ, id="its very opposite"),
        pytest.param(50, 6, 100, MATCH, Method.PDQ, id="both say so: by PDQ"),
        pytest.param(51, 6, 100, MATCH, Method.PHASH, id="possible, lifted to a match"),
        pytest.param(64, 6, 100, MATCH, Method.PHASH, id="possible, just, and lifted"),
        pytest.param(65, 6, 100, POSSIBLE, Method.PHASH, id="lifted by one tier and no more"),
        pytest.param(51, 7, 100, POSSIBLE, Method.PDQ, id="pHash does not agree"),
        pytest.param(65, 10, 100, POSSIBLE, Method.PHASH, id="pHash says possible, just"),
        pytest.param(65, 11, 100, NONE, Method.PDQ, id="nor does pHash"),
        pytest.param(0, 0, 0, NONE, Method.PDQ, id="both are too flat"),
        pytest.param(0, 7, 49, POSSIBLE, Method.PDQ, id="rather flat, and pHash does not agree"),
        pytest.param(0, 6, 49, MATCH, Method.PDQ, id="rather flat, and pHash agrees"),
        pytest.param(0, None, 50, MATCH, Method.PDQ, id="not flat, just"),
    ],
)
def test_what_hashes_say(distance: int, phash: int | None, quality: int, tier: Tier, method: Method) -> None:
    answer = by_hash(distance, phash=phash, quality=quality)
    assert (answer.tier, answer.method, answer.reference) == (tier, method, "r1")
    assert answer.distance == (phash if method is Method.PHASH else distance)
    assert 0 <= answer.score <= 1
    assert ("flat" in answer.reason) == (distance == 0 and tier is not MATCH)


@pytest.mark.parametrize(
    ("places", "check", "tier"),
    [
        pytest.param(0, None, NONE, id="nothing agrees"),
        pytest.param(2, 1.0, NONE, id="two places"),
        pytest.param(3, 0.97, NONE, id="three, greys nearly alike"),
        pytest.param(3, 0.98, POSSIBLE, id="three, greys alike"),
        pytest.param(4, 0.87, NONE, id="four, not alike enough"),
        pytest.param(4, 0.88, MATCH, id="four and alike"),
        pytest.param(5, 0.0, POSSIBLE, id="five, not alike"),
        pytest.param(6, 0.75, POSSIBLE, id="six, not alike enough"),
        pytest.param(6, 0.76, MATCH, id="six and alike"),
        pytest.param(7, None, POSSIBLE, id="seven, too little to correlate"),
        pytest.param(8, None, MATCH, id="eight, too little to correlate"),
        pytest.param(8, 0.3, POSSIBLE, id="eight, not alike"),
        pytest.param(9, 0.0, MATCH, id="nine, whatever the greys say"),
        pytest.param(14, 0.0, MATCH, id="fourteen"),
        pytest.param(5_000, 1.0, MATCH, id="thousands"),
    ],
)
def test_what_features_say(places: int, check: float | None, tier: Tier) -> None:
    answer = by_features(places, check)
    assert (answer.tier, answer.method, answer.distance) == (tier, Method.FEATURES, None)
    assert 0 <= answer.score <= 1


@pytest.mark.parametrize(
    ("places", "check", "elsewhere", "more", "tier"),
    [
        pytest.param(4, 0.9, 0.39, {"least": 0.0}, MATCH, id="few, and not alike elsewhere"),
        pytest.param(4, 0.99, 0.4, {"least": 0.96}, NONE, id="few, alike elsewhere too: a figure at another window"),
        pytest.param(4, 0.99, 0.4, {"least": 0.97}, MATCH, id="soft, and the photo's own greys nearly everywhere"),
        pytest.param(4, 0.99, 0.4, {"least": 0.97, "stretch": 1.13}, NONE, id="its greys, but laid on stretched"),
        pytest.param(8, 0.98, 0.8, {"least": 0.95}, MATCH, id="nothing but shading, and the photo's own"),
        pytest.param(8, 0.98, 0.8, {"least": 0.94}, NONE, id="nothing but shading, nearly its own"),
        pytest.param(7, 0.98, 0.8, {"least": 0.96}, NONE, id="seven places ask for more of its own"),
        pytest.param(4, 0.9, 0.33, {"least": 0.5, "stretch": 1.18}, NONE, id="a dark room, stretched"),
        pytest.param(4, 0.9, 0.33, {"least": 0.75, "stretch": 1.18}, MATCH, id="a small copy, stretched"),
        pytest.param(7, 0.992, 0.95, {"least": 0.9, "stretch": 1.06}, NONE, id="a figure, a little stretched"),
        pytest.param(7, 0.998, 0.95, {"least": 0.9, "stretch": 1.24}, MATCH, id="a wall, squeezed"),
        pytest.param(7, 0.99, 0.8, {"least": 0.0}, MATCH, id="nothing but shading, with stickers on it"),
        pytest.param(7, 0.99, 0.79, {"least": 0.0}, NONE, id="a figure before it"),
        pytest.param(7, 0.98, 0.98, {"least": 0.97, "stretch": 1.22}, NONE, id="a sunset: not even possible"),
        pytest.param(13, 0.99, 0.98, {"moved": True}, NONE, id="a sunset, seen from another place"),
        pytest.param(16, 0.99, 0.98, {"moved": True}, NONE, id="a sunset with many places, seen from another place"),
        pytest.param(16, 0.99, 0.98, {"least": 0.0}, MATCH, id="many places on what they lie"),
        pytest.param(8, 0.9, 0.69, {"least": 0.0}, MATCH, id="eight: less of a fall is asked"),
        pytest.param(8, 0.0, 0.0, {"least": 0.0}, POSSIBLE, id="a bar: the greys there agree with nothing"),
        pytest.param(13, 0.9, 0.71, {"least": 0.0}, NONE, id="thirteen, and hardly any fall"),
        pytest.param(20, 0.9, 0.71, {"moved": True}, POSSIBLE, id="twenty, and hardly any fall"),
        pytest.param(3, 0.99, 0.5, {"apart": 45.0}, POSSIBLE, id="three and alike in all"),
        pytest.param(3, 0.99, 0.5, {"apart": 46.0}, NONE, id="three, descriptors less alike"),
    ],
)
def test_soft_shading_is_alike_anywhere(
    places: int, check: float, elsewhere: float, more: dict[str, Any], tier: Tier
) -> None:
    assert by_features(places, check, elsewhere=elsewhere, **more).tier is tier


@pytest.mark.parametrize(
    ("places", "check", "tier"),
    [
        pytest.param(47, 0.75, POSSIBLE, id="other things of the room stand elsewhere"),
        pytest.param(10, 0.82, POSSIBLE, id="a castle from nearly the same place"),
        pytest.param(20, 0.83, MATCH, id="greys that are its own: a pattern in it"),
        pytest.param(20, None, MATCH, id="a crop too small to ask"),
    ],
)
def test_what_lies_loosely_needs_the_photos_own_greys(places: int, check: float | None, tier: Tier) -> None:
    assert by_features(places, check, loose=True).tier is tier


@pytest.mark.parametrize(
    ("places", "stretch", "tier"),
    [
        pytest.param(7, 1.35, POSSIBLE, id="a small part, as it is"),
        pytest.param(7, 1.36, NONE, id="a small part, stretched"),
        pytest.param(8, 2.0, MATCH, id="eight places"),
    ],
)
def test_little_that_shows_must_not_be_stretched(places: int, stretch: float, tier: Tier) -> None:
    assert by_features(places, None, stretch=stretch).tier is tier


@pytest.mark.parametrize(
    ("distance", "phash", "seen", "tier"),
    [
        pytest.param(100, 8, Witness(115, 7, 0.99, True, 0.95), NONE, id="pHash alone: another sunset"),
        pytest.param(
            100, 8, Witness(115, 7, 0.998, False, 0.95), POSSIBLE, id="pHash alone, and the photo's own greys"
        ),
        pytest.param(100, 8, Witness(115, 40, 0.5, False, 0.1), POSSIBLE, id="pHash alone, and its points"),
        pytest.param(60, None, Witness(115, 5, 0.99, False, 0.5), NONE, id="PDQ: a figure at another window"),
        pytest.param(60, None, Witness(115, 5, 0.5, False, 0.1), POSSIBLE, id="PDQ, of what is no soft shading"),
    ],
)
def test_hashes_that_are_not_sure_need_a_second_word(
    distance: int, phash: int | None, seen: Witness, tier: Tier
) -> None:
    answer = seconded(by_hash(distance, phash=phash), seen, alone=distance > SETTINGS.pdq_possible)
    assert answer.tier is tier
    assert 0 <= answer.score <= 1


@pytest.mark.parametrize(
    ("places", "check", "moved", "tier", "words"),
    [
        pytest.param(120, 0.96, True, POSSIBLE, "seen from another place", id="another view of the room"),
        pytest.param(120, 0.97, True, MATCH, "same picture", id="greys that no other view has"),
        pytest.param(12, 0.8, True, POSSIBLE, "seen from another place", id="few places from another view"),
        pytest.param(29, -0.01, False, MATCH, "the middle differs", id="another body on the photo's own ground"),
        pytest.param(29, 0.6, False, MATCH, "same picture", id="greys that agree"),
        pytest.param(4, 0.5, True, NONE, "nearest, but not the same", id="too few to be told"),
    ],
)
def test_the_same_scene_is_not_the_same_picture(places: int, check: float, moved: bool, tier: Tier, words: str) -> None:
    answer = by_features(places, check, moved=moved)
    assert answer.tier is tier
    assert words in answer.reason


@pytest.mark.parametrize("check", [None, 0.5, 1.0])
def test_more_places_are_never_less_sure(check: float | None) -> None:
    scores = [by_features(places, check).score for places in range(4, 300)]
    assert scores == sorted(scores)


def test_the_surer_of_both_answers_counts() -> None:
    near, far = HashEvidence(0, 0, 100), HashEvidence(100, 0, 100)
    many, few = FeatureEvidence(20, 1.0, 1.0, WHOLE, 0.0), FeatureEvidence(1, None, 1.0, WHOLE, 0.0)
    assert decide(PHOTO, near, few, SETTINGS).method is Method.PDQ
    assert decide(PHOTO, far, many, SETTINGS).method is Method.FEATURES
    nothing = (decide(None, near, many, SETTINGS), decide(PHOTO, None, None, SETTINGS))
    assert all((one.tier, one.score, one.reference) == (NONE, 0.0, None) for one in nothing)


@pytest.mark.parametrize(
    ("angle", "changes", "variant"),
    [
        pytest.param(0.0, {}, "as it is", id="as it is"),
        pytest.param(3.9, {}, "as it is", id="hardly tilted"),
        pytest.param(4.0, {}, "tilted", id="tilted"),
        pytest.param(-4.0, {}, "tilted", id="tilted the other way"),
        pytest.param(356.1, {}, "as it is", id="nearly all round"),
        pytest.param(90.0, {}, "turned 90", id="a quarter"),
        pytest.param(46.0, {}, "turned 90 and tilted", id="nearer to a quarter"),
        pytest.param(226.0, {}, "turned 270 and tilted", id="nearer to three"),
        pytest.param(180.0, {"mirrored": True}, "mirrored and turned 180", id="mirrored and turned"),
        pytest.param(10.0, {"mirrored": True, "inverted": True}, "mirrored and tilted and inverted", id="all at once"),
    ],
)
def test_how_the_copy_lies(angle: float, changes: dict[str, bool], variant: str) -> None:
    answer = by_features(angle=angle, **changes)
    assert answer.variant == variant and answer.reason.startswith(f"same picture, {variant}, all of it")


def box(x: float, y: float, side: float = 0.2) -> Region:
    return Region(((x, y), (x + side, y), (x + side, y + side), (x, y + side)))


@pytest.mark.parametrize(
    ("region", "words"),
    [
        pytest.param(WHOLE, "filling the picture", id="whole"),
        pytest.param(box(0.0, 0.0, 0.7), "in the upper left", id="less than most of it"),
        pytest.param(box(0.4, 0.4), "in the middle", id="middle"),
        pytest.param(box(0.0, 0.4), "on the left", id="left"),
        pytest.param(box(0.8, 0.4), "on the right", id="right"),
        pytest.param(box(0.4, 0.0), "in the upper middle", id="top"),
        pytest.param(box(0.4, 0.8), "in the lower middle", id="bottom"),
        pytest.param(box(0.8, 0.8), "in the lower right", id="corner"),
    ],
)
def test_where_it_lies(region: Region, words: str) -> None:
    assert f", {words}: " in by_features(region=region).reason


@pytest.mark.parametrize(
    ("turn", "corners"),
    [
        (0, ((0, 0), (1, 0), (1, 1), (0, 1))),
        (1, ((1, 0), (1, 1), (0, 1), (0, 0))),
        (2, ((1, 1), (0, 1), (0, 0), (1, 0))),
        (3, ((0, 1), (0, 0), (1, 0), (1, 1))),
        (4, ((1, 0), (0, 0), (0, 1), (1, 1))),
        (5, ((1, 1), (1, 0), (0, 0), (0, 1))),
        (6, ((0, 1), (1, 1), (1, 0), (0, 0))),
        (7, ((0, 0), (0, 1), (1, 1), (1, 0))),
    ],
)
def test_a_turned_copy_lies_with_the_photos_own_top_left_first(
    turn: int, corners: tuple[tuple[float, float], ...]
) -> None:
    answer = by_hash(0, turn=turn)
    assert answer.region is not None and answer.region.corners == corners


@pytest.mark.parametrize(
    ("seen", "stands"),
    [
        pytest.param(Witness(1_000, 20, None), True, id="many places"),
        pytest.param(Witness(1_000, 19, None), False, id="too few of very many"),
        pytest.param(Witness(32, 8, None), True, id="few, but a quarter of those that could"),
        pytest.param(Witness(33, 8, None), False, id="few, and less than a quarter"),
        pytest.param(Witness(10, 7, None), False, id="fewer than a made picture may have"),
        pytest.param(Witness(40, 0, 0.93), True, id="hardly any points, greys alike"),
        pytest.param(Witness(40, 0, 0.92), False, id="hardly any points, greys not alike enough"),
        pytest.param(Witness(41, 0, 0.93), False, id="points enough: greys must agree all the better"),
        pytest.param(Witness(41, 0, 0.97), True, id="and do"),
        pytest.param(Witness(41, 0, 0.96), False, id="and nearly do"),
        pytest.param(Witness(135, 8, 0.996, False, 0.4), False, id="soft shading, nearly the photo's own"),
        pytest.param(Witness(135, 8, 0.997, False, 0.4), True, id="soft shading, and the photo's own"),
        pytest.param(Witness(0, 0, None), False, id="nothing shows"),
        pytest.param(Witness(200, 120, 0.96, moved=True), False, id="seen from another place"),
        pytest.param(Witness(200, 120, 0.97, moved=True), True, id="greys that no other view has"),
    ],
)
def test_hashes_are_believed_when_what_is_seen_agrees(seen: Witness, stands: bool) -> None:
    answer = weighed(by_hash(0), seen)
    assert answer.tier is (MATCH if stands else POSSIBLE)
    assert answer.score < 0.8 or stands
    assert ("; but " in answer.reason) == (not stands)
    assert ("another place" in answer.reason) == (seen.moved and not stands)


def test_what_is_not_asked_yet_is_a_suspicion() -> None:
    answer = unasked(by_hash(0))
    assert (answer.tier, answer.score) == (POSSIBLE, 0.75)
    assert answer.reason.startswith("perhaps the same picture") and "not been asked" in answer.reason


@pytest.mark.parametrize(
    ("places", "check", "share", "tier"),
    [
        pytest.param(14, None, 0.12, POSSIBLE, id="a thing that stands in both rooms"),
        pytest.param(30, None, 0.1, POSSIBLE, id="a stamp"),
        pytest.param(60, 0.95, 0.2, POSSIBLE, id="a stamp with its greys"),
        pytest.param(30, 0.26, 0.9, POSSIBLE, id="the surroundings alone"),
        pytest.param(39, 0.95, 0.3, POSSIBLE, id="a piece of the photo, with few places"),
        pytest.param(40, 0.88, 0.25, MATCH, id="a piece of the photo"),
        pytest.param(40, None, 0.25, POSSIBLE, id="a piece of the photo, greys not asked"),
        pytest.param(14, 0.6, 0.42, MATCH, id="half of the photo"),
        pytest.param(14, None, 1.0, MATCH, id="the photo, flat"),
        pytest.param(2, None, 0.1, NONE, id="nothing"),
    ],
)
def test_in_a_part_points_must_show_the_photo(places: int, check: float | None, share: float, tier: Tier) -> None:
    evidence = FeatureEvidence(places, check, share, WHOLE, 0.0)
    told = decide(PHOTO, None, evidence, SETTINGS, is_part=True)
    assert told.tier is tier and ("one thing" in told.reason) == (tier is POSSIBLE)
