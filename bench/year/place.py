"""A place: posts with pictures that come and go, addresses that change, walls and outages. What it shows on a day, and
what is true of it on that day, come from the same script."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bench.year import bank, markup
from bench.year.truth import Day, Sight
from bench.year.web import Ask, Reply

Stays = tuple[tuple[int, int], ...]
"""Days from (included) to (not included), in order."""


class Gone(StrEnum):
    """How a copy of hers goes."""

    NOT_FOUND = "404"  # its file; the page still names it
    GONE = "410"
    STAND_IN = "stand-in"  # 200 with another picture
    HOME = "home"  # sent to the front page
    HTML = "html"  # 200 with a page
    WITH_POST = "with its post"  # page and file
    POST_ONLY = "post only"  # the file is still served


@dataclass(frozen=True)
class Picture:
    """photo: of the bank. stays: when it is there. recoded: days from which its bytes are others."""

    name: str
    photo: str
    stays: Stays
    gone: Gone = Gone.NOT_FOUND
    recoded: tuple[int, ...] = ()

    @property
    def is_hers(self) -> bool:
        return self.photo in bank.HERS

    def stands(self, day: int) -> bool:
        return any(start <= day < end for start, end in self.stays)

    def is_named(self, day: int) -> bool:
        """On its page."""
        if self.gone in (Gone.WITH_POST, Gone.POST_ONLY):
            return self.stands(day)
        return day >= self.stays[0][0]

    def file(self, day: int) -> bytes:
        return bank.copy(self.photo, self.name, sum(at <= day for at in self.recoded))


@dataclass(frozen=True)
class Post:
    """Newest first is by born. ends: the day from which it is not there, strangers' posts only."""

    name: str
    born: int
    pictures: tuple[Picture, ...]
    ends: int = 10**6


class Weather(StrEnum):
    """What stands between a visitor and the place on some days."""

    LOGIN_PAGE = "log-in page"  # 200
    LOGIN_AWAY = "sent to log in"
    BOT_CHECK = "bot check"
    MEMBERS_TEXT = "attachments for members"
    MEMBERS_PICTURE = "one picture for all addresses"
    FAULT = "500"
    BUSY = "503"
    HANG_UP = "hung up"
    SILENT = "no answer"
    EMPTY = "empty answer"
    DATABASE = "database error with 200"
    MEDIA_DOWN = "media server down"
    PAGE_GONE = "page and files gone"


HIDES_ALL = frozenset(Weather) - {Weather.MEMBERS_TEXT, Weather.MEMBERS_PICTURE, Weather.MEDIA_DOWN}

Spells = tuple[tuple[int, int, Weather], ...]


class Addresses:
    """How a place writes the addresses of its pictures. visit: the day, or a number that each answer counts up."""

    strict = False
    """Only what was given out is known again; else its name stands in it."""

    def write(self, place: Board, picture: Picture, visit: int) -> str:
        return f"/img/{picture.name}.jpg"

    def page(self, place: Board, path: str, visit: int) -> str:
        """The address of a page, as links name it."""
        return path

    def expired(self, age: int) -> Reply | None:
        """age: days since the address was given out."""
        return None


def token(*of: object, length: int = 32) -> str:
    return hashlib.sha256("/".join(map(str, of)).encode()).hexdigest()[:length]


