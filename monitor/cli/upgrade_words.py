"""That opening the store upgraded it, whoever opened it first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from monitor.cli import printing

if TYPE_CHECKING:
    from monitor.model.settings import Settings


@contextmanager
def told_of_upgrade(found: Settings) -> Iterator[None]:
    """Where opening it upgraded the store: that it did, and how to go back."""
    from monitor.services.upgrades import UPGRADED_FOR_JOURNAL, newest_copy, words_of_upgrade

    before = newest_copy(found)
    yield
    after = newest_copy(found)
    if after is not None and after != before:
        for line in [UPGRADED_FOR_JOURNAL] if "JOURNAL_STREAM" in os.environ else words_of_upgrade(after, found):
            printing.say(line)
