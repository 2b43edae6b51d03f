"""What would mend an error, as data: a command and a page each have their own way there. `MonitorError.remedy` says how
it is typed; the page has words of its own for these."""

from __future__ import annotations

from enum import StrEnum, auto


class Mending(StrEnum):
    LIST_FINDS = auto()
    LIST_REPORTS = auto()
    LIST_EVIDENCE = auto()
    LIST_PHOTOS = auto()
    LIST_WATCHES = auto()
    MAKE_A_KEY = auto()
    SAY_ADULT = auto()
    UNDER_18 = auto()
    UNDO_WORD = auto()  # what was said of a find
    SAY_MINE = auto()
    OTHER_PACKET_FILE = auto()
    OTHER_PACKET_FOLDER = auto()
    NAME_AS_ZIP = auto()
    ROOM_FOR_PACKET = auto()
    SAY_SOMETHING = auto()  # of evidence of one's own
    SAY_WHEN = auto()
    KEEP_AS_OWN = auto()  # what is too long elsewhere
    NUMBER_ALONE = auto()
    SAY_ACKNOWLEDGED = auto()
    SAY_WHEN_THEY_ANSWERED = auto()
    DRAFTS_FOLDER = auto()
    ADD_CHANNEL = auto()
    RESUME_WATCH = auto()
    START_DAEMON = auto()
