"""Kinds of places: how they write addresses, and how their pages hang together."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bench.year import bank, markup
from bench.year.place import Addresses, Board, Picture, Post, token
from bench.year.truth import Day, Sight
from bench.year.web import Ask, Reply

# -- addresses


class Signed(Addresses):
    """?Expires=...&Signature=..., refused three days later."""

    def write(self, place: Board, picture: Picture, visit: int) -> str:
        sign = token(place.name, picture.name, visit, length=40)
        return f"/img/{picture.name}.jpg?Expires={1700000000 + visit * 86400}&Signature={sign}"

    strict = True

    def expired(self, age: int) -> Reply | None:
        return Reply.page("<h1>Expired</h1>", 403) if age > 3 else None


class TokenPath(Addresses):
    """A new random name at each visit. keeps: days for which an old one is known; then 404."""

    strict = True

    def __init__(self, keeps: int) -> None:
        self.keeps = keeps

    def write(self, place: Board, picture: Picture, visit: int) -> str:
        return f"/f/{token(place.name, picture.name, visit, length=40)}.jpg"

    def expired(self, age: int) -> Reply | None:
        return Reply.page("<h1>Not Found</h1>", 404) if age > self.keeps else None


class TokenFolder(Addresses):
    def write(self, place: Board, picture: Picture, visit: int) -> str:
        return f"/s/{token(place.name, visit)}/{picture.name}.jpg"


class Buster(Addresses):
    def write(self, place: Board, picture: Picture, visit: int) -> str:
        return f"/img/{picture.name}.jpg?v={1700000000 + visit * 86400}"


class Rotating(Addresses):
    """Media hosts by turns. signed: with a signature too."""

    def __init__(self, *, signed: bool = False) -> None:
        self.signed = self.strict = signed

    def write(self, place: Board, picture: Picture, visit: int) -> str:
        host = place.hosts[1 + (visit + len(picture.name)) % (len(place.hosts) - 1)]
        query = f"?st={token(place.name, visit, length=22)}&e={1700000000 + visit * 86400}" if self.signed else ""
        return f"http://{host}:{place.port}/media/{picture.name}.jpg{query}"


class Session(Addresses):
    """A session id in each address of the site, pages and pictures. way: jsessionid, cfid or aspnet."""

    def __init__(self, way: str) -> None:
        self.way = way

    def write(self, place: Board, picture: Picture, visit: int) -> str:
        return self._with(place, f"/img/{picture.name}.jpg", visit)

    def page(self, place: Board, path: str, visit: int) -> str:
        return self._with(place, path, visit)

    def _with(self, place: Board, path: str, visit: int) -> str:
        bare, mark, query = path.partition("?")
        session = token(place.name, "session", visit)
        match self.way:
            case "jsessionid":
                return f"{bare};jsessionid={session.upper()}.node{visit % 3}{mark}{query}"
            case "aspnet":
                return f"/(S({session[:24]})){path}"
            case _:
                more = f"CFID={1000000 + visit * 17}&CFTOKEN={session[:16]}"
                return f"{path}{'&' if mark else '?'}{more}"


class OnPurpose(Addresses):
    """Another address in each single answer."""

    strict = True

    def write(self, place: Board, picture: Picture, visit: int) -> str:
        return f"/x/{token(place.name, picture.name, place.answers, length=24)}.jpg"


# -- layouts


@dataclass
class Blog(Board):
    """Newest first, some posts a page, so that each slides on. permalinks: each post names a page of its own. limit:
    pages that the watch follows."""

    per_page: int = 5
    permalinks: bool = True
    limit: int = 50
    start = "/"

    def __post_init__(self) -> None:
        self.extra += f"follow = {{ max_pages = {self.limit} }}\n"

    def shown(self, day: int) -> list[Picture]:
        within = self._posts(day)[: self.per_page * self.limit]
        return [one for post in within for one in post.pictures if one.is_named(day)]

    def sight(self, day: int, shown: Sequence[Picture]) -> Sight:
        if len(self._posts(day)) > self.per_page * self.limit:
            return Sight.LESS
        return super().sight(day, shown)

    def page(self, ask: Ask, day: int, *, members_only: bool) -> str | None:
        posts = self._posts(day)
        if found := re.fullmatch(r"/post/(\w+)", ask.bare):
            posts = [post for post in posts if post.name == found[1]]
            return markup.page(f"Post {found[1]}", self._written(posts, day, members_only)) if posts else None
        number = ask.query.get("page", "1")
        if ask.bare != "/" or not number.isdecimal():
            return None
        first = (int(number) - 1) * self.per_page
        body = self._written(posts[first : first + self.per_page], day, members_only)
        if first + self.per_page < len(posts):
            body += f'<a rel="next" href="/?page={int(number) + 1}">Older posts</a>'
        return markup.page("Blog", body)

    def _posts(self, day: int) -> list[Post]:
        return [post for post in self.alive(day) if self.post(post, day)]

    def _written(self, posts: list[Post], day: int, members_only: bool) -> str:
        return "".join(
            self.post(post, day, members_only=members_only, permalink=f"/post/{post.name}" if self.permalinks else "")
            for post in posts
        )


@dataclass
class Album(Board):
    """An index of links to a page for each picture."""

    start = "/album.do"

    def __post_init__(self) -> None:
        self.extra += 'follow = { links = "a.p", depth = 1 }\n'

    def page(self, ask: Ask, day: int, *, members_only: bool) -> str | None:
        path = re.sub(r"^/\(S\(\w+\)\)|;jsessionid=[^?]*", "", ask.bare)
        shown = self.shown(day)
        if path in ("/", self.start):
            to = [(self.addresses.page(self, f"/view.do?id={one.name}", day), one.name) for one in shown]
            return markup.page("Album", markup.links(to))
        one = next((one for one in shown if one.name == ask.query.get("id")), None)
        if path != "/view.do" or one is None:
            return None
        return markup.page(f"Picture {one.name}", self.image(one, day))


@dataclass
class Feed(Board):
    """RSS of the six newest posts; their pages stay."""

    start = "/feed.xml"
    kind = "feed"
    newest: int = 6

    def shown(self, day: int) -> list[Picture]:
        return [one for post in self.alive(day)[: self.newest] for one in post.pictures if one.is_named(day)]

    def page(self, ask: Ask, day: int, *, members_only: bool) -> str | None:
        if found := re.fullmatch(r"/post/(\w+)", ask.bare):
            posts = [post for post in self.alive(day) if post.name == found[1]]
            return markup.page(f"Post {found[1]}", self.post(posts[0], day)) if posts else None
        return markup.page("Front page", "") if ask.bare == "/" else None

    def reply(self, ask: Ask, day: int) -> Reply:
        if ask.bare != self.start or self.weather(day) is not None:
            return super().reply(ask, day)
        root, items = f"http://{self.hosts[0]}:{self.port}", ""
        for post in self.alive(day)[: self.newest]:
            if shown := "".join(self.image(one, day) for one in post.pictures if one.is_named(day)):
                address = f"{root}/post/{post.name}"
                items += (
                    f"<item><title>{post.name}</title><link>{address}</link><guid>{address}</guid>"
                    f"<description><![CDATA[<p>Seen on the way.</p>{shown}]]></description></item>"
                )
        channel = f"<channel><title>Blog</title><link>{root}/</link>{items}</channel>"
        body = f'<?xml version="1.0"?><rss version="2.0">{channel}</rss>'
        return Reply(body.encode(), kind="application/rss+xml", etag=self.etags)


@dataclass
class Search(Board):
    """A SearXNG and, on its second host, the pages that it finds. leaves_out: days on which a post is not among the
    results, by its name. mute: days on which its engines do not answer."""

    leaves_out: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    mute: tuple[tuple[int, int], ...] = ()

    def watch(self) -> str:
        return (
            f'[[watch]]\nname = "{self.name}"\nkind = "search"\nengine = "year"\nquery = "jane doe"\npages = 1\n'
            f'every = "{self.every}d"\nfollow = {{ depth = 1 }}\n'
        )

    def shown(self, day: int) -> list[Picture]:
        if self._is_mute(day):
            return []
        return [one for post in self._results(day) for one in post.pictures if one.is_named(day)]

    def sight(self, day: int, shown: Sequence[Picture]) -> Sight:
        return Sight.NOTHING if self._is_mute(day) else super().sight(day, shown)

    def is_media(self, ask: Ask) -> bool:
        return ".jpg" in ask.path

    def reply(self, ask: Ask, day: int) -> Reply:
        if ask.bare != "/search" or self.weather(day) is not None:
            return super().reply(ask, day)
        root = f"http://{self.hosts[1]}:{self.port}"
        found = [] if self._is_mute(day) else self._results(day)
        answer = {
            "query": "jane doe",
            "results": [{"url": f"{root}/post/{post.name}", "title": post.name} for post in found],
            "unresponsive_engines": [["bing", "timeout"], ["duckduckgo", "CAPTCHA"]] if self._is_mute(day) else [],
        }
        return Reply(json.dumps(answer).encode(), kind="application/json", etag=False)

    def page(self, ask: Ask, day: int, *, members_only: bool) -> str | None:
        if found := re.fullmatch(r"/post/(\w+)", ask.bare):
            posts = [post for post in self.alive(day) if post.name == found[1]]
            return markup.page(f"Post {found[1]}", self.post(posts[0], day)) if posts else None
        return None

    def address(self, picture: Picture, day: int) -> str:
        self.issued.setdefault(f"{self.hosts[1]}/img/{picture.name}.jpg", (picture.name, day))
        return f"/img/{picture.name}.jpg"

    def _is_mute(self, day: int) -> bool:
        return any(start <= day < end for start, end in self.mute)

    def _results(self, day: int) -> list[Post]:
        return [
            post
            for post in self.alive(day)
            if self.post(post, day) and not any(start <= day < end for start, end in self.leaves_out.get(post.name, ()))
        ]


@dataclass
class Avatars(Board):
    """A thread whose members' pictures stand at fixed addresses, and change there. turns: her photo is the picture of
    the one member in its stays, somebody's else."""

    def media(self, ask: Ask, day: int) -> Reply:
        name = self._name_at(ask.host, ask.path)
        one = next((one for one in self.pictures() if one.name == name), None)
        if one is not None and one.is_hers and not one.stands(day):
            return Reply.picture(bank.copy("dog", name), ("Cache-Control", "public, max-age=300"))
        if one is not None and one.is_hers:
            return Reply.picture(one.file(day), ("Cache-Control", "public, max-age=300"))
        return super().media(ask, day)

    def shown(self, day: int) -> list[Picture]:
        return [one for one in super().shown(day) if one.stands(day)]

    def post(self, post: Post, day: int, *, members_only: bool = False, permalink: str = "") -> str:
        shown = "".join(
            f'<img class="avatar" width="120" height="120" src="/members/{one.name}.jpg" alt="">'
            for one in post.pictures
        )
        return markup.post(post.name, shown, permalink)


