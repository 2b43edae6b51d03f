"""What every state of every page says and holds: calm words, a title that tells nothing, and what came from outside as
text alone, however hostile."""

from __future__ import annotations

import re

import pytest

from monitor.plain import is_unsafe
from tests.review.reading import ReadPage, page_of
from tests.review.state import State
from tests.review.states import STATES

EACH = pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in STATES])
UNKIND = re.compile(r"\b(victims?|revenge|nudes?|naked|porn\w*|sex\w*|explicit|leaked|shame\w*|stupid|invalid)\b", re.I)
FROM_FILES = ("guide",)
"""Pages of texts that are kept as files, and read by themselves: laws and services have names of their own."""

ISOLATES = "\u2068\u2069"


def faults(page: ReadPage, path: str, state: State) -> list[str]:
    if state.name.startswith(FROM_FILES):
        page.texts = []
    found = [f"says {text!r}" for text in page.texts if "!" in text or UNKIND.search(text)]
    if page.title != "Monitor":
        found.append(f"is called {page.title!r}")
    path = path.replace("/incidents/at-", "/").replace(".example", "").replace(".com", "")  # ids of these tests
    if "." in path or "%" in path:
        found.append(f"tells by its address: {path}")
    seen = (*page.texts, *page.typed, *(value for _, name, value in page.attributes if name not in ("value", "id")))
    found += [f"holds {hex(ord(one))}" for text in seen for one in text if is_unsafe(one) and one not in ISOLATES]
    for tag, name, value in page.attributes:
        if name.startswith("on") or name == "style":
            found.append(f"has {name} at {tag}")
        elif name in ("href", "src", "action", "formaction") and not re.match(r"(/(?![/\\])|#|$)", value):
            if not (tag == "a" and value.startswith(("http://", "https://")) and path == "/opening"):
                found.append(f"leads to {value[:60]!r}")
        elif name == "srcdoc" or "data:" in value[:5]:
            found.append(f"has {name}={value[:20]!r}")
    outside = {"style", "iframe", "object", "embed", "base", "frame"} & set(page.tags)
    return [*found, *(f"has a {tag}" for tag in sorted(outside))]


@pytest.mark.rows(8)
@EACH
async def test_a_page_is_calm_and_holds_text_alone(state: State) -> None:
    answer = await page_of(state)
    assert answer.status_code != 500
    assert faults(ReadPage(answer.text), answer.url.path, state) == []
