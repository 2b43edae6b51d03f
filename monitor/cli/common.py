"""What every command needs: the words that may stand anywhere, the configuration, the case, questions, progress."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from monitor.cli import printing
from monitor.errors import AttestationMissing, Locked, NeedsUser, UsageError
from monitor.model.case import Attestation, Authority
from monitor.model.ids import CaseId

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.model.settings import Secret, Settings

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
AdultOption = Annotated[
    bool, typer.Option("--adult", help="Everybody shown was 18 or older when each picture was taken.")
]
AuthorisedOption = Annotated[
    Authority | None,
    typer.Option("--authorised", help="You are the person shown (self), or act with their authority (representative)."),
]

Item = TypeVar("Item")


@dataclass(slots=True)
class Common:
    """--config, --case and --debug may stand before and after the command's name."""

    config: Path | None = None
    case: CaseId | None = None
    debug: bool = False


common = Common()


def take_common(arguments: Sequence[str]) -> tuple[Common, list[str]]:
    """Raises UsageError when a value is missing. Behind `--` nothing is taken."""
    taken, rest = Common(), list[str]()
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *words]
        elif word == "--debug":
            taken.debug = True
        elif name in ("--config", "--case"):
            given = value if equals else next(words, "")
            if not given:
                raise UsageError(f"{name} has no value", remedy=f"{name} {'PATH' if name == '--config' else 'NAME'}")
            if name == "--config":
                taken.config = Path(given)
            else:
                taken.case = CaseId(given)
        else:
            rest.append(word)
    return taken, rest


def run_async(work: Coroutine[Any, Any, Item]) -> Item:
    import asyncio

    return asyncio.run(work)


def settings() -> Settings:
    from monitor.config import is_this_folders, load

    found = load(common.config)
    if is_this_folders(found.path, common.config):
        printing.say(f"configuration: {found.path} (this folder's own)")
    return found


def opened(found: Settings | None = None) -> App:
    """The store, open and up to date. To be used with `with` or `async with`."""
    from monitor.app import open_app

    return open_app(found or settings())


def chosen_case(opened: App) -> CaseId:
    """--case, else the only one there is. Raises UsageError when it must be named."""
    return opened.cases.chosen(common.case)


def some_cases(opened: App) -> Sequence[CaseId]:
    """--case, else all: only for what tells of the machine (`status`, `doctor`), never of what a person has."""
    return opened.cases.meant(common.case)


def is_meant(case: str) -> bool:
    """With --case only what is of that case is told, and what cannot be known to be of another."""
    return common.case is None or case in ("", common.case)


# --- the attestation


def attestation(adult: bool, authorised: Authority | None, *, may_ask: bool = True) -> Attestation:
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


def attested(opened: App, case: CaseId, adult: bool, authorised: Authority | None) -> None:
    """Asks for the case's attestation and keeps it, unless it was given before."""
    if not opened.cases.is_attested(case):
        opened.cases.attest(case, attestation(adult, authorised))


# --- questions


def is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, *, default: str = "") -> str:
    """One line. Raises NeedsUser at the end of the input."""
    print(f"{question} " + (f"[{default}] " if default else ""), end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise NeedsUser("the question was not answered", remedy="Run the command in a terminal, or see its --help.")
    return line.strip() or default


def ask_yes(question: str) -> bool:
    """No answer counts as no."""
    while True:
        answer = ask(f"{question} yes / no:").lower()
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


# --- progress


@contextmanager
def progress(words: str) -> Iterator[Callable[[object], None]]:
    """A counter on stderr, on a terminal only. Call it with what is being looked at."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words)

        def step(what: object) -> None:
            shown = escape(printing.plain(what, 60))
            bar.update(task, advance=1, description=f"{words}: {shown}")

        yield step
