"""The places to report to, as data: `channels/*.toml` beside this file, overridden by a `channels.d/` folder.

An address is only ever read from that data. A channel without one has none that we know of, and none is made
up.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from monitor import tomlfile
from monitor.errors import ConfigError, UsageError
from monitor.takedown.clocks import Deadline
from monitor.trusted import NotTrusted, check_folder

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One desk that takes reports. Empty text and empty tuples mean: not known, or none.

    hosts: host names whose content this desk answers for, themselves and everything below them; `*` = any.
    jurisdictions: ISO country codes, `UK`, `EU`, `CA-BC`, `LATAM`, or `GLOBAL`. category: what to choose in the form.
    required_fields: this project's working labels, not the form's wording. deadline: by law, in the jurisdiction of
    `legal_basis`; promise: what the desk itself says. source_copy_date: as found, sometimes only a year or `undated`.
    deadline, phone, same_hostname, representative_allowed, anonymous, upload_of_media, image_hash, video_hash, method:
    as read there, kept with its source and shown nowhere yet.
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
    url: str = ""
    email: str = ""
    email_confidence: Confidence | None = None
    phone: str = ""
    phone_confidence: Confidence | None = None
    required_fields: tuple[str, ...] = ()
    urls_max: int | None = None
    urls_unit: str = ""
    same_hostname: bool | None = None
    account_needed: bool | None = None
    representative_allowed: bool | None = None
    anonymous: bool | None = None
    upload_of_media: bool | None = None
    image_hash: str = ""
    video_hash: str = ""
    method: str = ""
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

    @property
    def address_is_checked(self) -> bool:
        """The web address was read in the organisation's own text or in a dated capture of it."""
        return bool(self.url) and self.confidence is Confidence.VERIFIED

    @property
    def copied_on(self) -> date | None:
        """The earliest day that `source_copy_date` allows (a bare year is its first day); None where
        undated."""
        found = re.search(r"(20\d\d)(?:-(\d\d)(?:-(\d\d))?)?", self.source_copy_date)
        if found is None:
            return None
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))

    def is_stale(self, today: date) -> bool:
        """The copy that the address was read in is undated, or older than 180 days."""
        return self.copied_on is None or (today - self.copied_on).days > STALE_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis:
    """What a law asks of a notice and of its addressee. deadline None: the law names no number of hours or days. Routes
    use `name`, `jurisdiction` and `deadline`; the rest is kept with its source and shown nowhere yet."""

    id: str
    name: str
    citation: str
    jurisdiction: str
    in_force: str
    source: str
    confidence: Confidence
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


Row = TypeVar("Row", Channel, LegalBasis)


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
        near = get_close_matches(channel, [known.id for known in self.channels], n=1)
        raise UsageError(
            f"there is no report channel {channel!r}",
            remedy=f"Did you mean {near[0]!r}?" if near else "Leave --channel out to get every channel that fits.",
        )

    def basis(self, basis: str) -> LegalBasis:
        """Raises KeyError: the ids are checked when the data is loaded."""
        for known in self.legal_bases:
            if known.id == basis:
                return known
        raise KeyError(basis)


def load_channels(overrides: Path | None = None) -> Channels:
    """The shipped channels; those in `overrides/*.toml` (a folder that need not exist) change or add to them.

    Raises ConfigError naming file, channel and key. An override gives only what differs; where it changes an
    address, it also has to say where that was read and when (`source`, `source_copy_date`, `confidence`).
    """
    shipped = _shipped()
    if overrides is None or not overrides.is_dir():
        return shipped
    known = {channel.id: channel for channel in shipped.channels}
    bases = frozenset(basis.id for basis in shipped.legal_bases)
    try:
        check_folder(overrides)
    except NotTrusted as error:
        raise ConfigError.at(error.what, remedy=error.right, file=error.path) from error
    for path in sorted(overrides.glob("*.toml")):
        for row in _rows(str(path), _read(path), ("channel",))["channel"]:
            channel = _override(path, row, known)
            _check_bases(str(path), channel, bases)
            known[channel.id] = channel
    return Channels(tuple(known.values()), shipped.legal_bases)


