"""`make commands`: writes the manual page and the completions that ship with the program."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.cli.completion import SHELL_FILES
from tests.commands.completions import for_bash, for_fish, for_zsh
from tests.commands.manual import manual_page
from tests.commands.tree import NAME, command_tree


def files_of_commands() -> Mapping[str, str]:
    """Name below monitor/cli/shell -> what is to stand there."""
    tree = command_tree()
    return {
        f"{NAME}.bash": for_bash(tree),
        f"_{NAME}": for_zsh(tree),
        f"{NAME}.fish": for_fish(tree),
        f"{NAME}.1": manual_page(tree),
    }


if __name__ == "__main__":
    for name, content in files_of_commands().items():
        (SHELL_FILES / name).write_text(content, "utf-8")
