"""The pictures of a page: which are known, what the others are, and what became of them all. `ImageStage.look_through`
is the way in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.clock import within
from monitor.crawl.promise import most_promising_first
from monitor.model.match import Tier
from monitor.model.observation import Noted, Observation, RunTrouble
from monitor.model.page import LISTED, ImageRef
from monitor.model.run import LimitKind
from monitor.model.sighting import KEPT_ADDRESSES, Sighting
from monitor.pipeline.appearing import not_known_before, note_appeared
from monitor.pipeline.asking import already_here
from monitor.pipeline.assigning import Here
from monitor.pipeline.blindness import check_pictures, check_planted, tell_of_evidence
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.known_pictures import ASK_AGAIN_AFTER, Known, known_before, shows_planted, split_known, take_due
from monitor.pipeline.looking import Looking
from monitor.pipeline.manifests import complete
from monitor.pipeline.picture import ELSEWHERE, Became, Before
from monitor.pipeline.places import list_of, page_of, permalink_of
from monitor.pipeline.proof import Proof
from monitor.pipeline.recording import Find, Recorded, record, unsure
from monitor.pipeline.sealing import Sealing
from monitor.pipeline.shown import ShownToo
from monitor.pipeline.stand_ins import StandIns
from monitor.pipeline.state import Look, Pass
from monitor.pipeline.still_there import StillThere
from monitor.pipeline.tally import Tally

MOST_HELD = 16  # finds with their bytes
MOST_CHANGING = 10  # finds that a run says of that they change their addresses
MOST_LEFT_OUT = 100_000  # told from each other, where several pages name them
IN_HAND = 8  # pictures at once: eight of the largest allowed are 240 MB


@dataclass(frozen=True, slots=True)
class PageImages:
    """What became of a page's pictures, or of some of them. looked_at: also those that were known. undecided: what
    could not be had, on this page or on an earlier one of the pass, or is looked at closely in another pass. unseen:
    what could not be had or read. left_out: for a cap. finds: what was recorded. due: when the first of
    them is asked again. passed_by: page and pictures are as
    they were, and none was looked at."""

    looked_at: int = 0
    undecided: int = 0
    unseen: int = 0
    left_out: int = 0
    finds: tuple[Sighting, ...] = ()
    due: datetime | None = None
    passed_by: bool = False

    @property
    def settled(self) -> bool:
        """Every one was decided, so that nothing is left to do while the page stays as it is. Where not one could be
        read, known or not, that is not a page to pass by."""
        is_blind = self.looked_at > 0 and self.unseen == self.looked_at
        return not (self.undecided or self.left_out or is_blind)

    def plus(self, more: PageImages) -> PageImages:
        return PageImages(
            self.looked_at + more.looked_at,
            self.undecided + more.undecided,
            self.unseen + more.unseen,
            self.left_out + more.left_out,
            self.finds + more.finds,
            min((due for due in (self.due, more.due) if due is not None), default=None),
        )


class ImageStage:
    """Of one pass. still_there: takes the sightings that the pass meets. named_too: media addresses that its page names
    beside those that are looked at."""

    def __init__(self, deps: Dependencies, still_there: StillThere, named_too: frozenset[str] = frozenset()) -> None:
        self._named_too = named_too
        self._still_there = still_there
        self._sealing = Sealing(deps)  # what the pass has sealed of its finds
        self._look: Look | None = None  # the one in hand, and the list or page that it is of
        self._seen_in = ""
        self._held: dict[str, list[Became]] = {}  # finds, by list, until its last page was read
        self._changing: dict[str, Sighting] = {}  # finds that were met at one more address than they had
        self._planted_seen = False  # the picture that the person put there herself was met
        self._decided: set[str] = set()  # media URLs of which the pass knows whose they are
        self._passed_by: set[str] = set()  # those of them that this pass did not look at
        self._showed_photos: set[str] = set()  # those of them that it saw to match
        self._not_had: set[str] = set()  # asked for in vain: not once more in this pass
        self._put_off: set[str] = set()  # to be looked at closely by the next pass
        self._left_out: set[int] = set()  # for a cap, by their addresses' hashes: pages name them again
        self._looking = Looking()
        self._stand_ins = StandIns()
        self._shown = ShownToo(self._looking)
        self._proof = Proof()

    async def look_through(self, run: Pass, look: Look) -> PageImages:
        """Every picture of a page: those that are known stand, the others are looked at."""
        self._look, self._seen_in = look, list_of(look)
        became = self._pass_by(run, look) if self._is_settled(run, look) else await self._look_at_all(run, look)
        if not look.content.next_pages:
            await self._settle_held(run, self._seen_in)
        await complete(self._sealing)
        return became

    async def prove(self, run: Pass) -> None:
        """After the last page: where no known picture was had for long, whether one can be."""
        asking = self._proof.due(run)
        if asking is None or run.is_spent() or not run.budget.take_doubts(1):
            return
        self._look, self._seen_in = asking.look, list_of(asking.look)
        failed, is_other = await self._ask_known(run, asking.look, [asking.first])
        more = asking.beside if is_other else asking.instead if failed else ()
        more = more[: run.budget.take_doubts(len(more))]
        failed += (await self._ask_known(run, asking.look, more))[0]
        if is_other:
            self._stand_ins.of_asked(run, asking.look)
        if (observed := self._proof.failed(run, 1 + len(more), failed)) is not None:
            run.tally.observe(observed)

    async def _ask_known(self, run: Pass, look: Look, refs: Sequence[ImageRef]) -> tuple[list[Observation], bool]:
        """What failed, and whether something else came than before. With counts of its own: they were counted as
        known."""
        if not refs:
            return [], False
        apart, before = replace(run, tally=Tally(run.watch, run.tally.started_at)), known_before(run, refs)
        became, doubtful = await self._looking.at_first(apart, look, before, refs)
        became += await self._looking.closer(apart, look, doubtful)
        await self._keep(apart, became)
        run.tally.add_finds(apart.tally)
        run.tally.limits.update(apart.tally.limits)
        was = {ref.url: known[1].digest for ref in refs if (known := before.of(ref.url)) is not None}
        had = ((one.ref.url, one.looked_at) for one in became if not one.is_unseen)
        is_other = any(candidate is not None and candidate.digest != was.get(url) for url, candidate in had)
        return apart.tally.errors, is_other

    async def end_lists(self, run: Pass) -> None:
        """After the last page: of what was held back of a list, nothing more can be met."""
        for seen_in in tuple(self._held):
            await self._settle_held(run, seen_in)
        await complete(self._sealing)

    async def _look_at_all(self, run: Pass, look: Look) -> PageImages:
        met = _once_each(_open_images(run, look))
        decidable = [ref for ref in met if not self._is_undecided(look, ref)]
        refs = self._still_to_look_at(run, decidable)
        before = known_before(run, refs)
        known, unknown = split_known(run, refs, before)
        known, due = take_due(run, known)
        became = await self._look_at_known(run, look, before, known)
        asked = [*due, *self._within_cap(run, unknown, look.fetched.url)]
        for at in range(0, len(asked), IN_HAND):
            spent = run.budget.spent() or run.budget.site_spent(run.budget.site, LimitKind.BYTES, LimitKind.SECONDS)
            if run.noted(spent, left_out=self._first_left_out(asked[at:])):
                break
            became = became.plus(await self._look_at_lot(run, look, before, asked[at : at + IN_HAND]))
        run.tally.images += became.looked_at
        self._proof.knew(before.seen.values())
        asked_at = {url: one.checked_at for url, one in before.seen.items()}
        self._proof.look_over(run, look, refs, asked_at)
        undecided = became.undecided + len(met) - len(decidable) + self._stand_ins.of_page(run, look)
        became = replace(became, undecided=undecided, left_out=len(refs) - became.looked_at)
        self._look_over(run, look, is_whole=became.settled and not became.unseen)
        return became

    def _within_cap(self, run: Pass, unknown: Sequence[ImageRef], page: str) -> Sequence[ImageRef]:
        """Those that may still be asked for in this pass. Known ones cost nothing and do not count: so a place with
        more pictures than the cap is seen whole, a part in each pass, the most promising first."""
        room = run.budget.images_left()
        if len(unknown) <= room:
            run.budget.ask_images(len(unknown))
            return unknown
        ranked = most_promising_first(unknown, page)
        run.budget.ask_images(room)
        run.noted(run.budget.images_cap(), left_out=self._first_left_out(ranked[room:]))
        return ranked[:room]

    def _first_left_out(self, refs: Sequence[ImageRef]) -> int:
        """How many of these the pass has not left out before."""
        new = {hash(ref.url) for ref in refs} - self._left_out
        if len(self._left_out) < MOST_LEFT_OUT:
            self._left_out |= new
        return len(new)

    def _look_over(self, run: Pass, look: Look, *, is_whole: bool) -> None:
        """A list's entries move on to further pages, and off it in the end: that says nothing of them."""
        images = [ref for ref in look.content.images if ref.found_as not in LISTED]
        is_list = bool(look.content.next_pages) or len(images) < len(look.content.images)
        urls = (url for ref in images for url in ref.variants)
        self._still_there.look_over(run, look.shown, urls, is_whole=is_whole and not is_list)

    def finish(self, run: Pass) -> None:
        """After the last page: what stands is saved, and what could not be seen or kept is told."""
        self._still_there.save_all(run)
        for sighting in list(self._changing.values())[:MOST_CHANGING]:
            is_cut = sighting.addresses_seen > KEPT_ADDRESSES
            kind = RunTrouble.MANY_ADDRESSES if is_cut else RunTrouble.CHANGES_ADDRESSES
            run.tally.note(Noted(kind, sighting.addresses_seen), sighting.place.page_url)
        self._stand_ins.of_pass(run)
        self._shown.save(run)
        check_planted(run, was_seen=self._planted_seen)
        check_pictures(run)
        tell_of_evidence(run, self._sealing)

    def _is_settled(self, run: Pass, look: Look) -> bool:
        """The page is as it was, every image on it was decided with today's references, and asked for not long ago."""
        before = look.remembered
        if before is None or not before.settled_with or look.sheets_changed:
            return False
        if run.watch.planted and not self._planted_seen:
            return False  # its images are gone through until the planted one is seen
        now = run.deps.clock()
        is_due = before.images_due is not None and before.images_due <= now
        return not is_due and within(ASK_AGAIN_AFTER, before.images_at, now) and before.settled_with == run.settled_with

    def _pass_by(self, run: Pass, look: Look) -> PageImages:
        """Costs nothing for its images: what was sighted on it stands where it stood."""
        refs = _open_images(run, look)
        asked_at = run.deps.store.seen.looked_at(run.watch.case, [ref.url for ref in refs])
        self._proof.look_over(run, look, refs, asked_at)
        for ref in refs:
            if ref.url not in self._decided:
                self._decided.add(ref.url)
                self._passed_by.add(ref.url)
                run.tally.images += 1
                run.tally.not_modified += 1
            self._still_there.pass_by(run, page_of(look, ref), list_of(look), ref.variants)
        self._look_over(run, look, is_whole=True)
        return PageImages(passed_by=True)

    def _is_undecided(self, look: Look, ref: ImageRef) -> bool:
        """An earlier page of this pass showed it too, and could not say whose it is. It is not asked for again; the
        page stays unsettled for it, so that the next pass looks here as well."""
        if ref.url in self._put_off:
            return True
        return ref.url in self._not_had and not any(already_here(look, url) for url in ref.variants)

    def _still_to_look_at(self, run: Pass, refs: Sequence[ImageRef]) -> list[ImageRef]:
        """Without those that an earlier page of this pass showed to be nobody's. One that matched is looked at again,
        since this is another place."""
        store, case = run.deps.store, run.watch.case
        again = [ref for ref in refs if ref.url in self._decided and ref.url not in self._showed_photos]
        found = store.sightings.of_images(case, [url for ref in again for url in ref.variants]) if again else ()
        sighted = {url for sighting in found for url in sighting.media_urls}
        nobodys = {ref.url for ref in again if sighted.isdisjoint(ref.variants)}
        passed = nobodys & self._passed_by
        seen = store.seen.get(case, sorted(passed)) if passed else {}
        nobodys -= {url for url, one in seen.items() if one.outcome == ELSEWHERE}  # sighted by another address
        return [ref for ref in refs if ref.url not in nobodys]

    async def _look_at_lot(self, run: Pass, look: Look, before: Before, lot: Sequence[ImageRef]) -> PageImages:
        """Fast path first: what hashes suspect is looked at closely before the rest."""
        became, doubtful = await self._looking.at_first(run, look, before, lot)
        matched = [one for one in became if one.is_matched]
        kept = await self._keep(run, matched)
        rest = [one for one in became if not one.is_matched] + await self._looking.closer(run, look, doubtful)
        shown = await self._shown.look(run, look, before, rest)
        return kept.plus(await self._keep(run, shown.became))

    async def _look_at_known(self, run: Pass, look: Look, before: Before, known: Sequence[Known]) -> PageImages:
        shown = await self._shown.look(run, look, before, self._looking.known(run, look, known), is_known=True)
        kept = await self._keep(run, shown.became)
        return replace(kept, undecided=kept.undecided + shown.left)

    async def _keep(self, run: Pass, became: Sequence[Became]) -> PageImages:
        if not became:
            return PageImages()
        here = Here(self._still_there.met(run, self._seen_in), self._named())
        return await self._keep_here(run, self._hold(run, became, here), here, self._seen_in)

    def _hold(self, run: Pass, became: Sequence[Became], here: Here) -> Sequence[Became]:
        """A find on a page of a list that goes on may be a known one at a new address, or a further copy above one that
        has slid to the next page: at the end of the list it is known. Until then the page counts as unsettled, so that
        a crash loses nothing; a find that nothing known can be is told at once."""
        finds = [(at, one.find) for at, one in enumerate(became) if one.find is not None]
        if self._look is None or not self._look.content.next_pages or not finds:
            return became
        kept, room = list(became), MOST_HELD - sum(map(len, self._held.values()))
        unsures = unsure([find for _, find in finds], here, run.deps)
        for at in [at for (at, _), is_unsure in zip(finds, unsures, strict=True) if is_unsure][: max(room, 0)]:
            self._held.setdefault(self._seen_in, []).append(became[at])
            kept[at] = replace(became[at], find=None, candidate=None, seen=None, beside=(), is_settled=False)
        return kept

    async def _settle_held(self, run: Pass, seen_in: str) -> None:
        held = self._held.pop(seen_in, ())
        if held:
            await self._keep_here(run, held, Here(self._still_there.met(run, seen_in)), seen_in)

    async def _keep_here(self, run: Pass, became: Sequence[Became], here: Here, seen_in: str) -> PageImages:
        finds, fresh = [one.find for one in became if one.find is not None], not_known_before(run, became)
        done = await self._save(run, finds, became, here)
        note_appeared(run, fresh, zip(finds, done, strict=True))
        recorded = [one for one in done if one is not None]
        run.tally.matches += sum(find.match.tier is Tier.MATCH for find in finds)
        run.tally.new_sightings += sum(found.is_new for found in recorded)
        for found in recorded:
            self._still_there.found(found.sighting, seen_in, found.copy)
            if found.more_addresses and found.sighting.changes_addresses:
                self._changing[found.sighting.id] = found.sighting
        self._stand_ins.meet(became)
        self._proof.met(became)
        for one in became:
            self._note_met(one)
            self._planted_seen = self._planted_seen or _shows_planted(run, one)
            for sighting in one.stands:
                is_given = sighting in one.given
                self._still_there.see(run, sighting, seen_in, post=one.ref.post, is_given=is_given)
        return PageImages(
            looked_at=len(became),
            undecided=sum(not one.is_settled for one in became),
            unseen=sum(one.is_unseen for one in became),
            finds=tuple(found.sighting for found in recorded),
            due=min((each.due for one in became for each in (one, *one.beside) if each.due is not None), default=None),
        )

    async def _save(
        self, run: Pass, finds: Sequence[Find], became: Sequence[Became], here: Here
    ) -> Sequence[Recorded | None]:
        """Finds, and what is remembered of every picture that was decided meanwhile, are saved together or not at
        all."""
        store = run.deps.store
        every = [each for one in became for each in (one, *one.beside)]
        candidates = [one.candidate for one in every if one.candidate is not None]
        if store.reserve.is_short():  # of what is no find nothing is written then, and it is looked at again
            found = {find.digest for find in finds}
            candidates = [one for one in candidates if one.digest in found]
        seen = [one.seen for one in every if one.seen is not None]

        def save_seen() -> None:
            store.candidates.save(*candidates)
            store.seen.save(run.watch.case, *seen)

        if not (finds or candidates or seen):
            return ()
        return await record(finds, run.deps, self._sealing, here=here, beside=save_seen)

    def _named(self) -> frozenset[str]:
        images = self._look.content.images if self._look is not None else ()
        return self._named_too.union(url for ref in images for url in ref.variants)

    def _note_met(self, one: Became) -> None:
        """For the pages of this pass that are yet to come."""
        url = one.ref.url
        if one.is_settled:
            self._decided.add(url)
            self._not_had.discard(url)
        else:
            (self._not_had if one.is_unseen else self._put_off).add(url)
        if one.find is not None or one.stands:
            self._showed_photos.add(url)


def _once_each(refs: Sequence[ImageRef]) -> list[ImageRef]:
    once: dict[str, ImageRef] = {}
    for ref in refs:
        once.setdefault(ref.url, ref)
    return list(once.values())


def _open_images(run: Pass, look: Look) -> list[ImageRef]:
    """Without those that are closed as under 18, by whichever of their addresses."""
    images = [ref for ref in look.content.images if not _is_closed(run, look, ref)]
    run.tally.closed += len(look.content.images) - len(images)
    return images


def _shows_planted(run: Pass, one: Became) -> bool:
    if one.is_planted or not run.watch.planted:
        return one.is_planted
    known = (each.looked_at for each in (one, *one.beside) if each.candidate is None)
    return any(shows_planted(run, candidate) for candidate in known if candidate is not None)


def _is_closed(run: Pass, look: Look, ref: ImageRef) -> bool:
    if not run.closed:
        return False
    return not run.closed.isdisjoint(ref.variants) or (
        permalink_of(look, ref) != "" and page_of(look, ref) in run.closed
    )
