"""What is kept of each find and what it lacks; checking it, and handing it on."""

from __future__ import annotations

from starlette.responses import Response

from monitor.catalogue import said
from monitor.errors import MonitorError
from monitor.model.wish import WishKind
from monitor.review.asked import PageAsked
from monitor.review.pages.evidence_words import kind_words, size_told
from monitor.review.port.evidence import KeptFind
from monitor.review.routing import get, post
from monitor.review.ways import remedy_of

_PAGE = 50
_MOST_FINDS = 500  # in one packet
_MOST_DIGITS = 40  # of a range


async def _evidence(asked: PageAsked) -> Response:
    page = await asked.core.evidence.page(asked.case, _number(asked.query.one("after")), _PAGE)
    vault = await asked.core.showing.vault(asked.session.id)
    return asked.page("evidence.html", page=page, vault=vault, kept_words=_has_words, lacks_of=_lacking)


async def _of_find(asked: PageAsked) -> Response:
    find = await asked.core.evidence.of(asked.case, asked.path["find"])
    return asked.page(
        "evidence_of_find.html",
        find=find,
        vault=await asked.core.showing.vault(asked.session.id),
        wish=await asked.core.wishes.last(WishKind.CAPTURE, find.find, case=asked.case),
        daemon=await asked.core.wishes.daemon(),
        kind_words=kind_words,
        size_told=size_told,
        lacks_words=_lacks_words,
    )


async def _lock(asked: PageAsked) -> Response:
    asked.session.shown = None
    await asked.core.showing.lock(asked.session.id)
    return asked.back("/evidence", told=said("The evidence is locked."))


async def _check(asked: PageAsked) -> Response:
    asked.session.answers["check"] = await asked.core.evidence.check(asked.session.id, asked.case)
    return asked.back("/evidence/check")


async def _checked(asked: PageAsked) -> Response:
    return asked.page(
        "evidence_check.html",
        done=asked.session.answers.get("check"),
        vault=await asked.core.showing.vault(asked.session.id),
    )


async def _ask_export(asked: PageAsked) -> Response:
    out = f"{await asked.core.evidence.folder()}/packet-{asked.now:%Y-%m-%d}.zip"
    return await _export_form(asked, finds=" ".join(asked.query.all("find")), out=out, with_images=False, with_own=True)


async def _export_form(
    asked: PageAsked,
    *,
    finds: str,
    out: str,
    with_images: bool,
    with_own: bool,
    error: MonitorError | None = None,
    status: int = 200,
) -> Response:
    return asked.page(
        "evidence_export.html",
        status=status,
        finds=finds,
        out=out,
        with_images=with_images,
        with_own=with_own,
        error=error,
        remedy=remedy_of(error) if error else "",
        vault=await asked.core.showing.vault(asked.session.id),
    )


async def _export(asked: PageAsked) -> Response:
    form = asked.form
    finds, out = form.one("finds"), form.one("out").strip()
    with_images, with_own = bool(form.one("with_images")), bool(form.one("with_own"))
    try:
        asked.session.answers["export"] = await asked.core.evidence.export(
            asked.session.id, asked.case, _named(finds), out, with_images=with_images, with_own=with_own
        )
    except MonitorError as error:
        return await _export_form(
            asked, finds=finds, out=out, with_images=with_images, with_own=with_own, error=error, status=409
        )
    return asked.back("/evidence/exported")


async def _exported(asked: PageAsked) -> Response:
    return asked.page("evidence_exported.html", done=asked.session.answers.get("export"))


def _number(typed: str) -> int:
    """As a page of ours wrote it; 0 for anything else."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _named(typed: str) -> tuple[str, ...]:
    """Numbers (or ids) of finds, with blanks or commas between; `3-7` for all from 3 to 7."""
    named: list[str] = []
    for word in typed.replace(",", " ").split():
        first, dash, last = word.partition("-")
        is_range = dash and first.isdecimal() and last.isdecimal() and len(word) <= _MOST_DIGITS
        if is_range and int(first) <= int(last) < int(first) + _MOST_FINDS:
            named += map(str, range(int(first), int(last) + 1))
        else:
            named.append(word)
    return tuple(dict.fromkeys(named[:_MOST_FINDS]))


def _has_words(find: KeptFind) -> str:
    if find.under_18:
        return said("closed as under 18: nothing is kept of it")
    return ", ".join(kind_words(kind) for kind, _ in find.has) or said("nothing yet")


def _lacking(find: KeptFind) -> str:
    return "" if find.under_18 else ", ".join(kind_words(one.kind) for one in find.lacks) or said("nothing")


def _lacks_words(find: KeptFind) -> list[tuple[list[str], str]]:
    """What has the same reason stands together."""
    by_reason: dict[str, list[str]] = {}
    for one in find.lacks:
        by_reason.setdefault(one.why, []).append(kind_words(one.kind))
    return [(kinds, why) for why, kinds in by_reason.items()]


routes = (
    get("/evidence", _evidence),
    get("/evidence/find/{find}", _of_find),
    post("/evidence/lock", _lock),
    get("/evidence/check", _checked),
    post("/evidence/check", _check),
    get("/evidence/export", _ask_export),
    post("/evidence/export", _export),
    get("/evidence/exported", _exported),
)
