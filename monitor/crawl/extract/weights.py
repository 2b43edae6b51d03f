"""Which of several pictures wins. Whatever names variants of one image gives each a weight: the heaviest is the image,
the others are asked for when it fails, in the order of their weights. Pure; this is the only place that ranks.

A width that the page declares is its own weight, in px, so the names below stand above or below all widths.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Variants = Sequence[tuple[float, str]]
"""(weight, address) of one image, in any order; '' for what has no address."""
WrittenVariant = tuple[float, "str | None"]
"""As an attribute gives it."""

BEHIND_LINK = 2e6  # an attribute of the link names what the picture was made from that the link opens
LINK_TARGET = 1e6  # what a link around a picture, or a click on it, opens
ORIGINAL = 5e5  # the page or the API says that it is the original, or the full size
GUESSED = 2e5  # full size by the software's naming scheme: when nothing is said, and before every declared width
# Here lie declared widths: 1 to 99,999 px.
LAZY = 1e4  # what a script would load, against what stands in its place; added to the widths of a srcset of scripts
SAMPLE = 1e3  # large enough to look at, made smaller
ONE_DENSITY = 100.0  # `1x`, and what a srcset or image-set says nothing of; `2x` is twice that
PLAIN = 90.0  # shown, and nothing is said of its size
THUMBNAIL = 50.0  # said to be a small one
ANY_PAGE = 0.0  # may lead to a page about the picture

# Words in the keys of an object in JSON that describes one image in several sizes; the first that fits is taken.
_SIZES = (
    ("orig", ORIGINAL),
    ("full", 4e5),
    ("hires", 3e5),
    ("xlarge", 2e4),
    ("large", 1e4),
    ("source", 9e3),
    ("medium", 80.0),
    ("sample", 70.0),
    ("preview", 60.0),
    ("small", THUMBNAIL),
    ("thumb", 40.0),
    ("icon", 10.0),
)
_IMAGE_OBJECT = {"contenturl": ORIGINAL, "image": PLAIN, "thumbnailurl": THUMBNAIL, "thumbnail": THUMBNAIL}
LINKED_DATA = {**_IMAGE_OBJECT, "primaryimageofpage": PLAIN, "url": ANY_PAGE}
"""Properties of schema.org that hold pictures, lower case, in JSON-LD."""
MICRODATA = {**_IMAGE_OBJECT, "url": PLAIN}
"""Likewise in the markup, where `url` of an ImageObject is the picture's."""


def of_key(key: str) -> float | None:
    """None of a key that says nothing of a size. key: lower case."""
    return next((weight for word, weight in _SIZES if word in key), None)


def of_descriptor(descriptor: str) -> float:
    """`800w`, `2x`, of a candidate in a srcset or image-set."""
    for token in descriptor[:60].split():
        try:
            value = float(token[:-1])
        except ValueError:
            continue
        if token.endswith("w") and 0 < value < 1e5:
            return value
        if token.endswith("x") and 0 < value < 100:
            return value * ONE_DENSITY
    return ONE_DENSITY


def ranked(variants: Iterable[tuple[float, str]]) -> list[tuple[float, str]]:
    """The heaviest first, equal ones as they came; without those that have no address."""
    return sorted(((weight, url) for weight, url in variants if url), key=lambda variant: -variant[0])


def shown_of(written: Sequence[WrittenVariant]) -> list[str]:
    """Of what an element that shows a picture names: what a visitor sees there. With `src`, that, and what a script
    puts in its place; of sizes to choose from alone, the smallest: which one a browser takes is its own choice."""
    named = [(weight, url) for weight, url in written if url]
    said = [url for weight, url in named if weight in (PLAIN, LAZY)]
    return said or [url for _, url in sorted(named, key=lambda variant: variant[0])[:1]]
