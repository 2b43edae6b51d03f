"""Kind `page`: one address, its next pages, the links that its selector finds."""

from __future__ import annotations

from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.ports import Source
from monitor.sources.base import Pages


def make(watch: Watch, settings: Settings) -> Source:
    return Pages()
