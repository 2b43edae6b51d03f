"""The person's word on finds: each is written as a row, changes the find, and can be taken back. The one way in which
commands and page decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import UsageError
from monitor.evidence.custody import CORRECTS
from monitor.mending import Mending
from monitor.model.capture import CaptureCause, CaptureState
from monitor.model.custody import CustodyAct
from monitor.model.deciding import MOST_NOTED, DecisionAct, DecisionVia, MadeDecision, SaidBefore
from monitor.model.evidence import EvidenceKind
from monitor.model.ids import CaseId, SightingId, new_id
from monitor.model.settings import Settings
from monitor.model.sighting import Decision, Dismissal, Sighting, Status
from monitor.pipeline.capturing import want
from monitor.pipeline.case_settings import settings_of
from monitor.pipeline.contents import keeps_picture
from monitor.pipeline.removing import remove_files
from monitor.pipeline.who_hosts import want_hosts
from monitor.ports import Store
from monitor.services.closing import leave_drafts
from monitor.services.draft_files import tell_indexes
from monitor.services.own_command import own_command
from monitor.tracking import sighting_life
from monitor.tracking.deciding import is_as_seen, last_standing, nothing_to_take_back, taken_back, with_word


@dataclass(frozen=True, slots=True)
class FindsDecided:
    """done: as they stand now, those too of which it was said before. changed: what was not done, since they are not as
    they were shown: as they stand now. batch: by which it is taken back; '' where nothing was written. made: of how
    many finds something was."""

    done: tuple[Sighting, ...]
    changed: tuple[Sighting, ...] = ()
    batch: str = ""
    made: int = 0


@dataclass(frozen=True, slots=True)
class Deciding:
    """Each takes the case, and finds what is of it alone."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def decide(
        self,
        act: DecisionAct,
        finds: Iterable[SightingId],
        *,
        case: CaseId,
        via: DecisionVia,
        seen: Mapping[SightingId, str] | None = None,
        until: datetime | None = None,
        text: str = "",
    ) -> FindsDecided:
        """All at once, or none. seen: the stamps of the finds as they were shown (`tracking.deciding.stamp_of`): what
        is another by now is not decided, what stands as it would then stand is done. A note is never refused for that.
        finds: those of the case; others are passed over. Raises UsageError for what is closed as under 18, where
        nothing was shown, and for a note that is none."""
        now, batch, drafts = self.clock(), new_id(self.clock()), list[str]()
        done, changed, made = list[Sighting](), list[Sighting](), 0
        text = _note(text) if act is DecisionAct.NOTE else ""
        with self.store.transaction():
            for find in self._in_order(finds, case):
                if find.under_18 and seen is not None:
                    changed.append(find)
                    continue
                after = with_word(act, find, now=now, until=until)
                if after == find and not self._is_new_note(act, text, find):
                    self._confirmed(after, act)
                    done.append(find)
                elif act is not DecisionAct.NOTE and not is_as_seen(find, seen):
                    changed.append(find)
                else:
                    drafts += self._save(find, after, now)
                    self._confirmed(after, act)
                    self._write(find, act, now, via, batch, until=until, text=text)
                    done.append(after)
                    made += 1
            self._tell_indexes(drafts, case)
        self._take_away(drafts, case)
        return FindsDecided(tuple(done), tuple(changed), batch if made else "", made)

    def undo(self, batch: str, *, case: CaseId) -> FindsDecided:
        """All that was said at that stroke and still stands. changed: of which something else was said since, or which
        became what her word is not any more (reported, removed): as they stand now. made: as with `decide`."""
        now, drafts, made = self.clock(), list[str](), 0
        done, changed = list[Sighting](), list[Sighting]()
        with self.store.transaction():
            for one in self.store.made_decisions.of_batch(case, batch):
                find = self.store.sightings.get(case, one.sighting)
                if find is None or find.under_18:
                    continue
                if not one.stands:  # sent twice
                    done.append(find)
                    continue
                after = self._without(find, one)
                if after is None:
                    changed.append(find)
                    continue
                drafts += self._take_back(find, after, one, now)
                done.append(after)
                made += 1
            self._tell_indexes(drafts, case)
        self._take_away(drafts, case)
        return FindsDecided(tuple(done), tuple(changed), batch, made)

    def undo_last(self, find: Sighting) -> Sighting:
        """What was said of it last. Raises UsageError where nothing is left to be taken back."""
        now = self.clock()
        with self.store.transaction():
            last = last_standing(self.store.made_decisions.of(find.case, [find.id]))
            # What an older version was told stands in no row.
            after = sighting_life.undo(find) if last is None else taken_back(find, last, now=now)
            drafts = self._take_back(find, after, last, now)
            self._tell_indexes(drafts, find.case)
        self._take_away(drafts, find.case)
        return after

    def said_of(self, finds: Iterable[SightingId], *, case: CaseId) -> Sequence[MadeDecision]:
        """In order, what was taken back too."""
        return self.store.made_decisions.of(case, finds)

    def of_batch(self, batch: str, *, case: CaseId) -> Sequence[MadeDecision]:
        """All that was said at that stroke."""
        return self.store.made_decisions.of_batch(case, batch)

    def strokes_since(self, since: datetime, *, case: CaseId) -> int:
        """How many decisions were made on the page since then, a lot of finds as one, and not taken back."""
        return self.store.made_decisions.since(case, since, DecisionVia.PAGE)

    def _in_order(self, finds: Iterable[SightingId], case: CaseId) -> list[Sighting]:
        wanted = [*dict.fromkeys(finds)]
        known = {one.id: one for one in self.store.sightings.of_ids(case, wanted)}
        return [known[name] for name in wanted if name in known]

    def _is_new_note(self, act: DecisionAct, text: str, find: Sighting) -> bool:
        """The same words right behind themselves are a form that was sent twice."""
        if act is not DecisionAct.NOTE:
            return False
        notes = [one for one in self.store.made_decisions.of(find.case, [find.id]) if one.act is DecisionAct.NOTE]
        return not notes or not notes[-1].stands or notes[-1].text != text

    def _write(
        self,
        find: Sighting,
        act: DecisionAct,
        now: datetime,
        via: DecisionVia,
        batch: str,
        *,
        until: datetime | None,
        text: str,
    ) -> None:
        made = MadeDecision(
            case=find.case,
            sighting=find.id,
            act=act,
            at=now,
            via=via,
            batch=batch,
            before=SaidBefore.of(find),
            until=until if act is DecisionAct.LATER else None,
            text=text,
        )
        self.store.made_decisions.add(made)

    def _without(self, find: Sighting, made: MadeDecision) -> Sighting | None:
        """None: it cannot be taken back any more."""
        if made.act is not DecisionAct.NOTE:
            last = last_standing(self.store.made_decisions.of(find.case, [find.id]))
            if last is None or last.number != made.number:
                return None
        try:
            return taken_back(find, made, now=self.clock())
        except UsageError:
            return None

    def _take_back(self, find: Sighting, after: Sighting, made: MadeDecision | None, now: datetime) -> Sequence[str]:
        if made is not None and not self.store.made_decisions.take_back(find.case, made.number, now):
            raise nothing_to_take_back(find)
        drafts = self._save(find, after, now)
        was_dismissed = find.status is Status.DISMISSED and after.status not in (Status.DISMISSED, Status.REMOVED)
        if was_dismissed and keeps_picture(after, after.match):
            want_evidence(after, CaptureCause.UNDONE, self.store, self.settings, now)
        return drafts

    def _confirmed(self, after: Sighting, act: DecisionAct) -> None:
        if act is DecisionAct.CONFIRM:
            want_evidence(after, CaptureCause.CONFIRMED, self.store, self.settings, self.clock())
            want_hosts(after, self.store, self.clock())

    def _save(self, before: Sighting, after: Sighting, now: datetime) -> Sequence[str]:
        """With all that hangs on it. Returns files of drafts that are to go."""
        if after == before:
            return ()
        self.store.sightings.save(after)
        # What a version before the two words dismissed has none of them.
        was_not_hers = before.status is Status.DISMISSED and before.decision is not Decision.NOT_HERE
        is_not_hers = after.decision is Decision.NOT_MINE
        if was_not_hers and not is_not_hers:
            _no_longer_dismissed(before, self.store, now)
        if is_not_hers and not was_not_hers:
            self.store.custody.note(after.case, CustodyAct.DISMISS, {"sighting": after.id}, now)
            if after.match.reference is not None:
                self.store.dismissals.add(after.case, after.match.reference, _dismissal(after, self.store))
        is_dropped = after.decision is not None and after.decision is not before.decision
        return leave_drafts(after, self.store, now) if is_dropped else ()

    def _tell_indexes(self, drafts: Sequence[str], case: CaseId) -> None:
        """In the transaction: else a disk that fails after it would leave an index for ever, which tells of what was
        taken away. Where the transaction fails in the end, an index lacks a line of what still lies there."""
        if drafts:
            tell_indexes(drafts, case, self.store, own_command(self.settings, self.store, case))

    def _take_away(self, drafts: Sequence[str], case: CaseId) -> None:
        """What a crash or a disk leaves of them goes at the next start. drafts: paths."""
        if not drafts:
            return
        remove_files(self.store, self.settings, case)


