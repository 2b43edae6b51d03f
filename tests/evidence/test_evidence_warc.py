"""A WARC of what was seen, read by the stock tools; and what a site may send into it."""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from monitor.evidence.warc import KeptBody, WarcOf, warc_of
from monitor.model.evidence import TakenOut
from monitor.model.exchange import Exchange
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request

AT = datetime(2026, 11, 29, 12, 0, 5, tzinfo=UTC)
PAGE_URL = "https://forum.example/t/1?x=a%20b"
PAGE = "<title>gr\xfc\xdfe</title><p>words</p>".encode()
PICTURE = bytes(range(256)) * 40
SECRET = "s3cr3t-t0ken"
OF = WarcOf("0192capture", "page", "reupload-monitor 0.1.0", AT)
LINES = (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "br"), ("Content-Length", "17"))
ASKED = (("Host", "forum.example"), ("User-Agent", "Mozilla/5.0"), ("Cookie", SECRET))
CHAIN = (b"leaf", b"between", b"root")


def hop(**told: Any) -> Exchange:
    usual = {
        "url": PAGE_URL,
        "at": AT,
        "status": 200,
        "reason": "OK",
        "protocol": "HTTP/1.1",
        "asked": ASKED,
        "answered": (*LINES, ("Set-Cookie", SECRET)),
        "ip": "192.0.2.7",
        "tls": "TLSv1.3",
        "chain": CHAIN,
    }
    return Exchange(**{**usual, **told})


def visit(*hops: Exchange, body: bytes = PAGE, url: str = PAGE_URL, **told: Any) -> Fetched:
    request = Request(hops[0].url if hops else url, told.pop("purpose", Purpose.PAGE))
    return Fetched.of(request, Outcome(OutcomeKind.OK), url, AT, status=200, body=body, hops=hops, **told)


def records(warc: bytes) -> list[tuple[str, Any, bytes]]:
    """Kind, record and payload of each."""
    return [
        (record.rec_headers.get_header("WARC-Type"), record, record.content_stream().read())
        for record in ArchiveIterator(io.BytesIO(warc), check_digests="raise")
    ]


def of_kind(warc: bytes, kind: str) -> list[tuple[Any, bytes]]:
    return [(record, payload) for name, record, payload in records(warc) if name == kind]


def stock(path: Path) -> tuple[int, int]:
    """Exit codes of `warcio check` and `gzip -t`."""
    check = subprocess.run([sys.executable, "-m", "warcio.cli", "check", str(path)], capture_output=True)
    return check.returncode, subprocess.run(["gzip", "-t", str(path)], capture_output=True).returncode


def lines_of(record: Any) -> dict[str, str]:
    return dict(record.http_headers.headers)


def test_a_page_that_was_sent_on_to() -> None:
    first = hop(
        url="http://forum.example/t/1", status=301, reason="Moved", answered=(("Location", PAGE_URL),), chain=()
    )
    warc = warc_of(visit(first, hop()), KeptBody.whole(PAGE), OF)
    kinds = [kind for kind, _, _ in records(warc)]
    assert kinds == ["warcinfo", "response", "request", "metadata", "response", "request", "metadata", "metadata"]
    (moved, nothing), (answer, payload) = of_kind(warc, "response")
    assert (moved.http_headers.statusline, nothing) == ("301 Moved", b"")
    assert moved.rec_headers.get_header("WARC-Truncated") == "unspecified"
    assert (answer.http_headers.protocol, answer.http_headers.statusline, payload) == ("HTTP/1.1", "200 OK", PAGE)
    told = answer.rec_headers
    assert told.get_header("WARC-IP-Address") == "192.0.2.7" and told.get_header("WARC-Date") == "2026-11-29T12:00:05Z"
    assert told.get_header("WARC-Target-URI") == PAGE_URL and told.protocol == "WARC/1.1"
    assert [value for name, value in told.headers if name == "WARC-Protocol"] == ["http/1.1", "tls/1.3"]
    sent = lines_of(answer)
    assert sent["X-Archive-Orig-Content-Encoding"] == "br" and sent["X-Archive-Orig-Content-Length"] == "17"
    assert "Content-Encoding" not in sent and sent["Content-Length"] == str(len(PAGE))
    asked, _ = of_kind(warc, "request")[1]
    assert (asked.http_headers.protocol, asked.http_headers.statusline) == ("GET", "/t/1?x=a%20b HTTP/1.1")
    assert asked.rec_headers.get_header("WARC-Concurrent-To") == told.get_header("WARC-Record-ID")
    assert SECRET.encode() not in gzip.decompress(warc)


