"""How a request to a desk stands, what comes next, and what a desk can answer, in the words of the page."""

from __future__ import annotations

from monitor.catalogue import said, said_many
from monitor.model.report import AnswerKind, ReportState
from monitor.review.port.report_lines import ReportLine
from monitor.review.port.reports import FormLine
from monitor.takedown.lanes import Lane


def report_state(line: ReportLine) -> str:
    """A few words, for a list."""
    if line.is_overdue:
        return said("their time is over")
    if line.is_unanswered:
        return said("no answer so far")
    return {
        ReportState.DRAFT: said("draft, not sent"),
        ReportState.SENT: said("sent"),
        ReportState.BOUNCED: said("came back"),
        ReportState.ACKNOWLEDGED: said("they have it"),
        ReportState.MORE_ASKED: said("they ask for more"),
        ReportState.REFUSED: said("refused"),
        ReportState.REMOVED: said("removed, they say"),
        ReportState.WITHDRAWN: said("taken back"),
    }[line.state]


def report_next(line: ReportLine) -> str:
    """What the person does next."""
    if line.is_overdue:
        return said("Note what they answered. If they did not, ask the next one.")
    if line.is_unanswered:
        return said("Nothing sets them a time. Note what they answered. If they did not, ask the next one.")
    if line.state is ReportState.DRAFT:
        if not line.has_sheet:
            return said("Its text was taken away, as a find in it is not to be reported. Draft it anew for the others.")
        if line.follows:
            return said("Written for you, as the one before did not help. Read it, send it, and say here that you did.")
        return said("Read it, send it yourself, and say here that you did. Nothing is sent for you.")
    return {
        ReportState.SENT: said("Wait for their answer, and note it here."),
        ReportState.BOUNCED: said("Nobody read it at that address. Ask the next one."),
        ReportState.ACKNOWLEDGED: said("Wait for what they decide, and note it here."),
        ReportState.MORE_ASKED: said("Give them what they ask for, if you want to. Then mark it as sent once more."),
        ReportState.REFUSED: said("Ask the next one. What a refusal can be answered with stands in the guide."),
        ReportState.REMOVED: said("Nothing to do. It is looked at by itself whether that is so."),
        ReportState.WITHDRAWN: said("Nothing more is done about it."),
    }[line.state]


def step_told(state: ReportState) -> str:
    """What happened, in its history."""
    return {
        ReportState.DRAFT: said("Drafted."),
        ReportState.SENT: said("You sent it."),
        ReportState.BOUNCED: said("It came back."),
        ReportState.ACKNOWLEDGED: said("They have it."),
        ReportState.MORE_ASKED: said("They asked for more."),
        ReportState.REFUSED: said("They refused."),
        ReportState.REMOVED: said("They said that it is removed."),
        ReportState.WITHDRAWN: said("You took it back."),
    }[state]


def answer_told(kind: AnswerKind) -> tuple[str, str]:
    """What they said, and what that means."""
    return {
        AnswerKind.REMOVED: (said("They removed it"), said("Whether it is gone is looked at by itself.")),
        AnswerKind.ACKNOWLEDGED: (
            said("They have it"),
            said("A receipt, a number, or words that decide nothing. Their time goes on."),
        ),
        AnswerKind.MORE_ASKED: (said("They ask for more"), said("You decide what you give them.")),
        AnswerKind.REFUSED: (said("They refused"), said("Then it says whom to ask next.")),
        AnswerKind.BOUNCED: (said("It came back"), said("Nobody read it; that address is not used any more.")),
        AnswerKind.EXTENDED: (said("They take longer"), said("Their law lets them say so, once, in time.")),
        AnswerKind.NOTICE: (said("They gave the site their notice"), said("The site's time begins with that.")),
    }[kind]


def step_noted(kind: AnswerKind) -> str:
    return {
        AnswerKind.REMOVED: said("Noted: they say that it is removed. It is looked at whether that is so."),
        AnswerKind.ACKNOWLEDGED: said("Noted: they have it. Their time goes on."),
        AnswerKind.MORE_ASKED: said("Noted: they ask for more. Once you gave it, mark it as sent once more."),
        AnswerKind.REFUSED: said("Noted: they refused. Below it says whom to ask next."),
        AnswerKind.BOUNCED: said("Noted: it came back. Below it says whom to ask next."),
        AnswerKind.EXTENDED: said("Noted: they take longer. The new end of their time stands below."),
        AnswerKind.NOTICE: said("Noted: the site's time has begun. Its end stands below."),
    }[kind]


def lane_told(lane: Lane) -> str:
    """Who that is."""
    return {
        Lane.PLATFORM: said("the site itself"),
        Lane.MEDIA_HOST: said("the company that hosts the picture"),
        Lane.PAGE_HOST: said("the company that hosts the page"),
        Lane.CDN: said("the network that delivers the site"),
        Lane.SEARCH: said("a search engine: the picture stays, and is no longer found there"),
        Lane.REGISTRAR: said("the company that the site's name is registered with"),
        Lane.HASH_SERVICE: said("a service that large sites ask before they show a picture"),
        Lane.REGULATOR: said("an authority"),
        Lane.HELPLINE: said("people who help you"),
        Lane.POLICE: said("the police"),
    }[lane]


def lane_of_line(line: ReportLine) -> str:
    """'' for one that an earlier version made."""
    return next((lane_told(lane) for lane in Lane if lane == line.lane), "")


def time_given(form: FormLine) -> str:
    """How long they have; '' where nothing says."""
    if form.hours:
        return said_many(
            "They have %(count)d hour from when they get it.",
            "They have %(count)d hours from when they get it.",
            form.hours,
        )
    if form.months:
        return said_many(
            "They have %(count)d month from when they get it.",
            "They have %(count)d months from when they get it.",
            form.months,
        )
    return ""


def language_told(code: str) -> str:
    return {"en": said("English"), "de": said("German"), "es": said("Spanish"), "fr": said("French")}.get(code, code)
