"""How a find stands, in the words of the page."""

from __future__ import annotations

from monitor.catalogue import said, said_many
from monitor.model.figures import CountedAs
from monitor.model.presence import ChangeKind, Standing, Truth
from monitor.review.port.finds import ClosedTold, FindState

_FILES_TOLD = 5  # by their names


def state_told(state: FindState) -> str:
    """A few words, for a list."""
    return {
        FindState.TO_DECIDE: said("to decide"),
        FindState.BACK: said("back again"),
        FindState.NEW: said("new"),
        FindState.CONFIRMED: said("yours"),
        FindState.REPORTED: said("reported"),
        FindState.ONLY_SAID: said("not looked at yet"),
        FindState.REMOVED: said("gone"),
        FindState.LEFT: said("left where it is"),
        FindState.NOT_MINE: said("not yours"),
        FindState.UNDER_18: said("closed"),
    }[state]


def state_explained(state: FindState) -> str:
    """What it means, and what to do next."""
    return {
        FindState.TO_DECIDE: said("It may be one of your pictures. Only you can tell: say whether it is."),
        FindState.BACK: said("It was gone, and is there again. Draft a report about it."),
        FindState.NEW: said("It shows your picture, so it counts as yours. Draft a report about it."),
        FindState.CONFIRMED: said("It is yours, as you said. Draft a report about it."),
        FindState.REPORTED: said("You reported it. Below stands until when they have to answer."),
        FindState.ONLY_SAID: said(
            "A list named this place, and nobody has looked there yet. Nothing is to be done now."
        ),
        FindState.REMOVED: said(
            "It was looked for twice, some time apart, and was gone. It is looked for again later."
        ),
        FindState.LEFT: said("It is yours, and nothing is done about it here, as you said. You can take that back."),
        FindState.NOT_MINE: said("It is not yours, as you said. The same picture stays quiet everywhere."),
        FindState.UNDER_18: said(
            "It was closed, as somebody shown may have been under 18. Only its address and its time are left. "
            "The guide names the services made for that."
        ),
    }[state]


def counted_told(kind: CountedAs) -> str:
    return {
        CountedAs.STILL_THERE: said("Still there"),
        CountedAs.TO_DECIDE: said("Perhaps yours"),
        CountedAs.GONE: said("Gone"),
        CountedAs.SET_ASIDE: said("Set aside by you"),
        CountedAs.ONLY_SAID: said("Not looked at yet"),
        CountedAs.NOT_LOOKED_AT: said("Filed by you, not looked at yet"),
        CountedAs.CLOSED: said("Closed"),
    }[kind]


def truth_told(truth: Truth) -> str:
    return {Truth.PAGE: said("Its page"), Truth.MEDIA: said("Its file"), Truth.SEARCH: said("The search")}[truth]


def standing_told(truth: Truth, standing: Standing) -> str:
    """What is known of it by now."""
    if standing is Standing.NEVER:
        return said("It was not looked at yet.")
    if standing is Standing.GONE:
        return said("It is gone, by two looks some time apart.")
    if standing is Standing.GONE_ONCE:
        return said("It was gone at one look; a second one will say whether that holds.")
    return {
        Truth.PAGE: said("It shows the picture."),
        Truth.MEDIA: said("It still gives the picture."),
        Truth.SEARCH: said("It still shows the picture."),
    }[truth]


def change_told(kind: ChangeKind) -> str:
    return {
        ChangeKind.REMOVED: said("Gone"),
        ChangeKind.BACK: said("There again"),
        ChangeKind.ELSEWHERE: said("Found in this place, after it was gone elsewhere on the site"),
        ChangeKind.DELISTED: said("The search shows it no more"),
        ChangeKind.LISTED: said("The search shows it again"),
    }[kind]


def closed_told(done: ClosedTold) -> str:
    """What came of closing as under 18. What may be left is said, not passed over."""
    told = [
        said_many(
            "%(count)d copy is closed: only its address and its time are left, and nothing is asked for again.",
            "%(count)d copies are closed: only their addresses and times are left, and nothing is asked for again.",
            done.count,
        )
    ]
    if done.has_photo:
        told.append(said("The photo of yours that it shows is not compared any more."))
    for path in done.moved[:_FILES_TOLD]:
        told.append(
            said("A draft is not where it was written: %(path)s. If you moved or copied it, remove it.", path=path)
        )
    for left in done.left[:_FILES_TOLD]:
        told.append(
            said(
                "Not removed so far: %(path)s (%(why)s). It is tried again each time the program runs. Make its place "
                "reachable, or remove it by hand.",
                path=left.path,
                why=left.why,
            )
        )
    more = len(done.moved[_FILES_TOLD:]) + len(done.left[_FILES_TOLD:])
    if more:
        told.append(said_many("%(count)d more file is like that.", "%(count)d more files are like that.", more))
    for count, folder in done.unnamed:
        told.append(
            said_many(
                "%(count)d sealed file in %(folder)s is named by nothing, so it cannot be known what it shows. In a "
                "terminal, reupload-monitor doctor says what to do with it.",
                "%(count)d sealed files in %(folder)s are named by nothing, so it cannot be known what they show. In a "
                "terminal, reupload-monitor doctor says what to do with them.",
                count,
                folder=folder,
            )
        )
    return " ".join(told)
