"""What one run may take, and what one site may take of it. Pure: figures come in, the cap that is reached goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from monitor.model.run import LimitKind

WHAT = (LimitKind.PAGES, LimitKind.IMAGES, LimitKind.BYTES, LimitKind.SECONDS)
"""Named as the fields of `Taken` are."""


@dataclass(slots=True)
class Taken:
    pages: int = 0
    images: int = 0
    bytes: int = 0
    seconds: float = 0.0

    def since(self, before: Taken) -> Taken:
        return Taken(*(getattr(self, name.name) - getattr(before, name.name) for name in fields(self)))

    def plus(self, more: Taken) -> Taken:
        return Taken(*(getattr(self, name.name) + getattr(more, name.name) for name in fields(self)))


@dataclass
class Caps:
    """whole: of the run. share: of it, for one site, once the run has met another: a site without end must not use up
    what the others wait for. What a page leads to (pictures elsewhere, waiting) counts for the page's own site."""

    whole: Taken
    share: float
    sites: dict[str, Taken] = field(default_factory=dict)

    def meet(self, site: str) -> None:
        self.sites.setdefault(site, Taken())

    def charge(self, site: str, more: Taken) -> None:
        self.sites[site] = self.sites.get(site, Taken()).plus(more)

    def of_site(self, what: LimitKind) -> int:
        """At least one, so that every site is looked at."""
        whole = getattr(self.whole, what)
        return max(int(whole * self.share), 1) if len(self.sites) > 1 else int(whole)

    def reached(
        self, site: str, now: Taken | None = None, of: Sequence[LimitKind] = WHAT
    ) -> tuple[LimitKind, int] | None:
        """What this site has used up, and its cap. now: what is under way on it and not charged yet."""
        taken = self.sites.get(site, Taken()).plus(now or Taken())
        for what in of:
            cap = self.of_site(what)
            if getattr(taken, what) >= cap:
                return what, cap
        return None
