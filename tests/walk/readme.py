"""What README tells a person to type, in its order."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def section(title: str, document: str = "README.md") -> str:
    """From its headline to the next of the same rank."""
    text = (ROOT / document).read_text("utf-8")
    _, found, rest = text.partition(f"\n## {title}\n")
    assert found, f"{document} has no section {title!r}"
    return re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def typed(text: str) -> list[str]:
    """The lines of its blocks of commands, without remarks."""
    lines = (line.partition("  #")[0].strip() for block in _BLOCK.findall(text) for line in block.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def install_lines(system: str) -> tuple[list[str], list[str]]:
    """What needs root, and what follows. system: as its line in the section begins, "Debian" say."""
    parts = {re.split(r"\W", part)[0]: typed(part) for part in section("Install").split("\n**")[1:]}
    return parts[system], parts["Then"]


def first_day() -> list[str]:
    return typed(section("A first day with it"))


def service_lines() -> list[str]:
    """After the packages: from the project's address to a place that is watched."""
    return typed(section("A computer that is always on"))


def pipx_lines() -> list[str]:
    return typed(section("With pipx", "docs/installing.md"))
