"""From evidence to an answer: one pure function. Scores are made so that they order across methods: every
`match` is at least `MATCH_SCORE`, every `possible` at least `POSSIBLE_SCORE`, all else below.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from monitor.matching.pdq import BITS, TURNS
from monitor.matching.reasons import STARTS, turned_whole
from monitor.model.fingerprint import Shares
from monitor.model.ids import ReferenceId
from monitor.model.match import Match, Method, Region, Tier
from monitor.model.match_words import IN_WORDS, place_in_words, share_in_words
from monitor.model.settings import MatchSettings

MATCH_SCORE = 0.8
POSSIBLE_SCORE = 0.5

# Places that agree, and how well the aligned pictures must then correlate. Unrelated photos reached 4, rendered scenes
# with repeated stripes 6, at a correlation of 0.33 (bench/README.md): the correlation is a second, independent witness.
# Other photographs of the same scene reach 120 places and .96, and are told by their geometry alone (`matching.view`).
SURE_PLACES = 14  # whatever the correlation says, where the view has not moved: bars, captions, another face spoil it
_PLACES = (4, 6, SURE_PLACES)
_CHECK = (0.88, 0.76, 0.4)
UNCHECKED = 8  # where too little shows to correlate
_TOLD_BY_PLACES = 9  # whatever its greys, where nothing says that they are other greys: by chance 6 agree at most
POSSIBLE_PLACES = 5
_SAME_GREYS = 0.97  # another view of the same scene reached .96
_MIDDLE_DIFFERS = 0.6
_OWN_GREYS = 0.83  # other photographs of one room or castle whose parts lie loosely reached .82, copies from .84

# Few places on soft shading, whose greys correlate when laid on wrongly too (by so much; or hardly less). Sunsets of
# strangers reached 13 places and .99, but as a view that has moved, or stretched by a fifth and more; figures at a
# window 6 places and .995, nine tenths of the blocks .96. A copy's greys are the photo's own nearly everywhere.
_FEW, SOFT_SHADING, _FALL = 8, 0.4, 0.2
MANY_PLACES = 40  # laid on wrongly they are not asked for
_MANY_SOFT = 20  # places that are `possible` on soft shading that does not tell
_OWN_LEAST, _SHADING, _SHADING_LEAST = 0.97, 0.8, 0.95  # the second: hardly anything but shading
_OWN_STRETCH = 1.12
_MOSTLY_OWN = 0.75  # of a dark room's stranger, stretched by more, nine tenths of the blocks reached .5
_SAME_SHADING = 0.99
_WALL_STRETCH, _SAME_STRETCHED = 1.05, 0.995  # a figure at another window: .992 on 6 places, stretched by 1.08
_ALIKE_ALL, _MOST_STRETCHED = 0.98, 1.35
_FEWEST_PLACES, _FEWEST_APART = 3, 45.0  # also `possible`: small copies of photos with hardly anything in them

# Around a bar that covers most of the photo: copies reach .99 nearly always, other photos .95, an app's frame .983.
FEWEST_UNCOVERED, _UNCOVERED, _UNCOVERED_CELLS, _UNCOVERED_POSSIBLE = 4, 0.985, 44, 0.95

UNCONFIRMED_SCORE = 0.75  # of a match by hashes that is not confirmed

# In a part: photos had from .43 of them in it and greys of .91; things in two rooms, and stamps, hardly a tenth.
_HALF, _PIECE, _MANY_IN_PIECE = 0.42, 0.25, 40

_UNRELATED = BITS / 2


@dataclass(frozen=True, slots=True)
class HashEvidence:
    """distance: of the PDQ with `TURNS[turn]` undone, in bits of 256. phash_distance: in bits of 64, None
    where it was not compared (turned copies, lists without it). quality: the better of the two pictures', 0
    to 100."""

    distance: int
    turn: int
    quality: int
    phash_distance: int | None = None
    frame: int = 0


@dataclass(frozen=True, slots=True)
class FeatureEvidence:
    """places: distinct ones that agree on one position, scale and angle. check: median block correlation
    of the aligned pictures, None where not asked. share: of the enrolled photo that shows in the candidate,
    0 to 1. moved: seen from another place. elsewhere: the correlation when laid on wrongly, None where not asked.
    least: what nine tenths of the blocks reach. apart: between the third nearest two descriptors of those that agree,
    of length 512. stretch: of one axis against the other. laid_over: what agrees is a stamp or a caption over the
    photo, which other pictures have too; None where that cannot be said. loose: its parts lie as in a view that has
    moved, which says something where its greys are not the photo's. uncovered: where a bar covers much of it, the
    correlation of what it leaves, and of how many cells of 576."""

    places: int
    check: float | None
    share: float
    region: Region
    angle: float  # degrees clockwise, of the copy against the photo
    mirrored: bool = False
    inverted: bool = False
    frame: int = 0
    moved: bool = False
    elsewhere: float | None = None
    least: float = 1.0
    apart: float = 0.0
    stretch: float = 1.0
    laid_over: bool | None = False
    loose: bool = False
    uncovered: tuple[float, int] | None = None


@dataclass(frozen=True, slots=True)
class NamedPhoto:
    """Which enrolled photo the evidence is about."""

    reference: ReferenceId
    label: str


def decide(
    named: NamedPhoto | None,
    hashes: HashEvidence | None,
    features: FeatureEvidence | None,
    settings: MatchSettings,
    *,
    is_part: bool = False,
) -> Match:
    """The better of the two answers; the hashes' on a tie. Without evidence: tier `none`, score 0, no guess. is_part:
    the features are those of a part of the picture."""
    if named is None or (hashes is None and features is None):
        return Match(Tier.NONE, 0.0, "nothing like it is enrolled")
    answers = []
    if hashes is not None:
        answers.append(_by_hash(named, hashes, settings))
    if features is not None:
        seen = _by_features(named, features)
        answers.append(_one_thing(seen, features) if is_part else seen)
    return max(answers, key=lambda answer: answer.score)


def drawn_from(named: NamedPhoto, turn: int, distance: int, frame: int) -> Match:
    """Nothing else was found, and this is near the outlines or the sketch that a filter would draw of the photo."""
    return Match(
        tier=Tier.POSSIBLE,
        score=POSSIBLE_SCORE,
        reason=f"{IN_WORDS.drawn}, {TURNS[turn]}: PDQ of the outlines differs in {distance} of {BITS} bits",
        reference=named.reference,
        label=named.label,
        method=Method.PDQ,
        distance=distance,
        variant=TURNS[turn],
        region=turned_whole(turn),
        frame=frame,
    )


def in_part(answer: Match, box: Shares) -> Match:
    """What the hashes of a part say, of the whole picture. box: where the part lies."""
    if answer.region is None:
        return answer
    region = answer.region.within(box)
    return replace(
        answer, region=region, reason=f"{answer.reason}; as a part of this picture, {place_in_words(region)}"
    )


def _one_thing(answer: Match, found: FeatureEvidence) -> Match:
    """What the features of a part say. A part is where a whole photo may lie: a thing that is alike with a corner of
    the photo (a stamp, what stands in both rooms) is cut out by its own edges too."""
    greys = 1.0 if found.check is None else found.check
    shows_photo = found.share >= _HALF and greys >= _MIDDLE_DIFFERS
    is_piece = found.share >= _PIECE and found.places >= _MANY_IN_PIECE and found.check is not None
    if answer.tier is not Tier.MATCH or shows_photo or (is_piece and greys >= _CHECK[0]):
        return answer
    reason = answer.reason.replace(STARTS[Tier.MATCH], STARTS[Tier.POSSIBLE], 1)
    reason += f"; but {IN_WORDS.one_thing}, which may stand in other pictures too"
    return replace(answer, tier=Tier.POSSIBLE, score=UNCONFIRMED_SCORE, reason=reason)


def _by_hash(named: NamedPhoto, found: HashEvidence, settings: MatchSettings) -> Match:
    score = _hash_score(found.distance, settings)
    words = f"PDQ differs in {found.distance} of {BITS} bits"
    method, distance = Method.PDQ, found.distance
    agreed = found.phash_distance is not None and found.phash_distance <= settings.phash_match
    if found.phash_distance is not None:
        words += f", pHash in {found.phash_distance} of 64"
        if agreed and score < MATCH_SCORE:
            # A second opinion: it lifts what PDQ alone leaves open, by one tier and no more.
            score = MATCH_SCORE if score >= POSSIBLE_SCORE else max(score, POSSIBLE_SCORE)
            method, distance = Method.PHASH, found.phash_distance
        elif found.phash_distance <= settings.phash_possible and score < POSSIBLE_SCORE:
            score, method, distance = POSSIBLE_SCORE, Method.PHASH, found.phash_distance
    if found.quality == 0:
        score = min(score, POSSIBLE_SCORE - 0.01)
        words += "; both pictures are too flat for a hash to mean anything"
    elif found.quality < settings.min_quality and not agreed:
        score = min(score, MATCH_SCORE - 0.01)
        words += "; both pictures are rather flat"
    tier = _tier(score)
    return Match(
        tier=tier,
        score=round(score, 4),
        reason=f"{_opening(tier, TURNS[found.turn])}: {words}",
        reference=named.reference,
        label=named.label,
        method=method,
        distance=distance,
        variant=TURNS[found.turn],
        region=turned_whole(found.turn),
        frame=found.frame,
    )


def _hash_score(distance: int, settings: MatchSettings) -> float:
    """1 at no difference; falls through the tiers' thresholds to 0 at what unrelated pictures have."""
    if distance <= settings.pdq_match:
        return float(np.interp(distance, (0, settings.pdq_match), (1.0, MATCH_SCORE + 0.05)))
    if distance <= settings.pdq_possible:
        return float(np.interp(distance, (settings.pdq_match, settings.pdq_possible), (MATCH_SCORE - 0.05, 0.6)))
    return float(np.interp(distance, (settings.pdq_possible, _UNRELATED), (POSSIBLE_SCORE - 0.05, 0.0)))


