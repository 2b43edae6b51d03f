"""Next pages, links, canonical addresses, posts, words, charsets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.crawl.extract.page import read_html
from monitor.crawl.extract.text import decode_text
from monitor.crawl.outcome import outcome_of_page
from monitor.model.page import Fetched, Outcome, OutcomeKind, PageContent, ParseJob, Request
from tests.extract.posts import POSTS

URL = "https://site.example/t/1"


def read(html: str | bytes, **job: object) -> PageContent:
    untrusted = html.encode() if isinstance(html, str) else html
    return read_html(ParseJob("html", URL, **job), untrusted)  # type: ignore[arg-type]


NEXT = "https://site.example/t/1?page=2"


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<link rel=next href='?page=2'>", id="link"),
        pytest.param("<a rel='nofollow next' href='?page=2'>x</a>", id="rel"),
        pytest.param("<a class=next href='?page=2'>x</a>", id="class"),
        pytest.param("<li class='pager next'><a href='?page=2'>x</a></li>", id="class around it"),
        pytest.param("<a class='pageNav-jump pageNav-jump--next' href='?page=2'>x</a>", id="XenForo"),
        pytest.param("<div class=nav-previous><a href='?page=2'>Old</a></div>", id="WordPress, older is previous"),
        pytest.param("<a href='?page=2'>Next page »</a>", id="English"),
        pytest.param("<a href='?page=2'>Weiter</a>", id="German"),
        pytest.param("<a href='?page=2'>Suivant &rsaquo;</a>", id="French"),
        pytest.param("<a href='?page=2'>Siguiente</a>", id="Spanish"),
        pytest.param("<a href='?page=2'>Следующая</a>", id="Russian"),
        pytest.param("<a href='?page=2'>次へ</a>", id="Japanese"),
        pytest.param("<a href='?page=2'>下一页</a>", id="Chinese"),
        pytest.param("<a href='?page=2'>التالي</a>", id="Arabic"),
        pytest.param("<nav class=pagination><a href='?page=2' aria-label=Next>&gt;</a></nav>", id="label"),
        pytest.param("<div class=pages><a href='?page=2'>»</a></div>", id="arrow in a pager"),
        pytest.param(
            "<div class=pagination><b>1</b> <a href='?page=2'>2</a> <a href='?page=3'>3</a></div>", id="number"
        ),
        pytest.param(
            "<ul class=pagination><li class=active><a href='?'>1</a></li><li><a href='?page=2'>2</a></ul>", id="marked"
        ),
        pytest.param("<meta http-equiv=refresh content='0; url=?page=2'>", id="meta refresh"),
        pytest.param("<div data-next-url='?page=2'></div>", id="scrolling"),
        pytest.param("<div hx-get='?page=2' hx-trigger='revealed'></div>", id="scrolling with htmx"),
        pytest.param("<iframe src='?page=2'></iframe>", id="a frame"),
        pytest.param("<meta http-equiv=Refresh content=\"5;URL='?page=2'\">", id="meta refresh, quoted"),
    ],
)
def test_next_pages_are_found(html: str) -> None:
    assert read(html).next_pages == (NEXT,)


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<a class=next href='https://other.example/2'>next</a>", id="another host"),
        pytest.param("<a class=next href='#'>next</a>", id="itself"),
        pytest.param("<iframe src='https://ads.example/'></iframe><iframe src='about:blank'></iframe>", id="frames"),
        pytest.param("<a class='next disabled' href='?page=2'>x</a>", id="switched off"),
        pytest.param("<a class=next href='big.jpg'>x</a>", id="a picture"),
        pytest.param("<a href='/news'>What happened next to the family in the old house</a>", id="a sentence"),
        pytest.param("<a href='/b'>»</a>", id="an arrow outside of any pager"),
        pytest.param("<div class=pagination><a href='?page=2'>2</a></div>", id="which page this is, is not said"),
        pytest.param("<meta http-equiv=refresh content='600; url=?page=2'>", id="late refresh"),
        pytest.param("<meta http-equiv=refresh content='0; url=https://other.example/'>", id="refresh to elsewhere"),
        pytest.param("<meta http-equiv=refresh content='soon'>", id="refresh without sense"),
    ],
)
def test_what_is_no_next_page(html: str) -> None:
    assert read(html).next_pages == ()


def test_next_pages_are_not_followed_when_not_asked_for() -> None:
    assert read("<a rel=next href='?page=2'>x</a>", follow_next=False).next_pages == ()


def test_links_by_selector() -> None:
    html = (
        "<a class=thread href=/t/2>2</a><a class=thread href='/t/2?utm_source=x'>2</a>"
        "<a class=thread href=/t/1>this</a>"
        "<a class=thread href=https://other.example/>elsewhere</a><a class=thread href=pic.jpg>a picture</a>"
        "<div class=list><a href=/t/3>3</a></div><a href=/imprint>no</a>"
        "<a class=thread href=mailto:x@y.example>mail</a>"
    )
    links = read(html, select_links="a.thread, .list").links
    assert links == ("https://site.example/t/2", "https://site.example/t/3")
    assert "https://other.example/" in read(html, select_links="a.thread", same_site=False).links


@pytest.mark.parametrize(
    ("head", "url"),
    [
        pytest.param("<link rel=canonical href='/t/one?utm_source=x#y'>", "https://site.example/t/one", id="own site"),
        pytest.param("<link rel=canonical href='http://site.example/t/1'>", "http://site.example/t/1", id="http"),
        pytest.param("<link rel=canonical href='https://evil.example/'>", URL, id="another site"),
        pytest.param("<link rel=canonical href='site.example/t/1'>", "https://site.example/t/1", id="no scheme"),
        pytest.param("<link rel=canonical href='/'>", URL, id="the front page"),
        pytest.param("<link rel=canonical href='javascript:x'>", URL, id="no address"),
    ],
)
def test_the_page_own_word_for_its_address(head: str, url: str) -> None:
    assert read(head).url == url


@pytest.mark.parametrize("software", POSTS)
def test_posts_of_common_software(software: str) -> None:
    (image,) = read(POSTS[software]).images
    assert image.account == "ann"
    assert "2026" in image.posted_at
    assert image.post_url.startswith("http") and ("5" in image.post_url or "2026" in image.post_url)


def test_each_image_gets_its_own_post() -> None:
    second = POSTS["xenforo"].replace("ann", "bob").replace("p.jpg", "q.jpg").replace("post-5", "post-6")
    images = read(POSTS["xenforo"] + second).images
    assert [(ref.account, ref.post_url[-1]) for ref in images] == [("ann", "5"), ("bob", "6")]


def test_what_the_page_says_of_itself() -> None:
    html = """<meta name=author content=ann><meta property="article:published_time" content="2026-11-01T10:00:00Z">
        <meta property="og:url" content="/own"><img src=p.jpg>"""
    (image,) = read(html).images
    assert (image.account, image.posted_at) == ("ann", "2026-11-01T10:00:00Z")
    assert image.post_url == "https://site.example/own"


@pytest.mark.parametrize(
    ("html", "account"),
    [
        pytest.param("Posted by <a href=/blog/author/ann/>ann</a>", "ann", id="Mezzanine"),
        pytest.param("<th>Uploader<td><a href=/profile/ann/>ann</a>", "ann", id="Boorunaut"),
        pytest.param("<table class=filehistory><tr><td><a class=mw-userlink>ann</a>", "ann", id="MediaWiki"),
        pytest.param("<a href=/author/ann/>ann</a><a href=/author/ann/> ann </a>", "ann", id="twice"),
        pytest.param("<a href=/author/ann/>ann</a><a href=/author/bob/>bob</a>", "", id="two people"),
    ],
)
def test_who_a_page_without_posts_is_by(html: str, account: str) -> None:
    assert read(f"<img src=p.jpg>{html}").images[0].account == account


def test_json_ld_author_and_date() -> None:
    html = """<script type="application/ld+json">{"@type":"BlogPosting","author":{"@type":"Person","name":"ann"},
        "datePublished":"2026-11-01"}</script><img src=p.jpg>"""
    (image,) = read(html).images
    assert (image.account, image.posted_at) == ("ann", "2026-11-01")


@pytest.mark.parametrize(("rendered", "seen"), [(False, False), (True, True)], ids=["plain", "rendered"])
def test_a_page_that_is_empty_without_its_scripts_is_no_good_look(rendered: bool, seen: bool) -> None:
    page = b"<div id=app></div><script src=/app.js></script>"
    now = datetime(2026, 11, 22, tzinfo=UTC)
    fetched = Fetched(Request(URL, browser=rendered), Outcome(OutcomeKind.OK), URL, now, 200, body=page)
    problem = outcome_of_page(read(page), fetched)
    assert (problem is None) is seen
    assert seen or (problem is not None and problem.kind is OutcomeKind.EMPTY and "render" in problem.remedy)


def test_visible_text_is_what_a_visitor_reads() -> None:
    html = """<title> A  title </title><style>no</style><script>no</script><p></p>
        <noscript>no</noscript><template>no</template>
        <p>Some <b>words</b></p>"""
    content = read(html)
    assert content.title == "A title"
    assert content.text == "Some words"


@pytest.mark.parametrize(
    ("untrusted", "content_type", "text"),
    [
        pytest.param("é".encode(), "", "é", id="UTF-8 by guess"),
        pytest.param(b"\xe9", "", "é", id="windows-1252 by guess"),
        pytest.param(b"\xe9", "text/html; charset=iso-8859-1", "é", id="header"),
        pytest.param(b"\x80", "text/html; charset=ISO-8859-1", "€", id="latin1 is windows-1252 on the web"),
        pytest.param(b'<meta charset="windows-1251">\xff', "", '<meta charset="windows-1251">я', id="meta"),
        pytest.param(b"\xef\xbb\xbf\xc3\xa9", "text/html; charset=windows-1251", "é", id="mark before header"),
        pytest.param("é".encode("utf-16"), "", "é", id="UTF-16 mark"),
        pytest.param("日本".encode("shift_jis"), "text/html; charset=Shift_JIS", "日本", id="Shift_JIS"),
        pytest.param("中文".encode("gbk"), "text/html; charset=gb2312", "中文", id="gb2312 is gb18030"),
        pytest.param("한글".encode("euc-kr"), 'text/html; charset="EUC-KR"', "한글", id="EUC-KR"),
        pytest.param(b"x", "text/html; charset=zlib", "x", id="a codec that is not a charset"),
        pytest.param(b"x", "text/html; charset=rot13", "x", id="nor is this"),
        pytest.param(b'<meta charset="utf-16">x', "", '<meta charset="utf-16">x', id="a meta that cannot be true"),
        pytest.param(b"\xff\xff", "text/html; charset=utf-8", "\ufffd\ufffd", id="broken"),
        pytest.param(b"x", "text/html; charset=" + "a" * 9999, "x", id="long label"),
    ],
)
def test_charsets(untrusted: bytes, content_type: str, text: str) -> None:
    assert decode_text(untrusted, content_type) == text
