"""The demo site's pages as bytes: a forum thread, a gallery, a page made by scripts, a feed, search results.

Each part of the site has a loopback address of its own, because alerts are grouped by site. Pictures stand in
the pages in the ways real pages use: plain, as thumbnails that link to the full size, lazy, by srcset, as
backgrounds. The words are plain and the same in every run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from itertools import count

from monitor.demo.edits import Copy, make_copy, make_thumbnail
from monitor.demo.plan import Picture, Spot, pictures

ADDRESSES = {
    Spot.FORUM: "127.0.0.2",
    Spot.GALLERY: "127.0.0.3",
    Spot.SCRIPTED: "127.0.0.4",
    Spot.FEED: "127.0.0.5",
    Spot.SEARCH: "127.0.0.6",
}
BOARDS = ("127.0.0.7", "127.0.0.8")  # where the search results lead
ALL_ADDRESSES = (*ADDRESSES.values(), *BOARDS)
ENTRANCES = {
    Spot.FORUM: "/threads/evening-walks",
    Spot.GALLERY: "/albums/summer",
    Spot.SCRIPTED: "/board",
    Spot.FEED: "/feed.xml",
    Spot.SEARCH: "/search",
}
RESULTS_PER_PAGE = 4
PRIVATE = "/private/inbox"  # linked from the forum, forbidden by robots.txt

_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
_AUTHORS = ("heron", "marlow", "quill", "tansy", "bracken", "sorrel", "wren")
_TEXTS = (
    "Out along the water again this evening, the light was lovely.",
    "Found this one on an old card and thought it belongs here.",
    "Somebody asked for more of these, so here is another.",
    "Not mine, but too good to keep for myself.",
    "Long walk today. The dog slept all the way home.",
    "The weather turned just after this was taken.",
)


@dataclass(frozen=True, slots=True)
class Resource:
    body: bytes
    content_type: str

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


@dataclass(slots=True)
class SiteContent:
    """resources: (address, path) -> what stands there. shown: URL of a picture or thumbnail -> what it is."""

    port: int
    resources: dict[tuple[str, str], Resource] = field(default_factory=dict)
    shown: dict[str, Picture] = field(default_factory=dict)

    def url(self, address: str, path: str) -> str:
        return f"http://{address}:{self.port}{path}"

    def entrance(self, place: Spot) -> str:
        """The address that a watch of this place begins with (of the search engine: without its question)."""
        return self.url(ADDRESSES[place], ENTRANCES[place])

    def add(self, address: str, path: str, body: str, content_type: str = _HTML) -> None:
        self.resources[address, path] = Resource(body.encode(), content_type)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture as its page sees it: paths on the page's own site."""

    number: int  # over the whole site
    full: str
    thumb: str


def build_site(port: int) -> SiteContent:
    """Everything the site serves, for the port it is served on. Takes about a second: edits 116 pictures."""
    content = SiteContent(port)
    numbers = count()
    for place, write in _WRITERS.items():
        addresses = BOARDS if place is Spot.SEARCH else (ADDRESSES[place],)
        for nth, address in enumerate(addresses):
            mine = pictures()[place][nth :: len(addresses)]
            write(content, address, [_add_picture(content, address, next(numbers), shown) for shown in mine])
    for address in ALL_ADDRESSES:
        content.add(address, "/robots.txt", "User-agent: *\nDisallow: /private/\n", "text/plain; charset=utf-8")
    return content


def _add_picture(content: SiteContent, address: str, number: int, picture: Picture) -> _Shown:
    copy, thumb = _copies(number, picture)
    # Names say nothing about what the picture is.
    name = hashlib.sha256(f"picture {number}".encode()).hexdigest()[:10]
    shown = _Shown(number, f"/media/{name}{copy.suffix}", f"/thumbs/{name}{thumb.suffix}")
    for path, made in ((shown.full, copy), (shown.thumb, thumb)):
        content.resources[address, path] = Resource(made.body, made.content_type)
        content.shown[content.url(address, path)] = picture
    return shown


