"""LookupParts registries who hosts the places of finds: politely, through the one way out, parsed by a reader.

What is not answered now is asked for again by the daemon: nothing is lost by being offline, or by a registry that wants
to be left alone for an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address

from pydantic import TypeAdapter

from monitor.domains import registrable_domain
from monitor.hosts import host_of
from monitor.model.hosting import Hosting
from monitor.model.ids import CaseId
from monitor.model.match import Tier
from monitor.model.page import Fetched, OutcomeKind, Purpose, Request
from monitor.model.registry import RdapServers, RecordKind, RegistryRecord
from monitor.model.sighting import HER_WORD, Sighting, Status
from monitor.pipeline.surviving import surviving
from monitor.ports import Fetcher, Reader, Store
from monitor.ports.hosting import ContactList, HostNaming, RegistryCopy
from monitor.takedown.checked_contacts import as_kept
from monitor.takedown.rdap.bootstrap import BOOTSTRAP_URLS, Bootstrap, bootstrap_of
from monitor.takedown.rdap.contacts import Heard, network_contacts, registrar_contact

ANSWERS_STAY = timedelta(days=14)  # networks change hands; contacts change with them
BOOTSTRAP_STAYS = timedelta(days=30)
MAX_REFERRALS = 4
MAX_ADDRESSES = 8  # of one host: a name that rests on more is spread over the same few networks
_MAX_ANSWER_BYTES = 1024 * 1024
LATELY = timedelta(hours=1)  # several rounds of the daemon
HOSTS_AT_ONCE = 20  # hosts in one round

_ACCEPT = "application/rdap+json"
_HOURS = timedelta(hours=6)
_RETRY: dict[OutcomeKind, timedelta] = {
    OutcomeKind.OFFLINE: timedelta(minutes=15),
    OutcomeKind.PART: timedelta(minutes=15),
    OutcomeKind.RATE_LIMITED: timedelta(hours=1),
    **dict.fromkeys((OutcomeKind.SERVER_ERROR, OutcomeKind.TIMEOUT, OutcomeKind.CONNECTION, OutcomeKind.DNS), _HOURS),
}
_RETRY_ELSE = timedelta(days=3)  # it refuses, or cannot prove who it is: that does not end in an hour
_HEARD: TypeAdapter[tuple[Heard, ...]] = TypeAdapter(tuple[Heard, ...])
_SERVERS: TypeAdapter[RdapServers] = TypeAdapter(RdapServers)


@dataclass(frozen=True, slots=True)
class LookupParts:
    """What it takes to ask."""

    store: Store
    fetcher: Fetcher
    reader: Reader
    names: HostNaming
    clock: Callable[[], datetime]
    contact_list: ContactList | None = None  # None: not switched on, or it would be asked past a proxy
    why_no_list: str = ""  # of one that is switched on


@dataclass(slots=True)
class _Waiting:
    """What could not be asked, and when it may be."""

    why: list[str] = field(default_factory=list)
    until: datetime | None = None

    def note(self, why: str, until: datetime) -> None:
        if why not in self.why:
            self.why.append(why)
        self.until = until if self.until is None else max(self.until, until)


def reportable_hosts(sighting: Sighting) -> tuple[str, ...]:
    """Of the page and of the media, each once; () for what no report is made of."""
    if sighting.under_18 or sighting.is_hearsay or sighting.status in (Status.DISMISSED, Status.REMOVED):
        return ()
    if sighting.match.tier is Tier.POSSIBLE and sighting.status not in HER_WORD:
        return ()
    place = sighting.place
    return tuple(dict.fromkeys(filter(_is_public, (host_of(place.page_url), host_of(place.image_url)))))


def _is_public(host: str) -> bool:
    """Not one that only the person's own network knows."""
    try:
        return ip_address(host.strip("[]")).is_global
    except ValueError:
        return "." in host


def want_hosts(sighting: Sighting, store: Store, now: datetime) -> None:
    for host in reportable_hosts(sighting):
        store.hosting.want(sighting.case, host, now)


def want_of_late(store: Store, case: CaseId, now: datetime) -> None:
    """Of finds that were lately seen: the whole case is settled once a day."""
    for sighting in store.sightings.touched_since(case, now - LATELY):
        want_hosts(sighting, store, now)


