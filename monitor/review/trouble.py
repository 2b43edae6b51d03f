"""Pages for what went wrong: what happened, what still works, what to do. Never a blank one, never a traceback."""

from __future__ import annotations

from starlette.responses import Response

from monitor.catalogue import said
from monitor.errors import MonitorError, NeedsUser, NoSuch, NoWriting, StoreError, UsageError
from monitor.review.asked import NoCaseChosen, PageAsked
from monitor.review.unsent import worth_keeping
from monitor.review.ways import remedy_of


class NotOpened(MonitorError):
    """The store, with its case, could not be opened at all. why: as it was told."""

    def __init__(self, why: MonitorError) -> None:
        super().__init__(str(why), remedy=why.remedy, way=why.way)
        self.why = why


def of_told_error(error: MonitorError, asked: PageAsked) -> Response:
    again = None
    if asked.request.method == "POST" and asked.visitor is not None:
        again = worth_keeping(asked.request.url.path, asked.form)
    if isinstance(error, NoSuch):
        return _nothing_there(asked, again=again)
    if isinstance(error, NoCaseChosen):
        return asked.page("which_case.html", then=asked.request.url.path if asked.request.method == "GET" else "/")
    heading, works, status = _told(error)
    if asked.is_staffed and not asked.cases:
        works = said("Nothing was changed. No page shows a case before somebody gives you a role in one.")
    return _page(asked, status, heading, str(error), remedy_of(error), works, again=again)


def _told(error: MonitorError) -> tuple[str, str, int]:
    """Heading, what still works, and the status of the answer."""
    if isinstance(error, NotOpened):
        works = said(
            "Nothing was changed. Leaving and the help work here, and the guide works in a terminal: reupload-monitor "
            "guide. When it is mended, open this page again."
        )
        return said("What is kept cannot be opened now"), works, 503
    if isinstance(error, NoWriting):
        works = said(
            "Everything that was kept before is still there, and can be looked at. What you sent was not kept."
        )
        return said("Nothing can be kept now"), works, 507 if error.is_full else 503
    if isinstance(error, StoreError):
        works = said("What you sent was not kept, and nothing else was lost. Wait a moment, then try again.")
        return said("What is kept could not be reached"), works, 503
    if isinstance(error, NeedsUser):
        return said("Something is needed from you first"), said("All other pages work as before."), 409
    works = said("Nothing was changed. All other pages work as before.")
    return said("This could not be done"), works, 400 if isinstance(error, UsageError) else 409


def of_fault(asked: PageAsked) -> Response:
    return _page(
        asked,
        500,
        said("Something went wrong in this program"),
        said("It is a fault of the program, and nothing that you did."),
        said(
            "Go back and try again. If it happens again, look at the terminal where the program runs: it says there "
            "what failed."
        ),
        said("What was kept before is still there. All other pages work as before."),
    )


def of_status(status: int, asked: PageAsked) -> Response:
    """What was asked for is not there, not to be had in that way, or too much."""
    works = said("Nothing was changed. All other pages work as before.")
    if status == 413:
        heading = said("That is too much at once")
        return _page(
            asked,
            status,
            heading,
            said("What you sent is larger than this form takes, so nothing of it was taken."),
            said("Go back, and send it in smaller parts."),
            works,
        )
    if status == 405:
        heading = said("This cannot be opened by its address alone")
        return _page(
            asked,
            status,
            heading,
            said("It is done by a button on a page, and was not done now."),
            said("Go to the list, and press the button there."),
            works,
        )
    return _nothing_there(asked, status)


def _nothing_there(asked: PageAsked, status: int = 404, **values: object) -> Response:
    """Whether another case has it is not told."""
    return _page(
        asked,
        status,
        said("There is no such page"),
        said("It may have been of something that is closed by now, or of another case."),
        said("Go to the list: what is there can be reached from it."),
        said("Nothing was changed. All other pages work as before."),
        **values,
    )


def _page(
    asked: PageAsked, status: int, heading: str, message: str, remedy: str, works: str, **values: object
) -> Response:
    again = values.pop("again", None)
    return asked.page(
        "trouble.html", status=status, heading=heading, message=message, remedy=remedy, works=works, again=again
    )
