"""What the person read on an organisation's own page goes before what a registry says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from monitor.model.hosting import AbuseContact, Hosting
from monitor.takedown.channel import STALE_DAYS, OfferedAs, is_email


def as_kept(address: str) -> str:
    """How an address is written where a check is kept: of an e-mail address small letters."""
    return address.lower() if is_email(address) else address


def with_checks(hosting: Hosting, checks: Mapping[str, datetime]) -> Hosting:
    """checks: when, by address. What she checked stands alone in its contact, and is no guess any more."""
    return replace(hosting, contacts=tuple(_checked(contact, checks) for contact in hosting.contacts))


def _checked(contact: AbuseContact, checks: Mapping[str, datetime]) -> AbuseContact:
    at = {address: checks[key] for address in (contact.email, contact.url) if (key := as_kept(address)) in checks}
    if not at:
        return contact
    return replace(
        contact,
        email=contact.email if contact.email in at else "",
        url=contact.url if contact.url in at else "",
        is_guess=False,
        checked_on=min(at.values()).astimezone(UTC).date(),
    )


def offered_as(contact: AbuseContact) -> OfferedAs:
    """As `channel.is_offered` says it of a channel."""
    if not contact.may_be_used:
        return OfferedAs.OWN_LINK
    return OfferedAs.SEND_HERE if contact.checked_on else OfferedAs.CHECK_FIRST


def is_old(contact: AbuseContact, today: date) -> bool:
    """Checked, so long ago that it should be looked at again."""
    return contact.checked_on is not None and (today - contact.checked_on).days > STALE_DAYS
