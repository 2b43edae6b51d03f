# ruff: noqa: E501 - a row a line
"""One file at many addresses is a wall's picture, or furniture of the page: told apart."""

from __future__ import annotations

import pytest

from monitor.crawl.furniture import is_furniture
from monitor.crawl.stand_ins import Gave, Shows, StandIn, stand_in_of

A = "https://forum.example"


def gave(addresses: list[str], digest: str = "") -> list[Gave]:
    """digest: '' = each its own."""
    return [Gave(url, (Shows(digest or f"of {url}"),)) for url in addresses]


def hashed(addresses: list[str], *, apart: int, quality: int = 10, digest: str = "") -> list[Gave]:
    """apart: bits, from the first one, others for each; each file of its own but for digest."""
    bits = [0] + [((1 << apart) - 1) << 20 * number for number in range(1, len(addresses))]
    return [
        Gave(url, (Shows(digest or f"of {url}", number.to_bytes(32), quality),))
        for url, number in zip(addresses, bits, strict=True)
    ]


def numbered(pattern: str, count: int, start: int = 0) -> list[str]:
    return [A + pattern.format(number) for number in range(start, start + count)]


@pytest.mark.parametrize(
    ("pictures", "is_all", "count"),
    [
        pytest.param(gave(numbered("/p/{}.jpg", 8), "wall"), True, 8, id="all of a page"),
        pytest.param(gave(numbered("/p/{}.jpg", 4), "wall"), True, 4, id="as few as tell"),
        pytest.param(gave(numbered("/attachment.php?id={}", 6), "wall"), True, 6, id="by their queries"),
        pytest.param(gave(numbered("/index.php?action=dlattach;attach={};image", 6), "wall"), True, 6, id="SMF"),
        pytest.param(gave(numbered("/{}/full.jpg", 6), "wall"), True, 6, id="in folders of their own"),
        pytest.param(gave([f"https://cdn{n}.example/{n}.jpg" for n in range(5)], "wall"), True, 5, id="on many hosts"),
        pytest.param(
            gave(numbered("/attach/{}.jpg", 8), "wall") + gave(numbered("/avatars/{}.jpg", 10)), True, 8, id="avatars come"
        ),
        pytest.param(
            gave(numbered("/attach/{}.jpg", 8), "wall") + gave(numbered("/news/{}.jpg", 6)), False, 8, id="beside others"
        ),
        pytest.param(
            gave(numbered("/attach/{}.jpg", 9), "wall") + gave(numbered("/attach/{}.jpg", 1, 50)), True, 9, id="all but one"
        ),
        pytest.param(hashed(numbered("/p/{}.jpg", 8), apart=0), True, 8, id="other bytes, the same pixels"),
        pytest.param(hashed(numbered("/p/{}.jpg", 8), apart=0, quality=90), True, 8, id="and much in them"),
        pytest.param(hashed(numbered("/p/{}.jpg", 8), apart=2), True, 8, id="written anew for each"),
        pytest.param(
            hashed(numbered("/p/{}.jpg", 6), apart=0) + gave(numbered("/news/{}.jpg", 6)), False, 6, id="which, beside others"
        ),
    ],
)  # fmt: skip
def test_a_stand_in(pictures: list[Gave], is_all: bool, count: int) -> None:
    found = stand_in_of(pictures)
    assert found is not None and (found.is_all, len(found.urls), found.is_sure) == (is_all, count, True)


@pytest.mark.parametrize(
    ("pictures", "count"),
    [
        pytest.param(hashed(numbered("/p/{}.jpg", 3), apart=0, digest="wall"), 3, id="three, and nothing else"),
        pytest.param(
            hashed(numbered("/p/{}.jpg", 3), apart=0, digest="wall") + gave(numbered("/avatars/{}.jpg", 3)), 3, id="beside avatars"
        ),
        pytest.param(hashed(numbered("/p/{}.jpg", 8), apart=12), 8, id="each with its name drawn in it"),
    ],
)  # fmt: skip
def test_what_only_eyes_can_tell(pictures: list[Gave], count: int) -> None:
    found = stand_in_of(pictures)
    assert found is not None and (found.is_all, len(found.urls), found.is_sure) == (True, count, False)


