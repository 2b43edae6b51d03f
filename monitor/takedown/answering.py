"""What to put into each field of a form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.takedown.channel import Channel
from monitor.takedown.fields import Asks

_TEXT_ANSWER = "the text below"
_YOURS_ANSWER = "you fill this in"


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
    }
    return tuple(
        FormField(field.label, field.value or answers.get(field.answers, _YOURS_ANSWER)) for field in channel.fields
    )
