"""Posts of a feed or an API to one PageContent: their pictures, and their pages as links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.crawl.extract.collect import Collector, Post
from monitor.crawl.extract.image_urls import image_url, is_image_link
from monitor.crawl.extract.json import images_in_document
from monitor.crawl.extract.page import read_fragment
from monitor.crawl.extract.text import squeeze
from monitor.crawl.extract.weights import ANY_PAGE, ORIGINAL, PLAIN, Variants
from monitor.crawl.urls import absolute, canonical_url, same_site
from monitor.model.limits import MAX_FIELD_CHARS, MAX_PAGE_TEXT_CHARS, MAX_TITLE_CHARS
from monitor.model.observation import NAMED, Noted, RunTrouble
from monitor.model.page import FoundAs, Outcome, OutcomeKind, PageContent, ParseJob

MAX_ENTRIES = 1000  # of one answer
MAX_ENTRY_HTML_CHARS = 1024 * 1024
MAX_UNKNOWN = 20  # types that are not known, of one answer
MAX_UNKNOWN_TOLD = 3
MAX_ANYWHERE = 100  # pictures in one thing of an unknown type
MAX_CURSOR_CHARS = 500  # what an API wants to be told for its next page


class Gathered:
    """Posts in the order of the answer. `base` is what relative addresses in it are relative to."""

    def __init__(self, job: ParseJob, *, found_as: FoundAs = FoundAs.API, base: str = "") -> None:
        self._job = job
        self._found_as = found_as
        self._base = base or job.url
        self._collector = Collector()
        self._links: dict[str, None] = {}
        self._words: list[str] = []
        self._named = 0  # entries that the answer says it has
        self._entries = 0
        self._unknown: dict[str, int] = {}
        self._readable = 0  # those of them that name a page or a picture; a post of an API stands for itself

    def names(self, count: int) -> None:
        """How many entries the answer holds, of whatever kind: where not one of them can be read, it is no look."""
        self._named += count

    def note_unknown(self, kind: str) -> None:
        """An embed, block or attachment of a type that is not known here: its pictures are looked for, and it is
        told."""
        kind = squeeze(kind, MAX_FIELD_CHARS)
        if kind in self._unknown or len(self._unknown) < MAX_UNKNOWN:
            self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def entry(
        self,
        *,
        link: str,
        account: str = "",
        posted_at: str = "",
        pictures: Iterable[Variants] = (),
        html: str = "",
        title: str = "",
        opens: bool = False,
        base: str = "",
        parts: Sequence[tuple[str, str]] = (),
    ) -> None:
        """link: the post's own page, kept with its pictures; visited too when `opens`. html: the post's markup. base:
        what its addresses are relative to, where it says so. parts: more markup, each with a base of its own or ''."""
        url, had = absolute(self._base, link), len(self._collector)
        fragment = squeeze(link.partition("#")[2], MAX_FIELD_CHARS).replace(" ", "")
        post_url = f"{url}#{fragment}" if url and fragment else url
        post = Post(squeeze(account, MAX_FIELD_CHARS), squeeze(posted_at, MAX_FIELD_CHARS), post_url)
        title = squeeze(title, MAX_TITLE_CHARS)
        self._words.append(title)
        if opens and url and is_image_link(url):
            self._collector.add([(ORIGINAL, url)], self._found_as, post, title)
        elif opens and url and (not self._job.same_site or same_site(url, self._job.url)):
            self._links[url] = None
        for variants in pictures:
            self._collector.add(self._addresses(variants, url, base), self._found_as, post, title)
        for markup, own_base in ((html, ""), *parts):
            if "<" in markup:
                self._read_markup(markup, own_base or base or url or self._base, post, title)
        self._entries += 1
        self._readable += url not in ("", self._job.url) or len(self._collector) > had or self._found_as is FoundAs.API

    def _addresses(self, variants: Variants, url: str, base: str) -> Variants:
        """base: '' where nothing is said of it: then some mean the entry's page, and some the list itself."""
        bases = (base,) if base else (url, self._base) if url else (self._base,)
        return [
            (ANY_PAGE if at else weight, image_url(one, written))
            for at, one in enumerate(bases)
            for weight, written in variants
        ]

    def _read_markup(self, markup: str, base: str, post: Post, title: str) -> None:
        for ref in read_fragment(markup[:MAX_ENTRY_HTML_CHARS], base):
            ordered = [(PLAIN - rank, variant) for rank, variant in enumerate((ref.url, *ref.alternatives))]
            self._collector.add(ordered, self._found_as, post, ref.text or title)

    def content(self, title: str = "", next_pages: Iterable[str] = (), *, url: str = "") -> PageContent:
        """url: the page that people see, where it is not the one that was asked for."""
        further = [address for written in next_pages if written and (address := absolute(self._base, written))]
        if self._job.same_site:
            further = [address for address in further if same_site(address, self._job.url)]
        named = max(self._named, self._entries)
        problem = None
        if named and not (self._readable or further):
            said = f"not one of the {named} entries that came back names a page or a picture that can be had"
            problem = Outcome(OutcomeKind.EMPTY, said, NAMED[RunTrouble.UNREADABLE_ENTRIES].remedy)
        return PageContent(
            problem=problem,
            noted=self._noted() if named or further else (Noted(RunTrouble.NO_ENTRIES),),
            url=canonical_url(url or self._job.url),
            title=squeeze(title, MAX_TITLE_CHARS),
            images=self._collector.images(),
            links=tuple(self._links),
            next_pages=tuple(dict.fromkeys(further)) if self._job.follow_next else (),
            text=" ".join(self._words)[:MAX_PAGE_TEXT_CHARS],
        )

    def _noted(self) -> tuple[Noted, ...]:
        if not self._unknown:
            return ()
        kinds = ", ".join(sorted(self._unknown, key=lambda kind: -self._unknown[kind])[:MAX_UNKNOWN_TOLD])
        return (Noted(RunTrouble.UNKNOWN_CONTENT, sum(self._unknown.values()), kinds),)


def pictures_anywhere(document: object) -> list[Variants]:
    """Of something in an answer whose shape is not known: what looks like a picture, or is said to be one."""
    return images_in_document(document)[:MAX_ANYWHERE]
