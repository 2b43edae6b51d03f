"""The manual page and the completions are made from the commands: after a change of one, `make commands`."""

from __future__ import annotations

from monitor.cli.completion import SHELL_FILES
from tests.commands.making import files_of_commands


def test_they_are_as_the_commands_are() -> None:
    wanted = files_of_commands()
    assert {path.name for path in SHELL_FILES.iterdir()} == wanted.keys()
    assert [name for name, content in wanted.items() if (SHELL_FILES / name).read_text("utf-8") != content] == []
