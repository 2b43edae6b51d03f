"""All links of a page that lead on within its site, each with what the markup says of it. Which of them are followed is
decided elsewhere (`crawl/choosing.py`), where it is known what such links led to before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.crawl.deeds import class_acts, label_acts
from monitor.crawl.extract.image_urls import is_image_link, path_of
from monitor.crawl.extract.json import parse_json_loosely, walk
from monitor.crawl.extract.text import squeeze
from monitor.crawl.link_words import MAX_WORDS, link_words
from monitor.crawl.routes import routed
from monitor.crawl.urls import absolute, canonical_url, same_site
from monitor.model.limits import MAX_OFFERED_LINKS
from monitor.model.page import LinkMark, PageLink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from monitor.model.page import ImageRef

MAX_LOOKED_AT = 2 * MAX_OFFERED_LINKS
MAX_STEPS_UP = 25
NEAR = 3  # how far up an element may stand whose class speaks of one link
CARD_LINKS = 8  # a block with more links than that is a list, not a card
ICON_PX = 32
_PICTURES = "img, picture, video[poster], [style*='background']"
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "dt", "figcaption"))
_FURNITURE_TAGS = frozenset(("nav", "footer", "aside", "header", "menu"))
_FURNITURE_ROLES = frozenset(("navigation", "menu", "menubar", "contentinfo", "banner", "toolbar", "search"))
_ACTING = ("data-method", "data-turbo-method", "data-confirm", "download", "hreflang", "hx-post", "hx-delete")
_CHANGING = ("data-confirm", "data-turbo-confirm", "hx-post", "hx-put", "hx-patch", "hx-delete", "hx-confirm")
_RELATIONS = {
    LinkMark.TAG: {"tag", "category"},
    LinkMark.PERSON: {"author", "me"},
    LinkMark.NOFOLLOW: {"nofollow"},
}
_BLOCKS = frozenset(("li", "article", "figure", "td", "tr", "dd", "div", "section"))
_LISTED_DATA = frozenset(("itemListElement", "hasPart", "blogPost", "blogPosts", "mainEntity", "associatedMedia"))
_WIDE = frozenset(("html", "body", "main", "form"))  # their classes speak of the whole page


def offered_links(
    document: LexborHTMLParser, base: str, url: str, images: Iterable[ImageRef], *, is_rendered: bool
) -> tuple[PageLink, ...]:
    """In the order of the page, each address once, with the marks of all its links. is_rendered: routes of the page's
    script count too."""
    return _Offered(document, base, url, images, is_rendered=is_rendered).links()


class _Offered:
    def __init__(
        self, document: LexborHTMLParser, base: str, url: str, images: Iterable[ImageRef], *, is_rendered: bool
    ) -> None:
        self._document, self._base, self._url, self._is_rendered = document, base, url, is_rendered
        self._own = canonical_url(url)
        self._words = link_words()
        self._small = {smaller: ref.url for ref in images for smaller in ref.alternatives}
        self._found: dict[str, tuple[str, set[LinkMark]]] = {}
        self._said: dict[int, tuple[frozenset[LinkMark], bool]] = {}  # of elements: (marks, is it furniture or main)
        self._cards: dict[int, bool] = {}
        self._has_main = document.css_first("main, article, [role=main], #content, #main") is not None

    def links(self) -> tuple[PageLink, ...]:
        for node in self._document.css("a[href], area[href], [data-href]")[:MAX_LOOKED_AT]:
            written = node.attributes.get("href") or node.attributes.get("data-href") or ""
            target = self._target(written)
            if target and not _is_hidden(node):
                self._add(target, self._marks(node))
        for written in self._in_linked_data():
            target = self._target(written)
            if target:
                self._add(target, {LinkMark.ENTRY, LinkMark.MAIN})
        return tuple(PageLink(url, tuple(sorted(marks))) for url, marks in self._found.values())

    def _add(self, target: str, marks: set[LinkMark]) -> None:
        key = canonical_url(target)
        if key in self._found:
            known = self._found[key][1]
            deed = known & marks & {LinkMark.DEED}  # a page that one of its links calls "Reply" is a page
            known.update(marks)
            known.discard(LinkMark.FURNITURE if LinkMark.MAIN in known else LinkMark.MAIN)
            if not deed:
                known.discard(LinkMark.DEED)
        elif len(self._found) < MAX_OFFERED_LINKS:
            self._found[key] = (target, marks)

    def _target(self, written: str) -> str:
        if self._is_rendered and (route := routed(self._base, written)) and same_site(route, self._url):
            return route
        target = absolute(self._base, written)
        if not target or canonical_url(target) == self._own or not same_site(target, self._url):
            return ""
        return "" if is_image_link(target) and not path_of(target).endswith("/") else target

    def _marks(self, link: LexborNode) -> set[LinkMark]:
        marks = set(self._of_link(link))
        self._add_picture(link, marks)
        steps, at, placed = 0, link.parent, False
        while at is not None and steps < MAX_STEPS_UP:
            steps += 1
            said, is_furniture = self._of_element(at)
            if steps <= NEAR:
                marks |= said - {LinkMark.MAIN}
                if LinkMark.PICTURE not in marks and at.tag in _BLOCKS and self._is_card(at):
                    marks.add(LinkMark.CARD)
            if not placed and (is_furniture or LinkMark.MAIN in said):
                marks.add(LinkMark.FURNITURE if is_furniture else LinkMark.MAIN)
                placed = True
            at = at.parent
        if not placed and not self._has_main:
            marks.add(LinkMark.MAIN)
        return marks

    def _of_link(self, link: LexborNode) -> Iterable[LinkMark]:
        attributes, names = link.attributes, _names(link)
        relations = set((attributes.get("rel") or "").lower().split())
        if self._acts(link, names):
            yield LinkMark.ACTS
        if self._is_deed(link, names):
            yield LinkMark.DEED
        if "bookmark" in relations or (attributes.get("itemprop") or "") in ("url", "mainEntityOfPage"):
            yield LinkMark.ENTRY
        for mark, words in _RELATIONS.items():
            if words & relations:
                yield mark
        if link.css_first("h1, h2, h3, h4, h5, h6") is not None:
            yield LinkMark.HEADING
        if self._is_rendered and routed(self._base, attributes.get("href") or ""):
            yield LinkMark.ROUTE
        yield from self._by_names(names)

    def _is_deed(self, link: LexborNode, names: str) -> bool:
        attributes = link.attributes
        if any(name in attributes for name in _ACTING) or attributes.get("role") == "button":
            return True
        return any(map(self._words.is_deed, _labels(link))) or any(word in names for word in self._words.deed_classes)

    def _acts(self, link: LexborNode, names: str) -> bool:
        attributes = link.attributes
        if any(name in attributes for name in _CHANGING) or "confirm(" in (attributes.get("onclick") or ""):
            return True
        method = (attributes.get("data-method") or attributes.get("data-turbo-method") or "get").strip().lower()
        return method != "get" or class_acts(names) or any(map(label_acts, _labels(link)))

    def _by_names(self, names: str) -> Iterable[LinkMark]:
        words = self._words
        if not names:
            return
        for mark, parts in (
            (LinkMark.ENTRY, words.class_entries),
            (LinkMark.LIST, words.class_lists),
            (LinkMark.PERSON, words.class_people),
            (LinkMark.TAG, words.class_tags),
        ):
            if any(part in names for part in parts):
                yield mark

    def _of_element(self, node: LexborNode) -> tuple[frozenset[LinkMark], bool]:
        known = self._said.get(node.mem_id)
        if known is None:
            known = self._said[node.mem_id] = self._read_element(node)
        return known

    def _read_element(self, node: LexborNode) -> tuple[frozenset[LinkMark], bool]:
        tag, names = node.tag, _names(node)
        marks = set() if tag in _WIDE else set(self._by_names(names))
        if tag in _HEADINGS:
            marks.add(LinkMark.HEADING)
        role = node.attributes.get("role") or ""
        if tag in ("main", "article") or role == "main":
            return frozenset((*marks, LinkMark.MAIN)), False
        is_furniture = tag in _FURNITURE_TAGS or role in _FURNITURE_ROLES
        if tag not in _WIDE and not is_furniture:
            is_furniture = any(part in names for part in self._words.class_furniture)
            if not is_furniture and any(part in names for part in self._words.class_main):
                marks.add(LinkMark.MAIN)
        if tag == "header" and LinkMark.ENTRY in marks:
            is_furniture = False  # of an entry (`<header class="entry-header">`)
        return frozenset(marks), is_furniture

    def _add_picture(self, link: LexborNode, marks: set[LinkMark]) -> None:
        for picture in link.css(_PICTURES)[:5]:
            if _is_small(picture):
                continue
            marks.add(LinkMark.PICTURE)
            shown = absolute(self._base, picture.attributes.get("src"))
            if shown in self._small:
                marks.add(LinkMark.IN_FULL)
            return

    def _is_card(self, node: LexborNode) -> bool:
        known = self._cards.get(node.mem_id)
        if known is None:
            shown = [picture for picture in node.css("img, picture")[:5] if not _is_small(picture)]
            known = bool(shown) and len(node.css("a[href]")) <= CARD_LINKS
            self._cards[node.mem_id] = known
        return known

    def _in_linked_data(self) -> list[str]:
        """Addresses in lists of JSON-LD: what the page says that it lists."""
        found: list[str] = []
        for script in self._document.css("script[type='application/ld+json']")[:20]:
            for item in walk(parse_json_loosely(script.text())):
                for name in _LISTED_DATA & item.keys():
                    listed = item[name]
                    for one in (listed if isinstance(listed, list) else [listed])[:MAX_OFFERED_LINKS]:
                        inner = one.get("item") if isinstance(one, dict) and isinstance(one.get("item"), dict) else one
                        address = inner.get("url") or inner.get("@id") if isinstance(inner, dict) else ""
                        if isinstance(address, str) and address and len(found) < MAX_OFFERED_LINKS:
                            found.append(address)
        return found


def _labels(link: LexborNode) -> list[str]:
    """What it is called: its text, or what its pictures are called where it has none; and what is said when pointed
    at."""
    text = squeeze(link.text(separator=" "), MAX_WORDS + 1)
    of_link = [text] if text else []
    inner = link.css("img, svg, i, span, input")[:5]
    for node in (link, *inner):
        names = ("title", "aria-label") if text else ("title", "aria-label", "alt")
        of_link += [squeeze(said, MAX_WORDS + 1) for name in names if (said := node.attributes.get(name))]
    if not text:
        of_link += [squeeze(title.text(), MAX_WORDS + 1) for title in link.css("svg title")[:2]]
    return of_link


def _names(node: LexborNode) -> str:
    attributes = node.attributes
    said = (attributes.get("class"), attributes.get("id"), attributes.get("itemprop"), attributes.get("data-role"))
    return " ".join(filter(None, said)).lower()[:400]


def _is_hidden(link: LexborNode) -> bool:
    """What nobody sees is there for programs alone, to be told from people."""
    attributes = link.attributes
    style = (attributes.get("style") or "").lower().replace(" ", "")
    return "hidden" in attributes or "display:none" in style or "visibility:hidden" in style


def _is_small(picture: LexborNode) -> bool:
    """An icon, a face, a smiley: no picture that leads to pictures."""
    attributes = picture.attributes
    for name in ("width", "height"):
        size = (attributes.get(name) or "").strip().removesuffix("px")
        if size.isascii() and size.isdigit() and int(size[:6]) <= ICON_PX:
            return True
    names = _names(picture)
    return any(word in names for word in ("icon", "avatar", "emoji", "smil", "logo", "flag", "rank", "badge"))
