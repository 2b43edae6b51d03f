"""One member of a round never ends it for the others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.errors import MonitorError, NewerStore

log = logging.getLogger(__name__)


@contextmanager
def surviving(what: str) -> Iterator[None]:
    """`with surviving("digest"): ...` for each of many: what goes wrong is noted, and the next one is turned to. Only a
    store that a newer version upgraded ends the round: nothing can be done in it any more. what: the step, in one word,
    as the journal takes it."""
    try:
        yield
    except NewerStore:
        raise
    except MonitorError as error:  # its text may hold names
        said = {"action": "left_out", "round": what, "error": type(error).__name__}
        log.warning("one member of a round was left out: `doctor` says more", extra=said)
    except Exception:
        said = {"action": "left_out_fault", "round": what}
        log.exception("one member of a round was left out by a fault of the program", extra=said)
