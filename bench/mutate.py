"""Mutations: small wrong changes, one at a time, to see whether the tests notice.

    .venv/bin/python -m bench.mutate [--seed 10] [--count 60] [--area pipeline] [--list] [--json FILE]

In a copy of the tree, in a temporary folder. Each mutation flips a comparison, swaps `and` and `or`, drops a `not`,
changes a number or a truth value, or deletes a statement; then the tests of that folder run until the first failure,
those that name the module first. Which ones are made follows from the seed and the code. A survivor is a test that
is missing, or a change that makes no difference: the table in README.md says which.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NO_TESTS = 5  # pytest's exit code
WITHIN_S = 1200  # a mutation that never ends is noticed too
AREAS = {  # what is mutated, the tests that are to notice, and its share
    "pipeline": (["monitor/pipeline"], ["tests/pipeline"], 4),
    "tracking": (["monitor/tracking"], ["tests/tracking", "tests/pipeline"], 2),
    "alerts": (["monitor/alerts"], ["tests/alerts"], 2.5),
    "decide": (["monitor/matching/decide.py"], ["tests/matching", "tests/pipeline"], 1.5),
}
GENERAL = ("test_pipeline_scan.py",)
OTHER = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True)
class Mutation:
    file: str
    line: int
    start: int  # in the file's bytes
    end: int
    before: str
    after: str


def mutations(path: Path) -> Iterator[Mutation]:
    """Every mutation of a file that can be made."""
    source = path.read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in _mutable(ast.parse(source)):
        after = _changed(node)
        if after is not None:
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
            name = str(path.relative_to(ROOT))
            yield Mutation(name, node.lineno, start, end, source[start:end].decode(), after)


def _mutable(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Without what has no effect (docstrings, types, the journal) and what has no exact place (inside f-strings)."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.JoinedStr | ast.Import | ast.ImportFrom):
            continue
        if isinstance(child, ast.Expr) and (
            isinstance(child.value, ast.Constant) or ast.unparse(child.value).startswith("log.")
        ):
            continue
        if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if child in tree.decorator_list or child in getattr(tree, "args", ast.arguments()).__dict__.values():
                continue
            if child is getattr(tree, "returns", None):
                continue
        if isinstance(tree, ast.AnnAssign | ast.arg) and child is tree.annotation:
            continue
        if isinstance(child, ast.expr | ast.stmt):
            yield child
        yield from _mutable(child)


def _changed(node: ast.expr | ast.stmt) -> str | None:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in OTHER:
            return f"({ast.unparse(ast.Compare(node.left, [OTHER[type(operator)]()], node.comparators))})"
        case ast.BoolOp():
            return f"({ast.unparse(ast.BoolOp(OTHER[type(node.op)](), node.values))})"
        case ast.UnaryOp(op=ast.Not()):
            return f"({ast.unparse(node.operand)})"
        case ast.Constant(value=bool()):
            return str(not node.value)
        case ast.Constant(value=int() | float()):
            return repr(node.value + 1)
        case ast.Expr() | ast.AugAssign() | ast.Continue():
            return "pass"
        case _:
            return None


def chosen(seed: int, count: int, areas: list[str]) -> list[tuple[str, Mutation]]:
    chance = random.Random(seed)
    share = count / sum(AREAS[area][2] for area in AREAS)
    found = []
    for area in AREAS:
        every = [
            made
            for place in AREAS[area][0]
            for path in (sorted((ROOT / place).rglob("*.py")) if (ROOT / place).is_dir() else [ROOT / place])
            for made in mutations(path)
        ]
        picked = chance.sample(every, min(len(every), round(share * AREAS[area][2])))
        found += [(area, made) for made in picked if area in areas]
    return found


def tests_of(area: str, file: str, tree: Path) -> tuple[list[str], list[str]]:
    """Those that name the module, which are the likeliest to notice; and the rest."""
    paths = [path for folder in AREAS[area][1] for path in sorted((tree / folder).glob("test_*.py"))]
    own, module = Path(file).stem.rstrip("s"), file.removesuffix(".py").replace("/", ".")
    near = [path for path in paths if own in path.name or module in path.read_text() or path.name in GENERAL]
    return [str(path) for path in near], [str(path) for path in paths if path not in near]


def verdict(tree: Path, area: str, made: Mutation) -> tuple[str, str]:
    """("killed", by which test), ("survived", "")."""
    path = tree / made.file
    source = path.read_bytes()
    path.write_bytes(source[: made.start] + made.after.encode() + source[made.end :])
    try:
        for tests in tests_of(area, made.file, tree):
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-xq", "-p", "no:cacheprovider", *tests],
                cwd=tree,
                capture_output=True,
                text=True,
                timeout=WITHIN_S,
                check=False,
            )
            if done.returncode not in (0, NO_TESTS):
                by = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
                return "killed", by[1] if by else f"pytest ended with {done.returncode}"
        return "survived", ""
    except subprocess.TimeoutExpired:
        return "killed", "it did not end"
    finally:
        path.write_bytes(source)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--area", action="append", choices=AREAS)
    parser.add_argument("--list", action="store_true", help="only say which")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    picked = chosen(given.seed, given.count, given.area or list(AREAS))
    if given.list:
        for area, made in picked:
            print(f"{area:9} {made.file}:{made.line}: {made.before!r} -> {made.after!r}")
        return
    rows = []
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        tree = Path(folder) / "tree"
        unwanted = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "demo-out")
        shutil.copytree(ROOT, tree, ignore=unwanted)
        for area, made in picked:
            began = time.monotonic()
            end, by = verdict(tree, area, made)
            print(
                f"{end:8} {made.file}:{made.line}: {made.before!r} -> {made.after!r}  {by}"
                f" ({time.monotonic() - began:.0f} s)",
                flush=True,
            )
            rows.append({"area": area, "end": end, "by": by, **asdict(made)})
            if given.json:
                given.json.write_text(json.dumps(rows, indent=1))
    survived = sum(row["end"] == "survived" for row in rows)
    print(f"{len(rows)} mutations, {len(rows) - survived} killed, {survived} survived")


if __name__ == "__main__":
    main()