def _by_features(named: NamedPhoto, found: FeatureEvidence) -> Match:
    score = _feature_score(found)
    tier = _tier(score)
    variant = _variant(found)
    share = share_in_words(found.share)
    words = f"{found.places} places agree"
    if found.check is not None:
        words += f", their greys correlate at {found.check:.2f}"
    if tier is not Tier.NONE and found.uncovered is not None:
        words += f", {IN_WORDS.bar} at {found.uncovered[0]:.2f}"
    opening = _opening(tier, variant)
    if found.laid_over and tier is Tier.NONE:
        words += ": a stamp or a caption, which other pictures have too"
    if tier is not Tier.NONE and _is_seen_otherwise(found):
        opening = f"{IN_WORDS.surroundings}, {variant}, but {IN_WORDS.elsewhere}"
    elif tier is Tier.MATCH and found.check is not None and found.check < _MIDDLE_DIFFERS:
        opening = f"{IN_WORDS.surroundings}, {variant}"
        words += ": what is in the middle differs, is covered, or was redrawn by a filter"
    return Match(
        tier=tier,
        score=round(score, 4),
        reason=f"{opening}, {share}, {place_in_words(found.region)}: {words}",
        reference=named.reference,
        label=named.label,
        method=Method.FEATURES,
        variant=variant,
        region=found.region,
        frame=found.frame,
    )


