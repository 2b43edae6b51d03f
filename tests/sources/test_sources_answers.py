# ruff: noqa: E501 -- answers as the software writes them
"""Answers of each kind of place, shaped like the real software's, read into pictures, posts and further pages."""

from __future__ import annotations

import gzip
import json

import pytest

from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.reading.parsers import read_answer


def read(parser: str, url: str, answer: object, **job: object) -> PageContent:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return read_answer(ParseJob(parser, url, **job), body)  # type: ignore[arg-type]


def pictures(content: PageContent) -> list[tuple[str, ...]]:
    assert content.problem is None, content.problem
    return [(ref.url, *ref.alternatives) for ref in content.images]


# -- feeds

RSS = b"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
 <title>Feed</title><link>https://b.example/</link>
 <item><title>One</title><link>https://b.example/1</link><dc:creator>ann</dc:creator>
  <pubDate>Sun, 01 Nov 2026 18:00:00 GMT</pubDate><enclosure url="https://b.example/e.jpg" type="image/jpeg" length="1"/></item>
 <item><title>Two</title><link>https://b.example/2</link>
  <media:content url="https://b.example/m.jpg" medium="image"/><media:thumbnail url="https://b.example/mt.jpg"/></item>
 <item><title>Three</title><link>https://b.example/3</link>
  <content:encoded><![CDATA[<p><a href="full/c.jpg"><img src="thumb/c.jpg"></a></p>]]></content:encoded></item>
 <item><title>Four</title><link>https://other.example/4</link></item>
</channel></rss>"""
ATOM = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title>
 <link rel="self" href="https://b.example/atom"/><link rel="next" href="https://b.example/atom?page=2"/>
 <entry><title>One</title><link href="https://b.example/1"/><author><name>/u/ann</name></author>
  <updated>2026-11-01T10:00:00+00:00</updated>
  <content type="html">&lt;img src="https://i.example/t.jpg"&gt; &lt;a href="https://i.example/o.jpg"&gt;[link]&lt;/a&gt;</content>
 </entry></feed>"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Feed",
    "next_url": "https://b.example/feed.json?page=2",
    "items": [
        {
            "id": "1",
            "url": "https://b.example/1",
            "image": "https://b.example/i.jpg",
            "content_html": "<img src='/h.jpg'>",
            "date_published": "2026-11-01T10:00:00Z",
            "authors": [{"name": "ann"}],
            "attachments": [{"url": "https://b.example/a.png", "mime_type": "image/png"}],
        }
    ],
}


def test_rss_with_media_rss_and_enclosures() -> None:
    content = read("feed", "https://b.example/feed", RSS)
    assert pictures(content) == [
        ("https://b.example/e.jpg",),
        ("https://b.example/m.jpg", "https://b.example/mt.jpg"),
        ("https://b.example/full/c.jpg", "https://b.example/thumb/c.jpg"),
    ]
    assert content.links == ("https://b.example/1", "https://b.example/2", "https://b.example/3")
    first = content.images[0]
    assert (first.account, first.post_url, first.found_as) == ("ann", "https://b.example/1", "feed")
    assert "2026" in first.posted_at


def test_links_to_other_sites_where_the_watch_allows_them() -> None:
    assert "https://other.example/4" in read("feed", "https://b.example/feed", RSS, same_site=False).links


def test_atom_with_markup_and_next_page() -> None:
    content = read("feed", "https://b.example/atom", ATOM)
    assert pictures(content) == [("https://i.example/t.jpg",), ("https://i.example/o.jpg",)]
    assert content.next_pages == ("https://b.example/atom?page=2",)
    assert content.images[0].account == "/u/ann"


def test_json_feed() -> None:
    content = read("feed", "https://b.example/feed.json", JSON_FEED)
    assert [ref.url for ref in content.images] == [
        "https://b.example/i.jpg",
        "https://b.example/a.png",
        "https://b.example/h.jpg",
    ]
    assert content.next_pages == ("https://b.example/feed.json?page=2",)


def test_an_empty_feed_is_a_good_look() -> None:
    empty = b"<?xml version='1.0'?><rss version='2.0'><channel><title>x</title></channel></rss>"
    assert read("feed", "https://b.example/feed", empty).problem is None


# -- sitemaps

SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
 <url><loc>https://s.example/old</loc><lastmod>2024-01-01</lastmod></url>
 <url><loc>https://s.example/new?a=1&amp;b=2</loc><lastmod>2026-11-01</lastmod>
  <image:image><image:loc>https://cdn.example/i.jpg</image:loc><image:title>x</image:title></image:image></url>
 <url><loc>https://other.example/x</loc></url></urlset>"""
INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://s.example/1.xml.gz</loc>
 </sitemap><sitemap><loc>https://s.example/2.xml</loc><lastmod>2026-11-01</lastmod></sitemap></sitemapindex>"""


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_sitemap_names_pages_newest_first(packed: bool) -> None:
    content = read("sitemap", "https://s.example/sitemap.xml", gzip.compress(SITEMAP) if packed else SITEMAP)
    assert content.links == ("https://s.example/new?a=1&b=2", "https://s.example/old")
    assert pictures(content) == [("https://cdn.example/i.jpg",)]
    assert content.images[0].post_url == "https://s.example/new?a=1&b=2"


