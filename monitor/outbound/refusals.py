"""What is not asked at all, as an outcome: told from the address, or from what would go with it, before anything goes
out. What goes wrong underway is told where the network is (`failures.py`)."""

from __future__ import annotations

from monitor.model.page import Outcome, OutcomeKind
from monitor.outbound.guard import Refusal

MAX_SAID_CHARS = 200  # characters of a message, which may repeat what a site sent


def outcome_of_own_error(error: Exception) -> Outcome:
    said = short_line(str(error) or type(error).__name__)
    match error:
        case Refusal():
            return Outcome(OutcomeKind.REFUSED, f"not visited: {said}")
        case UnicodeError():
            return Outcome(OutcomeKind.DNS, f"this cannot be the name of a host: {said}")
        case _:
            return Outcome(OutcomeKind.CONNECTION, f"no answer ({type(error).__name__}: {short_line(str(error))})")


def short_line(text: str) -> str:
    """Printable, and short."""
    return "".join(c if c.isprintable() else " " for c in text[: MAX_SAID_CHARS * 2]).strip()[:MAX_SAID_CHARS]
