"""What is to be decided: by site, and all of one site at once; and what was said, to be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from starlette.responses import Response

from monitor.catalogue import said, said_many
from monitor.errors import NoSuch, UsageError
from monitor.model.deciding import MOST_NOTED, DecisionAct
from monitor.review.asked import PageAsked
from monitor.review.decided_words import done_told, state_now, stroke_told, undone_told
from monitor.review.port.inbox import SaidNow, SeenFind
from monitor.review.routing import get, own_path, post
from monitor.review.text import day
from monitor.tracking.deciding import PutOff

INBOX = "/"
STROKES = 10
"""After so many decisions it is a good time to stop."""
_SHOWN_CHANGED = 20


async def _inbox(asked: PageAsked) -> Response:
    begin, holding = _number(asked.query.one("from")), asked.session.holding
    now = await asked.core.inbox.waiting(asked.case, begin=begin, holding=holding, since=asked.session.since)
    if now.cards or holding:
        return asked.page("inbox.html", shown=now, holding=holding, stroke_told=stroke_told)
    if begin:
        return asked.back(INBOX)
    looked, daemon = await asked.core.inbox.looked(asked.case), await asked.core.wishes.daemon()
    return asked.page("inbox_empty.html", shown=now, looked=looked, daemon=daemon, stroke_told=stroke_told)


async def _filter(asked: PageAsked) -> Response:
    """What was typed stays with the session: an address with it would stand in the browser's history."""
    asked.session.holding = asked.form.one("with").strip()[:100]
    return asked.back(INBOX, focus="with")


async def _decide(asked: PageAsked) -> Response:
    act, put_off, finds = _meant(asked)
    then, incidents = own_path(asked.form.one("then"), INBOX), tuple[str, ...]()
    begin = _number(asked.form.one("from"))
    if then == INBOX:
        incidents = await asked.core.inbox.order(asked.case, begin=begin, holding=asked.session.holding)
    text = asked.form.one("text")
    try:
        done = await asked.core.inbox.decide(
            asked.case, act, finds, since=asked.session.since, put_off=put_off, text=text
        )
    except UsageError as error:
        if act is DecisionAct.NOTE and finds:
            return await _note_again(asked, finds[0].name, text, error)
        raise
    if done.changed:
        return asked.back(_changed_path(done, then), told=_told(asked, done, act) if done.done else "")
    told = _told(asked, done, act)
    focus = _next_focus(incidents, done.incidents) if then == INBOX else asked.form.one("focus")[:100]
    if then == INBOX:
        then = f"{INBOX}?from={begin}" if begin else INBOX
    if done.batch and act is not DecisionAct.NOTE and done.strokes % STROKES == 0:
        return asked.back(f"/rest?{urlencode({'then': f'{then}#{focus}' if focus else then})}", told=told)
    return asked.back(then, told=told, focus=focus)


def _meant(asked: PageAsked) -> tuple[DecisionAct, PutOff, tuple[SeenFind, ...]]:
    """What was pressed: a button says all of it (`do`), or which act, beside the finds that are ticked. Raises
    UsageError."""
    act, _, one = asked.form.one("do").partition(" ")
    finds = (one,) if one else asked.form.all("find")
    put_off = next((how for how in PutOff if how == act), PutOff.TOMORROW)
    try:
        meant = DecisionAct.LATER if act == put_off else DecisionAct(act)
    except ValueError as error:
        raise UsageError(
            said("What was pressed is not known here."),
            remedy=said("Go back to what is to decide, and press it there."),
        ) from error
    seen = tuple(_seen(find) for find in finds)
    if not seen:
        raise UsageError(said("Nothing was ticked."), remedy=said("Go back, and tick what you mean."))
    return meant, put_off, seen


def _seen(untrusted: str) -> SeenFind:
    name, _, stamp = untrusted.partition(" ")
    return SeenFind(name, stamp)


async def _changed(asked: PageAsked) -> Response:
    finds = await asked.core.inbox.finds(asked.case, asked.query.all("find")[:_SHOWN_CHANGED])
    return asked.page("changed.html", finds=finds, state_now=state_now, then=own_path(asked.query.one("then"), INBOX))