@dataclass
class Board:
    """A place with posts. hosts: its own, then those of its media. days: how long it is simulated. noise: each page has
    something new on it at each visit. etags: it knows what was asked for before."""

    name: str
    hosts: tuple[str, ...]
    port: int
    posts: tuple[Post, ...]
    addresses: Addresses = field(default_factory=Addresses)
    spells: Spells = ()
    every: int = 1
    offset: int = 0
    noise: bool = True
    etags: bool = True
    extra: str = ""  # lines of the watch
    lasts: int = 365
    issued: dict[str, tuple[str, int]] = field(default_factory=dict)  # host and path: name of picture, day
    answers: int = 0

    # -- what the watch is

    start = "/thread/7"
    kind = "page"

    def watch(self) -> str:
        url = f"http://{self.hosts[0]}:{self.port}{self.start}"
        return (
            f'[[watch]]\nname = "{self.name}"\nkind = "{self.kind}"\nurl = "{url}"\n'
            f'every = "{self.every}d"\n{self.extra}\n'
        )

    def is_visited(self, day: int) -> bool:
        return (day + self.offset) % self.every == 0

    # -- what is true

    def pictures(self) -> list[Picture]:
        return [picture for post in self.posts for picture in post.pictures]

    def hers(self) -> list[Picture]:
        return [picture for picture in self.pictures() if picture.is_hers]

    def weather(self, day: int) -> Weather | None:
        return next((what for start, end, what in self.spells if start <= day < end), None)

    def truth(self, day: int) -> Day:
        weather = self.weather(day)
        if weather is Weather.PAGE_GONE:
            return Day(frozenset(), frozenset(), Sight.NOTHING)
        stands = frozenset(one.name for one in self.hers() if one.stands(day))
        unsure = frozenset(
            one.name
            for one in self.hers()
            if one.gone is Gone.POST_ONLY and not one.stands(day) and day >= one.stays[0][0]
        )
        if weather in HIDES_ALL:
            return Day(stands, frozenset(), Sight.NOTHING, unsure)
        if weather is not None:
            return Day(stands, frozenset(), Sight.LESS, unsure)
        shown = self.shown(day)
        seen = frozenset(one.name for one in shown if one.is_hers and one.stands(day))
        return Day(stands, seen, self.sight(day, shown), unsure)

    def shown(self, day: int) -> list[Picture]:
        """That its pages name to a visitor, as far as the watch goes."""
        return [one for post in self.alive(day) for one in post.pictures if one.is_named(day)]

    def sight(self, day: int, shown: Sequence[Picture]) -> Sight:
        broken = any(not one.stands(day) and one.gone is not Gone.STAND_IN for one in shown)
        return Sight.EITHER if broken else Sight.WHOLE

    def alive(self, day: int) -> list[Post]:
        """Newest first."""
        return sorted(
            (post for post in self.posts if post.born <= day < post.ends), key=lambda post: post.born, reverse=True
        )

    def copy_at(self, image_url: str, label: str) -> str:
        """Which picture of hers a sighting is about; '' where nobody can say."""
        host, _, path = image_url.removeprefix("http://").partition("/")
        name = self._name_at(host.partition(":")[0], "/" + path)
        if not name:
            of_photo = [one.name for one in self.hers() if one.photo == label]
            name = of_photo[0] if len(of_photo) == 1 else ""
        return name

    # -- what it answers

    def reply(self, ask: Ask, day: int) -> Reply:
        weather, is_media = self.weather(day), self.is_media(ask)
        if ask.bare == "/robots.txt":
            return Reply.page("none", 404)
        if ask.bare == "/login":
            return Reply.page(markup.LOGIN)
        if weather is not None:
            stopped = stopped_by(weather, day, is_media=is_media)
            if stopped is not None:
                return stopped
        if is_media:
            return self.media(ask, day)
        self.answers += 1
        text = self.page(ask, day, members_only=weather is Weather.MEMBERS_TEXT)
        if text is None:
            return Reply.page("<h1>Not Found</h1>", 404)
        if self.noise:
            text = text.replace("</body>", f"<p>{1000 + 7 * day} visitors so far</p></body>")
        return Reply.page(text, etag=self.etags)

    def is_media(self, ask: Ask) -> bool:
        return bool(re.search(r"\.(jpg|png|css)\b", ask.path)) or ask.host not in self.hosts[:1]

    def media(self, ask: Ask, day: int) -> Reply:
        given = self.issued.get(ask.host + ask.path)
        name = given[0] if given else "" if self.addresses.strict else self._name_at(ask.host, ask.path)
        picture = next((one for one in self.pictures() if one.name == name), None)
        if picture is None:
            return Reply.page("<h1>Not Found</h1>", 404)
        expired = self.addresses.expired(day - given[1]) if given else None
        return expired or self.file(picture, day)

    def file(self, picture: Picture, day: int) -> Reply:
        if picture.stands(day) or picture.gone is Gone.POST_ONLY:
            return Reply.picture(picture.file(day))
        match picture.gone:
            case Gone.STAND_IN:
                return Reply.picture(bank.words("picture removed"))
            case Gone.HOME:
                return Reply.to("/")
            case Gone.HTML:
                return Reply.page(markup.page("Picture not available", "<p>This picture is not available.</p>"))
            case Gone.GONE:
                return Reply.page("<h1>Gone</h1>", 410)
            case _:
                return Reply.page("<h1>Not Found</h1>", 404)

    def page(self, ask: Ask, day: int, *, members_only: bool) -> str | None:
        """Markup of a page; None where there is none. `Board` is one thread and its front page."""
        if ask.bare == "/":
            return markup.page("Front page", markup.links([("/thread/7", "the thread")]))
        if ask.bare != self.start:
            return None
        posts = sorted(self.alive(day), key=lambda post: post.born)
        return markup.page("Thread 7", "".join(self.post(post, day, members_only=members_only) for post in posts))

    def post(self, post: Post, day: int, *, members_only: bool = False, permalink: str = "") -> str:
        named = [one for one in post.pictures if one.is_named(day)]
        if not named and post.pictures and any(one.is_hers for one in post.pictures):
            return ""  # its one picture was the post
        if members_only:
            return markup.post(post.name, markup.MEMBERS_ONLY[len(self.name) % len(markup.MEMBERS_ONLY)], permalink)
        return markup.post(post.name, "".join(self.image(one, day) for one in named), permalink)

    def image(self, picture: Picture, day: int) -> str:
        return f'<img src="{self.address(picture, day)}" alt="">'

    def address(self, picture: Picture, day: int) -> str:
        """As it is written today, and noted as given out."""
        written = self.addresses.write(self, picture, day)
        host, path = self.hosts[0], written
        if written.startswith("http://"):
            host, _, path = written.removeprefix("http://").partition("/")
            host, path = host.partition(":")[0], "/" + path
        self.issued.setdefault(host + path, (picture.name, day))
        return written

    def _name_at(self, host: str, path: str) -> str:
        for one in (path, path.partition("?")[0], path.partition(";")[0]):
            if (given := self.issued.get(host + one)) is not None:
                return given[0]
        found = re.search(r"([a-z]+\d+)\.jpg", path)
        return found[1] if found else ""


