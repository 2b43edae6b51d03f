"""MediaWiki: thumbnails, galleries, frames and the list of new files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real.real_mediawiki import MediaWiki, mediawiki
from tests.real.real_monitor import look
from tests.real.real_pictures import Picture, make

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]


@dataclass(frozen=True, slots=True)
class Wiki:
    site: MediaWiki
    pictures: list[Picture]


@pytest.fixture(scope="module")
def wiki(place: Path) -> Iterator[Wiki]:
    with mediawiki(place) as site:
        pictures = make(place / "pictures", 6, width=1200) + make(place / "pictures", 1, start=6, ending="png")
        for picture in pictures:
            site.upload(picture)
        names = [picture.path.name for picture in pictures]
        site.page(
            "A trip",
            f"[[File:{names[0]}|thumb|A caption]]\n\n[[File:{names[1]}|200px]]\n\n[[File:{names[2]}]]\n\n"
            f"<gallery>\nFile:{names[3]}|one\nFile:{names[4]}\n</gallery>\n\n"
            f"[[File:{names[5]}|frameless|link=]]\n\nA link: [[Media:{names[6]}]]",
        )
        yield Wiki(site, pictures)


@pytest.mark.parametrize("start", ["index.php/A_trip", "index.php/Special:NewFiles"])
async def test_mediawiki(wiki: Wiki, tmp_path: Path, start: str) -> None:
    wanted = {picture.path.name: picture.digest for picture in wiki.pictures}
    watch = f'kind = "page"\nurl = "{wiki.site.url}/{start}"'
    seen = await look(tmp_path / "monitor", watch, wiki.pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(wiki.pictures) == {picture.name for picture in wiki.pictures}, seen.told
