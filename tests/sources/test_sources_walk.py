"""A whole pass over a place of each kind, from the first request to the bytes of the last picture: source, reader and
frontier as the pipeline joins them, the real way out, and servers on loopback (`loopback`)."""

from __future__ import annotations

import json
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from monitor.crawl.frontier import Frontier
from monitor.model.page import OutcomeKind, Purpose, Request
from monitor.model.settings import EngineSettings, Settings
from monitor.model.watch import Every, Follow, Kind, Watch
from monitor.sources import reddit as reddit_source
from monitor.sources import source_for
from monitor.sources.reading.parsers import read_answer
from tests.sources.account_places import PNG, Bluesky, Reddit, bluesky_post, reddit_posts
from tests.sources.loopback import HOSTS, Answer, Asked, Clock, Loopback, Memory, serving, settings_of, way_out

NAMES = ("f.example", "s.example", "a.example", "b.example", "m.example", "v.example", "d.example", "x.example")
ELSEWHERE = ("cdn.example", "c.example", "t.me")  # hosts whose names no test depends on


class Place:
    """Files by address. Each `https://NAME` of the tables is a host of its own on loopback; what is no file of theirs
    and looks like a picture is one."""

    def __init__(self, files: dict[str, object]) -> None:
        self.files, self.here = files, Loopback()

    def moved(self, text: str) -> str:
        for at, name in enumerate(NAMES):
            text = text.replace(f"https://{name}", self.here.base(at))
        for name in ELSEWHERE:
            text = text.replace(f"https://{name}", self.here.base(len(NAMES) - 1))
        return text

    def __call__(self, asked: Asked) -> Answer:
        for url, body in self.files.items():
            if self.moved(url).partition("//")[2] == f"{asked.headers['host']}{asked.target}":
                written = body if isinstance(body, str) else json.dumps(body)
                kind = "text/html; charset=utf-8" if isinstance(body, str) else "application/json"
                return Answer(self.moved(written), headers={"Content-Type": kind})
        if asked.path.endswith((".jpg", "-jpg.3/")):
            return Answer(PNG, headers={"Content-Type": "image/png"})
        return Answer("gone", 404)

    def serving(self) -> AbstractAsyncContextManager[Loopback]:
        return serving(self)

    def settings(self) -> Settings:
        searxng = EngineSettings(name="searxng", values=(("url", self.moved("https://s.example")),))
        return settings_of({"mine": {"token": "s3cr3t"}}, port=self.here.port, engines=(searxng,))


async def look(watch: Watch, settings: Settings) -> list[str]:
    """The pictures' addresses in the order they were found, each of them fetched."""
    source = source_for(watch, settings)
    frontier = Frontier(source.seeds(watch), watch.follow)
    found: dict[str, None] = {}
    async with way_out(settings, Memory(), Clock()) as fetcher:
        while (visit := frontier.next()) is not None:
            fetched = await fetcher.fetch(visit.request)
            if fetched.outcome.kind is not OutcomeKind.OK:
                continue
            content = read_answer(source.job(watch, fetched, visit.depth), fetched.body)
            assert content.problem is None, (visit.request.url, content.problem)
            found.update(dict.fromkeys(ref.url for ref in content.images))
            frontier.add(content, visit)
        for url in found:
            picture = await fetcher.fetch(Request(url, Purpose.IMAGE))
            assert picture.body == PNG, (url, picture.outcome)
    return list(found)


async def walk(watch: Watch, files: dict[str, object]) -> tuple[list[str], Place]:
    place = Place(files)
    async with place.serving() as here:
        place.here = here
        urls = tuple(place.moved(url) for url in watch.urls)
        return await look(replace(watch, urls=urls), place.settings()), place


def watch(kind: Kind, url: str = "", **more: object) -> Watch:
    return Watch("w", kind, Every(60), urls=(url,) if url else (), **more)  # type: ignore[arg-type]


