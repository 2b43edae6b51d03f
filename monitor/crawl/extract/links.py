"""Where a page leads: further pages of the same list, links by selector, its own canonical address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.crawl.extract.image_urls import is_image_link, path_of
from monitor.crawl.extract.text import squeeze
from monitor.crawl.refresh import sent_on_to
from monitor.crawl.routes import route_of
from monitor.crawl.urls import absolute, canonical_url, same_site
from monitor.hosts import host_of

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_LINKS_OF_PAGE = 2000  # of one page; the frontier has its own caps
MAX_FRAMES_OF_PAGE = 5
_SCROLL_ATTRIBUTES = ("data-next-url", "data-next-page-url", "data-next-href", "data-next-link", "data-next-page")

_NEXT_CLASSES = (
    "a.next, a.nextpostslink, a.next-page, a.next_page, a.nextpage, a.pagination-next, a.pagination__next, "
    "a.pageNav-jump--next, "
    "a.paginator-next, a.next-posts, a.older-posts, a.arrow.next, a.page-next, a.pager-next, li.next > a, "
    "li.pager-next > a, "
    "span.next > a, div.next > a, .nav-previous > a, .pagination-next a, .next_page a, li.arrow.next > a, "
    "a.button-next, "
    "a#next, a#nextpage, a[data-page=next], a.wp-block-query-pagination-next, a.tme_messages_more[data-before], "
    "a.show-more-link"
)
# What "next page" is called; compared with the whole text of a link, lower case, without arrows.
NEXT_WORDS = frozenset(
    (
        "next|next page|older|older posts|older entries|more|load more|show more|weiter|nächste|nächste seite|"
        "ältere beiträge|"
        "suivant|suivante|page suivante|siguiente|página siguiente|siguientes|próxima|próximo|próxima página|"
        "seguinte|avanti|"
        "successiva|successivo|pagina successiva|prossima|volgende|volgende pagina|nästa|nästa sida|neste|neste side|"
        "næste|"
        "næste side|seuraava|seuraava sivu|następna|następny|następna strona|další|ďalšia|další stránka|következő|"
        "înainte|"
        "următoarea|pagina următoare|следующая|следующая страница|вперёд|вперед|далее|дальше|наступна|далі|напред|"
        "następne|"
        "επόμενη|επόμενο|sonraki|sonraki sayfa|下一页|下一頁|下页|次へ|次のページ|次|다음|다음 페이지|"
        "trang sau|tiếp|berikutnya|"
        "selanjutnya|ถัดไป|अगला|التالي|الصفحة التالية|הבא|הדף הבא|بعدی"
    ).split("|")
)
_ARROWS = "»\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}>→⟩▶⇒…\N{VARIATION SELECTOR-15}\N{VARIATION SELECTOR-16}"
_PAGERS = (
    "[class*=pagin], [class*=pager], [class*=pageNav], [class*=page-nav], [class*=pagelink], [class*=page_nav], "
    ".pages, "
    "[id*=pagin], [role=navigation], nav"
)
_CURRENT = (
    "[aria-current], .current, .active, .selected, .pageNav-page--current, .pagination_current, strong, b, em, span"
)


def canonical_of(document: LexborHTMLParser, base: str, url: str) -> str:
    """The page's own word for its address, on its own site only; never the site's front page for a page that is not,
    nor the one page of a script's many."""
    for node in document.css("link[rel][href]")[:200]:
        if "canonical" in (node.attributes.get("rel") or "").lower().split():
            given = absolute(base, _with_scheme(node.attributes.get("href") or "", url))
            if given and same_site(given, url) and (len(urlsplit(given).path) > 1 or len(urlsplit(url).path) <= 1):
                return canonical_url(url if route_of(url) else given)
    return canonical_url(url)


