"""What of a registry's answer may be used: plain functions over what a reader took from it.

No address is made up: each stands in an answer, but for a guess (`abuse@` at the organisation's own domain, which the
answer names), and a guess is marked as one. None is at the domain of the place itself: a report would go to whom it is
about. What is not used is told with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from monitor.hosts import host_of
from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.registry import RecordKind, RegistryDesk, RegistryRecord
from monitor.plain import plain
from monitor.takedown.channel import is_email, is_plain_https
from monitor.takedown.rdap.notices import is_nobody, said_against
from monitor.takedown.rdap.organisations import cdn_of, desk_of
from monitor.takedown.watched_site import WatchedSite, own_domain

_MAIL_FOR_ALL = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com aol.com gmx.net gmx.de web.de "
    "mail.ru yandex.ru yandex.com proton.me protonmail.com qq.com 163.com 126.com naver.com".split()
)
"""Where anybody has an address: `abuse@` there is not the organisation's."""
_REGISTRIES = frozenset(
    "arin.net ripe.net apnic.net lacnic.net afrinic.net nic.br registro.br iana.org icann.org".split()
)
_ROLES = frozenset(
    (
        "registrant",
        "technical",
        "administrative",
        "abuse",
        "billing",
        "registrar",
        "reseller",
        "sponsor",
        "proxy",
        "noc",
    )
)
_MAILTO = "mailto:"
_MOST_REASONS = 3
_OWN_DOMAIN = "is at the place's own domain"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one question. source: the address that answered. record None: nothing came, and `problem` says
    why."""

    source: str
    at: datetime
    record: RegistryRecord | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Pick:
    """What an answer gives: an address, or why there is none."""

    email: str = ""
    url: str = ""
    why: str = ""
    heard: Heard | None = None  # whose it is: the first that gives an address, else the first about the thing
    record: RegistryRecord | None = None  # None: nobody said anything about it
    desk: RegistryDesk | None = None

    @property
    def is_found(self) -> bool:
        return bool(self.email or self.url)


def network_contacts(
    told: Iterable[tuple[str, Sequence[Heard]]], *, place: Collection[str], leads_to: str = ""
) -> tuple[AbuseContact, ...]:
    """told: each address of a host with what was heard of its network, the last to be asked last. place: hosts of what
    is reported. leads_to: what the host's name is an alias of, '' where it is none."""
    site = WatchedSite.at(place)
    merged: dict[tuple[object, ...], AbuseContact] = {}
    for address, heard in told:
        contact = _of_network(address, heard, site, leads_to)
        key = (contact.part, contact.name, contact.email, contact.url, contact.why, contact.is_guess)
        known = merged.get(key)
        networks = (*(known.networks if known else ()), *contact.networks)
        merged[key] = replace(known or contact, networks=tuple(dict.fromkeys(networks)))
    found = tuple(merged.values())
    cdn = next((contact for contact in found if contact.part is HostPart.CDN), None)
    if cdn is None:
        return found
    return (*found, *_hidden_host(cdn, found))


def registrar_contact(heard: Sequence[Heard], *, place: Collection[str]) -> AbuseContact:
    """heard: of the registrable domain, from the registry first, then from where it sent on."""
    site = WatchedSite.at(place)
    found = _first_of(heard, RecordKind.DOMAIN, "name", site, _registrar_desks)
    every = (desk for one in heard if one.record for desk in one.record.desks)
    name = next((desk.name for desk in every if "registrar" in desk.roles), "")
    return _contact(HostPart.REGISTRAR, name, found)  # never a guess: ICANN has each of its registrars publish one


def _registrar_desks(record: RegistryRecord) -> Sequence[RegistryDesk]:
    """What stands in the owner's own entity is about whom the report would be."""
    under = [desk for desk in record.desks if _stands_in(desk, "registrar")]
    if any(desk.is_for_abuse for desk in under):
        return under
    return [desk for desk in record.desks if not _stands_in(desk, "registrant")]


def _stands_in(desk: RegistryDesk, role: str) -> bool:
    return role in desk.roles or any(role in roles.split("/") for roles in desk.within)


