"""The places, from a seed. Each is a row: what it is, what it writes, what its weather is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bench.year import bank
from bench.year.kinds import (
    Album,
    Avatars,
    Banner,
    Blog,
    Buster,
    Feed,
    Gallery,
    NotYet,
    OnPurpose,
    Rotating,
    Search,
    Session,
    Signed,
    StandIn,
    ThousandNames,
    TokenFolder,
    TokenPath,
)
from bench.year.place import Board, Gone, Picture, Post, Spells, Stays, Weather, draw

W = Weather
SIX = 6  # days: shorter than this a copy is not gone for long enough to be told so


@dataclass(frozen=True)
class Script:
    """Draws what happens at one place. days: of the simulation."""

    name: str
    port: int
    number: int
    days: int
    rnd: random.Random

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(f"127.7.{self.number}.{last}" for last in range(1, 6))

    def stays(self, *, first: int | None = None) -> Stays:
        """Some times of standing with gaps between them; one in four gaps is a single day."""
        at, out = self.rnd.randrange(max(1, self.days // 8)) if first is None else first, []
        while at < self.days - SIX or not out:
            length = max(SIX, round(self.days * self.rnd.uniform(0.12, 0.4)))
            out.append((at, at + length))
            gap = 1 if self.rnd.random() < 0.25 else max(SIX + 2, round(self.days * self.rnd.uniform(0.03, 0.12)))
            at += length + gap
        return tuple(out)

    def once(self) -> Stays:
        """Stands from some day on, to the end."""
        return ((self.rnd.randrange(max(1, self.days // 8)), 10**6),)

    def spells(self, *kinds: Weather, longest: int = 5) -> Spells:
        """One after the other, with good days between them."""
        at, out = self.rnd.randrange(3, max(4, self.days // 8)), []
        while at < self.days:
            length = self.rnd.randint(1, longest)
            out.append((at, at + length, kinds[len(out) % len(kinds)]))
            at += length + max(4, round(self.days * self.rnd.uniform(0.04, 0.12)))
        return tuple(out)

    def hers(
        self, count: int, gone: Gone = Gone.NOT_FOUND, *, stays: Callable[[], Stays] | None = None
    ) -> list[Picture]:
        photos = self.rnd.sample(bank.HERS, count)
        return [Picture(f"h{place}", photo, (stays or self.stays)(), gone) for place, photo in enumerate(photos)]

    def others(self, count: int, *, prefix: str = "o") -> list[Picture]:
        photos = self.rnd.sample(bank.OTHERS, min(count, len(bank.OTHERS)))
        return [Picture(f"{prefix}{place}", photo, ((0, 10**6),)) for place, photo in enumerate(photos)]

    def posts(self, pictures: list[Picture]) -> tuple[Post, ...]:
        """One picture a post, born with it."""
        return tuple(Post(f"post{one.name}", one.stays[0][0], (one,)) for one in pictures)

    def thread(
        self, count: int, gone: Gone = Gone.NOT_FOUND, *, others: int = 5, stays: Callable[[], Stays] | None = None
    ) -> tuple[Post, ...]:
        return self.posts(self.others(others) + self.hers(count, gone, stays=stays))

    def growing(
        self,
        count: int,
        *,
        each: float,
        lives: int = 45,
        gone: Gone = Gone.WITH_POST,
        stays: Callable[[], Stays] | None = None,
    ) -> tuple[Post, ...]:
        """A blog to which strangers post every `each` days; their posts end after `lives` days."""
        fillers, at, place = [], -lives * 0.5, 0
        while at < self.days:
            picture = Picture(f"f{place}", bank.OTHERS[place % len(bank.OTHERS)], ((round(at), 10**6),))
            fillers.append(Post(f"postf{place}", round(at), (picture,), round(at) + lives))
            at, place = at + each, place + 1
        return (*fillers, *self.posts(self.hers(count, gone, stays=stays)))


def _recoded(posts: tuple[Post, ...], days: int) -> tuple[Post, ...]:
    """Each picture of hers is encoded anew three times."""
    at = tuple(round(days * part) for part in (0.2, 0.45, 0.8))
    return tuple(
        replace(post, pictures=tuple(replace(one, recoded=at) if one.is_hers else one for one in post.pictures))
        for post in posts
    )


def _twins(script: Script) -> tuple[Post, ...]:
    """The same photo in two posts, and once more in a third, months later."""
    photo, third = script.rnd.choice(bank.HERS), script.days // 2
    at = [((1, 10**6),), ((3, script.days // 3),), ((third, 10**6),)]
    hers = [Picture(f"h{place}", photo, stays, Gone.WITH_POST) for place, stays in enumerate(at)]
    return script.posts(script.others(4) + hers)


def _reposted(script: Script) -> tuple[Post, ...]:
    """Taken down with its post, and posted anew in another one, again and again."""
    photo, step = script.rnd.choice(bank.HERS), max(12, script.days // 6)
    hers = [
        Picture(f"h{place}", photo, ((start, start + step - 9),), Gone.WITH_POST)
        for place, start in enumerate(range(2, script.days, step))
    ]
    return script.posts(script.others(5) + hers)


def _many(script: Script) -> tuple[Post, ...]:
    pictures = script.others(28) + script.hers(2, stays=lambda: ((0, 10**6),))
    return script.posts(pictures)


Row = Callable[[Script], Board]


def _board(kind: type[Board] = Board, **more: object) -> Callable[[Script, tuple[Post, ...]], Board]:
    def make(script: Script, posts: tuple[Post, ...]) -> Board:
        return kind(script.name, script.hosts, script.port, posts, lasts=script.days, **more)  # type: ignore[arg-type]

    return make


def rows() -> dict[str, Row]:
    return {
        "file-404": lambda s: _board()(s, s.thread(3)),
        "file-410-page-unchanged": lambda s: _board(noise=False)(s, s.thread(2, Gone.GONE)),
        "file-stand-in": lambda s: _board()(s, s.thread(3, Gone.STAND_IN)),
        "file-stand-in-unchanged": lambda s: _board(noise=False, every=3)(s, s.thread(2, Gone.STAND_IN)),
        "file-sent-home": lambda s: _board(every=2)(s, s.thread(2, Gone.HOME)),
        "file-becomes-page": lambda s: _board(every=2)(s, s.thread(2, Gone.HTML)),
        "post-and-file-gone": lambda s: _board()(s, s.thread(3, Gone.WITH_POST)),
        "post-gone-file-stays": lambda s: _board(every=2)(s, s.thread(2, Gone.POST_ONLY)),
        "reposted": lambda s: _board()(s, _reposted(s)),
        "twins": lambda s: _board(Blog, every=2, per_page=20)(s, _twins(s)),
        "signed": lambda s: _board(addresses=Signed())(s, s.thread(2)),
        "signed-recoded": lambda s: _board(addresses=Signed(), every=2)(
            s, _recoded(s.thread(2, Gone.WITH_POST), s.days)
        ),
        "token-path-old-404": lambda s: _board(addresses=TokenPath(1))(s, s.thread(3, Gone.WITH_POST)),
        "token-path-old-kept": lambda s: _board(addresses=TokenPath(10**6), every=2)(s, s.thread(2)),
        "token-path-recoded": lambda s: _board(addresses=TokenPath(0))(s, _recoded(s.thread(2, stays=s.once), s.days)),
        "token-folder": lambda s: _board(addresses=TokenFolder())(s, _recoded(s.thread(2, Gone.STAND_IN), s.days)),
        "cache-buster": lambda s: _board(every=2, addresses=Buster())(s, s.thread(2)),
        "media-hosts": lambda s: _board(every=2, addresses=Rotating())(s, s.thread(2)),
        "media-hosts-signed": lambda s: _board(addresses=Rotating(signed=True), every=2)(
            s, s.thread(2, Gone.WITH_POST)
        ),
        "jsessionid": lambda s: _board(Album, every=3, addresses=Session("jsessionid"))(
            s, s.thread(2, Gone.WITH_POST, others=3)
        ),
        "cfid": lambda s: _board(Album, addresses=Session("cfid"), every=2)(s, s.thread(2, others=3)),
        "aspnet": lambda s: _board(Album, every=2, addresses=Session("aspnet"))(s, s.thread(2, Gone.GONE, others=3)),
        "slides": lambda s: _board(Blog)(s, s.growing(2, each=6)),
        "slides-no-permalinks": lambda s: _board(Blog, every=2, permalinks=False)(s, s.growing(2, each=6)),
        "slides-signed": lambda s: _board(Blog, addresses=Signed(), every=2)(s, s.growing(2, each=6)),
        "slides-out-of-reach": lambda s: _board(Blog, limit=2, every=2)(s, s.growing(2, each=5, stays=s.once)),
        "log-in-comes-and-goes": lambda s: _board(spells=s.spells(W.LOGIN_PAGE, W.LOGIN_AWAY))(s, s.thread(2)),
        "bot-check": lambda s: _board(spells=s.spells(W.BOT_CHECK))(s, s.thread(2, Gone.WITH_POST)),
        "attachments-for-members": lambda s: _board(spells=s.spells(W.MEMBERS_TEXT))(s, s.thread(2, Gone.WITH_POST)),
        "one-picture-for-all": lambda s: _board(spells=s.spells(W.MEMBERS_PICTURE))(s, s.thread(2, stays=s.once)),
        "outages": lambda s: _board(spells=s.spells(W.FAULT, W.HANG_UP, W.BUSY))(s, s.thread(2, Gone.WITH_POST)),
        "media-down": lambda s: _board(every=2, addresses=Rotating(), spells=s.spells(W.MEDIA_DOWN))(
            s, s.thread(2, stays=s.once)
        ),
        "faults-with-200": lambda s: _board(spells=s.spells(W.DATABASE, W.EMPTY, W.PAGE_GONE))(
            s, s.thread(2, stays=s.once)
        ),
        "avatars": lambda s: _board(Avatars)(s, s.thread(2, Gone.STAND_IN)),
        "banner-in-a-sheet": lambda s: _board(Banner)(s, s.thread(1, Gone.WITH_POST)),
        "in-the-making": lambda s: _board(NotYet)(s, s.growing(3, each=20, gone=Gone.WITH_POST)),
        "half-files": lambda s: _board(NotYet, way=s.rnd.choice(["half", "broken", "cut"]))(s, s.growing(3, each=20)),
        "feed": lambda s: _board(Feed, every=2)(s, s.growing(3, each=6)),
        "search": _search,
        "gallery-with-a-cap": lambda s: _board(Gallery)(s, _many(s)),
        "quiet": lambda s: _board(Blog, every=2)(s, s.growing(0, each=5, lives=30)),
        "quiet-unchanged": lambda s: _board(noise=False, every=2)(s, s.thread(0, others=6)),
        "addresses-on-purpose": lambda s: _board(addresses=OnPurpose())(s, s.thread(1, Gone.WITH_POST, others=2)),
        "preferred-is-stand-in": lambda s: _board(StandIn, every=2)(s, s.thread(2)),
        "sixty-names": lambda s: _board(ThousandNames, every=3)(s, s.thread(1, others=3)),
    }


def _search(script: Script) -> Board:
    posts = script.growing(3, each=9, lives=30)
    third = script.days // 3
    leaves_out = {"posth0": ((third, third + 9),), "posth1": ((2 * third, 2 * third + 5),)}
    mute = tuple((at, at + 3) for at in range(10, script.days, max(15, script.days // 8)))
    return Search(
        script.name,
        script.hosts,
        script.port,
        posts,
        lasts=script.days,
        every=2,
        noise=False,
        leaves_out=leaves_out,
        mute=mute,
    )


def places(seed: int, days: int, port: int, names: list[str] | None = None, *, every: int = 1) -> Iterator[Board]:
    """every: days between two visits, at least."""
    for number, (name, row) in enumerate(rows().items(), start=1):
        if names is None or name in names:
            place = row(Script(name, port, number, days, draw(seed, name)))
            place.every = max(place.every, every)
            yield place
