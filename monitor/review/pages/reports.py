"""Requests to desks: the next step first, the text to send, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from starlette.responses import Response

from monitor.catalogue import said, said_many
from monitor.documents.places import number_words
from monitor.errors import ChangedMeanwhile, DraftIncomplete, NeedsUser, UsageError
from monitor.model.report import AnswerKind, ReportState
from monitor.review.asked import PageAsked, SentForm
from monitor.review.find_words import state_told
from monitor.review.port.reports import DraftsMade, FieldWrong, StatedWords
from monitor.review.report_words import (
    answer_told,
    lane_of_line,
    lane_told,
    language_told,
    report_next,
    report_state,
    step_noted,
    step_told,
    time_given,
)
from monitor.review.routing import get, post
from monitor.review.ways import remedy_of
from monitor.takedown.drafts import NameRule

_ABOUT = ("find", "incident", "report")
"""By which a request says what it is about; the first that is given counts."""


class _Trouble(NamedTuple):
    """What is wrong with a form that was sent. form: which of the page's; field: '' for the form as a whole."""

    form: str
    field: str
    message: str
    remedy: str


async def _reports(asked: PageAsked) -> Response:
    told = await asked.core.reports.standing(asked.case)
    return _page(asked, "reports.html", shown=told)


async def _every_report(asked: PageAsked) -> Response:
    told = await asked.core.reports.all(asked.case, after=asked.query.one("after")[:100])
    return _page(asked, "reports_all.html", shown=told)


async def _report(asked: PageAsked) -> Response:
    return await _one(asked)


async def _one(asked: PageAsked, trouble: _Trouble | None = None, *, status: int = 200) -> Response:
    told = await asked.core.reports.one(asked.case, asked.path["id"])
    return _page(asked, "report.html", status=status, shown=told, trouble=trouble, typed=asked.form)


async def _sent(asked: PageAsked) -> Response:
    form, report = asked.form, asked.path["id"]
    try:
        noted = await asked.core.reports.mark_sent(
            asked.case, report, at=form.one("at"), number=form.one("number"), seen=_seen(form)
        )
    except UsageError as error:
        return await _again(asked, "sent", error)
    if not noted.changed:
        told = said("It was marked as sent before. One request has one clock, so nothing changed.")
    elif noted.due_at is None:
        told = said("Marked as sent. Nothing sets them a time; in a week you are asked about it.")
    else:
        told = said("Marked as sent. Their clock runs; until when stands below.")
    return asked.back(f"/reports/{report}", told=told, focus="standing")


async def _answered(asked: PageAsked) -> Response:
    form, report = asked.form, asked.path["id"]
    try:
        await asked.core.reports.note_answer(
            asked.case,
            report,
            outcome=form.one("outcome"),
            at=form.one("at"),
            number=form.one("number"),
            text=form.one("text"),
            seen=_seen(form),
        )
    except UsageError as error:
        return await _again(asked, "answer", error)
    return asked.back(f"/reports/{report}", told=step_noted(AnswerKind(form.one("outcome"))), focus="standing")


async def _withdrawing(asked: PageAsked) -> Response:
    told = await asked.core.reports.one(asked.case, asked.path["id"])
    return _page(asked, "report_withdraw.html", shown=told)


async def _withdrawn(asked: PageAsked) -> Response:
    report = asked.path["id"]
    try:
        await asked.core.reports.withdraw(asked.case, report, seen=_seen(asked.form))
    except UsageError as error:
        return await _again(asked, "withdraw", error)
    return asked.back(f"/reports/{report}", told=said("Taken back. Nothing more is done about it."), focus="standing")


async def _undone(asked: PageAsked) -> Response:
    report = asked.path["id"]
    try:
        await asked.core.reports.undo_step(asked.case, report, seen=_seen(asked.form))
    except UsageError as error:
        return await _again(asked, "undo", error)
    return asked.back(f"/reports/{report}", told=said("Undone. It stands as it did before."), focus="standing")


