"""A watch with a depth and without a selector: what a pass visits, what it remembers, what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model.observation import RunTrouble
from monitor.model.run import Followed, LimitKind, RunStatus
from monitor.model.watch import Follow
from monitor.ports.facts import Led
from tests.pipeline.pipeline_bench import FORUM, OTHERS, Bench, small

S = "https://forum.example"
DEPTH = Follow(depth=2, chosen=True)
WORDS = "<p>" + "words about the lake " * 30
BOARD = "<a href=/f/general-talk.2/>General talk</a>"
THREADS = "".join(f"<li class=topic><h3><a href='/t/some-words.{n}/'>Words {n}</a></h3>" for n in range(3))
MENU = (
    "<nav><a href=/>Home</a><a href=/login>Log in</a><a href=/logout>Log out</a><a href=/u/ann.1/>ann</a></nav>"
    "<footer><a href=/about>About</a><a href=/terms>Terms</a></footer>"
)


@pytest.fixture
def forum(bench: Bench) -> Bench:
    bench.site.put(f"{S}/t/1", f"<title>Forum</title>{MENU}<main>{BOARD}</main>{WORDS}")
    bench.site.put(f"{S}/f/general-talk.2/", f"<title>General</title>{MENU}<main><ul>{THREADS}</ul></main>{WORDS}")
    for n in range(3):
        picture = f"{S}/files/{n}.jpg"
        post = f"<article><img src={picture}><a href='/t/some-words.{n}/?delete=1'>Delete</a></article>"
        bench.site.put(f"{S}/t/some-words.{n}/", f"<title>{n}</title>{MENU}<main>{post}</main>{WORDS}")
        bench.site.put(picture, small(OTHERS[n]), "image/jpeg")
    return bench


def visited(bench: Bench) -> list[str]:
    return [request.url.removeprefix(S) for request in bench.site.asked if not request.url.endswith(".jpg")]


async def test_a_forum_is_seen_from_its_front_page(forum: Bench) -> None:
    run = await forum.run(replace(FORUM, follow=DEPTH))
    threads = [f"/t/some-words.{n}/" for n in range(3)]
    assert visited(forum) == ["/t/1", "/f/general-talk.2/", *threads]
    assert (run.status, run.images_seen) == (RunStatus.OK, 3)
    assert run.followed == (Followed("/t/*.#/", 3), Followed("/f/*.#/", 1))


async def test_what_was_learnt_is_kept_for_the_watch_and_an_unchanged_place_costs_its_pages(forum: Bench) -> None:
    watch = replace(FORUM, follow=DEPTH)
    await forum.run(watch)
    assert forum.store.link_shapes.get("default", "forum") == {"/t/*.#/": Led(3, 3), "/f/*.#/": Led(1, 1)}
    forum.site.asked.clear()
    forum.clock.forward(hours=2)
    again = await forum.run(watch)
    assert (again.pages_seen, again.new_images, again.not_modified) == (5, 0, 8)
    assert not [request for request in forum.site.asked if request.url.endswith(".jpg")]
    assert forum.store.link_shapes.get("default", "forum")["/t/*.#/"] == Led(6, 6)


async def test_without_a_depth_nothing_else_is_followed(forum: Bench) -> None:
    await forum.run(replace(FORUM, follow=Follow()))
    assert visited(forum) == ["/t/1"]


async def test_an_unchanged_page_is_read_again_when_the_watch_asks_for_its_links(forum: Bench) -> None:
    await forum.run(replace(FORUM, follow=Follow()))
    forum.clock.forward(hours=2)
    assert (await forum.run(replace(FORUM, follow=DEPTH))).images_seen == 3
    forum.clock.forward(hours=2)
    assert (await forum.run(replace(FORUM, follow=Follow(links="footer a")))).pages_seen == 1  # the rest is gone there


async def test_from_the_entries_of_a_feed_on_links_are_chosen_too(forum: Bench) -> None:
    from monitor.model.watch import Kind

    entry = f"<item><title>Words</title><link>{S}/f/general-talk.2/</link></item>"
    forum.site.put(
        f"{S}/feed.xml", f"<rss version='2.0'><channel><title>F</title>{entry}</channel></rss>", "application/rss+xml"
    )
    watch = replace(FORUM, kind=Kind.FEED, urls=(f"{S}/feed.xml",))
    assert (await forum.run(replace(watch, follow=Follow(depth=1, chosen=True)))).pages_seen == 2
    run = await forum.run(replace(watch, follow=DEPTH))
    assert (run.pages_seen, run.images_seen) == (5, 3)


async def test_a_depth_that_finds_neither_link_nor_picture_is_said(bench: Bench) -> None:
    bench.site.put(f"{S}/t/1", f"<title>Forum</title>{MENU}{WORDS}")
    run = await bench.run(replace(FORUM, follow=DEPTH))
    assert RunTrouble.NOT_FOLLOWED in [error.kind for error in run.errors]


async def test_a_list_without_end_leaves_room_for_its_threads_and_what_is_left_is_said(forum: Bench) -> None:
    for n in range(1, 40):
        further = f"<a rel=next href='/t/1?page={n + 1}'>next</a>"
        path = "/t/1" if n == 1 else f"/t/1?page={n}"
        forum.site.put(S + path, f"<title>{n}</title><main><ul>{THREADS}</ul>{further}</main>{WORDS}")
    run = await forum.run(replace(FORUM, follow=replace(DEPTH, max_pages=8)))
    assert {f"/t/some-words.{n}/" for n in range(3)} <= set(visited(forum))
    kinds = [error.kind for error in run.errors]
    assert RunTrouble.NOT_FOLLOWED not in kinds
    assert run.status is RunStatus.PARTIAL and [one.what for one in run.limits] == [LimitKind.PAGES]


async def test_what_was_found_and_left_for_the_cap_is_not_called_not_found(forum: Bench) -> None:
    forum.site.put(f"{S}/t/1", f"<title>1</title><main><ul>{THREADS}</ul></main>{WORDS}")
    run = await forum.run(replace(FORUM, follow=replace(DEPTH, max_pages=1)))
    assert RunTrouble.NOT_FOLLOWED not in [error.kind for error in run.errors]
    assert run.followed[0].left_out == 3
    assert [one.what for one in run.limits] == [LimitKind.PAGES]


async def test_a_route_of_the_pages_script_is_rendered_and_has_an_address_of_its_own(bench: Bench) -> None:
    """Its place is the route: what stands there is not on the front page."""
    from monitor.model.watch import Render
    from tests.pipeline.test_pipeline_auto import SHELL, RenderingSite

    aside = "<aside class=sidebar><ul><li><a href='#/'>Home</a><li><a href='#/garden'>Garden</a></ul></aside>"
    site = RenderingSite(bench.clock)
    bench.site = site
    for path, article in (("/", WORDS), ("/#/garden", f"<img src={S}/files/1.jpg>{WORDS}")):
        site.rendered[S + path] = f"<title>Docs</title><main>{aside}<article>{article}</article></main>"
    site.put(f"{S}/", SHELL)
    site.put(f"{S}/files/1.jpg", small(OTHERS[1]), "image/jpeg")
    watch = replace(FORUM, urls=(f"{S}/",), render=Render.AUTO, follow=Follow(depth=1, chosen=True))
    run = await bench.run(watch)
    assert run.images_seen == 1, run.errors
    assert [request.url for request in site.asked if request.browser] == [f"{S}/", f"{S}/#/garden"]
    assert run.followed == (Followed("/#/*", 1),)
    places = {shown for one in site.rendered if (shown := bench.store.seen.get("default", [one]).get(one))}
    assert len(places) == 2  # each is remembered by itself
