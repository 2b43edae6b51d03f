"""What was asked for, what came back, and what it holds."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from monitor.model.account import FormPost, TokenExchange
from monitor.model.exchange import Exchange, HeaderLines, without_logins
from monitor.model.ids import NO_DIGEST, ContentDigest, digest_of
from monitor.model.observation import Noted
from monitor.model.outcome import OutcomeKind as OutcomeKind  # as every floor knows it
from monitor.model.settings import Secret
from monitor.model.visitor import NOBODY, Visitor


class Purpose(StrEnum):
    PAGE = "page"
    IMAGE = "image"
    STYLE = "style"  # a style sheet of a page
    ROBOTS = "robots"
    API = "api"


GOOD_LOOK = frozenset({OutcomeKind.OK, OutcomeKind.NOT_MODIFIED})

REMEDIES: Mapping[OutcomeKind, str] = {
    OutcomeKind.GONE: "Nothing to do if it was taken down. Else correct the watch's address.",
    OutcomeKind.MOVED: "Open the address in a browser and put the one it ends at into the watch.",
    OutcomeKind.WALL: "The program does not climb walls. Log in with `watch login` if you have an account there, "
    "or look at this place yourself.",
    OutcomeKind.BLOCKED: "It may still be there for others: look with another connection. Raise the watch's `every`.",
    OutcomeKind.RATE_LIMITED: "It waits by itself. Raise `every` or [crawl] per_host_delay if it happens often.",
    OutcomeKind.SERVER_ERROR: "The site's own trouble: it is tried again at the next run.",
    OutcomeKind.TLS: "The site cannot prove who it is, so nothing was read. Check the address; the site has to mend "
    "its certificate.",
    OutcomeKind.DNS: "Check the address for a slip, and whether this machine is online.",
    OutcomeKind.OFFLINE: "Connect this machine. It is tried again by itself, at once when the network is back.",
    OutcomeKind.CONNECTION: "Tried again at the next run. Check the address if it stays so.",
    OutcomeKind.TIMEOUT: "Tried again at the next run. Raise [network] timeout if the site is always slow.",
    OutcomeKind.TOO_LARGE: "Raise [network] max_page_bytes or max_image_bytes if this is a place you trust.",
    OutcomeKind.EMPTY: 'Nothing came. If a browser shows something there, set render = "browser".',
    OutcomeKind.UNREADABLE: "Open it in a browser: if it shows there, report it as a fault of this program.",
    OutcomeKind.REFUSED: "Addresses inside this computer or network are never visited on a site's word. If it is a "
    "server of your own, add it to [network] allow_networks and allow_ports.",
    OutcomeKind.ROBOTS: 'The site asks programs to stay away. To look all the same: robots = "ignore" and a '
    "robots_reason in the watch.",
    OutcomeKind.PROXY: "Start the proxy, or correct [network] proxy. Nothing is sent without it.",
    OutcomeKind.PART: "It is this program's own trouble, not the site's: it is tried again by itself. If it goes on, "
    "`reupload-monitor doctor` says what is wrong.",
    OutcomeKind.BUDGET: "It is looked at in the next run.",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`message` says what happened and why; `remedy` what the person can do: that of its kind, unless this one has its
    own. Plain text, never markup."""

    kind: OutcomeKind
    message: str = ""
    own_remedy: str = ""
    retry_after_s: float | None = None

    @property
    def remedy(self) -> str:
        """'' for good looks alone."""
        return self.own_remedy or REMEDIES.get(self.kind, "")

    @property
    def is_good_look(self) -> bool:
        return self.kind in GOOD_LOOK


class LoginOf(NamedTuple):
    """Of which watch a log-in was saved."""

    case: str
    watch: str


