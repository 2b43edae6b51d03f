"""How an answer is read, by the name of a parser, in a confined worker. The one entrance for pages is `read_answer`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from monitor.crawl.extract.page import unreadable_answer
from monitor.model.page import PageContent, ParseJob

Parser = Callable[[ParseJob, bytes], PageContent]

# Imported when first asked for, and all of them before a worker is confined: parser libraries are not for the core.
PARSERS = {
    "html": "monitor.crawl.extract.page:read_html",
    "css": "monitor.crawl.extract.page:read_css",
    "image": "monitor.crawl.extract.page:read_lone_image",
    "error-page": "monitor.crawl.extract.error_page:read_error_page",
    "feed": "monitor.sources.reading.feed:read_feed",
    "sitemap": "monitor.sources.reading.sitemap:read_sitemap",
    "board": "monitor.sources.reading.imageboard:read_board",
    "booru": "monitor.sources.reading.imageboard:read_booru",
    "mastodon": "monitor.sources.reading.mastodon:read_statuses",
    "bluesky": "monitor.sources.reading.bluesky:read_posts",
    "reddit": "monitor.sources.reading.reddit:read_listing",
    "telegram": "monitor.sources.reading.telegram:read_preview",
    "discourse": "monitor.sources.reading.discourse:read_forum",
    "xenforo": "monitor.sources.reading.xenforo:read_api",
    "search-json": "monitor.sources.reading.search:read_json_results",
    "search-html": "monitor.sources.reading.search:read_html_results",
}


def read_answer(job: ParseJob, untrusted: bytes) -> PageContent:
    """Never raises for what is in the bytes: `problem` says it. Raises KeyError for a parser that does not exist."""
    read = parser_named(job.parser)
    try:
        return read(job, untrusted)
    except (MemoryError, RecursionError):
        raise  # the worker has no state to go on with
    except Exception as error:  # parsers of others raise nearly anything on broken input; all of it means the same here
        return unreadable_answer(
            job,
            f"what came back could not be read as {job.parser}: {type(error).__name__}",
            "Open the address in a browser. If it shows as usual there, please report this.",
        )


@cache
def parser_named(name: str) -> Parser:
    """Raises KeyError."""
    module, _, function = PARSERS[name].partition(":")
    found: Parser = getattr(import_module(module), function)
    return found


def warm_up() -> None:
    """Loads every parser and what it loads in turn: a confined worker can open no file later."""
    samples = {
        "html": b"<!doctype html><title>x</title><p><a href='/n' class=next>Next</a><img src=/a.jpg>"
        b"<meta charset=utf-8><link rel=canonical href='http://b\xc3\xbccher.example.co.uk/'>",
        "css": b"a { background: url(x.png) }",
        "feed": b"<?xml version='1.0' encoding='iso-8859-1'?><rss version='2.0'><channel><title>x</title><item><link>"
        b"http://a.example/1</link><pubDate>Sun, 01 Nov 2026 18:00:00 GMT</pubDate></item></channel></rss>",
        "sitemap": b"<?xml version='1.0' encoding='windows-1252'?><urlset><url><loc>http://a.example/1</loc></url></urlset>",
        "search-html": b"<p class=r><a href='http://b.example/'>x</a>",
    }
    for name in PARSERS:
        job = ParseJob(name, "http://a.example/", rules=(("results", ".r"), ("link", "a")))
        read_answer(job, samples.get(name, b"{}"))
