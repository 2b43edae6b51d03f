"""The house's own rules, read from the source: what a stranger may rely on when looking for a thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import grimp

import monitor

ROOT = Path(monitor.__file__).parent

VERB = "the command, and what it decides: one verb"
SOURCE = "what each kind of source has: `sources/base.py`"
GROUP = "what each group of commands has"
SAME_INTERFACE = {
    "make": SOURCE,
    "api_of": SOURCE,
    "app": GROUP,
    "list_": GROUP,
    "routes": "what each page of the review has",
    "run": "to go on until it is done: what `daemon run`, `watch run` and the command line itself do",
    "add": VERB,
    "confirm": VERB,
    "dismiss": VERB,
    "remove": VERB,
    "undo": VERB,
    "under_18": "of photos and of finds",
    "main": "where a process of its own begins",
}
"""Public names that stand in several modules, and why that is one meaning."""

MOST_TAKEN_ALONE = 10
MOST_LINES = 400
LONG_WITH_REASON: dict[str, str] = {}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        name = ".".join(("monitor", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def public_names(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def test_no_public_name_has_two_meanings() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for name, module in modules():
        for public in dict.fromkeys(public_names(module)):
            if not public.startswith("_") and public != "log":  # each module's logger
                homes[public].append(name)
    twice = {public: where for public, where in homes.items() if len(where) > 1}
    assert {public: where for public, where in twice.items() if public not in SAME_INTERFACE} == {}
    assert sorted(set(SAME_INTERFACE) - set(twice)) == [], "reasons for names that stand only once by now"


def test_no_module_is_the_other_half_of_another() -> None:
    """Ten names that one module alone takes from another: the two are one, in two files. A package may join its own."""
    takers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, module in modules():
        for node in ast.walk(module):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("monitor"):
                for alias in node.names:
                    takers[node.module or "", alias.name].add(name)
    alone: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (source, taken), by in takers.items():
        if len(by) == 1 and source not in by:
            alone[source, *by].append(taken)
    assert {pair: sorted(names) for pair, names in alone.items() if len(names) >= MOST_TAKEN_ALONE} == {}


def test_no_circles() -> None:
    """Between modules, imports for types alone included."""
    graph = grimp.build_graph("monitor", cache_dir=None)
    imports = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    while free := [module for module, wanted in imports.items() if not wanted & imports.keys()]:
        for module in free:
            del imports[module]
    assert sorted(imports) == [], "modules in a circle, or above one"


def test_files_stay_short() -> None:
    long = {}
    for path in ROOT.rglob("*.py"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MOST_LINES:
            long[str(path.relative_to(ROOT))] = lines
    assert {path: lines for path, lines in long.items() if path not in LONG_WITH_REASON} == {}
