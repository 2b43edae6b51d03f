"""The Public Suffix List's own test table, which comes with the package that reads the list."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from monitor.domains import registrable_domain

TABLE = files("publicsuffixlist").joinpath("test_psl.txt").read_text(encoding="utf-8")
ROWS = re.findall(r"^checkPublicSuffix\('([^']+)', (?:'([^']+)'|null)\);", TABLE, re.MULTILINE)
OURS = {  # where we mean something else: private suffixes are sites of one owner, and an unknown ending is not a suffix
    "uk.com": "uk.com",
    "example.uk.com": "uk.com",
    "b.example.uk.com": "uk.com",
    "a.b.example.uk.com": "uk.com",
    "b.example.example": "b.example.example",
    "a.b.example.example": "a.b.example.example",
}


@pytest.mark.parametrize(("host", "registrable"), [row for row in ROWS if not row[0].startswith(".")])
def test_the_published_table(host: str, registrable: str) -> None:
    assert registrable_domain(host) == OURS.get(host, registrable or host.lower())


def test_the_table_is_there() -> None:
    assert len(ROWS) > 60
    assert set(OURS) <= {host for host, _ in ROWS}
