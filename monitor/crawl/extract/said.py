"""Which members of an object that scripts were given are pictures: by the address itself, by the key, by what the
object says of itself (type, MIME type, width and height) and by the key that the object stands under. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from html import unescape

from monitor.crawl.extract.css import css_urls
from monitor.crawl.extract.image_urls import IMAGE_ENDINGS, MIN_DATA_URI_CHARS, NO_PICTURE, parse_srcset, path_of, stem
from monitor.crawl.extract.weights import PLAIN, Variants, of_key

MAX_NAMED_CHARS = 8192
MAX_LISTED = 400  # addresses in one list or one string


class Said(Enum):
    """What is known of a value from where it stands."""

    NOTHING = "nothing"
    PICTURE = "picture"
    NOT_SHOWN = "not shown"  # who shows it, what it is paid for: not what is shown


# Only where nothing else of the object is a picture, and never without a picture's ending.
NOT_SHOWN = ("avatar", "logo", "favicon", "emoji", "badge", "sprite", "icon", "profilepic", "profile_pic")
_NEVER_SHOWN = frozenset(
    (
        "avatar avatars logo logos favicon emoji emojis badge badges sprite icon icons profile flag captcha qr ad "
        "ads advert  adverts sponsor sponsors tracking tracker beacon pixel placeholder blurhash lqip author "
        "creator owner publisher"
    ).split()
)
_PICTURE_WORDS = frozenset(
    (
        "image images img imgs photo photos picture pictures pic pics poster posters thumbnail thumbnails thumb "
        "thumbs cover  covers gallery slides screenshot screenshots photograph imageobject foto fotos bild bilder "
        "imagen imagenes imagem  imagens immagine immagini gambar"
    ).split()
)
_PICTURE_KEYS = frozenset("displayurl mediaurl mediaurlhttps fullsize originalurl rawurl".split())
# What else may be said of a picture than where it is.
_NO_ADDRESS = frozenset(
    (
        "id ids alt title caption count number total type mime name names page key credit author hash class style "
        "css ratio  position size width height index tag tags text label description format quality color link "
        "permalink slug href  api endpoint upload delete edit action"
    ).split()
)
_ADDRESS_KEYS = frozenset(
    ("url src uri source path file image contenturl downloadurl sourceurl fileurl srcurl u asset original").split()
)
# Between a key that says picture and the object that has the address.
_PASSES = frozenset(
    (
        "data attributes attrs nodes node edges items item fields file files props list entries results default "
        "asset values  value sources variants sizes formats versions candidates media"
    ).split()
)
_KINDS = frozenset(
    (
        "type @type __typename kind mime mimetype mime_type contenttype content_type mediatype media_type "
        "resourcetype  resource_type tagname tag as format"
    ).split()
)
# Of an object that says itself that it is a picture: members that lead elsewhere than to it, or say something of it.
_ELSEWHERE = frozenset(
    (
        "page pages permalink permalinks html web view profile user users author owner creator uploader account post "
        "posts thread topic article story album category comment comments reply next prev previous parent self api "
        "endpoint upload delete remove edit action share report embed iframe player video audio canonical source "
        "license licence rights provider referrer referer target login logout tracking track alt title caption text"
    ).split()
)
# Members whose value may have a slash in it and is no address: types, hashes, places, dates.
_WORDS_ONLY = frozenset(
    (
        "id ids name names tag tags label description timezone tz zone time date created updated taken modified hash "
        "etag checksum digest signature sig token key integrity md5 sha sha1 sha256 camera lens exposure aperture "
        "shutter ratio aspect size dimensions format type mime kind accept class style css path slug"
    ).split()
)
# Of several, the ones that say that they are the file itself.
_FILE_WORDS = frozenset("download file raw media content data blob location asset binary object full original".split())
_PLAIN_PATH = re.compile(r"[\w.~%@()+!-]{1,300}+(?:/[\w.~%@()+!-]{1,300}+){1,30}+/?(?:\?.*)?")
_OTHER_MEDIA = ("video", "audio", "iframe", "script", "font", "document", "html", "embed", "link", "stylesheet")
_SIZES = (("width", "height"), ("w", "h"), ("pixelwidth", "pixelheight"), ("naturalwidth", "naturalheight"))
_MIN_PX = 33
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MIME = re.compile(r"[a-z]{4,12}/[\w.+*-]{1,60}")
_PAGE_ENDINGS = (".html", ".htm", ".shtml", ".xhtml")
_WRITTEN_OUT = ("http://", "https://", "/")
_STARTS = ("http://", "https://", "/", "./", "../")


@lru_cache(maxsize=2048)
def key_words(key: str) -> tuple[str, ...]:
    """`imageURL`, `image_url`, `image-url` -> image, url."""
    return tuple(word.lower() for word in _WORDS.findall(key[:60]))


@lru_cache(maxsize=2048)
def of_member(key: str, around: Said) -> Said:
    """What a member's key says of what is in it. around: what is known of the object that it is a member of."""
    words = key_words(key)
    if around is Said.NOT_SHOWN or not _NEVER_SHOWN.isdisjoint(words):
        return Said.NOT_SHOWN
    if not _PICTURE_WORDS.isdisjoint(words):
        return Said.PICTURE if _NO_ADDRESS.isdisjoint(words) else Said.NOTHING
    passes = not key or key.isdecimal() or key.lower() in _PASSES or (len(words) == 1 and of_key(words[0]) is not None)
    return around if passes else Said.NOTHING