class Jar(Protocol):
    """What one visit holds of cookies: `crawl.cookies.CookieJar`."""

    def take(self, url: str, lines: Iterable[str], now: datetime) -> None: ...
    def take_shown(self, cookies: Iterable[Mapping[str, Any]], now: datetime) -> None: ...
    def line(self, url: str, now: datetime, *, page: str = "") -> str: ...
    def state(self) -> Hashable: ...


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to fetch. `referrer` is where the URL was learnt, for the record, and for what a browser says of the
    two; it is sent only where `tells_page` says so."""

    url: str
    purpose: Purpose = Purpose.PAGE
    accept: str = ""
    etag: str | None = None
    last_modified: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # a source's own (an API key, say);
    # dropped on another host, scheme or port
    secret_query: tuple[tuple[str, Secret], ...] = ()  # likewise, added to the address on the wire alone
    post: FormPost | None = None
    exchange: TokenExchange | None = None  # its token goes with the request
    account_hosts: tuple[str, ...] = ()  # where what the four above hold may go; () = no account goes with this request
    account_remedy: str = ""  # when the place does not let this request in: what to do about the account
    browser: bool = False  # render it
    ignore_robots: bool = False
    max_bytes: int | None = None  # None: the configured cap of its purpose
    referrer: str = ""
    tells_page: bool = False  # its page is named in `Referer`, as far as browsers would
    jar: Jar | None = field(default=None, repr=False, compare=False)  # of the visit; None = of this request alone
    browser_state: LoginOf | None = None  # whose saved log-in is used
    visitor: Visitor = NOBODY  # as whom: nothing of another one goes along, and nothing comes of it to another
    known_images: tuple[str, ...] = ()  # a browser need not load them again
    max_hops: int | None = None  # how often it may be sent on; None: as often as browsers let it
    shown: str = ""  # of a list: its first page, as people see it; further pages of the list keep it


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back, whatever it was. body: decoded, within its cap, b"" unless the outcome is OK (a page behind a
    wall or an error page may keep its body, for the record). headers: lower-case names, as sent, without what would log
    somebody in. digest: SHA-256 of body, hex, "" where there is none. hops: every request that was answered, first to
    last. served: of a page that was rendered, and so is not in `body` as it came: the bytes that the server sent,
    unpacked; b"" where they could not be had whole, None where `body` is what was sent. Made by `of`."""

    request: Request
    outcome: Outcome
    url: str  # after redirects
    fetched_at: datetime
    status: int = 0
    headers: HeaderLines = ()
    body: bytes = b""
    digest: ContentDigest = NO_DIGEST
    ip: str = ""
    redirects: tuple[str, ...] = ()
    wire_bytes: int = 0
    subresources: tuple[Fetched, ...] = field(default=(), repr=False)  # images the browser loaded for the page
    data: tuple[Fetched, ...] = field(default=(), repr=False)  # JSON that the page's scripts were given
    cut: bool = False  # the body ended before its time; what came of it is what a browser would show
    styles: tuple[Fetched, ...] = field(default=(), repr=False)  # style sheets the browser loaded for the page
    hops: tuple[Exchange, ...] = field(default=(), repr=False)
    served: bytes | None = field(default=None, repr=False)

    @property
    def requests(self) -> int:
        """That were sent for it, redirects and what came of what a rendered page asked for too."""
        return 1 + len(self.redirects) + len(self.subresources) + len(self.styles) + len(self.data)

    @classmethod
    def of(
        cls,
        request: Request,
        outcome: Outcome,
        url: str,
        fetched_at: datetime,
        *,
        status: int = 0,
        headers: HeaderLines = (),
        body: bytes = b"",
        ip: str = "",
        redirects: tuple[str, ...] = (),
        wire_bytes: int = 0,
        subresources: tuple[Fetched, ...] = (),
        data: tuple[Fetched, ...] = (),
        cut: bool = False,
        styles: tuple[Fetched, ...] = (),
        hops: tuple[Exchange, ...] = (),
        served: bytes | None = None,
    ) -> Fetched:
        """The one way to make one: its digest is that of its body."""
        return cls(
            request,
            outcome,
            url,
            fetched_at,
            status,
            without_logins(headers),
            body,
            digest_of(body) if body else NO_DIGEST,
            ip,
            redirects,
            wire_bytes,
            subresources,
            data,
            cut,
            styles,
            hops,
            served,
        )

    @property
    def chain(self) -> tuple[bytes, ...]:
        """Certificates of who answered, DER, the server's own first."""
        return self.hops[-1].chain if self.hops and self.status else ()

    def header(self, name: str) -> str:
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), "")


class FoundAs(StrEnum):
    """By what a page or an answer names an image."""

    IMG = "img"
    SRCSET = "srcset"
    PICTURE = "picture"
    LAZY = "lazy"  # an attribute that a script reads
    CSS = "css"
    OG = "og"  # what the page wants shown of it elsewhere
    PRELOAD = "preload"
    JSON_LD = "json-ld"
    JSON = "json"  # what the page's scripts were given
    SAID = "said"  # likewise, and only a key or a neighbour says that it is a picture
    POSTER = "poster"  # a film's still
    LINK = "link"
    AROUND = "around"  # a link round another picture: to a larger one, or to a page about it
    NOSCRIPT = "noscript"
    DATA = "data"  # written into the page itself
    FEED = "feed"
    API = "api"


LISTED = frozenset({FoundAs.FEED, FoundAs.API})  # told of by a list, which has its posts elsewhere


