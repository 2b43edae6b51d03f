"""A page of `STATES` as it goes over the wire, and what of it a person reads or hears."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from tests.review.asking import asking
from tests.review.state import State

NO_END = frozenset({"meta", "link", "input", "br", "hr", "img", "rect", "line", "circle", "path", "source", "wbr"})
HEARD = frozenset({"aria-label", "title", "placeholder", "alt", "aria-description", "aria-roledescription"})
AS_TYPED = frozenset({"bdi", "code", "kbd", "pre", "samp", "textarea", "option", "script", "style"})
"""What stands in these is no word of ours: text from outside, commands, what was typed."""


async def page_of(state: State) -> httpx.Response:
    async with asking(state.core(), enters=state.enters) as client:
        token = ""
        if state.before or (state.sends is not None and state.enters):
            found = re.search(r'name="token" value="([^"]+)"', (await client.get("/help")).text)
            assert found is not None
            token = found[1]
        for path, fields in state.before:
            await client.post(path, data=_body(fields, token))
        if state.sends is None:
            return await client.get(state.path, follow_redirects=True)
        return await client.post(state.path, data=_body(state.sends, token), follow_redirects=True)


def _body(fields: tuple[tuple[str, str], ...], token: str) -> dict[str, list[str]]:
    body: dict[str, list[str]] = {"token": [token]}
    for name, value in fields:
        body.setdefault(name, []).append(value)
    return body


@dataclass
class ReadPage(HTMLParser):
    """texts: ours, each by itself, as it is read or heard. typed: what stands in `AS_TYPED`. tags, attributes: all."""

    html: str
    texts: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    title: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._copied = 0  # how many elements are open round what is there to be copied, itself counted
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in named.items()]
        self.texts += [named[name] for name in HEARD & named.keys() if named[name]]
        if tag not in NO_END:
            self._open.append(tag)
            self._copied += bool(self._copied) or named.get("class") == "copy-text"

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            self._copied -= bool(self._copied)
            if self._open.pop() == tag:
                break

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text or "textarea" in self._open:  # in a field, what was typed stands as it was
            return
        if self._open[-2:] == ["head", "title"]:
            self.title += text
        elif self._copied or AS_TYPED & set(self._open):
            self.typed.append(text)
        else:
            self.texts.append(text)
