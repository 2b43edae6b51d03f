"""What passed over the wire, as a WARC 1.1 file, which archives, courts' experts and replay tools read.

A file has what belongs together and no more: one for a page, and one of its own for each matched picture, so that a
dismissed one goes with its file. Every record is a gzip member; files laid one behind the other are one WARC again.

What a site sends is made safe before warcio writes it: warcio writes line breaks as they come. Nothing here parses
what was sent.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from monitor.evidence import warc_text as text
from monitor.model.evidence import TakenOut
from monitor.model.exchange import NOT_KEPT, Exchange, HeaderLines
from monitor.model.ids import ContentDigest, digest_of
from monitor.model.page import Fetched

if TYPE_CHECKING:  # loaded by who writes an archive
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.utils import Digester
    from warcio.warcwriter import WARCWriter

MEDIA_TYPE = "application/warc"
KEPT_AS = "X-Archive-Orig-"
"""Before the name of a line that would mislead who replays what is kept; as other archives have it."""
SHEET = "X-Style-Sheet"
"""Of an answer's record: the address by which the page asks for this style sheet."""
MAX_NAMED_PICTURES = 5_000  # of one page, in its WARC; the manifest has them all

_CODINGS = ("content-encoding", "transfer-encoding")  # the body is kept as it was before they were laid on
_DIGESTS = frozenset({"content-md5", "digest", "content-digest", "repr-digest"})
_CERTIFICATES = "application/pem-certificate-chain"


@dataclass(frozen=True, slots=True)
class KeptBody:
    """What of a body is kept. body: b'' where nothing is. came, came_size: SHA-256 and bytes of the whole as it came,
    '' where that is not known. pictures: that were taken out of it. why: in plain words, why it is not as it came; ''
    where it is. media_type: '' as the server said."""

    body: bytes
    came: ContentDigest
    came_size: int
    pictures: tuple[TakenOut, ...] = ()
    why: str = ""
    media_type: str = ""

    @property
    def is_whole(self) -> bool:
        return not self.why and not self.pictures

    @classmethod
    def whole(cls, body: bytes) -> KeptBody:
        return cls(body, digest_of(body), len(body))


@dataclass(frozen=True, slots=True)
class WarcOf:
    """capture: its id. part: what of it this file is, 'page' or the id of the sighting. made_by: name and version of
    the program. at: when the capture was made."""

    capture: str
    part: str
    made_by: str
    at: datetime


def warc_of(
    visit: Fetched,
    kept: KeptBody,
    of: WarcOf,
    rendered: KeptBody | None = None,
    sheets: Sequence[tuple[Fetched, KeptBody]] = (),
) -> bytes:
    """kept: of the body as the server sent it. rendered: of the page as the browser had it in the end, where it was
    rendered. sheets: its style sheets, likewise. The same facts are always the same bytes."""
    out = io.BytesIO()
    file = _File(_writer_on(out), of)
    file.warcinfo()
    hops = visit.hops or _as_one_hop(visit)
    if not hops:  # written into a page: nobody was asked
        file.resource(_URN + (kept.came or digest_of(kept.body)), visit.fetched_at, kept)
        return out.getvalue()
    proofs = _proofs(hops)
    for place, hop in enumerate(hops):
        is_last = place == len(hops) - 1 and visit.status != 0
        answer = file.exchange(hop, kept if is_last else None, broke_off=is_last and visit.cut)
        for chain in (chain for chain, first in proofs if first == place):
            file.certificates(hop, chain, answer, by_browser=visit.request.browser)
    if rendered is not None:
        file.conversion(hops[-1], rendered, answer)
    for sheet, body in sheets:
        file.sheet(sheet, body)
    return out.getvalue()


_URN = "urn:sha256:"
_CERTIFICATES_OF, _RENDERED_OF = "urn:certificates:", "urn:rendered:"
"""Before an address. Under the address itself, replay tools give back the newest record, which is the answer."""


def _writer_on(out: io.BytesIO) -> WARCWriter:
    from warcio import utils
    from warcio.warcwriter import WARCWriter

    class Writer(WARCWriter):
        def _create_digester(self) -> Digester:
            return utils.Digester("sha256")

    return Writer(out, gzip=True, warc_version="1.1")


def _head(first: str, lines: list[tuple[str, str]], *, protocol: str) -> StatusAndHeaders:
    from warcio.statusandheaders import StatusAndHeaders

    return StatusAndHeaders(first, lines, protocol=protocol)


def _as_one_hop(visit: Fetched) -> tuple[Exchange, ...]:
    if not visit.status or not visit.url.startswith(("http:", "https:")):
        return ()
    return (Exchange(visit.url, visit.fetched_at, visit.status, answered=visit.headers, ip=visit.ip),)


