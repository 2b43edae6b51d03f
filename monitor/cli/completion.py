"""`completion`: what a shell needs to complete the commands. The files beside this are made from the commands
(`make commands`), and hold nothing else."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import printing

SHELL_FILES = Path(__file__).parent / "shell"


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


_FILES = {Shell.BASH: "reupload-monitor.bash", Shell.ZSH: "_reupload-monitor", Shell.FISH: "reupload-monitor.fish"}


def completion(shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")]) -> None:
    """Print what makes a shell complete the commands when you press Tab. For bash, once: reupload-monitor completion
    bash > ~/.local/share/bash-completion/completions/reupload-monitor"""
    for line in (SHELL_FILES / _FILES[shell]).read_text("utf-8").splitlines():
        printing.out(line)
