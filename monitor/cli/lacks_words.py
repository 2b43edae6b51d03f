"""What is still missing (a channel, a watch, a photo, a secret that no backup holds), told where a command would
otherwise work in vain."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from monitor.cli import printing

if TYPE_CHECKING:
    from monitor.tracking.readiness import Lack

log = logging.getLogger(__name__)


def tell_lacks(lacks: Iterable[Lack]) -> None:
    for one in lacks:
        printing.say(f"warning: {printing.plain(one.message, 300)}")
        printing.say(f"    {printing.plain(one.remedy, 300)}")


def tell_daemon(lacks: Iterable[Lack], *, debug: bool) -> None:
    """In the journal, which others may read, no case is named."""
    from monitor.daemon.logs import is_journal, log_to_stderr

    if not is_journal(sys.stderr):
        tell_lacks(lacks)
        return
    log_to_stderr(debug=debug)
    for one in lacks:
        log.warning("something is missing: `reupload-monitor status` says what to do", extra={"missing": one.key})
