"""How a find matches, in words: one golden line for every method, turn and tier (`how_it_matches.txt`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from monitor.documents.how_matched import how_it_matches, sentences_of
from monitor.matching.decide import FeatureEvidence, HashEvidence, NamedPhoto, decide, drawn_from, in_part
from monitor.matching.pdq import TURNS
from monitor.matching.reasons import turned_whole
from monitor.matching.second_word import unasked, weighed
from monitor.matching.witness import Witness
from monitor.model.ids import ReferenceId
from monitor.model.match import Match, Method, Region, Tier
from monitor.model.settings import MatchSettings
from monitor.model.sighting import BY_HAND
from tests.store.store_values import a_sighting

GOLDEN = Path(__file__).with_name("how_it_matches.txt")
PHOTO = NamedPhoto(ReferenceId("r1"), "beach")
SETTINGS = MatchSettings()
SMALL = Region(((0.05, 0.05), (0.35, 0.05), (0.35, 0.4), (0.05, 0.4)))
WHOLE = turned_whole(0)
PLAIN = FeatureEvidence(places=60, check=0.95, share=1.0, region=WHOLE, angle=0.0)


def by_hash(distance: int, turn: int = 0, phash: int | None = None) -> Match:
    return decide(PHOTO, HashEvidence(distance, turn, 100, phash), None, SETTINGS)


def by_features(**changed: object) -> Match:
    return decide(PHOTO, None, replace(PLAIN, **changed), SETTINGS)  # type: ignore[arg-type]


def every() -> Iterator[tuple[str, Match]]:
    for distance, turn in product((4, 60, 120), range(len(TURNS))):
        yield "pdq", by_hash(distance, turn)
    yield "phash", by_hash(60, phash=2)
    yield "phash", by_hash(90, phash=2)
    for places, angle, mirrored in product((60, 8, 2), (0.0, 90.0, 180.0, 270.0), (False, True)):
        check = 0.95 if places == 60 else 0.3
        yield "features", by_features(places=places, check=check, angle=angle, mirrored=mirrored)
    for share in (0.8, 0.5, 0.3, 0.1):
        yield f"features, {share} of it", by_features(share=share)
    yield "features, tilted and inverted", by_features(angle=97.0, inverted=True)
    yield "features, a bar over it", by_features(places=6, check=0.3, uncovered=(0.99, 200))
    yield "features, the middle differs", by_features(check=0.3)
    yield "features, seen from another place", by_features(moved=True, check=0.8)
    yield "features, a stamp", by_features(laid_over=True)
    yield "features, in a larger picture", by_features(region=SMALL)
    yield "features, one frame", by_features(frame=3)
    yield "features, one thing of a part", decide(PHOTO, None, replace(PLAIN, share=0.1), SETTINGS, is_part=True)
    yield "pdq, of a part", in_part(by_hash(4), (0.6, 0.6, 1.0, 1.0))
    yield "pdq, not asked further", unasked(by_hash(4))
    yield "pdq, not confirmed", weighed(by_hash(4), Witness(50, 0, 0.1))
    yield "pdq, another view", weighed(by_hash(4), Witness(50, 20, 0.5, moved=True))
    yield "drawn", drawn_from(PHOTO, 1, 30, 0)
    yield "nothing", decide(None, None, None, SETTINGS)


def lines() -> list[str]:
    told = [
        f"{name} | {match.variant} | {match.tier.value} | {' '.join(sentences_of(match))}" for name, match in every()
    ]
    return list(dict.fromkeys(told))


def test_a_golden_sentence_for_every_method_turn_and_tier() -> None:
    assert lines() == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_every_method_turn_and_tier_is_there() -> None:
    seen = {(match.method, match.variant, match.tier) for _, match in every()}
    for method, turn in product((Method.PDQ, Method.FEATURES), TURNS):
        assert {tier for m, t, tier in seen if (m, t) == (method, turn)} == set(Tier), (method, turn)
    assert {tier for method, _, tier in seen if method is Method.PHASH} >= {Tier.MATCH, Tier.POSSIBLE}


def test_no_figure_and_no_name_is_in_the_words() -> None:
    for _, match in every():
        words = " ".join(sentences_of(match))
        assert not any(sign.isdigit() for sign in words) and "beach" not in words
        assert all(sentence.endswith(".") for sentence in sentences_of(match))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"under_18": True}, "It is closed: nothing is kept of it but address and time.", id="closed"),
        pytest.param(
            {"watch": BY_HAND, "match": Match(Tier.MATCH, 1.0, "filed by you")},
            "You filed it yourself, and no photo of yours was compared with it.",
            id="by her word",
        ),
    ],
)
def test_what_was_not_compared(change: dict[str, object], words: str) -> None:
    assert how_it_matches(replace(a_sighting(0), **change)) == (words,)  # type: ignore[arg-type]


if __name__ == "__main__":
    GOLDEN.write_text("\n".join(lines()) + "\n", encoding="utf-8")
