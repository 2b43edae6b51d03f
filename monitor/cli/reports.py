"""`reports`: drafts, and what became of them. The program drafts; the person sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import answers, asking, channels, course, hosts, opening, options, printing, reports_next, statements
from monitor.documents.places import number_words
from monitor.documents.times import When
from monitor.errors import UsageError
from monitor.model.ids import CaseId
from monitor.model.report import Report, ReportState
from monitor.model.sighting import Status
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.takedown.batching import Batch

_AT = "When, for example 2026-11-22T20:00Z; without a zone UTC is meant. Default: now."

app = typer.Typer(help="Prefilled notices. They are never sent for you.", no_args_is_help=True)
app.add_typer(channels.app, name="channels")
app.command("next")(reports_next.next_forms)
app.command("timeline")(course.timeline)
app.command("mirrors")(course.mirrors)
app.command("progress")(course.show_progress)
app.add_typer(hosts.app, name="hosts")


@app.command("draft")
def draft(
    sightings: Annotated[list[str], typer.Argument(help="Numbers of finds (or ids).")],
    channel: Annotated[str | None, typer.Option(help="One desk; without it, whom to ask now.")] = None,
    language: statements.LanguageOption = statements.DEFAULT_LANGUAGE,
    out: statements.OutOption = None,
    forged: statements.ForgedOption = False,
    circumstances: Annotated[str, typer.Option(help="In your words, one paragraph.")] = "",
    name: statements.NameOption = "auto",
    i_own_the_copyright: Annotated[
        bool, typer.Option("--i-own-the-copyright", help="You state, under penalty of perjury: you made the picture.")
    ] = False,
    i_ask_as_data_subject: Annotated[
        bool, typer.Option("--i-ask-as-data-subject", help="You ask for erasure under the GDPR; it holds your name.")
    ] = False,
    with_hash: Annotated[
        bool, typer.Option("--with-hash", help="Add the picture's SHA-256, by which they can find the same file.")
    ] = False,
    guess: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="You say yes to this address, which nobody publishes: one draft to it (reports hosts).",
        ),
    ] = "",
    as_json: options.JsonOption = False,
) -> None:
    """Write the notices that fit a sighting, filled in as far as is known."""
    from monitor.takedown.sheets import INDEX

    said = statements.stated(
        forged=forged,
        language=language,
        name=name,
        circumstances=circumstances,
        owns_copyright=i_own_the_copyright,
        asks_as_data_subject=i_ask_as_data_subject,
        with_hash=with_hash,
        guess=guess,
    )
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        done = opened.drafts.draft(sightings, case=case, channel=channel, out=out, statements=said)
        shown = _shown(opened, case, done.reports)
    for problem in done.problems:
        printing.say(f"not drafted: {problem}")
        printing.say(f"    {problem.remedy}")
    reports_next.tell_replaced(done.replaced)
    _print(done.reports, as_json, shown)
    if not done.reports:
        printing.say(
            "Nobody is to be asked about that now: somebody has it in hand, or nobody is left. One desk all the"
        )
        printing.say("same: --channel ID. What waits where: reports list, reports next.")
    printing.say(f"{several(len(done.reports), 'draft', 'drafts')} written. Nothing was sent: that is for you to do.")
    for folder in sorted({str(Path(report.file).parent) for report in done.reports}):
        printing.say(f"They lie in {printing.plain(folder)}")
    if done.reports:
        printing.say("    as text that whoever uses this account can read; `sightings under-18` removes them.")
        printing.say(f"Begin with {INDEX} there: it says what to send first.")


@app.command("list")
def list_(
    due: Annotated[
        bool,
        typer.Option("--due", help="Those whose time has run out or that nobody answered, and what to send next."),
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Drafts and reports, and how they stand."""
    with opening.opened_to_read() as opened:
        case = opening.chosen_case(opened)
        found = list(opened.reports.due(case) if due else opened.reports.listed(case))
        offers = list(opened.escalation.offers(found)) if due else []
        shown = _shown(opened, case, found)
    _print(found, as_json, shown)
    for report, following in offers:
        printing.say(f"{report.id} ({printing.plain(report.frozen.channel_name or report.channel)}):")
        _tell_next(following)
        if not following:
            printing.say("Nobody is left that we know of. Who helps: reupload-monitor guide support.")


