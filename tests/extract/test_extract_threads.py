"""Threads that real forum software made (`threads/`, shortened to the posts): every picture, and who posted it, when
and where. How they were made: docs/sources.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.model.page import ParseJob
from monitor.sources.reading.parsers import read_answer

THREADS = Path(__file__).parent / "threads"
URL = "https://site.example/topic/2"
MACHINA = "https://site.example/forum/forum/photos-1/topic/my-photos-1/"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(
            "flaskbb.html",
            [
                (name, "poster", "2026-11-23T03:19:45.508634+00:00", "https://site.example/post/2")
                for name in ("bison.jpg", "canyon-de-chelly.jpg", "cat.jpg", "colosseum.jpg")
            ],
            id="FlaskBB 2.2",
        ),
        pytest.param(
            "spirit.html",
            [
                (name, "poster", "Nov. 23, 2026, 3:28 a.m.", "https://site.example/comment/1/find/")
                for name in ("bison.jpg", "canyon-de-chelly.jpg", "colosseum.jpg")
            ],
            id="Spirit 0.14",
        ),
        pytest.param(
            "machina.html",
            [
                (name, "poster", "Nov. 23, 2026, 3:33 a.m.", f"{MACHINA}?post={post}#{post}")
                for name, post in (("", 1), ("", 1), ("cat.jpg", 2))
            ],
            id="django-machina 1.3: attachments are links to addresses that tell nothing",
        ),
    ],
)
def test_posts(page: str, expected: list[tuple[str, str, str, str]]) -> None:
    content = read_answer(ParseJob("html", URL), (THREADS / page).read_bytes())
    found = [(ref.url.rsplit("/", 1)[1], ref.account, ref.posted_at, ref.post_url) for ref in content.images]
    assert found == expected


def test_an_arrow_that_is_only_drawn_leads_on() -> None:
    content = read_answer(ParseJob("html", URL, follow_next=True), (THREADS / "spirit.html").read_bytes())
    assert content.next_pages == (f"{URL}?page=2",)
