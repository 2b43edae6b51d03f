# ruff: noqa: E501 - a row is what a feed is
"""A list without one entry that can be read is no good look; one that is empty says so, and is no alarm."""

from __future__ import annotations

import json

import pytest

from monitor.model.observation import Noted, RunTrouble
from monitor.model.page import OutcomeKind, PageContent, ParseJob, Parser
from monitor.sources.reading.parsers import read_answer

URL = "https://a.example/feed"
RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{}</channel></rss>'
ATOM = '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{}</feed>'
ITEM = "<item><title>t</title><link>https://a.example/1</link></item>"


def read(body: str, parser: Parser = Parser.FEED, kind: str = "") -> PageContent:
    return read_answer(ParseJob(parser, URL, kind), body.encode())


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(RSS.format("<item/>" * 3), id="rss: entries of nothing"),
        pytest.param(RSS.format("<item><title>t</title></item>"), id="rss: a title alone"),
        pytest.param(RSS.format("<item><link>javascript:alert(1)</link></item>"), id="rss: a link that is none"),
        pytest.param(RSS.format("<item><link>file:///etc/passwd</link></item>" * 9), id="rss: files"),
        pytest.param(RSS.format("<item><link>https://</link></item>"), id="rss: half an address"),
        pytest.param('<?xml version="1.0"?><rss version="2.0"><channel><title>x', id="rss: broken off before its entries"),
        pytest.param(RSS.format("")[:-9], id="rss: broken off at its end"),
        pytest.param('<rss version="2.0"><channel><!-- <item> -->', id="rss: entries in a comment that never ends"),
        pytest.param(RSS.format("<x:item xmlns:x='https://x.example/'><link>https://a.example/</link></x:item>"), id="rss: of a stranger's names"),
        pytest.param(ATOM.format("<entry><title>t</title></entry>"), id="atom: a title alone"),
        pytest.param(ATOM.format("<entry>"), id="atom: not closed"),
        pytest.param(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [1, "x", None]}), id="json: no entries at all"),
        pytest.param(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"}]}), id="json: ids alone"),
        pytest.param(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "data:x"}]}), id="json: no address"),
    ],
)  # fmt: skip
def test_not_one_readable(body: str) -> None:
    content = read(body)
    assert content.problem is not None and content.problem.kind in (OutcomeKind.EMPTY, OutcomeKind.UNREADABLE)
    assert content.problem.remedy and not content.images


@pytest.mark.parametrize(
    ("body", "parser"),
    [
        pytest.param("[1, 2]", Parser.MASTODON, id="mastodon"),
        pytest.param('{"feed": [null, 7]}', Parser.BLUESKY, id="bluesky"),
    ],
)
def test_no_posts_in_a_list_of_something_else(body: str, parser: Parser) -> None:
    content = read(body, parser, "application/json")
    assert content.problem is not None and content.problem.kind is OutcomeKind.EMPTY


@pytest.mark.parametrize(
    ("body", "parser"),
    [
        pytest.param(RSS.format(""), Parser.FEED, id="rss"),
        pytest.param(ATOM.format(""), Parser.FEED, id="atom"),
        pytest.param(
            json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": []}), Parser.FEED, id="json feed"
        ),
        pytest.param("[]", Parser.MASTODON, id="mastodon"),
        pytest.param('{"feed": []}', Parser.BLUESKY, id="bluesky"),
        pytest.param('{"posts": []}', Parser.BLUESKY, id="bluesky, a search"),
    ],
)
def test_empty_and_whole_is_said(body: str, parser: Parser) -> None:
    content = read(body, parser, "application/json" if body[0] in "[{" else "application/xml")
    assert (content.problem, content.noted) == (None, (Noted(RunTrouble.NO_ENTRIES),))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(RSS.format(ITEM), id="one"),
        pytest.param(RSS.format("<item/>" * 5 + ITEM), id="one among others"),
        pytest.param(RSS.format(ITEM)[:-9], id="broken off after its entries"),
        pytest.param(RSS.format('<item><enclosure url="https://a.example/1.jpg" type="image/jpeg"/></item>'), id="a picture"),
        pytest.param(RSS.format("<item><guid>https://a.example/7</guid></item>"), id="a guid that is an address"),
    ],
)  # fmt: skip
def test_one_is_enough(body: str) -> None:
    content = read(body)
    assert (content.problem, content.noted) == (None, ()) and (content.links or content.images)
