"""What a page shows is looked at, whatever it prefers."""

from __future__ import annotations

import base64
import os
from dataclasses import replace

import pytest

from monitor.model.run import RunStatus
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, page, small

SITE = "https://gallery.example"
ALBUM = f"{SITE}/album"
WATCH = replace(FORUM, name="album", urls=(ALBUM,))
HERS, STAND_IN = small(PHOTOS[0]), small(OTHERS[0])
INLINE = "data:image/jpeg;base64," + base64.b64encode(HERS).decode()

SHAPES = {
    "guessed by a naming scheme": (
        '<img src="/wp-content/uploads/cat-600x400.jpg">',
        "/wp-content/uploads/cat.jpg",
        "/wp-content/uploads/cat-600x400.jpg",
    ),
    "guessed as MediaWiki names it": (
        '<img src="/images/thumb/a/ab/Cat.jpg/220px-Cat.jpg">',
        "/images/a/ab/Cat.jpg",
        "/images/thumb/a/ab/Cat.jpg/220px-Cat.jpg",
    ),
    "linked": (
        '<a href="/full/cat.jpg"><img class=thumb src="/thumbs/cat.jpg"></a>',
        "/full/cat.jpg",
        "/thumbs/cat.jpg",
    ),
    "opened by a click": ('<img src="/s/cat.jpg" onclick="show(\'/l/cat.jpg\')">', "/l/cat.jpg", "/s/cat.jpg"),
    "data-full": ('<img src="/cat.jpg" data-full="/cat-full.jpg">', "/cat-full.jpg", "/cat.jpg"),
    "data-original": ('<img src="/cat.jpg" data-original="/cat-o.jpg">', "/cat-o.jpg", "/cat.jpg"),
    "an attribute with words in its name": (
        '<img src="/cat.jpg" data-members-large="/cat-m.jpg">',
        "/cat-m.jpg",
        "/cat.jpg",
    ),
    "srcset beside src": (
        '<img src="/cat-s.jpg" srcset="/cat-s.jpg 600w, /cat-l.jpg 1800w">',
        "/cat-l.jpg",
        "/cat-s.jpg",
    ),
    "srcset alone": ('<img srcset="/cat-s.jpg 600w, /cat-l.jpg 1800w">', "/cat-l.jpg", "/cat-s.jpg"),
    "picture": (
        '<picture><source srcset="/cat.avif 2x"><img src="/cat.jpg"></picture>',
        "/cat.avif",
        "/cat.jpg",
    ),
    "a lazy one with a larger one": (
        '<img src="/blank.gif" data-src="/cat.jpg" data-zoom-image="/cat-z.jpg">',
        "/cat-z.jpg",
        "/cat.jpg",
    ),
    "a background in a link": (
        '<a href="/g/cat.jpg" style="background-image:url(/g/thumb/cat.jpg)">cat</a>',
        "/g/cat.jpg",
        "/g/thumb/cat.jpg",
    ),
}

UNREADABLE = {
    "JPEG XL": b"\xff\x0a" + os.urandom(4000),
    "HEIC": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + os.urandom(4000),
    "a film": b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + os.urandom(4000),
    "cut short": small(OTHERS[1])[:300],
    "a page": b"<html><body>members only</body></html>",
    "text": b"members only",
}


@pytest.fixture
async def album(bench: Bench) -> Bench:
    await bench.enroll(PHOTOS[:1])
    return bench


def put(bench: Bench, markup: str, **pictures: bytes) -> None:
    bench.site.put(ALBUM, page(more=markup))
    for path, body in pictures.items():
        bench.site.put(SITE + path, body, "image/jpeg")


def images_asked(bench: Bench) -> list[str]:
    return [url.removeprefix(SITE) for url in bench.site.urls_asked() if url != ALBUM]


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("markup", "preferred", "shown"), [pytest.param(*row, id=name) for name, row in SHAPES.items()]
)
async def test_a_stand_in_hides_nothing(album: Bench, markup: str, preferred: str, shown: str) -> None:
    put(album, markup, **{preferred: STAND_IN, shown: HERS, "/blank.gif": STAND_IN})
    run = await album.run(WATCH)
    (sighting,) = album.store.sightings.all("default")
    assert (sighting.place.page_url, sighting.place.image_url) == (ALBUM, SITE + shown)
    assert (run.status, run.images, run.matches, run.new_sightings) == (RunStatus.OK, 1, 1, 1)
    assert images_asked(album)[0] == preferred
    album.site.asked.clear()
    again = await album.run(WATCH)
    assert (again.matches, again.new_sightings, images_asked(album)) == (1, 0, [])


