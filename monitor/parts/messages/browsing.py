"""What a browser is asked and what it answers, and what is said on the line by which it dials.

The browser is taken to be in a site's hands: every count and length of what it says has a maximum, checked while it is
read. Bodies, cookies and log-ins travel beside their message, so that no message holds one that `repr` would show.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from monitor.model.outcome import OutcomeKind
from monitor.model.page import Purpose
from monitor.model.rendered import BrowserStood
from monitor.parts.frames import BadMessage
from monitor.parts.messages import PartMessage

MAX_TOLD_ADDRESS_CHARS = 128 * 1024
MAX_KNOWN_SHOWN = 10_000  # pictures that are not loaded again
MAX_TOLD_REDIRECTS = 25
MAX_HEAD_LINES = 1_000
MAX_TOLD_LINE_CHARS = 256 * 1024
MAX_CHAIN = 16
MAX_CERTIFICATE_BYTES = 128 * 1024
MAX_TOLD_PAGES = 1 + 400 + 20 + 40  # the page, and what came along with it
MAX_TOLD_BYTES = 112 * 1024 * 1024  # of all their bodies; more where the owner lets a page be larger
MAX_BESIDE_BYTES = 16 * 1024 * 1024
MAX_AFTER_BYTES = 8 * 1024 * 1024
MAX_AUTHORITY_BYTES = 256 * 1024
MAX_LOGIN_CHARS = 1024 * 1024
MAX_BROWSER_COOKIES = 4_000
MAX_PNGS = 16
MAX_DRAWN_BYTES = 62 * 1024 * 1024  # of all of them
MAX_SHEETS = 64
MAX_WITHHELD = 2_000  # hosts of advertisers
MAX_SIZES = 20_000
MAX_DRAWN_NAMES = 2_000
MAX_PDF_BYTES = 62 * 1024 * 1024  # more where the report itself is large: see `most_of_paper`
MAX_TOLD_WAIT_S = 1e7
MAX_DIAL_BYTES = 4 * 1024  # of one message on a dial line

_Address = Annotated[str, Meta(max_length=MAX_TOLD_ADDRESS_CHARS)]
_Text = Annotated[str, Meta(max_length=2_000)]
_Short = Annotated[str, Meta(max_length=400)]
_Size = Annotated[int, Meta(ge=0, le=1 << 40)]
_Line = tuple[
    Annotated[str, Meta(max_length=MAX_TOLD_LINE_CHARS)], Annotated[str, Meta(max_length=MAX_TOLD_LINE_CHARS)]
]
_Lines = Annotated[tuple[_Line, ...], Meta(max_length=MAX_HEAD_LINES)]
_Host = Annotated[str, Meta(min_length=1, max_length=300)]
_Port = Annotated[int, Meta(ge=1, le=65_535)]
_Network = Annotated[str, Meta(max_length=64)]
_Digest = Annotated[str, Meta(max_length=64)]


class BrowserSetup(PartMessage, frozen=True):
    """at_once: page loads, others wait. browser_path: as configured, since the part is let see that program alone.
    screen: files that a window is shown by, of the one part that opens it."""

    at_once: Annotated[int, Meta(ge=1, le=64)] = 2
    browser_path: _Text = ""
    screen: Annotated[tuple[_Text, ...], Meta(max_length=8)] = ()


class NothingMore(PartMessage, frozen=True):
    """Stands for what is said to a talk that hears nothing after its opening."""


class LimitsTold(Struct, frozen=True, forbid_unknown_fields=True):
    """As `model.rendered.BrowserLimits`."""

    browser_path: _Text
    user_agent: _Text
    timeout_s: Annotated[float, Meta(gt=0, le=86_400)]
    max_page_bytes: _Size
    max_image_bytes: _Size


class OutcomeTold(Struct, frozen=True, forbid_unknown_fields=True):
    kind: OutcomeKind
    message: _Text = ""
    own_remedy: _Text = ""
    retry_after_s: Annotated[float, Meta(ge=0, le=MAX_TOLD_WAIT_S)] | None = None


# -- one page load: `RenderPage` opens it, then the core hears what came, the page last


class RenderPage(PartMessage, frozen=True):
    """As `model.rendered.ToRender`; with it one end of the load's dial line, and beside it `RenderBeside`."""

    most = 512 * 1024

    url: _Address
    limits: LimitsTold
    at: datetime
    purpose: Purpose
    wants_cookies: bool


