"""What a request is made of, and what it is when it is made. `rendering.py` makes it; `sheets.py` lays it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.case import Authority
from monitor.model.ids import SightingId
from monitor.takedown.answering import FormField
from monitor.takedown.clocks import Deadline
from monitor.takedown.routing import Address, Route


class NameRule(StrEnum):
    """Whether the legal name of the person shown may stand in a draft."""

    AUTO = "auto"  # only where the desk requires it, and never where the uploader may see it
    ALLOW = "allow"  # the person said so, for this draft
    WITHHOLD = "withhold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """Who asks. name: legal name of the person shown. signature: typed by whoever signs: the person shown, or
    their representative. email: where answers go; best an address that does not hold the name. address, phone: for the
    laws that want them, and for no other draft. country: ISO code, where the person shown lives."""

    name: str = ""
    email: str = ""
    signature: str = ""
    role: Authority = Authority.SELF
    address: str = ""
    phone: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAt:
    """One find, as it was found at the site; made safe where it is printed. result_url: of the search result page that
    led there. is_gone: its page or picture was removed, so that only the search result is left. sha256: of the picture;
    '' unless the person adds it."""

    sighting: SightingId
    page_url: str
    first_seen: datetime
    image_url: str = ""
    account: str = ""
    result_url: str = ""
    is_gone: bool = False
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A request that was sent before, about the same finds. outcome: as the report's state is called. is_overdue: the
    time that the law or they themselves gave has run out. legal_basis: that it cited; '' for none."""

    channel: str  # its name
    sent_at: datetime
    legal_basis: str = ""
    number: str = ""
    outcome: str = ""
    is_overdue: bool = False

    @property
    def is_unmet(self) -> bool:
        """Refused, or its time is over."""
        return self.is_overdue or self.outcome == "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFacts:
    """What is known of the finds of one draft, and what the person has said about them.

    The statements are the person's own and are never assumed: adult (everybody shown was 18 or older when it was
    taken), authorised (the person shown, or acting with their authority), intimate (it is intimate imagery),
    not_consensual (published without consent), forged (made or changed by a computer, not a real picture),
    owns_copyright, asks_as_data_subject. circumstances: in the person's words, one paragraph, may be empty. earlier:
    what was sent before, the last one last. in_case, in_takedown: the sections of config.toml that hold name and
    signature of the finds' case.
    """

    finds: tuple[FoundAt, ...]
    claimant: Claimant
    adult: bool = False
    authorised: bool = False
    intimate: bool = False
    not_consensual: bool = False
    forged: bool = False
    owns_copyright: bool = False
    asks_as_data_subject: bool = False
    circumstances: str = ""
    earlier: tuple[Earlier, ...] = ()
    in_case: str = "[case]"
    in_takedown: str = "[takedown]"

    @property
    def sightings(self) -> tuple[SightingId, ...]:
        return tuple(dict.fromkeys(find.sighting for find in self.finds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A request, ready for the person to read, change and send. Everything in it is safe to print.

    to_send: what is meant for the desk, in `language`. fields: its form, in its order; a value of `IN_TEXT` is
    `to_send`. subject: of a mail. disclosures: what it gives away and to whom. cautions: what to know before sending.
    states: what the person states by sending it. All three in full sentences, for the person, in English. legal_basis:
    id, '' where no law is cited. name_shown: the legal name stands in it.
    """

    asked: Route
    sightings: tuple[SightingId, ...]
    language: str
    subject: str
    to_send: str
    fields: tuple[FormField, ...]
    disclosures: tuple[str, ...]
    cautions: tuple[str, ...]
    states: tuple[str, ...]
    address: Address
    legal_basis: str
    name_shown: bool

    @property
    def channel(self) -> str:
        """Its id."""
        return self.asked.channel.id

    @property
    def route(self) -> str:
        """Of the regime, its id."""
        return self.asked.regime.id

    @property
    def deadline(self) -> Deadline | None:
        return self.asked.deadline

    @property
    def deadline_source(self) -> str:
        return self.asked.deadline_source
