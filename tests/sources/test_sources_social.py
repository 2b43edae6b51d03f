# ruff: noqa: E501 -- answers as the software writes them
"""As `test_sources_answers`, of places where people talk: Mastodon, Bluesky, Telegram, Reddit."""

from __future__ import annotations

import pytest

from monitor.model.page import OutcomeKind
from tests.sources.account_places import bluesky_post, children
from tests.sources.test_sources_answers import pictures, read

STATUS = {
    "id": "111",
    "url": "https://m.example/@ann/111",
    "created_at": "2026-11-01T10:00:00.000Z",
    "account": {"acct": "ann"},
    "media_attachments": [
        {
            "type": "image",
            "url": "https://f.example/o.jpg",
            "preview_url": "https://f.example/s.jpg",
            "remote_url": None,
        },
        {"type": "video", "url": "https://f.example/v.mp4", "preview_url": "https://f.example/v.jpg"},
    ],
    "reblog": None,
}


def test_mastodon_asks_for_the_number_of_an_account_first() -> None:
    answer = {"id": "42", "acct": "ann", "url": "https://m.example/@ann", "avatar": "https://f.example/a.png"}
    content = read("mastodon", "https://m.example/api/v1/accounts/lookup?acct=ann", answer)
    assert content.next_pages == ("https://m.example/api/v1/accounts/42/statuses?limit=40&only_media=true",)
    assert pictures(content) == [("https://f.example/a.png",)]


def test_mastodon_statuses_boosts_and_paging() -> None:
    boost = {"id": "110", "account": {"acct": "bob"}, "reblog": {**STATUS, "url": "https://o.example/@cy/9"}}
    url = "https://m.example/api/v1/accounts/42/statuses?limit=40&only_media=true"
    content = read("mastodon", url, [STATUS, boost])
    assert pictures(content) == [("https://f.example/o.jpg", "https://f.example/s.jpg"), ("https://f.example/v.jpg",)]
    assert content.images[0].post_url == "https://m.example/@ann/111"
    assert content.next_pages == (f"{url}&max_id=110",)
    assert read("mastodon", url, []).next_pages == ()


def test_mastodon_that_wants_an_account_is_a_wall() -> None:
    problem = read("mastodon", "https://m.example/api/v1/timelines/public", {"error": "needs a user"}).problem
    assert problem is not None and problem.kind is OutcomeKind.WALL


def test_bluesky_posts() -> None:
    image = {"thumb": "https://cdn.bsky.example/t/x@jpeg", "fullsize": "https://cdn.bsky.example/f/x@jpeg", "alt": ""}
    post = {
        "uri": "at://did:plc:abc/app.bsky.feed.post/3k",
        "author": {"handle": "ann.bsky.social"},
        "record": {"createdAt": "2026-11-01T10:00:00Z", "text": "words"},
        "embed": {"$type": "app.bsky.embed.images#view", "images": [image]},
    }
    url = "https://public.api.bsky.app/xrpc/app.bsky.feed.getAuthorFeed?actor=ann"
    content = read("bluesky", url, {"feed": [{"post": post}], "cursor": "c/1"})
    assert pictures(content) == [("https://cdn.bsky.example/f/x@jpeg", "https://cdn.bsky.example/t/x@jpeg")]
    assert content.images[0].post_url == "https://bsky.app/profile/ann.bsky.social/post/3k"
    assert content.next_pages == (f"{url}&cursor=c%2F1",)


def test_bluesky_account_that_is_gone() -> None:
    problem = read(
        "bluesky", "https://public.api.bsky.app/xrpc/x", {"error": "x", "message": "Profile not found"}
    ).problem
    assert problem is not None and problem.kind is OutcomeKind.GONE


TELEGRAM = b"""<div class="tgme_container"><section class="tgme_channel_history"><a class="tme_messages_more" data-before="120"
 href="/s/name?before=120"></a><div class="tgme_widget_message" data-post="name/123">
 <a class="tgme_widget_message_owner_name"><span>Name</span></a><a class="tgme_widget_message_photo_wrap" style="width:800px;
 background-image:url('https://cdn4.telesco.example/file/x.jpg')" href="https://t.me/name/123"></a>
 <a class="tgme_widget_message_date" href="https://t.me/name/123"><time datetime="2026-11-01T10:00:00+00:00"></time></a></div>
 <a class="tme_messages_more" data-after="125" href="/s/name?after=125"></a></section></div>"""


def test_telegram_preview_and_older_posts() -> None:
    content = read("telegram", "https://t.me/s/name", TELEGRAM)
    assert pictures(content) == [("https://cdn4.telesco.example/file/x.jpg",)]
    assert content.images[0].post_url == "https://t.me/name/123"
    assert content.next_pages == ("https://t.me/s/name?before=120",)


def test_telegram_without_a_preview_is_blind() -> None:
    problem = read("telegram", "https://t.me/name", b"<title>Telegram: Contact @name</title>").problem
    assert problem is not None and problem.kind is OutcomeKind.WALL