def for_place(hosting: Hosting, hosts: Collection[str]) -> Hosting:
    """As it may be used for a find that these hosts show (page and media): what one host's answer names may be the
    other's own."""
    site = WatchedSite.at(hosts)

    def kept(contact: AbuseContact) -> AbuseContact:
        if not site.has_email(contact.email) and not site.has_url(contact.url):
            return contact
        return replace(contact, email="", url="", is_guess=False, why=f"what is published {_OWN_DOMAIN}")

    return replace(hosting, contacts=tuple(kept(contact) for contact in hosting.contacts))


def taking_guess(hosting: Hosting, address: str) -> Hosting:
    """The person said yes to this one, for one draft. Every other stays what it is."""

    def asked(one: AbuseContact) -> AbuseContact:
        return replace(one, is_taken=True) if one.is_guess and one.email == address else one

    return replace(hosting, contacts=tuple(map(asked, hosting.contacts)))


# -- one network


def _of_network(address: str, heard: Sequence[Heard], site: WatchedSite, leads_to: str) -> AbuseContact:
    found = _first_of(heard, RecordKind.NETWORK, "network", site, lambda record: record.desks)
    network = next((one.record for one in heard if one.record and one.record.kind is RecordKind.NETWORK), None)
    called = (_holder(network), network.name) if network else ("", "")
    cdn = cdn_of(called, leads_to)
    contact = _contact(cdn.part if cdn else HostPart.HOST, called[0] or called[1], found)
    contact = replace(
        contact,
        networks=((_range(network) if network else "") or address,),
        desk=cdn.desk if cdn else contact.desk or desk_of(contact.part, called[1]),
    )
    return _or_guess(contact, found, site, ("registrant", "administrative", "technical", "noc"))


def _hidden_host(cdn: AbuseContact, found: Sequence[AbuseContact]) -> Iterator[AbuseContact]:
    if any(contact.part is HostPart.HOST for contact in found):
        return
    why = f"it stands behind {cdn.name or 'a CDN'}, and nobody publishes who serves it: the CDN can pass a report on"
    yield AbuseContact(HostPart.HOST, "", why=why, source=cdn.source, asked_at=cdn.asked_at)


def _holder(record: RegistryRecord) -> str:
    """The organisation that a network is registered to, as the answer has it outside of every other entity."""
    outer = [desk for desk in record.desks if not desk.within]
    for role in ("registrant", "sponsor", "administrative"):
        for desk in outer:
            if role in desk.roles and desk.name:
                return desk.name
    return ""


def _range(record: RegistryRecord) -> str:
    ends = f"{record.first} - {record.last}" if record.first and record.last else record.handle
    return plain(" ".join(filter(None, (ends, record.name))))[:200]


def _why_no_answer(record: RegistryRecord | None, about: str) -> str:
    match record.kind if record else None:
        case RecordKind.NOTHING:
            return f"the registry knows no such {about}"
        case RecordKind.UNREADABLE if record:
            return f"the answer cannot be read: {record.problem}"
        case _:
            return f"the answer is not about a {about}"


# -- what may be used


def _first_of(
    heard: Sequence[Heard],
    kind: RecordKind,
    about: str,
    site: WatchedSite,
    desks_of: Callable[[RegistryRecord], Sequence[RegistryDesk]],
) -> _Pick:
    reasons, best = list[str](), None
    for one in heard:
        if one.record is None or one.record.kind is not kind:
            reasons.append(one.problem or _why_no_answer(one.record, about))
            continue
        pick = replace(_picked(one.record, desks_of(one.record), site), heard=one, record=one.record)
        if pick.is_found:
            return pick
        reasons.append(pick.why)
        best = best or pick
    why = "; ".join(dict.fromkeys(filter(None, reasons))) or "no registry was asked"
    return replace(best or _Pick(heard=heard[-1] if heard else None), why=why)


