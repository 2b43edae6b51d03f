"""What a text names is there: commands, options and topics that a person is told to use, and files that documents name.

Read from every string of the program (docstrings of commands are their help), from what lies beside it, and from the
documents; asked of the real command line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

import monitor
from monitor.cli.main import command_line
from monitor.guide import topics

ROOT = Path(monitor.__file__).parents[1]
DOCUMENTS = (*ROOT.glob("docs/**/*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")))
BESIDE = [path for path in ROOT.glob("monitor/**/*") if path.suffix in (".md", ".toml", ".j2")]

OTHERS = {"age", "age-keygen", "make", "ps"}
"""Programs of others that are named in backticks, as commands are."""
WORDS = {"every", "key", "read", "reupload-monitor"}
"""What stands in backticks in a string and is a key, or a pattern's own."""
PROSE = {"prepared"}
"""What follows the program's name in a sentence."""
NOT_OURS = {"--user", "--now", "--save-storage", "--strict", "--needed", "--force"}
"""Options of others."""
CALLS_OTHERS = {"monitor/outbound/browser/chromium.py", "docs/releasing.md"} | {
    f"monitor/services/service_{name}.py" for name in ("machine", "setup", "removal", "start")
}
"""What starts programs of others, with their options, or tells somebody to."""
OF_THE_PERSON = {"vault/stray/", "upgrade-copies/left"}
"""Folders of hers, in `data_dir`."""
COMMON = {"--config", "--case", "--debug", "--version", "--help"}

Text = tuple[str, str]


def strings(path: Path) -> Iterator[str]:
    """Of a module, each whole, `X` for what a value is put into. Of docstrings those of commands alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    helps = {
        id(node.body[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and path.parent.name == "cli" and _is_command(node)
    }
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and id(node) not in helps:
            parts.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            parts |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value


def _is_command(node: ast.FunctionDef) -> bool:
    return bool(node.decorator_list) or (node.name,) in commands()


@cache
def of_the_program() -> tuple[Text, ...]:
    return tuple(
        (path.relative_to(ROOT).as_posix(), text)
        for path in sorted(ROOT.glob("monitor/**/*.py"))
        if "migrations" not in path.parts
        for text in strings(path)
    )


@cache
def everything() -> tuple[Text, ...]:
    return (
        *of_the_program(),
        *((path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in (*DOCUMENTS, *BESIDE)),
    )


@cache
def commands() -> dict[tuple[str, ...], set[str]]:
    """Words -> the options that they take."""
    root = typer.main.get_command(command_line(""))
    found: dict[tuple[str, ...], set[str]] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        found[words] = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        for name, below in getattr(command, "commands", {}).items():
            walk(below, (*words, name))

    walk(root, ())
    return found


def wrong_with(call: str) -> str:
    """What is not there in a call, as it stands behind the program's name; '' where all is."""
    call = re.sub(r"--(case|config)[ =]\S+", "", call)
    words = re.findall(r"[^\s,;:()`]+", call)
    name = words[0].rstrip(".") if words and call.lstrip().startswith(words[0]) else ""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or name in PROSE:
        return ""
    if (name,) not in commands():
        return name
    known: tuple[str, ...] = (name,)
    is_group = any(len(other) == 2 and other[0] == name for other in commands())
    next_word = words[1].rstrip(".") if len(words) > 1 and call.lstrip().startswith(f"{name} {words[1]}") else ""
    if re.fullmatch(r"[a-z][a-z0-9-]*", next_word):
        if is_group:
            known = (name, next_word)
            if known not in commands():
                return f"{name} {next_word}"
        elif name == "guide" and next_word not in (*topics(), "done"):
            return f"guide {next_word}"
    if len(words) > 2 and (*known, words[2]) in commands():
        known = (*known, words[2])
    may_be_left_out = commands().get((*known, "show"), set())  # `reports channels ID` is `reports channels show ID`
    taken = commands()[known] | may_be_left_out | COMMON
    unknown = [word for word in re.findall(r"(?<!\S)--[a-z-]+", call) if word not in taken]
    return f"{' '.join(known)} {unknown[0]}" if unknown else ""


def test_commands_that_are_named_are_there() -> None:
    wrong = []
    for where, text in everything():
        for call in re.findall(r"reupload-monitor ([^`\n]+)", text):
            if found := wrong_with(call):
                wrong.append((where, found))
    assert wrong == []


def test_what_stands_in_backticks_in_a_text_of_the_program_is_there() -> None:
    wrong = []
    for where, text in of_the_program():
        for call in re.findall(r"`([a-z][a-z0-9-]*(?: [^`\n]*)?)`", text):
            first = call.split()[0]
            if first not in OTHERS | WORDS and (found := wrong_with(call)):
                wrong.append((where, found))
    assert wrong == []


def test_what_stands_in_backticks_in_a_document_and_begins_as_a_command_is_there() -> None:
    wrong = []
    for path in (*DOCUMENTS, *BESIDE):
        for call in re.findall(r"`([a-z][a-z0-9-]* [^`\n]*)`", path.read_text("utf-8")):
            if (call.split()[0],) in commands() and (found := wrong_with(call)):
                wrong.append((path.name, found))
    assert wrong == []


def test_options_that_are_named_are_there() -> None:
    known = set().union(*commands().values()) | COMMON | NOT_OURS
    wrong = {
        (where, option)
        for where, text in everything()
        if where not in CALLS_OTHERS
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)
        if option not in known
    }
    assert wrong == set()


def test_files_that_documents_name_are_there() -> None:
    """What begins with a folder of this project, from its root or from `monitor/`; with or without its ending."""
    wrong = []
    for path in DOCUMENTS:
        for place, name in re.findall(r"`((?:[\w-]+/)+[\w.*-]*)(?:: ?(\w+))?`", path.read_text("utf-8")):
            first = place.partition("/")[0]
            homes = [home for home in (ROOT, ROOT / "monitor") if (home / first).is_dir()]
            if not homes or place in OF_THE_PERSON:
                continue
            wanted = re.sub("KIND|NAME", "*", place).rstrip("/")
            found = [file for home in homes for ending in ("", ".py") for file in home.glob(wanted + ending)]
            if not found:
                wrong.append((path.name, place))
            elif name and not any(re.search(rf"\b{name}\b", file.read_text("utf-8")) for file in found):
                wrong.append((path.name, f"{place}: {name}"))
    assert wrong == []


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        pytest.param("preview", "preview", id="a command that is not there"),
        pytest.param("proofs verify", "proofs", id="a group that is not there"),
        pytest.param("watch forget URL", "watch forget", id="of a group that is there"),
        pytest.param("guide taxes", "guide taxes", id="a topic"),
        pytest.param("reports list --late", "reports list --late", id="an option"),
        pytest.param("--case X watch list", "", id="an option that may stand anywhere"),
        pytest.param("status says whether it runs", "", id="a sentence goes on"),
        pytest.param("init, then: reupload-monitor enroll FOLDER", "", id="and another"),
        pytest.param("watch run NAME", "", id="with a name"),
    ],
)
def test_what_is_not_there_is_found(call: str, wrong: str) -> None:
    assert wrong_with(call) == wrong
