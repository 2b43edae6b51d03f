"""What the scan leaves of a picture of somebody else, the reader finds: then the page's text is sealed in its place."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from monitor.model.ids import digest_of
from monitor.model.page import Fetched, Outcome, OutcomeKind, PageContent, ParseJob, Purpose, Request
from monitor.pipeline import sealable_page as scan
from monitor.pipeline.sealable_page import SealablePage
from monitor.pipeline.second_reading import sealable_page
from monitor.vault.age import open_sealed
from tests.fakes import InlineReader
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page, small

RAW = small(OTHERS[0])
B64 = base64.b64encode(RAW).decode()
URI = f"data:image/jpeg;base64,{B64}"
LINES = [B64[at : at + 76] for at in range(0, len(B64), 76)]
SPACED = "\n ".join(LINES)
CHINESE = "这是一个很长的中文网页内容。" * 3_000

HIDDEN = [
    pytest.param(f"<img src='data:image/jpeg;charset=\"utf-8\";base64,{SPACED}'>", id="a quote in its head"),
    pytest.param(f'<img src="data:image/jpeg;x=(1);base64,{SPACED}">', id="a bracket in its head"),
    pytest.param(f'<img src="data:image/jpeg;x={"y" * 130};base64,{SPACED}">', id="a long head"),
    pytest.param(f'<img src="da\tta:image/jpeg;base64,{" ".join(LINES)}">', id="a tab in its scheme"),
    pytest.param(f'<img src="d\nata:image/jpeg;base64,{SPACED}">', id="a line end in its scheme"),
    pytest.param("<script>a={}</script>".format("+\n".join(f"'{line}'" for line in LINES)), id="pieces in a script"),
    pytest.param(f"<script>{json.dumps([f'{line} ' for line in LINES])}</script>", id="pieces in JSON"),
    pytest.param(f"<script>x={json.dumps(RAW.decode('latin1'))}</script>", id="a string of its bytes"),
    pytest.param(f"<script>x='{B64[:900]}'</script>", id="one too short to be seen"),
]
RAW_WITHIN = [
    pytest.param(b"<p>she wrote</p>" + RAW, id="the bytes themselves"),
    pytest.param(b"<p>she wrote</p><!--" + RAW + b"-->", id="the bytes in a comment"),
]
UNSEARCHABLE = [
    pytest.param(
        f"<p>{CHINESE}</p><img src='{URI}'>".encode("utf-16-le"),
        "text/html; charset=utf-16le",
        id="UTF-16 without a mark",
    ),
    pytest.param(f"<p>she wrote</p><img src='{URI}'>".encode("utf-16"), "text/html", id="UTF-16"),
    pytest.param(f"<p>she wrote</p><img src='{URI}'>".encode("utf-32"), "text/html", id="UTF-32"),
]


class CountingReader(InlineReader):
    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def page(self, job: ParseJob, untrusted: bytes) -> PageContent:
        self.asked += 1
        return await super().page(job, untrusted)


def fetched(body: bytes, media_type: str = "text/html") -> Fetched:
    request = Request("https://forum.example/t/1", Purpose.PAGE)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    headers = (("content-type", media_type),)
    return Fetched.of(request, Outcome(OutcomeKind.OK), request.url, at, status=200, headers=headers, body=body)


async def sealable(body: bytes, media_type: str = "text/html") -> SealablePage:
    reader = CountingReader()
    found = await sealable_page(fetched(body, media_type), reader)
    assert reader.asked <= 1, "once a page"
    return found


def holds(body: bytes) -> bool:
    flat = b"".join(body.translate(None, b"\0'\"+, \t\r\n\\").split())
    pieces = [B64[at : at + 40].replace("+", "").encode() for at in range(0, len(B64) - 40, 40)]
    raw = [RAW[at : at + 16] for at in range(0, len(RAW) - 16, 16)]
    return any(piece in flat for piece in pieces) or any(piece in body for piece in raw)


@pytest.mark.parametrize("written", HIDDEN)
async def test_one_that_is_hidden_goes_and_the_page_stays(written: str) -> None:
    before, behind = b"<title>A thread</title><p>she wrote</p>", b'<a href="/next">and said</a>'
    found = await sealable(before + written.encode() + behind)
    assert not holds(found.body) and len(found.body) < 600
    assert found.body.startswith(before) and found.body.endswith(behind)
    assert found.media_type == "" and found.facts.withheld == "" and found.facts.pictures
    assert (found.facts.digest, found.facts.size) == (digest_of(found.body), len(found.body))


@pytest.mark.parametrize("body", RAW_WITHIN)
async def test_its_bytes_go_and_the_page_stays(body: bytes) -> None:
    found = await sealable(body + b"<p>and said</p>")
    assert not holds(found.body) and len(found.body) < 600
    assert b"<p>she wrote</p>" in found.body and b"and said" in found.body and not found.facts.withheld


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<title>iVBORw0KGgo and more</title><p>he threatens her</p>", id="in the title"),
        pytest.param(b"<p>iVBORw0KGgo</p><p>he threatens her</p>", id="in the text"),
        pytest.param(b'{"id":"/9j/4AAQSkZJRgABAQAAAQABAAD","text":"he threatens her"}', id="in JSON"),
        pytest.param(b"<p>RIFF....WEBP, \\x89PNG, \\u0089PNG, GIF89a</p><p>he threatens her</p>", id="in words"),
    ],
)
async def test_what_a_picture_begins_with_is_no_picture(body: bytes) -> None:
    found = await sealable(body)
    assert (found.body, found.facts.withheld, found.facts.pictures) == (body, "", ())


@pytest.mark.parametrize(("body", "media_type"), UNSEARCHABLE)
async def test_what_cannot_be_searched_is_sealed_as_text(body: bytes, media_type: str) -> None:
    found = await sealable(body, media_type)
    assert not holds(found.body) and found.facts.withheld
    assert b"she wrote" in found.body or "中文网页".encode() in found.body


async def test_what_is_too_large_is_sealed_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MOST_PAGE_BYTES", 1_000)
    found = await sealable(b"<p>she wrote</p>" + b"<p>and said</p>" * 100)
    assert found.facts.withheld == "more than 1000 bytes" and b"she wrote" in found.body and b"<p>" not in found.body


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        pytest.param(page("https://cdn.example/a.jpg", URI).encode(), "text/html", id="taken out by the scan"),
        pytest.param(b"<p>she wrote</p><img src='data:image/gif;base64,R0lGOD'>", "text/html", id="too little"),
        pytest.param(b'[{"text":"she wrote","url":"https://a.example/"}]', "application/json", id="JSON"),
        pytest.param(
            b'<?xml version="1.0"?><rss><channel><item><title>she wrote</title><link>https://a.example/1</link>'
            b"</item></channel></rss>",
            "application/rss+xml",
            id="a feed",
        ),
        pytest.param(b'<?xml version="1.0"?><html><body>she wrote</body></html>', "text/html", id="XHTML"),
    ],
)
async def test_any_other_page_is_sealed_as_it_is(body: bytes, media_type: str) -> None:
    found = await sealable(body, media_type)
    assert found.facts.withheld == "" and found.media_type == ""
    assert not holds(found.body) and found.body[:15] == body[:15]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(",".join(f"0x{byte:02x}" for byte in RAW), id="hexadecimal"),
        pytest.param(",".join(str(byte - 256 if byte > 127 else byte) for byte in RAW), id="signed"),
        pytest.param(json.dumps(dict(enumerate(RAW))), id="each with its place"),
        pytest.param(RAW.hex(" "), id="in columns"),
        pytest.param(base64.b85encode(RAW).decode().translate({60: 44, 62: 46}), id="another alphabet"),
    ],
)
async def test_what_nobody_can_read_goes_whatever_it_is(written: str) -> None:
    found = await sealable(f"<p>she wrote</p><script>a=[{written}]</script>".encode())
    assert len(found.body) < 500 and len(found.facts.taken_out) == 1 and b"she wrote" in found.body


async def test_the_record_says_why(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = "https://cdn.example/copy.jpg"
    bench.site.put(FORUM.urls[0], page(copy))
    bench.site.put(copy, copy_of(PHOTOS[0]), "image/jpeg")
    monkeypatch.setattr(scan, "MOST_PAGE_BYTES", 50)
    await bench.enroll(PHOTOS[:1])
    await bench.run()
    items = {item.kind: item for item in bench.store.evidence.all("default")}
    opened = {
        kind: open_sealed(bench.settings.vault_dir / item.file.path, bench.identity) for kind, item in items.items()
    }
    record = json.loads(opened["record"])
    assert record["page_as_sealed"]["withheld"] == "more than 50 bytes"
