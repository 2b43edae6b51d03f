"""From sightings and the settings to the facts of a draft."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.errors import AttestationMissing, NeedsUser
from monitor.model.case import Attestation, Authority
from monitor.model.settings import Contact
from monitor.model.sighting import Sighting
from monitor.takedown.drafts import Claimant, DraftFacts, FoundAt


def facts_of(
    sightings: Sequence[Sighting],
    contact: Contact | None,
    attestation: Attestation | None,
    *,
    not_consensual: bool = True,
    forged: bool = False,
    circumstances: str = "",
) -> DraftFacts:
    """What one draft can say of `sightings`, all of one case. contact: of that case. Raises AttestationMissing: without
    it nothing is known of age or authority; NeedsUser where nobody has said who the case's notices speak for;
    ValueError for sightings of several cases and for none.

    not_consensual holds because the person asks for this draft, and the draft says what they state by sending
    it. The person shown signs with the case's name unless `signature` says otherwise; a
    representative's own name is not known, so their signature has to be set.
    """
    (of_case,) = {sighting.case for sighting in sightings}
    if attestation is None:
        raise AttestationMissing(
            "no draft without the attestation of age and authority",
            remedy="Give it with `reupload-monitor init`, or `enroll --adult --authorised self|representative`.",
        )
    if contact is None or contact.case.id != of_case or contact.is_empty:
        section = contact.in_case if contact and contact.case.id == of_case else f"[cases.{of_case}]"
        raise NeedsUser(
            f"nobody has said who the notices of the case {of_case!r} speak for, and another case's name and "
            "address are never used for it",
            remedy=f"Write name, email and jurisdiction below a line {section} in config.toml (a representative the "
            "signature too); config.example.toml shows it.",
        )
    case, takedown = contact.case, contact.takedown
    signature = takedown.signature
    if not signature and attestation.authority is Authority.SELF:
        signature = case.name
    return DraftFacts(
        finds=tuple(found_at(sighting) for sighting in sightings),
        claimant=Claimant(
            name=case.name,
            email=takedown.contact_email or case.email,
            signature=signature,
            role=attestation.authority,
            country=case.jurisdiction,
        ),
        adult=not any(sighting.under_18 for sighting in sightings),
        authorised=True,
        not_consensual=not_consensual,
        forged=forged,
        circumstances=circumstances,
        in_case=contact.in_case,
        in_takedown=contact.in_takedown,
    )


def found_at(sighting: Sighting) -> FoundAt:
    place = sighting.place
    return FoundAt(
        sighting=sighting.id,
        page_url=place.page_url,
        image_url=place.image_url,
        account=place.account,
        first_seen=sighting.first_seen,
        result_url=place.result_url,
    )