def _with_scheme(written: str, url: str) -> str:
    """`forum.example/t/1` written where an address belongs (Boorunaut): the page's own host, not a folder of it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{written}" if written.strip().split("/", 1)[0] == parts.netloc else written


def links_by_selector(
    document: LexborHTMLParser, selector: str, base: str, url: str, *, same_site_only: bool
) -> list[str]:
    """Targets of what the selector finds (of a container: of the links in it), each once, in order."""
    found: dict[str, str] = {}
    own = canonical_url(url)
    for node in document.css(selector)[: MAX_LINKS_OF_PAGE * 2]:
        for link in [node] if node.tag in ("a", "area", "link") else node.css("a[href], area[href]"):
            target = absolute(base, link.attributes.get("href"))
            if not target or (is_image_link(target) and not path_of(target).endswith("/")):
                continue
            if same_site_only and not same_site(target, url):
                continue
            key = canonical_url(target)
            if key != own:
                found.setdefault(key, target)
            if len(found) >= MAX_LINKS_OF_PAGE:
                return list(found.values())
    return list(found.values())


def next_page(document: LexborHTMLParser, base: str, url: str) -> list[str]:
    """The further page of the same list, where a meta refresh leads, and frames of the page; all on the same site."""
    finders = (_by_relation, _by_class, _by_attribute, _by_words, _by_number)
    found = next((target for find in finders if (target := find(document, base, url))), "")
    refresh = _refresh(document, base, url)
    return [target for target in dict.fromkeys((refresh, found, *_frames(document, base, url))) if target]


def _on_list(link: LexborNode, base: str, url: str) -> str:
    """The target if it can be another page of this list."""
    target = absolute(base, link.attributes.get("href"))
    if not target or host_of(target) != host_of(url) or canonical_url(target) == canonical_url(url):
        return ""
    disabled = "disabled" in (link.attributes.get("class") or "").lower().split()
    return "" if disabled or is_image_link(target) else target


def _by_relation(document: LexborHTMLParser, base: str, url: str) -> str:
    for node in document.css("link[rel][href], a[rel][href]")[:2000]:
        if "next" in (node.attributes.get("rel") or "").lower().split() and (target := _on_list(node, base, url)):
            return target
    return ""


def _by_class(document: LexborHTMLParser, base: str, url: str) -> str:
    return next((t for node in document.css(_NEXT_CLASSES)[:50] if (t := _on_list(node, base, url))), "")


def _by_attribute(document: LexborHTMLParser, base: str, url: str) -> str:
    """What a script would fetch when the visitor has scrolled down."""
    for node in document.css(", ".join(f"[{name}]" for name in _SCROLL_ATTRIBUTES))[:20]:
        for name in _SCROLL_ATTRIBUTES:
            target = absolute(base, node.attributes.get(name))
            if target and host_of(target) == host_of(url) and canonical_url(target) != canonical_url(url):
                return target
    for node in document.css("[hx-get][hx-trigger]")[:50]:
        if any(word in (node.attributes.get("hx-trigger") or "") for word in ("revealed", "intersect")):
            target = absolute(base, node.attributes.get("hx-get"))
            if target and host_of(target) == host_of(url):
                return target
    return ""


def _frames(document: LexborHTMLParser, base: str, url: str) -> list[str]:
    """What stands in a frame is part of the page."""
    targets = [absolute(base, node.attributes.get("src")) for node in document.css("frame[src], iframe[src]")[:50]]
    own = [target for target in targets if target and host_of(target) == host_of(url) and target != url]
    return list(dict.fromkeys(own))[:MAX_FRAMES_OF_PAGE]


def _by_words(document: LexborHTMLParser, base: str, url: str) -> str:
    arrows = ""
    for pager in document.css(_PAGERS)[:40]:
        for link in pager.css("a[href]")[:200]:
            words = squeeze(link.text(separator=" "), 40).lower()
            label = (link.attributes.get("aria-label") or link.attributes.get("title") or "").strip().lower()[:40]
            plain = words.strip(_ARROWS + " ")
            if (plain in NEXT_WORDS or label in NEXT_WORDS) and (target := _on_list(link, base, url)):
                return target
            if not arrows and (words[0] in _ARROWS and not plain if words else _is_drawn_arrow(link)):
                arrows = _on_list(link, base, url)
    for link in document.css("a[href]")[:3000]:  # outside of any pager: words only, and only short ones
        text = link.text(separator=" ")
        if len(text) <= 40 and squeeze(text, 40).lower().strip(_ARROWS + " ") in NEXT_WORDS - {"more", "次"}:
            if target := _on_list(link, base, url):
                return target
    return arrows


def _is_drawn_arrow(link: LexborNode) -> bool:
    """A link without words whose icon points on (`fa-chevron-right`), not to the end (`fa-angle-double-right`)."""
    icon = link.css_first("i, svg, span, use")
    name = (icon.attributes.get("class") or icon.attributes.get("href") or "").lower() if icon is not None else ""
    return any(word in name for word in ("right", "next")) and not any(word in name for word in ("double", "last"))


def _by_number(document: LexborHTMLParser, base: str, url: str) -> str:
    """In a row of page numbers: the link after the number that is not a link, or is marked as the current one."""
    for pager in document.css(_PAGERS)[:40]:
        numbers: dict[int, LexborNode] = {}
        for link in pager.css("a[href]")[:200]:
            text = squeeze(link.text(), 8)
            if text.isascii() and text.isdigit():
                numbers.setdefault(int(text), link)
        if not numbers:
            continue
        for node in pager.css(_CURRENT)[:200]:
            text = squeeze(node.text(), 8)
            if not (text.isascii() and text.isdigit()):
                continue
            linked = numbers.get(int(text))
            marked = node.tag in ("a", "li") or linked is None or not _on_list(linked, base, url)
            following = numbers.get(int(text) + 1)
            if marked and following is not None and (target := _on_list(following, base, url)):
                return target
    return ""


def _refresh(document: LexborHTMLParser, base: str, url: str) -> str:
    for node in document.css("meta[http-equiv][content]")[:20]:
        if (node.attributes.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        if target := sent_on_to(node.attributes.get("content") or "", base, url):
            return target
    return ""
