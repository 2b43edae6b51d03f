"""One folder a sitting: what is drafted in one go, whole or not at all, and gone when it has to be."""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from monitor.errors import WorkFailed
from monitor.model.report import ReportState
from monitor.model.sighting import Sighting
from monitor.pipeline import removing
from monitor.services import draft_files
from monitor.services.draft_files import write_sitting
from monitor.services.drafting import Drafting, Statements
from monitor.services.erasing import plan_erasure
from monitor.services.next_forms import NextFormService
from monitor.takedown.drafts import NameRule
from monitor.takedown.sheets import INDEX, SheetFile
from tests.pipeline.pipeline_bench import Bench

DAY = date(2026, 11, 22)


def added(bench: Bench, url: str = "https://forum.example/t/9") -> Sighting:
    return bench.decisions.add(url, case="default")


def draft(bench: Bench, *sightings: Sighting, out: Path, channel: str | None = None) -> Path:
    """The sitting's folder."""
    ids = [sighting.id for sighting in sightings]
    done = bench.drafts.draft(ids, case="default", channel=channel, out=out, statements=Statements())
    (folder,) = {Path(report.file).parent for report in done.reports}
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def close(bench: Bench, sighting: Sighting) -> list[str]:
    """What may be left."""
    return [left.path for left in bench.decisions.close_under_18(sighting.id, case="default").files.left]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def german(bench: Bench) -> Bench:
    known = bench.settings.case
    bench.settings = replace(bench.settings, case=replace(known, jurisdiction="DE", name="Jane Doe"))
    return bench


def test_a_sitting_is_a_folder_with_its_index(bench: Bench, out: Path) -> None:
    folder = draft(bench, added(bench), out=out)
    assert folder == out / "2026-11-22"
    assert names(folder)[:2] == [INDEX, "01-site_tida-us_tida.txt"]
    assert not [name for name in names(folder) if "site_own" in name], "the same link once more is no help"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    for report in bench.store.reports.all("default"):
        assert f"reports sent {report.id}\n" in Path(report.file).read_text()
    assert {report.file for report in bench.store.reports.all("default")} == {
        str(folder / name) for name in names(folder)[1:]
    }


def test_what_is_drafted_anew_stays_where_it_was_and_what_is_older_goes(bench: Bench, out: Path) -> None:
    first, second = added(bench), added(bench, "https://other.example/1")
    folder = draft(bench, first, out=out)
    before = names(folder)
    assert draft(bench, first, second, out=out) == folder
    assert len(names(folder)) > len(before)
    assert draft(bench, first, second, out=out) == folder and os.listdir(out) == [folder.name]


def test_a_number_that_is_not_there_any_more_leaves_no_sheet(bench: Bench, out: Path) -> None:
    sighting = added(bench)
    files = [
        SheetFile(INDEX, b"2", None),
        SheetFile("01-a-b.txt", b"x", 0, True),
        SheetFile("02-c-d.txt", b"x", 1, True),
    ]
    for some in (files, files[:2]):
        write_sitting(
            some,
            [[sighting.id]] * (len(some) - 1),
            day=DAY,
            case="default",
            folder=made(out),
            now=bench.clock(),
            store=bench.store,
        )
    assert names(out / "2026-11-22") == [INDEX, "01-a-b.txt"]
    assert len(bench.store.draft_files.all("default")) == 2


def made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def another_find(bench: Bench, folder: Path) -> None:
    """Drafted before."""


def own_file(bench: Bench, folder: Path) -> None:
    (folder / "confirmation.png").write_bytes(b"hers")


def anybody_may_write(bench: Bench, folder: Path) -> None:
    folder.chmod(0o777)


def a_link(bench: Bench, folder: Path) -> None:
    folder.rename(folder.with_name("real"))
    folder.symlink_to(folder.with_name("real"))


def a_file(bench: Bench, folder: Path) -> None:
    folder.rename(folder.with_name("real"))
    folder.write_text("hers")


def sent(bench: Bench, folder: Path) -> None:
    report = bench.store.reports.all("default")[0]
    bench.reports.mark_sent(report.id, case="default", at=bench.clock(), number="")


@pytest.mark.rows(2)
@pytest.mark.parametrize("change", [another_find, own_file, anybody_may_write, a_link, a_file, sent])
def test_what_is_not_this_sittings_alone_is_let_alone(bench: Bench, out: Path, change: object) -> None:
    first = added(bench)
    folder = draft(bench, first, out=out)
    change(bench, folder)  # type: ignore[operator]
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    again = added(bench, "https://other.example/1") if change is another_find else first
    channel = bench.store.reports.all("default")[0].channel if change is sent else None
    assert draft(bench, again, out=out, channel=channel) == out / "2026-11-22-2"
    assert {path: path.read_bytes() for path in before} == before


def test_two_cases_share_no_folder(bench: Bench, out: Path) -> None:
    folder = made(out) / "2026-11-22"
    folder.mkdir(mode=0o700)
    (folder / "01-x.txt").write_text("of another case")
    assert draft(bench, added(bench), out=out) == out / "2026-11-22-2"
    assert (folder / "01-x.txt").read_text() == "of another case"


