"""What kind of place an address is of, by itself and by its answer; and what no watch can look at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import WatchlistError
from monitor.model.page import ParseJob, Parser, PlaceProgram
from monitor.model.watch import Every, Kind, Watch
from monitor.sources.reading.parsers import read_answer
from monitor.sources.reading.place import program_of
from monitor.sources.recognising import (
    better_kind,
    cannot_work,
    closed_group,
    is_one_post,
    kind_of_address,
    kind_of_answer,
)

BY_ADDRESS = {
    "Telegram": ("https://t.me/somechannel", Kind.TELEGRAM, True),
    "Telegram's preview": ("https://telegram.me/s/somechannel", Kind.TELEGRAM, True),
    "Reddit": ("https://www.reddit.com/r/pics/new", Kind.REDDIT, True),
    "Reddit as it was": ("https://old.reddit.com/user/x", Kind.REDDIT, True),
    "Bluesky": ("https://bsky.app/profile/x.bsky.social", Kind.BLUESKY, True),
    "4chan": ("https://boards.4chan.org/b/thread/123", Kind.IMAGEBOARD, True),
    "a booru": ("https://danbooru.donmai.us/posts?tags=cat", Kind.IMAGEBOARD, True),
    "Gelbooru": ("https://gelbooru.com/index.php?page=post&s=list&tags=cat", Kind.IMAGEBOARD, True),
    "a booru's other page": ("https://danbooru.donmai.us/wiki_pages/help", Kind.PAGE, False),
    "XenForo thread": ("https://forum.example/threads/some-title.1234/", Kind.XENFORO, False),
    "XenForo section": ("https://forum.example/forums/pictures.4/", Kind.XENFORO, False),
    "Discourse topic": ("https://forum.example/t/some-title/123", Kind.DISCOURSE, False),
    "Mastodon account": ("https://social.example/@name", Kind.MASTODON, False),
    "Mastodon account elsewhere": ("https://social.example/@name@other.example", Kind.MASTODON, False),
    "an account on YouTube": ("https://www.youtube.com/@name", Kind.PAGE, False),
    "board": ("https://board.example/b/res/123.html", Kind.IMAGEBOARD, False),
    "feed": ("https://blog.example/feed.xml", Kind.FEED, False),
    "feed of WordPress": ("https://blog.example/feed/", Kind.FEED, False),
    "sitemap": ("https://site.example/wp-sitemap.xml", Kind.SITEMAP, False),
    "packed sitemap": ("https://site.example/sitemap-1.xml.gz", Kind.SITEMAP, False),
    "plain page": ("https://site.example/gallery/7", Kind.PAGE, False),
    "front page": ("https://site.example", Kind.PAGE, False),
    "a thread of another program": ("https://forum.example/threads/123-title", Kind.PAGE, False),
    "a host that only ends so": ("https://not-t.me/somechannel", Kind.PAGE, False),
}


@pytest.mark.parametrize("name", BY_ADDRESS)
def test_kind_by_the_address_alone(name: str) -> None:
    url, kind, is_sure = BY_ADDRESS[name]
    found = kind_of_address(url)
    assert (found.kind, found.is_sure) == (kind, is_sure)


@given(st.text(max_size=60), st.sampled_from(["https://a.example/", "https://t.me/", "https://forum.example/threads/"]))
def test_any_address_is_of_some_kind(text: str, start: str) -> None:
    assert kind_of_address(start + text).kind in Kind
    assert isinstance(closed_group(start + text), str) and is_one_post(start + text) in (True, False)


CLOSED = {
    "Telegram's new invitation": ("https://t.me/+AbCd", "Telegram"),
    "Telegram's old invitation": ("https://t.me/joinchat/AbCd", "Telegram"),
    "a private channel of Telegram": ("https://t.me/c/1234/5", "Telegram"),
    "Discord": ("https://discord.gg/abc", "Discord"),
    "Discord's long one": ("https://discord.com/invite/abc", "Discord"),
    "a channel of Discord": ("https://discord.com/channels/1/2", "Discord"),
    "WhatsApp": ("https://chat.whatsapp.com/AbC", "WhatsApp"),
    "Signal": ("https://signal.group/#abc", "Signal"),
    "a channel of Telegram": ("https://t.me/coffee", ""),
    "a post of a channel": ("https://t.me/coffee/12", ""),
    "Discord's own pages": ("https://discord.com/blog", ""),
}


@pytest.mark.parametrize("name", CLOSED)
def test_an_invitation_leads_into_a_closed_group(name: str) -> None:
    url, whose = CLOSED[name]
    assert closed_group(url) == whose
    refused = cannot_work(watch(Kind.TELEGRAM if "t.me" in url else Kind.PAGE, url))
    assert bool(refused) is bool(whose)
    for error in refused:
        assert whose in str(error) and "guide evidence" in error.remedy


OF_ANOTHER_KIND = {
    "Telegram as Mastodon": (Kind.MASTODON, "https://t.me/name", 'kind = "telegram"'),
    "Bluesky as feed": (Kind.FEED, "https://bsky.app/profile/a.example", 'kind = "bluesky"'),
    "Reddit as Discourse": (Kind.DISCOURSE, "https://www.reddit.com/r/a", 'kind = "reddit"'),
    "a forum as Telegram": (Kind.TELEGRAM, "https://forum.example/threads/a.1/", 'kind = "xenforo"'),
    "a page as Telegram": (Kind.TELEGRAM, "https://forum.example/a", 'kind = "page"'),
    "a page as Reddit": (Kind.REDDIT, "https://forum.example/a", 'kind = "page"'),
    "XenForo as Discourse": (Kind.DISCOURSE, "https://forum.example/threads/a.1/", 'kind = "xenforo"'),
    "Discourse as board": (Kind.IMAGEBOARD, "https://forum.example/t/a/1", 'kind = "discourse"'),
}
FITS = {
    "Telegram as page": (Kind.PAGE, "https://t.me/s/name"),
    "one of many": (Kind.URLS, "https://www.reddit.com/r/a"),
    "Telegram": (Kind.TELEGRAM, "https://telegram.dog/name"),
    "Discourse": (Kind.DISCOURSE, "https://forum.example/t/a/1"),
    "Discourse in a folder": (Kind.DISCOURSE, "https://forum.example/forum/c/a/1"),
    "XenForo by any address": (Kind.XENFORO, "https://forum.example/whats-new/"),
    "board": (Kind.IMAGEBOARD, "https://board.example/b/"),
    "Mastodon": (Kind.MASTODON, "https://social.example/tags/word"),
    "feed by any address": (Kind.FEED, "https://forum.example/threads/index.rss"),
}


def watch(kind: Kind, url: str) -> Watch:
    return Watch("w", kind, Every(3600), (url,))


@pytest.mark.parametrize("name", OF_ANOTHER_KIND)
def test_an_address_of_another_kind_is_refused_with_the_right_one(name: str) -> None:
    kind, url, right = OF_ANOTHER_KIND[name]
    (error,) = cannot_work(watch(kind, url))
    assert isinstance(error, WatchlistError) and right in error.remedy and url in str(error)


@pytest.mark.parametrize("name", FITS)
def test_what_may_work_is_not_refused(name: str) -> None:
    assert cannot_work(watch(*FITS[name])) == ()


def test_a_better_kind_for_a_page_is_named() -> None:
    assert 'kind = "telegram"' in better_kind(watch(Kind.PAGE, "https://t.me/name"))
    assert better_kind(watch(Kind.PAGE, "https://forum.example/threads/a.1/")) == ""
    assert better_kind(watch(Kind.FEED, "https://t.me/name")) == ""


MADE_BY = {
    "XenForo 2": (b'<!DOCTYPE html>\n<html id="XF" lang="en-US" data-app="public">', PlaceProgram.XENFORO),
    "XenForo 1": (b'<!DOCTYPE html><html id="XenForo" lang="en-US" class="Public NoJs">', PlaceProgram.XENFORO),
    "Discourse": (b'<!doctype html><html><meta name="generator" content="Discourse 3.4.0">', PlaceProgram.DISCOURSE),
    "Mastodon": (
        b"<!DOCTYPE html><html><script id='initial-state'></script><div class='app-holder' id='mastodon'>".replace(
            b"id='initial-state'", b'id="initial-state"'
        ),
        PlaceProgram.MASTODON,
    ),
    "Pleroma": (b"<!DOCTYPE html><html><head><!--server-generated-meta-->", PlaceProgram.MASTODON),
    "GoToSocial": (b'<html><meta name="generator" content="gotosocial 0.17">', PlaceProgram.MASTODON),
    "vichan": (b'<!doctype html><html><body class="8chan vichan"><div class="thread">', PlaceProgram.BOARD),
    "RSS": (b'<?xml version="1.0"?>\n<rss version="2.0"><channel></channel></rss>', PlaceProgram.FEED),
    "Atom": (b'\xef\xbb\xbf<feed xmlns="http://www.w3.org/2005/Atom"></feed>', PlaceProgram.FEED),
    "JSON Feed": (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', PlaceProgram.FEED),
    "sitemap": (b'<?xml version="1.0"?><urlset><url><loc>http://a.example/</loc></url></urlset>', PlaceProgram.SITEMAP),
    "index of sitemaps": (b"<sitemapindex></sitemapindex>", PlaceProgram.SITEMAP),
    "a page about feeds": (b"<!doctype html><html><p>put &lt;rss or <rss here</p>", PlaceProgram.UNKNOWN),
    "a page about Mastodon": (b"<!doctype html><html><p>Mastodon</p>", PlaceProgram.UNKNOWN),
    "nothing": (b"", PlaceProgram.UNKNOWN),
}


@pytest.mark.parametrize("name", MADE_BY)
def test_what_made_an_answer(name: str) -> None:
    untrusted, program = MADE_BY[name]
    assert program_of(untrusted) is program
    content = read_answer(ParseJob(Parser.PLACE, "http://a.example/", offer_links=True), untrusted)
    assert content.program is program


@given(st.binary(max_size=300))
def test_any_bytes_are_read_as_a_place(untrusted: bytes) -> None:
    read_answer(ParseJob(Parser.PLACE, "http://a.example/", offer_links=True), untrusted)


BY_ANSWER = {
    "a forum": ("https://f.example/", PlaceProgram.XENFORO, Kind.XENFORO),
    "Discourse": ("https://f.example/latest", PlaceProgram.DISCOURSE, Kind.DISCOURSE),
    "an account": ("https://m.example/@name", PlaceProgram.MASTODON, Kind.MASTODON),
    "another page of a Mastodon": ("https://m.example/about", PlaceProgram.MASTODON, Kind.PAGE),
    "a thread of a board": ("https://b.example/b/res/1.html", PlaceProgram.BOARD, Kind.IMAGEBOARD),
    "a board's front page": ("https://b.example/", PlaceProgram.BOARD, Kind.PAGE),
    "a booru's list": ("https://b.example/posts?tags=a", PlaceProgram.BOORU, Kind.IMAGEBOARD),
    "a booru's post": ("https://b.example/posts/1", PlaceProgram.BOORU, Kind.PAGE),
    "a feed under any address": ("https://a.example/x", PlaceProgram.FEED, Kind.FEED),
    "a sitemap": ("https://a.example/x", PlaceProgram.SITEMAP, Kind.SITEMAP),
    "anything": ("https://a.example/@name", PlaceProgram.UNKNOWN, Kind.PAGE),
}


@pytest.mark.parametrize("name", BY_ANSWER)
def test_kind_by_what_the_place_answers(name: str) -> None:
    url, program, kind = BY_ANSWER[name]
    assert kind_of_answer(url, program).kind is kind
