"""The manifest of a capture: always the same bytes, and whatever a site calls itself is only text in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evidence.manifest import Manifest, ManifestFile, parse_manifest, render_manifest
from monitor.model.custody import NO_HEAD, CustodyHead
from monitor.model.evidence import TakenOut
from monitor.model.ids import ContentDigest

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
PAGE = ManifestFile("e2", "page", "text/html", 1234, "ab" * 32, "as served")
PICTURE = ManifestFile("e1", "image", "image/jpeg", 99, "cd" * 32, "as served", "s1", "a\n../../etc/passwd\x00")
MANIFEST = Manifest(
    capture="c1",
    page_url="https://forum.example/t/1?q=ü",
    cause="seen",
    taken_at=NOW,
    program="reupload-monitor 0.1.0",
    log=CustodyHead(3, "0f" * 32),
    files=(PAGE, PICTURE),
    missing=(("screenshot", "no browser is here"),),
    taken_out=(TakenOut(ContentDigest("ef" * 32), 17),),
    served_digest="23" * 32,
    facts=(("address", "203.0.113.7"), ("hops", [{"status": 301}])),
)


def test_it_comes_back_with_its_files_in_order() -> None:
    written = render_manifest(MANIFEST)
    assert parse_manifest(written) == replace(MANIFEST, files=(PICTURE, PAGE))
    assert render_manifest(replace(MANIFEST, files=(PICTURE, PAGE))) == written
    assert written.isascii()
    assert written.count(b"\n") == 1


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_of_a_site_is_text(url: str, name: str) -> None:
    told = replace(MANIFEST, page_url=url, files=(replace(PICTURE, name=name),))
    assert parse_manifest(render_manifest(told)) == told


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_what_is_not_written_so_is_refused_or_other(at: int, by: int) -> None:
    """What counts is that no two contents are read as the same."""
    written = render_manifest(MANIFEST)
    other = bytearray(written)
    other[at % len(written)] ^= by
    try:
        found = parse_manifest(bytes(other))
    except ValueError:
        return
    assert found != replace(MANIFEST, files=(PICTURE, PAGE))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[" * 100_000, id="nested"),
        pytest.param(b"[]\n", id="another shape"),
        pytest.param(render_manifest(MANIFEST).replace(b'"size":99', b'"size":"99"'), id="a number as text"),
        pytest.param(render_manifest(MANIFEST).replace(b'"size":99', b'"size":99.5'), id="a fraction"),
        pytest.param(render_manifest(MANIFEST).replace(b"manifest/1", b"manifest/2"), id="a later format"),
        pytest.param(json.dumps(json.loads(render_manifest(MANIFEST)), indent=1).encode(), id="other spaces"),
        pytest.param(render_manifest(MANIFEST)[:-1], id="no end"),
    ],
)
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="manifest"):
        parse_manifest(content)


def test_a_capture_with_nothing_is_still_told() -> None:
    bare = Manifest("c1", "https://a.example/", "asked", NOW, "reupload-monitor 0.1.0", NO_HEAD, ())
    assert parse_manifest(render_manifest(bare)) == bare
