"""Good answers of every kind, broken at random: nothing raises, and whatever is said is clean."""

from __future__ import annotations

import json
import random

import pytest

from monitor.model.page import ParseJob
from monitor.sources.reading.parsers import read_answer
from tests.sources import account_places as places
from tests.sources import test_sources_answers as answers
from tests.sources import test_sources_search as search
from tests.sources import test_sources_social as social

SEEDS: list[tuple[str, object]] = [
    *[("feed", seed) for seed in (answers.RSS, answers.ATOM, answers.JSON_FEED)],
    *[("sitemap", seed) for seed in (answers.SITEMAP, answers.INDEX)],
    *[("board", seed) for seed in (answers.FOURCHAN, answers.VICHAN, answers.LYNXCHAN)],
    *[("booru", seed) for seed in (answers.DANBOORU, answers.E621, answers.GELBOORU)],
    *[("mastodon", [social.STATUS]), ("telegram", social.TELEGRAM), ("discourse", answers.TOPIC)],
    ("bluesky", {"posts": [places.bluesky_post(1, "https://cdn.example/1.png")], "cursor": "2"}),
    ("reddit", {"kind": "Listing", "data": {"after": "t3_x", "children": places.children()}}),
    *[("search-json", seed) for seed in (search.SEARXNG, search.BRAVE, search.BRAVE_IMAGES)],
    *[("search-html", seed) for seed in (search.DUCK, search.SEARX_HTML, search.SEARX_IMAGE)],
]
VALUES = [None, True, -1, 1e30, "", "x", [], {}, [None], {"a": 1}, "http://[", "javascript:x", "\ud83d", "x" * 10_000]
PIECES = [b"<", b">", b'"', b"null", b"[[", b"\\ud800", b"\xff", b"\0", b"&#x110000;", b"</a>", b"<template>", b"]]>"]
RULES = (("results", "results"), ("link", "url"), ("image", "properties.url"), ("engine", "e"))


def other_json(value: object, chance: random.Random) -> object:
    if chance.random() < 0.08:
        return chance.choice(VALUES)
    if isinstance(value, dict):
        return {key: other_json(inner, chance) for key, inner in value.items() if chance.random() > 0.03}
    return [other_json(inner, chance) for inner in value] if isinstance(value, list) else value


def other_bytes(seed: bytes, chance: random.Random) -> bytes:
    body = bytearray(seed)
    for _ in range(chance.randint(1, 10)):
        at, kind = chance.randrange(len(body) + 1), chance.random()
        if kind < 0.4:
            body[at:at] = chance.choice(PIECES)
        elif kind < 0.7:
            del body[at : at + chance.randint(1, 30)]
        else:
            start = chance.randrange(len(body) + 1)
            body[at:at] = body[start : start + chance.randint(1, 80)]
    return bytes(body)


def check(number: int) -> None:
    chance = random.Random(number)
    parser, seed = chance.choice(SEEDS)
    if not isinstance(seed, bytes):
        seed = json.dumps(other_json(seed, chance)).encode()
    untrusted = other_bytes(seed, chance) if chance.random() < 0.5 else seed
    url = chance.choice(["https://site.example/b/catalog.json", "https://a.4cdn.org/b/thread/7.json"])
    content = read_answer(ParseJob(parser, url, chance.choice(["", "application/json"]), rules=RULES), untrusted)
    for address in (*content.links, *content.next_pages, *(ref.url for ref in content.images)):
        assert address.startswith(("http://", "https://", "data:image/")), number
        assert address.isprintable() and " " not in address, number
    repr(content).encode()  # no half characters
    assert content.problem is None or content.problem.remedy, number


def test_some_broken_answers() -> None:
    for number in range(600):
        check(number)


@pytest.mark.long
def test_many_broken_answers() -> None:
    for number in range(40_000):
        check(number)
