"""What stands in the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from monitor.model.ids import CaseId


@dataclass(frozen=True, slots=True)
class SettingTold:
    """section: its heading in the file, '' at the top. value: '' where nothing is set, and of a secret. origin: usual
    (it stands nowhere), file (`line` says where), variable or credential (`name` says which), case (set
    for this one alone). own_name: by which `case set` knows it, '' where the case cannot have it for itself. right:
    what could stand there, in words from below."""

    section: str
    key: str
    value: str
    is_set: bool
    is_secret: bool
    origin: str
    line: int = 0
    name: str = ""
    right: str = ""
    own_name: str = ""


@dataclass(frozen=True, slots=True)
class SettingsTold:
    """file: the configuration, '' where there is none. program: how it is called in a terminal."""

    file: str
    program: str
    settings: tuple[SettingTold, ...]


class SettingsPart(Protocol):
    async def told(self, case: CaseId) -> SettingsTold:
        """Of the machine, and of that case; nothing of another."""
        ...