def _proofs(hops: Sequence[Exchange]) -> list[tuple[tuple[bytes, ...], int]]:
    """Each chain once, with the hop where it was first shown."""
    first: dict[tuple[bytes, ...], int] = {}
    for place, hop in enumerate(hops):
        if hop.chain:
            first.setdefault(hop.chain, place)
    return list(first.items())


class _File:
    """Records in order. Their ids follow from the capture's, so that the same capture gives the same file."""

    def __init__(self, writer: WARCWriter, of: WarcOf) -> None:
        self._writer, self._of, self._count = writer, of, 0
        self._info = ""

    def warcinfo(self) -> None:
        fields = [
            ("software", self._of.made_by),
            ("format", "WARC File Format 1.1"),
            ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
            ("isPartOf", self._of.capture),
            ("description", "One look at one page. What is not kept is named in metadata records."),
        ]
        self._info = self._write("warcinfo", "", self._of.at, text.field_lines(fields), "application/warc-fields")

    def sheet(self, visit: Fetched, kept: KeptBody) -> None:
        hops = visit.hops or _as_one_hop(visit)
        for place, hop in enumerate(hops, start=1):
            is_last = place == len(hops)
            named = text.target_uri(visit.request.url) if is_last else ""
            self.exchange(hop, kept if is_last else None, broke_off=is_last and visit.cut, sheet=named)

    def exchange(self, hop: Exchange, kept: KeptBody | None, *, broke_off: bool, sheet: str = "") -> str:
        """kept None: of an answer that only sent on, whose body nobody read. sheet: its address, of a style sheet.
        Gives the response's id."""
        body = kept.body if kept is not None else b""
        is_kept = bool(body) or (kept is not None and kept.came == digest_of(b""))
        protocols = [("WARC-Protocol", word) for word in text.protocol_words(hop)]
        also = [("WARC-IP-Address", text.ip_literal(hop.ip)), *protocols]
        cut = "disconnect" if broke_off else "" if is_kept else "unspecified"
        answer = self._write(
            "response",
            hop.url,
            hop.at,
            body,
            "application/http; msgtype=response",
            (*also, ("WARC-Truncated", cut), (SHEET, sheet)),
            _head(text.status_line(hop), _answer_lines(hop.answered, len(body), kept), protocol=text.http_version(hop)),
        )
        if hop.asked:
            first = f"{text.request_target(hop)} HTTP/1.1"
            head = _head(first, _request_lines(hop.asked), protocol=text.method(hop))
            self._write(
                "request",
                hop.url,
                hop.at,
                b"",
                "application/http; msgtype=request",
                (("WARC-Concurrent-To", answer), *also),
                head,
            )
        fields = _about(hop, kept, broke_off=broke_off)
        self._write("metadata", hop.url, hop.at, text.field_lines(fields), "application/warc-fields", _refers(answer))
        return answer

    def certificates(self, hop: Exchange, chain: Sequence[bytes], answer: str, *, by_browser: bool) -> None:
        how = "as the browser put them together" if by_browser else "as the server sent them"
        also = (*_refers(answer), ("X-Certificates", how))
        self._write("metadata", f"{_CERTIFICATES_OF}{hop.url}", hop.at, text.pem_of(chain), _CERTIFICATES, also)

    def conversion(self, hop: Exchange, rendered: KeptBody, answer: str) -> None:
        """The page as it stood in the browser: made of the answer by the page's own scripts."""
        if rendered.body:
            kind = text.header_value(rendered.media_type) or "text/html; charset=utf-8"
            uri, also = f"{_RENDERED_OF}{hop.url}", (("WARC-Refers-To", answer),)
            self._write("conversion", uri, hop.at, rendered.body, kind, also)
        fields = [("about", "the page as rendered by a browser"), *_body_fields(rendered)]
        self._write("metadata", hop.url, hop.at, text.field_lines(fields), "application/warc-fields", _refers(answer))

    def resource(self, uri: str, at: datetime, kept: KeptBody) -> None:
        """A picture that was written into its page."""
        kind = text.header_value(kept.media_type) or "application/octet-stream"
        also = () if kept.body else (("WARC-Truncated", "unspecified"),)
        record = self._write("resource", uri, at, kept.body, kind, also)
        fields = [("about", "written into the page itself: nobody was asked for it"), *_body_fields(kept)]
        self._write("metadata", uri, at, text.field_lines(fields), "application/warc-fields", _refers(record))

    def _write(
        self,
        kind: str,
        uri: str,
        at: datetime,
        body: bytes,
        media_type: str,
        also: Iterable[tuple[str, str]] = (),
        http: StatusAndHeaders | None = None,
    ) -> str:
        self._count += 1
        name = f"{self._of.capture}/{self._of.part}/{self._count}"
        record_id = f"<urn:uuid:{uuid5(NAMESPACE_URL, f'reupload-monitor:{name}')}>"
        lines = [
            ("WARC-Type", kind),
            ("WARC-Record-ID", record_id),
            ("WARC-Date", utc_second(at)),
            *([("WARC-Target-URI", text.target_uri(uri))] if kind != "warcinfo" else []),
            *([("WARC-Warcinfo-ID", self._info)] if self._info else []),
            *((name, value) for name, value in also if value),
            ("Content-Type", media_type),
        ]
        record = self._writer.create_warc_record(
            "",
            kind,
            payload=io.BytesIO(body),
            length=len(body),
            warc_headers=_head("", lines, protocol="WARC/1.1"),
            http_headers=http,
        )
        self._writer.write_record(record)
        return record_id


