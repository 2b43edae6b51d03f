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


class Spot(StrEnum):
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
    place: Spot

    @property
    def reach(self) -> Reach:
        return Reach.FEATURES if self.edit in _BEYOND_HASHES else Reach.HASHES

    @property
    def needs_browser(self) -> bool:
        return self.place is Spot.SCRIPTED

    def in_reach(self, *, features: bool, browser: bool) -> bool:
        """Whether a program with these means should find it."""
        return (features or self.reach is Reach.HASHES) and (browser or not self.needs_browser)


PLAN: tuple[Planted, ...] = (
    Planted("moose", Edit.UNTOUCHED, Spot.FORUM),
    Planted("cat", Edit.REENCODED, Spot.FORUM),
    Planted("hedgehog", Edit.MIRRORED, Spot.FORUM),
    Planted("owl", Edit.TURNED_90, Spot.FORUM),
    Planted("bison", Edit.CAPTIONED, Spot.FORUM),
    Planted("crab", Edit.CROPPED, Spot.FORUM),
    Planted("red_panda", Edit.SCREENSHOT, Spot.FORUM),
    Planted("koala", Edit.RESIZED, Spot.GALLERY),
    Planted("lemur", Edit.REENCODED, Spot.GALLERY),
    Planted("scarlet_macaw", Edit.TURNED_180, Spot.GALLERY),
    Planted("petra", Edit.MIRRORED, Spot.GALLERY),
    Planted("colosseum", Edit.RECOLOURED, Spot.GALLERY),
    Planted("kingfisher", Edit.CROPPED, Spot.GALLERY),
    Planted("pont_du_gard", Edit.CAPTIONED, Spot.GALLERY),
    Planted("cat", Edit.RESIZED, Spot.SCRIPTED),
    Planted("neuschwanstein_castle", Edit.TURNED_270, Spot.SCRIPTED),
    Planted("crab", Edit.CONVERTED, Spot.SCRIPTED),
    Planted("moose", Edit.SCREENSHOT, Spot.SCRIPTED),
    Planted("hedgehog", Edit.GREYED, Spot.FEED),
    Planted("owl", Edit.REENCODED, Spot.FEED),
    Planted("bison", Edit.MIRRORED, Spot.FEED),
    Planted("lemur", Edit.CAPTIONED, Spot.FEED),
    Planted("red_panda", Edit.RESIZED, Spot.SEARCH),
    Planted("canyon_de_chelly", Edit.UNTOUCHED, Spot.SEARCH),
    Planted("petra", Edit.TURNED_270, Spot.SEARCH),
    Planted("scarlet_macaw", Edit.RECOLOURED, Spot.SEARCH),
    Planted("kingfisher", Edit.CONVERTED, Spot.SEARCH),
    Planted("koala", Edit.SCREENSHOT, Spot.SEARCH),
    Planted("colosseum", Edit.CROPPED, Spot.SEARCH),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture on the site. `planted` is None for those that are not the person's."""

    photo: Path
    edit: Edit
    planted: Planted | None


# How many pictures each place shows, the planted ones among them.
_COUNTS = {Spot.FORUM: 24, Spot.GALLERY: 36, Spot.SCRIPTED: 12, Spot.FEED: 16, Spot.SEARCH: 28}


@cache
def pictures() -> dict[Spot, tuple[Picture, ...]]:
    """Every picture of the site, by place, in the order they stand there; the same in every run.

    Other people's pictures are edited like the planted ones, captions and screenshots too, so that a program
    that takes the frame for the picture is caught here.
    """
    edits = cycle(Edit)
    others = cycle(sorted(OTHERS.glob("*.jpg")))
    serial = count()
    arranged: dict[Spot, tuple[Picture, ...]] = {}
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
