"""Who hosts the places of finds: what is known, and asking for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.acting import acting_for
from monitor.errors import UsageError
from monitor.model.hosting import Hosting
from monitor.model.ids import CaseId, SightingId
from monitor.model.settings import Settings
from monitor.model.sighting import Sighting
from monitor.pipeline import who_hosts
from monitor.pipeline.surviving import surviving
from monitor.pipeline.who_hosts import LookupParts
from monitor.plain import plain
from monitor.ports import Fetcher, Reader, Store
from monitor.ports.hosting import ContactList, HostNaming
from monitor.services.named_find import find_named
from monitor.takedown.channel import is_email, is_plain_https
from monitor.takedown.checked_contacts import as_kept, with_checks
from monitor.takedown.rdap.contacts import for_place
from monitor.takedown.watched_site import WatchedSite

_IN_HAND = 500  # rows of a list
_LIST_PAST_PROXY = "Abusix's list is not asked, for that would go past the proxy"


class NamingFetcher(Fetcher, Protocol):
    @property
    def names(self) -> HostNaming: ...
    @property
    def contact_list(self) -> ContactList: ...


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
        checks = self.store.hosting.checks(case)
        return tuple(
            HostOfFinds(host, tuple(one.id for one in shown_by[host]), self._usable(host, shown_by[host], checks))
            for host in sorted(shown_by)
        )

    def confirm(
        self, name: str, *, case: CaseId, email: str = "", url: str = "", takes_guess: bool = False
    ) -> HostOfFinds:
        """The person read these addresses on the organisation's own page, today: they are relied on for this case from
        now on. name: a host of its finds. Only what a registry named; a guess with `takes_guess` alone; never at the
        domain of a place. Raises UsageError."""
        one = next((one for one in self.known((), case=case) if one.host == name.strip().rstrip(".").lower()), None)
        if one is None:
            raise UsageError(f"no find of yours is on {plain(name, 200)}", remedy="`reports hosts` shows them.")
        if not email and not url:
            raise UsageError(
                "it was not said which address you read",
                remedy="Name it: --email abuse@a.example, or --url https://...",
            )
        site = WatchedSite.at(host for id_ in one.sightings for host in self._hosts_of(case, id_))
        addresses = [address for address in (email, url) if address]
        for address in addresses:
            _refuse(address, one, site, takes_guess=takes_guess)
        with self.store.transaction():
            for address in addresses:
                self.store.hosting.check(case, as_kept(address), self.clock())
                self.store.dead_addresses.revive(address)  # what once came back from there is past
        return next(found for found in self.known(one.sightings, case=case) if found.host == one.host)

    def _hosts_of(self, case: CaseId, sighting: SightingId) -> Sequence[str]:
        found = self.store.sightings.get(case, sighting)
        return who_hosts.reportable_hosts(found) if found else ()

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
            with surviving("hosts"), acting_for(case.id):
                # Beside the loop: among thousands of finds it takes seconds.
                await asyncio.to_thread(who_hosts.want_of_late, self.store, case.id, self.clock())
        await who_hosts.ask_wanted(self._asking())

    def _asking(self) -> LookupParts:
        fetcher, reader = self.ways()
        network = self.settings.network
        contact_list = fetcher.contact_list if network.ask_abusix and not network.proxy else None
        why_no_list = _LIST_PAST_PROXY if network.ask_abusix and network.proxy else ""
        return LookupParts(self.store, fetcher, reader, fetcher.names, self.clock, contact_list, why_no_list)

    def _usable(self, host: str, sightings: Sequence[Sighting], checks: Mapping[str, datetime]) -> Hosting | None:
        known = self.store.hosting.get(host)
        if known is None:
            return None
        place = {own for one in sightings for own in who_hosts.reportable_hosts(one)}
        return for_place(with_checks(known, checks), place)

    def _sightings(self, names: Sequence[str], case: CaseId) -> Iterator[Sighting]:
        for name in names:
            yield find_named(name, case=case, store=self.store)
        after = ""
        while not names and (part := self.store.sightings.listed(case, limit=_IN_HAND, after=after)):
            yield from part
            after = part[-1].id


def _refuse(address: str, one: HostOfFinds, site: WatchedSite, *, takes_guess: bool) -> None:
    """Raises UsageError for an address that cannot be confirmed for this host."""
    if not is_email(address) and not is_plain_https(address):
        raise UsageError(
            f"{plain(address, 200)} is neither an e-mail address nor a plain https address",
            remedy="For example abuse@a.example, or https://a.example/report.",
        )
    if site.has_email(address) if is_email(address) else site.has_url(address):
        raise UsageError(
            f"{address} is at the domain of the site itself: a report would go to whom it is about",
            remedy="Use the site's own report link if you mean the site.",
        )
    if one.known is None:
        raise UsageError(
            f"who serves {one.host} was not asked yet",
            remedy="Ask the registries: reupload-monitor reports hosts --ask",
        )
    named = [contact for contact in one.known.contacts if as_kept(address) in (as_kept(contact.email), contact.url)]
    if not named:
        known = sorted({text for contact in one.known.contacts for text in (contact.email, contact.url) if text})
        raise UsageError(
            f"no registry names {address} for {one.host}",
            remedy=f"It names {', '.join(known)}." if known else "`reports hosts` shows what is known of it.",
        )
    desk = next((contact.desk for contact in named if contact.desk), "")
    if desk:
        raise UsageError(
            f"this organisation has a report channel of its own, {desk}, which goes before what a registry names",
            remedy=f"Confirm that one: reupload-monitor reports channels confirm {desk}",
        )
    if any(contact.is_guess for contact in named) and not takes_guess:
        raise UsageError(
            f"{address} is a guess: nobody publishes it",
            remedy="If you read it on the organisation's own page, say so: --guess. Else leave it.",
        )