@cache
def _copies(number: int, picture: Picture) -> tuple[Copy, Copy]:
    """Full size and thumbnail. Kept, as the tests start the site often; all of them are about 4 MB."""
    copy = make_copy(picture.photo.read_bytes(), picture.edit, seed=number)
    return copy, make_thumbnail(copy.body)


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head>\n<body><header><h1>{escape(title)}</h1></header>\n<main>\n{body}\n</main>\n"
        '<footer><a href="/robots.txt">robots.txt</a></footer></body></html>\n'
    )


def _words(number: int) -> str:
    return _TEXTS[number % len(_TEXTS)]


def _thumbnail_link(shown: _Shown, target: str, css_class: str) -> str:
    return f'<a class="{css_class}" href="{target}"><img src="{shown.thumb}" alt="picture {shown.number}"></a>'


def _next_link(path: str) -> str:
    return f'<nav><a class="next" rel="next" href="{path}">Next page</a></nav>'


def _write_forum(content: SiteContent, address: str, shown: Sequence[_Shown]) -> None:
    """A thread of three pages; every second picture is a thumbnail that links to its full size."""
    thread, per_page = ENTRANCES[Spot.FORUM], 8
    for page, start in enumerate(range(0, len(shown), per_page), 1):
        posts = []
        for item in shown[start : start + per_page]:
            image = f'<img src="{item.full}" alt="">'
            if item.number % 2:
                image = _thumbnail_link(item, item.full, "attachment")
            author = _AUTHORS[item.number % len(_AUTHORS)]
            day = 1 + item.number % 20
            posts.append(
                f'<article class="post" id="post-{item.number}">'
                f'<a class="author" href="/users/{author}">{author}</a> '
                f'<time datetime="2026-11-{day:02d}T18:00:00Z">{day} November 2026</time>\n'
                f"<p>{_words(item.number)}</p>{image} "
                f'<a class="permalink" href="{thread}#post-{item.number}">link</a></article>'
            )
        posts.append(f'<a href="{PRIVATE}">Inbox</a>')
        if start + per_page < len(shown):
            posts.append(_next_link(f"{thread}/page-{page + 1}"))
        path = thread if page == 1 else f"{thread}/page-{page}"
        content.add(address, path, _page("Evening walks", "\n".join(posts)))
    content.add(address, PRIVATE, _page("Inbox", "<p>Nobody without an account should read this.</p>"))


def _write_gallery(content: SiteContent, address: str, shown: Sequence[_Shown]) -> None:
    """An album of two pages: thumbnails that link to the file, then such that link to a page with it."""
    album, half = ENTRANCES[Spot.GALLERY], len(shown) // 2
    direct = [_thumbnail_link(item, item.full, "full") for item in shown[:half]]
    content.add(address, album, _page("Summer album", "\n".join([*direct, _next_link(f"{album}/2")])))
    views = [_thumbnail_link(item, f"/view/{item.number}", "view") for item in shown[half:]]
    content.add(address, f"{album}/2", _page("Summer album, page 2", "\n".join(views)))
    for item in shown[half:]:
        body = f'<figure><img src="{item.full}" alt=""><figcaption>{_words(item.number)}</figcaption></figure>'
        content.add(address, f"/view/{item.number}", _page(f"Picture {item.number}", body))


_APP_JS = """
fetch("/api/pictures.json").then(answer => answer.json()).then(data => {
  const app = document.getElementById("app");
  for (const picture of data.pictures) {
    const figure = document.createElement("figure");
    const image = document.createElement("img");
    image.src = picture.src;
    image.alt = "";
    figure.append(image, picture.text);
    app.append(figure);
  }
  app.dataset.ready = "yes";
});
"""


def _write_scripted(content: SiteContent, address: str, shown: Sequence[_Shown]) -> None:
    """A page that is empty until its script has asked for the list of pictures."""
    content.add(address, "/app.js", _APP_JS, "text/javascript; charset=utf-8")
    listed = [{"src": item.full, "text": _words(item.number)} for item in shown]
    content.add(address, "/api/pictures.json", json.dumps({"pictures": listed}), _JSON)
    content.add(
        address,
        ENTRANCES[Spot.SCRIPTED],
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Picture board</title></head>\n'
        "<body><noscript>This page needs JavaScript.</noscript>"
        '<div id="app"></div><script src="/app.js"></script></body></html>\n',
    )


