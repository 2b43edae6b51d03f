"""A watch: a place to look at, how, and how often. Made from watchlists/*.toml by `monitor.watchlist`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import isqrt
from pathlib import Path

from monitor.model.ids import DEFAULT_CASE, CaseId
from monitor.model.match import Match


class Kind(StrEnum):
    PAGE = "page"
    URLS = "urls"
    FEED = "feed"
    SEARCH = "search"
    SITEMAP = "sitemap"
    IMAGEBOARD = "imageboard"
    MASTODON = "mastodon"
    BLUESKY = "bluesky"
    REDDIT = "reddit"
    TELEGRAM = "telegram"
    DISCOURSE = "discourse"
    XENFORO = "xenforo"


class Render(StrEnum):
    HTTP = "http"
    BROWSER = "browser"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Every:
    """Kept as written; the scheduler adds jitter."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields, as cron reads them, in the scheduler's time zone."""

    expression: str


@dataclass(frozen=True, slots=True)
class Adapt:
    """As often as what happens there is worth, never sooner than `floor_s` nor later than `ceiling_s` after a visit."""

    floor_s: int
    ceiling_s: int

    def __post_init__(self) -> None:
        if not 0 < self.floor_s <= self.ceiling_s:
            raise ValueError(f"no time lies between {self.floor_s} and {self.ceiling_s} s")

    @property
    def usual_s(self) -> int:
        """Between two visits, as long as nothing is known of the place: as many times the floor as it goes into the
        ceiling."""
        return isqrt(self.floor_s * self.ceiling_s)


Schedule = Every | Cron | Adapt


def interval_s(schedule: Every | Adapt) -> int:
    """Between two visits, where nothing says otherwise."""
    return schedule.usual_s if isinstance(schedule, Adapt) else schedule.seconds


def longest_s(schedule: Every | Adapt) -> int:
    """Between two visits, whatever the place does."""
    return schedule.ceiling_s if isinstance(schedule, Adapt) else schedule.seconds


@dataclass(frozen=True, slots=True)
class Follow:
    """links: CSS selector of links to further pages ('' = none by selector; `rel=next` is always followed for kind
    page). depth: how many links away from the watch's own URL. max_pages: of one run. chosen: there is no selector, and
    the person asked for a depth: the program chooses which links are followed."""

    links: str = ""
    depth: int = 1
    max_pages: int = 50
    same_site: bool = True
    chosen: bool = False

    def chooses_at(self, depth: int) -> bool:
        """Whether the program chooses of a page that is so many links away."""
        return self.chosen and depth < self.depth


@dataclass(frozen=True, slots=True)
class ImageRules:
    """select: CSS selector of elements to take images from ('' = every embedding way). max_images: asked for in one
    run, beyond known ones. least: seeing fewer in one run means that the watch is blind; None = none, where an earlier
    look saw some."""

    select: str = ""
    max_images: int = 500
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """urls: what is visited first (one for `page`, `feed`; many for `urls`; none for `search`).
    robots_reason is set only when robots.txt is overridden. origin: file and line, for messages.
    planted: label or id of an enrolled photo that the person put there herself, so that every pass shows whether the
    watch still sees."""

    name: str
    kind: Kind
    schedule: Schedule
    urls: tuple[str, ...] = ()
    case: CaseId = DEFAULT_CASE
    render: Render = Render.HTTP
    follow: Follow = field(default_factory=Follow)
    images: ImageRules = field(default_factory=ImageRules)
    ignore_robots: bool = False
    robots_reason: str = ""
    tags: tuple[str, ...] = ()  # `urgent`: its alerts do not wait
    engine: str = ""
    query: str = ""
    pages: int = 1  # result pages to read
    credentials: str = ""
    planted: str = ""
    tells_page: bool = False  # `referrer = "page"`: what a page shows is asked for in its name
    enabled: bool = True
    origin: Path | None = None
    line: int = 0
    lines: tuple[tuple[str, int], ...] = field(default=(), compare=False)  # of its keys, for messages

    def line_of(self, key: str) -> int:
        """key: `images.select`, say; written in one line with its table, it stands where that does."""
        known = dict(self.lines)
        return known.get(key) or known.get(key.partition(".")[0]) or self.line

    def is_planted(self, match: Match) -> bool:
        return self.planted != "" and self.planted in (match.reference, match.label)

    @property
    def urgent(self) -> bool:
        return "urgent" in self.tags
