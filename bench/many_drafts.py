"""What it costs to draft for very many finds at once, and that no socket is opened for it.

`python -m bench.many_drafts [FINDS] [HOSTS]`: a case with so many finds on so many hosts, each host known to some
registry; `reports next`, and all its drafts in one sitting, by the real services on the real store. Memory is what the
process grew by at its highest; the audit hook would name each socket.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model.case import Attestation, Authority, Case
from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.ids import CaseId, SightingId, new_id
from monitor.model.match import Match, Method, Tier
from monitor.model.settings import CaseSettings, DatabaseSettings, Secret, Settings
from monitor.model.sighting import Place, Sighting, Status
from monitor.services.drafting import DraftService
from monitor.services.next_forms import NextFormService
from monitor.store.store import SqlStore, open_store
from monitor.takedown.channel_files import load_channels
from monitor.takedown.facts import NOTHING_SAID

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
CASE = CaseId("default")
FINDS, HOSTS = 1_000, 200


def settings(folder: Path) -> Settings:
    return Settings(
        path=None,
        data_dir=folder,
        watchlist_dir=folder,
        database=DatabaseSettings(key=Secret("0f" * 32)),
        case=CaseSettings(name="Jane Quirk", email="alias@mail.example", jurisdiction="DE"),
    )


def page_host(number: int) -> str:
    return f"forum{number}.example"


def contact(number: int) -> AbuseContact:
    part = HostPart.CDN if number % 3 == 0 else HostPart.HOST
    if part is HostPart.CDN:
        return AbuseContact(part, "Cloudflare, Inc.", "abuse@cloudflare.com", asked_at=NOW, desk="cloudflare_ncsei")
    name = f"small-host{number % 20}.example"
    return AbuseContact(part, name, f"abuse@{name}", source=f"https://rdap.example/ip/{number}", asked_at=NOW)


def fill(store: SqlStore, finds: int, hosts: int) -> None:
    store.cases.save(Case(CASE, "A Person", Attestation(Authority.SELF, NOW), NOW))
    with store.transaction():
        for number in range(hosts):
            host = page_host(number)
            store.hosting.want(CASE, host, NOW)
            known = Hosting(host, ("192.0.2.1",), host, (contact(number),), NOW)
            store.hosting.save(known, NOW + timedelta(days=30))
        for number in range(finds):
            host = page_host(number % hosts)
            at = NOW - timedelta(minutes=number + 1)
            store.sightings.save(
                Sighting(
                    id=SightingId(new_id(at)),
                    incident=f"incident{number % hosts}",
                    case=CASE,
                    watch=f"watch{number % 20}",
                    place=Place(f"https://{host}/t/{number}", f"https://{host}/i/{number}.jpg", f"account{number % 7}"),
                    match=Match(Tier.MATCH, 0.97, "same picture", "ref1", "label", Method.PDQ, 4),
                    status=Status.CONFIRMED,
                    first_seen=at,
                    last_seen=NOW,
                )
            )


def no_sockets() -> list[str]:
    """From now on the name of each event that opens, binds or looks something up."""
    seen: list[str] = []
    sys.addaudithook(lambda event, _: seen.append(event) if event.startswith("socket.") else None)
    return seen


@contextmanager
def timed(what: str) -> Iterator[None]:
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"| {what} | {time.process_time() - began:.2f} s of CPU | {grew:.0f} MiB more |")


def main(finds: int = FINDS, hosts: int = HOSTS) -> None:
    with tempfile.TemporaryDirectory() as name:
        chosen = settings(Path(name))
        store = open_store(chosen, new=True)
        fill(store, finds, hosts)
        channels = load_channels()
        drafts = DraftService(store, chosen, lambda: channels, lambda: NOW)
        service = NextFormService(drafts)
        sockets = no_sockets()
        with timed("reports next"):
            found = service.next(CASE)
        with timed("all of them drafted"):
            made = service.draft(CASE, out=None, statements=NOTHING_SAID)
        print(f"{found.open} finds, {len(found.forms)} forms, {len(made.reports)} drafts; sockets: {sockets or 'none'}")
        print(f"at its highest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
        for problem in made.problems:
            print(f"not drafted: {problem}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
