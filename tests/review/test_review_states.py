"""Every state of every page, as text: what holds for all of them alike."""

from __future__ import annotations

import itertools
import re
from urllib.parse import urlsplit

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as Tree
from starlette.routing import compile_path

from monitor.review.application import EVERY_ROUTE
from tests.review.asking import asking
from tests.review.state import State
from tests.review.states import STATES

_SHOWN = tuple(compile_path(one.path)[0] for one in EVERY_ROUTE if one.method == "GET")
EACH = pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in STATES])
INLINE = re.compile(r"<style|\sstyle=|\son\w+=\"|<script(?! src=\"/static/)|=\"\s*javascript:", re.IGNORECASE)


async def answer_of(client: httpx.AsyncClient, state: State) -> httpx.Response:
    for path, fields in state.before:
        await _sent(client, path, fields)
    if state.sends is not None:
        return await _sent(client, state.path, state.sends)
    return await client.get(state.path)


async def _sent(client: httpx.AsyncClient, path: str, fields: tuple[tuple[str, str], ...]) -> httpx.Response:
    token = Tree((await client.get("/help")).text).css_first("input[name=token]").attributes["value"]
    data = dict[str, list[str]](token=[token or ""])
    for name, value in fields:
        data.setdefault(name, []).append(value)
    return await client.post(path, data=data)


@pytest.mark.rows(16)
@EACH
async def test_what_holds_for_every_page(state: State) -> None:
    async with asking(state.core(), enters=state.enters) as client:
        answer = await answer_of(client, state)
    assert answer.status_code != 500
    if not answer.text or state.path == "/away":
        return
    tree = Tree(answer.text)
    page = tree.root
    assert page is not None
    assert page.attributes["translate"] == "no"
    assert "!" not in own_words(answer.text), "no page shouts"
    assert [INLINE.findall(answer.text), faults_of(tree)] == [[], []]


def _is_a_page(href: str) -> bool:
    """Of this program, as far as its path tells."""
    path = urlsplit(href).path
    return not path or any(one.match(path) for one in _SHOWN)


def own_words(html: str) -> str:
    """Without what came from outside."""
    tree = Tree(html)
    for one in tree.css("bdi"):
        one.decompose()
    return tree.body.text() if tree.body else ""


def faults_of(tree: Tree) -> list[str]:
    found = list[str]()
    levels = [int(one.tag[1]) for one in tree.css("main h1, main h2, main h3, main h4")]
    if levels.count(1) != 1 or levels[:1] != [1]:
        found.append(f"one h1, and first: {levels}")
    found += [f"from h{a} to h{b}" for a, b in itertools.pairwise(levels) if b > a + 1]
    for form in tree.css("form[method=post]"):
        if tree.css("header.bar") and not form.css("input[name=token]"):
            found.append(f"no token: {form.attributes.get('action')}")
    for typed in tree.css("textarea, input:not([type]), input[type=text], input[type=search], input[type=url]"):
        if typed.attributes.get("spellcheck") != "false" or "autocomplete" not in typed.attributes:
            found.append(f"may be sent away: {typed.html}")
    for link in tree.css("a[href]:not([rel])"):  # one that bears a rel is the one of `opening.html`, after its page
        if not (link.attributes["href"] or "").startswith(("/", "#", "?")):
            found.append(f"leads away: {link.html}")
        elif not _is_a_page(link.attributes["href"] or ""):
            found.append(f"leads nowhere: {link.html}")
    ids = [one.attributes["id"] for one in tree.css("[id]")]
    return found + [f"twice: {one}" for one in {one for one in ids if ids.count(one) > 1}]
