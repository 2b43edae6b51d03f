"""From sightings and the settings to the facts of a draft."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from monitor.errors import AttestationMissing, NeedsUser
from monitor.model.case import Attestation, Authority
from monitor.model.report import Report, ReportState
from monitor.model.settings import Contact
from monitor.model.sighting import Sighting, Status
from monitor.takedown.channel import ChannelKind, Channels
from monitor.takedown.drafts import Claimant, DraftFacts, Earlier, FoundAt, NameRule
from monitor.takedown.regimes import Element, regimes
from monitor.takedown.words import ENGLISH
from monitor.tracking.presence import stands_in_search


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What only the person can say, for one draft. That it is intimate and was published without consent is stated by
    sending the draft, which says so. names: whether the legal name may stand in it. with_hash: the picture's SHA-256
    stands in it. guess: the one address that nobody publishes (`AbuseContact.is_guess`) and that it goes to,
    '' for none. language: a code of `words.languages`."""

    forged: bool = False
    owns_copyright: bool = False
    asks_as_data_subject: bool = False
    circumstances: str = ""
    names: NameRule = NameRule.AUTO
    with_hash: bool = False
    guess: str = ""
    language: str = ENGLISH

    @property
    def in_law(self) -> tuple[Element, ...]:
        """Those that make another request of it."""
        said = {Element.COPYRIGHT: self.owns_copyright, Element.DATA_SUBJECT: self.asks_as_data_subject}
        return tuple(element for element, is_said in said.items() if is_said)


NOTHING_SAID = Statements()


def facts_of(
    sightings: Sequence[Sighting],
    contact: Contact | None,
    attestation: Attestation | None,
    said: Statements = NOTHING_SAID,
    earlier: Sequence[Earlier] = (),
) -> DraftFacts:
    """What one draft can say of `sightings`, all of one case. contact: of that case. Raises AttestationMissing: without
    it nothing is known of age or authority; NeedsUser where nobody has said who the case's notices speak for;
    ValueError for sightings of several cases and for none.

    The person shown signs with the case's name unless `signature` says otherwise; a representative's own name is not
    known, so their signature has to be set.
    """
    (of_case,) = {sighting.case for sighting in sightings}
    if attestation is None:
        raise AttestationMissing(
            "no draft without the attestation of age and authority",
            remedy="Give it with `reupload-monitor init`, or `enroll --adult --authorised self|representative`.",
        )
    if contact is None or contact.case.id != of_case or contact.is_empty:
        is_first = contact is not None and contact.case.id == of_case and not contact.further
        raise NeedsUser(
            f"nobody has said who the notices of the case {of_case!r} speak for, and another case's name and "
            "address are never used for it",
            remedy="Write name, email and jurisdiction below a line [case] in config.toml (a representative the "
            "signature too); config.example.toml shows it."
            if is_first
            else f"Say it: reupload-monitor case set name NAME --case {of_case}. Likewise email and jurisdiction, and "
            "of a representative signature.",
        )
    case, takedown = contact.case, contact.takedown
    signature = takedown.signature
    if not signature and attestation.authority is Authority.SELF:
        signature = case.name
    return DraftFacts(
        finds=tuple(found_at(sighting, with_hash=said.with_hash) for sighting in sightings),
        claimant=Claimant(
            name=case.name,
            email=takedown.contact_email or case.email,
            signature=signature,
            role=attestation.authority,
            address=takedown.address,
            phone=takedown.phone,
            country=case.jurisdiction,
        ),
        adult=not any(sighting.under_18 for sighting in sightings),
        authorised=True,
        intimate=True,
        not_consensual=True,
        forged=said.forged,
        owns_copyright=said.owns_copyright,
        asks_as_data_subject=said.asks_as_data_subject,
        circumstances=said.circumstances,
        earlier=tuple(earlier),
        in_case=contact.in_case,
        in_takedown=contact.in_takedown,
    )


def facts_without_claimant(sighting: Sighting, said: Statements, earlier: Sequence[Earlier]) -> DraftFacts:
    """What is known of one find, as far as it says which requests are meant for it."""
    return DraftFacts(
        finds=(found_at(sighting),),
        claimant=Claimant(),
        forged=said.forged,
        owns_copyright=said.owns_copyright,
        asks_as_data_subject=said.asks_as_data_subject,
        earlier=tuple(earlier),
    )


def found_at(sighting: Sighting, *, with_hash: bool = False) -> FoundAt:
    """A list of search results is no page of the site: its address stands in `result_url` alone."""
    place = sighting.place
    return FoundAt(
        sighting=sighting.id,
        page_url="" if stands_in_search(place) and place.image_url else place.page_url,
        image_url=place.image_url,
        account=place.account or account_in(place.page_url),
        first_seen=sighting.first_seen,
        result_url=place.result_url,
        is_gone=is_gone_at_source(sighting),
        sha256=sighting.image_digest if with_hash else "",
    )


def account_in(page_url: str) -> str:
    """As an address that plainly holds one has it: `https://host/@name/1` -> `@name`; '' where none does."""
    try:
        path = urlsplit(page_url).path
    except ValueError:
        return ""
    found = _ACCOUNT.match(path)
    return found[1] if found else ""


_ACCOUNT = re.compile(r"/(?:web/)?(@[A-Za-z0-9_][A-Za-z0-9_.-]*(?:@[A-Za-z0-9][A-Za-z0-9.-]*)?)(?:/|\Z)")


def is_gone_at_source(sighting: Sighting) -> bool:
    """Two looks apart have found it removed, so that at most a search engine still shows it."""
    return sighting.status is Status.REMOVED


def earlier_requests(reports: Iterable[Report], channels: Channels, now: datetime) -> tuple[Earlier, ...]:
    """Of the reports about one find, those that the person has sent, the last one last. An authority is not asked about
    what another authority was asked."""
    bases = {regime.id: regime.legal_basis for regime in regimes()}
    kept = [report for report in reports if report.state is not ReportState.WITHDRAWN]
    sent = [(report.sent_at, report) for report in kept if report.sent_at]
    return tuple(
        Earlier(
            channel=name,
            sent_at=sent_at,
            number=report.number,
            outcome=report.state.value,
            is_overdue=report.overdue(now),
            legal_basis=bases.get(report.route, ""),
        )
        for sent_at, report in sorted(sent, key=lambda one: one[0])
        if (name := _site_name(report.channel, channels))
    )


def _site_name(channel: str, channels: Channels) -> str:
    """'' for an authority, and for a channel that is known no more."""
    known = (one for one in channels.channels if one.id == channel and one.kind is not ChannelKind.REGULATOR)
    return next((one.name for one in known), "")
