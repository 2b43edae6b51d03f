"""`sightings list` answers by page, and what it writes as it comes is one document all the same."""

from __future__ import annotations

import json
import sys

import pytest

from monitor.cli import printing
from monitor.plain import is_unsafe


@pytest.mark.parametrize("rows", [[], [{"a": 1}], [{"a": "\u202e\x07\u2028\n", "b": [1, {"c": None}]}, {"a": []}]])
def test_a_list_that_is_written_as_it_comes_is_the_document(
    rows: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    printing.emit({"rows": rows})
    whole = capsys.readouterr().out
    printing.emit_list("rows", iter(rows))
    assert capsys.readouterr().out == whole
    assert json.loads(whole) == {"rows": rows}


def test_nothing_that_is_printable_is_unsafe() -> None:
    """So that whole lines are let through (`printing.emit`)."""
    assert not [sign for sign in map(chr, range(sys.maxunicode + 1)) if is_unsafe(sign) and sign.isprintable()]