def utc_second(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refers(record_id: str) -> tuple[tuple[str, str], ...]:
    return (("WARC-Concurrent-To", record_id),)


def _answer_lines(lines: HeaderLines, size: int, kept: KeptBody | None) -> list[tuple[str, str]]:
    """size: of what is kept. Lines that speak of the body on the wire speak of it under another name, or whoever
    replays the body as it is kept would unpack what is unpacked."""
    written: list[tuple[str, str]] = []
    is_changed = kept is not None and not kept.is_whole
    for name, value in lines:
        lower = name.lower()
        is_length = lower == "content-length"
        if lower in _CODINGS or value == NOT_KEPT or (is_length and value.strip() != str(size)):
            name = KEPT_AS + name
        elif is_changed and lower in _DIGESTS:
            name = KEPT_AS + name
        elif is_length:
            continue
        elif lower == "content-type" and kept is not None and kept.media_type:
            name = KEPT_AS + name
        written.append((text.header_name(name), text.header_value(value)))
    if kept is not None and kept.media_type:
        written.append(("Content-Type", text.header_value(kept.media_type)))
    return [*written, ("Content-Length", str(size))]


def _request_lines(lines: HeaderLines) -> list[tuple[str, str]]:
    """HTTP/2's own (`:path`) stand in the first line; a log-in's value is not kept, and said so under another name."""
    told = [(KEPT_AS + name if value == NOT_KEPT else name, value) for name, value in lines if name[:1] != ":"]
    host = next((value for name, value in lines if name == ":authority"), "")
    if host and not any(name.lower() == "host" for name, _ in told):
        told.insert(0, ("Host", host))
    return [(text.header_name(name), text.header_value(value)) for name, value in told]


def _about(hop: Exchange, kept: KeptBody | None, *, broke_off: bool) -> list[tuple[str, str]]:
    fields = [
        ("protocol", hop.protocol or "not known"),
        ("tls", hop.tls),
        ("ip-address", "" if hop.ip else "not known"),
        ("request-lines", "" if hop.asked else "not known"),
        ("values-not-kept", _names(line for line in (*hop.asked, *hop.answered) if line[1] == NOT_KEPT)),
        ("written-with-%XX", _names(line for line in (*hop.asked, *hop.answered) if _is_rewritten(line))),
        ("broke-off", "yes: what came before its end is here" if broke_off else ""),
    ]
    if kept is None:
        return [*fields, ("body", "not read: the answer sent on to another address")]
    coded = ", ".join(value for name, value in hop.answered if name.lower() in _CODINGS)
    return [*fields, ("codings-undone", coded), *_body_fields(kept)]


def _body_fields(kept: KeptBody) -> list[tuple[str, str]]:
    is_whole = kept.is_whole
    return [
        ("body", "as it came" if is_whole else "not as it came"),
        ("why", kept.why or ("" if is_whole else "pictures were taken out: they may be anybody's")),
        ("came-sha256", kept.came or "not known"),
        ("came-bytes", str(kept.came_size) if kept.came else ""),
        ("pictures-withheld", str(len(kept.pictures)) if kept.pictures else ""),
        *(("withheld", f"sha256:{digest} {size}") for digest, size in kept.pictures[:MAX_NAMED_PICTURES]),
    ]


def _names(lines: Iterable[tuple[str, str]]) -> str:
    return ", ".join(dict.fromkeys(text.header_name(name.lower()) for name, _ in lines))


def _is_rewritten(line: tuple[str, str]) -> bool:
    name, value = line
    return text.header_name(name) != name or text.header_value(value) != value.replace("\t", " ").strip()
