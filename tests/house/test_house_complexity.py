"""No function has more ways through it than a reader can hold: at most 20, but where it is a true table.

Counted as radon counts (cyclomatic complexity), by a counter of our own so that the rule needs no further package. A
function begins with 1, and each of these adds:

- `if`, `elif`, the conditional expression, `assert`: 1
- `for`, `while`: 1, and 1 for their `else`
- `try`: 1 for each `except`, and 1 for its `else`
- `match`: 1 for each case but the `case _` that takes the rest
- a comprehension or generator expression: 1 for each `for` in it, and 1 for each `if`
- `and`, `or`: 1 for each further operand

A function inside of another is counted by itself, and adds nothing to the outer one; a lambda is part of where it
stands. Decorators and default values are not of the body and do not count.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.test_house_shape import modules

MOST = 20
TABLES: dict[str, str] = {"monitor.tracking.reconcile._keys_of_found": "what is compared for each sign, a row a sign"}
"""`module.Class.function`: why it is a table, one row after the other, and reads better whole."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def test_no_function_is_over_the_limit_but_tables() -> None:
    over = {
        f"{module}.{name}": complexity(node)
        for module, tree in modules()
        for name, node in functions(tree)
        if complexity(node) > MOST
    }
    assert {name: count for name, count in over.items() if name not in TABLES} == {}
    assert sorted(set(TABLES) - set(over)) == [], "tables that are none by now"


def functions(tree: ast.AST, inside: str = "") -> Iterator[tuple[str, Definition]]:
    """Every one, with what it stands in: methods, and functions inside of functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Definition):
            yield f"{inside}{node.name}", node
        named = isinstance(node, Definition | ast.ClassDef)
        yield from functions(node, f"{inside}{node.name}." if named else inside)


def complexity(function: Definition) -> int:
    return 1 + sum(_decisions(node) for statement in function.body for node in _within(statement))


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, but no function or class that begins there."""
    if isinstance(node, Definition | ast.ClassDef):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _within(child)


def _decisions(node: ast.AST) -> int:
    match node:
        case ast.If() | ast.IfExp() | ast.Assert():
            return 1
        case ast.For() | ast.AsyncFor() | ast.While():
            return 1 + bool(node.orelse)
        case ast.Try() | ast.TryStar():
            return len(node.handlers) + bool(node.orelse)
        case ast.Match():
            return sum(not _takes_the_rest(case) for case in node.cases)
        case ast.comprehension():
            return 1 + len(node.ifs)
        case ast.BoolOp():
            return len(node.values) - 1
        case _:
            return 0


def _takes_the_rest(case: ast.match_case) -> bool:
    """`case _`, and `case name`, without a condition."""
    return isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None


@pytest.mark.parametrize(
    ("body", "count"),
    [
        pytest.param("pass", 1, id="nothing to decide"),
        pytest.param("if a: pass", 2, id="if"),
        pytest.param("if a: pass\nelse: pass", 2, id="else adds nothing"),
        pytest.param("if a: pass\nelif b: pass\nelse: pass", 3, id="elif"),
        pytest.param("return a if b else c", 2, id="conditional expression"),
        pytest.param("return a and b and c", 3, id="and: each further operand"),
        pytest.param("return a and (b or c)", 3, id="and with or in it"),
        pytest.param("return not a", 1, id="not"),
        pytest.param("return a < b < c", 1, id="a chain of comparisons"),
        pytest.param("assert a", 2, id="assert"),
        pytest.param("for a in b: pass", 2, id="for"),
        pytest.param("async for a in b: pass\nelse: pass", 3, id="async for with else"),
        pytest.param("while a: pass\nelse: pass", 3, id="while with else"),
        pytest.param("with a: pass", 1, id="with"),
        pytest.param("try: pass\nexcept A: pass\nexcept B: pass\nelse: pass\nfinally: pass", 4, id="try"),
        pytest.param("try: pass\nfinally: pass", 1, id="finally alone"),
        pytest.param("match a:\n case 1: pass\n case 2 if b: pass\n case _: pass", 3, id="match"),
        pytest.param("match a:\n case _ if b: pass\n case _: pass", 2, id="match: the rest on a condition"),
        pytest.param("return [a for a in b if a if c]", 4, id="comprehension with two ifs"),
        pytest.param("return {a: c for a in b for c in a}", 3, id="comprehension with two loops"),
        pytest.param("return any(a for a in b)", 2, id="generator expression"),
        pytest.param("return lambda: a if b else c", 2, id="lambda"),
        pytest.param("def inner():\n if a: pass", 1, id="a function in it"),
        pytest.param("class Inner:\n a = b or c", 1, id="a class in it"),
    ],
)
def test_the_counter(body: str, count: int) -> None:
    """radon 6.0.1 counts each of these so."""
    indented = body.replace("\n", "\n    ")
    (function,) = ast.parse(f"@a(b or c)\nasync def outer(a=b or c):\n    {indented}\n").body
    assert isinstance(function, Definition)
    assert complexity(function) == count


def test_every_function_is_found() -> None:
    tree = ast.parse(
        "def first(): pass\nclass A:\n async def second(self):\n  def third(): pass\nif a:\n def fourth(): pass\n"
    )
    assert [name for name, _ in functions(tree)] == ["first", "A.second", "A.second.third", "fourth"]