def settle_wants(store: Store, case: CaseId, now: datetime) -> None:
    """What this case wants to know is what its finds are on: no more, no less."""
    hosts = {host for sighting in _open(store, case) for host in reportable_hosts(sighting)}
    wanted = store.hosting.wanted_by(case)
    for host in sorted(hosts - wanted.keys()):
        store.hosting.want(case, host, now)
    if gone := sorted(wanted.keys() - hosts):
        store.hosting.no_more(case, gone)
    if store.hosting.checks(case):
        known = (store.hosting.get(host) for host in hosts)
        named = (contact for one in known if one for contact in one.contacts)
        store.hosting.keep_checks(case, {as_kept(text) for one in named for text in (one.email, one.url)})


def _open(store: Store, case: CaseId) -> Iterator[Sighting]:
    after = ""
    statuses = [status for status in Status if status not in (Status.DISMISSED, Status.REMOVED)]
    while part := store.sightings.listed(case, limit=500, after=after, statuses=statuses):
        yield from part
        after = part[-1].id


async def ask_wanted(parts: LookupParts, *, limit: int = HOSTS_AT_ONCE) -> int:
    """Those that are due, for every case together. Returns how many were asked about."""
    hosts = parts.store.hosting.wanted(parts.clock(), limit)
    if hosts:
        await renew_bootstrap(parts)
    for host in hosts:
        with surviving("hosts"):
            await ask_about(host, parts)
    return len(hosts)


async def ask_about(host: str, parts: LookupParts) -> Hosting:
    """One host: where its name leads, whose networks those are, and who gave out its name. Kept where it is wanted."""
    now, waiting = parts.clock(), _Waiting()
    bootstrap = bootstrap_of(_renewed(parts.store))
    named = await parts.names.look_up(host)
    if named.retry:
        waiting.note(f"its networks: {named.why}", now + _RETRY[OutcomeKind.OFFLINE])
    told = [
        (address, await _of_network(address, bootstrap, parts, waiting)) for address in named.addresses[:MAX_ADDRESSES]
    ]
    if not told and not named.retry:
        told = [("", [Heard("", now, problem=named.why)])]
    contacts = list(network_contacts(told, place=(host,), leads_to=named.alias))
    domain = "" if _is_number(host) else registrable_domain(host)
    if domain:
        contacts.append(registrar_contact(await _of_domain(domain, bootstrap, parts, waiting), place=(host,)))
    known = parts.store.hosting.get(host)
    if waiting.until is not None and known is not None and not known.waiting:
        contacts = list(known.contacts)  # what was known stays until there is something newer
    found = Hosting(host, named.addresses, domain, tuple(contacts), now, "; ".join(waiting.why))
    parts.store.hosting.save(found, waiting.until or now + ANSWERS_STAY)
    return found


async def _of_network(address: str, bootstrap: Bootstrap, parts: LookupParts, waiting: _Waiting) -> Sequence[Heard]:
    question = bootstrap.about_address(address)
    if not question:
        return [Heard("", parts.clock(), problem="no registry answers for its address")]
    kept = parts.store.hosting.copy_for(address) or parts.store.hosting.copy_of(question)
    if kept is not None and _is_fresh(kept, parts.clock()):
        heard: Sequence[Heard] = _HEARD.validate_json(kept.text)
    else:
        heard = await _asked(question, address, parts, waiting, lambda heard: _has_network_desk(address, heard))
    if not (parts.contact_list or parts.why_no_list) or _has_network_desk(address, heard):
        return heard
    if parts.contact_list is None:
        return [*heard, Heard("", parts.clock(), problem=parts.why_no_list)]
    return [*heard, *await _listed(address, parts.contact_list, parts)]


async def _listed(address: str, contact_list: ContactList, parts: LookupParts) -> Sequence[Heard]:
    """What a third party lists, where the registry names no desk."""
    answer, source = await contact_list.ask(address), f"dns:{contact_list.question(address)}"
    if not answer:
        return [Heard(source, parts.clock(), problem="the list of contacts did not answer")]
    return [Heard(source, parts.clock(), await parts.reader.registry(answer, is_dns=True))]


async def _of_domain(domain: str, bootstrap: Bootstrap, parts: LookupParts, waiting: _Waiting) -> Sequence[Heard]:
    question = bootstrap.about_domain(domain)
    if not question:
        why = f"no registry of .{domain.rpartition('.')[2]} answers such questions (RDAP)"
        return [Heard("", parts.clock(), problem=why)]
    kept = parts.store.hosting.copy_of(question)
    if kept is not None and _is_fresh(kept, parts.clock()):
        return _HEARD.validate_json(kept.text)
    return await _asked(question, "", parts, waiting, lambda heard: _has_registrar_desk(domain, heard))


