"""Kind `imageboard`: 4chan and its relatives (vichan, lynxchan) and boorus (Danbooru, e621, Moebooru, Gelbooru), by
their JSON. The watch names the page that people see; its JSON is asked for. `read_*` are reader side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract import unreadable
from monitor.model.page import PageContent, ParseJob
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing
from monitor.sources.gather import (
    FULL,
    SAMPLE,
    THUMBNAIL,
    Gathered,
    Variants,
    inner,
    load_answer,
    moment,
    number,
    objects,
    text,
)

if TYPE_CHECKING:
    from monitor.ports import Source

_FOURCHAN = ("boards.4chan.org", "boards.4channel.org")
_FOURCHAN_API, _FOURCHAN_FILES = "a.4cdn.org", "i.4cdn.org"
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif")


def make(watch: Watch, settings: Settings) -> Source:
    apis = [api_of(url) for url in watch.urls]
    parser = apis[0][0] if apis else "board"
    return Listing(parser, tuple(url for _, url in apis))


def api_of(url: str) -> tuple[str, str]:
    """(parser, address of the JSON) for the page that people see."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    query = dict(parse_qsl(parts.query))
    if path.endswith(".json") or query.get("json") == "1":
        return ("booru" if "tags" in query or "posts.json" in path or "post.json" in path else "board"), url
    if path.endswith("/index.php") and query.get("page") == "post":  # Gelbooru
        wanted = {"page": "dapi", "s": "post", "q": "index", "json": "1", "limit": "100", "tags": query.get("tags", "")}
        return "booru", urlunsplit(parts._replace(query=urlencode(wanted)))
    if path in ("/posts", "/post"):  # Danbooru, e621; Moebooru
        wanted = {"limit": "100", **query}
        return "booru", urlunsplit(parts._replace(path=f"{path}.json", query=urlencode(wanted)))
    host = parts.netloc.lower()
    if host in _FOURCHAN:
        parts = parts._replace(netloc=_FOURCHAN_API)
        board, _, thread = path.strip("/").partition("/thread/")
        path = f"/{board}/thread/{thread.partition('/')[0]}" if thread else f"/{board}/catalog"
    elif "/res/" in path:
        path = path.removesuffix(".html")
    elif not path.endswith("/catalog"):
        path = f"{path.removesuffix('/index.html').removesuffix('/catalog.html')}/catalog"
    return "board", urlunsplit(parts._replace(path=f"{path}.json", query="", fragment=""))


def read_board(job: ParseJob, untrusted: bytes) -> PageContent:
    """A thread with its posts, or a catalog, whose threads are its further pages."""
    document = load_answer(job, untrusted)
    parts = urlsplit(job.url)
    board = parts.path.strip("/").split("/", 1)[0]
    if isinstance(document, list):
        threads = [thread for page in objects(document) for thread in objects(page.get("threads"))] or objects(document)
        return _catalog(job, threads, board)
    if not isinstance(document, dict) or not isinstance(document.get("posts"), list):
        return _no_board(job)
    seen = _page_of(job.url)
    posts = objects(document["posts"])
    gathered = Gathered(job, base=seen)
    if document.get("files"):  # lynxchan keeps the first post beside the others
        posts = [document, *posts]
    for post in posts:
        own = number(post, "no") or number(post, "postId") or number(post, "threadId")
        gathered.entry(
            link=f"{seen}#p{own}" if parts.netloc == _FOURCHAN_API else f"{seen}#{own}",
            account=text(post, "name") + text(post, "trip"),
            posted_at=moment(post, "time") or text(post, "creation"),
            pictures=_files(post, parts.scheme, parts.netloc, board),
            title=text(post, "sub") or text(post, "subject"),
        )
    title = text(posts[0], "sub") or text(posts[0], "subject") if posts else ""
    return gathered.content(title, url=seen)


