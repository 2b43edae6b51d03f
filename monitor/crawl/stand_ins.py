"""A wall's picture in the place of many: one and the same file at address after address, as `members only`, `no
hotlinking` or `no image` come, with 200. On honest sites the same file stands at many addresses too: icons, spacers,
default avatars, one picture with a counter at its end. So it is asked how much of what a page shows is that file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.model.ids import ContentDigest

MANY = 4  # addresses that give the same
MOST_OF_THEM = 0.8  # of what stands beside them, to be a wall's and not a picture that some lack

# What a page is furnished with; parts of an address.
_FURNITURE = re.compile(
    r"avatar|userpic|user[_-]?photo|profile[_-]?(?:pic|image|photo)|identicon|favicon|smil(?:ey|ie)|emoji|emoticon|spacer|"
    r"image\.php\?u=|(?:^|[/_.?=-])(?:icon|logo|flag|badge|rank|award|blank|pixel|px|clear|transparent|1x1|track|tracking|"
    r"counter|beacon|stat|button|btn|arrow|bullet|sprite|star|rating|banner|sponsor|loading|loader|sticker)s?"
    r"(?:[/_.?=-]|\d|$)",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp|jfif|heic|jxl)$", re.IGNORECASE)
_NUMBERS = re.compile(r"[0-9a-f]{6,}|\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Gave:
    """What the addresses of one picture of a page gave. digests: of every file that came of it. is_hers: one of them
    matched; such a picture stands for none."""

    url: str
    digests: frozenset[ContentDigest]
    is_hers: bool = False


@dataclass(frozen=True, slots=True)
class StandIn:
    """urls: of the pictures that gave it. is_all: beside them is nothing that was seen."""

    urls: tuple[str, ...]
    is_all: bool


def stand_in_of(gave: Iterable[Gave]) -> StandIn | None:
    """Among the pictures of a page, or of a pass."""
    shown = [one for one in _once_each(gave) if not is_furniture(one.url)]
    only = [one for one in shown if len(one.digests) == 1 and not one.is_hers]
    counts = Counter(next(iter(one.digests)) for one in only)
    if not counts:
        return None
    digest, count = counts.most_common(1)[0]
    if count < MANY:
        return None
    same = [one for one in only if digest in one.digests]
    shapes = {_shape(one.url) for one in same}
    beside = sum(_shape(one.url) in shapes for one in shown)
    if count < MOST_OF_THEM * beside:
        return None
    return StandIn(tuple(one.url for one in same), is_all=count >= MOST_OF_THEM * len(shown))


def is_furniture(url: str) -> bool:
    parts = _parts(url)
    return parts is None or _FURNITURE.search(f"{parts[1]}?{parts[2]}") is not None


def _once_each(gave: Iterable[Gave]) -> Sequence[Gave]:
    """One a file: the same path on several hosts, or with another counter at its end, is one picture."""
    once: dict[str, Gave] = {}
    for one in gave:
        parts = _parts(one.url)
        if parts is not None:
            _, path, query = parts
            once.setdefault(path if _FILE.search(path) else f"{path}?{query}", one)
    return list(once.values())


def _shape(url: str) -> str:
    """Addresses that a place makes in one way are alike but for their numbers: a host and a folder."""
    parts = _parts(url)
    if parts is None:
        return ""
    host, path, query = parts
    names = "&".join(pair.partition("=")[0] for pair in query.split("&"))
    return f"{host}{_NUMBERS.sub('0', path.rpartition('/')[0])}?{names if not _FILE.search(path) else ''}"


def _parts(url: str) -> tuple[str, str, str] | None:
    """Host, path, query; None of what is no address of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.netloc.lower(), parts.path, parts.query) if parts.scheme in ("http", "https") else None