S = "https://s.example/search?q=x&format=json&pageno={}&safesearch=0"
M = "https://m.example/api/v1/accounts"
PLACES: dict[str, tuple[Watch, dict[str, object], list[str]]] = {
    "page": (
        watch(Kind.PAGE, "https://f.example/t", follow=Follow(links="a.view", depth=1)),
        {
            "https://f.example/t": "<img src=1.jpg><a class=next href=/t?p=2>Next</a>",
            "https://f.example/t?p=2": "<img src=2.jpg><a class=view href=/view/3><img src=/thumb/3.jpg></a>",
            "https://f.example/view/3": "<img src=/3.jpg><a class=view href=/view/4>deeper</a>",
            "https://f.example/view/4": "<img src=/4.jpg>",
        },
        [
            "https://f.example/1.jpg",
            "https://f.example/2.jpg",
            "https://f.example/thumb/3.jpg",
            "https://f.example/3.jpg",
        ],
    ),
    "urls": (
        Watch("w", Kind.URLS, Every(60), urls=("https://f.example/1", "https://a.example/2.jpg")),
        {"https://f.example/1": "<img src=1.jpg><a rel=next href=/never>x</a>"},
        ["https://f.example/1.jpg", "https://a.example/2.jpg"],
    ),
    "gallery with next pages": (
        watch(Kind.PAGE, "https://f.example/album"),
        {
            "https://f.example/album": "<a href=/big/1.jpg><img src=/thumb/1.jpg></a><a rel=next href=/album?p=2>2</a>",
            "https://f.example/album?p=2": "<a href=/big/2.jpg><img src=/thumb/2.jpg></a>",
        },
        ["https://f.example/big/1.jpg", "https://f.example/big/2.jpg"],
    ),
    "reddit's feed": (
        watch(Kind.REDDIT, "https://f.example/r/pics"),
        {
            "https://f.example/r/pics/.rss?limit=100": "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href="
            "'https://f.example/r/pics/comments/1'/><content type='html'>&lt;img src='https://f.example/1.jpg'&gt;"
            "</content></entry></feed>",
        },
        ["https://f.example/1.jpg"],
    ),
    "bluesky account": (
        watch(Kind.BLUESKY, "https://a.example/xrpc/app.bsky.feed.getAuthorFeed?actor=poster.example"),
        {
            "https://a.example/xrpc/app.bsky.feed.getAuthorFeed?actor=poster.example": {
                "feed": [{"post": bluesky_post(1, "https://cdn.example/1.jpg")}],
                "cursor": "c1",
            },
            "https://a.example/xrpc/app.bsky.feed.getAuthorFeed?actor=poster.example&cursor=c1": {
                "feed": [{"post": bluesky_post(2, "https://cdn.example/2.jpg")}]
            },
        },
        ["https://cdn.example/1.jpg", "https://cdn.example/2.jpg"],
    ),
    "feed": (
        watch(Kind.FEED, "https://f.example/feed"),
        {
            "https://f.example/feed": "<rss version='2.0'><channel><item><link>https://f.example/1</link></item></channel></rss>",
            "https://f.example/1": "<img src=1.jpg>",
        },
        ["https://f.example/1.jpg"],
    ),
    "sitemap": (
        watch(Kind.SITEMAP, "https://f.example/"),
        {
            "https://f.example/sitemap.xml": "<sitemapindex><sitemap><loc>https://f.example/a.xml</loc></sitemap></sitemapindex>",
            "https://f.example/a.xml": "<urlset><url><loc>https://f.example/1</loc></url></urlset>",
            "https://f.example/1": "<img src=1.jpg>",
        },
        ["https://f.example/1.jpg"],
    ),
    "search": (
        watch(Kind.SEARCH, engine="searxng", query="x", pages=2),
        {
            S.format(1): {"results": [{"url": "https://a.example/1"}]},
            S.format(2): {"results": [{"url": "https://b.example/2", "img_src": "https://b.example/i.jpg"}]},
            S.format(3): {"results": [{"url": "https://never.example/"}]},
            "https://a.example/1": "<img src=1.jpg>",
            "https://b.example/2": "<img src=2.jpg>",
        },
        ["https://b.example/i.jpg", "https://a.example/1.jpg", "https://b.example/2.jpg"],
    ),
    "imageboard": (
        watch(Kind.IMAGEBOARD, "https://v.example/b/"),
        {
            "https://v.example/b/catalog.json": [{"page": 0, "threads": [{"no": 7}]}],
            "https://v.example/b/res/7.json": {"posts": [{"no": 7, "tim": "1-0", "ext": ".jpg"}]},
        },
        ["https://v.example/b/src/1-0.jpg"],
    ),
    "mastodon": (
        watch(Kind.MASTODON, "https://m.example/@ann", credentials="mine"),
        {
            f"{M}/lookup?acct=ann": {"id": "42", "acct": "ann"},
            f"{M}/42/statuses?limit=40&only_media=true": [
                {"id": "9", "media_attachments": [{"type": "image", "url": "https://cdn.example/9.jpg"}]}
            ],
            f"{M}/42/statuses?limit=40&only_media=true&max_id=9": [
                {"id": "8", "media_attachments": [{"type": "image", "url": "https://cdn.example/8.jpg"}]}
            ],
            f"{M}/42/statuses?limit=40&only_media=true&max_id=8": [],
        },
        ["https://cdn.example/9.jpg", "https://cdn.example/8.jpg"],
    ),
    "telegram": (
        watch(Kind.TELEGRAM, "https://t.me/name"),
        {
            "https://t.me/s/name": "<a class=tme_messages_more data-before=5 href='/s/name?before=5'></a>"
            "<div class=tgme_widget_message data-post=name/5><a style=\"background-image:url('https://c.example/5.jpg')\"></a>"
            "</div>",
            "https://t.me/s/name?before=5": "<div class=tgme_widget_message data-post=name/4>"
            "<a style=\"background-image:url('https://c.example/4.jpg')\"></a></div>",
        },
        ["https://c.example/5.jpg", "https://c.example/4.jpg"],
    ),
    "discourse": (
        watch(Kind.DISCOURSE, "https://d.example/", credentials="mine"),
        {
            "https://d.example/latest.json": {"topic_list": {"topics": [{"id": 7}]}},
            "https://d.example/t/7.json": {
                "id": 7,
                "posts_count": 21,
                "post_stream": {"posts": [{"cooked": "<img src='/u/1.jpg'>"}]},
            },
            "https://d.example/t/7.json?page=2": {
                "id": 7,
                "post_stream": {"posts": [{"cooked": "<img src='/u/2.jpg'>"}]},
            },
        },
        ["https://d.example/u/1.jpg", "https://d.example/u/2.jpg"],
    ),
    "xenforo": (
        watch(Kind.XENFORO, "https://x.example/forums/f.4/", credentials="mine"),
        {
            "https://x.example/api/forums/4/?with_threads=1": {"threads": [{"thread_id": 7}]},
            "https://x.example/api/threads/7/?with_posts=1": {
                "posts": [{"Attachments": [{"direct_url": "https://x.example/attachments/a-jpg.3/"}]}],
                "pagination": {"current_page": 1, "last_page": 1},
            },
        },
        ["https://x.example/attachments/a-jpg.3/"],
    ),
}


