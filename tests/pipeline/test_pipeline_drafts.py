"""Drafts are readable text: where they may lie, and that closing as under 18 leaves none, wherever one was written."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.errors import MonitorError, UsageError
from monitor.model.report import ReportState
from monitor.model.sighting import Sighting
from monitor.pipeline import removing
from monitor.services.closing import ClosedUnder18
from monitor.takedown.channel_files import load_channels
from monitor.takedown.facts import Statements
from tests.pipeline.pipeline_bench import Bench

CHANNELS = load_channels()


def added(bench: Bench, url: str = "https://forum.example/t/9") -> Sighting:
    return bench.decisions.add(url, case="default")


def draft(bench: Bench, sighting: Sighting, out: Path | None = None, channel: str | None = None) -> list[Path]:
    """Every file of the sitting, the index first."""
    done = bench.drafts.draft([sighting.id], case="default", channel=channel, out=out, statements=Statements())
    return sorted({path for report in done.reports for path in Path(report.file).parent.iterdir()})


def close(bench: Bench, sighting: Sighting) -> ClosedUnder18:
    return bench.decisions.close_under_18(sighting.id, case="default")


def texts(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".txt", ".eml", ".part") and path.is_file()]


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands are typed."""
    found = tmp_path / "desk"
    found.mkdir()
    monkeypatch.chdir(found)
    return found


def test_drafts_lie_below_data_dir_for_this_user_only(bench: Bench, desk: Path) -> None:
    paths = draft(bench, added(bench))
    assert paths
    for path in paths:
        assert path.is_absolute()
        assert path.parent == bench.settings.data_dir / "drafts" / "default" / "2026-11-22"
        assert path.parent.parent.stat().st_mode & 0o777 == 0o700
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert path.stat().st_mode & 0o777 == 0o600
    assert list(desk.iterdir()) == []


WRITTEN: list[object] = [
    pytest.param(lambda bench, s: draft(bench, s), id="in data_dir"),
    pytest.param(lambda bench, s: draft(bench, s, Path("out")), id="in a folder named relative to here"),
    pytest.param(lambda bench, s: draft(bench, s, Path("a/../b")), id="by a way round"),
    pytest.param(lambda bench, s: draft(bench, s, Path("one")) + draft(bench, s, Path("two")), id="twice, elsewhere"),
    pytest.param(lambda bench, s: draft(bench, s) + draft(bench, s, Path("two")) + draft(bench, s), id="thrice"),
    pytest.param(lambda bench, s: sent_and_again(bench, s), id="sent, and drafted again"),
    pytest.param(lambda bench, s: withdrawn(bench, s), id="withdrawn"),
    pytest.param(lambda bench, s: through_a_link(bench, s), id="below a link to a folder"),
    pytest.param(lambda bench, s: cut_off(bench, s), id="cut off before the report was noted"),
]


def sent_and_again(bench: Bench, sighting: Sighting) -> list[Path]:
    first = draft(bench, sighting)
    for report in bench.store.reports.all("default"):
        bench.reports.mark_sent(report.id, case="default", at=bench.clock(), number="")
    kept = first[0].read_text()
    first[0].write_text(kept + "as sent")
    channel = bench.store.reports.all("default")[0].channel
    second = draft(bench, sighting, channel=channel)
    assert not set(first) & set(second), "what was sent stays as it was"
    assert first[0].read_text() == kept + "as sent"
    return first + second


def withdrawn(bench: Bench, sighting: Sighting) -> list[Path]:
    paths = draft(bench, sighting)
    for report in bench.store.reports.all("default"):
        bench.reports.withdraw(report.id, case="default")
    assert all(path.exists() for path in paths)
    return paths


def through_a_link(bench: Bench, sighting: Sighting) -> list[Path]:
    Path("real").mkdir()
    Path("link").symlink_to("real")
    paths = draft(bench, sighting, Path("link/out"))
    Path("link").unlink()
    return paths


def cut_off(bench: Bench, sighting: Sighting) -> list[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench.store.reports, "save", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            draft(bench, sighting)
    assert not [report for report in bench.store.reports.all("default") if report.sighting == sighting.id]
    known = {file.path for file in bench.store.draft_files.all("default", sighting.id)}
    return [path for path in texts(bench.settings.data_dir) if str(path) in known]


@pytest.mark.rows(3)
@pytest.mark.parametrize("write", WRITTEN)
def test_closing_as_under_18_leaves_no_draft_wherever_it_is_typed(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Bench, Sighting], list[Path]]
) -> None:
    sighting, other = added(bench), added(bench, "https://other.example/1")
    others = draft(bench, other)
    written = write(bench, sighting)
    assert written and all(path.exists() for path in written)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    closed = close(bench, sighting)
    assert sorted(texts(tmp_path)) == sorted(others), "and those of another sighting stay"
    assert (closed.files.moved, closed.files.left) == ((), ())
    assert bench.store.removals.all() == []
    assert bench.store.draft_files.all("default", sighting.id) == []
    assert {r.file for r in bench.store.reports.all("default") if r.sighting == sighting.id} <= {""}


