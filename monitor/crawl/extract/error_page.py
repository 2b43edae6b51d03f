"""What an error page says of itself in words: that it is a wall, or why the site refuses."""

from __future__ import annotations

import html
from dataclasses import replace

from monitor.crawl.extract.page import read_html
from monitor.crawl.outcome import MARKER_BYTES, marked, says, wall_sent_as_gone
from monitor.crawl.signs import Sign, one_form, signs, title_parts
from monitor.crawl.urls import canonical_url
from monitor.model.limits import MAX_TITLE_CHARS
from monitor.model.page import Outcome, OutcomeKind, PageContent, ParseJob, Parser


def read_error_page(job: ParseJob, untrusted: bytes) -> PageContent:
    """Its rule `kind`: what is known of it already. `problem`: what it turns out to be; None where that stays."""
    known = OutcomeKind(job.rule("kind", OutcomeKind.BLOCKED.value))
    head = untrusted[:MARKER_BYTES]
    said = _not_gone(job, head) if known is OutcomeKind.GONE else _worded(head, known)
    return PageContent(canonical_url(job.url), problem=said)


def _not_gone(job: ParseJob, head: bytes) -> Outcome | None:
    """Read as any page is, since its frame has the same words as a wall."""
    return wall_sent_as_gone(read_html(replace(job, parser=Parser.HTML), head), head)


def _worded(body: bytes, known: OutcomeKind) -> Outcome | None:
    if (sure := marked(body)) is not None:
        return sure
    said, text = words_of(body)
    title = title_parts(said)
    for sign in signs():
        if sign.kind is known and says(text, sign.phrases):
            return None
        if _refines(sign, known) and (sign.titles.hold(title) or says(text, sign.phrases)):
            return Outcome(sign.kind, sign.message)
    return None


def _refines(sign: Sign, known: OutcomeKind) -> bool:
    """A wall or a refusal may come with any error; a host that asks to slow down is left alone whatever it says."""
    if known is OutcomeKind.RATE_LIMITED:
        return False
    if sign.kind is OutcomeKind.BLOCKED:
        return known in (OutcomeKind.SERVER_ERROR, OutcomeKind.UNREADABLE)
    return sign.kind is OutcomeKind.WALL


def words_of(head: bytes) -> tuple[str, str]:
    """Title and words of markup, roughly: an error page is not worth a parser."""
    text = one_form(html.unescape(head.decode("utf-8", "replace")))
    opened = text.partition("<title")[2]
    title = opened[opened.find(">") + 1 :].partition("</title")[0] if opened else ""
    return " ".join(title[:MAX_TITLE_CHARS].split()), " ".join(text.split())
