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
