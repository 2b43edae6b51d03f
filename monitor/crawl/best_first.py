"""A frontier for watches whose links the program chooses: the most promising page first, within the watch's depth and
page caps. It learns on the way what links of a shape lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush

from monitor.crawl.choosing import NOTHING_KNOWN, SURE, learnt, offers_of, scaled, visited
from monitor.crawl.deeds import acts
from monitor.crawl.frontier import MAX_WAITING, FrontierEntry, further
from monitor.crawl.urls import canonical_url
from monitor.model.limits import MAX_URL_CHARS
from monitor.model.page import PageContent, Request
from monitor.model.run import Followed
from monitor.model.watch import Follow
from monitor.ports.facts import Led

FREE_TRIALS = 3  # pages of shapes that promise little, in any pass
TRIALS_IN = 5  # and one more for so many pages that were visited
MAX_SHAPES = 300  # told apart in one pass; a site that makes up more has the others in one
MAX_SHOWN_BEFORE = 200_000  # remembered as shown by a page of this pass
LINKS_FOR_A_LIST_PAGE = 4  # links to new pages that are taken before one more page of the list that names them
SEED_WORTH = 100  # less 1 for each further page of its list
_OTHER_SHAPES = "..."

LastLook = Callable[[Sequence[str]], Mapping[str, datetime]]


@dataclass(slots=True, eq=False)
class _Waiting:
    """parent: shape of the link to the page that named it. is_link: and not a seed, a further page of a list, or what a
    feed lists. is_further: a further page of a list. is_known: looked at in an earlier pass."""

    entry: FrontierEntry
    worth: int
    shape: str = ""
    parent: str = ""
    is_link: bool = True
    is_further: bool = False
    is_known: bool = False
    is_taken: bool = False


@dataclass(slots=True)
class _Shape:
    led: Led = NOTHING_KNOWN
    waiting: list[tuple[int, int, _Waiting]] = field(default_factory=list)  # a heap: the worthiest first
    pages: int = 0
    left_out: int = 0
    not_tried: int = 0

    def top(self) -> _Waiting | None:
        while self.waiting and self.waiting[0][2].is_taken:
            heappop(self.waiting)
        return self.waiting[0][2] if self.waiting else None


class BestFirst:
    """As `Frontier`. led: what links of each shape led to in earlier passes. last_look: when those of some addresses
    were looked at last that ever were. logged_in: the pass has a saved log-in. Every second link that is taken is the
    one that has waited longest: so a place with more pages than the cap is seen whole, a part in each pass, and what it
    shows first is seen in each. Further pages of a list and what they list take turns."""

    def __init__(
        self,
        seeds: Sequence[Request],
        follow: Follow,
        led: Mapping[str, Led] | None = None,
        last_look: LastLook = lambda urls: {},
        *,
        logged_in: bool = False,
    ) -> None:
        self._follow, self._last_look, self._logged_in = follow, last_look, logged_in
        self._shapes = {shape: _Shape(known) for shape, known in (led or {}).items()}
        self._lists: list[tuple[int, int, _Waiting]] = []  # a heap: seeds, further pages of lists
        self._longest: list[tuple[float, int, int, _Waiting]] = []  # a heap: what was not looked at for longest
        self._seen: set[str] = set()
        self._pictures: set[int] = set()
        self._offered = self._waiting = self._given = self._links = self._tried = self._in_turn = 0
        self._now = _Waiting(FrontierEntry(Request(""), 0), SEED_WORTH, is_link=False)
        self.left_out = 0  # pages that were named but lie beyond a cap
        for request in seeds:
            self._offer(_Waiting(FrontierEntry(request, 0), SEED_WORTH, is_link=False))

    def next(self) -> FrontierEntry | None:
        found = self._best() if self._given < self._follow.max_pages else None
        if found is None:
            self._leave_rest()
            return None
        self._now = found
        self._given += 1
        self._in_turn = 0 if found.is_further else self._in_turn + found.is_link
        if found.is_link:
            self._links += 1
            self._of(found.shape).pages += 1
        return found.entry

    def skip(self) -> None:
        """The visit that was given last is not made: it takes nobody's place."""
        self._given -= 1
        if self._now.is_link:
            self._of(self._now.shape).pages -= 1
            self._of(self._now.shape).left_out += 1

    def add(self, content: PageContent, entry: FrontierEntry) -> None:
        """What the page that was given last led to."""
        self._seen.add(canonical_url(content.url))
        now = self._now
        for url in content.next_pages:
            if acts(url, content.url):
                continue
            following = FrontierEntry(further(url, entry), entry.depth, entry.referrer)
            self._offer(_Waiting(following, now.worth - 1, now.shape, now.parent, is_link=False, is_further=True))
        if entry.depth < self._follow.depth:
            for url in content.links:  # of a feed, an answer: what it lists
                request = Request(url, referrer=entry.request.url)
                listed = FrontierEntry(request, entry.depth + 1, entry.request.url)
                self._offer(_Waiting(listed, now.worth - 1, is_link=False))
        leads_on = self._follow.chooses_at(entry.depth) and self._add_links(content, entry, now)
        self._learn(content, now, leads_on=leads_on)

    @property
    def led(self) -> Mapping[str, Led]:
        """To be remembered."""
        return {shape: scaled(one.led) for shape, one in self._shapes.items() if one.led.visited}

    @property
    def followed(self) -> tuple[Followed, ...]:
        """What was done, by shape, the most visited first."""
        done = (Followed(shape, one.pages, one.left_out, one.not_tried) for shape, one in self._shapes.items())
        some = [one for one in done if one.pages or one.left_out or one.not_tried]
        return tuple(sorted(some, key=lambda one: (-one.pages, -one.left_out, one.shape)))

    def _add_links(self, content: PageContent, entry: FrontierEntry, now: _Waiting) -> bool:
        """Whether any of them is worth a visit for certain."""
        chosen = offers_of(content.offered, content.url, logged_in=self._logged_in)
        offers = [one for one in chosen if canonical_url(one.url) not in self._seen]
        looked = self._last_look([one.url for one in offers]) if offers else {}
        leads_on = False
        for one in offers:
            following = FrontierEntry(Request(one.url, referrer=entry.request.url), entry.depth + 1, entry.request.url)
            waiting = _Waiting(following, one.worth, one.shape, now.shape, is_known=one.url in looked)
            if self._offer(waiting):
                at = looked.get(one.url)
                heappush(self._longest, (at.timestamp() if at else 0.0, -one.worth, self._offered, waiting))
                leads_on = leads_on or self._worth(waiting) >= SURE
        return leads_on

    def _offer(self, waiting: _Waiting) -> bool:
        url = waiting.entry.request.url
        key = canonical_url(url)
        if key in self._seen or len(url) > MAX_URL_CHARS:
            return False
        if self._waiting >= MAX_WAITING:
            self.left_out += 1
            return False
        self._seen.add(key)
        self._offered += 1
        self._waiting += 1
        heap = self._of(waiting.shape).waiting if waiting.is_link else self._lists
        heappush(heap, (-waiting.worth, self._offered, waiting))
        return True

    def _best(self) -> _Waiting | None:
        listed = self._lists[0][2].worth if self._lists else 0
        found = self._waited_longest() if self._links % 2 else None
        if found is None:
            tops = [top for one in self._shapes.values() if (top := one.top()) is not None]
            found = max(tops, key=self._worth, default=None)  # of equal ones the first that was met
        if self._lists and (found is None or (listed >= self._worth(found) and not self._is_its_turn(found))):
            found = heappop(self._lists)[2]
        elif found is not None and self._worth(found) < SURE:
            if self._worth(found) <= 0 or self._tried >= FREE_TRIALS + self._given // TRIALS_IN:
                return None
            self._tried += 1
        if found is not None:
            found.is_taken = True
            self._waiting -= 1
        return found

    def _is_its_turn(self, link: _Waiting) -> bool:
        """A list without end leaves room for what it lists."""
        if not self._lists[0][2].is_further or self._worth(link) < SURE:
            return False
        return self._in_turn < (1 if link.is_known else LINKS_FOR_A_LIST_PAGE)

    def _waited_longest(self) -> _Waiting | None:
        """Of those that are worth a visit for certain."""
        while self._longest:
            waiting = self._longest[0][3]
            if not waiting.is_taken and self._worth(waiting) >= SURE:
                return waiting
            heappop(self._longest)
        return None

    def _worth(self, waiting: _Waiting) -> int:
        return waiting.worth + learnt(self._of(waiting.shape).led)

    def _of(self, shape: str) -> _Shape:
        known = self._shapes.get(shape)
        if known is None:
            shape = shape if len(self._shapes) < MAX_SHAPES else _OTHER_SHAPES
            known = self._shapes.setdefault(shape, _Shape())
        return known

    def _learn(self, content: PageContent, now: _Waiting, *, leads_on: bool) -> None:
        """A page is worth its visit for a picture that no page before it showed, or for where it leads."""
        shown = {hash(url) for ref in content.images for url in ref.variants}
        is_new = any(not any(hash(url) in self._pictures for url in ref.variants) for ref in content.images)
        if len(self._pictures) < MAX_SHOWN_BEFORE:
            self._pictures |= shown
        if now.is_link:
            of = self._of(now.shape)
            of.led = visited(of.led, showed=is_new or leads_on)
        if is_new and now.parent:
            of = self._of(now.parent)
            of.led = Led(of.led.visited, min(of.led.showed + 1, of.led.visited))

    def _leave_rest(self) -> None:
        """What still waits, by why it was not visited: for a cap, or for promising too little."""
        is_capped = self._given >= self._follow.max_pages
        for one in self._shapes.values():
            for _, _, waiting in one.waiting:
                if waiting.is_taken:
                    continue
                if is_capped and self._worth(waiting) >= SURE:
                    one.left_out += 1
                    self.left_out += 1
                else:
                    one.not_tried += 1
            one.waiting.clear()
        self.left_out += len(self._lists)
        self._lists.clear()
        self._longest.clear()
