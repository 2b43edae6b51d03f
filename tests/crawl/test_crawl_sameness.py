"""How often the small picture is asked beside the large one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.crawl.sameness import ENOUGH, ENOUGH_APART, ONE_IN, are_same, is_drawn, kind_of_pair, wants_shown
from monitor.errors import UnreadableKind
from monitor.model.candidate import Candidate
from monitor.model.fingerprint import Frame
from monitor.model.ids import CaseId, ContentDigest
from monitor.ports.facts import PairTrack

NOW = datetime(2026, 11, 29, tzinfo=UTC)
ANY = "https://a.example/t/drawn-on-day.jpg"
NOT_DRAWN = next(day for day in range(ONE_IN) if not is_drawn(ANY, day))


def candidate(
    first: bytes, *, digest: str = "", quality: int = 90, unreadable: UnreadableKind | None = None
) -> Candidate:
    turns = first + bytes(7 * 32)
    frames = () if unreadable else (Frame(turns, quality),)
    of = ContentDigest(digest or first.hex())
    return Candidate(of, CaseId("default"), NOW, NOW, "", "", "w", frames, unreadable=unreadable)


@pytest.mark.parametrize(
    ("track", "doubtful", "wanted"),
    [
        pytest.param(PairTrack(), False, True, id="nothing is known"),
        pytest.param(PairTrack(same=ENOUGH - 1), False, True, id="one short of enough"),
        pytest.param(PairTrack(same=ENOUGH), False, False, id="enough"),
        pytest.param(PairTrack(same=ENOUGH), True, True, id="enough, but this one has something of a stand-in"),
        pytest.param(PairTrack(same=ENOUGH, other=1), False, True, id="one was another picture"),
        pytest.param(PairTrack(same=1, other=ENOUGH_APART - 1), False, False, id="cut square, and each stood once"),
        pytest.param(PairTrack(same=400, other=1, stand_ins=1), False, True, id="a stand-in was met"),
    ],
)
def test_when_the_shown_one_is_asked_too(track: PairTrack, doubtful: bool, wanted: bool) -> None:
    assert wants_shown(track, ANY, NOT_DRAWN, is_doubtful=doubtful) is wanted


def test_each_is_drawn_once_in_as_many_days() -> None:
    for number in range(50):
        assert sum(is_drawn(f"https://a.example/{number}.jpg", 739_000 + day) for day in range(ONE_IN)) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(candidate(b"\0" * 32), candidate(b"\0" * 31 + b"\xff"), True, id="a few bits apart"),
        pytest.param(candidate(b"\0" * 32), candidate(b"\xff" * 32), False, id="another picture"),
        pytest.param(candidate(b"\0" * 32, digest="aa"), candidate(b"\xff" * 32, digest="aa"), True, id="same bytes"),
        pytest.param(
            candidate(b"\0" * 32),
            candidate(b"\0" * 32, digest="bb", unreadable=UnreadableKind.BROKEN),
            False,
            id="one cannot be read",
        ),
        pytest.param(
            candidate(b"", digest="bb", unreadable=UnreadableKind.BROKEN),
            candidate(b"", digest="bb", unreadable=UnreadableKind.BROKEN),
            False,
            id="neither can be read",
        ),
    ],
)
def test_one_picture_in_two_sizes(one: Candidate, other: Candidate, same: bool) -> None:
    assert are_same(one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(
            ("https://a.example/full/17.jpg", "https://a.example/thumbs/17.jpg"),
            ("https://a.example/full/cat.jpg", "https://a.example/thumbs/cat.jpg"),
            True,
            id="two folders",
        ),
        pytest.param(
            ("https://a.example/up/2026/11/cat.jpg", "https://a.example/up/2026/11/cat-600x400.jpg"),
            ("https://a.example/up/2025/01/a.jpg", "https://a.example/up/2025/01/a-150x150.jpg"),
            True,
            id="sizes and dates are numbers",
        ),
        pytest.param(
            ("https://a.example/full/17.jpg", "https://a.example/thumbs/17.jpg"),
            ("https://b.example/full/17.jpg", "https://b.example/thumbs/17.jpg"),
            False,
            id="two sites",
        ),
        pytest.param(
            ("https://a.example/full/17.jpg", "https://a.example/thumbs/17.jpg"),
            ("https://a.example/up/17.jpg", "https://a.example/thumbs/17.jpg"),
            False,
            id="another folder",
        ),
        pytest.param(
            ("data:sha256,aa", "https://a.example/x.jpg"), ("data:sha256,bb", "https://c.example/y"), True, id="data"
        ),
        pytest.param(("http://[bad", "http://[bad"), ("http://[worse", "x"), True, id="no addresses"),
    ],
)
def test_kinds_of_pairs(one: tuple[str, str], other: tuple[str, str], same: bool) -> None:
    assert (kind_of_pair(*one) == kind_of_pair(*other)) is same
