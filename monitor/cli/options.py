"""The options that many commands have, and those that may stand anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.errors import UsageError
from monitor.model.case import Authority
from monitor.model.ids import CaseId

if TYPE_CHECKING:
    from monitor.app import App

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


AdultOption = Annotated[
    bool, typer.Option("--adult", help="Everybody shown was 18 or older when each picture was taken.")
]


AuthorisedOption = Annotated[
    Authority | None,
    typer.Option("--authorised", help="You are the person shown (self), or act with their authority (representative)."),
]


IdentityOption = Annotated[
    Path | None,
    typer.Option("--identity", metavar="FILE", help="The age identity that opens the evidence: identity.age, say."),
]


PassphraseFileOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help="The identity's passphrase is its first line."),
]


@dataclass(slots=True)
class GivenOptions:
    """--config, --case and --debug may stand before and after the command's name. visible: the cases that may be told
    of at all; None: every one, since nobody is named as staff or it is for who administers the installation. unasked:
    asks that, where the store could not be opened before the command."""

    config: Path | None = None
    case: CaseId | None = None
    debug: bool = False
    visible: frozenset[CaseId] | None = None
    unasked: Callable[[App], None] | None = None


given = GivenOptions()


def take_common(arguments: Sequence[str]) -> tuple[GivenOptions, list[str]]:
    """Raises UsageError when a value is missing. Behind `--` nothing is taken."""
    taken, rest = GivenOptions(), list[str]()
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *words]
        elif word == "--debug":
            taken.debug = True
        elif name in ("--config", "--case"):
            text = value if equals else next(words, "")
            if not text:
                raise UsageError(f"{name} has no value", remedy=f"{name} {'PATH' if name == '--config' else 'NAME'}")
            if name == "--config":
                taken.config = Path(text)
            else:
                taken.case = CaseId(text)
        else:
            rest.append(word)
    return taken, rest


def is_meant(case: str) -> bool:
    """With --case only what is of that case is told, and what cannot be known to be of another."""
    meant = meant_cases()
    return meant is None or case == "" or case in meant


def meant_cases() -> frozenset[CaseId] | None:
    """--case, else those that whoever types may see; None: all."""
    return given.visible if given.case is None else frozenset((given.case,))


def sees_no_case() -> bool:
    """Who administers the installation, and has a role in no case."""
    return given.case is None and given.visible is not None and not given.visible
