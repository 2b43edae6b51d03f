"""A desk's answer from a file: read in a confined child, proposed, never decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.domains import registrable_domain
from monitor.errors import UsageError, no_such
from monitor.hosts import host_of
from monitor.model.ids import CaseId
from monitor.model.mail import MAX_MAIL_BYTES
from monitor.model.report import AnswerKind, Report
from monitor.ports import Reader, Store
from monitor.services.own_evidence import size_words
from monitor.takedown.answers import Proposal, proposal_of


@dataclass(frozen=True, slots=True)
class ProposedAnswer:
    """doubts: sentences, why it may not be this desk's answer to this report."""

    proposal: Proposal
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerFileService:
    """reader: made when one is asked for."""

    store: Store
    reader: Callable[[], Reader]
    clock: Callable[[], datetime]

    async def propose(self, file: Path, report: str, *, case: CaseId) -> ProposedAnswer:
        """Nothing is kept. Raises UsageError for a report that is none and for a file that cannot be read as a mail."""
        known = self.store.reports.get(case, report)
        if known is None:
            raise no_such("report", report, case, "reports list")
        mail = await self.reader().mail(_bytes_of(file))
        if mail is None or not (mail.text or mail.subject or mail.sender or mail.failed):
            raise UsageError(
                f"{file} cannot be read as a mail",
                remedy="Save the mail from your mail program as a file (.eml). Or say what they answered yourself: "
                f"reupload-monitor reports response {report} --outcome OUTCOME --text TEXT",
            )
        return _checked(proposal_of(mail, self.clock()), known)


def _bytes_of(file: Path) -> bytes:
    try:
        if not file.is_file() and file.exists():  # a pipe or a device may never end
            raise UsageError(f"{file} is no file that can be read as a mail", remedy="Name the saved mail.")
        with file.open("rb") as source:
            found = source.read(MAX_MAIL_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}", remedy="Name the saved mail.") from error
    if len(found) > MAX_MAIL_BYTES:
        raise UsageError(
            f"{file} is larger than {size_words(MAX_MAIL_BYTES)}, as much as is read of a mail",
            remedy="Save the mail without what is attached to it, or say what they answered with --outcome and --text.",
        )
    return found


def _checked(proposal: Proposal, report: Report) -> ProposedAnswer:
    """Anybody can write a mail, and say in it what they like."""
    address = report.frozen.mailbox
    if proposal.outcome is AnswerKind.BOUNCED and proposal.dead and address not in proposal.dead:
        which = ", ".join(proposal.dead)
        return ProposedAnswer(
            replace(proposal, outcome=None, because="", dead=()),
            (f"It came back from {which}, and this report went to {address or 'no address that is known here'}.",),
        )
    if proposal.sent_at is not None and proposal.sent_at < report.changed_at:
        proposal = replace(proposal, sent_at=None)
    return ProposedAnswer(proposal, tuple(_doubts(proposal, address, report)))


def _doubts(proposal: Proposal, address: str, report: Report) -> Iterator[str]:
    if report.sent_at is None:
        yield "This report is not marked as sent yet."
    if proposal.outcome is AnswerKind.BOUNCED:
        return
    asked = registrable_domain(address.rpartition("@")[2] if "@" in address else host_of(address)) if address else ""
    came = registrable_domain(proposal.sender.rpartition("@")[2])
    if not proposal.sender:
        yield "It names no sender."
    elif asked and came != asked:
        yield f"It comes from {proposal.sender}, and the report went to {address}: look whether it is their answer."
