"""Kind `urls`: a list of addresses, pages or pictures. Each is looked at as it stands; next pages are not followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Pages

if TYPE_CHECKING:
    from monitor.ports import Source


def make(watch: Watch, settings: Settings) -> Source:
    return Pages(follow_next=False)
