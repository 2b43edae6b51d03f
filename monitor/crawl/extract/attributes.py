"""The attributes in which pages keep a picture's real address for their scripts, and which of them a page has.

Known names come from the documentation and demo pages of lazy loaders, light boxes and forum software; names that are
not known are read by the words in them, so that next year's script is not a blind spot. Pure.
"""

from __future__ import annotations

import re

from monitor.crawl.extract.css import css_urls
from monitor.crawl.extract.image_urls import IMAGE_ENDINGS, parse_srcset
from monitor.crawl.extract.said import Said, in_one_string, may_be_address, of_member
from monitor.crawl.extract.weights import LAZY, ORIGINAL, PLAIN, THUMBNAIL, WrittenVariant

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
    "data-flickity-lazyload-src data-src-retina data-featherlight data-ngsrc data-iesrc "
    "file ng-src lazy-src lazysrc original real_src _src".split()  # Discuz! and others, on the picture itself
)
SRCSET_ATTRIBUTES = frozenset(
    "srcset data-srcset data-lazy-srcset data-bgset imagesrcset data-pswp-srcset data-flickity-lazyload-srcset "
    "data-bigsrcset data-risrcset data-pfsrcset data-responsive data-flickity-bg-lazyload-srcset".split()
)
BACKGROUND_ATTRIBUTES = frozenset(
    "data-bg data-background data-background-image data-bg-image data-bg-src data-lazy-background data-bg-url "
    "data-image-background background data-style data-bg-hidpi data-bg-multi data-bg-multi-hidpi data-bg-set "
    "data-background-image-set data-lazy-bg data-flickity-bg-lazyload".split()
)
_LAZY_SETS = SRCSET_ATTRIBUTES - {"srcset", "imagesrcset", "data-responsive", "data-bigsrcset", "data-pswp-srcset"}
_KNOWN = FULL_ATTRIBUTES | LAZY_ATTRIBUTES | SRCSET_ATTRIBUTES | BACKGROUND_ATTRIBUTES

_LARGE_WORDS = ("full", "orig", "large", "big", "zoom", "hires", "highres", "download")
_SMALL_WORDS = ("thumb", "low", "small", "preview", "tiny", "lqip", "blur")
_STAND_INS = ("placeholder", "fallback", "error", "default", "loading", "blank", "avatar", "icon", "logo")
# Without one of these a mere file name is just a name.
_ADDRESSES = ("src", "url", "href", "image", "img", "photo", "picture", "lazy", "poster")
# What markup itself has; pictures in these are read by the names, words in these are words.
_STANDARD = frozenset(
    "src href xlink:href srcset imagesrcset poster data content background style class id alt title name value action "
    "cite download type usemap longdesc placeholder label summary resource".split()
)
_NO_ADDRESS = re.compile(r"^[{\[<#]|\s")
_WIDTH = re.compile(r"^data-(?:src|at|img|image|w|width|size)-([0-9]{2,5})w?$")  # Spotlight, baguetteBox
Attributes = dict[str, "str | None"]

MAX_NAMES = 60  # unknown ones, of one page
MAX_DATA_NAMES = 60  # of attributes that hold data for scripts
_HAS_DATA = re.compile(r"""data-([a-z0-9_-]{1,60})\s{0,4}=\s{0,4}("[^"]{0,4096}|'[^']{0,4096}|[^\s>]{0,4096})""")

# Data for scripts, under whatever name: JSON, Base64 of it, an object as scripts write it, a call with one.
_HOLDS_DATA = re.compile(
    r"""[\s"']([a-z_:@.#\[(][\w:@.\-#\[\]()*]{0,60})=(?:"\s{0,200}(?:[\w$.]{1,60}\s{0,4}[(=]\s{0,4})?"""
    r"""(?:[\[{]|&#(?:x7b|123|91|x5b);|%7b|%5b|eyj|w3s|wyj)|'\s{0,200}(?:[\w$.]{1,60}\s{0,4}[(=]\s{0,4})?"""
    r"""(?:[\[{]|%7b|%5b|eyj|w3s|wyj)|[\[{])"""
)
_MARKS = re.compile(r"[^a-z0-9_-]|^[0-9]")
_IS_JSON = re.compile(r"\s{0,200}[\[{]\s{0,200}[\"{\[]")
_NOT_DATA = frozenset("class style id href src srcset sizes alt title d points transform pattern".split())
# Theirs are mostly words: only what begins as JSON does.
_WORDS_MOSTLY = frozenset(("value", "content", "placeholder", "label"))
_IS_DATA = re.compile(r"\s{0,200}(?:[\w$.]{1,60}\s{0,4}[(=]\s{0,4})?[\[{]|%7B|%5B|eyJ|W3s|WyJ|ew|Ww", re.IGNORECASE)


def holds_data(name: str, value: str) -> bool:
    """Is it data for a script, by what it holds?"""
    if name in _WORDS_MOSTLY:
        return _IS_JSON.match(value) is not None
    return len(value) > 8 and name not in _NOT_DATA and _IS_DATA.match(value) is not None


