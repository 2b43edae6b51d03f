"""One pass over one watch. `scan` tells the story; every other function is a step that it names."""

from __future__ import annotations

import logging

from monitor.errors import QuotaReached
from monitor.model.page import OutcomeKind
from monitor.model.run import Run
from monitor.model.watch import Watch
from monitor.pipeline.attestation import require_attestation
from monitor.pipeline.budget import Budget
from monitor.pipeline.claims import Claims
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.images import ImageStage
from monitor.pipeline.login import as_whom, login_of
from monitor.pipeline.pages import look_at_page, remember_look, visit_pages
from monitor.pipeline.quota import NO_MORE_REQUESTS, NO_MORE_REQUESTS_REMEDY
from monitor.pipeline.recheck import look_at_removed
from monitor.pipeline.retroactive import compare_kept
from monitor.pipeline.runs import save_run
from monitor.pipeline.search_results import SearchResults
from monitor.pipeline.state import Look, Pass, way_of_strangers
from monitor.pipeline.still_there import StillThere
from monitor.pipeline.tally import Tally
from monitor.pipeline.visiting import Visit, visiting
from monitor.pipeline.watch_of_find import keep_watch
from monitor.ports import Source
from monitor.sources import check_watch, source_for
from monitor.tracking.posting import sight_of

log = logging.getLogger(__name__)


async def run_watch(watch: Watch, deps: Dependencies, *, again: bool = False, held_by: str = "") -> Run:
    """What belongs to a pass, in order, whoever asks for one. again: as `scan` has it; held_by: as `visiting`. Raises
    BeingLookedAt where somebody is at it, in whatever process, AttestationMissing, QuotaReached, and UsageError for a
    watch that no source can read; never for what sites do."""
    async with visiting(watch, deps.settings, deps.store, deps.clock, held_by=held_by) as visit:
        require_attestation(deps.store, watch.case)
        if (quota := deps.holds_back) is not None and not quota.may_ask():
            raise QuotaReached(NO_MORE_REQUESTS.format(quota.quota.requests), remedy=NO_MORE_REQUESTS_REMEDY)
        for wrong in check_watch(watch, deps.settings):  # a daemon reads watchlists that nobody has checked
            raise wrong
        if watch.ignore_robots:
            log.info(
                "a watch does not follow robots.txt",  # its name may say whom it is about: the reason tells which
                extra={"action": "robots_ignored", "reason": watch.robots_reason},
            )
        source = source_for(watch, deps.settings)
        deps.fetcher.allow_ports_of(request.url for request in source.seeds(watch))  # the owner wrote them
        keep_watch(watch, deps)
        await compare_kept(watch, deps)
        return await scan(watch, source, deps, visit, again=again)


async def scan(
    watch: Watch, source: Source, deps: Dependencies, visit: Visit | None = None, *, again: bool = False
) -> Run:
    """One pass over one watch, in order. Never raises for what a site does: that is in the run. visit: whose turn it
    is. again: the last one got no answer, and what says no more than that is not kept."""
    run, still_there = begin(watch, source, deps), StillThere()
    images, claims, results = ImageStage(deps, still_there), Claims(still_there), SearchResults()
    async for look in visit_pages(run):
        became = await images.look_through(run, look)
        remember_look(run, look, became)
        claims.hear(run, look, settled=became.settled)
        results.hear(run, look)
    await images.prove(run)
    await images.end_lists(run)
    await look_at_claims(run, claims, images)
    await look_at_removed(run, still_there.removed_met(run))
    images.finish(run)
    results.settle(run)
    sight = sight_of(watch, is_logged_in=run.login is not None)
    requests = run.budget.requests if deps.common is None else deps.common.charged()
    done = run.tally.finish(deps.clock(), taken=run.budget.bytes, requests=requests, sight=sight)
    if not (again and (done.is_offline or done.is_unanswered or done.is_own_trouble)):
        save_run(done, watch, deps.store, visit=visit)
    elif visit is not None:
        visit.settle(done)
    return done


def begin(watch: Watch, source: Source, deps: Dependencies) -> Pass:
    photos = deps.store.references.all(watch.case) if watch.planted else ()
    login = login_of(watch, deps.store)
    return Pass(
        watch=watch,
        source=source,
        deps=deps,
        tally=Tally(watch, deps.clock()),
        budget=Budget(watch, deps.settings.crawl, deps.monotonic, deps.holds_back),
        login=login,
        way=way_of_strangers(deps).of(as_whom(watch, login)),
        closed=deps.store.sightings.closed_addresses(watch.case),
        planted=frozenset(one.id for one in photos if watch.planted in (one.id, one.label)),
    )


async def look_at_claims(run: Pass, claims: Claims, images: ImageStage) -> None:
    """What lists of other sites only told of. On the claimed page the picture is a find; elsewhere, it is a word."""
    claims.settle_visited(run)
    for entry in claims.due(run):
        visitor, url, shown = run.as_visitor(), entry.request.url, ""
        run.budget.turn_to(url)
        look = await look_at_page(visitor, entry, set())
        if isinstance(look, Look):
            became = await images.look_through(visitor, look)
            remember_look(visitor, look, became)
            shown, is_complete = look.shown, became.settled
        else:
            is_complete = look.kind is OutcomeKind.GONE
        run.tally.add_finds(visitor.tally)
        claims.settle(run, url, shown, is_complete=is_complete)
