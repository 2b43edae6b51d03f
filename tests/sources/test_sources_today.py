# ruff: noqa: E501 -- answers as the software writes them
"""Answers and feeds as they are today, what is new in them, and what nobody here knows yet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.observation import Noted, RunTrouble
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.reading.feed_bases import entry_bases
from monitor.sources.reading.parsers import read_answer

CDN = "https://cdn.example"
FEED = "https://s.example/n/feed.xml"
AUTHOR_FEED = "https://public.api.bsky.app/xrpc/app.bsky.feed.getAuthorFeed?actor=ann"


def read(parser: str, url: str, answer: object) -> PageContent:
    body = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
    kind = "application/xml" if isinstance(answer, str) else "application/json"
    return read_answer(ParseJob(parser, url, kind), body)  # type: ignore[arg-type]


def urls(content: PageContent) -> list[str]:
    return [image.url for image in content.images]


def gallery(count: int, small: str = "thumbnail", listed: str = "items") -> dict[str, Any]:
    items = [
        {"$type": "app.bsky.embed.gallery#viewImage", small: f"{CDN}/t/{n}", "fullsize": f"{CDN}/f/{n}", "alt": ""}
        for n in range(count)
    ]
    return {"$type": "app.bsky.embed.gallery#view", listed: items}


def quoted(embed: dict[str, Any], kind: str = "app.bsky.embed.record#viewRecord") -> dict[str, Any]:
    author = {"did": "did:plc:y", "handle": "bob.example"}
    record = {"$type": kind, "uri": "at://did:plc:y/app.bsky.feed.post/3j", "author": author, "value": {"text": "x"}}
    return {**record, "embeds": [embed]}


NOT_FOUND = {"record": {"$type": "app.bsky.embed.record#viewNotFound", "uri": "at://x", "notFound": True}}
FIVE = [f"{CDN}/f/{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("embed", "expected", "unknown"),
    [
        pytest.param(gallery(5), FIVE, "", id="a gallery"),
        pytest.param(gallery(10), [f"{CDN}/f/{n}" for n in range(10)], "", id="of ten"),
        pytest.param(gallery(5, "thumb", "media"), FIVE, "", id="as its first draft had it"),
        pytest.param({"$type": "app.bsky.embed.recordWithMedia#view", "media": gallery(5), "record": NOT_FOUND}, FIVE, "", id="beside a quotation"),
        pytest.param({"$type": "app.bsky.embed.record#view", "record": quoted(gallery(5))}, FIVE, "", id="in a quoted post"),
        pytest.param({"$type": "app.bsky.embed.record#view", "record": quoted({"$type": "app.bsky.embed.recordWithMedia#view", "media": gallery(5), "record": NOT_FOUND})}, FIVE, "", id="beside a quotation in a quoted post"),
        pytest.param({"$type": "app.bsky.embed.record#view", "record": quoted({"$type": "app.bsky.embed.record#view", "record": quoted(gallery(5))})}, FIVE, "", id="in what a quoted post quotes"),
        pytest.param({"$type": "app.bsky.embed.external#view", "external": {"uri": "https://o.example/p", "thumb": f"{CDN}/f/0", "title": ""}}, FIVE[:1], "", id="a card"),
        pytest.param({"$type": "app.bsky.embed.external#view", "external": {"uri": f"{CDN}/a.jpg", "title": ""}}, [f"{CDN}/a.jpg"], "", id="a card that leads to a picture"),
        pytest.param({"$type": "app.bsky.embed.video#view", "playlist": f"{CDN}/v.m3u8", "thumbnail": f"{CDN}/f/0"}, FIVE[:1], "", id="a film's still"),
        pytest.param({"$type": "app.bsky.embed.carousel#view", "slides": [{"fullsize": f"{CDN}/f/0", "thumb": f"{CDN}/t/0"}, {"imageUrl": f"{CDN}/f/1"}]}, FIVE[:2], "app.bsky.embed.carousel", id="an embed that nobody knows"),
        pytest.param({**gallery(1), "items": [*gallery(1)["items"], {"$type": "app.bsky.embed.gallery#viewVideo", "poster": f"{CDN}/f/1"}]}, FIVE[:2], "app.bsky.embed.gallery#viewVideo", id="a gallery with something new in it"),
        pytest.param({"$type": "app.bsky.embed.record#view", "record": {"$type": "app.bsky.embed.record#viewAlbum", "cover": {"url": f"{CDN}/f/0"}}}, FIVE[:1], "app.bsky.embed.record#viewAlbum", id="a quotation of something new"),
        pytest.param({"$type": "x" * 5000, "a": [{"image": f"{CDN}/f/0"}]}, FIVE[:1], "x" * 120, id="a long name"),
        pytest.param({"$type": 7, "images": 3, "items": {"a": 1}, "record": [], "media": "x"}, [], "", id="nothing that it should be"),
    ],
)  # fmt: skip
def test_bluesky(embed: dict[str, Any], expected: list[str], unknown: str) -> None:
    post = {"uri": "at://did:plc:x/app.bsky.feed.post/3k", "author": {"handle": "ann.example"}, "record": {"text": "x"}}
    content = read("bluesky", AUTHOR_FEED, {"feed": [{"post": {**post, "embed": embed}}]})
    assert urls(content) == expected
    assert content.noted == ((Noted(RunTrouble.UNKNOWN_CONTENT, 1, unknown),) if unknown else ())


def test_bluesky_links_in_words() -> None:
    link = {"$type": "app.bsky.richtext.facet#link", "uri": f"{CDN}/a.jpg"}
    page = {"$type": "app.bsky.richtext.facet#link", "uri": "https://public.api.bsky.app/page"}
    record = {"text": "x", "facets": [{"features": [link, page, {"tag": "x"}]}, None, {"features": 3}]}
    post = {"uri": "at://did:plc:x/app.bsky.feed.post/3k", "author": {"handle": "ann.example"}, "record": record}
    content = read("bluesky", AUTHOR_FEED, {"feed": [{"post": post}]})
    assert urls(content) == [f"{CDN}/a.jpg"]
    assert content.images[0].post_url == "https://bsky.app/profile/ann.example/post/3k"
    assert content.links == ("https://public.api.bsky.app/page",)


@pytest.mark.parametrize(
    ("attachment", "expected", "unknown"),
    [
        pytest.param({"type": "unknown", "url": None, "preview_url": None, "remote_url": f"{CDN}/files/7f0c"}, [f"{CDN}/files/7f0c"], "", id="not copied, no ending"),
        pytest.param({"type": "unknown", "url": f"{CDN}/a.jpg", "remote_url": f"{CDN}/a.jpg"}, [f"{CDN}/a.jpg"], "", id="not copied, both addresses"),
        pytest.param({"type": "unknown", "remote_url": f"{CDN}/v.mp4"}, [], "", id="not copied, a film"),
        pytest.param({"type": "unknown", "remote_url": f"{CDN}/v.mp4", "preview_remote_url": f"{CDN}/s"}, [f"{CDN}/s"], "", id="a film whose still is elsewhere"),
        pytest.param({"type": "model", "url": f"{CDN}/m.glb", "poster": f"{CDN}/p"}, [f"{CDN}/p"], "attachment model", id="what nobody knows"),
        pytest.param({"type": "image", "url": f"{CDN}/o", "preview_url": f"{CDN}/s"}, [f"{CDN}/o"], "", id="as ever"),
    ],
)  # fmt: skip
def test_mastodon(attachment: dict[str, Any], expected: list[str], unknown: str) -> None:
    status = {"id": "1", "url": "https://m.example/@a/1", "account": {"acct": "a"}, "media_attachments": [attachment]}
    content = read("mastodon", "https://m.example/api/v1/timelines/tag/x", [status])
    assert urls(content) == expected
    assert content.noted == ((Noted(RunTrouble.UNKNOWN_CONTENT, 1, unknown),) if unknown else ())


@pytest.mark.parametrize("ending", [".JPG", ".jfif", ".JPEG", ".Png", ".jpe", ".pjpeg", ".WEBP", ".avif", ".apng"])
def test_boards_keep_the_ending_as_it_was_uploaded(ending: str) -> None:
    post = {"no": 1, "tim": "170", "ext": ending, "extra_files": [{"tim": "171", "ext": ending}]}
    content = read("board", "https://b.example/b/res/1.json", {"posts": [post]})
    assert urls(content) == [f"https://b.example/b/src/170{ending}", f"https://b.example/b/src/171{ending}"]


def test_a_film_of_a_board_is_not_asked_for_as_a_picture() -> None:
    content = read("board", "https://b.example/b/res/1.json", {"posts": [{"no": 1, "tim": "170", "ext": ".WEBM"}]})
    assert urls(content) == ["https://b.example/b/thumb/170.jpg"]


def test_reddit_media_that_nobody_knows() -> None:
    media = {
        "a": {"e": "Image", "s": {"u": f"{CDN}/a.jpg"}},
        "b": {"e": "Hologram", "still": {"url": f"{CDN}/b", "width": 900, "height": 600}},
    }
    post = {
        "kind": "t3",
        "data": {"permalink": "/r/x/1", "gallery_data": {"items": [{"media_id": "a"}]}, "media_metadata": media},
    }
    content = read("reddit", "https://oauth.reddit.com/r/x", {"kind": "Listing", "data": {"children": [post]}})
    assert urls(content) == [f"{CDN}/a.jpg", f"{CDN}/b"]
    assert content.noted == (Noted(RunTrouble.UNKNOWN_CONTENT, 1, "media Hologram"),)


def test_many_unknown_types_are_counted_and_few_named() -> None:
    posts = [{"post": {"uri": "at://x/app.bsky.feed.post/1", "embed": {"$type": f"new{n % 40}"}}} for n in range(400)]
    (noted,) = read("bluesky", AUTHOR_FEED, {"feed": posts}).noted
    assert noted.count == 200  # of 20 types, the rest is not kept apart
    assert noted.what.count(",") == 2


# -- feeds

NAMESPACES = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:content="http://purl.org/rss/1.0/modules/content/"'


def rss(items: str, attributes: str = "") -> str:
    return f'<?xml version="1.0"?><rss version="2.0" {NAMESPACES} {attributes}><channel><title>x</title>{items}</channel></rss>'


def item(inner: str, attributes: str = "", link: str = "https://s.example/p/1.html") -> str:
    return rss(f"<item {attributes}><title>t</title><link>{link}</link>{inner}</item>")


def atom(inner: str, attributes: str = "", of_entry: str = "", link: str = "https://s.example/p/1.html") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>x</title><id>x</id><entry {of_entry}><id>1</id><title>t</title><link href="{link}"/>{inner}</entry></feed>'


IMG = '&lt;p&gt;text&lt;/p&gt;&lt;img src="a.jpg"&gt;'


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        pytest.param(atom(f'<content type="html" xml:base="https://s.example/up/">{IMG}</content>'), "https://s.example/up/a.jpg", id="on the content"),
        pytest.param(atom(f'<content type="html" xml:base="../up/">{IMG}</content>', 'xml:base="https://s.example/"', 'xml:base="u/"', "1.html"), "https://s.example/up/a.jpg", id="nested"),
        pytest.param(atom(f'<content type="html">{IMG}</content>', 'xml:base="https://s.example/up/"'), "https://s.example/up/a.jpg", id="on the feed"),
        pytest.param(atom(f'<content type="html">{IMG}</content>', "", 'xml:base="/up/"'), "https://s.example/up/a.jpg", id="on the entry"),
        pytest.param(atom(f'<summary type="html" xml:base="https://s.example/up/">{IMG}</summary>'), "https://s.example/up/a.jpg", id="on the summary"),
        pytest.param(atom('<content type="xhtml" xml:base="/up/"><div xmlns="http://www.w3.org/1999/xhtml"><img src="a.jpg"/></div></content>'), "https://s.example/up/a.jpg", id="XHTML"),
        pytest.param(atom('<content type="html">&lt;base href="https://s.example/up/"&gt;&lt;img src="a.jpg"&gt;</content>'), "https://s.example/up/a.jpg", id="a base in the markup"),
        pytest.param(atom('<link rel="enclosure" href="a.jpg"/>', 'xml:base="https://s.example/up/"'), "https://s.example/up/a.jpg", id="an enclosure without a type"),
        pytest.param(atom('<link rel="enclosure" type="image/webp" href="a"/>', 'xml:base="https://s.example/up/"'), "https://s.example/up/a", id="an enclosure without an ending"),
        pytest.param(atom('<link rel="preview" type="image/png" href="https://s.example/up/a"/>'), "https://s.example/up/a", id="another link to a picture"),
        pytest.param(atom('<content src="/up/a" type="image/jpeg"/>'), "https://s.example/up/a", id="content elsewhere"),
        pytest.param(item(f"<description>{IMG}</description>", 'xml:base="https://s.example/up/"'), "https://s.example/up/a.jpg", id="RSS, on the item"),
        pytest.param(rss(f"<item><title>t</title><description>{IMG}</description></item>", 'xml:base="https://s.example/up/"'), "https://s.example/up/a.jpg", id="RSS, on the feed, no link"),
        pytest.param(item(f'<content:encoded xml:base="/up/">{IMG}</content:encoded>'), "https://s.example/up/a.jpg", id="RSS, on content:encoded"),
        pytest.param(item('<enclosure url="a.jpg" type="image/jpeg"/>', 'xml:base="https://s.example/up/"'), "https://s.example/up/a.jpg", id="RSS, an enclosure under a base"),
        pytest.param(item('<media:content url="a"/>', 'xml:base="https://s.example/up/"'), "https://s.example/up/a", id="RSS, media under a base"),
        pytest.param(item(f"<description>{IMG}</description>"), "https://s.example/p/a.jpg", id="no base: the entry's page"),
        pytest.param(item('<enclosure url="https://s.example/a.jpg" type="image/jpg"/>'), "https://s.example/a.jpg", id="image/jpg"),
        pytest.param(item('<enclosure url="https://s.example/a.jpg" type="application/octet-stream"/>'), "https://s.example/a.jpg", id="octet-stream"),
        pytest.param(item('<enclosure url="https://s.example/a.JPG" type=""/>'), "https://s.example/a.JPG", id="an empty type"),
        pytest.param(item('<enclosure url="https://s.example/a.jfif"/>'), "https://s.example/a.jfif", id="no type"),
        pytest.param(item('<enclosure url="https://s.example/a" type=" IMAGE/JPEG "/>'), "https://s.example/a", id="a type in capitals"),
        pytest.param(item('<media:content url="https://s.example/a"/>'), "https://s.example/a", id="media without a type"),
        pytest.param(item('<media:group><media:content url="https://s.example/a" medium="image"/></media:group>'), "https://s.example/a", id="a group"),
        pytest.param(item('<media:content url="https://s.example/v.mp4" medium="video"><media:thumbnail url="https://s.example/a"/></media:content>'), "https://s.example/a", id="a film's still"),
        pytest.param(item('<itunes:image href="https://s.example/a"/>'), "https://s.example/a", id="itunes:image"),
        pytest.param(item("<image><url>https://s.example/a</url></image>"), "https://s.example/a", id="an item's image"),
        pytest.param(item("<image>https://s.example/a</image>"), "https://s.example/a", id="an image that is its text"),
        pytest.param(item("<thumbnail>a.jpg</thumbnail>", 'xml:base="/up/"'), "https://s.example/up/a.jpg", id="a thumbnail that is its text"),
        pytest.param({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "image": "https://s.example/a"}]}, "https://s.example/a", id="JSON Feed, image"),
        pytest.param({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "banner_image": "https://s.example/a"}]}, "https://s.example/a", id="JSON Feed, banner"),
        pytest.param({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "attachments": [{"url": "https://s.example/a.jpg", "mime_type": "application/octet-stream"}]}]}, "https://s.example/a.jpg", id="JSON Feed, an odd type"),
    ],
)  # fmt: skip
def test_where_a_feed_has_its_picture(feed: object, expected: str) -> None:
    content = read("feed", FEED, feed)
    assert content.problem is None
    assert urls(content) == [expected]
    assert content.noted == ()


@pytest.mark.parametrize(
    "kind",
    ["image", "img", "jpeg", "JPG", "image/*", "picture", "IMAGE", "Image/JPEG", "image/jpeg; charset=binary", "images/jpeg", "photo",
     "image/x-png", "application/jpg", "img/webp", " image ", "*/*", "application/octet-stream", "binary/octet-stream; x=1", "unknown"],
)  # fmt: skip
def test_odd_types_of_enclosures(kind: str) -> None:
    at = "https://s.example/a"
    assert urls(read("feed", FEED, item(f'<enclosure url="{at}" type="{kind}" length="1"/>'))) == [at]
    assert urls(read("feed", FEED, atom(f'<link rel="enclosure" type="{kind}" href="{at}"/>'))) == [at]
    json_feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "attachments": [{"url": at, "mime_type": kind}]}]}  # fmt: skip
    assert urls(read("feed", FEED, json_feed)) == [at]


@pytest.mark.parametrize("kind", ["audio", "audio/mpeg", "video/x-jpeg", "text/html", "application/pdf", "podcast"])
def test_types_of_enclosures_that_are_no_picture(kind: str) -> None:
    assert urls(read("feed", FEED, item(f'<enclosure url="https://s.example/a" type="{kind}"/>'))) == []


def test_without_a_base_the_feed_itself_may_be_meant() -> None:
    (image,) = read("feed", FEED, item('<enclosure url="a.jpg" type="image/jpeg"/>')).images
    assert image.variants == ("https://s.example/p/a.jpg", "https://s.example/n/a.jpg")


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param('<enclosure url="https://s.example/a.mp3" type="audio/mpeg"/>', id="a sound"),
        pytest.param('<media:content url="https://s.example/v" type="video/mp4"/>', id="a film"),
        pytest.param('<media:content url="https://s.example/v" medium="video"/>', id="a film by its medium"),
        pytest.param('<media:content url="https://s.example/v.mp4"/>', id="a film by its ending"),
        pytest.param("<image>a cat</image>", id="words"),
    ],
)
def test_what_is_no_picture_in_a_feed(inner: str) -> None:
    assert urls(read("feed", FEED, item(inner))) == []


@pytest.mark.parametrize(
    ("feed", "kind", "noted"),
    [
        pytest.param(rss(""), None, (Noted(RunTrouble.NO_ENTRIES),), id="empty"),
        pytest.param(rss("<item/><item><title>t</title></item>"), OutcomeKind.EMPTY, (), id="entries that name nothing"),
        pytest.param(rss("<item><link>javascript:x</link></item>"), OutcomeKind.EMPTY, (), id="an entry that leads nowhere"),
        pytest.param(rss("<item><link>/1</link></item><item/>"), None, (), id="one that names nothing"),
        pytest.param('<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><ti', OutcomeKind.EMPTY, (), id="cut off before the first"),
        pytest.param({"version": "https://jsonfeed.org/version/1.1", "items": []}, None, (Noted(RunTrouble.NO_ENTRIES),), id="JSON Feed, empty"),
        pytest.param({"version": "https://jsonfeed.org/version/1.1", "items": [{}, 3]}, OutcomeKind.EMPTY, (), id="JSON Feed, entries that name nothing"),
    ],
)  # fmt: skip
def test_a_feed_without_one_readable_entry_is_no_good_look(
    feed: object, kind: OutcomeKind | None, noted: tuple[Noted, ...]
) -> None:
    content = read("feed", FEED, feed)
    assert (content.problem.kind if content.problem else None) is kind
    assert content.noted == noted


@given(st.text(alphabet="<>/item xml:base='\"entry&;!ENTITY[]a", max_size=300))
def test_no_xml_breaks_the_bases(text: str) -> None:
    for own in entry_bases(f"<rss>{text}".encode(), FEED):
        assert isinstance(own.base, str)


def test_hostile_bases_are_bounded() -> None:
    deep = "<item xml:base='a/'>" + "<x xml:base='b/'>" * 20_000
    assert len(entry_bases(deep.encode(), FEED)) == 1
    many = "<rss>" + "<item/>" * 5000 + "</rss>"
    assert len(entry_bases(many.encode(), FEED)) == 1000
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><item><image>&b;</image></item></rss>'
    assert entry_bases(bomb.encode(), FEED) == []
