"""By schedule: when one is due, which older ones go, and what is told where none can be made."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.alerts.wording import alert_message
from monitor.errors import MonitorError
from monitor.model.alert import AlertKind
from monitor.model.backup import BackupWhy, backup_name, time_in_backup_name
from monitor.model.settings import BackupSettings
from monitor.pipeline.hindrances import backups_told_from, hindered_backups, tell_hindrances
from monitor.services import backup as backing_up
from monitor.services.backups import BackupService
from monitor.services.closed_marks import MARKS_FILE, closed_mark, marks_in
from monitor.services.closing import close_all
from tests.evidence.kept_evidence import CASE, KeptEvidence
from tests.stores import every_alert

AT = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Bench:
    """now: as it is set."""

    def __init__(self, kept: KeptEvidence, **settings: object) -> None:
        self.now = AT
        self.settings = replace(kept.settings, backup=BackupSettings(**settings))  # type: ignore[arg-type]
        self.service = BackupService(kept.store, self.settings, lambda: self.now)
        self.store = kept.store

    def made(self) -> bool:
        return self.service.make_by_schedule() is not None


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def name(at: datetime) -> str:
    return backup_name(at, BackupWhy.SCHEDULED)


def test_one_a_day_and_the_oldest_goes_once_the_new_one_is_whole(kept: KeptEvidence, stick: Path) -> None:
    bench = Bench(kept, folder=str(stick), keep=2)
    made = []
    for hour in range(0, 100, 4):
        bench.now = AT + hour * HOUR
        if bench.made():
            made.append(bench.now)
    assert made == [AT + day * DAY for day in range(5)]
    assert names(stick) == [name(made[-2]), name(made[-1])]
    assert [one.made_at for one in bench.store.backups.all()] == [made[-1], made[-2]]


def test_those_of_a_time_that_is_to_come_go_first(kept: KeptEvidence, stick: Path) -> None:
    bench = Bench(kept, folder=str(stick), keep=2)
    made = []
    for bench.now in (AT, AT + 400 * DAY, AT + DAY, AT + 2 * DAY):
        assert bench.made()
        made.append(name(bench.now))
    assert names(stick) == [made[-2], made[-1]]


def test_one_a_month_is_restored_for_trial(kept: KeptEvidence, stick: Path) -> None:
    bench = Bench(kept, folder=str(stick), keep=10, every_s=7 * 86400)
    tried = []
    for week in range(7):
        bench.now = AT + week * 7 * DAY
        assert bench.made()
        tried += [one.tried_at for one in bench.store.backups.all() if one.tried_at == bench.now]
    assert tried == [AT, AT + 35 * DAY]


def test_what_the_person_made_stays(kept: KeptEvidence, stick: Path) -> None:
    bench = Bench(kept, folder=str(stick), keep=1)
    asked = bench.service.make(stick)
    (stick / "letter.tar").write_bytes(b"hers")
    for day in range(3):
        bench.now = AT + day * DAY
        assert bench.made()
    assert names(stick) == sorted([os.path.basename(asked.path), "letter.tar", name(bench.now)])


@pytest.mark.parametrize(
    ("every", "passed", "due"),
    [
        pytest.param(86400, DAY - HOUR, False, id="not yet"),
        pytest.param(86400, DAY, True, id="a day later"),
        pytest.param(86400, -HOUR, True, id="a clock that was set back"),
        pytest.param(0, 100 * DAY, False, id="switched off"),
    ],
)
def test_when_it_is_due(kept: KeptEvidence, stick: Path, every: int, passed: timedelta, due: bool) -> None:
    bench = Bench(kept, folder=str(stick))
    assert bench.made()
    bench = Bench(kept, folder=str(stick), every_s=every)
    bench.now = AT + passed
    assert bench.service.is_due() is due


def test_one_that_was_taken_away_is_made_anew(kept: KeptEvidence, stick: Path) -> None:
    bench = Bench(kept, folder=str(stick))
    assert bench.made()
    (stick / name(AT)).unlink()
    bench.now = AT + HOUR
    assert bench.made() and names(stick) == [name(AT + HOUR)]


def test_in_the_data_folder_where_none_is_named(kept: KeptEvidence) -> None:
    assert Bench(kept).made()
    assert names(kept.folder / "backups") == [name(AT)]
    assert (kept.folder / "backups").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_not_there_is_told_once_and_tried_again(kept: KeptEvidence, stick: Path) -> None:
    stick.rmdir()
    bench = Bench(kept, folder=str(stick))
    told = list[datetime]()
    for minute in range(0, 26 * 60, 15):
        bench.now = AT + timedelta(minutes=minute)
        if bench.service.is_due():
            with pytest.raises(MonitorError, match="is not there"):
                bench.made()
        since = backups_told_from(bench.settings, bench.now)
        if tell_hindrances(hindered_backups(bench.store, since), bench.store, bench.settings, bench.now):
            told.append(bench.now)
    (found,) = hindered_backups(bench.store)
    assert told == [AT + DAY] and "since 2026-11-29" in found.message and "[backup] dir" in found.message
    (alert,) = every_alert(bench.store)
    words = alert_message(alert, [], bench.settings.alerts)
    assert alert.kind is AlertKind.STOPPED and "copy could not be made" in words.subject
    assert "checks" not in words.text and "All else goes on" in words.text
    stick.mkdir()
    bench.now = AT + DAY + 3 * HOUR
    assert bench.made()
    assert hindered_backups(bench.store) == () and bench.store.backups.trouble() is None


def test_the_good_one_stays_where_no_new_one_becomes_whole(
    kept: KeptEvidence, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(kept, folder=str(stick), keep=1)
    assert bench.made()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backing_up, "write_archive", full)
    bench.now = AT + 3 * DAY
    with pytest.raises(MonitorError, match="no room"):
        bench.made()
    assert names(stick) == [name(AT)]


def test_a_daemon_that_stops_waits_for_none(kept: KeptEvidence, stick: Path) -> None:
    bench = Bench(kept, folder=str(stick))
    assert bench.service.make_by_schedule(lambda: True) is None
    assert names(stick) == [] and bench.store.backups.trouble() is None
    assert bench.service.is_due()


def test_what_a_killed_one_left_goes(kept: KeptEvidence, stick: Path) -> None:
    work = stick / ".backup-20261128T030000Z.tar.part"
    work.mkdir()
    (work / "whole").write_bytes(b"half")
    assert Bench(kept, folder=str(stick)).made()
    assert names(stick) == [name(AT)]


@pytest.mark.parametrize(
    "name", ["backup-2026.tar", "backup-20261399T030000Z.tar", "x", "backup-20261128T030000Z.tar.gz"]
)
def test_names_that_are_not_ours(name: str) -> None:
    assert time_in_backup_name(name) is None


def test_what_was_closed_before_there_were_marks_gets_one(kept: KeptEvidence, stick: Path) -> None:
    find = kept.store.sightings.all(CASE)[0]
    close_all([find], None, CASE, store=kept.store, settings=kept.settings, now=AT)
    (kept.folder / MARKS_FILE).unlink()
    assert Bench(kept, folder=str(stick)).made()
    mark = closed_mark(find.id, CASE, kept.store)
    assert mark in marks_in([kept.folder]) and mark in marks_in([stick])
