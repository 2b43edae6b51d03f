"""`guide`: what to do now. The texts need no configuration, no store, no network; what is ticked off stands in the
store, and is shown behind the text where it can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import options, paging, printing
from monitor.errors import MonitorError, UsageError
from monitor.model.staff import Needs

if TYPE_CHECKING:
    from monitor.model.tick import Tick

DONE = "done"
_When = "For example 2026-11-20T21:30+01:00 or 2026-11-20. Default: now."


def guide(
    topic: Annotated[
        str | None,
        typer.Argument(
            help="evidence, report, report-where, report-late, accounts, hash-services, extortion, impersonation, "
            "under-18, support, police, again, program or privacy. Or: done, to tick off a step."
        ),
    ] = None,
    step: Annotated[
        str | None, typer.Argument(help="After done: the step to tick off. Without it: all steps, and what is done.")
    ] = None,
    at: Annotated[str, typer.Option("--at", help=f"When it was done. {_When}")] = "",
    note: Annotated[
        str, typer.Option(help="In your words. It stands in your timeline, and in packets unless --without-own.")
    ] = "",
    undo: Annotated[bool, typer.Option("--undo", help="It is not done after all.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """What to do now, step by step. Works without any set-up."""
    if topic == DONE:
        _done(step, at, note, undo=undo, as_json=as_json)
        return
    if step or at or note or undo or as_json:
        raise UsageError(
            "only `guide done` takes more than a topic", remedy="For example: reupload-monitor guide done report-search"
        )
    page = _page(topic).rstrip()
    if not paging.is_paged():
        printing.out(page)  # before the store is asked: nobody waits for it
        if told := _ticked(topic):
            printing.out(f"\n{told}")
        return
    paging.show_paged("\n\n".join(part for part in (page, _ticked(topic)) if part))


def _ticked(topic: str | None) -> str:
    from monitor.guide.steps import course_text, steps_text

    ticks = _known_ticks()
    return course_text(ticks) if topic is None else steps_text(topic, ticks)


def _page(topic: str | None) -> str:
    """The overview names no desk: it is there at once."""
    from monitor import guide as texts

    if topic is None:
        return texts.text()
    from monitor.clock import utc_now
    from monitor.services.guide_pages import guide_page

    return guide_page(topic, utc_now().date())


def _known_ticks() -> Mapping[str, Tick]:
    """None of them where nothing is set up; where they cannot be read, that is said, and the guide goes on without."""
    from monitor.config_places import is_set_up

    try:
        if not is_set_up(options.given.config):
            return {}
        from monitor.cli import opening
        from monitor.cli.admitting import admit

        admit("guide", needs=Needs.READS)
        with opening.opened_to_read() as opened:
            return opened.ticks.all(opening.chosen_case(opened))
    except MonitorError as problem:
        printing.say(f"What you have ticked off cannot be shown: {problem}")
        printing.say(problem.remedy)
        return {}


def _admit_done(step: str | None) -> None:
    from monitor.cli.admitting import admit

    admit("guide", needs=Needs.READS if step is None else Needs.WORKS)


def _done(step: str | None, at: str, note: str, *, undo: bool, as_json: bool) -> None:
    from monitor.cli import opening
    from monitor.guide.steps import all_steps, step_named

    if step is None and (at or note or undo):
        raise UsageError("which step?", remedy="All steps: reupload-monitor guide done")
    if undo and (at or note):
        raise UsageError("--undo takes neither --at nor --note", remedy="Give it alone.")
    wanted = all_steps() if step is None else (step_named(step),)
    _admit_done(step)
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        if step is not None and undo:
            _tell_undone(step, opened.ticks.undone(step, case=case))
        elif step is not None:
            ticked = opened.ticks.done(step, case=case, at=at, note=note)
            words = "Ticked off" if ticked.before is None else "Changed" if ticked.is_changed else "It was ticked off"
            printing.say(f"{words}: {step}, {printing.plain(ticked.tick.day)}.")
            if not ticked.is_changed:
                printing.say("Nothing was changed. --at or --note change it, --undo takes it back.")
        ticks = opened.ticks.all(case)
    if as_json:
        from monitor.documents.guide import step_document

        rows = [step_document(one.id, one.topic, one.words, ticks.get(one.id)) for one in wanted]
        printing.emit({"steps": rows})
    elif step is None:
        printing.table(
            ("step", "done", "what"),
            [(one.id, tick.day if (tick := ticks.get(one.id)) else "", one.words) for one in wanted],
        )


def _tell_undone(step: str, before: Tick | None) -> None:
    if before is None:
        printing.say(f"{step} was not ticked off.")
    else:
        printing.say(f"No longer ticked off: {step}.")
