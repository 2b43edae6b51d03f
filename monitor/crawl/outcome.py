"""What an answer means. A wall, a page that is gone or one that lies never counts as a good look.

The signs in pages (`signs.toml`) are data: phrases in several languages, markers that the makers of walls
put into what they send, and addresses that walls redirect to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from monitor.crawl.pacing import parse_reset, parse_retry_after, sent_at
from monitor.crawl.signs import Sign, notices, one_form, signs, tells_fate, title_parts
from monitor.hosts import host_of
from monitor.model.page import Fetched, Outcome, OutcomeKind, PageContent, ParseJob, Parser, Purpose

# A page with more than this shows what it is about, whatever a box at its edge says.
THIN_TEXT = 1_500  # characters of visible text
THIN_IMAGES = 3
# Bot checks, refusals and faults (`small` signs) say little.
SMALL_TEXT = 1_000
# With no more than this, next to nothing is there: words that a comment or a box may say count too.
BARE_TEXT = 600
# A title says what its page is, but on pages that are full: somebody may call an album 404.
FULL_TEXT = 6_000
FULL_IMAGES = 8
MARKER_BYTES = 64 * 1024  # of the body, searched for markers


def outcome_of_status(status: int, headers: Mapping[str, str], *, conditional: bool, now: datetime) -> Outcome:
    """What the status line and the headers alone say. headers: names in lower case."""
    wall = _header_wall(headers)
    if wall is not None and status != 304:
        return wall
    if status == 304 and conditional:
        return Outcome(OutcomeKind.NOT_MODIFIED)
    known = _STATUSES.get(status)
    kind, said = known if known is not None else _of_class(status)
    if kind is OutcomeKind.OK:
        return Outcome(kind)
    message = said.format(status=status)
    if status == 511:  # RFC 6585 section 6: not the site says so, but a network on the way
        return Outcome(kind, message, "Open any page in a browser on this machine and log in to the network.")
    return Outcome(kind, message, retry_after_s=_asked_to_wait(kind, headers, now))


_STATUSES: Mapping[int, tuple[OutcomeKind, str]] = {
    204: (OutcomeKind.EMPTY, "the site says that there is nothing to show ({status})"),
    205: (OutcomeKind.EMPTY, "the site says that there is nothing to show ({status})"),
    304: (OutcomeKind.EMPTY, "the site says that nothing changed, though nothing was known of it"),
    401: (OutcomeKind.WALL, "the site wants a log-in ({status})"),
    402: (OutcomeKind.WALL, "the site wants to be paid ({status})"),
    404: (OutcomeKind.GONE, "there is nothing at this address any more ({status})"),
    407: (OutcomeKind.WALL, "the site wants a log-in ({status})"),
    408: (OutcomeKind.TIMEOUT, "the site gave up waiting ({status})"),
    410: (OutcomeKind.GONE, "there is nothing at this address any more ({status})"),
    429: (OutcomeKind.RATE_LIMITED, "the site asks to slow down ({status})"),
    451: (OutcomeKind.BLOCKED, "withheld for legal reasons, here or everywhere ({status})"),
    511: (
        OutcomeKind.CONNECTION,
        "the network that this machine is in wants a log-in before it lets anything out ({status})",
    ),
}


def _of_class(status: int) -> tuple[OutcomeKind, str]:
    """RFC 9110 section 15: a status that is not known means what its class means."""
    match status // 100:
        case 2:
            return OutcomeKind.OK, ""
        case 3:
            return OutcomeKind.MOVED, "the site sends elsewhere ({status}) but does not say where"
        case 5:
            return OutcomeKind.SERVER_ERROR, "the site has a fault of its own ({status})"
        case _ if status >= 400:
            return OutcomeKind.BLOCKED, "the site refuses this request ({status})"
        case _:
            return OutcomeKind.UNREADABLE, "{status} is not a status that HTTP knows"


def _asked_to_wait(kind: OutcomeKind, headers: Mapping[str, str], now: datetime) -> float | None:
    if kind not in (OutcomeKind.RATE_LIMITED, OutcomeKind.SERVER_ERROR):
        return None
    now = sent_at(headers.get("date", ""), now)
    asked = parse_retry_after(headers.get("retry-after", ""), now)
    return parse_reset(headers, now) if asked is None and kind is OutcomeKind.RATE_LIMITED else asked


def outcome_of_body(purpose: Purpose, status: Outcome, body: bytes) -> Outcome:
    """What the first bytes add to what the status said, by markers alone: what an error page says in words, a reader
    tells (`error_page_job`)."""
    if not status.is_good_look:
        return (marked(body) or status) if status.kind in _MAY_BE_WALLS else status
    if status.kind is OutcomeKind.NOT_MODIFIED:
        return status
    if not body.strip():
        return Outcome(OutcomeKind.EMPTY, "the answer is empty")
    if purpose is Purpose.IMAGE and _is_markup(body):
        return marked(body) or Outcome(
            OutcomeKind.UNREADABLE, "a page was sent in the place of the picture: a wall, or it is gone"
        )
    return status


def error_page_job(fetched: Fetched) -> ParseJob | None:
    """How a reader is to read a page that came in the place of what was asked for: it may say that it is a wall. None
    where nothing is left to say. Of the body the first `MARKER_BYTES` are enough."""
    kind = fetched.outcome.kind
    in_place_of_a_picture = kind is OutcomeKind.UNREADABLE and fetched.request.purpose is Purpose.IMAGE
    content_type = fetched.header("content-type")
    not_there = kind is OutcomeKind.GONE and fetched.request.purpose in (Purpose.PAGE, Purpose.IMAGE)
    is_words = content_type.partition("/")[0].strip().lower() in ("", "text") or "html" in content_type.lower()
    may_be_wall = kind in _MAY_BE_WALLS or (not_there and is_words)
    if not fetched.body or not (may_be_wall or (in_place_of_a_picture and _is_markup(fetched.body))):
        return None
    return ParseJob(Parser.ERROR_PAGE, fetched.url, content_type, rules=(("kind", kind.value),))


def explained(fetched: Fetched, read: PageContent) -> Fetched:
    """read: what a reader made of its error page. However the answer is called, the host is left alone as long."""
    said = read.problem
    may_be = _NOT_GONE if fetched.outcome.kind is OutcomeKind.GONE else _WALLS
    if said is None or said.kind not in may_be:  # the reader died of it, say
        return fetched
    better = Outcome(said.kind, said.message, retry_after_s=fetched.outcome.retry_after_s)
    return replace(fetched, outcome=better)


def outcome_of_page(content: PageContent, fetched: Fetched) -> Outcome | None:
    """None when the page is a good look. Else the wall, or the page that says with 200 that it is gone.
    Called after reading, with what a reader found."""
    page = _Page.of(content)
    if page.is_thin and (sure := marked(fetched.body, bare=page.is_bare)) is not None:
        return sure
    for sign in signs():
        if _bears(page, sign) or (page.is_thin and _was_led_there(sign, fetched)):
            return Outcome(sign.kind, sign.message)
    if content.needs_browser and not fetched.request.browser:
        return Outcome(OutcomeKind.EMPTY, "the page is empty without its scripts, so nothing of it could be seen")
    asked = fetched.request
    is_file = asked.purpose is Purpose.IMAGE  # of which no front page is another name
    if (was_sent_to_front if is_file else _was_sent_home)(asked.url, fetched.url):
        return Outcome(
            OutcomeKind.MOVED, "the site shows its front page instead: what stood here is most likely gone or moved"
        )
    return None


def wall_sent_as_gone(content: PageContent, body: bytes) -> Outcome | None:
    """What a page of status 404 or 410 is instead: a wall, a refusal or a fault, by its words and marks. None where it
    is gone: the page says so itself, or says nothing at all.

    What the site's frame says on every page (a log-in in its header, a cookie notice) is no wall here, as the status
    speaks first: only whole sentences and what little else is there count.
    """
    page = _Page.of(content)
    if not page.is_thin:
        return None
    words = replace(page, title=frozenset(), text=one_form(content.text), is_notice=False)
    if any(_bears(words, sign) for sign in signs() if sign.kind is OutcomeKind.GONE):
        return None
    may_be = [sign for sign in signs() if sign.kind in _NOT_GONE and not sign.hosts]  # without consent pages
    for sign in may_be:  # a sentence outweighs a title: programs write that after the status
        if words.is_small_for(sign) and says(words.text, sign.phrases):
            return Outcome(sign.kind, sign.message)
    if _is_titled_gone(page, words):
        return None
    if (sure := marked(body, bare=page.is_bare)) is not None:
        return sure if sure.kind in _NOT_GONE else None
    for sign in may_be:
        if page.is_thin and _bears(page, sign):
            return Outcome(sign.kind, sign.message)
    return None


def _is_titled_gone(page: _Page, words: _Page) -> bool:
    """In its title, or by the bare number of the status anywhere."""
    if any(not _STATUS_WORDS.isdisjoint(said.split()) for said in (words.text, *page.title)):
        return True
    gone = [sign for sign in signs() if sign.kind is OutcomeKind.GONE]
    return any(sign.titles.hold(page.title) or sign.mild_titles.hold(page.title) for sign in gone)


@dataclass(frozen=True, slots=True)
class _Page:
    """How much is on a page: the less there is, the more what it says is about the page itself. title: in parts. text:
    with the title, in one form. is_notice: it is short, and its title is that of a notice."""

    title: frozenset[str]
    text: str
    images: int
    is_thin: bool
    is_bare: bool
    is_full: bool
    is_notice: bool

    @classmethod
    def of(cls, content: PageContent) -> _Page:
        title, images = title_parts(content.title), len(content.images)
        text = one_form(f"{content.title}\n{content.text}")
        is_full = len(text) > FULL_TEXT or images > FULL_IMAGES
        return cls(
            title,
            text,
            images,
            is_thin=len(text) < THIN_TEXT and images <= THIN_IMAGES,
            is_bare=len(text) < BARE_TEXT and images == 0,
            is_full=is_full,
            is_notice=images <= THIN_IMAGES and not is_full and notices().hold(title),
        )

    def is_small_for(self, sign: Sign) -> bool:
        says_little = sign.small or sign.kind is OutcomeKind.GONE
        return self.is_thin and (len(self.text) < SMALL_TEXT or not says_little)

    def is_nearly_bare(self, images: int) -> bool:
        """Few words, and no more than so many pictures."""
        return len(self.text) < BARE_TEXT and self.images <= images


def _bears(page: _Page, sign: Sign) -> bool:
    """By its title, or by words where there is little else."""
    is_small = page.is_small_for(sign)
    title_counts = is_small if sign.small else not page.is_full
    if title_counts and sign.titles.hold(page.title):
        return True
    mildly_titled = title_counts and sign.mild_titles.hold(page.title)
    if mildly_titled and page.is_nearly_bare(images=0 if sign.small else 1):
        return True
    if (is_small or mildly_titled or page.is_notice) and says(page.text, sign.phrases):
        return True
    if (page.is_bare or page.is_notice) and says(page.text, sign.mild):
        return True
    return (page.is_notice or page.is_nearly_bare(images=1)) and tells_fate(page.text, sign)


def _was_led_there(sign: Sign, fetched: Fetched) -> bool:
    """To an address of the sign, by the site: it was not what was asked for."""
    return sign.leads_to(fetched.url) and not sign.leads_to(fetched.request.url)


def says(text: str, phrases: tuple[str, ...]) -> bool:
    """text: in one form."""
    return any(phrase in text for phrase in phrases)


def _was_sent_home(asked: str, url: str) -> bool:
    """From a page deep inside to the front page of the same site."""
    if not was_sent_to_front(asked, url) or host_of(asked).removeprefix("www.") != host_of(url).removeprefix("www."):
        return False
    before = urlsplit(asked)
    steps = [step for step in before.path.split("/") if step]
    return len(steps) >= 2 or any(letter.isdigit() for letter in before.path + before.query)


def was_sent_to_front(asked: str, url: str) -> bool:
    """From what is no front page to one, of whatever site. For a find, whose page or file it was; a pass may begin at
    an address that is another name of the front page."""
    return not _is_front_page(asked) and _is_front_page(url)


def _is_front_page(url: str) -> bool:
    """By its address: no path, a language, a name that programs give it. Not with a query, which may name a page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    steps = [step for step in parts.path.casefold().split("/") if step]
    if steps and _LANGUAGE.fullmatch(steps[0]):
        steps = steps[1:]
    return not parts.query and (not steps or (len(steps) == 1 and steps[0] in _FRONT_NAMES))


