"""Every way in which markup embeds a picture (features row 11), one element at a time. Reader side: selectolax."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from monitor.crawl.extract_attributes import (
    BACKGROUND_ATTRIBUTES,
    FULL_ATTRIBUTES,
    JSON_ATTRIBUTES,
    LAZY,
    LAZY_ATTRIBUTES,
    ORIGINAL,
    PLAIN,
    PREVIEW,
    SRCSET_ATTRIBUTES,
    attributes_in,
    named_by_words,
)
from monitor.crawl.extract_collect import Collector, Post
from monitor.crawl.extract_json import images_in_json, images_in_script
from monitor.crawl.extract_originals import full_size_guess
from monitor.crawl.extract_text import squeeze
from monitor.crawl.extract_urls import (
    IMAGE_ENDINGS,
    absolute,
    css_images,
    css_urls,
    image_url,
    is_image_link,
    is_placeholder,
    looks_small,
    parse_srcset,
    same_name,
    without_thumb,
)

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

TINY_PX = 32  # an image that declares to be no larger is an icon or a tracker: no hash can tell it from others
SMALL_PX = 400  # declared up to this, an image inside a link is taken for a thumbnail of what the link leads to
MAX_TEXT_CHARS = 300
MAX_SCRIPT_CHARS = 4 * 1024 * 1024  # of one script

# Weights order variants of one image; more in extract_attributes.
BEHIND_LINK = 2e6  # a link's own attribute names what its picture was made from
FULL_SIZE = 1e6
GUESSED = 2e5  # full size by the software's naming scheme

EMBEDDING = (
    "img, source, video[poster], amp-img, amp-anim, amp-video, input[type=image], object, embed, image, feimage, "
    "a[href], "
    "link[href], link[imagesrcset], meta[content], style, script, [style]"
)

_META_IMAGES = {
    "og:image": "og",
    "og:image:url": "og",
    "og:image:secure_url": "og",
    "twitter:image": "og",
    "twitter:image:src": "og",
    "image": "og",
    "thumbnailurl": "og",
    "contenturl": "og",
    "msapplication-tileimage": "",
}
_ENLARGERS = ("lightbox", "fancybox", "photoswipe", "pswp", "magnific", "thickbox", "highslide", "data-lg")
_KEEPS_FILES = ("attach", "download", "file", "blob", "/dl/", "/raw/")  # in addresses of what was attached
_KNOWN = FULL_ATTRIBUTES | LAZY_ATTRIBUTES | SRCSET_ATTRIBUTES | BACKGROUND_ATTRIBUTES | frozenset(JSON_ATTRIBUTES)
Attributes = dict[str, "str | None"]


def embedding_of(text: str) -> str:
    """The selector for everything in a page's text that may embed a picture."""
    return ", ".join((EMBEDDING, *(f"[{name}]" for name in attributes_in(text))))


