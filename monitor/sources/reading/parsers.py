"""How an answer is read, by the name of a parser, in a confined worker. The one entrance for pages is `read_answer`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from monitor.crawl.extract.page import unreadable_answer
from monitor.model.page import PageContent, ParseJob, Parser

Read = Callable[[ParseJob, bytes], PageContent]

# Imported when first asked for, and all of them before a worker is confined: parser libraries are not for the core.
PARSERS: dict[Parser, str] = {
    Parser.HTML: "monitor.crawl.extract.page:read_html",
    Parser.CSS: "monitor.crawl.extract.page:read_css",
    Parser.IMAGE: "monitor.crawl.extract.page:read_lone_image",
    Parser.ERROR_PAGE: "monitor.crawl.extract.error_page:read_error_page",
    Parser.FEED: "monitor.sources.reading.feed:read_feed",
    Parser.SITEMAP: "monitor.sources.reading.sitemap:read_sitemap",
    Parser.BOARD: "monitor.sources.reading.imageboard:read_board",
    Parser.BOORU: "monitor.sources.reading.imageboard:read_booru",
    Parser.MASTODON: "monitor.sources.reading.mastodon:read_statuses",
    Parser.BLUESKY: "monitor.sources.reading.bluesky:read_posts",
    Parser.REDDIT: "monitor.sources.reading.reddit:read_listing",
    Parser.TELEGRAM: "monitor.sources.reading.telegram:read_preview",
    Parser.DISCOURSE: "monitor.sources.reading.discourse:read_forum",
    Parser.XENFORO: "monitor.sources.reading.xenforo:read_api",
    Parser.SEARCH_JSON: "monitor.sources.reading.search:read_json_results",
    Parser.SEARCH_HTML: "monitor.sources.reading.search:read_html_results",
    Parser.PLACE: "monitor.sources.reading.place:read_place",
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
def parser_named(name: Parser) -> Read:
    """Raises KeyError."""
    module, _, function = PARSERS[name].partition(":")
    found: Read = getattr(import_module(module), function)
    return found


def warm_up() -> None:
    """Loads every parser and what it loads in turn: a confined worker can open no file later."""
    samples = {
        Parser.HTML: b"<!doctype html><title>x</title><p><a href='/n' class=next>Next</a><img src=/a.jpg>"
        b"<meta charset=utf-8><link rel=canonical href='http://b\xc3\xbccher.example.co.uk/'>",
        Parser.CSS: b"a { background: url(x.png) }",
        Parser.FEED: b"<?xml version='1.0' encoding='iso-8859-1'?><rss version='2.0'><channel><title>x</title>"
        b"<item><link>http://a.example/1</link><pubDate>Sun, 01 Nov 2026 18:00:00 GMT</pubDate></item></channel></rss>",
        Parser.SITEMAP: b"<?xml version='1.0' encoding='windows-1252'?><urlset><url><loc>http://a.example/1</loc></url></urlset>",
        Parser.SEARCH_HTML: b"<p class=r><a href='http://b.example/'>x</a>",
    }
    for name in PARSERS:
        job = ParseJob(name, "http://a.example/", offer_links=True, rules=(("results", ".r"), ("link", "a")))
        read_answer(job, samples.get(name, b"{}"))
