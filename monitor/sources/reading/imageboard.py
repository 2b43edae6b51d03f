"""JSON of 4chan and its relatives (threads, catalogs), and of boorus (lists of posts)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.image_urls import IMAGE_ENDINGS
from monitor.crawl.extract.page import unreadable_answer
from monitor.crawl.extract.text import squeeze
from monitor.crawl.extract.weights import ORIGINAL, SAMPLE, THUMBNAIL, Variants
from monitor.crawl.urls import absolute
from monitor.model.page import PageContent, ParseJob
from monitor.sources.imageboard import FOURCHAN, FOURCHAN_API
from monitor.sources.reading.fields import id_in, json_answer, object_in, objects_in, text_in, time_in
from monitor.sources.reading.gather import Gathered

_FOURCHAN_FILES = "i.4cdn.org"
_VIDEOS = (".webm", ".mp4", ".m4v", ".mov")  # their stills are looked at


def read_board(job: ParseJob, untrusted: bytes) -> PageContent:
    """A thread with its posts, or a catalog, whose threads are its further pages."""
    document = json_answer(job, untrusted)
    parts = urlsplit(job.url)
    board = _board_of(parts.path)
    if isinstance(document, list):
        pages = [page for page in objects_in(document) if isinstance(page.get("threads"), list)]
        threads = (
            [thread for page in pages for thread in objects_in(page["threads"])] if pages else objects_in(document)
        )
        return _catalog(job, threads, board, is_empty=bool(pages))
    listed = document.get("posts", document.get("replies")) if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(listed, list):
        return _no_board(job)
    seen = _page_of(job.url)
    posts = objects_in(listed)
    gathered = Gathered(job, base=seen)
    if isinstance(document.get("files"), list):  # lynxchan and jschan keep the first post beside the others
        posts = [document, *posts]
    for post in posts:
        _post(gathered, post, seen, board)
    title = text_in(posts[0], "sub") or text_in(posts[0], "subject") if posts else ""
    return gathered.content(title, url=seen)


def _board_of(path: str) -> str:
    """`chan/b` of /chan/b/res/5.json."""
    for mark in ("/res/", "/thread/", "/catalog"):
        if mark in path:
            return path.partition(mark)[0].strip("/")
    return path.strip("/").split("/", 1)[0]


def _post(gathered: Gathered, post: dict[str, Any], thread: str, board: str) -> None:
    own = id_in(post, "no") or id_in(post, "postId") or id_in(post, "threadId")
    parts = urlsplit(thread)
    is_fourchan = parts.netloc in FOURCHAN
    gathered.entry(
        link=f"{thread}#p{own}" if is_fourchan else f"{thread}#{own}",
        account=text_in(post, "name") + text_in(post, "trip") + text_in(post, "tripcode"),
        posted_at=time_in(post, "time") or text_in(post, "creation") or text_in(post, "date"),
        pictures=_files(post, parts.scheme, parts.netloc, board),
        title=text_in(post, "sub") or text_in(post, "subject"),
    )


def _catalog(job: ParseJob, threads: list[dict[str, Any]], board: str, *, is_empty: bool) -> PageContent:
    """The threads, and what stands of them in the catalog itself. is_empty: it may be, by its shape."""
    numbers = {own: one for one in threads if (own := id_in(one, "no") or id_in(one, "threadId"))}
    jschan = {own: one for one in threads if "replyposts" in one and (own := id_in(one, "postId"))}
    numbers = numbers or jschan
    if not numbers and (threads or not is_empty):
        return _no_board(job)
    folder = "thread" if urlsplit(job.url).netloc == FOURCHAN_API or jschan else "res"
    gathered = Gathered(job)
    pages = {own: absolute(job.url, f"/{board}/{folder}/{own}.json") for own in numbers}
    for own, thread in numbers.items():
        for post in (thread, *objects_in(thread.get("last_replies"))):
            _post(gathered, post, _page_of(pages[own]), board)
    return gathered.content(f"/{board}/, {len(pages)} threads", pages.values(), url=_page_of(job.url))


def _files(post: dict[str, Any], scheme: str, host: str, board: str) -> list[Variants]:
    found: list[Variants] = []
    for file in [post, *objects_in(post.get("extra_files")), *objects_in(post.get("files"))]:
        name, ending = id_in(file, "tim") or text_in(file, "tim"), text_in(file, "ext")
        is_picture = ending.lower() in IMAGE_ENDINGS
        if not name or "/" in name or not (is_picture or ending.lower() in _VIDEOS) or file.get("filedeleted"):
            continue
        if host in FOURCHAN:
            root = f"{scheme}://{_FOURCHAN_FILES}/{board}"
            full, small = f"{root}/{name}{ending}", f"{root}/{name}s.jpg"
        else:
            # The ending stands as it was uploaded, in capitals too; what thumbnails are made as is the board's setting.
            small = f"/{board}/thumb/{name}.{'png' if is_picture else 'jpg'}"
            full = f"/{board}/src/{quote(name + ending)}"
        found.append([(ORIGINAL, full), (THUMBNAIL, small)])  # of a video only the second is a picture's address
    for file in objects_in(post.get("files")):
        path, kind = text_in(file, "path"), text_in(file, "mime") or text_in(file, "mimetype")
        if name := text_in(file, "filename") if "mimetype" in file else "":  # jschan
            path = f"/file/{quote(name)}"
            file = {"thumb": f"/file/thumb/{text_in(file, 'hash')}{text_in(file, 'thumbextension')}"}
        if path.lower().endswith(IMAGE_ENDINGS) or kind.startswith("image/"):  # lynxchan names some without an ending
            found.append([(ORIGINAL, path), (THUMBNAIL, text_in(file, "thumb"))])
        elif path and kind.startswith("video/"):
            found.append([(THUMBNAIL, text_in(file, "thumb"))])
    return found


def _page_of(api: str) -> str:
    """The page that people see."""
    parts = urlsplit(api)
    path = parts.path.removesuffix(".json")
    if parts.netloc == FOURCHAN_API:
        return urlunsplit(parts._replace(netloc=FOURCHAN[0], path=path))
    return urlunsplit(parts._replace(path=f"{path}.html"))


def read_booru(job: ParseJob, untrusted: bytes) -> PageContent:
    """A list of posts; further pages as long as there are posts."""
    document = json_answer(job, untrusted)
    listed = document
    if isinstance(document, dict):
        listed = document.get("posts", document.get("post"))
        if "@attributes" in document and not isinstance(listed, list):  # Gelbooru found nothing, or one
            listed = [listed] if isinstance(listed, dict) else []
    if not isinstance(listed, list):
        return _no_board(job, said=_said(document))
    parts = urlsplit(job.url)
    gathered = Gathered(job)
    posts = objects_in(listed)
    for post in posts:
        own = id_in(post, "id")
        gathered.entry(
            link=_post_page(parts.path, own),
            account=text_in(post, "author") or text_in(post, "owner") or text_in(post, "uploader_name"),
            posted_at=time_in(post, "created_at"),
            pictures=[_booru_variants(post)],
            title=text_in(post, "tag_string") or text_in(post, "tags"),
        )
    content = gathered.content("", [_further(job.url, len(posts))] if posts else [])
    if posts and not content.images:
        return _no_board(job, said="its posts name no pictures; some show them only to members")
    return content


def _booru_variants(post: dict[str, Any]) -> Variants:
    return [
        (ORIGINAL, text_in(post, "file_url") or text_in(object_in(post, "file"), "url") or _older_gelbooru(post)),
        (
            SAMPLE,
            text_in(post, "large_file_url") or text_in(post, "sample_url") or text_in(object_in(post, "sample"), "url"),
        ),
        (
            THUMBNAIL,
            text_in(post, "preview_file_url")
            or text_in(post, "preview_url")
            or text_in(object_in(post, "preview"), "url"),
        ),
    ]


def _older_gelbooru(post: dict[str, Any]) -> str:
    directory, name = id_in(post, "directory"), text_in(post, "image")
    return f"/images/{directory}/{quote(name)}" if directory and name else ""


def _post_page(path: str, own: str) -> str:
    if path.endswith("/index.php"):
        return f"{path}?page=post&s=view&id={own}"
    return f"/posts/{own}" if path.endswith("/posts.json") else f"/post/show/{own}"


def _further(url: str, count: int) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.path.endswith("/index.php") and count < int(query["limit"] if query.get("limit", "").isdecimal() else 1):
        return ""  # what is behind the last page is an empty answer, which says nothing
    name, first = ("pid", 0) if parts.path.endswith("/index.php") else ("page", 1)
    current = query.get(name, str(first))
    if not current.isdecimal():
        return ""
    return urlunsplit(parts._replace(query=urlencode({**query, name: str(int(current) + 1)})))


def _said(document: object) -> str:
    """What a booru says instead of posts."""
    if isinstance(document, dict):
        document = text_in(document, "message") or text_in(document, "error") or text_in(document, "reason")
    return squeeze(document, 200) if isinstance(document, str) else ""


def _no_board(job: ParseJob, *, said: str = "") -> PageContent:
    return unreadable_answer(
        job,
        f"the answer is not a list of posts ({said})" if said else "the answer is not a list of posts",
        'The board may not give out JSON, or it is gone. Its pages can be watched with kind = "page".',
    )