def _feature_score(found: FeatureEvidence) -> float:
    return max(_as_a_whole(found), _around_bar(found))


def _as_a_whole(found: FeatureEvidence) -> float:
    places = found.places
    if found.laid_over:
        return min(0.08 * places, POSSIBLE_SCORE - 0.02)
    if found.laid_over is None or _is_seen_otherwise(found) or not _agrees(found):
        if places >= _fewest_possible(found):
            return float(np.interp(places, (POSSIBLE_PLACES, SURE_PLACES, 200), (POSSIBLE_SCORE, 0.7, 0.74)))
        return POSSIBLE_SCORE if _hardly_anything(found) else min(0.08 * places, POSSIBLE_SCORE - 0.02)
    if places >= SURE_PLACES:
        return float(np.interp(places, (SURE_PLACES, 40, 200), (0.88, 0.95, 0.999)))
    return float(np.interp(places, _PLACES, (MATCH_SCORE, 0.82, 0.88)))


def _around_bar(found: FeatureEvidence) -> float:
    if found.uncovered is None or found.places < FEWEST_UNCOVERED or found.stretch > _OWN_STRETCH:
        return 0.0
    alike, cells = found.uncovered
    if alike < _UNCOVERED or cells < _UNCOVERED_CELLS or _is_seen_otherwise(found):
        return POSSIBLE_SCORE if alike >= _UNCOVERED_POSSIBLE else 0.0
    return float(np.interp(found.places, _PLACES, (MATCH_SCORE, 0.82, 0.88)))