def test_certificates_are_a_record_and_each_chain_is_there_once() -> None:
    warc = warc_of(visit(hop(url="https://forum.example/a"), hop()), KeptBody.whole(PAGE), OF)
    pems = [
        payload
        for record, payload in of_kind(warc, "metadata")
        if record.rec_headers.get_header("Content-Type") == "application/pem-certificate-chain"
    ]
    assert len(pems) == 1 and pems[0].count(b"-----BEGIN CERTIFICATE-----") == 3


def test_what_is_withheld_is_named_and_not_there() -> None:
    held = TakenOut(hashlib.sha256(PICTURE).hexdigest(), len(PICTURE))
    came = PAGE + PICTURE
    kept = KeptBody(PAGE, hashlib.sha256(came).hexdigest(), len(came), (held,))
    lines = (*LINES, ("Digest", "sha-256=x"))
    warc = warc_of(visit(hop(answered=lines), body=came), kept, OF)
    ((answer, payload),) = of_kind(warc, "response")
    assert payload == PAGE and "X-Archive-Orig-Digest" in lines_of(answer)
    told = b"".join(payload for _, payload in of_kind(warc, "metadata")).decode()
    assert f"withheld: sha256:{held.digest} {held.size}" in told and f"came-sha256: {kept.came}" in told
    assert "body: not as it came" in told and "codings-undone: br" in told


def test_a_picture_that_is_not_kept_has_its_head_and_digest() -> None:
    digest = hashlib.sha256(PICTURE).hexdigest()
    kept = KeptBody(b"", digest, len(PICTURE), why="pictures are not kept (keep_images)")
    warc = warc_of(visit(hop(), body=PICTURE), kept, OF)
    ((answer, payload),) = of_kind(warc, "response")
    assert payload == b"" and answer.rec_headers.get_header("WARC-Truncated") == "unspecified"
    assert lines_of(answer)["Content-Length"] == "0"
    assert f"came-sha256: {digest}".encode() in of_kind(warc, "metadata")[0][1]


def test_a_page_as_rendered_stands_beside_what_was_sent() -> None:
    dom = b"\xef\xbb\xbf<p>made by scripts</p>"
    warc = warc_of(visit(hop(protocol="HTTP/2")), KeptBody.whole(PAGE), OF, KeptBody.whole(dom))
    ((answer, sent),), ((made, payload),) = of_kind(warc, "response"), of_kind(warc, "conversion")
    assert (sent, payload) == (PAGE, dom)
    assert made.rec_headers.get_header("WARC-Target-URI") == f"urn:rendered:{PAGE_URL}"  # not in the page's place
    assert made.rec_headers.get_header("WARC-Refers-To") == answer.rec_headers.get_header("WARC-Record-ID")
    assert answer.http_headers.protocol == "HTTP/1.1" and ("WARC-Protocol", "h2") in answer.rec_headers.headers


def test_bytes_as_served_that_are_not_known_are_not_made_up() -> None:
    unknown = KeptBody(b"", "", 0, why="the browser no longer had them")
    warc = warc_of(visit(hop()), unknown, OF, KeptBody.whole(PAGE))
    ((answer, payload),) = of_kind(warc, "response")
    assert payload == b"" and answer.rec_headers.get_header("WARC-Truncated") == "unspecified"
    assert b"came-sha256: not known" in of_kind(warc, "metadata")[0][1]


def test_a_picture_written_into_its_page_is_no_answer_of_anybody() -> None:
    request = Request("data:sha256,abc", Purpose.IMAGE)
    written = Fetched.of(request, Outcome(OutcomeKind.OK), request.url, AT, status=200, body=PICTURE)
    warc = warc_of(written, KeptBody.whole(PICTURE), OF)
    assert of_kind(warc, "response") == []
    ((made, payload),) = of_kind(warc, "resource")
    assert payload == PICTURE
    assert made.rec_headers.get_header("WARC-Target-URI") == f"urn:sha256:{hashlib.sha256(PICTURE).hexdigest()}"


