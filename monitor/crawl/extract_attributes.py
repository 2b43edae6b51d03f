"""The attributes in which pages keep a picture's real address for their scripts, and which of them a page has.

Known names come from the documentation and demo pages of lazy loaders, light boxes and forum software; names that are
not known are read by the words in them, so that next year's script is not a blind spot. Pure.
"""

from __future__ import annotations

import re

from monitor.crawl.extract_urls import IMAGE_ENDINGS, css_urls, parse_srcset

# Weights order variants of one image; widths from srcset are used as they are.
ORIGINAL = 5e5  # said to be the original
LAZY = 1e4  # what a script would load, against what stands in its place
PLAIN = 90.0
PREVIEW = 50.0

FULL_ATTRIBUTES = frozenset(
    "data-full data-big data-pswp-src data-full-src data-fullsize data-full-url data-original-src data-orig-file "
    "data-orig data-zoom-image data-zoom-src data-zoom data-large-file data-large data-large_image data-hires "
    "data-highres data-image-full data-fancybox-href data-lightbox-src data-mfp-src data-file-url data-bp "
    "data-download-url data-download-src".split()
)
LAZY_ATTRIBUTES = frozenset(
    "data-src data-lazy-src data-original data-lazy data-url data-echo data-image data-img data-img-src data-img-url "
    "data-image-src data-image-url data-defer-src data-delayed-url data-actualsrc data-cfsrc data-ezsrc "
    "data-pin-media data-ll-src data-hi-res-src data-runner-src data-poster data-flickity-lazyload "
    "data-flickity-lazyload-src data-src-retina data-featherlight data-ngsrc data-iesrc".split()
)
SRCSET_ATTRIBUTES = frozenset(
    "srcset data-srcset data-lazy-srcset data-bgset imagesrcset data-pswp-srcset data-flickity-lazyload-srcset "
    "data-bigsrcset data-risrcset data-pfsrcset data-responsive".split()
)
BACKGROUND_ATTRIBUTES = frozenset(
    "data-bg data-background data-background-image data-bg-image data-bg-src data-lazy-background data-bg-url "
    "data-image-background background data-style data-bg-hidpi data-bg-multi data-bg-multi-hidpi data-bg-set "
    "data-background-image-set data-lazy-bg".split()
)
# Attributes in which pages hand data to their scripts, as JSON (Inertia, react-rails, Discourse, galleries).
JSON_ATTRIBUTES = (
    *("data-page", "data-props", "data-react-props", "data-preloaded", "data-state", "data-gallery", "data-images"),
    *("data-items", "data-json", "data-config", "data-settings", "data-model"),
)
_KNOWN = FULL_ATTRIBUTES | LAZY_ATTRIBUTES | SRCSET_ATTRIBUTES | BACKGROUND_ATTRIBUTES | frozenset(JSON_ATTRIBUTES)

_LARGE_WORDS = ("full", "orig", "large", "big", "zoom", "hires", "highres", "download")
_SMALL_WORDS = ("thumb", "low", "small", "preview", "tiny", "lqip", "blur")
_STAND_INS = ("placeholder", "fallback", "error", "default", "loading", "blank", "avatar", "icon", "logo")
_ADDRESSES = ("src", "url", "href", "image", "img", "photo", "picture")  # else a mere file name is just a name
_WIDTH = re.compile(r"^data-(?:src|at|img|image|w|width|size)-([0-9]{2,5})w?$")  # Spotlight, baguetteBox

MAX_NAMES = 60  # unknown ones, of one page
_HAS_DATA = re.compile(r"""data-([a-z0-9_-]{1,60})\s{0,4}=\s{0,4}("[^"]{0,4096}|'[^']{0,4096}|[^\s>]{0,4096})""")


def attributes_in(text: str) -> list[str]:
    """Names of attributes in a page's text that may hold a picture: known ones, and others whose value looks it. To
    ask the parser for every known name costs more than everything else that is read of a page."""
    lower = text.lower()
    known = {name: None for name in ("srcset", "imagesrcset", "background") if name in lower}
    other: dict[str, None] = {}
    for found in _HAS_DATA.finditer(lower):
        name = "data-" + found[1]
        if name in _KNOWN:
            known[name] = None
        elif name not in other and len(other) < MAX_NAMES and _looks_picture(found[2]):
            other[name] = None
    return [*known, *other]


def _looks_picture(value: str) -> bool:
    lower = value.lower()
    return any(ending in lower for ending in IMAGE_ENDINGS)


def named_by_words(name: str, value: str) -> list[tuple[float, str]]:
    """(weight, URL as written) of an attribute with an unknown name; [] when it holds no picture. `PLAIN` when nothing
    tells how what it names stands to what is shown."""
    if not name.startswith("data-") or not _looks_picture(value) or any(word in name for word in _STAND_INS):
        return []
    value = value.strip()
    if "url(" in value:
        return [(PLAIN, url) for url in css_urls(value, 8)]
    if "srcset" in name or "," in value.partition(" ")[2]:
        return [(weight, url) for weight, url in parse_srcset(value) if _looks_picture(url)]
    if value[0] in "{[<#" or any(c.isspace() for c in value):
        return []
    if "/" not in value and not any(word in name for word in (*_ADDRESSES, *_LARGE_WORDS, *_SMALL_WORDS, "-at-")):
        return []
    if any(word in name for word in _LARGE_WORDS):
        return [(ORIGINAL, value)]
    if any(word in name for word in _SMALL_WORDS):
        return [(PREVIEW, value)]
    if width := _WIDTH.match(name):
        return [(float(width[1]), value)]
    return [(PLAIN, value)]
