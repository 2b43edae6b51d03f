"""The test pages of `crawl/signs.toml`: what sites send, by kind, and good pages with the same words in them. Each is
read as a page is read, and judged as a pass judges it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from monitor.crawl.outcome import (
    MARKER_BYTES,
    error_page_job,
    explained,
    outcome_of_body,
    outcome_of_page,
    outcome_of_status,
)
from monitor.model.page import Fetched, Outcome, OutcomeKind, ParseJob, Purpose, Request
from monitor.sources.reading.parsers import read_answer

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
FILES = Path(__file__).parent / "sign_pages"
ASKED = "https://x.example/t/5"

GOOD = "good"
# `is` in the files -> the outcome, and a word of its message where one outcome has several kinds.
MEANS: dict[str, tuple[OutcomeKind, str]] = {
    "bot": (OutcomeKind.WALL, "bot"),
    "login": (OutcomeKind.WALL, "log-in"),
    "age": (OutcomeKind.WALL, "age"),
    "consent": (OutcomeKind.WALL, "consent"),
    "blocked": (OutcomeKind.BLOCKED, ""),
    "limited": (OutcomeKind.RATE_LIMITED, ""),
    "fault": (OutcomeKind.SERVER_ERROR, ""),
    "gone": (OutcomeKind.GONE, ""),
    "home": (OutcomeKind.MOVED, "front page"),
    GOOD: (OutcomeKind.OK, ""),
}

# A forum's surroundings for a guest: menus, a logo, the board's statistics, a footer.
FORUM = """<div id=header><a href="/"><img src="/styles/logo.png" alt="My Forum"></a><ul><li><a href="/">Board index</a>
<li><a href="/faq">FAQ</a><li><a href="/members">Members</a><li><a href="/search">Search</a>
<li><a href="/register">Register</a><li><a href="/login">Login</a></ul>
<form action="/search"><input name=keywords placeholder="Search"></form></div>{body}
<div id=footer><ul><li><a href="/team">The team</a><li><a href="/delete-cookies">Delete all board cookies</a>
<li>All times are UTC+01:00</ul><p>Powered by forum software. Style by somebody. Privacy | Terms</p></div>"""
# A large site's: menus of many entries, small pictures, a text about itself.
BIG = (
    '<header><img src="/logo.png"><nav>'
    + "".join(f'<a href="/c/{number}">Category number {number} of this site</a> ' for number in range(30))
    + '</nav></header>{body}<aside><h3>Popular</h3><img src="/p1.jpg"><img src="/p2.jpg"></aside><footer>'
    + "This site is made with care by people who like pictures, and has been since 2009. " * 6
    + "</footer>"
)
FRAMES = {"": "{body}", "forum": FORUM, "big": BIG}
POST = """<article><b>someone</b><p>I was there in summer and took some pictures, the light was good and so was the
company.</p></article>"""


@dataclass(frozen=True, kw_only=True)
class SignPage:
    name: str
    means: str
    title: str
    body: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: str = ASKED
    url: str = ""
    frame: str = ""
    posts: int = 0
    pictures: int = 0

    def markup(self) -> bytes:
        inside = self.body + POST * self.posts
        inside += "".join(f'<p><img src="/photos/{number}.jpg"></p>' for number in range(self.pictures))
        shown = FRAMES[self.frame].replace("{body}", inside)
        return f"<!doctype html><html><head><title>{self.title}</title></head><body>{shown}</body></html>".encode()

    def judged(self) -> Outcome:
        """As in `outbound.polite` and `pipeline.pages`: the status line, the first bytes, then what was read."""
        body, url = self.markup(), self.url or self.asked
        said = outcome_of_status(self.status, self.headers, conditional=False, now=NOW)
        said = told(Purpose.PAGE, said, body)
        if said.kind is not OutcomeKind.OK:
            return said
        content = read_answer(ParseJob("html", url), body)
        fetched = Fetched(Request(self.asked), said, url, NOW, self.status, body=body)
        return content.problem or outcome_of_page(content, fetched) or said

    def right(self, said: Outcome) -> bool:
        kind, word = MEANS[self.means]
        return said.kind is kind and word in said.message


def told(purpose: Purpose, status: Outcome, body: bytes) -> Outcome:
    """As in `outbound.polite`: what the first bytes add to what the status said, and what an error page says itself."""
    said = outcome_of_body(purpose, status, body)
    fetched = Fetched(Request(ASKED, purpose), said, ASKED, NOW, 200, body=body)
    job = error_page_job(fetched)
    return said if job is None else explained(fetched, read_answer(job, body[:MARKER_BYTES])).outcome


def load(*names: str) -> Sequence[SignPage]:
    found = []
    for name in names:
        for entry in tomllib.loads((FILES / f"{name}.toml").read_text("utf-8"))["page"]:
            found.append(SignPage(means=entry.pop("is"), **entry))
    return found
