"""A desk as `reports channels` shows it: in JSON, and in lines for people."""

from __future__ import annotations

from typing import Any

from monitor.documents.times import utc_words
from monitor.model.desk import DeskLook
from monitor.takedown.channel import Channel, Field
from monitor.takedown.desks import warning


def channel_document(channel: Channel, *, offered: str, is_stale: bool, look: DeskLook | None) -> dict[str, Any]:
    """Everything that is known of it. '' and [] where nothing is; null where it is not known whether."""
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind.value,
        "hosts": list(channel.hosts),
        "jurisdictions": list(channel.jurisdictions),
        "category": channel.category,
        "method": channel.method.value,
        "offered": offered,
        "stale": is_stale,
        "url": channel.url,
        "also": [{"url": one.url, "what": one.what} for one in channel.also],
        "email": channel.email,
        "email_confidence": channel.email_confidence.value if channel.email_confidence else None,
        "phone": channel.phone,
        "phone_confidence": channel.phone_confidence.value if channel.phone_confidence else None,
        "source": channel.source,
        "source_copy_date": channel.source_copy_date,
        "confidence": channel.confidence.value,
        "evidence": channel.evidence,
        "fields": [
            {
                "label": field.label,
                "kind": field.kind.value,
                "answered_by": field.answers.value,
                "required": field.required,
                "verified": field.verified,
                "limit": field.limit,
                "value": field.value,
            }
            for field in channel.fields
        ],
        "switches": dict(channel.switches),
        "urls_max": channel.urls_max,
        "urls_unit": channel.urls_unit,
        "account_needed": channel.account_needed,
        "asks_for_media": channel.asks_for_media,
        "publishes_complaints": channel.publishes_complaints,
        "uploader_may_see": channel.uploader_may_see.value,
        "passes_on": [{"what": one.what, "to": one.to, "source": one.source} for one in channel.passes_on],
        "deadline": str(channel.deadline) if channel.deadline else "",
        "promise": str(channel.promise) if channel.promise else "",
        "legal_basis": list(channel.legal_basis),
        "notes": channel.notes,
        "last_look": {"at": look.at, "answer": look.answer.value, "said": look.said} if look else None,
    }


def channel_rows(channel: Channel, *, offered: str, again: str, look: DeskLook | None) -> list[tuple[str, str]]:
    """What is known of it, and nothing else: (name, text). again: why it should be looked at again, '' = no reason."""
    read_in = f"{channel.source}; copy of {channel.source_copy_date or 'no known day'} ({channel.confidence.value})"
    rows = [
        ("Channel", f"{channel.name} ({channel.kind.value})"),
        ("Offered as", offered),
        ("Category", channel.category),
        ("How", channel.method.value.replace("_", " ")),
        ("Address", channel.url),
        *(("Also", f"{further.url} ({further.what})") for further in channel.also),
        ("E-mail", f"{channel.email} ({channel.email_confidence})" if channel.email else ""),
        ("Phone", f"{channel.phone} ({channel.phone_confidence})" if channel.phone else ""),
        ("Read in", read_in),
        ("Look again", again),
        ("Last asked", f"{utc_words(look.at)}: {look.answer.value}" if look else ""),
        ("Careful", warning(look)),
        ("For people in", ", ".join(channel.jurisdictions)),
        ("Law", ", ".join(channel.legal_basis)),
        ("Limit", f"{channel.urls_max} {channel.urls_unit or 'addresses'}" if channel.urls_max else ""),
        *(("Set", f"{name} = {value}") for name, value in channel.switches),
        *(("Passes on", f"{passed.what}, to {passed.to} ({passed.source})") for passed in channel.passes_on),
        ("Asks for", "the picture or screenshots of it: no draft holds any" if channel.asks_for_media else ""),
        *((f"Field {number}", _field_words(field)) for number, field in enumerate(channel.fields, start=1)),
        ("Notes", channel.notes),
    ]
    return [(name, text) for name, text in rows if text]


def _field_words(field: Field) -> str:
    parts = [field.label]
    if field.value:
        parts.append(f"choose {field.value}")
    if field.limit:
        parts.append(f"at most {field.limit}")
    if not field.required:
        parts.append("may be left out")
    return ", ".join(parts) + ("" if field.verified else " (our words, not the form's)")
