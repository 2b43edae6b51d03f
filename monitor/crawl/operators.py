"""Whose addresses an answer may name as the place of what is in it: its own site's, and its own service's."""

from __future__ import annotations

from monitor.crawl.urls import same_site
from monitor.domains import owner
from monitor.hosts import host_of

SAME_SERVICE: dict[str, frozenset[str]] = {
    "bsky.social": frozenset({"bsky.app"}),  # the servers that Bluesky runs itself, and the pages that people see
    "bsky.network": frozenset({"bsky.app"}),
    "4cdn.org": frozenset({"4chan.org", "4channel.org"}),
}
"""Site that answers -> sites of the same operator, where it says the posts are. Others answer for themselves alone: a
Mastodon server that shows a post of another server, say."""


def speaks_for(answered: str, named: str) -> bool:
    """answered: the address that gave the answer; named: one that stands in it."""
    return same_site(answered, named) or owner(host_of(named)) in SAME_SERVICE.get(owner(host_of(answered)), ())
