"""What a desk's mail says, shown before anything is noted: the person confirms it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli import asking, opening, printing
from monitor.documents.times import utc_words
from monitor.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.services.answer_files import ProposedAnswer


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """As `record_response` takes it. '' and None: not given."""

    outcome: str
    number: str = ""
    text: str = ""
    at: datetime | None = None


def from_file(file: Path, report: str, given: GivenAnswer, *, yes: bool) -> GivenAnswer:
    """What the person gave, completed from the mail, once they confirmed it. Raises UsageError where the mail does not
    say what became of the request and the person did not either, NeedsUser where nobody can be asked."""

    async def read() -> ProposedAnswer:
        async with opening.opened() as opened:
            case = opening.chosen_case(opened)
            return await opened.answer_files.propose(file, report, case=case)

    proposed = opening.run_async(read())
    proposal = proposed.proposal
    found = GivenAnswer(
        given.outcome or proposal.outcome or "",
        given.number or next(iter(proposal.numbers), ""),
        given.text or proposal.text,
        given.at or proposal.sent_at,
    )
    _show(proposed, found)
    if not found.outcome:
        from monitor.model.report import AnswerKind

        raise UsageError(
            "the mail does not say plainly what became of the request",
            remedy=f"Read it, and say it yourself: --outcome, one of: {', '.join(AnswerKind)}. The rest is taken from "
            "the file.",
        )
    asking.confirmed("Is that what they answered to this report?", yes)
    return found


def _show(proposed: ProposedAnswer, found: GivenAnswer) -> None:
    proposal = proposed.proposal
    printing.say(f"From:     {printing.plain(proposal.sender) or 'no sender'}")
    printing.say(f"Sent:     {utc_words(proposal.sent_at) or 'no time that can be'}")
    because = f" ({printing.plain(proposal.because)})" if proposal.because and proposal.outcome == found.outcome else ""
    printing.say(f"Outcome:  {found.outcome or 'not clear'}{because or _reason(proposed)}")
    printing.say(f"Number:   {printing.plain(found.number) or 'none found'}")
    others = [number for number in proposal.numbers if number != found.number]
    if others:
        printing.say(f"          it names others too: {printing.plain(', '.join(others))}")
    for doubt in proposed.doubts:
        printing.say(f"Look:     {printing.plain(doubt)}")
    printing.say("A mail can be forged, its sender too. It is what they say; whether the picture is gone is looked at.")


def _reason(proposed: ProposedAnswer) -> str:
    because = proposed.proposal.because
    return f" ({printing.plain(because)})" if because and proposed.proposal.outcome is None else ""