def stopped_by(weather: Weather, day: int, *, is_media: bool) -> Reply | None:
    """What is answered in the place of a page or a picture; None where that is given as ever."""
    simple: dict[Weather, Callable[[], Reply]] = {
        Weather.LOGIN_PAGE: lambda: Reply.page(markup.LOGIN, etag=False),
        Weather.LOGIN_AWAY: lambda: Reply.to("/login"),
        Weather.BOT_CHECK: lambda: Reply.page(markup.BOT_CHECK, (403, 503)[day % 2], ("cf-mitigated", "challenge")),
        Weather.FAULT: lambda: Reply.page("<h1>Internal Server Error</h1>", 500),
        Weather.BUSY: lambda: Reply.page(markup.MAINTENANCE, 503),
        Weather.HANG_UP: lambda: Reply(act="reset"),
        Weather.SILENT: lambda: Reply(act="stall"),
        Weather.EMPTY: lambda: Reply(b"", etag=False),
        Weather.DATABASE: lambda: Reply.page(markup.DATABASE, etag=False),
        Weather.PAGE_GONE: lambda: Reply.page("<h1>Not Found</h1>", 404),
    }
    if weather in simple:
        return simple[weather]()
    if is_media and weather in (Weather.MEDIA_DOWN, Weather.MEMBERS_TEXT):
        status = 502 if weather is Weather.MEDIA_DOWN else 403
        return Reply.page("<h1>Bad Gateway</h1>" if status == 502 else "<h1>Forbidden</h1>", status)
    if is_media and weather is Weather.MEMBERS_PICTURE:
        return Reply.picture(bank.words("members only", "lightyellow"))
    return None


def draw(*of: object) -> random.Random:
    return random.Random("/".join(map(str, of)))
