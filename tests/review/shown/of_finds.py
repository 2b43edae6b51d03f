"""Finds, incidents, reports, how far it has come, what happened lately."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor.review.local import LocalCore
from monitor.review.pages.guide import topic_path
from tests.review.asking import NOW
from tests.review.found_app import (
    ANSWERED,
    DRAFT,
    OVERDUE,
    REFUSED,
    WAITING,
    a_full_app,
    an_app,
)
from tests.review.state import State


def full() -> LocalCore:
    return a_full_app().core


def nothing() -> LocalCore:
    return an_app().core


def many() -> LocalCore:
    """More copies on a site than a page has, found over a year."""
    found = an_app()
    for place, find in enumerate(found.add("forum.example", 60)):
        found.app.store.sightings.save(replace(find, first_seen=NOW - timedelta(days=1 + 6 * place)))
    return found.core


def without_name() -> LocalCore:
    """Nobody has said who the notices speak for."""
    found = an_app(name="")
    found.app.settings = replace(found.app.settings, case=replace(found.app.settings.case, email=""))
    found.add("x.com")
    return found.core


def sheet_gone() -> LocalCore:
    found = an_app()
    for report in found.drafted(*found.add("x.com")):
        Path(report.file).unlink()
    return found.core


LATE = (("seen", "2"), ("outcome", "refused"), ("at", "tomorrow"), ("number", "A-2"), ("text", "Not ours."))

GUIDE_UNDER_18 = topic_path("under-18")
SURE = (("sure", "yes"),)

STATES = (
    State("incident: open", "/incidents/at-reddit.com", core=full),
    State("incident: to decide, hostile text", "/incidents/at-evil.example", core=full),
    State("incident: gone", "/incidents/at-board.example", core=full),
    State("incident: many copies", "/incidents/at-forum.example?from=50", core=many),
    State("incident: none such", "/incidents/nowhere", core=nothing),
    State("find: reported", "/finds/redditcomx0", core=full),
    State("find: to decide, hostile text", "/finds/evilexamplex0", core=full),
    State("find: gone", "/finds/boardexamplex0", core=full),
    State("find: set aside", "/finds/leftexamplex0", core=full),
    State("find: closed", "/finds/closedexamplex0", core=full),
    State("find: under 18, asked", "/finds/redditcomx0/close", core=full),
    State("find: under 18, of many", "/finds/forumexamplex0/close", core=many),
    State("find: under 18, hostile text", "/finds/evilexamplex0/close", core=full),
    State("find: under 18, not ticked", "/finds/redditcomx0/close", core=full, sends=()),
    State("find: under 18, closed before", "/finds/closedexamplex0/close", core=full),
    State("find: under 18, done", GUIDE_UNDER_18, core=full, before=(("/finds/boardexamplex0/close", SURE),)),
    State("find: none such", "/finds/none", core=nothing),
    State("reports: all kinds", "/reports", core=full),
    State("reports: to be written", "/reports", core=many),
    State("reports: nothing open", "/reports", core=nothing),
    State("reports: the list", "/reports/all", core=full),
    State("reports: an empty list", "/reports/all", core=nothing),
    State("draft: for a site", "/reports/new?incident=at-reddit.com", core=full),
    State("draft: for everything", "/reports/new", core=many),
    State("draft: nothing to ask about", "/reports/new", core=nothing),
    State("draft: to decide first", "/reports/new?find=evilexamplex0", core=full),
    State("draft: without a name", "/reports/new", core=without_name, sends=(("find", "xcomx0"),)),
    State("report: a draft", f"/reports/{DRAFT}", core=full),
    State("report: a draft without its sheet", "/reports/report-1", core=sheet_gone),
    State("report: waiting", f"/reports/{WAITING}", core=full),
    State("report: more was asked for", f"/reports/{ANSWERED}", core=full),
    State("report: refused", f"/reports/{REFUSED}", core=full),
    State("report: overdue", f"/reports/{OVERDUE}", core=full),
    State("report: sent", f"/reports/{DRAFT}/sent", core=full, sends=(("seen", "1"),)),
    State("report: a time that is none", f"/reports/{WAITING}/answer", core=full, sends=LATE),
    State("report: changed meanwhile", f"/reports/{WAITING}/answer", core=full, sends=(("seen", "1"), *LATE[1:2])),
    State("report: taking it back", f"/reports/{WAITING}/withdraw", core=full),
    State("report: none such", "/reports/none", core=nothing),
    State("course: some weeks", "/course", core=full),
    State("course: a year", "/course", core=many),
    State("course: nothing", "/course", core=nothing),
    State("digest: a week", "/digest", core=full),
    State("digest: nothing was looked at", "/digest", core=nothing),
)
