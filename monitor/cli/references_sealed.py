"""`references export --sealed` and the way back: with everything that the photos are found by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli import asking, opening, printing
from monitor.errors import NeedsUser, UsageError
from monitor.model.case import Authority
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.model.enrolment import TakenIn
    from monitor.model.ids import CaseId
    from monitor.model.settings import Secret
    from monitor.services.carrying import OpenedSet


def export_sealed(out: Path | None, recipients: Sequence[str], passphrase_file: Path | None) -> None:
    from monitor.services.carrying import SealingWish

    if out is None:
        raise UsageError("a sealed export is a file", remedy="Name it: --sealed --out FILE")
    if recipients and passphrase_file:
        raise UsageError(
            "it is sealed to keys or under a passphrase, not both", remedy="Leave out --recipient or --passphrase-file."
        )
    if out.exists():  # before anything is asked
        raise UsageError(f"{out} exists already", remedy="Nothing is overwritten: give another name.")
    with opening.opened_to_read() as opened:
        case = opening.chosen_case(opened)
        passphrase = None if recipients else _new_passphrase(passphrase_file, _known_of(opened, case))
        count = opened.references.export_sealed(case, out, SealingWish(recipients, passphrase))
    printing.say(f"The fingerprints of {several(count, 'photo', 'photos')} are in {printing.plain(out)}, sealed.")
    printing.say("They are as private as the photos. They come back with: reupload-monitor references import FILE")
    if recipients:
        printing.say(
            "Sealed to a key, they come back whole into this store or a copy of it; into any other, with hashes only. "
            "Under a passphrase (without --recipient) they come back whole into any."
        )


def _known_of(opened: App, case: CaseId) -> tuple[str, ...]:
    from monitor.setup_answers import known_of_person

    contact = opened.settings_of(case).contact(case)
    return known_of_person(*((contact.case.name, contact.case.email) if contact else ()))


def _new_passphrase(file: Path | None, about: Sequence[str]) -> Secret:
    """Raises UsageError for one that would be guessed: whoever has the file can try as long as they like."""
    from monitor.guide.new_passphrase import why_weak

    if file is not None:
        found = asking.passphrase_in(file)
        if why := why_weak(found.value, about):
            raise UsageError(f"the passphrase in {file} does not protect anything: {why}", remedy="Choose another one.")
        return found
    if not asking.is_terminal():
        raise NeedsUser(
            "a sealed export needs a passphrase or a key",
            remedy="Give --passphrase-file FILE (its first line is the passphrase) or --recipient AGE-PUBLIC-KEY.",
        )

    def check(typed: str) -> str:
        if why := why_weak(typed, about):
            raise ValueError(why)
        return typed

    printing.say("A passphrase opens the file again: four or more words that have nothing to do with each other.")
    return asking.ask_new_secret("A passphrase for this file", check=check)


def _opened_set(app: App, file: Path, identity: Path | None, passphrase_file: Path | None) -> OpenedSet:
    def ask(of_the_file: bool) -> Secret | None:
        if of_the_file and passphrase_file is None:
            return asking.ask_secret("Passphrase of the file") if asking.is_terminal() else None
        return asking.passphrase_of_identity(passphrase_file)

    return app.references.open_sealed(file, identity=identity, ask=ask)


def import_sealed(
    file: Path,
    identity: Path | None,
    passphrase_file: Path | None,
    *,
    adult: bool,
    authorised: Authority | None,
    reason: str,
) -> TakenIn:
    with opening.opened() as app:
        case = opening.chosen_case(app)
        opening.attested(app, case, adult, authorised)
        found = _opened_set(app, file, identity, passphrase_file)
        return app.references.take_in_sealed(found, case=case, authority=authorised, reason=reason)