@dataclass
class Banner(Board):
    """A page that never changes, with a sheet that does: its background is her photo at times, at an address of each
    time."""

    noise: bool = False

    def page(self, ask: Ask, day: int, *, members_only: bool) -> str | None:
        if ask.bare == "/":
            return markup.page("Front page", "")
        if ask.bare != self.start:
            return None
        others = "".join(self.image(one, day) for one in self.pictures() if not one.is_hers)
        head = '<link rel="stylesheet" href="/look.css">'
        return markup.page("Club", f'<div class="hero">Club</div>{others}', head)

    def reply(self, ask: Ask, day: int) -> Reply:
        if ask.bare != "/look.css" or self.weather(day) is not None:
            return super().reply(ask, day)
        now = next((one.name for one in self.hers() if one.stands(day)), "")
        address = f"/img/{now}.jpg" if now else "/img/plain.jpg"
        sheet = f"body{{color:#333}} .hero{{background-image:url({address});min-height:300px}}"
        return Reply(sheet.encode(), kind="text/css", headers=(("Cache-Control", "no-cache"),))

    def media(self, ask: Ask, day: int) -> Reply:
        if ask.bare == "/img/plain.jpg":
            return Reply.picture(bank.copy("sea1", self.name))
        return super().media(ask, day)

    def shown(self, day: int) -> list[Picture]:
        return [one for one in super().shown(day) if one.stands(day)]


