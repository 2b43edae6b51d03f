"""What is known of the three truths of a find, in words and as a document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from monitor.catalogue import said
from monitor.documents.times import When
from monitor.model.presence import Change, ChangeKind, PlannedLook, Presence, Standing, Trace, Truth

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


def looks_document(planned: Iterable[PlannedLook], changes: Iterable[Change]) -> dict[str, Any]:
    """Beside what is known of each truth, when it is looked at next; None where it is not."""
    times = {look.truth: look.due_at for look in planned}
    return {
        **{f"{truth.value}_next_look": times.get(truth) for truth in Truth},
        "changes": [{"at": one.at, "kind": one.kind.value, "why": one.why} for one in changes],
    }


def change_words(change: Change, when: When) -> str:
    words = {
        ChangeKind.REMOVED: "removed",
        ChangeKind.BACK: "back",
        ChangeKind.ELSEWHERE: "found in this place",
        ChangeKind.DELISTED: "the search showed it no more, by two looks",
        ChangeKind.LISTED: "the search showed it again",
    }
    return f"{when(change.at)}  {words[change.kind]}" + (f": {change.why}" if change.why else "")


def next_look_words(truth: Truth, planned: Iterable[PlannedLook], when: When) -> str:
    """'' where it is not looked at."""
    return next((f"looked at next {when(look.due_at)}" for look in planned if look.truth is truth), "")


def trace_words(truth: Truth, trace: Trace, when: When) -> str:
    """'' where nothing was observed yet."""
    parts = []
    if trace.seen_at is not None:
        parts.append(f"{_THERE[truth]} {when(trace.seen_at)}")
    if trace.gone_since is not None:
        looks = "gone since" if trace.standing is Standing.GONE else "gone at one look,"
        parts.append(f"{looks} {when(trace.gone_since)}")
    if trace.unknown_since is not None:
        parts.append(f"could not be told since {when(trace.unknown_since)}")
    return "; ".join(parts) + (f": {trace.why}" if trace.why and parts else "")


def still_words(presence: Presence) -> str:
    """Where the truths of a find go apart; '' where they do not."""
    page, media = presence.page.standing, presence.media.standing
    if page is Standing.GONE and media is Standing.THERE:
        return said("its page is gone or names it no more, its file is still served")
    if media is Standing.GONE and presence.search.standing is Standing.THERE:
        return said("its file is gone, a search still shows it")
    if media is Standing.GONE and page is Standing.THERE:
        return said("its file is gone, its page still names it")
    return ""
