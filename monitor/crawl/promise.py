"""Which pictures of a page are looked at first where a cap lets only some be. Pure.

Whoever wants a picture overlooked puts others before it: a thousand from elsewhere cost nothing. So what stands in a
post or on the page's own site goes before what unknown hosts give, and of those that are alike, what hosts gave that
this pass has met with pictures of posts before."""

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
        rank = _rank(ref, is_own=domain == own)
        turns[domain] += domain != own
        ranked.append((rank, turns[domain] if rank else 0, place, ref))
    return [ref for *_, ref in sorted(ranked, key=lambda one: one[:3])]


def _rank(ref: ImageRef, *, is_own: bool) -> int:
    """The lower, the sooner."""
    stands_in_post = ref.found_as in LISTED or bool(ref.post_url or ref.account)
    if is_own and ref.found_as not in _ASIDE:
        return 0
    if stands_in_post and ref.found_as not in _ASIDE:
        return 1
    return 2 if is_own else 3
