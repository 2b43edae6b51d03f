"""Which pictures of a page are looked at first where a cap lets only some be. Pure.

Whoever wants a picture overlooked puts others before it: a thousand from elsewhere cost nothing. So what stands in a
post or on the page's own site goes before what other hosts give; among these, hosts take turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from monitor.domains import domain_of
from monitor.model.page import LISTED, FoundAs, ImageRef

_ASIDE = frozenset({FoundAs.CSS, FoundAs.OG, FoundAs.PRELOAD})  # decoration, and what the page wants shown elsewhere


def most_promising_first(refs: Sequence[ImageRef], page_url: str) -> list[ImageRef]:
    """In the order of the page where nothing speaks for one or the other; hosts take turns among strangers, so that
    none of them takes the place of all."""
    own = domain_of(page_url)
    turns: Counter[str] = Counter()
    ranked = []
    for place, ref in enumerate(refs):
        domain = domain_of(ref.url) if not ref.url.startswith("data:") else own
        in_post = bool(ref.post_url or ref.account)
        rank = rank_of(ref.found_as, is_own=domain == own, is_in_post=in_post)
        turns[domain] += domain != own
        ranked.append((rank, turns[domain] if rank else 0, place, ref))
    return [ref for *_, ref in sorted(ranked, key=lambda one: one[:3])]


def rank_of(found_as: FoundAs, *, is_own: bool, is_in_post: bool) -> int:
    """The lower, the sooner. is_own: of the page's own site."""
    if is_own and found_as not in _ASIDE:
        return 0
    if (is_in_post or found_as in LISTED) and found_as not in _ASIDE:
        return 1
    return 2 if is_own else 3