class ImageFinder:
    """Reads elements one after the other into a Collector. `post_of` tells the post that an element stands in."""

    def __init__(self, base: str, collector: Collector, post_of: Callable[[LexborNode], Post]) -> None:
        self._base = base
        self._into = collector
        self._post_of = post_of
        self._paired: set[int] = set()  # images that were read together with the link around them

    def read(self, node: LexborNode) -> None:
        tag = node.tag or ""
        attributes = node.attributes
        if tag == "a":
            self._link(node, attributes)
        elif tag in ("img", "amp-img", "amp-anim", "input", "image", "feimage"):
            if node.mem_id not in self._paired:
                self._image(node, attributes)
        elif tag == "source":
            self._source(node, attributes)
        elif tag in ("video", "amp-video"):
            self._add([(PLAIN, attributes.get("poster")), (LAZY, attributes.get("data-poster"))], "poster", node)
        elif tag in ("object", "embed"):
            written = attributes.get("data") or attributes.get("src")
            kind = (attributes.get("type") or "").lower()
            if kind.startswith("image/") or is_image_link(absolute(self._base, written)):
                self._add([(PLAIN, written)], "img", node)
        elif tag == "link":
            self._head_link(attributes)
        elif tag == "meta":
            self._meta(attributes)
        elif tag == "style":
            self._css(node.text()[:MAX_SCRIPT_CHARS], node)
        elif tag == "script":
            self._script(node, attributes)
        else:
            self._decorated(node, attributes)
        if tag not in ("style", "script") and attributes.get("style"):
            self._css(attributes["style"] or "", node)

    def _add(
        self, written: list[tuple[float, str | None]], found_as: str, node: LexborNode | None, text: str = ""
    ) -> bool:
        variants = [(weight, image_url(self._base, url)) for weight, url in written]
        variants = [(weight, url) for weight, url in variants if url and not is_placeholder(url)]
        if not variants:
            return False
        guesses = [(GUESSED, guess) for _, url in variants if (guess := full_size_guess(url))]
        post = self._post_of(node) if node is not None else Post()
        self._into.add([*variants, *guesses], found_as, post, squeeze(text, MAX_TEXT_CHARS))
        return True

    def _add_apart(self, attributes: Attributes, node: LexborNode) -> None:
        for url in _of_unknown_use(attributes):
            self._add([(PLAIN, url)], "lazy", node)

    # -- elements

    def _image(self, node: LexborNode, attributes: Attributes) -> None:
        if is_tiny(attributes):
            return
        variants, found_as = self._variants(attributes)
        parent = node.parent
        if parent is not None and parent.tag == "picture":
            for source in parent.css("source"):
                variants += _srcset_of(source.attributes)
            found_as = "picture"
        self._add(variants, _inside_noscript(node) or found_as, node, attributes.get("alt") or "")
        self._add_apart(attributes, node)

    def _variants(self, attributes: Attributes) -> tuple[list[tuple[float, str | None]], str]:
        found_as = "img"
        plain = attributes.get("src") or attributes.get("href") or attributes.get("xlink:href")
        variants: list[tuple[float, str | None]] = [(PLAIN, plain)]
        if (plain or "")[:5].lower() == "data:":
            found_as = "data"
        lazy = _named_for_scripts(attributes)
        if lazy:
            found_as = "lazy"
        sets = _srcset_of(attributes)
        if sets and not lazy:
            found_as = "srcset"
        return [*variants, *lazy, *sets], found_as

    def _source(self, node: LexborNode, attributes: Attributes) -> None:
        parent = node.parent
        if parent is None or parent.tag != "picture" or parent.css_first("img") is None:
            kind = (attributes.get("type") or "image/").lower()
            if kind.startswith("image/"):
                self._add(_srcset_of(attributes), "picture", node)

    def _link(self, node: LexborNode, attributes: Attributes) -> None:
        """A link to a picture; with a thumbnail in it, the two are one image where they look it."""
        target = image_url(self._base, attributes.get("href"))
        inner = node.css("img, amp-img")[:20]
        behind = [
            (BEHIND_LINK if weight == ORIGINAL else weight, url)
            for weight, url in _named_for_scripts(attributes)
            if self._is_picture(url)
        ]
        backgrounds = css_urls(attributes.get("style") or "", 4)
        if target and (is_image_link(target) or self._is_larger(attributes, target, inner, backgrounds)):
            behind.append((FULL_SIZE, target))
        if not behind and not inner and _is_attachment(node, attributes):
            behind.append((FULL_SIZE, target))
        if not behind:
            self._decorated(node, attributes)
            return
        if len(inner) == 1 and not is_tiny(inner[0].attributes):
            image = inner[0]
            shown, _ = self._variants(image.attributes)
            small = [image_url(self._base, url) for _, url in shown]
            full = [image_url(self._base, url) for _, url in behind]
            if _opens_larger(attributes) or any(_is_thumbnail(image.attributes, url, small) for url in full):
                self._paired.add(image.mem_id)
                self._add([*behind, *shown], "link", node, image.attributes.get("alt") or "")
                return
        shown = [(PREVIEW, url) for url in backgrounds if without_thumb(image_url(self._base, url)) == target]
        self._add([*behind, *shown], "link", node, attributes.get("title") or "")

    def _is_larger(self, link: Attributes, target: str, inner: list[LexborNode], backgrounds: list[str]) -> bool:
        """Is this the picture itself, though its address does not look it? Scripts that show the full size of what was
        clicked say so on the link; some addresses say it (`/a/thumb/x/5/` shown in a link to `/a/x/5/`)."""
        if len(inner) == 1 and _opens_larger(link):
            return True
        shown = [image_url(self._base, url) for url in backgrounds]
        if len(inner) == 1:
            shown += [image_url(self._base, url) for _, url in self._variants(inner[0].attributes)[0]]
        return any(without_thumb(url) == target.partition("?")[0] for url in shown if url)

    def _head_link(self, attributes: Attributes) -> None:
        relation = (attributes.get("rel") or "").lower().split()
        if "image_src" in relation:
            self._add([(PLAIN, attributes.get("href"))], "og", None)
        elif "preload" in relation and (attributes.get("as") or "").lower() == "image":
            self._add([(PLAIN, attributes.get("href")), *_srcset_of(attributes)], "preload", None)

    def _meta(self, attributes: Attributes) -> None:
        name = (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").lower()
        if _META_IMAGES.get(name):
            self._add([(PLAIN, attributes.get("content"))], "og", None)

    def _script(self, node: LexborNode, attributes: Attributes) -> None:
        kind = (attributes.get("type") or "").lower()
        text = node.text()
        if not text or len(text) > MAX_SCRIPT_CHARS:
            return
        if "json" in kind:
            found_as = "json-ld" if "ld+json" in kind else "json"
            groups = images_in_json(text, linked_data=found_as == "json-ld")
        elif kind in ("", "text/javascript", "application/javascript", "module"):
            found_as, groups = "json", images_in_script(text)
        else:
            return
        for group in groups:
            self._add(list(group), found_as, None)

    def _decorated(self, node: LexborNode, attributes: Attributes) -> None:
        """Any element whose attributes name a picture for a script, or as its background."""
        lazy = [(weight, url) for weight, url in _named_for_scripts(attributes) if self._is_picture(url)]
        self._add([*lazy, *_srcset_of(attributes)], "lazy", node)
        self._add_apart(attributes, node)
        for name in JSON_ATTRIBUTES:
            text = attributes.get(name) or ""
            if text[:1] in ("{", "[") and len(text) <= MAX_SCRIPT_CHARS:
                for group in images_in_json(text, linked_data=False):
                    self._add(list(group), "json", node)
        for name, value in attributes.items():
            if name not in BACKGROUND_ATTRIBUTES or not value:
                continue
            urls = css_urls(value, 8) or ([value] if _is_address(value) else [])
            for url in urls:
                self._add([(LAZY, url)], "css", node)

    def _is_picture(self, written: str | None) -> bool:
        return is_image_link(image_url(self._base, written))

    def _css(self, text: str, node: LexborNode | None) -> None:
        lower = text.lower()
        if "url(" in lower or "image-set(" in lower:
            for group in css_images(text):
                self._add(list(group), "css", node)


def is_tiny(attributes: Attributes) -> bool:
    """Everything it declares is at most `TINY_PX`."""
    sizes = [size for name in ("width", "height") if (size := _pixels(attributes.get(name))) is not None]
    return bool(sizes) and max(sizes) <= TINY_PX


def _pixels(written: str | None) -> int | None:
    text = (written or "").strip().lower()[:12].removesuffix("px")
    return int(text) if text.isascii() and text.isdigit() else None


def _opens_larger(link: Attributes) -> bool:
    words = f"{link.get('class') or ''} {link.get('rel') or ''} {' '.join(link)}".lower()
    return (link.get("type") or "").startswith("image/") or any(word in words for word in _ENLARGERS)


def _is_attachment(link: LexborNode, attributes: Attributes) -> bool:
    """`<a href="/attachment/7/">cat.jpg (447 KB)</a>`: the address tells nothing, what it is called does."""
    href = (attributes.get("href") or "").lower()
    if not any(word in href for word in _KEEPS_FILES):
        return False
    name = attributes.get("download") or link.text()[:MAX_TEXT_CHARS]
    return name.strip().partition(" (")[0].lower().endswith(IMAGE_ENDINGS)


def _is_thumbnail(image: Attributes, target: str, shown: list[str]) -> bool:
    """Is what is shown a smaller copy of what the link leads to? In doubt no: then both are looked at."""
    if any(same_name(target, url) for url in shown):
        return True
    declared = _pixels(image.get("width"))
    if declared is not None and declared <= SMALL_PX:
        return True
    words = f"{image.get('class') or ''} {image.get('alt') or ''}".lower()
    return "thumb" in words or any(looks_small(url) for url in shown if url)


def _srcset_of(attributes: Attributes) -> list[tuple[float, str | None]]:
    return [
        (weight, url)
        for name, value in attributes.items()
        if value and name in SRCSET_ATTRIBUTES
        for weight, url in parse_srcset(value)
    ]


def _named_for_scripts(attributes: Attributes) -> list[tuple[float, str | None]]:
    found: list[tuple[float, str | None]] = []
    for name, value in attributes.items():
        if name in FULL_ATTRIBUTES or name in LAZY_ATTRIBUTES:
            if _is_address(value):
                found.append((ORIGINAL if name in FULL_ATTRIBUTES else LAZY, value))
        elif name not in _KNOWN and value:
            found += [(weight, url) for weight, url in named_by_words(name, value) if weight != PLAIN]
    return found


def _of_unknown_use(attributes: Attributes) -> list[str]:
    """Pictures in attributes whose names say nothing: perhaps the same one, perhaps what stands in for all of them."""
    return [
        url
        for name, value in attributes.items()
        if value and name not in _KNOWN
        for weight, url in named_by_words(name, value)
        if weight == PLAIN
    ]


def _is_address(value: str | None) -> bool:
    """Not a number, a word, JSON or markup."""
    text = (value or "").strip()
    if not text or text[0] in "{[<#":
        return False
    return text[:5].lower() == "data:" or "/" in text or "." in text


def _inside_noscript(node: LexborNode) -> str:
    at = node.parent
    for _ in range(4):
        if at is None:
            break
        if at.tag == "noscript":
            return "noscript"
        at = at.parent
    return ""


def find_in_css(text: str, base: str) -> Collector:
    """A linked stylesheet: backgrounds only, relative to the sheet."""
    collector = Collector()
    ImageFinder(base, collector, lambda _node: Post())._css(text, None)
    return collector
