"""The desks that take reports: how far their addresses may be relied on, and what the person found there herself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from monitor.errors import NeedsUser, UsageError
from monitor.hosts import host_of
from monitor.model.desk import DeskLook
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.plain import plain
from monitor.ports import Store
from monitor.services.own_checks import write_own_check
from monitor.takedown.answering_desks import SITE_OWN, SITE_TIDA
from monitor.takedown.channel import (
    Channel,
    ChannelMethod,
    Channels,
    Confidence,
    OfferedAs,
    is_email,
    is_offered,
    is_plain_https,
)
from monitor.takedown.channel_files import load_channels

BY_THE_PERSON = "you looked at the page yourself"
MAX_CATEGORY = 200  # characters


@dataclass(frozen=True, slots=True)
class ChannelNow:
    """A channel as it stands today. look: what its address answered the daemon for this case, where it was asked."""

    channel: Channel
    offered: OfferedAs
    is_stale: bool
    look: DeskLook | None

    @property
    def is_doubtful(self) -> bool:
        """Its address answered, and not as it should."""
        return self.look is not None and self.look.answer.is_doubt

    @property
    def offered_words(self) -> str:
        return "no desk: a look-up" if self.channel.method is ChannelMethod.LOOKUP else self.offered.value

    @property
    def why_again(self) -> str:
        """Why somebody should look at it again before it is relied on; '' without a reason."""
        if self.look is not None and self.is_doubtful:
            return f"{self.look.answer.value} on {self.look.at:%Y-%m-%d}"
        if self.offered is OfferedAs.OWN_LINK or not self.is_stale:
            return ""
        return "old copy" if self.channel.copied_on else "no day"


@dataclass(frozen=True, slots=True)
class ChannelService:
    store: Store
    settings: Settings
    channels: Callable[[], Channels]
    clock: Callable[[], datetime]

    def listed(self, case: CaseId, *, stale: bool = False) -> tuple[ChannelNow, ...]:
        """In the order of the data. stale: only those with an address that should be looked at again: its copy is older
        than 180 days or undated, or it did not answer as it should."""
        looks = self.store.desk_looks.all(case)
        found = tuple(self._now(channel, looks.get(channel.url)) for channel in self.channels().channels)
        return tuple(one for one in found if one.why_again) if stale else found

    def one(self, case: CaseId, name: str) -> ChannelNow:
        """Raises UsageError that names the nearest id."""
        return self.as_it_stands(case, self.channels().get(name))

    def as_it_stands(self, case: CaseId, channel: Channel) -> ChannelNow:
        return self._now(channel, self.store.desk_looks.all(case).get(channel.url))

    def confirm(
        self, name: str, *, case: CaseId, url: str = "", email: str = "", category: str = ""
    ) -> tuple[Channel, Path]:
        """The person looked, today, and the address is right; or she found another. What the program saw there before
        her counts no more. Returns the channel as it is now, and the file that says so. Raises UsageError for what
        cannot be confirmed; NeedsUser without a configuration file."""
        folder = self.settings.channels_dir
        if folder is None:
            raise NeedsUser(
                "there is no configuration file, so there is no folder for your own checks",
                remedy="Make one with `reupload-monitor init`.",
            )
        before = load_channels(folder)  # as it is on the disk, which it has to be in order to be changed
        channel = before.get(name)
        keys = _keys(channel, url, email, category, self._today())
        written = write_own_check(folder, channel.id, keys)
        confirmed, looks = load_channels(folder).get(name), self.store.desk_looks
        looks.keep_only(case, looks.all(case).keys() - {confirmed.url})
        for address in (keys.get("url"), keys.get("email")):  # what once came back from there is past
            if address:
                self.store.dead_addresses.revive(address)
        return confirmed, written

    def _now(self, channel: Channel, look: DeskLook | None) -> ChannelNow:
        today = self._today()
        return ChannelNow(channel, is_offered(channel, today), channel.is_stale(today), look)

    def _today(self) -> date:
        return self.clock().astimezone(UTC).date()


def _keys(channel: Channel, url: str, email: str, category: str, today: date) -> dict[str, str]:
    """What is written. Only what was looked at is confirmed: a mailbox where it is named, or is all there is."""
    if channel.id in (SITE_OWN, SITE_TIDA) or channel.method is ChannelMethod.LOOKUP:
        raise UsageError(
            f"{channel.id!r} stands for many sites, so it has no address to confirm",
            remedy="Write a [[channel]] of its own for the site into channels.d; docs/channels.md shows one.",
        )
    _check_addresses(url, email)
    category = " ".join(category.split())
    if len(category) > MAX_CATEGORY or not category.isprintable():
        raise UsageError("--category is no line of text", remedy=f"At most {MAX_CATEGORY} characters.")
    keys = {"url": url or channel.url, "email": email or ("" if url or channel.url else channel.email)}
    keys = {key: value for key, value in keys.items() if value}
    if not keys:
        raise UsageError(
            f"no address of {channel.name} is known, so there is none to confirm",
            remedy="Give the one that you found: --url https://...",
        )
    if "email" in keys:
        keys["email_confidence"] = Confidence.VERIFIED.value
    if category:
        keys["category"] = category
    return keys | {
        "source": BY_THE_PERSON,
        "source_copy_date": today.isoformat(),
        "confidence": Confidence.VERIFIED.value,
        "evidence": "own_check",
    }


def _check_addresses(url: str, email: str) -> None:
    """Raises UsageError for what can be no desk's."""
    if url and not is_plain_https(url):
        raise UsageError(
            f"--url {plain(url, 200)} is not a plain https address", remedy="For example https://a.example/report."
        )
    if url and ("." not in host_of(url) or host_of(url).rpartition(".")[2].isdecimal()):
        raise UsageError(
            f"--url {plain(url, 200)} leads to no organisation's page: its host is a number or one of your own network",
            remedy="Give the address that the browser shows when you look at the form. For example "
            "https://a.example/report.",
        )
    if email and not is_email(email):
        raise UsageError(f"--email {plain(email, 200)} is not an e-mail address", remedy="For example abuse@a.example.")
