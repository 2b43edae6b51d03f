"""How a find matches, told to the person: whole sentences, so that words alone are enough to decide. The one way in
which page, digest and commands say it."""

from __future__ import annotations

import re

from monitor.catalogue import said
from monitor.model.match import Match, Method, Tier
from monitor.model.match_words import IN_WORDS, SHARES, place_in_words
from monitor.model.sighting import Sighting

_TURN = re.compile(r"turned (90|180|270)")
_SHARE = re.compile(rf", ({'|'.join(map(re.escape, SHARES))}), ")


def how_it_matches(find: Sighting) -> tuple[str, ...]:
    """Of a find; what no photo was compared with is hers by her word."""
    if find.under_18:
        return (said("It is closed: nothing is kept of it but address and time."),)
    if not find.is_compared:
        return (said("You filed it yourself, and no photo of yours was compared with it."),)
    return sentences_of(find.match)


def sentences_of(match: Match) -> tuple[str, ...]:
    """What it is, then how it was changed, then how much of it is there, and where; each a sentence."""
    told = [_what_it_is(match)]
    if match.tier is not Tier.NONE:
        told += [_turned(match.variant), *_changed(match), _how_much(match), _where(match)]
        told += [said("It is one picture of an animation.")] if match.frame else []
    return tuple(sentence for sentence in told if sentence)


def _what_it_is(match: Match) -> str:
    sure = match.tier is Tier.MATCH
    if match.tier is Tier.NONE:
        return said("It is not the same picture.")
    if IN_WORDS.drawn in match.reason:
        return said("It may have been drawn from it by a filter.")
    if IN_WORDS.elsewhere in match.reason:
        return said("It shows the same surroundings, seen from another place: it may be another picture.")
    if IN_WORDS.one_thing in match.reason:
        return said("One thing in it looks alike, which may stand in other pictures too.")
    if IN_WORDS.made in match.reason:
        return said("It looks alike at first, and not when looked at closely: it may be another picture.")
    if IN_WORDS.surroundings in match.reason:
        if sure:
            return said("Its surroundings are the same; what is in the middle is covered, or was changed.")
        return said("Its surroundings look alike; what is in the middle may be another.")
    return said("It is the same picture.") if sure else said("It looks alike; it may be another picture.")


def _turned(variant: str) -> str:
    turn = _TURN.search(variant)
    words = {
        (False, "90"): said("It was turned a quarter to the right."),
        (False, "180"): said("It was turned upside down."),
        (False, "270"): said("It was turned a quarter to the left."),
        (True, ""): said("It was mirrored."),
        (True, "90"): said("It was mirrored, and turned a quarter to the right."),
        (True, "180"): said("It was mirrored, and turned upside down."),
        (True, "270"): said("It was mirrored, and turned a quarter to the left."),
    }
    return words.get(("mirrored" in variant, turn[1] if turn else ""), "")


def _changed(match: Match) -> list[str]:
    told = []
    if "tilted" in match.variant:
        told.append(said("It was tilted a little."))
    if "inverted" in match.variant:
        told.append(said("Its light and dark were swapped."))
    if IN_WORDS.bar in match.reason:
        told.append(said("A bar or writing lies over it."))
    return told


def _how_much(match: Match) -> str:
    """A hash is of all of it."""
    found = _SHARE.search(match.reason) if match.method is Method.FEATURES else None
    return {
        SHARES[1]: said("Most of it is there."),
        SHARES[2]: said("About half of it is there."),
        SHARES[3]: said("About a third of it is there."),
        SHARES[4]: said("A small part of it is there."),
    }.get(found[1] if found else "", "")


def _where(match: Match) -> str:
    """Only where it is a part of something larger."""
    if match.region is None:
        return ""
    return {
        "in the middle": said("It is a part of a larger picture, in the middle."),
        "on the left": said("It is a part of a larger picture, on the left."),
        "on the right": said("It is a part of a larger picture, on the right."),
        "in the upper middle": said("It is a part of a larger picture, in the upper middle."),
        "in the lower middle": said("It is a part of a larger picture, in the lower middle."),
        "in the upper left": said("It is a part of a larger picture, in the upper left."),
        "in the upper right": said("It is a part of a larger picture, in the upper right."),
        "in the lower left": said("It is a part of a larger picture, in the lower left."),
        "in the lower right": said("It is a part of a larger picture, in the lower right."),
    }.get(place_in_words(match.region), "")
