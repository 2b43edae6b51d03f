"""Who hosts the places of finds: what is known, and asking for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.errors import UsageError, no_such
from monitor.model.hosting import Hosting
from monitor.model.ids import CaseId, SightingId
from monitor.model.settings import Settings
from monitor.model.sighting import Sighting
from monitor.outbound.abusix import AbusixList
from monitor.pipeline import who_hosts
from monitor.pipeline.surviving import surviving
from monitor.pipeline.who_hosts import LookupParts
from monitor.ports import Fetcher, Reader, Store
from monitor.ports.hosting import HostNaming
from monitor.takedown.rdap.contacts import for_place

_IN_HAND = 500  # rows of a list


class NamingFetcher(Fetcher, Protocol):
    @property
    def names(self) -> HostNaming: ...


@dataclass(frozen=True, slots=True)
class HostOfFinds:
    """sightings: that show it, as page or as media. known: as it may be used for them; None: not asked yet."""

    host: str
    sightings: tuple[SightingId, ...]
    known: Hosting | None


@dataclass(frozen=True, slots=True)
class HostingService:
    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    ways: Callable[[], tuple[NamingFetcher, Reader]]  # opened when somebody is asked

    def known(self, names: Sequence[str], *, case: CaseId) -> tuple[HostOfFinds, ...]:
        """Of these sightings, or of all that may be reported. Asks nobody. Raises UsageError."""
        shown_by: dict[str, list[Sighting]] = {}
        for sighting in self._sightings(names, case):
            for host in who_hosts.reportable_hosts(sighting):
                shown_by.setdefault(host, []).append(sighting)
        return tuple(
            HostOfFinds(host, tuple(one.id for one in shown_by[host]), self._usable(host, shown_by[host]))
            for host in sorted(shown_by)
        )

    async def ask(self, names: Sequence[str], *, case: CaseId) -> tuple[HostOfFinds, ...]:
        """Asks registries now about what is not known yet, or is due. Raises UsageError where that is switched off."""
        if not self.settings.network.ask_registries:
            raise UsageError(
                "registries are not asked: [network] ask_registries is false",
                remedy="Set it to true, or look the place up yourself.",
            )
        wanted = self.known(names, case=case)
        now = self.clock()
        for one in wanted:
            self.store.hosting.want(case, one.host, now)
        due = set(self.store.hosting.wanted(now, len(wanted) + 1_000))
        asking = self._asking()
        if due & {one.host for one in wanted}:
            await who_hosts.renew_bootstrap(asking)
        for one in wanted:
            if one.host in due:
                await who_hosts.ask_about(one.host, asking)
        return self.known(names, case=case)

    async def ask_due(self) -> None:
        """What the daemon asks, for every case: as far as that is due."""
        if not self.settings.network.ask_registries:
            return
        for case in self.store.cases.all():
            with surviving("hosts"):
                who_hosts.want_of_late(self.store, case.id, self.clock())
        await who_hosts.ask_wanted(self._asking())

    def _asking(self) -> LookupParts:
        fetcher, reader = self.ways()
        network = self.settings.network
        contact_list = AbusixList() if network.ask_abusix and not network.proxy else None
        return LookupParts(self.store, fetcher, reader, fetcher.names, self.clock, contact_list)

    def _usable(self, host: str, sightings: Sequence[Sighting]) -> Hosting | None:
        known = self.store.hosting.get(host)
        return (
            for_place(known, {own for one in sightings for own in who_hosts.reportable_hosts(one)}) if known else None
        )

    def _sightings(self, names: Sequence[str], case: CaseId) -> Iterator[Sighting]:
        for name in names:
            sighting = self.store.sightings.get(case, name)
            if sighting is None:
                raise no_such("sighting", name, case, "sightings list")
            yield sighting
        after = ""
        while not names and (part := self.store.sightings.listed(case, limit=_IN_HAND, after=after)):
            yield from part
            after = part[-1].id
