"""What was closed as under 18 is never fetched again, by whatever way a page names it, and nothing that was kept tells
of it."""

from __future__ import annotations

import base64
import gzip
from dataclasses import replace
from hashlib import sha256

import pytest
from sqlcipher3 import dbapi2

from monitor.model.evidence import EvidenceKind
from monitor.model.ids import CaseId
from monitor.model.watch import Render
from monitor.pipeline import who_hosts
from monitor.pipeline.contents import PAGE_CLOSED
from monitor.pipeline.wanted_captures import take_wanted
from monitor.services.evidence import EvidenceService
from monitor.vault.age import open_sealed
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page, small

COPY = "https://cdn.example/small.jpg"
LARGE = "https://cdn.example/large.jpg"  # is not there: of the two, the small one is what can be had
OTHER = "https://cdn.example/other.jpg"
ELSEWHERE = replace(FORUM, name="elsewhere", urls=("https://forum.example/t/2",))


async def closed(bench: Bench) -> None:
    """One copy was found on a page and closed; another page shows it too, beside a picture of somebody else."""
    await bench.enroll(PHOTOS[:1])
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    bench.site.put(OTHER, OTHERS[0].read_bytes(), "image/jpeg")
    bench.site.put(FORUM.urls[0], page(COPY))
    await bench.run()
    (sighting,) = bench.store.sightings.all("default")
    who_hosts.settle_wants(bench.store, CaseId("default"), bench.clock())
    assert bench.store.hosting.wanted_by("default")
    bench.decisions.close_under_18(sighting.id, case="default")
    assert not bench.store.hosting.wanted_by("default")  # nobody is asked about it any more
    bench.site.asked.clear()


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(f'<img src="{COPY}">', id="by its address"),
        pytest.param(f'<img src="{COPY}" srcset="{LARGE} 2000w, {COPY} 300w">', id="as the smaller one of two"),
        pytest.param(f'<a href="{LARGE}"><img src="{COPY}"></a>', id="as the preview of a larger one"),
    ],
)
async def test_the_picture_is_not_asked_for(bench: Bench, image: str) -> None:
    await closed(bench)
    bench.site.put(ELSEWHERE.urls[0], page(OTHER, more=image))
    run = await bench.run(ELSEWHERE)
    assert COPY not in bench.site.urls_asked()
    assert OTHER in bench.site.urls_asked()
    assert (run.images, run.images_seen) == (1, 1)


async def test_a_browser_does_not_load_it_with_its_page_either(bench: Bench) -> None:
    await closed(bench)
    bench.site.put(ELSEWHERE.urls[0], page(OTHER, COPY))
    for _ in range(2):
        await bench.run(replace(ELSEWHERE, render=Render.BROWSER))
        bench.clock.forward(hours=2)
        bench.site.put(ELSEWHERE.urls[0], page(OTHER, COPY, more="changed"))
    asked = [request for request in bench.site.asked if request.browser]
    assert len(asked) == 2
    assert all(COPY in request.known_images for request in asked)


TITLE, WORDS = "Words of the title", "Words of the text"
SHOWN_BY = "https://forum.example/list"


