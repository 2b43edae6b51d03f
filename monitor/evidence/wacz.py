"""A WARC as a WACZ file (version 1.1.1), which ReplayWeb.page opens by dropping it there: the same archive with an
index, so that nobody has to read it from the beginning.

Made at export, of WARC files of ours. Everything in it follows from them: the same archive is always the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator

ARCHIVE = "data.warc.gz"
_MADE_IN = (1980, 1, 1, 0, 0, 0)  # of every member: when it was packed is in no file


@dataclass(frozen=True, slots=True)
class FirstPage:
    """What is offered to be opened first. at: as `WARC-Date` has it."""

    url: str
    at: str
    title: str = ""


def wacz_of(warc: bytes, software: str, shown: FirstPage) -> bytes:
    """warc: members of `warc.warc_of`, one behind the other. Raises what warcio raises where it is none."""
    files: dict[str, bytes] = {
        f"archive/{ARCHIVE}": warc,
        "indexes/index.cdxj": "".join(sorted(_index(warc))).encode("ascii"),
        "pages/pages.jsonl": _pages(shown),
    }
    files["datapackage.json"] = package = _json(_package(files, software, shown))
    files["datapackage-digest.json"] = _json({"path": "datapackage.json", "hash": _hash(package)})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:  # a player reads members where they lie
        for name, body in files.items():
            packed.writestr(zipfile.ZipInfo(name, _MADE_IN), body)
    return out.getvalue()


def _index(warc: bytes) -> Iterator[str]:
    """Answers alone: what is not asked for at an address is not found at one."""
    records = ArchiveIterator(io.BytesIO(warc))
    for record in records:
        head, http = record.rec_headers, record.http_headers
        offset = records.get_record_offset()
        record.content_stream().read()
        length = records.get_record_length()
        if record.rec_type != "response" or http is None:
            continue
        url, at = head.get_header("WARC-Target-URI") or "", head.get_header("WARC-Date") or ""
        entry = {
            "url": url,
            "mime": (http.get_header("Content-Type") or "").partition(";")[0].strip(),
            "status": http.get_statuscode(),
            "digest": head.get_header("WARC-Payload-Digest") or "",
            "length": str(length),
            "offset": str(offset),
            "filename": ARCHIVE,
        }
        yield f"{_key(url)} {_compact(at)} {json.dumps(entry)}\n"


def _key(url: str) -> str:
    """As sorted indexes have an address: `example,forum)/t/1?x=1`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ")/"
    where = ",".join(reversed(host.split("."))) + (f":{port}" if port else "")
    return f"{where}){parts.path or '/'}{'?' + parts.query if parts.query else ''}".lower()


def _compact(at: str) -> str:
    return "".join(sign for sign in at if sign.isdigit())[:14]


def _pages(shown: FirstPage) -> bytes:
    lines = [
        {"format": "json-pages-1.0", "id": "pages", "title": "Pages"},
        {"id": "1", "url": shown.url, "ts": shown.at, "title": shown.title},
    ]
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode("ascii")


def _package(files: Mapping[str, bytes], software: str, shown: FirstPage) -> dict[str, object]:
    resources = [
        {"name": name.rpartition("/")[2], "path": name, "hash": _hash(body), "bytes": len(body)}
        for name, body in files.items()
    ]
    return {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "software": software,
        "created": shown.at,
        "mainPageUrl": shown.url,
        "mainPageDate": shown.at,
        "resources": resources,
    }


def _json(told: Mapping[str, object]) -> bytes:
    return json.dumps(told, indent=1).encode("ascii")


def _hash(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
