"""What stands where on the demo's site: the planted copies, what should find them, and other pictures."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import count, cycle
from pathlib import Path

from monitor.demo.edits import Edit

PHOTOS = Path(__file__).parent / "photos"
ENROLLED = PHOTOS / "enrolled"
OTHERS = PHOTOS / "others"


class Place(StrEnum):
    """A part of the site, which is also the name of the watch that looks at it."""

    FORUM = "forum-thread"
    GALLERY = "gallery"
    SCRIPTED = "page-with-scripts"
    FEED = "feed"
    SEARCH = "name-search"


class Reach(StrEnum):
    """The plainest method that should find a copy."""

    HASHES = "hashes"
    FEATURES = "features"


_BEYOND_HASHES = frozenset({Edit.CROPPED, Edit.CAPTIONED, Edit.SCREENSHOT})


@dataclass(frozen=True, slots=True)
class Planted:
    photo: str  # the enrolled photo's file name without ending, which is its label
    edit: Edit
    place: Place

    @property
    def reach(self) -> Reach:
        return Reach.FEATURES if self.edit in _BEYOND_HASHES else Reach.HASHES

    @property
    def needs_browser(self) -> bool:
        return self.place is Place.SCRIPTED

    def in_reach(self, *, features: bool, browser: bool) -> bool:
        """Whether a program with these means should find it."""
        return (features or self.reach is Reach.HASHES) and (browser or not self.needs_browser)


PLAN: tuple[Planted, ...] = (
    Planted("moose", Edit.UNTOUCHED, Place.FORUM),
    Planted("cat", Edit.REENCODED, Place.FORUM),
    Planted("hedgehog", Edit.MIRRORED, Place.FORUM),
    Planted("owl", Edit.TURNED_90, Place.FORUM),
    Planted("bison", Edit.CAPTIONED, Place.FORUM),
    Planted("crab", Edit.CROPPED, Place.FORUM),
    Planted("red_panda", Edit.SCREENSHOT, Place.FORUM),
    Planted("koala", Edit.RESIZED, Place.GALLERY),
    Planted("lemur", Edit.REENCODED, Place.GALLERY),
    Planted("scarlet_macaw", Edit.TURNED_180, Place.GALLERY),
    Planted("petra", Edit.MIRRORED, Place.GALLERY),
    Planted("colosseum", Edit.RECOLOURED, Place.GALLERY),
    Planted("kingfisher", Edit.CROPPED, Place.GALLERY),
    Planted("pont_du_gard", Edit.CAPTIONED, Place.GALLERY),
    Planted("cat", Edit.RESIZED, Place.SCRIPTED),
    Planted("neuschwanstein_castle", Edit.TURNED_270, Place.SCRIPTED),
    Planted("crab", Edit.CONVERTED, Place.SCRIPTED),
    Planted("moose", Edit.SCREENSHOT, Place.SCRIPTED),
    Planted("hedgehog", Edit.GREYED, Place.FEED),
    Planted("owl", Edit.REENCODED, Place.FEED),
    Planted("bison", Edit.MIRRORED, Place.FEED),
    Planted("lemur", Edit.CAPTIONED, Place.FEED),
    Planted("red_panda", Edit.RESIZED, Place.SEARCH),
    Planted("canyon_de_chelly", Edit.UNTOUCHED, Place.SEARCH),
    Planted("petra", Edit.TURNED_270, Place.SEARCH),
    Planted("scarlet_macaw", Edit.RECOLOURED, Place.SEARCH),
    Planted("kingfisher", Edit.CONVERTED, Place.SEARCH),
    Planted("koala", Edit.SCREENSHOT, Place.SEARCH),
    Planted("colosseum", Edit.CROPPED, Place.SEARCH),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture on the site. `planted` is None for those that are not the person's."""

    photo: Path
    edit: Edit
    planted: Planted | None


# How many pictures each place shows, the planted ones among them.
_COUNTS = {Place.FORUM: 24, Place.GALLERY: 36, Place.SCRIPTED: 12, Place.FEED: 16, Place.SEARCH: 28}


@cache
def pictures() -> dict[Place, tuple[Picture, ...]]:
    """Every picture of the site, by place, in the order they stand there; the same in every run.

    Other people's pictures are edited like the planted ones, captions and screenshots too, so that a program
    that takes the frame for the picture is caught here.
    """
    edits = cycle(Edit)
    others = cycle(sorted(OTHERS.glob("*.jpg")))
    serial = count()
    arranged: dict[Place, tuple[Picture, ...]] = {}
    for place, total in _COUNTS.items():
        mine = deque(planted for planted in PLAN if planted.place is place)
        # Spread evenly: the k-th of n stands at (2k + 1) * total / 2n.
        positions = {(2 * k + 1) * total // (2 * len(mine)) for k in range(len(mine))}
        shown: list[Picture] = []
        for position in range(total):
            if position in positions:
                planted = mine.popleft()
                shown.append(Picture(ENROLLED / f"{planted.photo}.jpg", planted.edit, planted))
            else:
                edit = next(edits) if next(serial) % 3 == 0 else Edit.UNTOUCHED
                shown.append(Picture(next(others), edit, None))
        arranged[place] = tuple(shown)
    return arranged
