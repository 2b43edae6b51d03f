"""Bytes that are written as signs go whatever way they are written in; prose, code, addresses and hashes never do."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.written_bytes import address_without, told_without, written_bytes
from tests.serving.every_way import saturated
from tests.serving.hidden_ways import HIDDEN_WAYS

RNG = random.Random(13)
AVIF = b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B" + RNG.randbytes(600)
KINDS = {"JPEG": saturated(3), "AVIF": AVIF, "no known beginning": RNG.randbytes(500)}
BEFORE, BEHIND = "<!doctype html><title>A thread</title><p>she wrote</p>", "<p>and said</p>"
ROOT = Path(__file__).parents[2]


def left_of(text: str) -> str:
    raw = text.encode()
    for begin, end, _ in reversed(written_bytes(raw)):
        raw = raw[:begin] + b"data:sha256," + raw[end:]
    return raw.decode("utf-8", "replace")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", HIDDEN_WAYS)
def test_whatever_way_it_is_written_in(way: str, kind: str) -> None:
    left = left_of(BEFORE + HIDDEN_WAYS[way](KINDS[kind]) + BEHIND)
    assert left.startswith(BEFORE) and left.endswith(BEHIND)
    assert len(left) < len(BEFORE) + len(BEHIND) + 160, left


def test_the_digest_is_of_the_picture() -> None:
    picture = KINDS["no known beginning"]
    for way in ("in short lines", "in words", "hexadecimal in pieces", "numbers in rows"):
        ((_, _, content),) = written_bytes(HIDDEN_WAYS[way](picture).encode())
        assert content == picture, way


@pytest.mark.parametrize(
    "beginning",
    [
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\x70\0\0\0WEBPVP8 ",
        b"II*\0\x08\0\0\0",
        b"MM\0*\0\0\0\x08",
        b"BM\x9a\0\0\0\0\0\0\0",
        b"\0\0\0\x20ftypavif",
        b"\0\0\0\x18ftypheic",
    ],
)
def test_a_short_one_goes_by_what_it_begins_with(beginning: bytes) -> None:
    written = base64.b64encode(beginning + random.Random(1).randbytes(90)).decode()
    assert left_of(f'{{"thumb":"{written}"}}') == '{"thumb":"data:sha256,"}'


SHA = [hashlib.sha256(bytes((number,))).hexdigest() for number in range(4)]
JWT = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"HS256"}', b'{"sub":1}'))
KEPT = {
    "prose": "It was said that nobody had seen it, and she wrote of it all day. " * 100,
    "Cyrillic": "Это слово и ещё слово. " * 300,
    "Chinese": "这是一个很长的中文网页内容。" * 300,
    "Japanese": "".join(map(chr, range(0x3041, 0x3096))) * 20,
    "French in JSON": json.dumps("là-bas, où l'été passé était déjà arrivé, à côté" * 60),
    "Vietnamese in JSON": json.dumps("Đây là một trang web bằng tiếng Việt rất dài" * 60),
    "Cyrillic in an address": quote("это слово и ещё слово" * 20),
    "what was taken out before": "data:sha256,".join(["", *SHA]),
    "UUIDs": ", ".join(str(UUID(int=RNG.getrandbits(128))) for _ in range(40)),
    "hashes in JSON": json.dumps([{"id": one, "name": "a photo"} for one in SHA * 9]),
    "integrity": "\n".join(
        f"<script src='/a.js' integrity='sha512-{base64.b64encode(RNG.randbytes(64)).decode()}'></script>"
        for _ in range(9)
    ),
    "a JWT": f"Authorization: {JWT}.{base64.urlsafe_b64encode(RNG.randbytes(32)).decode()}",
    "addresses, a line each": "\n".join(
        f"https://cdn.example/{RNG.randbytes(16).hex()}/a.jpg?sig={RNG.randbytes(20).hex()}" for _ in range(60)
    ),
    "pictures by their addresses": "".join(
        f"<img src='/m/{base64.urlsafe_b64encode(RNG.randbytes(30)).decode()}.jpg'>" for _ in range(60)
    ),
    "a signed address": f'<a href="https://a.example/?t={base64.urlsafe_b64encode(RNG.randbytes(240)).decode()}">',
    "numbers in order": json.dumps([*range(2_000)]),
    "years": json.dumps([RNG.randrange(1_900, 2_030) for _ in range(500)]),
    "a path of a drawing": "M12.5 3.4c-1.2.3-4.5 6.7-8.9 1.2l3.4 5.6z" * 100,
    "colours": "".join(f"#{RNG.randbytes(3).hex()}," for _ in range(200)),
    "ruled lines": "=" * 5_000 + "-" * 5_000 + "+" * 5_000 + "&nbsp;" * 500,
}


@pytest.mark.parametrize("what", KEPT)
def test_what_is_no_picture_stays(what: str) -> None:
    assert written_bytes(KEPT[what].encode()) == []


@pytest.mark.parametrize("pattern", ["monitor/pipeline/*.py", "docs/*.md", "tests/outbound/*.py"])
def test_code_and_pages_of_our_own_stay(pattern: str) -> None:
    for path in sorted(ROOT.glob(pattern))[:20]:
        assert written_bytes(path.read_bytes()) == [], path


WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABC ,.;:'()-\n", max_size=400)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS | st.sampled_from(SHA),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "src"]), inner),
    max_leaves=12,
)


@given(VALUES, WORDS)
def test_no_ordinary_page_loses_anything(value: object, words: str) -> None:
    text = f"<p>{words}</p><script>{json.dumps(value, indent=1)}</script><a href='https://a.example/{words[:9]}'>"
    hashes = re.findall(r"(?:[0-9a-f]{64}[\s\",\[\]]+){4}", text)  # so many in a row are as dense as a picture
    assert hashes or written_bytes(text.encode()) == []


@given(st.binary(max_size=2_000))
def test_no_bytes_make_it_fail(untrusted: bytes) -> None:
    spans = written_bytes(untrusted)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    for text in (untrusted.decode("latin-1"), untrusted.decode("utf-8", "surrogateescape")):
        told_without(text)
        address_without(text)


def test_of_a_header_and_of_an_address() -> None:
    written = base64.b64encode(KINDS["JPEG"]).decode()
    assert len(told_without(written)) == len("data:sha256,") + 64
    link = told_without(f"<data:image/jpeg;base64,{written}>; rel=icon")
    assert written[40:70] not in link and link.endswith(">; rel=icon")
    url = f"https://a.example/land/?a=1&img={written.replace('+', '-').replace('/', '_').rstrip('=')}&b=2"
    assert re.fullmatch(r"https://a\.example/land/\?a=1&img=data:sha256,[0-9a-f]{64}&b=2", address_without(url))
    for kept in ("text/html; charset=utf-8", "https://a.example/?sig=" + "0a" * 60, "max-age=1, " * 50):
        assert (told_without(kept), address_without(kept)) == (kept, kept)