class RenderBeside(Struct, frozen=True, forbid_unknown_fields=True):
    login: Annotated[str, Meta(max_length=MAX_LOGIN_CHARS)]
    known_images: Annotated[tuple[_Address, ...], Meta(max_length=MAX_KNOWN_SHOWN)]


class ExchangeTold(Struct, frozen=True, forbid_unknown_fields=True):
    url: _Address
    at: Annotated[datetime, Meta(tz=True)]
    status: Annotated[int, Meta(ge=0, le=999_999)]
    reason: _Text
    protocol: _Short
    method: _Short
    asked: _Lines
    answered: _Lines
    ip: _Network
    tls: _Short
    chain: Annotated[tuple[Annotated[bytes, Meta(max_length=MAX_CERTIFICATE_BYTES)], ...], Meta(max_length=MAX_CHAIN)]

    def __post_init__(self) -> None:
        if not 2000 <= self.at.year <= 2200:  # at the ends of time some zones have no such day
            raise ValueError("a time at which nobody was asked")


class PageTold(PartMessage, frozen=True):
    """One `Fetched` of a load, its body beside it. served: what the server sent of a page, `ServedTold` brings it next;
    empty: it could not be had whole."""

    most = 1024 * 1024

    came_as: Literal["page", "image", "style", "data"]
    asked_url: _Address
    purpose: Purpose
    referrer: _Address
    outcome: OutcomeTold
    url: _Address
    status: Annotated[int, Meta(ge=0, le=999_999)]
    headers: _Lines
    ip: _Network
    redirects: Annotated[tuple[_Address, ...], Meta(max_length=MAX_TOLD_REDIRECTS)]
    wire_bytes: _Size
    hops: Annotated[tuple[ExchangeTold, ...], Meta(max_length=MAX_TOLD_REDIRECTS + 1)]
    served: Literal["none", "empty", "next"]


class ServedTold(PartMessage, frozen=True):
    """Its bytes are beside it."""


class RenderOver(PartMessage, frozen=True):
    """Ends a load; beside it `AfterRender`."""

    most = 512 * 1024

    stood: BrowserStood
    why: _Text
    withheld: Annotated[dict[_Host, _Size], Meta(max_length=MAX_WITHHELD)]


class CookieTold(Struct, frozen=True, forbid_unknown_fields=True):
    """As Playwright lists them."""

    name: Annotated[str, Meta(max_length=16_384)]
    value: Annotated[str, Meta(max_length=16_384)]
    domain: _Text
    path: Annotated[str, Meta(max_length=16_384)]
    expires: float
    secure: bool
    sameSite: _Short


class AfterRender(Struct, frozen=True, forbid_unknown_fields=True):
    login: Annotated[str, Meta(max_length=MAX_LOGIN_CHARS)]
    cookies: Annotated[tuple[CookieTold, ...], Meta(max_length=MAX_BROWSER_COOKIES)]


# -- a screenshot of a saved page: `Draw` opens it, the core says each of its files, then hears the pieces


class Draw(PartMessage, frozen=True):
    """As `model.screenshot.SavedPage`, its names beside it (`DrawBeside`). files: how many `DrawFile` follow: the page,
    the picture where `picture_type` says of which kind it is, the sheets."""

    most = 512 * 1024

    browser_path: _Text
    url: _Address
    account: _Text
    fetched_at: datetime
    media_type: _Text
    page_digest: _Digest
    picture_type: _Text | None
    is_rendered: bool
    served_digest: _Digest
    sheets: Annotated[int, Meta(ge=0, le=MAX_SHEETS)]


