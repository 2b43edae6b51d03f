"""A place that takes reports, and what a law asks: the values. `channel_files.py` reads them from
`channels/*.toml`.

An address is only ever read from that data. A channel without one has none that we know of, and none is made
up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from urllib.parse import urlsplit

from monitor.errors import UsageError
from monitor.takedown.clocks import Deadline
from monitor.takedown.fields import Asks

STALE_DAYS = 180  # a copy of an address older than this is flagged: forms move


class ChannelKind(StrEnum):
    PLATFORM = "platform"
    SEARCH = "search"
    HOST = "host"
    CDN = "cdn"
    REGISTRAR = "registrar"
    HASH_SERVICE = "hash_service"
    REGULATOR = "regulator"
    POLICE = "law_enforcement"
    HELPLINE = "helpline"


class Confidence(StrEnum):
    VERIFIED = "verified"  # read in the organisation's own text, or in a dated capture that quotes it
    UNVERIFIED = "unverified"  # a third party's mention, or general knowledge


class ChannelMethod(StrEnum):
    """How a report gets there."""

    FORM = "form"
    MAIL = "mail"
    IN_APP = "in_app"  # from the post's own menu, or the site's own report link
    PHONE = "phone"
    LOOKUP = "lookup"  # no desk: an answer of a registry or of DNS says who it is


class FieldKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"  # one of several
    URLS = "urls"  # a list of addresses
    TICK = "tick"  # a box


class UploaderMaySee(StrEnum):
    """Whether who posted the picture may learn what the report says."""

    NO = "no"  # the desk says that it does not pass it on
    UNKNOWN = "unknown"
    YES = "yes"


EVIDENCE = frozenset(
    {
        "primary",
        "primary_policy_only",
        "dated_capture",
        "mirror",
        "secondary",
        "secondary_multiple",
        "general",
        "none",
        "own_check",  # for channels.d: the user looked
    }
)


class OfferedAs(StrEnum):
    """How far an address may be relied on."""

    SEND_HERE = "send here"
    CHECK_FIRST = "check first"
    OWN_LINK = "the site's own report link"  # no address that may be shown as one


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form, in the place that it has there.

    verified: that the form asks for this was read in the receiver's own text or interface, and `label` keeps to its
    words; else it is this project's working label for what the law or the desk wants. answers: what answers it.
    limit: characters of a text, or addresses of a list, where the form says. value: of a choice or a tick, what to
    choose; '' = `answers` says. api_name: what the receiver's own program interface calls it.
    """

    label: str
    answers: Asks
    kind: FieldKind = FieldKind.TEXT
    verified: bool = False
    required: bool = True
    limit: int | None = None
    value: str = ""
    api_name: str = ""

    def __post_init__(self) -> None:
        if not self.label:
            raise ValueError("a field has a label")
        if self.limit is not None and self.limit < 1:
            raise ValueError("limit is at least 1")
        if self.answers is Asks.FIXED and not self.value:
            raise ValueError(f"field {self.label!r} is answered by its value, and has none")
        if self.value and self.kind not in (FieldKind.CHOICE, FieldKind.TICK):
            raise ValueError(f"field {self.label!r}: a value is of a choice or a tick")


