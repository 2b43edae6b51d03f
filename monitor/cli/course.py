"""`reports progress`, `timeline` and `mirrors`: how it goes, what happened when, and where every copy is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import opening, options, printing
from monitor.documents.places import number_words
from monitor.errors import UsageError
from monitor.model.ids import SightingId
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.model.course import Course

_MOST_NAMES = 10  # of hosts and accounts on the terminal; --json has all
_MIRROR_HEADS = ("status", "host", "account", "page_url", "image_url")
_BAR = 30  # characters

SomeSightings = Annotated[
    list[str] | None, typer.Argument(help="Only of these: numbers (or ids).", metavar="[FIND]...")
]
CsvOption = Annotated[bool, typer.Option("--csv", help="A table for a spreadsheet.")]


def show_progress(
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="A picture of it too; names no place of a find.")
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """What is open, what was removed, what came back, and how long each way took, week by week."""
    from monitor.documents.course import course_document
    from monitor.services.course import write_svg

    with opening.opened_to_read() as opened:
        course = opened.course.course(opening.chosen_case(opened))
    if svg is not None:
        write_svg(course, svg)
    if as_json:
        printing.emit({"progress": course_document(course)})
    else:
        _tell(course)
    if svg is not None:
        printing.say(f"The picture is {printing.plain(svg)}")


def timeline(
    sightings: SomeSightings = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="With the figures of each comparison.")] = False,
    as_csv: CsvOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """What happened when: finds, what was kept of them, what you added and ticked off, what you reported and what came
    of it."""
    from monitor.evidence.timeline import FOUND
    from monitor.matching.reasons import in_plain_words

    _refuse_both(as_csv, as_json)
    with opening.opened_to_read() as opened:
        told = opened.course.timeline(sightings or (), case=opening.chosen_case(opened))
        when = opening.local_times(opened)
    ids = {number: one.id for number, one in enumerate(told.finds, start=1)}
    rows: list[dict[str, object]] = [
        {
            "at": one.exactly,
            "as_said": one.said or None,
            "event": one.what,
            "sightings": [ids[number] for number in one.finds],
            "where": one.where or None,
            "detail": one.detail or None,
        }
        for one in told.happenings
    ]
    if as_json:
        printing.emit({"timeline": rows})
    elif as_csv:
        printing.emit_csv(rows)
    else:
        for one in told.happenings:
            which = number_words(told.finds[number - 1].number for number in one.finds)
            detail = one.detail if verbose or one.what != FOUND else in_plain_words(one.detail)
            said = f": {detail}" if detail else ""
            find = f", find {which}" if which else ""
            printing.out(f"{one.said or when(one.exactly)}  {printing.plain(f'{one.what}{find}{said}')}")
            if one.where:
                printing.out(f"    {printing.plain(one.where)}")
        printing.say(f"{several(len(told.happenings), 'line', 'lines')}.")


def mirrors(sightings: SomeSightings = None, as_csv: CsvOption = False, as_json: options.JsonOption = False) -> None:
    """Every address at which a copy was seen: one list, for the police, a lawyer or a helpline."""
    _refuse_both(as_csv, as_json)
    with opening.opened_to_read() as opened:
        case = opening.chosen_case(opened)
        rows = opened.course.mirrors(sightings or (), case=case)
        finds = opened.decisions.of_ids((SightingId(str(row["sighting"])) for row in rows), case=case)
    if as_json:
        printing.emit({"mirrors": rows})
    elif as_csv:
        printing.emit_csv(rows)
    else:
        numbers: dict[object, int] = {one.id: one.number for one in finds}
        printing.table(
            ("no.", "state", "host", "account", "page", "picture"),
            [[numbers.get(row["sighting"]), *(row[head] for head in _MIRROR_HEADS)] for row in rows],
        )
        printing.say(f"{several(len(rows), 'address', 'addresses')}. All that is known of each: --json or --csv.")


def _refuse_both(as_csv: bool, as_json: bool) -> None:
    if as_csv and as_json:
        raise UsageError("--csv and --json are two forms of one answer", remedy="Give one of them.")


def _tell(course: Course) -> None:
    from monitor.documents.course import course_line, route_words, serving_line

    printing.out(course_line(course))
    printing.out(serving_line(course))
    accounts = [f"{account} on {host}" for host, account in course.accounts]
    for names in (accounts, list(course.hosts)):
        more = [f"and {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
        if names:
            printing.out(f"    {', '.join(map(printing.plain, [*names[:_MOST_NAMES], *more]))}")
    if course.undecided:
        printing.out(f"To decide: {course.undecided}. reupload-monitor sightings list --status new")
    if course.left:
        printing.out(f"Left where they are, as you said: {course.left}")
    if course.weeks:
        printing.out()
        highest = max(1, *(week.open for week in course.weeks))
        printing.table(
            ("week from", "new", "removed", "back", "hosts", "hours", "open", ""),
            [
                (
                    week.begins.isoformat(),
                    str(week.new),
                    str(week.removed),
                    str(week.back),
                    str(week.hosts),
                    "" if week.median_hours is None else str(round(week.median_hours)),
                    str(week.open),
                    "#" * (max(1, round(_BAR * week.open / highest)) if week.open else 0) or " ",
                )
                for week in course.weeks
            ],
        )
    if course.routes:
        printing.out()
        printing.table(
            ("desk", "what came of it"), [(f"{one.name} ({one.channel})", route_words(one)) for one in course.routes]
        )