class DrawBeside(Struct, frozen=True, forbid_unknown_fields=True):
    addresses: Annotated[tuple[_Address, ...], Meta(max_length=MAX_DRAWN_NAMES)]
    variants: Annotated[tuple[_Address, ...], Meta(max_length=MAX_DRAWN_NAMES)]
    sheets: Annotated[tuple[_Address, ...], Meta(max_length=MAX_SHEETS)]
    sizes: Annotated[dict[_Address, tuple[_Size, _Size]], Meta(max_length=MAX_SIZES)]


class DrawFile(PartMessage, frozen=True):
    """Its bytes are beside it."""


class PieceDrawn(PartMessage, frozen=True):
    """A PNG file, beside it."""


class Drawn(PartMessage, frozen=True):
    """Ends it. As `model.screenshot.Screenshot`, whose pieces came before. stood, why: as of a page load."""

    width: _Size
    height: _Size
    cut_at: _Size
    greyed: _Size
    refused: _Size
    why_not: _Text
    stood: BrowserStood
    why: _Text


# -- what is asked in one question


class PrintPaper(PartMessage, frozen=True):
    """A report of this program's, its HTML beside it."""

    browser_path: _Text


class PaperPrinted(PartMessage, frozen=True):
    """The PDF is beside it. why_not: there is none; remedy: what to do."""

    why_not: _Text = ""
    remedy: _Text = ""


class FindBrowser(PartMessage, frozen=True):
    """starts: whether it is also tried if it starts."""

    browser_path: _Text
    starts: bool = False


class BrowserFound(PartMessage, frozen=True):
    """path: '' where there is none. why_not, remedy: the configured one is not there, or does not start."""

    path: _Text
    why_not: _Text = ""
    remedy: _Text = ""


# -- a window in which the person logs in


class OpenWindow(PartMessage, frozen=True):
    """As `outbound.window.Window`; with it one end of its dial line, beside it the log-in that stands. screen: None
    where nobody sees it."""

    most = 512 * 1024

    url: _Address
    sites: Annotated[tuple[_Host, ...], Meta(max_length=1_000)]
    limits: LimitsTold
    screen: Annotated[dict[_Short, _Text], Meta(max_length=8)] | None
    authority: Annotated[bytes, Meta(max_length=MAX_AUTHORITY_BYTES)] = b""


class CloseWindow(PartMessage, frozen=True):
    """From the core: the person has said that they are done."""


class WindowClosed(PartMessage, frozen=True):
    """What the browser held of its sites is beside it. why_not, remedy: it broke off."""

    why_not: _Text = ""
    remedy: _Text = ""


# -- the dial line: one for each page load, from the browser to the fetcher


class LetDial(PartMessage, frozen=True):
    """To the fetcher, with one end of a line: whoever has the other may dial by it until it closes. ports, networks,
    proxy: as the owner's settings have them. identity: whose connections these are. Answered when the line is over."""

    most = 512 * 1024

    ports: Annotated[tuple[_Port, ...], Meta(max_length=65_535)]
    networks: Annotated[tuple[_Network, ...], Meta(max_length=10_000)]
    proxy: Annotated[str, Meta(max_length=8_192)]
    max_bytes: _Size
    max_dials: Annotated[int, Meta(ge=1, le=1_000_000)]
    identity: Annotated[str, Meta(max_length=64)] = ""


class LineOver(PartMessage, frozen=True):
    """is_bad: who had the line said what no part of ours says, and it was cut."""

    bytes: _Size
    dials: _Size
    is_bad: bool


class Dial(PartMessage, frozen=True):
    """On the line, with one end of a stream for this connection alone."""

    most = MAX_DIAL_BYTES

    host: _Host
    port: _Port


class Dialled(PartMessage, frozen=True):
    """On the stream, before its bytes. failure: why it leads nowhere; it is closed then."""

    most = MAX_DIAL_BYTES

    ip: _Network = ""
    failure: OutcomeTold | None = None


def most_of_paper(html_bytes: int) -> int:
    """How large its PDF may be: the pictures in it are those of the report."""
    return MAX_PDF_BYTES + 4 * html_bytes


BesideMessage = TypeVar("BesideMessage", RenderBeside, AfterRender, DrawBeside)


def unpacked_beside(kind: type[BesideMessage], body: bytes) -> BesideMessage:
    """Raises BadMessage."""
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(str(error)[:200]) from error
