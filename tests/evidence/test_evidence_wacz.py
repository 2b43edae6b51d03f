"""The archive with its index: what the index names lies where it says."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

from warcio.archiveiterator import ArchiveIterator

from monitor.evidence.wacz import FirstPage, wacz_of
from monitor.evidence.warc import KeptBody, WarcOf, warc_of
from tests.evidence.test_evidence_warc import AT, OF, PAGE, PAGE_URL, PICTURE, hop, visit

PICTURE_URL = "https://cdn.example:8443/P.jpg"
SHOWN = FirstPage(PAGE_URL, "2026-11-29T12:00:05Z", "</script>\u2028 gr\xfc\xdfe")


def archive() -> bytes:
    page = warc_of(visit(hop()), KeptBody.whole(PAGE), OF, KeptBody.whole(b"<p>rendered"))
    of_picture = WarcOf("1", "2", "x", AT)
    return page + warc_of(visit(hop(url=PICTURE_URL), body=PICTURE), KeptBody.whole(PICTURE), of_picture)


def opened() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(wacz_of(archive(), "reupload-monitor 0.1.0", SHOWN)))


def test_what_the_index_names_lies_where_it_says() -> None:
    packed = opened()
    warc = packed.read("archive/data.warc.gz")
    lines = packed.read("indexes/index.cdxj").decode().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["example,cdn:8443)/p.jpg", "example,forum)/t/1?x=a%20b"]
    assert all(line.split(" ")[1] == "20261129120005" for line in lines)
    for line, (url, body) in zip(lines, ((PICTURE_URL, PICTURE), (PAGE_URL, PAGE)), strict=True):
        entry = json.loads(line.split(" ", 2)[2])
        at, length = int(entry["offset"]), int(entry["length"])
        record = next(ArchiveIterator(io.BytesIO(warc[at : at + length])))
        assert (record.rec_headers.get_header("WARC-Target-URI"), entry["url"]) == (url, url)
        assert record.content_stream().read() == body and entry["status"] == "200"


def test_every_file_has_its_digest_and_the_list_has_one_too() -> None:
    packed = opened()
    package = json.loads(packed.read("datapackage.json"))
    named = {one["path"]: one for one in package["resources"]}
    assert set(named) | {"datapackage.json", "datapackage-digest.json"} == set(packed.namelist())
    for path, one in named.items():
        body = packed.read(path)
        assert (one["hash"], one["bytes"]) == (f"sha256:{hashlib.sha256(body).hexdigest()}", len(body))
    digest = json.loads(packed.read("datapackage-digest.json"))
    assert digest["hash"] == f"sha256:{hashlib.sha256(packed.read('datapackage.json')).hexdigest()}"
    assert all(one.compress_type == zipfile.ZIP_STORED for one in packed.infolist())


def test_the_page_is_offered_and_its_title_is_text() -> None:
    head, page = opened().read("pages/pages.jsonl").decode("ascii").splitlines()
    assert json.loads(head)["format"] == "json-pages-1.0"
    assert json.loads(page)["url"] == PAGE_URL and json.loads(page)["title"] == SHOWN.title


def test_the_same_archive_gives_the_same_bytes() -> None:
    assert wacz_of(archive(), "x", SHOWN) == wacz_of(archive(), "x", SHOWN)
