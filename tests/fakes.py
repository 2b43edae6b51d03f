"""Fakes that keep the real ones' promises, for tests of what joins the parts. The store, the matcher, the vault and the
sources are always the real ones; only the network, the worker processes and the clock are stood in for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from monitor.crawl.robots.reading import read_robots
from monitor.errors import UnreadableImage, UnreadableKind
from monitor.matching.reading.fingerprint import read_image, read_photo, read_windows
from monitor.matching.reading.shown import shown_picture
from monitor.model.exchange import Exchange, HeaderLines
from monitor.model.fingerprint import ImageReading, PhotoReading, PicturePart, Window
from monitor.model.mail import MailReading
from monitor.model.page import Fetched, Outcome, OutcomeKind, PageContent, ParseJob, Request
from monitor.model.registry import RdapServers, RegistryRecord
from monitor.model.robots import RobotsRules
from monitor.model.shown import ShownPicture
from monitor.ports import Detail
from monitor.sources.reading.mail import read_mail
from monitor.sources.reading.parsers import read_answer
from monitor.takedown.rdap.reading import read_dns_text, read_registry, read_servers


@dataclass
class FakeClock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


# The same few photos are read by hundreds of tests, and a photo's local features take a second. What is read of bytes
# is a frozen value and depends on nothing else.
_image = lru_cache(maxsize=500)(read_image)
_windows = lru_cache(maxsize=100)(read_windows)
_photo = lru_cache(maxsize=100)(read_photo)


class InlineReader:
    """What the confined workers run, in this process. Counts what it was asked for; dies on what a test names."""

    def __init__(self) -> None:
        self.images = 0
        self.robots_read = 0
        self.dies_on: set[bytes] = set()

    async def page(self, job: ParseJob, untrusted: bytes) -> PageContent:
        return read_answer(job, untrusted)

    async def robots(self, untrusted: bytes) -> RobotsRules | None:
        self.robots_read += 1
        return None if untrusted in self.dies_on else read_robots(untrusted)

    async def registry(self, untrusted: bytes, *, is_dns: bool = False) -> RegistryRecord:
        return read_dns_text(untrusted) if is_dns else read_registry(untrusted)

    async def servers(self, untrusted: bytes) -> RdapServers | None:
        return read_servers(untrusted)

    async def mail(self, untrusted: bytes) -> MailReading | None:
        return None if untrusted in self.dies_on else read_mail(untrusted)

    async def image(self, untrusted: bytes, detail: Detail) -> ImageReading:
        self.images += 1
        if untrusted in self.dies_on:
            raise UnreadableImage("the reader died of it", kind=UnreadableKind.READER_DIED)
        return _image(untrusted, detail=detail)

    async def windows(self, untrusted: bytes, parts: Sequence[PicturePart]) -> tuple[Window, ...]:
        return _windows(untrusted, tuple(parts))

    async def photo(self, untrusted: bytes, *, features: bool) -> PhotoReading:
        return _photo(untrusted, features=features)

    async def shown(self, untrusted: bytes, *, band: int = 0, is_page: bool = False) -> ShownPicture:
        if untrusted in self.dies_on:
            raise UnreadableImage("the reader died of it", kind=UnreadableKind.READER_DIED)
        return shown_picture(untrusted, band=band, is_page=is_page)


@dataclass
class FakeSite:
    """Answers by URL as a well-kept server would: ETag of the bytes, 304 when asked with it, 404 for the rest.
    `fails` gives an outcome instead."""

    clock: FakeClock
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    fails: dict[str, Outcome] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    def put(self, url: str, body: bytes | str, content_type: str = "text/html; charset=utf-8") -> None:
        self.files[url] = (content_type, body.encode() if isinstance(body, str) else body)

    def urls_asked(self) -> list[str]:
        return [request.url for request in self.asked]

    def allow_ports_of(self, urls: Iterable[str]) -> None: ...

    async def fetch(self, request: Request) -> Fetched:
        self.asked.append(request)
        if request.url in self.fails:
            return self._answer(request, self.fails[request.url])
        if request.url not in self.files:
            return self._answer(request, Outcome(OutcomeKind.GONE, "the server says 404", "look elsewhere"), status=404)
        content_type, body = self.files[request.url]
        digest = hashlib.sha256(body).hexdigest()
        headers = (("content-type", content_type), ("etag", f'"{digest[:16]}"'))
        if request.etag == f'"{digest[:16]}"':
            return self._answer(request, Outcome(OutcomeKind.NOT_MODIFIED), status=304, headers=headers)
        return self._answer(request, Outcome(OutcomeKind.OK), status=200, headers=headers, body=body)

    def _exchange(self, request: Request, status: int, headers: HeaderLines) -> Exchange:
        host, asked = ("Host", urlsplit(request.url).netloc), ("User-Agent", "a browser's")
        return Exchange(
            request.url,
            self.clock(),
            status,
            "OK" if status == 200 else "",
            "HTTP/1.1",
            asked=(host, asked),
            answered=headers,
            ip="192.0.2.1",
        )

    def _answer(
        self,
        request: Request,
        outcome: Outcome,
        *,
        status: int = 0,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Fetched:
        return Fetched.of(
            request,
            outcome,
            request.url,
            self.clock(),
            status=status,
            headers=headers,
            body=body,
            ip="192.0.2.1",
            hops=(self._exchange(request, status, headers),) if status else (),
            wire_bytes=len(body) + 200 if status else 0,
        )