def test_what_broke_off_says_so() -> None:
    ((answer, _),) = of_kind(warc_of(visit(hop(), cut=True), KeptBody.whole(PAGE), OF), "response")
    assert answer.rec_headers.get_header("WARC-Truncated") == "disconnect"


def test_the_same_capture_gives_the_same_bytes_and_no_two_records_share_an_id() -> None:
    page, other = (warc_of(visit(hop()), KeptBody.whole(PAGE), WarcOf("1", part, "x", AT)) for part in ("page", "7"))
    assert page == warc_of(visit(hop()), KeptBody.whole(PAGE), WarcOf("1", "page", "x", AT))
    ids = [record.rec_headers.get_header("WARC-Record-ID") for _, record, _ in records(page + other)]
    assert len(ids) == len(set(ids)) == 10


def test_stock_tools_take_it_and_notice_what_is_changed(tmp_path: Path) -> None:
    page = warc_of(visit(hop()), KeptBody.whole(PAGE), OF)
    picture = warc_of(visit(hop(), body=PICTURE), KeptBody.whole(PICTURE), WarcOf("1", "2", "x", AT))
    together = tmp_path / "whole.warc.gz"
    together.write_bytes(page + picture)
    assert stock(together) == (0, 0)
    cut = tmp_path / "cut.warc.gz"
    cut.write_bytes((page + picture)[:-9])
    assert stock(cut)[1] != 0  # `warcio check` alone takes it
    flipped, plain = tmp_path / "flipped.warc", bytearray(gzip.decompress(page))
    plain[plain.index(b"words")] ^= 1
    flipped.write_bytes(plain)
    assert stock(flipped)[0] == 1


HOSTILE = [
    "x\r\nWARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n",
    "a\r\nX-Injected: yes",
    "a\nX-Injected: yes",
    "a\rX-Injected: yes",
    "\x00\x85\u2028\u2029\x0b\x0c\x1c",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "\ud800 lone",
    "\xfc\xff\u20ac\U0001f600",
    "",
    " ",
    ":",
    "x" * 100_000,
]
FIELDS = ["url", "reason", "protocol", "method", "name", "value", "asked name", "ip", "tls", "media", "why", "digest"]


def with_hostile(field: str, text: str) -> bytes:
    """A WARC of what holds this text in one field."""
    told: dict[str, Any] = {field: text} if field in ("url", "reason", "protocol", "method", "ip", "tls") else {}
    if field == "name":
        told["answered"] = ((text, "v"), *LINES)
    if field == "value":
        told["answered"] = (("x-a", text), ("Content-Type", text))
    if field == "asked name":
        told["asked"] = ((text, text), *ASKED)
    digest: Any = text if field == "digest" else hashlib.sha256(PAGE).hexdigest()
    kept = KeptBody(
        PAGE,
        digest,
        len(PAGE),
        (TakenOut(digest, 3),),
        text if field == "why" else "",
        text if field == "media" else "",
    )
    return warc_of(visit(hop(**told)), kept, OF, kept)


def check_is_nothing_but_text(warc: bytes) -> None:
    found = records(warc)
    assert [kind for kind, _, _ in found] == [
        "warcinfo",
        "response",
        "request",
        "metadata",
        "metadata",
        "conversion",
        "metadata",
    ]
    plain = gzip.decompress(warc)
    assert plain.count(b"\r\nWARC-Type: ") == 7 and b"\nX-Injected" not in plain
    for kind, record, payload in found:
        for name, value in record.rec_headers.headers:
            assert name.startswith(("WARC-", "Content-", "X-Certificates")) and value.isascii(), (name, value)
        if record.http_headers:
            assert all(name and name.isascii() and value.isascii() for name, value in record.http_headers.headers)
        if kind in ("response", "conversion"):
            assert payload == PAGE


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_site_sends_is_text(field: str, text: str) -> None:
    check_is_nothing_but_text(with_hostile(field, text))


@given(st.sampled_from(FIELDS), st.text(st.characters() | st.sampled_from("\r\n:\x85\u2028"), max_size=40))
def test_any_text_is_text(field: str, text: str) -> None:
    check_is_nothing_but_text(with_hostile(field, text))
