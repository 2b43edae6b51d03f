"""How many finds there are of each kind, as JSON and in words."""

from __future__ import annotations

from typing import Any

from monitor.catalogue import said
from monitor.documents.times import When, rfc3339
from monitor.model.figures import CountedAs, Figures


def figures_document(figures: Figures) -> dict[str, Any]:
    return {
        **{kind.value: getattr(figures, kind.value) for kind in CountedAs},
        "new": figures.new,
        "new_since": rfc3339(figures.since),
    }


def figures_words(figures: Figures, when: When) -> str:
    """`12 still there, 3 of them new since Sun 22 Nov, 13:05 CET; 2 to decide (perhaps yours); 9 gone`"""
    parts = [_there(figures, when)]
    parts.append(said("%(count)d to decide (perhaps yours)", count=figures.to_decide))
    parts.append(said("%(count)d gone", count=figures.gone))
    if figures.set_aside:
        parts.append(said("%(count)d set aside", count=figures.set_aside))
    if figures.only_said:
        parts.append(said("%(count)d that nobody has looked at yet", count=figures.only_said))
    if figures.not_looked_at:
        parts.append(said("%(count)d filed by you and not looked at yet", count=figures.not_looked_at))
    if figures.closed:
        parts.append(said("%(count)d closed as under 18", count=figures.closed))
    return "; ".join(parts)


def _there(figures: Figures, when: When) -> str:
    there, new, all_new = figures.still_there, figures.new, figures.new == figures.still_there
    if not new:
        return said("%(count)d still there", count=there)
    if figures.since is None:
        if all_new:
            return said("%(count)d still there, all of them new", count=there)
        return said("%(count)d still there, %(new)d of them new", count=there, new=new)
    since = when(figures.since)
    if all_new:
        return said("%(count)d still there, all of them new since %(since)s", count=there, since=since)
    return said("%(count)d still there, %(new)d of them new since %(since)s", count=there, new=new, since=since)