def _catalog(job: ParseJob, threads: list[dict[str, Any]], board: str) -> PageContent:
    if not threads and job.url.endswith("catalog.json"):
        return _no_board(job)
    parts = urlsplit(job.url)
    folder = "thread" if parts.netloc == _FOURCHAN_API else "res"
    numbers = [number(thread, "no") or number(thread, "threadId") for thread in threads]
    pages = [f"/{board}/{folder}/{own}.json" for own in numbers if own]
    return Gathered(job).content(f"/{board}/, {len(pages)} threads", pages, url=_page_of(job.url))


def _files(post: dict[str, Any], scheme: str, host: str, board: str) -> list[Variants]:
    found: list[Variants] = []
    for file in [post, *objects(post.get("extra_files"))]:
        name, ending = number(file, "tim") or text(file, "tim"), text(file, "ext").lower()
        if not name or "/" in name or ending not in _PICTURES:
            continue
        if host == _FOURCHAN_API:
            root = f"{scheme}://{_FOURCHAN_FILES}/{board}"
            found.append([(FULL, f"{root}/{name}{ending}"), (THUMBNAIL, f"{root}/{name}s.jpg")])
        else:
            found.append([(FULL, f"/{board}/src/{name}{ending}"), (THUMBNAIL, f"/{board}/thumb/{name}.png")])
    for file in objects(post.get("files")):  # lynxchan
        if text(file, "path").lower().endswith(_PICTURES):
            found.append([(FULL, text(file, "path")), (THUMBNAIL, text(file, "thumb"))])
    return found


def _page_of(api: str) -> str:
    """The page that people see."""
    parts = urlsplit(api)
    path = parts.path.removesuffix(".json")
    if parts.netloc == _FOURCHAN_API:
        return urlunsplit(parts._replace(netloc=_FOURCHAN[0], path=path))
    return urlunsplit(parts._replace(path=f"{path}.html"))


def read_booru(job: ParseJob, untrusted: bytes) -> PageContent:
    """A list of posts; further pages as long as there are posts."""
    document = load_answer(job, untrusted)
    if isinstance(document, dict):
        listed = document.get("posts", document.get("post"))
        if listed is None and "@attributes" in document:  # Gelbooru found nothing
            listed = []
    else:
        listed = document
    if not isinstance(listed, list):
        return _no_board(job)
    parts = urlsplit(job.url)
    gathered = Gathered(job)
    posts = objects(listed)
    for post in posts:
        own = number(post, "id")
        gathered.entry(
            link=_post_page(parts.path, own),
            account=text(post, "author") or text(post, "owner") or text(post, "uploader_name"),
            posted_at=moment(post, "created_at"),
            pictures=[_booru_variants(post)],
            title=text(post, "tag_string") or text(post, "tags"),
        )
    return gathered.content("", [_further(job.url)] if posts else [])


def _booru_variants(post: dict[str, Any]) -> Variants:
    return [
        (FULL, text(post, "file_url") or text(inner(post, "file"), "url")),
        (SAMPLE, text(post, "large_file_url") or text(post, "sample_url") or text(inner(post, "sample"), "url")),
        (THUMBNAIL, text(post, "preview_file_url") or text(post, "preview_url") or text(inner(post, "preview"), "url")),
    ]


def _post_page(path: str, own: str) -> str:
    if path.endswith("/index.php"):
        return f"{path}?page=post&s=view&id={own}"
    return f"/posts/{own}" if path.endswith("/posts.json") else f"/post/show/{own}"


def _further(url: str) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    name, first = ("pid", 0) if parts.path.endswith("/index.php") else ("page", 1)
    current = query.get(name, str(first))
    if not current.isdigit():
        return ""
    return urlunsplit(parts._replace(query=urlencode({**query, name: str(int(current) + 1)})))


def _no_board(job: ParseJob) -> PageContent:
    return unreadable(
        job,
        "the answer is no list of posts",
        'The board may not give out JSON, or it is gone. Its pages can be watched with kind = "page".',
    )
