"""Where many machines share a database, all go by its clock; what a machine's own shows is only noted."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from monitor.clock import Clock, CorrectedClock
from monitor.measures import Measure, note_measure

log = logging.getLogger(__name__)

TOLD_FROM = timedelta(minutes=1)
"""What a time service puts right by itself is told to nobody."""


class KeptTime:
    """heard: by the database, with each transaction. own: this machine's; clock: the same, set by what was heard."""

    def __init__(self, own: Clock) -> None:
        self.clock = CorrectedClock(own)
        self._is_told = False

    def heard(self, theirs: datetime, before: datetime, after: datetime) -> None:
        if not self.clock.heard(theirs, before, after):
            return
        off_s = self.clock.off_by.total_seconds()
        note_measure(Measure.CLOCK_OFF, off_s)
        is_far = abs(self.clock.off_by) > TOLD_FROM
        if is_far and not self._is_told:
            said = {"action": "clock_off", "seconds": round(off_s)}
            log.warning("the clock of this machine is wrong: that of the database is gone by", extra=said)
        elif self._is_told and not is_far:
            log.info("the clock of this machine is right again", extra={"action": "clock_right"})
        self._is_told = is_far
