"""What to do now, as texts that ship with the program. Needs no configuration, no store, no network.

The texts are plain Markdown: headings, lists, `code`. Every address in them stands in the channel data, with its
copy date, or marked as not checked by us; a test holds that.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files

from monitor.errors import UsageError

TOPICS = (
    "evidence",
    "report",
    "accounts",
    "hash-services",
    "extortion",
    "impersonation",
    "under-18",
    "support",
    "police",
)


def topics() -> tuple[str, ...]:
    """In the order in which the overview names them."""
    return TOPICS


def text(topic: str | None = None) -> str:
    """The page on `topic`, or the overview without one. Raises UsageError naming the nearest topic."""
    if topic is None:
        return _page("overview")
    if topic not in TOPICS:
        near = get_close_matches(topic.lower(), TOPICS, n=1, cutoff=0.4)
        meant = f"Did you mean {near[0]!r}? " if near else ""
        raise UsageError(f"the guide has no topic {topic!r}", remedy=f"{meant}The topics are: {', '.join(TOPICS)}.")
    if topic == "under-18":
        return f"{_page(topic)}\n{under_18_services()}"
    return _page(topic)


def under_18_services() -> str:
    """Only the services made for pictures of minors: shown wherever this program refuses to go on."""
    return _page("under-18-services")


def _page(name: str) -> str:
    return (files("monitor.guide") / f"{name}.md").read_text("utf-8")
