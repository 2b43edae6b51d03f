"""A place that is looked at for the first time (`watch add`): what made the answer, and what it holds, read as that."""

from __future__ import annotations

from dataclasses import replace

from monitor.crawl.extract.page import read_html
from monitor.model.page import PageContent, ParseJob, PlaceProgram
from monitor.sources.reading.feed import read_feed
from monitor.sources.reading.sitemap import read_sitemap

_HEAD_BYTES = 4096  # in which a document of XML or JSON says what it is
_MARKED_BYTES = 1_000_000  # of a page

# Marks of the programs themselves, in lower case, from their own templates: all of a line have to be there.
_MARKS: tuple[tuple[PlaceProgram, tuple[bytes, ...]], ...] = (
    (PlaceProgram.XENFORO, (b'<html id="xf"',)),
    (PlaceProgram.XENFORO, (b'<html id="xenforo"',)),  # its first version
    (PlaceProgram.DISCOURSE, (b'content="discourse ', b'name="generator"')),
    (PlaceProgram.MASTODON, (b'id="mastodon"', b'id="initial-state"')),
    (PlaceProgram.MASTODON, (b"id='mastodon'", b'id="initial-state"')),
    (PlaceProgram.MASTODON, (b"application/activity+json", b'property="profile:username"')),
    (PlaceProgram.MASTODON, (b"<!--server-generated-meta-->",)),  # Pleroma, Akkoma
    (PlaceProgram.MASTODON, (b'name="generator" content="gotosocial',)),
    (PlaceProgram.BOARD, (b"vichan", b'class="thread"')),
    (PlaceProgram.BOARD, (b"lynxchan", b"opcell")),
    (PlaceProgram.BOARD, (b"jschan", b"post-container")),
    (PlaceProgram.BOORU, (b'data-controller="posts"', b"danbooru")),
    (PlaceProgram.BOORU, (b"running gelbooru",)),
    (PlaceProgram.BOORU, (b"running moebooru",)),
)
_FEEDS = (b"<rss", b"<feed", b"<rdf:rdf", b"jsonfeed.org/version")
_SITEMAPS = (b"<urlset", b"<sitemapindex")


def read_place(job: ParseJob, untrusted: bytes) -> PageContent:
    """Never raises for what is in it."""
    program = program_of(untrusted)
    if program is PlaceProgram.FEED:
        return replace(read_feed(job, untrusted), program=program)
    if program is PlaceProgram.SITEMAP:
        return replace(read_sitemap(job, untrusted), program=program)
    return replace(read_html(job, untrusted), program=program)


def program_of(untrusted: bytes) -> PlaceProgram:
    head = untrusted[:_HEAD_BYTES].lower()
    if not any(mark in head for mark in (b"<html", b"<!doctype html")):
        if any(mark in head for mark in _SITEMAPS) or untrusted.startswith(b"\x1f\x8b"):
            return PlaceProgram.SITEMAP
        if any(mark in head for mark in _FEEDS):
            return PlaceProgram.FEED
    page = untrusted[:_MARKED_BYTES].lower()
    return next((program for program, marks in _MARKS if all(mark in page for mark in marks)), PlaceProgram.UNKNOWN)
