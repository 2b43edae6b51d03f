"""`backup`, as it is typed."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.cli_program import Program


def test_it_says_where_and_what_opens_it(enrolled: Program, tmp_path: Path) -> None:
    done = enrolled("backup", tmp_path / "one.tar")
    assert done.code == 0, done.err
    assert re.fullmatch(r"backup   .*/one\.tar\nsize     \d+ MB\nSHA-256  [0-9a-f]{64}\n", done.out)
    assert "Passwords and alert addresses are not in it" in done.err
    again = enrolled("backup", tmp_path / "one.tar")
    assert again.code == 2 and "--replace" in again.err
    assert enrolled("backup", tmp_path / "one.tar", "--replace").code == 0
    assert enrolled("backup", tmp_path).code == 0
    assert len(list(tmp_path.glob("backup-*Z-kept.tar"))) == 1
