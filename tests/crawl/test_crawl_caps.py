from __future__ import annotations

import pytest

from monitor.crawl.caps import Caps, Taken

WHOLE = Taken(pages=50, images=500, bytes=2_000, seconds=3600.0)


@pytest.mark.parametrize(
    ("sites", "share", "taken", "reached"),
    [
        pytest.param(1, 0.5, Taken(pages=49), None, id="alone: all of it"),
        pytest.param(1, 0.5, Taken(pages=50), ("pages", 50), id="alone: to the end"),
        pytest.param(2, 0.5, Taken(pages=24), None, id="below its share"),
        pytest.param(2, 0.5, Taken(pages=25), ("pages", 25), id="its share of pages"),
        pytest.param(2, 0.5, Taken(images=250), ("images", 250), id="of pictures"),
        pytest.param(2, 0.5, Taken(bytes=1_000), ("bytes", 1_000), id="of bytes"),
        pytest.param(2, 0.5, Taken(seconds=1_799.9), None, id="a moment before"),
        pytest.param(2, 0.5, Taken(seconds=1_800.0), ("seconds", 1_800), id="of time"),
        pytest.param(9, 1.0, Taken(pages=49), None, id="no share is set apart"),
        pytest.param(2, 0.001, Taken(), None, id="one is always allowed"),
        pytest.param(2, 0.001, Taken(pages=1), ("pages", 1), id="and no more"),
    ],
)
def test_what_one_site_may_take(sites: int, share: float, taken: Taken, reached: tuple[str, int] | None) -> None:
    caps = Caps(WHOLE, share)
    for number in range(sites):
        caps.meet(f"{number}.example")
    caps.charge("0.example", taken)
    assert caps.reached("0.example") == reached
    assert caps.reached("1.example") is None


def test_what_is_under_way_counts() -> None:
    caps = Caps(WHOLE, 0.5)
    caps.meet("b.example")
    caps.charge("a.example", Taken(pages=20))
    assert caps.reached("a.example", Taken(pages=4)) is None
    assert caps.reached("a.example", Taken(pages=5)) == ("pages", 25)
    assert caps.reached("a.example", Taken(pages=5), of=("bytes", "seconds")) is None
