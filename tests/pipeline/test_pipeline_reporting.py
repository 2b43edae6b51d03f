from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import DraftIncomplete, MonitorError, UnderAge, UsageError
from monitor.model.limits import MAX_URL_CHARS
from monitor.model.match import Tier
from monitor.model.report import ReportState
from monitor.model.settings import Settings
from monitor.model.sighting import Decision, Sighting, Status
from monitor.takedown.facts import Statements
from tests.pipeline.pipeline_bench import PHOTOS, Bench, copy_of, page

THREAD = "https://forum.example/t/1"
COPY = "https://cdn.example/copy.jpg"


async def found(bench: Bench) -> Sighting:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    await bench.run()
    (sighting,) = bench.store.sightings.all()
    return sighting


def draft(bench: Bench, out: Path, *names: str, channel: str | None = None, settings: Settings | None = None):
    asked = replace(bench, settings=settings or bench.settings)
    return asked.drafts.draft(names, case="default", channel=channel, out=out, statements=Statements())


async def test_drafts_are_files_for_the_person_to_send(bench: Bench, tmp_path: Path) -> None:
    sighting = await found(bench)
    done = draft(bench, tmp_path / "out", sighting.id)
    assert done.reports and not done.problems
    for report in done.reports:
        text = Path(report.file).read_text()
        assert THREAD in text and COPY in text
        assert os.stat(report.file).st_mode & 0o777 == 0o600
        assert (report.state, report.due_at) == (ReportState.DRAFT, None)
    assert bench.store.sightings.get("default", sighting.id).status is Status.NEW  # nothing was sent


async def test_drafting_again_renews_the_draft(bench: Bench, tmp_path: Path) -> None:
    sighting = await found(bench)
    first = draft(bench, tmp_path, sighting.id)
    second = draft(bench, tmp_path, sighting.id)
    assert [r.id for r in first.reports] == [r.id for r in second.reports]
    assert len(bench.store.reports.all()) == len(first.reports)


async def test_sending_starts_the_clock_and_is_not_drafted_twice(bench: Bench, tmp_path: Path) -> None:
    sighting = await found(bench)
    report = next(r for r in draft(bench, tmp_path, sighting.id).reports if r.route == "us_tida")
    sent = bench.reports.mark_sent(report.id, case="default", at=bench.clock(), number="A-1").report
    assert sent.due_at == bench.clock() + timedelta(hours=48)
    assert bench.store.sightings.get("default", sighting.id).status is Status.REPORTED
    assert report.channel not in {r.channel for r in draft(bench, tmp_path, sighting.id).reports}
    answered = bench.reports.record_response(report.id, case="default", outcome="removed", text="gone").report
    assert answered.state is ReportState.REMOVED
    assert (
        bench.store.sightings.get("default", sighting.id).status is Status.REPORTED
    )  # what they say is not what we saw


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        pytest.param(lambda s: replace(s, under_18=True), UnderAge, "under 18", id="under 18"),
        pytest.param(lambda s: replace(s, status=Status.DISMISSED), UsageError, "dismissed", id="dismissed"),
        pytest.param(
            lambda s: replace(s, status=Status.DISMISSED, decision=Decision.NOT_HERE),
            UsageError,
            "left alone",
            id="left alone",
        ),
        pytest.param(
            lambda s: replace(s, match=replace(s.match, tier=Tier.POSSIBLE)), UsageError, "possibly", id="only possible"
        ),
    ],
)
async def test_what_is_not_drafted(
    bench: Bench,
    tmp_path: Path,
    spoil: Callable[[Sighting], Sighting],
    error: type[MonitorError],
    words: str,
) -> None:
    sighting = await found(bench)
    bench.store.sightings.save(spoil(sighting))
    with pytest.raises(error, match=words):
        draft(bench, tmp_path, sighting.id)
    assert list(tmp_path.glob("*.txt")) == []


async def test_a_missing_element_is_named(bench: Bench, tmp_path: Path) -> None:
    sighting = await found(bench)
    nobody = replace(bench.settings, case=replace(bench.settings.case, email=""))
    with pytest.raises(DraftIncomplete, match="e-mail"):
        draft(bench, tmp_path, sighting.id, settings=nobody)


async def test_a_link_added_by_hand_can_be_reported(bench: Bench, tmp_path: Path) -> None:
    added = bench.decisions.add("https://Forum.example/t/9?utm_source=x", case="default")
    assert (added.place.page_url, added.status) == ("https://forum.example/t/9", Status.CONFIRMED)
    again = bench.decisions.add("https://forum.example/t/9", case="default")
    assert again.id == added.id
    assert draft(bench, tmp_path, added.id).reports


@pytest.mark.parametrize("url", ["ftp://forum.example/x", "forum.example/x", "javascript:alert(1)", ""])
async def test_what_is_no_link_is_refused(bench: Bench, url: str) -> None:
    with pytest.raises(UsageError, match="not a web address"):
        bench.decisions.add(url, case="default")


LONG = "https://forum.example/" + "a" * (MAX_URL_CHARS - 22)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param(LONG + "a", f"8193 characters, and no form takes more than {MAX_URL_CHARS}", id="too long"),
        pytest.param("https://forum.example:99999/", "its host or its port", id="a port that cannot be"),
        pytest.param("https://forum.example:0/", "its host or its port", id="port 0"),
        pytest.param("https://forum example/", "its host or its port", id="a blank in the host"),
    ],
)
@pytest.mark.parametrize("as_picture", [False, True], ids=["page", "picture"])
async def test_what_no_draft_can_hold_is_not_filed(bench: Bench, url: str, said: str, as_picture: bool) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        if as_picture:
            bench.decisions.add("https://forum.example/t/9", case="default", picture=url)
        else:
            bench.decisions.add(url, case="default")
    assert caught.value.remedy and len(str(caught.value)) < 500
    assert not bench.store.sightings.all("default")


async def test_the_longest_link_that_is_filed_is_drafted(bench: Bench, tmp_path: Path) -> None:
    assert draft(bench, tmp_path, bench.decisions.add(LONG, case="default").id).reports


@pytest.mark.parametrize("do", ["confirm", "dismiss", "undo", "close_under_18"])
async def test_an_unknown_sighting_is_said(bench: Bench, do: str) -> None:
    with pytest.raises(UsageError, match="no sighting"):
        if do == "close_under_18":
            bench.decisions.close_under_18("zzz", case="default")
        elif do == "dismiss":
            bench.decisions.dismiss("zzz", case="default")
        else:
            getattr(bench.decisions, do)("zzz", case="default")


async def test_closing_as_under_18_takes_drafts_fingerprint_and_all_other_finds_of_it(
    bench: Bench, tmp_path: Path
) -> None:
    sighting = await found(bench)
    drafts = [Path(report.file) for report in draft(bench, tmp_path, sighting.id).reports]
    (reference,) = bench.store.references.all("default")
    closed = bench.decisions.close_reference_under_18(reference.id, case="default")
    assert [s.id for s in closed.sightings] == [sighting.id]
    assert not any(path.exists() for path in drafts)
    assert {report.state for report in bench.store.reports.all()} == {ReportState.WITHDRAWN}
    assert bench.store.references.all("default") == []
    (left,) = bench.store.sightings.all()
    assert (left.under_18, left.place.page_url, left.first_seen) == (True, THREAD, sighting.first_seen)
    assert list(bench.settings.vault_dir.glob("*.age")) == []
    with pytest.raises(UnderAge):
        draft(bench, tmp_path, sighting.id)
