"""`evidence list` and `evidence capture`: what is kept of each find, and one more look at a place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import opening, options, printing
from monitor.documents.times import When
from monitor.errors import WorkFailed
from monitor.model.capture import CaptureState
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.model.own_evidence import OwnEntry
    from monitor.services.evidence import Holding

HEAD_CHARS = 100  # of a field of the person's own words
STATE_WORDS = {
    CaptureState.WANTED: "waits",
    CaptureState.WHOLE: "whole",
    CaptureState.PARTIAL: "in part",
    CaptureState.GIVEN_UP: "given up",
    CaptureState.CLOSED: "closed",
}


def list_(
    sightings: Annotated[list[str] | None, typer.Argument(help="Only of these: numbers (or ids).")] = None,
    as_json: options.JsonOption = False,
) -> None:
    """What is kept of each find, what it lacks, and what you added."""
    from monitor.documents.evidence import holding_document
    from monitor.documents.own_evidence import own_document

    with opening.opened_to_read() as opened:
        case, when = opening.chosen_case(opened), opening.local_times(opened)
        found = list(opened.evidence.listed(case, sightings or ()))
        about = {one.sighting.id for one in found}
        own = [one for one in opened.own_evidence.listed(case) if not sightings or one.sighting in about]
    if as_json:
        documents = [
            holding_document(
                one.sighting.id, one.sighting.seen_at.page_url, one.has, one.lacks, one.captures, one.items
            )
            for one in found
        ]
        printing.emit({"evidence": documents, "own": [own_document(entry) for entry in own]})
        return
    numbers: dict[str, str] = {one.sighting.id: f"number {one.sighting.number}" for one in found}
    for one in found:
        _tell(one)
    for entry in own:
        _tell_own(entry, when, numbers)
    printing.say(f"{several(len(found), 'find', 'finds')}. No file is opened here.")


def _tell_own(entry: OwnEntry, when: When, numbers: Mapping[str, str]) -> None:
    """The heads of its words; the whole stands in the JSON and in the packet."""
    words = entry.words
    printing.out(f"{entry.id}  added by you {when(entry.added_at)}")
    about = (
        ("find", numbers.get(entry.sighting, entry.sighting)),
        ("when", words.happened.said),
        ("where", words.where),
        ("who", words.who),
        ("what", words.what),
        ("note", words.note),
        ("files", ", ".join(file.name for file in entry.files)),
    )
    for head, said in about:
        if said:
            printing.out(f"    {head:5}  {printing.plain(_head(said))}")


def _head(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= HEAD_CHARS else f"{line[: HEAD_CHARS - 1]}…"


def _tell(one: Holding) -> None:
    printing.out(f"{one.sighting.number:>3}  {printing.plain(one.sighting.seen_at.page_url)}")
    if one.sighting.under_18:
        printing.out("    closed as under 18: nothing is kept")
        return
    has = ", ".join(f"{kind.value} ({count})" if count > 1 else kind.value for kind, count in one.has.items())
    printing.out(f"    has    {has or 'nothing'}")
    kinds: dict[str, list[str]] = {}
    for missing in one.lacks:
        kinds.setdefault(missing.why, []).append(missing.kind.value)
    for why, lacking in kinds.items():
        printing.out(f"    lacks  {', '.join(lacking)}: {printing.plain(why)}")


def capture(
    sightings: Annotated[list[str], typer.Argument(help="Numbers of finds (or ids).")],
    as_json: options.JsonOption = False,
) -> None:
    """Look at the page and the picture of a find once more now, to keep them as evidence."""
    opening.run_async(_capture(sightings, as_json))


async def _capture(sightings: list[str], as_json: bool) -> None:
    from monitor.cli.watch import finish_drawing, read_watchlists
    from monitor.documents.evidence import capture_document

    found = opening.settings()
    watches = list(read_watchlists(found).right)
    async with opening.opened(found) as opened:
        asked = opened.evidence.ask(sightings, case=opening.chosen_case(opened))
        await opened.take_captures(watches, only={one.id for one in asked})
        await finish_drawing(opened)
        now = opened.evidence.found(asked)
    if as_json:
        printing.emit({"captures": [capture_document(one) for one in now]})
    for one in now:
        if not as_json:
            printing.out(f"{one.id}  {STATE_WORDS[one.state]}  {printing.plain(one.page_url)}")
        if one.why:
            printing.say(f"    {printing.plain(one.why)}")
        for missing in one.missing:
            printing.say(f"    lacks {missing.kind.value}: {printing.plain(missing.why)}")
    if any(one.state is CaptureState.WANTED for one in now):
        printing.say("What could not be had now is tried again by itself, at first in five minutes.")
    if all(one.state is CaptureState.GIVEN_UP for one in now):
        raise WorkFailed("nothing could be kept", remedy="The reason stands above.")
