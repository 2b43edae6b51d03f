"""What the person wishes of the daemon: asked for here, without any way to the network, and taken up by it within
seconds. What was asked already and is not done yet is asked for once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import UsageError
from monitor.mending import Mending
from monitor.model.ids import CaseId, new_id
from monitor.model.settings import Settings
from monitor.model.wish import Wish, WishKind
from monitor.pipeline.case_settings import settings_of
from monitor.ports import Store
from monitor.services.daemon_news import DaemonLines, daemon_lines
from monitor.services.evidence import EvidenceService
from monitor.services.named_find import find_named
from monitor.services.watches import chosen, load_watches
from monitor.tracking.next_look import is_looked_at
from monitor.tracking.wishes import as_it_stands

TOLD = 200  # of the newest; a screen is read by a person


@dataclass(frozen=True, slots=True)
class WishService:
    """Each takes the case, and finds what is of it alone."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def ask(self, kind: WishKind, about: str = "", *, case: CaseId) -> Wish:
        """about: the name of a watch, or a find as the person names it; '' for a test. The one that is open already,
        where there is one. Raises UsageError for what cannot be done, NeedsUser where no evidence is kept."""
        about = self._checked(kind, about, case)
        now = self.clock()
        with self.store.transaction():
            known = self.store.wishes.last(case, kind, about)
            if known is not None and as_it_stands(known, now).is_open:
                return known
            wish = Wish(new_id(now), case, kind, about, now)
            self.store.wishes.add(wish)
        return wish

    def daemon(self) -> DaemonLines:
        return daemon_lines(self.store, self.settings)

    def told(self, case: CaseId) -> Sequence[Wish]:
        """The newest first, as they stand now."""
        now = self.clock()
        return [as_it_stands(wish, now) for wish in self.store.wishes.newest(case, TOLD)]

    def last(self, kind: WishKind, about: str = "", *, case: CaseId) -> Wish | None:
        """The newest of that kind about that thing, as it stands now. about: the name of a watch, or a find's id."""
        found = self.store.wishes.last(case, kind, about)
        return None if found is None else as_it_stands(found, self.clock())

    def _checked(self, kind: WishKind, about: str, case: CaseId) -> str:
        """As it is kept."""
        match kind:
            case WishKind.LOOK:
                return self._watch(about, case)
            case WishKind.CAPTURE:
                found = find_named(about, case=case, store=self.store)
                EvidenceService(self.store, self.settings, self.clock).ask([found.id], case=case)
                return found.id
            case WishKind.CHECK:
                return self._find(about, case)
            case WishKind.TEST:
                if not settings_of(case, self.settings, self.store).alerts.urls:
                    raise UsageError(
                        "no alert channel is set",
                        remedy="Add one: reupload-monitor alerts add",
                        way=Mending.ADD_CHANNEL,
                    )
                return ""

    def _watch(self, name: str, case: CaseId) -> str:
        loaded = load_watches(self.settings)
        mine = [watch for watch in loaded.right if watch.case == case]
        wrong = [one for one in (*loaded.errors, *loaded.refusals) if one.case in ("", case)]
        (watch,), _ = chosen(mine, wrong, [name])
        if not watch.enabled:
            raise UsageError(
                f"{name} is paused, so nobody looks there",
                remedy=f"To go on looking there: reupload-monitor watch resume {name}",
                way=Mending.RESUME_WATCH,
            )
        return name

    def _find(self, name: str, case: CaseId) -> str:
        found = find_named(name, case=case, store=self.store)
        if not is_looked_at(found, self.clock()):
            raise UsageError(
                f"the place of {found.number} is not looked at any more",
                remedy="`reupload-monitor sightings show` says what was decided about it; undo takes that back.",
                way=Mending.UNDO_WORD,
            )
        return found.id
