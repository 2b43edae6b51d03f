"""What to do now, as texts that ship with the program. Needs no configuration, no store, no network.

The texts are plain Markdown: headings, lists, `code`. An address is named there by its desk (`desks.py`), and
`services.guide_pages` fills it in from the channel data, with its copy date or marked as not checked by us.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files

from monitor.errors import UsageError

UNDER_18 = "under-18"
UNDER_18_SERVICES = "under-18-services"

TOPICS = (
    "evidence",
    "report",
    "report-where",
    "report-late",
    "accounts",
    "hash-services",
    "extortion",
    "impersonation",
    UNDER_18,
    "support",
    "police",
    "again",
    "program",
    "privacy",
)


def topics() -> tuple[str, ...]:
    """In the order in which the overview names them."""
    return TOPICS


def text(topic: str | None = None) -> str:
    """The page on `topic`, or the overview without one; desks are still named. Raises UsageError naming the nearest
    topic."""
    if topic is None:
        return page_named("overview")
    if topic not in TOPICS:
        near = get_close_matches(topic.lower(), TOPICS, n=1, cutoff=0.4)
        meant = f"Did you mean {near[0]!r}? " if near else ""
        raise UsageError(f"the guide has no topic {topic!r}", remedy=f"{meant}The topics are: {', '.join(TOPICS)}.")
    if topic == UNDER_18:
        return f"{page_named(topic)}\n{page_named(UNDER_18_SERVICES)}"
    return page_named(topic)


def title_of(topic: str) -> str:
    """The heading of its page."""
    return page_named(topic).partition("\n")[0].lstrip("# ")


def page_named(name: str) -> str:
    return (files("monitor.guide") / f"{name}.md").read_text("utf-8")