@pytest.mark.rows(2)
@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in UNREADABLE.items()])
@pytest.mark.parametrize("shape", ["linked", "srcset beside src", "picture"])
async def test_what_cannot_be_read_hides_nothing(album: Bench, shape: str, body: bytes) -> None:
    markup, preferred, shown = SHAPES[shape]
    put(album, markup, **{preferred: body, shown: HERS})
    run = await album.run(WATCH)
    assert (run.status, run.errors, run.matches, run.new_sightings, run.images_seen) == (RunStatus.OK, (), 1, 1, 1)


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    "names", [("/full/{}.jpg", "/thumbs/{}.jpg"), ("/l{}.jpg", "/s{}.jpg")], ids=["alike", "unlike"]
)
@pytest.mark.parametrize("hers", [True, False], ids=["hers", "another's"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(UNREADABLE["a page"], "text/html", id="a page"),
        pytest.param(UNREADABLE["a page"], "image/jpeg", id="a page that says picture"),
        pytest.param(UNREADABLE["JPEG XL"], "image/jxl", id="JPEG XL"),
        pytest.param(UNREADABLE["a film"], "video/mp4", id="a film"),
    ],
)  # fmt: skip
async def test_it_hides_nothing_at_a_second_visit_or_where_the_shown_one_is_known(
    album: Bench, body: bytes, kind: str, hers: bool, names: tuple[str, str]
) -> None:
    """A link round a picture may lead to a page about it; what is shown was seen."""
    shown = HERS if hers else small(OTHERS[1])
    second = replace(WATCH, name="second", urls=(f"{SITE}/second",))
    for number, watch in enumerate((WATCH, second)):
        linked, seen = (name.format(number) for name in names)
        album.site.put(watch.urls[0], page(more=f'<a href="{linked}"><img src="{seen}"></a>'))
        album.site.put(SITE + linked, body, kind)
        album.site.put(SITE + seen, shown, "image/jpeg")
    for _ in range(3):
        for watch in (WATCH, second):
            run = await album.run(watch)
            assert (run.status, run.errors, run.images_seen) == (RunStatus.OK, (), 1)
        album.clock.forward(hours=25)


@pytest.mark.parametrize("inside", ["the picture", '<img src="/icons/jpg.png">'], ids=["words", "an icon"])
async def test_a_page_where_nothing_else_shows_the_picture_is_told(album: Bench, inside: str) -> None:
    put(album, f'<a href="/l.jpg">{inside}</a><img src="/other.jpg">', **{"/other.jpg": small(OTHERS[1])})
    album.site.put(f"{SITE}/l.jpg", UNREADABLE["a page"], "text/html")
    assert (await album.run(WATCH)).status is RunStatus.PARTIAL


async def test_a_picture_that_no_address_gives_is_said_once(album: Bench) -> None:
    markup, preferred, shown = SHAPES["linked"]
    put(album, markup, **{preferred: UNREADABLE["HEIC"], shown: UNREADABLE["cut short"]})
    run = await album.run(WATCH)
    assert (len(run.errors), run.images, run.images_seen) == (2, 1, 0)  # and that nothing was seen


async def test_where_both_match_there_is_one_find(album: Bench) -> None:
    markup, preferred, shown = SHAPES["linked"]
    put(album, markup, **{preferred: HERS, shown: small(PHOTOS[0])})
    run = await album.run(WATCH)
    assert (run.matches, run.new_sightings, images_asked(album)) == (1, 1, [preferred])


async def test_a_picture_written_into_the_page_is_what_it_shows(album: Bench) -> None:
    put(album, f'<a href="/full/cat.jpg"><img class=thumb src="{INLINE}"></a>', **{"/full/cat.jpg": STAND_IN})
    run = await album.run(WATCH)
    assert (run.matches, run.new_sightings, images_asked(album)) == (1, 1, ["/full/cat.jpg"])


async def test_what_is_shown_on_a_second_page_is_a_find_there(album: Bench) -> None:
    markup, preferred, shown = SHAPES["linked"]
    put(album, markup, **{preferred: STAND_IN, shown: HERS})
    await album.run(WATCH)
    second = replace(WATCH, name="second", urls=(f"{SITE}/second",))
    album.site.put(f"{SITE}/second", page(more=markup))
    run = await album.run(second)
    assert (run.matches, run.new_sightings) == (1, 1)


def gallery(bench: Bench, count: int, *, stand_in: frozenset[int] = frozenset(), hers: int = -1) -> None:
    """Thumbnails in links, as galleries have them; each large one a size of the small one."""
    markup = ""
    for number in range(count):
        markup += f'<a href="/full/{number}.jpg"><img class=thumb src="/thumbs/{number}.jpg"></a>'
        picture = small(PHOTOS[0] if number == hers else OTHERS[1 + number % (len(OTHERS) - 1)])
        tail = number.to_bytes(4)  # bytes of their own
        bench.site.put(f"{SITE}/thumbs/{number}.jpg", picture + b"s" + tail, "image/jpeg")
        large = STAND_IN if number in stand_in else picture + b"l" + tail
        bench.site.put(f"{SITE}/full/{number}.jpg", large, "image/jpeg")
    bench.site.put(ALBUM, page(more=markup))


async def test_an_ordinary_gallery_is_not_asked_twice_for_each_picture(album: Bench) -> None:
    gallery(album, 100)
    await album.run(WATCH)
    asked = images_asked(album)
    assert len([one for one in asked if one.startswith("/full/")]) == 100
    assert len(asked) <= 140
    album.site.asked.clear()
    await album.run(WATCH)
    assert images_asked(album) == []


async def test_among_many_good_ones_a_stand_in_is_told_by_standing_twice(album: Bench) -> None:
    gallery(album, 60, stand_in=frozenset({40, 50}), hers=50)
    run = await album.run(WATCH)
    assert (run.matches, run.new_sightings) == (1, 1)
    assert {"/thumbs/40.jpg", "/thumbs/50.jpg"} & set(images_asked(album))


async def test_known_pictures_from_before_are_doubted_a_few_at_each_visit(album: Bench) -> None:
    """As an older version left them: the large ones known, the small ones never asked."""
    gallery(album, 50, stand_in=frozenset(range(50)), hers=49)
    await album.run(WATCH)
    album.store.seen.forget("default", [ALBUM, *(f"{SITE}/thumbs/{number}.jpg" for number in range(50))])
    for lot in (20, 20, 9):
        album.site.asked.clear()
        await album.run(WATCH)
        assert len(images_asked(album)) == lot
