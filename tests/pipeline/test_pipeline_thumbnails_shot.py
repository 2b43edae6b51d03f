"""A page that shows her picture as a thumbnail shows it in the screenshot too, made with the pass or at export; the
style sheets that were in hand are there both times."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.clock_trust import clock_trust
from monitor.documents.visit_record import clock_record
from monitor.errors import WorkFailed
from monitor.evidence.packet_names import CHECK_NAME, WACZ_NAME
from monitor.evidence.record_reading import clock_in
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceKind
from monitor.model.ids import CaseId
from monitor.model.screenshot import SavedPage
from monitor.services.packets import PacketService, PacketWish
from monitor.vault.age import open_sealed
from monitor.vault.identity import identity_file
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page
from tests.pipeline.test_pipeline_screenshots import FakeScreenshots, passed, shots_of, why

SITE = "https://forum.example"
FULL, THUMB, OTHER = f"{SITE}/media/X.jpg", f"{SITE}/thumbs/X.jpg", f"{SITE}/thumbs/Y.jpg"
SHEET, BROUGHT_IN = f"{SITE}/s.css", f"{SITE}/more.css"


class NoPaper:
    async def print(self, html: str) -> bytes:
        raise WorkFailed("no browser was found")


async def no_stamp(case: CaseId) -> None: ...


@pytest.fixture
async def board(bench: Bench) -> Bench:
    linked = f'<a href="/media/X.jpg"><img src="{THUMB}"></a><link rel=stylesheet href="/s.css">'
    bench.site.put(FORUM.urls[0], page(OTHER, more=linked))
    bench.site.put(SHEET, "@import '/more.css'; p { color: red }", "text/css")
    bench.site.put(BROUGHT_IN, "p { margin: 0 }", "text/css")
    bench.site.put(FULL, copy_of(PHOTOS[0]), "image/jpeg")
    bench.site.put(OTHER, copy_of(OTHERS[0]), "image/jpeg")
    await bench.enroll(PHOTOS[:1])
    return bench


def is_as_the_page_had_it(saved: SavedPage) -> None:
    picture = saved.picture
    assert picture is not None and picture.body == copy_of(PHOTOS[0])
    assert FULL in picture.addresses and picture.variants == {THUMB}
    assert saved.sizes[FULL][0] > 0
    sheets = {sheet.url: sheet.body for sheet in saved.sheets}
    assert set(sheets) == {SHEET, BROUGHT_IN} and b"color: red" in sheets[SHEET]


async def test_with_the_pass(board: Bench) -> None:
    made = FakeScreenshots()
    await passed(board, made)
    (saved,) = made.asked
    is_as_the_page_had_it(saved)


@pytest.mark.long
async def test_at_export_of_what_was_sealed(board: Bench, tmp_path: Path) -> None:
    await board.run()
    (find,) = board.store.sightings.all()
    identity, made = tmp_path / "identity.txt", FakeScreenshots()
    identity.write_bytes(identity_file(board.identity))
    vault = board.dependencies().vault
    service = PacketService(
        board.store, board.settings, board.clock, NoPaper(), no_stamp, lambda: made, lambda _: vault
    )
    wish = PacketWish(tmp_path / "p.zip", identity, with_images=True)
    await service.export([find.id], wish, case="default")
    (saved,) = made.asked
    is_as_the_page_had_it(saved)
    (item,) = shots_of(board)  # from now on it is kept as those that are made with the pass
    assert item.sighting == find.id and why(board) == []
    assert [one.act for one in board.store.custody.all("default")].count(CustodyAct.SHOT) == 1
    await service.export([find.id], replace(wish, out=tmp_path / "again.zip"), case="default")
    assert len(made.asked) == 1 and len(shots_of(board)) == 1
    await service.export([find.id], replace(wish, out=tmp_path / "bare.zip", with_images=False), case="default")
    packed = {name: zipfile.ZipFile(tmp_path / f"{name}.zip") for name in ("p", "again", "bare")}
    assert "captures/0001/find-0001/screenshot.png" in packed["again"].namelist()
    assert [WACZ_NAME in one.namelist() for one in packed.values()] == [True, True, False]
    assert [b"archive.wacz" in one.read(CHECK_NAME) for one in packed.values()] == [True, True, False]
    index = zipfile.ZipFile(io.BytesIO(packed["p"].read(WACZ_NAME))).read("indexes/index.cdxj").decode()
    assert all(f'"{url}"' in index for url in (FORUM.urls[0], FULL, SHEET, BROUGHT_IN)) and THUMB not in index


async def test_the_record_has_the_kernels_word_on_the_clock(board: Bench) -> None:
    await board.run()
    (item,) = [one for one in board.store.evidence.all("default") if one.kind is EvidenceKind.RECORD]
    record = open_sealed(board.settings.vault_dir / item.file.path, board.identity)
    assert "it was not asked" not in clock_in(record)
    known = clock_record(clock_trust())["synchronised"]
    assert ("is not known" in clock_in(record)) == (known is None)
