"""Pages that real software made (`pages/`): sigal 2.6.1 with its three themes and Nikola 8.3.3, each with the pictures
cat, crab and owl in an album. Every picture is found once, in full size. How they were made: docs/sources.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.model.page import ParseJob
from monitor.sources.reading.parsers import read_answer

PAGES = Path(__file__).parent / "pages"
URL = "https://site.example/galleries/album/index.html"


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.html")), ids=lambda page: page.stem)
def test_galleries_give_every_picture_once_in_full_size(page: Path) -> None:
    content = read_answer(ParseJob("html", URL), page.read_bytes())
    pictures = [ref for ref in content.images if "/static/" not in ref.url]
    assert sorted(ref.url.rsplit("/", 1)[1] for ref in pictures) == ["cat.jpg", "crab.jpg", "owl.jpg"]
    assert all("thumb" not in ref.url for ref in pictures)
    assert all(any("thumb" in other for other in ref.alternatives) for ref in pictures)
    assert not content.needs_browser


def test_a_gallery_feed_gives_every_picture() -> None:
    content = read_answer(ParseJob("feed", URL), (PAGES / "nikola-gallery.xml").read_bytes())
    assert sorted(ref.url.rsplit("/", 1)[1] for ref in content.images) == ["cat.jpg", "crab.jpg", "owl.jpg"]
