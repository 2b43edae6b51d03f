"""Misago: attachments and pictures in the text of a post, in threads of more than one page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real.real_misago import Misago, misago
from tests.real.real_monitor import look
from tests.real.real_pictures import Picture, make

pytestmark = [pytest.mark.real, pytest.mark.timeout(1500)]

REPLIES = 19  # a page of a thread holds 18 posts


@dataclass(frozen=True, slots=True)
class Forum:
    site: Misago
    pictures: list[Picture]


@pytest.fixture(scope="module")
def forum(place: Path) -> Iterator[Forum]:
    with misago(place) as site:
        photos = make(place / "pictures", 5)
        photos += make(place / "pictures", 1, start=5, ending="png")
        small = make(place / "pictures", 1, start=6, width=300)  # smaller than a thumbnail: Misago makes none
        last = make(place / "pictures", 1, start=7)
        ups = [site.upload(picture) for picture in photos + small + last]
        ids = [up["id"] for up in ups]
        address = [up["url"]["index"] for up in ups]  # type: ignore[index]
        site.thread("Three attachments", "Here they are.", ids[0:3])
        site.thread("In the text", f"This one: ![a picture]({address[3]})", ids[3:4])
        site.thread("A preview that leads to the file", f"[![x]({ups[4]['url']['thumb']})]({address[4]})", ids[4:5])  # type: ignore[index]
        site.thread("Of another kind, and a small one", "See below.", ids[5:7])
        long = site.thread("A long thread", "What do you think?", [])
        for number in range(REPLIES):
            site.reply(long, f"Answer number {number}, in so many words.", [])
        site.reply(long, "And this one on the second page.", ids[7:8])
        yield Forum(site, photos + small + last)


async def test_misago(forum: Forum, tmp_path: Path) -> None:
    wanted = {picture.path.name: picture.digest for picture in forum.pictures}
    watch = f'kind = "page"\nurl = "{forum.site.url}/"\nfollow = {{ links = "a.threads-list-item-title", depth = 1 }}'
    seen = await look(tmp_path / "monitor", watch, forum.pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(forum.pictures) == {picture.name for picture in forum.pictures}, seen.told
    assert {s.place.account for s in seen.sightings} == {"poster"}
    assert all(s.place.posted_at for s in seen.sightings)
    assert not seen.report.errors, seen.told