def want_evidence(sighting: Sighting, cause: CaptureCause, store: Store, settings: Settings, now: datetime) -> None:
    """What was not kept of a find before she looked is fetched now, for evidence: in the transaction."""
    own = settings_of(sighting.case, settings, store).evidence
    if not own.recipients or sighting.is_hearsay:
        return
    kept = {item.kind for item in store.evidence.all(sighting.case, sighting.id) if not item.is_withheld}
    wants_picture = own.keep_images and bool(sighting.place.image_url)
    if EvidenceKind.PAGE in kept and (EvidenceKind.IMAGE in kept or not wants_picture):
        return
    if any(one.state is CaptureState.WANTED for one in store.captures.of(sighting.case, [sighting.id])):
        return
    want(sighting, cause, store=store, now=now)


def _note(text: str) -> str:
    note = text.strip()
    if not note or len(note) > MOST_NOTED:
        raise UsageError(
            f"a note has 1 to {MOST_NOTED:,} characters, and this has {len(note):,}",
            remedy="Longer words are kept with the evidence: reupload-monitor evidence add --note TEXT",
            way=Mending.KEEP_AS_OWN,
        )
    return note


def _dismissal(sighting: Sighting, store: Store) -> Dismissal:
    from monitor.pipeline.retroactive import turns_of  # much comes with it, and most words are others

    candidate = None
    if sighting.image_digest:
        candidate = store.candidates.get(sighting.case, [sighting.image_digest]).get(sighting.image_digest)
    turns = turns_of(candidate, sighting.match.frame) if candidate else ()
    return Dismissal(sighting.image_digest, turns[0] if turns else None, sighting.match.tier)


def _no_longer_dismissed(sighting: Sighting, store: Store, now: datetime) -> None:
    """That the picture is not theirs is taken back. That it was dismissed stays in the log; what is written behind it
    says that it is so no more."""
    if sighting.match.reference is not None:
        store.dismissals.remove(sighting.case, sighting.match.reference, sighting.image_digest)
    said = [
        one
        for one in store.custody.naming(sighting.case, [sighting.id])
        if one.act in (CustodyAct.DISMISS, CustodyAct.DELETE)
    ]
    if said:
        about = {CORRECTS: str(said[-1].number), "sighting": sighting.id, "what": "it is not dismissed any more"}
        store.custody.note(sighting.case, CustodyAct.CORRECTION, about, now)
