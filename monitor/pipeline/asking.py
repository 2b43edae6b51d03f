"""A picture's bytes: from which of its addresses they are had, and what is said where none gives any that can be
read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor.crawl.freshness import is_asked_whole
from monitor.errors import UnreadableImage
from monitor.model.page import Fetched, ImageRef, Outcome, OutcomeKind, Purpose, Request
from monitor.pipeline.known_pictures import Known
from monitor.pipeline.login import fetch_as_person
from monitor.pipeline.picture import ELSEWHERE, Became, Before, candidate_of, is_settled, seen_of
from monitor.pipeline.state import Look, Pass
from monitor.pipeline.tally import NOT_THERE

BROKE_OFF = Outcome(OutcomeKind.CONNECTION, "the answer broke off, and what came of it is no picture")


@dataclass(frozen=True, slots=True, eq=False)
class Trying:
    """A picture that is being looked for. urls: addresses of it that are yet to be asked, the best first. unread: the
    first one whose bytes could not be read. failed: the first one that gave none. known: one that was
    had, and is known not to be readable."""

    ref: ImageRef
    urls: tuple[str, ...]
    unread: tuple[Fetched, UnreadableImage] | None = None
    failed: Fetched | None = None
    known: Known | None = None

    def not_read(self, fetched: Fetched, error: UnreadableImage) -> Trying:
        """What may be there for others is told rather than what is there for nobody."""
        says_more = self.unread is None or (self.unread[1].kind in NOT_THERE and error.kind not in NOT_THERE)
        return replace(self, unread=(fetched, error)) if says_more else self


async def fetch_image(run: Pass, look: Look, trying: Trying, before: Before) -> tuple[Trying, Fetched | None]:
    """The largest variant that can be had: the browser's own copy, a data: URI, else over the network. Unchanged counts
    as had. None where none is left."""
    for at, url in enumerate(trying.urls):
        fetched = already_here(look, url)
        if fetched is None:
            request = run.part_of(look.fetched.url, url, Purpose.IMAGE)
            fetched = await fetch_as_person(_conditional(run, request, before), run.login, run.deps.fetcher)
            run.budget.took(fetched)
        if fetched.outcome.kind is OutcomeKind.OK or _is_as_known(fetched, before):
            return replace(trying, urls=trying.urls[at + 1 :]), fetched
        trying = replace(trying, failed=trying.failed or fetched)
    return replace(trying, urls=()), None


def _is_as_known(fetched: Fetched, before: Before) -> bool:
    """Not where nothing is known of it: who says so to a question without a validator says nothing."""
    return fetched.outcome.kind is OutcomeKind.NOT_MODIFIED and before.of(fetched.request.url) is not None


def not_seen(run: Pass, look: Look, trying: Trying) -> Became:
    """What became of a picture that no address of it gave in a form that can be read; which is noted."""
    is_sure = trying.ref.is_sure
    if trying.unread is not None and trying.unread[0].cut:  # a part of it: it is asked for again
        run.tally.image_failed(trying.unread[0].request.url, BROKE_OFF, is_sure=is_sure)
        return Became(trying.ref, is_unseen=is_sure, is_settled=not is_sure)
    if trying.unread is not None:
        fetched, error = trying.unread
        run.tally.image_unreadable(fetched.request.url, error, is_sure=is_sure)
        candidate = replace(candidate_of(run, look, trying.ref, fetched), unreadable=error.kind)
        seen = seen_of(run, trying.ref, fetched, candidate)
        seen = seen if is_sure else replace(seen, ask_again_at=None)  # most likely it will never be a picture
        return Became(
            trying.ref,
            candidate=candidate,
            seen=seen,
            is_unseen=is_sure,
            due=seen.ask_again_at,
            looked_at=candidate,
            had=fetched.request.url,
        )
    if trying.failed is not None:
        run.tally.image_failed(trying.failed.request.url, trying.failed.outcome, is_sure=is_sure)
    return Became(trying.ref, is_unseen=is_sure, is_settled=not is_sure)


def already_here(look: Look, url: str) -> Fetched | None:
    """What came with the page."""
    for sub in look.fetched.subresources:
        if url in (sub.request.url, sub.url) and sub.outcome.kind is OutcomeKind.OK:
            return sub
    return look.inline.get(url)


def _conditional(run: Pass, request: Request, before: Before) -> Request:
    """Asks only for what changed, where the kept hashes are all that is needed of an unchanged picture."""
    known = before.of(request.url)
    if known is None or not is_settled(run, known[1]) or known[0].outcome == ELSEWHERE:
        return request
    since = known[0].same_since or known[0].checked_at
    if is_asked_whole(request.url, run.deps.clock(), same_since=since):
        return request
    return run.way.conditional(request, known[0])