@pytest.mark.parametrize(
    "pictures",
    [
        pytest.param([], id="nothing"),
        pytest.param(gave(numbered("/p/{}.jpg", 3), "same"), id="three that cannot be read"),
        pytest.param(hashed(numbered("/p/{}.jpg", 2), apart=0, digest="same"), id="two"),
        pytest.param(
            hashed(numbered("/p/{}.jpg", 3), apart=0, digest="same") + gave(numbered("/q/{}.jpg", 1)), id="three, and another"
        ),
        pytest.param(hashed(numbered("/p/{}.jpg", 3), apart=0), id="three codings of one"),
        pytest.param(hashed(numbered("/p/{}.jpg", 8), apart=2, quality=80), id="a photo in eight sizes"),
        pytest.param(hashed(numbered("/p/{}.jpg", 8), apart=12, quality=80), id="taken one after the other"),
        pytest.param(hashed(numbered("/p/{}.jpg", 8), apart=40), id="plain, and unlike"),
        pytest.param(
            hashed(numbered("/p/{}.jpg", 8), apart=12) + gave(numbered("/q/{}.jpg", 1)), id="nearly alike, and another"
        ),
        pytest.param(hashed(numbered("/avatars/{}.jpg", 3), apart=0, digest="default"), id="three default avatars"),
        pytest.param(hashed(numbered("/cat.jpg?size={}", 3), apart=0, digest="cat"), id="one picture at three counters"),
        pytest.param(gave(numbered("/p/{}.jpg", 30)), id="each its own"),
        pytest.param(gave(numbered("/avatars/{}.jpg", 30), "default"), id="default avatars"),
        pytest.param(gave(numbered("/image.php?u={}&dateline=1", 30), "default"), id="vBulletin's avatars"),
        pytest.param(gave(numbered("/images/icons/{}.gif", 9), "icon"), id="icons"),
        pytest.param(gave(numbered("/spacer.gif?{}", 9), "spacer"), id="spacers"),
        pytest.param(gave(numbered("/cat.jpg?t={}", 9), "cat"), id="one picture, another counter each time"),
        pytest.param(gave([f"https://cdn{n}.example/cat.jpg" for n in range(9)], "cat"), id="one picture, many hosts"),
        pytest.param(
            gave(numbered("/i/{}.jpg", 6), "removed") + gave(numbered("/i/{}.jpg", 40, 6)), id="some that were removed"
        ),
        pytest.param(
            [Gave(url, (Shows("wall"), Shows(f"of {url}"))) for url in numbered("/p/{}.jpg", 8)], id="what is shown came too"
        ),
        pytest.param([Gave(url, (Shows("hers"),), is_hers=True) for url in numbered("/p/{}.jpg", 8)], id="hers"),
        pytest.param([Gave(url, ()) for url in numbered("/p/{}.jpg", 8)], id="none came"),
        pytest.param(gave([f"data:image/png;base64,{n}" for n in range(9)], "x"), id="written into the page"),
        pytest.param(gave(["https://[bad/1.jpg", "x"], "x"), id="no addresses"),
    ],
)  # fmt: skip
def test_no_stand_in(pictures: list[Gave]) -> None:
    assert stand_in_of(pictures) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/data/avatars/m/1.jpg", True),
        ("/styles/icons/x.png", True),
        ("/t/1/photo.jpg", False),
        ("/attach/12.jpg", False),
    ],
)
def test_furniture(path: str, expected: bool) -> None:
    assert is_furniture(A + path) is expected


def test_it_names_its_addresses() -> None:
    assert stand_in_of(gave(numbered("/p/{}.jpg", 4), "wall")) == StandIn(tuple(numbered("/p/{}.jpg", 4)), is_all=True)