@dataclass
class NotYet(Board):
    """Each picture is in the making on its first day. way: what its address gives on that day."""

    way: str = "processing"

    def file(self, picture: Picture, day: int) -> Reply:
        if not any(day == start for start, _ in picture.stays):
            return super().file(picture, day)
        match self.way:
            case "processing":
                return Reply.picture(bank.words("processing"), ("Cache-Control", "no-store"), etag=False)
            case "half":
                return Reply.picture(picture.file(day)[: len(picture.file(day)) // 2])
            case "broken":
                return Reply.picture(picture.file(day)[:400])
            case _:
                return Reply(picture.file(day), kind="image/jpeg", act="cut")

    def sight(self, day: int, shown: Sequence[Picture]) -> Sight:
        is_making = any(day == start for one in shown for start, _ in one.stays)
        return Sight.EITHER if is_making else super().sight(day, shown)

    def truth(self, day: int) -> Day:
        truth = super().truth(day)
        made = {one.name for one in self.hers() if any(day == start for start, _ in one.stays)}
        return replace(truth, seen=truth.seen - made, unsure=truth.unsure | made)


@dataclass
class Gallery(Board):
    """More pictures on one page than a run may take. cap: of one run."""

    cap: int = 12

    def __post_init__(self) -> None:
        self.extra += f"images = {{ max_images = {self.cap} }}\n"

    def sight(self, day: int, shown: Sequence[Picture]) -> Sight:
        looks = sum(self.is_visited(each) for each in range(day + 1))
        is_cut = looks * self.cap < sum(one.stays[0][0] == 0 for one in shown)
        return Sight.LESS if is_cut else Sight.EITHER


@dataclass
class StandIn(Board):
    """The page shows each picture, and prefers an address of it that gives guests one same stand-in."""

    def image(self, picture: Picture, day: int) -> str:
        address = self.address(picture, day)
        return (
            f'<a href="/full/{picture.name}.jpg"><img src="{address}" data-full="/full/{picture.name}.jpg" alt=""></a>'
        )

    def media(self, ask: Ask, day: int) -> Reply:
        if ask.bare.startswith("/full/"):
            return Reply.picture(bank.words("members only", "lightyellow"))
        return super().media(ask, day)


@dataclass
class ThousandNames(Board):
    """Names its one picture at sixty addresses."""

    def image(self, picture: Picture, day: int) -> str:
        if not picture.is_hers:
            return super().image(picture, day)
        names = [f"/img/{picture.name}.jpg?n={number}" for number in range(60)]
        return "".join(f'<img src="{name}" alt="">' for name in names)