@dataclass(frozen=True, slots=True)
class ImageRef:
    """An image that a page shows or links to, by absolute URL (http, https or data:), without fragment.

    alternatives: smaller or older variants of the same image, largest first (fetched when `url` cannot be had or read).
    shown: those of them that the page itself shows, whatever it names beside: looked at too, where `url` may give
    something else.
    also_in: permalinks of further posts of a list that show it, in its order.
    permalink: the post's own link to itself, where no other post has the same; post_url may be the whole page's.
    post: which post of the page it stands in, 0 outside of them.
    """

    url: str
    alternatives: tuple[str, ...] = ()
    found_as: FoundAs = FoundAs.IMG
    post_url: str = ""  # permalink of the post it stands in, where the markup gives one
    account: str = ""
    posted_at: str = ""
    text: str = ""  # alt text or caption, cut at 300 characters
    also_in: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    permalink: str = ""
    post: int = 0

    @property
    def is_sure(self) -> bool:
        """Is it a picture, as far as a page can tell? Where it only may be one and is none, nothing is missing."""
        return self.found_as not in (FoundAs.SAID, FoundAs.AROUND)

    @property
    def variants(self) -> tuple[str, ...]:
        """Every address that it goes by here, the best first."""
        return (self.url, *self.alternatives)


class LinkMark(StrEnum):
    """What the markup says of a link."""

    PICTURE = "picture"  # it stands round one
    IN_FULL = "in_full"  # and the page names that picture in full too
    CARD = "card"  # a picture stands beside it, with few other links
    HEADING = "heading"
    ENTRY = "entry"  # called the address of a post, a thread, an album, a photo
    LIST = "list"  # of a forum, a board, a category
    TAG = "tag"
    PERSON = "person"
    MAIN = "main"  # in what the page is about
    FURNITURE = "furniture"  # in what stands on every page: menus, foot
    NOFOLLOW = "nofollow"
    ACTS = "acts"  # says that it deletes, logs out, votes ...: never followed
    DEED = "deed"  # called something that it does: log out, delete, vote, reply
    ROUTE = "route"  # a page that the page's own script shows (`#/page`)


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of a page, for whoever decides whether it is followed. url: absolute; without fragment but for a route."""

    url: str
    marks: tuple[LinkMark, ...] = ()


class PlaceProgram(StrEnum):
    """What made an answer, as it says itself: of a place that is looked at for the first time."""

    UNKNOWN = ""
    FEED = "feed"
    SITEMAP = "sitemap"
    XENFORO = "xenforo"
    DISCOURSE = "discourse"
    MASTODON = "mastodon"  # and what speaks like it
    BOARD = "board"
    BOORU = "booru"


@dataclass(frozen=True, slots=True)
class PageContent:
    """What a reader found in one page, feed or API answer. Everything in it came from outside."""

    url: str  # canonical where the page gives one on its own site, else the fetched URL
    title: str = ""
    images: tuple[ImageRef, ...] = ()
    links: tuple[str, ...] = ()  # further pages to open, in order, absolute, without fragment
    next_pages: tuple[str, ...] = ()  # the same list, continued: do not count as depth
    offered: tuple[PageLink, ...] = ()  # where the program is to choose: all that lead on within the site, in order
    text: str = ""  # visible text, cut at 20,000 characters, for wall and soft-gone signs
    stylesheets: tuple[str, ...] = ()
    problem: Outcome | None = (
        None  # the answer could be read but says it is not a look at all (engine blocked, no items)
    )
    needs_browser: bool = False  # the page is empty without its scripts
    noted: tuple[Noted, ...] = ()  # where it shows less than the person would see, as the reader could tell
    program: PlaceProgram = PlaceProgram.UNKNOWN  # told by Parser.PLACE alone


class Parser(StrEnum):
    """How an answer is read. `sources.reading.parsers` says where each stands."""

    HTML = "html"
    CSS = "css"
    IMAGE = "image"  # the address led to a picture itself
    ERROR_PAGE = "error-page"
    FEED = "feed"
    SITEMAP = "sitemap"
    BOARD = "board"
    BOORU = "booru"
    MASTODON = "mastodon"
    BLUESKY = "bluesky"
    REDDIT = "reddit"
    TELEGRAM = "telegram"
    DISCOURSE = "discourse"
    XENFORO = "xenforo"
    SEARCH_JSON = "search-json"
    SEARCH_HTML = "search-html"
    PLACE = "place"  # of which nothing is known yet


@dataclass(frozen=True, slots=True)
class ParseJob:
    """How a reader is to read one answer. rules: selectors and engine data, as plain pairs, already validated."""

    parser: Parser
    url: str
    content_type: str = ""
    select_images: str = ""
    select_links: str = ""
    same_site: bool = True
    follow_next: bool = True
    offer_links: bool = False  # for the program to choose of
    is_rendered: bool = False  # by a browser: its script may have pages of its own
    rules: tuple[tuple[str, str], ...] = ()

    def rule(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.rules if key == name), default)
