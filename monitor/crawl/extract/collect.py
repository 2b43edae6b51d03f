"""Puts the variants of one image together, so that a page yields every image once, its largest variant first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from monitor.crawl.extract.image_urls import in_folder_for_small, looks_small, plain_names
from monitor.crawl.extract.weights import ranked
from monitor.crawl.promise import most_promising_first, rank_of
from monitor.crawl.urls import canonical_url
from monitor.domains import domain_of
from monitor.model.limits import MAX_ALTERNATIVES, MAX_PAGE_IMAGES, MAX_POSTS_OF_IMAGE, MAX_SHOWN
from monitor.model.page import LISTED, FoundAs, ImageRef

MAX_POST_URLS_CHARS = 4 * 1024 * 1024  # the addresses of all further posts of one page together
MAX_DOUBTFUL = 300  # of one page: what only a key says to be a picture
MAX_DATA_URIS_CHARS = 16 * 1024 * 1024  # all data: URIs of one page together


@dataclass(frozen=True, slots=True)
class Post:
    """What the markup says about the post that an image stands in. link: the post's own link to itself. number: which
    post of the page it is; 0 where there are none."""

    account: str = ""
    posted_at: str = ""
    url: str = ""
    link: str = ""
    number: int = 0


NO_POST = Post()


@dataclass(slots=True)
class _Group:
    variants: list[tuple[float, str]]
    found_as: FoundAs
    post: Post
    text: str
    keys: set[str] = field(default_factory=set)
    posts: dict[str, None] = field(default_factory=dict)  # of a list: addresses of all that it stands in
    shown: set[str] = field(default_factory=set)  # keys of the variants that the page itself shows


class Collector:
    """Images in the order of the page. Two groups are one image when the larger one's best variant is known already, or
    an image that stood alone turns out to be a smaller variant. A placeholder shared by many images joins none. page:
    where there are more than are kept of one page, the most promising are (`crawl.promise`); what promises little
    takes the room of nothing better."""

    def __init__(self, page: str = "") -> None:
        self._page = page
        self._own = domain_of(page)
        self._of_rank: Counter[int] = Counter()
        self._groups: list[_Group] = []
        self._best: dict[str, int] = {}  # key of a group's best variant -> its place
        self._other: dict[str, int] = {}  # key of a smaller variant -> its place
        self._data_chars = 0
        self._post_chars = 0
        self._doubtful = 0
        self.left_out = 0

    def __len__(self) -> int:
        return len(self._best)

    def add(
        self,
        variants: Iterable[tuple[float, str]],
        found_as: FoundAs,
        post: Post = NO_POST,
        text: str = "",
        shown: Collection[str] = (),
    ) -> None:
        """variants: (weight, absolute URL) of one image, any order; '' are ignored. The heaviest is preferred. shown:
        those of them that a visitor sees on the page."""
        heaviest_first = ranked(variants)
        if not heaviest_first:
            return
        keys = [_key(url) for _, url in heaviest_first]
        at = self._best.get(keys[0], self._other.get(keys[0], -1))
        is_doubtful = found_as is FoundAs.SAID
        if at < 0:
            rank = self._rank(heaviest_first[0][1], found_as, post)
            if self._of_rank[rank] >= MAX_PAGE_IMAGES or (is_doubtful and self._doubtful >= MAX_DOUBTFUL):
                self.left_out += 1
                return
            self._of_rank[rank] += 1
        self._doubtful += is_doubtful and at < 0
        group = self._groups[at] if at >= 0 else None
        if group is None:
            at, group = self._new(heaviest_first[0], keys, found_as, post, text)
        if group.found_as is FoundAs.SAID:
            group.found_as = found_as
        self._enrich(group, post, text)
        self._stands_in(group, post.url)
        group.shown.update(_key(url) for url in shown if url)
        for (weight, url), key in zip(heaviest_first, keys, strict=True):
            if key in group.keys or key in self._best or key in self._other:
                continue
            if url.startswith("data:"):
                if self._data_chars + len(url) > MAX_DATA_URIS_CHARS:
                    self.left_out += 1
                    continue
                self._data_chars += len(url)
            group.keys.add(key)
            group.variants.append((weight, url))
            self._other[key] = at

    def _rank(self, url: str, found_as: FoundAs, post: Post) -> int:
        is_own = url.startswith("data:") or domain_of(url) == self._own
        return rank_of(found_as, is_own=is_own, is_in_post=bool(post.url or post.account))

    def _new(
        self, best: tuple[float, str], keys: list[str], found_as: FoundAs, post: Post, text: str
    ) -> tuple[int, _Group]:
        """A new group, at the place of a lone image that turns out to be its smaller variant, if there is one."""
        group = _Group([best], found_as, post, text, {keys[0]})
        alone = next((self._best[k] for k in keys[1:] if k in self._best), None)
        if alone is None:
            self._groups.append(group)
            at = len(self._groups) - 1
        else:
            at = alone
            old = self._groups[at]
            for variant in old.variants:
                key = _key(variant[1])
                self._best.pop(key, None)
                self._other[key] = at
                group.keys.add(key)
                group.variants.append(variant)
            self._enrich(group, old.post, old.text)
            group.posts.update(old.posts)
            group.shown.update(old.shown)
            self._groups[at] = group
        if best[1].startswith("data:"):
            self._data_chars += len(best[1])
        self._best[keys[0]] = at
        return at, group

    @staticmethod
    def _enrich(group: _Group, post: Post, text: str) -> None:
        group.text = group.text or text
        if group.post is NO_POST or not (group.post.account or group.post.url):
            group.post = post
        elif post.number and not group.post.number:  # named for the whole page first
            group.post = replace(group.post, link=post.link, number=post.number)

    def _stands_in(self, group: _Group, url: str) -> None:
        if group.found_as not in LISTED or not url or url in group.posts or len(group.posts) >= MAX_POSTS_OF_IMAGE:
            return
        if group.posts:
            self._post_chars += len(url)
        if self._post_chars <= MAX_POST_URLS_CHARS:
            group.posts[url] = None

    def _in_full(self) -> dict[int, int]:
        """Place of an image that stands alone and is only a smaller copy -> place of the one it was made from: the page
        names both, and their addresses tell (`thumbs/cat.jpg`, `cat.jpg`)."""
        small = [(at, one.variants[0][1]) for at, one in enumerate(self._groups)]
        small = [(at, url) for at, url in small if not url.startswith("data:") and looks_small(url)]
        if not small or len(small) == len(self._groups) == 1:
            return {}
        beside: dict[tuple[str, str], list[int]] = {}  # (folder above, name) -> places, in folders beside each other
        for at, group in enumerate(self._groups):
            head, _, name = group.variants[0][1].partition("?")[0].rpartition("/")
            beside.setdefault((head.rpartition("/")[0], name.rpartition(".")[0] or name), []).append(at)
        found: dict[int, int] = {}
        for at, url in small:
            larger = [self._best[key] for name in plain_names(url) if (key := _key(name)) in self._best]
            larger = larger or beside.get(in_folder_for_small(url), [])
            other = {place for place in larger if place != at and place not in found}
            if len(other) == 1:
                found[at] = other.pop()
        return found

    def images(self) -> tuple[ImageRef, ...]:
        found: list[ImageRef] = []
        in_full, posts_of = self._in_full(), defaultdict[str, set[int]](set)
        for group in self._groups:
            posts_of[group.post.link].add(group.post.number)
        for at, place in in_full.items():
            self._groups[place].variants.extend(self._groups[at].variants)
            self._enrich(self._groups[place], self._groups[at].post, self._groups[at].text)
            self._groups[place].posts.update(self._groups[at].posts)
            self._groups[place].shown.update(self._groups[at].shown)
        for at, group in enumerate(self._groups):
            if at in in_full:
                continue
            first, *rest = [url for _, url in group.variants]
            shown = tuple(url for url in rest if _key(url) in group.shown)[:MAX_SHOWN] if group.shown else ()
            kept = rest[:MAX_ALTERNATIVES]
            if missing := [url for url in shown if url not in kept]:
                kept = [*kept[: MAX_ALTERNATIVES - len(missing)], *missing]
            found.append(
                ImageRef(
                    url=first,
                    alternatives=tuple(kept),
                    found_as=group.found_as,
                    post_url=group.post.url,
                    account=group.post.account,
                    posted_at=group.post.posted_at,
                    text=group.text,
                    also_in=tuple(url for url in group.posts if url != group.post.url)[:MAX_POSTS_OF_IMAGE],
                    shown=shown,
                    permalink=group.post.link if len(posts_of[group.post.link]) == 1 else "",
                    post=group.post.number,
                )
            )
        found = self._within_cap(found)
        return tuple(sorted(found, key=lambda ref: ref.found_as is FoundAs.SAID))  # what may be none comes last

    def _within_cap(self, found: list[ImageRef]) -> list[ImageRef]:
        if len(found) <= MAX_PAGE_IMAGES:
            return found
        self.left_out += len(found) - MAX_PAGE_IMAGES
        kept = {ref.url for ref in most_promising_first(found, self._page)[:MAX_PAGE_IMAGES]}
        return [ref for ref in found if ref.url in kept]


def _key(url: str) -> str:
    if url.startswith("data:"):
        return f"{len(url)}:{url[:200]}{url[-200:]}:{hash(url)}"
    key = canonical_url(url)
    return key.partition("://")[2] if key.startswith(("http://", "https://")) else key