@app.command("sent")
def sent(
    report: Annotated[str, typer.Argument(help="The id of the report.")],
    at: Annotated[str, typer.Option(help=_AT)] = "",
    number: Annotated[str, typer.Option(help="The desk's own number for it.")] = "",
    as_json: options.JsonOption = False,
) -> None:
    """You have sent it: its clock starts."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        marked = opened.reports.mark_sent(report, case=case, at=_moment(at), number=number)
        _print([marked.report], as_json, _shown(opened, case, [marked.report]))
    _tell(marked.told)
    _tell_file(marked.report)


@app.command("response")
def response(
    report: Annotated[str, typer.Argument(help="The id of the report.")],
    outcome: Annotated[
        str | None,
        typer.Option(
            help="acknowledged, more-asked, refused, removed, bounced (it came back), extended (they take longer, by "
            "law), notice (an authority gave the site its notice). With --eml, what the mail seems to say."
        ),
    ] = None,
    eml: Annotated[
        Path | None, typer.Option(help="Their mail as a file: outcome, number and time are proposed from it.")
    ] = None,
    text: Annotated[str, typer.Option(help="What the desk wrote.")] = "",
    at: Annotated[str, typer.Option(help=_AT)] = "",
    number: Annotated[str, typer.Option(help="The desk's own number for it.")] = "",
    yes: options.YesOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """The desk answered."""
    given = answers.GivenAnswer(outcome or "", number, text, _moment(at))
    if eml is not None:
        given = answers.from_file(eml, report, given, yes=yes)
    if not given.outcome:
        raise UsageError(
            "it was not said what became of the request",
            remedy="Say it with --outcome, or name their mail as a file: --eml FILE.",
        )
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        noted = opened.reports.record_response(
            report, case=case, outcome=given.outcome, at=given.at, text=given.text, number=given.number
        )
        is_over = noted.report.state in (ReportState.BOUNCED, ReportState.REFUSED)
        following = opened.escalation.offer(noted.report) if is_over else ()
        _print([noted.report], as_json, _shown(opened, case, [noted.report]))
    _tell(noted.told)
    _tell_next(following)


@app.command("withdraw")
def withdraw(
    report: Annotated[str, typer.Argument(help="The id of the report.")], as_json: options.JsonOption = False
) -> None:
    """You take it back, sent or not."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        withdrawn = opened.reports.withdraw(report, case=case)
        _print([withdrawn], as_json, _shown(opened, case, [withdrawn]))
        again = [one for one in opened.decisions.of_ids(withdrawn.sightings, case=case) if withdrawn.sent_at]
    _tell_file(withdrawn)
    for one in again:
        if one.status is not Status.REPORTED and not one.under_18:
            printing.say(f"Find {one.number} counts as {one.status.value} again.")


@app.command("gone")
def gone(yes: options.YesOption = False) -> None:
    """Files that were to be removed and cannot be found: you removed them, or their disk is lost for good."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        missing = opened.reports.not_found(case)
        for item in missing:
            printing.say(f"Cannot be found: {printing.plain(item.path)}")
        if missing:
            asking.confirmed("Are they gone for good? They are not looked for any more.", yes)
            opened.reports.given_up(missing)
    printing.say(f"{len(missing)} no longer looked for.")


def _tell_next(following: Sequence[Batch]) -> None:
    if following:
        names = dict.fromkeys(batch.route.channel.name for batch in following)
        about = dict.fromkeys(one for batch in following for one in batch.sightings)
        printing.say(f"Whom to ask next: {printing.plain(', '.join(names))}")
        printing.say(f"    reupload-monitor reports draft {' '.join(about)}")


def _tell_file(report: Report) -> None:
    if report.file:
        printing.say(f"Its draft stays at {printing.plain(report.file)}, as text: remove it when it is not needed.")


def _tell(lines: Sequence[str]) -> None:
    for line in lines:
        printing.say(printing.plain(line))


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--at {text!r} is not a time", remedy="For example --at 2026-11-22T20:00Z.") from error


def _state(report: Report, now: datetime) -> str:
    if report.overdue(now):
        return "overdue"
    if report.unanswered(now):
        return f"{report.state.value}, no answer?"
    return f"{report.state.value}, next" if report.follows and report.state is ReportState.DRAFT else report.state.value


@dataclass(frozen=True, slots=True)
class _Shown:
    """numbers: of finds, by id."""

    numbers: Mapping[str, int]
    when: When
    now: datetime


def _shown(opened: App, case: CaseId, reports: Iterable[Report]) -> _Shown:
    finds = opened.decisions.of_ids((one for report in reports for one in report.sightings), case=case)
    return _Shown({one.id: one.number for one in finds}, opening.local_times(opened), opened.clock())


def _print(reports: Sequence[Report], as_json: bool, shown: _Shown) -> None:
    from monitor.documents.reports import report_document

    if as_json:
        printing.emit({"reports": [report_document(report) for report in reports]})
        return
    printing.table(
        ("report", "find", "channel", "state", "due", "file"),
        [
            (
                report.id,
                number_words(shown.numbers[one] for one in report.sightings if one in shown.numbers),
                report.channel,
                _state(report, shown.now),
                shown.when(report.due_at),
                report.file,
            )
            for report in reports
        ],
    )
