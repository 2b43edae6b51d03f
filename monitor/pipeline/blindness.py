"""Whether a pass saw anything: good answers alone do not prove that pictures are seen. What did not is said, with the
date of the last look that did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model.candidate import SeenUrl
from monitor.model.observation import Covers, Observation, RunTrouble, Weight
from monitor.model.page import Outcome, OutcomeKind, PageContent
from monitor.model.run import LimitKind, Run
from monitor.model.settings import MIB
from monitor.model.watch import Kind, Watch
from monitor.pipeline.remembered_page import Remembered
from monitor.pipeline.sealing import Sealing
from monitor.pipeline.state import Pass
from monitor.plain import several

COMPARED_WITH = timedelta(days=30)  # the runs that say how many pictures are usual
FELL = 10  # times fewer pictures than usual: most likely the page is read wrongly
USUAL = 20  # pictures; below it, a fall says little
KEEP_BY_HAND = (
    "Look at the finds of this watch. Take screenshots of what you need kept. If this place is not hostile and the "
    "disk has room, raise max_run_bytes or max_day_bytes in [evidence]."
)
EMPTY_FOR = timedelta(days=7)  # an empty list, where there were pictures: looked at with doubt as long, then believed
MAY_HAVE_NONE = frozenset(
    {Kind.FEED, Kind.SEARCH, Kind.MASTODON, Kind.BLUESKY, Kind.REDDIT, Kind.TELEGRAM, Kind.DISCOURSE, Kind.XENFORO}
)
NEVER_ANY = (
    'Look at it in a browser. If it shows pictures there: set render = "browser", log in with `watch login`, or say '
    "with follow and images.select where they are. If it has none, put images = { least = 0 } into the watch."
)
NONE_LISTED = (
    "Nothing to do if its entries have no pictures in a browser either. If they have: does the watch name the right "
    "account, words or address?"
)
NONE_THERE = (
    "Look at it in a browser. If it shows pictures there, the site has changed: correct images.select, or set "
    'render = "browser". If it has none any more, put images = { least = 0 } into the watch.'
)


def emptied(content: PageContent, remembered: Remembered | None, seen: SeenUrl | None, watch: Watch) -> Outcome | None:
    """A page without one picture that had some when it was last seen: taken down, or not read rightly any more."""
    if content.images or remembered is None or seen is None or watch.images.least == 0:
        return None
    if any(one.kind is RunTrouble.NO_ENTRIES for one in content.noted):
        return None  # a list that is empty: the whole look tells what that means
    had = len(remembered.content.images)
    if not had:
        return None
    what = "the one picture" if had == 1 else f"all {had} pictures"
    message = f"{what} that this page had on {_day(seen.checked_at)} cannot be found in it any more"
    return Outcome(OutcomeKind.EMPTY, message, NONE_THERE)


@dataclass(frozen=True, slots=True)
class SeenThen:
    """What is asked whether a pass saw pictures. refused: pictures that are most likely there for others. cause: why
    the first of them could not be had. last: the last run that saw some. usual: the most that one look saw lately.
    is_cut: a cap ended it. is_empty: what it looked at is a list that has no entry at all."""

    watch: Watch
    images: int
    seen: int
    now: datetime
    refused: int = 0
    cause: Observation | None = None
    last: Run | None = None
    usual: int = 0
    is_cut: bool = False
    is_empty: bool = False


def check_pictures(run: Pass) -> None:
    """Pages came, but no pictures with them: whatever its pages said."""
    watch, tally, runs = run.watch, run.tally, run.deps.store.runs
    if not tally.good_looks or tally.closed:
        return
    now, seen = run.deps.clock(), tally.images_seen
    then = SeenThen(
        watch,
        tally.images,
        seen,
        now,
        tally.refused,
        next((error for error in tally.errors if error.url and error.weight is not Weight.SAID), None),
        None if seen else runs.last_seeing(watch.case, watch.name),
        runs.most_images(watch.case, watch.name, now - COMPARED_WITH) if seen else 0,
        is_cut=bool(tally.limits),
        is_empty=tally.good_looks == 1 and any(error.kind == RunTrouble.NO_ENTRIES for error in tally.errors),
    )
    if (observed := of_pictures(then)) is not None:
        tally.observe(observed)


def of_pictures(then: SeenThen) -> Observation | None:
    """What a look with pages says by its pictures."""
    least, seen, last = then.watch.images.least, then.seen, then.last
    if least is not None and seen < least:
        said = f"{seen} pictures were seen, fewer than the {least} that the watch says there are at least"
        return _of_place(then.watch, RunTrouble.NO_PICTURES, said, NONE_THERE, Weight.BLIND)
    if not seen and then.refused:
        said = f"not one of the {then.images} pictures of its pages could be had"
        said += f": {then.cause.message}" if then.cause else ""
        remedy = then.cause.remedy if then.cause else ""
        return _of_place(then.watch, RunTrouble.NO_PICTURES, said, remedy, Weight.BLIND)
    if least is not None:
        return None
    if not seen:
        return _never(then) if last is None else _no_more(then, last)
    if then.usual >= USUAL and seen * FELL < then.usual and not then.is_cut:
        said = f"only {seen} pictures were seen, where one look in the last 30 days saw {then.usual}"
        return _of_place(then.watch, RunTrouble.FEW_PICTURES, said, NONE_THERE, Weight.PART)
    return None


def _never(then: SeenThen) -> Observation:
    """From the first look on. A list of posts, or of what an engine found, may have none for years; a page that the
    person chose for its pictures has some."""
    may_have_none = then.watch.kind in MAY_HAVE_NONE and not (then.is_empty and then.watch.kind is Kind.FEED)
    said = "not one picture was seen here so far, in this look or an earlier one"
    weight, remedy = (Weight.SAID, NONE_LISTED) if may_have_none else (Weight.PART, NEVER_ANY)
    return _of_place(then.watch, RunTrouble.NEVER_PICTURES, said, remedy, weight)


def _no_more(then: SeenThen, last: Run) -> Observation | None:
    said = f"no picture was found; the last good look, on {_day(last.finished_at)}, saw {last.images_seen}"
    if not then.is_empty:
        return _of_place(then.watch, RunTrouble.NO_PICTURES, said, NONE_THERE, Weight.BLIND)
    if then.now - last.finished_at > EMPTY_FOR:
        return None  # that it has no entry is said by itself
    return _of_place(then.watch, RunTrouble.NO_PICTURES, f"the list has no entry now; {said}", NONE_THERE, Weight.PART)


def _of_place(watch: Watch, kind: RunTrouble, said: str, remedy: str, weight: Weight) -> Observation:
    return Observation(watch.urls[0] if watch.urls else "", kind, said, remedy, Covers.PLACE, weight)


SEAL_AGAIN = (
    "Mend that: free some space, say. The pages are then looked at once more by themselves, at first after five "
    "minutes. Until then, keep what may vanish by hand."
)


def tell_of_evidence(run: Pass, sealing: Sealing) -> None:
    """What was found but could not be kept whole: what hindered it, or that the disk is not for one site alone."""
    if sealing.not_sealed:
        files = several(sealing.not_sealed, "file", "files")
        said = f"{files} of evidence could not be kept: {sealing.failed}. The finds themselves are recorded"
        run.tally.error("", RunTrouble.NOT_SEALED, said, SEAL_AGAIN, covers=Covers.PLACE)
    if sealing.over_quota:
        said = (
            f"{sealing.over_quota} pages and pictures of finds were not kept: the case has as much evidence as its "
            "quota lets it keep. The finds themselves are recorded, with their digests"
        )
        run.tally.error("", OutcomeKind.BUDGET, said, KEEP_BY_HAND)
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
