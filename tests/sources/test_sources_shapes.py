"""Answers in shapes that real places give beside the usual one: films, what is deleted, quoted or elsewhere, errors."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.engines import find_engine
from monitor.sources.imageboard import parser_and_api_of
from monitor.sources.reading.parsers import read_answer
from monitor.sources.search import READER_KEYS


def read(parser: str, url: str, answer: Any) -> PageContent:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return read_answer(ParseJob(parser, url, "application/json"), body)


def urls(content: PageContent) -> list[str]:
    return [ref.url for ref in content.images]


BOARD = "https://v.example/chan/b/res/5.json"
FOURCHAN = "https://a.4cdn.org/b/thread/1.json"
LYNX = {"path": "/.media/abcd", "thumb": "/.media/t_abcd", "mime": "image/png"}
JSCHAN = {"filename": "ab.jpg", "hash": "ab", "thumbextension": ".jpg", "mimetype": "image/jpeg"}


@pytest.mark.parametrize(
    ("url", "answer", "expected"),
    [
        pytest.param(
            FOURCHAN,
            {"posts": [{"no": 1, "tim": 7, "ext": ".jpg", "filedeleted": 1}]},
            [],
            id="4chan: the file is deleted",
        ),
        pytest.param(
            FOURCHAN,
            {"posts": [{"no": 1, "tim": 7, "ext": ".webm"}]},
            ["https://i.4cdn.org/b/7s.jpg"],
            id="4chan: a film",
        ),
        pytest.param(
            BOARD,
            {"posts": [{"no": 5, "tim": "1-0", "ext": ".jpg"}]},
            ["https://v.example/chan/b/src/1-0.jpg"],
            id="vichan in a folder",
        ),
        pytest.param(
            BOARD,
            {"posts": [{"no": 5, "tim": "1", "ext": ".mp4"}]},
            ["https://v.example/chan/b/thumb/1.jpg"],
            id="vichan: a film",
        ),
        pytest.param(
            BOARD,
            {"threadId": 5, "files": [LYNX], "posts": []},
            ["https://v.example/.media/abcd"],
            id="lynxchan: no ending, but a type",
        ),
        pytest.param(
            BOARD,
            {"threadId": 5, "files": [{**LYNX, "mime": "video/mp4"}], "posts": []},
            ["https://v.example/.media/t_abcd"],
            id="lynxchan: a film",
        ),
        pytest.param(
            "https://j.example/b/thread/5.json",
            {"postId": 5, "files": [JSCHAN], "replies": [{"postId": 6, "files": [{**JSCHAN, "filename": "c d.png"}]}]},
            ["https://j.example/file/ab.jpg", "https://j.example/file/c%20d.png"],
            id="jschan",
        ),
        pytest.param(
            "https://a.4cdn.org/b/catalog.json",
            [{"threads": [{"no": 5, "tim": 6, "ext": ".jpg", "last_replies": [{"no": 7, "tim": 8, "ext": ".png"}]}]}],
            ["https://i.4cdn.org/b/6.jpg", "https://i.4cdn.org/b/8.png"],
            id="what a catalog itself shows",
        ),
    ],
)
def test_boards(url: str, answer: Any, expected: list[str]) -> None:
    assert urls(read("board", url, answer)) == expected


def test_pictures_of_a_catalog_belong_to_their_posts() -> None:
    answer = [{"threads": [{"no": 5, "tim": 6, "ext": ".jpg", "name": "ann"}]}]
    content = read("board", "https://a.4cdn.org/b/catalog.json", answer)
    assert (content.images[0].post_url, content.images[0].account) == ("https://boards.4chan.org/b/thread/5#p5", "ann")
    assert content.next_pages == ("https://a.4cdn.org/b/thread/5.json",)


@pytest.mark.parametrize(
    ("answer", "blind"),
    [
        pytest.param([{"page": 1, "threads": []}], False, id="an empty board"),
        pytest.param([{"page": 1, "topics": [{"no": 5}]}], True, id="another shape"),
        pytest.param([], True, id="nothing"),
    ],
)
def test_an_empty_catalog_is_not_one_that_is_not_understood(answer: Any, blind: bool) -> None:
    assert (read("board", "https://a.4cdn.org/b/catalog.json", answer).problem is not None) is blind


GELBOORU = "https://g.example/index.php?page=dapi&s=post&q=index&json=1&limit=2&tags=x"


@pytest.mark.parametrize(
    ("url", "answer", "expected", "further"),
    [
        pytest.param(
            GELBOORU, {"@attributes": {"count": 1}, "post": {"id": 1, "file_url": "https://f.example/1.jpg"}},
            ["https://f.example/1.jpg"], (), id="Gelbooru: one post is not a list, the last page is known",
        ),
        pytest.param(GELBOORU, {"@attributes": {"count": 0}}, [], (), id="Gelbooru: none"),
        pytest.param(
            GELBOORU, [{"id": n, "directory": 12, "image": f"a{n}.jpg"} for n in (1, 2)],
            ["https://g.example/images/12/a1.jpg", "https://g.example/images/12/a2.jpg"], (f"{GELBOORU}&pid=1",),
            id="older Gelbooru: names instead of addresses",
        ),
        pytest.param(
            "https://d.example/posts.json?tags=x",
            [{"id": 1, "file_url": "https://f.example/v.mp4", "preview_file_url": "https://f.example/v.jpg"}],
            ["https://f.example/v.jpg"], ("https://d.example/posts.json?tags=x&page=2",), id="Danbooru: a film",
        ),
    ],
)  # fmt: skip
def test_boorus(url: str, answer: Any, expected: list[str], further: tuple[str, ...]) -> None:
    content = read("booru", url, answer)
    assert content.problem is None
    assert (urls(content), content.next_pages) == (expected, further)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param({"success": False, "message": "more than 2 tags"}, "more than 2 tags", id="Danbooru's error"),
        pytest.param("Missing authentication", "Missing authentication", id="a word instead of a list"),
        pytest.param({"posts": [{"id": 1, "file": {"url": None}}]}, "only to members", id="e621 hides all of them"),
    ],
)
def test_what_a_booru_says_instead_of_posts_is_told(answer: Any, words: str) -> None:
    problem = read("booru", "https://d.example/posts.json", answer).problem
    assert problem is not None and words in problem.message


@pytest.mark.parametrize(
    ("page", "api"),
    [
        pytest.param("https://j.example/b/thread/5.html", "https://j.example/b/thread/5.html.json", id="jschan"),
        pytest.param(
            "https://v.example/chan/b/res/5.html", "https://v.example/chan/b/res/5.json", id="vichan in a folder"
        ),
    ],
)
def test_api_of(page: str, api: str) -> None:
    assert parser_and_api_of(page)[1] == api.replace(".html.json", ".json")


STATUSES = "https://m.example/api/v1/accounts/1/statuses"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(
            {"media_attachments": [{"type": "unknown", "url": None, "remote_url": "https://r.example/x.jpg"}]},
            [("https://r.example/x.jpg", "ann")],
            id="not copied by the server",
        ),
        pytest.param(
            {"media_attachments": [{"type": "unknown", "remote_url": "https://r.example/x.pdf"}]},
            [],
            id="nor a picture",
        ),
        pytest.param(
            {"content": "<p><a href='https://r.example/a.jpg'>x</a></p>"},
            [("https://r.example/a.jpg", "ann")],
            id="a link",
        ),
        pytest.param(
            {
                "quote": {
                    "quoted_status": {
                        "account": {"acct": "bob"},
                        "media_attachments": [{"type": "image", "url": "https://m.example/q.jpg"}],
                    }
                }
            },
            [("https://m.example/q.jpg", "bob")],
            id="what it quotes is another's",
        ),
    ],
)
def test_mastodon(status: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    content = read("mastodon", STATUSES, [{"id": "1", "account": {"acct": "ann"}, **status}])
    assert [(ref.url, ref.account) for ref in content.images] == expected


def test_mastodon_missing_avatars_are_no_pictures() -> None:
    account = {"id": "1", "acct": "a", "avatar": "https://m.example/avatars/original/missing.png", "header": ""}
    assert urls(read("mastodon", "https://m.example/api/v1/accounts/lookup?acct=a", account)) == []


def test_bluesky_quotes_are_their_authors() -> None:
    image = {"fullsize": "https://c.example/f", "thumb": "https://c.example/t"}
    quoted = {
        "uri": "at://did:plc:y/app.bsky.feed.post/3j",
        "author": {"handle": "handle.invalid", "did": "did:plc:y"},
        "embeds": [{"media": {"images": [image]}}, {"thumbnail": "https://c.example/v"}],
    }
    post = {
        "uri": "at://did:plc:x/app.bsky.feed.post/3k",
        "author": {"handle": "a.example"},
        "embed": {"record": quoted},
    }
    content = read("bluesky", "https://public.api.bsky.app/xrpc/x", {"feed": [{"post": post}]})
    assert [(ref.url, ref.account, ref.post_url) for ref in content.images] == [
        ("https://c.example/f", "did:plc:y", "https://bsky.app/profile/did:plc:y/post/3j"),
        ("https://c.example/v", "did:plc:y", "https://bsky.app/profile/did:plc:y/post/3j"),
    ]


def comment(name: str, *replies: Any) -> dict[str, Any]:
    data = {"author": name, "permalink": f"/c/{name}", "body_html": f"<a href='https://i.redd.it/{name}.jpg'>x</a>"}
    return {"kind": "t1", "data": {**data, "replies": {"data": {"children": list(replies)}} if replies else ""}}


def test_reddit_comments_and_their_answers() -> None:
    post = {"kind": "t3", "data": {"author": "ann", "permalink": "/p", "selftext_html": None}}
    answer = [
        {"kind": "Listing", "data": {"children": [post]}},
        {"kind": "Listing", "data": {"children": [comment("bob", comment("eve")), {"kind": "more", "data": {}}]}},
    ]
    content = read("reddit", "https://oauth.reddit.com/comments/1", answer)
    assert [(ref.url, ref.account) for ref in content.images] == [
        ("https://i.redd.it/bob.jpg", "bob"),
        ("https://i.redd.it/eve.jpg", "eve"),
    ]


@pytest.mark.parametrize(
    ("parser", "answer", "kind"),
    [
        pytest.param(
            "reddit", {"error": 403, "message": "Forbidden", "reason": "private"}, OutcomeKind.WALL, id="private"
        ),
        pytest.param(
            "reddit", {"error": 404, "message": "Not Found", "reason": "banned"}, OutcomeKind.GONE, id="banned"
        ),
        pytest.param("reddit", {"message": "x"}, OutcomeKind.UNREADABLE, id="something else"),
        pytest.param("discourse", {"error_type": "not_found"}, OutcomeKind.GONE, id="Discourse: gone"),
        pytest.param("discourse", {"error_type": "not_logged_in"}, OutcomeKind.WALL, id="Discourse: log-in"),
        pytest.param("discourse", {"x": 1}, OutcomeKind.UNREADABLE, id="Discourse: another shape"),
    ],
)
def test_errors_with_status_200(parser: str, answer: Any, kind: OutcomeKind) -> None:
    problem = read(parser, "https://s.example/r/x/new", answer).problem
    assert problem is not None and problem.kind is kind


def test_xenforo_files_that_are_no_pictures_are_not_asked_for() -> None:
    files = [
        {"filename": "a.JPG", "direct_url": "https://x.example/attachments/a.1/"},
        {
            "filename": "v.mp4",
            "direct_url": "https://x.example/attachments/v.2/",
            "thumbnail_url": "https://x.example/v.jpg",
        },
        {"filename": "d.pdf", "direct_url": "https://x.example/attachments/d.3/", "thumbnail_url": ""},
    ]
    content = read("xenforo", "https://x.example/api/threads/1/", {"posts": [{"Attachments": files}]})
    assert urls(content) == ["https://x.example/attachments/a.1/", "https://x.example/v.jpg"]


SITE_MAP = "https://s.example/sitemap.xml"
PREFIXED = b"""<sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9"
xmlns:i="http://www.google.com/schemas/sitemap-image/1.1" xmlns:v="http://www.google.com/schemas/sitemap-video/1.1">
<sm:url><sm:loc>https://s.example/a</sm:loc><i:image><i:loc>https://c.example/a.jpg</i:loc></i:image>
<v:video><v:thumbnail_loc>https://c.example/v.jpg</v:thumbnail_loc><v:loc>https://c.example/no</v:loc></v:video></sm:url>
</sm:urlset>"""
UNDECLARED = b"<urlset><url><loc>https://s.example/a</loc><image:image><image:loc>/a.jpg</image:loc></image:image></url></urlset>"


@pytest.mark.parametrize(
    ("untrusted", "links", "pictures"),
    [
        pytest.param(PREFIXED, ["a"], ["https://c.example/a.jpg", "https://c.example/v.jpg"], id="prefixes of its own"),
        pytest.param(UNDECLARED, ["a"], ["https://s.example/a.jpg"], id="a prefix that nobody declared"),
        pytest.param(
            gzip.compress(b"<urlset><url><loc>https://s.example/a</loc></url>")
            + gzip.compress(b"<url><loc>https://s.example/b</loc></url></urlset>"),
            ["a", "b"],
            [],
            id="gzip in two members",
        ),
        pytest.param(
            gzip.compress(b"<urlset>" + b"<url><loc>https://s.example/a</loc></url>" * 400_000), ["a"], [], id="a bomb"
        ),
    ],
)
def test_sitemaps(untrusted: bytes, links: list[str], pictures: list[str]) -> None:
    content = read("sitemap", SITE_MAP, untrusted)
    assert [link.removeprefix("https://s.example/") for link in content.links] == links
    assert urls(content) == pictures


RESULT = {"title": "T", "url": "https://a.example/"}


@pytest.mark.parametrize(
    ("engine", "answer", "words"),
    [
        pytest.param("brave", {"query": {}, "web2": {"results": [RESULT] * 5}}, "may have changed", id="results moved"),
        pytest.param("brave", {"query": {}, "mixed": {"main": [{"type": "web", "index": 0}]}}, "", id="none"),
        pytest.param("mojeek", {"response": {"status": "OK", "hits": [RESULT] * 5}}, "may have changed", id="renamed"),
        pytest.param("mojeek", {"response": {"status": "OK", "head": {"results": 0}}}, "", id="none, no list"),
        pytest.param(
            "google", {"kind": "customsearch#search", "queries": {"request": [{"title": "x"}]}}, "", id="Google, none"
        ),
    ],
)
def test_an_engine_that_changed_its_answer_is_not_without_results(engine: str, answer: Any, words: str) -> None:
    found = find_engine(engine, ()) if engine != "google" else None
    keys = [(key, found.get(key)) for key in READER_KEYS] if found else [("results", "items"), ("envelope", "kind")]
    job = ParseJob("search-json", "https://e.example/", "application/json", rules=(*keys, ("engine", engine)))
    problem = read_answer(job, json.dumps(answer).encode()).problem
    assert (words in problem.message) if words and problem else problem is None
    assert bool(words) is (problem is not None)