def test_an_index_names_further_sitemaps() -> None:
    content = read("sitemap", "https://s.example/sitemap.xml", INDEX)
    assert content.next_pages == ("https://s.example/2.xml", "https://s.example/1.xml.gz")
    assert content.links == ()


def test_a_sitemap_as_lines() -> None:
    content = read("sitemap", "https://s.example/sitemap.txt", b"https://s.example/a\nhttps://s.example/b\n")
    assert content.links == ("https://s.example/a", "https://s.example/b")


def test_a_sitemap_that_is_cut_off_counts_as_far_as_it_goes() -> None:
    assert len(read("sitemap", "https://s.example/sitemap.xml", SITEMAP[:-40]).links) == 2


# -- imageboards

FOURCHAN = {
    "posts": [
        {
            "no": 7,
            "sub": "Title",
            "name": "Anonymous",
            "time": 1793527200,
            "tim": 1793527200123,
            "ext": ".jpg",
            "resto": 0,
        },
        {"no": 8, "name": "Ann", "trip": "!x", "time": 1793527300, "tim": 1793527300123, "ext": ".webm", "resto": 7},
        {"no": 9, "name": "Anonymous", "time": 1793527400, "com": "words", "resto": 7},
    ]
}
VICHAN = {
    "posts": [
        {
            "no": 7,
            "name": "Ann",
            "time": 1793527200,
            "tim": "1793527200123-0",
            "ext": ".png",
            "extra_files": [{"tim": "1793527200123-1", "ext": ".jpg"}],
        }
    ]
}
LYNXCHAN = {
    "threadId": 7,
    "subject": "Title",
    "name": "Ann",
    "creation": "2026-11-01T10:00:00Z",
    "files": [{"path": "/.media/a.jpg", "thumb": "/.media/t_a"}],
    "posts": [{"postId": 8, "name": "Bob", "files": [{"path": "/.media/b.png", "thumb": "/.media/t_b"}]}],
}


def test_fourchan_thread() -> None:
    content = read("board", "https://a.4cdn.org/b/thread/7.json", FOURCHAN)
    assert pictures(content) == [
        ("https://i.4cdn.org/b/1793527200123.jpg", "https://i.4cdn.org/b/1793527200123s.jpg"),
        ("https://i.4cdn.org/b/1793527300123s.jpg",),  # a film's still
    ]
    assert content.url == "https://boards.4chan.org/b/thread/7"
    assert content.title == "Title"
    assert content.images[0].post_url == "https://boards.4chan.org/b/thread/7#p7"
    assert content.images[0].posted_at == "2026-11-01T10:00:00Z"


def test_vichan_thread() -> None:
    content = read("board", "https://v.example/b/res/7.json", VICHAN)
    assert [ref.url for ref in content.images] == [
        "https://v.example/b/src/1793527200123-0.png",
        "https://v.example/b/src/1793527200123-1.jpg",
    ]
    assert content.url == "https://v.example/b/res/7.html"
    assert content.images[0].post_url == "https://v.example/b/res/7.html#7"


def test_lynxchan_thread() -> None:
    content = read("board", "https://l.example/b/res/7.json", LYNXCHAN)
    assert [ref.url for ref in content.images] == ["https://l.example/.media/a.jpg", "https://l.example/.media/b.png"]
    assert [ref.account for ref in content.images] == ["Ann", "Bob"]


@pytest.mark.parametrize(
    ("url", "catalog", "pages"),
    [
        pytest.param(
            "https://a.4cdn.org/b/catalog.json",
            [{"page": 1, "threads": [{"no": 7}, {"no": 8}]}],
            ("https://a.4cdn.org/b/thread/7.json", "https://a.4cdn.org/b/thread/8.json"),
            id="4chan",
        ),
        pytest.param(
            "https://v.example/b/catalog.json",
            [{"page": 0, "threads": [{"no": 7}]}],
            ("https://v.example/b/res/7.json",),
            id="vichan",
        ),
        pytest.param(
            "https://l.example/b/catalog.json", [{"threadId": 7}], ("https://l.example/b/res/7.json",), id="lynxchan"
        ),
    ],
)
def test_a_catalog_leads_to_its_threads(url: str, catalog: object, pages: tuple[str, ...]) -> None:
    assert read("board", url, catalog).next_pages == pages


DANBOORU = [
    {
        "id": 7,
        "created_at": "2026-11-01T10:00:00Z",
        "file_url": "https://cdn.d.example/o.jpg",
        "large_file_url": "https://cdn.d.example/s.jpg",
        "preview_file_url": "https://cdn.d.example/t.jpg",
    }
]
E621 = {"posts": [{"id": 7, "file": {"url": "https://s.e.example/o.png"}, "sample": {"url": None}, "preview": {}}]}
GELBOORU = {
    "@attributes": {"count": 1},
    "post": [
        {"id": 7, "owner": "ann", "file_url": "https://i.g.example/o.jpg", "preview_url": "https://i.g.example/t.jpg"}
    ],
}


