"""A matcher is kept while it is asked for, and as long after as it is worth."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from monitor.matching import matcher as matching
from monitor.matching import shortlist
from monitor.model.case import Case
from monitor.model.ids import CaseId, ReferenceId
from monitor.model.settings import MatchSettings
from monitor.pipeline import matchers
from monitor.pipeline.matchers import Matchers
from tests.pipeline.pipeline_bench import PHOTOS, Bench

HERE, SECOND, THIRD = CaseId("default"), CaseId("second"), CaseId("third")


class Built:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times, real = 0, matching.PhotoMatcher

        def counted(*words: object) -> object:
            self.times += 1
            return real(*words)  # type: ignore[arg-type]

        monkeypatch.setattr(matching, "PhotoMatcher", counted)


async def test_it_is_built_once_and_anew_after_a_change(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    built, made = Built(monkeypatch), Matchers(bench.store, bench.settings.match)
    (one, _), (other, _) = await asyncio.gather(made.of(HERE), made.of(HERE))
    assert one is other and built.times == 1
    await bench.enroll(PHOTOS[:1])
    third, revision = await made.of(HERE)
    assert third is not one and revision == bench.store.references.revision(HERE)


async def test_nobody_asks_and_it_goes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matchers, "KEPT_S", 0.0)
    monkeypatch.setattr(matchers, "TIMES_ITS_BUILDING", 0)
    built, made, gone = Built(monkeypatch), Matchers(bench.store, MatchSettings()), asyncio.Event()
    monkeypatch.setattr(shortlist, "forget_words", gone.set)
    await made.of(HERE)
    await gone.wait()
    await nobody_works_with(made)
    await made.of(HERE)
    assert built.times == 2


class Few(Matchers):
    """With two cases beside the first, a photo in each, and room for two matchers."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(bench.store, MatchSettings())
        (photo, *_) = bench.store.references.all(HERE)
        for case in (SECOND, THIRD):
            bench.store.cases.save(Case(case))
            bench.store.references.add(replace(photo, id=ReferenceId(case), case=case))
        monkeypatch.setattr(matching, "bytes_held", lambda *_: 300)
        monkeypatch.setattr(matchers, "KEPT_BYTES", 600)


async def test_those_asked_for_last_are_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.enroll(PHOTOS[:1])
    built, made = Built(monkeypatch), Few(bench, monkeypatch)
    for case in (HERE, SECOND, HERE, THIRD, HERE):
        await made.of(case)
    assert list(made._built) == [THIRD, HERE] and built.times == 3
    await nobody_works_with(made, but=2)
    await made.of(SECOND)
    assert list(made._built) == [HERE, SECOND] and built.times == 4


async def test_one_that_is_larger_than_all_room_is_kept_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.enroll(PHOTOS[:1])
    made = Few(bench, monkeypatch)
    await made.of(SECOND)
    monkeypatch.setattr(matching, "bytes_held", lambda *_: 5_000)
    await made.of(HERE)
    assert list(made._built) == [HERE]


async def test_one_that_is_still_worked_with_is_not_built_twice(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.enroll(PHOTOS[:1])
    built, made = Built(monkeypatch), Few(bench, monkeypatch)
    in_hand, _ = await made.of(HERE)
    await made.of(SECOND)
    await made.of(THIRD)
    assert HERE not in made._built
    again, _ = await made.of(HERE)
    assert again is in_hand and built.times == 3


async def nobody_works_with(made: Matchers, *, but: int = 0) -> None:
    """What has been let go of is gone: a thread's result is held by the loop for a round or two."""
    while len(made._in_use) > but:
        await asyncio.sleep(0)


async def test_what_takes_long_to_build_is_kept_long(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matchers, "monotonic", iter([0.0, 6.0]).__next__)
    made = Matchers(bench.store, MatchSettings())
    await made.of(HERE)
    timer = made._built[HERE].going
    assert timer is not None and timer.when() - asyncio.get_running_loop().time() > 2900
    timer.cancel()
