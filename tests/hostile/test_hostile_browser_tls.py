"""Chromium over TLS: what it says of the server's certificate, and the codings that browsers take over TLS only."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from monitor.clock import utc_now
from monitor.model.page import OutcomeKind as K
from monitor.outbound.browser import chromium
from monitor.outbound.browser.fetcher import BrowserFetcher
from monitor.outbound.browser.finding import find_chromium
from monitor.outbound.guard import AddressRules
from tests.hostile.hostile_browser import answering, jpeg, settings, visit
from tests.hostile.hostile_rows import ROWS, Row
from tests.hostile.hostile_site import Names, ok, site
from tests.hostile.hostile_tls import serving

# What is sent that way over plain HTTP is in the common table: a browser cannot unpack it there.
TLS_ONLY = {
    "brotli": (K.OK,),
    "zstd": (K.OK,),
    "brotli bomb": (K.TOO_LARGE,),
    "zstd bomb": (K.TOO_LARGE,),
    "zstd with a window of 128 MB": (K.EMPTY, K.UNREADABLE),  # nothing but NULs, which a page drops
    "gzip then brotli": (K.OK,),
    "brotli that is none": (K.UNREADABLE,),
    "zstd that is none": (K.UNREADABLE,),
    "brotli cut off": (K.UNREADABLE, K.OK, K.EMPTY),
    "zstd cut off": (K.UNREADABLE, K.OK, K.EMPTY),
}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine"),
]


@dataclass(frozen=True)
class Server:
    """What stands before the pages of this file: its certificate, DER, and how to serve with it."""

    tls: ssl.SSLContext
    der: bytes

    @property
    def trust(self) -> str:
        """For Chromium, by the digest of its key: its store of authorities is not ours to change."""
        key = x509.load_der_x509_certificate(self.der).public_key()
        der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return f"--ignore-certificate-errors-spki-list={base64.b64encode(hashlib.sha256(der).digest()).decode()}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("tls")
    tls = serving(folder)
    (path,) = folder.glob("*.pem")
    text = path.read_text()
    return Server(tls, ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERTIFICATE") :]))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser(server: Server) -> AsyncIterator[BrowserFetcher]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chromium, "_FLAGS", (*chromium._FLAGS, server.trust))
        made = BrowserFetcher(settings(), AddressRules.of(settings().network), Names(), clock=utc_now)
        yield made
        await made.aclose()


async def test_the_certificate_of_a_page_is_kept_for_evidence(browser: BrowserFetcher, server: Server) -> None:
    page = b"<title>x</title><img src=/a.jpg>"
    async with site(answering(ok(page)), tls=server.tls) as served:  # type: ignore[arg-type]
        fetched = await visit(browser, served, served.url(scheme="https"))
        assert fetched.outcome.kind is K.OK, fetched.outcome
        assert fetched.chain[0] == server.der and fetched.hops[-1].tls == "TLSv1.3"
        assert [sub.chain[0] for sub in fetched.subresources] == [server.der]
    async with site(ok()) as served:
        assert (await visit(browser, served, served.url())).chain == ()


async def test_visits_share_no_tls_session_and_nothing_that_was_handed_out(
    browser: BrowserFetcher, server: Server
) -> None:
    """Each has a context of its own, and that has its own connections, tickets and cache."""
    resumed: list[tuple[str, bool]] = []
    marks = 'ETag: "m"\r\nSet-Cookie: m=1\r\nContent-Type: '
    page, picture = ok(b"<title>x</title><img src=/a.jpg>", f"{marks}text/html"), ok(jpeg(9), f"{marks}image/jpeg")

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        resumed.append((path, writer.get_extra_info("ssl_object").session_reused))
        writer.write(page if path == "/" else picture)

    async with site(answer, tls=server.tls) as served:
        for _ in range(2):
            served.heads.clear()
            fetched = await visit(browser, served, served.url("/", scheme="https"))
            assert fetched.outcome.kind is K.OK, fetched.outcome
            assert not any(b"\r\nIf-None-Match" in head for head in served.heads)
            assert b"\r\nCookie:" not in served.heads[0]
    assert [is_resumed for path, is_resumed in resumed if path == "/"] == [False, False]


@pytest.mark.long
@pytest.mark.parametrize(
    ("case", "kinds"),
    [
        pytest.param(case, TLS_ONLY[case.id], id=case.id, marks=() if case.id == "brotli" else pytest.mark.long)
        for case in ROWS
        if case.id in TLS_ONLY
    ],
)
async def test_codings_that_browsers_take_over_tls_only(
    case: Row, kinds: tuple[K, ...], browser: BrowserFetcher, server: Server
) -> None:
    async with site(case.answer, tls=server.tls) as served:
        fetched = await visit(browser, served, served.url(scheme="https"))
        assert fetched.outcome.kind in kinds, fetched.outcome
        assert served.inside == 0
