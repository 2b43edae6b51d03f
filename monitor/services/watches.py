"""The watchlists as everybody reads them: command, daemon and demo. What is wrong in them is one list, so that all say
the same number: what the files have wrong, what the watches' sources say against them, files that are gone, and cases
that were never set up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import watchlist
from monitor.errors import UsageError, WatchlistError
from monitor.mending import Mending
from monitor.model.adapting import NeededBudget, WhySoOften
from monitor.model.ids import CaseId
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.visit import DueVisit
from monitor.model.watch import Adapt, Watch
from monitor.pipeline import hindrances
from monitor.pipeline.adapting_visits import adapting_rows, needed_budget, why_they_go
from monitor.pipeline.runs import stopped_run
from monitor.ports import Store
from monitor.ports.facts import Watching
from monitor.services.case_limits import over_quota
from monitor.services.daemon_news import unknown_to_daemon
from monitor.sources import check_watch, placed, source_for
from monitor.store.lock import running_daemon
from monitor.tomlfile import nearest
from monitor.tracking.due import due_by, is_planned
from monitor.tracking.health import Health, health_of
from monitor.tracking.hindrances import Hindrance
from monitor.tracking.overview import ALL_KNOWN, DaemonNews, WatchOverview
from monitor.watchlist import WatchlistLoad
from monitor.watchlist_edit import switch_watch

log = logging.getLogger(__name__)


def load_watches(settings: Settings) -> WatchlistLoad:
    """The files, and what the sources say of what stands in them. Needs no store and asks nothing of the network."""
    loaded = watchlist.load_all(settings)
    refusals: list[WatchlistError] = []
    for watch in loaded.watches:
        try:
            refused = check_watch(watch, settings)
            refusals += refused or not_reached(watch, settings)
        except Exception:  # of one watch: its visit will say it too
            log.exception("a watch could not be checked", extra={"action": "check_fault"})
    return replace(loaded, refusals=tuple(refusals))


def budget_by_guess(settings: Settings, loaded: WatchlistLoad) -> NeededBudget:
    """As `WatchService.needed_budget` has it, with nothing known of what visits cost."""
    return needed_budget(loaded.right, {}, settings.crawl.adapt_requests)


def not_reached(watch: Watch, settings: Settings) -> list[WatchlistError]:
    """Addresses that it would ask for first, and that nobody is let to go to from here."""
    from monitor.outbound.reach import why_not_reached

    asked = dict.fromkeys(request.url for request in source_for(watch, settings).seeds(watch))
    found = [error for url in asked if (error := why_not_reached(url, settings.network))]
    return [placed(watch, error.key, error) for error in found]


def told_to(mistakes: Sequence[WatchlistError], to: Collection[str], cases: Collection[str]) -> list[WatchlistError]:
    """What is told to some cases: their own, and what is of no case that there is. Never another's."""
    others = set(cases) - set(to)
    return [error for error in mistakes if error.case not in others]


def is_stopped(found: Iterable[Hindrance], case: str, cases: Collection[str]) -> bool:
    """Whether a case is told that something cannot run, by the rule of `told_to`."""
    others = set(cases) - {case}
    return any(one.case not in others for one in found if not one.once)


def chosen(
    watches: Sequence[Watch], mistakes: Sequence[WatchlistError], names: Sequence[str]
) -> tuple[list[Watch], list[WatchlistError]]:
    """The named ones, and nothing that is wrong elsewhere. Raises UsageError for a name that is of no watch, and the
    mistake of one that is wrong."""
    known = {watch.name: watch for watch in watches}
    for name in names:
        if name not in known:
            for mistake in mistakes:
                if mistake.watch == name:
                    raise mistake
            like = nearest(name, known)
            raise UsageError(
                f"there is no watch {name!r}",
                remedy=f"Did you mean {like!r}?" if like else "`reupload-monitor watch list` shows them.",
                way=Mending.LIST_WATCHES,
            )
    return [known[name] for name in dict.fromkeys(names)], []


def named_watch(settings: Settings, name: str, case: CaseId | None) -> Watch:
    """One that its source refuses is one all the same. case: None for any. Raises UsageError for a name that is of no
    watch of the case, and the mistake of one that cannot be read."""
    loaded = load_watches(settings)

    def is_meant(of: str) -> bool:
        return case is None or of in ("", case)

    meant = [watch for watch in loaded.watches if is_meant(watch.case)]
    (watch,), _ = chosen(meant, [one for one in loaded.errors if is_meant(one.case)], [name])
    return watch


def switched(settings: Settings, name: str, case: CaseId | None, *, on: bool) -> bool:
    """Pauses it, or goes on, in the file that it stands in; False where it was so already. Raises as `named_watch`, and
    what keeps the file from being written."""
    watch = named_watch(settings, name, case)
    if watch.enabled is on:
        return False
    switch_watch(watch, on=on)
    return True


