"""Who serves a host's content and who gave out its name, as registries say (RDAP), and where each takes reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class HostPart(StrEnum):
    """What somebody is to a host. A CDN passes on what another machine serves: it is never called the host."""

    HOST = "host"  # runs the network that the host's addresses are in
    CDN = "cdn"
    REGISTRAR = "registrar"


@dataclass(frozen=True, slots=True)
class AbuseContact:
    """Where one of them takes reports; `email` and `url` both empty: none is published, and `why` says what was found.

    name: the organisation, as the registry has it; '' where that is not known. why: where in the answer it stood, or
    why there is none, in plain words. source: the address that was asked; '' where nobody was asked. is_guess: nobody
    publishes this address (`abuse@` at the organisation's own domain): offered after a yes alone; is_taken: the person
    said it, for one draft (never kept). checked_on: the person read the address on the organisation's own page that day
    (kept for her case alone, never with the answer). networks: of a host or a CDN, the networks that it was found for,
    as ranges with their names. desk: the id of the organisation's own report channel, '' where none is known: it goes
    before what the registry names.

    Email and URL come from outside: plain ASCII, without blanks, at most 254 and 2,000 signs."""

    part: HostPart
    name: str
    email: str = ""
    url: str = ""
    is_guess: bool = False
    why: str = ""
    source: str = ""
    asked_at: datetime | None = None
    networks: tuple[str, ...] = ()
    desk: str = ""
    is_taken: bool = False
    checked_on: date | None = None

    @property
    def is_published(self) -> bool:
        """There is an address, and it stood in an answer."""
        return bool(self.email or self.url) and not self.is_guess

    @property
    def may_be_used(self) -> bool:
        return bool(self.email or self.url) and (not self.is_guess or self.is_taken)


@dataclass(frozen=True, slots=True)
class Hosting:
    """What was found out about one host. addresses: every A and AAAA, IPv4 first; () where they are not known. domain:
    its registrable domain, for which the registrar answers; '' for a host that is a number. contacts: hosts, CDNs, then
    the registrar; one for each network and part at least. asked_at: when the last question was answered. waiting: why
    something is still to be asked ('' where nothing is), for example that this machine is offline."""

    host: str
    addresses: tuple[str, ...]
    domain: str
    contacts: tuple[AbuseContact, ...]
    asked_at: datetime
    waiting: str = ""

    def of(self, part: HostPart) -> tuple[AbuseContact, ...]:
        return tuple(contact for contact in self.contacts if contact.part is part)

    @property
    def is_behind_cdn(self) -> bool:
        """Who really serves it is not known then: the CDN passes a report on."""
        return bool(self.of(HostPart.CDN))
