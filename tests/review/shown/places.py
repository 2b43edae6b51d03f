"""The states of places, of what was asked for, and of links that were found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from monitor.errors import UsageError, WorkFailed
from monitor.guide import title_of, topics
from monitor.guide.reading import read_guide
from monitor.model.ids import CaseId
from monitor.model.wish import WishEnd, WishKind, WishState
from monitor.review.port.guide import StepTold, TopicPage, TopicTold
from monitor.review.port.links import LinksTold, LinkTold
from monitor.review.port.settings import SettingsTold, SettingTold
from monitor.review.port.watches import MistakeTold, WatchesTold, WatchTold
from monitor.review.port.wishes import DaemonTold, WishTold
from monitor.services.guide_pages import guide_page
from tests.review.asking import NOW, NobodyNamed, OneCase
from tests.review.state import State

RUNS = DaemonTold(True, "reupload-monitor run", "reupload-monitor service install")
RUNS_NOT = replace(RUNS, runs=False)
READS_ANOTHER = replace(RUNS, other_configuration="/home/somebody/\u202ehidden/<b>config.toml")
HOSTILE = '<script>alert(1)</script> \u202egpj.x\u0007 "quoted" ' + "longword" * 1250

FORUM = WatchTold(
    name="example-forum",
    kind="page",
    urls=("https://forum.example/threads/123",),
    engine="",
    query="",
    every_s=7200,
    cron="",
    adapts=False,
    sight="sees",
    cause="",
    remedy="",
    last_look=NOW - timedelta(minutes=40),
    last_good=NOW - timedelta(minutes=40),
    since=None,
    pages=12,
    pictures=140,
    next_visit=NOW + timedelta(minutes=80),
    is_unknown=False,
    as_read=False,
    file="/home/user/.config/reupload-monitor/watchlists/places.toml",
    line=4,
    discloses="",
    look=None,
)
LOOK = WishTold("w1", WishKind.LOOK, "example-forum", NOW - timedelta(minutes=2), WishState.WAITING)
BLIND = replace(
    FORUM,
    name="walled",
    sight="blind",
    cause="the site wants a log-in (403)",
    remedy="Log in once: reupload-monitor watch login walled",
    since=NOW - timedelta(days=2),
    last_good=NOW - timedelta(days=3),
    next_visit=None,
)
SEARCH = replace(
    FORUM,
    name="name-search",
    kind="search",
    urls=(),
    engine="searxng",
    query='"jane doe"',
    cron="15 */6 * * *",
    every_s=0,
    discloses="the words of the search are told to the SearXNG at https://searx.example",
)
ALL_KINDS = (
    FORUM,
    replace(BLIND, look=replace(LOOK, about="walled")),
    replace(BLIND, name="never-seen", last_good=None, since=None, as_read=True),
    replace(
        FORUM, name="in-part", sight="partly", cause="3 pictures could not be read", remedy="", pages=1, pictures=1
    ),
    replace(FORUM, name="new", sight="never", last_look=None, is_unknown=True, every_s=1800),
    replace(FORUM, name="adapting", adapts=True, every_s=86_400),
    replace(FORUM, name="paused", sight="off", next_visit=None, every_s=86400),
    SEARCH,
    replace(SEARCH, name=HOSTILE, urls=(f"https://x.example/{HOSTILE}",), cause=HOSTILE, remedy=HOSTILE, query=HOSTILE),
)


@dataclass(frozen=True)
class FixedWatches:
    watches: WatchesTold

    async def told(self, case: CaseId) -> WatchesTold:
        return self.watches

    async def switch(self, name: str, *, on: bool, case: CaseId) -> bool:
        if name == "unwritable":
            raise WorkFailed("places.toml cannot be written: No space left", remedy="Make room, then try again.")
        return name != "paused"


@dataclass(frozen=True)
class FixedWishes:
    wishes: tuple[WishTold, ...] = ()
    runs: DaemonTold = RUNS

    async def ask(self, kind: WishKind, about: str = "", *, case: CaseId) -> WishTold:
        if about == "paused":
            raise UsageError("paused is paused, so nobody looks there", remedy="Go on watching it first.")
        return WishTold("w1", kind, about, NOW, WishState.WAITING)

    async def told(self, case: CaseId) -> tuple[WishTold, ...]:
        return self.wishes

    async def last(self, kind: WishKind, about: str = "", *, case: CaseId) -> WishTold | None:
        return next((one for one in self.wishes if (one.kind, one.about) == (kind, about)), None)

    async def daemon(self) -> DaemonTold:
        return self.runs


class FixedLinks:
    async def file(self, text: str, *, case: CaseId) -> LinksTold:
        ends = ("filed", "known", "twice", "no_link", "search", "login", "closed")
        found = [LinkTold(line, end) for line, end in zip(text.splitlines(), ends, strict=False)]
        shown = [replace(one, number=7, incident="i1") if one.end in ("filed", "known") else one for one in found]
        return LinksTold(tuple(shown), "https://left.example/" if len(found) == len(ends) else "")


@dataclass(frozen=True)
class FixedGuide:
    ticked: bool = False

    async def topics(self, case: CaseId) -> tuple[TopicTold, ...]:
        done = 2 if self.ticked else 0
        return tuple(TopicTold(name, title_of(name), done, 4, "2026-11-20") for name in topics())

    async def topic(self, topic: str, case: CaseId) -> TopicPage:
        steps = [StepTold("a", "Every address is written down"), StepTold("b", "The chat is kept", is_private=True)]
        if self.ticked:
            steps.append(StepTold("c", HOSTILE, HOSTILE, NOW, HOSTILE))
        return TopicPage(topic, read_guide(guide_page(topic, NOW.date())), tuple(steps))

    async def tick(self, step: str, *, at: str, note: str, case: CaseId) -> StepTold:
        if at:
            raise UsageError(f"the time {at!r} is not a time", remedy="For example: 2026-11-20")
        return StepTold(step, "It is done", "2026-11-20", NOW, note)

    async def untick(self, step: str, *, case: CaseId) -> None: ...


@dataclass(frozen=True)
class FixedSettings:
    file: str = "/home/user/.config/reupload-monitor/config.toml"

    async def told(self, case: CaseId) -> SettingsTold:
        kinds = ("usual", "file", "variable", "credential")
        rows = [
            SettingTold(
                section, f"key_{kind}", value, bool(value), kind == "credential", kind, 3, HOSTILE[:90], HOSTILE
            )
            for section in ("", "alerts", "crawl", "credentials.<b>")
            for kind, value in zip(kinds, ("", "8", HOSTILE, "x"), strict=True)
        ]
        return SettingsTold(self.file, "reupload-monitor", tuple(rows))


@dataclass(frozen=True)
class PlacesCore:
    watches: FixedWatches = field(default_factory=lambda: FixedWatches(WatchesTold((), (), RUNS)))
    wishes: FixedWishes = field(default_factory=FixedWishes)
    links: FixedLinks = field(default_factory=FixedLinks)
    guide: FixedGuide = field(default_factory=FixedGuide)
    settings: FixedSettings = field(default_factory=FixedSettings)
    cases: OneCase = field(default_factory=OneCase)
    staff: NobodyNamed = field(default_factory=NobodyNamed)


def with_watches(*watches: WatchTold, mistakes: tuple[MistakeTold, ...] = (), daemon: DaemonTold = RUNS) -> PlacesCore:
    return PlacesCore(FixedWatches(WatchesTold(watches, mistakes, daemon)))


WRONG = (MistakeTold("places.toml:4: 'everry' is unknown", "Did you mean every?"), MistakeTold(HOSTILE, HOSTILE))
LINES = f"https://a.example/1\nhttps://b.example/2\nhttps://a.example/1\n{HOSTILE}\nhttps://s.example/search\nlogin\nx"


def ended_wishes() -> tuple[WishTold, ...]:
    done = replace(LOOK, state=WishState.ENDED, ended_at=NOW - timedelta(minutes=1), pages=3, pictures=40)
    ends = [
        replace(done, id=f"e{number}", end=end, kind=kind, said=(HOSTILE,) if number % 3 == 0 else ())
        for number, (end, kind) in enumerate(zip(WishEnd, list(WishKind) * 5, strict=False))
    ]
    new = replace(done, id="w3", end=WishEnd.SEEN, finds=2)
    return (LOOK, replace(LOOK, id="w2", state=WishState.TAKEN), new, *ends)


STATES = (
    State("places: none", "/watches", PlacesCore),
    State("places: every kind", "/watches", lambda: with_watches(*ALL_KINDS)),
    State("places: no program runs", "/watches", lambda: with_watches(FORUM, daemon=RUNS_NOT)),
    State("places: it reads another file", "/watches", lambda: with_watches(FORUM, daemon=READS_ANOTHER)),
    State("places: lists are wrong", "/watches", lambda: with_watches(FORUM, mistakes=WRONG)),
    State("places: only wrong ones", "/watches", lambda: with_watches(mistakes=WRONG)),
    State(
        "places: cannot be written",
        "/watches/switch",
        lambda: with_watches(FORUM),
        sends=(("name", "unwritable"), ("on", "1"), ("item", "place-1")),
    ),
    State(
        "places: paused",
        "/watches",
        lambda: with_watches(FORUM),
        before=(("/watches/switch", (("name", "example-forum"), ("on", "0"), ("item", "place-1"))),),
    ),
    State("asked for: nothing", "/wishes", PlacesCore),
    State("asked for: as all can stand", "/wishes", lambda: PlacesCore(wishes=FixedWishes(ended_wishes(), RUNS_NOT))),
    State("asked for: refused", "/wishes", PlacesCore, sends=(("kind", "look"), ("about", "paused"))),
    State("asked for: not said what", "/wishes", PlacesCore, sends=(("kind", "x"),)),
    State("links: empty", "/links", PlacesCore),
    State("links: nothing was put in", "/links", PlacesCore, sends=(("links", ""),)),
    State("links: what came of each", "/links", PlacesCore, before=(("/links", (("links", LINES),)),)),
    State("guide: nothing done yet", "/guide", PlacesCore),
    State("guide: some of it done", "/guide", lambda: PlacesCore(guide=FixedGuide(True))),
    State("guide: no such page", "/guide/99", PlacesCore),
    *(State(f"guide: {title_of(name)}", f"/guide/{number}", PlacesCore) for number, name in enumerate(topics(), 1)),
    State("guide: steps done", "/guide/1", lambda: PlacesCore(guide=FixedGuide(True))),
    State("guide: a time that is none", "/guide/1", PlacesCore, sends=(("step", "a"), ("at", "soon"), ("note", "x"))),
    State("guide: ticked off", "/guide/1", PlacesCore, before=(("/guide/1", (("step", "a"),)),)),
    State("settings: of every kind", "/settings", PlacesCore),
    State("settings: no file", "/settings", lambda: PlacesCore(settings=FixedSettings(""))),
)
