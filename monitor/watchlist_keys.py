"""What a watchlist may hold: each key, its type, and what would be right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from typing_extensions import TypedDict

from monitor.hosts import host_of
from monitor.loopback import is_loopback
from monitor.model.cron import parse as parse_cron
from monitor.model.watch import Cron, Every, Kind, Render, Schedule
from monitor.tomlfile import Right, seconds, web_address

MAX_URLS = 10_000
"""Of one watch."""


MIN_EVERY_S = 300
"""Between two visits: fifty pages alone take four minutes at the gap that is kept between requests, and a site that is
asked every few seconds shuts its visitor out."""


MIN_EVERY_HERE_S = 5
"""The same, of a place on this computer alone (`is_here_alone`): nobody shuts its owner out."""

ADAPT_FOR_EXAMPLE = 'For example adapt = { floor = "15m", ceiling = "1d" }.'


def cron(value: str) -> str:
    """Five fields as crontab(5) has them, of which some day is like that. Raises ValueError."""
    if _cron_gap_s(value) < MIN_EVERY_S:
        raise ValueError(_TOO_OFTEN)
    return " ".join(value.split())


def _cron_here(value: str) -> str:
    """Likewise; each minute will do."""
    parse_cron(value)
    return " ".join(value.split())


def every(value: object) -> int:
    """Seconds. Raises ValueError."""
    found = seconds(value)
    if found < MIN_EVERY_S:
        raise ValueError(_TOO_OFTEN)
    return found


def _every_here(value: object) -> int:
    found = seconds(value)
    if found < MIN_EVERY_HERE_S:
        raise ValueError(f"is more often than every {MIN_EVERY_HERE_S} seconds: the visits would run into each other")
    return found


_TOO_OFTEN = (
    "is more often than every 5 minutes: the visits would run into each other, and the site would shut them out"
)


def is_here_alone(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> bool:
    """Whether a [[watch]], as its file has it, right or wrong, leads to nothing but this computer: every address is one
    of its own by number (or `localhost`), and links are followed nowhere else."""
    urls = [entry["url"]] if "url" in entry else entry.get("urls")
    if not isinstance(urls, list) or not urls:
        return False
    stays = all(table.get("same_site", True) is True for table in (_follow(defaults), _follow(entry)))
    return stays and all(isinstance(url, str) and _is_here(host_of(url)) for url in urls)


def _follow(table: Mapping[str, Any]) -> Mapping[str, Any]:
    found = table.get("follow")
    return found if isinstance(found, Mapping) else {}


def _is_here(host: str) -> bool:
    return host == "localhost" or is_loopback(host)


def only_here(schedule: Schedule) -> bool:
    """It is so often that no place but one on this computer may be visited by it."""
    if isinstance(schedule, Cron):
        return _cron_gap_s(schedule.expression) < MIN_EVERY_S
    return isinstance(schedule, Every) and schedule.seconds < MIN_EVERY_S


def _cron_gap_s(fields: str) -> int:
    """The shortest time between two moments that it names."""
    times = parse_cron(fields).minutes
    return min(later - earlier for earlier, later in zip(times, (*times[1:], times[0] + 1440), strict=True)) * 60


def watch_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        raise ValueError("is not a name: letters, digits, dot, - and _, at most 64, beginning with a letter or digit")
    return value


_Seconds = Annotated[int, BeforeValidator(every)]
_EVERY, _CRON = Right('For example every = "2h".'), Right('For example cron = "15 */6 * * *".')
_Word = Annotated[str, Field(max_length=100)]
_Words = Annotated[str, Field(min_length=1, max_length=200)]
_Tags = tuple[Annotated[str, AfterValidator(watch_name)], ...]
_Selector = Annotated[str, Field(max_length=1000)]


class FollowKeys(TypedDict, total=False):
    links: Annotated[_Selector, Right('A CSS selector, for example links = "a.next".')]
    depth: Annotated[int, Field(ge=0, le=20), Right("For example depth = 2.")]
    max_pages: Annotated[int, Field(ge=1, le=100_000), Right("For example max_pages = 50.")]
    same_site: Annotated[bool, Right("same_site = true or same_site = false.")]


class ImageKeys(TypedDict, total=False):
    select: Annotated[_Selector, Right('A CSS selector, for example select = "img, a[href]".')]
    max_images: Annotated[int, Field(ge=1, le=1_000_000), Right("For example max_images = 500.")]
    least: Annotated[int, Field(ge=0, le=1_000_000), Right("For example least = 1; 0 where there may be none.")]


class AdaptKeys(TypedDict, total=False):
    floor: Annotated[_Seconds, Right('The shortest time between two visits, for example floor = "15m".')]
    ceiling: Annotated[_Seconds, Right('The longest time between two visits, for example ceiling = "1d".')]


class _SharedKeys(TypedDict, total=False):
    kind: Annotated[Kind, Right('For example kind = "page".')]
    adapt: Annotated[dict[str, Any], Right(ADAPT_FOR_EXAMPLE)]
    render: Annotated[Render, Right('render = "http", "browser" or "auto".')]
    follow: Annotated[dict[str, Any], Right('follow = { links = "a.next", depth = 2 }.')]
    images: Annotated[dict[str, Any], Right('images = { select = "img", max_images = 500 }.')]
    robots: Annotated[Literal["obey", "ignore"], Right('robots = "ignore" together with robots_reason = "...".')]
    referrer: Annotated[Literal["none", "page"], Right('referrer = "page", or leave it out.')]
    robots_reason: Annotated[str, Field(max_length=500), Right("Why robots.txt is not followed, in quotes.")]
    tags: Annotated[_Tags, Field(max_length=50), Right('For example tags = ["urgent"].')]
    case: Annotated[_Word, Right('The id of a case, for example case = "default".')]
    credentials: Annotated[_Word, Right("The NAME of a [credentials.NAME] in config.toml.")]
    engine: Annotated[_Word, Right('For example engine = "searxng".')]
    pages: Annotated[int, Field(ge=1, le=100), Right("Result pages to read, for example pages = 3.")]
    enabled: Annotated[bool, Right("enabled = true or enabled = false.")]


class DefaultKeys(_SharedKeys, total=False):
    """What [defaults] may hold, and every [[watch]] too."""

    every: Annotated[_Seconds, _EVERY]
    cron: Annotated[str, Field(max_length=200), AfterValidator(cron), _CRON]


class _OwnKeys(TypedDict, total=False):
    name: Annotated[str, AfterValidator(watch_name), Right('A name of its own, for example name = "example-forum".')]
    url: Annotated[str, AfterValidator(web_address), Right('For example url = "https://forum.example/threads/1".')]
    urls: Annotated[
        tuple[Annotated[str, AfterValidator(web_address)], ...],
        Field(max_length=MAX_URLS),
        Right('For example urls = ["https://one.example/a", "https://two.example/b"].'),
    ]
    planted: Annotated[_Words, Right("The label of a photo that you enrolled and put there yourself.")]
    query: Annotated[str, Field(min_length=1, max_length=500), Right("What to search for: query = '\"jane doe\"'.")]


class WatchKeys(DefaultKeys, _OwnKeys, total=False):
    """What a [[watch]] may hold."""


class HereKeys(_SharedKeys, _OwnKeys, total=False):
    """What one may hold that `is_here_alone`."""

    every: Annotated[int, BeforeValidator(_every_here), _EVERY]
    cron: Annotated[str, Field(max_length=200), AfterValidator(_cron_here), _CRON]


def keys_for(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> type[WatchKeys] | type[HereKeys]:
    return HereKeys if is_here_alone(entry, defaults) else WatchKeys
