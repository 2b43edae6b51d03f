"""Kind `imageboard`: 4chan and its relatives (vichan, lynxchan) and boorus (Danbooru, e621, Moebooru, Gelbooru), by
their JSON. The watch names the page that people see; its JSON is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.model.page import Parser
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing

if TYPE_CHECKING:
    from monitor.ports import Source

FOURCHAN = ("boards.4chan.org", "boards.4channel.org")
FOURCHAN_API = "a.4cdn.org"


def make(watch: Watch, settings: Settings) -> Source:
    apis = [parser_and_api_of(url) for url in watch.urls]
    parser = apis[0][0] if apis else Parser.BOARD
    return Listing(parser, tuple(url for _, url in apis), shown=watch.urls)


def parser_and_api_of(url: str) -> tuple[Parser, str]:
    """(parser, address of the JSON) for the page that people see."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    query = dict(parse_qsl(parts.query))
    if path.endswith(".json") or query.get("json") == "1":
        is_booru = "tags" in query or "posts.json" in path or "post.json" in path
        return (Parser.BOORU if is_booru else Parser.BOARD), url
    if path.endswith("/index.php") and query.get("page") == "post":  # Gelbooru
        wanted = {"page": "dapi", "s": "post", "q": "index", "json": "1", "limit": "100", "tags": query.get("tags", "")}
        return Parser.BOORU, urlunsplit(parts._replace(query=urlencode(wanted)))
    if path in ("/posts", "/post"):  # Danbooru, e621; Moebooru
        wanted = {"limit": "100", **query}
        return Parser.BOORU, urlunsplit(parts._replace(path=f"{path}.json", query=urlencode(wanted)))
    host = parts.netloc.lower()
    if host in FOURCHAN:
        parts = parts._replace(netloc=FOURCHAN_API)
        board, _, thread = path.strip("/").partition("/thread/")
        path = f"/{board}/thread/{thread.partition('/')[0]}" if thread else f"/{board}/catalog"
    elif "/res/" in path or "/thread/" in path:
        path = path.removesuffix(".html")
    elif not path.endswith("/catalog"):
        path = f"{path.removesuffix('/index.html').removesuffix('/catalog.html')}/catalog"
    return Parser.BOARD, urlunsplit(parts._replace(path=f"{path}.json", query="", fragment=""))
