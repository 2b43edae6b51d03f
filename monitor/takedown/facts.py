"""From a sighting and the settings to the facts of a draft."""

from __future__ import annotations

from monitor.errors import AttestationMissing, NeedsUser
from monitor.model.case import Attestation, Authority
from monitor.model.settings import Contact
from monitor.model.sighting import Sighting
from monitor.takedown.drafts import Claimant, DraftFacts


def facts_of(
    sighting: Sighting,
    contact: Contact | None,
    attestation: Attestation | None,
    *,
    not_consensual: bool = True,
    forged: bool = False,
    circumstances: str = "",
) -> DraftFacts:
    """What a draft can say of `sighting`. contact: of the sighting's own case. Raises AttestationMissing: without it
    nothing is known of age or authority; NeedsUser where nobody has said who the case's notices speak for.

    not_consensual holds because the person asks for this draft, and the draft says what they state by sending
    it. The person shown signs with the case's name unless `signature` says otherwise; a
    representative's own name is not known, so their signature has to be set.
    """
    if attestation is None:
        raise AttestationMissing(
            "no draft without the attestation of age and authority",
            remedy="Give it with `reupload-monitor init`, or `enroll --adult --authorised self|representative`.",
        )
    if contact is None or contact.case.id != sighting.case or contact.is_empty:
        section = contact.in_case if contact and contact.case.id == sighting.case else f"[cases.{sighting.case}]"
        raise NeedsUser(
            f"nobody has said who the notices of the case {sighting.case!r} speak for, and another case's name and "
            "address are never used for it",
            remedy=f"Write name, email and jurisdiction below a line {section} in config.toml (a representative the "
            "signature too); config.example.toml shows it.",
        )
    case, takedown = contact.case, contact.takedown
    signature = takedown.signature
    if not signature and attestation.authority is Authority.SELF:
        signature = case.name
    return DraftFacts(
        sighting=sighting.id,
        page_url=sighting.place.page_url,
        image_url=sighting.place.image_url,
        account=sighting.place.account,
        first_seen=sighting.first_seen,
        claimant=Claimant(
            name=case.name,
            email=takedown.contact_email or case.email,
            signature=signature,
            role=attestation.authority,
        ),
        adult=not sighting.under_18,
        authorised=True,
        not_consensual=not_consensual,
        forged=forged,
        circumstances=circumstances,
        in_case=contact.in_case,
        in_takedown=contact.in_takedown,
    )
