"""One picture at a time, when it is asked for, and the passphrase that opens it."""

from __future__ import annotations

import secrets

from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitor.catalogue import said
from monitor.errors import Locked, MonitorError, TooSoon
from monitor.review.asked import PageAsked
from monitor.review.pages.evidence_words import kind_words
from monitor.review.routing import get, post
from monitor.review.shown_once import SHOWN_FOR, ShownOnce
from monitor.review.ways import remedy_of

_THEN = {"export": "/evidence/export", "check": "/evidence/check"}
"""Where somebody goes on after the passphrase, but to a picture."""
_MOST_PART = 63
_COOKIE = "__Host-changed"  # means nothing, but that it is another one each time


async def _ask_passphrase(asked: PageAsked) -> Response:
    if (await asked.core.showing.vault(asked.session.id)).is_open and not asked.query.one("item"):
        return asked.back(_THEN.get(asked.query.one("then"), "/evidence"))
    return await _form(asked, item=asked.query.one("item"), part=asked.query.one("part"), then=asked.query.one("then"))


async def _form(
    asked: PageAsked,
    *,
    item: str,
    part: str,
    then: str,
    identity: str | None = None,
    fault: str = "",
    remedy: str = "",
    status: int = 200,
) -> Response:
    vault = await asked.core.showing.vault(asked.session.id)
    return asked.page(
        "unlock.html",
        status=status,
        vault=vault,
        identity=vault.identity if identity is None else identity,
        names_file=not vault.identity or identity not in (None, vault.identity),
        item=item,
        part=part,
        then=then,
        fault=fault,
        remedy=remedy,
    )


async def _unlock(asked: PageAsked) -> Response:
    form, showing = asked.form, asked.core.showing
    item, part, then = form.one("item"), form.one("part"), form.one("then")
    identity = form.one("identity") or (await showing.vault(asked.session.id)).identity
    try:
        await showing.unlock(asked.session.id, identity, form.one("passphrase"))
    except TooSoon:
        return await _form(asked, item=item, part=part, then=then, identity=identity, status=409)
    except MonitorError as error:
        is_words = isinstance(error, Locked)
        fault = said("These words do not open it.") if is_words else str(error)
        remedy = said("Capital letters and spaces count. Try again, or paste them.") if is_words else remedy_of(error)
        return await _form(
            asked, item=item, part=part, then=then, identity=identity, fault=fault, remedy=remedy, status=409
        )
    if item:
        return await _shown_anew(asked, item, part)
    return asked.back(_THEN.get(then, "/evidence"), told=said("The evidence is open until you lock it, or leave."))


async def _show(asked: PageAsked) -> Response:
    item, part = asked.form.one("item"), asked.form.one("part")
    if not await asked.core.showing.is_open(asked.session.id):
        return asked.back(f"/unlock?item={_plain(item)}&part={_number(part)}")
    return await _shown_anew(asked, item, part)


async def _shown_anew(asked: PageAsked, item: str, part: str) -> Response:
    asked.session.shown = None
    try:
        picture = await asked.core.showing.show(asked.session.id, asked.case, item, _number(part))
    except MonitorError as error:
        return asked.page("not_shown.html", status=409, message=str(error), remedy=remedy_of(error))
    asked.session.shown = ShownOnce.begun(item, picture, asked.now)
    return asked.back(f"/shown/{asked.session.shown.ticket}", focus="shown")


async def _page_of_picture(asked: PageAsked) -> Response:
    _refuse_a_glance(asked)
    shown = _current(asked)
    if shown is None or shown.has_page or shown.picture is None:
        return asked.page("not_any_more.html", status=410)
    shown.has_page = True
    answer = asked.page(
        "shown.html",
        shown=shown,
        picture=shown.picture,
        kind=kind_words(shown.picture.kind),
        seconds=int(SHOWN_FOR.total_seconds()),
    )
    answer.headers["refresh"] = f"{int(SHOWN_FOR.total_seconds())}; url=/shown/{shown.ticket}/over"
    return answer


async def _picture(asked: PageAsked) -> Response:
    _refuse_a_glance(asked)
    shown = _current(asked)
    png = shown.take() if shown is not None and shown.has_page else b""
    if not png:
        raise HTTPException(410)
    answer = Response(png, media_type="image/png")
    # Chromium keeps pages whole for `Back`, whatever no-store says, unless a cookie that no script sees has changed
    # since such a page came: so the picture cannot come back unasked, with scripts or without.
    answer.set_cookie(
        _COOKIE, secrets.token_urlsafe(6), path="/", secure=True, httponly=True, samesite="strict", max_age=60
    )
    return answer


async def _over(asked: PageAsked) -> Response:
    return _hidden(asked, said("The picture was hidden after half a minute. It can be shown again."))


async def _hide(asked: PageAsked) -> Response:
    return _hidden(asked, said("The picture is hidden."))


def _hidden(asked: PageAsked, told: str) -> Response:
    shown, asked.session.shown = asked.session.shown, None
    if shown is None:
        return asked.back("/evidence", told=told)
    shown.drop()
    return asked.back(shown.back, told=told, focus=f"file-{shown.item}")


async def _forgotten(asked: PageAsked) -> Response:
    return asked.page("forgotten.html", vault=await asked.core.showing.vault(asked.session.id))


def _refuse_a_glance(asked: PageAsked) -> None:
    """Whoever asks for the head alone gets nothing of what is shown once, and does not use it up."""
    if asked.request.method == "HEAD":
        raise HTTPException(405)


def _current(asked: PageAsked) -> ShownOnce | None:
    shown = asked.session.shown
    return shown if shown is not None and shown.is_for(asked.path["ticket"], asked.now) else None


def _number(untrusted: str) -> int:
    return min(int(untrusted), _MOST_PART) if untrusted.isascii() and untrusted.isdecimal() and untrusted else 0


def _plain(untrusted: str) -> str:
    """An id: what else was sent is none."""
    return untrusted if untrusted.isascii() and untrusted.isalnum() else ""


routes = (
    get("/unlock", _ask_passphrase),
    post("/unlock", _unlock),
    get("/passphrase", _forgotten),
    post("/show", _show),
    post("/hide", _hide),
    get("/shown/{ticket}", _page_of_picture),
    get("/shown/{ticket}/picture", _picture),
    get("/shown/{ticket}/over", _over),
)