def of_object(item: dict[str, object], around: Said) -> Said:
    """What an object says of itself. Films and pages say so too, and then it is not what its `url` is."""
    if around is Said.NOT_SHOWN:
        return around
    said = Said.NOTHING
    for key, value in item.items():
        if isinstance(value, str) and key.lower() in _KINDS and len(value) <= 80:
            words = key_words(value)
            if not _PICTURE_WORDS.isdisjoint(words):
                said = Said.PICTURE
            elif any(word in _OTHER_MEDIA for word in words):
                return Said.NOTHING
    return Said.PICTURE if said is Said.PICTURE or _has_size(item) else around


def _has_size(item: dict[str, object]) -> bool:
    lower = {key.lower().replace("_", ""): value for key, value in item.items() if len(key) < 20}
    return any(_pixels(lower.get(width)) and _pixels(lower.get(height)) for width, height in _SIZES)


def _pixels(value: object) -> bool:
    if isinstance(value, str) and value.removesuffix("px").isdecimal() and len(value) < 8:
        value = int(value.removesuffix("px"))
    return isinstance(value, int | float) and not isinstance(value, bool) and _MIN_PX <= value < 1e5


def pictures_of(item: dict[str, object], around: Said) -> list[Variants]:
    """Its sizes are one image; so are files of one name in several folders; what else it names are images apart."""
    sized: list[tuple[float, str]] = []
    apart: dict[str, list[tuple[float, str]]] = {}
    context = _Context.of(item, around)
    for key, value in item.items():
        if isinstance(value, list):
            width = _width_in(value)
            for url in listed(value, of_member(key, around)):
                apart.setdefault(stem(url) or url, []).append((width or PLAIN, url))
        elif isinstance(value, str) and value:
            if parts := several_in(value, of_member(key, around)):
                apart.update((url, [(PLAIN, url)]) for url in parts)
            elif "srcset" in "".join(key_words(key)):
                sized += [one for one in parse_srcset(value) if may_be_address(one[1])]
            elif (weight := _size_of(key, value, context)) is not None:
                sized.append((weight, value))
            elif _stands_apart(key, value, context):
                apart.setdefault(value, []).append((PLAIN, value))
    return _images_of(item, context, sized, apart)


def _images_of(
    item: dict[str, object], context: _Context, sized: Variants, apart: Mapping[str, Variants]
) -> list[Variants]:
    """sized: sizes of one. apart: by what each is called."""
    if not sized and not apart and (only := _only_address(item, context)):
        return [[(PLAIN, only)]]
    is_shown = len(sized) != 1 or _is_shown(item, sized[0][1])
    return [*([sized] if sized and is_shown else []), *apart.values()]


def _only_address(item: dict[str, object], context: _Context) -> str:
    """Of what says itself that it is a picture, and names it under a key that nobody knows: its one address that leads
    nowhere else; of several, the one that is called a file. '' where that is not one."""
    if context.itself is not Said.PICTURE or of_object(item, Said.NOTHING) is not Said.PICTURE:
        return ""
    found: dict[str, bool] = {}  # with whether it is called a file
    for key, value in item.items():
        if isinstance(value, str) and may_be_address(value):
            words = key_words(key)
            leads_here = _ELSEWHERE.isdisjoint(words) and _NEVER_SHOWN.isdisjoint(words)
            if leads_here and (value.startswith(_WRITTEN_OUT) or _is_path(value, words)):
                found[value] = found.get(value, False) or not _FILE_WORDS.isdisjoint(words)
    files = [value for value, is_file in found.items() if is_file]
    left = list(found) if len(found) == 1 else files
    return left[0] if len(left) == 1 else ""


def _is_path(value: str, words: tuple[str, ...]) -> bool:
    says_words = not _WORDS_ONLY.isdisjoint(words)
    return not says_words and any(c.isalpha() for c in value) and _PLAIN_PATH.fullmatch(value[:2000]) is not None


def _is_shown(item: dict[str, object], url: str) -> bool:
    return not any(word in key.lower() for word in NOT_SHOWN for key in item if item[key] == url)


