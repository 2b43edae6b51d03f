"""A page that is larger than what is read of one is read up to there, and said to be cut."""

from __future__ import annotations

import pytest

from monitor.crawl.extract.page import MAX_TAGS, first_tags, read_html
from monitor.model.limits import MAX_PAGE_IMAGES
from monitor.model.observation import RunTrouble
from monitor.model.page import ParseJob, Parser

JOB = ParseJob(Parser.HTML, "https://a.example/")


@pytest.mark.parametrize(
    ("html", "kept", "tags"),
    [
        pytest.param("", "", 0, id="nothing"),
        pytest.param("<p>" * MAX_TAGS, "<p>" * MAX_TAGS, 0, id="as many as are read"),
        pytest.param("<p>" * MAX_TAGS + "<b>", "<p>" * MAX_TAGS, MAX_TAGS + 1, id="one more"),
        pytest.param("<p>x" * MAX_TAGS + "<b>" * 9, "<p>x" * MAX_TAGS, MAX_TAGS + 9, id="what stands before it stays"),
    ],
)
def test_how_much_of_a_page_is_read(html: str, kept: str, tags: int) -> None:
    assert first_tags(html) == (kept, tags)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param(b"<a href=/t/1>x</a>" * 100_000, "tags", id="links without end"),
        pytest.param(
            b"".join(b'<img src="/%d.jpg">' % number for number in range(MAX_PAGE_IMAGES + 5)),
            "6 pictures or links more",
            id="pictures without end",
        ),
    ],
)
def test_what_is_cut_is_said(more: bytes, said: str) -> None:
    content = read_html(JOB, b'<html><body><img src="/first.jpg">' + more)
    assert content.problem is None
    assert content.images[0].url == "https://a.example/first.jpg"
    (noted,) = content.noted
    assert noted.kind is RunTrouble.CUT and said in noted.what


def test_an_ordinary_page_is_not_cut() -> None:
    assert read_html(JOB, b'<html><body><img src="/first.jpg">').noted == ()
