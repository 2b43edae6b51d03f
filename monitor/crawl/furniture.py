"""What a page is furnished with: icons, avatars, counters, spacers. By their addresses alone. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# What a page is furnished with; parts of an address.
_FURNITURE = re.compile(
    r"avatar|userpic|user[_-]?photo|profile[_-]?(?:pic|image|photo)|identicon|favicon|smil(?:ey|ie)|emoji|emoticon|spacer|"
    r"image\.php\?u=|(?:^|[/_.?=-])(?:icon|logo|flag|badge|rank|award|blank|pixel|px|clear|transparent|1x1|track|tracking|"
    r"counter|beacon|stat|button|btn|arrow|bullet|sprite|star|rating|banner|sponsor|loading|loader|sticker)s?"
    r"(?:[/_.?=-]|\d|$)",
    re.IGNORECASE,
)


def is_furniture(url: str) -> bool:
    parts = parts_of(url)
    return parts is None or _FURNITURE.search(f"{parts[1]}?{parts[2]}") is not None


def parts_of(url: str) -> tuple[str, str, str] | None:
    """Host, path, query; None of what is no address of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.netloc.lower(), parts.path, parts.query) if parts.scheme in ("http", "https") else None
