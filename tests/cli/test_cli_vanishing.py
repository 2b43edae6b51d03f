"""What is gone after one fetch is kept whole: seen by the real program over the real wire, drawn by a real browser."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from warcio.archiveiterator import ArchiveIterator

from monitor.outbound.browser.finding import find_chromium
from monitor.vault.identity import identity_file, new_identity
from tests.cli.cli_program import ON_LOOPBACK, PHOTOS, Program, page
from tests.serving.web import Quiet, threaded

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine"),
]

IDENTITY, RECIPIENT = new_identity()
OWL = (PHOTOS / "enrolled" / "owl.jpg").read_bytes()
DOG = (PHOTOS / "others" / "dog.jpg").read_bytes()
THREAD = b"""<!doctype html><title>Look</title><link rel=stylesheet href=/s.css>
<article><a class=author href=/u/heron>heron</a><p>Some words that were said.</p>
<a href=/owl.jpg><img src=/small-owl.jpg width=160 height=120></a></article><img src=/dog.jpg width=100 height=80>"""


def small(photo: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(photo)) as opened:
        opened.thumbnail((160, 160))
        opened.save(out, "JPEG")
    return out.getvalue()


def coloured(png: bytes) -> tuple[int, int]:
    """Width and height of the box that holds every pixel that is clearly not grey."""
    with Image.open(io.BytesIO(png)) as opened:
        seen = np.asarray(opened.convert("RGB")).astype(int)
    ys, xs = np.where(seen.max(2) - seen.min(2) > 16)
    return (int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1) if len(xs) else (0, 0)


def test_gone_after_one_fetch(enrolled: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    path = enrolled.home / "config.toml"
    path.write_text(path.read_text().replace("recipients = []", f'recipients = ["{RECIPIENT}"]'))
    Path("identity.txt").write_bytes(identity_file(IDENTITY))
    for name, value in ON_LOOPBACK.items():
        monkeypatch.setenv(name, value)
    there = {
        "/t": ("text/html; charset=utf-8", THREAD),
        "/s.css": ("text/css", b"article { border: 1px solid black } a { color: black }"),
        "/owl.jpg": ("image/jpeg", OWL),
        "/small-owl.jpg": ("image/jpeg", small(OWL)),
        "/dog.jpg": ("image/jpeg", DOG),
    }
    asked = list[str]()

    class Once(Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            kind, body = there.pop(self.path, ("text/plain", b"not here"))
            self.send(404 if body == b"not here" else 200, {"Content-Type": kind, "Server": "once"}, body)

    with threaded(Once) as site:
        enrolled.watchlist(page("thread", f"{site}/t"))
        assert enrolled("watch", "run").code == 0
    assert asked.count("/t") == asked.count("/owl.jpg") == 1
    (find,) = enrolled("sightings", "list", "--json").json["sightings"]
    assert enrolled("evidence", "verify", "--identity", "identity.txt").code == 0
    done = enrolled("evidence", "export", find["id"], "--out", "p.zip", "--identity", "identity.txt", "--with-images")
    assert done.code == 0, done.err
    packed = zipfile.ZipFile("p.zip")
    folder = "captures/0001"
    assert packed.read(f"{folder}/find-0001/picture.jpg") == OWL
    assert packed.read(f"{folder}/page.txt") == THREAD
    record = json.loads(packed.read(f"{folder}/find-0001/record.json"))
    for told, sent in (("page", THREAD), ("image", OWL)):
        seen = record[told]
        assert seen["ip"] == "127.0.0.1" and seen["status"] == 200
        assert ["Server", "once"] in seen["headers"] or ["server", "once"] in seen["headers"]
        assert seen["sha256"] == hashlib.sha256(sent).hexdigest() and seen["fetched_at"].endswith("+00:00")
    archived = dict[str, bytes]()
    for name in (f"{folder}/page.warc.gz", f"{folder}/find-0001/picture.warc.gz"):
        for one in ArchiveIterator(io.BytesIO(packed.read(name)), check_digests="raise"):
            if one.rec_type == "response":
                url = one.rec_headers.get_header("WARC-Target-URI") or ""
                archived[url.removeprefix(site)] = one.content_stream().read()
    assert archived["/t"] == THREAD and archived["/owl.jpg"] == OWL and b"border" in archived["/s.css"]
    (shot,) = (name for name in packed.namelist() if "screenshot" in name)
    assert coloured(packed.read(shot)) == (160, 120), "her picture where the page showed its thumbnail, nothing else"
    index = zipfile.ZipFile(io.BytesIO(packed.read("archive.wacz"))).read("indexes/index.cdxj").decode()
    assert all(f"{site}{path}" in index for path in archived)
    assert enrolled("evidence", "verify", "--identity", "identity.txt").code == 0
    listed = enrolled("evidence", "list").out  # it was made with the pass, or, on a busy machine, with the packet
    assert "has " in listed and "lacks  screenshot" not in listed
