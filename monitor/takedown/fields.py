"""What a form asks for, by this project's working labels, and what to put there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.takedown.report_channels import Channel


class Asks(StrEnum):
    """What a field of a form is answered with."""

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
_LABELS: dict[str, tuple[str, Asks]] = {
    "content_urls": ("Addresses of the content", Asks.URLS),
    "post_url": ("Address of the post", Asks.URLS),
    "post_url_in_app": ("The post, opened in the app", Asks.URLS),
    "tme_links": ("t.me links", Asks.URLS),
    "contact_email": ("E-mail for answers", Asks.EMAIL),
    "signature_typed": ("Typed signature", Asks.SIGNATURE),
    "legal_name_of_depicted_person": ("Legal name of the person shown", Asks.NAME),
    "complainant_identity": ("Who complains", Asks.NAME),
    "name": ("Name", Asks.NAME),
    "depicted_person_or_authority": ("Who you are", Asks.WHO),
    "who_is_depicted": ("Who is shown", Asks.WHO),
    "concern_type": ("Type of concern", Asks.CATEGORY),
    "non_consent_statement": ("Statement that there was no consent", Asks.TEXT),
    "why_non_consensual_or_illegal": ("Why it is without consent", Asks.TEXT),
    "why_illegal": ("Why it is illegal", Asks.TEXT),
    "how_it_violates_policy": ("How it breaks the rules", Asks.TEXT),
    "private_intimate_nature": ("That it is private and intimate", Asks.TEXT),
    "reason": ("Reason", Asks.TEXT),
    "request": ("What you ask for", Asks.TEXT),
    "comment": ("Comment", Asks.TEXT),
    "description": ("Description", Asks.TEXT),
    "how_identifiable": ("How one can tell that it is you", Asks.YOURS),
    "additional_identifying_information": ("Further details; give none that are not needed", Asks.YOURS),
    "timestamps_in_video": ("For a video: the minutes and seconds in question", Asks.YOURS),
    "service": ("Which of their services", Asks.YOURS),
    "message_or_chat_selected_in_app": ("The message or chat, chosen in the app", Asks.YOURS),
    "account_id": ("The account that posted it", Asks.YOURS),
    "status_ids": ("The posts", Asks.YOURS),
}

NAME_FIELDS = frozenset(label for label, (_, answer) in _LABELS.items() if answer is Asks.NAME)


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
        Asks.URLS: " ".join(urls),
        Asks.NAME: name or _YOURS_ANSWER,
        Asks.EMAIL: email,
        Asks.SIGNATURE: signature or _YOURS_ANSWER,
        Asks.WHO: "I am the person shown" if is_self else "I act for the person shown, with their authority",
        Asks.CATEGORY: channel.category,
        Asks.TEXT: _TEXT_ANSWER,
        Asks.YOURS: _YOURS_ANSWER,
    }
    rows = []
    for field in channel.required_fields:
        label, kind = _LABELS.get(field, (field.replace("_", " ").capitalize(), Asks.YOURS))
        rows.append(FormField(label, answers[kind]))
    return tuple(rows)
