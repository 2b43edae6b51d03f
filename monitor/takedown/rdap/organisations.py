"""Whose a network or a name is, among those that the channels know."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from monitor.model.hosting import HostPart


@dataclass(frozen=True, slots=True)
class Organisation:
    """desk: the id of its channel. part: what it is to a place. name, leads_to: how it is told, as
    `organisations.toml` says."""

    desk: str
    part: HostPart
    name: str = ""
    leads_to: str = ""

    def is_called(self, said: str) -> bool:
        pattern = rf"(?<![a-z0-9]){re.escape(self.name)}"
        return bool(self.name) and re.search(pattern, said.lower()) is not None

    def is_alias_of(self, host: str) -> bool:
        return bool(self.leads_to) and f".{host}".endswith(f".{self.leads_to}")


@cache
def organisations() -> tuple[Organisation, ...]:
    text = (files("monitor.takedown.rdap") / "organisations.toml").read_text("utf-8")
    rows = tomllib.loads(text)["organisation"]
    return tuple(Organisation(**row | {"part": HostPart(row["part"])}) for row in rows)


def cdn_of(names: tuple[str, ...], leads_to: str) -> Organisation | None:
    """names: what the registry calls the network and its holder. leads_to: what the place's name is an alias of."""
    cdns = [known for known in organisations() if known.part is HostPart.CDN]
    return next((cdn for cdn in cdns if cdn.is_alias_of(leads_to) or any(cdn.is_called(name) for name in names)), None)


def desk_of(part: HostPart, name: str) -> str:
    """The id of the channel; '' where none is known."""
    known = (one for one in organisations() if one.part is part)
    return next((one.desk for one in known if one.is_called(name)), "")
