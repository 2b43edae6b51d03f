"""Drives the real program over the demo's site: init, enrol, watch twice, alert, draft, a packet to hand over.

Nothing here is a show: every step is the one that the command of that name takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from monitor.app import App, open_app
from monitor.clock import monotonic, utc_now
from monitor.demo.folder import DemoFolder, prepare
from monitor.demo.packet import check_packet
from monitor.demo.plan import ENROLLED, Spot, pictures
from monitor.demo.receivers import Receivers
from monitor.demo.settings import config_text, watchlist_text
from monitor.demo.site import Hit, Site
from monitor.demo.summary import DemoSummary, MadePacket, Means, compare
from monitor.model.case import Attestation, Authority
from monitor.model.enrolment import FileSteps
from monitor.model.match import Tier
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.sighting import Sighting
from monitor.model.watch import Watch
from monitor.services.packets import PacketWish
from monitor.services.watches import load_watches
from monitor.setup import SetUpRequest, set_up
from monitor.takedown.facts import Statements

IN_PACKET = 2
"""Finds: a screenshot that is made for it takes a browser some seconds."""

WATCH_WEIGHT = 10
"""A watch takes about as long as enrolling this many photos."""

Progress = Callable[[str, float], None]
"""What is being done, and the share of the whole that is done (0 to 1)."""


async def run_demo(
    out: Path | None,
    *,
    keep_serving: bool = False,
    progress: Progress = lambda _text, _share: None,
    show: Callable[[DemoSummary], None] = lambda _summary: None,
) -> DemoSummary:
    """The whole job. `show` gets the summary while the site still stands; with `keep_serving` it stands until this
    task is cancelled. `out` None: a new folder that the summary names. Raises UsageError where `out` holds something
    else."""
    started = monotonic()
    folder = prepare(out)
    steps = _Steps(progress)
    steps.begin("starting the site")
    async with Site() as site, Receivers(folder.alerts) as receivers:
        settings = _set_up(folder, site, receivers)
        async with open_app(settings, screenshots=False) as app:  # they are made with the packet
            summary = await _job(app, folder, site, receivers, steps)
        summary = replace(summary, seconds=monotonic() - started)
        progress("done", 1.0)
        show(summary)
        if keep_serving:
            await asyncio.Event().wait()
    return summary


class _Steps:
    """Tells the progress: one step a photo, more a watch, and a few for the rest."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = 0
        self._total = 7 + len(list(ENROLLED.iterdir())) + 2 * WATCH_WEIGHT * len(Spot)

    def begin(self, text: str, weight: int = 1) -> None:
        self._progress(text, min(1.0, self._done / self._total))
        self._done += weight


def _set_up(folder: DemoFolder, site: Site, receivers: Receivers) -> Settings:
    folder.write(folder.watchlist, watchlist_text(site.content))
    key = folder.store_key.name
    result = set_up(
        SetUpRequest(
            config=folder.config,
            attestation=Attestation(Authority.SELF, utc_now()),
            plain_identity=folder.identity,
            store_key_file=folder.store_key,
            config_text=lambda recipient: config_text(receivers, site.content, recipient=recipient, store_key_file=key),
        ),
        environ={},
    )
    return result.settings


async def _job(app: App, folder: DemoFolder, site: Site, receivers: Receivers, steps: _Steps) -> DemoSummary:
    case = app.settings.case.id
    enrolment = await app.references.enroll(
        [ENROLLED], case=case, steps=FileSteps(on_file=lambda path: steps.begin(f"enrolling {path.stem}"))
    )
    loaded = load_watches(app.settings)
    for mistake in app.watches.mistakes(loaded):
        raise mistake
    first = await _watch_all(app, loaded.watches, steps, "watching")
    steps.begin("sending alerts")
    await app.flush_alerts()
    told, asked = len(receivers.files), len(site.hits)
    second = await _watch_all(app, loaded.watches, steps, "watching again")
    await app.flush_alerts()
    steps.begin("drafting notices")
    sightings = list(app.decisions.listed(case))
    drafted = app.drafts.draft(_one_a_watch(sightings), case=case, out=folder.drafts, statements=Statements())
    steps.begin("writing a packet", 2)
    chosen = _one_a_watch(sightings)[:IN_PACKET]
    wish = PacketWish(out=folder.packet, identity=folder.identity, with_images=True)
    exported = await app.packets.export(chosen, wish, case=case)
    steps.begin("checking the packet")
    means = Means(
        features=all("features" in enrolled.fingerprints for enrolled in enrolment.enrolled),
        browser=any(hit.path == "/app.js" for hit in site.hits),  # only a browser runs the page's script
    )
    return DemoSummary(
        folder=folder.root,
        config=folder.config,
        enrolled=len(enrolment.enrolled),
        shown=sum(map(len, pictures().values())),
        first=first,
        second=second,
        comparison=compare(sightings, site.content.shown, means),
        refetched=_refetched(site.hits, asked),
        alerts=tuple(receivers.files),
        alerts_second=len(receivers.files) - told,
        drafts=tuple(sorted(Path(report.file) for report in drafted.reports)),
        packet=MadePacket(
            exported.path,
            files=exported.files,
            faults=(*(file.left_out for file in exported.broken), *exported.facts.log.faults),
            checks=await asyncio.to_thread(check_packet, exported.path, folder.packet.with_suffix("")),
        ),
        seconds=0.0,
    )


async def _watch_all(app: App, watches: Sequence[Watch], steps: _Steps, doing: str) -> tuple[Run, ...]:
    runs = []
    for watch in watches:
        steps.begin(f"{doing}: {watch.name}", WATCH_WEIGHT)
        runs.append(await app.run_watch(watch))
    return tuple(runs)


def _one_a_watch(sightings: Sequence[Sighting]) -> tuple[str, ...]:
    """Enough to show what a draft looks like: each route of one find a site, not of all of them."""
    first: dict[str, str] = {}
    for sighting in sightings:
        if sighting.match.tier is Tier.MATCH:
            first.setdefault(sighting.watch, sighting.id)
    return tuple(first.values())


def _refetched(hits: Sequence[Hit], asked: int) -> int:
    """Pictures that were sent in full after the first `asked` requests although they had been sent in those."""
    sent = {(hit.address, hit.path) for hit in hits[:asked] if hit.is_picture and hit.status == 200}
    return sum(hit.is_picture and hit.status == 200 and (hit.address, hit.path) in sent for hit in hits[asked:])
