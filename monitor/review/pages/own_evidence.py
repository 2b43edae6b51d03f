"""What the person adds: threats, messages, files, or words alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitor.catalogue import said, said_many
from monitor.errors import ChangedMeanwhile, MonitorError
from monitor.review.asked import PageAsked, SentForm
from monitor.review.pages.evidence_words import size_told
from monitor.review.port.evidence import GivenContent, OwnTyped
from monitor.review.routing import get, post
from monitor.review.uploads import GivenField, GivenFile, GivenPart, given_parts
from monitor.review.ways import remedy_of

MOST_GIVEN_BYTES = 30_000_000  # of one file that comes through the browser
_MOST_TYPED = 400_000  # bytes of one field, and characters of all: beyond what is taken, so that it can be told
_FIELDS = ("at", "where", "what", "who", "number", "saved_by", "saved_at", "note", "sighting")
_LINES = ("witnesses", "reported_to")


async def _own(asked: PageAsked) -> Response:
    return asked.page(
        "own_evidence.html",
        entries=await asked.core.evidence.own(asked.case),
        vault=await asked.core.showing.vault(asked.session.id),
        size_told=size_told,
    )


async def _ask_add(asked: PageAsked) -> Response:
    return await _add_form(asked, OwnTyped(sighting=asked.query.one("find")), "")


async def _add_form(
    asked: PageAsked, typed: OwnTyped, paths: str, *, error: MonitorError | None = None, status: int = 200
) -> Response:
    field, words = _fault(error) if error is not None else ("", "")
    return asked.page(
        "own_add.html",
        status=status,
        typed=typed,
        paths=paths,
        error=error,
        remedy=remedy_of(error) if error else "",
        wrong={field: words} if field else {},
        vault=await asked.core.showing.vault(asked.session.id),
        most=size_told(MOST_GIVEN_BYTES),
    )


async def _add(asked: PageAsked) -> Response:
    """Each file goes from the socket to its seal, one at a time; nothing is written in between."""
    request = asked.request
    content_type = request.headers.get("content-type", "")
    parts = given_parts(content_type, request.stream(), most_bytes=MOST_GIVEN_BYTES, most_field=_MOST_TYPED)
    form, first = await _typed_in(asked, parts)
    typed = _typed(form)
    paths = form.one("paths")
    try:
        given = _given(first, parts) if first is not None else None
        done = await asked.core.evidence.add(asked.case, typed, _lines(paths), given)
    except MonitorError as error:
        async for _ in parts:  # a browser that is answered before it has sent everything shows an error of its own
            pass
        return await _add_form(asked, typed, paths, error=error, status=409)
    asked.session.answers["added"] = done
    if done.skipped or not done.entry:
        return asked.back("/evidence/own/added")
    told = said("Sealed: what you said.")
    if done.files:
        told = said_many(
            "Sealed: %(count)d file, and what you said.", "Sealed: %(count)d files, and what you said.", done.files
        )
    return asked.back("/evidence/own", told=told, focus=f"entry-{done.entry}")


def _typed(form: SentForm) -> OwnTyped:
    return OwnTyped(
        at=form.one("at"),
        where=form.one("where"),
        what=form.one("what"),
        who=form.one("who"),
        witnesses=_lines(form.one("witnesses")),
        reported_to=_lines(form.one("reported_to")),
        number=form.one("number"),
        saved_by=form.one("saved_by"),
        saved_at=form.one("saved_at"),
        note=form.one("note"),
        sighting=form.one("sighting"),
    )


async def _added(asked: PageAsked) -> Response:
    return asked.page("own_added.html", done=asked.session.answers.get("added"))


def _refuse_other_case(asked: PageAsked, fields: Sequence[tuple[str, str]]) -> None:
    if asked.other_case(fields[0][1]) is not None:
        raise ChangedMeanwhile(
            said("Somebody else is chosen meanwhile, in another window perhaps. Nothing was added."),
            remedy=said("Choose at the top of the page whom it is about, and add it there."),
        )


async def _typed_in(asked: PageAsked, parts: AsyncIterator[GivenPart]) -> tuple[SentForm, GivenFile | None]:
    """The fields, and the first file behind them; None where none was chosen. Raises 403 without the token, which comes
    first."""
    fields: list[tuple[str, str]] = []
    size = 0
    async for part in parts:
        if isinstance(part, GivenField):
            if not fields and (part.name != "token" or not asked.session.has_token(part.value)):
                break
            fields.append((part.name, part.value))
            size += len(part.value)
            if size > _MOST_TYPED:
                raise HTTPException(413)
        elif not fields:
            break
        elif part.filename:
            _refuse_other_case(asked, fields)
            return SentForm(tuple(fields)), part
    if not fields:
        raise HTTPException(403)
    _refuse_other_case(asked, fields)
    return SentForm(tuple(fields)), None


async def _given(first: GivenFile, parts: AsyncIterator[GivenPart]) -> AsyncIterator[GivenContent]:
    yield _content(first)
    async for part in parts:
        if isinstance(part, GivenFile) and part.filename:
            yield _content(part)


def _content(file: GivenFile) -> GivenContent:
    if not file.is_cut:
        return GivenContent(file.filename, file.content)
    reason = said(
        "It is larger than %(most)s, as much as comes through the browser. Type where it lies instead.",
        most=size_told(MOST_GIVEN_BYTES),
    )
    return GivenContent(file.filename, b"", reason)


def _fault(error: MonitorError) -> tuple[str, str]:
    """The field that it is about, and its words; '' and '' where it is about none."""
    message = str(error)
    for option, name in (("--at ", "at"), ("--saved-at ", "saved_at")):
        if message.startswith(option):
            return name, message.removeprefix(option)
    for name in (*_FIELDS, *_LINES):
        if message.startswith(f"{name} has "):
            return name, message
    return ("sighting", message) if "find number" in message or "no sighting" in message else ("", "")


def _lines(typed: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in typed.splitlines() if line.strip())


async def _ask_remove(asked: PageAsked) -> Response:
    entry = asked.path["entry"]
    known = next((one for one in await asked.core.evidence.own(asked.case) if one.entry == entry), None)
    if known is None:
        return asked.back("/evidence/own", told=said("This entry is not there any more."))
    return asked.page("own_remove.html", entry=known)


async def _remove(asked: PageAsked) -> Response:
    await asked.core.evidence.remove(asked.case, asked.form.one("entry"))
    return asked.back("/evidence/own", told=said("It is removed. The custody log keeps that there was an entry."))


routes = (
    get("/evidence/own", _own),
    get("/evidence/own/add", _ask_add),
    post("/evidence/own/add", _add, is_streamed=True),
    get("/evidence/own/added", _added),
    get("/evidence/own/remove/{entry}", _ask_remove),
    post("/evidence/own/remove", _remove),
)
