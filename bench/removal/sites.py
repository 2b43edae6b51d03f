"""The sites: each a page with her picture and those of others, and what becomes of it, by the hour."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from bench.year import bank, markup
from bench.year.web import Ask, Reply

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
DAY = 24.0
GOES = 20 * DAY + 3.5  # most of what goes, goes then
BACK = 61 * DAY + 7
PAGE, OTHER_PAGE, PICTURE = "/t/7", "/t/8", "/img/her.jpg"
SIGNED_FOR_H = 6.0
STAND_IN = bank.words("image removed")
MEMBERS = bank.words("members only", "#dde")

Answer = Callable[["Site", Ask, float], Reply | None]
"""None: as the site answers when all is well."""


class Filed(StrEnum):
    """How the program came to know of it."""

    WATCH = "watch"  # which is deleted after its first pass
    RENAMED = "renamed"
    BY_HAND = "by hand"
    PAGE_BY_HAND = "page by hand"  # without its picture
    SEARCH = "search"


@dataclass
class Site:
    """gone: hours from (included) to (not included) in which nobody is shown the picture any more. What only is not
    told to this visitor, stands. pictures: beside hers. is_reported: on the first day."""

    name: str
    number: int
    port: int
    answer: Answer
    gone: tuple[tuple[float, float], ...] = ()
    filed: Filed = Filed.WATCH
    is_reported: bool = True
    is_signed: bool = False
    more_urls: tuple[str, ...] = ()
    inline: bool = False
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def hosts(self) -> tuple[str, ...]:
        return (f"127.8.{self.number}.1", f"127.8.{self.number}.2")

    @property
    def root(self) -> str:
        return f"http://{self.hosts[0]}:{self.port}"

    @property
    def media(self) -> str:
        return f"http://{self.hosts[1]}:{self.port}"

    def stands(self, hour: float) -> bool:
        return not any(start <= hour < end for start, end in self.gone)

    def watch(self) -> str:
        if self.filed is Filed.SEARCH:
            return (
                f'[[watch]]\nname = "{self.name}"\nkind = "search"\nengine = "year"\nquery = "jane doe"\npages = 1\n'
                'every = "1d"\nfollow = { depth = 1 }\n'
            )
        if self.filed in (Filed.BY_HAND, Filed.PAGE_BY_HAND):
            return ""
        urls = ", ".join(f'"{self.root}{path}"' for path in (PAGE, *self.more_urls))
        where = f'kind = "urls"\nurls = [{urls}]' if self.more_urls else f'kind = "page"\nurl = "{self.root}{PAGE}"'
        return f'[[watch]]\nname = "{self.name}"\n{where}\nevery = "1d"\n'

    # -- what it answers

    def reply(self, ask: Ask, hour: float) -> Reply:
        self.counts[ask.bare] = self.counts.get(ask.bare, 0) + 1
        said = self.answer(self, ask, hour)
        return said if said is not None else self.well(ask, hour)

    def well(self, ask: Ask, hour: float) -> Reply:
        if ask.bare == "/search":
            found = [{"url": f"{self.root}{PAGE}", "title": "a thread"}, {"url": f"{self.root}{OTHER_PAGE}"}]
            return Reply(json.dumps({"results": found}).encode(), kind="application/json", etag=False)
        if ask.bare in (PAGE, OTHER_PAGE):
            return Reply.page(self.page(hour, with_hers=ask.bare == PAGE))
        if ask.bare == "/":
            return Reply.page(markup.page("A forum", f'<a href="{PAGE}">thread</a>'))
        if self.is_signed and ask.bare.startswith("/img/") and not self._may_have(ask, hour):
            return Reply(b"expired", 403, kind="text/plain")
        if ask.bare in (PICTURE, "/img/moved.jpg"):
            return Reply.picture(bank.copy(bank.HERS[self.number % len(bank.HERS)], self.name))
        if ask.bare.startswith("/img/o"):
            return Reply.picture(bank.copy(bank.OTHERS[int(ask.bare[6])], self.name))
        return Reply.page("not found", 404)

    def page(self, hour: float, *, with_hers: bool = True, hers: str = PICTURE, others: bool = True) -> str:
        names = [hers] if with_hers else []
        names += [f"/img/o{number}.jpg" for number in range(3 if others else 0)]
        shown = [f'<img src="{self.address(name, hour)}">' for name in names]
        if self.inline and with_hers:
            body = bank.copy(bank.HERS[self.number % len(bank.HERS)], self.name)
            shown[0] = f'<img src="data:image/jpeg;base64,{base64.b64encode(body).decode()}">'
        posts = "".join(markup.post(f"p{number}", one) for number, one in enumerate(shown))
        return markup.page(f"Thread of {self.name}", posts)

    def address(self, path: str, hour: float) -> str:
        if not self.is_signed:
            return f"{self.media}{path}"
        end = int((START + timedelta(hours=hour + SIGNED_FOR_H)).timestamp())
        return f"{self.media}{path}?Expires={end}&amp;Signature={_signature(path, end)}"

    def _may_have(self, ask: Ask, hour: float) -> bool:
        end = ask.query.get("Expires", "0")
        is_ours = ask.query.get("Signature") == _signature(ask.bare, int(end))
        return is_ours and (START + timedelta(hours=hour)).timestamp() <= int(end)

    def is_media(self, ask: Ask) -> bool:
        return ask.host == self.hosts[1]

    def is_home_of(self, url: str) -> bool:
        return urlsplit(url).hostname in self.hosts


def _signature(path: str, end: int) -> str:
    return hashlib.sha256(f"{path}/{end}".encode()).hexdigest()[:24]


# -- what becomes of it


def missing(status: int = 404) -> Reply:
    return Reply.page("<html><title>Not found</title><body>not found</body></html>", status)


SOFT = "<html><title>Removed</title><body><p>This post has been deleted.</p></body></html>"
NO_IMAGE = "<html><title>Image not found</title><body><p>The image you requested does not exist.</p></body></html>"


def file(reply: Callable[[], Reply], start: float = GOES, end: float = 1e9) -> Answer:
    """Of her picture alone."""
    return lambda site, ask, hour: reply() if ask.bare == PICTURE and start <= hour < end else None


def thread(reply: Callable[[], Reply], start: float = GOES, end: float = 1e9) -> Answer:
    return lambda site, ask, hour: reply() if ask.bare == PAGE and start <= hour < end else None


def everything(reply: Callable[[], Reply], start: float = GOES, end: float = 1e9) -> Answer:
    return lambda site, ask, hour: reply() if start <= hour < end else None


def pictures(reply: Callable[[], Reply], start: float = GOES, end: float = 1e9) -> Answer:
    return lambda site, ask, hour: reply() if site.is_media(ask) and start <= hour < end else None


def unnamed(start: float = GOES, end: float = 1e9) -> Answer:
    """Its page shows the others."""

    def answer(site: Site, ask: Ask, hour: float) -> Reply | None:
        is_so = ask.bare == PAGE and start <= hour < end
        return Reply.page(site.page(hour, with_hers=False)) if is_so else None

    return answer


def both(*answers: Answer) -> Answer:
    def answer(site: Site, ask: Ask, hour: float) -> Reply | None:
        return next((said for one in answers if (said := one(site, ask, hour)) is not None), None)

    return answer


def home() -> Reply:
    return Reply.to("/")


def _home_pages(start: float = GOES) -> Answer:
    """Whoever has not logged in is sent to the front page, from wherever."""
    return lambda site, ask, hour: home() if ask.bare != "/" and hour >= start else None


def _members_page(start: float = GOES) -> Answer:
    """The thread goes on for members; strangers are shown it without its pictures, and these are refused."""

    def answer(site: Site, ask: Ask, hour: float) -> Reply | None:
        if hour < start:
            return None
        if site.is_media(ask):
            return Reply(b"no", 403, kind="text/plain")
        return Reply.page(site.page(hour, with_hers=False, others=False)) if ask.bare == PAGE else None

    return answer


def _flaps(each_h: float) -> Answer:
    """Not found half of the time."""

    def answer(site: Site, ask: Ask, hour: float) -> Reply | None:
        return missing() if ask.bare == PICTURE and hour > DAY and int(hour / each_h) % 2 else None

    return answer


def _flaps_by_request(site: Site, ask: Ask, hour: float) -> Reply | None:
    return missing() if hour > DAY and site.counts[ask.bare] % 2 else None


def _nightly(site: Site, ask: Ask, hour: float) -> Reply | None:
    return missing() if hour > DAY and (hour % DAY) < 11 else None


def _another(site: Site, ask: Ask, hour: float) -> Reply | None:
    if ask.bare != PICTURE or hour < GOES:
        return None
    return Reply.picture(bank.copy(bank.OTHERS[4], f"{site.name} anew"))


def _recoded(site: Site, ask: Ask, hour: float) -> Reply | None:
    if ask.bare != PICTURE or hour < BACK:
        return None
    return Reply.picture(bank.copy(bank.HERS[site.number % len(bank.HERS)], site.name, 1))


def _moved(site: Site, ask: Ask, hour: float) -> Reply | None:
    """The same file at another address of its page."""
    if hour < BACK:
        return missing() if ask.bare in (PICTURE, "/img/moved.jpg") else None
    if ask.bare == PAGE:
        return Reply.page(site.page(hour, hers="/img/moved.jpg"))
    return missing() if ask.bare == PICTURE else None


def _delisted(site: Site, ask: Ask, hour: float) -> Reply | None:
    """Some days after the source is gone."""
    if ask.bare == "/search" and hour >= GOES + 12 * DAY:
        found = [{"url": f"{site.root}{OTHER_PAGE}", "title": "another thread"}]
        return Reply(json.dumps({"results": found}).encode(), kind="application/json", etag=False)
    return None


def _well(site: Site, ask: Ask, hour: float) -> Reply | None:
    return None


GONE = ((GOES, 1e9),)
FOR_A_WHILE = ((GOES, BACK),)


def _rows() -> dict[str, dict[str, object]]:
    wall, bot = (lambda: Reply.page(markup.LOGIN)), (lambda: Reply.page(markup.BOT_CHECK, 503))
    return {
        # gone
        "file-404": {"answer": file(missing), "gone": GONE},
        "file-410": {"answer": file(lambda: missing(410)), "gone": GONE, "filed": Filed.RENAMED},
        "page-and-file-404": {"answer": both(file(missing), thread(missing)), "gone": GONE},
        "soft-words-on-the-page": {"answer": both(file(missing), thread(lambda: Reply.page(SOFT))), "gone": GONE},
        "soft-words-for-the-file": {"answer": file(lambda: Reply.page(NO_IMAGE)), "gone": GONE},
        "placeholder-with-200": {"answer": file(lambda: Reply.picture(STAND_IN)), "gone": GONE},
        "file-to-the-front-page": {"answer": file(home), "gone": GONE},
        "page-to-the-front-page": {
            "answer": both(file(missing), thread(home)),
            "gone": GONE,
            "more_urls": (OTHER_PAGE,),
        },
        "medium-replaced": {"answer": _another, "gone": GONE},
        "not-named-file-404": {"answer": both(file(missing), unnamed()), "gone": GONE},
        "page-first-CDN-weeks-later": {
            "answer": both(thread(missing), file(missing, GOES + 40 * DAY)),
            "gone": ((GOES + 40 * DAY, 1e9),),
        },
        "never-reported": {"answer": file(missing), "gone": GONE, "is_reported": False},
        "by-hand": {"answer": both(file(missing), thread(missing)), "gone": GONE, "filed": Filed.BY_HAND},
        "by-hand-the-page-alone": {"answer": thread(missing), "gone": GONE, "filed": Filed.PAGE_BY_HAND},
        "in-the-page-itself": {"answer": unnamed(), "gone": GONE, "inline": True},
        "signed-not-named": {"answer": unnamed(), "gone": GONE, "is_signed": True},
        "signed-page-404": {"answer": thread(missing), "gone": GONE, "is_signed": True},
        "found-by-a-search": {
            "answer": both(_delisted, file(missing), thread(missing)),
            "gone": GONE,
            "filed": Filed.SEARCH,
        },
        # there, whatever this visitor is shown
        "page-404-CDN-serves-on": {"answer": thread(missing)},
        "log-in-wall": {"answer": everything(wall)},
        "log-in-wall-file-404": {"answer": both(file(missing), everything(wall))},
        "bot-check-for-weeks": {"answer": everything(bot, GOES, BACK)},
        "blocked": {"answer": everything(lambda: Reply(b"no", 403, kind="text/plain"))},
        "all-to-the-front-page": {"answer": _home_pages(), "more_urls": (OTHER_PAGE,)},
        "one-picture-for-all": {"answer": pictures(lambda: Reply.picture(MEMBERS))},
        "members-see-its-pictures": {"answer": _members_page()},
        "signed": {"answer": _well, "is_signed": True},
        "signed-members-see-its-pictures": {"answer": _members_page(), "is_signed": True},
        "flaps-by-request": {"answer": _flaps_by_request},
        "flaps-every-five-hours": {"answer": _flaps(5)},
        "fails-each-night": {"answer": _nightly},
        "hung-up-for-weeks": {"answer": everything(lambda: Reply(act="reset"), GOES, BACK)},
        "500-for-weeks": {"answer": everything(lambda: missing(500), GOES, BACK)},
        # back
        "back-at-the-same-address": {"answer": file(missing, GOES, BACK), "gone": FOR_A_WHILE},
        "back-with-its-page": {
            "answer": both(file(missing, GOES, BACK), thread(missing, GOES, BACK)),
            "gone": FOR_A_WHILE,
            "filed": Filed.BY_HAND,
        },
        "back-encoded-anew": {"answer": both(_recoded, file(missing, GOES, BACK)), "gone": FOR_A_WHILE},
        "back-at-another-address": {
            "answer": lambda site, ask, hour: _moved(site, ask, hour) if hour >= GOES else None,
            "gone": FOR_A_WHILE,
        },
    }


def sites(port: int, names: list[str] | None = None) -> list[Site]:
    rows = _rows()
    return [
        Site(name=name, number=number, port=port, **more)  # type: ignore[arg-type]
        for number, (name, more) in enumerate(rows.items(), 1)
        if names is None or name in names
    ]
