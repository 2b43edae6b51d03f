"""A page is sealed without the pictures that are written into it, however they are written."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import time
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.match import Tier
from monitor.pipeline.sealable_page import LEAST_RUN_CHARS, LEAST_URI_CHARS, MOST_PAGE_BYTES, without_pictures
from monitor.vault.age import open_sealed
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page

RAW = b"\xff\xd8\xff" + random.Random(1).randbytes(3_000)
B64 = base64.b64encode(RAW)
DIGEST = hashlib.sha256(RAW).hexdigest()
URI = b"data:image/jpeg;base64," + B64

ROWS = [
    pytest.param(b'<p>a</p><img src="%s"><p>b</p>' % URI, 1, id="attribute"),
    pytest.param(b"<img src='%s'>" % URI, 1, id="single quotes"),
    pytest.param(b"<p>a</p><img src=%s alt=x>" % URI, 1, id="no quotes"),
    pytest.param(b'<img srcset="a.jpg 1x, %s 2x, %s 3x">' % (URI, URI), 2, id="srcset"),
    pytest.param(b"<style>.a{background:url(%s)}</style>" % URI, 1, id="CSS"),
    pytest.param(b"<style>.a{background:url( '%s' )}</style>" % URI, 1, id="CSS with quotes"),
    pytest.param(b'<i style="background:url(&quot;%s&quot;)">' % URI, 1, id="style attribute"),
    pytest.param(b'<svg><image href="%s"/></svg>' % URI, 1, id="inside an inline SVG"),
    pytest.param(b'<script>var a={"a":"%s"}</script>' % URI.replace(b"/", b"\\/"), 1, id="JSON in a script"),
    pytest.param(
        b'{"a":"%s"}' % URI.replace(b":", b"\\u003a").replace(b"/", b"\\u002F").replace(b"+", b"\\u002b"),
        1,
        id="JSON with escapes",
    ),
    pytest.param(b'{"a":"<img src=\\"%s\\">"}' % URI.replace(b"/", b"\\/"), 1, id="markup in JSON"),
    pytest.param(
        b'<img src="data:image/jpeg;base64,%s">' % b"\n ".join(B64[at : at + 7] for at in range(0, len(B64), 7)),
        1,
        id="base64 with white space",
    ),
    pytest.param(
        b'"data:image/jpeg;base64,%s"' % b"\n ".join(B64[at : at + 7] for at in range(0, len(B64), 7)),
        1,
        id="a JSON string and nothing else, with white space",
    ),
    pytest.param(b'<img src="data:image/jpeg,%s">' % quote_from_bytes(RAW).encode(), 1, id="percent-encoded"),
    pytest.param(
        b'<img src="data:image/jpeg;base64,%s">' % quote_from_bytes(B64, safe="").encode(), 1, id="both encodings"
    ),
    pytest.param(b'<img src="DATA:IMAGE/JPEG;BASE64,%s">' % B64, 1, id="upper case"),
    pytest.param(b'<img src="data&#58;image/jpeg;base64&#44;%s">' % B64, 1, id="a colon as a reference"),
    pytest.param(
        b'<img src="data:image/jpeg;base64,%s">' % "".join(f"&#{sign};" for sign in B64).encode(),
        1,
        id="all as references",
    ),
    pytest.param(b'<img src="data:;base64,%s">' % B64, 1, id="without a type"),
    pytest.param(b'<img src="data:text/plain;charset=x;base64,%s">' % B64, 1, id="by another type"),
    pytest.param(b'<content><![CDATA[<img src="%s">]]></content>' % URI, 1, id="a feed's CDATA"),
    pytest.param(b"<content>&lt;img src=&quot;%s&quot;&gt;</content>" % URI, 1, id="a feed's escaped markup"),
    pytest.param(b'{"image": "%s", "text": "said"}' % B64, 1, id="base64 alone in JSON"),
    pytest.param(b'{"image": "%s"}' % B64.replace(b"/", b"\\/"), 1, id="base64 alone, escaped"),
    pytest.param(b'{"image": "%s"}' % base64.urlsafe_b64encode(RAW), 1, id="base64 of URLs"),
    pytest.param(b"text\n\n%s\n--end" % base64.encodebytes(RAW), 1, id="base64 in lines"),
    pytest.param(b'{"bytes":[%s]}' % ",".join(map(str, RAW)).encode(), 1, id="a list of bytes"),
    pytest.param(f'<img src="{URI.decode()}">'.encode("utf-16"), 1, id="UTF-16"),
    pytest.param(f'<img src="{URI.decode()}">'.encode("utf-16-be"), 1, id="UTF-16 without a mark"),
    pytest.param(b'\0<img src="%s">' % URI, 1, id="with a NUL"),
]


@pytest.mark.parametrize(("written", "count"), ROWS)
def test_a_picture_is_taken_out_and_named_by_its_digest(written: bytes, count: int) -> None:
    sealable = without_pictures(written)
    assert sealable.facts.taken_out == (DIGEST,) * count
    assert sealable.body.count(b"data:sha256," + DIGEST.encode()) == count
    assert len(sealable.body) < 300 and B64[40:60] not in sealable.body
    assert (sealable.facts.digest, sealable.facts.size) == (
        hashlib.sha256(sealable.body).hexdigest(),
        len(sealable.body),
    )


DRAWN = b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0L9 9' fill='red'/></svg>"


@pytest.mark.parametrize(
    ("begin", "drawn", "end"),
    [
        pytest.param(b'<img src="', DRAWN, b'"><p>and said</p>', id="in quotes"),
        pytest.param(b"<img src='", DRAWN.replace(b"'", b'"'), b"'><p>and said</p>", id="in single quotes"),
        pytest.param(b'<i style="background:url(&quot;', DRAWN.replace(b" ", b"%20"), b'">and said', id="escaped"),
        pytest.param(
            b"<style>a{b:url(", b"<svg/xmlns=" + b"x" * 40 + b"/>", b")}</style>and said", id="without quotes"
        ),
        pytest.param(b'<style>a{b:url( "', DRAWN, b'")}</style>and said', id="CSS"),
    ],
)
def test_a_drawing_goes_with_its_brackets(begin: bytes, drawn: bytes, end: bytes) -> None:
    body = without_pictures(begin + b"data:image/svg+xml;utf8," + drawn + end).body
    assert b"<path" not in body and b"<svg" not in body and b"and said" in body


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        pytest.param(b"<p>she wrote</p><img src=", b" alt=x><p>and said</p>", id="no quotes"),
        pytest.param(b'<p>she wrote</p><img src="', b'"><p>and said</p>', id="quotes"),
        pytest.param(b'{"a": "she wrote", "b": "', b'", "c": "and said"}', id="JSON"),
        pytest.param(b"<p>she wrote</p><style>a{b:url(", b")} /* and said */</style>", id="CSS"),
    ],
)
def test_what_stands_around_it_stays(begin: bytes, end: bytes) -> None:
    assert without_pictures(begin + URI + end).body == begin + b"data:sha256," + DIGEST.encode() + end


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Meta data: we have, for all these long years, said that this is so. " * 50, id="prose"),
        pytest.param('She said "data: foo, is a thing that I would say of everything that I see." ' * 50, id="quoted"),
        pytest.param("=" * 3_000 + "\n" + "-" * 3_000, id="ruled lines"),
        pytest.param("слово и ещё слово " * 500, id="Cyrillic"),
        pytest.param('<a href="https://a.example/' + "a/" * 150 + "?b=" + "x" * 300 + '">', id="long addresses"),
        pytest.param("\n".join(["word"] * 3_000), id="a word in each line"),
        pytest.param("1, 2, 3, 1999, 2024, 12500, " * 300, id="numbers"),
        pytest.param("", id="nothing"),
    ],
)
def test_text_stays_as_it_is(text: str) -> None:
    sealable = without_pictures(text.encode())
    assert sealable.body == text.encode() and sealable.facts.taken_out == ()


@pytest.mark.parametrize(
    "picture",
    [RAW, b"\x89PNG\r\n\x1a\n" + RAW, b"GIF89a" + RAW, b"RIFF\0\0\0\0WEBP" + RAW, b"\0\0\0\x1cftypavif" + RAW],
)
def test_a_picture_in_the_place_of_a_page_is_not_sealed_as_one(picture: bytes) -> None:
    sealable = without_pictures(picture)
    assert sealable.body == b"" and sealable.facts.taken_out == (hashlib.sha256(picture).hexdigest(),)


@given(st.binary(max_size=300), st.binary(min_size=LEAST_URI_CHARS, max_size=2_000), st.sampled_from([b'"', b"'"]))
def test_whatever_stands_around_it_a_quoted_picture_never_stays(before: bytes, raw: bytes, quote: bytes) -> None:
    written = base64.b64encode(raw)
    body = without_pictures(before + quote + b"data:image/png;base64," + written + quote).body
    assert written not in body


@given(st.binary(max_size=3 * LEAST_RUN_CHARS))
def test_no_bytes_make_it_fail(untrusted: bytes) -> None:
    without_pictures(untrusted)
    without_pictures(b"data:," + untrusted)


LETTERS = b"abcdefghijklmnopqrstuvwxyz/+0123456789"


@pytest.mark.rows(10)
@pytest.mark.parametrize(
    "before",
    [
        pytest.param(b"<p>" + LETTERS, id="text"),
        pytest.param(b'<img src="data:;base64,' + LETTERS, id="base64"),
        pytest.param(b"<img src=data:x", id="a head"),
        pytest.param(b"data%3a" * 17 + b"x,", id="many heads"),
    ],
)
@pytest.mark.parametrize(
    "sign",
    [
        *rb"""\ | ' ` " & &# &#0 &amp; &#x 0 0, , % %2 = - \u \x0 \u00 u n d data data: data\ <""".split(),
        *(b" ", b"\n", b"\t", b"\0", b"\xff", b"A" * 999 + b"<"),
    ],
)
def test_twice_the_bytes_are_twice_the_work(before: bytes, sign: bytes) -> None:
    """A run of whatever a pattern begins with, repeats or ends with: a scan that enters it at every position would
    hold all else up for minutes."""

    def seconds(size: int) -> float:
        written = before + sign * (size // len(sign)) + b"</p>"
        began = time.thread_time()
        without_pictures(written)
        return time.thread_time() - began

    assert any(seconds(400_000) < 3 * seconds(200_000) + 0.01 for _ in range(3))  # a busy machine is asked again


@given(st.lists(st.sampled_from([b"\\", b"&#", b"0", b"data", b":", b",", b"%3a", b'"', b"u002f", b"n", b" ", b"A"])))
def test_no_order_of_signs_makes_it_slow(signs: list[bytes]) -> None:
    """As many again of the same, in any order."""
    written = LETTERS * 40 + b"".join(sign * 50 for sign in signs)
    without_pictures(b'"data:;base64,' + written + b'"')
    without_pictures(b"".join(signs) * 50)


def test_of_a_page_over_the_bound_nothing_is_scanned() -> None:
    sealable = without_pictures(b"a " * (MOST_PAGE_BYTES // 2 + 1))
    assert sealable.body == b"" and sealable.facts.withheld == f"more than {MOST_PAGE_BYTES} bytes"
    assert without_pictures(b"a " * 1_000).facts.withheld == ""


@pytest.mark.parametrize("reference", [b"&#034;", b"&#x0022;", b"&#060;", b"&amp;#039;"])
def test_a_quote_as_a_reference_ends_it(reference: bytes) -> None:
    assert without_pictures(URI + reference + b"said").body.endswith(reference + b"said")


async def test_a_sealed_page_holds_no_picture_of_others_and_the_record_says_so(bench: Bench) -> None:
    """One matched and one of somebody else, both written into the page."""
    mine, other = copy_of(PHOTOS[0]), copy_of(OTHERS[0])
    uris = [f"data:image/jpeg;base64,{base64.b64encode(body).decode()}" for body in (mine, other)]
    shown = page(*uris)
    bench.site.put(FORUM.urls[0], shown)
    await bench.enroll(PHOTOS[:1])
    await bench.run()
    (sighting,) = bench.store.sightings.all()
    assert sighting.match.tier is Tier.MATCH
    opened = {
        item.kind: open_sealed(bench.settings.vault_dir / item.file.path, bench.identity)
        for item in bench.store.evidence.all("default")
    }
    assert opened["image"] == mine
    assert b"base64" not in opened["page"] and b"A thread" in opened["page"]
    assert sighting.place.image_url.encode() in opened["page"], "where the matched one stood"
    record = json.loads(opened["record"])
    assert record["page"]["sha256"] == hashlib.sha256(shown.encode()).hexdigest(), "as it came"
    assert record["page_as_sealed"] == {
        "sha256": hashlib.sha256(opened["page"]).hexdigest(),
        "bytes": len(opened["page"]),
        "pictures_taken_out": 2,
        "pictures": [{"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)} for body in (mine, other)],
        "withheld": None,
    }