def _has_network_desk(address: str, heard: Sequence[Heard]) -> bool:
    return any(contact.is_published for contact in network_contacts([(address, heard)], place=()))


def _has_registrar_desk(domain: str, heard: Sequence[Heard]) -> bool:
    return registrar_contact(heard, place=(domain,)).is_published


async def _asked(
    question: str, address: str, parts: LookupParts, waiting: _Waiting, is_enough: Callable[[Sequence[Heard]], bool]
) -> Sequence[Heard]:
    """Follows referrals until somebody names a desk: MAX_REFERRALS of them, and no server twice."""
    heard, servers, ahead, asked_all = list[Heard](), set[str](), [question], True
    sent_on = 0
    while ahead and sent_on <= MAX_REFERRALS:
        url = ahead.pop(0)
        if host_of(url) in servers:
            continue
        fetched = await parts.fetcher.fetch(
            Request(url, Purpose.API, _ACCEPT, max_bytes=_MAX_ANSWER_BYTES, max_hops=MAX_REFERRALS - sent_on)
        )
        sent_on += len(fetched.redirects) + 1
        servers |= {host_of(passed) for passed in (url, *fetched.redirects, fetched.url)}
        one = await _heard(fetched, parts, waiting)
        asked_all = asked_all and one.record is not None
        heard.append(one)
        if is_enough(heard):
            break
        ahead += [link for link in (one.record.links if one.record else ()) if link.startswith("https://")]
    if asked_all:
        parts.store.hosting.keep_copy(_copy(question, address, heard, parts.clock()))
    return heard


async def _heard(fetched: Fetched, parts: LookupParts, waiting: _Waiting) -> Heard:
    outcome, now = fetched.outcome, parts.clock()
    match outcome.kind:
        case OutcomeKind.OK:
            return Heard(fetched.url, now, await parts.reader.registry(fetched.body))
        case OutcomeKind.GONE:
            return Heard(fetched.url, now, RegistryRecord(RecordKind.NOTHING))
        case _:
            wait = timedelta(seconds=outcome.retry_after_s) if outcome.retry_after_s is not None else None
            until = now + (wait or _RETRY.get(outcome.kind, _RETRY_ELSE))
            waiting.note(f"{host_of(fetched.url)}: {outcome.message}", until)
            return Heard(fetched.url, now, problem=outcome.message)


def _copy(question: str, address: str, heard: Sequence[Heard], now: datetime) -> RegistryCopy:
    text = _HEARD.dump_json(tuple(heard)).decode("utf-8")
    networks = (_network(address, one.record) for one in heard if address and one.record)
    return RegistryCopy(question, text, now, next((network for network in networks if network), None))


def _network(address: str, record: RegistryRecord) -> tuple[str, str] | None:
    """None where the answer does not say, or says what cannot be."""
    try:
        first, last, asked = ip_address(record.first), ip_address(record.last), ip_address(address)
    except ValueError:
        return None
    is_one = first.version == last.version == asked.version and int(first) <= int(asked) <= int(last)
    return (str(first), str(last)) if is_one else None


def _is_fresh(copy: RegistryCopy, now: datetime) -> bool:
    return now - ANSWERS_STAY < copy.at <= now + timedelta(days=1)


def _is_number(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


# -- which registry answers for what


async def renew_bootstrap(parts: LookupParts) -> None:
    """IANA's files, each once a month. What cannot be had stays as it was."""
    for url in BOOTSTRAP_URLS.values():
        kept = parts.store.hosting.copy_of(url)
        if kept is not None and parts.clock() - kept.at < BOOTSTRAP_STAYS:
            continue
        fetched = await parts.fetcher.fetch(Request(url, Purpose.API, "application/json", max_bytes=_MAX_ANSWER_BYTES))
        found = await parts.reader.servers(fetched.body) if fetched.outcome.kind is OutcomeKind.OK else None
        text = _SERVERS.dump_json(found).decode("utf-8") if found else (kept.text if kept else "")
        tried = parts.clock() if found else parts.clock() - BOOTSTRAP_STAYS + timedelta(days=1)  # again tomorrow
        parts.store.hosting.keep_copy(RegistryCopy(url, text, tried))


def _renewed(store: Store) -> dict[str, RdapServers]:
    kept = {name: store.hosting.copy_of(url) for name, url in BOOTSTRAP_URLS.items()}
    return {name: _SERVERS.validate_json(copy.text) for name, copy in kept.items() if copy is not None and copy.text}
