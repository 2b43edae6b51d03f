"""What the person says of a find: not hers; closed as under 18; and drafts of what is to be sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from monitor.model.evidence import EvidenceKind
from monitor.model.removal import whole_of
from monitor.model.report import ReportState
from monitor.model.sighting import Decision
from monitor.services.drafting import Statements
from tests.crash.acts.alerting import found
from tests.crash.acts.finding import enrolled, look
from tests.crash.invariants import CASE, evidence_faults, store_faults
from tests.crash.world import Act, World

LAST_LINE = "reupload-monitor sightings show"
SOON = timedelta(minutes=5)


def drafted(world: World) -> None:
    found(world)
    draft(world)


def draft(world: World) -> None:
    with world.opened(after=timedelta(minutes=2)) as app:
        (sighting,) = app.store.sightings.all(CASE)
        app.decisions.confirm(sighting.id, case=CASE)
        app.drafts.draft([sighting.id], case=CASE, statements=Statements())


def dismiss(world: World) -> None:
    with world.opened(after=SOON) as app:
        (sighting,) = app.store.sightings.all(CASE)
        app.decisions.dismiss(sighting.id, case=CASE)


def faults_of_dismissal(world: World) -> Iterator[str]:
    with world.opened(after=2 * SOON) as app:
        yield from store_faults(app.store)
        yield from evidence_faults(app)
        (sighting,) = app.store.sightings.all(CASE)
        is_said = sighting.decision is Decision.NOT_MINE
        if is_said:
            yield from left_drafts(world, "was dismissed")
        app.decisions.dismiss(sighting.id, case=CASE)
    yield from left_drafts(world, "was dismissed in the end")


def close(world: World) -> None:
    with world.opened(after=SOON) as app:
        (sighting,) = app.store.sightings.all(CASE)
        app.decisions.close_under_18(sighting.id, case=CASE)


def faults_of_closing(world: World) -> Iterator[str]:
    with world.opened(after=2 * SOON) as app:
        yield from store_faults(app.store)
        (sighting,) = app.store.sightings.all(CASE)
        if not sighting.under_18:
            yield from evidence_faults(app)
        app.decisions.close_under_18(sighting.id, case=CASE) if not sighting.under_18 else None
    with world.opened(after=3 * SOON) as app:
        yield from store_faults(app.store)
        yield from left_drafts(world, "was closed")
        for item in app.store.evidence.all():
            if not item.is_withheld and item.kind in (EvidenceKind.IMAGE, EvidenceKind.SCREENSHOT, EvidenceKind.PAGE):
                yield f"a {item.kind.value} of what was closed is kept"
        if left := [path.name for path in (world.data / "vault").rglob("*") if is_sealed(path.name)]:
            yield f"{len(left)} files of what was closed are left in the vault"
        if app.store.references.all(CASE):
            yield "the photo's fingerprint is kept"


def faults_of_closing_after(world: World) -> Iterator[str]:
    """It was killed while a find was made; the find is met again, and closed: what the kill left goes as well."""
    look(world, after=SOON)
    close(world)
    with world.opened(after=3 * SOON) as app:
        (sighting,) = app.store.sightings.all(CASE)
        if not sighting.under_18:
            yield "the find was not closed"
        yield from store_faults(app.store)
    if left := [path.name for path in (world.data / "vault").rglob("*") if is_sealed(path.name)]:
        yield f"{len(left)} files of what was closed are left in the vault"


def is_sealed(name: str) -> bool:
    return name.startswith(".part-") or (name.endswith(".age") and name != "store-key.age")


def left_drafts(world: World, what: str) -> Iterator[str]:
    if left := [path for path in (world.data / "drafts").rglob("*") if path.is_file()]:
        yield f"draft files are left of what {what}: {[path.name for path in left]}"


def faults_of_draft(world: World) -> Iterator[str]:
    with world.opened(after=SOON) as app:
        yield from store_faults(app.store)
        known = {one.path for one in app.store.draft_files.all(CASE)}
        for path in drafts_in(world):
            if whole_of(str(path)) not in known:
                yield f"{path.name} is a draft that nothing names: it would outlive its find"
        for report in app.store.reports.all(CASE):
            if report.state is ReportState.DRAFT and not is_whole(Path(report.file)):
                yield "a report names a sheet that is not there, or not whole"
    draft(world)
    with world.opened(after=2 * SOON) as app:
        if halves := [path.name for path in drafts_in(world) if path.name != whole_of(path.name)]:
            yield f"half drafts are left: {halves}"
        (sighting,) = app.store.sightings.all(CASE)
        if not app.store.reports.of_sighting(CASE, sighting.id):
            yield "there is no draft in the end"
        app.decisions.close_under_18(sighting.id, case=CASE)
    yield from left_drafts(world, "was closed in the end")


def drafts_in(world: World) -> list[Path]:
    return [path for path in (world.data / "drafts").rglob("*") if path.is_file()]


def is_whole(sheet: Path) -> bool:
    return sheet.is_file() and LAST_LINE in sheet.read_text().splitlines()[-1]


ACTS = (
    Act("draft", found, draft, faults_of_draft),
    Act("dismissal", drafted, dismiss, faults_of_dismissal),
    Act("under 18", drafted, close, faults_of_closing),
    Act("find, then under 18", enrolled, look, faults_of_closing_after),
)
