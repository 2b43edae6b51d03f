"""What registries said about hosts, and for which hosts they are to be asked.

What a registry says of a host is the same for everybody, and it is asked by the host's name alone: answers are of no
case. Which hosts a case has finds on is that case's: no case sees another's, and an answer stays only as long as some
case wants it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model.hosting import Hosting


@dataclass(frozen=True, slots=True)
class RegistryCopy:
    """What a registry answered, as its reader gave it (JSON). network: the first and the last address that it speaks
    for, None for anything but a network."""

    question: str  # the address that was asked
    text: str
    at: datetime
    network: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class NameAnswer:
    """Where a name leads. addresses: every A and AAAA that is public, IPv4 first. alias: the name that it is another
    word for (CNAME), '' where it is none or that is not known. why: why there are no addresses. retry: it may be known
    soon."""

    addresses: tuple[str, ...] = ()
    alias: str = ""
    why: str = ""
    retry: bool = False


class HostNaming(Protocol):
    async def look_up(self, host: str) -> NameAnswer:
        """Never raises for what the network does."""
        ...


class ContactList(Protocol):
    """Somebody else's list of who takes reports for an address, over DNS."""

    def question(self, address: str) -> str: ...
    async def ask(self, address: str) -> bytes:
        """The answer as it came, to be read by a reader; b"" where none came. Never raises for what the network
        does."""
        ...


class HostLookups(Protocol):
    def get(self, host: str) -> Hosting | None: ...
    def want(self, case: str, host: str, now: datetime) -> None:
        """It is asked about with the next round. Wanted already: nothing changes."""
        ...

    def wanted_by(self, case: str) -> Mapping[str, datetime]:
        """Hosts, and since when."""
        ...

    def no_more(self, case: str, hosts: Iterable[str]) -> None:
        """This case asks about them no longer; the answer goes with the last that did."""
        ...

    def wanted(self, now: datetime, limit: int) -> Sequence[str]:
        """Hosts that are to be asked about now: never asked about first, then those that wait longest."""
        ...

    def save(self, hosting: Hosting, ask_again_at: datetime) -> None:
        """Not kept where no case wants it any more."""
        ...

    def copy_of(self, question: str) -> RegistryCopy | None: ...
    def copy_for(self, address: str) -> RegistryCopy | None:
        """The copy of the smallest network that holds this address."""
        ...

    def keep_copy(self, copy: RegistryCopy) -> None: ...
    def forget_before(self, before: datetime) -> int:
        """Copies that were made before then."""
        ...

    def check(self, case: str, address: str, at: datetime) -> None:
        """The person read this address on the organisation's own page then."""
        ...

    def checks(self, case: str) -> Mapping[str, datetime]:
        """When, by address."""
        ...

    def keep_checks(self, case: str, addresses: Collection[str]) -> None:
        """Of these addresses alone."""
        ...

    def forget(self, case: str) -> None:
        """What this case wants and checked, and every copy: a copy may be about one of its hosts, and is soon had
        again."""
        ...
