"""What a list says of other sites: a claim until somebody looked there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image

from monitor.crawl.frontier import FrontierEntry
from monitor.crawl.operators import speaks_for
from monitor.crawl.urls import same_site
from monitor.errors import UsageError
from monitor.model.observation import RunStatus
from monitor.model.page import Fetched, ImageRef, Outcome, OutcomeKind, PageContent, Request
from monitor.model.run import Run
from monitor.model.sighting import Sighting, Status
from monitor.model.watch import Follow, Kind, Watch
from monitor.pipeline.claims import MOST_KEPT, MOST_WAITING
from monitor.pipeline.places import place_of
from monitor.pipeline.state import Look
from monitor.takedown.channel_files import load_channels
from monitor.takedown.facts import Statements
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, jpeg, page
from tests.stores import every_alert

HOSTILE = "https://hostile.example"
VICTIM = "https://victim.example/private/page"


def small(photo: int) -> bytes:
    with Image.open(PHOTOS[photo]) as opened:
        opened.thumbnail((300, 300))
        return jpeg(opened)


COPY = small(0)


def watch(kind: Kind, url: str, **more: object) -> Watch:
    return replace(FORUM, name="list", kind=kind, urls=(url,), **more)  # type: ignore[arg-type]


RSS = '<rss version="2.0"><channel><title>x</title>{}</channel></rss>'
ITEM = '<item><link>{}</link><author>ann</author><enclosure url="{}" type="image/jpeg" length="1"/></item>'


def a_feed(bench: Bench, link: str, picture: str) -> Watch:
    bench.site.put(f"{HOSTILE}/feed", RSS.format(ITEM.format(link, picture)), "application/rss+xml")
    return watch(Kind.FEED, f"{HOSTILE}/feed")


def an_atom_feed(bench: Bench, link: str, picture: str) -> Watch:
    shown = f'<content type="html">&lt;img src="{picture}"&gt;</content>'
    entry = f'<entry><id>1</id><title>t</title><link href="{link}"/>{shown}</entry>'
    text = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{entry}</feed>'
    bench.site.put(f"{HOSTILE}/feed", text, "application/atom+xml")
    return watch(Kind.FEED, f"{HOSTILE}/feed")


def a_json_feed(bench: Bench, link: str, picture: str) -> Watch:
    items = [{"url": link, "image": picture, "authors": [{"name": "ann"}]}]
    text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": items})
    bench.site.put(f"{HOSTILE}/feed", text, "application/feed+json")
    return watch(Kind.FEED, f"{HOSTILE}/feed")


def a_sitemap(bench: Bench, link: str, picture: str) -> Watch:
    ns = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    text = (
        f"<urlset {ns}><url><loc>{link}</loc><image:image><image:loc>{picture}</image:loc></image:image></url></urlset>"
    )
    bench.site.put(f"{HOSTILE}/sitemap.xml", text, "application/xml")
    return watch(Kind.SITEMAP, f"{HOSTILE}/sitemap.xml")


def a_mastodon(bench: Bench, link: str, picture: str) -> Watch:
    media = [{"type": "image", "url": picture}]
    status = {"id": "1", "url": link, "account": {"acct": "ann@victim.example"}, "media_attachments": media}
    api = f"{HOSTILE}/api/v1/timelines/tag/x?limit=40&only_media=true"
    bench.site.put(api, json.dumps([status]), "application/json")
    bench.site.put(f"{api}&max_id=1", "[]", "application/json")
    return watch(Kind.MASTODON, f"{HOSTILE}/tags/x")


def a_bluesky_of_somebody(bench: Bench, link: str, picture: str) -> Watch:
    """Whoever runs an AppView can make up posts of anybody."""
    embed = {"images": [{"fullsize": picture}]}
    post = {
        "uri": "at://did:plc:victim/app.bsky.feed.post/3k",
        "author": {"handle": "victim.bsky.social"},
        "embed": embed,
    }
    api = f"{HOSTILE}/xrpc/app.bsky.feed.getAuthorFeed?actor=x"
    bench.site.put(api, json.dumps({"feed": [{"post": post}]}), "application/json")
    return watch(Kind.BLUESKY, api)


def a_discourse(bench: Bench, link: str, picture: str) -> Watch:
    post = {"post_number": 1, "post_url": link, "username": "ann", "cooked": f'<p><img src="{picture}"></p>'}
    topic = {"id": 5, "title": "t", "posts_count": 1, "post_stream": {"posts": [post]}}
    bench.site.put(f"{HOSTILE}/t/5.json", json.dumps(topic), "application/json")
    return watch(Kind.DISCOURSE, f"{HOSTILE}/t/5")


LISTS = [
    pytest.param(a_feed, id="RSS"),
    pytest.param(an_atom_feed, id="Atom"),
    pytest.param(a_json_feed, id="JSON Feed"),
    pytest.param(a_sitemap, id="sitemap"),
    pytest.param(a_mastodon, id="Mastodon"),
    pytest.param(a_bluesky_of_somebody, id="an AppView of somebody"),
    pytest.param(a_discourse, id="Discourse"),
]
List = Callable[[Bench, str, str], Watch]


async def looked(bench: Bench, a_list: List, link: str = VICTIM) -> tuple[Watch, Run]:
    picture = f"{HOSTILE}/p.jpg"
    bench.site.put(picture, COPY, "image/jpeg")
    there = a_list(bench, link, picture)
    return there, await bench.run(there)


def sightings(bench: Bench) -> list[Sighting]:
    return list(bench.store.sightings.all("default"))


def claims_of(bench: Bench) -> list[str]:
    return [sighting.place.claimed_url for sighting in sightings(bench)]


@pytest.mark.rows(3)
@pytest.mark.parametrize("a_list", LISTS)
async def test_the_find_stands_where_it_was_seen_and_the_rest_is_a_claim(bench: Bench, a_list: List) -> None:
    await bench.enroll(PHOTOS[:1])
    for url in (VICTIM, "https://bsky.app/profile/victim.bsky.social/post/3k"):
        bench.site.fails[url] = Outcome(OutcomeKind.TIMEOUT, "no answer", "try later")
    there, report = await looked(bench, a_list)
    assert (report.status, report.new_sightings, report.errors) == (RunStatus.OK, 1, ())
    (found,) = sightings(bench)
    assert found.place.page_url == there.urls[0]
    assert found.place.image_url == f"{HOSTILE}/p.jpg"
    assert found.place.account == ""
    assert found.place.claimed_url.startswith(("https://victim.example/", "https://bsky.app/profile/victim"))
    for _ in range(3):
        bench.clock.forward(hours=2)
        await bench.run(there)
    assert len(sightings(bench)) == 1
    asked = bench.site.urls_asked()
    assert asked.count(found.place.claimed_url) == 1, "looked at again a day later at the earliest"


@pytest.mark.rows(2)
@pytest.mark.parametrize("a_list", LISTS[:5])
async def test_a_picture_that_is_seen_there_is_a_find_of_that_place(bench: Bench, a_list: List) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(VICTIM, page("https://victim.example/own.jpg"))
    bench.site.put("https://victim.example/own.jpg", small(0) + b"x", "image/jpeg")
    there, report = await looked(bench, a_list)
    assert report.new_sightings == 2
    assert {s.place.page_url for s in sightings(bench)} == {there.urls[0], VICTIM}
    assert claims_of(bench) == ["", ""]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(page("https://victim.example/cat.jpg"), id="another picture"),
        pytest.param(page(), id="no picture"),
        pytest.param(None, id="no such page"),
    ],
)
async def test_a_claim_is_dropped_when_the_picture_is_not_there(bench: Bench, body: str | None) -> None:
    await bench.enroll(PHOTOS[:1])
    if body is not None:
        bench.site.put(VICTIM, body)
        bench.site.put("https://victim.example/cat.jpg", small(1), "image/jpeg")
    _, report = await looked(bench, a_feed)
    assert (report.status, report.errors) == (RunStatus.OK, ())
    (found,) = sightings(bench)
    assert (found.place.page_url, found.place.claimed_url) == (f"{HOSTILE}/feed", "")


@pytest.mark.long
async def test_few_claims_are_looked_at_in_a_run_and_that_is_told(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    items = []
    for number in range(25):
        bench.site.put(f"{HOSTILE}/p.jpg?{number}", COPY, "image/jpeg")
        items.append(ITEM.format(f"https://innocent{number}.example/page", f"{HOSTILE}/p.jpg?{number}"))
    bench.site.put(f"{HOSTILE}/feed", RSS.format("".join(items)), "application/rss+xml")
    there = watch(Kind.FEED, f"{HOSTILE}/feed")
    report = await bench.run(there)
    strangers = [url for url in bench.site.urls_asked() if "innocent" in url]
    assert len(strangers) == 5 and [(limit.what, limit.at) for limit in report.limits] == [("claims", 5)]
    assert {s.place.page_url for s in sightings(bench)} == {f"{HOSTILE}/feed"}
    assert len(every_alert(bench.store, "default")) == 1
    assert not bench.store.references.folded("default")
    for _ in range(4):
        bench.clock.forward(hours=2)
        await bench.run(there)
    assert not any(claims_of(bench)), "all were looked at, and none showed it"


def a_feed_of(bench: Bench, links: list[str]) -> Watch:
    """Every entry with the same picture."""
    bench.site.put(f"{HOSTILE}/p.jpg", COPY, "image/jpeg")
    items = "".join(ITEM.format(link, f"{HOSTILE}/p.jpg") for link in links)
    bench.site.put(f"{HOSTILE}/feed", RSS.format(items), "application/rss+xml")
    return watch(Kind.FEED, f"{HOSTILE}/feed")


def strangers(many: int, name: str = "stranger") -> list[str]:
    return [f"https://{name}{number}.example/blog" for number in range(many)]


def that_show_another(bench: Bench, links: list[str]) -> list[str]:
    for link in links:
        bench.site.put(link, page("https://elsewhere.example/cat.jpg"))
    bench.site.put("https://elsewhere.example/cat.jpg", small(1), "image/jpeg")
    return links


def that_do_not_answer(bench: Bench, links: list[str]) -> list[str]:
    for link in links:
        bench.site.fails[link] = Outcome(OutcomeKind.TIMEOUT, "no answer", "try later")
    return links


def the_real_one(bench: Bench) -> str:
    bench.site.put(VICTIM, page("https://victim.example/own.jpg"))
    bench.site.put("https://victim.example/own.jpg", COPY, "image/jpeg")
    return VICTIM


async def runs_until_found(bench: Bench, there: Watch, most: int, *, hours: int = 24) -> int:
    """0: not within `most` runs."""
    for number in range(1, most + 1):
        await bench.run(there)
        if VICTIM in {sighting.place.page_url for sighting in sightings(bench)}:
            return number
        bench.clock.forward(hours=hours)
    return 0


Others = Callable[[Bench, list[str]], list[str]]


@pytest.mark.rows(2)
@pytest.mark.parametrize("hours", [2, 24])
@pytest.mark.parametrize("others", [that_show_another, that_do_not_answer])
@pytest.mark.parametrize(
    ("before", "after", "runs"),
    [
        pytest.param(0, 2, 1, id="the real one first"),
        pytest.param(1, 1, 1, id="the real one second"),
        pytest.param(2, 0, 1, id="the real one third"),
        pytest.param(20, 0, 5, id="after twenty strangers"),
        pytest.param(10, 10, 3, id="between strangers"),
    ],
)
async def test_all_that_entries_with_one_picture_claim_is_looked_at(
    bench: Bench, others: Others, before: int, after: int, runs: int, hours: int
) -> None:
    await bench.enroll(PHOTOS[:1])
    ahead, behind = others(bench, strangers(before)), others(bench, strangers(after, "later"))
    there = a_feed_of(bench, [*ahead, the_real_one(bench), *behind])
    assert await runs_until_found(bench, there, 6, hours=hours) == runs
    for _ in range(5):
        bench.clock.forward(hours=1)
        await bench.run(there)
    asked = [url for url in bench.site.urls_asked() if url.endswith("/blog")]
    assert set(asked) == {*ahead, *behind}
    if others is that_show_another:
        assert len(asked) == len(set(asked)), "none is asked at each visit"


async def test_what_was_looked_at_is_asked_again_after_a_month(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    there = a_feed_of(bench, that_show_another(bench, [*strangers(2), VICTIM]))
    assert await runs_until_found(bench, there, 10, hours=48) == 0
    assert bench.site.urls_asked().count(VICTIM) == 1
    the_real_one(bench)
    assert await runs_until_found(bench, there, 10, hours=48) > 0
    assert bench.site.urls_asked().count(VICTIM) == 2


async def test_a_new_find_has_what_it_claims_looked_at_a_day_later(bench: Bench) -> None:
    """The thread that was looked at yesterday may show today what it did not then."""
    await bench.enroll(PHOTOS[:1])
    await bench.run(a_feed_of(bench, that_show_another(bench, [VICTIM])))
    the_real_one(bench)
    bench.site.put(f"{HOSTILE}/new.jpg", COPY + b"x", "image/jpeg")
    items = ITEM.format(strangers(1)[0], f"{HOSTILE}/new.jpg") + ITEM.format(VICTIM, f"{HOSTILE}/new.jpg")
    bench.site.put(f"{HOSTILE}/feed", RSS.format(items), "application/rss+xml")
    bench.clock.forward(hours=2)
    assert await runs_until_found(bench, watch(Kind.FEED, f"{HOSTILE}/feed"), 20, hours=2) == 12


@pytest.mark.parametrize("fresh", [4, 20])
async def test_ever_new_strangers_do_not_keep_the_real_one_waiting(bench: Bench, fresh: int) -> None:
    await bench.enroll(PHOTOS[:1])
    for number in range(6):
        others = that_do_not_answer(bench, strangers(fresh, f"fresh{number}-"))
        there = a_feed_of(bench, [*others, the_real_one(bench)])
        if await runs_until_found(bench, there, 1):
            break
        bench.clock.forward(days=1)
    else:
        pytest.fail("not found in six runs")


async def test_a_claimed_page_that_is_watched_itself_is_asked_once(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    there = "https://victim.example/feed"
    bench.site.put(f"{HOSTILE}/p.jpg", COPY, "image/jpeg")
    bench.site.put(
        there, RSS.format(ITEM.format(f"{there}/1", "https://victim.example/other.jpg")), "application/rss+xml"
    )
    bench.site.put("https://victim.example/other.jpg", small(1), "image/jpeg")
    await bench.run(replace(a_feed(bench, there, f"{HOSTILE}/p.jpg"), urls=(f"{HOSTILE}/feed", there)))
    assert claims_of(bench) == [""], "it was looked for there"
    assert bench.site.urls_asked().count(there) == 1


async def test_of_one_site_one_page_is_asked_in_a_run(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    same = that_show_another(bench, [f"https://victim.example/{number}/blog" for number in range(2)])
    there = a_feed_of(bench, [*same, the_real_one(bench), f"{VICTIM}#twice", *that_show_another(bench, strangers(1))])
    report = await bench.run(there)
    asked = [url for url in bench.site.urls_asked() if url.endswith(("/blog", "/page"))]
    assert asked == [same[0], strangers(1)[0]]
    assert [(limit.what, limit.at) for limit in report.limits] == [("claims", 5)]
    bench.clock.forward(hours=2)
    assert await runs_until_found(bench, there, 3, hours=2) == 2
    bench.clock.forward(hours=2)
    bench.site.asked.clear()
    assert (await bench.run(there)).limits == ()
    assert bench.site.urls_asked() == [f"{HOSTILE}/feed"]


async def test_a_list_of_ten_thousand_is_cut_and_that_is_told(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    there = a_feed_of(bench, that_show_another(bench, strangers(MOST_WAITING + 50)))
    report = await bench.run(there)
    assert [(limit.what, limit.at) for limit in report.limits] == [("claims", 5)]
    assert len(bench.store.claimed_pages.all("default")) <= MOST_KEPT


@pytest.mark.parametrize("decided", ["dismissed", "closed"])
async def test_what_the_person_has_put_away_sends_nobody_on(bench: Bench, decided: str) -> None:
    await bench.enroll(PHOTOS[:1])
    there = a_feed_of(bench, that_show_another(bench, strangers(12)))
    await bench.run(there)
    for sighting in sightings(bench):
        put_away = replace(sighting, under_18=True)
        if decided == "dismissed":
            put_away = replace(sighting, status=Status.DISMISSED)
        bench.store.sightings.save(put_away)
    bench.site.asked.clear()
    bench.clock.forward(days=1)
    await bench.run(there)
    assert not [url for url in bench.site.urls_asked() if "stranger" in url]


async def test_what_is_asked_of_a_stranger_is_asked_as_a_visitor(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    picture = f"{HOSTILE}/p.jpg"
    bench.site.put(picture, COPY, "image/jpeg")
    bench.site.put(VICTIM, page("https://victim.example/1.jpg", more='<a class="next" href="/2">next</a>'))
    there = replace(a_feed(bench, VICTIM, picture), ignore_robots=True, robots_reason="mine", follow=Follow(depth=3))
    await bench.run(there)
    asked = {request.url: request for request in bench.site.asked}
    assert asked[f"{HOSTILE}/feed"].ignore_robots and not asked[VICTIM].ignore_robots
    assert not asked["https://victim.example/1.jpg"].ignore_robots
    assert "https://victim.example/2" not in asked, "no further than the page itself"


async def test_a_list_that_could_not_be_seen_sends_nobody_on(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.fails[VICTIM] = Outcome(OutcomeKind.TIMEOUT, "no answer", "try later")
    there, _ = await looked(bench, a_feed)
    bench.clock.forward(days=2)
    bench.site.fails[f"{HOSTILE}/feed"] = Outcome(OutcomeKind.TIMEOUT, "no answer", "try later")
    bench.site.asked.clear()
    report = await bench.run(there)
    assert report.status is RunStatus.FAILED and VICTIM not in bench.site.urls_asked()


async def test_posts_of_the_same_site_and_service_stand_as_they_did(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    await looked(bench, a_feed, f"{HOSTILE}/post/1")
    (found,) = sightings(bench)
    assert (found.place.page_url, found.place.account, found.place.claimed_url) == (f"{HOSTILE}/post/1", "ann", "")


@pytest.mark.parametrize(
    ("markup", "media"),
    [
        pytest.param(
            f'<img src="{HOSTILE}/p.jpg" srcset="https://victim.example/big.jpg 4000w">',
            f"{HOSTILE}/p.jpg",
            id="a larger variant that is not there",
        ),
        pytest.param(
            f'<a href="https://victim.example/full.jpg"><img src="{HOSTILE}/p.jpg"></a>',
            f"{HOSTILE}/p.jpg",
            id="a full size that is not there",
        ),
    ],
)
async def test_the_picture_counts_as_where_it_was_had(bench: Bench, markup: str, media: str) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(f"{HOSTILE}/p.jpg", COPY, "image/jpeg")
    bench.site.put(f"{HOSTILE}/page", page(more=markup))
    there = watch(Kind.PAGE, f"{HOSTILE}/page")
    for number in range(3):
        await bench.run(there)
        assert {s.place.image_url for s in sightings(bench)} == {media}
        bench.clock.forward(hours=1)
        bench.site.put(f"{HOSTILE}/page", page(more=f"{markup}{number}"))


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    "head",
    [
        pytest.param(f'<link rel="canonical" href="{VICTIM}">', id="canonical"),
        pytest.param(f'<meta property="og:url" content="{VICTIM}">', id="og:url"),
        pytest.param(f'<base href="{VICTIM}">', id="base"),
        pytest.param(
            f'<script type="application/ld+json">{{"url": "{VICTIM}", "author": "ann"}}</script>', id="JSON-LD"
        ),
    ],
)
async def test_no_page_gives_itself_out_as_another_site(bench: Bench, head: str) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(f"{HOSTILE}/p.jpg", COPY, "image/jpeg")
    shown = page(f"{HOSTILE}/p.jpg").replace("<head>", f"<head>{head}")
    bench.site.put(f"{HOSTILE}/page", shown)
    await bench.run(watch(Kind.PAGE, f"{HOSTILE}/page"))
    (found,) = sightings(bench)
    assert found.place.page_url == f"{HOSTILE}/page"


async def test_no_draft_names_what_was_only_claimed(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    link = "https://www.reddit.com/user/victim/comments/1"
    bench.site.fails[link] = Outcome(OutcomeKind.TIMEOUT, "no answer", "try later")
    await looked(bench, a_feed, link)
    (found,) = sightings(bench)

    def draft(channel: str | None) -> list[str]:
        made = bench.drafts.draft([found.id], case="default", channel=channel, out=None, statements=Statements())
        return [report.file for report in made.reports]

    for file in draft(None):
        with open(file, encoding="utf-8") as text:
            assert "reddit" not in text.read()
    reddit = next(channel.id for channel in load_channels(None).channels if "reddit" in channel.id)
    with pytest.raises(UsageError, match="only says") as refused:
        draft(reddit)
    assert "sightings add" in (refused.value.remedy or "")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/1", "http://www.a.example:8080/2", True),
        ("https://forum.example.co.uk/", "https://cdn.example.co.uk/", True),
        ("https://one.co.uk/", "https://two.co.uk/", False),
        ("https://alice.blogspot.com/", "https://bob.blogspot.com/", False),
        ("https://alice.blogspot.co.uk/", "https://bob.blogspot.co.uk/", False),
        ("https://alice.tumblr.com/1", "https://bob.tumblr.com/1", False),
        ("https://alice.tumblr.com/1", "https://www.alice.tumblr.com/2", True),
        ("https://www.tumblr.com/a", "https://tumblr.com/b", True),
        ("https://alice.github.io/", "https://bob.github.io/", False),
        ("https://127.0.0.1:1/", "https://127.0.0.1:2/", True),
        ("https://127.0.0.1/", "https://127.0.0.2/", False),
        ("https://a.example/", "not an address", False),
        ("", "", False),
    ],
)
def test_same_site(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same_site(other, one) is same


@pytest.mark.parametrize(
    ("answered", "named", "speaks"),
    [
        ("https://public.api.bsky.app/xrpc/x", "https://bsky.app/profile/a/post/1", True),
        ("https://bsky.social/xrpc/x", "https://bsky.app/profile/a/post/1", True),
        ("https://morel.us-east.host.bsky.network/xrpc/x", "https://bsky.app/profile/a", True),
        ("https://a.4cdn.org/b/thread/1.json", "https://boards.4chan.org/b/thread/1", True),
        ("https://oauth.reddit.com/r/x", "https://www.reddit.com/r/x/comments/1", True),
        ("https://pds.evil.example/xrpc/x", "https://bsky.app/profile/a/post/1", False),
        ("https://bsky.app/x", "https://bsky.social/x", False),
        ("https://mastodon.social/api/v1", "https://mastodon.online/@a/1", False),
        ("https://bsky.social.evil.example/", "https://bsky.app/profile/a", False),
    ],
)
def test_whom_an_answer_speaks_for(answered: str, named: str, speaks: bool) -> None:
    assert speaks_for(answered, named) is speaks


async def test_found_on_the_claimed_page_though_not_all_of_it_could_be_seen(bench: Bench) -> None:
    """The claim is settled by the find; another picture of that page, which cannot be had, changes nothing of that."""
    await bench.enroll(PHOTOS[:1])
    bench.site.put(VICTIM, page("https://victim.example/copy.jpg", "https://victim.example/not-there.jpg"))
    bench.site.put("https://victim.example/copy.jpg", COPY + b"another file", "image/jpeg")
    await looked(bench, a_feed)
    assert {sighting.place.page_url for sighting in sightings(bench)} == {f"{HOSTILE}/feed", VICTIM}
    assert claims_of(bench) == ["", ""]


@pytest.mark.parametrize(
    ("account", "is_here"),
    [
        pytest.param("ann", True, id="a name"),
        pytest.param("@ann", True, id="a name as it is written"),
        pytest.param("ann@hostile.example", True, id="of this site"),
        pytest.param("@ann@www.hostile.example", True, id="of this site, as it is written"),
        pytest.param("https://hostile.example/@ann", True, id="its address here"),
        pytest.param("ann@victim.example", False, id="of another site"),
        pytest.param("@ann@victim.example", False, id="of another site, as it is written"),
        pytest.param("a@victim.example", False, id="of one letter"),
        pytest.param("Ann <ann@victim.example>", False, id="a mail address"),
        pytest.param("https://victim.example/@ann", False, id="its address elsewhere"),
        pytest.param("https://victim.example//ann", False, id="its address elsewhere, written oddly"),
    ],
)
def test_an_account_of_another_site_is_but_a_claim(bench: Bench, account: str, is_here: bool) -> None:
    request = Request(f"{HOSTILE}/page")
    fetched = Fetched(request, Outcome(OutcomeKind.OK), request.url, bench.clock())
    look = Look(FrontierEntry(request, 0, request.url), fetched, PageContent(request.url), request.url)
    place = place_of(look, ImageRef(f"{HOSTILE}/p.jpg", account=account), f"{HOSTILE}/p.jpg")
    assert (place.account, place.claimed_account) == ((account, "") if is_here else ("", account))