@pytest.mark.parametrize(
    ("url", "answer", "first", "post", "further"),
    [
        pytest.param(
            "https://d.example/posts.json?limit=100&tags=a",
            DANBOORU,
            ("https://cdn.d.example/o.jpg", "https://cdn.d.example/s.jpg", "https://cdn.d.example/t.jpg"),
            "https://d.example/posts/7",
            "https://d.example/posts.json?limit=100&tags=a&page=2",
            id="danbooru",
        ),
        pytest.param(
            "https://e.example/posts.json?tags=a&page=2",
            E621,
            ("https://s.e.example/o.png",),
            "https://e.example/posts/7",
            "https://e.example/posts.json?tags=a&page=3",
            id="e621",
        ),
        pytest.param(
            "https://g.example/index.php?page=dapi&s=post&q=index&json=1&tags=a",
            GELBOORU,
            ("https://i.g.example/o.jpg", "https://i.g.example/t.jpg"),
            "https://g.example/index.php?page=post&s=view&id=7",
            "https://g.example/index.php?page=dapi&s=post&q=index&json=1&tags=a&pid=1",
            id="gelbooru",
        ),
    ],
)
def test_boorus(url: str, answer: object, first: tuple[str, ...], post: str, further: str) -> None:
    content = read("booru", url, answer)
    assert pictures(content) == [first]
    assert content.images[0].post_url == post
    assert content.next_pages == (further,)


def test_a_booru_ends_where_there_are_no_more_posts() -> None:
    assert read("booru", "https://d.example/posts.json?page=9", []).next_pages == ()


# -- forums

TOPIC = {
    "id": 7,
    "title": "Topic",
    "posts_count": 45,
    "post_stream": {
        "posts": [
            {
                "username": "ann",
                "created_at": "2026-11-01T10:00:00Z",
                "post_number": 1,
                "post_url": "/t/topic/7/1",
                "cooked": '<p><a class="lightbox" href="/uploads/o.jpeg"><img src="/uploads/o_690x400.jpeg" width="690"></a></p>',
            }
        ],
        "stream": [1, 2],
    },
}


def test_discourse_topic() -> None:
    content = read("discourse", "https://d.example/t/7.json", TOPIC)
    assert content.images[0].url == "https://d.example/uploads/o.jpeg"
    assert content.images[0].account == "ann"
    assert content.images[0].post_url == "https://d.example/t/topic/7/1"
    assert content.next_pages == ("https://d.example/t/7.json?page=2",)
    assert content.url == "https://d.example/t/7"
    assert read("discourse", "https://d.example/t/7.json?page=3", TOPIC).next_pages == ()


def test_discourse_lists_lead_to_topics() -> None:
    answer = {
        "topic_list": {"topics": [{"id": 7, "title": "x", "image_url": None}], "more_topics_url": "/latest?page=1"}
    }
    content = read("discourse", "https://d.example/latest.json", answer)
    assert content.next_pages == ("https://d.example/t/7.json", "https://d.example/latest.json?page=1")


def test_discourse_that_wants_a_log_in() -> None:
    problem = read("discourse", "https://d.example/t/7.json", {"errors": ["x"], "error_type": "not_logged_in"}).problem
    assert problem is not None and problem.kind is OutcomeKind.WALL


def test_xenforo_api() -> None:
    answer = {
        "thread": {"thread_id": 7, "title": "Thread", "view_url": "https://x.example/threads/t.7/"},
        "posts": [
            {
                "username": "ann",
                "post_date": 1793527200,
                "view_url": "https://x.example/threads/t.7/post-9",
                "message_parsed": "<p>words</p>",
                "Attachments": [
                    {
                        "direct_url": "https://x.example/attachments/a-jpg.3/",
                        "thumbnail_url": "https://x.example/data/attachments/0/3-x.jpg",
                    }
                ],
            }
        ],
        "pagination": {"current_page": 1, "last_page": 2},
    }
    content = read("xenforo", "https://x.example/api/threads/7/?with_posts=1", answer)
    assert pictures(content) == [
        ("https://x.example/attachments/a-jpg.3/", "https://x.example/data/attachments/0/3-x.jpg")
    ]
    assert content.url == "https://x.example/threads/t.7/"
    assert content.next_pages == ("https://x.example/api/threads/7/?with_posts=1&page=2",)


@pytest.mark.parametrize(
    "parser", ["feed", "sitemap", "board", "booru", "mastodon", "bluesky", "reddit", "telegram", "discourse", "xenforo"]
)
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<!doctype html><title>Log in</title><p>Please log in", id="a page instead"),
        pytest.param(b'{"error": "x"}', id="an error"),
        pytest.param(b'"' + b"x" * 100 + b'"', id="a word"),
        pytest.param(b"\x1f\x8b\x08broken", id="broken gzip"),
        pytest.param(b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><urlset>&b;</urlset>", id="entities"),
    ],
)
def test_what_is_no_answer_is_a_problem_with_a_remedy(parser: str, answer: bytes) -> None:
    content = read(parser, "https://x.example/b/catalog.json", answer)
    assert content.problem is not None
    assert content.problem.remedy
    assert content.images == ()
