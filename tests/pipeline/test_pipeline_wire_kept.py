"""What passed over the wire, in the vault: opened with the person's key, it is what came."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace

import pytest
from warcio.archiveiterator import ArchiveIterator

from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.exchange import Exchange
from monitor.model.page import Fetched, Request
from monitor.model.watch import Render
from monitor.vault.age import open_sealed
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, page, small

SITE = "https://forum.example"
THREAD, COPY = f"{SITE}/t/1", f"{SITE}/p.jpg"
SECRET = "s3cr3t-t0ken"
STRANGER = base64.b64encode(OTHERS[0].read_bytes()).decode()
SENT = page(COPY, more=f"<img src='data:image/jpeg;base64,{STRANGER}'><p>words</p>")


@pytest.fixture
async def board(bench: Bench) -> Bench:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, SENT)
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    return bench


def plain(bench: Bench, item: EvidenceItem) -> bytes:
    return open_sealed(bench.settings.vault_dir / item.file.path, bench.identity)


def items(bench: Bench, kind: EvidenceKind) -> list[EvidenceItem]:
    return [item for item in bench.store.evidence.all("default") if item.kind is kind]


def payloads(warc: bytes) -> dict[str, bytes]:
    found = ArchiveIterator(io.BytesIO(warc), check_digests="raise")
    return {one.rec_headers.get_header("WARC-Type"): one.content_stream().read() for one in found}


async def test_page_and_picture_each_have_an_archive_of_their_own(board: Bench) -> None:
    await board.run()
    (sighting,) = board.store.sightings.all("default")
    of_page, of_picture = sorted(items(board, EvidenceKind.WARC), key=lambda item: bool(item.sighting))
    assert (of_page.sighting, of_picture.sighting) == ("", sighting.id)
    assert payloads(plain(board, of_picture))["response"] == small(PHOTOS[0])
    came = payloads(plain(board, of_page))
    assert b"words" in came["response"] and STRANGER[40:200].encode() not in b"".join(came.values())
    assert items(board, EvidenceKind.SERVED) == []


async def test_no_picture_where_none_is_to_be_kept(board: Bench) -> None:
    board.settings = replace(board.settings, evidence=replace(board.settings.evidence, keep_images=False))
    await board.run()
    opened = [plain(board, item) for item in items(board, EvidenceKind.WARC)]
    assert len(opened) == 2 and not any(small(PHOTOS[0])[50:90] in b"".join(payloads(one).values()) for one in opened)


async def test_of_a_rendered_page_what_was_served_is_kept_too(board: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch, dom = board.site.fetch, (SENT + "<p>by scripts</p>").encode()

    async def rendered(request: Request) -> Fetched:
        came = await fetch(request)
        if not request.browser:
            return came
        return Fetched.of(
            request, came.outcome, came.url, came.fetched_at, status=200, body=dom, hops=came.hops, served=SENT.encode()
        )

    monkeypatch.setattr(board.site, "fetch", rendered)
    await board.run(replace(FORUM, render=Render.BROWSER))
    (seen,), (sent,) = items(board, EvidenceKind.PAGE), items(board, EvidenceKind.SERVED)
    assert b"by scripts" in plain(board, seen) and b"by scripts" not in plain(board, sent)
    assert b"words" in plain(board, sent) and STRANGER[40:200].encode() not in plain(board, seen) + plain(board, sent)
    (of_page,) = (item for item in items(board, EvidenceKind.WARC) if not item.sighting)
    came = payloads(plain(board, of_page))
    assert b"by scripts" in came["conversion"] and b"by scripts" not in came["response"]


async def test_no_value_of_a_log_in_is_in_any_file(board: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = board.site.fetch

    async def with_cookies(request: Request) -> Fetched:
        came = await fetch(request)
        lines = (("Set-Cookie", f"sid={SECRET}"), ("Content-Type", "text/html"))
        hop = Exchange(came.url, came.fetched_at, came.status, asked=(("Cookie", SECRET),), answered=lines)
        return Fetched.of(
            request,
            came.outcome,
            came.url,
            came.fetched_at,
            status=came.status,
            headers=(*came.headers, ("set-cookie", SECRET)),
            body=came.body,
            hops=(hop,),
        )

    monkeypatch.setattr(board.site, "fetch", with_cookies)
    await board.run()
    opened = {item.kind: plain(board, item) for item in board.store.evidence.all("default")}
    for body in (*opened.values(), *payloads(opened[EvidenceKind.WARC]).values()):
        assert SECRET.encode() not in body
    told = json.loads(opened[EvidenceKind.RECORD])
    assert told["page"]["hops"][0]["headers"][0] == ["Set-Cookie", "(not kept)"]
    assert "synchronised" in told["our_clock"]
