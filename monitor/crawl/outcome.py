"""What an answer means. A wall, a page that is gone or one that lies never counts as a good look.

The signs in pages (`signs.toml`) are data: phrases in several languages, markers that the makers of walls
put into what they send, and addresses that walls redirect to.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from monitor.crawl.pacing import parse_reset, parse_retry_after
from monitor.model.page import Fetched, Outcome, OutcomeKind, PageContent, Purpose

# A page with more than this shows what it is about, whatever a box at its edge says.
THIN_TEXT = 1_500  # characters of visible text
THIN_IMAGES = 3
# A picture's own page may be thin and tell of a deleted comment: gone is said of less than that only, for two of
# these in a row end a sighting.
GONE_TEXT = 600
GONE_IMAGES = 1
_TITLE_ENDS = "-|–—·:.!,…»<(/"  # noqa: RUF001 - what stands between what a page says and its site's name
MARKER_BYTES = 64 * 1024  # of the body, searched for markers
EMPTY_STATUSES = frozenset({204, 205})

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
    OutcomeKind.BUDGET: "It is looked at in the next run.",
}


def outcome(kind: OutcomeKind, message: str, *, retry_after_s: float | None = None) -> Outcome:
    """With the remedy that belongs to its kind."""
    return Outcome(kind, message, REMEDIES.get(kind, ""), retry_after_s)


def outcome_of_status(status: int, headers: Mapping[str, str], *, conditional: bool, now: datetime) -> Outcome:
    """What the status line and the headers alone say. headers: names in lower case."""
    wall = _header_wall(headers)
    if wall is not None and status >= 400:
        return wall
    match status:
        case 304 if conditional:
            return Outcome(OutcomeKind.NOT_MODIFIED)
        case 304:
            return outcome(OutcomeKind.EMPTY, "the site says that nothing changed, though nothing was known of it")
        case _ if status in EMPTY_STATUSES:
            return outcome(OutcomeKind.EMPTY, f"the site says that there is nothing to show ({status})")
        case _ if 200 <= status < 300:
            return Outcome(OutcomeKind.OK)
        case _ if 300 <= status < 400:
            return outcome(OutcomeKind.MOVED, f"the site sends elsewhere ({status}) but does not say where")
        case 404 | 410:
            return outcome(OutcomeKind.GONE, f"there is nothing at this address any more ({status})")
        case 401 | 407:
            return outcome(OutcomeKind.WALL, f"the site wants a log-in ({status})")
        case 402:
            return outcome(OutcomeKind.WALL, "the site wants to be paid (402)")
        case 408:
            return outcome(OutcomeKind.TIMEOUT, "the site gave up waiting (408)")
        case 429:
            retry = parse_retry_after(headers.get("retry-after", ""), now)
            if retry is None:
                retry = parse_reset(headers, now)
            return outcome(OutcomeKind.RATE_LIMITED, "the site asks to slow down (429)", retry_after_s=retry)
        case 451:
            return outcome(OutcomeKind.BLOCKED, "withheld for legal reasons, here or everywhere (451)")
        case _ if 400 <= status < 500 or status >= 600:
            return outcome(OutcomeKind.BLOCKED, f"the site refuses this request ({status})")
        case _ if 500 <= status < 600:
            retry = parse_retry_after(headers.get("retry-after", ""), now)
            return outcome(OutcomeKind.SERVER_ERROR, f"the site has a fault of its own ({status})", retry_after_s=retry)
        case _:
            return outcome(OutcomeKind.UNREADABLE, f"{status} is no answer that HTTP knows")


def outcome_of_body(purpose: Purpose, status: Outcome, body: bytes) -> Outcome:
    """What the first bytes add to what the status said. An error page may turn out to be a wall."""
    if not status.is_good_look:
        return _marked_wall(body) or status if status.kind in _MAY_BE_WALLS else status
    if status.kind is OutcomeKind.NOT_MODIFIED:
        return status
    if not body.strip():
        return outcome(OutcomeKind.EMPTY, "the answer is empty")
    if purpose is Purpose.IMAGE and _is_markup(body):
        return _marked_wall(body) or outcome(
            OutcomeKind.UNREADABLE, "a page was sent in the place of the picture: a wall, or it is gone"
        )
    return status


def outcome_of_page(content: PageContent, fetched: Fetched) -> Outcome | None:
    """None when the page is a good look. Else the wall, or the page that says with 200 that it is gone.
    Called after reading, with what a reader found."""
    if content.needs_browser and not fetched.request.browser:
        return outcome(OutcomeKind.EMPTY, "the page is empty without its scripts, so nothing of it could be seen")
    marked = _marked_wall(fetched.body)
    thin = len(content.text) < THIN_TEXT and len(content.images) <= THIN_IMAGES
    if marked is not None and thin:
        return marked
    bare = len(content.text) < GONE_TEXT and len(content.images) <= GONE_IMAGES
    title, text = content.title.casefold().strip(), content.text.casefold()
    for sign in signs():
        slight = bare if sign.kind is OutcomeKind.GONE else thin
        moved_there = sign.leads_to(fetched.url) and not sign.leads_to(fetched.request.url)
        if sign.is_title(title) or (slight and (sign.is_in(text) or moved_there)):
            return outcome(sign.kind, sign.message)
    return None


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


@dataclass(frozen=True, slots=True)
class Sign:
    """One kind of wall or of gone. titles: what the title says before the name of the site. phrases: in the
    visible text of a thin page. paths: where a redirect ended. markers: in the bytes. headers: name and part."""

    kind: OutcomeKind
    message: str
    titles: tuple[str, ...]
    phrases: tuple[str, ...]
    paths: tuple[str, ...]
    markers: tuple[bytes, ...]
    headers: tuple[tuple[str, str], ...]

    def is_title(self, title: str) -> bool:
        return any(title.startswith(known) and title[len(known) :].lstrip()[:1] in _TITLE_ENDS for known in self.titles)

    def is_in(self, text: str) -> bool:
        return any(phrase in text for phrase in self.phrases)

    def leads_to(self, url: str) -> bool:
        try:
            path = urlsplit(url).path.casefold().rstrip("/")
        except ValueError:
            return False
        return any(path == known or path.endswith(known) for known in self.paths)


@cache
def signs() -> tuple[Sign, ...]:
    found = tomllib.loads(files("monitor.crawl").joinpath("signs.toml").read_text("utf-8"))
    return tuple(
        Sign(
            OutcomeKind(entry["kind"]),
            entry["message"],
            tuple(word.casefold() for word in _all(entry, "titles")),
            tuple(word.casefold() for word in _all(entry, "phrases")),
            tuple(entry.get("paths", ())),
            tuple(marker.encode("utf-8") for marker in entry.get("markers", ())),
            tuple((name.lower(), value.lower()) for name, value in entry.get("headers", {}).items()),
        )
        for entry in found["sign"]
    )


def _all(entry: Mapping[str, Mapping[str, list[str]]], key: str) -> list[str]:
    return [word for language in entry.get(key, {}).values() for word in language]


def _header_wall(headers: Mapping[str, str]) -> Outcome | None:
    for sign in signs():
        for name, value in sign.headers:
            if name in headers and value in headers[name].lower():
                return outcome(sign.kind, sign.message)
    return None


def _marked_wall(body: bytes) -> Outcome | None:
    head = body[:MARKER_BYTES]
    for sign in signs():
        if any(marker in head for marker in sign.markers):
            return outcome(sign.kind, sign.message)
    return None


def _is_markup(body: bytes) -> bool:
    """SVG is markup too, and no picture that is compared; the reader says so."""
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script"))