# --- what cannot be removed is said


def legacy(bench: Bench, sighting: Sighting, desk: Path) -> Path:
    """As an earlier version left it: no folder of its own, and a path relative to a folder that is not noted."""
    first, *others = draft(bench, sighting, desk / "drafts")
    bench.store.draft_files.forget("default", sighting.id)
    path = first.rename(desk / "drafts" / "s-platform.txt")
    for other in others:
        other.unlink()
    first.parent.rmdir()
    noted, *reports = bench.store.reports.all("default")
    bench.store.reports.save(replace(noted, file=f"drafts/{path.name}"))
    for report in reports:
        bench.store.reports.save(replace(report, file=""))
    return path


def test_an_older_draft_is_found_where_it_was_typed_again(bench: Bench, desk: Path) -> None:
    sighting = added(bench)
    path = legacy(bench, sighting, desk)
    closed = close(bench, sighting)
    assert not path.exists() and closed.files.left == ()


def test_an_older_draft_that_is_drafted_anew_is_still_known(bench: Bench, desk: Path) -> None:
    sighting = added(bench)
    path = legacy(bench, sighting, desk)
    assert path not in draft(bench, sighting)
    closed = close(bench, sighting)
    assert texts(desk) == texts(bench.settings.data_dir) == [] and closed.files.left == ()


def test_an_older_draft_that_is_not_found_is_named(
    bench: Bench, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sighting = added(bench)
    path = legacy(bench, sighting, desk)
    monkeypatch.chdir(tmp_path)
    (left,) = close(bench, sighting).files.left
    assert left.path == f"drafts/{path.name}" and "earlier version" in left.why
    assert path.exists()
    removing.finish(bench.store, bench.settings)
    assert [again.path for again in close(bench, sighting).files.left] == [left.path], "still asked for"
    monkeypatch.chdir(desk)
    removing.finish(bench.store, bench.settings)
    assert not path.exists() and bench.store.removals.all() == []
    assert bench.store.sightings.get("default", sighting.id).under_18


def test_a_draft_that_was_moved_is_named(bench: Bench, desk: Path) -> None:
    sighting = added(bench)
    path, *rest = draft(bench, sighting)
    path.rename(desk / "mine.txt")
    closed = close(bench, sighting)
    assert closed.files.moved == (str(path),) and closed.files.left == ()
    assert not any(file.exists() for file in rest)


def test_a_stick_that_is_not_there_is_tried_again_at_the_next_start(bench: Bench, desk: Path) -> None:
    sighting = added(bench)
    stick = desk / "stick"
    paths = draft(bench, sighting, stick / "drafts")
    stick.rename(desk / "away")
    closed = close(bench, sighting)
    assert [left.path for left in closed.files.left] == sorted(map(str, paths))
    assert all("not connected" in left.why for left in closed.files.left)
    removing.finish(bench.store, bench.settings)
    assert len(bench.store.removals.all()) == len(paths)
    (desk / "away").rename(stick)
    removing.finish(bench.store, bench.settings)
    assert texts(desk) == [] and bench.store.removals.all() == []


def test_the_empty_folder_of_a_stick_that_is_away_proves_nothing(bench: Bench, desk: Path) -> None:
    sighting = added(bench)
    stick = desk / "stick"
    paths = draft(bench, sighting, stick)
    stick.rename(desk / "away")
    stick.mkdir()
    closed = close(bench, sighting)
    assert [left.path for left in closed.files.left] == sorted(map(str, paths)) and closed.files.moved == ()
    stick.rmdir()
    (desk / "away").rename(stick)
    removing.finish(bench.store, bench.settings)
    assert texts(desk) == [] and bench.store.removals.all() == []


def test_a_folder_that_was_emptied_just_now_is_the_right_one(bench: Bench, desk: Path) -> None:
    sighting = added(bench)
    paths = sorted(draft(bench, sighting, desk / "out"))
    assert len(paths) > 1
    paths[-1].unlink()
    closed = close(bench, sighting)
    assert (closed.files.moved, closed.files.left) == ((str(paths[-1]),), ())


def test_only_what_is_not_found_can_be_given_up(bench: Bench, desk: Path) -> None:
    sighting = added(bench)
    path = draft(bench, sighting, desk / "stick")[0]
    away = draft(bench, sighting, desk / "away")
    path.unlink()
    path.mkdir()
    (desk / "away").rename(desk / "lost")
    assert len(close(bench, sighting).files.left) == 1 + len(away)
    missing = removing.not_found(bench.store, bench.settings, "default")
    assert [item.path for item in missing] == sorted(map(str, away))


def test_what_the_disk_refuses_is_named_and_the_closing_stands(bench: Bench) -> None:
    sighting = added(bench)
    path, *rest = draft(bench, sighting)
    path.unlink()
    path.mkdir()  # refuses root too
    closed = close(bench, sighting)
    assert [left.path for left in closed.files.left] == [str(path)]
    assert not any(file.exists() for file in rest)
    assert bench.store.sightings.get("default", sighting.id).under_18
    assert {report.state for report in bench.store.reports.all("default")} == {ReportState.WITHDRAWN}
    path.rmdir()
    removing.finish(bench.store, bench.settings)
    assert bench.store.removals.all() == []


@pytest.mark.parametrize("before", [0, 1, 2], ids="cut off after {} files".format)
def test_what_a_cut_leaves_goes_at_the_next_start(bench: Bench, before: int) -> None:
    sighting = added(bench)
    paths = draft(bench, sighting)
    real, done = Path.unlink, []

    def cut(path: Path, missing_ok: bool = False) -> None:
        if len(done) == before:
            raise KeyboardInterrupt
        done.append(path)
        real(path, missing_ok)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "unlink", cut)
        if before < len(paths):
            with pytest.raises(KeyboardInterrupt):
                close(bench, sighting)
        else:
            close(bench, sighting)
    assert bench.store.sightings.get("default", sighting.id).under_18
    removing.finish(bench.store, bench.settings)
    assert texts(bench.settings.data_dir) == [] and bench.store.removals.all() == []


