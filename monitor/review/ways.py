"""How the page mends what went wrong. Where it has a way of its own it says that; else what is typed in a terminal."""

from __future__ import annotations

from monitor.catalogue import said
from monitor.errors import MonitorError
from monitor.mending import Mending


def remedy_of(error: MonitorError) -> str:
    return error.remedy if error.way is None else way_told(error.way)


def way_told(way: Mending) -> str:
    return {
        Mending.LIST_FINDS: said("The page of the evidence lists every find with its number."),
        Mending.LIST_REPORTS: said("The list of all reports has every one of them."),
        Mending.LIST_EVIDENCE: said("The page of the evidence lists all that is kept."),
        Mending.LIST_PHOTOS: said("The page of the first steps lists your photos, under step 4."),
        Mending.LIST_WATCHES: said("The page of the places lists all that are watched."),
        Mending.MAKE_A_KEY: said(
            "Step 3 of the first steps makes a key, with a passphrase. Keep the files where they are until then."
        ),
        Mending.SAY_ADULT: said("Step 2 of the first steps asks for that."),
        Mending.UNDER_18: said("The guide names the services made for that: What to do now, under 18."),
        Mending.UNDO_WORD: said("What you said of it can be taken back on its page, with Undo."),
        Mending.SAY_MINE: said("Open its page first, and say there whether it is yours."),
        Mending.OTHER_PACKET_FILE: said("Type another name of a file where it says where the packet is written."),
        Mending.OTHER_PACKET_FOLDER: said(
            "Type a folder that is there and in which you can write, best on a stick or disk that is encrypted."
        ),
        Mending.NAME_AS_ZIP: said("Let the name of the file end in .zip"),
        Mending.ROOM_FOR_PACKET: said("Make room, or name a file on another disk. Nothing of it was left."),
        Mending.SAY_SOMETHING: said("Choose a file, or fill in one of the fields."),
        Mending.SAY_WHEN: said(
            "For example: 2026-11-20 21:30, or the day alone: 2026-11-20, or words that begin with about: about the "
            "end of October."
        ),
        Mending.KEEP_AS_OWN: said(
            "Keep the long text under Evidence, What you added, and say here in short what it says."
        ),
        Mending.NUMBER_ALONE: said("Type the number alone; what else they wrote goes into the field for their words."),
        Mending.SAY_ACKNOWLEDGED: said(
            "Choose that they wrote, without a decision, and put their words below. The clock goes on as it was."
        ),
        Mending.SAY_WHEN_THEY_ANSWERED: said(
            "If they said it earlier, type when. Else choose that they wrote, without a decision."
        ),
        Mending.DRAFTS_FOLDER: said(
            "The folder has to be there, to be yours alone, and to have room. Mend that, then write the drafts again."
        ),
        Mending.ADD_CHANNEL: said("Step 6 of the first steps adds one."),
        Mending.RESUME_WATCH: said("The page of the places has a button to go on looking there."),
        Mending.START_DAEMON: said("Start the program that looks: the page of the places says how."),
    }[way]