@dataclass(frozen=True, slots=True, kw_only=True)
class PassesOn:
    """What the receiver hands on of a report, to whom, and where that was read."""

    what: str
    to: str
    source: str

    def __post_init__(self) -> None:
        if not self.what or not self.to or not self.source:
            raise ValueError("what is passed on, to whom, and where that was read: all three are needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherAddress:
    """A second address of the same desk, read in the same source, and what it is for."""

    url: str
    what: str

    def __post_init__(self) -> None:
        if not is_plain_https(self.url) or not self.what:
            raise ValueError(f"{self.url!r} is not a plain https address, or lacks what it is for")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One desk that takes reports. Empty text and empty tuples mean: not known, or none.

    hosts: host names whose content this desk answers for, themselves and everything below them; `*` = any. software: of
    servers that anybody may run, each with an operator of its own: the kind of watch (`Kind`) for what runs there.
    jurisdictions: ISO country codes, `UK`, `EU`, `CA-BC`, `LATAM`, or `GLOBAL`. category: what to choose in the form.
    fields: in the order of the form. switches: what to set in the form beside the fields, (name, value) pairs.
    asks_for_media: it wants the picture or screenshots of it; no draft holds any, and the person is told.
    publishes_complaints: known to show in public who complained; no route leads there by itself.
    deadline: by law, in the jurisdiction of `legal_basis`; promise: what the desk itself says.
    source_copy_date: as found, sometimes only a year or `undated`. lookup: the request, of a channel that is one.
    phone, representative_allowed, anonymous, image_hash, video_hash: as read there, kept with its source.
    """

    id: str
    name: str
    kind: ChannelKind
    category: str
    jurisdictions: tuple[str, ...]
    source: str
    confidence: Confidence
    evidence: str
    hosts: tuple[str, ...] = ()
    software: str = ""
    url: str = ""
    also: tuple[FurtherAddress, ...] = ()
    email: str = ""
    email_confidence: Confidence | None = None
    phone: str = ""
    phone_confidence: Confidence | None = None
    method: ChannelMethod = ChannelMethod.FORM
    fields: tuple[Field, ...] = ()
    switches: tuple[tuple[str, str], ...] = ()
    passes_on: tuple[PassesOn, ...] = ()
    asks_for_media: bool = False
    publishes_complaints: bool = False
    urls_max: int | None = None
    urls_unit: str = ""
    same_hostname: bool | None = None
    account_needed: bool | None = None
    representative_allowed: bool | None = None
    anonymous: bool | None = None
    image_hash: str = ""
    video_hash: str = ""
    lookup: str = ""
    uploader_may_see: UploaderMaySee = UploaderMaySee.UNKNOWN
    deadline: Deadline | None = None
    promise: Deadline | None = None
    legal_basis: tuple[str, ...] = ()
    source_copy_date: str = ""
    notes: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", self.id):
            raise ValueError(f"id {self.id!r}: small letters, digits and _ only, 2 to 40 of them")
        if not self.name or not self.category or not self.source or not self.jurisdictions:
            raise ValueError("name, category, source and jurisdictions cannot be empty")
        for host in self.hosts:
            if host != "*" and not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host):
                raise ValueError(f"hosts: {host!r} is not a host name in small letters")
        if self.url and not is_plain_https(self.url):
            raise ValueError(f"url {self.url!r} is not a plain https address")
        if self.email and not is_email(self.email):
            raise ValueError(f"email {self.email!r} is not an e-mail address")
        if bool(self.email) != (self.email_confidence is not None):
            raise ValueError("email and email_confidence go together")
        if bool(self.phone) != (self.phone_confidence is not None):
            raise ValueError("phone and phone_confidence go together")
        if self.evidence not in EVIDENCE:
            raise ValueError(f"evidence {self.evidence!r} is none of {', '.join(sorted(EVIDENCE))}")
        if self.urls_max is not None and self.urls_max < 1:
            raise ValueError("urls_max is at least 1")
        if bool(self.lookup) and self.method is not ChannelMethod.LOOKUP:
            raise ValueError("lookup is of a channel whose method is lookup")

    @property
    def uploader_may_read(self) -> bool:
        """Treat what is written there as read by whoever posted it. Where nothing is known the worst is taken for
        granted of a desk that nobody checked, and of every host, CDN and registrar: most of them pass the text on to
        their customer."""
        if self.uploader_may_see is UploaderMaySee.UNKNOWN:
            passes = self.kind in (ChannelKind.HOST, ChannelKind.CDN, ChannelKind.REGISTRAR)
            return passes or self.confidence is Confidence.UNVERIFIED
        return self.uploader_may_see is UploaderMaySee.YES

    def asks(self, what: Asks) -> bool:
        """Some field is answered by it."""
        return any(field.answers is what for field in self.fields)

    @property
    def address_is_checked(self) -> bool:
        """The web address was read in the organisation's own text or in a dated capture of it."""
        return bool(self.url) and self.confidence is Confidence.VERIFIED

    @property
    def copied_on(self) -> date | None:
        """The earliest day that `source_copy_date` allows (a bare year is its first day); None where
        undated, whatever else of it has a date."""
        return _day_in(self.source_copy_date)

    def is_stale(self, today: date) -> bool:
        """The copy that the address was read in is undated, or older than 180 days."""
        return self.copied_on is None or (today - self.copied_on).days > STALE_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis:
    """What a law asks of a notice and of its addressee. deadline None: the law names no number of hours or days. is_law
    false: a bill that guides cite as law; here so that no channel names it. Routes use `name`, `jurisdiction` and
    `deadline`; the rest is kept with its source."""

    id: str
    name: str
    citation: str
    jurisdiction: str
    in_force: str
    source: str
    confidence: Confidence
    is_law: bool = True
    deadline: Deadline | None = None
    clock_starts: str = ""
    elements: tuple[str, ...] = ()
    not_required: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    addressees: str = ""
    removal: str = ""
    enforcement: str = ""
    rights: str = ""
    exceptions: str = ""
    caution: str = ""


@dataclass(frozen=True, slots=True)
class Channels:
    """Every channel and legal basis that is known, in the order of the files."""

    channels: tuple[Channel, ...]
    legal_bases: tuple[LegalBasis, ...]

    def get(self, channel: str) -> Channel:
        """Raises UsageError that names the nearest id."""
        for known in self.channels:
            if known.id == channel:
                return known
        near = self._nearest(channel)
        raise UsageError(
            f"there is no report channel {channel!r}",
            remedy=f"Did you mean {near!r}?"
            if near
            else "All of them with their ids: reupload-monitor reports channels.",
        )

    def _nearest(self, written: str) -> str:
        """An id of which it is a part, or nearly all, or a word of whose name it is; '' for none."""
        text = "_".join(re.findall(r"[a-z0-9]+", written.casefold()))
        ids = [known.id for known in self.channels]
        parts = text.split("_")
        of_id = [one for one in ids if text and (text in one.split("_") or one.startswith(text) or one in parts)]
        of_name = [one.id for one in self.channels if text in re.findall(r"[a-z0-9]+", one.name.casefold())]
        return next(iter((*of_id, *of_name, *get_close_matches(text, ids, n=1))), "")

    def basis(self, basis: str) -> LegalBasis:
        """Raises KeyError: the ids are checked when the data is loaded."""
        for known in self.legal_bases:
            if known.id == basis:
                return known
        raise KeyError(basis)


def is_offered(channel: Channel, today: date) -> OfferedAs:
    """How its address is offered. An address that was read only at third hand, or whose copy is dated after `today` (so
    that the date cannot be right), is one to check first. How old a copy is says `Channel.is_stale`: that is told
    beside the address, whatever it is offered as."""
    if channel.method is ChannelMethod.LOOKUP:
        return OfferedAs.OWN_LINK
    if channel.address_is_checked or channel.email_confidence is Confidence.VERIFIED:
        copied = channel.copied_on
        return OfferedAs.CHECK_FIRST if copied is not None and copied > today else OfferedAs.SEND_HERE
    return OfferedAs.CHECK_FIRST if channel.url or channel.email else OfferedAs.OWN_LINK


def is_copy_date(written: str) -> bool:
    """It begins with `undated`, or has a day in it that there is, a month or a year, from 2000 on."""
    try:
        return written.startswith("undated") or _day_in(written) is not None
    except ValueError:
        return False


def _day_in(written: str) -> date | None:
    """Raises ValueError for a day that no calendar has."""
    if written.startswith("undated"):
        return None
    found = re.search(r"(?<!\d)(20\d\d)(?:-(\d\d)(?:-(\d\d))?)?(?!-?\d)", written, re.ASCII)
    return date(int(found[1]), int(found[2] or 1), int(found[3] or 1)) if found else None


def is_plain_https(url: str) -> bool:
    """An https address in plain ASCII, without user name, password or port tricks."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and port is None


def is_email(address: str) -> bool:
    """One address in plain ASCII, as a notice can print it; stricter than the standard on purpose."""
    local, at, domain = address.partition("@")
    return (
        bool(at)
        and len(address) <= 254  # RFC 5321 section 4.5.3.1
        and re.fullmatch(r"[A-Za-z0-9._%+\-']+", local) is not None
        and all(re.fullmatch(r"[A-Za-z0-9-]+", label) is not None for label in domain.split("."))
        and "." in domain
    )
