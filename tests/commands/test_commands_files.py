"""The manual page and the completions say what the commands are, and shells take them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.cli.completion import SHELL_FILES
from tests.cli.cli_program import Program
from tests.commands.tree import command_tree

BASH, ZSH, FISH = (
    SHELL_FILES / name for name in ("reupload-monitor.bash", "_reupload-monitor", "reupload-monitor.fish")
)


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def test_every_command_and_option_stands_in_the_manual() -> None:
    page = (SHELL_FILES / "reupload-monitor.1").read_text("utf-8").replace("\\-", "-")
    for command in command_tree().all():
        if command.path and not command.below:
            own = page.partition(f'.SS "reupload-monitor {" ".join(command.path)}')[2].partition(".SS ")[0]
            assert own, command.path
            for word in command.options:
                assert "--help" in word.names or all(f"\\fB{name}\\fR" in own for name in word.names), command.path


@needs("man")
def test_the_manual_reads_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        ["man", "--warnings", "-l", SHELL_FILES / "reupload-monitor.1"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "reupload-monitor watch add URL" in done.stdout and "EXIT STATUS" in done.stdout


ROWS = [
    pytest.param(["wat"], {"watch"}, id="a command"),
    pytest.param(["watch", ""], {"add", "pause", "resume", "remove", "list", "check", "run", "login"}, id="of a group"),
    pytest.param(["watch", "add", "--ev"], {"--every"}, id="an option"),
    pytest.param(["--config", "a file", "watch", "li"], {"list"}, id="behind an option with its value"),
    pytest.param(["--debug", "watch", "li"], {"list"}, id="behind a switch"),
    pytest.param(["init", "--authorised", ""], {"self", "representative"}, id="what an option may be"),
    pytest.param(["completion", ""], {"bash", "zsh", "fish"}, id="what an argument may be"),
    pytest.param(["guide", "exto"], {"extortion"}, id="a topic"),
    pytest.param(["status", "--json", "--cas"], {"--case"}, id="what may stand anywhere"),
    pytest.param(["watch", "pause", ""], set(), id="no name of what is watched"),
    pytest.param(["alerts", "add", "--send", ""], set(), id="here it takes a value, that nobody can know"),
    pytest.param(["digest", "--send", "--ht"], {"--html"}, id="and here none"),
    pytest.param(["nonsense", ""], None, id="what is no command"),
]


@pytest.mark.parametrize(("words", "offered"), ROWS)
def test_bash(words: list[str], offered: set[str] | None) -> None:
    script = f"""source {BASH}; COMP_WORDS=(reupload-monitor "$@"); COMP_CWORD=$#; _reupload_monitor
for one in "${{COMPREPLY[@]}}"; do echo "$one"; done"""
    done = subprocess.run(["bash", "-uc", script, "bash", *words], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    if offered is not None:
        assert set(done.stdout.split()) == offered


@needs("fish")
@pytest.mark.parametrize(("words", "offered"), ROWS)
def test_fish(tmp_path: Path, words: list[str], offered: set[str] | None) -> None:
    typed = " ".join(["reupload-monitor", *(f"'{word}'" if " " in word else word for word in words)])
    done = subprocess.run(
        ["fish", "--no-config", "-c", f'source {FISH}; complete -C "{typed}"'],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        cwd=tmp_path,
    )
    assert done.stderr == ""
    if offered is not None:
        found = {line.split("\t")[0] for line in done.stdout.splitlines()}
        assert found == offered


@needs("zsh")
@pytest.mark.parametrize(("words", "offered"), ROWS)
def test_zsh(tmp_path: Path, words: list[str], offered: set[str] | None) -> None:
    """What it would offer, taken where zsh is told of it: a terminal of its own would be another test."""
    told = """
compdef() { :; }
_files() { echo FILES; }
_describe() { local -a all; all=(${(P)@[-1]}); print -l -- ${all%%:*}; }
source $1; shift
words=(reupload-monitor "$@"); CURRENT=${#words}; PREFIX=${words[-1]}
_reupload_monitor
"""
    done = subprocess.run(
        ["zsh", "-fc", told, "zsh", ZSH, *words], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stderr == ""
    if offered is not None:
        typed = words[-1]
        assert {one for one in done.stdout.split() if one.startswith(typed)} == offered


@pytest.mark.parametrize(("shell", "file"), [("bash", BASH), ("zsh", ZSH), ("fish", FISH)])
def test_the_command_prints_them(program: Program, shell: str, file: Path) -> None:
    done = program("completion", shell)
    assert (done.code, done.err) == (0, "") and done.out == file.read_text("utf-8")


def test_nothing_of_the_person_is_read_at_a_press_of_tab() -> None:
    for path in (BASH, ZSH, FISH):
        text = path.read_text("utf-8")
        assert "$(reupload-monitor" not in text and "`reupload-monitor" not in text and "(reupload-monitor" not in text
