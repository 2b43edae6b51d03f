"""What a form asks for, by this project's working labels, and what to put there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.takedown.channels import Channel

URLS = "urls"
NAME = "name"
EMAIL = "email"
SIGNATURE = "signature"
WHO = "who"
CATEGORY = "category"
TEXT = "text"
YOURS = "yours"  # only the person can answer

_TEXT_ANSWER = "the text below"
_YOURS_ANSWER = "you fill this in"

# label of the data -> (words, what answers it). A label that is not here is shown as it is, for the person to
# fill in.
_LABELS: dict[str, tuple[str, str]] = {
    "content_urls": ("Addresses of the content", URLS),
    "post_url": ("Address of the post", URLS),
    "post_url_in_app": ("The post, opened in the app", URLS),
    "tme_links": ("t.me links", URLS),
    "contact_email": ("E-mail for answers", EMAIL),
    "signature_typed": ("Typed signature", SIGNATURE),
    "legal_name_of_depicted_person": ("Legal name of the person shown", NAME),
    "complainant_identity": ("Who complains", NAME),
    "name": ("Name", NAME),
    "depicted_person_or_authority": ("Who you are", WHO),
    "who_is_depicted": ("Who is shown", WHO),
    "concern_type": ("Type of concern", CATEGORY),
    "non_consent_statement": ("Statement that there was no consent", TEXT),
    "why_non_consensual_or_illegal": ("Why it is without consent", TEXT),
    "why_illegal": ("Why it is illegal", TEXT),
    "how_it_violates_policy": ("How it breaks the rules", TEXT),
    "private_intimate_nature": ("That it is private and intimate", TEXT),
    "reason": ("Reason", TEXT),
    "request": ("What you ask for", TEXT),
    "comment": ("Comment", TEXT),
    "description": ("Description", TEXT),
    "how_identifiable": ("How one can tell that it is you", YOURS),
    "additional_identifying_information": ("Further details; give none that are not needed", YOURS),
    "timestamps_in_video": ("For a video: the minutes and seconds in question", YOURS),
    "service": ("Which of their services", YOURS),
    "message_or_chat_selected_in_app": ("The message or chat, chosen in the app", YOURS),
    "account_id": ("The account that posted it", YOURS),
    "status_ids": ("The posts", YOURS),
}

NAME_FIELDS = frozenset(label for label, (_, answer) in _LABELS.items() if answer == NAME)


@dataclass(frozen=True, slots=True)
class FormField:
    label: str
    answer: str


def form_fields(
    channel: Channel, *, urls: Sequence[str], email: str, name: str, signature: str, is_self: bool
) -> tuple[FormField, ...]:
    """One line a field that the form is known to require, in its order. Everything handed in is safe to
    print."""
    answers = {
        URLS: " ".join(urls),
        NAME: name or _YOURS_ANSWER,
        EMAIL: email,
        SIGNATURE: signature or _YOURS_ANSWER,
        WHO: "I am the person shown" if is_self else "I act for the person shown, with their authority",
        CATEGORY: channel.category,
        TEXT: _TEXT_ANSWER,
        YOURS: _YOURS_ANSWER,
    }
    rows = []
    for field in channel.required_fields:
        label, kind = _LABELS.get(field, (field.replace("_", " ").capitalize(), YOURS))
        rows.append(FormField(label, answers[kind]))
    return tuple(rows)