@cache
def _shipped() -> Channels:
    channels: list[Channel] = []
    bases: list[LegalBasis] = []
    folder = files("monitor.takedown") / "channels"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            rows = _rows(file.name, tomllib.loads(file.read_text("utf-8")), ("channel", "legal_basis"))
            channels += [_build(Channel, row, file.name) for row in rows["channel"]]
            bases += [_build(LegalBasis, row, file.name) for row in rows["legal_basis"]]
    for channel in channels:
        _check_bases("channels", channel, frozenset(basis.id for basis in bases))
    return Channels(tuple(channels), tuple(bases))


def _read(path: Path) -> Mapping[str, Any]:
    """Raises ConfigError, for a file that somebody else may have written too: it says where notices go."""
    found = tomlfile.read(path)
    if isinstance(found, tomlfile.Problem):
        raise found.error(ConfigError)
    return found.data


def _rows(name: str, data: Mapping[str, Any], tables: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in tables}
    for key, value in data.items():
        if key not in tables or not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise ConfigError.at(
                f"unexpected {key!r}",
                remedy="Write each channel as a [[channel]] table of its own.",
                file=name,
                key=key,
            )
        rows[key] = value
    return rows


def _override(path: Path, row: dict[str, Any], known: Mapping[str, Channel]) -> Channel:
    earlier = known.get(str(row.get("id", "")))
    if earlier is None:
        return _build(Channel, row, str(path))
    if row.keys() & {"url", "email", "phone"}:
        missing = [key for key in ("source", "source_copy_date", "confidence") if key not in row]
        if missing:
            raise ConfigError.at(
                f"channel {earlier.id!r} changes an address without {', '.join(missing)}",
                remedy="Say where you read the new address, on which day, and whether you checked it.",
                file=str(path),
                key=missing[0],
            )
    changes = _typed(Channel, row, str(path))
    if changes.get("email") == "":
        changes["email_confidence"] = None
    if changes.get("phone") == "":
        changes["phone_confidence"] = None
    try:
        return replace(earlier, **changes)
    except ValueError as error:
        raise ConfigError.at(f"channel {earlier.id!r}: {error}", remedy="Mend that key.", file=str(path)) from error


def _build(cls: type[Row], row: dict[str, Any], place: str) -> Row:
    name = repr(row.get("id", "a table without an id"))
    values = _typed(cls, row, place)
    missing = [field.name for field in fields(cls) if field.default is MISSING and field.name not in values]
    if missing:
        raise ConfigError.at(
            f"{name} lacks {', '.join(missing)}", remedy="Add it to that table.", file=place, key=missing[0]
        )
    try:
        return cls(**values)
    except ValueError as error:
        raise ConfigError.at(f"{name}: {error}", remedy="Mend that key.", file=place) from error


def _typed(cls: type[Row], row: dict[str, Any], place: str) -> dict[str, Any]:
    annotations = {field.name: str(field.type) for field in fields(cls)}
    values = {}
    for key, value in row.items():
        if key not in annotations:
            near = get_close_matches(key, annotations, n=1)
            raise ConfigError.at(
                f"{row.get('id', '?')!r} has an unknown key {key!r}",
                remedy=f"Did you mean {near[0]!r}?" if near else "Delete that key.",
                file=place,
                key=key,
            )
        try:
            values[key] = _READ[annotations[key]](value)
        except (TypeError, ValueError) as error:
            raise ConfigError.at(
                f"{row.get('id', '?')!r}, key {key!r}: {error}", remedy="Mend that value.", file=place, key=key
            ) from error
    return values


def _check_bases(place: str, channel: Channel, known: frozenset[str]) -> None:
    for basis in channel.legal_basis:
        if basis not in known:
            raise ConfigError.at(
                f"channel {channel.id!r} names an unknown legal basis {basis!r}",
                remedy=f"Known are: {', '.join(sorted(known))}.",
                file=place,
                key="legal_basis",
            )


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


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    if not value.isprintable():
        raise ValueError("line breaks and control characters are not allowed")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return tuple(_text(item) for item in cast("Iterable[object]", value))


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _yes_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


# How a value is read, by the field's annotation.
_READ: dict[str, Callable[[object], object]] = {
    "str": _text,
    "tuple[str, ...]": _texts,
    "int | None": _whole,
    "bool | None": _yes_no,
    "ChannelKind": lambda value: ChannelKind(_text(value)),
    "Confidence": lambda value: Confidence(_text(value)),
    "Confidence | None": lambda value: Confidence(_text(value)),
    "UploaderMaySee": lambda value: UploaderMaySee(_text(value)),
    "Deadline | None": lambda value: Deadline.parse(_text(value)),
}
