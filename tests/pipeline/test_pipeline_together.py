"""One visit for several watches: each finds what it would have found alone, and the place is asked as by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from bench.sharing import Helpline, Place, compare, wander
from monitor.acting import Acting, acting, acting_for, fence, fenced
from monitor.errors import AttestationMissing, QuotaReached, StoreAway, StoreBusy, StoreError
from monitor.model.case import Case
from monitor.model.fingerprint import ImageReading
from monitor.model.ids import CaseId
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.run import Run
from monitor.model.settings import QuotaSettings
from monitor.model.sighting import SEEN_BESIDE
from monitor.model.watch import Every, Kind, Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.other_cases import IndexOverCases
from monitor.pipeline.quota import CaseQuota, QuotaFetcher
from monitor.pipeline.scan import run_watch
from monitor.pipeline.together import VisitedTogether, VisitTogether, group_of
from monitor.ports import Detail
from monitor.ports.other_cases import NearCase, OtherCases
from monitor.services.decisions import DecisionService
from monitor.store.store import SqlStore
from tests.patience import WITHIN_S
from tests.pipeline.pipeline_bench import OTHERS, PHOTOS, copy_of, page, small
from tests.stores import a_postgres_store

PAGE, COPY, OTHER = "https://forum.example/t/1", "https://cdn.example/copy.jpg", "https://cdn.example/other.jpg"
ANNA, BEA, CLEO = (CaseId(f"case000{number}") for number in range(3))


async def a_helpline(*urls: str, store: SqlStore | None = None) -> Helpline:
    """Three cases, all of the same photo. On the page stand a copy of it and a picture of nobody."""
    made = Helpline(Place(0, 0), 3, features=False, store=store)
    made.cases = [ANNA, BEA, CLEO]
    await made.enroll()
    made.site.put(PAGE, page(*(urls or (COPY, OTHER))))
    made.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    made.site.put(OTHER, small(OTHERS[0]), "image/jpeg")
    return made


def watch(case: CaseId, name: str = "forum") -> Watch:
    return Watch(name, Kind.URLS, Every(3600), urls=(PAGE,), case=case)


async def visit(of: Helpline, *watches: Watch, others: OtherCases | None = None) -> VisitedTogether:
    both = VisitTogether(watches, of.dependencies, of.reader, of.store, of.clock, group="g", others=others)
    return await both.run()


async def everybody_has_the_photo(of: Helpline) -> None:
    for case in (BEA, CLEO):
        with acting_for(case):
            await of.enroll_for(case, [PHOTOS[0]])


class FakeOthers:
    """Suggests one case for every picture, unless it looks itself."""

    def __init__(self, case: CaseId) -> None:
        self.case, self.asked = case, 0

    async def near(self, reading: ImageReading, *, beside: Collection[CaseId]) -> Sequence[NearCase]:
        self.asked += 1
        return () if self.case in beside else (NearCase(self.case, 0),)


async def test_together_they_find_what_each_finds_alone() -> None:
    done = await compare(6, 6, 3, features=False)
    assert done.together == done.alone and len(done.alone) > 3
    assert done.asked_together == (20, 5, 24), "what one of them would ask; all of it anew for who was never there"
    assert done.asked_alone[0] == 5 * done.asked_together[0]


@pytest.mark.parametrize(("seed", "whole"), [(6, True), (31, False)])
async def test_however_a_place_lives_they_come_to_the_same(seed: int, whole: bool) -> None:
    both = [await wander(seed, together=together, whole=whole, rounds=5) for together in (True, False)]
    assert both[0] == both[1]


@pytest.mark.long
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("seed", range(100, 200))
async def test_in_a_hundred_lives_of_it_too(seed: int, whole: bool) -> None:
    assert await wander(seed, together=True, whole=whole) == await wander(seed, together=False, whole=whole)


async def test_on_postgresql_too() -> None:
    done = await compare(3, 2, 3, features=False, together_in=a_postgres_store())
    assert done.together == done.alone and done.alone


@pytest.mark.long
async def test_two_hundred_cases_find_the_same_with_one_request_in_a_hundred() -> None:
    done = await compare(200, 50, 3, features=True)
    assert done.together == done.alone and len(done.alone) > 1_000
    assert done.share < 0.01


async def test_what_a_visit_cost_is_counted_once() -> None:
    of = await a_helpline()
    done = await visit(of, *map(watch, (ANNA, BEA, CLEO)))
    runs = [one.run for one in done.members if one.run is not None]
    assert len(runs) == 3 and done.requests == len(of.site.asked) == 3
    assert [run.requests for run in runs] == [1, 1, 1], "and shared among those who had it"
    assert {run.bytes for run in runs} == {runs[0].bytes}, "what a pass may take at most is counted for each"


async def test_who_may_ask_for_no_more_sees_what_the_others_ask_for() -> None:
    of = await a_helpline()
    await everybody_has_the_photo(of)
    spent = CaseQuota(BEA, QuotaSettings(requests=1), of.store, of.clock)
    assert spent.may_ask()
    spent.asked(1)
    dependencies = of.dependencies

    async def held(case: CaseId) -> Dependencies:
        deps = await dependencies(case)
        fetcher = QuotaFetcher(deps.fetcher, spent, of.clock)
        return replace(deps, quota=spent, fetcher=fetcher) if case == BEA else deps

    of.dependencies = held  # type: ignore[method-assign]
    done = await visit(of, watch(BEA), watch(CLEO))
    assert [one.run and one.run.requests for one in done.members] == [0, 3]
    assert of.store.sightings.all(BEA) and of.store.sightings.all(CLEO)
    alone = await visit(of, watch(BEA))
    assert isinstance(alone.members[0].why_not, QuotaReached)
    both = await visit(of, watch(BEA), watch(BEA, "two"))
    assert [type(one.why_not) for one in both.members] == [QuotaReached, QuotaReached]


async def test_what_stops_one_stops_no_other() -> None:
    of = await a_helpline()
    of.store.cases.save(Case(BEA))  # nobody has attested
    done = await visit(of, *map(watch, (ANNA, BEA, CLEO)))
    assert [type(one.why_not) for one in done.members] == [type(None), AttestationMissing, type(None)]
    assert [one.run is not None for one in done.members] == [True, False, True] and len(of.site.asked) == 3


async def test_a_place_that_fails_fails_for_all_and_is_asked_once() -> None:
    of = await a_helpline()
    of.site.fails[PAGE] = Outcome(OutcomeKind.TIMEOUT, "not done within 60 seconds")
    done = await visit(of, *map(watch, (ANNA, BEA, CLEO)))
    assert of.site.urls_asked() == [PAGE]
    assert {one.run.errors[0].kind for one in done.members if one.run is not None} == {OutcomeKind.TIMEOUT}


async def test_who_watches_it_with_a_login_is_in_a_group_of_her_own() -> None:
    of = await a_helpline()
    groups = {group_of(watch(case), of.settings, of.store) for case in (ANNA, BEA)}
    assert len(groups) == 1 and not {PAGE, ANNA} & groups
    of.store.logins.save(BEA, "forum", "{}")
    assert group_of(watch(BEA), of.settings, of.store) != group_of(watch(ANNA), of.settings, of.store)
    assert group_of(watch(BEA), of.settings, of.store) != group_of(watch(BEA, "two"), of.settings, of.store)


class TestUnder18:
    """What one case closes is looked at for none, from that moment on."""

    async def found_by_anna(self) -> tuple[Helpline, Callable[[], None]]:
        of = await a_helpline()
        await everybody_has_the_photo(of)
        await run_watch(watch(ANNA, "own"), await of.dependencies(ANNA))
        (find,) = of.store.sightings.all(ANNA)
        of.site.asked.clear()
        decisions = DecisionService(of.store, of.settings, of.clock)

        def close() -> None:
            if not of.store.closed_for_all.media():
                decisions.close_under_18(find.id, case=ANNA)

        return of, close

    def nobody_else_has_it(self, of: Helpline) -> None:
        for case in (BEA, CLEO):
            assert not of.store.sightings.all(case)
            assert all(OTHER == one.image_url for one in of.store.candidates.stale(case, "any", 100))

    async def test_before(self) -> None:
        of, close = await self.found_by_anna()
        close()
        done = await visit(of, *map(watch, (BEA, CLEO)))
        assert of.site.urls_asked() == [PAGE, OTHER], "the page is seen, with what else stands on it"
        self.nobody_else_has_it(of)
        assert [one.run.images for one in done.members if one.run] == [1, 1]

    async def test_midway(self) -> None:
        of, close = await self.found_by_anna()

        class Closing:
            """When the page has come."""

            def allow_ports_of(self, urls: object) -> None: ...

            async def fetch(self, request: Request) -> Fetched:
                fetched = await of.site.fetch(request)
                if request.url == PAGE:
                    close()
                return fetched

        of.site, site = Closing(), of.site  # type: ignore[assignment]
        await visit(of, *map(watch, (BEA, CLEO)))
        assert COPY not in site.urls_asked()
        of.site = site
        self.nobody_else_has_it(of)

    async def test_when_it_is_in_hand(self) -> None:
        of, close = await self.found_by_anna()
        image = of.reader.image

        async def closing(untrusted: bytes, detail: Detail) -> ImageReading:
            close()
            return await image(untrusted, detail)

        of.reader.image = closing  # type: ignore[method-assign]
        await visit(of, *map(watch, (BEA, CLEO)))
        assert COPY in of.site.urls_asked()
        self.nobody_else_has_it(of)

    async def test_alone_too(self) -> None:
        of, close = await self.found_by_anna()
        close()
        await run_watch(watch(BEA), await of.dependencies(BEA))
        assert COPY not in of.site.urls_asked()
        self.nobody_else_has_it(of)


class TestForOthers:
    """A picture of somebody who does not watch the page."""

    async def seen(self, of: Helpline, *watches: Watch, near: CaseId = CLEO) -> tuple[FakeOthers, Sequence[Run]]:
        others = FakeOthers(near)
        done = await visit(of, *watches, others=others)
        return others, [one.run for one in done.members if one.run is not None]

    async def test_she_is_told_of_her_own_and_nothing_is_asked_for_it(self) -> None:
        of = await a_helpline()
        await everybody_has_the_photo(of)
        others, _ = await self.seen(of, *(watch(case, "a secret name") for case in (ANNA, BEA)))
        (find,) = of.store.sightings.all(CLEO)
        assert (find.watch, find.place.page_url, find.place.image_url) == (SEEN_BESIDE, PAGE, COPY)
        assert of.store.alerts.recent(CLEO, 10)
        assert of.site.urls_asked() == [PAGE, COPY, OTHER]
        assert others.asked == 2, "each picture is compared once, not once for each member"
        assert not of.store.visits.get(CLEO, SEEN_BESIDE) and not of.store.runs.last(CLEO, SEEN_BESIDE)
        assert "secret" not in repr(find) and not of.store.kept_watches.get(CLEO, "a secret name")

    @pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
    async def test_the_index_over_all_cases_leads_to_her(self, kind: str) -> None:
        of = await a_helpline(store=a_postgres_store() if kind == "PostgreSQL" else None)
        await everybody_has_the_photo(of)
        index = IndexOverCases(of.store.references.hashes, of.settings.match)
        await visit(of, watch(ANNA), others=index)
        await index.aclose()
        with acting_for(CLEO):
            (find,) = of.store.sightings.all(CLEO)
        assert (find.watch, find.place.image_url) == (SEEN_BESIDE, COPY)

    async def test_what_is_hers_does_not_hang_on_the_claim_of_the_visit(self) -> None:
        """Which ends with the last member's pass."""
        of = await a_helpline()
        await everybody_has_the_photo(of)
        dependencies, under = of.dependencies, dict[CaseId, tuple[Acting, str]]()

        async def noted(case: CaseId) -> Dependencies:
            under[case] = acting(), fence()
            return await dependencies(case)

        of.dependencies = noted  # type: ignore[method-assign]
        with acting_for(ANNA), fenced("the visit's holder"):
            await self.seen(of, watch(ANNA))
        assert under == {ANNA: (Acting((ANNA,)), "the visit's holder"), CLEO: (Acting((CLEO,)), "")}

    async def test_two_copies_on_one_page_are_two_finds_of_hers_too(self) -> None:
        """Though each is looked at by itself: the one has not moved to the other's address."""
        of = await a_helpline(COPY, OTHER)
        of.site.put(OTHER, copy_of(PHOTOS[0]) + b"\0", "image/jpeg")
        await everybody_has_the_photo(of)
        await self.seen(of, watch(ANNA))
        for case in (ANNA, CLEO):
            assert sorted(one.place.image_url for one in of.store.sightings.all(case)) == sorted((COPY, OTHER))

    async def test_bytes_that_the_visitor_knows_from_elsewhere_are_told_of_here_too(self) -> None:
        of = await a_helpline(COPY)
        await everybody_has_the_photo(of)
        await self.seen(of, watch(ANNA))
        of.clock.forward(hours=2)
        of.site.put(PAGE, page(COPY, OTHER))
        of.site.put(OTHER, copy_of(PHOTOS[0]), "image/jpeg")
        await self.seen(of, watch(ANNA))
        assert sorted(one.place.image_url for one in of.store.sightings.all(CLEO)) == sorted((COPY, OTHER))

    async def test_a_visit_that_is_cut_off_meanwhile_comes_to_it_again(self) -> None:
        """As by a lease that was lost, or a worker that was stopped: the picture is not known by then."""
        of = await a_helpline()
        await everybody_has_the_photo(of)
        dependencies, began = of.dependencies, asyncio.Event()

        async def never(case: CaseId) -> Dependencies:
            if case == CLEO:
                began.set()
                await asyncio.Event().wait()
            return await dependencies(case)

        of.dependencies = never  # type: ignore[method-assign]
        visiting = asyncio.create_task(self.seen(of, watch(ANNA), watch(BEA)))
        await asyncio.wait_for(began.wait(), WITHIN_S)
        visiting.cancel()
        with suppress(asyncio.CancelledError):
            await visiting
        of.dependencies = dependencies  # type: ignore[method-assign]
        await self.seen(of, watch(ANNA), watch(BEA))
        assert [one.watch for one in of.store.sightings.all(CLEO)] == [SEEN_BESIDE]
        assert {len(of.store.sightings.all(case)) for case in (ANNA, BEA)} == {1}

    @pytest.mark.parametrize("away", [StoreBusy("at work", remedy=""), StoreAway("gone", remedy="")], ids=type)
    async def test_a_store_that_is_away_meanwhile_leaves_it_for_the_next_visit(self, away: StoreError) -> None:
        of = await a_helpline()
        await everybody_has_the_photo(of)
        dependencies = of.dependencies

        async def fails(case: CaseId) -> Dependencies:
            if case == CLEO:
                raise away
            return await dependencies(case)

        of.dependencies = fails  # type: ignore[method-assign]
        _, runs = await self.seen(of, watch(ANNA))
        assert [run.new_sightings for run in runs] == [1], "who watches it is told all the same"
        of.dependencies = dependencies  # type: ignore[method-assign]
        of.clock.forward(hours=2)
        await self.seen(of, watch(ANNA))
        assert [one.watch for one in of.store.sightings.all(CLEO)] == [SEEN_BESIDE]
        assert len(of.store.sightings.all(ANNA)) == 1 and len(of.store.alerts.recent(ANNA, 10)) == 1
        asked = len(of.site.urls_asked())
        of.clock.forward(hours=2)
        await self.seen(of, watch(ANNA))
        assert of.site.urls_asked()[asked:] == [PAGE], "and it is known then"

    async def test_her_own_matcher_decides(self) -> None:
        of = await a_helpline()  # another photo is hers
        await self.seen(of, watch(ANNA))
        assert not of.store.sightings.all(CLEO)
        assert not of.store.candidates.stale(CLEO, "any", 10), "and nothing of it is written in her case"

    async def test_who_looks_herself_is_not_looked_for(self) -> None:
        of = await a_helpline()
        await everybody_has_the_photo(of)
        await self.seen(of, watch(ANNA), watch(CLEO))
        assert {one.watch for one in of.store.sightings.all(CLEO)} == {"forum"}

    async def test_not_where_she_has_not_attested(self) -> None:
        of = await a_helpline()
        await everybody_has_the_photo(of)
        of.store.cases.save(Case(CLEO))
        await self.seen(of, watch(ANNA))
        assert not of.store.sightings.all(CLEO)

    async def test_not_what_an_account_is_shown(self) -> None:
        of = await a_helpline()
        await everybody_has_the_photo(of)
        of.store.logins.save(ANNA, "forum", '{"state": {"cookies": [], "origins": []}, "sites": ["forum.example"]}')
        others, _ = await self.seen(of, watch(ANNA))
        assert not others.asked or not of.store.sightings.all(CLEO)

    async def test_a_known_find_is_not_told_twice(self) -> None:
        of = await a_helpline()
        await everybody_has_the_photo(of)
        await self.seen(of, watch(ANNA))
        of.clock.forward(hours=2)
        await self.seen(of, watch(BEA))  # who reads it anew
        assert len(of.store.sightings.all(CLEO)) == 1 and len(of.store.alerts.recent(CLEO, 10)) == 1
