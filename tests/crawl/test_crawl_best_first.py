"""The frontier of watches whose links the program chooses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from monitor.crawl.best_first import FREE_TRIALS, BestFirst
from monitor.model.page import ImageRef, LinkMark, PageContent, PageLink, Request
from monitor.model.run import Followed
from monitor.model.watch import Follow
from monitor.ports.facts import Led

S = "https://site.example"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ENTRY = (LinkMark.ENTRY, LinkMark.MAIN)


def page(path: str, *links: PageLink, pictures: int = 0, further: tuple[str, ...] = ()) -> PageContent:
    images = tuple(ImageRef(f"{S}/pictures{path}/{n}.jpg") for n in range(pictures))
    return PageContent(f"{S}{path}", images=images, offered=links, next_pages=tuple(S + one for one in further))


def links(*paths: str, marks: tuple[LinkMark, ...] = ENTRY) -> tuple[PageLink, ...]:
    return tuple(PageLink(S + path, marks) for path in paths)


def walk(frontier: BestFirst, site: dict[str, PageContent]) -> list[str]:
    order = []
    while (entry := frontier.next()) is not None:
        path = entry.request.url.removeprefix(S)
        order.append(path)
        frontier.add(site.get(path, PageContent(entry.request.url)), entry)
    return order


def begin(**more: object) -> BestFirst:
    follow = Follow(depth=2, max_pages=50, chosen=True)
    return BestFirst([Request(f"{S}/")], more.pop("follow", follow), **more)  # type: ignore[arg-type]


def test_threads_come_before_boards_and_no_further_than_the_depth() -> None:
    site = {
        "/": page(
            "/", *links("/forum/one-board/", marks=(LinkMark.LIST, LinkMark.MAIN)), *links("/topic/1", "/topic/2")
        ),
        "/topic/1": page("/topic/1", pictures=1),
        "/topic/2": page("/topic/2", *links("/topic/9"), pictures=1),
        "/topic/9": page("/topic/9", *links("/topic/10"), pictures=1),
        "/forum/one-board/": page("/forum/one-board/", *links("/topic/3")),
    }
    frontier = begin()
    assert walk(frontier, site) == ["/", "/topic/1", "/topic/2", "/topic/9", "/forum/one-board/", "/topic/3"]
    assert frontier.followed == (Followed("/topic/#", 4), Followed("/forum/*/", 1))
    assert frontier.led == {"/topic/#": Led(4, 3), "/forum/*/": Led(1, 1)}


def test_what_promises_little_is_tried_a_few_times_and_followed_where_it_shows_something() -> None:
    paths = [f"/word{n}" for n in range(9)]
    site = {"/": page("/", *links(*paths[:2], marks=(LinkMark.MAIN,)), *links(*paths[2:], marks=()))}
    assert len(walk(begin(), site)) <= 1 + FREE_TRIALS + 1
    site |= {path: page(path, pictures=2) for path in paths}
    assert walk(begin(), site) == ["/", *paths]


def test_shapes_that_never_led_anywhere_are_not_followed_on() -> None:
    paths = [f"/post/some-words-{n}" for n in range(30)]
    site = {"/": page("/", *links(*paths, marks=(LinkMark.MAIN,)))}
    assert len(walk(begin(), site)) < 12
    remembered = {"/post/*": Led(9, 0)}
    assert walk(begin(led=remembered), site) == ["/"]
    assert len(walk(begin(led={"/post/*": Led(9, 9)}), site)) > 12


def test_pictures_that_another_page_showed_are_no_success() -> None:
    shown = page("/", *links("/photo/1", "/photo/2"), pictures=2)
    same = PageContent(f"{S}/photo/1", images=shown.images)
    frontier = begin()
    walk(frontier, {"/": shown, "/photo/1": same, "/photo/2": same})
    assert frontier.led == {"/photo/#": Led(2, 0)}


def test_the_cap_holds_and_what_lies_beyond_is_told_by_shape() -> None:
    paths = [f"/topic/{n}" for n in range(30)]
    site = {"/": page("/", *links(*paths))} | {path: page(path, pictures=1) for path in paths}
    frontier = begin(follow=Follow(depth=1, max_pages=11, chosen=True))
    assert walk(frontier, site) == ["/", *paths[:10]]
    assert frontier.left_out == 20
    assert frontier.followed == (Followed("/topic/#", 10, 20),)


def test_a_place_beyond_the_cap_is_seen_whole_over_several_passes_and_its_top_in_each() -> None:
    paths = [f"/topic/{n}" for n in range(30)]
    site = {"/": page("/", *links(*paths))} | {path: page(path, pictures=1) for path in paths}
    follow = Follow(depth=1, max_pages=11, chosen=True)
    looked: dict[str, datetime] = {}

    def last_look(urls: Sequence[str]) -> dict[str, datetime]:
        return {url: looked[url] for url in urls if url in looked}

    passes = []
    for number in range(6):
        order = walk(begin(follow=follow, last_look=last_look), site)
        looked |= {S + path: NOW + timedelta(days=number) for path in order}
        passes.append(order)
    assert {path for order in passes for path in order} == {"/", *paths}
    assert all("/topic/0" in order and "/topic/1" in order for order in passes)


def test_further_pages_of_a_list_and_its_links_take_turns_by_worth_and_cost_no_depth() -> None:
    site = {
        "/": page("/", *links("/topic/1"), further=("/?page=2",)),
        "/?page=2": page("/?page=2", *links("/topic/2")),
        "/topic/1": page("/topic/1", pictures=1, further=("/topic/1?page=2",)),
        "/topic/1?page=2": page("/topic/1?page=2", pictures=1),
    }
    order = walk(begin(follow=Follow(depth=1, chosen=True)), site)
    assert set(order) == {"/", "/?page=2", "/topic/1", "/topic/1?page=2", "/topic/2"}


def test_what_a_feed_lists_is_visited_and_links_are_chosen_from_there_on() -> None:
    feed = PageContent(f"{S}/feed.xml", links=(f"{S}/post/one", f"{S}/post/two"))
    site = {
        "/": feed,
        "/post/one": page("/post/one", *links("/album/3"), pictures=1),
        "/album/3": page("/album/3", *links("/album/4"), pictures=3),
    }
    frontier = begin(follow=Follow(depth=2, chosen=True))
    assert walk(frontier, site) == ["/", "/post/one", "/post/two", "/album/3"]
    assert frontier.followed == (Followed("/album/#", 1),)


def test_a_skipped_visit_takes_nobodys_place() -> None:
    frontier = begin(follow=Follow(depth=1, max_pages=2, chosen=True))
    entry = frontier.next()
    assert entry is not None
    frontier.add(page("/", *links("/topic/1", "/topic/2")), entry)
    assert frontier.next() is not None
    frontier.skip()
    assert frontier.next() is not None
    assert frontier.next() is None


def test_a_flood_of_shapes_and_links_is_bounded() -> None:
    flood = links(*(f"/x/?a{n}={n}" for n in range(2000)))
    frontier = begin()
    walk(frontier, {"/": page("/", *flood)})
    assert len(frontier.led) <= 301


def long_list(pages: int, each: int) -> dict[str, PageContent]:
    site = {}
    for n in range(1, pages + 1):
        topics = [f"/topic/{n * 1000 + at}" for at in range(each)]
        path = "/" if n == 1 else f"/?page={n}"
        site[path] = page(path, *links(*topics), further=(f"/?page={n + 1}",))
        site |= {one: page(one, pictures=1) for one in topics}
    return site


def test_a_list_without_end_does_not_take_the_place_of_what_it_lists() -> None:
    frontier = begin(follow=Follow(depth=1, max_pages=50, chosen=True))
    order = walk(frontier, long_list(200, 30))
    topics = [path for path in order if path.startswith("/topic/")]
    assert len(order) == 50 and len(topics) == 40
    assert [path for path in order if path not in topics][:3] == ["/", "/?page=2", "/?page=3"]
    assert frontier.left_out > 200


def test_a_list_that_names_little_is_read_on_at_once() -> None:
    order = walk(begin(follow=Follow(depth=1, max_pages=50, chosen=True)), long_list(60, 1))
    assert len([path for path in order if path.startswith("/topic/")]) == 25


def test_a_calendar_without_end_starves_no_thread() -> None:
    threads = links(*(f"/thread/{n}" for n in range(100, 110)))
    days = links(*(f"/cal/day/0-{n}" for n in range(31)), marks=(LinkMark.MAIN,))
    site = {f"/thread/{n}": page(f"/thread/{n}", pictures=1) for n in range(100, 110)}
    for n in range(300):
        path = f"/?m={n}" if n else "/"
        site[path] = page(path, *threads, *days, further=(f"/?m={n + 1}",))
    order = walk(begin(), site)
    assert {f"/thread/{n}" for n in range(100, 110)} <= set(order)


def test_a_long_list_is_seen_on_and_on_over_several_passes() -> None:
    site = long_list(6, 30)
    looked: dict[str, datetime] = {}

    def last_look(urls: Sequence[str]) -> dict[str, datetime]:
        return {url: looked[url] for url in urls if url in looked}

    for number in range(20):
        order = walk(begin(follow=Follow(depth=1, max_pages=30, chosen=True), last_look=last_look), site)
        looked |= {S + path: NOW + timedelta(days=number) for path in order}
    assert {S + path for path in site} <= set(looked)


def test_a_further_page_that_does_something_is_not_read() -> None:
    site = {"/": page("/", further=("/logout", "/?page=2"))}
    assert walk(begin(), site) == ["/", "/?page=2"]
