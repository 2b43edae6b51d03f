"""Of what is in hand, what stands in which WARC."""

from __future__ import annotations

import base64
import gzip
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image
from warcio.archiveiterator import ArchiveIterator

from monitor.evidence.warc_reading import sheets_in
from monitor.model.exchange import Exchange
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.pipeline.sealable_page import SealablePage, without_pictures
from monitor.pipeline.warc_files import as_served, page_warc, picture_warc

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
URL = "https://forum.example/t/1"


def png() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((40, 40), 90).save(out, "PNG")
    return out.getvalue()


PICTURE = png()
INLINE = f"<p>words</p><img src='data:image/png;base64,{base64.b64encode(PICTURE).decode()}'>".encode()


def came(body: bytes, status: int = 200, **told: Any) -> Fetched:
    hops = (Exchange(URL, AT, status, "OK", "HTTP/1.1", answered=(("Content-Type", "text/html"),)),)
    outcome = Outcome(OutcomeKind.OK if status == 200 else OutcomeKind.NOT_MODIFIED)
    return Fetched.of(Request(URL), outcome, URL, AT, status=status, body=body, hops=hops, **told)


def payloads(warc: bytes) -> list[tuple[str, bytes]]:
    iterator = ArchiveIterator(io.BytesIO(warc), check_digests="raise")
    found = [(one.rec_headers.get_header("WARC-Type"), one.content_stream().read()) for one in iterator]
    return [(kind, payload) for kind, payload in found if kind not in ("warcinfo", "request")]


def sealable(body: bytes) -> SealablePage:
    return without_pictures(body)


def test_a_picture_written_into_a_page_is_not_in_its_warc() -> None:
    warc = page_warc(came(INLINE), sealable(INLINE), None, "1", AT)
    (kind, payload), (_, told) = payloads(warc)
    assert kind == "response" and b"words" in payload
    digest = sealable(INLINE).facts.pictures[0].digest
    assert f"withheld: sha256:{digest} ".encode() in told and b"why: pictures were taken out" in told
    assert base64.b64encode(PICTURE)[40:90] not in gzip.decompress(warc)


def sheet_of(url: str, body: bytes) -> Fetched:
    told = (("Content-Type", "text/css"), ("Set-Cookie", "s3cr3t"), ("X", "y\r\nWARC-Type: z"))
    hop = Exchange(url, AT, 200, "OK", "HTTP/1.1", asked=(("Cookie", "s3cr3t"),), answered=told)
    request = Request(url, Purpose.STYLE)
    return Fetched.of(request, Outcome(OutcomeKind.OK), url, AT, status=200, body=body, hops=(hop,))


URI = b"data:image/png;base64," + base64.b64encode(PICTURE)
OPEN = b"p{background:url("
SHEET = "https://cdn.example/s.css?a=\r\nX-Style-Sheet: b"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param(b"p{color:red}", b"p{color:red}", id="plain"),
        pytest.param(
            b"p{color:red;background:url(" + URI + b")}", b"p{color:red;background:url(data:sha256,", id="data"
        ),
        pytest.param(OPEN + URI.replace(b"data", b"d\\61 ta") + b")}", OPEN, id="an escaped scheme"),
        pytest.param(
            OPEN + URI.replace(b"iVBOR", b"\\69VBOR").replace(b"data", b"dat\\\na") + b")}", OPEN, id="escapes all over"
        ),
        pytest.param(OPEN + b"".join(b"\\%x " % sign for sign in URI) + b")}", None, id="each letter as a number"),
        pytest.param(PICTURE, None, id="itself a picture"),
        pytest.param("p{}".encode("utf-16"), None, id="wide letters"),
    ],
)
def test_a_style_sheet_is_kept_with_its_page_without_pictures(written: bytes, kept: bytes | None) -> None:
    body = b"<p>words"
    warc = page_warc(came(body), sealable(body), None, "1", AT, [sheet_of(SHEET, written)])
    plain = gzip.decompress(warc)
    assert b"s3cr3t" not in plain and b"\nWARC-Type: z" not in plain and b"\nX-Style-Sheet: b" not in plain
    assert base64.b64encode(PICTURE)[40:90] not in plain and PICTURE[:40] not in plain
    (_, page), _, (_, sheet), _ = payloads(warc)
    assert page == body and (sheet[: len(kept)] == kept if kept else not sheet)
    found = [one for one in sheets_in(warc) if one.body]
    assert [one.body for one in found] == ([sheet] if kept else [])


def test_no_more_of_style_sheets_than_a_page_has_need_of() -> None:
    many = [sheet_of(f"https://cdn.example/{n}.css", b"p{color:red}" * 40_000) for n in range(40)]
    warc = page_warc(came(b"<p>"), sealable(b"<p>"), None, "1", AT, many)
    assert [one.url for one in sheets_in(warc)] == ["https://cdn.example/0.css", "https://cdn.example/1.css"]


@pytest.mark.parametrize("warc", [b"", b"no archive", gzip.compress(b"WARC/1.1\r\n"), gzip.compress(b"x")[:-9]])
def test_a_broken_archive_gives_no_sheet(warc: bytes) -> None:
    assert sheets_in(warc) == ()


def test_a_rendered_page_has_both_and_neither_has_the_picture() -> None:
    dom = b"\xef\xbb\xbf" + INLINE + b"<p>by scripts</p>"
    page = came(dom, served=INLINE)
    sent = as_served(page)
    assert sent is not None and sent.body == INLINE and sent.digest != page.digest and as_served(sent) is None
    warc = page_warc(page, sealable(dom), sealable(sent.body), "1", AT)
    kinds = dict(payloads(warc))
    assert b"by scripts" not in kinds["response"] and b"by scripts" in kinds["conversion"]
    assert base64.b64encode(PICTURE)[40:90] not in gzip.decompress(warc)


def test_of_a_rendered_page_whose_bytes_are_gone_that_is_said() -> None:
    page = came(INLINE, served=b"")
    assert as_served(page) is None
    (_, payload), (_, told), *_ = payloads(page_warc(page, sealable(INLINE), None, "1", AT))
    assert payload == b"" and b"came-sha256: not known" in told and b"no longer had" in told


@pytest.mark.parametrize("is_in_hand", [True, False])
def test_a_page_that_is_itself_a_picture_or_unchanged_has_no_body(is_in_hand: bool) -> None:
    page = came(PICTURE) if is_in_hand else came(b"", 304)
    warc = page_warc(page, sealable(PICTURE) if is_in_hand else None, None, "1", AT)
    (_, payload), (_, told) = payloads(warc)
    assert payload == b"" and (b"itself a picture" if is_in_hand else b"not changed") in told
    assert PICTURE[20:60] not in gzip.decompress(warc)


def test_a_picture_is_there_byte_for_byte_or_its_digest_alone() -> None:
    image = replace(came(PICTURE), request=Request(URL, Purpose.IMAGE))
    (_, payload), _ = payloads(picture_warc(image, "1", "2", AT))
    assert payload == PICTURE
    (_, payload), (_, told) = payloads(picture_warc(image, "1", "2", AT, why_not="not kept"))
    assert payload == b"" and f"came-sha256: {image.digest}".encode() in told