# --- where drafts may lie


def a_link(folder: Path) -> None:
    folder.with_name("real").mkdir()
    folder.symlink_to(folder.with_name("real"))


def anothers(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to another user")
    folder.mkdir(0o755)
    os.chown(folder, 12345, 12345)


def with_mode(mode: int) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        folder.mkdir()
        folder.chmod(mode)

    return make


@pytest.mark.rows(2)
@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(anothers, "another user", id="another user's"),
        pytest.param(with_mode(0o770), "others may write", id="the group writes"),
        pytest.param(with_mode(0o777), "others may write", id="everybody writes"),
        pytest.param(with_mode(0o1777), "others may write", id="everybody writes, as in tmp"),
        pytest.param(a_link, "symbolic link", id="a link"),
        pytest.param(lambda folder: folder.symlink_to("nowhere"), "not a folder", id="a link to nowhere"),
        pytest.param(lambda folder: folder.write_text("x"), "not a folder", id="a file"),
    ],
)
def test_a_folder_that_is_not_ones_own_is_refused(
    bench: Bench, desk: Path, make: Callable[[Path], None], words: str
) -> None:
    make(desk / "out")
    with pytest.raises(UsageError, match=words) as caught:
        draft(bench, added(bench), Path("out"))
    assert "--out" in caught.value.remedy
    assert texts(desk) == []
    assert bench.store.reports.all("default") == []


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o750])
def test_an_own_folder_is_used_as_it_is(bench: Bench, desk: Path, mode: int) -> None:
    with_mode(mode)(desk / "out")
    assert {path.parent for path in draft(bench, added(bench), Path("out"))} == {desk / "out" / "2026-11-22"}
    assert (desk / "out").stat().st_mode & 0o777 == mode


def test_a_link_in_the_place_of_a_draft_is_not_followed(bench: Bench, desk: Path) -> None:
    sighting = added(bench)
    path = draft(bench, sighting)[0]
    path.unlink()
    (desk / "precious").write_text("as it was")
    path.symlink_to(desk / "precious")
    assert path in draft(bench, sighting)
    assert not path.is_symlink() and (desk / "precious").read_text() == "as it was"
    path.unlink()
    path.symlink_to(desk / "precious")
    close(bench, sighting)
    assert not path.is_symlink() and (desk / "precious").exists()


def test_sightings_share_a_folder_without_sharing_a_file(bench: Bench) -> None:
    first = draft(bench, added(bench), Path("out"))
    second = draft(bench, added(bench, "https://forum.example/t/10"), Path("out"))
    assert not set(first) & set(second)


def test_a_folder_is_asked_for_only_where_there_is_a_draft(bench: Bench, desk: Path) -> None:
    nobody = replace(bench.settings, case=replace(bench.settings.case, email="", name="Jane"))
    with pytest.raises(MonitorError):
        replace(bench, settings=nobody).drafts.draft(
            [added(bench).id], case="default", out=Path("out"), statements=Statements()
        )
    assert list(desk.iterdir()) == []
