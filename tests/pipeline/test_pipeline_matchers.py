"""A matcher is kept while it is asked for, and as long after as it is worth."""

from __future__ import annotations

import asyncio

import pytest

from monitor.matching import matcher as matching
from monitor.matching import shortlist
from monitor.model.ids import CaseId
from monitor.model.settings import MatchSettings
from monitor.pipeline import matchers
from monitor.pipeline.matchers import Matchers
from tests.pipeline.pipeline_bench import PHOTOS, Bench

HERE = CaseId("default")


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
    await made.of(HERE)
    assert built.times == 2


async def test_what_takes_long_to_build_is_kept_long(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matchers, "monotonic", iter([0.0, 6.0]).__next__)
    made = Matchers(bench.store, MatchSettings())
    await made.of(HERE)
    timer = made._built[HERE].going
    assert timer is not None and timer.when() - asyncio.get_running_loop().time() > 2900
    timer.cancel()
