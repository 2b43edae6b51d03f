"""A page as a browser had made it, for a browser without scripts: that one would show what stands there for visitors
who have none, and nothing where a script had drawn.

The markup is a browser's own writing: every tag is closed, every attribute stands in double quotes. What is cut off is
read as a browser reads it, to the end."""

from __future__ import annotations

import re

DRAWING_URL = "https://taken-out.invalid/drawing/"
"""What stands in the place of a canvas asks for this, with a number, its width and its height."""

MOST_DRAWINGS = 1_000
_USUAL_SIZE = (300, 150)  # pixels: HTML, "the canvas element"

# One after the other, as a browser reads: what stands in a script or a comment is no tag. Each goes to the end of the
# page where it is not closed, so that nothing is read twice.
_PIECE = re.compile(
    rb"<!--.*?(?:-->|\Z)"
    rb"|<(?P<text>script|style|textarea|title|xmp|iframe|noembed|noframes)\b.*?(?:</(?P=text)\b|\Z)"
    rb"|(?P<without><noscript\b.*?(?:</noscript\b[^>]*>?|\Z))"
    rb"|<canvas\b(?P<drawing>(?:[^\">]++|\"[^\"]*+(?:\"|\Z))*+)>.*?(?:</canvas\b[^>]*>?|\Z)"
    rb"|<[a-z](?:[^\">]++|\"[^\"]*+(?:\"|\Z))*+",
    re.IGNORECASE | re.DOTALL,
)
_SIDE = re.compile(rb"\s(width|height)=\"\s*(\d{1,5})[^\"]*\"", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+/(\d{1,5})/(\d{1,5})")


def as_scripts_left_it(body: bytes) -> bytes:
    """Without what is for visitors without scripts; with a picture that is not there in the place of each canvas."""
    drawings = 0

    def change(found: re.Match[bytes]) -> bytes:
        nonlocal drawings
        if found["without"] is not None:
            return b""
        attributes = found["drawing"]
        if attributes is None:
            return found[0]
        drawings += 1
        return _stand_in(attributes, min(drawings, MOST_DRAWINGS))

    return _PIECE.sub(change, body)


def size_of_drawing(url: str) -> tuple[int, int] | None:
    """url: what a stand-in asked for. None: it is of something else."""
    found = _NUMBERS.fullmatch(url.partition("taken-out.invalid/drawing/")[2])
    return (int(found[1]), int(found[2])) if found else None


def _stand_in(attributes: bytes, number: int) -> bytes:
    """With the canvas's own class and style, by which the page gives it its place."""
    sides = {name.lower(): int(value) for name, value in _SIDE.findall(attributes)}
    width, height = sides.get(b"width", _USUAL_SIZE[0]), sides.get(b"height", _USUAL_SIZE[1])
    kept = _SIDE.sub(b"", attributes).rstrip(b"/ ")
    return b'<img src="%s%d/%d/%d"%s>' % (DRAWING_URL.encode(), number, width, height, kept)
