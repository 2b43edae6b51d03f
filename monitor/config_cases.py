"""Settings of one further case: which there are, and what is in force for it.

They are set by `case set` and kept as rows in the store, by the names and in the values that config.toml would have;
what a case has not set for itself is as the configuration says for all. Who its notices speak for is never taken from
another. `[cases.NAME]` of config.toml, where earlier versions kept that, is read as before; a row goes before it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, get_type_hints

from monitor import tomlfile
from monitor.config_keys import (
    RENAMED,
    SECRET_KEYS,
    SECTIONS,
    FurtherCaseKeys,
    PersonKeys,
    case_id,
)
from monitor.model.ids import CaseId
from monitor.model.settings import CaseSettings, Contact, Settings, TakedownSettings
from monitor.tomlfile import Right, hints_of

_OF_A_CASE: Mapping[str, tuple[str, ...]] = {
    "alerts": ("urls", "send", "sender_name", "detail", "product_name", "quiet_hours", "group_for"),
    "digest": ("weekday", "at", "timezone"),
    "evidence": ("recipients", "keep_images", "max_run_bytes"),
    "retention": ("candidates_days", "runs_days", "alerts_days", "facts_days", "wishes_days"),
    "quota": ("watches", "requests", "evidence_bytes", "captures"),
}
"""Section -> keys. Those of `[case]` and `[takedown]` have no section: who the notices speak for. The rest of the
configuration is of the machine."""


@dataclass(frozen=True, slots=True)
class CaseSettingKey:
    """section: '' for who the notices speak for. field: of the settings' value. right: what would be right."""

    section: str
    key: str
    shape: type

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}" if self.section else self.key

    @property
    def is_secret(self) -> bool:
        return (self.section, self.key) in SECRET_KEYS

    @property
    def is_of_takedown(self) -> bool:
        return not self.section and self.key not in get_type_hints(PersonKeys)

    @property
    def field(self) -> str:
        return RENAMED.get(self.key, self.key)

    @property
    def kind(self) -> str:
        """Its type, as text."""
        return str(get_type_hints(self.shape)[self.key])

    @property
    def right(self) -> str:
        return next((one.text for one in hints_of(self.shape)[self.key].__metadata__ if isinstance(one, Right)), "")


CASE_KEYS: Mapping[str, CaseSettingKey] = MappingProxyType(
    {key: CaseSettingKey("", key, FurtherCaseKeys) for key in get_type_hints(FurtherCaseKeys)}
    | {
        f"{section}.{key}": CaseSettingKey(section, key, SECTIONS[section][0])
        for section, keys in _OF_A_CASE.items()
        for key in keys
    }
)
"""By the name that `case set` takes."""

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


def typed_value(key: CaseSettingKey, text: str) -> object:
    """What was typed, or stands in a file, as TOML would have it. A list: one a line, or as JSON. Raises ValueError."""
    text = text.strip()
    if key.kind == str(bool):
        word = text.lower()
        return True if word in _TRUE else False if word in _FALSE else text
    if not key.kind.startswith("tuple"):
        return text
    if not text.startswith("["):
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # its message would repeat what is a secret
        raise ValueError('is not a list as in ["a", "b"]') from None


CaseProblem = tuple[str, str, str]
"""Name, what is wrong, what would be right."""


def in_force_for(case: CaseId, settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, Sequence[CaseProblem]]:
    """given: the case's own, by name. What is wrong is left out, as if it were not set. Of the case that the
    configuration speaks for, that configuration."""
    if case == settings.case.id or settings.is_of_further_case:
        return settings, ()
    wrong, values = list[CaseProblem](), dict[str, dict[str, Any]]()
    for name, value in given.items():
        key = CASE_KEYS.get(name)
        if key is None:
            wrong.append((name, *tomlfile.unknown_key(name, CASE_KEYS)))
            continue
        found, problems = tomlfile.accepted(key.shape, {key.key: value})
        wrong += [(name, what, right) for _, what, right in problems]
        where = "takedown" if key.is_of_takedown else key.section or "case"
        if key.key in found:
            values.setdefault(where, {})[key.field] = found[key.key]
    contact = settings.contact(case)
    is_known = contact is not None or "case" in values or "takedown" in values
    contact = contact or Contact(case=CaseSettings(id=case), takedown=TakedownSettings())
    contact = replace(
        contact,
        case=replace(contact.case, **values.pop("case", {})),
        takedown=replace(contact.takedown, **values.pop("takedown", {})),
    )
    changed = {section: replace(getattr(settings, section), **own) for section, own in values.items()}
    found_settings = replace(
        settings,
        case=contact.case,
        takedown=contact.takedown,
        further=(contact,) if is_known else (),
        common_timezone=settings.digest.timezone,
        **changed,
    )
    return found_settings, wrong


def further_cases(
    sections: Mapping[str, Mapping[str, Any]], first: str, problem: Callable[[str, str, str, str], None]
) -> Iterator[Contact]:
    """`first`: the case that [case] speaks for already. problem: takes section, key, what was wrong, what would be
    right."""
    for section in [name for name in sections if name.startswith("cases.")]:
        name = section.partition(".")[2]
        try:
            case_id(name)
        except ValueError as error:
            problem(section, "", f"{name!r} {error}", "A name that `init --case NAME` takes.")
            continue
        if name == first:
            right = f"Keep one of the two: move what differs to [case] and [takedown], and delete [{section}]."
            problem(section, "", f"[case] speaks for {name!r} already", right)
            continue
        given, wrong = tomlfile.accepted(FurtherCaseKeys, sections[section])
        for key, what, right in wrong:
            problem(section, key, what, right)
        for_case = {key: given.pop(key) for key in get_type_hints(PersonKeys) if key in given}
        yield Contact(case=CaseSettings(id=CaseId(name), **for_case), takedown=TakedownSettings(**given))
