"""Account data go to the host that they are for and nowhere else, whatever a watchlist from somebody else names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.crawl.frontier import Frontier
from monitor.model.account import FormPost, TokenExchange
from monitor.model.page import OutcomeKind, PageContent, Purpose, Request
from monitor.model.settings import CredentialSettings, EngineSettings, Secret, Settings
from monitor.model.watch import Every, Kind, Watch
from monitor.sources import check_watch, disclosure, source_for
from tests.sources.loopback import HOSTS, Answer, Asked, Clock, Memory, serving, settings_of, way_out

ACCOUNT = {"token": "s3cr3t", "identifier": "ann", "password": "s3cr3t", "client_id": "A", "client_secret": "s3cr3t"}


def settings(*hosts: str, search: str = "") -> Settings:
    values = tuple((key, Secret(value)) for key, value in (ACCOUNT | {"username": "ann"}).items())
    own = (EngineSettings(name="own", values=(("like", "brave"), ("search", search))),) if search else ()
    given = (CredentialSettings(name="fedi", hosts=hosts, values=values),)
    nowhere = Path("/nowhere")
    return Settings(path=None, data_dir=nowhere, watchlist_dir=nowhere, engines=own, credentials=given)


def watch(kind: Kind, *urls: str, **more: object) -> Watch:
    return Watch("w", kind, Every(60), urls=urls, credentials="fedi", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(watch(Kind.MASTODON, "https://stranger.example/tags/x"), id="mastodon"),
        pytest.param(watch(Kind.MASTODON, "https://sub.fedi.example/@ann"), id="below it"),
        pytest.param(watch(Kind.MASTODON, "https://fedi.example.stranger.example/@ann"), id="its beginning"),
        pytest.param(watch(Kind.MASTODON, "https://fedi.example:8443/@ann"), id="another port"),
        pytest.param(watch(Kind.MASTODON, "https://fedi.exampl\u0435/@ann"), id="a look-alike letter"),
        pytest.param(watch(Kind.MASTODON, "https://203.0.113.7/@ann"), id="a number"),
        pytest.param(watch(Kind.DISCOURSE, "https://stranger.example/t/1"), id="discourse"),
        pytest.param(watch(Kind.XENFORO, "https://stranger.example/threads/x.5/"), id="xenforo"),
        pytest.param(watch(Kind.SEARCH, engine="brave", query="x"), id="an engine that is shipped"),
        pytest.param(watch(Kind.SEARCH, engine="own", query="x"), id="an engine of her own"),
        pytest.param(watch(Kind.REDDIT, "https://www.reddit.com/r/pics"), id="reddit"),
        pytest.param(
            watch(Kind.MASTODON, "https://fedi.example/@ann", "https://stranger.example/@ann"), id="the second of two"
        ),
    ],
)
def test_a_watch_that_would_give_them_to_another_host_is_refused(given: Watch) -> None:
    (error,) = check_watch(given, settings("fedi.example", search="https://other.example/?q={query}"))
    assert error.key == "credentials" and "'fedi'" in str(error) and "fedi.example alone" in str(error)
    assert "Take credentials out" in error.remedy and "[credentials.fedi]" in error.remedy
    assert "s3cr3t" not in str(error) + error.remedy


@pytest.mark.parametrize(
    ("given", "hosts", "gets"),
    [
        pytest.param(watch(Kind.MASTODON, "https://fedi.example/@ann"), ("fedi.example",), "fedi.example", id="a host"),
        pytest.param(watch(Kind.MASTODON, "https://FEDI.example./@ann"), ("fedi.example",), "fedi.example", id="spelt"),
        pytest.param(
            watch(Kind.DISCOURSE, "https://f.example:8443/t/1"), ("f.example:8443",), "f.example:8443", id="a port"
        ),
        pytest.param(
            watch(Kind.REDDIT, "https://www.reddit.com/r/pics"),
            ("www.reddit.com",),
            "www.reddit.com and oauth.reddit.com",
            id="reddit",
        ),
        pytest.param(watch(Kind.BLUESKY, "https://bsky.app/search?q=x"), ("pds.example",), "pds.example", id="bluesky"),
        pytest.param(
            watch(Kind.SEARCH, engine="mojeek", query="x"), ("api.mojeek.com",), "api.mojeek.com", id="an engine"
        ),
    ],
)
def test_watch_check_names_who_gets_them(given: Watch, hosts: tuple[str, ...], gets: str) -> None:
    assert check_watch(given, settings(*hosts)) == ()
    assert disclosure(given, settings(*hosts)).startswith(f"credentials fedi go to {gets}; ")


def test_where_no_account_is_used_nobody_gets_it() -> None:
    given = watch(Kind.BLUESKY, "https://bsky.app/profile/ann.example")
    assert disclosure(given, settings("bsky.social")) == ""


@pytest.mark.parametrize(
    "carries",
    [
        pytest.param({"headers": (("Authorization", "Bearer s3cr3t"),)}, id="a header"),
        pytest.param({"secret_query": (("key", Secret("s3cr3t")),)}, id="a part of the address"),
        pytest.param({"post": FormPost(Secret("s3cr3t"), "text/plain")}, id="a body"),
        pytest.param({"exchange": TokenExchange("fedi", "", FormPost(Secret("s3cr3t"), "text/plain"))}, id="a sign-in"),
        pytest.param({"browser": True, "headers": (("X", "s3cr3t"),)}, id="a browser's request"),
    ],
)
@pytest.mark.parametrize("at", [0, 1])
async def test_no_connection_is_opened_to_another_host(carries: dict[str, object], at: int) -> None:
    """Whatever made the request: the last door is where the socket is opened. at 1: a sign-in at her own host, for a
    question to another."""
    async with serving(lambda asked: Answer({})) as here:
        given = settings_of({}, port=here.port)
        request = Request(f"{here.base(1)}/api", Purpose.API, account_hosts=(HOSTS[0],), **carries)  # type: ignore[arg-type]
        if request.exchange:
            request = replace(request, exchange=replace(request.exchange, url=f"{here.base(at)}/sign-in"))
        if at and request.exchange is None:
            request = replace(request, ignore_robots=True)
        async with way_out(given, Memory(), Clock()) as fetcher:
            fetched = await fetcher.fetch(request)
    assert fetched.outcome.kind is OutcomeKind.REFUSED and "their own host" in fetched.outcome.message
    assert here.asked == []


async def test_a_sign_in_elsewhere_is_not_made_for_a_question_to_the_own_host() -> None:
    async with serving(lambda asked: Answer({})) as here:
        exchange = TokenExchange("fedi", f"{here.base(1)}/sign-in", FormPost(Secret("s3cr3t"), "text/plain"))
        request = Request(f"{here.base(0)}/api", Purpose.API, exchange=exchange, account_hosts=(HOSTS[0],))
        async with way_out(settings_of({}, port=here.port), Memory(), Clock()) as fetcher:
            assert (await fetcher.fetch(request)).outcome.kind is OutcomeKind.REFUSED
    assert here.asked == []


@pytest.mark.parametrize("sends", ["redirect", "next page", "protocol-relative", "next page with its name in it"])
async def test_what_the_own_host_names_does_not_get_them(sends: str) -> None:
    """A timeline may be somebody else's doing too: where it sends on, nothing of the account goes along."""

    def site(asked: Asked) -> Answer:
        if asked.host != HOSTS[0]:
            return Answer([])
        other = f"http://{HOSTS[1]}:{here.port}"
        if sends == "redirect":
            return Answer(b"", 302, {"Location": f"{other}/api/v1/x"})
        if sends == "protocol-relative":
            return Answer(b"", 302, {"Location": f"//{HOSTS[1]}:{here.port}/x"})
        return Answer({})

    async with serving(site) as here:
        given = settings_of({"fedi": {"token": "s3cr3t"}}, port=here.port, hosts=(HOSTS[0],))
        looked = watch(Kind.MASTODON, f"{here.base(0)}/@ann")
        source = source_for(looked, given)
        (first,) = source.seeds(looked)
        frontier = Frontier([first], looked.follow)
        visit = frontier.next()
        assert visit is not None
        async with way_out(given, Memory(), Clock()) as fetcher:
            await fetcher.fetch(visit.request)
            if "next page" in sends:
                path = f"/{HOSTS[0]}:{here.port}/x" if "name" in sends else "/x"
                frontier.add(PageContent(first.url, next_pages=(f"{here.base(1)}{path}",)), visit)
                further = frontier.next()
                assert further is not None
                await fetcher.fetch(further.request)
    told = [(asked.host, "s3cr3t" in repr(asked.headers)) for asked in here.asked]
    assert told == [(HOSTS[0], True), (HOSTS[1], False)]
