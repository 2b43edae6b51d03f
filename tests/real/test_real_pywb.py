"""pywb, which archives replay WARC files with: what was captured comes back from it byte for byte. And the reference
tool for WACZ, which takes what we pack."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from monitor.evidence.wacz import FirstPage, wacz_of
from monitor.evidence.warc import KeptBody, WarcOf, warc_of
from monitor.model.page import Fetched, OutcomeKind, Purpose, Request
from tests.hostile.hostile_site import client, site
from tests.hostile.hostile_tls import serving, trusting
from tests.real.real_programs import free_port, need_python, run, started

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

PAGE = "<title>grüße</title><link rel=stylesheet href=/s.css><p>words</p><img src=/p.jpg>".encode() * 50
PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 300
AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


def answer(head: bytes) -> bytes:
    """Packed, and with a cookie: as sites answer."""
    import gzip

    path = head.split(b" ")[1]
    if path == b"/from":
        return b"HTTP/1.1 302 Found\r\nLocation: /t/1?x=a%20b\r\nContent-Length: 0\r\n\r\n"
    body, kind = (PICTURE, b"image/jpeg") if path == b"/p.jpg" else (gzip.compress(PAGE), b"text/html; charset=utf-8")
    coding = b"" if path == b"/p.jpg" else b"Content-Encoding: gzip\r\n"
    lines = b"Content-Type: " + kind + b"\r\nSet-Cookie: sid=secret; Path=/\r\n" + coding
    return b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def captured(tmp_path: Path) -> tuple[list[Fetched], list[bytes]]:
    tls = serving(tmp_path)
    async with site(b"", tls=tls) as served:
        served.answer_to = answer  # type: ignore[method-assign]
        async with client(served.port, timeout_s=10, tls=trusting()) as made:
            page = await made.fetch(Request(served.url("/from", scheme="https")))
            picture = await made.fetch(Request(served.url("/p.jpg", scheme="https"), Purpose.IMAGE))
    dom = KeptBody.whole(b"\xef\xbb\xbf<p>as a browser had it</p>")
    assert (page.outcome.kind, picture.outcome.kind) == (OutcomeKind.OK, OutcomeKind.OK)
    of_page = warc_of(page, KeptBody.whole(page.body), WarcOf("1", "page", "x", AT), dom)
    return [page, picture], [of_page, warc_of(picture, KeptBody.whole(picture.body), WarcOf("1", "2", "x", AT))]


async def test_a_page_and_its_picture_come_back_byte_for_byte(place: Path, tmp_path: Path) -> None:
    programs = need_python("pywb", "pywb==2.10.0", "setuptools<81")
    fetched, warcs = await captured(tmp_path)
    whole = tmp_path / "capture.warc.gz"
    whole.write_bytes(b"".join(warcs))  # the members of both files, one behind the other
    run(programs / "wb-manager", "init", "case", cwd=place, env={"PATH": f"{programs}:/usr/bin:/bin"})
    run(programs / "wb-manager", "add", "case", whole, cwd=place, env={"PATH": f"{programs}:/usr/bin:/bin"})
    port = free_port()
    server = [programs / "wayback", "-b", "127.0.0.1", "-p", str(port)]
    with (
        started(server, log=place / "pywb.log", port=port, cwd=place, env={"PATH": f"{programs}:/usr/bin:/bin"}),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as replay,
    ):
        for one, body in zip(fetched, (PAGE, PICTURE), strict=True):
            came = replay.get(f"/case/2026id_/{one.url}", follow_redirects=True)
            assert came.status_code == 200, (came.text[:500], (place / "pywb.log").read_text()[-2000:])
            assert hashlib.sha256(came.content).digest() == hashlib.sha256(body).digest()
            assert "set-cookie" not in came.headers and "secret" not in str(came.headers)
        moved = replay.get(f"/case/2026id_/{fetched[0].request.url}", follow_redirects=False)
        assert moved.status_code in (301, 302, 307) and "/t/1" in moved.headers["location"]
        shown = replay.get(f"/case/2026mp_/{fetched[0].url}", follow_redirects=True)  # as a person sees it
        assert "grüße" in shown.text


async def test_the_reference_tool_takes_the_wacz(place: Path, tmp_path: Path) -> None:
    programs = need_python("wacz", "wacz==0.6.0", "setuptools<81")
    fetched, warcs = await captured(tmp_path)
    packed = tmp_path / "capture.wacz"
    packed.write_bytes(wacz_of(b"".join(warcs), "x", FirstPage(fetched[0].url, "2026-11-29T12:00:05Z", "A page")))
    said = run(programs / "wacz", "validate", "-f", packed, cwd=place)
    assert "INVALID" not in said.upper().replace("IS INVALID: FALSE", ""), said
