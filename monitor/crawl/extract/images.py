"""Every way in which markup embeds a picture, one element at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from monitor.crawl.extract.attributes import (
    BACKGROUND_ATTRIBUTES,
    Attributes,
    holds_data,
    is_address,
    named_for_scripts,
    named_pictures,
    of_unknown_use,
    says_picture,
    srcset_of,
)
from monitor.crawl.extract.collect import Collector, Post
from monitor.crawl.extract.css import css_images, css_urls
from monitor.crawl.extract.embedding import embedding_of, inside_noscript
from monitor.crawl.extract.image_urls import (
    image_url,
    is_control,
    is_image_link,
    is_placeholder,
    may_name_picture,
    without_thumb,
)
from monitor.crawl.extract.json import images_in_json, images_in_script, images_in_stream, pushed_pieces
from monitor.crawl.extract.originals import full_size_guess
from monitor.crawl.extract.pairs import (
    holds_words_only,
    is_attachment,
    is_thumbnail,
    is_tiny,
    opened_by,
    opens_larger,
    says_image,
    shows_picture,
)
from monitor.crawl.extract.said import Said, as_meant
from monitor.crawl.extract.text import squeeze
from monitor.crawl.extract.weights import (
    BEHIND_LINK,
    GUESSED,
    LAZY,
    LINK_TARGET,
    MICRODATA,
    ORIGINAL,
    PLAIN,
    THUMBNAIL,
    Variants,
    WrittenVariant,
    shown_of,
)
from monitor.crawl.urls import absolute
from monitor.model.limits import MAX_CAPTION_CHARS
from monitor.model.page import FoundAs

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode


MAX_SCRIPT_CHARS = 4 * 1024 * 1024  # of one script

_META_IMAGES = frozenset(
    "og:image og:image:url og:image:secure_url twitter:image twitter:image:src twitter:image0 twitter:image1 "
    "twitter:image2 twitter:image3 image thumbnailurl contenturl".split()
)
_SCRIPTS = ("", "text/javascript", "application/javascript", "module")
_ORDINARY_LINK = frozenset(("href", "class", "id", "title", "rel", "target"))
MAX_PIECES_CHARS = 4 * 1024 * 1024  # all pieces of one page together
MAX_MARKUP_ELEMENTS = 20_000
MAX_PIECES = 2000


class ImageFinder:
    """Reads elements one after the other into a Collector. `post_of` tells the post that an element stands in."""

    def __init__(self, base: str, collector: Collector, post_of: Callable[[LexborNode], Post]) -> None:
        self._base = base
        self._into = collector
        self._post_of = post_of
        self._paired: set[int] = set()  # images that were read together with the link around them
        self._pieces: list[LexborHTMLParser] = []  # kept: `_paired` tells elements by where they are in memory
        self._piece_chars = 0
        self._streams: list[str] = []

    def read(self, node: LexborNode) -> None:
        tag = node.tag or ""
        attributes = node.attributes
        if tag in ("a", "area"):
            self._link(node, attributes)
        elif tag in ("img", "amp-img", "amp-anim", "input", "image", "feimage"):
            if node.mem_id not in self._paired:
                self._image(node, attributes)
        elif tag == "source":
            self._source(node, attributes)
        elif tag in ("video", "amp-video"):
            stills: list[WrittenVariant] = [(PLAIN, attributes.get("poster")), (LAZY, attributes.get("data-poster"))]
            self._add(stills, FoundAs.POSTER, node, inside=stills)
        elif tag in ("object", "embed"):
            self._object(node, attributes)
        elif tag in ("link", "meta"):
            if not self._media_object(node, attributes):
                self._head_link(attributes) if tag == "link" else self._meta(attributes)
        elif tag == "style":
            self.read_sheet(node.text()[:MAX_SCRIPT_CHARS], node)
        elif tag == "script":
            self._script(node, attributes)
        else:
            if tag == "iframe":
                self._markup([attributes.get("srcdoc") or ""])
            self._decorated(node, attributes)
        if tag not in ("style", "script"):
            self._data(node, attributes)
            if attributes.get("style"):
                self._css(attributes["style"] or "", node)

    def _data(self, node: LexborNode, attributes: Attributes) -> None:
        """What an element hands to a script, whatever the attribute is called."""
        for name, value in attributes.items():
            if value and holds_data(name, value):
                self.read_json(value, node, says_picture(name))
            elif value and "<img " in value and name not in ("srcdoc", "alt", "title"):
                self._markup([value])
            elif value:
                for url in named_pictures(name, value):
                    self._add([(PLAIN, url)], FoundAs.SAID, node)

    def _add(
        self,
        written: list[WrittenVariant],
        found_as: FoundAs,
        node: LexborNode | None,
        text: str = "",
        *,
        inside: Sequence[WrittenVariant] = (),
    ) -> bool:
        """inside: what the element that shows the picture names; all of `written` but for links and clicks."""
        variants = [(weight, image_url(self._base, url)) for weight, url in written]
        variants = [(weight, url) for weight, url in variants if url and not is_placeholder(url)]
        if not variants:
            return False
        guesses = [(GUESSED, guess) for _, url in variants if "&amp;" not in url and (guess := full_size_guess(url))]
        post = self._post_of(node) if node is not None else Post()
        shown = [image_url(self._base, url) for url in shown_of(inside)]
        self._into.add([*variants, *guesses], found_as, post, squeeze(text, MAX_CAPTION_CHARS), shown)
        return True

    def _add_apart(self, attributes: Attributes, node: LexborNode) -> None:
        for url in of_unknown_use(attributes):
            self._add([(PLAIN, url)], FoundAs.LAZY, node)

    # -- elements

    def _image(self, node: LexborNode, attributes: Attributes) -> None:
        if is_tiny(attributes):
            return
        variants, found_as = self._variants(attributes)
        parent = node.parent
        if parent is not None and parent.tag == "picture":
            for source in parent.css("source"):
                variants += srcset_of(source.attributes)
            found_as = FoundAs.PICTURE
        small, inside = [image_url(self._base, url) for _, url in variants], tuple(variants)
        for url in opened_by(attributes) if "onclick" in attributes else ():
            full = image_url(self._base, url)
            if is_thumbnail(attributes, full, small):
                variants.append((LINK_TARGET, full))
            else:
                self._add([(PLAIN, full)], FoundAs.LINK, node)
        caption = attributes.get("alt") or ""
        self._add(variants, inside_noscript(node) or found_as, node, caption, inside=inside)
        self._add_apart(attributes, node)

    def _variants(self, attributes: Attributes) -> tuple[list[WrittenVariant], FoundAs]:
        found_as = FoundAs.IMG
        plain = attributes.get("src") or attributes.get("href") or attributes.get("xlink:href")
        variants: list[WrittenVariant] = [(PLAIN, plain)]
        if (plain or "")[:5].lower() == "data:":
            found_as = FoundAs.DATA
        lazy = named_for_scripts(attributes)
        if lazy:
            found_as = FoundAs.LAZY
        sets = srcset_of(attributes)
        if sets and not lazy:
            found_as = FoundAs.SRCSET
        return [*variants, *lazy, *sets], found_as

    def _source(self, node: LexborNode, attributes: Attributes) -> None:
        parent = node.parent
        if parent is None or parent.tag != "picture" or parent.css_first("img") is None:
            kind = (attributes.get("type") or "image/").lower()
            if kind.startswith("image/"):
                candidates = srcset_of(attributes)
                self._add(candidates, FoundAs.PICTURE, node, inside=candidates)

    def _object(self, node: LexborNode, attributes: Attributes) -> None:
        written = attributes.get("data") or attributes.get("src")
        kind = (attributes.get("type") or "").lower()
        if kind.startswith("image/") or is_image_link(absolute(self._base, written)):
            self._add([(PLAIN, written)], FoundAs.IMG, node)

    def _link(self, node: LexborNode, attributes: Attributes) -> None:
        """A link to a picture; with a thumbnail in it, the two are one image where they look it."""
        href = attributes.get("href") or ""
        inner = [] if holds_words_only(node) else node.css("img, amp-img")[:20]
        is_ordinary = not inner and attributes.keys() <= _ORDINARY_LINK and href[:1] not in ("j", "J")
        if is_ordinary and not may_name_picture(href):  # most links of most pages
            return
        target = image_url(self._base, href)
        if is_ordinary:
            if target and (is_image_link(target) or is_attachment(node, attributes)):
                self._add([(LINK_TARGET, target)], FoundAs.LINK, node, attributes.get("title") or "")
            return
        backgrounds = css_urls(attributes.get("style") or "", 4)
        behind = self._behind(node, attributes, target, inner, backgrounds)
        if not behind:
            self._decorated(node, attributes)
            return
        if len(inner) == 1 and (shown := self._smaller(inner[0], behind, sure=opens_larger(attributes))):
            caption = inner[0].attributes.get("alt") or ""
            self._add([*behind, *shown], FoundAs.LINK, node, caption, inside=shown)
            return
        shown = [(THUMBNAIL, url) for url in backgrounds if without_thumb(image_url(self._base, url)) == target]
        self._add([*behind, *shown], self._link_or_around(inner), node, attributes.get("title") or "", inside=shown)

    def _link_or_around(self, inner: list[LexborNode]) -> FoundAs:
        seen = [image_url(self._base, url) for one in inner for _, url in self._variants(one.attributes)[0][:1]]
        return FoundAs.AROUND if shows_picture(inner, seen) else FoundAs.LINK

    def _behind(
        self, node: LexborNode, attributes: Attributes, target: str, inner: list[LexborNode], backgrounds: list[str]
    ) -> list[WrittenVariant]:
        """The picture that a link opens, by all that it says of it. target: where it leads. inner, backgrounds: what is
        shown in it."""
        behind: list[WrittenVariant] = [
            (BEHIND_LINK if weight == ORIGINAL else weight, url)
            for weight, url in named_for_scripts(attributes)
            if self._is_picture(url)
        ]
        if target and (is_image_link(target) or self._is_larger(attributes, target, inner, backgrounds)):
            behind.append((LINK_TARGET, target))
        if target and not behind and (says_image(attributes) or is_attachment(node, attributes)):
            behind.append((LINK_TARGET, target))
        behind += [(LINK_TARGET, url) for url in opened_by(attributes)]
        return behind

    def _smaller(self, image: LexborNode, larger: Sequence[WrittenVariant], *, sure: bool) -> list[WrittenVariant]:
        """What the image shows, when that is a smaller copy of what the element around it names: then it is read."""
        if is_tiny(image.attributes):
            return []
        shown, _ = self._variants(image.attributes)
        small = [image_url(self._base, url) for _, url in shown]
        full = [image_url(self._base, url) for _, url in larger]
        if not (sure or any(is_thumbnail(image.attributes, url, small) for url in full)):
            return []
        self._paired.add(image.mem_id)
        return shown

    def _is_larger(self, link: Attributes, target: str, inner: list[LexborNode], backgrounds: list[str]) -> bool:
        """Is this the picture itself, though its address does not look it? Scripts that show the full size of what was
        clicked say so on the link; some addresses say it (`/a/thumb/x/5/` shown in a link to `/a/x/5/`)."""
        if len(inner) == 1 and opens_larger(link):
            return True
        shown = [image_url(self._base, url) for url in backgrounds]
        if len(inner) == 1:
            shown += [image_url(self._base, url) for _, url in self._variants(inner[0].attributes)[0]]
        return any(without_thumb(url) == target.partition("?")[0] for url in shown if url)

    def _media_object(self, node: LexborNode, attributes: Attributes) -> bool:
        """schema.org's ImageObject in the markup: all that its properties name is one picture."""
        if (attributes.get("itemprop") or "").lower() not in ("contenturl", "thumbnailurl", "thumbnail"):
            return False
        at = node.parent
        for _ in range(6):
            if at is None or "itemtype" in at.attributes:
                break
            at = at.parent
        if at is None or "imageobject" not in (at.attributes.get("itemtype") or "").lower():
            return False
        if at.mem_id in self._paired:
            return True  # all of it was read already
        self._paired.add(at.mem_id)
        variants: list[WrittenVariant] = []
        for one in at.css("link[itemprop][href], meta[itemprop][content]")[:40]:
            weight = MICRODATA.get((one.attributes.get("itemprop") or "").lower())
            if weight is not None:
                variants.append((weight, one.attributes.get("href") or one.attributes.get("content")))
        return self._add(variants, FoundAs.IMG, at)

    def _head_link(self, attributes: Attributes) -> None:
        relation = (attributes.get("rel") or "").lower().split()
        named = (attributes.get("itemprop") or attributes.get("property") or "").lower()
        if MICRODATA.get(named) and named != "url":
            self._add([(PLAIN, attributes.get("href"))], FoundAs.OG, None)
        elif "enclosure" in relation and says_image(attributes):
            self._add([(PLAIN, attributes.get("href"))], FoundAs.LINK, None)
        if "image_src" in relation:
            self._add([(PLAIN, attributes.get("href"))], FoundAs.OG, None)
        elif "preload" in relation and (attributes.get("as") or "").lower() == "image":
            self._add([(PLAIN, attributes.get("href")), *srcset_of(attributes)], FoundAs.PRELOAD, None)

    def _meta(self, attributes: Attributes) -> None:
        name = (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").lower()
        if name in _META_IMAGES:
            self._add([(PLAIN, attributes.get("content"))], FoundAs.OG, None)

    def _script(self, node: LexborNode, attributes: Attributes) -> None:
        kind = (attributes.get("type") or "").lower()
        text = node.text()
        if not text or len(text) > MAX_SCRIPT_CHARS:
            return
        markup: list[str] = []
        if "json" in kind or (kind not in _SCRIPTS and text.lstrip()[:1] in ("{", "[")):
            found_as = FoundAs.JSON_LD if "ld+json" in kind else FoundAs.JSON
            groups = images_in_json(text, markup, linked_data=found_as == FoundAs.JSON_LD)
        elif kind in _SCRIPTS:
            found_as, groups = FoundAs.JSON, images_in_script(text, markup)
            self._streams += pushed_pieces(text)
        else:
            return
        self._add_all(groups, markup, found_as, None)

    def _add_all(self, groups: list[Variants], markup: list[str], found_as: FoundAs, node: LexborNode | None) -> None:
        for group in groups:
            self._add_data(group, found_as, node)
        self._markup(markup)

    def _add_data(self, group: Variants, found_as: FoundAs, node: LexborNode | None) -> None:
        written: list[WrittenVariant] = [*as_meant(group)]
        is_plain = any(is_image_link(image_url(self._base, url)) for _, url in written)
        self._add(written, found_as if is_plain or found_as is FoundAs.JSON_LD else FoundAs.SAID, node)

    def finish(self) -> None:
        """After the last element: what the page pushed to its script in pieces, which may end anywhere."""
        markup: list[str] = []
        self._add_all(images_in_stream("".join(self._streams), markup), markup, FoundAs.JSON, None)

    def read_json(self, text: str, node: LexborNode | None = None, said: Said = Said.NOTHING) -> None:
        if len(text) <= MAX_SCRIPT_CHARS:
            markup: list[str] = []
            self._add_all(images_in_json(text, markup, linked_data=False, said=said), markup, FoundAs.JSON, node)

    def _markup(self, pieces: list[str]) -> None:
        """Markup that came as text. Scripts in it are not looked into: no piece leads to another one."""
        from selectolax.lexbor import LexborHTMLParser

        for piece in dict.fromkeys(pieces):
            self._piece_chars += len(piece)
            if not piece or self._piece_chars > MAX_PIECES_CHARS or len(self._pieces) >= MAX_PIECES:
                continue
            parsed = LexborHTMLParser(piece)
            self._pieces.append(parsed)
            seen: set[int] = set()
            for node in parsed.css(embedding_of(piece))[:MAX_MARKUP_ELEMENTS]:
                if node.mem_id not in seen and node.tag not in ("script", "iframe"):
                    seen.add(node.mem_id)
                    self.read(node)

    def _decorated(self, node: LexborNode, attributes: Attributes) -> None:
        """Any element whose attributes name a picture for a script, or as its background."""
        lazy = [(weight, url) for weight, url in named_for_scripts(attributes) if self._is_picture(url)]
        custom = "-" in (node.tag or "")
        if custom and self._is_picture(attributes.get("src")):
            lazy.append((PLAIN, attributes.get("src")))
        lazy += [(LINK_TARGET, url) for url in opened_by(attributes) if "onclick" in attributes]
        inner = node.css("img")[:2] if lazy else []
        sets = srcset_of(attributes)
        inside: list[WrittenVariant] = [*lazy, *sets]
        if len(inner) == 1:  # what is in it stands for it, until its script has put the large one there
            smaller = self._smaller(inner[0], lazy, sure=lazy[0][0] <= THUMBNAIL)
            lazy, inside = [*lazy, *smaller], smaller or inside
        self._add([*lazy, *sets], FoundAs.LAZY, node, inside=inside)
        self._add_apart(attributes, node)
        self._backgrounds(node, attributes)

    def _backgrounds(self, node: LexborNode, attributes: Attributes) -> None:
        for name, value in attributes.items():
            if name not in BACKGROUND_ATTRIBUTES or not value:
                continue
            urls = css_urls(value, 8) or ([value] if is_address(value) else [])
            for url in urls:
                self._add([(LAZY, url)], FoundAs.CSS, node, inside=[(LAZY, url)])

    def _is_picture(self, written: str | None) -> bool:
        return is_image_link(image_url(self._base, written))

    def read_sheet(self, text: str, node: LexborNode | None = None) -> None:
        for group in css_images(text):
            if not any(is_control(absolute(self._base, url)) for _, url in group):
                self._add(list(group), FoundAs.CSS, node, inside=group)

    def _css(self, text: str, node: LexborNode) -> None:
        lower = text.lower()
        if "url(" in lower or "image-set(" in lower:
            for group in css_images(text):
                self._add(list(group), FoundAs.CSS, node, inside=group)
