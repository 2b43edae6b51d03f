"""Forms with files: whole parts out of bytes in any pieces; what is no such form is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.review.uploads import (
    MOST_FIELD,
    MOST_HEAD,
    BadUpload,
    GivenField,
    GivenFile,
    GivenPart,
    PartReader,
    boundary_of,
    given_parts,
)

MOST = 1_000
EDGE = "----WebKitFormBoundaryx7Ma4YW"


def head(name: str, filename: str | None = None) -> bytes:
    """As browsers write it."""
    file = "" if filename is None else f'; filename="{_escaped(filename)}"\r\nContent-Type: image/jpeg'
    return f'Content-Disposition: form-data; name="{_escaped(name)}"{file}\r\n\r\n'.encode()


def _escaped(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def written(parts: Sequence[tuple[bytes, bytes]], edge: str = EDGE) -> bytes:
    body = b"".join(b"--" + edge.encode() + b"\r\n" + one + content + b"\r\n" for one, content in parts)
    return body + b"--" + edge.encode() + b"--\r\n"


def read(content: bytes, size: int = 0, *, edge: str = EDGE, most: int = MOST) -> list[GivenPart]:
    reader = PartReader(edge, most_bytes=most)
    pieces = [content[at : at + size] for at in range(0, len(content), size)] if size else [content]
    found = [part for piece in pieces for part in reader.feed(piece)]
    reader.end()
    return found


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 64], ids=lambda size: f"in pieces of {size or 'all'}")
def test_a_browsers_form(size: int) -> None:
    near = b"\r\n--" + EDGE.encode()[:-1] + b"?" + b"\r\n--"  # nearly a boundary
    content = written(
        [
            (head("token"), b"abc"),
            (head("photos", "beach.jpg"), near),
            (head("photos", ""), b""),
            (head("photos", 'a"b; name="c.jpg'), b"\x00" * 9),
            (head("photos", "large.jpg"), b"x" * (MOST + 1)),
            (head("photos", "just.jpg"), b"y" * MOST),
        ]
    )
    assert read(content, size) == [
        GivenField("token", "abc"),
        GivenFile("photos", "beach.jpg", near),
        GivenFile("photos", "", b""),
        GivenFile("photos", 'a"b; name="c.jpg', b"\x00" * 9),
        GivenFile("photos", "large.jpg", b"", is_cut=True),
        GivenFile("photos", "just.jpg", b"y" * MOST),
    ]


BAD = {
    "nothing": b"",
    "no boundary at its beginning": b"hello" + written([(head("a"), b"b")]),
    "another boundary": written([(head("a"), b"b")], "other"),
    "cut off in the boundary": written([(head("a"), b"b")])[:5],
    "cut off in a head": written([(head("a"), b"b")])[: len(EDGE) + 10],
    "cut off in a file": written([(head("a", "b.jpg"), b"b" * 50)])[:-60],
    "cut off before its end": written([(head("a"), b"b")])[:-4],
    "a part without a name": written([(b"Content-Disposition: form-data\r\n\r\n", b"b")]),
    "a part that is no form's": written([(b'Content-Disposition: attachment; name="a"\r\n\r\n', b"b")]),
    "a head without end": b"--" + EDGE.encode() + b"\r\n" + b"x" * (MOST_HEAD + 1),
    "words behind a boundary": b"--" + EDGE.encode() + b"  \r\n",
    "a field as long as a file": written([(head("a"), b"b" * (MOST_FIELD + 1))]),
}


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in BAD.items()])
@pytest.mark.parametrize("size", [0, 5], ids=["at once", "in pieces"])
def test_what_is_no_form(content: bytes, size: int) -> None:
    with pytest.raises(BadUpload):
        read(content, size)


def test_no_end_of_parts() -> None:
    with pytest.raises(BadUpload, match="more than"):
        read(written([(head("a"), b"")] * 5_001))


TYPES = {
    "a browser's": (f"multipart/form-data; boundary={EDGE}", EDGE),
    "in quotes": (f'Multipart/Form-Data;Boundary="{EDGE}"', EDGE),
    "an ordinary form": ("application/x-www-form-urlencoded", None),
    "none": ("", None),
    "without a boundary": ("multipart/form-data", None),
    "an empty boundary": ("multipart/form-data; boundary=", None),
    "a boundary that is too long": (f"multipart/form-data; boundary={'x' * 71}", None),
    "a boundary with other signs": ("multipart/form-data; boundary=a\u00e4", None),
}


@pytest.mark.parametrize(("kind", "expected"), [pytest.param(*row, id=name) for name, row in TYPES.items()])
def test_the_boundary(kind: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(BadUpload):
            boundary_of(kind)
    else:
        assert boundary_of(kind) == expected


@given(
    st.lists(st.tuples(st.text(max_size=20), st.none() | st.text(max_size=20), st.binary(max_size=200)), max_size=5),
    st.integers(1, 80),
    st.text("ab-", min_size=1, max_size=6),
)
def test_whatever_is_written_is_read(parts: list[tuple[str, str | None, bytes]], size: int, edge: str) -> None:
    """Any bytes but the boundary itself, any names."""
    mark = b"\r\n--" + edge.encode()
    parts = [one for one in parts if mark not in b"\r\n" + one[2] + mark[:-1] and not _holds_escape(one)]
    content = written([(head(name, file), body) for name, file, body in parts], edge)
    expected = [
        GivenField(name, body.decode("utf-8", "replace")) if file is None else GivenFile(name, file, body)
        for name, file, body in parts
    ]
    assert read(content, size, edge=edge) == expected


def _holds_escape(part: tuple[str, str | None, bytes]) -> bool:
    """What is written the same as a sign that was escaped: browsers cannot tell it either."""
    return any(text is not None and "%" in text for text in part[:2])


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_end_in_parts_or_a_refusal(content: bytes, size: int) -> None:
    for start in (b"", b"--" + EDGE.encode() + b"\r\n"):
        try:
            read(start + content, size)
        except BadUpload:
            pass


def test_one_at_a_time() -> None:
    """What comes behind a part is not asked for before that part was dealt with."""
    taken = []

    async def socket() -> AsyncIterator[bytes]:
        content = written([(head("photos", f"{number}.jpg"), b"x" * 900) for number in range(10)])
        for at in range(0, len(content), 100):
            taken.append(at)
            yield content[at : at + 100]

    async def most_ahead() -> list[int]:
        found = []
        async for _ in given_parts(f"multipart/form-data; boundary={EDGE}", socket(), most_bytes=MOST):
            found.append(len(taken) * 100 - (len(found) + 1) * 900)
        return found

    found = asyncio.run(most_ahead())
    assert len(found) == 10
    assert max(found) < 10 * 200  # heads, and a piece