def _write_feed(content: SiteContent, address: str, shown: Sequence[_Shown]) -> None:
    """Eight posts with two pictures each, told by an RSS feed; every third names its picture there too."""
    items = []
    for post, start in enumerate(range(0, len(shown), 2), 1):
        pair = shown[start : start + 2]
        path, title = f"/posts/{post}", f"Walk number {post}"
        body = "\n".join(f'<p>{_words(item.number)}</p><img src="{item.full}" alt="">' for item in pair)
        content.add(address, path, _page(title, f"<article>{body}</article>"))
        enclosure = ""
        if post % 3 == 0:
            url, size = content.url(address, pair[0].full), len(content.resources[address, pair[0].full].body)
            enclosure = f'<enclosure url="{url}" length="{size}" type="image/jpeg"/>'
        items.append(
            f"<item><title>{title}</title><link>{content.url(address, path)}</link>"
            f'<guid isPermaLink="true">{content.url(address, path)}</guid>'
            f"<pubDate>Sun, {post:02d} Nov 2026 18:00:00 GMT</pubDate>"
            f"<description>{escape(_words(post))}</description>{enclosure}</item>"
        )
    rss = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>Walks</title>'
        f"<link>{content.url(address, '/')}</link><description>Walks, with pictures</description>\n"
        + "\n".join(items)
        + "\n</channel></rss>\n"
    )
    content.add(address, ENTRANCES[Spot.FEED], rss, "application/rss+xml; charset=utf-8")


def _embedded(item: _Shown, way: int) -> str:
    if way == 1:
        return f'<img class="lazy" src="/blank.gif" data-src="{item.full}" alt="">'
    if way == 2:
        return f'<img src="{item.thumb}" srcset="{item.thumb} 160w, {item.full} 640w" sizes="600px" alt="">'
    if way == 3:
        return f'<div class="tile" style="background-image: url(\'{item.full}\')"></div>'
    return f'<img src="{item.full}" alt="">'


def _write_board(content: SiteContent, address: str, shown: Sequence[_Shown]) -> None:
    """Pages that only the search engine knows, with four pictures each, each embedded in another way."""
    content.resources[address, "/blank.gif"] = Resource(_BLANK_GIF, "image/gif")
    for page, start in enumerate(range(0, len(shown), 4), 1):
        tiles = [
            f"<section><p>{_words(item.number)}</p>{_embedded(item, way)}</section>"
            for way, item in enumerate(shown[start : start + 4])
        ]
        content.add(address, f"/boards/{page}", _page(f"Picture board {page}", "\n".join(tiles)))


_BLANK_GIF = (  # one transparent point: what a lazy image shows before it is loaded
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)

_WRITERS = {
    Spot.FORUM: _write_forum,
    Spot.GALLERY: _write_gallery,
    Spot.SCRIPTED: _write_scripted,
    Spot.FEED: _write_feed,
    Spot.SEARCH: _write_board,
}


def search_answer(content: SiteContent, query: str, page_number: int) -> str:
    """What a SearXNG instance answers to `format=json`: the boards' pages, none beyond the last."""
    pages = [content.url(address, path) for address, path in content.resources if path.startswith("/boards/")]
    start = (page_number - 1) * RESULTS_PER_PAGE
    results = [
        {
            "url": url,
            "title": f"Picture board, result {start + k + 1}",
            "content": _words(k),
            "engine": "demo",
            "engines": ["demo"],
            "category": "general",
            "template": "default.html",
            "positions": [start + k + 1],
            "score": round(1 / (start + k + 1), 3),
        }
        for k, url in enumerate(pages[start : start + RESULTS_PER_PAGE])
    ]
    answer: dict[str, object] = {"query": query, "number_of_results": len(pages), "results": results}
    answer |= {
        "answers": [],
        "corrections": [],
        "infoboxes": [],
        "suggestions": [],
        "unresponsive_engines": [],
    }
    return json.dumps(answer)
