"""What is known of the three truths of a find, in words and as a document."""

from __future__ import annotations

from datetime import datetime

from monitor.documents.times import utc_words
from monitor.model.presence import Presence, Standing, Trace, Truth

_THERE = {
    Truth.PAGE: "named it last",
    Truth.MEDIA: "gave the picture last",
    Truth.SEARCH: "showed it last",
}


def presence_document(presence: Presence) -> dict[str, datetime | str | None]:
    """Of each truth, when it was last observed there, since when it is gone or cannot be asked, and why."""
    return {
        f"{truth.value}_{name}": getattr(presence.of(truth), name) or None
        for truth in Truth
        for name in ("seen_at", "gone_since", "unknown_since", "why")
    }


def trace_words(truth: Truth, trace: Trace) -> str:
    """'' where nothing was observed yet."""
    parts = []
    if trace.seen_at is not None:
        parts.append(f"{_THERE[truth]} {utc_words(trace.seen_at)}")
    if trace.gone_since is not None:
        looks = "gone since" if trace.standing is Standing.GONE else "gone at one look,"
        parts.append(f"{looks} {utc_words(trace.gone_since)}")
    if trace.unknown_since is not None:
        parts.append(f"could not be told since {utc_words(trace.unknown_since)}")
    return "; ".join(parts) + (f": {trace.why}" if trace.why and parts else "")


def still_words(presence: Presence) -> str:
    """Where the truths of a find go apart; '' where they do not."""
    page, media = presence.page.standing, presence.media.standing
    if page is Standing.GONE and media is Standing.THERE:
        return "its page is gone or names it no more, its file is still served"
    if media is Standing.GONE and presence.search.standing is Standing.THERE:
        return "its file is gone, a search still shows it"
    if media is Standing.GONE and page is Standing.THERE:
        return "its file is gone, its page still names it"
    return ""