def _picked(record: RegistryRecord, desks: Sequence[RegistryDesk], site: WatchedSite) -> _Pick:
    """The first that may be used: of the desk nearest to the object, its preferred one."""
    reasons = list[str]()
    for desk in (desk for desk in desks if desk.is_for_abuse):
        mailto = [url for url in desk.urls if url.lower().startswith(_MAILTO)]
        written = (*desk.emails, *(url[len(_MAILTO) :] for url in mailto))
        emails, refused = _sorted_out(written, desk, site, _why_no_email)
        urls, bad_urls = _sorted_out([url for url in desk.urls if url not in mailto], desk, site, _why_no_url)
        reasons += [*refused, *bad_urls]
        if emails or urls:
            return _Pick(emails[0] if emails else "", urls[0] if urls else "", _where(desk), desk=desk)
        if not desk.emails and not desk.urls:
            reasons.append(f"the desk for abuse{_called(desk)} has no address that can be read there")
    if record.redacted:
        reasons.append(f"the registry leaves out: {', '.join(map(_shown, record.redacted[:_MOST_REASONS]))}")
    if not any(desk.is_for_abuse for desk in desks):
        reasons.insert(0, "the answer names no desk for abuse")
    return _Pick(why="; ".join(list(dict.fromkeys(reasons))[:_MOST_REASONS]))


def _sorted_out(
    values: Iterable[str], desk: RegistryDesk, site: WatchedSite, why_not: _WhyNot
) -> tuple[list[str], list[str]]:
    good, refused = list[str](), list[str]()
    for value in values:
        if why := why_not(value, desk, site):
            refused.append(f"{_shown(value)} is not used: it {why}")
        else:
            good.append(value)
    return good, refused


class _WhyNot(Protocol):
    def __call__(self, value: str, desk: RegistryDesk, site: WatchedSite, /) -> str:
        """'' where nothing speaks against it."""
        ...


def _why_no_email(value: str, desk: RegistryDesk, site: WatchedSite) -> str:
    if value.count("@") > 1:
        return "holds several addresses, and which one is meant is not said"
    if not is_email(value):
        return "is no plain e-mail address"
    local = value.lower().partition("@")[0]
    if site.has_email(value):
        return _OWN_DOMAIN
    if is_nobody(local):
        return "is a mailbox that nobody reads, by its name"
    return _why_disused(desk)


def _why_no_url(value: str, desk: RegistryDesk, site: WatchedSite) -> str:
    if not is_plain_https(value):
        return "is no plain https address"
    if site.has_url(value):
        return _OWN_DOMAIN
    return _why_disused(desk)


def _why_disused(desk: RegistryDesk) -> str:
    said = said_against(f"{desk.remarks} {desk.name}")
    return f"stands beside a notice that says {said!r}" if said else ""


def _contact(part: HostPart, name: str, found: _Pick) -> AbuseContact:
    name = name or (found.desk.name if found.desk else "")
    return AbuseContact(
        part,
        plain(name),
        found.email,
        found.url,
        why=found.why,
        source=found.heard.source if found.heard else "",
        asked_at=found.heard.at if found.heard else None,
        desk=desk_of(part, name),
    )


def _where(desk: RegistryDesk) -> str:
    inside = [role for roles in desk.within for role in roles.split("/") if role in _ROLES]
    return f"named as the desk for abuse{f', inside the {inside[-1]}' if inside else ''}"


def _called(desk: RegistryDesk) -> str:
    return f" ({_shown(desk.name)})" if desk.name else ""


def _shown(value: str) -> str:
    """From outside, quoted: one line, no longer than an address is."""
    line = plain(value)
    return f'"{line[:80]}"' + ("..." if len(line) > 80 else "")


# -- guesses


def _guess(record: RegistryRecord, site: WatchedSite, roles: Collection[str]) -> str:
    """`abuse@` at the domain that the organisation itself gives in this answer; '' where there is none."""
    for desk in record.desks:
        if desk.is_for_abuse or not set(desk.roles) & set(roles):
            continue
        named = [email.rpartition("@")[2] for email in desk.emails if is_email(email)]
        named += [host_of(url) for url in desk.urls if is_plain_https(url)]
        for domain in (own_domain(host.lower()) for host in named):
            if not site.has(domain) and domain not in _MAIL_FOR_ALL and domain not in _REGISTRIES and "." in domain:
                return f"abuse@{domain}"
    return ""


def _or_guess(contact: AbuseContact, found: _Pick, site: WatchedSite, roles: Collection[str]) -> AbuseContact:
    email = _guess(found.record, site, roles) if found.record and not found.is_found else ""
    if not email:
        return contact
    why = f"a guess at the organisation's own domain, for none is published: {contact.why}"
    return replace(contact, email=email, url="", is_guess=True, why=why)
