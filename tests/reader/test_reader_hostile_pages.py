"""Pages made to do harm, read by real workers: each ends typed and in time, and an ordinary one behind it is read."""

# ruff: noqa: E501 - one row a line reads best

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from monitor.model.page import ParseJob
from monitor.reader.pool import ReaderPool, page_plan
from tests.lazily import Lazily
from tests.patience import LATE_S

pytestmark = pytest.mark.asyncio(loop_scope="module")
URL = "https://site.example/t/1"
MANY = 100_000

PAGES = Lazily({
    "100,000 deep": lambda: b"<div>" * MANY + b"<img src=a.jpg>",
    "100,000 deep, each of another kind": lambda: b"<b><i><u><s><a href=x>" * (MANY // 5) + b"<img src=a.jpg>",
    "templates in templates": lambda: b"<template>" * MANY + b"<img src=a.jpg>",
    "shadows in shadows": lambda: b"<p><template shadowrootmode=open>" * 50_000,
    "tables in cells": lambda: b"<table><tr><td>" * 30_000 + b"<img src=a.jpg>",
    "drawings in drawings": lambda: b"<svg><foreignObject>" * 50_000,
    "quotes in quotes": lambda: b"<blockquote class=quote>" * 50_000 + b"x",
    "a million attributes": lambda: b"<img src=a.jpg " + b"".join(b"a%d=b " % n for n in range(1_000_000)) + b">",
    "an attribute without end": lambda: b"<img src=a.jpg alt='" + b"x" * 9_000_000,
    "a tag without end": lambda: b"<img src=a.jpg " + b"<" * 9_000_000,
    "a comment without end": lambda: b"<img src=a.jpg><!--" + b"--!" * 3_000_000,
    "a title without end": lambda: b"<title>" + b"&lt;" * 2_000_000,
    "null bytes": lambda: b"\0<\0img src=a.jpg>" * 50_000,
    "entities": lambda: b"<p>" + b"&CounterClockwiseContourIntegral;" * 250_000,
    "entities by number": lambda: b"<p>" + b"&#x110000;&#xD800;&#0;&#99999999999;" * 200_000,
    "entities of its own": lambda: b"<!DOCTYPE x [" + b"<!ENTITY a '&b;&b;'>" * 200_000 + b"]><p>&a;",
    "a srcset of all widths": lambda: b"<img srcset='" + b",".join(b"a%d.jpg %dw" % (n, n) for n in range(400_000)) + b"'>",
    "a srcset of commas": lambda: b"<img srcset='" + b"," * 5_000_000 + b"'>",
    "base upon base": lambda: b"".join(b"<base href='%d/'>" % n for n in range(300_000)) + b"<img src=a.jpg>",
    "links to scripts": lambda: b"<a href='javascript:alert(1)'>x</a><a href='jAvA\tscript:x'>y</a><a href='data:,x'>z</a>" * 60_000,
    "refresh upon refresh": lambda: b"<meta http-equiv=refresh content='0;url=http://127.0.0.2/'>" * 100_000,
    "forms and fields": lambda: b"<form><input name=x><select><option>" * 100_000,
    "articles with posts": lambda: b"<article itemscope itemtype=https://schema.org/Comment><time datetime=x>" * 50_000,
    "styles": lambda: b"<style>" + b"a{background:url(" * 300_000 + b"</style>",
    "styles that close": lambda: b"<style>" + b"a{background:url(x.jpg)}" * 300_000 + b"</style>",
    "data by the hundred": lambda: b"".join(b'<script type="application/ld+json">{"@id":"%d"}</script>' % n for n in range(90_000)),
    "data 100,000 deep": lambda: b'<script type="application/json">' + b'{"a":[' * MANY,
    "a number without end": lambda: b'<script type="application/json">' + b"9" * 5_000_000 + b"</script>",
    "UTF-16 that says nothing": lambda: "<title>x</title><img src=a.jpg>".encode("utf-16-le") * 50_000,
    "UTF-7": lambda: b"<meta charset=utf-7>+ADw-img src=a.jpg+AD4-" * 100_000,
    "Japanese without end": lambda: b"<meta charset=iso-2022-jp>" + b"\x1b$B\x1b(J" * 500_000,
    "a charset of Python's own": lambda: b"<meta charset=unicode_escape>" + b"\\N{BULLET}" * 300_000,
    "a charset of megabytes": lambda: b"<meta charset='" + b"x" * 3_000_000 + b"'>",
    "half characters": lambda: b"\xf0\x9f\x98" * 2_000_000,
    "a data address of megabytes": lambda: b"<img src='data:image/png;base64," + b"A" * 9_000_000 + b"'>",
    "nothing but bytes": lambda: bytes(range(256)) * 20_000,
})  # fmt: skip


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool() -> AsyncIterator[ReaderPool]:
    async with ReaderPool() as pool:
        yield pool


CUT_OFF = {  # after 10 seconds, twice: on one core that is as long as it takes
    "100,000 deep",
    "100,000 deep, each of another kind",
    "quotes in quotes",
    "a million attributes",
    "articles with posts",
}


@pytest.mark.rows(10)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name in CUT_OFF else ()) for name in PAGES]
)
async def test_a_page_made_to_do_harm_ends_in_time(name: str, pool: ReaderPool) -> None:
    began = time.monotonic()
    content = await pool.page(ParseJob("html", URL, "text/html", select_links="a"), PAGES[name])
    assert time.monotonic() - began < page_plan().wall_s + LATE_S
    assert content.problem is None or (content.problem.message.isprintable() and content.problem.remedy)
    for address in [*content.links, *content.next_pages, *(ref.url for ref in content.images)]:
        assert address.startswith(("http://", "https://", "data:image/")), address[:80]
    plain = await pool.page(ParseJob("html", URL), b"<title>x</title><img src=a.jpg>")
    assert [ref.url for ref in plain.images] == ["https://site.example/t/a.jpg"]