def test_bluesky_search_lists_posts_as_they_are() -> None:
    url = "https://bsky.social/xrpc/app.bsky.feed.searchPosts?q=x"
    content = read("bluesky", url, {"posts": [bluesky_post(1, "https://cdn.example/1.png")], "cursor": "2"})
    assert pictures(content) == [("https://cdn.example/1.png", "https://cdn.example/1.png?thumb")]
    assert content.next_pages == (f"{url}&cursor=2",)
    assert read("bluesky", url, {"posts": []}).problem is None  # nothing found is a good look


def test_bluesky_quote_beside_own_pictures() -> None:
    """app.bsky.embed.recordWithMedia#view: the quoted post lies one deeper."""
    quoted = {"record": {"embeds": [{"images": [{"fullsize": "https://cdn.example/q.png"}]}]}}
    media = {"images": [{"fullsize": "https://cdn.example/m.png"}]}
    post = {**bluesky_post(1, ""), "embed": {"media": media, "record": quoted}}
    content = read("bluesky", "https://bsky.social/xrpc/x", {"posts": [post]})
    assert pictures(content) == [("https://cdn.example/m.png",), ("https://cdn.example/q.png",)]


# -- Reddit

NEW = "https://oauth.reddit.com/r/pics/new?raw_json=1&limit=100"


def listing(*posts: dict[str, object], after: str | None = None) -> dict[str, object]:
    return {"kind": "Listing", "data": {"after": after, "children": children(posts)}}


def test_reddit_gallery_in_its_own_order_and_the_rest_after_it() -> None:
    media = {name: {"s": {"u": f"https://preview.example/{name}.jpg?s=1"}, "p": []} for name in ("x", "b", "a")}
    media["m"] = {"e": "AnimatedImage", "s": {"gif": "https://i.example/m.gif", "mp4": "https://i.example/m.mp4"}}
    gallery = {"items": [{"media_id": "a"}, {"media_id": "b"}, {"media_id": "gone"}]}
    content = read(
        "reddit", NEW, listing({"permalink": "/r/pics/comments/1/t/", "media_metadata": media, "gallery_data": gallery})
    )
    assert [one[0] for one in pictures(content)] == [
        "https://preview.example/a.jpg?s=1",
        "https://preview.example/b.jpg?s=1",
        "https://preview.example/x.jpg?s=1",
        "https://i.example/m.gif",
    ]


@pytest.mark.parametrize(
    ("post", "found"),
    [
        pytest.param({"thumbnail": "nsfw"}, [], id="a word for a thumbnail"),
        pytest.param({"thumbnail": "https://t.example/t.jpg"}, [("https://t.example/t.jpg",)], id="only a thumbnail"),
        pytest.param(
            {
                "preview": {
                    "images": [
                        {
                            "source": {"url": "https://p.example/s.jpg"},
                            "variants": {"obfuscated": {"source": {"url": "https://p.example/blur.jpg"}}},
                        }
                    ]
                }
            },
            [("https://p.example/s.jpg",)],
            id="a preview without its blurred forms",
        ),
        pytest.param(
            {
                "selftext_html": '<div><a href="https://i.example/in.png">x</a><img src="https://i.example/shown.png"></div>'
            },
            [("https://i.example/in.png",), ("https://i.example/shown.png",)],
            id="in the text of a post",
        ),
        pytest.param(
            {
                "crosspost_parent_list": [
                    {
                        "media_metadata": {"a": {"s": {"u": "https://p.example/a.jpg"}}},
                        "gallery_data": {"items": [{"media_id": "a"}]},
                    }
                ]
            },
            [("https://p.example/a.jpg",)],
            id="a gallery passed on",
        ),
        pytest.param(
            {"url_overridden_by_dest": "https://i.example/a.jpg", "over_18": True},
            [("https://i.example/a.jpg",)],
            id="over 18",
        ),
    ],
)
def test_reddit_pictures_of_a_post(post: dict[str, object], found: list[tuple[str, ...]]) -> None:
    assert pictures(read("reddit", NEW, listing(post))) == found


def test_reddit_goes_on_after_the_last_post() -> None:
    content = read("reddit", NEW, listing({"name": "t3_b"}, after="t3_b"))
    assert content.next_pages == (f"{NEW}&after=t3_b",)
    assert content.url == "https://www.reddit.com/r/pics/new"
    assert read("reddit", NEW, listing(after="t3_b")).next_pages == ()


def test_reddit_post_with_its_comments() -> None:
    content = read(
        "reddit", NEW, [listing({"url_overridden_by_dest": "https://i.example/a.jpg"}), listing({"kind": "t1"})]
    )
    assert pictures(content) == [("https://i.example/a.jpg",)]


def test_reddit_loses_no_post_by_the_broken_link_of_another() -> None:
    posts = (
        {"url_overridden_by_dest": link} for link in ("https://i.example/a.jpg", "http://[", "http://i.example/b.png")
    )
    assert pictures(read("reddit", NEW, listing(*posts))) == [("https://i.example/a.jpg",), ("http://i.example/b.png",)]


def test_reddit_link_elsewhere_is_opened_where_the_watch_allows_it() -> None:
    post = {"url_overridden_by_dest": "https://album.example/1", "permalink": "/r/pics/comments/1/t/"}
    assert read("reddit", NEW, listing(post), same_site=False).links == ("https://album.example/1",)
    assert read("reddit", NEW, listing(post)).links == ()
