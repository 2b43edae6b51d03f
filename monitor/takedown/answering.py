"""The fields of a desk's form, answered as far as is known, in the form's order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.takedown.channel import Channel, Field, FieldKind
from monitor.takedown.fields import Asks

IN_TEXT = "the text below"
"""In the place of a field's value: what is to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """label: the form's own words where `verified`, else this project's. value: what to put there, safe to print; of a
    list one entry a line, and '' where only the person can answer. limit: characters, or entries of a list."""

    label: str
    value: str
    kind: FieldKind = FieldKind.TEXT
    limit: int | None = None
    verified: bool = False


def form_fields(channel: Channel, answers: Mapping[Asks, str]) -> tuple[FormField, ...]:
    """answers: safe to print; what is not in it, the person fills in. A postal address goes into the first field for
    one: which part of it is the city, only the person knows."""
    address = next((field for field in channel.fields if field.answers is Asks.POSTAL_ADDRESS), None)
    return tuple(
        FormField(
            label=field.label,
            value=_value(field, answers) if field.answers is not Asks.POSTAL_ADDRESS or field is address else "",
            kind=field.kind,
            limit=field.limit or (channel.urls_max if field.kind is FieldKind.URLS else None),
            verified=field.verified,
        )
        for field in channel.fields
    )


def _value(field: Field, answers: Mapping[Asks, str]) -> str:
    return field.value or answers.get(field.answers, "")
