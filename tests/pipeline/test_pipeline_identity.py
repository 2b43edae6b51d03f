"""One find stays one find, whatever becomes of its addresses; two copies stay two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from monitor.model.alert import Delivery
from monitor.model.evidence import WITHHELD, EvidenceKind
from monitor.model.ids import digest_of
from monitor.model.observation import RunStatus
from monitor.model.page import Fetched, Request
from monitor.model.sighting import CHANGING, KEPT_ADDRESSES, Sighting, Status
from monitor.model.watch import Follow
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, jpeg, page, small
from tests.stores import every_alert

HOST = "https://forum.example"
LIST = FORUM.urls[0]
CAT, LATER, DOG = small(PHOTOS[0]), copy_of(PHOTOS[0], quality=35), OTHERS[0].read_bytes()

Pages = dict[str, str | bytes]
"""What a site has: a page as text, a picture as bytes."""


def img(url: str) -> str:
    return f'<img src="{url}">'


def post(url: str, link: str = "") -> str:
    own = f'<a class="permalink" href="{link}">#</a>' if link else ""
    return f"<article><p>a post</p>{own}{img(url)}</article>"


def shown(*parts: str, following: str = "") -> str:
    more = f'<a rel="next" href="{following}">next</a>' if following else ""
    return page(more="".join(parts) + more)


async def visit(bench: Bench, pages: Pages, watch: object = FORUM) -> tuple[int, list[Sighting]]:
    """The site as it is on a further day: how many finds were new, and all there are."""
    bench.site.files.clear()
    for url, body in pages.items():
        kind = "image/jpeg" if isinstance(body, bytes) else "text/html; charset=utf-8"
        bench.site.put(url if "//" in url else HOST + url, body, kind)
    run = await bench.run(watch)  # type: ignore[arg-type]
    bench.clock.forward(hours=24)
    return run.new_sightings, list(bench.store.sightings.all("default"))


def one_page(day: int) -> Pages:
    return {LIST: shown(img(f"/f/{day:040}.jpg")), f"/f/{day:040}.jpg": CAT}


def encoded_anew(day: int) -> Pages:
    return {LIST: shown(img(f"/f/{day:040}.jpg")), f"/f/{day:040}.jpg": copy_of(PHOTOS[0], quality=60 + day)}


def other_hosts(day: int) -> Pages:
    url = f"https://cdn{day % 3}.example/cat.jpg?v={day}"
    return {LIST: shown(img(url)), url: CAT}


def same_file_next_page(day: int) -> Pages:
    first, second = (img("/cat.jpg"), img("/dog.jpg")) if day % 2 == 0 else (img("/dog.jpg"), img("/cat.jpg"))
    return {LIST: shown(first, following="/t/1?page=2"), "/t/1?page=2": shown(second), "/cat.jpg": CAT, "/dog.jpg": DOG}


def slides_and_changes(day: int) -> Pages:
    """A new post on top each day: two on a page."""
    names = [f"/dog{day - n}.jpg" for n in range(day)] + [f"/cat.jpg?sign={day}"]
    pages = [names[at : at + 2] for at in range(0, len(names), 2)]
    files: Pages = {name: DOG for name in names[:-1]} | {names[-1]: CAT}
    for at, part in enumerate(pages):
        following = f"/t/1?page={at + 2}" if at + 1 < len(pages) else ""
        files[LIST if at == 0 else f"/t/1?page={at + 1}"] = shown(*map(post, part), following=following)
    return files


def slides_back(day: int) -> Pages:
    return slides_and_changes(5 - day)


def with_permalinks(day: int) -> Pages:
    """Two posts with the same file, in another order each day."""
    posts = [post(f"/f/a.jpg?sign={day}", "/post/1"), post(f"/f/b.jpg?sign={day}", "/post/2")]
    files = {f"/f/a.jpg?sign={day}": CAT, f"/f/b.jpg?sign={day}": CAT}
    return {LIST: shown(*posts[:: 1 if day % 2 else -1])} | files


def with_numbers_alone(day: int) -> Pages:
    """Two posts without links to themselves."""
    files: Pages = {f"/f/a.jpg?sign={day}": CAT, f"/f/b.jpg?sign={day}": CAT}
    return {LIST: shown(*map(post, files))} | files


def a_session_each(day: int) -> Pages:
    link = f"/view.do;jsessionid={day:032X}.n1?id=3"
    return {
        LIST: shown(f'<a class="p" href="{link}">photo</a>', img("/dog.jpg")),
        link: shown(img("/cat.jpg")),
        "/cat.jpg": CAT,
        "/dog.jpg": DOG,
    }


def several_addresses(day: int) -> Pages:
    """One picture by nine addresses on a page, all others each day."""
    files: Pages = {f"/f/cat.jpg?{day}-{n}": CAT for n in range(9)}
    return {LIST: shown(*map(img, files))} | files


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    ("site", "copies"),
    [
        pytest.param(one_page, 1, id="another address each day"),
        pytest.param(encoded_anew, 1, id="another address, encoded anew"),
        pytest.param(other_hosts, 1, id="hosts that take turns"),
        pytest.param(same_file_next_page, 1, id="to the next page and back"),
        pytest.param(slides_and_changes, 1, id="slides to further pages, at another address each day"),
        pytest.param(slides_back, 1, id="slides back, at another address each day"),
        pytest.param(with_permalinks, 2, id="two posts with links to themselves"),
        pytest.param(with_numbers_alone, 2, id="two posts without"),
        pytest.param(a_session_each, 1, id="a session in the page's address"),
        pytest.param(several_addresses, 1, id="several addresses at once"),
    ],
)
async def test_stays_what_it_is(bench: Bench, site: Callable[[int], Pages], copies: int) -> None:
    await bench.enroll(PHOTOS[:1])
    watch = replace(FORUM, follow=Follow(links="a.p", depth=1))
    new = []
    for day in range(4):
        fresh, found = await visit(bench, site(day), watch)
        new.append(fresh)
        newest = {
            url if "//" in url else HOST + url
            for url, body in site(day).items()
            if body != DOG and isinstance(body, bytes)
        }
        assert {one.place.image_url for one in found} <= newest
    assert (new, len(found)) == ([copies, 0, 0, 0], copies)
    assert {one.status for one in found} == {Status.NEW}
    assert sorted(sighting for alert in every_alert(bench.store) for sighting in alert.sightings) == sorted(
        one.id for one in found
    )


def part_of(photo: Path, *, quality: int) -> bytes:
    """Told by its features, not by its hashes."""
    with Image.open(photo) as opened:
        wide, high = opened.size
        return jpeg(opened.crop((wide // 4, high // 4, wide * 3 // 4, high * 3 // 4)), quality)


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("picture", "qualities", "link"),
    [
        pytest.param(copy_of, (60, 50, 50, 50), "", id="once"),
        pytest.param(copy_of, (60, 50, 50, 40, 40, 70, 70), "", id="several times"),
        pytest.param(copy_of, (60, 50, 60, 50, 60), "", id="by turns"),
        pytest.param(copy_of, (60, 50, 50, 60, 60), "/t/1/post/7", id="in a post with a link"),
        pytest.param(part_of, (60, 50, 50), "/t/1/post/7", id="a part, in a post with a link"),
    ],
)
async def test_encoded_anew_where_its_address_is_always_new(
    bench: Bench, picture: Callable[..., bytes], qualities: tuple[int, ...], link: str
) -> None:
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, features=picture is part_of))
    await bench.enroll(PHOTOS[:1])
    for day, quality in enumerate(qualities):
        began, url = bench.clock(), f"/f/{day:040}.jpg"
        body = picture(PHOTOS[0], quality=quality)
        new, (only,) = await visit(bench, {LIST: shown(post(url, link)), url: body})
        assert (new, only.status, only.place.image_url) == (int(day == 0), Status.NEW, HOST + url)
        assert (only.image_digest, only.last_seen >= began) == (digest_of(body), True)
    shown_once = {digest_of(picture(PHOTOS[0], quality=quality)) for quality in qualities}
    assert len(bench.store.candidates.get("default", shown_once)) == 1, "of bytes that no find has nothing is kept"


async def test_bytes_that_another_find_has_are_kept_when_one_is_encoded_anew(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    for day, quality in enumerate((60, 50, 50)):
        files: Pages = {f"/f/{day:040}.jpg": copy_of(PHOTOS[0], quality=quality), f"/g/{day:040}.jpg": CAT}
        posts = (post(url, f"/t/1/post/{number}") for number, url in enumerate(files))
        new, found = await visit(bench, {LIST: shown(*posts)} | files)
        assert (new, len(found), {one.status for one in found}) == (2 * (day == 0), 2, {Status.NEW})


async def test_known_bytes_that_no_find_has_are_a_find_elsewhere(bench: Bench) -> None:
    """As where what was found has been encoded anew before an earlier version."""
    await bench.enroll(PHOTOS[:1])
    _, (only,) = await visit(bench, one_page(1))
    bench.store.sightings.save(replace(only, image_digest=digest_of(LATER)))
    other = HOST + "/t/2"
    there = replace(FORUM, name="other", urls=(other,))
    new, found = await visit(bench, {other: shown(img("/new.jpg")), "/new.jpg": CAT}, there)
    assert (new, len(found)) == (1, 2)


async def test_a_further_copy_is_news_also_beside_one_that_moves(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    assert (await visit(bench, {LIST: shown(post("/a1.jpg")), "/a1.jpg": CAT}))[0] == 1
    two: Pages = {LIST: shown(post("/b.jpg"), post("/a2.jpg")), "/a2.jpg": CAT, "/b.jpg": CAT}
    new, found = await visit(bench, two)
    assert (new, len(found)) == (1, 2)
    assert {one.place.image_url for one in found} == {f"{HOST}/a2.jpg", f"{HOST}/b.jpg"}
    assert (await visit(bench, two))[0] == 0


@pytest.mark.parametrize("sign", ["", "?2"], ids=["stands", "at another address too"])
async def test_a_further_copy_above_one_that_slides_is_the_one_that_is_told(bench: Bench, sign: str) -> None:
    """The new one is met first, and nothing but its place tells it from the one that is known."""
    await bench.enroll(PHOTOS[:1])
    first: Pages = {LIST: shown(post("/a.jpg"), following="/t/1?page=2"), "/t/1?page=2": shown(), "/a.jpg": CAT}
    _, (old,) = await visit(bench, first)
    slid: Pages = {
        LIST: shown(post("/new.jpg"), following="/t/1?page=2"),
        "/t/1?page=2": shown(post(f"/a.jpg{sign}")),
        f"/a.jpg{sign}": CAT,
        "/new.jpg": CAT,
    }
    new, found = await visit(bench, slid)
    assert new == 1
    places = {one.id: one.place.image_url for one in found}
    assert places.pop(old.id) == f"{HOST}/a.jpg{sign}"
    assert list(places.values()) == [f"{HOST}/new.jpg"]
    assert {sighting for alert in every_alert(bench.store) for sighting in alert.sightings} == {old.id, *places}
    assert (await visit(bench, slid))[0] == 0


async def test_what_nothing_known_can_be_is_told_before_the_list_ends(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.enroll(PHOTOS[:1])
    told: list[int] = []
    fetch = bench.site.fetch

    async def watched(request: Request) -> Fetched:
        if request.url.endswith("page=2"):
            told.append(len(every_alert(bench.store)))
        return await fetch(request)

    monkeypatch.setattr(bench.site, "fetch", watched)
    following = "/t/1?page=2"
    await visit(bench, {LIST: shown(post("/a.jpg"), following=following), following: shown(), "/a.jpg": CAT})
    assert told == [1]


async def test_a_pass_that_dies_in_a_list_loses_nothing_that_it_held(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.enroll(PHOTOS[:1])
    following = "/t/1?page=2"
    pages: Pages = {
        LIST: shown(post("/a.jpg"), following=following),
        following: shown(post("/dog.jpg")),
        "/dog.jpg": DOG,
    }
    await visit(bench, pages | {"/a.jpg": CAT})
    both = pages | {LIST: shown(post("/b.jpg"), following=following), "/b.jpg": CAT}
    both |= {following: shown(post("/a.jpg")), "/a.jpg": CAT}
    fetch = bench.site.fetch

    async def dies(request: Request) -> Fetched:
        if request.url.endswith("page=2"):
            raise KeyboardInterrupt
        return await fetch(request)

    monkeypatch.setattr(bench.site, "fetch", dies)
    with pytest.raises(KeyboardInterrupt):
        await visit(bench, both)
    monkeypatch.setattr(bench.site, "fetch", fetch)
    new, found = await visit(bench, both)
    assert (new, {one.place.image_url for one in found}) == (1, {f"{HOST}/a.jpg", f"{HOST}/b.jpg"})


@pytest.mark.parametrize("page_url", [LIST, f"{LIST};jsessionid=AB12.n1", f"{LIST}?PHPSESSID=ab12"])
async def test_what_an_older_version_found_is_known_by_what_it_kept(bench: Bench, page_url: str) -> None:
    """The page by an address with a session, the list instead of the post, and nothing of what showed it."""
    await bench.enroll(PHOTOS[:1])
    _, (made,) = await visit(bench, {LIST: shown(img("/a.jpg")), "/a.jpg": CAT})
    place = replace(made.place, page_url=page_url, seen_in="", permalink="")
    bench.store.sightings.save(replace(made, place=place))
    new, (found,) = await visit(bench, {LIST: shown(post("/b.jpg", "/post/7")), "/b.jpg": CAT})
    assert (new, found.id, found.place.page_url) == (0, made.id, f"{HOST}/post/7")


async def test_another_edit_is_another_copy(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    both: Pages = {LIST: shown(img("/a.jpg"), img("/b.jpg")), "/a.jpg": CAT, "/b.jpg": LATER}
    assert (await visit(bench, both))[0] == 2


async def test_the_post_is_its_place_where_the_markup_says_which(bench: Bench) -> None:
    """And on the post's own page it is no second find, at another address and in another size too."""
    await bench.enroll(PHOTOS[:1])
    listed: Pages = {LIST: shown(post("/small.jpg", "/post/7?utm_source=list#top")), "/small.jpg": CAT}
    _, (found,) = await visit(bench, listed)
    assert (found.place.page_url, found.place.seen_in) == (f"{HOST}/post/7", LIST)
    own = replace(FORUM, urls=(f"{HOST}/post/7",))
    new, (found,) = await visit(bench, {"/post/7": shown(img("/large.jpg")), "/large.jpg": LATER}, own)
    assert (new, found.place.image_url) == (0, f"{HOST}/large.jpg")


