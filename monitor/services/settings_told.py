"""What stands in the configuration, for a person: each setting with its value, whether that is the usual one, and where
to change it. Of a secret nothing is told but that it is set."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Any

from monitor import config
from monitor.config_cases import CASE_KEYS
from monitor.config_keys import RENAMED, SECRET_KEYS, SECTIONS, TopKeys
from monitor.config_later import CREDENTIAL
from monitor.model.ids import CaseId
from monitor.model.settings import Contact, Secret, Settings
from monitor.services.alert_channels import channel_lines
from monitor.tomlfile import Right, hints_of

OF_ONE_CASE = ("case", "takedown")
_MAYBE_KEYS = ("header.", "query.", "cx", "search")  # of an engine: people write their key into them


class SettingOrigin(StrEnum):
    USUAL = "usual"  # it stands nowhere
    FILE = "file"
    VARIABLE = "variable"
    CREDENTIAL = "credential"  # of systemd
    CASE = "case"  # of this case alone: kept with it


@dataclass(frozen=True, slots=True)
class SettingSeen:
    """value: as text; '' where it is not set, and for a secret. is_set: there is one. section: its heading in the file,
    '' at the top. line: in the file; name: of a variable or credential. own_name: by which the case can have it for
    itself, '' where it cannot. right: what would be right, in words from below."""

    section: str
    key: str
    value: str
    is_set: bool
    is_secret: bool
    origin: SettingOrigin
    line: int = 0
    name: str = ""
    right: str = ""
    own_name: str = ""


def settings_seen(settings: Settings, case: CaseId, own: Collection[str] = ()) -> tuple[SettingSeen, ...]:
    """All of the machine, and what is of the case; nothing of another case. settings: in force for it; own: names of
    what is set for it alone."""
    given = config.origins(settings.path)
    seen = [*_top(settings, given), *_sections(settings, case, given), *_named(settings, given)]
    contact = settings.contact(case)
    if contact is not None and not contact.further:  # all of the file is its own
        return tuple(seen)
    named = [replace(one, own_name=name if (name := _name_for_case(one)) in CASE_KEYS else "") for one in seen]
    return tuple(replace(one, origin=SettingOrigin.CASE) if one.own_name in own else one for one in named)


def _name_for_case(one: SettingSeen) -> str:
    return one.key if one.section.startswith("cases.") else f"{one.section}.{one.key}"


_Given = Any  # as `config.origins` has it


def _top(settings: Settings, given: _Given) -> Iterator[SettingSeen]:
    for key in hints_of(TopKeys):
        yield _one("", key, getattr(settings, key), given, right=_right(TopKeys, key))


def _sections(settings: Settings, case: CaseId, given: _Given) -> Iterator[SettingSeen]:
    contact = settings.contact(case)
    for section, (shape, _) in SECTIONS.items():
        if section in OF_ONE_CASE:
            if contact is not None:
                yield from _of_case(section, shape, contact, given)
            continue
        values = getattr(settings, section)
        for key in hints_of(shape):
            if (section, key) == ("alerts", "urls"):
                yield from _channels(settings, given)
                continue
            value = getattr(values, RENAMED.get(key, key))
            yield _one(section, key, value, given, secret=(section, key) in SECRET_KEYS, right=_right(shape, key))


def _of_case(section: str, shape: type, contact: Contact, given: _Given) -> Iterator[SettingSeen]:
    home = f"cases.{contact.case.id}" if contact.further else section
    values = contact.takedown if section == "takedown" else contact.case
    for key in hints_of(shape):
        if key != "id":
            yield _one(home, key, getattr(values, key), given, right=_right(shape, key))


def _channels(settings: Settings, given: _Given) -> Iterator[SettingSeen]:
    """By what each leads to: its address is a secret."""
    lines = channel_lines(settings)
    told = [f"{one.place}: {one.leads_to}{' (' + ', '.join(one.tags) + ')' if one.tags else ''}" for one in lines]
    yield _one("alerts", "urls", tuple(told), given)


def _named(settings: Settings, given: _Given) -> Iterator[SettingSeen]:
    for engine in settings.engines:
        for key, value in engine.values:
            yield _one(f"engines.{engine.name}", key, Secret(value) if key.startswith(_MAYBE_KEYS) else value, given)
    for account in settings.credentials:
        section = f"credentials.{account.name}"
        yield _one(section, "host", account.hosts, given)
        for key, secret in account.values:
            yield _one(section, key, secret, given)


def _one(section: str, key: str, value: object, given: _Given, *, secret: bool = False, right: str = "") -> SettingSeen:
    origin = given.get((section, key), given.get((section, f"{key}_file"), ""))
    is_secret = secret or isinstance(value, Secret)
    how, line, name = SettingOrigin.USUAL, 0, ""
    if isinstance(origin, int):
        how, line = SettingOrigin.FILE, origin
    elif origin.startswith(CREDENTIAL):
        how, name = SettingOrigin.CREDENTIAL, origin.removeprefix(CREDENTIAL)
    elif origin:
        how, name = SettingOrigin.VARIABLE, origin
    text = setting_text(value)
    return SettingSeen(section, key, "" if is_secret else text, bool(text), is_secret, how, line, name, right)


def setting_text(value: object) -> str:
    """As a person reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Secret():
            return value.value
        case time():
            return f"{value:%H:%M}"
        case (time() as begin, time() as end):
            return f"{begin:%H:%M}-{end:%H:%M}"
        case tuple() | list():
            return ", ".join(map(setting_text, value))
        case Path() | int() | float() | str():
            return str(value)
        case _:
            return ", ".join(setting_text(getattr(value, one.name)) for one in fields(value))  # type: ignore[arg-type]


def _right(shape: type, key: str) -> str:
    return next((one.text for one in hints_of(shape)[key].__metadata__ if isinstance(one, Right)), "")
