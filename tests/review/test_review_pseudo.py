"""Every state of every page in a language that nobody speaks, from the right: no word of ours stays English."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from monitor.catalogue import spoken
from tests.review.reading import ReadPage, page_of
from tests.review.state import State
from tests.review.states import STATES
from tests.words.gathering import ROOT
from tests.words.pseudo import Pseudo

ISOLATED = re.compile("\u2068[^\u2069]*\u2069")


@cache
def own_words() -> frozenset[str]:
    """Texts in the page's own modules that do not go through the catalogue, and could be read."""
    found = set[str]()
    for path in sorted((ROOT / "monitor" / "review").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        passed = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("said")
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
                found.add(" ".join(node.value.split()))
    return frozenset(text for text in found if re.fullmatch(r"[A-Z].*[a-z]{2}.*|[a-z]+ [a-z ]+", text))


@pytest.mark.rows(6)
@pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in STATES])
async def test_every_word_of_a_page_is_of_its_language(state: State) -> None:
    with spoken(Pseudo()):
        answer = await page_of(state)
    assert answer.status_code != 500  # others are the store's, and said
    page = ReadPage(answer.text)
    assert ("html", "lang", "he") in page.attributes and ("html", "dir", "rtl") in page.attributes
    stayed = [text for text in page.texts if ISOLATED.sub("", text) in own_words() - {"Monitor"}]  # the product
    assert stayed == []
