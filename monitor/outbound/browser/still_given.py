"""What a saved page is given for what it asks for, when a screenshot is made of it: itself, its style sheets, the one
picture; a grey box in the place of every other; nothing else. Plain functions over values: no network, no clock."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.model.screenshot import SavedPage, SavedPicture
from monitor.outbound.browser.still_rendered import as_scripts_left_it, size_of_drawing

TAKEN_OUT_URL = "https://taken-out.invalid/"  # RFC 6761: leads nowhere
"""Where the page says `data:sha256,DIGEST`, for a browser: it asks for this, and is answered like for any other."""

UNKNOWN_SIZE = (320, 200)  # of a box, where neither page nor pass says how large the picture is
MOST_SIDE = 20_000  # pixels
TINY = (1, 1)  # what is written in so few signs (`sealable_page.LEAST_URI_CHARS`) holds no more
_POLICY = (  # what has no address is not drawn, however it is written: `data:` above all
    "sandbox; script-src 'none'; connect-src 'none'; worker-src 'none'; form-action 'none'; default-src 'none'; "
    "img-src http: https:; style-src http: https: 'unsafe-inline'; frame-src http: https:; object-src http: https:"
)
_GREY = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}">'
    '<rect width="100%" height="100%" fill="#9a9a9a" stroke="#6a6a6a" stroke-width="2"/></svg>'
)
_FITTED = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}">'
    '<image width="100%" height="100%" href="data:{};base64,{}"/></svg>'
)
_GREY_PAGE = b'<!doctype html><html style="background:#9a9a9a"></html>'

_DIGEST = re.compile(rb"data:sha256,([0-9a-f]{64})")
_WRITTEN = re.compile(rb"data:image/", re.IGNORECASE)
_BLOB = re.compile(rb"blob:(?=https?:|null)", re.IGNORECASE)
_OWN_POLICY = re.compile(rb"(http-equiv\s*=\s*[\"']?\s*)content-security-policy", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"\s*([a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,60})\s*(?:;|$)", re.IGNORECASE)
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([a-z0-9._:-]{1,40})", re.IGNORECASE)
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"})


@dataclass(frozen=True, slots=True)
class Given:
    media_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class InHand:
    """Of one page. greyed, drawings, refused, sheets_refused: what was asked for, each once. drawings: by scripts, a
    grey box too. fitted: other sizes of the picture, in whose place it is shown."""

    saved: SavedPage
    greyed: set[str] = field(default_factory=set)
    drawings: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    sheets_refused: set[str] = field(default_factory=set)
    fitted: set[str] = field(default_factory=set)
    _picture: frozenset[str] = field(init=False)
    _variants: frozenset[str] = field(init=False)
    _sheets: Mapping[str, bytes] = field(init=False)
    _sizes: Mapping[str, tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        picture = self.saved.picture
        self._picture = frozenset(map(name_of, picture.addresses)) if picture is not None else frozenset()
        self._variants = frozenset(map(name_of, picture.variants)) if picture is not None else frozenset()
        self._sheets = {name_of(sheet.url): sheet.body for sheet in self.saved.sheets}
        self._sizes = {name_of(url): size for url, size in self.saved.sizes.items()}

    def give(self, url: str, kind: str, *, is_first: bool = False, is_frame: bool = False) -> Given | None:
        """None: refused. kind: what it is wanted as, in the browser's words. is_first: the page itself is opened,
        whatever the browser makes of its address; is_frame: what it asks for as a page in its page."""
        name = name_of(url)
        if is_first:
            return self._of_page()
        if kind in ("image", "document") and name in self._picture and self.saved.picture is not None:
            return _of_picture(self.saved.picture)
        if kind == "image" and name in self._variants and self.saved.picture is not None:
            self.fitted.add(name)
            return _fitted(self.saved.picture, *self._box_of(name))
        if is_frame:
            self.refused.add(name)  # what stands in it is not in hand
            return Given("text/html", _GREY_PAGE, {"Content-Security-Policy": _POLICY})
        if kind == "image" and (size := size_of_drawing(name)) is not None:
            self.drawings.add(name)
            return grey_box(*size)
        if kind == "image":
            self.greyed.add(name)
            return grey_box(*self._sizes.get(name, TINY if name.startswith(_TINY) else UNKNOWN_SIZE))
        if kind == "stylesheet" and name in self._sheets:
            return Given("text/css", for_browser(self._sheets[name]))
        (self.sheets_refused if kind == "stylesheet" else self.refused).add(name)
        return None

    def _box_of(self, variant: str) -> tuple[int, int]:
        """Where its size is not known: in the shape of the picture, and as small as a thumbnail may be."""
        if variant in self._sizes:
            return self._sizes[variant]
        width, height = next((self._sizes[name] for name in self._picture if name in self._sizes), UNKNOWN_SIZE)
        scale = min(1.0, *(most / max(side, 1) for most, side in zip(UNKNOWN_SIZE, (width, height), strict=True)))
        return round(width * scale), round(height * scale)

    def _of_page(self) -> Given:
        media_type = page_type(self.saved.media_type)
        is_page = media_type.partition(";")[0] in _PAGES
        body = for_browser(self.saved.body) if is_page else self.saved.body
        if is_page and self.saved.is_rendered:
            body = as_scripts_left_it(body)
        return Given(media_type, body, {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"})


def name_of(url: str) -> str:
    """What one thing is known by: a browser asks by https where the page says http."""
    if url.startswith("data:sha256,"):
        url = TAKEN_OUT_URL + url.removeprefix("data:sha256,")
    url = url.partition("#")[0]
    return url.partition(":")[2] if url.startswith(("http:", "https:")) else url


_TINY = name_of(TAKEN_OUT_URL + "tiny/")


def for_browser(body: bytes) -> bytes:
    """What a browser would show without asking is asked for: what was taken out, and the few signs that were left. A
    page's own policy would forbid the picture that is shown."""
    body = _DIGEST.sub(TAKEN_OUT_URL.encode() + rb"\1", body)
    body = _WRITTEN.sub(TAKEN_OUT_URL.encode() + b"tiny/", body)
    body = _BLOB.sub(TAKEN_OUT_URL.encode() + b"blob/", body)
    return _OWN_POLICY.sub(rb"\1x-policy-as-it-was", body)


def page_type(untrusted: str) -> str:
    """How it is opened: as the page that it is, else as the text of it."""
    found, charset = _MEDIA_TYPE.match(untrusted), _CHARSET.search(untrusted)
    media_type = found[1].lower() if found else "text/html"
    media_type = media_type if media_type in _PAGES else "text/plain"
    return f"{media_type}; charset={charset[1]}" if charset else media_type


def grey_box(width: int, height: int) -> Given:
    """Of the picture's true size."""
    return Given("image/svg+xml", _GREY.format(*_bounded(width, height)).encode())


def _fitted(picture: SavedPicture, width: int, height: int) -> Given:
    """The whole picture in a box of this size. Nothing is decoded for it here."""
    written = base64.b64encode(picture.body).decode("ascii")
    drawn = _FITTED.format(*_bounded(width, height), _shown_type(picture), written)
    return Given("image/svg+xml", drawn.encode())


def _bounded(width: int, height: int) -> tuple[int, int]:
    return min(max(width, 1), MOST_SIDE), min(max(height, 1), MOST_SIDE)


def _of_picture(picture: SavedPicture) -> Given:
    return Given(_shown_type(picture), picture.body)


def _shown_type(picture: SavedPicture) -> str:
    found = _MEDIA_TYPE.match(picture.media_type)
    media_type = found[1].lower() if found else ""
    return media_type if media_type in _SHOWN else "image/jpeg"
