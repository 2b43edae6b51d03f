"""What each kind asks for, and what `watch check` finds wrong before anything is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import WatchlistError
from monitor.model.page import Fetched, Outcome, OutcomeKind, ParseJob, Purpose
from monitor.model.settings import CredentialSettings, EngineSettings, Secret, Settings
from monitor.model.watch import Every, Follow, ImageRules, Kind, Watch
from monitor.sources import check_watch, disclosure, source_for
from monitor.sources.engines import find_engine, shipped
from monitor.sources.reading.parsers import PARSERS, parser_named

SEARX = EngineSettings(name="searxng", values=(("url", "http://127.0.0.1:8888/"),))
REDDIT = ("www.reddit.com",)
SETTINGS = Settings(
    path=None,
    data_dir=Path("/nowhere"),
    watchlist_dir=Path("/nowhere"),
    engines=(SEARX, EngineSettings(name="google", values=(("cx", "e1"),))),
    credentials=tuple(
        CredentialSettings(name=name, hosts=hosts, values=tuple((key, Secret(value)) for key, value in values.items()))
        for name, hosts, values in (
            ("mine", tuple("m.example d.example x.example api.mojeek.com".split()), {"token": "s3cr3t"}),
            ("brave", ("api.search.brave.com",), {"token": "s3cr3t"}),
            ("bad", ("x.example", "bsky.social"), {"identifier": "ann.bsky.social"}),
            ("bluesky", ("bsky.social",), {"identifier": "ann.bsky.social", "password": "s3cr3t-app"}),
            ("several", ("bsky.social", "pds.example"), {"identifier": "ann", "password": "s3cr3t"}),
            ("reddit", REDDIT, {"client_id": "AbC-1", "client_secret": "s3cr3t", "username": "u/ann"}),
            ("odd", REDDIT, {"client_id": "a\r\nX: y", "client_secret": "s3cr3t", "username": "ann"}),
        )
    ),
)


def watch(kind: Kind, url: str = "", **more: object) -> Watch:
    return Watch("w", kind, Every(60), urls=(url,) if url else (), **more)  # type: ignore[arg-type]


def came_back(url: str, content_type: str = "text/html") -> Fetched:
    from monitor.model.page import Request

    now = datetime(2026, 11, 22, tzinfo=UTC)
    return Fetched(Request(url), Outcome(OutcomeKind.OK), url, now, 200, (("content-type", content_type),))


@pytest.mark.parametrize(
    ("kind", "url", "asked"),
    [
        pytest.param(Kind.PAGE, "https://f.example/t/1", "https://f.example/t/1", id="page"),
        pytest.param(Kind.FEED, "https://f.example/feed", "https://f.example/feed", id="feed"),
        pytest.param(Kind.SITEMAP, "https://f.example/", "https://f.example/sitemap.xml", id="sitemap of a site"),
        pytest.param(Kind.SITEMAP, "https://f.example/s.xml.gz", "https://f.example/s.xml.gz", id="sitemap file"),
        pytest.param(
            Kind.IMAGEBOARD,
            "https://boards.4chan.org/b/thread/7/slug",
            "https://a.4cdn.org/b/thread/7.json",
            id="4chan",
        ),
        pytest.param(
            Kind.IMAGEBOARD, "https://boards.4chan.org/b/", "https://a.4cdn.org/b/catalog.json", id="4chan board"
        ),
        pytest.param(Kind.IMAGEBOARD, "https://v.example/b/res/7.html", "https://v.example/b/res/7.json", id="vichan"),
        pytest.param(Kind.IMAGEBOARD, "https://v.example/b/", "https://v.example/b/catalog.json", id="vichan board"),
        pytest.param(
            Kind.IMAGEBOARD, "https://v.example/b/catalog.html", "https://v.example/b/catalog.json", id="catalog"
        ),
        pytest.param(
            Kind.IMAGEBOARD,
            "https://d.example/posts?tags=a+b",
            "https://d.example/posts.json?limit=100&tags=a+b",
            id="booru",
        ),
        pytest.param(
            Kind.IMAGEBOARD,
            "https://m.example/post?tags=a",
            "https://m.example/post.json?limit=100&tags=a",
            id="moebooru",
        ),
        pytest.param(
            Kind.IMAGEBOARD,
            "https://g.example/index.php?page=post&s=list&tags=a",
            "https://g.example/index.php?page=dapi&s=post&q=index&json=1&limit=100&tags=a",
            id="gelbooru",
        ),
        pytest.param(
            Kind.MASTODON, "https://m.example/@ann", "https://m.example/api/v1/accounts/lookup?acct=ann", id="account"
        ),
        pytest.param(
            Kind.MASTODON,
            "https://m.example/@ann@other.example",
            "https://m.example/api/v1/accounts/lookup?acct=ann@other.example",
            id="account elsewhere",
        ),
        pytest.param(
            Kind.MASTODON,
            "https://m.example/tags/Word",
            "https://m.example/api/v1/timelines/tag/Word?limit=40&only_media=true",
            id="tag",
        ),
        pytest.param(
            Kind.MASTODON,
            "https://m.example/public/local",
            "https://m.example/api/v1/timelines/public?limit=40&only_media=true&local=true",
            id="timeline",
        ),
        pytest.param(
            Kind.BLUESKY,
            "https://bsky.app/profile/ann.bsky.social",
            "https://public.api.bsky.app/xrpc/app.bsky.feed.getAuthorFeed?actor=ann.bsky.social&limit=100"
            "&filter=posts_with_media",
            id="bluesky",
        ),
        pytest.param(
            Kind.REDDIT,
            "https://www.reddit.com/r/pics/new",
            "https://www.reddit.com/r/pics/new/.rss?limit=100",
            id="reddit",
        ),
        pytest.param(Kind.TELEGRAM, "https://t.me/name", "https://t.me/s/name", id="telegram"),
        pytest.param(Kind.TELEGRAM, "https://t.me/s/name", "https://t.me/s/name", id="telegram preview"),
        pytest.param(Kind.DISCOURSE, "https://d.example/t/slug/7", "https://d.example/t/7.json", id="discourse topic"),
        pytest.param(Kind.DISCOURSE, "https://d.example/", "https://d.example/latest.json", id="discourse"),
        pytest.param(
            Kind.DISCOURSE, "https://d.example/c/x/5", "https://d.example/c/x/5.json", id="discourse category"
        ),
        pytest.param(Kind.XENFORO, "https://x.example/threads/t.7/", "https://x.example/threads/t.7/", id="xenforo"),
    ],
)
def test_what_is_asked_first(kind: Kind, url: str, asked: str) -> None:
    (request,) = source_for(watch(kind, url), SETTINGS).seeds(watch(kind, url))
    assert request.url == asked
    assert request.headers == ()


@pytest.mark.parametrize(
    ("kind", "url", "header"),
    [
        pytest.param(Kind.MASTODON, "https://m.example/@ann", ("Authorization", "Bearer s3cr3t"), id="mastodon"),
        pytest.param(Kind.DISCOURSE, "https://d.example/t/1", ("User-Api-Key", "s3cr3t"), id="discourse"),
        pytest.param(Kind.XENFORO, "https://x.example/threads/t.7/", ("XF-Api-Key", "s3cr3t"), id="xenforo"),
    ],
)
def test_credentials_go_into_a_header(kind: Kind, url: str, header: tuple[str, str]) -> None:
    given = watch(kind, url, credentials="mine")
    (request,) = source_for(given, SETTINGS).seeds(given)
    assert request.headers == (header,)
    assert "s3cr3t" not in request.url


@pytest.mark.parametrize(
    ("kind", "url", "asked"),
    [
        pytest.param(
            Kind.BLUESKY,
            "https://bsky.app/search?q=jane+doe",
            "https://bsky.social/xrpc/app.bsky.feed.searchPosts?q=jane+doe&limit=100&sort=latest",
            id="bluesky search",
        ),
        pytest.param(
            Kind.BLUESKY,
            "https://bsky.app/hashtag/Caf%C3%A9?author=ann.example",
            "https://bsky.social/xrpc/app.bsky.feed.searchPosts?q=%23Caf%C3%A9+from%3Aann.example&limit=100&sort=latest",
            id="bluesky tag of an author",
        ),
        pytest.param(
            Kind.REDDIT,
            "https://www.reddit.com/r/pics",
            "https://oauth.reddit.com/r/pics/new?raw_json=1&limit=100",
            id="subreddit",
        ),
        pytest.param(
            Kind.REDDIT,
            "https://old.reddit.com/u/ann/",
            "https://oauth.reddit.com/user/ann/submitted?raw_json=1&limit=100&sort=new",
            id="user",
        ),
        pytest.param(
            Kind.REDDIT,
            "https://www.reddit.com/r/pics/search?q=cat&restrict_sr=1",
            "https://oauth.reddit.com/r/pics/search?raw_json=1&limit=100&sort=new&include_over_18=on&type=link&q=cat&restrict_sr=1",
            id="search",
        ),
        pytest.param(
            Kind.REDDIT,
            "https://www.reddit.com/r/pics/comments/x1/title/",
            "https://oauth.reddit.com/r/pics/comments/x1/title?raw_json=1&limit=100",
            id="post",
        ),
    ],
)
def test_an_account_signs_in_and_shows_nowhere(kind: Kind, url: str, asked: str) -> None:
    given = watch(kind, url, credentials=kind.value)
    (request,) = source_for(given, SETTINGS).seeds(given)
    assert request.url == asked
    assert request.exchange is not None
    assert "s3cr3t" not in repr(request)
    assert "s3cr3t" not in disclosure(given, SETTINGS) and f"[credentials.{kind.value}]" in disclosure(given, SETTINGS)


def test_what_is_open_is_asked_for_without_the_account() -> None:
    urls = ("https://bsky.app/search?q=x", "https://bsky.app/profile/ann.example")
    given = Watch("w", Kind.BLUESKY, Every(60), urls=urls, credentials="bluesky")
    openly, search = source_for(given, SETTINGS).seeds(given)
    assert openly.url.startswith("https://public.api.bsky.app/") and openly.exchange is None
    assert search.exchange is not None


def test_reddit_is_told_the_client_that_asks_and_not_the_program() -> None:
    given = watch(Kind.REDDIT, "https://www.reddit.com/r/pics", credentials="reddit")
    (request,) = source_for(given, SETTINGS).seeds(given)
    assert dict(request.headers)["User-Agent"].startswith("linux:AbC-1:v")
    assert dict(request.headers)["User-Agent"].endswith("(by /u/ann)")


def test_mojeek_s_token_is_added_on_the_wire_alone() -> None:
    given = watch(Kind.SEARCH, engine="mojeek", query="x", credentials="mine")
    (request,) = source_for(given, SETTINGS).seeds(given)
    assert "api_key" not in request.url and "s3cr3t" not in repr(request)
    assert request.secret_query == (("api_key", Secret("s3cr3t")),)


def test_xenforo_by_its_api_where_there_is_a_key() -> None:
    given = watch(Kind.XENFORO, "https://x.example/community/threads/t.7/page-3", credentials="mine")
    (request,) = source_for(given, SETTINGS).seeds(given)
    assert request.url == "https://x.example/community/api/threads/7/?with_posts=1"


def test_urls_are_each_visited_as_they_stand() -> None:
    given = Watch("w", Kind.URLS, Every(60), urls=("https://a.example/", "https://b.example/x"))
    source = source_for(given, SETTINGS)
    assert [request.url for request in source.seeds(given)] == ["https://a.example/", "https://b.example/x"]
    assert not source.job(given, came_back("https://a.example/"), 0).follow_next


def test_rules_of_the_watch_reach_the_reader() -> None:
    given = watch(
        Kind.PAGE,
        "https://f.example/",
        follow=Follow(links="a.t", same_site=False),
        images=ImageRules(select="img.full"),
    )
    job = source_for(given, SETTINGS).job(given, came_back("https://f.example/"), 0)
    assert job == ParseJob(
        "html", "https://f.example/", "text/html", select_images="img.full", select_links="a.t", same_site=False
    )


def test_an_address_that_is_a_picture_is_read_as_one() -> None:
    given = watch(Kind.URLS, "https://f.example/a")
    job = source_for(given, SETTINGS).job(given, came_back("https://f.example/a", "image/jpeg"), 0)
    assert [ref.url for ref in parser_named(job.parser)(job, b"\xff\xd8").images] == ["https://f.example/a"]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.PAGE, Kind.URLS, Kind.SEARCH)])
def test_pages_behind_a_list_are_ordinary_pages(kind: Kind) -> None:
    url = {
        Kind.MASTODON: "https://m.example/@a",
        Kind.BLUESKY: "https://bsky.app/profile/a",
    }.get(kind, "https://x.example/threads/t.7/")
    given = watch(kind, url)
    assert source_for(given, SETTINGS).job(given, came_back("https://x.example/p"), 1).parser == "html"


# -- searches


def test_search_pages_one_after_the_other() -> None:
    given = watch(Kind.SEARCH, engine="searxng", query='"jane doe" x&y', pages=3)
    source = source_for(given, SETTINGS)
    (first,) = source.seeds(given)
    assert first.url == ("http://127.0.0.1:8888/search?q=%22jane%20doe%22%20x%26y&format=json&pageno=1&safesearch=0")
    assert first.purpose is Purpose.API
    job = source.job(given, came_back(first.url, "application/json"), 0)
    assert job.rule("next").endswith("pageno=2&safesearch=0")
    last = source.job(given, came_back(first.url.replace("pageno=1", "pageno=3")), 0)
    assert last.rule("next") == ""


def test_a_token_is_sent_in_a_header_and_the_rest_stays_in_the_address() -> None:
    given = watch(Kind.SEARCH, engine="brave", query="x", credentials="brave")
    (request,) = source_for(given, SETTINGS).seeds(given)
    assert ("X-Subscription-Token", "s3cr3t") in request.headers
    assert "s3cr3t" not in request.url


def test_an_engine_of_ones_own_builds_on_a_shipped_one() -> None:
    own = EngineSettings(name="mine", values=(("like", "searxng"), ("url", "https://s.example/find/search")))
    engine = find_engine("mine", [own])
    assert engine.address("a b", 1).startswith("https://s.example/find/search?q=a%20b&format=json&pageno=2")


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_engine_is_whole(name: str) -> None:
    own = [EngineSettings(name=name, values=(("url", "https://s.example"), ("cx", "e")))]
    engine = find_engine(name, own)
    assert engine.get("discloses")
    assert engine.address("q", 0).startswith("https://")


@pytest.mark.parametrize(
    ("engine", "says"),
    [
        pytest.param("searxng", "http://127.0.0.1:8888/", id="one's own"),
        pytest.param("duckduckgo-html", "DuckDuckGo", id="a company"),
    ],
)
def test_what_a_search_discloses_to_whom(engine: str, says: str) -> None:
    told = disclosure(watch(Kind.SEARCH, engine=engine, query="jane doe"), SETTINGS)
    assert "jane doe" in told and says in told


def test_a_watch_that_tells_its_page_says_whom() -> None:
    told = disclosure(replace(watch(Kind.PAGE, "https://f.example/"), tells_page=True), SETTINGS)
    assert 'referrer = "page"' in told and "is told which page" in told


def test_other_kinds_disclose_nothing_beyond_the_visit() -> None:
    assert disclosure(watch(Kind.PAGE, "https://f.example/"), SETTINGS) == ""


@pytest.mark.parametrize(
    ("given", "key", "remedy"),
    [
        pytest.param(watch(Kind.SEARCH, engine="serxng", query="x"), "engine", "searxng", id="misspelt engine"),
        pytest.param(watch(Kind.SEARCH, engine="brave", query="x"), "credentials", "token_file", id="token missing"),
        pytest.param(
            watch(Kind.PAGE, "https://a.example/", follow=Follow(links="a[")),
            "follow.links",
            "a.next",
            id="links no CSS",
        ),
        pytest.param(
            watch(Kind.PAGE, "https://a.example/", images=ImageRules(select="img::attr(src)")),
            "images.select",
            "pseudo-elements",
            id="images no CSS",
        ),
        pytest.param(watch(Kind.MASTODON, "https://m.example/about/x"), "url", "/@name", id="no account"),
        pytest.param(
            watch(Kind.BLUESKY, "https://bsky.app/search?q=x"),
            "credentials",
            "password_file",
            id="search wants an account",
        ),
        pytest.param(watch(Kind.XENFORO, "https://x.example/", credentials="mine"), "url", "/threads/", id="no thread"),
        pytest.param(
            watch(Kind.DISCOURSE, "https://x.example/", credentials="bad"), "credentials", "token", id="token"
        ),
        pytest.param(
            watch(Kind.BLUESKY, "https://bsky.app/hashtag/x", credentials="mine"),
            "credentials",
            'identifier = "..."',
            id="token is not an app password",
        ),
        pytest.param(
            watch(Kind.BLUESKY, "https://bsky.app/hashtag/x", credentials="bad"),
            "credentials",
            "password_file",
            id="no app password",
        ),
        pytest.param(
            watch(Kind.REDDIT, "https://www.reddit.com/r/pics", credentials="mine"),
            "credentials",
            "client_id",
            id="reddit without a client",
        ),
        pytest.param(
            watch(Kind.REDDIT, "https://www.reddit.com/", credentials="reddit"), "url", "/r/name", id="no place"
        ),
        pytest.param(
            watch(Kind.REDDIT, "https://www.reddit.com/r", credentials="reddit"), "url", "/r/name", id="no name"
        ),
        pytest.param(
            watch(Kind.REDDIT, "https://www.reddit.com/r/pics", credentials="odd"),
            "credentials",
            "prefs/apps",
            id="a client id that makes a header of its own",
        ),
        pytest.param(
            watch(Kind.MASTODON, "http://m.example/@ann", credentials="mine"),
            "url",
            "https://",
            id="token in the clear",
        ),
        pytest.param(
            watch(Kind.BLUESKY, "https://bsky.app/search?q=x", credentials="several"),
            "credentials",
            'host = "bsky.social"',
            id="an account at two hosts",
        ),
    ],
)
def test_watch_check_finds_what_is_wrong(given: Watch, key: str, remedy: str) -> None:
    (error,) = check_watch(given, SETTINGS)
    assert error.key == key
    assert remedy in error.remedy
    assert "'w'" in str(error)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param({"serch": "x"}, "'serch'", id="unknown key"),
        pytest.param({"search": "https://s.example/"}, "{query}", id="no query"),
        pytest.param({"search": "https://s.example/?q={query}&k={key}"}, "{query}", id="unknown placeholder"),
        pytest.param({"search": "https://s.example/?q={query"}, "broken", id="brace"),
        pytest.param({"search": "https://s.example/?q={query}&k={token}"}, "reports would show it", id="token in it"),
        pytest.param({"search": "ftp://s.example/?q={query}"}, "neither http", id="scheme"),
        pytest.param({"first_page": "one"}, "not a number", id="number"),
        pytest.param({"like": "nobody"}, "does not exist", id="like nobody"),
        pytest.param({"answers": "csv"}, "how it answers", id="answers"),
    ],
)
def test_broken_engines_are_told(values: dict[str, str], says: str) -> None:
    whole = {"search": "https://s.example/?q={query}", "answers": "json", "results": "r", "link": "u"}
    with pytest.raises(WatchlistError) as caught:
        find_engine("mine", [EngineSettings(name="mine", values=tuple({**whole, **values}.items()))])
    assert says in str(caught.value)


def test_an_engine_without_its_address_says_so() -> None:
    with pytest.raises(WatchlistError, match="has no url"):
        find_engine("searxng", [])


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_every_parser_is_there(name: str) -> None:
    assert callable(parser_named(name))
