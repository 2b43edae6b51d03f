"""Questions to the person, on a terminal only."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from monitor.cli import printing
from monitor.errors import AttestationMissing, Locked, NeedsUser, UsageError
from monitor.model.case import Attestation, Authority

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.model.settings import Secret


def ask_attestation(adult: bool, authorised: Authority | None, *, may_ask: bool = True) -> Attestation:
    """From the options, else by asking. Raises AttestationMissing, UnderAge."""
    from monitor.clock import utc_now
    from monitor.services import cases

    if not (adult and authorised) and not (may_ask and is_terminal()):
        raise AttestationMissing(
            "it has not been said that everybody shown was 18 or older when each picture was taken, and that you are "
            "the person shown or act with their authority",
            remedy="Say it with: --adult --authorised self (or representative). "
            "If someone was or may have been under 18: reupload-monitor guide under-18",
        )
    if not (adult and authorised):
        printing.say("Two questions before anything is looked at. They are asked once, and the answers are kept.")
        adult = adult or ask_yes("Was everybody shown in these pictures 18 or older when each of them was taken?")
        authorised = authorised or (_ask_authority() if adult else None)
    return cases.attestation(adult=adult, authority=authorised, at=utc_now())


def _ask_authority() -> Authority | None:
    if ask_yes("Are you the person shown?"):
        return Authority.SELF
    if ask_yes("Do you act with the authority of the person shown?"):
        return Authority.REPRESENTATIVE
    return None


def is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_line(question: str, *, default: str = "") -> str:
    """One line. Raises NeedsUser at the end of the input."""
    print(f"{question} " + (f"[{default}] " if default else ""), end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise NeedsUser("the question was not answered", remedy="Run the command in a terminal, or see its --help.")
    return line.strip() or default


def ask_yes(question: str) -> bool:
    """No answer counts as no."""
    while True:
        answer = ask_line(f"{question} yes / no:").lower()
        if answer in ("y", "yes"):
            return True
        if answer in ("", "n", "no", "not sure", "unsure", "?"):
            return False


def confirmed(question: str, yes: bool) -> None:
    """Raises NeedsUser unless --yes was given or the person says so."""
    if yes:
        return
    if not is_terminal():
        raise NeedsUser("this cannot be undone, so it has to be confirmed", remedy="Add --yes.")
    if not ask_yes(question):
        raise NeedsUser("nothing was changed", remedy="")


def ask_passphrase(purpose: str) -> Secret:
    """Twice, unseen. Raises Locked when the two differ."""
    from monitor.model.settings import Secret

    first = getpass.getpass(f"Passphrase for {purpose}: ", stream=sys.stderr)
    if first and getpass.getpass("Once more: ", stream=sys.stderr) != first:
        raise Locked("the two passphrases differ", remedy="Run the command again.")
    return Secret(first)


def passphrase_of_identity(file: Path | None) -> Secret | None:
    """From the file, else typed, unseen; None without a terminal. Raises UsageError for a file without one."""
    from monitor.model.settings import Secret

    if file is not None:
        return passphrase_in(file)
    if not is_terminal():
        return None
    return Secret(getpass.getpass("Passphrase of the identity: ", stream=sys.stderr))


def passphrase_in(path: Path) -> Secret:
    """The first line of a text file."""
    from monitor.model.settings import Secret

    try:
        found = path.read_text("utf-8").split("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read", remedy="A text file with the passphrase in its first line."
        ) from error
    if not found:
        raise UsageError(
            f"{path} does not hold a passphrase", remedy="A text file with the passphrase in its first line."
        )
    return Secret(found)
