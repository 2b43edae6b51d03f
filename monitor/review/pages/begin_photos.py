"""The first use, step four: photos, from a folder or chosen in the browser. On this machine alone, whatever the
settings say."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from monitor.catalogue import said
from monitor.errors import UsageError
from monitor.review.asked import PageAsked
from monitor.review.pages.begin import onward, step_path, the_first_use, wrong_fields
from monitor.review.pages.guide import topic_path
from monitor.review.port.first_use import FirstStep, WrongAnswer
from monitor.review.routing import get, post
from monitor.review.uploads import GivenField, GivenFile, given_parts

MOST_PHOTO_BYTES = 30 * 1024 * 1024
MOST_ROWS_SHOWN = 200
"""Rows on one page: of what was refused, and of what was taken."""
_HERE = step_path(FirstStep.PHOTOS)


async def _photos(asked: PageAsked) -> Response:
    return await _photos_page(asked)


async def _photos_page(asked: PageAsked, error: WrongAnswer | None = None) -> Response:
    _only_here(asked)
    photos = await the_first_use(asked).photos()
    return asked.page(
        "begin/photos.html",
        status=422 if error else 200,
        photos=photos,
        refused=[row for row in photos.rows if row.reason and not row.is_known][:MOST_ROWS_SHOWN],
        known=[row for row in photos.rows if row.is_known],
        taken=[row for row in photos.rows if row.picture and not row.is_known],
        most_shown=MOST_ROWS_SHOWN,
        most_megabytes=MOST_PHOTO_BYTES // 1024 // 1024,
        folder=asked.form.one("folder"),
        faults=wrong_fields(error) if error else (),
    )


async def _folder(asked: PageAsked) -> Response:
    _only_here(asked)
    if asked.form.one("act") == "stop":
        await the_first_use(asked).stop_reading()
        return asked.back(_HERE, told=said("It stops after the photo in hand. What was read by then stays."))
    try:
        await the_first_use(asked).read_folder(asked.form.one("folder"))
    except WrongAnswer as error:
        return await _photos_page(asked, error)
    return asked.back(_HERE, focus="read")


async def _files(asked: PageAsked) -> Response:
    """One picture at a time, from the socket to a reader; what comes behind waits."""
    _only_here(asked)
    request, is_known = asked.request, False
    try:
        parts = given_parts(request.headers.get("content-type", ""), request.stream(), most_bytes=MOST_PHOTO_BYTES)
        async for part in parts:
            if not is_known:
                if not isinstance(part, GivenField) or not _is_token(part, asked):
                    raise HTTPException(403)
                is_known = True
            elif isinstance(part, GivenFile) and part.filename:
                await _take(asked, part)
    except ClientDisconnect:  # the page was closed midway: what was read by then stays
        return Response(status_code=400)
    return asked.back(_HERE, focus="read")


def _is_token(part: GivenField, asked: PageAsked) -> bool:
    return part.name == "token" and asked.session.has_token(part.value)


async def _take(asked: PageAsked, part: GivenFile) -> None:
    if part.is_cut:
        most = MOST_PHOTO_BYTES // 1024 // 1024
        reason = said("it has more than %(count)s MB: read it from its folder, where larger ones are taken", count=most)
        await the_first_use(asked).leave_out(part.filename, reason)
    else:
        await the_first_use(asked).take_photo(part.filename, part.content)


async def _under_18(asked: PageAsked) -> Response:
    picture, name = asked.form.one("picture"), asked.form.one("name")
    if asked.form.one("sure") != "yes":
        return asked.page("begin/under_18.html", picture=picture, name=name, guide=topic_path("under-18"))
    await the_first_use(asked).forget_photo(picture)
    return asked.back(_HERE, told=said("Nothing of it is kept any more."))


async def _done(asked: PageAsked) -> Response:
    return await onward(asked, FirstStep.PHOTOS, "")


def _only_here(asked: PageAsked) -> None:
    if not asked.is_here:
        raise UsageError(
            said("photos are read only where this page is opened on the computer that it runs on"),
            remedy=said("Open it there, or type in a terminal there: reupload-monitor enroll FOLDER"),
        )


routes = (
    get("/begin/4", _photos),
    post("/begin/4", _folder),
    post("/begin/4/files", _files, is_streamed=True),
    post("/begin/4/under-18", _under_18),
    post("/begin/4/done", _done),
)
