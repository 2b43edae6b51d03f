"""`doctor`: checks every part that is there today and says how to mend it. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.cli import opening, options, printing
from monitor.clock import utc_now
from monitor.errors import MonitorError, WorkFailed
from monitor.model.check import FAULT, OK, Check


def doctor(as_json: options.JsonOption = False) -> None:
    """Check every part and say how to mend it."""
    from monitor.documents.checks import check_document, why_it_matters

    results = list(_all())
    if as_json:
        printing.emit({"checks": [check_document(item) for item in results]})
    else:
        for item in results:
            printing.out(f"{item.state:8} {item.name}: {printing.plain(item.message)}")
            printing.out(f"         Why it matters: {why_it_matters(item)}")
            if item.remedy and item.state != OK:
                printing.out(f"         What to do: {printing.plain(item.remedy)}")
    faults = [item.name for item in results if item.state == FAULT]
    if faults:
        raise WorkFailed(f"faults found in: {', '.join(faults)}", remedy="How to mend each stands beside it.")


def _all() -> Iterator[Check]:
    from monitor.services import checks
    from monitor.services.channel_health import check_channels

    yield from checks.of_machine(utc_now())
    try:
        found = opening.settings()
    except MonitorError as error:
        for one in getattr(error, "each", ()) or (error,):
            yield Check("configuration", FAULT, str(one), one.remedy)
        return
    yield from checks.of_settings(
        found,
        lambda: opening.opened(found),
        options.given.case,
        opening.parts(),
        lambda asked: opening.through_own(lambda own: check_channels(asked, own)),
    )
