"""Which of several pictures wins, as a table."""

from __future__ import annotations

import pytest

from monitor.crawl.extract.weights import (
    BEHIND_LINK,
    GUESSED,
    LAZY,
    LINK_TARGET,
    LINKED_DATA,
    MICRODATA,
    ORIGINAL,
    PLAIN,
    SAMPLE,
    THUMBNAIL,
    of_descriptor,
    of_key,
    ranked,
)

WIDEST, NARROWEST = of_descriptor("99999w"), of_descriptor("1w")


@pytest.mark.parametrize(
    ("winner", "loser"),
    [
        pytest.param(BEHIND_LINK, LINK_TARGET, id="what a link's attribute names, against what it leads to"),
        pytest.param(LINK_TARGET, ORIGINAL, id="what a link leads to, against the original of what is shown"),
        pytest.param(ORIGINAL, GUESSED, id="said to be the original, against a guess"),
        pytest.param(GUESSED, WIDEST, id="a guess at the full size, against every declared width"),
        pytest.param(GUESSED, WIDEST + LAZY, id="and against those of a script's srcset"),
        pytest.param(ORIGINAL, WIDEST + LAZY, id="the original likewise"),
        pytest.param(NARROWEST + LAZY, of_descriptor("9999w"), id="what a script would load, against what is there"),
        pytest.param(LAZY, PLAIN, id="lazy, against what is shown"),
        pytest.param(ORIGINAL, SAMPLE, id="an API's full size, against its sample"),
        pytest.param(SAMPLE, PLAIN, id="a sample, against what nothing is said of"),
        pytest.param(of_descriptor(""), PLAIN, id="srcset without a descriptor, against src"),
        pytest.param(of_descriptor("2x"), of_descriptor("1x"), id="double density, against single"),
        pytest.param(of_descriptor("1x"), PLAIN, id="single density, against src"),
        pytest.param(PLAIN, THUMBNAIL, id="what is shown, against what is said to be small"),
        pytest.param(of_key("original_url"), of_key("full"), id="keys: the original, against full"),
        pytest.param(of_key("fullsize"), of_key("hires"), id="keys: full, against high resolution"),
        pytest.param(of_key("hires"), GUESSED, id="keys: high resolution, against a guess"),
        pytest.param(GUESSED, of_key("xlarge"), id="keys: a guess, against what is only large"),
        pytest.param(of_key("large_url"), of_key("source"), id="keys: large, against the source"),
        pytest.param(of_key("source"), PLAIN, id="keys: the source, against what says nothing"),
        pytest.param(PLAIN, of_key("medium"), id="keys: what says nothing, against medium"),
        pytest.param(of_key("medium"), of_key("sample"), id="keys: medium, against a sample"),
        pytest.param(of_key("preview"), of_key("small"), id="keys: a preview, against small"),
        pytest.param(of_key("small"), of_key("thumbnail"), id="keys: small, against a thumbnail"),
        pytest.param(of_key("thumb"), of_key("icon"), id="keys: a thumbnail, against an icon"),
        pytest.param(LINKED_DATA["contenturl"], GUESSED, id="JSON-LD: the content, against a guess"),
        pytest.param(LINKED_DATA["image"], LINKED_DATA["thumbnail"], id="JSON-LD: image, against thumbnail"),
        pytest.param(LINKED_DATA["thumbnailurl"], LINKED_DATA["url"], id="JSON-LD: url may be a page, and comes last"),
        pytest.param(MICRODATA["contenturl"], MICRODATA["url"], id="microdata: the content, against the address"),
        pytest.param(MICRODATA["url"], MICRODATA["thumbnail"], id="microdata: the address is the picture's"),
    ],
)
def test_what_wins(winner: float, loser: float) -> None:
    assert ranked([(loser, "loser"), (winner, "winner")]) == [(winner, "winner"), (loser, "loser")]


def test_equal_ones_stay_as_they_came_and_what_has_no_address_is_none() -> None:
    assert ranked([(PLAIN, "first"), (ORIGINAL, ""), (PLAIN, "second")]) == [(PLAIN, "first"), (PLAIN, "second")]


@pytest.mark.parametrize("key", ["href", "name", ""])
def test_a_key_that_says_nothing_of_a_size(key: str) -> None:
    assert of_key(key) is None


@pytest.mark.parametrize("descriptor", ["0w", "100000w", "-3x", "100x", "w", "x", "wide", "1e999w", "nanx", "5h"])
def test_a_descriptor_that_is_none_counts_as_single_density(descriptor: str) -> None:
    assert of_descriptor(descriptor) == of_descriptor("1x")
