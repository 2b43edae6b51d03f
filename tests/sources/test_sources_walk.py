"""A whole pass over a place of each kind, from the first request to the last picture: source, frontier and reader as
the pipeline joins them, over a site that is a table."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from fakes import FakeClock, FakeSite

from monitor.crawl.frontier import Frontier
from monitor.model.page import OutcomeKind
from monitor.model.settings import CredentialSettings, EngineSettings, Secret, Settings
from monitor.model.watch import Every, Follow, Kind, Watch
from monitor.sources import source_for
from monitor.sources.parse import parse

SETTINGS = Settings(
    path=None,
    data_dir=Path("/nowhere"),
    watchlist_dir=Path("/nowhere"),
    engines=(EngineSettings(name="searxng", values=(("url", "https://s.example"),)),),
    credentials=(CredentialSettings(name="mine", values=(("token", Secret("s3cr3t")),)),),
)
JSON = "application/json"


async def walk(watch: Watch, files: dict[str, object]) -> tuple[list[str], FakeSite]:
    """The pictures' addresses in the order they were found, and the site that was asked."""
    site = FakeSite(FakeClock(datetime(2026, 11, 22, tzinfo=UTC)))
    for url, body in files.items():
        if isinstance(body, str):
            site.put(url, body)
        else:
            site.put(url, json.dumps(body), JSON)
    source = source_for(watch, SETTINGS)
    frontier = Frontier(source.seeds(watch), watch.follow)
    found: dict[str, None] = {}
    while (visit := frontier.next()) is not None:
        fetched = await site.fetch(visit.request)
        if fetched.outcome.kind is not OutcomeKind.OK:
            continue
        content = parse(source.job(watch, fetched, visit.depth), fetched.body)
        assert content.problem is None, (visit.request.url, content.problem)
        found.update(dict.fromkeys(ref.url for ref in content.images))
        frontier.add(content, visit)
    return list(found), site


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


@pytest.mark.parametrize("place", PLACES)
async def test_a_whole_pass_finds_every_picture(place: str) -> None:
    given, files, pictures = PLACES[place]
    found, _ = await walk(given, files)
    assert found == pictures


@pytest.mark.parametrize("place", ["mastodon", "discourse", "xenforo"])
async def test_the_token_goes_with_every_request_to_its_own_host(place: str) -> None:
    given, files, _ = PLACES[place]
    _, site = await walk(given, files)
    assert len(site.asked) > 1
    assert all(any("s3cr3t" in value for _, value in request.headers) for request in site.asked)


async def test_no_token_goes_to_results_of_a_search() -> None:
    _, files, _ = PLACES["search"]
    given = watch(Kind.SEARCH, engine="brave", query="x", credentials="mine")
    (first,) = source_for(given, SETTINGS).seeds(given)
    answer = {"query": {}, "web": {"results": [{"url": "https://a.example/1"}]}}
    _, site = await walk(given, {first.url: answer, "https://a.example/1": files["https://a.example/1"]})
    assert [bool(request.headers) for request in site.asked] == [True, False]
