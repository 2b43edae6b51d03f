"""What local features say to an answer by hashes: a hash is a suspicion. Pure, like `decide`."""

from __future__ import annotations

from dataclasses import replace

from monitor.matching.decide import POSSIBLE_SCORE, SOFT_SHADING, UNCONFIRMED_SCORE, is_other_view
from monitor.matching.reasons import STARTS
from monitor.matching.witness import Witness
from monitor.model.match import Match, Tier
from monitor.model.match_words import IN_WORDS

# Of what hashes took for the photo, how many places lie where they must (made pictures reached 7, and 20 of those that
# show her photo from afar), which share of those that could, and how alike the greys are (bench/README.md).
_FEW_THERE, _MANY_THERE, _SHARE_THERE = 8, 20, 0.25
_ALIKE_THERE = 0.97  # blurred copies, and photos low in texture: points enough, but not the same ones
_LITTLE_THERE, _ALIKE_WITH_LITTLE = 40, 0.93  # small copies have hardly any points
_ALIKE_SOFT = 0.997  # soft shading: figures at a window whose PDQ differed in 22 bits reached .996
_SAME_SCREENSHOT = 8  # bits of its PDQ: copies, resized and recompressed, reached 6, other chats of that app 34


def unasked(answer: Match) -> Match:
    """Hashes say "same picture", and local features are still to be asked."""
    reason = answer.reason.replace(STARTS[Tier.MATCH], STARTS[Tier.POSSIBLE], 1)
    return replace(
        answer, tier=Tier.POSSIBLE, score=UNCONFIRMED_SCORE, reason=f"{reason}; local features have not been asked yet"
    )


def unconfirmable(answer: Match, why: str) -> Match:
    return replace(answer, reason=f"{answer.reason}; this rests on hashes alone: {why}")


def only_around(answer: Match) -> Match:
    """What is alike is what many screenshots have; the photo inside does not say that it is there."""
    reason = f"{STARTS[Tier.NONE]}: only what is around the photo is alike"
    return replace(answer, tier=Tier.NONE, score=min(answer.score, POSSIBLE_SCORE - 0.05), reason=reason)


def screenshot_alone(answer: Match, distance: int, why: str, *, has_photo: bool) -> Match:
    """What the PDQ of a whole screenshot says where nothing can ask for the photo inside. has_photo: that is known."""
    if distance > _SAME_SCREENSHOT:
        reason = f"{STARTS[Tier.NONE]}: perhaps only what is around the photo is alike, and {why}"
        return replace(only_around(answer), reason=reason)
    reason = (
        f"{answer.reason}; it is the whole screenshot that is alike, and this rests on hashes alone: {why}. The same "
        "screen with another small photo in it may be this near"
    )
    if has_photo or answer.tier is not Tier.MATCH:
        return replace(answer, reason=reason)
    reason = reason.replace(STARTS[Tier.MATCH], STARTS[Tier.POSSIBLE], 1)
    return replace(answer, tier=Tier.POSSIBLE, score=UNCONFIRMED_SCORE, reason=reason)


def weighed(answer: Match, seen: Witness, *, screenshot: bool = False) -> Match:
    """What hashes took for the same picture, with what its local features say to that. Where a picture has hardly any
    (small or blurred copies), its greys must agree all the better. screenshot: it was the hash of a whole one."""
    words = f"{seen.places} places lie where they must"
    if seen.alike is not None:
        words += f", greys correlate at {seen.alike:.2f}"
    if _stands(seen):
        return replace(answer, reason=f"{answer.reason}; {words}")
    if screenshot:
        return only_around(answer)
    reason = answer.reason.replace(STARTS[Tier.MATCH], STARTS[Tier.POSSIBLE], 1)
    if is_other_view(seen.moved, seen.alike):
        reason += f"; but it is {IN_WORDS.elsewhere} ({words})"
    else:
        reason += f"; but {IN_WORDS.made} ({words}): it may be another picture, made to have this hash"
    return replace(answer, tier=Tier.POSSIBLE, score=UNCONFIRMED_SCORE, reason=reason)


def seconded(answer: Match, seen: Witness, *, alone: bool) -> Match:
    """What hashes took for perhaps the same picture: every sunset has a sunset's coarse waves. alone: only pHash says
    so."""
    if _stands(seen) and not (alone and seen.moved):
        return answer
    if not alone and seen.elsewhere < SOFT_SHADING:
        return answer
    reason = answer.reason.replace(STARTS[Tier.POSSIBLE], STARTS[Tier.NONE], 1)
    reason += f"; {seen.places} places lie where they must"
    return replace(answer, tier=Tier.NONE, score=POSSIBLE_SCORE - 0.05, reason=reason)


def _stands(seen: Witness) -> bool:
    if is_other_view(seen.moved, seen.alike):
        return False
    if seen.places >= _FEW_THERE and seen.places >= min(_MANY_THERE, _SHARE_THERE * seen.comparable):
        return True
    if seen.elsewhere >= SOFT_SHADING:
        return seen.alike is not None and seen.alike >= _ALIKE_SOFT
    little = seen.comparable <= _LITTLE_THERE
    return seen.alike is not None and seen.alike >= (_ALIKE_WITH_LITTLE if little else _ALIKE_THERE)
