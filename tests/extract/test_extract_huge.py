"""A page that is larger than what is read of one is read up to there, and said to be cut."""

from __future__ import annotations

import pytest

from monitor.crawl.extract import page
from monitor.crawl.extract.image_urls import may_name_picture
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


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param(b"<a href=/t/1>x</a>" * (MAX_TAGS // 2 + 1), "tags", id="links without end"),
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


MINE = {
    "of its own site": '<img src="/mine.jpg">',
    "of its own site's other host": '<img src="https://cdn.example.com/mine.jpg">',
    "in a post, from elsewhere": "<article class=post id=p1><time>1 Jan</time><a class=author href=/u/x>x</a>"
    '<img src="https://cdn.example/mine.jpg"></article>',
}


@pytest.mark.rows(1)
@pytest.mark.parametrize("mine", [pytest.param(html, id=name) for name, html in MINE.items()])
@pytest.mark.parametrize("hosts", [pytest.param(1, id="of one host"), pytest.param(500, id="of many hosts")])
def test_decoys_ahead_do_not_push_the_posts_own_picture_out(mine: str, hosts: int) -> None:
    decoys = (f'<img src="https://d{n % hosts}.decoys{n % hosts}.example/{n}.jpg">' for n in range(MAX_PAGE_IMAGES * 2))
    job = ParseJob(Parser.HTML, "https://forum.example.com/")
    content = read_html(job, f"<html><body>{''.join(decoys)}{mine}".encode())
    assert len(content.images) == MAX_PAGE_IMAGES
    assert any(ref.url.endswith("/mine.jpg") for ref in content.images)
    assert [noted.kind for noted in content.noted] == [RunTrouble.CUT]


@pytest.mark.long
def test_a_thread_of_5000_posts_is_seen_whole() -> None:
    posts = (
        f'<article class=post id=p{n}><a href="/u/{n}">who</a> <a href="#p{n}">#{n}</a><p>Words <b>and</b> more</p>'
        f'<a href="/files/{n}.jpg"><img src="/thumbs/{n}.jpg"></a><a href="/reply/{n}">Reply</a></article>'
        for n in range(5000)
    )
    content = read_html(JOB, f"<html><body>{''.join(posts)}".encode())
    assert (len(content.images), content.noted) == (5000, ())


def test_where_it_takes_too_long_the_rest_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "LOOKING_SECONDS", -1)
    (noted,) = read_html(JOB, b'<html><body><img src="/first.jpg">').noted
    assert noted.kind is RunTrouble.CUT and noted.what.startswith("1 pictures or links more")


@pytest.mark.parametrize(
    "href",
    [
        *("a.jpg", "a.JPEG?w=1", "/x.jfif", "a%2Ejpg", "a.png#x", "x.j\npg", "b.webp", "c.apng", "d.gif", "e.avif"),
        *(
            "attachment.php?attachmentid=5",
            "/attachments/cat-jpg.12/",
            "?action=dlattach;attach=1",
            "download/file.php?id=1",
        ),
        *("/lib/exe/fetch.php?media=a:b.jpg", "/i?format=webp", "/filedata/fetch?id=1", "/blob/1", "/raw/9", "/dl/7"),
        *("data:image/png;base64,AAAA", "?aid=5", "#x", "\\\\cdn\\a.jpg"),
    ],
)
def test_a_glance_at_a_link_overlooks_no_picture(href: str) -> None:
    assert may_name_picture(href)


@pytest.mark.parametrize("href", ["/t/1", "https://a.example/u/7?page=2", "reply.php?do=new&t=1"])
def test_a_glance_passes_by_what_is_none(href: str) -> None:
    assert not may_name_picture(href)


def test_an_ordinary_page_is_not_cut() -> None:
    assert read_html(JOB, b'<html><body><img src="/first.jpg">').noted == ()
