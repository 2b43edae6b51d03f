"""Places that want an account, over real connections: signing in, running out, being refused, and what never shows."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.crawl.frontier import Frontier
from monitor.model.page import Fetched, OutcomeKind, PageContent
from monitor.model.settings import EngineSettings, Settings
from monitor.model.watch import Every, Follow, Kind, Watch
from monitor.outbound.accounts import REFUSED_REST
from monitor.outbound.polite import PoliteFetcher
from monitor.sources import reddit as reddit_source
from monitor.sources import source_for
from monitor.sources.reading.parsers import read_answer
from tests.sources.account_places import Bluesky, Mojeek, Reddit, bluesky_post, reddit_posts
from tests.sources.loopback import HOSTS, Answer, Asked, Clock, Loopback, Memory, Site, serving, settings_of, way_out

SECRETS = ("abcd-efgh", "reddit-s3cr3t", "m0jeek", "eyJ0", "eyJreddit", "Basic ", "t0ken")


@dataclass
class Walked:
    """contents: of every page that could be read."""

    fetched: list[Fetched]
    contents: list[PageContent]

    @property
    def images(self) -> list[str]:
        return [ref.url for content in self.contents for ref in content.images]

    @property
    def kinds(self) -> list[OutcomeKind]:
        return [one.outcome.kind for one in self.fetched]

    @property
    def last(self) -> Fetched:
        return self.fetched[-1]


async def walk(watch: Watch, settings: Settings, fetcher: PoliteFetcher) -> Walked:
    source = source_for(watch, settings)
    frontier = Frontier(source.seeds(watch), watch.follow)
    done = Walked([], [])
    while (visit := frontier.next()) is not None:
        fetched = await fetcher.fetch(visit.request)
        done.fetched.append(fetched)
        if fetched.outcome.kind is OutcomeKind.OK:
            content = read_answer(source.job(watch, fetched, visit.depth), fetched.body)
            done.contents.append(content)
            if content.problem is None:
                frontier.add(content, visit)
    return done


def looked(kind: Kind, url: str = "", **more: object) -> Watch:
    return Watch("w", kind, Every(60), urls=(url,) if url else (), credentials="mine", **more)  # type: ignore[arg-type]


SEARCH = looked(Kind.BLUESKY, "https://bsky.app/search?q=jane")
PICS = looked(Kind.REDDIT, "https://www.reddit.com/r/pics")


@dataclass
class World:
    """One place, and the ways out of as many processes as a test starts."""

    here: Loopback
    memory: Memory
    clock: Clock

    def settings(self, **account: str) -> Settings:
        return settings_of({"mine": account}, port=self.here.port)

    def bluesky(self, password: str = "abcd-efgh-ijkl-mnop") -> Settings:
        account = {"mine": {"identifier": "ann.example", "password": password}}
        return settings_of(account, port=self.here.port, hosts=(f"{HOSTS[0]}:{self.here.port}",))

    def reddit(self, secret: str = "reddit-s3cr3t") -> Settings:
        return self.settings(client_id="AbC-1", client_secret=secret, username="ann")

    def asked(self, path: str) -> list[Asked]:
        return [one for one in self.here.asked if one.path.endswith(path)]

    async def walk(self, watch: Watch, settings: Settings) -> Walked:
        async with way_out(settings, self.memory, self.clock) as fetcher:
            return await walk(watch, settings, fetcher)


@asynccontextmanager
async def world(site: Site) -> AsyncIterator[World]:
    async with serving(site) as here:
        yield World(here, Memory(), Clock())


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch) -> Callable[[World], None]:
    """Reddit's two addresses are Reddit's alone: here they are ours."""

    def move(where: World) -> None:
        monkeypatch.setattr(reddit_source, "TOKENS", f"{where.here.base(0)}/api/v1/access_token")
        monkeypatch.setattr(reddit_source, "REDDIT_API", where.here.base(1))

    return move


def clean(text: str) -> bool:
    return not any(secret in text for secret in SECRETS)


# -- Bluesky


def five(base: str = "https://cdn.example") -> list[dict[str, object]]:
    return [bluesky_post(number, f"{base}/img/{number}.png") for number in range(5)]


async def test_bluesky_search_reads_every_page_signed_in_once() -> None:
    place = Bluesky(five())
    async with world(place) as here:
        done = await here.walk(SEARCH, here.bluesky())
        assert done.images == [f"https://cdn.example/img/{number}.png" for number in range(5)]
        assert done.contents[0].images[0].post_url == "https://bsky.app/profile/poster.example/post/3k0"
        assert done.contents[0].images[0].account == "poster.example"
        assert (place.signed_in, len(here.asked("searchPosts"))) == (1, 3)


async def test_a_token_that_ran_out_midway_is_renewed_once_and_the_pass_goes_on() -> None:
    place = Bluesky(five())

    def site(asked: Asked) -> Answer:
        if asked.query.get("cursor") == "2" and place.signed_in == 1:
            place.good.clear()
        return place(asked)

    async with world(site) as here:
        done = await here.walk(SEARCH, here.bluesky())
        assert len(done.images) == 5 and set(done.kinds) == {OutcomeKind.OK}
        assert place.signed_in == 2


async def test_a_wrong_password_is_asked_once_and_then_left_alone() -> None:
    place = Bluesky(five())
    async with world(place) as here:
        done = await here.walk(SEARCH, here.bluesky("wrong"))
        assert done.last.outcome.kind is OutcomeKind.WALL
        assert "[credentials.mine]" in done.last.outcome.message
        assert "https://bsky.app/settings/app-passwords" in done.last.outcome.remedy
        for _ in range(3):  # further passes, in processes of their own
            again = await here.walk(SEARCH, here.bluesky("wrong"))
            assert "not tried again before 2026-11-23 08:00 UTC" in again.last.outcome.message
        assert (place.refused, here.asked("searchPosts")) == (1, [])


@pytest.mark.parametrize("change", ["password", "time"])
async def test_after_a_refusal_it_is_tried_again_when(change: str) -> None:
    place = Bluesky(five())
    async with world(place) as here:
        await here.walk(SEARCH, here.bluesky("wrong"))
        if change == "password":
            done = await here.walk(SEARCH, here.bluesky())
        else:
            place.password = "wrong"  # an app password of that name was made meanwhile
            here.clock.now += REFUSED_REST - timedelta(seconds=1)
            assert (await here.walk(SEARCH, here.bluesky("wrong"))).images == []
            here.clock.forward(seconds=1)
            done = await here.walk(SEARCH, here.bluesky("wrong"))
        assert len(done.images) == 5


async def test_what_is_remembered_of_a_refusal_does_not_hold_the_password() -> None:
    async with world(Bluesky([])) as here:
        await here.walk(SEARCH, here.bluesky("wrong-abcd-efgh"))
        assert here.memory.refused_accounts.rows and clean(repr(vars(here.memory)))


async def test_a_place_that_takes_no_token_is_not_asked_for_ever_more() -> None:
    place = Bluesky(five(), deaf=True)
    two = replace(SEARCH, urls=(*SEARCH.urls, "https://bsky.app/hashtag/jane"))
    async with world(place) as here:
        done = await here.walk(two, here.bluesky())
        assert done.kinds == [OutcomeKind.WALL, OutcomeKind.WALL]
        assert place.signed_in == 2 and len(here.asked("searchPosts")) == 3


async def test_too_many_sign_ins_are_waited_for_as_the_place_says() -> None:
    place = Bluesky(five(), down=429)
    async with world(place) as here:
        done = await here.walk(SEARCH, here.bluesky())
        assert done.last.outcome.kind is OutcomeKind.RATE_LIMITED
        (rest,) = here.memory.until.values()
        said = datetime.fromtimestamp(1795385100, UTC)
        assert said <= rest <= said + timedelta(seconds=8)  # not sooner, and not on the dot


# -- Reddit


async def test_reddit_reads_galleries_crossposts_and_pages(at_home: Callable[[World], None]) -> None:
    place = Reddit(reddit_posts("https://i.example"))
    async with world(place) as here:
        at_home(here)
        done = await here.walk(PICS, here.reddit())
        assert done.images == [
            "https://i.example/img/one.png",
            "https://i.example/img/a.png?s=1",
            "https://i.example/img/b.png?s=1",
            "https://i.example/img/far.png",
            "https://i.example/img/thumb.png",
        ]
        first = done.contents[0].images[0]
        assert first.alternatives == (
            "https://i.example/img/one-source.png?s=1&v=2",
            "https://i.example/img/one-small.png?width=108&s=3",
        )
        assert (first.account, first.post_url) == ("poster", "https://www.reddit.com/r/pics/comments/one/x/")
        assert first.posted_at == "2026-11-01T10:00:00Z"
        assert place.signed_in == 1


async def test_reddit_opens_what_posts_link_to_where_the_watch_allows_it(at_home: Callable[[World], None]) -> None:
    place = Reddit(reddit_posts("https://i.example"))
    async with world(place) as here:
        at_home(here)
        done = await here.walk(replace(PICS, follow=Follow(depth=0, same_site=False)), here.reddit())
        assert done.contents[-1].links == ("https://elsewhere.example/album/1",)


async def test_reddit_s_token_is_renewed_before_it_ends(at_home: Callable[[World], None]) -> None:
    place = Reddit(reddit_posts("https://i.example"))
    async with world(place) as here:
        at_home(here)
        settings = here.reddit()
        async with way_out(settings, here.memory, here.clock) as fetcher:
            await walk(PICS, settings, fetcher)
            here.clock.forward(seconds=3539)
            await walk(PICS, settings, fetcher)
            assert place.signed_in == 1
            here.clock.forward(seconds=1)
            done = await walk(PICS, settings, fetcher)
        assert place.signed_in == 2 and set(done.kinds) == {OutcomeKind.OK}


async def test_reddit_s_wrong_secret(at_home: Callable[[World], None]) -> None:
    place = Reddit([])
    async with world(place) as here:
        at_home(here)
        for _ in range(3):
            done = await here.walk(PICS, here.reddit("not-it"))
            assert done.last.outcome.kind is OutcomeKind.WALL and "prefs/apps" in done.last.outcome.remedy
        assert place.refused == 1


# -- what never shows, and where nothing is sent


@pytest.mark.parametrize("place", ["bluesky", "reddit", "mojeek"])
async def test_secrets_show_nowhere(
    place: str, at_home: Callable[[World], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site: Site = {"bluesky": Bluesky(five()), "reddit": Reddit(reddit_posts("https://i.example")), "mojeek": Mojeek()}[
        place
    ]
    async with world(site) as here:
        at_home(here)
        if place == "mojeek":
            watch, settings = mojeek(here)
        else:
            watch = SEARCH if place == "bluesky" else PICS
            settings = here.bluesky() if place == "bluesky" else here.reddit()
        done = await here.walk(watch, settings)
        assert done.contents and all(content.problem is None for content in done.contents)
        sent = here.here.written().decode()
        assert not clean(sent)  # it was needed
        for one in done.fetched:
            kept = (one.url, one.redirects, one.headers, one.body, one.outcome, one.request, one.request.headers)
            assert clean(repr(kept)), kept
        assert clean(repr(done.contents)) and clean(repr(vars(here.memory)))
        assert clean(caplog.text)


def mojeek(here: World, key: str = "m0jeek+s3cr3t/") -> tuple[Watch, Settings]:
    own = EngineSettings(
        name="own", values=(("like", "mojeek"), ("search", f"{here.here.base()}/search?q={{query}}&s={{offset}}"))
    )
    settings = replace(here.settings(token=key), engines=(own,))
    return looked(Kind.SEARCH, engine="own", query="x", pages=1, follow=Follow(depth=1, same_site=False)), settings


async def test_mojeek_s_results_are_opened_without_the_key() -> None:
    async with world(Mojeek()) as here:
        done = await here.walk(*mojeek(here))
        assert done.images == [f"{here.here.base()}/img/1.png"]
        assert clean(repr(here.asked("/page")))


@pytest.mark.parametrize(
    ("moved", "kind", "key_arrives"),
    [
        pytest.param("/moved?api_key=KEY", OutcomeKind.OK, True, id="the same host, the key repeated"),
        pytest.param("{1}/moved?a=1&api_key=KEY", OutcomeKind.OK, False, id="another host"),
        pytest.param("{1}/moved", OutcomeKind.OK, False, id="another host, without it"),
        pytest.param("{1}/moved/KEY", OutcomeKind.MOVED, False, id="smuggled in the path"),
        pytest.param("{1}/moved?other=KEY", OutcomeKind.MOVED, False, id="under another name"),
    ],
)
async def test_a_key_in_the_address_does_not_follow_redirects(moved: str, kind: OutcomeKind, key_arrives: bool) -> None:
    site = Mojeek()
    async with world(site) as here:
        site.moved = moved.replace("{1}", here.here.base(1))
        done = await here.walk(*mojeek(here))
        assert done.kinds == [kind]
        assert clean(repr((done.last.url, done.last.redirects, done.last.outcome)))
        arrived = here.asked("/moved")
        assert [("api_key" in one.query) for one in arrived] == ([key_arrives] if kind is OutcomeKind.OK else [])


async def test_a_sign_in_is_not_sent_on() -> None:
    """Whoever redirects it would get the password."""

    def site(asked: Asked) -> Answer:
        return Answer(b"", 307, {"Location": f"http://127.0.0.3:{here.here.port}/take"})

    async with world(site) as here:
        done = await here.walk(SEARCH, here.bluesky())
        assert done.last.outcome.kind is OutcomeKind.MOVED
        assert {one.host for one in here.here.asked} == {"127.0.0.2"}


async def test_account_data_go_over_https_only() -> None:
    """The watchlist refuses it before; this is where the socket would be opened."""
    async with world(Bluesky(five())) as here:
        settings = here.bluesky()
        source = source_for(SEARCH, settings)
        outside = replace(settings, network=replace(settings.network, allow_networks=()))
        async with way_out(outside, here.memory, here.clock) as fetcher:
            fetched = await fetcher.fetch(source.seeds(SEARCH)[0])
        assert fetched.outcome.kind is OutcomeKind.REFUSED and here.here.asked == []


async def test_sign_ins_go_through_the_proxy_too() -> None:
    async with world(Bluesky(five())) as here:
        settings = here.bluesky()
        proxied = replace(settings, network=replace(settings.network, proxy=here.here.base(7)))
        done = await here.walk(SEARCH, proxied)
        assert len(done.images) == 5


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer({"accessJwt": "a\r\nX: y"}), id="a token that is more than one header"),
        pytest.param(Answer({"accessJwt": ["x"]}), id="no text"),
        pytest.param(Answer({"accessJwt": "x" * 9000}), id="too long"),
        pytest.param(Answer("[" * 50_000), id="nested"),
        pytest.param(Answer("<html>"), id="a page"),
        pytest.param(Answer({}), id="nothing in it"),
        pytest.param(Answer({"error": "InternalServerError"}, 500), id="a fault"),
        pytest.param(Answer("<html>blocked</html>", 403), id="a wall"),
    ],
)
async def test_a_sign_in_that_gives_no_token_is_typed_and_rests(answer: Answer) -> None:
    async with world(lambda asked: answer) as here:
        settings = here.bluesky()
        async with way_out(settings, here.memory, here.clock) as fetcher:
            kinds = {(await walk(SEARCH, settings, fetcher)).last.outcome.kind for _ in range(3)}
            asked = len(here.here.asked)
        assert kinds <= {OutcomeKind.UNREADABLE, OutcomeKind.SERVER_ERROR, OutcomeKind.BLOCKED} and asked == 1


# -- tokens that were given


@pytest.mark.parametrize(
    ("kind", "path", "answer", "remedy"),
    [
        pytest.param(
            Kind.MASTODON, "/@ann", Answer({"error": "The access token is invalid"}, 401), "scope `read`", id="mastodon"
        ),
        pytest.param(
            Kind.MASTODON, "/public", Answer({"error": "This action is not allowed"}, 403), "scope", id="mastodon scope"
        ),
        pytest.param(
            Kind.DISCOURSE,
            "/t/x/1",
            Answer({"errors": ["no"], "error_type": "invalid_access"}, 403),
            "User API key",
            id="discourse",
        ),
        pytest.param(
            Kind.XENFORO,
            "/threads/x.1/",
            Answer({"errors": [{"code": "api_key_not_found", "message": "API key was not found."}]}, 401),
            "[credentials.mine]",
            id="xenforo",
        ),
        pytest.param(
            Kind.XENFORO, "/threads/x.1/", Answer({"errors": [{"code": "x"}]}, 400), "API key", id="xenforo 400"
        ),
    ],
)
async def test_a_token_that_is_not_accepted_is_a_wall_with_its_own_remedy(
    kind: Kind, path: str, answer: Answer, remedy: str
) -> None:
    async with world(lambda asked: answer) as here:
        done = await here.walk(looked(kind, f"{here.here.base()}{path}"), here.settings(token="t0ken"))
        assert done.kinds == [OutcomeKind.WALL]
        assert remedy in done.last.outcome.remedy
        assert clean(repr((done.last.outcome, done.last.request)))


async def test_a_wall_of_the_site_s_own_is_not_blamed_on_the_token() -> None:
    async with world(lambda asked: Answer("<html>no</html>", 403)) as here:
        done = await here.walk(looked(Kind.MASTODON, f"{here.here.base()}/@ann"), here.settings(token="t0ken"))
        assert done.kinds == [OutcomeKind.BLOCKED] and "token" not in done.last.outcome.remedy


async def test_without_a_token_the_remedy_is_to_get_one() -> None:
    async with world(lambda asked: Answer({"error": "This method requires an authenticated user"}, 422)) as here:
        watch = replace(looked(Kind.MASTODON, f"{here.here.base()}/public"), credentials="")
        done = await here.walk(watch, here.settings())
        assert done.kinds == [OutcomeKind.WALL] and "add credentials" in done.last.outcome.remedy
