"""What was decided, in words. Plain functions."""

from __future__ import annotations

from monitor.catalogue import said, said_many
from monitor.documents.places import number_words
from monitor.model.deciding import DecisionAct
from monitor.model.sighting import Decision, Status
from monitor.review.port.inbox import FindToDecide, StrokeTold


def done_told(act: DecisionAct, many: int, day: str) -> str:
    """Right after it. day: on which what is put aside comes back."""
    if act is DecisionAct.CONFIRM:
        return said_many(
            "Noted: %(count)d copy is yours. Next: draft a report.",
            "Noted: %(count)d copies are yours. Next: draft a report.",
            many,
        )
    if act is DecisionAct.DISMISS:
        return said_many(
            "Noted: %(count)d copy is not yours. The same picture stays quiet everywhere. What was kept of it goes "
            "in a day, and not before. A draft about it, where there was one, is taken back.",
            "Noted: %(count)d copies are not yours. The same pictures stay quiet everywhere. What was kept of them "
            "goes in a day, and not before. A draft about them alone, where there was one, is taken back.",
            many,
        )
    if act is DecisionAct.LEAVE:
        return said_many(
            "Noted: %(count)d copy is left alone here. Elsewhere you are still told.",
            "Noted: %(count)d copies are left alone here. Elsewhere you are still told.",
            many,
        )
    if act is DecisionAct.NOTE:
        return said("Your note is kept.")
    return said_many(
        "Put aside: %(count)d copy comes back on %(day)s.",
        "Put aside: %(count)d copies come back on %(day)s.",
        many,
        day=day,
    )


def undone_told(many: int, left: int) -> str:
    """left: what could not be taken back."""
    if not left:
        return said_many("Taken back for %(count)d copy.", "Taken back for %(count)d copies.", many)
    return said("Something else became of it since, so it was not taken back. Here is how it stands now.")


def act_told(act: DecisionAct) -> str:
    return {
        DecisionAct.CONFIRM: said("yours"),
        DecisionAct.DISMISS: said("not yours"),
        DecisionAct.LEAVE: said("yours, left alone here"),
        DecisionAct.LATER: said("put aside"),
        DecisionAct.NOTE: said("a note"),
    }[act]


def stroke_told(stroke: StrokeTold) -> str:
    """One line, without a site: `Numbers 3-5: not yours.`"""
    if stroke.many > len(stroke.numbers):
        return _many_told(stroke.act, stroke.many)
    which, many = number_words(stroke.numbers), stroke.many
    if stroke.act is DecisionAct.CONFIRM:
        return said_many("Number %(which)s: yours.", "Numbers %(which)s: yours.", many, which=which)
    if stroke.act is DecisionAct.DISMISS:
        return said_many("Number %(which)s: not yours.", "Numbers %(which)s: not yours.", many, which=which)
    if stroke.act is DecisionAct.LEAVE:
        return said_many(
            "Number %(which)s: yours, left alone here.", "Numbers %(which)s: yours, left alone here.", many, which=which
        )
    if stroke.act is DecisionAct.LATER:
        return said_many("Number %(which)s: put aside.", "Numbers %(which)s: put aside.", many, which=which)
    return said_many("Number %(which)s: a note.", "Numbers %(which)s: a note.", many, which=which)


def _many_told(act: DecisionAct, many: int) -> str:
    if act is DecisionAct.CONFIRM:
        return said_many("%(count)d copy: yours.", "%(count)d copies: yours.", many)
    if act is DecisionAct.DISMISS:
        return said_many("%(count)d copy: not yours.", "%(count)d copies: not yours.", many)
    if act is DecisionAct.LEAVE:
        return said_many("%(count)d copy: yours, left alone here.", "%(count)d copies: yours, left alone here.", many)
    if act is DecisionAct.LATER:
        return said_many("%(count)d copy: put aside.", "%(count)d copies: put aside.", many)
    return said_many("%(count)d copy: a note.", "%(count)d copies: a note.", many)


def state_now(find: FindToDecide) -> str:
    """How it stands, in a sentence."""
    if find.under_18:
        return said("It is closed, because somebody shown may have been under 18. Nothing more is done about it here.")
    if find.decision is Decision.NOT_HERE:
        return said("It is yours, and left alone here, as you said.")
    if find.later_until is not None and find.waits:
        return said("You have put it aside.")
    return {
        Status.NEW: said("It waits for your word."),
        Status.CONFIRMED: said("It is yours, as you said."),
        Status.DISMISSED: said("It is not yours, as you said."),
        Status.REPORTED: said("It was reported."),
        Status.REMOVED: said("It is gone: it was looked for twice."),
        Status.REAPPEARED: said("It is back, after it was removed. It waits for your word."),
    }[find.status]
