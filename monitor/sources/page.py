"""Kind `page`: one address, its next pages, the links that its selector finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Pages

if TYPE_CHECKING:
    from monitor.ports import Source


def make(watch: Watch, settings: Settings) -> Source:
    return Pages()