@dataclass(frozen=True, slots=True)
class _Context:
    """Of an object. around: what is known of it from where it stands; itself: with what it says. has_sizes: it has
    several members that are called by sizes. is_only: it has one address."""

    around: Said
    itself: Said
    has_sizes: bool
    is_only: bool

    @classmethod
    def of(cls, item: dict[str, object], around: Said) -> _Context:
        addresses = [key for key, value in item.items() if isinstance(value, str) and may_be_address(value)]
        itself = of_object(item, around)
        if itself is Said.NOTHING and "src" in item and any("thumb" in key.lower() for key in addresses):
            itself = Said.PICTURE  # what opens when the small one is clicked
        sizes = sum(of_key(key.lower()) is not None for key in addresses)
        return cls(around, itself, sizes > 1, len(addresses) == 1)


def _size_of(key: str, value: str, context: _Context) -> float | None:
    """The weight of one of the addresses of what the object as a whole is; None of anything else."""
    lower, weight = key.lower(), of_key(key.lower())
    if (weight is not None or lower in ("url", "src", "href", "image", "uri")) and names_image(value, bare=True):
        return weight or PLAIN
    named = weight is not None or lower.replace("_", "") in _ADDRESS_KEYS or (lower == "href" and context.is_only)
    return weight or PLAIN if named and not names_image(value) and _is_said(key, value, context) else None


def _stands_apart(key: str, value: str, context: _Context) -> bool:
    if names_image(value):
        return not any(word in key.lower() for word in NOT_SHOWN)
    return _is_said(key, value, context)


def _is_said(key: str, value: str, context: _Context) -> bool:
    """Does something else than its ending say that this address is a picture's?"""
    member = of_member(key, Said.NOTHING)
    if context.around is Said.NOT_SHOWN or member is Said.NOT_SHOWN or not may_be_address(value):
        return False
    lower = key.lower()
    if member is Said.PICTURE or lower.replace("_", "") in _PICTURE_KEYS:
        return True
    is_size = of_key(lower) is not None
    if context.itself is Said.PICTURE:
        named = lower.replace("_", "") in _ADDRESS_KEYS or (lower == "href" and context.is_only)
        return named or is_size or key.isdecimal()
    return context.has_sizes and is_size


def as_meant(group: Variants) -> list[tuple[float, str]]:
    """Addresses in data are as somebody will put them into markup: `&amp;` is mostly meant as in markup."""
    return [*((weight, unescape(url)) for weight, url in group if "&amp;" in url or "&#" in url), *group]


def may_be_address(value: str) -> bool:
    """Could a picture stand there, though the address does not look it?"""
    if len(value) > MAX_NAMED_CHARS or "/" not in value or "<" in value or value[:5] == "data:":
        return False
    if any(c.isspace() for c in value) or any(c in "{}\\`" for c in value):
        return False
    is_written_out = value.startswith(_STARTS)
    if not is_written_out and (_MIME.fullmatch(value.lower()) or ":" in value.partition("/")[0]):
        return False
    path = path_of(value)
    return len(path) > 1 and not path.endswith((*NO_PICTURE, *_PAGE_ENDINGS)) and (is_written_out or len(value) > 5)


def listed(values: list[object], said: Said) -> Iterator[str]:
    """Pictures in a list of addresses. said: what is known of the list."""
    for value in values[: MAX_LISTED * 100]:
        if isinstance(value, str) and (names_image(value) or (said is Said.PICTURE and may_be_address(value))):
            yield value


def several_in(value: str, said: Said) -> list[str]:
    """Of one string that names pictures beside other things: a list, or CSS."""
    return (
        css_urls(value, 8)
        if "url(" in value and "<" not in value and len(value) < 64 * 1024
        else in_one_string(value, said)
    )


def in_one_string(value: str, said: Said) -> list[str]:
    """`a.jpg,b.jpg`: addresses with a mark between them, every one of them a picture; [] where one is not."""
    if said is Said.NOT_SHOWN or len(value) > 64 * 1024 or "<" in value or value[:5] == "data:":
        return []
    for mark in ",;|":
        parts = [stripped for part in value.split(mark)[: MAX_LISTED + 1] if (stripped := part.strip())]
        if 1 < len(parts) <= MAX_LISTED and all(_is_one_of(part, said) for part in parts):
            return parts
    return []


def _is_one_of(part: str, said: Said) -> bool:
    if said is not Said.PICTURE:
        return names_image(part)
    return names_image(part, bare=True) or (part.startswith(_STARTS) and may_be_address(part))


def _width_in(value: list[object]) -> float:
    """`["imgs/a.jpg", [1600, 1200]]` (fgallery)."""
    size = value[1] if len(value) == 2 and isinstance(value[1], list) else []
    return float(size[0]) if len(size) == 2 and isinstance(size[0], int) and 0 < size[0] < 1e5 else 0.0


def names_image(value: str, *, bare: bool = False) -> bool:
    """By its ending. bare: a file name alone will do, because something else says that it is an address."""
    if value[:11] == "data:image/":
        return len(value) >= MIN_DATA_URI_CHARS
    if len(value) > MAX_NAMED_CHARS or "<" in value or " " in value.strip() or not (bare or "/" in value):
        return False
    return path_of(value).endswith(IMAGE_ENDINGS)
