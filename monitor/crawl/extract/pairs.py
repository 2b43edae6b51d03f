"""Which of a page's pictures are one: what is shown against what a link or a click opens. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.crawl.extract.attributes import Attributes
from monitor.crawl.extract.image_urls import IMAGE_ENDINGS, looks_small, same_name, says_picture_type
from monitor.crawl.furniture import is_furniture

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

TINY_PX = 32  # an image that declares to be no larger is an icon or a tracker: no hash can tell it from others
SMALL_PX = 400  # declared up to this, an image inside a link is taken for a thumbnail of what the link leads to
MAX_LINK_TEXT_CHARS = 300
MAX_HANDLER_CHARS = 2000

_ENLARGERS = ("lightbox", "fancybox", "photoswipe", "pswp", "magnific", "thickbox", "highslide", "data-lg")
_KEEPS_FILES = ("attach", "download", "file", "blob", "/dl/", "/raw/")  # in addresses of what was attached


def is_tiny(attributes: Attributes) -> bool:
    """Everything it declares is at most `TINY_PX`."""
    sizes = [size for name in ("width", "height") if (size := _pixels(attributes.get(name))) is not None]
    return bool(sizes) and max(sizes) <= TINY_PX


def _pixels(written: str | None) -> int | None:
    text = (written or "").strip().lower()[:12].removesuffix("px")
    return int(text) if text.isascii() and text.isdigit() else None


def opens_larger(link: Attributes) -> bool:
    words = f"{link.get('class') or ''} {link.get('rel') or ''} {' '.join(link)}".lower()
    return says_image(link) or any(word in words for word in _ENLARGERS)


def shows_picture(images: Sequence[LexborNode], urls: Sequence[str]) -> bool:
    """Do these images of a link, and what they show, amount to more than an icon?"""
    return not any(is_tiny(one.attributes) for one in images) and any(url and not is_furniture(url) for url in urls)


def says_image(link: Attributes) -> bool:
    """Does the markup itself say that what is linked is a picture?"""
    return says_picture_type(link.get("type") or "") or (link.get("itemprop") or "").lower() == "contenturl"


def opened_by(attributes: Attributes) -> list[str]:
    """Pictures that a click opens: `onclick="window.open('cat.jpg')"`, `href="javascript:show('cat.jpg')"`."""
    found: list[str] = []
    for written in (attributes.get("onclick") or "", attributes.get("href") or ""):
        if len(written) <= MAX_HANDLER_CHARS and (written[:11].lower() == "javascript:" or "onclick" in attributes):
            parts = written.replace('"', "'").split("'")
            found += [part for part in parts[1::2] if part.partition("?")[0].lower().endswith(IMAGE_ENDINGS)]
    return found[:8]


def is_attachment(link: LexborNode, attributes: Attributes) -> bool:
    """`<a href="/attachment/7/">cat.jpg (447 KB)</a>`: the address tells nothing, what it is called does."""
    href = (attributes.get("href") or "").lower()
    name = attributes.get("download") or ""
    if not name and any(word in href for word in _KEEPS_FILES):
        name = link.text()[:MAX_LINK_TEXT_CHARS]
    return name.strip().partition(" (")[0].lower().endswith(IMAGE_ENDINGS)


def is_thumbnail(image: Attributes, target: str, shown: list[str]) -> bool:
    """Is what is shown a smaller copy of what the link leads to? In doubt no: then both are looked at."""
    if any(same_name(target, url) for url in shown):
        return True
    declared = _pixels(image.get("width"))
    if declared is not None and declared <= SMALL_PX:
        return True
    words = f"{image.get('class') or ''} {image.get('alt') or ''} {image.get('itemprop') or ''}".lower()
    return "thumb" in words or any(looks_small(url) for url in shown if url)


def holds_words_only(node: LexborNode) -> bool:
    child = node.child
    return child is None or (child.tag == "-text" and child.next is None)
