"""Whether a pass saw anything: good answers alone do not prove that pictures are seen. What did not is said, with the
date of the last look that did."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model.candidate import SeenUrl
from monitor.model.observation import Covers, RunTrouble
from monitor.model.page import Outcome, OutcomeKind, PageContent
from monitor.model.run import LimitKind
from monitor.model.settings import MIB
from monitor.model.watch import Watch
from monitor.pipeline.remembered_page import Remembered
from monitor.pipeline.sealing import Sealing
from monitor.pipeline.state import Pass

COMPARED_WITH = timedelta(days=30)  # the runs that say how many pictures are usual
FELL = 10  # times fewer pictures than usual: most likely the page is read wrongly
USUAL = 20  # pictures; below it, a fall says little
KEEP_BY_HAND = (
    "Look at the finds of this watch. Take screenshots of what you need kept. If this place is not hostile and the "
    "disk has room, raise max_run_bytes or max_day_bytes in [evidence]."
)
NONE_THERE = (
    "Look at it in a browser. If it shows pictures there, the site has changed: correct images.select, or set "
    'render = "browser". If it has none any more, put images = { least = 0 } into the watch.'
)


def emptied(content: PageContent, remembered: Remembered | None, seen: SeenUrl | None, watch: Watch) -> Outcome | None:
    """A page without one picture that had some when it was last seen: taken down, or not read rightly any more."""
    if content.images or remembered is None or seen is None or watch.images.least == 0:
        return None
    had = len(remembered.content.images)
    if not had:
        return None
    what = "the one picture" if had == 1 else f"all {had} pictures"
    message = f"{what} that this page had on {_day(seen.checked_at)} cannot be found in it any more"
    return Outcome(OutcomeKind.EMPTY, message, NONE_THERE)


def check_pictures(run: Pass) -> None:
    """Pages came, but no pictures with them: the watch is blind, whatever its pages said."""
    watch, tally, runs = run.watch, run.tally, run.deps.store.runs
    if not tally.good_looks or tally.closed:
        return
    seen, least, url = tally.images_seen, watch.images.least, watch.urls[0] if watch.urls else ""
    if least is not None and seen < least:
        message = f"{seen} pictures were seen, fewer than the {least} that the watch says there are at least"
        tally.note_blind(url, RunTrouble.NO_PICTURES, message, NONE_THERE)
    elif not seen and tally.refused:
        cause = next((error for error in tally.errors if error.url), None)
        message = f"not one of the {tally.images} pictures of its pages could be had"
        message += f": {cause.message}" if cause else ""
        tally.note_blind(url, RunTrouble.NO_PICTURES, message, cause.remedy if cause else "")
    elif not seen and least is None:
        last = runs.last_seeing(watch.case, watch.name)
        if last is not None:
            message = f"no picture was found; the last good look, on {_day(last.finished_at)}, saw {last.images_seen}"
            tally.note_blind(url, RunTrouble.NO_PICTURES, message, NONE_THERE)
    elif least is None:
        usual = runs.most_images(watch.case, watch.name, run.deps.clock() - COMPARED_WITH)
        if usual >= USUAL and seen * FELL < usual and not tally.limits:
            message = f"only {seen} pictures were seen, where one look in the last 30 days saw {usual}"
            tally.error(url, RunTrouble.FEW_PICTURES, message, NONE_THERE, covers=Covers.PLACE)


def tell_of_evidence(run: Pass, sealing: Sealing) -> None:
    """What was found but could not be kept whole, because the disk is not for one site alone."""
    if sealing.reached is None:
        return
    run.tally.limit(LimitKind.EVIDENCE_BYTES, sealing.reached)
    message = (
        f"{sealing.left_out} pages and pictures of finds were not kept: the evidence of this run, or of this day, "
        f"reached {sealing.reached // MIB} MiB. The finds themselves are recorded, with their digests"
    )
    run.tally.error("", OutcomeKind.BUDGET, message, KEEP_BY_HAND)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def check_planted(run: Pass, *, was_seen: bool) -> None:
    """Pages that could be read do not prove that their pictures are seen; a picture known to be there does."""
    watch, tally = run.watch, run.tally
    if not watch.planted or was_seen or not tally.good_looks:
        return
    message = f"the planted picture {watch.planted!r} was not seen, so other copies would not be either"
    remedy = (
        "Look whether it still stands there; if it does, this watch does not see: correct its address or selectors."
    )
    if not run.planted:
        message = f"planted = {watch.planted!r} is not an enrolled photo, so the watch could not be tested"
        remedy = "Enrol it (reupload-monitor enroll FILE --label NAME), or correct planted in the watch."
    tally.note_blind(watch.urls[0] if watch.urls else "", RunTrouble.SELF_TEST, message, remedy)
