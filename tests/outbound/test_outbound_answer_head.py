"""Heads of answers come in pieces or at once, and read the same."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.outbound.answer_head import AnswerHead, mended
from tests.outbound.sloppy_heads import CHUNKED, FIRST_LINES, SLOPPY

USUAL = (
    b'HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: image/jpeg\r\nSet-Cookie: a=b; Path=/\r\nETag: "5f"\r\n'
    b"Content-Length: 480\r\n\r\n"
)
HEADS = [USUAL, b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + USUAL] + [
    first + b"\r\n" + lines + b"\r\n\r\n"
    for first in (b"HTTP/1.1 200 OK", *FIRST_LINES.values())
    for lines in (*SLOPPY.values(), *CHUNKED.values(), b"Content-Length: 480")
]


def read(pieces: list[bytes]) -> tuple[bytes, bool]:
    head = AnswerHead()
    head.begin()
    return b"".join(head.feed(piece) for piece in pieces) + head.rest(), head.is_longer


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(HEADS),
    st.sampled_from([0, 1, 479, 480, 481, 2_000]),
    st.lists(st.integers(0, 2_600), max_size=6),
)
def test_in_whatever_pieces_it_comes(head: bytes, body: int, cuts: list[int]) -> None:
    answer = head + b"x" * body
    places = sorted({0, len(answer), *(cut for cut in cuts if cut < len(answer))})
    pieces = [answer[a:b] for a, b in pairwise(places)]
    assert read(pieces) == read([answer[at : at + 1] for at in range(len(answer))])


@pytest.mark.parametrize("body", [b"", b"x" * 480, b"x" * 100])
def test_of_a_usual_answer_nothing_is_copied(body: bytes) -> None:
    answer, head = USUAL + body, AnswerHead()
    head.begin()
    assert head.feed(answer) is answer and not head.is_longer and mended(USUAL) is USUAL
