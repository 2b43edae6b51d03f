"""A "not mine" covers its own bytes and what is that picture by its hash; never the photo, whatever somebody made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.match import Tier
from monitor.model.sighting import Dismissal
from monitor.tracking.dismissed import SAME_PICTURE_BITS, SURE_COPY_BITS, is_covered

PHOTO = bytes(range(32))
DIGEST, OTHER = "aa" * 32, "bb" * 32
MATCH, POSSIBLE = Tier.MATCH, Tier.POSSIBLE


def off(*bits: int) -> bytes:
    """PHOTO's hash with these bits turned."""
    number = int.from_bytes(PHOTO)
    for bit in bits:
        number ^= 1 << bit
    return number.to_bytes(32)


def first(count: int, start: int = 0) -> bytes:
    return off(*range(start, start + count))


@pytest.mark.parametrize(
    ("dismissed", "as_tier", "seen", "tier", "covered"),
    [
        pytest.param(PHOTO, POSSIBLE, PHOTO, POSSIBLE, False, id="made with her very hash: only its bytes"),
        pytest.param(PHOTO, MATCH, PHOTO, MATCH, False, id="the same, taken for a match"),
        pytest.param(PHOTO, POSSIBLE, first(3), POSSIBLE, False, id="as near to it as to her photo"),
        pytest.param(first(8), POSSIBLE, first(8), POSSIBLE, True, id="made with 8 bits off, encoded again"),
        pytest.param(first(8), POSSIBLE, first(5), POSSIBLE, True, id="nearer to it"),
        pytest.param(first(8), POSSIBLE, first(4), POSSIBLE, False, id="just as near to her photo"),
        pytest.param(first(8), POSSIBLE, first(3), POSSIBLE, False, id="nearer to her photo"),
        pytest.param(first(8), POSSIBLE, first(8), MATCH, False, id="a sure copy with the made one's hash"),
        pytest.param(first(8), MATCH, first(8), MATCH, False, id="hashes alone, and a mere copy may have such a hash"),
        pytest.param(first(31), MATCH, first(31), MATCH, False, id="at what a mere copy may have"),
        pytest.param(first(32), MATCH, first(32), MATCH, True, id="beyond it"),
        pytest.param(first(45), POSSIBLE, first(45), MATCH, False, id="a captioned copy, its hash on another picture"),
        pytest.param(first(90), MATCH, first(90), MATCH, True, id="another photo of the scene, taken for hers"),
        pytest.param(first(90), MATCH, first(102), MATCH, True, id="at 12 bits of it"),
        pytest.param(first(90), MATCH, first(103), MATCH, False, id="at 13"),
        pytest.param(first(90), POSSIBLE, first(90), POSSIBLE, True, id="perhaps hers, and encoded again"),
        pytest.param(first(90), POSSIBLE, first(90), MATCH, False, id="surer than what was dismissed"),
        pytest.param(first(90), None, first(90), MATCH, False, id="dismissed under an older version"),
        pytest.param(first(90), None, first(90), POSSIBLE, True, id="the same, only possible"),
        pytest.param(None, MATCH, first(90), MATCH, False, id="no hash was kept of it"),
    ],
)
def test_how_far_it_reaches(
    dismissed: bytes | None, as_tier: Tier | None, seen: bytes, tier: Tier, covered: bool
) -> None:
    known = [Dismissal(DIGEST, dismissed, as_tier)]
    assert is_covered(known, digest=OTHER, tier=tier, turns=(seen,), photo=PHOTO) is covered
    assert is_covered(known, digest=DIGEST, tier=tier, turns=(seen,), photo=PHOTO), "the same bytes always are"
    assert not is_covered([], digest=DIGEST, tier=tier, turns=(seen,), photo=PHOTO)


def test_turned_copies_are_measured_as_they_lie_nearest() -> None:
    known = [Dismissal(DIGEST, first(60), POSSIBLE)]
    far = first(100, 100)
    assert is_covered(known, digest=OTHER, tier=POSSIBLE, turns=(far, first(60)), photo=PHOTO)
    assert not is_covered(known, digest=OTHER, tier=POSSIBLE, turns=(first(60), PHOTO), photo=PHOTO), (
        "her photo, turned"
    )


def test_what_is_not_known_covers_nothing() -> None:
    known = [Dismissal("", first(60), MATCH)]
    assert not is_covered(known, digest="", tier=POSSIBLE, turns=(), photo=PHOTO)
    assert not is_covered(known, digest="", tier=POSSIBLE, turns=(first(60),), photo=None)


HASH = st.binary(min_size=32, max_size=32)


@given(
    st.lists(st.tuples(HASH, st.sampled_from([None, MATCH, POSSIBLE])), max_size=5),
    st.sets(st.integers(0, 255), max_size=SURE_COPY_BITS),
    st.sampled_from([MATCH, POSSIBLE]),
    st.data(),
)
def test_no_set_of_made_pictures_hides_a_copy_of_the_photo(
    made: list[tuple[bytes, Tier | None]], turned: set[int], tier: Tier, data: st.DataObject
) -> None:
    """Whoever makes them may know the copy's hash to the bit."""
    copy = off(*turned)
    near = data.draw(st.sets(st.integers(0, 255), max_size=SAME_PICTURE_BITS))
    aimed = (int.from_bytes(copy) ^ sum(1 << bit for bit in near)).to_bytes(32)
    known = [Dismissal(DIGEST, pdq, as_tier) for pdq, as_tier in (*made, (aimed, MATCH), (PHOTO, MATCH))]
    assert not is_covered(known, digest=OTHER, tier=MATCH, turns=(copy,), photo=PHOTO)
    assert not is_covered(known, digest=OTHER, tier=tier, turns=(PHOTO,), photo=PHOTO), "the photo itself"
