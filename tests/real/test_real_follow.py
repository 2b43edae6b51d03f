"""A place without CSS: real programs seen whole with a depth alone, with hardly more requests than a selector needs.
The places are those of `bench.follow`, which prints the figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.follow import measure
from bench.follow_places import PLACES

pytestmark = [pytest.mark.real, pytest.mark.timeout(1500)]

MOST_TIMES = 1.5
WITHOUT_SELECTOR = frozenset({"docsify"})  # routes of a script, which no selector follows


@pytest.mark.parametrize("name", PLACES)
def test_it_is_seen_whole_with_a_depth_alone(name: str, tmp_path: Path) -> None:
    row = measure(name, PLACES[name])
    alone = row["alone"]
    assert isinstance(alone, dict)
    assert alone["missing"] == [], row
    assert name in WITHOUT_SELECTOR or float(str(row["times"])) <= MOST_TIMES, row