_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?")
_FRONT_NAMES = frozenset({"home", "home.html", "home.php", "index", "default.aspx", "default.asp"}) | {
    f"index.{ending}" for ending in ("php", "html", "htm", "asp", "aspx", "jsp", "cgi", "shtml")
}


def with_account_remedy(fetched: Fetched) -> Fetched:
    """An API says in JSON that it does not let the account in: the remedy is about the account. A page in its place is
    a bot wall or a log-in form, and typed as such."""
    request, kind = fetched.request, fetched.outcome.kind
    if not request.account_remedy or kind not in (OutcomeKind.WALL, OutcomeKind.BLOCKED):
        return fetched
    if fetched.status not in _ACCOUNT_STATUSES or "json" not in fetched.header("content-type").lower():
        return fetched
    said = f"{fetched.outcome.message}, and answers as a program's interface does"
    return replace(fetched, outcome=Outcome(OutcomeKind.WALL, said, request.account_remedy))


_ACCOUNT_STATUSES = frozenset({400, 401, 403, 422})  # Google says 400 and Brave 422 of a key that is none
_MAY_BE_WALLS = frozenset({OutcomeKind.BLOCKED, OutcomeKind.SERVER_ERROR, OutcomeKind.RATE_LIMITED})
_WALLS = frozenset({OutcomeKind.WALL, OutcomeKind.BLOCKED})
_NOT_GONE = _WALLS | {OutcomeKind.SERVER_ERROR, OutcomeKind.RATE_LIMITED}
_STATUS_WORDS = frozenset({"404", "410"})


def _header_wall(headers: Mapping[str, str]) -> Outcome | None:
    for sign in signs():
        for name, value in sign.headers:
            if name in headers and value in headers[name].lower():
                return Outcome(sign.kind, sign.message)
    return None


def marked(body: bytes, *, bare: bool = False) -> Outcome | None:
    """By what the makers of walls put into their pages."""
    head = body[:MARKER_BYTES]
    for sign in signs():
        if any(marker in head for marker in sign.markers) or (bare and any(marker in head for marker in sign.bare)):
            return Outcome(sign.kind, sign.message)
    return None


def _is_markup(body: bytes) -> bool:
    """SVG is markup too, and no picture that is compared; the reader says so."""
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script"))