def _fewest_possible(found: FeatureEvidence) -> int:
    if _is_soft(found):
        return _MANY_SOFT
    if found.laid_over is None:  # letters on a page of text are alike with any caption's
        return UNCHECKED
    # A small part of soft shading, laid on stretched, agrees with anything.
    return UNCHECKED if found.check is None and found.stretch > _MOST_STRETCHED else POSSIBLE_PLACES


def _agrees(found: FeatureEvidence) -> bool:
    if found.places >= SURE_PLACES:
        return True
    if found.check is None:
        return found.places >= UNCHECKED
    if found.places >= _TOLD_BY_PLACES and not _is_soft(found):
        return True
    alike = found.check >= float(np.interp(found.places, _PLACES, _CHECK))
    return found.places >= _PLACES[0] and alike and _tells(found)


def is_other_view(moved: bool, alike: float | None) -> bool:
    return moved and (alike is None or alike < _SAME_GREYS)


def _is_seen_otherwise(found: FeatureEvidence) -> bool:
    """Greys that are the photo's own say that it is the photo; not those of soft shading."""
    other_things = found.loose and found.check is not None and found.check < _OWN_GREYS
    return other_things or is_other_view(found.moved, found.check) or (found.moved and _is_soft(found))


def _tells(found: FeatureEvidence) -> bool:
    """Whether greys that agree say anything: soft shading agrees with any other, wherever it is laid."""
    if found.check is None or found.elsewhere is None:
        return True
    straight = found.places >= _FEW or found.stretch <= _OWN_STRETCH or found.least >= _MOSTLY_OWN
    if straight and found.elsewhere < (SOFT_SHADING if found.places < _FEW else found.check - _FALL):
        return True
    least = _SHADING_LEAST if found.elsewhere >= _SHADING and found.places >= _FEW else _OWN_LEAST
    if found.least >= least and found.stretch <= _OWN_STRETCH and not found.moved:
        return True
    # A wall's points do not survive being made small or pasted over: its greys agree in nearly every other block.
    same = _SAME_SHADING if found.places >= _FEW or found.stretch <= _WALL_STRETCH else _SAME_STRETCHED
    return found.check >= same and found.elsewhere >= _SHADING and not found.moved


def _is_soft(found: FeatureEvidence) -> bool:
    """Greys that agree, and say nothing by it. Where a bar is they do not agree."""
    return not _tells(found) and found.check is not None and found.check >= _MIDDLE_DIFFERS


def _hardly_anything(found: FeatureEvidence) -> bool:
    alike = found.check is not None and found.check >= _ALIKE_ALL
    return found.places == _FEWEST_PLACES and alike and found.apart <= _FEWEST_APART


def _tier(score: float) -> Tier:
    if score >= MATCH_SCORE:
        return Tier.MATCH
    return Tier.POSSIBLE if score >= POSSIBLE_SCORE else Tier.NONE


def _opening(tier: Tier, variant: str) -> str:
    return f"{STARTS[tier]}, {variant}"


def _variant(found: FeatureEvidence) -> str:
    turn = round(found.angle / 90) % 4 * 90
    parts = []
    if found.mirrored:
        parts.append("mirrored")
    if turn:
        parts.append(f"turned {turn}")
    if abs((found.angle - turn + 180) % 360 - 180) >= 4:
        parts.append("tilted")
    if found.inverted:
        parts.append("inverted")
    return " and ".join(parts) if parts else "as it is"
