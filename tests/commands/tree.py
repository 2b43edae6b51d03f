"""The command line as plain values: what the manual page and the completions are made of."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from monitor.cli.main import command_line
from monitor.guide import topics

NAME = "reupload-monitor"


@dataclass(frozen=True, slots=True)
class Word:
    """An option or an argument. names: of an option, as they are typed. value: what stands behind it, '' for a switch;
    choices: all that it may be, where that is known; is_file: a place on the disk."""

    names: tuple[str, ...]
    value: str
    choices: tuple[str, ...]
    is_file: bool
    help: str
    required: bool
    several: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    path: tuple[str, ...]
    help: str
    options: tuple[Word, ...]
    arguments: tuple[Word, ...]
    below: tuple[Command, ...]

    @property
    def short(self) -> str:
        return self.help.split("\n", 1)[0].split(". ", 1)[0].rstrip(".")

    def all(self) -> Iterator[Command]:
        """In the order of the help, what stands below it behind it."""
        yield self
        for one in self.below:
            yield from one.all()


HELP = Word(("--help", "-h"), "", (), False, "What it does, and its options.", False)


def command_tree() -> Command:
    return _command(typer.main.get_command(command_line("")), ())


def _command(made: Any, path: tuple[str, ...]) -> Command:
    words = [(_word(one), one.opts[0].startswith("-")) for one in made.params if not one.hidden]
    return Command(
        path,
        " ".join(inspect.cleandoc(made.help or "").split("\f")[0].split()),
        (*(word for word, is_option in words if is_option), HELP),
        tuple(word for word, is_option in words if not is_option),
        tuple(_command(one, (*path, name)) for name, one in getattr(made, "commands", {}).items()),
    )


def _word(made: Any) -> Word:
    kinds = _kinds(made.type_descriptor.annotation)
    choices = tuple(str(one.value) for kind in kinds if issubclass(kind, Enum) for one in kind)
    is_option = made.opts[0].startswith("-")
    if not is_option and made.name == "topic":
        choices = (*topics(), "done")
    value = made.metavar or ("|".join(choices) if 0 < len(choices) < 6 else made.name.replace("_", "-").upper())
    return Word(
        names=(*made.opts, *made.secondary_opts) if is_option else (),
        value="" if getattr(made, "is_flag", False) else value,
        choices=choices,
        is_file=Path in kinds or (made.metavar or "") in {"PATH", "FILE", "FOLDER"},
        help=" ".join((made.help or "").split()),
        required=made.required,
        several=made.nargs == -1 or made.multiple,
    )


def _kinds(annotation: Any) -> tuple[type, ...]:
    """`list[Path] | None` -> Path and what else it may be."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return (annotation,)
    return tuple(kind for one in typing.get_args(annotation) for kind in _kinds(one))
