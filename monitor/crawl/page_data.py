"""A rendered page together with the JSON that its scripts were given, as one document for a reader: what names pictures
there is found as in JSON that a page carries itself. Pure; the JSON is not parsed here."""

from __future__ import annotations

from collections.abc import Sequence

_OPENING, _CLOSING = b'<script type="application/json">', b"</script>"


def with_data(page: bytes, answers: Sequence[bytes]) -> bytes:
    """page: HTML in UTF-8. In JSON `<` stands only inside strings, where it may be written as an escape: so nothing in
    an answer is markup, and what is not JSON stays none."""
    return page + b"".join(_OPENING + answer.replace(b"<", b"\\u003c") + _CLOSING for answer in answers)
