"""Who posted what, when, under which address, by the recipes of `recipes`.

The first recipe that finds posts is used, the general one last; what stands outside every post gets what the page says
about itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.crawl.extract.collect import NO_POST, Post
from monitor.crawl.extract.json import parse_json, walk
from monitor.crawl.extract.recipes import RECIPES, Recipe
from monitor.crawl.extract.text import squeeze
from monitor.crawl.urls import absolute
from monitor.model.limits import MAX_FIELD_CHARS, MAX_POSTS_OF_PAGE

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_ANCESTORS = 60
_NO_AUTHOR = ("http://", "https://", "www.", "flaskbb team")  # what software names itself as its pages' author
_BY = re.compile(r"(?:(?:posted|written|published)\s{1,4})?by:?\s{1,4}|author:\s{0,4}", re.IGNORECASE)
# Of a page that says no more.
_BESIDE_A_NAME = "time, .permalink, .date, a[href^='#']"
_AUTHOR = "a[rel~=author], a[href*='/author/'], a[href*='/profile/'], .filehistory a.mw-userlink"
_DATE = re.compile(r"(?<!\w)(?:[^\W\d_]{3,12}[.,]{0,2} )?[0-9]{1,4}(?!\w).*")  # from a month's or a day's name on


class PostsOfPage:
    """`of(node)`: the post that an element stands in, looked up among its ancestors."""

    def __init__(self, document: LexborHTMLParser, base: str, html: str) -> None:
        """html: what the document was parsed from."""
        self._base = base
        self._page = _page_wide(document, base)
        self._recipe: Recipe | None = None
        self._numbers: dict[int, int] = {}
        self._read: dict[int, Post] = {}
        for recipe in RECIPES:
            if not any(mark in html for mark in recipe.marks):
                continue
            if found := document.css(recipe.post):
                self._recipe = recipe
                self._numbers = {node.mem_id: at for at, node in enumerate(found[:MAX_POSTS_OF_PAGE], start=1)}
                break

    def of(self, node: LexborNode) -> Post:
        if self._recipe is not None:
            at: LexborNode | None = node
            for _ in range(MAX_ANCESTORS):
                if at is None:
                    break
                if at.mem_id in self._numbers:
                    return self._post(at)
                at = at.parent
        return self._page

    def _post(self, node: LexborNode) -> Post:
        known = self._read.get(node.mem_id)
        if known is None:
            known = self._read[node.mem_id] = self._read_post(node)
        return known

    def _read_post(self, node: LexborNode) -> Post:
        assert self._recipe is not None  # noqa: S101 -- only called for posts that a recipe found
        attributes = node.attributes
        account = attributes.get("data-author") or attributes.get("data-username") or ""
        if not account:
            account = _first(node, self._recipe.account, besides=_BESIDE_A_NAME).strip()
            account = account[said.end() :] if (said := _BY.match(account)) else account
        link = _first_link(node, self._recipe.link, self._base)
        return Post(
            account=squeeze(account, MAX_FIELD_CHARS) or self._page.account,
            posted_at=_first_time(node, self._recipe.time) or self._page.posted_at,
            url=link or self._page.url or self._by_id(node),
            link=link,
            number=self._numbers[node.mem_id],
        )

    def _by_id(self, node: LexborNode) -> str:
        """What a post without a link to itself is called on its page."""
        name = node.attributes.get("id") or ""
        usable = 0 < len(name) <= MAX_FIELD_CHARS and name.isprintable() and " " not in name
        return f"{self._base}#{name}" if usable else ""


def _first(node: LexborNode, selectors: tuple[str, ...], besides: str = "") -> str:
    """besides: a selector of what is no part of it, where there is more."""
    for selector in selectors:
        found = node.css_first(selector)
        if found is not None:
            text = found.attributes.get("content") or found.text(separator=" ")
            if text and text.strip():
                return _without(text, found, besides) if besides else text
    return ""


def _without(text: str, node: LexborNode, besides: str) -> str:
    left = text
    for beside in node.css(besides)[:MAX_ANCESTORS]:
        if beside.mem_id != node.mem_id and (said := beside.text(separator=" ").strip()):
            left = left.replace(said, " ", 1)
    return left if left.strip() else text


def _first_time(node: LexborNode, selectors: tuple[str, ...]) -> str:
    for selector in selectors:
        found = node.css_first(selector)
        if found is None:
            continue
        attributes = found.attributes
        written = (
            attributes.get("datetime")
            or attributes.get("content")
            or attributes.get("data-utc")
            or attributes.get("title")
        )
        if written:
            text = squeeze(written, MAX_FIELD_CHARS)
        else:  # `by ann » Sun Nov 01, 2026 10:00 am`
            words = squeeze(found.text(separator=" "), MAX_FIELD_CHARS)
            date = _DATE.search(words)
            text = date[0] if date else words
        if any(c.isdigit() for c in text):
            return text
    return ""


def _first_link(node: LexborNode, selectors: tuple[str, ...], base: str) -> str:
    """Keeps the fragment: in a thread it is what tells one post from the other."""
    for selector in selectors:
        found = node.css_first(selector)
        if found is None:
            continue
        attributes = found.attributes
        written = attributes.get("href") or attributes.get("content") or attributes.get("value") or ""
        fragment = squeeze(written.partition("#")[2], MAX_FIELD_CHARS).replace(" ", "")
        url = absolute(base, written.partition("#")[0] or base)
        if url:
            return f"{url}#{fragment}" if fragment else url
    return ""


def _page_wide(document: LexborHTMLParser, base: str) -> Post:
    """What Open Graph, meta tags and JSON-LD say about the page as a whole."""
    meta, data = _by_meta(document, base), _by_linked_data(document)
    account = meta.account or data.account or _only_author(document)
    posted_at = meta.posted_at or data.posted_at
    if not (account or posted_at or meta.url):
        return NO_POST
    return Post(squeeze(account, MAX_FIELD_CHARS), squeeze(posted_at, MAX_FIELD_CHARS), meta.url)


def _by_meta(document: LexborHTMLParser, base: str) -> Post:
    account = posted_at = url = ""
    for node in document.css("meta[content]")[:300]:
        attributes = node.attributes
        name = (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").lower()
        content = attributes.get("content") or ""
        if name in ("author", "article:author", "twitter:creator", "parsely-author", "profile:username"):
            if not content.lower().startswith(_NO_AUTHOR) and content.lower() not in ("none", "null", "undefined"):
                account = account or content
        elif name in ("article:published_time", "og:published_time", "datepublished", "date", "dc.date", "uploaddate"):
            posted_at = posted_at or content
        elif name == "og:url":
            url = url or absolute(base, content)
    return Post(account, posted_at, url)


def _by_linked_data(document: LexborHTMLParser) -> Post:
    account = posted_at = ""
    for node in document.css('script[type="application/ld+json"]')[:20]:
        for item in walk(parse_json(node.text().strip()[: 1024 * 1024])):
            account = account or _author(item.get("author") or item.get("creator"))
            published = item.get("datePublished") or item.get("uploadDate") or item.get("dateCreated")
            posted_at = posted_at or (published if isinstance(published, str) else "")
    return Post(account, posted_at)


def _only_author(document: LexborHTMLParser) -> str:
    """Whom all links to people name; a list of several people's posts tells nothing of one."""
    named = {words for link in document.css(_AUTHOR)[:20] if (words := squeeze(link.text(), MAX_FIELD_CHARS))}
    return named.pop() if len(named) == 1 else ""


def _author(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("alternateName") or value.get("name")
    return value if isinstance(value, str) else ""