async def _again(asked: PageAsked, form: str, error: UsageError) -> Response:
    """How it stands now, with what was typed."""
    trouble = _Trouble(form, error.field if isinstance(error, FieldWrong) else "", str(error), remedy_of(error))
    if isinstance(error, ChangedMeanwhile):
        changed = said("This has changed since you looked at it, so nothing was noted. Here is how it stands now.")
        trouble = _Trouble(form, "", changed, said("What you typed is still here: send it again where it holds."))
    return await _one(asked, trouble, status=409 if isinstance(error, ChangedMeanwhile) else 422)


# -- drafting


async def _drafting(asked: PageAsked) -> Response:
    return await _offer(asked, asked.query, StatedWords())


async def _offer(
    asked: PageAsked, given: SentForm, stated: StatedWords, trouble: _Trouble | None = None, *, status: int = 200
) -> Response:
    kind, name = _about(given)
    meant = await asked.core.reports.meant(asked.case, **({kind: name} if kind else {}))
    offered = await asked.core.reports.offered(asked.case, meant.finds, replace(stated, channel="", language="en"))
    return _page(
        asked,
        "draft.html",
        status=status,
        offered=offered,
        is_part=meant.is_part,
        stated=stated,
        about=(kind, name),
        trouble=trouble,
        name_rules=tuple(NameRule),
    )


async def _draft(asked: PageAsked) -> Response:
    form = asked.form
    stated, (kind, name) = _stated(form), _about(form)
    try:
        if kind:
            meant = await asked.core.reports.meant(asked.case, **{kind: name})
            made = await asked.core.reports.draft(asked.case, meant.finds, stated)
        else:
            made = await asked.core.reports.draft_next(asked.case, stated)
    except (UsageError, NeedsUser, DraftIncomplete) as error:
        return await _offer(asked, form, stated, _Trouble("draft", "", str(error), remedy_of(error)), status=422)
    return asked.back(f"/reports/{made.ids[0]}" if len(made.ids) == 1 else "/reports", told=_told_made(made))


def _told_made(made: DraftsMade) -> str:
    if not made.ids and not made.problems:
        return said("Nobody is to be asked about that now: somebody has it in hand, or nobody is left to ask.")
    written = said_many(
        "%(count)d draft is written. Nothing was sent: that is for you to do.",
        "%(count)d drafts are written. Nothing was sent: that is for you to do.",
        len(made.ids),
    )
    problems = [said("Not written: %(why)s. %(remedy)s", why=why, remedy=remedy) for why, remedy in made.problems]
    older = [
        said("Do not send the older text in %(file)s: the new one takes its place.", file=one) for one in made.replaced
    ]
    return " ".join([written, *problems, *older])


def _about(given: SentForm) -> tuple[str, str]:
    return next(((kind, name) for kind in _ABOUT if (name := given.one(kind)[:100])), ("", ""))


def _stated(form: SentForm) -> StatedWords:
    names = next((rule for rule in NameRule if rule == form.one("names")), NameRule.AUTO)
    return StatedWords(
        language=form.one("language") or "en",
        forged=bool(form.one("forged")),
        circumstances=form.one("circumstances"),
        names=names,
        channel=form.one("channel"),
        owns_copyright=bool(form.one("copyright")),
        asks_as_data_subject=bool(form.one("data-subject")),
        with_hash=bool(form.one("with-hash")),
    )


def _seen(form: SentForm) -> int:
    """As a page of ours wrote it; anything else is no state that a report can be in."""
    typed = form.one("seen")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 8 else -1


def _page(asked: PageAsked, template: str, *, status: int = 200, **values: object) -> Response:
    return asked.page(
        template,
        status=status,
        report_state=report_state,
        report_next=report_next,
        answer_told=answer_told,
        step_told=step_told,
        lane_told=lane_told,
        lane_of_line=lane_of_line,
        language_told=language_told,
        time_given=time_given,
        number_words=number_words,
        state_told=state_told,
        is_draft=ReportState.DRAFT,
        **values,
    )


routes = (
    get("/reports", _reports),
    get("/reports/all", _every_report),
    get("/reports/new", _drafting),
    post("/reports/new", _draft),
    get("/reports/{id}", _report),
    post("/reports/{id}/sent", _sent),
    post("/reports/{id}/answer", _answered),
    get("/reports/{id}/withdraw", _withdrawing),
    post("/reports/{id}/withdraw", _withdrawn),
    post("/reports/{id}/undo", _undone),
)
