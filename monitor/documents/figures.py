"""How many finds there are of each kind, as JSON and in words."""

from __future__ import annotations

from typing import Any

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
    since = f" since {when(figures.since)}" if figures.since is not None else ""
    how_many = "all" if figures.new == figures.still_there else str(figures.new)
    new = f", {how_many} of them new{since}" if figures.new else ""
    parts = [
        f"{figures.still_there} still there{new}",
        f"{figures.to_decide} to decide (perhaps yours)",
        f"{figures.gone} gone",
    ]
    parts += [f"{figures.set_aside} set aside"] if figures.set_aside else []
    parts += [f"{figures.only_said} that nobody has looked at yet"] if figures.only_said else []
    parts += [f"{figures.closed} closed as under 18"] if figures.closed else []
    return "; ".join(parts)
