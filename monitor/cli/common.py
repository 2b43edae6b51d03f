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
from monitor.errors import AttestationMissing, Locked, NeedsUser, UnderAge, UsageError, no_such
from monitor.model.case import Attestation, Authority, Case

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.model.settings import Secret, Settings
    from monitor.model.sighting import Sighting
    from monitor.ports import Store

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
    case: str | None = None
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
                taken.case = given
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


def chosen_case(store: Store, found: Settings) -> str:
    """--case, else the only one there is. Raises UsageError when it must be named."""
    names = [case.id for case in store.cases.all()]
    if common.case:
        if common.case not in names:
            known = ", ".join(names) or "none yet"
            raise UsageError(
                f"there is no case {common.case!r}",
                remedy=f"The cases are: {known}. A new one: reupload-monitor init --case {common.case}",
            )
        return common.case
    if len(names) > 1:
        raise UsageError(
            f"there are {len(names)} cases, so it has to be said which one is meant",
            remedy=f"--case with one of: {', '.join(names)}.",
        )
    return names[0] if names else found.case.id


def some_cases(store: Store) -> list[str]:
    """--case, else all: only for what tells of the machine (`status`, `doctor`), never of what a person has."""
    names = [case.id for case in store.cases.all()]
    if common.case and common.case not in names:
        raise UsageError(f"there is no case {common.case!r}", remedy=f"The cases are: {', '.join(names)}.")
    return [common.case] if common.case else names


def is_meant(case: str) -> bool:
    """With --case only what is of that case is told, and what cannot be known to be of another."""
    return common.case is None or case in ("", common.case)


def find_sighting(store: Store, case: str, given: str) -> Sighting:
    found = store.sightings.get(case, given)
    if found is None:
        raise no_such("sighting", given, case, "sightings list")
    return found


# --- the attestation


def attestation(adult: bool, authorised: Authority | None, *, may_ask: bool = True) -> Attestation:
    """From the options, else by asking. Raises AttestationMissing, UnderAge."""
    from monitor.clock import utc_now

    if adult and authorised:
        return Attestation(authorised, utc_now())
    if not may_ask or not is_terminal():
        raise AttestationMissing(
            "it has not been said that everybody shown was 18 or older when each picture was taken, and that you are "
            "the person shown or act with their authority",
            remedy="Say it with: --adult --authorised self (or representative). "
            "If someone was or may have been under 18: reupload-monitor guide under-18",
        )
    printing.say("Two questions before anything is looked at. They are asked once, and the answers are kept.")
    if not adult and not ask_yes("Was everybody shown in these pictures 18 or older when each of them was taken?"):
        raise UnderAge(
            "someone was or may have been under 18, so nothing is hashed, fetched or stored here",
            remedy="There are services made for exactly this. They are free, and they do not need the pictures.",
        )
    if authorised is None:
        if ask_yes("Are you the person shown?"):
            authorised = Authority.SELF
        elif ask_yes("Do you act with the authority of the person shown?"):
            authorised = Authority.REPRESENTATIVE
        else:
            raise AttestationMissing(
                "without the authority of the person shown nothing is done",
                remedy="Ask the person shown, or show them: reupload-monitor guide",
            )
    return Attestation(authorised, utc_now())


def attested(app: App, case: str, adult: bool, authorised: Authority | None) -> None:
    """Asks for the case's attestation and keeps it, unless it was given before."""
    from dataclasses import replace

    found = app.store.cases.get(case)
    if found is not None and found.attestation is not None:
        return
    given = attestation(adult, authorised)
    app.store.cases.save(replace(found or Case(case, created_at=given.at), attestation=given))


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