WITH_ACCOUNTS = {"bluesky search": Kind.BLUESKY, "reddit": Kind.REDDIT}  # below: their places have a state


def test_every_kind_has_its_place() -> None:
    assert {given.kind for given, _, _ in PLACES.values()} | {*WITH_ACCOUNTS.values()} == set(Kind)


@pytest.mark.parametrize("place", PLACES)
async def test_a_whole_pass_finds_every_picture(place: str) -> None:
    given, files, pictures = PLACES[place]
    found, where = await walk(given, files)
    assert found == [where.moved(url) for url in pictures]


async def test_a_whole_pass_over_a_search_of_bluesky() -> None:
    bluesky = Bluesky([])
    async with serving(bluesky) as here:
        bluesky.posts = [bluesky_post(number, f"{here.base()}/img/{number}.png") for number in range(5)]
        account = {"identifier": "ann.example", "password": bluesky.password}
        settings = settings_of({"mine": account}, port=here.port, hosts=(f"{HOSTS[0]}:{here.port}",))
        found = await look(watch(Kind.BLUESKY, "https://bsky.app/hashtag/x", credentials="mine"), settings)
        assert found == [f"{here.base()}/img/{number}.png" for number in range(5)]


async def test_a_whole_pass_over_a_subreddit(monkeypatch: pytest.MonkeyPatch) -> None:
    reddit = Reddit([])
    async with serving(reddit) as here:
        monkeypatch.setattr(reddit_source, "TOKENS", f"{here.base(0)}/api/v1/access_token")
        monkeypatch.setattr(reddit_source, "REDDIT_API", here.base(1))
        reddit.posts = reddit_posts(here.base(2))
        account = {"client_id": "AbC-1", "client_secret": reddit.secret, "username": "ann"}
        settings = settings_of({"mine": account}, port=here.port)
        found = await look(watch(Kind.REDDIT, "https://www.reddit.com/r/pics", credentials="mine"), settings)
        names = ("one.png", "a.png?s=1", "b.png?s=1", "far.png", "thumb.png")
        assert found == [f"{here.base(2)}/img/{name}" for name in names]


def is_picture(asked: Asked) -> bool:
    return asked.path.endswith((".jpg", "-jpg.3/"))


@pytest.mark.parametrize("place", ["mastodon", "discourse", "xenforo"])
async def test_the_token_goes_with_every_request_to_its_own_place_and_with_no_picture(place: str) -> None:
    given, files, _ = PLACES[place]
    _, where = await walk(given, files)
    assert len(where.here.asked) > 2
    assert all(("s3cr3t" in repr(one.headers)) is not is_picture(one) for one in where.here.asked)


async def test_no_token_goes_to_results_of_a_search() -> None:
    place = Place({"https://a.example/1": "<img src=1.jpg>"})
    async with place.serving() as here:
        place.here = here
        search = (("like", "brave"), ("search", f"{here.base()}/search?q={{query}}"))
        settings = settings_of(
            {"mine": {"token": "s3cr3t"}}, port=here.port, engines=(EngineSettings(name="own", values=search),)
        )
        answer = {"query": {}, "web": {"results": [{"url": "https://a.example/1"}]}}
        place.files[f"{here.base()}/search?q=x"] = answer
        found = await look(watch(Kind.SEARCH, engine="own", query="x", credentials="mine"), settings)
        assert found == [place.moved("https://a.example/1.jpg")]
        assert ["s3cr3t" in repr(one) for one in here.asked] == [True, False, False]
