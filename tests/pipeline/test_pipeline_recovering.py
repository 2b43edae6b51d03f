"""What a cut-off process left is found when the data is opened again, finished or taken back, and told."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from monitor.documents.recovery import recovery_words
from monitor.model.check import OK, WARNING
from monitor.model.ids import CaseId
from monitor.model.intent import LeftKind, Recovery
from monitor.pipeline import recovering
from monitor.pipeline.recovering import last_recovery, open_recovered, recover
from monitor.services.drafting import Statements
from monitor.services.vault_checks import recovery_checks
from monitor.store.lock import join_company
from monitor.vault.age import AgeVault
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, page, small
from tests.stores import every_alert

CASE = CaseId("default")
COPY = "https://cdn.example/copy.jpg"


def opened_again(bench: Bench) -> Recovery | None:
    """As after a kill: by a process that finds nobody else."""
    bench.store.close()
    bench.store = open_recovered(bench.settings, bench.clock())
    return bench.store.machine.recovery()


def sealed_for_nothing(bench: Bench) -> Path:
    """A kill between file and row."""
    (name,) = bench.store.intents.to_seal(CASE, 1, bench.clock())
    vault = AgeVault(bench.settings.vault_dir, bench.settings.evidence.recipients)
    return bench.settings.vault_dir / vault.seal(name, b"a picture").path


async def found(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(FORUM.urls[0], page(COPY))
    bench.site.put(COPY, small(PHOTOS[0]), "image/jpeg")
    await bench.run()


def test_a_sealed_file_without_a_row_is_put_aside_at_once(bench: Bench) -> None:
    file = sealed_for_nothing(bench)
    recovery = opened_again(bench)
    assert not file.exists() and (file.parent / "stray" / file.name).exists()
    assert recovery is not None and recovery.things == {LeftKind.ASIDE: 1}
    assert opened_again(bench) == recovery, "told once"


def test_nothing_is_touched_while_another_process_is_at_work(bench: Bench) -> None:
    file = sealed_for_nothing(bench)
    other = join_company(bench.settings.data_dir)
    try:
        assert opened_again(bench) is None and file.exists()
    finally:
        other.leave()
    recovery = opened_again(bench)
    assert recovery is not None and not file.exists()


async def test_a_pass_leaves_nothing_written_down_of_what_has_its_rows(bench: Bench) -> None:
    await found(bench)
    files = bench.store.evidence.files()
    assert files and files.isdisjoint(one.path for one in bench.store.intents.all())
    assert opened_again(bench) is None and bench.store.intents.all() == []


async def test_what_a_kill_left_goes_with_what_is_closed(bench: Bench) -> None:
    """Nobody can say which find it was of."""
    aside = sealed_for_nothing(bench)
    opened_again(bench)
    await found(bench)
    in_place = sealed_for_nothing(bench)
    (sighting,) = bench.store.sightings.all(CASE)
    bench.decisions.close_under_18(sighting.id, case=CASE)
    assert not (aside.parent / "stray" / aside.name).exists()
    assert in_place.exists(), "it may be in work: whoever is at it looks again"
    recovery = opened_again(bench)
    assert not in_place.exists() and not (in_place.parent / "stray" / in_place.name).exists()
    assert recovery is not None and recovery.things[LeftKind.REMOVED] == 1
    assert not bench.store.intents.all()


async def test_drafts_that_no_report_names_go(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await found(bench)
    (sighting,) = bench.store.sightings.all(CASE)
    drafts = bench.drafts

    class Killed(BaseException): ...

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(type(bench.store.reports), "save", killed)
        drafts.draft([sighting.id], case=CASE, statements=Statements())
    (sitting,) = (bench.settings.data_dir / "drafts" / CASE).iterdir()
    (sitting / "01-cut-off.txt.part").write_text("")  # nothing knows this one: it is let alone
    written = len(list(sitting.iterdir())) - 1
    assert written > 1
    recovery = opened_again(bench)
    assert recovery is not None and recovery.things == {LeftKind.DRAFTS: written}
    assert [path.name for path in sitting.iterdir()] == ["01-cut-off.txt.part"]
    done = bench.drafts.draft([sighting.id], case=CASE, statements=Statements())
    assert opened_again(bench) == recovery and all(Path(report.file).exists() for report in done.reports)


async def test_an_alert_whose_sender_is_gone_goes_on_at_once(bench: Bench) -> None:
    await found(bench)
    (alert,) = every_alert(bench.store, CASE)
    assert bench.store.alerts.claim(alert.case, alert.id, 0, bench.clock() + timedelta(minutes=2))
    bench.clock.forward(minutes=1)
    assert not bench.store.alerts.due(bench.clock())
    recovery = opened_again(bench)
    assert recovery is not None and recovery.things == {LeftKind.FREED: 1}
    assert [one.id for one in bench.store.alerts.due(bench.clock())] == [alert.id]


async def test_the_daemon_looks_further_and_tells_all_of_this_start(bench: Bench) -> None:
    await found(bench)
    sealed_for_nothing(bench)
    bench.store.machine.note_daemon(bench.clock())
    bench.clock.forward(minutes=3)
    opened_again(bench)
    lost = next(iter(bench.store.evidence.files()))
    (bench.settings.vault_dir / lost).unlink()
    (bench.settings.vault_dir / ".part-half.age").write_bytes(b"age")
    bench.clock.forward(seconds=4)
    told = recover(bench.store, bench.settings, bench.clock())
    assert told.was_cut_off
    assert {kind: count for kind, count in told.things.items() if kind is not LeftKind.UNLISTED} == {
        LeftKind.ASIDE: 1,
        LeftKind.HALF: 1,
        LeftKind.LOST: 1,
    }
    assert bench.store.machine.recovery() == told == last_recovery(bench.store, bench.clock())
    assert last_recovery(bench.store, bench.clock() + timedelta(days=8)) is None
    words = list(recovery_words(told))
    assert words[0].startswith("the program had not ended in order") and len(words) == 1 + len(told.things)


@pytest.mark.parametrize(
    ("things", "state"),
    [
        pytest.param({LeftKind.ASIDE: 2}, OK, id="all is done"),
        pytest.param({LeftKind.LOST: 1}, WARNING, id="a file is gone"),
        pytest.param({}, None, id="nothing was left over"),
    ],
)
def test_doctor_tells_it(bench: Bench, things: dict[LeftKind, int], state: str | None) -> None:
    if things:
        bench.store.machine.note_recovery(Recovery(bench.clock(), things=things))
    told = list(recovery_checks(lambda: nullcontext(SimpleNamespace(store=bench.store)), bench.clock()))
    assert [one.state for one in told] == ([state] if state else [])
    assert all(("backup" in one.remedy) is (state == WARNING) for one in told)


def test_an_orderly_end_is_nothing_to_tell(bench: Bench) -> None:
    assert not recover(bench.store, bench.settings, bench.clock())
    bench.store.machine.note_daemon(None)
    bench.clock.forward(hours=2)
    assert not recover(bench.store, bench.settings, bench.clock())
    bench.clock.forward(hours=2)
    assert recover(bench.store, bench.settings, bench.clock()).was_cut_off


def test_a_disk_that_takes_nothing_keeps_nobody_from_starting(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed_for_nothing(bench)

    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(recovering.VaultFolder, "put_aside", refused)
        assert opened_again(bench) is None
    recovery = opened_again(bench)
    assert recovery is not None and recovery.things == {LeftKind.ASIDE: 1}


@pytest.mark.parametrize("kind", LeftKind)
def test_each_kind_has_words(kind: LeftKind, bench: Bench) -> None:
    one = Recovery(bench.clock(), things={kind: 1})
    (said,) = recovery_words(one)
    (many,) = recovery_words(replace(one, things={kind: 3}))
    assert said.startswith("1 ") and many.startswith("3 ")