async def test_a_link_that_every_post_has_is_no_permalink(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    posts: Pages = {LIST: shown(post("/a.jpg", "/front"), post("/b.jpg", "/front")), "/a.jpg": CAT, "/b.jpg": CAT}
    new, found = await visit(bench, posts)
    assert (new, {one.place.page_url for one in found}) == (2, {LIST})


async def test_a_link_to_another_site_is_no_place(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    _, (found,) = await visit(bench, {LIST: shown(post("/a.jpg", "https://innocent.example/7")), "/a.jpg": CAT})
    assert found.place.page_url == LIST


async def test_its_addresses_are_kept_and_it_is_said_that_they_change(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    for day in range(CHANGING):
        _, (found,) = await visit(bench, one_page(day))
        assert found.changes_addresses == (day + 1 == CHANGING)
    assert [one.image_url for one in found.addresses] == [f"{HOST}/f/{day:040}.jpg" for day in range(CHANGING)]
    assert found.addresses[0].first_seen == found.first_seen


@pytest.mark.long
async def test_a_thousand_addresses_on_one_page_are_one_find(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    files: Pages = {f"/f/{n}.jpg": CAT for n in range(1_000)}
    watch = replace(FORUM, images=replace(FORUM.images, max_images=1_000))
    new, (found,) = await visit(bench, {LIST: shown(*map(img, files))} | files, watch)
    assert (new, len(found.addresses), found.addresses_seen) == (1, KEPT_ADDRESSES, 1_000)


async def test_a_run_says_that_a_find_changes_its_addresses_and_is_no_worse_for_it(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    said = []
    for day in range(CHANGING + 1):
        await visit(bench, one_page(day))
        run = bench.store.runs.last("default", FORUM.name)
        assert run is not None and run.status is RunStatus.OK
        said.append([str(one.kind) for one in run.errors])
    assert said == [[]] * (CHANGING - 1) + [["changes_addresses"]] * 2
    await visit(bench, one_page(CHANGING))
    last = bench.store.runs.last("default", FORUM.name)
    assert last is not None and last.errors == ()


async def test_a_recheck_finds_it_at_its_new_address(bench: Bench) -> None:
    """A watch that comes by once a week, and addresses that hold for a day: it is there all the time."""
    await bench.enroll(PHOTOS[:1])
    await visit(bench, one_page(0))
    for day in range(1, 5):
        bench.site.files.clear()
        for url, body in one_page(day).items():
            kind = "image/jpeg" if isinstance(body, bytes) else "text/html; charset=utf-8"
            bench.site.put(url if "//" in url else HOST + url, body, kind)
        await bench.recheck()
        bench.clock.forward(hours=25)
        (found,) = bench.store.sightings.all("default")
        assert (found.status, found.place.image_url) == (Status.NEW, f"{HOST}/f/{day:040}.jpg")
    assert found.addresses_seen == 5


async def test_a_recheck_takes_another_find_for_no_new_address(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    both: Pages = {LIST: shown(post("/a.jpg"), post("/b.jpg")), "/a.jpg": CAT, "/b.jpg": CAT}
    await visit(bench, both)
    for _ in range(3):
        bench.site.files.clear()
        bench.site.put(LIST, shown(post("/b.jpg")))
        bench.site.put(f"{HOST}/b.jpg", CAT, "image/jpeg")
        await bench.recheck()
        bench.clock.forward(hours=25)
    found = {one.place.image_url: one.status for one in bench.store.sightings.all("default")}
    assert found == {f"{HOST}/a.jpg": Status.REMOVED, f"{HOST}/b.jpg": Status.NEW}


async def test_of_a_list_that_showed_what_was_closed_no_text_is_kept(bench: Bench) -> None:
    """Its post is its place, and the list's page was sealed with the find beside it."""
    await bench.enroll(PHOTOS[:2])
    posts = shown(post("/7.jpg", "/post/7"), post("/8.jpg", "/post/8"))
    _, found = await visit(bench, {LIST: posts, "/7.jpg": CAT, "/8.jpg": small(PHOTOS[1])})
    seventh, eighth = sorted(found, key=lambda one: one.place.page_url)
    bench.decisions.close_under_18(seventh.id, case="default")
    (kept,) = [one for one in bench.store.evidence.all("default") if one.kind is EvidenceKind.PAGE]
    assert (kept.sighting, kept.file) == ("", WITHHELD)
    assert kept in bench.store.evidence.all("default", eighth.id)
    posts = shown(post("/8.jpg", "/post/8"), post("/9.jpg", "/post/9"))
    new, _ = await visit(bench, {LIST: posts, "/8.jpg": small(PHOTOS[1]), "/9.jpg": copy_of(PHOTOS[1], quality=30)})
    pages = [one for one in bench.store.evidence.all("default") if one.kind is EvidenceKind.PAGE]
    assert (new, {one.file for one in pages}) == (1, {WITHHELD})


async def test_closed_by_every_address_and_by_its_post(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    for day in range(2):
        _, (found,) = await visit(bench, {LIST: shown(post(f"/{day}.jpg", "/post/7")), f"/{day}.jpg": CAT})
    bench.decisions.close_under_18(found.id, case="default")
    bench.site.asked.clear()
    everywhere = shown(img("/0.jpg"), img("/1.jpg"), post("/2.jpg", "/post/7"), img("/dog.jpg"))
    await visit(bench, {LIST: everywhere, "/0.jpg": CAT, "/1.jpg": CAT, "/2.jpg": CAT, "/dog.jpg": DOG})
    assert bench.site.urls_asked() == [LIST, f"{HOST}/dog.jpg"]


async def test_left_alone_it_stays_so_at_another_address(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    _, (found,) = await visit(bench, one_page(0))
    bench.decisions.leave(found.id, case="default")
    alerts = len(every_alert(bench.store))
    new, (again,) = await visit(bench, one_page(1))
    assert (new, again.status, len(every_alert(bench.store))) == (0, Status.DISMISSED, alerts)


def at_its_address(url: str) -> Pages:
    return {LIST: shown(img(url)), url: LATER}


def names_its_address(url: str) -> Pages:
    return {LIST: shown(f'<img src="/real.jpg" srcset="{url} 1x, /real.jpg 2x" data-full="{url}">'), "/real.jpg": LATER}


def names_it_in_a_post(url: str) -> Pages:
    linked = f'<article><a class="permalink" href="/post/9">#</a><img src="/real.jpg" data-full="{url}"></article>'
    return {LIST: shown(linked), "/real.jpg": LATER}


def names_it_on_the_next_page(url: str) -> Pages:
    named = f'<img src="/real.jpg" data-full="{url}">'
    following = "/t/1?page=2"
    return {
        LIST: shown(img("/dog.jpg"), following=following),
        following: shown(named),
        "/real.jpg": LATER,
        "/dog.jpg": DOG,
    }


@pytest.mark.rows(3)
@pytest.mark.parametrize("word", ["leave", "dismiss"])
@pytest.mark.parametrize("site", [at_its_address, names_its_address, names_it_in_a_post, names_it_on_the_next_page])
async def test_nothing_hides_behind_what_was_dismissed(bench: Bench, site: Callable[[str], Pages], word: str) -> None:
    """Other bytes at its address, or that only name it, are judged by themselves. They stand from then on, also when
    the word is taken back."""
    await bench.enroll(PHOTOS[:1])
    _, (found,) = await visit(bench, {LIST: shown(img("/a.jpg")), "/a.jpg": CAT})
    getattr(bench.decisions, word)(found.id, case="default")
    bench.clock.forward(hours=24 * 31)
    new, both = await visit(bench, site("/a.jpg"))
    assert (new, [one.status for one in both]) == (1, [Status.DISMISSED, Status.NEW])
    assert {one for alert in every_alert(bench.store) for one in alert.sightings} == {one.id for one in both}
    bench.clock.forward(hours=24 * 31)
    assert (await visit(bench, site("/a.jpg")))[0] == 0
    bench.decisions.undo(found.id, case="default")
    bench.clock.forward(hours=24 * 31)
    new, both = await visit(bench, site("/a.jpg"))
    assert (new, [one.status for one in both]) == (0, [Status.NEW, Status.NEW])


async def test_what_is_known_from_elsewhere_hides_behind_nothing_that_was_dismissed(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    other = replace(FORUM, name="other", urls=(f"{HOST}/t/2",))
    await visit(bench, {"/t/2": shown(img("/real.jpg")), "/real.jpg": LATER}, other)
    await visit(bench, {LIST: shown(img("/a.jpg")), "/a.jpg": CAT})
    (left,) = [one for one in bench.store.sightings.all("default") if one.place.page_url == LIST]
    bench.decisions.leave(left.id, case="default")
    new, found = await visit(bench, names_its_address("/a.jpg"))
    assert (new, len(found)) == (1, 3)


async def test_a_second_repost_is_told_as_one(bench: Bench) -> None:
    """Months after it was removed: at the same place, and at another address on the same page."""
    await bench.enroll(PHOTOS[:1])
    _, (found,) = await visit(bench, one_page(0))
    for day in (0, 1):
        removed = replace(bench.store.sightings.all("default")[0], status=Status.REMOVED, removed_at=bench.clock())
        bench.store.sightings.save(removed)
        bench.clock.forward(hours=24 * 90)
        for alert in every_alert(bench.store):
            bench.store.alerts.save(replace(alert, delivery=Delivery.SENT))
        new, (found,) = await visit(bench, one_page(day))
        assert (new, found.status) == (0, Status.REAPPEARED)
        (told,) = [alert for alert in every_alert(bench.store) if alert.delivery is Delivery.WAITING]
        assert told.sightings == (found.id,)


async def test_two_readings_at_once_come_to_one_outcome(bench: Bench) -> None:
    """Each has its own pass, and none knows of the other."""
    await bench.enroll(PHOTOS[:1])
    await visit(bench, one_page(0))
    second = replace(FORUM, name="second")
    bench.site.put(f"{HOST}/f/{1:040}.jpg", CAT, "image/jpeg")
    bench.site.put(LIST, shown(img(f"/f/{1:040}.jpg")))
    runs = await asyncio.gather(bench.run(), bench.run(second))
    (found,) = bench.store.sightings.all("default")
    assert sum(run.new_sightings for run in runs) == 0
    assert found.addresses_seen == 2