async def _copies(asked: PageAsked) -> Response:
    act = next((one for one in DecisionAct if one == asked.query.one("act")), None)
    host = await _host(asked)
    found = await asked.core.inbox.copies(asked.case, asked.path["incident"], host=host)
    if not found.finds:
        return asked.back(INBOX, told=said("Nothing waits there any more."))
    return asked.page("copies.html", found=found, host=host, act=act)


async def _host(asked: PageAsked) -> str:
    """Of a find that is named by its id; '': all hosts of the site."""
    beside = asked.query.one("beside")
    found = await asked.core.inbox.finds(asked.case, (beside,)) if beside else ()
    return found[0].host if found else ""


async def _aside(asked: PageAsked) -> Response:
    return asked.page("put_aside.html", finds=await asked.core.inbox.put_aside(asked.case))


async def _said(asked: PageAsked) -> Response:
    strokes = await asked.core.inbox.said(asked.case)
    return asked.page("said.html", strokes=strokes, stroke_told=stroke_told)


async def _undo(asked: PageAsked) -> Response:
    then = own_path(asked.form.one("then"), INBOX)
    done = await asked.core.inbox.undo(asked.case, asked.form.one("batch"), since=asked.session.since)
    if done.changed:
        return asked.back(_changed_path(done, then), told=undone_told(done.done, len(done.changed)))
    focus = f"i-{done.incidents[0]}" if then == INBOX and done.incidents else ""
    return asked.back(then, told=undone_told(done.done, 0), focus=focus)


async def _note(asked: PageAsked) -> Response:
    return await _note_page(asked, asked.path["find"], "", None)


async def _note_again(asked: PageAsked, find: str, text: str, error: UsageError) -> Response:
    return await _note_page(asked, find, text, error, then=own_path(asked.form.one("then"), INBOX))


async def _note_page(asked: PageAsked, find: str, text: str, error: UsageError | None, then: str = "") -> Response:
    found = await asked.core.inbox.finds(asked.case, (find,))
    if not found:
        raise NoSuch(said("There is no such find here."), remedy=said("Go to what is to decide."))
    then = then or own_path(asked.query.one("then"), INBOX)
    fault = _note_fault(text) if error else None
    status = 422 if error else 200
    return asked.page("note.html", status=status, find=found[0], typed=text, fault=fault, then=then)


def _note_fault(text: str) -> str:
    if not text.strip():
        return said("Type your words first, or go back without a note.")
    return said_many(
        "A note has room for %(most)s characters, and this is %(count)d too long. Shorten it, or keep it as evidence.",
        "A note has room for %(most)s characters, and this is %(count)d too long. Shorten it, or keep it as evidence.",
        len(text.strip()) - MOST_NOTED,
        most=MOST_NOTED,
    )


async def _rest(asked: PageAsked) -> Response:
    return asked.page("rest.html", then=own_path(asked.query.one("then"), INBOX))


def _next_focus(order: tuple[str, ...], decided: Iterable[str]) -> str:
    """The one behind what was decided; at the end of the list the one before it."""
    gone = set(decided)
    at = [number for number, one in enumerate(order) if one in gone]
    behind = [one for one in order[at[-1] + 1 :] if one not in gone] if at else []
    before = [one for one in order if one not in gone]
    chosen = behind[:1] or before[-1:]
    return f"i-{chosen[0]}" if chosen else ""


def _changed_path(done: SaidNow, then: str) -> str:
    shown = [("find", one.id) for one in done.changed[:_SHOWN_CHANGED]]
    return f"/changed?{urlencode([*shown, ('then', then)])}"


def _told(asked: PageAsked, done: SaidNow, act: DecisionAct) -> str:
    return done_told(act, done.done, day(done.until, asked.now, asked.zone) if done.until else "")


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 8 else 0


routes = (
    get(INBOX, _inbox),
    post("/filter", _filter),
    post("/decide", _decide),
    get("/changed", _changed),
    get("/copies/{incident}", _copies),
    get("/later", _aside),
    get("/said", _said),
    post("/undo", _undo),
    get("/note/{find}", _note),
    get("/rest", _rest),
)
