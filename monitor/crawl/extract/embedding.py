"""Where in a page to look: every element that may embed a picture, as one selector."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.crawl.extract.attributes import attributes_in
from monitor.model.page import FoundAs

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

EMBEDDING = (
    "img, source, video[poster], amp-img, amp-anim, amp-video, input[type=image], object, embed, image, feimage, "
    "a[href], area[href], "
    "link[href], link[imagesrcset], meta[content], style, script, [style]"
)

_CUSTOM_TAG = re.compile(r"<([a-z][a-z0-9]{0,30}-[a-z0-9-]{0,40}[a-z0-9])\s")  # of web components
MAX_CUSTOM_TAGS = 40


def embedding_of(text: str) -> str:
    """The selector for everything in a page's text that may embed a picture."""
    lower = text.lower()
    custom = dict.fromkeys(tag for tag in _CUSTOM_TAG.findall(lower) if not tag.startswith("amp-"))
    return ", ".join((EMBEDDING, *(f"[{name}]" for name in attributes_in(lower)), *list(custom)[:MAX_CUSTOM_TAGS]))


def inside_noscript(node: LexborNode) -> FoundAs | None:
    """What stands only for visitors without scripts."""
    at = node.parent
    for _ in range(4):
        if at is None:
            break
        if at.tag == "noscript":
            return FoundAs.NOSCRIPT
        at = at.parent
    return None
