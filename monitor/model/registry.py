"""What a registry says of a network or a name (RDAP, RFC 9083), as a reader took it from the answer. Everything in it
came from outside: whether an address may be used is decided later (`takedown.rdap.contacts`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_DESKS = 100
MAX_DESK_VALUES = 20  # addresses of one desk, links of one answer
MAX_VALUE_CHARS = 500  # longer is no address: it is left out whole, never cut
MAX_REMARK_CHARS = 2_000
MAX_SERVERS = 20_000  # of a bootstrap file: the largest has 1,200 endings


class RecordKind(StrEnum):
    NETWORK = "network"
    DOMAIN = "domain"
    NOTHING = "nothing"  # an error object: the registry knows no such thing
    OTHER = "other"  # JSON, but no answer to what was asked
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class RegistryDesk:
    """An entity of an answer. roles: its own, small letters. within: the roles of the entities that it stands in, the
    outermost first, joined with `/`. emails: the preferred first, as written. urls: contact addresses, likewise.
    left_out: values that were no text or too long. remarks: what the answer says about it."""

    roles: tuple[str, ...]
    name: str = ""
    within: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    left_out: int = 0
    remarks: str = ""

    @property
    def is_for_abuse(self) -> bool:
        return "abuse" in self.roles


@dataclass(frozen=True, slots=True)
class RegistryRecord:
    """first, last: of a network, '' where not told. links: addresses of further RDAP answers about the same thing.
    redacted: what the answer says that it leaves out (RFC 9537). problem: of what could not be read, in plain words."""

    kind: RecordKind
    handle: str = ""
    name: str = ""
    first: str = ""
    last: str = ""
    desks: tuple[RegistryDesk, ...] = ()
    links: tuple[str, ...] = ()
    redacted: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RdapServers:
    """Which server answers for what: one of IANA's bootstrap files (RFC 9224). servers: endings of names, or prefixes
    of addresses, each with the https address that stands first. published: as the file says, ISO text."""

    published: str
    servers: tuple[tuple[str, str], ...]
