"""A page to what is in it: pictures, further pages, words. The entrance is `read_html`.

Everything is bounded here; what is beyond a bound is left out, never an error. The worker bounds CPU and memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.clock import computed
from monitor.crawl.extract import links as links_of_page
from monitor.crawl.extract.charset import charset_of
from monitor.crawl.extract.collect import Collector, Post
from monitor.crawl.extract.css import css_imports
from monitor.crawl.extract.embedding import embedding_of
from monitor.crawl.extract.images import ImageFinder
from monitor.crawl.extract.json import json_in_text
from monitor.crawl.extract.kept import kept_from_guests
from monitor.crawl.extract.offered import offered_links
from monitor.crawl.extract.posts import PostsOfPage
from monitor.crawl.extract.text import decode_sheet, read_as, squeeze
from monitor.crawl.urls import Base, absolute, canonical_url
from monitor.domains import domain_of
from monitor.model.limits import MAX_PAGE_TEXT_CHARS, MAX_STYLESHEETS, MAX_TITLE_CHARS
from monitor.model.observation import Noted, RunTrouble
from monitor.model.page import FoundAs, ImageRef, Outcome, OutcomeKind, PageContent, ParseJob

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_ELEMENTS = 60_000  # looked at in one page
MAX_TAGS = 400_000  # of one page: a thread of 5,000 posts has 250,000 and more
LOOKING_SECONDS = 3.5  # of computing: where a slow machine takes longer, the rest is left out, and not all of the page
MAX_KEEPERS = 500
MAX_TEMPLATES = 500
MAX_KEPT_CHARS = 512 * 1024  # of one
EMPTY_TEXT_CHARS = 200  # a page with fewer visible characters, no picture and a script is made by its script
_MOUNT_POINTS = (
    "#app, #root, #__next, #__nuxt, #___gatsby, #main-app, #react-root, #ember-app, app-root, my-app, "
    "[data-reactroot], "
    "[ng-app], [ng-version], [data-server-rendered], #svelte, #mount, #application"
)
_NEEDS_SCRIPTS = ("javascript", "java script", "скрипт", "スクリプト", "脚本")
_KEEPERS = "code, textarea, script[type^='text/']:not([type='text/javascript'])"
_VARIABLES = ("{{", "{%", "<%", "${", "[[", "#{")
_UNSHOWN = frozenset({FoundAs.OG, FoundAs.PRELOAD, FoundAs.NOSCRIPT})
_UNSEEN = ["script", "style", "noscript", "template", "svg", "head"]


def read_html(job: ParseJob, untrusted: bytes) -> PageContent:
    """Any HTML. Never raises for what is in it."""
    from selectolax.lexbor import LexborHTMLParser

    charset = charset_of(untrusted, job.content_type)
    html, of_tags = first_tags(read_as(untrusted, charset))
    document = LexborHTMLParser(html)
    base = Base(base_of(document, job.url), charset.query)
    url = links_of_page.canonical_of(document, base, job.url)
    posts = PostsOfPage(document, base, html)
    roots = _roots(document, job.select_images)
    collector = collect(html, roots, base, posts, document if not job.select_images else None, page=job.url)
    images = collector.images()
    next_pages = links_of_page.next_page(document, base, job.url) if job.follow_next else []
    links = (
        links_of_page.links_by_selector(document, job.select_links, base, job.url, same_site_only=job.same_site)
        if job.select_links
        else []
    )
    offered = offered_links(document, base, job.url, images, is_rendered=job.is_rendered) if job.offer_links else ()
    title = _title(document)
    stylesheets = () if job.select_images else _stylesheets(document, base)
    scripted = _announces_scripts(document)
    text = visible_text(document)  # it takes elements out of the document: what comes after sees what people see
    return PageContent(
        url=url,
        title=title,
        images=images,
        links=tuple(link for link in links if link not in next_pages),
        next_pages=tuple(next_pages),
        offered=tuple(link for link in offered if link.url not in next_pages),
        text=text,
        stylesheets=stylesheets,
        needs_browser=_is_empty(text, images, links) and scripted,
        noted=(*kept_from_guests(document), *_cut(of_tags, collector)),
    )


def first_tags(html: str) -> tuple[str, int]:
    """As much of a page as is read of one, and how many tags it has where that is not all, else 0: a million links take
    longer than a reader has."""
    tags = html.count("<")
    if tags <= MAX_TAGS:
        return html, 0
    at = -1
    for _ in range(MAX_TAGS + 1):
        at = html.find("<", at + 1)
    return html[:at], tags


def _cut(of_tags: int, collector: Collector) -> tuple[Noted, ...]:
    if of_tags:
        return (Noted(RunTrouble.CUT, what=f"{of_tags} tags, of which the first {MAX_TAGS} were read"),)
    if collector.left_out:
        return (Noted(RunTrouble.CUT, what=f"{collector.left_out} pictures or links more than are looked at"),)
    return ()


def read_fragment(html: str, base: str) -> tuple[ImageRef, ...]:
    """The pictures in a piece of markup (a feed's entry, a post in an API's answer)."""
    from selectolax.lexbor import LexborHTMLParser

    document = LexborHTMLParser(html)
    base = base_of(document, base)
    return collect(html, [], base, PostsOfPage(document, base, html), document).images()


def read_css(job: ParseJob, untrusted: bytes) -> PageContent:
    """A linked stylesheet: its backgrounds, and the sheets that it brings in."""
    text, charset = decode_sheet(untrusted, job.content_type)
    base = Base(job.url, charset.query)
    sheets = dict.fromkeys(url for written in css_imports(text) if (url := absolute(base, written)))
    return PageContent(
        url=canonical_url(job.url),
        images=_find_in_css(text, base).images(),
        stylesheets=tuple(sheets)[:MAX_STYLESHEETS],
    )


def _find_in_css(text: str, base: str) -> Collector:
    """A linked stylesheet: backgrounds only, relative to the sheet."""
    collector = Collector()
    ImageFinder(base, collector, lambda _node: Post()).read_sheet(text)
    return collector


def read_lone_image(job: ParseJob, untrusted: bytes) -> PageContent:
    """The address led to a picture itself: no page, one image."""
    return PageContent(url=canonical_url(job.url), images=(ImageRef(job.url, found_as=FoundAs.LINK),))


def unreadable_answer(
    job: ParseJob, message: str, remedy: str, kind: OutcomeKind = OutcomeKind.UNREADABLE
) -> PageContent:
    return PageContent(url=canonical_url(job.url), problem=Outcome(kind, message, remedy))


def base_of(document: LexborHTMLParser, url: str) -> str:
    node = document.css_first("base[href]")
    return (absolute(url, node.attributes.get("href")) if node is not None else "") or url


def collect(
    html: str,
    roots: list[LexborNode],
    base: str,
    posts: PostsOfPage,
    document: LexborHTMLParser | None,
    *,
    page: str = "",
) -> Collector:
    """From the whole document, or from `roots` only where the watch selects. html: what both were parsed from. page:
    its address; where there is more than is looked at, what other sites give comes last."""
    collector, embedding = Collector(page or base), embedding_of(html)
    finder = ImageFinder(base, collector, posts.of)
    found: list[LexborNode] = []
    if document is not None:
        found += document.css(embedding)[: MAX_ELEMENTS * 4]
        for fragment in template_contents(document):
            found += fragment.css(embedding)[:MAX_ELEMENTS]
        for markup in kept_markup(document):
            found += markup.css(embedding)[:MAX_ELEMENTS]
    for root in roots:
        found += root.css(embedding)
    seen: set[int] = set()
    own, until = domain_of(page or base), computed() + LOOKING_SECONDS
    if len(found) > MAX_ELEMENTS:
        found.sort(key=lambda node: _names_another_site(node, own))
    for at, node in enumerate(found):  # an element that fits several parts of the selector comes several times
        if node.mem_id in seen:
            continue
        if len(seen) >= MAX_ELEMENTS or (at % 256 == 0 and computed() > until):
            collector.left_out += len(found) - at
            break
        seen.add(node.mem_id)
        finder.read(node)
    finder.finish()
    for text in json_in_text(html) if document is not None else ():
        finder.read_json(text)
    return collector


def _names_another_site(node: LexborNode, own: str) -> bool:
    """At a glance: there may be hundreds of thousands."""
    written = (node.attributes.get("src") or node.attributes.get("href") or "")[:300]
    return written.startswith(("http:", "https:", "//")) and own not in "".join(written.split("/", 3)[2:3])


def template_contents(document: LexborHTMLParser) -> list[LexborNode]:
    """What is in templates, shadow roots among them, and in those inside of them."""
    found: list[LexborNode] = document.template_fragments()[:MAX_TEMPLATES]
    for fragment in found:  # grows while it is gone through
        if len(found) >= MAX_TEMPLATES:
            break
        found += fragment.template_fragments()[: MAX_TEMPLATES - len(found)]
    return found


def kept_markup(document: LexborHTMLParser) -> list[LexborHTMLParser]:
    """Markup that a page keeps as text until its script puts it in: in scripts of another type (`text/template`,
    `text/lazyhtml`), in a field (`<textarea class=ks-datalazyload>`), in a comment that is all of a `<code>` (Tieba,
    pages in pieces). Other comments are what somebody took out, and are not shown to people. What has variables is a
    pattern for pages, not a page."""
    from selectolax.lexbor import LexborHTMLParser

    kept: list[LexborHTMLParser] = []
    for node in document.css(_KEEPERS)[:MAX_KEEPERS]:
        text = (node.html if node.tag == "code" else node.text()) or ""
        if node.tag == "code":
            text = text.partition("<!--")[2]
        if len(text) <= MAX_KEPT_CHARS and "<img" in text and not any(mark in text for mark in _VARIABLES):
            kept.append(LexborHTMLParser(text.strip().removeprefix("<!--")))
    return kept


def _roots(document: LexborHTMLParser, selector: str) -> list[LexborNode]:
    return document.css(selector)[:MAX_ELEMENTS] if selector else []


def _title(document: LexborHTMLParser) -> str:
    node = document.css_first("head > title") or document.css_first("title")
    title = squeeze(node.text(), MAX_TITLE_CHARS) if node is not None else ""
    if not title:
        og = document.css_first('meta[property="og:title"]')
        title = squeeze((og.attributes.get("content") or "") if og is not None else "", MAX_TITLE_CHARS)
    return title


def _stylesheets(document: LexborHTMLParser, base: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in document.css("link[rel][href]")[:500]:
        relation = (node.attributes.get("rel") or "").lower().split()
        media = (node.attributes.get("media") or "").lower()
        if "stylesheet" in relation and "print" not in media and (url := absolute(base, node.attributes.get("href"))):
            found[url] = None
    for node in document.css("style")[:100]:
        found.update((url, None) for written in css_imports(node.text()) if (url := absolute(base, written)))
    return tuple(found)[:MAX_STYLESHEETS]


def _announces_scripts(document: LexborHTMLParser) -> bool:
    """Would a browser have run a script that could fill the page?"""
    if not any(_runs(node) for node in document.css("script")[:200]):
        return False
    if document.css_first(_MOUNT_POINTS) is not None:
        return True
    for node in document.css("noscript")[:20]:
        words = node.text()[:500].lower()
        if any(word in words for word in _NEEDS_SCRIPTS):
            return True
    body = document.body
    return body is None or len(squeeze(body.text(), 60)) < 60


def _runs(node: LexborNode) -> bool:
    kind = (node.attributes.get("type") or "").lower()
    return kind in ("", "module", "text/javascript", "application/javascript") and (
        bool(node.attributes.get("src")) or len(node.text()) > 40
    )


def _is_empty(text: str, images: tuple[ImageRef, ...], links: list[str]) -> bool:
    shown = [image for image in images if image.found_as not in _UNSHOWN]
    return not shown and not links and len(text) < EMPTY_TEXT_CHARS


def visible_text(document: LexborHTMLParser) -> str:
    document.strip_tags(_UNSEEN, recursive=True)
    body = document.body
    return squeeze(body.text(separator=" "), MAX_PAGE_TEXT_CHARS) if body is not None else ""
