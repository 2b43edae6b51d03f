"""Test data that others publish with their standards, as `README.md` says."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ARCHIVE = Path(__file__).parent / "published.tar.xz"


@cache
def _files() -> dict[str, bytes]:
    with tarfile.open(ARCHIVE) as archive:
        return {member.name: file.read() for member in archive if (file := archive.extractfile(member)) is not None}


def urls() -> list[dict[str, Any]]:
    """`input`, `base`, and either `failure` or the parts of what comes out."""
    return [row for row in json.loads(_files()["url/urltestdata.json"]) if isinstance(row, dict)]


def hosts() -> list[dict[str, Any]]:
    """`input`, and `output` (ASCII) or None."""
    return [row for row in json.loads(_files()["url/toascii.json"]) if isinstance(row, dict)]


def cookies() -> list[dict[str, Any]]:
    """`test`, `received` (`Set-Cookie` lines), `sent` (names and values), `sent-to` where it is another path."""
    return list(json.loads(_files()["cookies/parser.json"]))


def cookie_dates() -> list[dict[str, Any]]:
    """`test`, and `expected` or None."""
    return [row for name in ("dates", "bsd-dates") for row in json.loads(_files()[f"cookies/{name}.json"])]


def robots() -> list[tuple[str, str, str, str, bool]]:
    """Where the row stands, robots.txt, who asks, URL, whether it may be asked for."""
    return [(row[0], row[1], row[2], row[3], row[4]) for row in json.loads(_files()["robots/google.json"])]


@dataclass(frozen=True)
class Tree:
    """place: file and number. elements: (name, attributes) in the order of the tree, without what is in templates."""

    place: str
    data: str
    elements: tuple[tuple[str, dict[str, str]], ...]


def trees() -> list[Tree]:
    """Whole documents, as they are when no script runs."""
    found = []
    for name, file in sorted(_files().items()):
        tests = file.decode("utf-8").split("#data\n")[1:] if name.startswith("html/") else []
        for number, test in enumerate(tests, 1):
            data, _, rest = test.partition("\n#errors\n")
            head, _, tree = rest.partition("#document\n")
            if not test.startswith("#errors\n") and "#document-fragment\n" not in head and "#script-on\n" not in head:
                found.append(Tree(f"{name[5:]} {number}", data, tuple(_elements(tree))))
    return found


def _elements(tree: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Of `| <img>`, `|   src="x"`: two more spaces for what lies within. Names and attributes of SVG and MathML are
    written as in HTML."""
    element: tuple[str, dict[str, str]] | None = None
    hidden = -1  # how deep the template is whose content this is
    for line in tree.removeprefix("| ").rstrip("\n").split("\n| "):
        text = line.lstrip(" ")
        depth = len(line) - len(text)
        if 0 <= hidden < depth:
            continue
        hidden = depth if text == "content" else -1
        if text.startswith("<") and text.endswith(">") and not text.startswith(("<!", "<?")):
            if element:
                yield element
            element = text[1:-1].removeprefix("svg ").removeprefix("math "), {}
        elif element and '="' in text and not text.startswith('"'):
            key, _, value = text.partition('="')
            element[1][key.replace(" ", ":")] = value.removesuffix('"')
    if element:
        yield element
