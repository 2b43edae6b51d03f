"""What a pass counts as posted since the looks before it, and hands on to whoever plans the next one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from monitor.model.page import Outcome, OutcomeKind
from monitor.model.visit import DueVisit, VisitCount
from monitor.model.watch import ImageRules, Watch
from monitor.pipeline import visiting
from monitor.pipeline.next_visits import Ended, next_after
from monitor.ports import Store
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page, small

SITE = "https://board.example"
THREAD = FORUM.urls[0]
HERS, SECOND_OF_HERS = small(PHOTOS[0]), copy_of(PHOTOS[0], quality=40)
NOBODYS = [small(photo) for photo in OTHERS[:4]]
ONE_COPY = replace(FORUM, images=ImageRules(max_images=2))


@dataclass
class Place:
    """A board, looked at once an hour."""

    bench: Bench
    watch: Watch = FORUM
    counts: list[VisitCount | None] = field(default_factory=list)

    def shows(self, pictures: dict[str, bytes]) -> None:
        self.bench.site.put(THREAD, page(*(f"{SITE}/{name}" for name in pictures)))
        for name, body in pictures.items():
            self.bench.site.put(f"{SITE}/{name}", body, "image/jpeg")

    async def look(self, **pictures: bytes) -> VisitCount | None:
        if pictures:
            self.shows({f"{name}.jpg": body for name, body in pictures.items()})
        self.bench.clock.forward(hours=1)
        await self.bench.run(self.watch)
        return self.counts[-1]


@pytest.fixture
async def place(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Place:
    await bench.enroll(PHOTOS[:1])
    found = Place(bench)

    def noted(row: DueVisit, ended: Ended, store: Store) -> DueVisit:
        found.counts.append(ended.count)
        return next_after(row, ended, store)

    monkeypatch.setattr(visiting, "next_after", noted)
    return found


def told(count: VisitCount | None) -> tuple[int | None, int, bool | None]:
    assert count is not None
    return count.appeared, count.ours, count.changed


async def test_what_was_there_at_first_was_not_posted_since(place: Place) -> None:
    first = await place.look(a=NOBODYS[0], b=HERS)
    assert told(first) == (None, 0, None) and first is not None and first.since is None and first.requests == 3
    second = await place.look(c=NOBODYS[1], d=HERS, a=NOBODYS[0], b=HERS)
    run = place.bench.store.runs.last("default", FORUM.name)
    assert told(second) == (2, 1, True) and run is not None and (run.appeared, run.appeared_hers) == (2, 1)
    assert second is not None and second.since is not None and second.since < second.at == run.finished_at
    assert told(await place.look()) == (0, 0, False), "an unchanged page"


BESIDE = {"c": NOBODYS[1]}
NEW_ADDRESSES: dict[str, Callable[[int], dict[str, bytes]]] = {
    "addresses that change at each visit": lambda n: {f"a{n}": NOBODYS[0], f"b{n}": HERS} | BESIDE,
    "one picture at more addresses": lambda n: {f"x{one}": NOBODYS[0] for one in range(min(n, 2) + 1)} | BESIDE,
    "other bytes at an address that stays": lambda n: {"latest": NOBODYS[n % 3]} | BESIDE,
    "her copy, in other bytes at another address": lambda n: {f"h{n}": copy_of(PHOTOS[0], quality=60 + n)} | BESIDE,
}


@pytest.mark.parametrize("shown", NEW_ADDRESSES.values(), ids=NEW_ADDRESSES)
async def test_what_is_only_named_anew_was_not_posted(place: Place, shown: Callable[[int], dict[str, bytes]]) -> None:
    await place.look(**shown(0))
    assert [told(await place.look(**shown(number))) for number in range(1, 4)] == [(0, 0, False)] * 3


async def test_a_copy_whose_bytes_are_known_from_elsewhere_was_posted_here(place: Place) -> None:
    await place.look(a=NOBODYS[0])
    elsewhere = replace(FORUM, name="elsewhere", urls=("https://other.example/",))
    place.bench.site.put(elsewhere.urls[0], page(f"{SITE}/b.jpg"))
    place.bench.site.put(f"{SITE}/b.jpg", HERS, "image/jpeg")
    await place.bench.run(elsewhere)
    assert told(await place.look(a=NOBODYS[0], c=HERS)) == (1, 1, True)


async def test_a_cap_that_cut_a_look_counts_nothing_until_all_is_seen(place: Place) -> None:
    place.watch = ONE_COPY
    many = {f"p{number}": body for number, body in enumerate(NOBODYS)}
    assert told(await place.look(**many)) == (None, 0, None), "the backlog, in two looks"
    assert told(await place.look()) == (None, 0, None)
    assert told(await place.look()) == (0, 0, False)
    more = {"x": HERS, "y": small(OTHERS[4]), "z": small(OTHERS[5]), **many}
    assert told(await place.look(**more)) == (None, 0, True), "some at least"
    last = await place.look()
    assert told(last) == (3, 1, True) and last is not None and last.since == place.counts[2].at  # type: ignore[union-attr]


async def test_what_failed_or_was_blind_in_part_counts_nothing_itself(place: Place) -> None:
    await place.look(a=NOBODYS[0])
    place.bench.site.fails[THREAD] = Outcome(OutcomeKind.WALL, "a bot check", "look yourself")
    assert told(await place.look()) == (None, 0, None)
    del place.bench.site.fails[THREAD]
    place.bench.site.fails[f"{SITE}/c.jpg"] = Outcome(OutcomeKind.TIMEOUT, "it was silent", "wait")
    assert told(await place.look(a=NOBODYS[0], b=NOBODYS[1], c=NOBODYS[2])) == (None, 0, True)
    del place.bench.site.fails[f"{SITE}/c.jpg"]
    assert told(await place.look()) == (2, 0, True), "the next whole look counts it, for all the time since"


async def test_another_selector_or_address_begins_anew(place: Place) -> None:
    await place.look(a=NOBODYS[0])
    place.watch = replace(FORUM, images=ImageRules(select="img"))
    assert told(await place.look(a=NOBODYS[0], b=NOBODYS[1])) == (None, 0, None)
    assert told(await place.look()) == (0, 0, False)
    place.watch = FORUM
    assert told(await place.look(a=NOBODYS[0], b=NOBODYS[1], c=NOBODYS[2])) == (None, 0, None), "and back"


async def test_a_look_that_was_not_kept_says_nothing(place: Place) -> None:
    place.bench.site.fails[THREAD] = Outcome(OutcomeKind.OFFLINE, "no network", "Connect it.")
    await place.bench.run(FORUM, again=True)
    assert place.counts == [None]
