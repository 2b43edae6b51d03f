"""What runs a page's server is known from the watch that looks at it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.model.watch import Every, Kind, Watch
from monitor.pipeline.last_good import dump_watches
from monitor.services.drafting import Statements
from tests.pipeline.pipeline_bench import Bench

POST = "https://social.example/@bad/112233"


@pytest.mark.parametrize(
    ("kind", "url", "expected"),
    [
        pytest.param(Kind.MASTODON, "https://social.example/@bad", True, id="its own server"),
        pytest.param(Kind.MASTODON, "https://far.example/tags/x", False, id="seen on another server"),
        pytest.param(Kind.PAGE, "https://social.example/@bad", False, id="a page like any"),
    ],
)
def test_the_servers_desk_is_drafted(bench: Bench, tmp_path: Path, kind: Kind, url: str, expected: bool) -> None:
    watch = Watch("w", kind, Every(60), urls=(url,))
    bench.store.kept_watches.save("default", "w", dump_watches((watch,)), bench.clock())
    sighting = replace(bench.decisions.add(POST, case="default"), watch="w")
    bench.store.sightings.save(sighting)
    done = bench.drafts.draft([sighting.id], case="default", out=tmp_path / "out", statements=Statements())
    made = {report.channel: Path(report.file) for report in done.reports}
    assert ("mastodon" in made, "site_tida" in made) == (expected, not expected)
    if expected:
        assert "@bad" in made["mastodon"].read_text().split("The account that posted it")[1][:200]