# --- all or none


def full_after(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real, opened = os.fdopen, []

    def fdopen(descriptor: int, *arguments: object, **options: object) -> object:
        opened.append(descriptor)
        if len(opened) > count:
            os.close(descriptor)
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(draft_files.os, "fdopen", fdopen)


@pytest.mark.parametrize("room", [0, 1, 2])
def test_a_full_disk_leaves_all_as_it_was(bench: Bench, out: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    first = added(bench)
    folder = draft(bench, first, out=out)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    bench.clock.forward(hours=1)
    reports = bench.store.reports.all("default")
    with monkeypatch.context() as patch:
        full_after(room, patch)
        with pytest.raises(WorkFailed, match="No space left") as caught:
            draft(bench, first, out=out)
        with pytest.raises(WorkFailed):
            draft(bench, added(bench, "https://other.example/1"), out=out)
    assert "Make room" in caught.value.remedy
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert os.listdir(out) == [folder.name], "no empty folder"
    assert bench.store.reports.all("default") == reports


# --- what goes, and what stays


def test_the_folder_goes_with_its_last_file(bench: Bench, out: Path) -> None:
    sighting = added(bench)
    folder = draft(bench, sighting, out=out)
    assert close(bench, sighting) == []
    assert not folder.exists() and out.exists()


def test_what_the_person_put_there_stays(bench: Bench, out: Path) -> None:
    sighting = added(bench)
    folder = draft(bench, sighting, out=out)
    own_file(bench, folder)
    assert close(bench, sighting) == []
    assert names(folder) == ["confirmation.png"]


def test_a_sitting_that_the_person_removed_is_gone_and_not_on_a_stick(bench: Bench, out: Path) -> None:
    first, second = added(bench), added(bench, "https://other.example/1")
    folder = draft(bench, first, out=out)
    draft(bench, second, out=out)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert close(bench, first) == []
    assert removing.not_found(bench.store, bench.settings, "default") == []


def test_the_only_sitting_of_a_folder_that_is_empty_now_may_be_on_a_stick(bench: Bench, out: Path) -> None:
    sighting = added(bench)
    folder = draft(bench, sighting, out=out)
    count = len(names(folder))
    folder.rename(out.with_name("away"))
    assert len(close(bench, sighting)) == count, "the folder is empty, as that of a stick which is not connected"
    out.with_name("away").rename(folder)
    removing.finish(bench.store, bench.settings)
    assert bench.store.removals.all() == [] and not folder.exists()


def test_one_find_of_several_takes_the_sheet_that_names_it_and_no_other(bench: Bench, out: Path) -> None:
    first, second, third = (added(bench, f"https://forum.example/t/{number}") for number in range(3))
    files = [
        SheetFile(INDEX, b"x", None),
        SheetFile("01-a-b.txt", b"first and second", 0, True),
        SheetFile("01-a-b.eml", b"first and second", 0),
        SheetFile("02-c-d.txt", b"third", 1, True),
    ]
    about = [[first.id, second.id], [third.id]]
    paths = write_sitting(files, about, day=DAY, case="default", folder=made(out), now=bench.clock(), store=bench.store)
    assert [Path(path).name for path in paths] == ["01-a-b.txt", "02-c-d.txt"]
    assert close(bench, first) == []
    assert names(out / "2026-11-22") == ["02-c-d.txt"], "the index named its sheets too"
    assert close(bench, second) == []
    assert close(bench, third) == []
    assert not (out / "2026-11-22").exists()


def test_a_report_of_several_stays_for_the_others_and_is_drafted_anew(bench: Bench, out: Path) -> None:
    first, second = (added(bench, f"https://forum.example/t/{number}") for number in range(2))
    folder = draft(bench, first, second, out=out)
    before = {report.id for report in bench.store.reports.all("default")}
    assert close(bench, first) == [] and not folder.exists()
    reports = bench.store.reports.all("default")
    assert {report.id for report in reports} == before
    assert {(report.state, report.file, report.sightings) for report in reports} == {
        (ReportState.DRAFT, "", (second.id,))
    }
    assert draft(bench, second, out=out) == folder
    again = bench.store.reports.all("default")
    assert {report.id for report in again} == before and all(Path(report.file).exists() for report in again)
    text = "".join(path.read_text() for path in folder.iterdir())
    assert "/t/1" in text and "/t/0" not in text


@pytest.mark.parametrize("how", ["dismiss", "leave", "close_under_18"])
def test_no_sheet_that_names_what_is_asked_for_no_more_is_offered(bench: Bench, out: Path, how: str) -> None:
    first, second = (added(bench, f"https://forum.example/t/{number}") for number in range(2))
    other = added(bench, "https://elsewhere.example/9")
    folder = draft(bench, first, second, other, out=out)
    shared = [report for report in bench.store.reports.all("default") if first.id in report.sightings]
    alone = [report for report in bench.store.reports.all("default") if first.id not in report.sightings]
    assert any(set(report.sightings) > {first.id} for report in shared) and alone
    getattr(bench.decisions, how)(first.id, case="default")
    text = "".join(path.read_text() for path in folder.glob("*.*"))
    assert "/t/0" not in text
    for report in shared:
        now = bench.store.reports.get("default", report.id)
        assert now is not None and (now.file, now.frozen.text_sha256) == ("", "") and not Path(report.file).exists()
        assert not Path(report.file).with_suffix(".eml").exists()
    assert all(Path(report.file).exists() for report in alone)
    if how != "close_under_18":  # with that the whole index goes
        head, _, entries = (folder / INDEX).read_text().partition("--draft")
        assert all(Path(report.file).name in head for report in shared)
        assert all(Path(report.file).name not in entries for report in shared)
        assert all(Path(report.file).name in entries for report in alone)
    offered = [form.drafted for form in NextFormService(bench.drafts).next("default").forms]
    assert all(one is None or (Path(one.file).exists() and first.id not in one.sightings) for one in offered)
    assert None in offered, "the others are to be drafted anew"
    done = NextFormService(bench.drafts).draft("default", out=out, statements=Statements())
    assert "/t/1" in "".join(Path(report.file).read_text() for report in done.reports)
    assert "/t/0" not in "".join(path.read_text() for path in out.rglob("*.txt"))


def test_with_the_last_sheet_its_index_goes(bench: Bench, out: Path) -> None:
    sighting = added(bench)
    folder = draft(bench, sighting, out=out)
    bench.decisions.dismiss(sighting.id, case="default")
    assert not folder.exists() and bench.store.draft_files.all("default") == []


def test_what_was_sent_before_stays_as_it_was(bench: Bench, out: Path) -> None:
    sighting = added(bench)
    folder = draft(bench, sighting, out=out, channel="site_own")
    (report,) = bench.store.reports.all("default")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    sent_now = bench.reports.mark_sent(report.id, case="default").report
    bench.decisions.dismiss(sighting.id, case="default")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert bench.store.reports.get("default", report.id) == sent_now


def test_a_draft_that_lost_its_sheet_says_so_when_it_is_sent(bench: Bench, out: Path) -> None:
    first, second = (added(bench, f"https://forum.example/t/{number}") for number in range(2))
    draft(bench, first, second, out=out, channel="site_own")
    bench.decisions.dismiss(first.id, case="default")
    (report,) = bench.store.reports.all("default")
    noted = bench.reports.mark_sent(report.id, case="default")
    assert noted.report.sightings == (second.id,) and "Its sheet was taken away" in noted.told[0]


def said(bench: Bench, sighting: Sighting, out: Path, channel: str, **stated: object) -> Drafting:
    statements = Statements(**stated)  # type: ignore[arg-type]
    return bench.drafts.draft([sighting.id], case="default", channel=channel, out=out, statements=statements)


OTHER_WORDS: list[object] = [
    pytest.param({"language": "es"}, {"language": "fr"}, "bing", id="another language"),
    pytest.param({}, {"asks_as_data_subject": True, "names": NameRule.ALLOW}, "site_own", id="another law"),
]


@pytest.mark.parametrize(("first", "second", "channel"), OTHER_WORDS)
def test_another_law_or_language_is_a_report_of_its_own(
    german: Bench, out: Path, first: dict[str, object], second: dict[str, object], channel: str
) -> None:
    sighting = added(german)
    ids = set()
    for stated in (first, second, first):  # the third is the first, made anew
        ids |= {report.id for report in said(german, sighting, out, channel, **stated).reports}
    reports = german.store.reports.all("default")
    assert {report.id for report in reports} == ids and len(ids) == 2
    assert len({report.frozen.text_sha256 for report in reports}) == 2
    for report in reports:
        sheet = Path(report.file).read_text()
        assert f"reports sent {report.id}\n" in sheet
        assert not any(other.id in sheet for other in reports if other.id != report.id)


def test_what_is_made_anew_elsewhere_is_told(bench: Bench, out: Path, tmp_path: Path) -> None:
    sighting = added(bench)
    first = said(bench, sighting, out, "site_own")
    assert said(bench, sighting, out, "site_own").replaced == (), "in its place"
    (told,) = said(bench, sighting, tmp_path / "two", "site_own").replaced
    assert told.file == first.reports[0].file and told.id == first.reports[0].id


def test_erase_knows_sittings_elsewhere_and_what_a_kill_left(bench: Bench, out: Path) -> None:
    folder = draft(bench, added(bench), out=out)
    (folder / f"{INDEX}.part").write_bytes(b"half")
    plan = plan_erasure(bench.settings, [file.path for file in bench.store.draft_files.all("default")])
    assert set(folder.iterdir()) <= set(plan.drafts)
    assert folder in plan.folders


OPENED: list[str] = []
sys.addaudithook(lambda event, _: OPENED.append(event) if event.startswith("socket.") else None)


def test_drafting_opens_no_socket(bench: Bench, out: Path) -> None:
    sighting = added(bench)
    OPENED.clear()
    draft(bench, sighting, out=out)
    assert OPENED == []