@dataclass(frozen=True, slots=True)
class WatchService:
    """What the store knows of them."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def mistakes(self, loaded: WatchlistLoad, cases: Collection[CaseId] | None = None) -> Sequence[WatchlistError]:
        """All that is wrong, each once. cases: what is told to these alone."""
        found = (*hindrances.mistakes_in_files(loaded, self.store), *hindrances.case_errors(loaded.watches, self.store))
        return found if cases is None else told_to(found, cases, hindrances.known_cases(self.store))

    def cannot_run(self, loaded: WatchlistLoad) -> Sequence[Hindrance]:
        """What keeps a watch from running that is switched on, by the watchlists as they are now, and what keeps
        evidence from being sealed."""
        by_cases = hindrances.hindered_by_cases(self.in_force(loaded), self.store)
        by_recipients = hindrances.hindered_by_recipients(self.settings, self.store)
        by_configuration: Sequence[Hindrance] = ()
        if running_daemon(self.settings.data_dir):
            by_configuration = hindrances.hindered_by_configuration(self.store)
        kept = (*hindrances.hindered_backups(self.store), *hindrances.hindered_by_deaths(self.store))
        by_quota = over_quota(self.in_force(loaded), self.settings, self.store)
        others = (*by_cases, *by_quota, *by_recipients, *by_configuration, *kept)
        return (*hindrances.hindered_by_files(loaded, self.store), *others)

    def watching(self, loaded: WatchlistLoad, case: CaseId) -> Watching:
        """What a digest of the case says of them."""
        return Watching(
            tuple(watch.name for watch in loaded.right if watch.enabled and watch.case == case),
            len(self.mistakes(loaded, (case,))),
            is_stopped(self.cannot_run(loaded), case, hindrances.known_cases(self.store)),
        )

    def wrong_beside(
        self, chosen: Sequence[Watch], loaded: WatchlistLoad, *, cases: Collection[CaseId] | None, named: bool
    ) -> Sequence[WatchlistError]:
        """What a command says is wrong. named: it is about the chosen ones alone, whose entries are right."""
        return self.without_case(chosen) if named else self.mistakes(loaded, cases)

    def without_case(self, watches: Sequence[Watch]) -> Sequence[WatchlistError]:
        """Of those whose case was never set up."""
        return hindrances.case_errors(watches, self.store)

    def seen(self, watches: Sequence[Watch], news: DaemonNews = ALL_KNOWN) -> Sequence[WatchOverview]:
        """Each with its last run, whether it sees, and when it is visited next."""
        runs = running_daemon(self.settings.data_dir) is not None or self.settings.queue.url is not None
        often = self._why_so_often(watches)
        return [self._seen(watch, news, often.get((watch.case, watch.name)), runs=runs) for watch in watches]

    def _seen(self, watch: Watch, news: DaemonNews, often: WhySoOften | None, *, runs: bool) -> WatchOverview:
        is_unknown = runs and (watch.name in news.watches or bool(news.other_file))
        is_planned = runs and watch.enabled and not is_unknown
        row = self.store.visits.get(watch.case, watch.name) if is_planned else None
        next_visit = row.at if row else None
        health = self.health(watch, row)
        return WatchOverview(watch, self.last_run(watch), health, next_visit, is_unknown, often)

    def _why_so_often(self, watches: Sequence[Watch]) -> Mapping[tuple[str, str], WhySoOften]:
        """Of those that adapt."""
        from monitor.alerts.zone import zone_of

        adapting = [watch for watch in watches if isinstance(watch.schedule, Adapt)]
        if not adapting:
            return {}
        crawl, zone = self.settings.crawl, zone_of(self.settings.digest.timezone)
        return why_they_go(self.store, crawl.adapt_requests, zone, self.clock(), adapting)

    def needed_budget(self, loaded: WatchlistLoad) -> NeededBudget:
        """Of all that adapt, whosever they are: what they may ask for in a day is one budget."""
        known = adapting_rows(self.store, self.settings.crawl.adapt_requests, self.clock(), loaded.right).memories
        return needed_budget(loaded.right, known, self.settings.crawl.adapt_requests)

    def news(self, loaded: WatchlistLoad) -> DaemonNews:
        """What the daemon that runs does not know yet."""
        return unknown_to_daemon(self.store, self.settings, loaded)

    def in_force(self, loaded: WatchlistLoad) -> tuple[Watch, ...]:
        return hindrances.in_force(loaded, self.store)

    def as_last_read(self, loaded: WatchlistLoad) -> Sequence[Watch]:
        """Of those in force, the ones that go on as they were read last."""
        read = set(loaded.watches)
        return [watch for watch in self.in_force(loaded) if watch not in read]

    def led_to_pictures(self, watch: Watch) -> Sequence[str]:
        """Shapes of the addresses that did in earlier passes, where the program chooses the links; the surest first."""
        if not watch.follow.chosen:
            return []
        led = [(shape, one) for shape, one in self.store.link_shapes.get(watch.case, watch.name).items() if one.showed]
        return [shape for shape, _ in sorted(led, key=lambda one: (-one[1].showed, one[0]))]

    def last_run(self, watch: Watch) -> Run | None:
        return self.store.runs.last(watch.case, watch.name)

    def last_good(self, watch: Watch) -> datetime | None:
        """When it last had a good look."""
        return self.store.runs.last_good(watch.case, watch.name)

    def blind_since(self, watch: Watch) -> datetime | None:
        """When the first of its last looks ended that saw nothing; None where the last one saw something."""
        return self.store.runs.failed_in_a_row(watch.case, watch.name)[1]

    def stopped(self, watch: Watch, error: Exception) -> Run:
        """Of a pass that did not take place, as its run is told."""
        return stopped_run(watch, error, self.clock())

    def health(self, watch: Watch, row: DueVisit | None = None) -> Health:
        """Whether it sees. row: its next look, as the daemon that runs has planned it."""
        from monitor.alerts.zone import zone_of

        now, last, zone = self.clock(), self.last_run(watch), zone_of(self.settings.digest.timezone)
        due, runs = None, row is not None
        if last is not None and not (row is not None and is_planned(row, watch, now, zone)):
            due = due_by(watch, last.finished_at, zone, self.settings.crawl)
            if last.finished_at > now + timedelta(minutes=1):
                due = now - timedelta(seconds=1)  # noted by a clock that was ahead: when it really was nobody knows
        return health_of(last, self.last_good(watch), enabled=watch.enabled, due_by=due, now=now, runs=runs)
