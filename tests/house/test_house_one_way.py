"""What is to be done in one way is done in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

MONITOR = Path(__file__).parents[2] / "monitor"


@cache
def calls() -> dict[str, set[str]]:
    """Name that is called, of whatever value -> files under monitor/."""
    found: dict[str, set[str]] = {}
    for path in MONITOR.rglob("*.py"):
        for name in _called(ast.parse(path.read_text("utf-8"))):
            found.setdefault(name, set()).add(path.relative_to(MONITOR).as_posix())
    return found


def _called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node.func.id


@pytest.mark.parametrize(
    ("name", "places"),
    [
        pytest.param("Fetched", set(), id="what came back is made by Fetched.of, with the digest of its body"),
        pytest.param("AppriseChannel", {"outbound/alerts/__init__.py"}, id="a channel of alerts: `open_channel`"),
        pytest.param("new_context", {"outbound/browser/context.py"}, id="a browser's context"),
        pytest.param("SOCKS5Connection", {"outbound/proxy.py"}, id="what is said to a SOCKS proxy"),
        pytest.param(
            "open_through", {"outbound/dial.py", "outbound/alerts/dial.py"}, id="a connection through the proxy"
        ),
        pytest.param("handshake", {"outbound/proxy.py", "outbound/transport.py"}, id="what is said to a proxy"),
    ],
)
def test_one_way(name: str, places: set[str]) -> None:
    assert calls().get(name, set()) == places