def written_in(photo: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(photo).decode()


@pytest.fixture(params=["written into the page", "at an address"])
def two_shown(request: pytest.FixtureRequest, bench: Bench) -> tuple[str, list[bytes]]:
    """A page with two pictures of two photos. With what must be left nowhere once the second is closed."""
    pictures = [small(photo) for photo in PHOTOS[:2]]
    urls = [written_in(one) for one in pictures]
    if request.param == "at an address":
        urls = [f"https://cdn.example/{number}.jpg" for number in (0, 1)]
        for url, picture in zip(urls, pictures, strict=True):
            bench.site.put(url, picture, "image/jpeg")
    body = page(*urls, more=f"<p>{WORDS}</p>").replace("A thread", TITLE)
    bench.site.put(FORUM.urls[0], body)
    return body, pictures


def everything_kept(bench: Bench) -> str:
    """Every value in the store, and every sealed file, opened."""
    connection = dbapi2.connect(str(bench.settings.data_dir / "store.db"))
    connection.execute(f"PRAGMA key = \"x'{'ab' * 32}'\"")
    values = list[str]()
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in connection.execute(f'SELECT * FROM "{table}"').fetchall():
            values += [value.hex() if isinstance(value, bytes) else str(value) for value in row]
    connection.close()
    for path in bench.settings.vault_dir.glob("*.age"):
        opened = open_sealed(path, bench.identity)
        values.append(opened.decode("latin-1"))
        if opened[:2] == b"\x1f\x8b":
            values.append(gzip.decompress(opened).decode("latin-1"))
    return "\n".join(values)


async def test_nothing_tells_of_what_was_closed(bench: Bench, two_shown: tuple[str, list[bytes]]) -> None:
    body, (_, picture) = two_shown
    await bench.enroll(PHOTOS[:2])
    await bench.run()
    digest, page_digest = sha256(picture).hexdigest(), sha256(body.encode()).hexdigest()
    other, going = sorted(bench.store.sightings.all("default"), key=lambda one: one.image_digest == digest)
    assert digest in everything_kept(bench) and other.place.title == TITLE
    bench.decisions.close_under_18(going.id, case="default")
    bench.clock.forward(hours=2)
    await take_wanted(CaseId("default"), {FORUM.name: FORUM}, bench.dependencies())  # makes the manifest anew
    kept = everything_kept(bench)
    assert [word for word in (digest, page_digest, TITLE, WORDS) if word in kept] == []
    closed, still = (bench.store.sightings.of_ids("default", [one.id])[0] for one in (going, other))
    assert (closed.place.page_url, closed.first_seen) == (going.place.page_url, going.first_seen)
    is_written_in = going.place.image_url.startswith("data:")
    assert closed.place.image_url == ("data:" if is_written_in else going.place.image_url)
    assert still == replace(other, place=replace(other.place, title=""), evidence=still.evidence)
    lacks = EvidenceService(bench.store, bench.settings, bench.clock).of(still).lacks
    assert {one.kind for one in lacks if one.why == PAGE_CLOSED} >= {EvidenceKind.PAGE, EvidenceKind.RECORD}


async def test_two_that_were_written_into_one_page_are_closed(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:2])
    bench.site.put(FORUM.urls[0], page(*(written_in(small(photo)) for photo in PHOTOS[:2])))
    await bench.run()
    for sighting in bench.store.sightings.all("default"):
        bench.decisions.close_under_18(sighting.id, case="default")
    assert {one.place.image_url for one in bench.store.sightings.all("default")} == {"data:"}


async def test_what_is_found_later_on_such_a_page_is_kept_without_its_words(bench: Bench) -> None:
    """A list shows two posts; one was closed. The other is found when its photo is enrolled, and the list's text is not
    kept with it."""
    await bench.enroll(PHOTOS[:1])
    pictures = [small(photo) for photo in PHOTOS[:2]]
    posts = "".join(
        f'<article><a href="/p/{number}">post</a><img src="https://cdn.example/{number}.jpg"></article>'
        for number in (0, 1)
    )
    for number, picture in enumerate(pictures):
        bench.site.put(f"https://cdn.example/{number}.jpg", picture, "image/jpeg")
    bench.site.put(SHOWN_BY, f"<html><head><title>{TITLE}</title></head><body>{posts}<p>{WORDS * 30}</p></body></html>")
    await bench.run(replace(FORUM, urls=(SHOWN_BY,)))
    (sighting,) = bench.store.sightings.all("default")
    elsewhere = replace(sighting.place, page_url="https://forum.example/p/0", seen_in=SHOWN_BY)
    bench.store.sightings.save(replace(sighting, place=elsewhere))
    bench.decisions.close_under_18(sighting.id, case="default")
    await bench.enroll(PHOTOS[1:2])
    await bench.run(replace(FORUM, urls=(SHOWN_BY,)))
    bench.clock.forward(hours=2)
    await take_wanted(CaseId("default"), {FORUM.name: FORUM}, bench.dependencies())
    (found,) = [one for one in bench.store.sightings.all("default") if not one.under_18]
    assert found.place.title == "" and found.evidence
    kept = everything_kept(bench)
    assert [word for word in (sha256(pictures[0]).hexdigest(), TITLE, WORDS) if word in kept] == []
