"""Shell scripts that ask the program's own modules: no type checker sees them when a module moves."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPTS = ("tools", "systemd", ".ci")
IMPORTED = re.compile(r"from (monitor(?:\.\w+)*) import (\w+)")


def test_what_scripts_import_is_there() -> None:
    files = [path for folder in SCRIPTS for path in (ROOT / folder).rglob("*") if path.is_file()]
    asked = {found for path in files for found in IMPORTED.findall(path.read_text("utf-8"))}
    assert asked, "no script asks a module any more: this test can go"
    missing = [
        f"{module}.{name}" for module, name in sorted(asked) if not hasattr(importlib.import_module(module), name)
    ]
    assert missing == []