def says_picture(name: str) -> Said:
    """What an attribute's own name says of what it holds: `data-photos`, `:images`."""
    return of_member(name.strip(":@[]()#").removeprefix("v-bind:").removeprefix("data-"), Said.NOTHING)


def named_pictures(name: str, value: str) -> list[str]:
    """Addresses without a file ending in an attribute whose name says that it holds pictures."""
    if name in _KNOWN or name in _STANDARD or not value.startswith(("http://", "https://", "/")):
        return []
    if says_picture(name) is not Said.PICTURE or any(word in name for word in _STAND_INS):
        return []
    return in_one_string(value, Said.PICTURE) or ([value] if may_be_address(value) else [])


def attributes_in(text: str) -> list[str]:
    """Names of attributes in a page's text that may hold a picture: known ones, and others whose value looks it. To
    ask the parser for every known name costs more than everything else that is read of a page."""
    lower = text.lower()
    known = {name: None for name in ("srcset", "imagesrcset", "background", "onclick", "srcdoc") if name in lower}
    other: dict[str, None] = {}
    for found in _HAS_DATA.finditer(lower):
        name = "data-" + found[1]
        if name in _KNOWN:
            known[name] = None
        elif name not in other and len(other) < MAX_NAMES and (_looks_picture(found[2]) or _says_one(name, found[2])):
            other[name] = None
    data: dict[str, None] = {}
    for found in _HOLDS_DATA.finditer(lower):
        if found[1] not in _NOT_DATA and len(data) < MAX_DATA_NAMES:
            data[found[1]] = None
    return [_selected(name) for name in dict.fromkeys([*known, *other, *data])]


def _says_one(name: str, quoted: str) -> bool:
    return quoted.lstrip("\"'")[:1] in ("/", "h") and bool(named_pictures(name, quoted.strip("\"'").strip()))


def _selected(name: str) -> str:
    """As a selector writes it: `wire:snapshot`, `:images` and `[photos]` are names too."""
    return _MARKS.sub(r"\\\g<0>", name)


def _looks_picture(value: str) -> bool:
    lower = value.lower()
    return any(ending in lower for ending in IMAGE_ENDINGS)


def named_by_words(name: str, value: str) -> list[tuple[float, str]]:
    """(weight, URL as written) of an attribute with an unknown name; [] when it holds no picture. `PLAIN` when nothing
    tells how what it names stands to what is shown."""
    if name in _STANDARD or name.startswith(("on", "aria-", "item")) or not _looks_picture(value):
        return []
    if any(word in name for word in _STAND_INS):
        return []
    value = value.strip()
    if "url(" in value:
        return [(PLAIN, url) for url in css_urls(value, 8)]
    if parts := in_one_string(value, Said.NOTHING if "/" in value else Said.PICTURE):
        return [(PLAIN, url) for url in parts]
    if "srcset" in name or "," in value.partition(" ")[2]:
        return [(weight, url) for weight, url in parse_srcset(value) if _looks_picture(url)]
    if _NO_ADDRESS.search(value):
        return []
    if "/" not in value and not any(word in name for word in (*_ADDRESSES, *_LARGE_WORDS, *_SMALL_WORDS, "-at-")):
        return []
    return [(_weight_of(name), value)]


def _weight_of(name: str) -> float:
    """By how large its name says that the picture is; `PLAIN` where it says nothing of it."""
    if any(word in name for word in _LARGE_WORDS):
        return ORIGINAL
    if any(word in name for word in _SMALL_WORDS):
        return THUMBNAIL
    width = _WIDTH.match(name)
    return float(width[1]) if width else PLAIN


def srcset_of(attributes: Attributes) -> list[WrittenVariant]:
    """What a script would put into `srcset` goes before what it would put into `src`, as the browser has it."""
    return [
        (weight + (LAZY if name in _LAZY_SETS else 0.0), url)
        for name, value in attributes.items()
        if value and name in SRCSET_ATTRIBUTES
        for weight, url in parse_srcset(value.replace(" | ", ", ") if name == "data-bgset" else value)
    ]


def named_for_scripts(attributes: Attributes) -> list[WrittenVariant]:
    found: list[WrittenVariant] = []
    for name, value in attributes.items():
        if name in FULL_ATTRIBUTES or name in LAZY_ATTRIBUTES:
            if is_address(value):
                found.append((ORIGINAL if name in FULL_ATTRIBUTES else LAZY, value))
        elif name not in _KNOWN and value:
            found += [(weight, url) for weight, url in named_by_words(name, value) if weight != PLAIN]
    return found


def of_unknown_use(attributes: Attributes) -> list[str]:
    """Pictures in attributes whose names say nothing: perhaps the same one, perhaps what stands in for all of them."""
    return [
        url
        for name, value in attributes.items()
        if value and name not in _KNOWN
        for weight, url in named_by_words(name, value)
        if weight == PLAIN
    ]


def is_address(value: str | None) -> bool:
    """Not a number, a word, JSON or markup."""
    text = (value or "").strip()
    if not text or text[0] in "{[<#":
        return False
    return text[:5].lower() == "data:" or "/" in text or "." in text
